//! What a step does.

use super::begin::Begin;
use super::judge::{offered, resolved};
use super::run::{Outcome, Run, Sent, Waits};
use super::target::meant;
use super::{Effect, Engine};
use crate::document::{Act, Arguments, Given, ScenarioSlug};
use jiff::SignedDuration;
use model::{
    Capability, CauseId, CommandRequest, Grant, Now, Priority, Request, RequestBody, Right, Rights,
    RunId, Timestamp, Value, Who, Wish, WishId, capability,
};
use twin::{DeviceTwin, Snapshot};

/// For how long rules leave alone what a person set, where that is preferred.
const PROTECTED: SignedDuration = SignedDuration::from_hours(2);

/// Requests that are remembered, to see which run made them.
pub(super) const MADE: usize = 10_000;

impl Engine {
    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    pub(super) fn act(
        &mut self,
        id: RunId,
        number: usize,
        act: &Act,
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        match act {
            Act::Command {
                target,
                capability,
                command,
                args,
            } => {
                let found = meant(target, house);
                let able: Vec<_> = found
                    .devices
                    .iter()
                    .filter(|twin| can(twin, capability))
                    .collect();
                let words = match (able.len(), found.devices.len()) {
                    (0, 0) => format!("{command}: nobody is meant"),
                    (0, _) => format!("{command}: none of those that are meant can do that"),
                    _ => format!("{} {command}", capability.title),
                };
                let Some(line) = run.tell(now.house, place, words) else {
                    return;
                };
                for unknown in found.unknown {
                    run.trace[line].requests.push(Sent {
                        device: unknown,
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some("it is not in this house".into()),
                    });
                }
                let able: Vec<_> = able.into_iter().cloned().collect();
                for twin in able {
                    let what = (*capability, command.as_str(), None);
                    self.command(id, line, &twin, what, args, now, effects);
                }
            }
            Act::Notify(notice) => {
                let notice = crate::document::Notice {
                    message: filled(&notice.message, &run.arguments),
                    ..notice.clone()
                };
                run.tell(
                    now.house,
                    place,
                    format!("people are told: {}", notice.message),
                );
                run.moved = true;
                effects.push(Effect::Notify { run: id, notice });
            }
            Act::Mode(mode) => {
                run.tell(now.house, place, format!("the house's mode becomes {mode}"));
                let body = RequestBody::SetMode { mode: mode.clone() };
                self.send(id, None, body, effects);
            }
            Act::Scene(scene) => {
                if let Some(line) =
                    run.tell(now.house, place, format!("the scene {scene} comes back"))
                {
                    self.scene(id, line, scene, house, now, effects);
                }
            }
            Act::Scenario {
                scenario,
                arguments,
            } => {
                run.tell(now.house, place, format!("the scenario {scenario} runs"));
                self.call(id, number, scenario, arguments, place, house, now, effects);
            }
            Act::Builtin(builtin) => self.builtin(id, number, builtin, place, house, now, effects),
            _ => {}
        }
    }

    /// Runs another scenario and waits for its end.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step and all that it may look at"
    )]
    pub(super) fn call(
        &mut self,
        id: RunId,
        number: usize,
        scenario: &str,
        arguments: &[(String, Given)],
        place: &str,
        house: &Snapshot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get(&id) else {
            return;
        };
        let mut chain = run.chain.clone();
        chain.push(run.scenario.clone());
        let arguments: Arguments = arguments
            .iter()
            .filter_map(|(name, given)| {
                Some((name.clone(), resolved(given, None, &run.arguments)?))
            })
            .collect();
        let begin = Begin {
            trigger: format!("{} runs it", run.name),
            place: String::new(),
            cause: run.cause.clone(),
            chain: chain.clone(),
            arguments,
            parent: Some((id, number)),
            asks_condition: false,
        };
        let called = ScenarioSlug::parse(scenario);
        let circle = called
            .as_ref()
            .is_some_and(|called| chain.iter().any(|one| one == called.as_str()));
        let result = match called {
            _ if circle => Err("it would run itself".to_owned()),
            Some(called) => self
                .begin(&called, begin, house, now, effects)
                .map_err(|error| error.to_string()),
            None => Err(format!("no scenario is called `{scenario}`")),
        };
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        match result {
            Ok(child) => {
                run.threads[number].waits = Waits::Run(child);
                run.moved = true;
            }
            Err(reason) => {
                if let Some(line) = run.tell(now.house, place, format!("{scenario} cannot be run"))
                {
                    run.trace[line].requests.push(Sent {
                        device: scenario.to_owned(),
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some(reason),
                    });
                }
            }
        }
    }

    /// Asks the house for a command to a device.
    #[expect(
        clippy::too_many_arguments,
        reason = "a command and where it comes from"
    )]
    pub(super) fn command(
        &mut self,
        id: RunId,
        line: usize,
        twin: &DeviceTwin,
        (capability, command, endpoint): (&'static Capability, &str, Option<u16>),
        args: &[(String, Given)],
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        if let Some(reason) = spared(run, twin, capability, command, args, now.house) {
            return run.trace[line].requests.push(Sent {
                device: twin.device.name.clone(),
                wish: None,
                outcome: Outcome::LeftAlone,
                note: Some(reason),
            });
        }
        let mut values: Vec<(String, Value)> = Vec::new();
        for (name, given) in args {
            let path = path_of(twin, capability, command, name);
            match resolved(given, path, &run.arguments) {
                Some(value) => values.push((name.clone(), value)),
                None => {
                    return run.trace[line].requests.push(Sent {
                        device: twin.device.name.clone(),
                        wish: None,
                        outcome: Outcome::Rejected,
                        note: Some(format!("there is no value for `{name}`")),
                    });
                }
            }
        }
        run.trace[line].requests.push(Sent {
            device: twin.device.name.clone(),
            wish: None,
            outcome: Outcome::Asked,
            note: None,
        });
        let place = (line, run.trace[line].requests.len() - 1);
        let body = RequestBody::Command(CommandRequest {
            device: twin.device.id.to_string().into(),
            endpoint,
            capability: capability.name.to_owned(),
            command: command.to_owned(),
            args: values,
            confirmed: false,
        });
        self.send(id, Some(place), body, effects);
    }

    /// Sends a request of a run through the door.
    pub(super) fn send(
        &mut self,
        id: RunId,
        place: Option<(usize, usize)>,
        body: RequestBody,
        effects: &mut Vec<Effect>,
    ) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        let who = run.cause.who.clone();
        let grant = Grant {
            who: who.clone(),
            rights: [Right::ReadHouse, Right::Control, Right::ManageHouse]
                .into_iter()
                .collect::<Rights>(),
            areas: None,
        };
        let mut request = Request::new(grant, body);
        request.cause = run.cause.then(who);
        let cause = request.cause.id;
        run.moved = true;
        if place.is_some() {
            run.unanswered += 1;
        }
        effects.push(Effect::Request {
            run: id,
            place: place.unwrap_or((usize::MAX, 0)),
            request: Box::new(request),
        });
        self.remember(cause, id);
    }

    pub(super) fn remember(&mut self, cause: CauseId, run: RunId) {
        self.made.insert(cause, run);
        self.made_order.push_back(cause);
        if self.made_order.len() > MADE
            && let Some(oldest) = self.made_order.pop_front()
        {
            self.made.remove(&oldest);
        }
    }

    /// A wish ended; it may be one of a run's.
    pub(super) fn wish_ended(&mut self, wish: &Wish) {
        let Some(run) = self
            .made
            .get(&wish.cause.id)
            .and_then(|run| self.runs.get_mut(run))
        else {
            return;
        };
        let Some(line) = run.open.remove(&wish.id) else {
            return;
        };
        set_outcome(run, line, wish.id, wish);
        self.went_on = true;
    }
}

