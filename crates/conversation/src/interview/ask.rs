//! What an interview asks next, and how. Pure.

use super::candidates::{Candidate, WORTH, What, candidates};
use super::state::{Ask, Mention, MentionState, Progress};
use super::view::{House, plain};
use super::words::{few, is_many, listed, the};

/// The most things that are taken in by one yes.
const TOGETHER: usize = 12;

/// A question, as it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The words.
    pub text: String,
    /// How it is answered: `text`, `rooms`, `room`, `things`, `confirm` or `choice`.
    pub kind: &'static str,
    /// Answers to choose from.
    pub choices: Vec<String>,
}

/// What is asked next, and its words. It is remembered as asked.
#[must_use]
pub fn ask(progress: &mut Progress, house: &House) -> Question {
    let next = next(progress, house);
    let question = question(&next, progress, house);
    progress.asked = Some(next);
    question
}

fn next(progress: &Progress, house: &House) -> Ask {
    for mention in &progress.mentions {
        if mention.state == MentionState::Connected {
            continue;
        }
        if mention.room.is_none()
            && !progress.has_passed("where", &mention.id.to_string())
            && !house.areas.is_empty()
        {
            return Ask::Where {
                mention: mention.id,
            };
        }
        let these: Vec<What> = group(mention, house)
            .into_iter()
            .map(|one| one.what)
            .collect();
        if !these.is_empty() {
            return Ask::Connect {
                mention: mention.id,
                these,
            };
        }
    }
    if progress.named.is_none() && !progress.has_passed("name", "") {
        return Ask::Name;
    }
    if progress.place.is_none() && !progress.has_passed("place", "") {
        return Ask::Place;
    }
    if !progress.has_passed("rooms", "") {
        return Ask::Rooms;
    }
    // One goes on where one stands, then through the doorways, then to what is left.
    let here = progress
        .current
        .as_deref()
        .and_then(|room| house.area(room));
    let near = here.into_iter().flat_map(|area| &area.neighbours);
    let near = near.filter_map(|id| house.area_of(*id));
    let order = here.into_iter().chain(near).chain(&house.areas);
    for area in order {
        if area.neighbours.is_empty()
            && house.areas.len() > 1
            && !progress.has_passed("doors", &area.name)
        {
            return Ask::Doors {
                room: area.name.clone(),
            };
        }
        if !progress.has_passed("things", &area.name) {
            return Ask::Things {
                room: area.name.clone(),
            };
        }
    }
    Ask::More
}

fn question(ask: &Ask, progress: &Progress, house: &House) -> Question {
    let names: Vec<String> = house.areas.iter().map(|area| area.name.clone()).collect();
    match ask {
        Ask::Name => Question {
            text: format!(
                "What do you call the house? Until now I am called {}.",
                house.name
            ),
            kind: "text",
            choices: vec!["Skip".into()],
        },
        Ask::Place => Question {
            text: if house.located {
                "Where does it stand, as you would say it to a friend? On the map I know it."
                    .to_owned()
            } else {
                "Where does it stand?".to_owned()
            },
            kind: "text",
            choices: vec!["Skip".into()],
        },
        Ask::Rooms if names.is_empty() => Question {
            text: "Which rooms are there, and what lies outside?".to_owned(),
            kind: "rooms",
            choices: [
                "Hall",
                "Kitchen",
                "Living room",
                "Bedroom",
                "Bathroom",
                "Garden",
            ]
            .map(str::to_owned)
            .to_vec(),
        },
        Ask::Rooms => Question {
            text: format!(
                "I know {} already. Which others are there, inside or outside?",
                few(&names)
            ),
            kind: "rooms",
            choices: vec!["That is all".into()],
        },
        Ask::Doors { room } => {
            let mut choices: Vec<String> = names
                .iter()
                .filter(|name| plain(name) != plain(room))
                .take(7)
                .cloned()
                .collect();
            choices.push("Skip".into());
            Question {
                text: format!("Where do the doorways of {} lead?", the(room)),
                kind: "room",
                choices,
            }
        }
        Ask::Things { room } => {
            let area = house.area(room).map(|area| area.id);
            let here: Vec<String> = house
                .devices
                .iter()
                .filter(|device| area.is_some() && device.area == area)
                .map(|device| device.name.clone())
                .collect();
            Question {
                text: if here.is_empty() {
                    format!(
                        "What is in {}: lamps, heating, blinds, something with a plug?",
                        the(room)
                    )
                } else {
                    format!(
                        "In {} I know {}. What else is there?",
                        the(room),
                        few(&here)
                    )
                },
                kind: "things",
                choices: vec!["Nothing".into(), "Done".into()],
            }
        }
        Ask::Where { mention } => {
            let text = progress
                .mentions
                .iter()
                .find(|it| it.id == *mention)
                .map_or_else(|| "it".to_owned(), |it| format!("the {}", it.text));
            let mut choices: Vec<String> = names.iter().take(7).cloned().collect();
            choices.push("Skip".into());
            Question {
                text: format!("Where is {text}?"),
                kind: "room",
                choices,
            }
        }
        Ask::Connect { mention, these } => connect_question(*mention, these, progress, house),
        Ask::More => Question {
            text: "Is there anything else that I should know: another room, a thing, a note?"
                .to_owned(),
            kind: "choice",
            choices: vec!["That is all".into()],
        },
    }
}

