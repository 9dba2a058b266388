//! Scenes, and the secrets of webhooks.

use crate::{
    Store, StoreError,
    column::{from_json, json},
    telemetry,
    writer::Leader,
};
use model::{Timestamp, Who};
use serde_json::Value as Json;
use sqlx::{Row, SqliteConnection};

/// A scene as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptScene {
    /// Its slug.
    pub slug: String,
    /// Its name and what it sets, as its maker encodes it; `None` removes it.
    pub body: Option<Json>,
    /// When it was written, in house time.
    pub at: Timestamp,
    /// Who wrote it.
    pub who: Who,
}

/// A webhook as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptWebhook {
    /// Its name.
    pub name: String,
    /// SHA-256 of its secret, in hexadecimal; `None` removes it.
    pub hash: Option<String>,
    /// When the secret was made, in house time.
    pub at: Timestamp,
    /// Who made it.
    pub who: Who,
}

impl Store {
    /// The scenes: slug and body.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scenes(&self) -> Result<Vec<(String, Json)>, StoreError> {
        telemetry::timed("read", async {
            let rows =
                sqlx::query("SELECT slug, body FROM scenes WHERE house_id = $1 ORDER BY slug")
                    .bind(self.inner.house_row)
                    .fetch_all(&self.inner.reader)
                    .await?;
            let scene = |row| Ok((Row::try_get(row, "slug")?, from_json(row, "body")?));
            rows.iter().map(scene).collect()
        })
        .await
    }

    /// The webhooks: name and hash of the secret.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn webhooks(&self) -> Result<Vec<(String, String)>, StoreError> {
        telemetry::timed("read", async {
            let rows =
                sqlx::query("SELECT name, hash FROM webhooks WHERE house_id = $1 ORDER BY name")
                    .bind(self.inner.house_row)
                    .fetch_all(&self.inner.reader)
                    .await?;
            let webhook = |row| Ok((Row::try_get(row, "name")?, Row::try_get(row, "hash")?));
            rows.iter().map(webhook).collect()
        })
        .await
    }
}

pub(crate) async fn keep_scene(
    connection: &mut SqliteConnection,
    leader: Leader,
    scene: &KeptScene,
) -> Result<(), StoreError> {
    let Some(body) = &scene.body else {
        sqlx::query("DELETE FROM scenes WHERE house_id = $1 AND slug = $2")
            .bind(leader.house)
            .bind(&scene.slug)
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO scenes (house_id, slug, body, at, who) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (house_id, slug) DO UPDATE SET \
         body = excluded.body, at = excluded.at, who = excluded.who",
    )
    .bind(leader.house)
    .bind(&scene.slug)
    .bind(json(body)?)
    .bind(scene.at.as_microsecond())
    .bind(json(&scene.who)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn keep_webhook(
    connection: &mut SqliteConnection,
    leader: Leader,
    webhook: &KeptWebhook,
) -> Result<(), StoreError> {
    let Some(hash) = &webhook.hash else {
        sqlx::query("DELETE FROM webhooks WHERE house_id = $1 AND name = $2")
            .bind(leader.house)
            .bind(&webhook.name)
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO webhooks (house_id, name, hash, at, who) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (house_id, name) DO UPDATE SET \
         hash = excluded.hash, at = excluded.at, who = excluded.who",
    )
    .bind(leader.house)
    .bind(&webhook.name)
    .bind(hash)
    .bind(webhook.at.as_microsecond())
    .bind(json(&webhook.who)?)
    .execute(connection)
    .await?;
    Ok(())
}