pub(super) fn set_outcome(run: &mut Run, line: usize, id: WishId, wish: &Wish) {
    let requests = run.trace.get_mut(line).map(|entry| &mut entry.requests);
    let sent = requests.and_then(|all| all.iter_mut().find(|sent| sent.wish == Some(id)));
    if let Some(sent) = sent {
        sent.outcome = wish.state.into();
        sent.note.clone_from(&wish.note);
    }
}

pub(super) fn can(twin: &DeviceTwin, capability: &'static Capability) -> bool {
    twin.device
        .capabilities
        .iter()
        .any(|instance| instance.capability == capability)
}

/// The property that an argument goes to, for its unit.
pub(super) fn path_of(
    twin: &DeviceTwin,
    capability: &'static Capability,
    command: &str,
    argument: &str,
) -> Option<model::Path> {
    let property = match capability.command(command) {
        Some(command) => {
            command
                .arguments
                .iter()
                .find(|it| it.name == argument)?
                .property
        }
        None => argument,
    };
    let property = capability.property(property)?;
    offered(twin, capability.at(1, property.name))
}

/// A message with the parameters' values in the place of `$name`.
pub(super) fn filled(message: &str, arguments: &Arguments) -> String {
    arguments
        .iter()
        .fold(message.to_owned(), |text, (name, value)| {
            text.replace(&format!("${name}"), &value.to_string())
        })
}

/// Why a device is not asked, where its preferences say so.
pub(super) fn spared(
    run: &Run,
    twin: &DeviceTwin,
    capability: &'static Capability,
    command: &str,
    args: &[(String, Given)],
    now: Timestamp,
) -> Option<String> {
    left_alone(run, twin, capability, now)
        .or_else(|| stays_on(run, twin, capability, command, args))
}

/// Why what saves energy leaves a device on, where its preferences say so.
fn stays_on(
    run: &Run,
    twin: &DeviceTwin,
    capability: &'static Capability,
    command: &str,
    args: &[(String, Given)],
) -> Option<String> {
    let off = Given::Value(Value::Bool(false));
    let switches_off = capability == &capability::ON_OFF
        && (command == "off"
            || args
                .iter()
                .any(|(name, given)| name == "on_off" && *given == off));
    let stays =
        run.saves_energy && switches_off && twin.device.preferences.priority == Priority::High;
    stays.then(|| "its priority is high: what saves energy does not switch it off".into())
}

/// Why a rule leaves a device alone, where its preferences say so.
fn left_alone(
    run: &Run,
    twin: &DeviceTwin,
    capability: &'static Capability,
    now: Timestamp,
) -> Option<String> {
    if run.by_person {
        return None;
    }
    let preferences = twin.device.preferences;
    if !preferences.auto_adjust {
        return Some("its preferences say that nothing changes it by itself".into());
    }
    let by_hand = |who: &Who| matches!(who, Who::Person { .. } | Who::Operator);
    // Where the clock was set back since, what is later than now is as old as it is late.
    let is_fresh = |since: Timestamp| now.duration_since(since).abs() < PROTECTED;
    let protected = preferences.override_protection
        && twin.properties.iter().any(|(path, property)| {
            let (reported, desired) = (property.reported.as_ref(), property.desired.as_ref());
            path.capability == capability
                && (reported.is_some_and(|it| by_hand(&it.cause.who) && is_fresh(it.since))
                    || desired.is_some_and(|it| by_hand(&it.who) && is_fresh(it.at)))
        });
    protected.then(|| "somebody set it by hand, and that holds for two hours".into())
}
