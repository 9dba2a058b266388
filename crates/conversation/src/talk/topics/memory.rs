//! What people tell the house to remember, and what it remembers: notes, facts, likings.

use super::super::answer::{Action, Answer, Evidence, Outcome, Undo};
use super::super::{Turn, keep, words};
use crate::lang::{Small, Tag};
use crate::text;
use crate::understand::Dialogue;
use mind::memory::{Entry, Fault, Kind, Memory, Recall, Recalled, Remember};
use model::{Change, DeviceEdit, DeviceId, Request, RequestBody, Right, Who};

/// How many memories one answer tells.
const TOLD: usize = 5;

/// How many are looked through for one.
const SOUGHT: usize = 50;

/// The share of the words that are asked for that a memory has, to be meant.
const ENOUGH: f64 = 0.6;

/// How a sentence about somebody's likings begins, in English.
const LIKES: [&str; 12] = [
    "i like",
    "i love",
    "i prefer",
    "i hate",
    "i dislike",
    "i want",
    "i do not like",
    "we like",
    "we love",
    "we prefer",
    "we hate",
    "my favourite",
];

impl Turn<'_> {
    /// The memory, where there is one and who speaks may hear of it; else the answer that says so.
    pub(super) fn memory(&self) -> Result<&Memory, Box<Answer>> {
        if !self.grant.covers(Right::Private, None) {
            let text = format!(
                "{} may not hear what I remember; that is private. Ask the owner of the house.",
                words::sentence(&self.grant.who.to_string()).trim_end_matches('.')
            );
            return Err(Box::new(Answer::of("memory.refused", text)));
        }
        self.wires.memory.as_ref().ok_or_else(|| {
            Box::new(Answer::of(
                "memory",
                "I have no memory here, so I did not keep or drop anything.",
            ))
        })
    }

    /// Whether who speaks may make the house remember or forget.
    fn may_remember(&self) -> Result<(), Box<Answer>> {
        if self.grant.covers(Right::Private, None) {
            return Ok(());
        }
        let text = format!(
            "{} may not tell me what to remember or forget; ask the owner of the house.",
            words::sentence(&self.grant.who.to_string()).trim_end_matches('.')
        );
        Err(Box::new(Answer::of("memory.refused", text)))
    }

    /// “Remember that …”.
    pub(super) async fn remember(&self, said: &str, next: &mut Dialogue) -> Answer {
        let said = said.trim().trim_end_matches(['.', '!']).trim();
        if said.is_empty() {
            return Answer::of("memory.remember", "What shall I remember?")
                .asking("what", Vec::new());
        }
        // What holds for a while is a context, however it was said.
        if let Some(answer) = self.told_of_a_time(said, next).await {
            return answer;
        }
        let folded = text::folded(said);
        let liking = LIKES.iter().any(|begin| folded.starts_with(begin))
            || self.house.people.iter().any(|person| {
                let name = text::folded(&person.name);
                ["likes", "loves", "prefers", "hates"]
                    .iter()
                    .any(|verb| folded.starts_with(&format!("{name} {verb} ")))
            });
        let mut what = Remember::new(Kind::Note, words::sentence(said));
        self.link(&mut what);
        what.kind = match (liking, what.device) {
            (true, _) => Kind::Preference,
            (false, Some(_)) => Kind::Fact,
            (false, None) => Kind::Note,
        };
        if liking
            && what.person.is_none()
            && let Who::Person { id, .. } = &self.grant.who
        {
            what.person = Some(*id);
        }
        self.keep_memory(what, next, |entry| {
            format!("I will remember: “{}”", entry.text.trim_end_matches('.'))
        })
        .await
    }

    /// “Ben likes his room cool”, “I prefer the blinds half open”: the whole sentence is what is kept.
    pub(super) async fn likes_so(&self, said: Option<&str>, next: &mut Dialogue) -> Answer {
        let said = match said {
            Some(said) if self.message.contains(said) && self.begins_with_a_person(said) => said,
            _ => self.message,
        };
        self.keep_liking(said.trim().trim_end_matches(['.', '!']).trim(), next)
            .await
    }

    fn begins_with_a_person(&self, said: &str) -> bool {
        let folded = text::folded(said);
        let mut people = self.house.people.iter();
        people.any(|person| folded.starts_with(&text::folded(&person.name)))
    }

    async fn keep_liking(&self, said: &str, next: &mut Dialogue) -> Answer {
        let mut what = Remember::new(Kind::Preference, words::sentence(said));
        self.link(&mut what);
        if what.person.is_none()
            && let Who::Person { id, .. } = &self.grant.who
        {
            what.person = Some(*id);
        }
        self.keep_memory(what, next, |entry| {
            format!("I will remember: “{}”", entry.text.trim_end_matches('.'))
        })
        .await
    }

    /// Says of whom, which device and which room a memory is, where its words name just one.
    pub(super) fn link(&self, what: &mut Remember) {
        let tokens = text::read(&what.text, self.language).tokens;
        let ids: Vec<Option<u32>> = tokens.iter().map(|token| self.house.word(token)).collect();
        let mut found = Vec::new();
        let (mut devices, mut areas, mut people) = (Vec::new(), Vec::new(), Vec::new());
        let mut at = 0;
        while at < tokens.len() {
            self.house.names(&tokens[at..], &ids[at..], &mut found);
            let Some((length, entities)) = found.last() else {
                at += 1;
                continue;
            };
            for entity in entities.iter() {
                match entity {
                    crate::house::Entity::Thing(index) => {
                        devices.push(self.house.thing(*index).id())
                    }
                    crate::house::Entity::Area(index) => {
                        areas.push(self.house.rooms[*index as usize].id)
                    }
                    crate::house::Entity::Person(index) => {
                        people.push(self.house.people[*index as usize].id)
                    }
                    _ => {}
                }
            }
            at += length;
        }
        let one = |count: usize| count == 1;
        what.device = devices.first().copied().filter(|_| one(devices.len()));
        what.area = areas.first().copied().filter(|_| one(areas.len()));
        what.person = people.first().copied().filter(|_| one(people.len()));
    }

    /// Remembers it, and says so only when it is kept.
    pub(super) async fn keep_memory(
        &self,
        what: Remember,
        next: &mut Dialogue,
        say: impl FnOnce(&Entry) -> String,
    ) -> Answer {
        let memory = match self.may_remember().and_then(|()| self.memory()) {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let kind = what.kind.as_str();
        let mut action = memory_action("remember", &what.text);
        if self.dry_run {
            action.outcome = Outcome::Planned;
            let mut answer = Answer::of(
                "memory.remember",
                format!("I would remember: “{}”", what.text.trim_end_matches('.')),
            )
            .slot("kind", kind);
            answer.actions.push(action);
            return answer;
        }
        match memory.remember(what, self.grant.who.clone()).await {
            Ok(entry) => {
                next.memories = vec![entry.id];
                action.slug = entry.id.to_string();
                action.undo = Some(Undo::Forget { memory: entry.id });
                let mut answer = Answer::of("memory.remember", words::sentence(&say(&entry)))
                    .slot("kind", kind)
                    .slot("memory", entry.id.to_string());
                answer.evidence.push(memory_row(&entry));
                answer.actions.push(action);
                answer
            }
            Err(fault) => {
                action.outcome = Outcome::Refused;
                action.note = Some(fault.to_string());
                let mut answer = Answer::of(
                    "memory.remember",
                    format!("I could not keep that: {fault}."),
                );
                answer.actions.push(action);
                answer
            }
        }
    }

    /// “Where is the stopcock?”: what was noted about it.
    pub(super) async fn recall(&self, asked: &str, next: &mut Dialogue) -> Answer {
        let memory = match self.memory() {
            Ok(memory) => memory,
            Err(_) => return self.no_note(asked),
        };
        let found = match self.sought(memory, asked).await {
            Ok(found) => found,
            Err(fault) => return cannot_read(&fault),
        };
        let (meant, near): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(share, _)| *share >= ENOUGH);
        // Of those that are meant the best ones: with as many of the words as any other.
        let best = meant.iter().map(|(share, _)| *share).fold(0.0, f64::max);
        let told: Vec<Entry> = meant
            .into_iter()
            .filter(|(share, _)| *share + 0.01 >= best)
            .map(|(_, recalled)| recalled.entry)
            .take(TOLD)
            .collect();
        if told.is_empty() {
            let mut answer = self.no_note(asked);
            if let Some((_, recalled)) = near.first() {
                answer.response.push_str(&format!(
                    " The nearest that I was told is: “{}”",
                    recalled.entry.text
                ));
                answer.evidence.push(memory_row(&recalled.entry));
            }
            return answer;
        }
        next.memories = told.iter().map(|entry| entry.id).collect();
        let sentences: Vec<String> = told.iter().map(|entry| self.quoted(entry)).collect();
        let became: Vec<_> = told.iter().filter_map(Entry::became).collect();
        if !became.is_empty() {
            next.last = became.iter().map(|(device, _)| *device).collect();
        }
        let mut answer = Answer::of("memory.recall", sentences.join(" ")).slot("count", told.len());
        answer.evidence = told.iter().map(memory_row).collect();
        answer
    }

    /// “What do you know about the pool pump?”: what was told of a device, and how it is; else what was noted.
    pub(super) async fn recall_about(&self, asked: &str, next: &mut Dialogue) -> Answer {
        let devices = self.devices_called(asked, next);
        let ([device], Ok(memory)) = (&devices[..], self.memory()) else {
            return self.recall(asked, next).await;
        };
        let told = match memory.of_device(*device).await {
            Ok(told) => told,
            Err(fault) => return cannot_read(&fault),
        };
        let how = self.condition(asked, next).await;
        if told.is_empty() {
            return how;
        }
        next.last = vec![*device];
        next.memories = told.iter().map(|entry| entry.id).take(TOLD).collect();
        let mut sentences: Vec<String> = told
            .iter()
            .take(TOLD)
            .map(|entry| self.quoted(entry))
            .collect();
        // What nothing is known of needs no words of its own.
        if how.intent.name == "condition" {
            sentences.push(how.response);
        }
        let mut answer = Answer::of("memory.recall", sentences.join(" ")).slot("count", told.len());
        answer.evidence = told.iter().take(20).map(memory_row).collect();
        answer
    }

    fn no_note(&self, asked: &str) -> Answer {
        let asked = asked.trim_end_matches(['?', '.', '!']).trim();
        Answer::of(
            "memory.recall",
            format!("I don't know: nobody told me about “{asked}”, and no device is called so."),
        )
    }

    /// Memories with words of these, each with the share of the words that it has; the most first.
    async fn sought(&self, memory: &Memory, said: &str) -> Result<Vec<(f64, Recalled)>, Fault> {
        let sought = self.content(said);
        if sought.is_empty() {
            return Ok(Vec::new());
        }
        let recall = Recall {
            words: sought.join(" "),
            person: match &self.grant.who {
                Who::Person { id, .. } => Some(*id),
                _ => None,
            },
            limit: SOUGHT,
            ..Recall::default()
        };
        let mut found: Vec<(f64, Recalled)> = memory
            .recall(&recall)
            .await?
            .into_iter()
            .filter(|recalled| recalled.entry.kind != Kind::Episode)
            .map(|recalled| {
                let has = self.content(&recalled.entry.text);
                let shared = sought.iter().filter(|word| has.contains(word)).count();
                #[expect(clippy::cast_precision_loss, reason = "words of a sentence")]
                let share = shared as f64 / sought.len() as f64;
                (share, recalled)
            })
            .filter(|(share, _)| *share > 0.0)
            .collect();
        found.sort_by(|left, right| right.0.total_cmp(&left.0));
        Ok(found)
    }

    /// The words that carry a sentence, without endings of the plural.
    pub(super) fn content(&self, said: &str) -> Vec<String> {
        let mut tags = Vec::new();
        let mut kept: Vec<String> = Vec::new();
        for token in text::read(said, self.language).tokens {
            self.language
                .phrases(std::slice::from_ref(&token), &mut tags);
            let small = tags.iter().any(|(_, tags)| {
                tags.iter().any(|tag| {
                    matches!(
                        tag,
                        Tag::Small(
                            Small::Article
                                | Small::Be
                                | Small::Do
                                | Small::In
                                | Small::To
                                | Small::Of
                                | Small::For
                                | Small::From
                                | Small::With
                                | Small::It
                                | Small::I
                                | Small::And
                                | Small::What
                                | Small::Where
                                | Small::Who
                                | Small::When
                                | Small::Which
                                | Small::How
                                | Small::Filler
                        )
                    )
                })
            });
            if !small && token.text.chars().any(char::is_alphanumeric) {
                let word = self.language.stems().stem(&token.text).into_owned();
                if !kept.contains(&word) {
                    kept.push(word);
                }
            }
        }
        kept
    }

    /// A memory with who said it, and when.
    pub(super) fn quoted(&self, entry: &Entry) -> String {
        let when = words::moment(entry.changed, self.now, &self.wires.zone);
        let who = match &entry.who {
            who if keep::key(who) == keep::key(&self.grant.who) => "You told me".to_owned(),
            Who::House => "I noticed".to_owned(),
            other => format!(
                "{} told me",
                words::sentence(&other.to_string()).trim_end_matches('.')
            ),
        };
        let over = entry
            .until
            .filter(|until| *until <= self.now)
            .map(|_| " That is over.")
            .unwrap_or_default();
        let became = entry.became().map(|(device, at)| {
            let at = words::moment(at, self.now, &self.wires.zone);
            format!(
                " It is {} since {}.",
                self.name(device),
                at.trim_start_matches("at ")
            )
        });
        let became = became.unwrap_or_default();
        format!(
            "{who} {when}: “{}”{over}{became}",
            words::sentence(&entry.text)
        )
    }

    /// “The pool pump note is the plug in the shed”: what was noted is a device now.
    pub(super) async fn promote(&self, thing: &str, next: &mut Dialogue) -> Answer {
        let memory = match self.may_remember().and_then(|()| self.memory()) {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let found = match self.sought(memory, thing).await {
            Ok(found) => found,
            Err(fault) => return cannot_read(&fault),
        };
        let is_note = |entry: &Entry| matches!(entry.kind, Kind::Note | Kind::Fact);
        let mut notes: Vec<(f64, Entry)> = found
            .into_iter()
            .filter(|(share, recalled)| *share >= ENOUGH && is_note(&recalled.entry))
            .map(|(share, recalled)| (share, recalled.entry))
            .collect();
        let best = notes.first().map_or(0.0, |(share, _)| *share);
        notes.retain(|(share, _)| *share + 0.01 >= best);
        let entry = match &notes[..] {
            [(_, entry)] => entry,
            [] => {
                let text = format!(
                    "I have no note about “{thing}”, so there is nothing that could be a device now."
                );
                return Answer::of("memory.promote", text)
                    .suggesting(["What do you remember?".into()]);
            }
            _ => {
                let texts: Vec<String> = notes
                    .iter()
                    .take(TOLD)
                    .map(|(_, entry)| format!("“{}”", entry.text))
                    .collect();
                let text = format!(
                    "I have several notes of that: {}. Say which one with more of its words.",
                    words::listed(&texts, TOLD)
                );
                return Answer::of("clarify", text);
            }
        };
        let after = self
            .message
            .find(thing)
            .map_or("", |at| &self.message[at + thing.len()..]);
        let is = [" is ", " ist "]
            .into_iter()
            .find_map(|is| after.split_once(is));
        let said = is
            .map_or("", |(_, said)| said)
            .trim()
            .trim_end_matches(['.', '!']);
        let said = ["now ", "really ", "actually ", "jetzt "]
            .iter()
            .find_map(|word| said.strip_prefix(word))
            .unwrap_or(said);
        let devices = self.devices_called(said, next);
        let [device] = devices[..] else {
            let text = match devices.len() {
                0 => format!(
                    "No device is called “{said}”. Say it as I call it, or take it in first."
                ),
                _ => format!(
                    "That could be {}. Say which one.",
                    words::listed(
                        &devices.iter().map(|id| self.name(*id)).collect::<Vec<_>>(),
                        TOLD
                    )
                    .replace(" and ", " or ")
                ),
            };
            return Answer::of("memory.promote", text);
        };
        let name = self.name(device);
        let mut action = memory_action("promote", &entry.text);
        action.slug = entry.id.to_string();
        action.device = Some(device);
        if self.dry_run {
            action.outcome = Outcome::Planned;
            let mut answer = Answer::of(
                "memory.promote",
                format!("I would keep the note with {name}: “{}”", entry.text),
            );
            answer.actions.push(action);
            return answer;
        }
        let entry = match memory.promote(&entry.id.to_string(), device).await {
            Ok(entry) => entry,
            Err(fault) => {
                return Answer::of("memory.promote", format!("I could not keep that: {fault}."));
            }
        };
        next.last = vec![device];
        next.memories = vec![entry.id];
        let mut text = format!(
            "The note is part of the history of {name} now: “{}”",
            words::sentence(&entry.text)
        );
        if self.also_called(device, thing).await {
            text.push_str(&format!(" I call it “{thing}”, too."));
        }
        let mut answer = Answer::of("memory.promote", text).slot("memory", entry.id.to_string());
        answer.evidence.push(memory_row(&entry));
        answer.actions.push(action);
        answer
    }

    /// Calls a device so, too; whether it is called so now.
    async fn also_called(&self, device: DeviceId, name: &str) -> bool {
        let Some(twin) = self.snapshot.devices.get(&device) else {
            return false;
        };
        let mut aliases = twin.device.aliases.clone();
        aliases.push(name.to_owned());
        let edit = DeviceEdit {
            aliases: Change::Set(aliases),
            ..DeviceEdit::default()
        };
        let body = RequestBody::EditDevice {
            device: device.to_string().into(),
            edit,
        };
        // Another device may be called so, or who speaks may not name any.
        let request = Request::new(self.grant.clone(), body);
        self.wires.house.request(request).await.is_ok()
    }

    /// All that was noted, the newest first.
    pub(super) async fn notes(&self, next: &mut Dialogue) -> Answer {
        let memory = match self.memory() {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let mut entries = match memory.export(None).await {
            Ok(entries) => entries,
            Err(fault) => return cannot_read(&fault),
        };
        entries.retain(|entry| {
            !matches!(entry.kind, Kind::Episode | Kind::Pattern)
                && entry.until.is_none_or(|until| until > self.now)
        });
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.changed));
        if entries.is_empty() {
            return Answer::of(
                "memory.notes",
                "Nobody has told me anything to remember yet.",
            )
            .suggesting(["Remember that the stopcock is under the sink".into()]);
        }
        next.memories = entries.iter().take(TOLD).map(|entry| entry.id).collect();
        let lines: Vec<String> = entries
            .iter()
            .take(TOLD)
            .map(|entry| self.quoted(entry))
            .collect();
        let more = entries.len().saturating_sub(TOLD);
        let more = match more {
            0 => String::new(),
            more => format!(" And {more} more."),
        };
        let mut answer = Answer::of("memory.notes", format!("{}{more}", lines.join(" ")))
            .slot("count", entries.len());
        answer.evidence = entries.iter().take(20).map(memory_row).collect();
        answer
    }

    /// “What do I like?”
    pub(super) async fn likes(&self, next: &mut Dialogue) -> Answer {
        let memory = match self.memory() {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let recall = Recall {
            kind: Some(Kind::Preference),
            limit: SOUGHT,
            ..Recall::default()
        };
        let found = match memory.recall(&recall).await {
            Ok(found) => found,
            Err(fault) => return cannot_read(&fault),
        };
        if found.is_empty() {
            return Answer::of(
                "memory.likes",
                "Nobody has told me yet how they like things.",
            )
            .suggesting(["Remember that I like the bedroom at 18 degrees".into()]);
        }
        next.memories = found.iter().take(TOLD).map(|it| it.entry.id).collect();
        let lines: Vec<String> = found
            .iter()
            .take(TOLD)
            .map(|it| self.quoted(&it.entry))
            .collect();
        let mut answer = Answer::of("memory.likes", lines.join(" ")).slot("count", found.len());
        answer.evidence = found
            .iter()
            .take(20)
            .map(|it| memory_row(&it.entry))
            .collect();
        answer
    }

    /// “Forget that”, “forget the note about the stopcock”.
    pub(super) async fn forget(&self, said: Option<&str>, next: &mut Dialogue) -> Answer {
        let memory = match self.may_remember().and_then(|()| self.memory()) {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let mut meant: Vec<Entry> = Vec::new();
        let said = said.filter(|said| !self.content(said).is_empty());
        match said {
            None => {
                for id in &next.memories {
                    if let Ok(entry) = memory.get(&id.to_string()).await {
                        meant.push(entry);
                    }
                }
                if meant.is_empty() {
                    return Answer::of(
                        "memory.forget",
                        "What shall I forget? Nothing was noted in this conversation yet.",
                    )
                    .suggesting(["What do you remember?".into()]);
                }
            }
            Some(said) => {
                let found = match self.sought(memory, said).await {
                    Ok(found) => found,
                    Err(fault) => return cannot_read(&fault),
                };
                let best = found.first().map_or(0.0, |(share, _)| *share);
                meant.extend(
                    found
                        .into_iter()
                        .filter(|(share, _)| *share >= ENOUGH && *share + 0.01 >= best)
                        .map(|(_, recalled)| recalled.entry),
                );
                if meant.is_empty() {
                    return Answer::of(
                        "memory.forget",
                        format!("There is nothing to forget: I remember nothing about “{said}”."),
                    );
                }
            }
        }
        if meant.len() > 1 {
            let texts: Vec<String> = meant
                .iter()
                .take(TOLD)
                .map(|entry| format!("“{}”", entry.text))
                .collect();
            let mut answer = Answer::of(
                "clarify",
                format!(
                    "I remember {} of that: {} Which one shall I forget?",
                    meant.len(),
                    words::sentence(&words::listed(&texts, TOLD))
                ),
            )
            .suggesting(
                meant
                    .iter()
                    .take(TOLD)
                    .map(|entry| format!("Forget that {}", entry.text.trim_end_matches('.'))),
            );
            answer.evidence = meant.iter().take(TOLD).map(memory_row).collect();
            return answer;
        }
        let entry = meant.remove(0);
        let mut action = memory_action("forget", &entry.text);
        action.slug = entry.id.to_string();
        if self.dry_run {
            action.outcome = Outcome::Planned;
            let mut answer =
                Answer::of("memory.forget", format!("I would forget: “{}”", entry.text));
            answer.actions.push(action);
            return answer;
        }
        match memory
            .forget(&entry.id.to_string(), self.grant.who.clone())
            .await
        {
            Ok(entry) => {
                next.memories.clear();
                action.undo = Some(Undo::Recall(Box::new(entry.clone())));
                let mut answer =
                    Answer::of("memory.forget", format!("I forgot it: “{}”", entry.text));
                answer.actions.push(action);
                answer
            }
            Err(fault) => Answer::of(
                "memory.forget",
                format!("I could not forget that: {fault}."),
            ),
        }
    }
}

/// Something that memory did, as an action.
pub(super) fn memory_action(command: &str, text: &str) -> Action {
    Action {
        name: text.chars().take(200).collect(),
        capability: "Memory".to_owned(),
        command: command.to_owned(),
        outcome: Outcome::Reached,
        ..Action::default()
    }
}

pub(super) fn cannot_read(fault: &Fault) -> Answer {
    Answer::of(
        "memory",
        format!("I cannot read what I remember: {fault}. Nothing was changed."),
    )
}

/// The row of a memory.
pub(super) fn memory_row(entry: &Entry) -> Evidence {
    Evidence {
        kind: match entry.kind {
            Kind::Pattern => "pattern",
            _ => "memory",
        },
        device: entry.device,
        name: entry.kind.as_str().to_owned(),
        at: Some(entry.changed),
        since: entry.from,
        text: Some(entry.text.clone()),
        reference: Some(entry.id.to_string()),
        ..Evidence::default()
    }
}
