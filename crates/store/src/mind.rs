//! What the house felt, what it was concerned about, what it learned, and what it expected.

use crate::{
    Store, StoreError,
    column::{from_json, json, parsed, path, signed, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{ConcernId, DeviceId, Path, Timestamp};
use serde_json::Value as Json;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

/// The longest page.
const PAGE: usize = 10_000;

/// What was felt at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptFeeling {
    /// When, in house time.
    pub at: Timestamp,
    /// The word for it.
    pub label: String,
    /// From -1 to 1.
    pub valence: f64,
    /// From 0 to 1.
    pub arousal: f64,
    /// From 0 to 1.
    pub confidence: f64,
    /// The share of the house that was freshly sensed.
    pub awareness: Option<f64>,
    /// The slow average of the valence.
    pub mood_valence: Option<f64>,
    /// The slow average of the arousal.
    pub mood_arousal: Option<f64>,
    /// The factors with their contributions, as their maker encodes them.
    pub reasons: Json,
}

/// A concern as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptConcern {
    /// Its id.
    pub id: ConcernId,
    /// What makes it the same one when it is found again.
    pub key: String,
    /// The detector.
    pub kind: String,
    /// How much it presses.
    pub urgency: String,
    /// When it was raised, in house time.
    pub raised: Timestamp,
    /// When it ended, in house time.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub how: Option<String>,
    /// The rest of it, as its maker encodes it.
    pub body: Json,
}

/// A figure that was expected, and what came. It lies beside [`KeptPrediction`](crate::KeptPrediction):
/// both are predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptForecast {
    /// Who expected it.
    pub model: String,
    /// Of what.
    pub device: DeviceId,
    /// Which property of it.
    pub path: Path,
    /// When it was expected, in house time.
    pub made: Timestamp,
    /// The hour or day that is meant begins.
    pub from: Timestamp,
    /// And ends; then it can be scored.
    pub due: Timestamp,
    /// What was expected, in the property's unit.
    pub value: f64,
    /// What the simplest guess would have been.
    pub plain: Option<f64>,
    /// From how many figures.
    pub basis: u32,
    /// What came; `None` where that is not known, or not yet.
    pub actual: Option<f64>,
    /// When it was scored, in house time.
    pub scored: Option<Timestamp>,
}

/// How right a model was over a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracy {
    /// The day: whole days of UTC since 1970.
    pub day: i64,
    /// How many predictions were scored against something known.
    pub scored: u32,
    /// Their mean absolute error, in the property's unit.
    pub error: f64,
    /// The mean absolute error of the simplest guess, over those that had one.
    pub plain_error: Option<f64>,
}

/// Which predictions are wanted. The default is all, the latest due first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForecastFilter {
    /// Only of this model.
    pub model: Option<String>,
    /// Only of this device.
    pub device: Option<DeviceId>,
    /// Only those that are due before this.
    pub before: Option<Timestamp>,
}

