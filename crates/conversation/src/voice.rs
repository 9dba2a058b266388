//! How a personality puts an answer. Pure: what was done, what it rests on, what is asked back and every
//! figure stay as they are; only words around them change.

use crate::personality::{Humor, Personality, Style, Verbosity};
use crate::talk::{Answer, Evidence, Outcome};
use jiff::tz::TimeZone;
use model::Timestamp;

/// The most rows that are told.
const ROWS: usize = 4;

/// What kind of answer it is, for the choice of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    /// Something was done as it was wanted.
    Done,
    /// Something was refused or failed.
    Refused,
    /// Something was asked and told.
    Told,
    /// Company.
    Company,
    /// Danger, pain, worry, a question back, words that were not understood: no games.
    Grave,
}

fn tone(answer: &Answer) -> Tone {
    let failed = answer
        .actions
        .iter()
        .any(|action| matches!(action.outcome, Outcome::Refused | Outcome::TimedOut));
    if failed {
        return Tone::Refused;
    }
    let concerned = answer
        .evidence
        .iter()
        .any(|row| matches!(row.kind, "concern" | "connectivity"));
    if answer.pending.is_some() || concerned || answer.response.contains('!') {
        return Tone::Grave;
    }
    match answer.intent.name.as_str() {
        "greet" | "thanks" | "goodbye" | "small_talk" | "who" | "help" => Tone::Company,
        "feeling" => match answer
            .intent
            .slots
            .get("valence")
            .and_then(|it| it.as_f64())
        {
            Some(valence) if valence > 0.0 => Tone::Company,
            _ => Tone::Grave,
        },
        "command" | "scenario.run" | "scene.activate" | "mode.set" => {
            if !answer.actions.is_empty()
                && answer
                    .actions
                    .iter()
                    .all(|action| action.outcome == Outcome::Reached)
            {
                Tone::Done
            } else {
                Tone::Grave
            }
        }
        "clock" | "date" | "mode" => Tone::Told,
        name if name.starts_with("question") => Tone::Told,
        _ => Tone::Grave,
    }
}

/// Puts an answer into the words of a personality.
#[must_use]
pub fn speak(
    mut answer: Answer,
    personality: &Personality,
    message: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Answer {
    if *personality == Personality::default() {
        return answer;
    }
    let tone = tone(&answer);
    let brief = personality.verbosity == Verbosity::Brief;
    let mut text = std::mem::take(&mut answer.response);
    if personality.style == Style::Formal {
        for (plain, formal) in FORMAL {
            if let Some(rest) = text.strip_prefix(plain) {
                text = format!("{formal}{rest}");
                break;
            }
        }
    }
    if brief {
        text = shortened(&text, tone);
        answer.suggestions.clear();
        if let Some(pending) = &answer.pending {
            answer.suggestions.clone_from(&pending.choices);
        }
    } else {
        let before = match (personality.style, tone) {
            (Style::Warm, Tone::Done) => "Gladly. ",
            (Style::Warm, Tone::Refused) => "I am sorry. ",
            (Style::Warm, Tone::Told) => "Let me see. ",
            (Style::Formal, Tone::Done) => "Certainly. ",
            (Style::Formal, Tone::Refused) => "My apologies. ",
            (Style::Formal, Tone::Told) => "If I may: ",
            _ => "",
        };
        text.insert_str(0, before);
        if personality.style == Style::Warm && answer.intent.name == "feeling" {
            text.push_str(" Thank you for asking.");
        }
    }
    if personality.verbosity == Verbosity::Detailed {
        text.push_str(&because(&answer, now, zone));
    }
    let jokes = match personality.humor {
        Humor::None => false,
        Humor::Subtle => matches!(tone, Tone::Company),
        Humor::Playful => matches!(tone, Tone::Company | Tone::Done | Tone::Told),
    };
    if jokes && !brief {
        let said = match tone {
            Tone::Done => DONE,
            Tone::Told => TOLD,
            _ => COMPANY,
        };
        text.push(' ');
        text.push_str(said[picked(message, said.len())]);
    }
    answer.response = text;
    answer
}

/// Other beginnings for a formal house.
const FORMAL: &[(&str, &str)] = &[
    ("Hello.", "Good day."),
    ("All right,", "Very well,"),
    ("You are welcome.", "It is my pleasure."),
    ("Goodbye.", "I wish you a good time."),
];

// None of these says anything of the house that could be checked, and none holds a figure.
const DONE: &[&str] = &[
    "I would have got up for it anyway, if I could.",
    "And nobody had to leave the sofa.",
    "My favourite kind of exercise.",
];
const TOLD: &[&str] = &[
    "I looked twice.",
    "The walls have ears; the rest has sensors.",
    "Ask me something harder.",
];
const COMPANY: &[&str] = &[
    "I am not going anywhere; the foundations insist.",
    "I would offer you a seat, but you know where they are.",
    "I stand where I stand, and gladly.",
];

/// Always the same for the same message.
fn picked(message: &str, of: usize) -> usize {
    message.bytes().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    }) % of.max(1)
}

