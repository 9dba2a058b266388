//! Metrics: what is counted while the house runs, and what is read off at a scrape.
//!
//! Counters and histograms are recorded through the `metrics` macros from any crate and rendered by
//! the exporter. Facts of the moment (how many devices, how much memory) are written at the scrape
//! itself, so that they are never older than the scrape. A family is in exactly one of the two.

mod exposition;
mod families;
mod machine;
pub(crate) mod reading;
mod scrape;

pub(crate) use machine::{
    cpu_seconds, disk, folder_of, load, memory_limit_bytes, open_files, resident_bytes,
    start_time_seconds, threads,
};
pub(crate) use scrape::{Kept, Scraper};

use families::{FAMILIES, Sort};
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::sync::OnceLock;

/// The process's recorder; cloning shares it.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

/// A process has one recorder, however many servers a test starts in it.
static INSTALLED: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    /// Installs the recorder for this process and publishes every family with its first series.
    /// Call it before anything is counted; a second call gives the same recorder.
    pub fn install(protocols: &[&str]) -> Self {
        let metrics = INSTALLED.get_or_init(|| {
            let recorder = recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!(
                    "another metrics recorder is installed; /metrics will be incomplete"
                );
            }
            Self(handle)
        });
        metrics::with_recorder(|recorder| publish(recorder, protocols));
        store::describe();
        history::describe();
        auth::describe();
        mind::describe();
        conversation::describe();
        metrics.clone()
    }

    /// What was counted, in the text format 0.0.4.
    pub(crate) fn render(&self) -> String {
        self.0.render()
    }

    /// The sum over the series of a family that is counted while the house runs; `None` where there is
    /// none of that name.
    #[must_use]
    pub fn value(&self, family: &str) -> Option<f64> {
        let text = self.render();
        let values = text.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let name = series.split('{').next()?;
            (name == family).then(|| value.parse::<f64>().ok())?
        });
        values.reduce(|sum, more| sum + more)
    }

    /// Moves what histograms gathered into their buckets, so that it does not pile up between
    /// scrapes.
    pub(crate) fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for family in FAMILIES {
        if let Sort::Histogram(buckets) = family.sort {
            let named = Matcher::Full(family.name.to_owned());
            builder = match builder.set_buckets_for_metric(named, buckets) {
                Ok(builder) => builder,
                // Only an empty list is refused, and the table has none.
                Err(_) => PrometheusBuilder::new(),
            };
        }
    }
    builder.build_recorder()
}

fn publish(recorder: &dyn Recorder, protocols: &[&str]) {
    for family in FAMILIES {
        let name = family.name.into();
        match family.sort {
            Sort::Counter => recorder.describe_counter(name, None, family.help.into()),
            Sort::Gauge => recorder.describe_gauge(name, None, family.help.into()),
            Sort::Histogram(_) => recorder.describe_histogram(name, None, family.help.into()),
        }
        for labels in family.first {
            let labels: Vec<Label> = labels
                .iter()
                .map(|(name, value)| Label::new(*name, *value))
                .collect();
            if let Some(label) = family.by_protocol {
                for protocol in protocols {
                    let mut labels = labels.clone();
                    labels.insert(0, Label::new(label, (*protocol).to_owned()));
                    first(recorder, family.name, family.sort, labels);
                }
            } else {
                first(recorder, family.name, family.sort, labels);
            }
        }
    }
    for kind in crate::telemetry::ERROR_KINDS {
        let labels = vec![Label::new("component", "api"), Label::new("kind", kind)];
        first(
            recorder,
            "consciousness_errors_total",
            Sort::Counter,
            labels,
        );
    }
    for (method, route) in crate::routes::templates() {
        let labels = vec![
            Label::new("method", *method),
            Label::new("route", route.as_str()),
            Label::new("status", "200"),
        ];
        first(
            recorder,
            "consciousness_total_requests",
            Sort::Counter,
            labels.clone(),
        );
        let buckets = Sort::Histogram(families::REQUEST_SECONDS);
        first(
            recorder,
            "consciousness_request_duration_seconds",
            buckets,
            labels,
        );
    }
}

/// Makes a series exist without changing what it may already hold.
fn first(recorder: &dyn Recorder, name: &'static str, sort: Sort, labels: Vec<Label>) {
    static METADATA: Metadata<'_> =
        Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    let key = Key::from_parts(name, labels);
    match sort {
        Sort::Counter => recorder.register_counter(&key, &METADATA).increment(0),
        Sort::Gauge => recorder.register_gauge(&key, &METADATA).increment(0.0),
        Sort::Histogram(_) => drop(recorder.register_histogram(&key, &METADATA)),
    }
}
