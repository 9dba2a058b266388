//! Conversations are kept for the person who held them: listed, searched, deleted.
//!
//! What is said is written in groups some hundred milliseconds later; who reads waits for what is
//! under way. A crash loses at most that.

use super::answer::{Action, Answer, Evidence, Outcome};
use model::{ConversationId, RequestId, Timestamp, Value, Who};
use serde_json::{Map, Value as Json, json};
use std::time::Duration;
use store::{ConversationSummary, KeptTurn, Record, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

/// How many turns wait to be written; what comes beyond is not kept, and counted.
const QUEUE: usize = 4_096;

/// How long turns are gathered.
const GATHER: Duration = Duration::from_millis(200);

/// How many are written at once.
const GROUP: usize = 256;

/// How many actions and rows of an answer are kept.
const ACTIONS: usize = 100;
const ROWS: usize = 60;

/// How many turns back it is looked for what was done.
const TURNS: usize = 200;

enum Job {
    Turn(Box<KeptTurn>),
    Flush(oneshot::Sender<()>),
}

/// Keeps conversations; cloning shares it.
#[derive(Debug, Clone)]
pub struct Keeper {
    store: Store,
    jobs: mpsc::Sender<Job>,
}

/// Who somebody is, for telling whose a conversation is.
#[must_use]
pub(super) fn key(who: &Who) -> String {
    match who {
        Who::Operator => "operator".into(),
        Who::Person { id, .. } => format!("person:{id}"),
        Who::Service { name } => format!("service:{name}"),
        other => other.to_string(),
    }
}

impl Keeper {
    pub(crate) fn start(store: Store) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(store.clone(), queue));
        Self { store, jobs }
    }

    pub(crate) fn keep(
        &self,
        conversation: ConversationId,
        who: &str,
        speaker: Who,
        message: &str,
        answer: &Answer,
        at: Timestamp,
    ) {
        let turn = KeptTurn {
            conversation,
            owner: who.to_owned(),
            who: speaker,
            at,
            message: message.to_owned(),
            response: answer.response.clone(),
            intent: answer.intent.name.clone(),
            engine: answer.engine.clone(),
            body: body(answer),
        };
        if self.jobs.try_send(Job::Turn(Box::new(turn))).is_err() {
            crate::telemetry::not_kept();
        }
    }

    /// Waits until what was said before is written.
    async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.jobs.send(Job::Flush(done)).await.is_ok() {
            drop(written.await);
        }
    }

    /// Whose a conversation is.
    pub(crate) async fn owner(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<String>, StoreError> {
        self.flush().await;
        self.store.conversation_owner(conversation).await
    }

    /// The conversations of somebody, newest first; with words only those in which they occur.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(
        &self,
        who: &Who,
        words: Option<&str>,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        self.flush().await;
        self.store
            .conversations(&key(who), words, before, limit)
            .await
    }

    /// The turns of a conversation, oldest first; `None` where there is none of that person's.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turns(
        &self,
        conversation: ConversationId,
        who: &Who,
        limit: usize,
    ) -> Result<Option<Vec<KeptTurn>>, StoreError> {
        if self
            .owner(conversation)
            .await?
            .is_none_or(|owner| owner != key(who))
        {
            return Ok(None);
        }
        self.store.turns(conversation, limit).await.map(Some)
    }

    /// What was done in a conversation: the actions that are named, or all of the last answer that did
    /// something.
    pub(crate) async fn done(
        &self,
        conversation: ConversationId,
        named: &[RequestId],
    ) -> Result<Vec<Action>, StoreError> {
        self.flush().await;
        let turns = self.store.turns(conversation, TURNS).await?;
        let of_turn = |turn: &KeptTurn| -> Vec<Action> {
            let actions = turn.body.get("actions").and_then(Json::as_array);
            actions.into_iter().flatten().filter_map(done).collect()
        };
        let mut turns = turns.iter().rev().map(of_turn);
        if named.is_empty() {
            return Ok(turns
                .find(|actions| !actions.is_empty())
                .unwrap_or_default());
        }
        let is_named = |action: &Action| named.contains(&action.id);
        Ok(turns.flatten().filter(is_named).collect())
    }

    pub(crate) async fn remove(
        &self,
        conversation: ConversationId,
        who: &str,
    ) -> Result<bool, StoreError> {
        if self
            .owner(conversation)
            .await?
            .is_none_or(|owner| owner != who)
        {
            return Ok(false);
        }
        self.store
            .keep(vec![Record::ConversationGone(conversation)])
            .await
            .map(|()| true)
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut jobs, GROUP).await > 0 {
        let waits = jobs.iter().any(|job| matches!(job, Job::Flush(_)));
        if !waits && jobs.len() < GROUP {
            // Until somebody waits for it, or there is enough.
            let deadline = tokio::time::Instant::now() + GATHER;
            while jobs.len() < GROUP {
                match tokio::time::timeout_at(deadline, queue.recv()).await {
                    Ok(Some(job)) => {
                        let flush = matches!(job, Job::Flush(_));
                        jobs.push(job);
                        if flush {
                            break;
                        }
                    }
                    Ok(None) | Err(_) => break,
                }
            }
        }
        let mut records = Vec::new();
        let mut waiting = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Turn(turn) => records.push(Record::Turn(turn)),
                Job::Flush(done) => waiting.push(done),
            }
        }
        if !records.is_empty()
            && let Err(error) = store.keep(records).await
        {
            crate::telemetry::keeping_failed(&error);
        }
        for done in waiting {
            // Who no longer waits does not want to know.
            let _ = done.send(());
        }
    }
}

