//! How everyone reaches the alerts, and the loop that judges the rules.

use super::{
    alert::{Alert, Body, Severity, Source},
    alertmanager::Notification,
    condition::{Condition, Known, Reference},
    deliver::{Telling, tell},
    rule::{Rule, RuleFault},
    sources::Sources,
    telemetry,
    watch::{Turn, Watch},
};
use jiff::tz::TimeZone;
use model::{AlertId, EventBody, Grant, Request, RequestBody, Timestamp, Who};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};
use store::{KeptAlertRule, Record, Store, StoreError};
use tokio::{
    sync::Mutex,
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior},
};
use twin::Handle;

/// How often the rules are judged.
const PERIOD: Duration = Duration::from_secs(2);
/// How long what is usual is known: it changes with the hour.
const USUAL: Duration = Duration::from_secs(60);
/// The most rules, and the most alerts that are on.
const RULES: usize = 200;
const ON: usize = 1_000;
/// Webhooks that are called at once.
const CALLS: usize = 8;

/// The server's own metrics: the sum over a family's series.
pub type MetricSource = Arc<dyn Fn(&str) -> Option<f64> + Send + Sync>;

/// What alerts are made of.
#[derive(Clone)]
pub struct Wires {
    /// The running house.
    pub house: Handle,
    /// Where rules and alerts are kept.
    pub store: Store,
    /// Days begin at its midnight.
    pub zone: TimeZone,
    /// The server's own metrics.
    pub server: MetricSource,
}

impl fmt::Debug for Wires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wires").finish_non_exhaustive()
    }
}

