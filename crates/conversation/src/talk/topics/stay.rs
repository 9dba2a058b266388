//! What holds for a while: journeys, guests, somebody who is expected.

use super::super::answer::{Answer, Evidence};
use super::super::telling::presence_word;
use super::super::{Turn, words};
use super::memory::{cannot_read, memory_row};
use crate::house::Named;
use crate::stay::{self, Stretch};
use crate::text;
use crate::understand::{Deed, Dialogue, Pending};
use jiff::SignedDuration;
use mind::memory::{Entry, Remember, Situation};
use model::{Person, Presence};

/// How far ahead it is looked who is expected.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);

impl Turn<'_> {
    /// “We have guests until Sunday”, “plumber tomorrow ten to noon”, “we are away for a week from
    /// tomorrow”.
    pub(super) async fn holds(
        &self,
        situation: Situation,
        said: &str,
        next: &mut Dialogue,
    ) -> Answer {
        let tokens = text::read(said, self.language).tokens;
        let (_, stay) = stay::read(&tokens, self.language);
        self.holds_for(situation, said, stay, false, next).await
    }

    /// The answer to “until when?”.
    pub(super) async fn until(&self, before: &Dialogue, next: &mut Dialogue) -> Answer {
        let Some(Pending::Until(situation, said)) = &before.pending else {
            return Answer::of(
                "context",
                "There is nothing of which I asked how long it lasts.",
            );
        };
        let tokens = text::read(self.message, self.language).tokens;
        let (_, end) = stay::read(&tokens, self.language);
        let end = stay::bare(&tokens, self.language).unwrap_or(end);
        let (_, begin) = stay::read(&text::read(said, self.language).tokens, self.language);
        // “From tomorrow” was said before; “Sunday” alone is its end now.
        let stay = stay::Stay {
            from: begin.from.or(end.from.filter(|_| end.until.is_some())),
            until: end.until.or(end.from.filter(|_| end.lasting.is_none())),
            lasting: end.lasting,
            week: end.week,
        };
        self.holds_for(*situation, said, stay, true, next).await
    }

    async fn holds_for(
        &self,
        situation: Situation,
        said: &str,
        stay: stay::Stay,
        sure: bool,
        next: &mut Dialogue,
    ) -> Answer {
        let said = words::sentence(said.trim().trim_end_matches(['.', '!', '?']).trim());
        let stretch = stay.stretch(self.now, &self.wires.zone);
        let Some(stretch) = stretch else {
            return Answer::of(
                "context",
                "I don't know when that is: it is over, or no such time. Say it with another time, such as “until Sunday”.",
            );
        };
        let home = self.at_home();
        if situation == Situation::Away && stretch.now && !home.is_empty() && !sure {
            return self.contradicted(&stretch, said, &home, next);
        }
        let until = match (stretch.until, situation) {
            (Some(until), _) => until,
            // Who comes at ten is done with it that day.
            (None, Situation::Visitor | Situation::Other) if stay.from.is_some() => {
                self.end_of_day(stretch.from)
            }
            (None, _) => {
                next.pending = Some(Pending::Until(
                    situation,
                    said.trim_end_matches('.').to_owned(),
                ));
                let question = match situation {
                    Situation::Away => "Until when are you away?",
                    Situation::Guests => "Until when do they stay?",
                    Situation::Visitor => "When is that?",
                    Situation::Other => "Until when does that hold?",
                };
                return Answer::of("context", question).asking(
                    "what",
                    vec![
                        "Until tomorrow".into(),
                        "Until Sunday".into(),
                        "A week".into(),
                    ],
                );
            }
        };
        let what = self.context(situation, said, stretch.from, until);
        self.note_context(what, next).await
    }

    fn context(
        &self,
        situation: Situation,
        said: String,
        from: model::Timestamp,
        until: model::Timestamp,
    ) -> Remember {
        let mut what = Remember::context(situation, said, from, until);
        self.link(&mut what);
        // Who says the same journey twice is on one journey.
        if matches!(situation, Situation::Away | Situation::Guests) {
            let day = self.wires.zone.to_datetime(from).date();
            what.key = Some(format!("{}:{day}", situation.as_str()));
        }
        what
    }

    /// “We are away”, while people are at home: that is said, and asked.
    fn contradicted(
        &self,
        stretch: &Stretch,
        said: String,
        home: &[&Person],
        next: &mut Dialogue,
    ) -> Answer {
        let names: Vec<String> = home.iter().map(|person| person.name.clone()).collect();
        let is = if names.len() == 1 { "is" } else { "are" };
        let text = format!(
            "You say that you are away now, but as far as I see {} {is} at home.",
            words::listed(&names, 5)
        );
        let mut answer = match stretch.until {
            Some(until) => {
                let what = self.context(Situation::Away, said, stretch.from, until);
                next.pending = Some(Pending::Remember(Box::new(what)));
                Answer::of(
                    "context.contradiction",
                    format!("{text} Shall I note it all the same?"),
                )
                .asking("confirm", vec!["Yes".into(), "No".into()])
            }
            None => {
                next.pending = Some(Pending::Until(
                    Situation::Away,
                    said.trim_end_matches('.').to_owned(),
                ));
                Answer::of(
                    "context.contradiction",
                    format!("{text} If I shall note it all the same: until when?"),
                )
                .asking(
                    "what",
                    vec!["Until tomorrow".into(), "A week".into(), "No".into()],
                )
            }
        };
        answer.evidence = home.iter().map(|person| presence_row(person)).collect();
        answer
    }

    /// What was told of the same time and does not go with it: guests, and a journey.
    async fn at_odds(&self, situation: Situation, stretch: &Stretch) -> Option<Entry> {
        let other = match situation {
            Situation::Away => Situation::Guests,
            Situation::Guests => Situation::Away,
            _ => return None,
        };
        let until = stretch.until?;
        let all = self
            .memory()
            .ok()?
            .contexts_between(stretch.from, until)
            .await;
        all.ok()?
            .into_iter()
            .find(|entry| entry.situation() == Some(other))
    }

    /// Keeps a context, and offers what could follow from it.
    pub(in crate::talk) async fn note_context(
        &self,
        what: Remember,
        next: &mut Dialogue,
    ) -> Answer {
        let situation = what
            .value
            .get("situation")
            .and_then(serde_json::Value::as_str)
            .and_then(Situation::parse)
            .unwrap_or(Situation::Other);
        let stretch = Stretch {
            from: what.from.unwrap_or(self.now),
            until: what.until,
            now: what.from.is_none_or(|from| from <= self.now),
        };
        let span = self.span_words(&stretch);
        let mut answer = self
            .keep_memory(what, next, |_| match situation {
                Situation::Guests => format!("I will remember that you have guests {span}"),
                Situation::Away => format!("I will remember that you are away {span}"),
                Situation::Visitor => format!("I will remember that somebody is expected {span}"),
                Situation::Other => format!("I will remember that {span}"),
            })
            .await;
        if !answer.intent.name.starts_with("memory.remember")
            || answer.actions.iter().any(|it| it.note.is_some())
        {
            return answer;
        }
        answer.intent.name = format!("context.{}", situation.as_str());
        if let Some(entry) = self.at_odds(situation, &stretch).await {
            answer.response.push_str(&format!(
                " But that does not go with what I was told before: “{}”. Say “forget that …” of the one that no longer holds.",
                entry.text.trim_end_matches('.')
            ));
            answer.evidence.push(memory_row(&entry));
        }
        answer = answer
            .slot("from", stretch.from.to_string())
            .slot("until", stretch.until.map(|until| until.to_string()));
        match situation {
            Situation::Away => self.offer_vacation(answer, &stretch, next),
            _ => answer,
        }
    }

    /// A journey: the house offers to keep itself meanwhile.
    fn offer_vacation(&self, answer: Answer, stretch: &Stretch, next: &mut Dialogue) -> Answer {
        let Some(scenario) = self
            .house
            .scenarios
            .iter()
            .find(|named| named.slug.starts_with("vacation"))
        else {
            return answer;
        };
        let day = |at: model::Timestamp| self.wires.zone.to_datetime(at).date();
        let first = day(stretch.from);
        let days = stretch
            .until
            .map(|until| until.duration_since(stretch.from).as_secs_f64() / 86_400.0)
            .map(|days| days.round().clamp(1.0, 90.0));
        let ahead = first.since(day(self.now)).map_or(0, |span| span.get_days());
        let begins = self.wires.zone.to_datetime(stretch.from).time();
        let clock = match begins {
            // Nobody leaves at midnight: who goes “tomorrow” is gone in the morning.
            time if time == jiff::civil::Time::midnight() => 8 * 3_600,
            time => i32::from(time.hour()) * 3_600 + i32::from(time.minute()) * 60,
        };
        let moment = crate::time::Moment {
            clock: Some(clock),
            day: Some(ahead),
            ..crate::time::Moment::default()
        };
        let when = crate::time::When {
            at: (!stretch.now).then_some(moment),
            ..crate::time::When::default()
        };
        let starts = when
            .at
            .and_then(|moment| self.at(&moment))
            .map(|at| format!(" {}", words::moment(at, self.now, &self.wires.zone)))
            .unwrap_or_default();
        let long = days
            .map(|days| format!(" for {}", words::span((days * 86_400.0).round() as i64)))
            .unwrap_or_default();
        next.pending = Some(Pending::Confirm {
            deeds: vec![Deed::Run {
                scenario: scenario.slug.clone(),
                number: days,
                text: None,
            }],
            when,
        });
        let kept = answer.response.clone();
        let question = format!(
            "Shall I start “{}”{long}{starts}? It heats down, locks the doors and lets the lights live on.",
            scenario.name
        );
        let mut answer = Answer {
            response: question,
            ..answer
        }
        .asking("confirm", vec!["Yes".into(), "No".into()]);
        answer.response = format!("{kept} {}", answer.response);
        answer
    }

    /// The scenario for a party.
    fn of_a_party(&self) -> Option<&Named> {
        let mut all = self.house.scenarios.iter();
        all.find(|named| named.slug.starts_with("party"))
    }

    /// “Stop the party”.
    pub(super) async fn party_over(&self) -> Answer {
        match self.of_a_party() {
            Some(named) => {
                let scenario = named.slug.clone();
                self.deeds(&[Deed::End { scenario }], false).await
            }
            None => no_party(),
        }
    }

    /// “Party for twelve”.
    pub(super) async fn party(&self, free: Option<&str>) -> Answer {
        let Some(named) = self.of_a_party() else {
            return no_party();
        };
        let number = free.and_then(|free| {
            let tokens = text::read(free, self.language).tokens;
            tokens.iter().find_map(|token| token.number)
        });
        let deeds = [Deed::Run {
            scenario: named.slug.clone(),
            number,
            text: None,
        }];
        self.deeds(&deeds, false).await
    }

    /// What is noted with a time to come is a context, whatever it is about; `None` where it is none.
    pub(super) async fn told_of_a_time(&self, said: &str, next: &mut Dialogue) -> Option<Answer> {
        let tokens = text::read(said, self.language).tokens;
        if let Some(topic) = self.language.topics().find(&tokens) {
            let situation = match topic.key.as_str() {
                "vacation" => Some(Situation::Away),
                "guests" => Some(Situation::Guests),
                "visitor" => Some(Situation::Visitor),
                _ => None,
            };
            if let Some(situation) = situation {
                return Some(self.holds(situation, said, next).await);
            }
        }
        let every = ["every", "each", "always", "usually", "never"];
        let repeats = tokens.iter().any(|token| {
            every.contains(&token.text.as_str())
                || token.text.ends_with("days") && token.text != "days"
        });
        let (_, stay) = stay::read(&tokens, self.language);
        let days = stay.until.is_some()
            || stay.week.is_some()
            || stay
                .from
                .is_some_and(|moment| moment.day.is_some() || moment.weekday.is_some());
        if repeats || !days {
            return None;
        }
        Some(
            self.holds_for(Situation::Other, said, stay, false, next)
                .await,
        )
    }

    /// Who is expected, who stays, who is away: what was told of the next days.
    pub(super) async fn expected(&self, next: &mut Dialogue) -> Answer {
        let memory = match self.memory() {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let (_, stay) = stay::read(
            &text::read(self.message, self.language).tokens,
            self.language,
        );
        let asked = (!stay.is_nothing())
            .then(|| stay.stretch(self.now, &self.wires.zone))
            .flatten();
        let (from, to) = match asked {
            Some(Stretch { from, until, .. }) => {
                (from, until.unwrap_or_else(|| self.end_of_day(from)))
            }
            None => (self.now, self.now + AHEAD),
        };
        let mut entries = match memory.contexts_between(from, to).await {
            Ok(entries) => entries,
            Err(fault) => return cannot_read(&fault),
        };
        entries.reverse();
        if entries.is_empty() {
            let text = if asked.is_some() {
                "Nothing that I was told of for that time."
            } else {
                "Nothing that I was told of: no guests, no journey, nobody who is expected in the next two weeks."
            };
            return Answer::of("context.expected", text).slot("count", 0);
        }
        next.memories = entries.iter().map(|entry| entry.id).collect();
        let lines: Vec<String> = entries
            .iter()
            .take(6)
            .map(|entry| {
                let span = self.span_words(&Stretch {
                    from: entry.from.unwrap_or(self.now),
                    until: entry.until,
                    now: entry.from.is_none_or(|from| from <= self.now),
                });
                format!("“{}” ({span}).", entry.text.trim_end_matches('.'))
            })
            .collect();
        let mut answer = Answer::of(
            "context.expected",
            format!("I was told: {}", lines.join(" ")),
        )
        .slot("count", entries.len());
        answer.evidence = entries.iter().take(20).map(memory_row).collect();
        answer
    }

    /// “We are back”: a journey is over before its time, and so is the mode.
    pub(super) async fn back_home(&self, next: &mut Dialogue) -> Answer {
        let mut text = "Welcome back.".to_owned();
        let mut evidence: Vec<Evidence> = Vec::new();
        for entry in self.ends_now(Situation::Away).await {
            text.push_str(&format!(
                " I no longer hold that “{}”.",
                entry.text.trim_end_matches('.')
            ));
            evidence.push(memory_row(&entry));
        }
        let mode = &*self.snapshot.mode;
        let running = self
            .house
            .scenarios
            .iter()
            .find(|named| named.slug.starts_with("vacation"))
            .filter(|named| {
                let view = self.wires.automation.view();
                view.runs
                    .iter()
                    .any(|run| run.scenario.as_str() == named.slug)
            });
        let mut deeds = Vec::new();
        let mut ask: Vec<String> = Vec::new();
        if let Some(named) = running {
            deeds.push(Deed::End {
                scenario: named.slug.clone(),
            });
            ask.push(format!("end “{}”", named.name));
        }
        if mode != "home" {
            deeds.push(Deed::Mode("home".into()));
            ask.push(format!(
                "put the house from the mode {mode} into the mode home"
            ));
        }
        let mut answer = if deeds.is_empty() {
            Answer::of("context.back", text)
        } else {
            next.pending = Some(Pending::Confirm {
                deeds,
                when: crate::time::When::default(),
            });
            Answer::of(
                "context.back",
                format!("{text} Shall I {}?", words::listed(&ask, 2)),
            )
            .asking("confirm", vec!["Yes".into(), "No".into()])
        };
        answer.evidence = evidence;
        answer
    }

    /// “The guests have left”.
    pub(super) async fn guests_left(&self) -> Answer {
        let ended = self.ends_now(Situation::Guests).await;
        let mut answer = match ended.first() {
            Some(entry) => Answer::of(
                "context.back",
                format!(
                    "All right: I no longer hold that “{}”.",
                    entry.text.trim_end_matches('.')
                ),
            ),
            None => Answer::of(
                "context.back",
                "I was not told of any guests, so nothing changes.",
            ),
        };
        answer.evidence = ended.iter().map(memory_row).collect();
        answer
    }

    /// Ends what holds now of this situation; what was ended.
    async fn ends_now(&self, situation: Situation) -> Vec<Entry> {
        let Ok(memory) = self.memory() else {
            return Vec::new();
        };
        let mut ended = Vec::new();
        for entry in memory.context(self.now).await.unwrap_or_default() {
            if entry.situation() != Some(situation) {
                continue;
            }
            if self.dry_run || !self.grant.covers(model::Right::Control, None) {
                continue;
            }
            let correction = mind::memory::Correction {
                until: Some(Some(self.now)),
                ..mind::memory::Correction::default()
            };
            let corrected = memory
                .correct(&entry.id.to_string(), correction, self.grant.who.clone())
                .await;
            ended.extend(corrected.ok());
        }
        ended
    }

    /// Who is at home, as far as the house sees.
    pub(in crate::talk) fn at_home(&self) -> Vec<&Person> {
        self.snapshot
            .people
            .values()
            .filter(|person| person.presence == Presence::Home)
            .map(|person| &**person)
            .collect()
    }

    pub(super) fn end_of_day(&self, at: model::Timestamp) -> model::Timestamp {
        let local = at.to_zoned_datetime(self.wires.zone.clone());
        local
            .tomorrow()
            .and_then(|day| day.start_of_day())
            .map_or(at + SignedDuration::from_hours(24), |day| day.timestamp())
    }

    /// “from tomorrow at 10:00 until tomorrow at 12:00”, “until Sunday night”.
    fn span_words(&self, stretch: &Stretch) -> String {
        let zone = &self.wires.zone;
        let midnight =
            |at: model::Timestamp| zone.to_datetime(at).time() == jiff::civil::Time::midnight();
        let day = |at: model::Timestamp| {
            let date = zone.to_datetime(at).date();
            let today = zone.to_datetime(self.now).date();
            if date == today {
                "today".to_owned()
            } else if today.tomorrow().is_ok_and(|tomorrow| tomorrow == date) {
                "tomorrow".to_owned()
            } else {
                zone.to_datetime(at).strftime("%A, %-d %B").to_string()
            }
        };
        let clock = |at: model::Timestamp| zone.to_datetime(at).strftime("%H:%M").to_string();
        let begin = match (stretch.now, midnight(stretch.from)) {
            (true, _) => String::new(),
            (false, true) => format!("from {} ", day(stretch.from)),
            (false, false) => format!("{} from {} ", day(stretch.from), clock(stretch.from)),
        };
        let end = match stretch.until {
            None => "on".to_owned(),
            // Midnight is the end of the day before.
            Some(until) if midnight(until) => {
                let last = until - SignedDuration::from_secs(1);
                if day(last) == day(stretch.from) && !stretch.now {
                    return if midnight(stretch.from) {
                        day(stretch.from)
                    } else {
                        begin.trim_end().to_owned()
                    };
                }
                format!("until the end of {}", day(last))
            }
            Some(until) if day(until) == day(stretch.from) && !stretch.now => {
                format!("to {}", clock(until))
            }
            Some(until) => format!("until {} at {}", day(until), clock(until)),
        };
        format!("{begin}{end}")
    }
}

fn no_party() -> Answer {
    Answer::of("unknown_name", "There is no scenario for a party here.")
}

/// Where somebody is, as a row.
fn presence_row(person: &Person) -> Evidence {
    Evidence {
        kind: "person",
        name: person.name.clone(),
        value: Some(presence_word(person.presence).into()),
        since: person.presence_since,
        reference: Some(person.id.to_string()),
        ..Evidence::default()
    }
}
