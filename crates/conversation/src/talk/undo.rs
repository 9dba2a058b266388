//! What was done is taken back: by requests of their own, whose cause is what they take back.

use super::answer::{Action, Answer, Outcome, Undo};
use super::{Turn, words};
use automation::document::{ScenarioSlug, read_value};
use model::capability::Safety;
use model::{
    Cause, DeviceId, Goal, Path, Request, RequestBody, RequestId, Right, Timestamp, Value, Who,
    Wish,
};
use serde_json::Value as Json;

/// How many are taken back at once.
const AT_ONCE: usize = 25;

/// How many devices are set back of what a scenario did, and of how many that is told.
const MOST: usize = 100;
const TOLD: usize = 6;

/// What a run has changed of an endpoint.
struct Changed {
    device: DeviceId,
    endpoint: u16,
    paths: Vec<Path>,
    cause: Option<Cause>,
}

impl Turn<'_> {
    /// What would take a wish back: the values that were reported before it.
    /// Nothing, where it was so already.
    pub(super) fn undo_of(&self, wish: &Wish) -> Option<Undo> {
        let never = |why: String| Some(Undo::Never { why });
        let Some(twin) = self.snapshot.devices.get(&wish.device) else {
            return never("the device is gone".to_owned());
        };
        let name = &twin.device.name;
        let unknown = || never(format!("I don't know how {name} was before"));
        let path = |capability: &str, property: &str| -> Option<Path> {
            twin.device
                .capabilities
                .iter()
                .find(|it| it.capability.name == capability && it.endpoint == wish.endpoint)?
                .path(property)
        };
        let before = |path: Path| {
            twin.reported(path)
                .filter(|reported| !reported.stale)
                .and_then(|reported| reported.value.clone())
        };
        let goal: Vec<(String, Option<Value>)> = match &wish.goal {
            Goal::Target { values } => values
                .iter()
                .map(|(property, value)| (property.clone(), Some(value.clone())))
                .collect(),
            Goal::Action { command } if wish.capability == "OnOff" && command == "toggle" => {
                vec![("on_off".to_owned(), None)]
            }
            Goal::Action { command } => {
                return never(format!(
                    "what “{}” does cannot be taken back",
                    command.replace('_', " ")
                ));
            }
        };
        let mut values: Vec<(String, String, Value)> = Vec::new();
        for (property, wanted) in goal {
            let Some(path) = path(&wish.capability, &property) else {
                return unknown();
            };
            match before(path) {
                None => return unknown(),
                Some(value) if Some(&value) == wanted.as_ref() => {}
                // Locking again may be undoing; unlocking is said by a person.
                Some(value) if path.property.safety_of(&value) != Safety::Free => {
                    return never(format!(
                        "{name} guards something, so say yourself what it shall be"
                    ));
                }
                Some(value) => values.push((wish.capability.clone(), property, value)),
            }
        }
        // A light that was off goes off again; its brightness cannot be set without its going on.
        if matches!(wish.capability.as_str(), "LevelControl" | "ColorControl")
            && let Some(path) = path("OnOff", "on_off")
            && before(path) == Some(Value::Bool(false))
        {
            values = vec![("OnOff".to_owned(), "on_off".to_owned(), Value::Bool(false))];
        }
        if values.is_empty() {
            return None;
        }
        Some(Undo::Values {
            endpoint: wish.endpoint,
            values,
            cause: wish.cause.clone(),
        })
    }

    /// “Undo that”: takes back what was done last, or those of it that are named.
    pub(super) async fn undo(&self, only: Option<&[RequestId]>) -> Answer {
        let chosen: Vec<&Action> = self
            .done
            .iter()
            .filter(|action| only.is_none_or(|only| only.contains(&action.id)))
            .filter(|action| {
                action.undo.is_some()
                    && !matches!(
                        action.outcome,
                        Outcome::Refused | Outcome::Planned | Outcome::Unconfirmed
                    )
            })
            .collect();
        if chosen.is_empty() {
            let text = if self.done.is_empty() {
                "There is nothing to take back: nothing was done in this conversation."
            } else {
                "There is nothing to take back: what you said last changed nothing."
            };
            return Answer::of("undo", text);
        }
        let mut actions: Vec<Action> = Vec::new();
        let mut sentences: Vec<String> = Vec::new();
        // The last thing that was done is taken back first.
        let mut rest: Vec<&Action> = chosen.into_iter().rev().collect();
        while !rest.is_empty() {
            let some: Vec<&Action> = rest.drain(..rest.len().min(AT_ONCE)).collect();
            let under_way = some.iter().map(|action| self.take_back(action));
            for (text, done) in futures_util::future::join_all(under_way).await {
                if !sentences.contains(&text) {
                    sentences.push(text);
                }
                actions.extend(done);
            }
        }
        let more = sentences.len().saturating_sub(6);
        sentences.truncate(6);
        if more > 0 {
            sentences.push(format!("And {more} more."));
        }
        let mut answer = Answer::of("undo", sentences.join(" ")).slot("count", actions.len());
        answer.actions = actions;
        answer
    }

    /// Takes one action back; what there is to say, and what was done for it.
    async fn take_back(&self, action: &Action) -> (String, Vec<Action>) {
        let cannot = |why: &str| {
            let name = if action.name.is_empty() {
                "that"
            } else {
                &action.name
            };
            (
                words::sentence(&format!("I cannot take {name} back: {why}")),
                Vec::new(),
            )
        };
        match &action.undo {
            None => cannot("nothing was done"),
            Some(Undo::Never { why }) => cannot(why),
            Some(Undo::Values {
                endpoint,
                values,
                cause,
            }) => match action.device {
                Some(device) => self.set_back(device, *endpoint, values, cause).await,
                None => cannot("I don't know of which device it was"),
            },
            Some(Undo::Mode { mode }) => {
                let mut done = other_action("House", "set_mode", mode, mode);
                done.undo = Some(Undo::Mode {
                    mode: self.snapshot.mode.to_string(),
                });
                if self.dry_run {
                    return (
                        format!("I would put the house back into the mode {mode}."),
                        vec![done],
                    );
                }
                let request = Request::new(
                    self.grant.clone(),
                    RequestBody::SetMode { mode: mode.clone() },
                );
                match self.wires.house.request(request).await {
                    Ok(_) => {
                        done.outcome = Outcome::Reached;
                        (
                            format!("The house is in the mode {mode} again."),
                            vec![done],
                        )
                    }
                    Err(error) => cannot(&error.to_string()),
                }
            }
            Some(undo @ (Undo::Stop { .. } | Undo::Remove)) => {
                self.end_scenario(action, undo).await
            }
            Some(Undo::Put { document, version }) => {
                self.put_back(action, document, *version).await
            }
            Some(Undo::Forget { memory }) => {
                let Some(kept) = &self.wires.memory else {
                    return cannot("I have no memory here");
                };
                if !self.grant.covers(Right::Control, None) {
                    return cannot(&format!("{} may not do that", self.grant.who));
                }
                if self.dry_run {
                    return ("I would forget it again.".to_owned(), Vec::new());
                }
                match kept
                    .forget(&memory.to_string(), self.grant.who.clone())
                    .await
                {
                    Ok(entry) => {
                        let mut done =
                            other_action("Memory", "forget", &memory.to_string(), &entry.text);
                        done.outcome = Outcome::Reached;
                        let text = format!("I forgot it again: “{}”", entry.text);
                        done.undo = Some(Undo::Recall(Box::new(entry)));
                        (text, vec![done])
                    }
                    Err(fault) => cannot(&fault.to_string()),
                }
            }
            Some(Undo::Recall(entry)) => {
                let Some(kept) = &self.wires.memory else {
                    return cannot("I have no memory here");
                };
                if self.dry_run {
                    return ("I would remember it again.".to_owned(), Vec::new());
                }
                let what = mind::memory::Remember {
                    kind: entry.kind,
                    key: entry.key.clone(),
                    text: entry.text.clone(),
                    value: entry.value.clone(),
                    person: entry.person,
                    device: entry.device,
                    area: entry.area,
                    confidence: entry.confidence,
                    weight: entry.weight,
                    from: entry.from,
                    until: entry.until,
                };
                match kept.remember(what, entry.who.clone()).await {
                    Ok(entry) => {
                        let mut done =
                            other_action("Memory", "remember", &entry.id.to_string(), &entry.text);
                        done.outcome = Outcome::Reached;
                        done.undo = Some(Undo::Forget { memory: entry.id });
                        (format!("I remember it again: “{}”", entry.text), vec![done])
                    }
                    Err(fault) => cannot(&fault.to_string()),
                }
            }
        }
    }

    /// Sets a device back to what it reported before.
    async fn set_back(
        &self,
        device: DeviceId,
        endpoint: u16,
        values: &[(String, String, Value)],
        cause: &Cause,
    ) -> (String, Vec<Action>) {
        let name = self.name(device);
        let Some(twin) = self.snapshot.devices.get(&device) else {
            return (
                words::sentence(&format!("I cannot take that back: {name}")),
                Vec::new(),
            );
        };
        let path = |capability: &str, property: &str| -> Option<Path> {
            twin.device
                .capabilities
                .iter()
                .find(|it| it.capability.name == capability && it.endpoint == endpoint)?
                .path(property)
        };
        let words_of = |(capability, property, value): &(String, String, Value)| {
            let Some(path) = path(capability, property) else {
                return value.to_string();
            };
            let text = words::with_unit(path, value, None);
            match value {
                Value::Number(_) => format!("at {text}"),
                _ => text,
            }
        };
        let how = words::listed(&values.iter().map(words_of).collect::<Vec<_>>(), 4);
        let so = values.iter().all(|(capability, property, value)| {
            let Some(path) = path(capability, property) else {
                return false;
            };
            let desired = twin.properties.get(path).and_then(|it| it.desired.as_ref());
            let other = desired.is_some_and(|it| it.value != *value);
            twin.value(path) == Some(value) && !other
        });
        if so {
            return (format!("{name} is {how} again already."), Vec::new());
        }
        let mut done = Vec::new();
        let mut wrong: Vec<String> = Vec::new();
        let mut open = false;
        let mut capabilities: Vec<&str> = Vec::new();
        for (capability, ..) in values {
            if !capabilities.contains(&capability.as_str()) {
                capabilities.push(capability);
            }
        }
        for capability in capabilities {
            let args: Vec<(String, Value)> = values
                .iter()
                .filter(|(of, ..)| of == capability)
                .map(|(_, property, value)| (property.clone(), value.clone()))
                .collect();
            let action = Action {
                device: Some(device),
                name: name.clone(),
                slug: twin.device.slug.as_str().to_owned(),
                endpoint: Some(endpoint),
                capability: capability.to_owned(),
                command: "set".to_owned(),
                args,
                ..Action::default()
            };
            if self.dry_run {
                done.push(action);
                continue;
            }
            let action = self
                .send(
                    action,
                    device,
                    false,
                    Some(cause.then(self.grant.who.clone())),
                )
                .await;
            match action.outcome {
                Outcome::Reached | Outcome::Delivered => {}
                Outcome::Pending => open = true,
                _ => wrong.push(
                    action
                        .note
                        .clone()
                        .unwrap_or_else(|| "there was no answer in time".to_owned()),
                ),
            }
            done.push(action);
        }
        let text = if self.dry_run {
            format!("I would set {name} back: {how}.")
        } else if !wrong.is_empty() {
            words::sentence(&format!(
                "I could not set {name} back: {}",
                words::listed(&wrong, 2)
            ))
        } else if open {
            format!("I asked {name} to be {how} again; there is no answer yet.")
        } else {
            format!(
                "{} is {how} again.",
                words::sentence(&name).trim_end_matches('.')
            )
        };
        (text, done)
    }

    /// Writes a scenario as it was before it was changed or deleted.
    async fn put_back(
        &self,
        action: &Action,
        document: &Json,
        version: Option<u32>,
    ) -> (String, Vec<Action>) {
        let name = &action.name;
        let cannot = |why: &str| {
            (
                words::sentence(&format!("I cannot take “{name}” back: {why}")),
                Vec::new(),
            )
        };
        if !self.grant.covers(Right::ManageHouse, None) {
            return cannot(&format!("{} may not do that", self.grant.who));
        }
        let Ok(document) = read_value(document) else {
            return cannot("how it was can no longer be read");
        };
        // What came after a deletion is not overwritten.
        let view = self.wires.automation.view();
        let slug = &document.slug;
        if version.is_none() && view.scenarios.iter().any(|it| it.document.slug == *slug) {
            return cannot("there is another one of that name now");
        }
        let mut done = other_action("Scenario", "put", &action.slug, name);
        if self.dry_run {
            return (format!("I would take “{name}” back."), vec![done]);
        }
        let cause = Cause::first(self.grant.who.clone());
        match self.wires.automation.put(document, version, cause).await {
            Ok(_) => {
                done.outcome = Outcome::Reached;
                (format!("The rule “{name}” is as it was."), vec![done])
            }
            Err(error) => cannot(&error.to_string()),
        }
    }

    /// Ends a scenario's run, or removes the scenario that was made.
    async fn end_scenario(&self, action: &Action, undo: &Undo) -> (String, Vec<Action>) {
        let name = &action.name;
        let cannot = |why: &str| {
            (
                words::sentence(&format!("I cannot take “{name}” back: {why}")),
                Vec::new(),
            )
        };
        let Some(slug) = ScenarioSlug::parse(&action.slug) else {
            return cannot("it has no name that I can use");
        };
        let right = match (undo, action.command.as_str()) {
            (Undo::Remove, "put") => Right::ManageHouse,
            _ => Right::Control,
        };
        if !self.grant.covers(right, None) {
            return cannot(&format!("{} may not do that", self.grant.who));
        }
        let removes = *undo == Undo::Remove;
        let command = if removes { "remove" } else { "stop" };
        let mut done = other_action("Scenario", command, &action.slug, name);
        if self.dry_run {
            return (format!("I would take “{name}” back."), vec![done]);
        }
        let stopped = self
            .wires
            .automation
            .stop(slug.clone(), self.grant.who.clone())
            .await;
        if removes {
            let cause = Cause::first(self.grant.who.clone());
            if let Err(error) = self.wires.automation.remove(slug, cause).await {
                return cannot(&error.to_string());
            }
            done.outcome = Outcome::Reached;
            let text = if action.command == "schedule" {
                format!("I no longer plan that: {name}.")
            } else {
                format!("I dropped the rule “{name}”.")
            };
            return (text, vec![done]);
        }
        let Some(ended) = stopped else {
            return cannot("the house is shutting down");
        };
        let mut actions = Vec::new();
        let mut parts = Vec::new();
        if ended > 0 {
            done.outcome = Outcome::Reached;
            actions.push(done);
            parts.push(format!("I ended “{name}”."));
        }
        if let Undo::Stop { mode, .. } = undo
            && *self.wires.house.snapshot().mode != **mode
        {
            let request = Request::new(
                self.grant.clone(),
                RequestBody::SetMode { mode: mode.clone() },
            );
            let mut back = other_action("House", "set_mode", mode, mode);
            match self.wires.house.request(request).await {
                Ok(_) => {
                    back.outcome = Outcome::Reached;
                    parts.push(format!("The house is in the mode {mode} again."));
                }
                Err(error) => {
                    back.outcome = Outcome::Refused;
                    back.note = Some(error.to_string());
                    parts.push(format!(
                        "I could not put the house back into the mode {mode}: {error}."
                    ));
                }
            }
            actions.push(back);
        }
        if let Undo::Stop { since, .. } = undo {
            let (texts, done) = match since {
                Some(since) => self.set_back_all(action, *since).await,
                None => (Vec::new(), Vec::new()),
            };
            parts.extend(texts);
            actions.extend(done);
        }
        if actions.is_empty() {
            return cannot("it changed nothing that could be set back");
        }
        (parts.join(" "), actions)
    }

    /// Sets back what a run has changed, where nobody else set anything of it after that.
    async fn set_back_all(&self, action: &Action, since: Timestamp) -> (Vec<String>, Vec<Action>) {
        let run = match action.run {
            Some(run) => self.wires.store.run(run).await,
            None => Ok(None),
        };
        let run = match run {
            Ok(run) => run,
            Err(error) => return (vec![cannot_read(&error)], Vec::new()),
        };
        let name = &action.name;
        let called = |who: &Who| match who {
            Who::Scenario { name: one } | Who::Rule { name: one } => one == name,
            _ => false,
        };
        let is_its = |cause: &Cause| match &run {
            Some(run) => cause.parent == Some(run.cause),
            None => called(&cause.who),
        };
        let is_somebody = |who: &Who| !matches!(who, Who::Device { .. } | Who::House);
        let snapshot = self.wires.house.snapshot();
        let mut changed: Vec<Changed> = Vec::new();
        for twin in snapshot.devices.values() {
            let id = twin.device.id;
            let mut own: Vec<Changed> = Vec::new();
            let mut others: Vec<u16> = Vec::new();
            let writable = twin.properties.iter();
            for (path, property) in writable.filter(|(path, _)| path.property.is_writable()) {
                let reported = property.reported.as_ref();
                let reported = reported.filter(|it| it.since >= since && !it.stale);
                // What is still on its way will be there in a moment.
                let desired = property.desired.as_ref().filter(|it| it.at >= since);
                let by_it = reported.filter(|it| is_its(&it.cause));
                if by_it.is_some() || desired.is_some_and(|it| called(&it.who)) {
                    let cause = by_it.map(|it| it.cause.clone());
                    match own.iter_mut().find(|one| one.endpoint == path.endpoint) {
                        Some(one) => {
                            one.paths.push(path);
                            one.cause = one.cause.take().or(cause);
                        }
                        None => own.push(Changed {
                            device: id,
                            endpoint: path.endpoint,
                            paths: vec![path],
                            cause,
                        }),
                    }
                } else if reported.is_some_and(|it| is_somebody(&it.cause.who)) || desired.is_some()
                {
                    others.push(path.endpoint);
                }
            }
            own.retain(|one| !others.contains(&one.endpoint));
            changed.extend(own);
        }
        let mut more = changed.len().saturating_sub(MOST);
        changed.truncate(MOST);
        let (mut texts, mut actions) = (Vec::new(), Vec::new());
        for some in changed.chunks(AT_ONCE) {
            let under_way = some.iter().map(|one| self.set_back_one(one, since));
            for (text, done) in futures_util::future::join_all(under_way).await {
                if texts.len() < TOLD {
                    texts.push(text);
                } else {
                    more += 1;
                }
                actions.extend(done);
            }
        }
        if more > 0 {
            texts.push(format!("And {more} more."));
        }
        (texts, actions)
    }

    async fn set_back_one(&self, changed: &Changed, since: Timestamp) -> (String, Vec<Action>) {
        let Changed {
            device,
            endpoint,
            paths,
            cause,
        } = changed;
        match self.before(*device, paths, since).await {
            Ok(values) => {
                let first = || Cause::first(self.grant.who.clone());
                let cause = cause.clone().unwrap_or_else(first);
                self.set_back(*device, *endpoint, &values, &cause).await
            }
            Err(why) => (why, Vec::new()),
        }
    }

    /// What properties of a device were before a moment, as it was recorded.
    async fn before(
        &self,
        device: DeviceId,
        paths: &[Path],
        at: Timestamp,
    ) -> Result<Vec<(String, String, Value)>, String> {
        let unknown = || format!("I don't know how {} was before.", self.name(device));
        let mut values = Vec::new();
        for path in paths {
            let store = &self.wires.store;
            let recorded = store.recorded_property(device, *path).await;
            let recorded = recorded.map_err(|error| cannot_read(&error))?;
            let recorded = recorded.ok_or_else(unknown)?;
            let point = store.sample_before(&recorded, at).await;
            let point = point.map_err(|error| cannot_read(&error))?;
            let value = point.and_then(|point| point.value).ok_or_else(unknown)?;
            let (capability, property) = (path.capability.name, path.property.name);
            if path.property.safety_of(&value) != Safety::Free {
                let name = self.name(device);
                return Err(format!(
                    "{name} guards something, so say yourself what it shall be."
                ));
            }
            // A light that was off goes off again; its brightness cannot be set without its going on.
            if property == "on_off" && value == Value::Bool(false) {
                return Ok(vec![(capability.to_owned(), property.to_owned(), value)]);
            }
            values.push((capability.to_owned(), property.to_owned(), value));
        }
        Ok(values)
    }
}

fn cannot_read(error: &store::StoreError) -> String {
    format!("I cannot read what was recorded: {error}.")
}

fn other_action(capability: &str, command: &str, slug: &str, name: &str) -> Action {
    Action {
        name: name.chars().take(200).collect(),
        slug: slug.to_owned(),
        capability: capability.to_owned(),
        command: command.to_owned(),
        ..Action::default()
    }
}
