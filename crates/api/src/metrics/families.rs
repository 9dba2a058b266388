//! The families that are counted while the house runs, with help and buckets, all there from the
//! start: a rate over a series that appears late misses its first increase.

/// How a family is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sort {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

/// A family: its name, its help, and the label sets that exist before anything happened.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) sort: Sort,
    pub(crate) help: &'static str,
    /// Label sets at the start: `&[&[("a", "b")]]`. `&[&[]]` is one series without labels, `&[]` none
    /// (its series come from other tables, such as the routes).
    pub(crate) first: &'static [&'static [(&'static str, &'static str)]],
    /// The label under which each label set at the start exists once a protocol.
    pub(crate) by_protocol: Option<&'static str>,
}

/// Requests of people: a few milliseconds when all is well, seconds when it is not.
pub(crate) const REQUEST_SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];
const QUERY_SECONDS: &[f64] = &[
    0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0,
];
const SYNC_SECONDS: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0,
];
const SCAN_SECONDS: &[f64] = &[0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0];
const AI_SECONDS: &[f64] = &[
    0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0,
];

const NONE: &[&[(&str, &str)]] = &[];
const ONE: &[&[(&str, &str)]] = &[&[]];

macro_rules! family {
    ($name:literal, $sort:expr, $help:literal, $first:expr) => {
        Family {
            name: $name,
            sort: $sort,
            help: $help,
            first: $first,
            by_protocol: None,
        }
    };
    ($name:literal, $sort:expr, $help:literal, $first:expr, by protocol) => {
        Family {
            name: $name,
            sort: $sort,
            help: $help,
            first: $first,
            by_protocol: Some("protocol"),
        }
    };
    ($name:literal, $sort:expr, $help:literal, $first:expr, by driver) => {
        Family {
            name: $name,
            sort: $sort,
            help: $help,
            first: $first,
            by_protocol: Some("driver"),
        }
    };
}

