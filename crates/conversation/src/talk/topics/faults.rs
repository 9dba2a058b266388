//! A fault from the call to the mending: who looks after it, whether it is mended, that it was.
//!
//! What people say is noted on the concern; whether something is mended is never believed but looked for.

use super::super::answer::{Action, Answer, Outcome};
use super::super::{Turn, words};
use super::matters::concern_row;
use super::memory::memory_row;
use crate::lang::Tag;
use crate::stay;
use crate::text;
use jiff::SignedDuration;
use mind::concerns::Word;
use mind::memory::{Remember, Situation};
use mind::{Attention, Concern, KeptBody, Mind, Note};
use model::{Cause, Right, Timestamp};

/// So long after “it is fixed” it is looked for once more before it is asked.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How far back it is looked for what was mended.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How many that ended are looked through.
const ENDED: usize = 200;

/// Which fault is meant.
enum Meant {
    One(Box<Concern>),
    Several(Vec<Concern>),
    /// None that is on.
    None,
}

impl Turn<'_> {
    /// “I called the service, they come on Friday.”
    pub(super) async fn fault_in_hand(&self) -> Answer {
        let (mind, concern) = match self.fault(true) {
            Ok(found) => found,
            Err(answer) => return *answer,
        };
        let tokens = text::read(self.message, self.language).tokens;
        let (_, stay) = stay::read(&tokens, self.language);
        let dated = stay.from.is_some() || stay.until.is_some() || stay.week.is_some();
        let stretch = stay
            .stretch(self.now, &self.wires.zone)
            .filter(|_| dated || stay.lasting.is_some());
        let expected = stretch
            .as_ref()
            .map(|stretch| {
                stretch
                    .until
                    .unwrap_or_else(|| self.end_of_day(stretch.from))
            })
            .filter(|until| *until > self.now);
        let said = noted(self.message);
        let title = concern.title.trim_end_matches('.').to_owned();
        let text = match expected {
            Some(until) => format!(
                "I note that somebody looks after it: {title}. I say no more of it until {}, and ask then whether it is mended.",
                words::moment(until, self.now, &self.wires.zone).trim_start_matches("at ")
            ),
            None => format!(
                "I note that somebody looks after it: {title}. I say no more of it until it is mended, and tell you then."
            ),
        };
        let word = Word::InHand {
            text: said.clone(),
            expected,
        };
        let mut answer = self
            .note_fault(&mind, &concern, word, "fault.in_hand", text)
            .await;
        // Who comes to mend it is expected then.
        if let (Some(stretch), false, Ok(memory)) = (
            stretch.filter(|_| stay.from.is_some()),
            self.dry_run,
            self.memory(),
        ) && answer
            .actions
            .iter()
            .any(|it| it.outcome == Outcome::Reached)
        {
            let until = stretch
                .until
                .unwrap_or_else(|| self.end_of_day(stretch.from));
            let what = Remember::context(
                Situation::Visitor,
                words::sentence(&said),
                stretch.from,
                until,
            );
            if let Ok(entry) = memory.remember(what, self.grant.who.clone()).await {
                answer.evidence.push(memory_row(&entry));
            }
        }
        answer
    }

    /// “The plumber fixed it”: it is looked at, and asked about later where it is still found.
    pub(super) async fn fault_fixed(&self) -> Answer {
        let (mind, concern) = match self.fault(false) {
            Ok(found) => found,
            Err(answer) => return *answer,
        };
        let until = self.now + LOOK_AGAIN;
        let text = format!(
            "Good. As far as I see it is still so: {}. I look again, and tell you when it is well; else I ask {}.",
            concern.title.trim_end_matches('.'),
            words::moment(until, self.now, &self.wires.zone)
        );
        let word = Word::InHand {
            text: noted(self.message),
            expected: Some(until),
        };
        self.note_fault(&mind, &concern, word, "fault.fixed", text)
            .await
    }

    /// “Is the AC fixed now?”
    pub(super) async fn fault_asked(&self) -> Answer {
        let Some(mind) = &self.wires.mind else {
            return no_mind();
        };
        drop(mind.look().await);
        match self.meant(mind) {
            Meant::One(concern) => self.not_yet(std::slice::from_ref(&*concern)),
            Meant::Several(several) => self.not_yet(&several),
            Meant::None => match self.mended(mind).await {
                Some(answer) => answer,
                None => Answer::of(
                    "fault.asked",
                    "I know of nothing that is wrong with it now, and of nothing that was mended in the last 30 days.",
                ),
            },
        }
    }

    fn not_yet(&self, concerns: &[Concern]) -> Answer {
        let zone = &self.wires.zone;
        let mut parts: Vec<String> = Vec::new();
        for concern in concerns.iter().take(4) {
            parts.push(words::sentence(&concern.title));
            if let Some(note) = concern.notes.last() {
                let mut told = format!(
                    "Noted {}: “{}”",
                    words::moment(note.at, self.now, zone),
                    note.text.trim_end_matches('.')
                );
                if let Some(until) = note.expected {
                    let when = words::moment(until, self.now, zone);
                    told.push_str(&format!("; expected {when}"));
                }
                parts.push(words::sentence(&told));
            }
        }
        let text = format!("Not yet, as far as I see: {}", parts.join(" "));
        let mut answer = Answer::of("fault.asked", text).slot("count", concerns.len());
        answer.evidence = concerns.iter().map(concern_row).collect();
        answer
    }

    /// What ended lately and is meant.
    async fn mended(&self, mind: &Mind) -> Option<Answer> {
        let from = self.now.checked_sub(BACK).unwrap_or(self.now);
        let ended = mind.concerns_over(from, self.now, ENDED).await.ok()?;
        let mut best: Option<(usize, Timestamp, KeptBody, Option<String>)> = None;
        for kept in ended {
            let (Some(at), Ok(body)) = (
                kept.ended,
                serde_json::from_value::<KeptBody>(kept.body.clone()),
            ) else {
                continue;
            };
            let score = self.score(body.device, &format!("{} {}", body.title, body.detail));
            let newer = best
                .as_ref()
                .is_none_or(|(before, then, ..)| (score, at) > (*before, *then));
            if score > 0 && newer {
                best = Some((score, at, body, kept.how));
            }
        }
        let (_, at, body, how) = best?;
        let when = words::moment(at, self.now, &self.wires.zone);
        let title = body.title.trim_end_matches('.').to_owned();
        let text = match (how.as_deref(), body.note.as_deref()) {
            (Some("mended"), Some(note)) => {
                format!("Yes, since {when}: {}.", note.trim_end_matches('.'))
            }
            (Some("done"), _) => {
                format!("Somebody said so {when}, and I have not found it since: {title}.")
            }
            _ => format!("I have not found it since {when}: {title}."),
        };
        Some(Answer::of("fault.asked", text).slot("count", 0))
    }

    /// The fault that is meant, and the mind that knows of it; or the answer that says why there is none.
    fn fault(&self, calls: bool) -> Result<(Mind, Box<Concern>), Box<Answer>> {
        let mind = self
            .wires
            .mind
            .as_ref()
            .ok_or_else(|| Box::new(no_mind()))?;
        if !self.grant.covers(Right::Control, None) {
            let text = format!(
                "{} may not say that; ask somebody who may.",
                words::sentence(&self.grant.who.to_string()).trim_end_matches('.')
            );
            return Err(Box::new(Answer::of("fault.refused", text)));
        }
        match self.meant(mind) {
            Meant::One(concern) => Ok((mind.clone(), concern)),
            Meant::Several(several) => {
                let titles: Vec<String> = several
                    .iter()
                    .map(|one| one.title.trim_end_matches('.').to_owned())
                    .collect();
                let text = format!(
                    "Of which is that? I know of {}: {}. Say it with its name.",
                    titles.len(),
                    titles.join("; ")
                );
                let mut answer = Answer::of("clarify", text);
                answer.evidence = several.iter().map(concern_row).collect();
                Err(Box::new(answer))
            }
            Meant::None => {
                let text = if calls {
                    "I know of no fault that they could come for. Say “remember that …”, and I keep it; or say who comes and when, such as “the plumber is coming tomorrow at ten”."
                } else {
                    "Good. I know of nothing that is wrong with it now."
                };
                Err(Box::new(Answer::of("fault.none", text)))
            }
        }
    }

    /// Which concern the words mean: by its device, its kind of device, or words of its title; where they
    /// name nothing, the only one that there is.
    fn meant(&self, mind: &Mind) -> Meant {
        let view = mind.view();
        let on = view
            .concerns
            .iter()
            .filter(|concern| concern.expires > self.now);
        let mut scored: Vec<(usize, &Concern)> = on
            .map(|concern| {
                let words = format!("{} {}", concern.title, concern.detail);
                (self.score(concern.device, &words), concern)
            })
            .collect();
        let best = scored.iter().map(|(score, _)| *score).max().unwrap_or(0);
        if best == 0 && self.names_something() {
            return Meant::None;
        }
        scored.retain(|(score, _)| *score == best);
        // Of several the one that waits for somebody is likelier than the one that is in hand.
        if scored.len() > 1 && best == 0 {
            let open: Vec<_> = scored
                .iter()
                .copied()
                .filter(|(_, it)| it.attention == Attention::Open)
                .collect();
            if open.len() == 1 {
                scored = open;
            }
        }
        match &scored[..] {
            [] => Meant::None,
            [(_, one)] => Meant::One(Box::new((*one).clone())),
            several => Meant::Several(several.iter().map(|(_, one)| (*one).clone()).collect()),
        }
    }

    /// Whether the words name a device or a kind of device.
    fn names_something(&self) -> bool {
        let mut about = Remember::new(mind::memory::Kind::Note, self.message);
        self.link(&mut about);
        about.device.is_some() || !self.nouns().is_empty()
    }

    /// How well what is said fits a concern.
    fn score(&self, device: Option<model::DeviceId>, title: &str) -> usize {
        let mut about = Remember::new(mind::memory::Kind::Note, self.message);
        self.link(&mut about);
        if about.device.is_some() && about.device == device {
            return 100;
        }
        let kind = device
            .and_then(|id| self.thing(id))
            .is_some_and(|(thing, _)| self.nouns().iter().any(|noun| thing.is(*noun)));
        let has = self.content(title);
        let shared = self
            .content(self.message)
            .iter()
            .filter(|word| has.contains(word))
            .count();
        shared + if kind { 10 } else { 0 }
    }

    /// The kinds of devices that the message names.
    fn nouns(&self) -> Vec<crate::lang::Noun> {
        let tokens = text::read(self.message, self.language).tokens;
        let mut found = Vec::new();
        let mut nouns = Vec::new();
        for at in 0..tokens.len() {
            self.language.phrases(&tokens[at..], &mut found);
            for (_, tags) in &found {
                nouns.extend(tags.iter().filter_map(|tag| match tag {
                    Tag::Noun(noun, _) => Some(*noun),
                    _ => None,
                }));
            }
        }
        nouns
    }

    async fn note_fault(
        &self,
        mind: &Mind,
        concern: &Concern,
        word: Word,
        name: &str,
        text: String,
    ) -> Answer {
        let mut action = Action {
            name: concern.title.clone(),
            slug: concern.id.to_string(),
            capability: "Concern".to_owned(),
            command: "note".to_owned(),
            outcome: Outcome::Planned,
            ..Action::default()
        };
        let mut answer = Answer::of(name, text).slot("concern", concern.id.to_string());
        answer.evidence.push(concern_row(concern));
        if !self.dry_run {
            let cause = Cause::first(self.grant.who.clone());
            match mind.say(concern.id, word, cause).await {
                Ok(_) => action.outcome = Outcome::Reached,
                Err(error) => {
                    let why = error.to_string();
                    action.outcome = Outcome::Refused;
                    answer.response =
                        words::sentence(&words::could_not("note that", Some(why.as_str())));
                    action.note = Some(why);
                }
            }
        }
        answer.actions.push(action);
        answer
    }
}

/// What was said, as a note of one line.
fn noted(message: &str) -> String {
    let mut text: String = message
        .trim()
        .trim_end_matches(['.', '!'])
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut end = text.len().min(Note::LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn no_mind() -> Answer {
    Answer::of(
        "fault.none",
        "I have no mind running here that finds faults, so there is nothing to note that on.",
    )
}
