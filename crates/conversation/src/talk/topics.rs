//! Whole sentences that are about the house itself: how it is, what deserves a look, what it knows.

use super::answer::{Answer, Evidence};
use super::{Turn, words};
use crate::house::Thing;
use crate::lang::{Noun, State};
use crate::reading;
use crate::understand::{Deed, Dialogue, Pending};
use automation::document::{SunEvent, TriggerKind};
use history::{Range, Resolution};
use jiff::SignedDuration;
use mind::{Attention, Urgency};
use model::{
    Connectivity, DeviceId, DeviceKind, DiscoveryState, EventBody, Presence, Request, RequestBody,
    Timestamp, Value, capability as c,
};
use std::time::Duration;
use store::EventFilter;
use twin::DeviceTwin;

/// How long a search for devices is waited for.
const SEARCH: Duration = Duration::from_secs(3);

/// Below this a battery is worth a word, in per cent.
const LOW: f64 = 15.0;

impl Turn<'_> {
    pub(super) async fn topic(&self, key: &str, free: Option<&str>, next: &mut Dialogue) -> Answer {
        let name = self.wires.household.name();
        if let (Some(mind), "pain" | "worries" | "leaving" | "security") = (&self.wires.mind, key) {
            // What is answered from the mind is as of now.
            drop(mind.look().await);
        }
        let answer = match key {
            "greet" => Answer::of("greet", format!("Hello. {}", self.short_state())).suggesting(["How are you?".into(), "Which lights are on?".into()]),
            "good_morning" => Answer::of("greet", format!("Good morning. {}", self.short_state())),
            "good_night" => self.good_night(next),
            "thanks" => Answer::of("thanks", "You are welcome."),
            "goodbye" => Answer::of("goodbye", "Goodbye."),
            "who" => Answer::of("who", format!("I am {name}: the house itself. I know {} devices, do what you say with them, and can tell how they are and why.", self.snapshot.devices.len())),
            "help" => self.help(),
            "feeling" => self.feeling().await,
            "pain" => self.pain(),
            "worries" => self.concerns(false),
            "leaving" => self.concerns(true),
            "security" => self.security(),
            "learned" => Answer::of("learned", "I have not learned any habits yet that I could tell."),
            "discovered" => self.discovered().await,
            "scan" => self.search().await,
            "clock" => Answer::of("clock", format!("It is {}.", self.now.to_zoned_datetime(self.wires.zone.clone()).strftime("%H:%M"))),
            "date" => Answer::of("date", format!("It is {}.", self.now.to_zoned_datetime(self.wires.zone.clone()).strftime("%A, %-d %B %Y"))),
            "mode" => Answer::of("mode", format!("The house is in the mode {}.", self.snapshot.mode)).slot("mode", self.snapshot.mode.to_string()),
            "at_sunset" => self.planned(free),
            "will_last" => self.will_last(free).await,
            "insights" => self.used_today().await,
            "forecast" => self.forecast(),
            "vacation" => self.vacation(free, next),
            "back" => self.back_home(next),
            "guests" => Answer::of("context", "I cannot keep that yet, so nothing will follow from it."),
            "remember" | "notes" | "forget" => Answer::of("memory", "I have no memory for notes yet, so I did not keep or drop anything."),
            "recall" => Answer::of("recall", format!("I don't know{}.", free.map(|free| format!(" about “{free}”")).unwrap_or_default())),
            "undo" => Answer::of("undo", "I cannot take that back by myself. Say what shall be instead."),
            "broadcast" | "timer" | "shopping" => Answer::of("unable", "I cannot do that. I can switch and watch what is in the house, at a time if you like.").suggesting(["Turn on the light at 7".into()]),
            _ => Answer::of("small_talk", "I am only a house: I can tell how I am, and do what you say with what is in me.").suggesting(["How are you?".into(), "What can you do?".into()]),
        };
        match free {
            Some(free) => answer.slot("text", free),
            None => answer,
        }
    }

    /// A sentence for a greeting: what is worth a word now.
    fn short_state(&self) -> String {
        let lights = self.so(State::On, |thing| thing.is(Noun::Light)).len();
        let open = self
            .so(State::Open, |thing| {
                thing.is(Noun::Door) || thing.is(Noun::Window)
            })
            .len();
        let lights = match lights {
            0 => "no light is on".to_owned(),
            1 => "one light is on".to_owned(),
            count => format!("{count} lights are on"),
        };
        let open = match open {
            0 => "nothing is open".to_owned(),
            1 => "one door or window is open".to_owned(),
            count => format!("{count} doors or windows are open"),
        };
        words::sentence(&format!("{lights} and {open}"))
    }

    /// The devices that are so.
    fn so(&self, state: State, which: impl Fn(&Thing) -> bool) -> Vec<DeviceId> {
        let holds = |thing: &Thing, twin: &DeviceTwin| {
            which(thing) && reading::holds(state, thing, twin) == Some(true)
        };
        self.snapshot
            .devices
            .keys()
            .copied()
            .filter(|id| {
                self.thing(*id)
                    .is_some_and(|(thing, twin)| holds(thing, twin))
            })
            .collect()
    }

    fn names(&self, ids: &[DeviceId]) -> String {
        words::listed(&ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>(), 8)
    }

    fn help(&self) -> Answer {
        let mut examples: Vec<String> = Vec::new();
        let first = |noun: Noun| {
            self.house
                .of_noun(noun)
                .first()
                .map(|index| self.house.thing(*index).device.name.clone())
        };
        if let Some(light) = first(Noun::Light) {
            examples.push(format!("Turn on {light}"));
        }
        if let Some(cover) = first(Noun::Cover) {
            examples.push(format!("Close {cover}"));
        }
        examples.push("Which windows are open?".into());
        examples.push("Why is it warm in here?".into());
        examples.push("When the last person leaves, turn everything off".into());
        let text = format!(
            "I switch, dim, lock, open and set what is in the house, now or at a time; I tell how things are, how they were and why; I make rules of sentences; and I tell how I am. For example: {}.",
            examples
                .iter()
                .map(|example| format!("“{example}”"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        Answer::of("help", text).suggesting(examples)
    }

    /// How the house is, from its mind; without one, what the twins say.
    async fn feeling(&self) -> Answer {
        if let Some(mind) = &self.wires.mind {
            let view = mind.look().await;
            let feeling = &view.feeling;
            // The reasons on the side of the feeling stand first; the others are no reasons for it.
            let side = view.reasons.first().map(|reason| reason.contribution < 0.0);
            let (own, other): (Vec<_>, Vec<_>) = view
                .reasons
                .iter()
                .partition(|reason| Some(reason.contribution < 0.0) == side);
            let said = |reasons: &[&mind::Reason]| {
                let mut texts = reasons
                    .iter()
                    .map(|reason| reason.text.trim_end_matches('.'));
                let first: Vec<String> = texts.by_ref().take(3).map(str::to_owned).collect();
                words::listed(&first, 3)
            };
            let mut because = if own.is_empty() {
                ", and nothing in particular speaks for it".to_owned()
            } else {
                format!(": {}", said(&own))
            };
            if let Some(worst) = other.first().filter(|reason| reason.contribution < -0.02) {
                because = format!("{because}; only {}", worst.text.trim_end_matches('.'));
            } else if let Some(best) = other.first().filter(|_| side == Some(true)) {
                because = format!("{because}. Still, {}", best.text.trim_end_matches('.'));
            }
            let better = view
                .better
                .first()
                .map(|better| format!(" What would help: {}.", better.trim_end_matches('.')))
                .unwrap_or_default();
            let label = feeling.label.as_str();
            let share = view
                .awareness
                .share()
                .map(|share| {
                    format!(
                        " I sense {} % of the house freshly.",
                        (share * 100.0).round()
                    )
                })
                .unwrap_or_default();
            let glad = view
                .glad
                .first()
                .map(|mended| format!(" I am glad of this: {}.", mended.note.trim_end_matches('.')))
                .unwrap_or_default();
            let text = format!("I feel {label}{because}.{glad}{better}{share}");
            let mut answer = Answer::of("feeling", text)
                .slot("feeling", label)
                .slot("intensity", feeling.intensity)
                .slot("confidence", feeling.confidence)
                .slot("valence", feeling.valence);
            answer.evidence = view
                .reasons
                .iter()
                .take(5)
                .map(|reason| Evidence {
                    kind: "reason",
                    name: reason.factor.to_owned(),
                    value: Some(reason.contribution.into()),
                    text: Some(reason.text.clone()),
                    at: Some(view.at),
                    ..Evidence::default()
                })
                .collect();
            return answer.suggesting([
                "What hurts?".into(),
                "Are there any security concerns?".into(),
            ]);
        }
        let (problems, evidence) = self.problems(false);
        let online = self
            .snapshot
            .devices
            .values()
            .filter(|twin| twin.connectivity == Connectivity::Online)
            .count();
        let text = if problems.is_empty() {
            format!(
                "I have no feelings running, but all that I see is well: {online} of {} devices answer. {}",
                self.snapshot.devices.len(),
                self.short_state()
            )
        } else {
            format!(
                "I have no feelings running; what I see is this: {}",
                problems.join(" ")
            )
        };
        let mut answer = Answer::of("feeling", text);
        answer.evidence = evidence;
        answer
    }

    fn pain(&self) -> Answer {
        let away: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| twin.connectivity == Connectivity::Offline)
            .map(|(id, _)| *id)
            .collect();
        let jammed = self.so(State::Jammed, |_| true);
        let mut parts: Vec<String> = Vec::new();
        if !away.is_empty() {
            parts.push(format!(
                "{} {} not answer.",
                self.names(&away),
                if away.len() == 1 { "does" } else { "do" }
            ));
        }
        if !jammed.is_empty() {
            parts.push(format!("{} is jammed.", self.names(&jammed)));
        }
        let mut evidence: Vec<Evidence> = away
            .iter()
            .filter_map(|id| self.snapshot.devices.get(id))
            .map(|twin| self.silence(twin))
            .collect();
        if let Some(mind) = &self.wires.mind {
            for concern in mind.view().concerns.iter().filter(|concern| {
                concern.attention == Attention::Open && concern.urgency >= Urgency::High
            }) {
                parts.push(words::sentence(&concern.title));
                evidence.push(concern_row(concern));
            }
        }
        let text = if parts.is_empty() {
            "Nothing hurts: every device that I know of answers or has not been heard yet."
                .to_owned()
        } else {
            parts.join(" ")
        };
        let mut answer = Answer::of("pain", text);
        answer.evidence = evidence;
        answer
    }

    fn silence(&self, twin: &DeviceTwin) -> Evidence {
        Evidence {
            kind: "connectivity",
            device: Some(twin.device.id),
            name: twin.device.name.clone(),
            value: Some(twin.connectivity.as_str().into()),
            since: Some(twin.connectivity_since),
            text: twin.connectivity_reason.clone(),
            ..Evidence::default()
        }
    }

    /// What deserves a look: from the mind's concerns and, in any case, from the twins themselves.
    fn problems(&self, leaving: bool) -> (Vec<String>, Vec<Evidence>) {
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        let row = |ids: &[DeviceId], state: State, evidence: &mut Vec<Evidence>| {
            for id in ids {
                if let Some((thing, _)) = self.thing(*id)
                    && let Some((path, _)) = reading::test(state, thing)
                {
                    evidence.push(self.row(*id, path));
                }
            }
        };
        let is = |ids: &[DeviceId]| if ids.len() == 1 { "is" } else { "are" };
        let smoke = self.so(State::Smoke, |_| true);
        let leak = self.so(State::Wet, |_| true);
        let gas: Vec<DeviceId> = [State::CarbonMonoxide, State::Gas]
            .into_iter()
            .flat_map(|state| self.so(state, |_| true))
            .collect();
        for (ids, state, text) in [
            (&smoke, State::Smoke, "smoke"),
            (&leak, State::Wet, "water where none should be"),
            (&gas, State::CarbonMonoxide, "gas or carbon monoxide"),
        ] {
            if !ids.is_empty() {
                parts.push(format!(
                    "{} {} {text}!",
                    self.names(ids),
                    if ids.len() == 1 { "reports" } else { "report" }
                ));
                row(ids, state, &mut evidence);
            }
        }
        let alarm = self.so(State::Triggered, |thing| thing.has("SecurityAlarm"));
        if !alarm.is_empty() {
            parts.push(format!("{} has been set off!", self.names(&alarm)));
            row(&alarm, State::Triggered, &mut evidence);
        }
        let unlocked = self.so(State::Unlocked, |thing| thing.has("DoorLock"));
        if !unlocked.is_empty() {
            parts.push(format!(
                "{} {} unlocked.",
                self.names(&unlocked),
                is(&unlocked)
            ));
            row(&unlocked, State::Unlocked, &mut evidence);
        }
        let open = self.so(State::Open, |thing| {
            thing.has("Contact") || thing.is(Noun::Door) && thing.has("WindowCovering")
        });
        if !open.is_empty() {
            parts.push(format!("{} {} open.", self.names(&open), is(&open)));
            row(&open, State::Open, &mut evidence);
        }
        let low: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| {
                twin.device.kind != DeviceKind::Battery && twin.device.kind != DeviceKind::Person
            })
            .filter(|(_, twin)| {
                let level = twin.device.capabilities.iter().find_map(|it| {
                    (it.capability.name == "PowerSource").then(|| it.path("battery"))?
                });
                level
                    .and_then(|path| twin.value(path))
                    .and_then(Value::as_number)
                    .is_some_and(|level| level <= LOW)
            })
            .map(|(id, _)| *id)
            .collect();
        if !low.is_empty() {
            parts.push(format!(
                "The {} of {} {} nearly empty.",
                if low.len() == 1 {
                    "battery"
                } else {
                    "batteries"
                },
                self.names(&low),
                is(&low)
            ));
            row(&low, State::Low, &mut evidence);
        }
        if leaving {
            let hot = self.so(State::On, |thing| {
                thing.device.kind == DeviceKind::Appliance
                    || thing.is(Noun::Heating) && thing.has("OnOff")
            });
            let running: Vec<DeviceId> = hot
                .into_iter()
                .filter(|id| {
                    self.snapshot
                        .devices
                        .get(id)
                        .is_some_and(|twin| draws(twin) != Some(false))
                })
                .collect();
            if !running.is_empty() {
                parts.push(format!("{} {} on.", self.names(&running), is(&running)));
                row(&running, State::On, &mut evidence);
            }
            let lights = self.so(State::On, |thing| thing.is(Noun::Light));
            if !lights.is_empty() {
                parts.push(format!(
                    "{} {} on.",
                    if lights.len() > 3 {
                        format!("{} lights", lights.len())
                    } else {
                        self.names(&lights)
                    },
                    is(&lights)
                ));
                row(&lights, State::On, &mut evidence);
            }
            let rain = self.so(State::Raining, |_| true);
            if !rain.is_empty() {
                parts.push("It is raining.".to_owned());
                row(&rain, State::Raining, &mut evidence);
            }
        }
        let away: Vec<DeviceId> = self
            .snapshot
            .devices
            .iter()
            .filter(|(_, twin)| {
                twin.connectivity == Connectivity::Offline
                    && matches!(
                        twin.device.kind,
                        DeviceKind::Lock
                            | DeviceKind::Contact
                            | DeviceKind::Alarm
                            | DeviceKind::Smoke
                            | DeviceKind::Leak
                            | DeviceKind::Motion
                    )
            })
            .map(|(id, _)| *id)
            .collect();
        if !away.is_empty() {
            parts.push(format!(
                "{} {} not answer, so I cannot see how {}.",
                self.names(&away),
                if away.len() == 1 { "does" } else { "do" },
                if away.len() == 1 { "it is" } else { "they are" }
            ));
            evidence.extend(
                away.iter()
                    .filter_map(|id| self.snapshot.devices.get(id))
                    .map(|twin| self.silence(twin)),
            );
        }
        (parts, evidence)
    }

    fn concerns(&self, leaving: bool) -> Answer {
        let (mut parts, mut evidence) = self.problems(leaving);
        let mut suggestions: Vec<String> = Vec::new();
        if let Some(mind) = &self.wires.mind {
            for concern in mind
                .view()
                .concerns
                .iter()
                .filter(|concern| concern.attention == Attention::Open)
            {
                let told = concern.device.is_some()
                    && evidence.iter().any(|row| row.device == concern.device);
                if !told {
                    parts.push(words::sentence(&concern.title));
                }
                evidence.push(concern_row(concern));
                suggestions.extend(
                    concern
                        .suggestion
                        .iter()
                        .map(|suggestion| suggestion.text.clone()),
                );
            }
        }
        suggestions.extend(self.remedies());
        suggestions.truncate(4);
        let text = match (parts.is_empty(), leaving) {
            (true, true) => {
                "No: everything that I can see is closed, locked, off and well.".to_owned()
            }
            (true, false) => {
                "No, nothing worries me: what I can see is closed, locked and well.".to_owned()
            }
            (false, true) => format!("Before you leave: {}", parts.join(" ")),
            (false, false) => parts.join(" "),
        };
        let mut answer = Answer::of(
            if leaving {
                "concerns.leaving"
            } else {
                "concerns"
            },
            text,
        )
        .slot("count", parts.len());
        answer.evidence = evidence;
        answer.suggesting(suggestions)
    }

    fn security(&self) -> Answer {
        let (parts, evidence) = self.problems(false);
        let alarm = self.so(State::Disarmed, |thing| thing.has("SecurityAlarm"));
        let nobody = self
            .snapshot
            .people
            .values()
            .all(|person| person.presence == Presence::Away)
            && !self.snapshot.people.is_empty();
        let mut parts = parts;
        if nobody && !alarm.is_empty() {
            parts.push(format!(
                "Nobody is at home, and {} is not armed.",
                self.names(&alarm)
            ));
        }
        let sees = self
            .snapshot
            .devices
            .values()
            .filter(|twin| {
                matches!(
                    twin.device.kind,
                    DeviceKind::Lock
                        | DeviceKind::Contact
                        | DeviceKind::Alarm
                        | DeviceKind::Smoke
                        | DeviceKind::Leak
                )
            })
            .count();
        let text = match (parts.is_empty(), sees) {
            (true, 0) => {
                "I don't know: there is no lock, contact or detector that I could look at."
                    .to_owned()
            }
            (true, sees) => format!(
                "No security concerns: I looked at {sees} locks, contacts and detectors, and nothing is open, unlocked or reporting."
            ),
            (false, _) => format!("Yes: {}", parts.join(" ")),
        };
        let mut answer = Answer::of("concerns.security", text).slot("count", parts.len());
        answer.evidence = evidence;
        answer.suggesting(self.remedies())
    }

    fn remedies(&self) -> Vec<String> {
        let unlocked = self.so(State::Unlocked, |thing| thing.has("DoorLock"));
        let mut all: Vec<String> = unlocked
            .iter()
            .take(2)
            .map(|id| format!("Lock {}", self.name(*id)))
            .collect();
        let open = self.so(State::Open, |thing| {
            thing.is(Noun::Door) && thing.has("WindowCovering")
        });
        all.extend(
            open.iter()
                .take(1)
                .map(|id| format!("Close {}", self.name(*id))),
        );
        all
    }

    fn good_night(&self, next: &mut Dialogue) -> Answer {
        let (parts, evidence) = self.problems(false);
        let mut text = "Good night.".to_owned();
        if !parts.is_empty() {
            text.push_str(&format!(" {}", parts.join(" ")));
        }
        text.push_str(" Shall I put the house into the mode night?");
        next.pending = Some(Pending::Confirm {
            deeds: vec![Deed::Mode("night".into())],
            when: crate::time::When::default(),
        });
        let mut answer =
            Answer::of("good_night", text).asking("confirm", vec!["Yes".into(), "No".into()]);
        answer.evidence = evidence;
        answer
    }

    async fn discovered(&self) -> Answer {
        let midnight = self.midnight();
        let found: Vec<_> = self
            .snapshot
            .discoveries
            .values()
            .filter(|found| found.first_seen >= midnight && found.state != DiscoveryState::Ignored)
            .collect();
        let filter = EventFilter {
            kinds: vec!["device_added".into()],
            from: Some(midnight),
            ..EventFilter::default()
        };
        let added = self
            .wires
            .store
            .events(&filter, 50)
            .await
            .map(|page| page.events)
            .unwrap_or_default();
        let added: Vec<(String, Timestamp, String)> = added
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::DeviceAdded { name, .. } => {
                    Some((name.clone(), event.at, event.position.to_string()))
                }
                _ => None,
            })
            .collect();
        let waiting: Vec<_> = self
            .snapshot
            .discoveries
            .values()
            .filter(|found| found.state == DiscoveryState::New)
            .collect();
        let mut parts: Vec<String> = Vec::new();
        let names: Vec<String> = found
            .iter()
            .map(|found| found.announcement.name.clone())
            .collect();
        match names.len() {
            0 => parts.push("I found nothing new today.".into()),
            count => parts.push(format!(
                "Today I found {count}: {}.",
                words::listed(&names, 8)
            )),
        }
        if !added.is_empty() {
            let names: Vec<String> = added.iter().map(|it| it.0.clone()).collect();
            parts.push(format!(
                "{} became part of the house today: {}.",
                added.len(),
                words::listed(&names, 8)
            ));
        }
        if waiting.len()
            > found
                .iter()
                .filter(|found| found.state == DiscoveryState::New)
                .count()
        {
            parts.push(format!("{} found things wait in the inbox.", waiting.len()));
        }
        let mut answer = Answer::of("discovered", parts.join(" ")).slot("count", found.len());
        answer.evidence = found
            .iter()
            .map(|found| Evidence {
                kind: "discovery",
                name: found.announcement.name.clone(),
                at: Some(found.first_seen),
                reference: Some(found.id.to_string()),
                ..Evidence::default()
            })
            .chain(added.into_iter().map(|(name, at, position)| Evidence {
                kind: "event",
                name,
                at: Some(at),
                reference: Some(position),
                ..Evidence::default()
            }))
            .take(50)
            .collect();
        answer
    }

    async fn search(&self) -> Answer {
        if self.dry_run {
            return Answer::of("scan", "I would search for new devices.");
        }
        let request = Request::new(
            self.grant.clone(),
            RequestBody::Scan {
                protocols: Vec::new(),
            },
        );
        match self.wires.house.request(request).await {
            Ok(twin::Answer::Scan(scan)) => match self.wires.house.searched(scan, SEARCH).await {
                Some(scan) if scan.ended.is_some() => Answer::of(
                    "scan",
                    format!("I searched, and found {} new things.", scan.new.len()),
                ),
                _ => Answer::of(
                    "scan",
                    "I search for devices now; what is found waits in the inbox.",
                ),
            },
            Ok(_) => Answer::of("scan", "I search for devices now."),
            Err(error) => Answer::of("scan", format!("I could not search: {error}.")),
        }
    }

    fn midnight(&self) -> Timestamp {
        self.now
            .to_zoned_datetime(self.wires.zone.clone())
            .start_of_day()
            .map_or(self.now, |day| day.timestamp())
    }

    /// What the house will do by itself.
    fn planned(&self, free: Option<&str>) -> Answer {
        let view = self.wires.automation.view();
        let about = free.map(crate::text::folded).unwrap_or_default();
        let sun = |kind: &TriggerKind| match kind {
            TriggerKind::Sun {
                event: SunEvent::Sunset,
                ..
            } => about.contains("sunset") || about.contains("dark") || about.contains("evening"),
            TriggerKind::Sun {
                event: SunEvent::Sunrise,
                ..
            } => about.contains("sunrise") || about.contains("morning"),
            TriggerKind::Presence { .. } => {
                about.contains("leave") || about.contains("home") || about.contains("arrive")
            }
            _ => false,
        };
        let narrow = ["sunset", "sunrise", "dark", "leave", "arrive"]
            .iter()
            .any(|word| about.contains(word));
        let rules: Vec<_> = view
            .scenarios
            .iter()
            .filter(|listed| listed.document.enabled && !listed.document.when.is_empty())
            .filter(|listed| {
                !narrow
                    || listed
                        .document
                        .when
                        .iter()
                        .any(|trigger| sun(&trigger.kind))
            })
            .collect();
        let once: Vec<_> = view
            .scenarios
            .iter()
            .filter(|listed| super::rules::is_once(&listed.document) && !narrow)
            .collect();
        let mut lines: Vec<String> = rules
            .iter()
            .take(8)
            .map(|listed| automation::sentence::sentence(&listed.document))
            .collect();
        lines.extend(
            once.iter()
                .take(4)
                .map(|listed| format!("Once: {}.", listed.document.name)),
        );
        let text = if lines.is_empty() {
            if narrow {
                "Nothing that I know of: no rule waits for that.".to_owned()
            } else {
                "Nothing by itself: no rule is active.".to_owned()
            }
        } else {
            lines.join(" ")
        };
        let mut answer = Answer::of("future", text).slot("count", rules.len() + once.len());
        answer.evidence = rules
            .iter()
            .chain(&once)
            .take(20)
            .map(|listed| Evidence {
                kind: "rule",
                name: listed.document.name.clone(),
                reference: Some(listed.document.slug.as_str().to_owned()),
                text: Some(automation::sentence::sentence(&listed.document)),
                ..Evidence::default()
            })
            .collect();
        answer
    }

    /// Whether a battery lasts: from how it went in the last hours.
    async fn will_last(&self, _free: Option<&str>) -> Answer {
        let battery = self
            .house
            .of_noun(Noun::Battery)
            .first()
            .map(|index| self.house.thing(*index).id());
        let Some(id) = battery else {
            return Answer::of(
                "future",
                "I don't know: there is no battery that I could look at.",
            );
        };
        let path = c::POWER_SOURCE.at(1, "battery");
        let Some(level) = self
            .snapshot
            .devices
            .get(&id)
            .and_then(|twin| twin.value(path))
            .and_then(Value::as_number)
        else {
            return Answer::of(
                "future",
                format!(
                    "I don't know: {} has not said how full it is.",
                    self.name(id)
                ),
            );
        };
        let range = Range {
            device: id,
            path,
            from: self.now - SignedDuration::from_hours(3),
            to: self.now,
            resolution: Resolution::Raw,
            limit: 5_000,
        };
        let series = history::series(&self.wires.store, &self.wires.zone, &range, self.now)
            .await
            .ok()
            .flatten();
        let first = series.as_ref().and_then(|series| {
            series
                .points
                .iter()
                .find_map(|point| Some((point.at, point.value.as_ref()?.as_number()?)))
        });
        let name = self.name(id);
        let row = self.row(id, path);
        let text = match first {
            Some((at, then)) if self.now.duration_since(at).as_secs() > 1_200 => {
                let hours = self.now.duration_since(at).as_secs_f64() / 3_600.0;
                let slope = (level - then) / hours;
                if slope < -0.1 {
                    let lasts = level / -slope;
                    #[expect(clippy::cast_possible_truncation, reason = "some hours")]
                    let empty = self.now
                        + SignedDuration::from_secs((lasts * 3_600.0).min(2_592_000.0) as i64);
                    format!(
                        "{name} is at {} % and went down by {} % an hour in the last {}. If that goes on, it is empty {}.",
                        words::rounded(level, 0),
                        words::rounded(-slope, 1),
                        words::span(self.now.duration_since(at).as_secs()),
                        words::moment(empty, self.now, &self.wires.zone)
                    )
                } else if slope > 0.1 {
                    format!(
                        "{name} is at {} % and is being charged: it went up by {} % an hour lately.",
                        words::rounded(level, 0),
                        words::rounded(slope, 1)
                    )
                } else {
                    format!(
                        "{name} is at {} % and hardly changed in the last {}.",
                        words::rounded(level, 0),
                        words::span(self.now.duration_since(at).as_secs())
                    )
                }
            }
            _ => format!(
                "{name} is at {} %. I have not recorded it for long enough to say how long that lasts.",
                words::rounded(level, 0)
            ),
        };
        let mut answer = Answer::of("future.battery", text);
        answer.evidence = vec![row];
        answer
    }

    async fn used_today(&self) -> Answer {
        let path = c::ELECTRICAL_ENERGY.at(1, "energy_imported");
        let meter = self
            .house
            .of_noun(Noun::Meter)
            .iter()
            .map(|index| self.house.thing(*index))
            .find(|thing| thing.has("ElectricalEnergyMeasurement"));
        let Some(thing) = meter else {
            return Answer::of(
                "insights",
                "I don't know: there is no meter of the whole house.",
            );
        };
        let range = Range {
            device: thing.id(),
            path,
            from: self.midnight(),
            to: self.now,
            resolution: Resolution::Raw,
            limit: 20_000,
        };
        let series = history::series(&self.wires.store, &self.wires.zone, &range, self.now)
            .await
            .ok()
            .flatten();
        let numbers: Vec<f64> = series
            .iter()
            .flat_map(|series| series.before.iter().chain(&series.points))
            .filter_map(|point| point.value.as_ref()?.as_number())
            .collect();
        let text = match (numbers.first(), numbers.last()) {
            (Some(first), Some(last)) if last >= first => format!(
                "Since midnight {} counted {} kWh.",
                thing.device.name,
                words::rounded(last - first, 2)
            ),
            _ => "I have not recorded enough of today yet.".to_owned(),
        };
        let mut answer =
            Answer::of("insights", text).suggesting(["What uses the most power right now?".into()]);
        answer.evidence = vec![self.row(thing.id(), path)];
        answer
    }

    /// What the weather will be, where something in the house knows.
    fn forecast(&self) -> Answer {
        let tomorrow = crate::text::folded(self.message).contains("tomorrow");
        let endpoint = if tomorrow { 2 } else { 1 };
        let knows = self.snapshot.devices.values().find(|twin| {
            let mut instances = twin.device.capabilities.iter();
            instances.any(|it| it.capability.name == "WeatherForecast")
        });
        let Some(twin) = knows else {
            let text = "I have no forecast of the weather, so I don't know.";
            return Answer::of("forecast", text);
        };
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        for (property, word) in [
            ("condition", ""),
            ("temperature_min", "from "),
            ("temperature_max", "to "),
            ("rain", "rain "),
            ("rain_chance", "chance of rain "),
            ("wind_gust", "gusts of "),
        ] {
            let path = c::WEATHER_FORECAST.at(endpoint, property);
            let Some(value) = twin.value(path) else {
                continue;
            };
            parts.push(format!("{word}{}", words::with_unit(path, value, None)));
            evidence.push(self.row(twin.device.id, path));
        }
        let when = if tomorrow {
            "Tomorrow"
        } else {
            "In the next 24 hours"
        };
        let text = if parts.is_empty() {
            format!(
                "I don't know: {} has said nothing of it yet.",
                twin.device.name
            )
        } else {
            format!("{when}: {}.", parts.join(", "))
        };
        let mut answer = Answer::of("forecast", text);
        answer.evidence = evidence;
        answer
    }

    /// A journey: the house offers to keep itself meanwhile.
    fn vacation(&self, free: Option<&str>, next: &mut Dialogue) -> Answer {
        let Some(scenario) = self
            .house
            .scenarios
            .iter()
            .find(|named| named.slug.starts_with("vacation"))
        else {
            return Answer::of(
                "context",
                "Have a good time. I have no scenario for that, so nothing changes by itself.",
            );
        };
        let days = days(free.unwrap_or(self.message)).or_else(|| days(self.message));
        let deeds = vec![Deed::Run {
            scenario: scenario.slug.clone(),
            number: days,
            text: None,
        }];
        let (tokens, when) = crate::time::take(
            &crate::text::read(self.message, self.language).tokens,
            self.language,
            true,
            &[],
        );
        drop(tokens);
        let starts = when.at.and_then(|moment| moment.day).filter(|day| *day > 0);
        let when = crate::time::When {
            at: when.at.filter(|_| starts.is_some()),
            ..crate::time::When::default()
        };
        let start = if starts.is_some() { " tomorrow" } else { "" };
        next.pending = Some(Pending::Confirm { deeds, when });
        let days = days
            .map(|days| format!(" for {days} days"))
            .unwrap_or_default();
        Answer::of("context.vacation", format!("Have a good time. Shall I start “{}”{days}{start}? It heats down, locks the doors and lets the lights live on.", scenario.name)).asking("confirm", vec!["Yes".into(), "No".into()])
    }

    fn back_home(&self, next: &mut Dialogue) -> Answer {
        if &*self.snapshot.mode == "home" {
            return Answer::of("context", "Welcome back.");
        }
        next.pending = Some(Pending::Confirm {
            deeds: vec![Deed::Mode("home".into())],
            when: crate::time::When::default(),
        });
        Answer::of(
            "context",
            format!(
                "Welcome back. The house is in the mode {}; shall I put it into home?",
                self.snapshot.mode
            ),
        )
        .asking("confirm", vec!["Yes".into(), "No".into()])
    }
}

/// Whether a device draws power; `None` where it does not say.
fn draws(twin: &DeviceTwin) -> Option<bool> {
    let path = twin.device.capabilities.iter().find_map(|it| {
        (it.capability.name == "ElectricalPowerMeasurement").then(|| it.path("power"))?
    })?;
    Some(twin.value(path)?.as_number()? > 5.0)
}

/// So many days, as they were said.
fn days(text: &str) -> Option<f64> {
    let language = crate::lang::Language::english();
    let tokens = crate::text::read(text, language).tokens;
    tokens.windows(2).find_map(|pair| {
        let count = pair[0]
            .number
            .or_else(|| (pair[0].text == "a" || pair[0].text == "one").then_some(1.0))?;
        match pair[1].text.as_str() {
            "day" | "days" | "nights" => Some(count),
            "week" | "weeks" => Some(count * 7.0),
            _ => None,
        }
    })
}

fn concern_row(concern: &mind::Concern) -> Evidence {
    Evidence {
        kind: "concern",
        device: concern.device,
        name: concern.kind.to_owned(),
        at: Some(concern.raised),
        since: Some(concern.since),
        text: Some(concern.title.clone()),
        reference: Some(concern.id.to_string()),
        ..Evidence::default()
    }
}
