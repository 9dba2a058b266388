//! The one table of factors: what the house feels by, in which units, how strongly and for how long.

/// The valence of a house of which nothing is known.
pub const BASELINE: f64 = 0.0;

/// The arousal of a house in which nothing happens.
pub const REST: f64 = 0.1;

/// How much of a factor one piece of evidence at full strength takes; each further one takes the same
/// share of what is left, so that no amount of it goes past the whole.
pub const FIRST: f64 = 0.7;

/// What a formula reads, in its unit.
pub mod limit {
    /// Between these temperatures a room is fully comfortable, in °C.
    pub const COMFORT: (f64, f64) = (19.0, 25.0);
    /// So far outside of a room's band it is fully uncomfortable, in K; half-way there it is neither.
    pub const DISCOMFORT: f64 = 6.0;
    /// What a room's thermometer can show, in °C; everything else is no reading of a room.
    pub const ROOM: (f64, f64) = (-40.0, 60.0);
    /// Up to this much carbon dioxide the air is fully fresh, in ppm.
    pub const FRESH: f64 = 900.0;
    /// From this much on it is fully stale, in ppm.
    pub const STALE: f64 = 2_100.0;
    /// What air can hold, in ppm; everything else is no reading of air.
    pub const AIR: (f64, f64) = (200.0, 40_000.0);
    /// Up to this draw of one meter nothing is felt, in W.
    pub const DRAW: f64 = 4_000.0;
    /// From this draw on it is felt in full, in W.
    pub const DRAW_FULL: f64 = 12_000.0;
    /// What a meter can show, in W.
    pub const METER: (f64, f64) = (-1_000_000.0, 1_000_000.0);
}

/// For how long evidence counts, in seconds.
pub mod lasting {
    /// A measurement counts in full.
    pub const MEASURED_FULL: f64 = 3_600.0;
    /// A measurement no longer counts.
    pub const MEASURED: f64 = 4.0 * 3_600.0;
    /// That a device answers counts in full.
    pub const ONLINE_FULL: f64 = 24.0 * 3_600.0;
    /// That a device answers no longer counts.
    pub const ONLINE: f64 = 72.0 * 3_600.0;
    /// That something is broken or away counts in full, until somebody says otherwise.
    pub const BROKEN_FULL: f64 = 14.0 * 86_400.0;
    /// That something is broken or away no longer counts.
    pub const BROKEN: f64 = 30.0 * 86_400.0;
    /// What was mended no longer hurts.
    pub const MENDING: f64 = 2.0 * 3_600.0;
    /// A device that came back is trusted again in full.
    pub const TRUST: f64 = 3.0 * 3_600.0;
    /// A task that succeeded or failed no longer counts.
    pub const TASK: f64 = 6.0 * 3_600.0;
    /// An anomaly no longer counts.
    pub const ANOMALY: f64 = 6.0 * 3_600.0;
    /// What people said no longer counts.
    pub const FEEDBACK: f64 = 24.0 * 3_600.0;
}

/// A factor: something that the house feels by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table says it")]
pub enum Factor {
    Comfort,
    Air,
    Devices,
    Faults,
    Safety,
    Anomalies,
    Server,
    Energy,
    Tasks,
    Feedback,
    Company,
    Weather,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The factor.
    pub factor: Factor,
    /// What it is called where it adds to the valence; `None` where it never does.
    pub good: Option<&'static str>,
    /// What it is called where it takes away; `None` where it never does.
    pub bad: Option<&'static str>,
    /// The most that it adds or takes away.
    pub weight: f64,
    /// The most that it adds to the arousal.
    pub stirs: f64,
    /// Whether it follows a measurement, which is noisy: the word for the feeling then follows its
    /// average over [`super::word::SMOOTH`].
    pub measured: bool,
    /// The kinds of recorded events that speak of it in a replay.
    pub replay: &'static str,
    /// Where it comes from in a house that lives.
    pub source: &'static str,
    /// How a piece of evidence becomes a strength from -1 to 1, with units.
    pub formula: fn() -> String,
    /// For how long evidence counts.
    pub decay: fn() -> String,
}

