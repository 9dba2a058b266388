//! How things are said.

use crate::act::{Act, Op};
use crate::lang::{Attr, State};
use jiff::tz::TimeZone;
use model::{Path, Timestamp, Unit, Value};

/// A text of at most so many letters, cut between words.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let begin: String = text.chars().take(most.saturating_sub(1)).collect();
    let whole = begin
        .rsplit_once(' ')
        .map_or(begin.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', ' ']))
}

/// *A*, *A and B*, *A, B and C*; at most so many by name.
pub(crate) fn listed(names: &[String], most: usize) -> String {
    if names.len() > most {
        let shown = most.saturating_sub(1).max(1);
        return format!(
            "{} and {} more",
            names[..shown].join(", "),
            names.len() - shown
        );
    }
    match names {
        [] => "nothing".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A value with its unit.
pub(crate) fn with_unit(path: Path, value: &Value, own_unit: Option<&str>) -> String {
    match (value, path.property.unit) {
        (Value::Number(number), Some(Unit::Pascal)) => {
            format!("{} hPa", rounded(number / 100.0, 1))
        }
        (Value::Number(number), Some(unit)) => {
            let digits = if number.abs() >= 100.0 { 0 } else { 1 };
            let digits = if unit == Unit::KilowattHour {
                2
            } else {
                digits
            };
            match unit {
                Unit::Percent => format!("{} %", rounded(*number, 0)),
                Unit::Degree => format!("{}°", rounded(*number, 0)),
                unit => format!("{} {}", rounded(*number, digits), unit.symbol()),
            }
        }
        (Value::Number(number), None) => match own_unit {
            Some(unit) => format!("{} {unit}", rounded(*number, 1)),
            None => rounded(*number, 1),
        },
        (Value::Bool(truth), _) => truth_word(path, *truth).to_owned(),
        (Value::Text(text), _) => text.replace('_', " "),
    }
}

/// What a truth of a property is called.
pub(crate) fn truth_word(path: Path, truth: bool) -> &'static str {
    let (yes, no) = match (path.capability.name, path.property.name) {
        (_, "open") => ("open", "closed"),
        (_, "occupied") => ("occupied", "empty"),
        (_, "leak") => ("wet", "dry"),
        (_, "smoke") => ("smoke", "no smoke"),
        (_, "muted") => ("muted", "not muted"),
        (_, "home") => ("at home", "away"),
        (_, "charging" | "charging_enabled") => ("charging", "not charging"),
        (_, "battery_low") => ("low", "not low"),
        (_, "oscillating") => ("swinging", "not swinging"),
        (_, "on_off") => ("on", "off"),
        _ => ("yes", "no"),
    };
    if truth { yes } else { no }
}

pub(crate) fn rounded(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// “at 14:02”, “yesterday at 14:02”, “on 3 May at 14:02”.
pub(crate) fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned_datetime(zone.clone());
    let now = now.to_zoned_datetime(zone.clone());
    let clock = at.strftime("%H:%M");
    if at.date() == now.date() {
        format!("at {clock}")
    } else if now.date().yesterday().is_ok_and(|day| day == at.date()) {
        format!("yesterday at {clock}")
    } else if now.date().tomorrow().is_ok_and(|day| day == at.date()) {
        format!("tomorrow at {clock}")
    } else if at.year() == now.year() {
        format!("on {} at {clock}", at.strftime("%-d %B"))
    } else {
        format!("on {} at {clock}", at.strftime("%-d %B %Y"))
    }
}

/// “for 2 hours and 5 minutes”, without the “for”.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let part =
        |count: i64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => part(seconds, "second"),
        (0, 0, minutes) => part(minutes, "minute"),
        (0, hours, 0) => part(hours, "hour"),
        (0, hours, minutes) => format!("{} and {}", part(hours, "hour"), part(minutes, "minute")),
        (days, 0, _) => part(days, "day"),
        (days, hours, _) => format!("{} and {}", part(days, "day"), part(hours, "hour")),
    }
}

/// What was done: “turned on {}”.
pub(crate) fn done(op: &Op, acts: &[Act]) -> String {
    let (past, _) = verbs(op, acts);
    past
}

/// What is to be done: “turn on {}”.
pub(crate) fn todo(op: &Op, acts: &[Act]) -> String {
    let (_, plain) = verbs(op, acts);
    plain
}