/// What is kept of an answer besides its words: its actions, and the rows that it rests on.
fn body(answer: &Answer) -> Json {
    let actions: Vec<Json> = answer.actions.iter().take(ACTIONS).map(action).collect();
    let evidence: Vec<Json> = answer.evidence.iter().take(ROWS).map(row).collect();
    json!({
        "slots": answer.intent.slots, "actions": actions, "evidence": evidence,
        "suggestions": answer.suggestions,
    })
}

fn action(action: &Action) -> Json {
    let args: Map<String, Json> = action
        .args
        .iter()
        .map(|(name, value)| (name.clone(), scalar(value)))
        .collect();
    json!({
        "id": action.id.to_string(), "device": action.device.map(|device| device.to_string()),
        "slug": action.slug, "name": action.name, "endpoint": action.endpoint,
        "capability": action.capability, "command": action.command, "args": args,
        "outcome": action.outcome.as_str(), "wish": action.wish.map(|wish| wish.to_string()),
        "run": action.run.map(|run| run.to_string()), "note": action.note,
        "undo": action.undo.as_ref().and_then(|undo| serde_json::to_value(undo).ok()),
    })
}

/// What was done, as it was kept; nothing where nothing of it could be taken back.
fn done(kept: &Json) -> Option<Action> {
    let text = |key: &str| kept.get(key)?.as_str();
    Some(Action {
        id: text("id")?.parse().ok()?,
        device: text("device").and_then(|id| id.parse().ok()),
        name: text("name")?.to_owned(),
        slug: text("slug")?.to_owned(),
        endpoint: kept
            .get("endpoint")
            .and_then(Json::as_u64)
            .and_then(|endpoint| u16::try_from(endpoint).ok()),
        capability: text("capability")?.to_owned(),
        command: text("command")?.to_owned(),
        outcome: Outcome::parse(text("outcome")?)?,
        undo: Some(serde_json::from_value(kept.get("undo")?.clone()).ok()?),
        ..Action::default()
    })
}

fn row(row: &Evidence) -> Json {
    json!({
        "kind": row.kind, "device": row.device.map(|device| device.to_string()), "name": row.name,
        "path": row.path, "value": row.value.as_ref().map(scalar), "unit": row.unit,
        "at": row.at.map(|at| at.to_string()), "since": row.since.map(|at| at.to_string()),
        "stale": row.stale, "text": row.text, "reference": row.reference,
    })
}

fn scalar(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => json!(truth),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
    }
}
