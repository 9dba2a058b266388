//! Scenarios with all their versions, and their runs.

use crate::{
    Store, StoreError,
    column::{cause, from_json, from_json_or_null, json, signed, time, time_or_null},
    telemetry,
    writer::Leader,
};
use model::{Cause, CauseId, RunId, Timestamp};
use serde_json::Value as Json;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

/// The longest page.
const PAGE: usize = 500;

/// A version of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioVersion {
    /// The scenario's slug.
    pub slug: String,
    /// Rises by one with every edit.
    pub version: u32,
    /// As it was written; `None` where it was removed.
    pub document: Option<Json>,
    /// When, in house time.
    pub at: Timestamp,
    /// Who wrote it, and why.
    pub cause: Cause,
}

/// A run as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// Its id.
    pub id: RunId,
    /// The scenario's slug.
    pub scenario: String,
    /// How it is.
    pub state: String,
    /// When it began, in house time.
    pub started: Timestamp,
    /// When it ended, in house time.
    pub ended: Option<Timestamp>,
    /// What it does is caused by this.
    pub cause: CauseId,
    /// Where it stands, and its trace, as its maker encodes it.
    pub body: Json,
}

/// Which runs are wanted. The default is all, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFilter {
    /// Only of this scenario.
    pub scenario: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only those that began before this: the last of the page before.
    pub before: Option<(Timestamp, RunId)>,
}

impl Store {
    /// The scenarios that there are, each in its newest version.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scenarios(&self) -> Result<Vec<ScenarioVersion>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM scenarios s WHERE house_id = $1 AND document IS NOT NULL \
                 AND version = (SELECT max(version) FROM scenarios \
                                WHERE house_id = s.house_id AND slug = s.slug) ORDER BY slug",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(version).collect()
        })
        .await
    }

    /// All versions of a scenario, newest first; the newest 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn scenario_versions(&self, slug: &str) -> Result<Vec<ScenarioVersion>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM scenarios WHERE house_id = $1 AND slug = $2 \
                 ORDER BY version DESC LIMIT 500",
            )
            .bind(self.inner.house_row)
            .bind(slug)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(version).collect()
        })
        .await
    }

    /// A page of runs, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<KeptRun>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM runs WHERE house_id = ");
        query.push_bind(self.inner.house_row);
        if let Some(scenario) = &filter.scenario {
            query.push(" AND scenario = ").push_bind(scenario.clone());
        }
        if let Some(state) = &filter.state {
            query.push(" AND state = ").push_bind(state.clone());
        }
        if let Some((at, id)) = filter.before {
            query
                .push(" AND (started_at, run_id) < (")
                .push_bind(at.as_microsecond())
                .push(", ")
                .push_bind(id.to_string())
                .push(")");
        }
        query
            .push(" ORDER BY started_at DESC, run_id DESC LIMIT ")
            .push_bind(signed(limit.clamp(1, PAGE) as u64));
        telemetry::timed("read", async {
            let rows = query.build().fetch_all(&self.inner.reader).await?;
            rows.iter().map(run).collect()
        })
        .await
    }

    /// A run; `None` where there is none of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run(&self, id: RunId) -> Result<Option<KeptRun>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query("SELECT * FROM runs WHERE run_id = $1")
                .bind(id.to_string())
                .fetch_optional(&self.inner.reader)
                .await?;
            row.as_ref().map(run).transpose()
        })
        .await
    }

    /// The run behind a cause; `None` where it was none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run_by_cause(&self, cause: CauseId) -> Result<Option<KeptRun>, StoreError> {
        telemetry::timed("read", async {
            let row = sqlx::query("SELECT * FROM runs WHERE cause_id = $1 LIMIT 1")
                .bind(cause.to_string())
                .fetch_optional(&self.inner.reader)
                .await?;
            row.as_ref().map(run).transpose()
        })
        .await
    }

    /// The runs that had not ended, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn runs_on(&self) -> Result<Vec<KeptRun>, StoreError> {
        telemetry::timed("read", async {
            let rows = sqlx::query(
                "SELECT * FROM runs WHERE house_id = $1 AND ended_at IS NULL ORDER BY started_at, run_id",
            )
            .bind(self.inner.house_row)
            .fetch_all(&self.inner.reader)
            .await?;
            rows.iter().map(run).collect()
        })
        .await
    }
}

fn version(row: &SqliteRow) -> Result<ScenarioVersion, StoreError> {
    Ok(ScenarioVersion {
        slug: row.try_get("slug")?,
        version: row.try_get("version")?,
        document: from_json_or_null(row, "document")?,
        at: time(row, "at")?,
        cause: cause(row)?,
    })
}

fn run(row: &SqliteRow) -> Result<KeptRun, StoreError> {
    Ok(KeptRun {
        id: crate::column::parsed(row, "run_id")?,
        scenario: row.try_get("scenario")?,
        state: row.try_get("state")?,
        started: time(row, "started_at")?,
        ended: time_or_null(row, "ended_at")?,
        cause: crate::column::parsed(row, "cause_id")?,
        body: from_json(row, "body")?,
    })
}

/// Keeps a version of a scenario. A version that is there already stays as it is: who came second
/// edited something that was no longer so.
pub(crate) async fn keep_scenario(
    connection: &mut SqliteConnection,
    leader: Leader,
    scenario: &ScenarioVersion,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO scenarios (house_id, slug, version, document, at, cause_id, parent_id, who) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(leader.house)
    .bind(&scenario.slug)
    .bind(scenario.version)
    .bind(scenario.document.as_ref().map(json).transpose()?)
    .bind(scenario.at.as_microsecond())
    .bind(scenario.cause.id.to_string())
    .bind(scenario.cause.parent.map(|id| id.to_string()))
    .bind(json(&scenario.cause.who)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a run, new, further on or ended.
pub(crate) async fn keep_run(
    connection: &mut SqliteConnection,
    leader: Leader,
    run: &KeptRun,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO runs (run_id, house_id, scenario, state, started_at, ended_at, cause_id, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (run_id) DO UPDATE SET \
         state = excluded.state, ended_at = excluded.ended_at, body = excluded.body",
    )
    .bind(run.id.to_string())
    .bind(leader.house)
    .bind(&run.scenario)
    .bind(&run.state)
    .bind(run.started.as_microsecond())
    .bind(run.ended.map(Timestamp::as_microsecond))
    .bind(run.cause.to_string())
    .bind(json(&run.body)?)
    .execute(connection)
    .await?;
    Ok(())
}