/// The families.
pub(crate) static FAMILIES: &[Family] = &[
    family!(
        "consciousness_active_sessions",
        Sort::Gauge,
        "Sessions that are open now, by transport.",
        &[
            &[("transport", "websocket")],
            &[("transport", "browser")],
            &[("transport", "program")],
        ]
    ),
    family!(
        "consciousness_rate_limited_total",
        Sort::Counter,
        "Requests that were refused because more was asked than is allowed in a minute, by route template.",
        &[&[("route", "none")], &[("route", "/api/auth/login")]]
    ),
    family!(
        "consciousness_total_requests",
        Sort::Counter,
        "HTTP requests served, by method, route template and status.",
        NONE
    ),
    family!(
        "consciousness_request_duration_seconds",
        Sort::Histogram(REQUEST_SECONDS),
        "How long requests took, by method, route template and status.",
        NONE
    ),
    family!(
        "consciousness_discovery_scans_total",
        Sort::Counter,
        "Scans for devices, by protocol and result.",
        &[
            &[("result", "completed")],
            &[("result", "failed")],
            &[("result", "timed_out")],
            &[("result", "unavailable")],
            &[("result", "disabled")],
        ],
        by protocol
    ),
    family!(
        "consciousness_discovery_duration_seconds",
        Sort::Histogram(SCAN_SECONDS),
        "How long scans for devices took, by protocol.",
        ONE,
        by protocol
    ),
    family!(
        "consciousness_devices_discovered_total",
        Sort::Counter,
        "Devices found for the first time, by protocol.",
        ONE,
        by protocol
    ),
    family!(
        "consciousness_ai_response_time",
        Sort::Histogram(AI_SECONDS),
        "How long an answer in the conversation took, in seconds, by engine.",
        &[&[("engine", "embedded")]]
    ),
    family!(
        "consciousness_backup_last_success_timestamp_seconds",
        Sort::Gauge,
        "When the newest backup was taken, in seconds since 1970; not there when there is none.",
        NONE
    ),
    family!(
        "consciousness_backups_total",
        Sort::Counter,
        "Backups that the server took, daily or because somebody asked, by result.",
        &[&[("result", "succeeded")], &[("result", "failed")]]
    ),
    family!(
        "consciousness_ai_requests_total",
        Sort::Counter,
        "Requests to language models, by provider and outcome.",
        NONE
    ),
    family!(
        "consciousness_ai_tokens_total",
        Sort::Counter,
        "Tokens that language models cost, by provider and direction.",
        NONE
    ),
    family!(
        "consciousness_mcp_requests_total",
        Sort::Counter,
        "Requests of programs over MCP, by what they ask and result.",
        &[
            &[("method", "tools/list"), ("result", "ok")],
            &[("method", "tools/list"), ("result", "failed")],
            &[("method", "tools/call"), ("result", "ok")],
            &[("method", "tools/call"), ("result", "failed")],
            &[("method", "resources/list"), ("result", "ok")],
            &[("method", "resources/list"), ("result", "failed")],
            &[("method", "resources/templates/list"), ("result", "ok")],
            &[("method", "resources/templates/list"), ("result", "failed")],
            &[("method", "resources/read"), ("result", "ok")],
            &[("method", "resources/read"), ("result", "failed")],
        ]
    ),
    family!(
        "consciousness_memories_total",
        Sort::Counter,
        "Memories that were written, by kind.",
        &[
            &[("kind", "preference")],
            &[("kind", "fact")],
            &[("kind", "note")],
            &[("kind", "episode")],
            &[("kind", "pattern")],
            &[("kind", "context")],
        ]
    ),
    family!(
        "consciousness_memories_forgotten_total",
        Sort::Counter,
        "Memories that were forgotten, by people or because they were too old.",
        ONE
    ),
    family!(
        "consciousness_learning_predictions_total",
        Sort::Counter,
        "What was foreseen and whose time is over, by model and outcome.",
        &[
            &[("model", "energy_day"), ("outcome", "better")],
            &[("model", "energy_day"), ("outcome", "worse")],
            &[("model", "energy_day"), ("outcome", "unknown")],
            &[("model", "temperature_day"), ("outcome", "better")],
            &[("model", "temperature_day"), ("outcome", "worse")],
            &[("model", "temperature_day"), ("outcome", "unknown")],
            &[("model", "battery_week"), ("outcome", "better")],
            &[("model", "battery_week"), ("outcome", "worse")],
            &[("model", "battery_week"), ("outcome", "unknown")],
            &[("model", "routines"), ("outcome", "hit")],
            &[("model", "routines"), ("outcome", "miss")],
            &[("model", "routines"), ("outcome", "unknown")],
        ]
    ),
    family!(
        "consciousness_alerts_active",
        Sort::Gauge,
        "Alerts that are on, by severity.",
        &[
            &[("severity", "info")],
            &[("severity", "warning")],
            &[("severity", "critical")],
        ]
    ),
    family!(
        "consciousness_alerts_total",
        Sort::Counter,
        "Alerts that fired or were over, by source and state.",
        &[
            &[("source", "rule"), ("state", "firing")],
            &[("source", "rule"), ("state", "resolved")],
            &[("source", "alertmanager"), ("state", "firing")],
            &[("source", "alertmanager"), ("state", "resolved")],
        ]
    ),
    family!(
        "consciousness_alert_deliveries_total",
        Sort::Counter,
        "Calls of the webhooks of alert rules, by result.",
        &[
            &[("result", "delivered")],
            &[("result", "failed")],
            &[("result", "given_up")],
        ]
    ),
    family!(
        "consciousness_emotion_valence",
        Sort::Gauge,
        "How well the house feels, from -1 to 1.",
        NONE
    ),
    family!(
        "consciousness_emotion_arousal",
        Sort::Gauge,
        "How stirred the house is, from 0 to 1.",
        NONE
    ),
    family!(
        "consciousness_emotion_confidence",
        Sort::Gauge,
        "How well the feeling is founded, from 0 to 1.",
        NONE
    ),
    family!(
        "consciousness_emotion_state",
        Sort::Gauge,
        "1 for the word that the house feels by, 0 for the others.",
        NONE
    ),
    family!(
        "consciousness_awareness_ratio",
        Sort::Gauge,
        "Share of the house that is freshly sensed; absent where there is nothing to sense.",
        NONE
    ),
    family!(
        "consciousness_concerns",
        Sort::Gauge,
        "Concerns that are on, by urgency.",
        NONE
    ),
    family!(
        "consciousness_concerns_total",
        Sort::Counter,
        "Concerns that were raised and that ended.",
        &[&[("what", "raised")], &[("what", "ended")]]
    ),
    family!(
        "consciousness_safla_turns_total",
        Sort::Counter,
        "Turns of the loop of the mind, by what set them off.",
        &[
            &[("trigger", "interval")],
            &[("trigger", "event")],
            &[("trigger", "request")],
        ]
    ),
    family!(
        "consciousness_safla_turn_seconds",
        Sort::Histogram(REQUEST_SECONDS),
        "How long a turn of the loop of the mind took.",
        ONE
    ),
    family!(
        "consciousness_automation_executions",
        Sort::Counter,
        "Runs of scenarios and rules, by scenario, trigger and result.",
        &[
            &[
                ("scenario", "none"),
                ("trigger", "none"),
                ("result", "completed")
            ],
            &[
                ("scenario", "none"),
                ("trigger", "none"),
                ("result", "incomplete")
            ],
            &[
                ("scenario", "none"),
                ("trigger", "none"),
                ("result", "skipped")
            ],
            &[
                ("scenario", "none"),
                ("trigger", "none"),
                ("result", "stopped")
            ],
            &[
                ("scenario", "none"),
                ("trigger", "none"),
                ("result", "failed")
            ],
        ]
    ),
    family!(
        "consciousness_messages_total",
        Sort::Counter,
        "Tries to send what scenarios tell people, by channel and result.",
        &[
            &[("channel", "webhook"), ("result", "sent")],
            &[("channel", "webhook"), ("result", "waiting")],
            &[("channel", "webhook"), ("result", "gave_up")],
            &[("channel", "push"), ("result", "sent")],
            &[("channel", "push"), ("result", "waiting")],
            &[("channel", "push"), ("result", "gave_up")],
            &[("channel", "email"), ("result", "sent")],
            &[("channel", "email"), ("result", "waiting")],
            &[("channel", "email"), ("result", "gave_up")],
            &[("channel", "mqtt"), ("result", "sent")],
            &[("channel", "mqtt"), ("result", "waiting")],
            &[("channel", "mqtt"), ("result", "gave_up")],
        ]
    ),
    family!(
        "consciousness_constraint_refusals_total",
        Sort::Counter,
        "Requests that safety constraints refused, by constraint.",
        &[
            &[("constraint", "locked_while_away")],
            &[("constraint", "armed_while_away")],
            &[("constraint", "garage_shut_while_away")],
            &[("constraint", "heating_bounds")],
            &[("constraint", "cooling_bounds")],
            &[("constraint", "closing_obstructed")],
            &[("constraint", "valve_leak")],
            &[("constraint", "compressor_starts")],
            &[("constraint", "main_fuse")],
        ]
    ),
    family!(
        "consciousness_errors_total",
        Sort::Counter,
        "Errors, by component and kind.",
        &[
            &[("component", "ai"), ("kind", "unreachable")],
            &[("component", "ai"), ("kind", "timeout")],
            &[("component", "ai"), ("kind", "key")],
            &[("component", "ai"), ("kind", "rate_limited")],
            &[("component", "ai"), ("kind", "status")],
            &[("component", "ai"), ("kind", "malformed")],
            &[("component", "ai"), ("kind", "cut")],
            &[("component", "ai"), ("kind", "loop")],
            &[("component", "ai"), ("kind", "left")],
            &[("component", "ai"), ("kind", "budget")],
            &[("component", "alerts"), ("kind", "not_judged")],
            &[("component", "automation"), ("kind", "conflict")],
            &[("component", "automation"), ("kind", "held_back")],
            &[("component", "automation"), ("kind", "missed_events")],
            &[("component", "automation"), ("kind", "not_kept")],
            &[("component", "automation"), ("kind", "webhook_refused")],
            &[("component", "conversation"), ("kind", "openings")],
            &[("component", "conversation"), ("kind", "overloaded")],
            &[("component", "conversation"), ("kind", "store")],
            &[("component", "conversation"), ("kind", "unreadable")],
            &[("component", "database"), ("kind", "not_kept")],
            &[("component", "device"), ("kind", "bad_report")],
            &[("component", "device"), ("kind", "flood")],
            &[("component", "device"), ("kind", "house_full")],
            &[("component", "discovery"), ("kind", "inbox_full")],
            &[("component", "discovery"), ("kind", "same_identity")],
            &[("component", "discovery"), ("kind", "too_many_sightings")],
            &[("component", "driver"), ("kind", "answers_lost")],
            &[("component", "driver"), ("kind", "bad_message")],
            &[("component", "driver"), ("kind", "disconnected")],
            &[("component", "driver"), ("kind", "error")],
            &[("component", "driver"), ("kind", "panic")],
            &[("component", "driver"), ("kind", "refused")],
            &[("component", "driver"), ("kind", "stuck")],
            &[("component", "history"), ("kind", "busy")],
            &[("component", "history"), ("kind", "closed")],
            &[("component", "history"), ("kind", "conflict")],
            &[("component", "history"), ("kind", "damaged")],
            &[("component", "history"), ("kind", "ended")],
            &[("component", "history"), ("kind", "full")],
            &[("component", "history"), ("kind", "other")],
            &[("component", "history"), ("kind", "overloaded")],
            &[("component", "history"), ("kind", "superseded")],
            &[("component", "memory"), ("kind", "not_learned")],
            &[("component", "mind"), ("kind", "missed_events")],
            &[("component", "mind"), ("kind", "not_kept")],
            &[("component", "mind"), ("kind", "not_read")],
            &[("component", "mind"), ("kind", "panic")],
            &[("component", "mind"), ("kind", "unreadable")],
        ]
    ),
    family!(
        "consciousness_database_query_duration_seconds",
        Sort::Histogram(QUERY_SECONDS),
        "How long the database took, by operation.",
        &[&[("op", "keep")], &[("op", "read")], &[("op", "probe")]]
    ),
    family!(
        "consciousness_database_up",
        Sort::Gauge,
        "Whether the database answers: 1 or 0.",
        ONE
    ),
    family!(
        "consciousness_twin_sync_seconds",
        Sort::Histogram(SYNC_SECONDS),
        "How long devices took to report what was wished for, by protocol.",
        ONE,
        by protocol
    ),
    family!(
        "consciousness_live_messages_dropped_total",
        Sort::Counter,
        "Messages that a listener was too slow for, by listener.",
        &[
            &[("listener", "socket")],
            &[("listener", "live")],
            &[("listener", "history")],
            &[("listener", "automation")],
            &[("listener", "messages")],
            &[("listener", "mind")],
            &[("listener", "openings")],
        ]
    ),
    family!(
        "consciousness_network_scan_attempts_total",
        Sort::Counter,
        "Sweeps over this server from one address, by kind: many paths that do not exist, or many \
         connections that ask nothing.",
        &[&[("kind", "paths")], &[("kind", "connections")]]
    ),
    family!(
        "consciousness_device_commands_total",
        Sort::Counter,
        "Commands for devices that ended, by protocol and result.",
        &[
            &[("result", "reached")],
            &[("result", "superseded")],
            &[("result", "rejected")],
            &[("result", "timed_out")],
        ],
        by protocol
    ),
    family!(
        "consciousness_driver_messages_total",
        Sort::Counter,
        "Messages that drivers received, by driver.",
        ONE,
        by driver
    ),
    family!(
        "consciousness_driver_dropped_total",
        Sort::Counter,
        "Messages that drivers dropped because a device floods, by driver.",
        ONE,
        by driver
    ),
];