impl Store {
    /// What was felt from `from` on and before `to`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn feelings(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeptFeeling>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM feelings WHERE house_id = $1 AND at >= $2 AND at < $3 \
                 ORDER BY at LIMIT $4",
            )
            .bind(self.inner.house_row)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(signed(limit.clamp(1, PAGE) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(feeling).collect()
        })
        .await
    }

    /// The last feeling that was kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_feeling(&self) -> Result<Option<KeptFeeling>, StoreError> {
        telemetry::timed("read", async {
            let row =
                sqlx::query("SELECT * FROM feelings WHERE house_id = $1 ORDER BY at DESC LIMIT 1")
                    .bind(self.inner.house_row)
                    .fetch_optional(&self.inner.reader)
                    .await?;
            row.as_ref().map(feeling).transpose()
        })
        .await
    }

    /// The concerns that have not ended, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn concerns_on(&self) -> Result<Vec<KeptConcern>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM concerns WHERE house_id = $1 AND ended_at IS NULL ORDER BY raised_at",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(concern).collect()
        })
        .await
    }

    /// The concerns that ended, the latest raised first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn concerns_over(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeptConcern>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM concerns WHERE house_id = $1 AND ended_at IS NOT NULL \
                 AND raised_at >= $2 AND raised_at < $3 ORDER BY raised_at DESC LIMIT $4",
            )
            .bind(self.inner.house_row)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(signed(limit.clamp(1, PAGE) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(concern).collect()
        })
        .await
    }

    /// Something that was learned, by its name: JSON as text.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learned(&self, name: &str) -> Result<Option<String>, StoreError> {
        telemetry::timed("read", async {
            sqlx::query_scalar("SELECT body FROM mind WHERE house_id = $1 AND name = $2")
                .bind(self.inner.house_row)
                .bind(name)
                .fetch_optional(&self.inner.reader)
                .await
                .map_err(StoreError::from)
        })
        .await
    }

    /// A page of predictions, the latest due first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn forecasts(
        &self,
        filter: &ForecastFilter,
        limit: usize,
    ) -> Result<Vec<KeptForecast>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT * FROM predictions WHERE value IS NOT NULL AND house_id = ",
        );
        query.push_bind(self.inner.house_row);
        if let Some(model) = &filter.model {
            query.push(" AND model = ").push_bind(model.clone());
        }
        if let Some(device) = filter.device {
            query
                .push(" AND device_id = ")
                .push_bind(device.to_string());
        }
        if let Some(before) = filter.before {
            query
                .push(" AND until_at < ")
                .push_bind(before.as_microsecond());
        }
        query
            .push(" ORDER BY until_at DESC, prediction_id DESC LIMIT ")
            .push_bind(signed(limit.clamp(1, PAGE) as u64));
        telemetry::timed("read", async {
            let rows = query.build().fetch_all(&self.inner.reader).await?;
            // What no table has any more cannot be shown any more.
            Ok(rows.iter().filter_map(|row| prediction(row).ok()).collect())
        })
        .await
    }

    /// Predictions whose time has come and that were not scored yet, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn forecasts_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeptForecast>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM predictions WHERE house_id = $1 AND scored_at IS NULL AND until_at <= $2 \
                 AND value IS NOT NULL ORDER BY until_at LIMIT $3",
            )
            .bind(self.inner.house_row)
            .bind(now.as_microsecond())
            .bind(signed(limit.clamp(1, PAGE) as u64))
            .fetch_all(&self.inner.reader)
            .await?;
            Ok(rows.iter().filter_map(|row| prediction(row).ok()).collect())
        })
        .await
    }

    /// How right each model was, by the day on which its predictions were due; oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accuracy(&self, since: Timestamp) -> Result<Vec<(String, Accuracy)>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT model, until_at / 86400000000 AS day, count(*) AS scored, \
                 avg(abs(value - actual)) AS error, avg(abs(plain - actual)) AS plain_error \
                 FROM predictions WHERE house_id = $1 AND actual IS NOT NULL AND until_at >= $2 \
                 GROUP BY model, day ORDER BY model, day LIMIT 10000",
            )
            .bind(self.inner.house_row)
            .bind(since.as_microsecond())
            .fetch_all(&self.inner.reader)
            .await?;
            let accuracy = |row: &SqliteRow| {
                Ok((
                    row.try_get("model")?,
                    Accuracy {
                        day: row.try_get("day")?,
                        scored: row.try_get("scored")?,
                        error: row.try_get("error")?,
                        plain_error: row.try_get("plain_error")?,
                    },
                ))
            };
            rows.iter().map(accuracy).collect()
        })
        .await
    }
}

fn feeling(row: &SqliteRow) -> Result<KeptFeeling, StoreError> {
    Ok(KeptFeeling {
        at: time(row, "at")?,
        label: row.try_get("label")?,
        valence: row.try_get("valence")?,
        arousal: row.try_get("arousal")?,
        confidence: row.try_get("confidence")?,
        awareness: row.try_get("awareness")?,
        mood_valence: row.try_get("mood_valence")?,
        mood_arousal: row.try_get("mood_arousal")?,
        reasons: from_json(row, "reasons")?,
    })
}