/// The same with fewer words; nothing that says something of the house is dropped.
fn shortened(text: &str, tone: Tone) -> String {
    let mut text = text;
    for opening in ["Hello. ", "Good morning. ", "Good day. "] {
        text = text.strip_prefix(opening).unwrap_or(text);
    }
    let rest = match tone {
        Tone::Done => text.strip_prefix("I "),
        _ => None,
    };
    let text = rest.unwrap_or(text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The rows that an answer rests on, in words.
fn because(answer: &Answer, now: Timestamp, zone: &TimeZone) -> String {
    let told: Vec<String> = answer
        .evidence
        .iter()
        .filter_map(|row| told(row, now, zone))
        .take(ROWS)
        .collect();
    if told.is_empty() {
        let confirmed = !answer.actions.is_empty()
            && answer
                .actions
                .iter()
                .all(|action| action.outcome == Outcome::Reached && action.device.is_some());
        return if confirmed {
            " The device itself says so.".to_owned()
        } else {
            String::new()
        };
    }
    let more = answer.evidence.len().saturating_sub(ROWS);
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    format!(" I have that from: {}{more}.", told.join("; "))
}

fn told(row: &Evidence, now: Timestamp, zone: &TimeZone) -> Option<String> {
    if let Some(text) = &row.text {
        return Some(text.trim_end_matches('.').to_owned());
    }
    let value = row.value.as_ref()?;
    let path: model::Path = row.path.as_deref()?.parse().ok()?;
    let value = crate::talk::with_unit(path, value, row.unit);
    let when = row
        .at
        .map(|at| format!(" ({})", crate::talk::moment(at, now, zone)))
        .unwrap_or_default();
    let stale = if row.stale {
        ", from before the last restart"
    } else {
        ""
    };
    Some(format!("{} {value}{when}{stale}", row.name))
}

#[cfg(test)]
mod tests {
    use super::speak;
    use crate::personality::{Humor, Personality, Proactivity, Style, Verbosity};
    use crate::talk::{Action, Answer, Evidence, Outcome};
    use jiff::tz::TimeZone;
    use model::Timestamp;

    fn answers() -> Vec<Answer> {
        let row = Evidence {
            kind: "property",
            name: "Hall thermometer".into(),
            path: Some("TemperatureMeasurement.temperature".into()),
            value: Some(21.5.into()),
            unit: Some("°C"),
            at: Some(Timestamp::from_second(1_790_000_000).unwrap()),
            ..Evidence::default()
        };
        let mut told = Answer::of("question.value", "It is 21.5 °C in the hall.");
        told.evidence = vec![row.clone(); 6];
        let action = |outcome| Action {
            device: Some(model::DeviceId::new()),
            name: "Lamp".into(),
            slug: "lamp".into(),
            capability: "OnOff".into(),
            command: "on".into(),
            outcome,
            ..Action::default()
        };
        let mut done = Answer::of("command", "I set Lamp to 40 %.");
        done.actions = vec![action(Outcome::Reached)];
        let mut refused = Answer::of("command", "I could not set Lamp to 140 %: at most 100 %.");
        refused.actions = vec![action(Outcome::Refused)];
        let mut feeling = Answer::of(
            "feeling",
            "I feel content. I sense 97 % of the house freshly.",
        )
        .slot("valence", 0.4);
        feeling.evidence = vec![Evidence {
            kind: "reason",
            name: "comfort".into(),
            text: Some("3 rooms are in their band.".into()),
            ..Evidence::default()
        }];
        let asked = Answer::of("confirm", "Shall I unlock 2 doors?")
            .asking("confirm", vec!["Yes".into(), "No".into()]);
        let hello = Answer::of("greet", "Hello. 3 lights are on.");
        vec![told, done, refused, feeling, asked, hello]
    }

    fn figures(text: &str) -> Vec<String> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map(|figure| figure.trim_matches('.').to_owned())
            .filter(|figure| !figure.is_empty())
            .collect()
    }

    fn all() -> Vec<Personality> {
        let mut all = Vec::new();
        for style in Style::ALL {
            for verbosity in Verbosity::ALL {
                for proactivity in Proactivity::ALL {
                    for humor in Humor::ALL {
                        all.push(Personality {
                            style: *style,
                            verbosity: *verbosity,
                            proactivity: *proactivity,
                            humor: *humor,
                        });
                    }
                }
            }
        }
        all
    }

    #[test]
    fn facts_are_the_same_under_every_personality() {
        let now = Timestamp::from_second(1_790_000_600).unwrap();
        for plain in answers() {
            for personality in all() {
                let spoken = speak(plain.clone(), &personality, "x", now, &TimeZone::UTC);
                assert_eq!(spoken.evidence, plain.evidence);
                assert_eq!(spoken.actions, plain.actions);
                assert_eq!(spoken.intent, plain.intent);
                assert_eq!(
                    spoken
                        .pending
                        .as_ref()
                        .map(|pending| (&pending.kind, &pending.choices)),
                    plain
                        .pending
                        .as_ref()
                        .map(|pending| (&pending.kind, &pending.choices))
                );
                let (before, after) = (figures(&plain.response), figures(&spoken.response));
                if personality.verbosity == Verbosity::Detailed {
                    assert!(
                        before.iter().all(|figure| after.contains(figure)),
                        "{personality:?}: {}",
                        spoken.response
                    );
                } else {
                    assert_eq!(before, after, "{personality:?}: {}", spoken.response);
                }
            }
        }
    }

    #[test]
    fn it_sounds_otherwise() {
        let now = Timestamp::from_second(1_790_000_600).unwrap();
        let say = |personality: Personality, which: usize| {
            speak(
                answers().swap_remove(which),
                &personality,
                "x",
                now,
                &TimeZone::UTC,
            )
            .response
        };
        let plain = Personality::default();
        let warm = Personality {
            style: Style::Warm,
            ..plain
        };
        let brief = Personality {
            verbosity: Verbosity::Brief,
            ..plain
        };
        let detailed = Personality {
            verbosity: Verbosity::Detailed,
            ..plain
        };
        let playful = Personality {
            humor: Humor::Playful,
            ..plain
        };
        assert_eq!(say(plain, 1), "I set Lamp to 40 %.");
        assert_eq!(say(warm, 1), "Gladly. I set Lamp to 40 %.");
        assert_eq!(say(brief, 1), "Set Lamp to 40 %.");
        assert!(say(detailed, 0).contains("I have that from: Hall thermometer 21.5 °C"));
        assert_ne!(say(playful, 1), say(plain, 1));
        // No jokes about what was refused, or asked back.
        assert_eq!(say(playful, 2), say(plain, 2));
        assert_eq!(say(playful, 4), say(plain, 4));
    }
}