/// The alerts of the house; cloning shares them.
#[derive(Debug, Clone)]
pub struct Alerts {
    wires: Wires,
    state: Arc<Mutex<State>>,
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The rule cannot be one.
    #[error(transparent)]
    Rule(#[from] RuleFault),
    /// Another rule has the name.
    #[error("a rule is called `{0}` already")]
    Taken(String),
    /// There is none.
    #[error("no alert rule is called `{0}`")]
    Unknown(String),
    /// There are as many as there can be.
    #[error("there are {0} of them, and no more are taken; remove some first")]
    Full(usize),
    /// It cannot be kept, or read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Default)]
struct State {
    rules: BTreeMap<String, Live>,
    /// Alerts that are on, or of which somebody still has to be told.
    alerts: HashMap<AlertId, Alert>,
    telling: HashMap<AlertId, Telling>,
    usual: HashMap<Reference, (Instant, Known)>,
}

/// A rule at work.
#[derive(Debug, Clone)]
struct Live {
    rule: Rule,
    /// `None` where a newer version of the house no longer understands it.
    condition: Option<Condition>,
    watch: Watch,
}

impl Live {
    fn new(rule: Rule, fires: bool) -> Self {
        Self {
            condition: rule.check().ok(),
            rule,
            watch: if fires {
                Watch::firing()
            } else {
                Watch::default()
            },
        }
    }
}

impl Alerts {
    /// Reads what was kept, and begins to judge the rules.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn start(wires: Wires) -> Result<(Self, JoinHandle<()>), StoreError> {
        let mut state = State::default();
        for kept in wires.store.open_alerts().await? {
            if let Some(alert) = Alert::from_kept(kept) {
                if alert.waits() {
                    state.telling.insert(alert.id, Telling::begin());
                }
                state.alerts.insert(alert.id, alert);
            }
        }
        for kept in wires.store.alert_rules().await? {
            let rule = kept.body.map(serde_json::from_value::<Rule>);
            if let Some(Ok(rule)) = rule {
                let fires = state.on(Source::Rule, &rule.slug).is_some();
                state
                    .rules
                    .insert(rule.slug.clone(), Live::new(rule, fires));
            }
        }
        let alerts = Self {
            wires,
            state: Arc::new(Mutex::new(state)),
        };
        let judging = tokio::spawn(alerts.clone().run());
        Ok((alerts, judging))
    }

    async fn run(self) {
        let mut tick = tokio::time::interval(PERIOD);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut calls = JoinSet::new();
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    if let Err(error) = self.judge().await {
                        telemetry::failed(&error.to_string());
                    }
                    self.call(&mut calls).await;
                }
                Some(told) = calls.join_next() => if let Ok((id, state, result)) = told {
                    self.told(id, state, result).await;
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.wires.house.clock().now().house
    }

    /// Judges every rule once.
    async fn judge(&self) -> Result<(), StoreError> {
        let now = self.now();
        let rules: Vec<(String, Condition)> = {
            let state = self.state.lock().await;
            state
                .rules
                .iter()
                .filter(|(_, live)| live.rule.enabled)
                .filter_map(|(slug, live)| Some((slug.clone(), live.condition.clone()?)))
                .collect()
        };
        let snapshot = self.wires.house.snapshot();
        let sources = Sources {
            house: &snapshot,
            store: &self.wires.store,
            zone: &self.wires.zone,
            now,
            server: &*self.wires.server,
        };
        let mut known: HashMap<Reference, Known> = HashMap::new();
        for (slug, condition) in rules {
            for reference in condition.references() {
                if !known.contains_key(reference) {
                    let found = self.find(&sources, reference).await?;
                    known.insert(reference.clone(), found);
                }
            }
            let holds = condition
                .holds(&|reference| known.get(reference).cloned().unwrap_or(Known::Unknown));
            self.turn(&slug, &condition, holds, &known, now).await?;
        }
        let state = self.state.lock().await;
        let count = |severity| {
            #[expect(clippy::cast_precision_loss, reason = "a number of alerts")]
            let count = state
                .alerts
                .values()
                .filter(|alert| alert.ended.is_none() && alert.body.severity == severity)
                .count() as f64;
            count
        };
        telemetry::active([
            ("info", count(Severity::Info)),
            ("warning", count(Severity::Warning)),
            ("critical", count(Severity::Critical)),
        ]);
        Ok(())
    }

    /// What is known of something; what is usual is remembered for a minute.
    async fn find(
        &self,
        sources: &Sources<'_>,
        reference: &Reference,
    ) -> Result<Known, StoreError> {
        let is_usual = matches!(reference, Reference::Usual(..) | Reference::Baseline(_));
        if is_usual {
            let state = self.state.lock().await;
            if let Some((since, known)) = state.usual.get(reference)
                && since.elapsed() < USUAL
            {
                return Ok(known.clone());
            }
        }
        let known = sources.find(reference).await?;
        if is_usual {
            let mut state = self.state.lock().await;
            state.usual.retain(|_, (since, _)| since.elapsed() < USUAL);
            state
                .usual
                .insert(reference.clone(), (Instant::now(), known.clone()));
        }
        Ok(known)
    }

    /// A rule was judged.
    async fn turn(
        &self,
        slug: &str,
        condition: &Condition,
        holds: Option<bool>,
        known: &HashMap<Reference, Known>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        // It may have been removed or written anew meanwhile.
        let Some(live) = state.rules.get_mut(slug) else {
            return Ok(());
        };
        if live.rule.condition != condition.text() {
            return Ok(());
        }
        let before = live.watch;
        let turn = live.watch.look(holds, now, live.rule.times());
        let rule = live.rule.clone();
        let alert = match turn {
            None => return Ok(()),
            Some(Turn::Fires) => {
                if state.alerts.len() >= ON {
                    return Ok(());
                }
                fired(&rule, condition, known, now)
            }
            Some(Turn::IsOver) => {
                let Some(mut alert) = state.on(Source::Rule, slug).cloned() else {
                    return Ok(());
                };
                alert.ended = Some(now);
                alert
            }
        };
        if let Err(error) = self.put(&mut state, alert).await {
            // What is not kept did not happen: it is looked at again.
            if let Some(live) = state.rules.get_mut(slug) {
                live.watch = before;
            }
            return Err(error);
        }
        Ok(())
    }

    /// Keeps an alert as it is now, tells everyone, and has its webhook told.
    async fn put(&self, state: &mut State, alert: Alert) -> Result<(), StoreError> {
        let record = Record::Alert(Box::new(alert.kept()));
        self.wires.store.keep(vec![record]).await?;
        telemetry::turned(&alert);
        let note = EventBody::AlertChanged {
            alert: alert.id,
            name: alert.body.title.clone(),
            severity: alert.body.severity.as_str().to_owned(),
            state: alert.state().to_owned(),
            summary: alert.body.summary.clone(),
        };
        let house = self.wires.house.clone();
        tokio::spawn(async move {
            let body = RequestBody::Tell {
                note: Box::new(note),
            };
            // A house that is too busy or ends does without; the alert itself is kept.
            drop(house.request(Request::new(Grant::house(), body)).await);
        });
        if alert.waits() {
            state.telling.insert(alert.id, Telling::begin());
            state.alerts.insert(alert.id, alert);
        } else {
            state.settle(alert);
        }
        Ok(())
    }

    /// Calls the webhooks whose turn it is.
    async fn call(&self, calls: &mut JoinSet<(AlertId, &'static str, Result<(), String>)>) {
        let mut state = self.state.lock().await;
        let due: Vec<AlertId> = state
            .telling
            .iter()
            .filter(|(_, telling)| telling.is_due())
            .map(|(id, _)| *id)
            .take(CALLS.saturating_sub(calls.len()))
            .collect();
        for id in due {
            let Some(alert) = state.alerts.get(&id).cloned() else {
                state.telling.remove(&id);
                continue;
            };
            if let Some(telling) = state.telling.get_mut(&id) {
                telling.under_way = true;
            }
            calls.spawn(async move {
                let result = tell(&alert).await;
                (id, alert.state(), result)
            });
        }
    }

    /// A webhook was called.
    async fn told(&self, id: AlertId, of: &'static str, result: Result<(), String>) {
        let mut state = self.state.lock().await;
        let Some(mut alert) = state.alerts.get(&id).cloned() else {
            return;
        };
        match result {
            Ok(()) => {
                telemetry::delivered(&alert.name);
                alert.body.told = Some(of.to_owned());
            }
            Err(reason) => {
                let again = state.telling.get_mut(&id).is_some_and(Telling::failed);
                telemetry::not_delivered(&alert.name, &reason, !again);
                if again {
                    return;
                }
                alert.body.untold = Some(reason);
            }
        }
        // What turned meanwhile is told next, and until this is kept it may be told twice after a crash.
        let record = Record::Alert(Box::new(alert.kept()));
        if let Err(error) = self.wires.store.keep(vec![record]).await {
            telemetry::failed(&error.to_string());
        }
        if alert.waits() {
            state.telling.insert(id, Telling::begin());
            state.alerts.insert(id, alert);
        } else {
            state.telling.remove(&id);
            state.settle(alert);
        }
    }

    /// The rules, by slug, each with what keeps it from working.
    pub async fn rules(&self) -> Vec<(Rule, Option<String>)> {
        let state = self.state.lock().await;
        state
            .rules
            .values()
            .map(|live| {
                let fault = live.rule.check().err().map(|fault| fault.to_string());
                (live.rule.clone(), fault)
            })
            .collect()
    }

    /// The rule of a slug.
    ///
    /// # Errors
    /// When there is none.
    pub async fn rule(&self, slug: &str) -> Result<Rule, Fault> {
        let state = self.state.lock().await;
        let live = state.rules.get(slug);
        live.map(|live| live.rule.clone())
            .ok_or_else(|| Fault::Unknown(shown(slug)))
    }

    /// Adds a rule, or with `replaces` writes one anew.
    ///
    /// # Errors
    /// When it cannot be right, there is no room, or it cannot be kept.
    pub async fn put_rule(&self, rule: Rule, replaces: bool, who: Who) -> Result<Rule, Fault> {
        rule.check()?;
        let mut state = self.state.lock().await;
        let known = state.rules.get(&rule.slug);
        match (known, replaces) {
            (Some(_), false) => return Err(Fault::Taken(rule.slug)),
            (None, true) => return Err(Fault::Unknown(shown(&rule.slug))),
            _ => {}
        }
        if known.is_none() && state.rules.len() >= RULES {
            return Err(Fault::Full(RULES));
        }
        let same = known.is_some_and(|live| live.rule.condition == rule.condition && rule.enabled);
        let body =
            serde_json::to_value(&rule).map_err(|error| StoreError::Other(error.to_string()))?;
        self.keep_rule(&rule.slug, Some(body), who).await?;
        // Another condition is another matter: what the old one raised is over.
        if !same {
            self.end(&mut state, &rule.slug).await?;
        }
        let fires = state.on(Source::Rule, &rule.slug).is_some();
        state
            .rules
            .insert(rule.slug.clone(), Live::new(rule.clone(), fires));
        Ok(rule)
    }

    /// Removes a rule; what it raised is over.
    ///
    /// # Errors
    /// When there is none, or it cannot be kept.
    pub async fn remove_rule(&self, slug: &str, who: Who) -> Result<(), Fault> {
        let mut state = self.state.lock().await;
        if !state.rules.contains_key(slug) {
            return Err(Fault::Unknown(shown(slug)));
        }
        self.keep_rule(slug, None, who).await?;
        state.rules.remove(slug);
        self.end(&mut state, slug).await?;
        Ok(())
    }

    async fn keep_rule(
        &self,
        slug: &str,
        body: Option<serde_json::Value>,
        who: Who,
    ) -> Result<(), StoreError> {
        let rule = KeptAlertRule {
            slug: slug.to_owned(),
            body,
            at: self.now(),
            who,
        };
        let record = Record::AlertRule(Box::new(rule));
        self.wires.store.keep(vec![record]).await
    }

    /// Ends what a rule raised.
    async fn end(&self, state: &mut State, slug: &str) -> Result<(), StoreError> {
        let Some(mut alert) = state.on(Source::Rule, slug).cloned() else {
            return Ok(());
        };
        alert.ended = Some(self.now());
        self.put(state, alert).await
    }

    /// Takes in what an Alertmanager sends. What it says again changes nothing. How many alerts changed.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub async fn take_in(&self, notifications: Vec<Notification>) -> Result<usize, Fault> {
        let mut state = self.state.lock().await;
        let now = self.now();
        let mut changed = 0;
        for one in notifications {
            let known = state
                .alerts
                .values()
                .find(|alert| {
                    alert.source == Source::Alertmanager
                        && alert.ended.is_none()
                        && alert.body.fingerprint.as_ref() == Some(&one.fingerprint)
                })
                .cloned();
            let alert = match (known, one.is_over) {
                (None, true) => continue,
                (Some(mut alert), true) => {
                    alert.ended = Some(now);
                    alert
                }
                (Some(alert), false)
                    if alert.body.summary == one.summary && alert.body.severity == one.severity =>
                {
                    continue;
                }
                (Some(mut alert), false) => {
                    alert.body.summary = one.summary;
                    alert.body.severity = one.severity;
                    alert
                }
                (None, false) if state.alerts.len() >= ON => return Err(Fault::Full(ON)),
                (None, false) => Alert {
                    id: AlertId::new(),
                    source: Source::Alertmanager,
                    name: one.name.clone(),
                    // Its clock is another one: here it begins when the house hears of it.
                    started: now,
                    ended: None,
                    body: Body {
                        title: one.name,
                        severity: one.severity,
                        summary: one.summary,
                        condition: one.link,
                        values: Vec::new(),
                        fingerprint: Some(one.fingerprint),
                        webhook: None,
                        told: None,
                        untold: None,
                    },
                },
            };
            self.put(&mut state, alert).await?;
            changed += 1;
        }
        Ok(changed)
    }

    /// The alerts that are on, the gravest first and of those the newest.
    pub async fn active(&self) -> Vec<Alert> {
        let state = self.state.lock().await;
        let mut active: Vec<Alert> = state
            .alerts
            .values()
            .filter(|alert| alert.ended.is_none())
            .cloned()
            .collect();
        active
            .sort_by_key(|alert| std::cmp::Reverse((alert.body.severity, alert.started, alert.id)));
        active
    }

    /// The last alerts, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last(&self, limit: usize) -> Result<Vec<Alert>, Fault> {
        let kept = self.wires.store.last_alerts(limit).await?;
        Ok(kept.into_iter().filter_map(Alert::from_kept).collect())
    }
}