fn concern(row: &SqliteRow) -> Result<KeptConcern, StoreError> {
    Ok(KeptConcern {
        id: parsed(row, "concern_id")?,
        key: row.try_get("key")?,
        kind: row.try_get("kind")?,
        urgency: row.try_get("urgency")?,
        raised: time(row, "raised_at")?,
        ended: time_or_null(row, "ended_at")?,
        how: row.try_get("how")?,
        body: from_json(row, "body")?,
    })
}

fn prediction(row: &SqliteRow) -> Result<KeptForecast, StoreError> {
    let text: String = row.try_get("path")?;
    Ok(KeptForecast {
        model: row.try_get("model")?,
        device: parsed(row, "device_id")?,
        path: path(&text)
            .ok_or_else(|| StoreError::Other(format!("no table has the property {text}")))?,
        made: time(row, "made_at")?,
        from: time(row, "from_at")?,
        due: time(row, "until_at")?,
        value: row.try_get("value")?,
        plain: row.try_get("plain")?,
        basis: row.try_get("basis")?,
        actual: row.try_get("actual")?,
        scored: time_or_null(row, "scored_at")?,
    })
}

pub(crate) async fn keep_feeling(
    connection: &mut SqliteConnection,
    leader: Leader,
    feeling: &KeptFeeling,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO feelings (house_id, at, label, valence, arousal, confidence, awareness, \
         mood_valence, mood_arousal, reasons) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (house_id, at) DO NOTHING",
    )
    .bind(leader.house)
    .bind(feeling.at.as_microsecond())
    .bind(&feeling.label)
    .bind(feeling.valence)
    .bind(feeling.arousal)
    .bind(feeling.confidence)
    .bind(feeling.awareness)
    .bind(feeling.mood_valence)
    .bind(feeling.mood_arousal)
    .bind(json(&feeling.reasons)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn keep_concern(
    connection: &mut SqliteConnection,
    leader: Leader,
    concern: &KeptConcern,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO concerns (concern_id, house_id, key, kind, urgency, raised_at, ended_at, how, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (concern_id) DO UPDATE SET \
         urgency = excluded.urgency, ended_at = excluded.ended_at, how = excluded.how, \
         body = excluded.body",
    )
    .bind(concern.id.to_string())
    .bind(leader.house)
    .bind(&concern.key)
    .bind(&concern.kind)
    .bind(&concern.urgency)
    .bind(concern.raised.as_microsecond())
    .bind(concern.ended.map(Timestamp::as_microsecond))
    .bind(&concern.how)
    .bind(json(&concern.body)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn keep_learned(
    connection: &mut SqliteConnection,
    leader: Leader,
    name: &str,
    body: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO mind (house_id, name, body, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (house_id, name) DO UPDATE SET body = excluded.body, at = excluded.at",
    )
    .bind(leader.house)
    .bind(name)
    .bind(body)
    .bind(at.as_microsecond())
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a prediction, or how it was scored. What was expected first stays: it is not made better
/// afterwards.
pub(crate) async fn keep_forecast(
    connection: &mut SqliteConnection,
    leader: Leader,
    prediction: &KeptForecast,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO predictions (house_id, model, device_id, path, made_at, from_at, until_at, value, \
         plain, basis, actual, scored_at, subject) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3 || ' ' || $4) \
         ON CONFLICT (house_id, model, subject, from_at) DO UPDATE SET \
         actual = excluded.actual, scored_at = excluded.scored_at WHERE excluded.scored_at IS NOT NULL",
    )
    .bind(leader.house)
    .bind(&prediction.model)
    .bind(prediction.device.to_string())
    .bind(prediction.path.to_string())
    .bind(prediction.made.as_microsecond())
    .bind(prediction.from.as_microsecond())
    .bind(prediction.due.as_microsecond())
    .bind(prediction.value)
    .bind(prediction.plain)
    .bind(prediction.basis)
    .bind(prediction.actual)
    .bind(prediction.scored.map(Timestamp::as_microsecond))
    .execute(connection)
    .await?;
    Ok(())
}
