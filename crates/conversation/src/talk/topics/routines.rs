//! Rules that are there, as people speak of them: what each does, off and on again, and gone.

use super::super::answer::{Action, Answer, Evidence, Outcome, Undo};
use super::super::{Turn, rules, words};
use crate::lang::Tag;
use crate::text::folded;
use crate::understand::{Dialogue, Pending};
use automation::document::{Document, ScenarioSlug, to_json};
use automation::run::Listed;
use model::{Cause, Right};

/// Rules that are offered where it is not clear which is meant.
const OFFERED: usize = 5;

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Off,
    On,
    Gone,
}

impl Fate {
    const fn verb(self) -> &'static str {
        match self {
            Self::Off => "switch off",
            Self::On => "switch on",
            Self::Gone => "delete",
        }
    }
}

/// Whether each word is the beginning of one in a text, or the other way round: “lights” finds “light”.
fn all_in(said: &[String], text: &str) -> bool {
    let text = folded(text);
    let all: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    said.iter().all(|word| {
        let alike = |one: &&str| {
            !one.is_empty()
                && (one.starts_with(word.as_str()) || (one.len() > 3 && word.starts_with(*one)))
        };
        all.iter().any(alike)
    })
}

impl Turn<'_> {
    /// Whether a word only holds a sentence together.
    fn is_small(&self, word: &str) -> bool {
        let mut meanings = self.language.meanings(word).iter();
        meanings.any(|meaning| matches!(meaning, Tag::Small(_)))
    }

    /// The rule that is meant, or a question which.
    fn rule_meant(&self, said: Option<&str>, fate: Option<Fate>) -> Result<Listed, Box<Answer>> {
        let view = self.wires.automation.view();
        let all = view.scenarios.iter();
        let all: Vec<&Listed> = all
            .filter(|listed| !rules::is_once(&listed.document))
            .collect();
        let words: Vec<String> = said
            .map(folded)
            .unwrap_or_default()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !self.is_small(word))
            .map(str::to_owned)
            .collect();
        let called = said.map(folded);
        let exact = all
            .iter()
            .filter(|it| Some(folded(&it.document.name)) == called);
        let mut found: Vec<&Listed> = exact.copied().collect();
        if found.is_empty() && words.is_empty() {
            // “That rule” is the one that was made in this conversation, or the only one.
            let made = self
                .done
                .iter()
                .rev()
                .find(|action| action.capability == "Scenario" && action.command == "put");
            found = match made {
                Some(made) => all
                    .iter()
                    .filter(|it| it.document.slug.as_str() == made.slug)
                    .copied()
                    .collect(),
                None => all.iter().filter(|it| !it.shipped).copied().collect(),
            };
        }
        if found.is_empty() {
            let speaks = |listed: &&&Listed| {
                let document = &listed.document;
                let sentence = self.by_name(&automation::sentence::sentence(document));
                all_in(
                    &words,
                    &format!("{} {sentence} {}", document.name, document.description),
                )
            };
            found = all
                .iter()
                .filter(|_| !words.is_empty())
                .filter(speaks)
                .copied()
                .collect();
        }
        match found[..] {
            [one] => Ok(one.clone()),
            [] => {
                let text = match said {
                    Some(said) => format!(
                        "I know no rule that is called “{said}” or speaks of it, so I changed nothing."
                    ),
                    None => "There is no rule that somebody here made.".to_owned(),
                };
                Err(Box::new(
                    Answer::of("unknown_name", text).suggesting(["Which rules are there?".into()]),
                ))
            }
            _ => {
                let names = found.iter().take(OFFERED);
                let names: Vec<String> =
                    names.map(|it| format!("“{}”", it.document.name)).collect();
                let shown = words::listed(&names, OFFERED).replace(" and ", " or ");
                let verb = fate.map_or("tell me about", Fate::verb);
                let sentences = names.iter().map(|name| format!("{verb} the rule {name}"));
                Err(Box::new(
                    Answer::of("clarify", format!("Which rule do you mean: {shown}?")).suggesting(
                        sentences.map(|one| words::sentence(&one).trim_end_matches('.').to_owned()),
                    ),
                ))
            }
        }
    }

    /// “What does the morning rule do?”
    pub(super) fn rule_told(&self, said: Option<&str>) -> Answer {
        let listed = match self.rule_meant(said, None) {
            Ok(listed) => listed,
            Err(answer) => return *answer,
        };
        let document = &listed.document;
        let sentence = self.by_name(&automation::sentence::sentence(document));
        let state = if document.enabled {
            ""
        } else {
            " It is switched off."
        };
        let ran = match listed.last_run {
            Some(at) => format!(
                " It last ran {}.",
                words::moment(at, self.now, &self.wires.zone)
            ),
            None => " It has not run yet.".to_owned(),
        };
        let wrong: Vec<String> = listed
            .problems
            .iter()
            .take(3)
            .map(|it| format!(" {}", words::sentence(it)))
            .collect();
        let text = format!(
            "“{}”: {sentence}{state}{ran}{}",
            document.name,
            wrong.concat()
        );
        let mut answer = Answer::of("rule.told", text).slot("scenario", document.slug.as_str());
        answer.evidence.push(row(document));
        answer
    }

    /// “Switch the morning rule off”, “delete the rule about the hall”: the last only after a yes.
    pub(super) async fn rule_fate(
        &self,
        fate: Fate,
        said: Option<&str>,
        next: &mut Dialogue,
    ) -> Answer {
        let listed = match self.rule_meant(said, Some(fate)) {
            Ok(listed) => listed,
            Err(answer) => return *answer,
        };
        let (name, slug) = (&listed.document.name, &listed.document.slug);
        if !self.grant.covers(Right::ManageHouse, None) {
            return self.may_not();
        }
        match fate {
            Fate::Gone if listed.shipped => {
                let text = format!(
                    "“{name}” came with the house and cannot be deleted; I can switch it off."
                );
                Answer::of("rule.fate", text).suggesting([format!("Switch off the rule “{name}”")])
            }
            Fate::Gone => {
                next.pending = Some(Pending::DropRule(slug.as_str().to_owned()));
                Answer::of("rule.fate", format!("Shall I delete the rule “{name}”?"))
                    .slot("scenario", slug.as_str())
                    .asking("confirm", vec!["Yes".into(), "No".into()])
            }
            Fate::On | Fate::Off => {
                let on = fate == Fate::On;
                let word = if on { "on" } else { "off" };
                if listed.document.enabled == on {
                    let text = format!("The rule “{name}” is {word} already.");
                    return Answer::of("rule.fate", text).slot("scenario", slug.as_str());
                }
                if self.dry_run {
                    return Answer::of(
                        "rule.fate",
                        format!("I would switch {word} the rule “{name}”."),
                    );
                }
                let mut document = (*listed.document).clone();
                document.enabled = on;
                let cause = Cause::first(self.grant.who.clone());
                match self
                    .wires
                    .automation
                    .put(document, Some(listed.version), cause)
                    .await
                {
                    Ok(version) => self.rule_changed(
                        format!("I switched {word} the rule “{name}”."),
                        &listed,
                        Some(version),
                    ),
                    Err(error) => Answer::of(
                        "rule.fate",
                        format!("I could not switch {word} the rule “{name}”: {error}."),
                    ),
                }
            }
        }
    }

    /// A yes to that a rule shall be gone.
    pub(in super::super) async fn drop_rule(&self, slug: &str) -> Answer {
        let view = self.wires.automation.view();
        let listed = view
            .scenarios
            .iter()
            .find(|it| it.document.slug.as_str() == slug);
        let (Some(listed), Some(slug)) = (listed, ScenarioSlug::parse(slug)) else {
            return Answer::of("rule.fate", "That rule is gone already.");
        };
        let name = &listed.document.name;
        if self.dry_run {
            return Answer::of("rule.fate", format!("I would delete the rule “{name}”."));
        }
        if !self.grant.covers(Right::ManageHouse, None) {
            return self.may_not();
        }
        let cause = Cause::first(self.grant.who.clone());
        match self.wires.automation.remove(slug, cause).await {
            Ok(()) => self.rule_changed(format!("I deleted the rule “{name}”."), listed, None),
            Err(error) => Answer::of(
                "rule.fate",
                format!("I could not delete the rule “{name}”: {error}."),
            ),
        }
    }

    fn may_not(&self) -> Answer {
        let who = &self.grant.who;
        let text = format!("{who} may not change rules; ask the owner of the house.");
        Answer::of("rule.fate", text)
    }

    /// “Delete all rules”: no word takes so much away at once; what there is, and where each is deleted.
    pub(super) fn rules_stay(&self) -> Answer {
        let view = self.wires.automation.view();
        let all = view.scenarios.iter();
        let all: Vec<&Listed> = all
            .filter(|listed| !rules::is_once(&listed.document))
            .collect();
        let names: Vec<String> = all
            .iter()
            .map(|listed| format!("“{}”", listed.document.name))
            .collect();
        let text = match names.len() {
            0 => "There is no rule and no scenario to delete.".to_owned(),
            count => format!(
                "I don't delete all of them at one word, and I changed nothing. There {} {count}: {}. Each is switched off or deleted by itself on the page, under Automation.",
                if count == 1 { "is" } else { "are" },
                words::listed(&names, 8)
            ),
        };
        let mut answer = Answer::of("rules.kept", text).slot("count", names.len());
        answer.evidence = all.iter().take(20).map(|it| row(&it.document)).collect();
        answer.suggesting(["Which rules are active?".into()])
    }

    /// What is said of a rule that is changed to a version, or deleted, and how that is taken back.
    fn rule_changed(&self, text: String, was: &Listed, version: Option<u32>) -> Answer {
        let slug = was.document.slug.as_str();
        let mut answer = Answer::of("rule.fate", text).slot("scenario", slug);
        answer.actions.push(Action {
            name: was.document.name.clone(),
            slug: slug.to_owned(),
            capability: "Scenario".into(),
            command: version.map_or("remove", |_| "put").into(),
            outcome: Outcome::Reached,
            undo: Some(Undo::Put {
                document: to_json(&was.document),
                version,
            }),
            ..Action::default()
        });
        answer.evidence.push(row(&was.document));
        answer
    }
}

fn row(document: &Document) -> Evidence {
    Evidence {
        kind: "rule",
        name: document.name.clone(),
        reference: Some(document.slug.as_str().to_owned()),
        text: Some(automation::sentence::sentence(document)),
        ..Evidence::default()
    }
}