/// The table, in the order of [`Factor`]. The weights add up to one less the baseline, which is what
/// keeps the valence within its bounds; those for arousal to one less its rest.
pub static TABLE: [Row; 12] = [
    Row {
        factor: Factor::Comfort,
        good: Some("comfort"),
        bad: Some("discomfort"),
        weight: 0.12,
        stirs: 0.0,
        measured: true,
        replay: "temperature",
        source: "the temperature of each room with a thermometer or thermostat, against the room's own band: \
                 the set temperature of its thermostat, 2 K either way, where there is one",
        formula: || {
            let ((low, high), wide) = (limit::COMFORT, limit::DISCOMFORT);
            format!(
                "t °C: 1 within {low} to {high} °C, falling to -1 at {wide} K outside; a reading \
                 outside of {} to {} °C is none of a room",
                limit::ROOM.0,
                limit::ROOM.1
            )
        },
        decay: measured,
    },
    Row {
        factor: Factor::Air,
        good: Some("fresh_air"),
        bad: Some("stale_air"),
        weight: 0.06,
        stirs: 0.0,
        measured: true,
        replay: "co2",
        source: "the carbon dioxide of each room that measures it",
        formula: || {
            format!(
                "c ppm: 1 up to {} ppm, falling to -1 at {} ppm",
                limit::FRESH,
                limit::STALE
            )
        },
        decay: measured,
    },
    Row {
        factor: Factor::Devices,
        good: Some("devices_answering"),
        bad: Some("devices_silent"),
        weight: 0.10,
        stirs: 0.05,
        measured: false,
        replay: "online",
        source: "whether each device answers",
        formula: || {
            format!(
                "answers: 1; silent: -1; back again: rising from -1 to 1 within {} h",
                lasting::TRUST / 3_600.0
            )
        },
        decay: || {
            format!(
                "that it answers counts in full for {} h and then fades until {} h; that it is silent \
                 for {} days and {} days",
                lasting::ONLINE_FULL / 3_600.0,
                lasting::ONLINE / 3_600.0,
                lasting::BROKEN_FULL / 86_400.0,
                lasting::BROKEN / 86_400.0
            )
        },
    },
    Row {
        factor: Factor::Faults,
        good: None,
        bad: Some("faults"),
        weight: 0.18,
        stirs: 0.19,
        measured: false,
        replay: "fault",
        source: "concerns about what is broken: a stuck or impossible sensor, heating without \
                 effect, a rule that fails",
        formula: || {
            format!(
                "broken: -1 (a concern of low urgency -0.3, of medium -0.6); mended: rising from there \
                 to 0 within {} h",
                lasting::MENDING / 3_600.0
            )
        },
        decay: || {
            format!(
                "until it is mended; in full for {} days, then fading until {} days",
                lasting::BROKEN_FULL / 86_400.0,
                lasting::BROKEN / 86_400.0
            )
        },
    },
    Row {
        factor: Factor::Safety,
        good: None,
        bad: Some("danger"),
        weight: 0.16,
        stirs: 0.35,
        measured: false,
        replay: "",
        source: "concerns about water, smoke, gas, frost, and about doors, windows and locks that are open \
                 while nobody is there",
        formula: || {
            "by the urgency of the concern: low -0.3, medium -0.6, high and critical -1".to_owned()
        },
        decay: mending,
    },
    Row {
        factor: Factor::Anomalies,
        good: None,
        bad: Some("anomalies"),
        weight: 0.15,
        stirs: 0.10,
        measured: false,
        replay: "anomaly",
        source: "concerns about what is unusual: a freezer without power, consumption, batteries, an internet or \
                 power outage, refusals",
        formula: || {
            "the anomaly's strength from 0 to 1, negated; of a concern by its urgency: low -0.3, medium \
             -0.6, high and critical -1"
                .to_owned()
        },
        decay: || {
            format!(
                "a recorded anomaly a s ago counts (1 - a/{0})², within {0} s; one that is said to be over \
                 fades within {1} h. A concern counts while it lasts and fades within {1} h",
                lasting::ANOMALY,
                lasting::MENDING / 3_600.0
            )
        },
    },
    Row {
        factor: Factor::Server,
        good: None,
        bad: Some("server_unwell"),
        weight: 0.05,
        stirs: 0.05,
        measured: false,
        replay: "",
        source: "the health of the server's own parts: database, disk, memory, broker, history, drivers",
        formula: || "degraded: -0.5; failed: -1".to_owned(),
        decay: || "while it lasts".to_owned(),
    },
    Row {
        factor: Factor::Energy,
        good: None,
        bad: Some("high_power"),
        weight: 0.03,
        stirs: 0.0,
        measured: true,
        replay: "power",
        source: "the power of each meter",
        formula: || {
            format!(
                "p W: 0 up to {} W, falling to -1 at {} W; never above 0",
                limit::DRAW,
                limit::DRAW_FULL
            )
        },
        decay: measured,
    },
    Row {
        factor: Factor::Tasks,
        good: Some("tasks_done"),
        bad: Some("tasks_failed"),
        weight: 0.05,
        stirs: 0.05,
        measured: false,
        replay: "action",
        source: "runs of scenarios and wishes that ended",
        formula: || "done: 1; failed, refused or timed out: -1".to_owned(),
        decay: || impulse(lasting::TASK),
    },
    Row {
        factor: Factor::Feedback,
        good: Some("praise"),
        bad: Some("complaints"),
        weight: 0.06,
        stirs: 0.06,
        measured: false,
        replay: "feedback",
        source: "what people said of what the house did",
        formula: || "good: 1; bad: -1; a number from -1 to 1 counts as it is".to_owned(),
        decay: || impulse(lasting::FEEDBACK),
    },
    Row {
        factor: Factor::Company,
        good: Some("company"),
        bad: Some("quiet"),
        weight: 0.02,
        stirs: 0.05,
        measured: false,
        replay: "",
        source: "whether somebody is at home",
        formula: || {
            "somebody is: rising to 1 within the first hour; nobody is: 0 for 4 h, then falling to -1 \
             at 12 h"
                .to_owned()
        },
        decay: || "while it lasts".to_owned(),
    },
    Row {
        factor: Factor::Weather,
        good: Some("fair_weather"),
        bad: Some("foul_weather"),
        weight: 0.02,
        stirs: 0.0,
        measured: true,
        replay: "",
        source: "a weather station or the weather driver",
        formula: || {
            "clear or partly cloudy: 1; pouring, hail, windy or exceptional: -0.5; lightning: -1; \
             anything else: 0"
                .to_owned()
        },
        decay: measured,
    },
];

impl Factor {
    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

fn measured() -> String {
    format!(
        "a reading counts in full for {} h and then fades until {} h",
        lasting::MEASURED_FULL / 3_600.0,
        lasting::MEASURED / 3_600.0
    )
}

fn mending() -> String {
    format!(
        "while it lasts; then it fades within {} h",
        lasting::MENDING / 3_600.0
    )
}

fn impulse(lasting: f64) -> String {
    format!("what was a s ago counts (1 - a/{lasting})², within {lasting} s")
}

#[cfg(test)]
mod tests {
    use super::{BASELINE, REST, TABLE};

    #[test]
    fn the_weights_keep_the_bounds() {
        let weights: f64 = TABLE.iter().map(|row| row.weight).sum();
        assert!(weights <= 1.0 - f64::abs(BASELINE) + 1e-12, "{weights}");
        let stirs: f64 = TABLE.iter().map(|row| row.stirs).sum();
        assert!(stirs <= 1.0 - REST + 1e-12, "{stirs}");
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.factor as usize, at, "{:?} stands elsewhere", row.factor);
            assert!(row.weight > 0.0 && row.stirs >= 0.0 && row.bad.is_some());
        }
    }
}
