//! How an interview stands, for people and programs: made from what is kept of it and the house as it is
//! now. Pure.

use super::ask::{Question, ask};
use super::candidates::{Candidate, What, candidates, integration, needed};
use super::is_outside;
use super::lexicon::kind_word;
use super::state::{Interview, Mention, MentionState, Stage};
use super::view::House;
use model::{ConversationId, DiscoveryId, InterviewId, Timestamp};

/// The most recommendations.
const MOST: usize = 100;

/// How an interview stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its id.
    pub id: InterviewId,
    /// The conversation in which it is held.
    pub conversation: ConversationId,
    /// Whether it goes on.
    pub stage: Stage,
    /// What it is about now: `name`, `place`, `rooms`, `doorways`, `things`, `connect`, `review` or `done`.
    pub phase: &'static str,
    /// What it asks; nothing once it is done.
    pub question: Option<Question>,
    /// When it began, in house time.
    pub began: Timestamp,
    /// When it was last gone on with, in house time.
    pub last: Timestamp,
    /// How many messages were taken.
    pub turns: u32,
    /// How many questions were answered.
    pub answered: u32,
    /// What the house is called.
    pub name: String,
    /// Where it stands, in words.
    pub place: Option<String>,
    /// In which area one stands.
    pub current: Option<String>,
    /// The map.
    pub rooms: Vec<Place>,
    /// What was mentioned.
    pub mentions: Vec<Mentioned>,
    /// How many found things wait for a yes.
    pub found: usize,
}

/// An area on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// What it is called.
    pub name: String,
    /// Its readable name.
    pub slug: String,
    /// Whether it lies outside, as far as its name says.
    pub outside: bool,
    /// On which floor.
    pub floor: Option<String>,
    /// Where its doorways lead: slugs.
    pub doorways: Vec<String>,
    /// How many devices stand there.
    pub devices: usize,
}

/// A mention, and what it may mean now.
#[derive(Debug, Clone, PartialEq)]
pub struct Mentioned {
    /// It.
    pub mention: Mention,
    /// What it may mean, the surest first; nothing where it is connected.
    pub candidates: Vec<Candidate>,
    /// What it takes to connect it; nothing where nothing is needed.
    pub needs: Option<String>,
}

/// What should be done next about a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// What it is about.
    pub title: String,
    /// The mention, by its number.
    pub mention: Option<u32>,
    /// The found thing.
    pub discovery: Option<DiscoveryId>,
    /// Of which maker or family.
    pub maker: Option<String>,
    /// What it is.
    pub kind: &'static str,
    /// In which area.
    pub room: Option<String>,
    /// By which way it comes to the house.
    pub integration: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// What speaks for it, for people.
    pub why: Vec<String>,
    /// What to do.
    pub text: String,
    /// What is needed first; nothing where a yes is enough.
    pub needs: Option<String>,
}

/// How an interview stands.
#[must_use]
pub fn standing(interview: &Interview, house: &House) -> Standing {
    let mut progress = interview.progress.clone();
    let question = (interview.stage != Stage::Done).then(|| ask(&mut progress, house));
    let phase = match (&interview.stage, &progress.asked) {
        (Stage::Done, _) | (_, None) => "done",
        (_, Some(asked)) => asked.phase(),
    };
    let rooms = house.areas.iter().map(|area| Place {
        name: area.name.clone(),
        slug: area.slug.clone(),
        outside: is_outside(&area.name),
        floor: area.floor.clone(),
        doorways: area
            .neighbours
            .iter()
            .filter_map(|id| house.area_of(*id))
            .map(|area| area.slug.clone())
            .collect(),
        devices: house
            .devices
            .iter()
            .filter(|device| device.area == Some(area.id))
            .count(),
    });
    let mentions = progress.mentions.iter().map(|mention| {
        if mention.state == MentionState::Connected {
            return Mentioned {
                mention: mention.clone(),
                candidates: Vec::new(),
                needs: None,
            };
        }
        let candidates = candidates(mention, house);
        let ready = candidates.iter().any(|one| one.needs.is_none());
        Mentioned {
            mention: mention.clone(),
            needs: (!ready).then(|| needed(mention.maker.as_deref(), house)),
            candidates,
        }
    });
    Standing {
        id: interview.id,
        conversation: interview.conversation,
        stage: interview.stage,
        phase,
        question,
        began: interview.began,
        last: interview.last,
        turns: progress.turns,
        answered: progress.answered,
        name: house.name.clone(),
        place: progress.place.clone(),
        current: progress.current.clone(),
        rooms: rooms.collect(),
        mentions: mentions.collect(),
        found: house.found.len(),
    }
}

/// What should be done next about what was mentioned and what was found, the surest first.
#[must_use]
pub fn recommendations(interview: &Interview, house: &House) -> Vec<Recommendation> {
    let mut all = Vec::new();
    let mut covered: Vec<DiscoveryId> = Vec::new();
    for mention in &interview.progress.mentions {
        if mention.state == MentionState::Connected {
            continue;
        }
        let found = candidates(mention, house);
        let best = found.iter().find(|one| !mention.not.contains(&one.what));
        let of = |confidence, why, text, needs, discovery| Recommendation {
            title: mention.text.clone(),
            mention: Some(mention.id),
            discovery,
            maker: mention.maker.clone(),
            kind: mention.kind.as_str(),
            room: mention.room.clone(),
            integration: integration(mention.maker.as_deref(), house),
            confidence,
            why,
            text,
            needs,
        };
        match best {
            Some(best) => {
                let discovery = match best.what {
                    What::Found(id) => Some(id),
                    What::Device(_) => None,
                };
                covered.extend(discovery);
                let text = match (best.what, &best.needs) {
                    (What::Device(_), _) => format!("“{}” is ours; say where it stands", best.name),
                    (_, None) => format!("Take “{}” in", best.name),
                    (_, Some(_)) => format!("Connect “{}”", best.name),
                };
                all.push(of(
                    best.confidence,
                    best.why.clone(),
                    text,
                    best.needs.clone(),
                    discovery,
                ));
            }
            None => {
                let needs = needed(mention.maker.as_deref(), house);
                let sure = if mention.maker.is_some() { 0.9 } else { 0.4 };
                let why = match &mention.maker {
                    Some(maker) => vec![
                        format!("you named {maker}"),
                        "nothing like it was found".to_owned(),
                    ],
                    None => vec!["nothing like it was found, and no maker was named".to_owned()],
                };
                let text = format!("Connect the {}", mention.text);
                all.push(of(mention.confidence * sure, why, text, Some(needs), None));
            }
        }
    }
    for thing in &house.found {
        if covered.contains(&thing.id) || !thing.reports {
            continue;
        }
        let made = if thing.made.is_empty() {
            String::new()
        } else {
            format!(", made by {}", thing.made)
        };
        all.push(Recommendation {
            title: thing.name.clone(),
            mention: None,
            discovery: Some(thing.id),
            maker: None,
            kind: thing.kind.as_str(),
            room: thing.hint.clone(),
            integration: thing.driver.clone(),
            confidence: thing.kind_sure.max(thing.made_sure).min(0.99),
            why: vec![format!(
                "{} found a {}{made}",
                thing.driver,
                kind_word(thing.kind)
            )],
            text: format!("Take “{}” in", thing.name),
            needs: None,
        });
    }
    all.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    all.truncate(MOST);
    all
}
