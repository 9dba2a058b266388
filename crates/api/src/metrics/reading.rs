//! Reading figures back out of the text format: what was counted, for reports.

use std::collections::BTreeMap;

/// One sample of the text: its labels and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: Vec<(&'a str, &'a str)>,
    pub(crate) value: f64,
}

impl Sample<'_> {
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels
            .iter()
            .find(|(label, _)| *label == name)
            .map_or("", |(_, value)| value)
    }
}

/// The samples of the families that a report is made from. Label values that need an escape are none of
/// theirs, and are read as they stand.
pub(crate) fn samples<'a>(
    text: &'a str,
    families: &'a [&'a str],
) -> impl Iterator<Item = Sample<'a>> {
    text.lines()
        .filter(|line| families.iter().any(|family| line.starts_with(family)))
        .filter_map(sample)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let (series, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, labels)) = series.split_once('{') else {
        return Some(Sample {
            name: series,
            labels: Vec::new(),
            value,
        });
    };
    let mut rest = labels.strip_suffix('}')?;
    let mut labels = Vec::new();
    while let Some((label, after)) = rest.split_once("=\"") {
        let (text, after) = after.split_once('"')?;
        labels.push((label, text));
        rest = after.trim_start_matches(',');
    }
    Some(Sample {
        name,
        labels,
        value,
    })
}

/// A histogram: how many were at most so much, how many at all, and their sum.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Histogram {
    /// Upper bounds with how many were at most that.
    buckets: Vec<(f64, f64)>,
    pub(crate) count: f64,
    pub(crate) sum: f64,
}

impl Histogram {
    /// How many were above a bound; all where there is no such bucket.
    pub(crate) fn above(&self, bound: f64) -> f64 {
        let below = self
            .buckets
            .iter()
            .find(|(le, _)| (le - bound).abs() < 1e-9)
            .map_or(0.0, |(_, below)| *below);
        self.count - below
    }

    /// The mean; `None` where there was none.
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Below which value that share lies, as Prometheus reckons: evenly within a bucket, and the largest
    /// bound for what lies above it. `None` where there was none.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        if self.count <= 0.0 {
            return None;
        }
        let rank = share * self.count;
        let (mut from, mut below) = (0.0, 0.0);
        for (le, upto) in &self.buckets {
            if *upto >= rank {
                let within = upto - below;
                let part = if within > 0.0 {
                    (rank - below) / within
                } else {
                    1.0
                };
                return Some(from + (le - from) * part);
            }
            (from, below) = (*le, *upto);
        }
        Some(from)
    }
}

/// The histograms of a family, summed up by some of its labels.
pub(crate) fn histograms(
    text: &str,
    family: &str,
    by: &[&str],
) -> BTreeMap<Vec<String>, Histogram> {
    let mut all: BTreeMap<Vec<String>, Histogram> = BTreeMap::new();
    for sample in samples(text, &[family]) {
        let key = by
            .iter()
            .map(|name| sample.label(name).to_owned())
            .collect();
        let Some(part) = sample.name.strip_prefix(family) else {
            continue;
        };
        let histogram = all.entry(key).or_default();
        match part {
            "_sum" => histogram.sum += sample.value,
            "_count" => histogram.count += sample.value,
            "_bucket" => {
                let Ok(le) = sample.label("le").parse::<f64>() else {
                    continue;
                };
                if le.is_infinite() {
                    continue;
                }
                let at = histogram.buckets.partition_point(|(bound, _)| *bound < le);
                match histogram.buckets.get_mut(at) {
                    Some((bound, below)) if (*bound - le).abs() < 1e-9 => *below += sample.value,
                    _ => histogram.buckets.insert(at, (le, sample.value)),
                }
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{histograms, samples};

    const TEXT: &str = "# TYPE a histogram\n\
        a_bucket{route=\"/x/{id}\",status=\"200\",le=\"1\"} 6\n\
        a_bucket{route=\"/x/{id}\",status=\"200\",le=\"2\"} 8\n\
        a_bucket{route=\"/x/{id}\",status=\"200\",le=\"+Inf\"} 10\n\
        a_sum{route=\"/x/{id}\",status=\"200\"} 12\n\
        a_count{route=\"/x/{id}\",status=\"200\"} 10\n\
        a_bucket{route=\"/x/{id}\",status=\"404\",le=\"1\"} 10\n\
        a_bucket{route=\"/x/{id}\",status=\"404\",le=\"2\"} 10\n\
        a_bucket{route=\"/x/{id}\",status=\"404\",le=\"+Inf\"} 10\n\
        a_sum{route=\"/x/{id}\",status=\"404\"} 2\n\
        a_count{route=\"/x/{id}\",status=\"404\"} 10\n\
        b 7\n";

    #[test]
    #[expect(clippy::float_cmp, reason = "exact by construction")]
    fn histograms_are_summed_up_and_read() {
        let all = histograms(TEXT, "a", &["route"]);
        let one = &all[&vec!["/x/{id}".to_owned()]];
        assert_eq!((one.count, one.sum), (20.0, 14.0));
        assert_eq!((one.above(1.0), one.above(2.0)), (4.0, 2.0));
        assert_eq!(one.mean(), Some(0.7));
        assert_eq!(one.quantile(0.4), Some(0.5));
        assert_eq!(one.quantile(0.85), Some(1.5));
        assert_eq!(one.quantile(0.99), Some(2.0), "above all bounds");
        let by_status = histograms(TEXT, "a", &["status"]);
        assert_eq!(by_status[&vec!["404".to_owned()]].mean(), Some(0.2));
        assert!(histograms("", "a", &["route"]).is_empty());
        assert_eq!(samples(TEXT, &["b"]).next().unwrap().value, 7.0);
    }
}