impl State {
    /// The alert of a rule that is on.
    fn on(&self, source: Source, name: &str) -> Option<&Alert> {
        self.alerts
            .values()
            .find(|alert| alert.source == source && alert.name == name && alert.ended.is_none())
    }

    /// An alert of which nobody has to be told any more: it stays while it is on.
    fn settle(&mut self, alert: Alert) {
        if alert.ended.is_none() {
            self.alerts.insert(alert.id, alert);
        } else {
            self.alerts.remove(&alert.id);
        }
    }
}

fn fired(
    rule: &Rule,
    condition: &Condition,
    known: &HashMap<Reference, Known>,
    now: Timestamp,
) -> Alert {
    let mut values = Vec::new();
    let mut said = Vec::new();
    for reference in condition.references() {
        let written = reference.written();
        let (number, shown) = match known.get(reference) {
            Some(Known::Number(number)) => (
                Some(*number),
                format!("{}", (number * 100.0).round() / 100.0),
            ),
            Some(Known::Truth(truth)) => (None, truth.to_string()),
            Some(Known::Word(word)) => (None, word.chars().take(60).collect()),
            Some(Known::Unknown) | None => (None, "unknown".to_owned()),
        };
        said.push(format!("{written} is {shown}"));
        values.push((written, number));
    }
    Alert {
        id: AlertId::new(),
        source: Source::Rule,
        name: rule.slug.clone(),
        started: now,
        ended: None,
        body: Body {
            title: rule.name.clone(),
            severity: rule.severity,
            summary: format!("{}: {}", rule.condition, said.join(", ")),
            condition: rule.condition.clone(),
            values,
            fingerprint: None,
            webhook: rule.webhook.clone(),
            told: None,
            untold: None,
        },
    }
}

/// Words from outside, fit to be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
