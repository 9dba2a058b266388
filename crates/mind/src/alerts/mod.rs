//! Alert rules over metrics, devices and what is usual, and alerts that others send in.
//!
//! A rule has a condition in the Common Expression Language's form, without its loops and functions
//! (`condition`): names of metrics (`energy_usage`), `value("device", "Capability.property")`,
//! `usual("device", "Capability.property")`, `metric("consciousness_errors_total")`, and `baseline`, which is
//! what is usual of the one thing that the condition speaks of. What is not known makes the condition
//! unknown, and an unknown condition changes nothing.
//!
//! `watch` is the life of an alert: it fires when its condition held for `for_seconds`, and is over when it did
//! not hold for `keep_seconds`, so that nothing flaps. It is told on the stream and to the rule's webhook once
//! when it fires and once when it is over; a webhook that does not answer is tried again for a day. `sources`
//! finds the values, `alertmanager` reads what Alertmanager sends, `deliver` calls webhooks. `handle` is how
//! everyone reaches it, and its loop.
//!
//! **Entry types:** [`Alerts`], [`Rule`], [`Alert`], [`Severity`].

mod alert;
mod alertmanager;
mod condition;
mod deliver;
mod handle;
mod rule;
mod sources;
mod telemetry;
mod watch;

pub use alert::{Alert, Severity, Source};
pub use alertmanager::{Notification, read as read_alertmanager};
pub use condition::{Condition, Reference};
pub use handle::{Alerts, Fault, MetricSource, Wires};
pub use rule::{Rule, RuleFault};
pub use sources::METRICS;
pub use telemetry::describe;
