//! What the past comes to in figures: what was used, what is usual, what was learned.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use super::memory::{cannot_read, memory_row};
use crate::understand::Dialogue;
use jiff::{ToSpan as _, civil::Date};
use mind::insights::{Counts, Datum, Figure, Topic, counts};

/// Patterns that are told by name.
const TOLD: usize = 5;

/// Days of which it is told, at most.
const MOST: i32 = 62;

/// Rows that an answer carries along.
const ROWS: usize = 20;

/// Some days, by the calendar of the house.
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) last: Date,
    /// “Yesterday”, as it begins a sentence.
    pub(super) word: String,
}

impl Turn<'_> {
    fn today(&self) -> Date {
        self.wires.zone.to_datetime(self.now).date()
    }

    /// Of which days a message asks; today where it does not say.
    pub(super) fn days(&self) -> Days {
        let today = self.today();
        let said = self.language.forms().folded(self.message);
        let says = |key: &str| self.language.periods().within(key, &said);
        let back = |days: i32| today.checked_sub(days.days()).unwrap_or(today);
        let monday = back(i32::from(today.weekday().to_monday_zero_offset()));
        let of = |first, last, word: &str| Days {
            first,
            last,
            word: word.to_owned(),
        };
        let before = |date: Date| date.yesterday().unwrap_or(date);
        if says("last_month") {
            let last = before(today.first_of_month());
            of(last.first_of_month(), last, "Last month")
        } else if says("this_month") {
            of(today.first_of_month(), today, "This month so far")
        } else if says("last_week") {
            let last = before(monday);
            of(
                last.checked_sub(6.days()).unwrap_or(last),
                last,
                "Last week",
            )
        } else if says("this_week") {
            of(monday, today, "This week so far")
        } else if says("before_yesterday") {
            of(back(2), back(2), "The day before yesterday")
        } else if says("yesterday") {
            of(back(1), back(1), "Yesterday")
        } else {
            of(today, today, "Today so far")
        }
    }

    /// What each day's energy came to, as far back as the days are meant; in words why that cannot be said.
    async fn energy_of(&self, days: &Days) -> Result<Vec<Figure>, String> {
        let Some(insights) = &self.wires.insights else {
            return Err("I don't know: I keep no figures of the past here.".to_owned());
        };
        let back = self
            .today()
            .since(days.first)
            .map_or(0, |span| span.get_days());
        if back > MOST {
            return Err(format!("I look back {MOST} days at most."));
        }
        let asked = u32::try_from(back).unwrap_or(0) + 1;
        let insight = insights
            .ask(Topic::Energy, asked)
            .await
            .map_err(|error| format!("I cannot read what was recorded: {error}."))?;
        let within = |figure: &Figure| {
            let meant = |day| day >= days.first && day <= days.last;
            figure.name == "energy_by_day" && figure.day.is_some_and(meant)
        };
        Ok(insight.figures.into_iter().filter(within).collect())
    }

    /// “How much did the oven use this week?”
    pub(super) async fn used_by(&self, said: &str, next: &mut Dialogue) -> Answer {
        let Some(id) = self.device_in(said) else {
            return if said.ends_with("house") {
                self.used().await
            } else {
                Answer::of(
                    "insights.used",
                    format!("I don't know: no device is called “{said}”."),
                )
            };
        };
        next.last = vec![id];
        let (days, name) = (self.days(), self.name(id));
        let mut figures = match self.energy_of(&days).await {
            Ok(figures) => figures,
            Err(why) => return Answer::of("insights.used", why),
        };
        figures.retain(|figure| figure.device == Some(id));
        let known: Vec<f64> = figures.iter().filter_map(number).collect();
        let text = if known.is_empty() {
            format!("I don't know: nothing that says what {name} used was recorded.")
        } else {
            let total = words::rounded(known.iter().sum(), 2);
            format!("{} {name} used {total} kWh.", days.word)
        };
        let mut answer = Answer::of("insights.used", text);
        answer.evidence = figures
            .iter()
            .take(ROWS)
            .map(|figure| self.figure_row(figure))
            .collect();
        answer
    }

    /// “How much energy did we use yesterday?”
    pub(super) async fn used(&self) -> Answer {
        let days = self.days();
        let figures = match self.energy_of(&days).await {
            Ok(figures) => figures,
            Err(why) => return Answer::of("insights.used", why),
        };
        let of_days: Vec<&Figure> = figures.iter().collect();
        let is_meter = |figure: &&&Figure| {
            figure
                .device
                .and_then(|id| self.snapshot.devices.get(&id))
                .is_some_and(|twin| counts(&twin.device) == Counts::House)
        };
        let itself = |figure: &&&Figure| {
            figure
                .device
                .and_then(|id| self.snapshot.devices.get(&id))
                .is_some_and(|twin| counts(&twin.device) == Counts::Itself)
        };
        let meters: Vec<&Figure> = of_days.iter().filter(is_meter).copied().collect();
        let single: Vec<&Figure> = of_days.iter().filter(itself).copied().collect();
        let counted = if meters.is_empty() { &single } else { &meters };
        let known: Vec<&Figure> = counted
            .iter()
            .filter(|figure| number(figure).is_some())
            .copied()
            .collect();
        if known.is_empty() {
            let mut answer = Answer::of(
                "insights.used",
                format!(
                    "I don't know: {} nothing that says what it uses was recorded.",
                    days.word.trim_end_matches(" so far").to_lowercase()
                ),
            );
            answer.evidence = counted
                .iter()
                .take(ROWS)
                .map(|it| self.figure_row(it))
                .collect();
            return answer;
        }
        let total: f64 = known.iter().filter_map(|figure| number(figure)).sum();
        let mut text = if meters.is_empty() {
            format!(
                "{} the devices that say so used {} kWh; there is no meter of the whole house.",
                days.word,
                words::rounded(total, 2)
            )
        } else {
            // What panels and batteries gave besides is not in it.
            let mut names: Vec<String> = known
                .iter()
                .filter_map(|figure| Some(self.name(figure.device?)))
                .collect();
            names.dedup();
            format!(
                "{} {} counted {} kWh drawn by the house.",
                days.word,
                words::listed(&names, 3),
                words::rounded(total, 2)
            )
        };
        // One whole day can be held against what is usual.
        let whole = days.first == days.last && days.last < self.today();
        let usual: Option<f64> = known.iter().map(|figure| figure.usual).sum();
        if let Some(usual) = usual.filter(|usual| whole && *usual > 0.0) {
            text.push_str(&format!(" Usual is {} kWh.", words::rounded(usual, 2)));
        }
        let short = known
            .iter()
            .filter_map(|figure| figure.known)
            .fold(1.0_f64, f64::min);
        if short < 0.9 && days.last < self.today() {
            text.push_str(&format!(
                " But only {} % of that time was recorded.",
                words::rounded(short * 100.0, 0)
            ));
        }
        let mut sums: Vec<(String, f64)> = Vec::new();
        for figure in &single {
            let (Some(id), Some(kwh)) = (figure.device, number(figure)) else {
                continue;
            };
            let name = self.name(id);
            match sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += kwh,
                None => sums.push((name, kwh)),
            }
        }
        sums.sort_by(|left, right| right.1.total_cmp(&left.1));
        if let Some((name, kwh)) = sums.first().filter(|(_, kwh)| *kwh >= 0.01) {
            text.push_str(&format!(
                " Of the single devices {name} used the most: {} kWh.",
                words::rounded(*kwh, 2)
            ));
        }
        let mut answer = Answer::of("insights.used", text)
            .slot("kwh", (total * 100.0).round() / 100.0)
            .slot("from", days.first.to_string())
            .slot("to", days.last.to_string())
            .suggesting(["What uses the most power right now?".into()]);
        let mut rows: Vec<&Figure> = known;
        if !meters.is_empty() {
            let mut rest: Vec<&Figure> = of_days
                .iter()
                .filter(|figure| itself(figure) && number(figure).is_some())
                .copied()
                .collect();
            rest.sort_by(|left, right| {
                number(right)
                    .partial_cmp(&number(left))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            rows.extend(rest);
        }
        answer.evidence = rows
            .into_iter()
            .take(ROWS)
            .map(|it| self.figure_row(it))
            .collect();
        answer
    }

    /// “Any insights on comfort?”
    pub(super) async fn insights(&self) -> Answer {
        let Some(insights) = &self.wires.insights else {
            return Answer::of(
                "insights",
                "I don't know: I keep no figures of the past here.",
            );
        };
        let said = self.language.forms().folded(self.message);
        let asked: Vec<Topic> = Topic::ALL
            .iter()
            .filter(|topic| self.language.subjects().within(topic.as_str(), &said))
            .copied()
            .collect();
        let asked = if asked.is_empty() {
            Topic::ALL.to_vec()
        } else {
            asked
        };
        let mut parts: Vec<String> = Vec::new();
        let mut evidence: Vec<Evidence> = Vec::new();
        for topic in &asked {
            match insights.ask(*topic, mind::insights::DAYS).await {
                Ok(insight) => {
                    parts.extend(insight.summary.iter().map(|line| words::sentence(line)));
                    let telling = |figure: &&Figure| figure.value.is_some() && figure.day.is_none();
                    let mut figures: Vec<&Figure> =
                        insight.figures.iter().filter(telling).collect();
                    // What the first sentence says stands first.
                    figures.sort_by_key(|figure| figure.device.is_some());
                    evidence.extend(
                        figures
                            .into_iter()
                            .take(ROWS / asked.len())
                            .map(|figure| self.figure_row(figure)),
                    );
                }
                Err(error) => parts.push(format!("I cannot read what was recorded: {error}.")),
            }
        }
        let text = if parts.is_empty() {
            "I have not recorded enough yet to say anything about that.".to_owned()
        } else {
            parts.join(" ")
        };
        let topics: Vec<&str> = asked.iter().map(|topic| topic.as_str()).collect();
        let mut answer = Answer::of("insights", text).slot("topics", topics);
        answer.evidence = evidence;
        answer
    }

    /// “How can we save energy?”: what draws power when nobody needs it, and what uses the most.
    pub(super) async fn saving(&self) -> Answer {
        let Some(insights) = &self.wires.insights else {
            return Answer::of(
                "insights.saving",
                "I don't know: I keep no figures of the past here.",
            );
        };
        let insight = match insights.ask(Topic::Energy, mind::insights::DAYS).await {
            Ok(insight) => insight,
            Err(error) => {
                return Answer::of(
                    "insights.saving",
                    format!("I cannot read what was recorded: {error}."),
                );
            }
        };
        let single = |name: &str, least: f64| -> Vec<&Figure> {
            let mut found: Vec<&Figure> = insight
                .figures
                .iter()
                .filter(|figure| figure.name == name)
                .filter(|figure| number(figure).is_some_and(|number| number >= least))
                .filter(|figure| {
                    figure
                        .device
                        .and_then(|id| self.snapshot.devices.get(&id))
                        .is_some_and(|twin| counts(&twin.device) == Counts::Itself)
                })
                .collect();
            found.sort_by(|left, right| {
                number(right)
                    .partial_cmp(&number(left))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            found.truncate(3);
            found
        };
        let most = single("energy", 0.1);
        let idle = single("standby", 2.0);
        let listed = |figures: &[&Figure], digits: usize| {
            let all: Vec<String> = figures
                .iter()
                .filter_map(|figure| {
                    Some(format!(
                        "{} ({} {})",
                        self.name(figure.device?),
                        words::rounded(number(figure)?, digits),
                        figure.unit
                    ))
                })
                .collect();
            words::listed(&all, 3)
        };
        let mut parts: Vec<String> = Vec::new();
        if !most.is_empty() {
            parts.push(format!(
                "In the last seven days these used the most: {}.",
                listed(&most, 1)
            ));
        }
        if !idle.is_empty() {
            parts.push(format!(
                "At night, when hardly anything is needed, these still draw power: {}.",
                listed(&idle, 0)
            ));
        }
        let lights = self.so(crate::lang::State::On, |thing| {
            thing.is(crate::lang::Noun::Light)
        });
        let mut answer = if parts.is_empty() {
            Answer::of(
                "insights.saving",
                "I have not recorded enough yet to say where energy could be saved.",
            )
        } else {
            parts.push("What is less used there saves the most.".to_owned());
            Answer::of("insights.saving", parts.join(" "))
        };
        if !lights.is_empty() && self.at_home().is_empty() && !self.snapshot.people.is_empty() {
            answer.response.push_str(&format!(
                " And nobody is at home, but {} still on.",
                if lights.len() == 1 {
                    "one light is".to_owned()
                } else {
                    format!("{} lights are", lights.len())
                }
            ));
            answer.suggestions.push("Turn off all lights".into());
        }
        answer.evidence = most
            .iter()
            .chain(&idle)
            .map(|it| self.figure_row(it))
            .collect();
        answer
    }

    /// “What do you need?”: what the mind says would make it feel better.
    pub(super) fn wanted(&self) -> Answer {
        let Some(mind) = &self.wires.mind else {
            return Answer::of("wanted", "I don't know: I have no feelings running here.");
        };
        let view = mind.view();
        if view.better.is_empty() {
            return Answer::of(
                "wanted",
                format!(
                    "Nothing: I feel {}, and I see nothing that you could do for me.",
                    view.feeling.label.as_str()
                ),
            );
        }
        let lines: Vec<String> = view
            .better
            .iter()
            .take(3)
            .map(|line| words::sentence(line))
            .collect();
        let mut answer = Answer::of("wanted", format!("This would help: {}", lines.join(" ")))
            .slot("count", view.better.len());
        answer.evidence = view
            .concerns
            .iter()
            .filter(|concern| self.worries(concern))
            .take(10)
            .map(super::matters::concern_row)
            .collect();
        answer
    }

    /// “What did you learn?”: patterns, and how often they came true.
    pub(super) async fn learned(&self, next: &mut crate::understand::Dialogue) -> Answer {
        let memory = match self.memory() {
            Ok(memory) => memory,
            Err(answer) => return *answer,
        };
        let patterns = match memory.patterns().await {
            Ok(patterns) => patterns,
            Err(fault) => return cannot_read(&fault),
        };
        next.memories = patterns.iter().take(TOLD).map(|entry| entry.id).collect();
        let mut text = if patterns.is_empty() {
            "No habits yet: I call something a habit when I saw it on at least five days, more often than not.".to_owned()
        } else {
            let lines: Vec<String> = patterns
                .iter()
                .take(TOLD)
                .map(|entry| {
                    format!(
                        "{} ({} % sure).",
                        words::sentence(&entry.text).trim_end_matches('.'),
                        words::rounded(entry.confidence * 100.0, 0)
                    )
                })
                .collect();
            let count = match patterns.len() {
                1 => "One habit".to_owned(),
                count => format!("{count} habits"),
            };
            let more = if patterns.len() > TOLD {
                ", the surest first"
            } else {
                ""
            };
            format!("{count}{more}: {}", lines.join(" "))
        };
        if let Ok(models) = memory.accuracy(28).await
            && let Some(model) = models.iter().find(|model| model.accuracy.is_some())
            && let Some(accuracy) = model.accuracy
        {
            text.push_str(&format!(
                " What I foresaw by them in the last four weeks came {} of {} times ({} %).",
                model.hits,
                model.hits + model.misses,
                words::rounded(accuracy * 100.0, 0)
            ));
        }
        let mut answer = Answer::of("learned", text).slot("count", patterns.len());
        answer.evidence = patterns.iter().take(ROWS).map(memory_row).collect();
        answer
    }

    /// A figure as a row: with the request that shows what is behind it.
    fn figure_row(&self, figure: &Figure) -> Evidence {
        let name = figure
            .device
            .map(|id| self.name(id))
            .or_else(|| {
                let area = figure.area?;
                Some(self.snapshot.areas.get(&area)?.name.clone())
            })
            .unwrap_or_else(|| "House".to_owned());
        let at = figure.day.and_then(|day| {
            let zoned = day
                .to_datetime(jiff::civil::Time::midnight())
                .to_zoned_datetime(self.wires.zone.clone())
                .ok()?;
            Some(zoned.timestamp())
        });
        let about = figure.name.replace('_', " ");
        Evidence {
            kind: "figure",
            device: figure.device,
            name,
            value: match &figure.value {
                Some(Datum::Number(number)) => Some((*number).into()),
                Some(Datum::Truth(truth)) => Some((*truth).into()),
                Some(Datum::Word(word)) => Some(word.as_str().into()),
                Some(Datum::Time(at)) => Some(at.to_string().as_str().into()),
                None => None,
            },
            unit: (!figure.unit.is_empty()).then_some(figure.unit),
            at,
            text: Some(match figure.day {
                Some(day) => format!("{about}, {day}: {}", figure.note),
                None if figure.note.is_empty() => about,
                None => format!("{about}: {}", figure.note),
            }),
            reference: Some(figure.rows.clone()),
            ..Evidence::default()
        }
    }
}

const fn number(figure: &Figure) -> Option<f64> {
    match figure.value {
        Some(Datum::Number(number)) => Some(number),
        _ => None,
    }
}