#[cfg(test)]
mod tests {
    use super::FAMILIES;

    /// What the crates count as errors, read from their sources: both labels are words there, or the kind
    /// is the error's own.
    #[test]
    fn every_kind_of_error_has_its_series() {
        let family = FAMILIES
            .iter()
            .find(|it| it.name == "consciousness_errors_total")
            .unwrap();
        let there: Vec<_> = family
            .first
            .iter()
            .map(|set| (set[0].1, set[1].1))
            .collect();
        let mut counted = 0;
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap() {
            let mut folders = vec![entry.unwrap().path().join("src")];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                        continue;
                    }
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    for (at, _) in text.match_indices("\"consciousness_errors_total\",") {
                        let rest = &text[at..];
                        let word = |label: &str| {
                            let (_, rest) = rest.split_once(&format!("\"{label}\" => "))?;
                            rest.strip_prefix('"')?.split('"').next()
                        };
                        let statement = rest.split(';').next().unwrap();
                        let is_named = statement.contains("\"kind\" => \"");
                        if let (true, Some(component), Some(kind)) =
                            (is_named, word("component"), word("kind"))
                        {
                            counted += 1;
                            assert!(
                                there.contains(&(component, kind)),
                                "{component} {kind} of {} is not there from the start",
                                path.display()
                            );
                        }
                    }
                }
            }
        }
        assert!(counted > 10, "the sources were read: {counted}");
    }

    #[test]
    fn every_constraint_that_comes_with_the_house_has_its_series() {
        let family = FAMILIES
            .iter()
            .find(|it| it.name == "consciousness_constraint_refusals_total");
        let first: Vec<_> = family.unwrap().first.iter().map(|set| set[0].1).collect();
        let shipped = model::shipped_constraints().iter();
        let shipped: Vec<_> = shipped.map(|it| it.slug.as_str()).collect();
        assert_eq!(first, shipped);
    }
}