fn connect_question(id: u32, these: &[What], progress: &Progress, house: &House) -> Question {
    let mention = progress.mentions.iter().find(|it| it.id == id);
    let known = mention
        .map(|mention| candidates(mention, house))
        .unwrap_or_default();
    let of: Vec<&Candidate> = known
        .iter()
        .filter(|one| these.contains(&one.what))
        .collect();
    let listed_names = listed(
        &of.iter()
            .map(|one| format!("“{}”", one.name))
            .collect::<Vec<_>>(),
    );
    let sure = of.iter().map(|one| one.confidence).fold(1.0_f64, f64::min);
    let why = of.first().map(|one| listed(&one.why)).unwrap_or_default();
    let ours = these.iter().all(|what| matches!(what, What::Device(_)));
    let room = mention
        .and_then(|mention| mention.room.as_deref())
        .map(|room| {
            format!(" {} {}", if ours { "into" } else { "in," }, the(room))
                .replace("in, ", "in, in ")
        })
        .unwrap_or_else(|| {
            if ours {
                String::new()
            } else {
                " in".to_owned()
            }
        });
    let text = mention
        .map(|mention| mention.text.clone())
        .unwrap_or_default();
    let many = of.len() > 1;
    let percent = (sure * 100.0).round();
    let what = if ours {
        format!(
            "{listed_names} {} ours already. Shall I put {}{room}?",
            if many { "are" } else { "is" },
            if many { "them" } else { "it" },
        )
    } else {
        format!(
            "I found {listed_names}, and I am {percent} % sure that {} the {text}: {why}. Shall I take {}{room}?",
            if many { "they are" } else { "it is" },
            if many { "them" } else { "it" },
        )
    };
    Question {
        text: what,
        kind: "confirm",
        choices: vec!["Yes".into(), "No".into()],
    }
}

/// What is known so far, in a few sentences.
#[must_use]
pub fn summary(progress: &Progress, house: &House) -> String {
    let names: Vec<String> = house.areas.iter().map(|area| area.name.clone()).collect();
    let mut text = if names.is_empty() {
        "There is nothing on the map yet.".to_owned()
    } else {
        format!("On the map: {}.", few(&names))
    };
    let doorways = house
        .areas
        .iter()
        .map(|area| area.neighbours.len())
        .sum::<usize>()
        / 2;
    if doorways > 0 {
        text.push_str(&format!(
            " {doorways} {} between them.",
            if doorways == 1 { "doorway" } else { "doorways" }
        ));
    }
    let count = |state| {
        progress
            .mentions
            .iter()
            .filter(|it| it.state == state)
            .count()
    };
    let (connected, noted) = (count(MentionState::Connected), count(MentionState::Noted));
    if connected > 0 || noted > 0 {
        text.push_str(&format!(
            " Of what you told me {connected} {} connected and {noted} noted.",
            if connected == 1 { "is" } else { "are" }
        ));
    }
    if let Some(room) = &progress.current {
        text.push_str(&format!(" We are in {}.", the(room)));
    }
    text
}

/// What a mention may mean, to be asked about or known: as many as were mentioned.
pub(super) fn group(mention: &Mention, house: &House) -> Vec<Candidate> {
    let all = candidates(mention, house);
    let most = match mention.count {
        Some(count) => count as usize,
        None if is_many(mention) => TOGETHER,
        None => 1,
    };
    all.into_iter()
        .filter(|one| {
            one.confidence >= WORTH && one.needs.is_none() && !mention.not.contains(&one.what)
        })
        .take(most.min(TOGETHER))
        .collect()
}