fn verbs(op: &Op, acts: &[Act]) -> (String, String) {
    let both = |past: &str, plain: &str| (past.to_owned(), plain.to_owned());
    match op {
        Op::On => both("turned on {}", "turn on {}"),
        Op::Off => both("turned off {}", "turn off {}"),
        Op::Toggle => both("toggled {}", "toggle {}"),
        Op::Open => both("opened {}", "open {}"),
        Op::Close => both("closed {}", "close {}"),
        Op::Stop | Op::End => both("stopped {}", "stop {}"),
        Op::Lock => both("locked {}", "lock {}"),
        Op::Unlock => both("unlocked {}", "unlock {}"),
        Op::Play => both("started playing on {}", "start playing on {}"),
        Op::Pause => both("paused {}", "pause {}"),
        Op::Next => both(
            "went on to the next title on {}",
            "go on to the next title on {}",
        ),
        Op::Previous => both(
            "went back to the previous title on {}",
            "go back to the previous title on {}",
        ),
        Op::Mute => both("muted {}", "mute {}"),
        Op::Unmute => both("unmuted {}", "unmute {}"),
        Op::ArmHome => both("armed {} for being at home", "arm {} for being at home"),
        Op::ArmAway => both("armed {}", "arm {}"),
        Op::ArmNight => both("armed {} for the night", "arm {} for the night"),
        Op::Disarm => both("disarmed {}", "disarm {}"),
        Op::Start => both("started {}", "start {}"),
        Op::Charge => both("let {} charge", "let {} charge"),
        Op::Swing(true) => both("made {} swing", "make {} swing"),
        Op::Swing(false) => both("stopped the swinging of {}", "stop the swinging of {}"),
        Op::Water => both("opened {}", "open {}"),
        Op::Press => both("pressed {}", "press {}"),
        Op::Return => both("sent {} back", "send {} back"),
        Op::Colour(..) | Op::White(_) => {
            both("changed the colour of {}", "change the colour of {}")
        }
        Op::Set(..) | Op::Step(..) | Op::Word(_) | Op::Choice(_) | Op::Label(..) => {
            let to = to(acts);
            (format!("set {{}}{to}"), format!("set {{}}{to}"))
        }
    }
}

/// “ to 20 %”, where all get the same.
fn to(acts: &[Act]) -> String {
    let mut values: Vec<String> = Vec::new();
    for act in acts {
        let Some((argument, value)) = act.args.first() else {
            return String::new();
        };
        let capability = model::Capability::find(act.capability);
        let property = capability.and_then(|capability| {
            let named = capability
                .command(act.command)
                .and_then(|command| command.arguments.iter().find(|one| one.name == *argument))
                .map_or(*argument, |one| one.property);
            capability.property(named).map(|property| Path {
                endpoint: 1,
                capability,
                property,
            })
        });
        let text = property.map_or_else(|| value.to_string(), |path| with_unit(path, value, None));
        if !values.contains(&text) {
            values.push(text);
        }
    }
    match &values[..] {
        [one] => format!(" to {one}"),
        _ => String::new(),
    }
}

/// How a state is said: “on”, “open”.
pub(crate) const fn state(state: State) -> &'static str {
    match state {
        State::Plugged => "plugged in",
        State::Unplugged => "not plugged in",
        State::Home => "at home",
        State::Low => "low",
        State::CarbonMonoxide => "reporting carbon monoxide",
        State::Smoke => "reporting smoke",
        State::Gas => "reporting gas",
        State::Tampered => "tampered with",
        other => other.key(),
    }
}

/// How a quantity is said: “temperature”.
pub(crate) fn attr(attr: Attr) -> String {
    match attr {
        Attr::Co2 => "CO2".into(),
        Attr::Uv => "UV index".into(),
        Attr::Setpoint => "set temperature".into(),
        Attr::MaxCurrent => "charging current".into(),
        Attr::Illuminance => "light".into(),
        other => other.key().replace('_', " "),
    }
}

/// That something was refused, and why.
pub(crate) fn could_not(todo: &str, why: Option<&str>) -> String {
    let why = why.map(str::trim).filter(|why| !why.is_empty());
    format!("I could not {todo}: {}", why.unwrap_or("it was refused"))
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first: String = letters
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '!', '?', '”']) {
        ""
    } else {
        "."
    };
    format!("{first}{rest}{stop}")
}
