//! Whether rooms are as people like them: the share of known hours in which they were in band.
//!
//! The bands are those in which most people feel well at home: 19 to 25 °C, and 30 to 60 % of relative
//! humidity. An hour counts as in band where its mean is. Rooms without a sensor are unknown.

use super::{Datum, Figure, Insight, Insights, MOST, Span, hours, rounded, share};
use history::Resolution;
use model::{Area, DeviceKind, Path, capability};
use store::{Bucket, StoreError};
use twin::{DeviceTwin, Snapshot};

/// What is looked at: name of the share, of the mean, unit, lower and upper end of the band.
struct Band {
    share: &'static str,
    mean: &'static str,
    lowest: &'static str,
    highest: &'static str,
    unit: &'static str,
    low: f64,
    high: f64,
    note: &'static str,
}

static TEMPERATURE: Band = Band {
    share: "temperature_in_band",
    mean: "temperature_mean",
    lowest: "temperature_min",
    highest: "temperature_max",
    unit: "°C",
    low: 19.0,
    high: 25.0,
    note: "the share of known hours with a mean of 19 to 25 °C",
};

static HUMIDITY: Band = Band {
    share: "humidity_in_band",
    mean: "humidity_mean",
    lowest: "humidity_min",
    highest: "humidity_max",
    unit: "%",
    low: 30.0,
    high: 60.0,
    note: "the share of known hours with a mean of 30 to 60 %",
};

impl Insights {
    pub(super) async fn comfort(
        &self,
        span: Span,
        insight: &mut Insight,
    ) -> Result<(), StoreError> {
        let snapshot = self.house.snapshot();
        let mut worst: Option<(String, f64)> = None;
        let mut without = Vec::new();
        for area in snapshot.areas.values().take(MOST) {
            let mut sensed = false;
            for (band, find) in [
                (&TEMPERATURE, temperature as fn(&DeviceTwin) -> Option<Path>),
                (&HUMIDITY, humidity),
            ] {
                let Some((twin, path)) = sensor(&snapshot, area, find) else {
                    continue;
                };
                let buckets = self
                    .buckets(twin.device.id, path, span, Resolution::Hour)
                    .await?;
                let rows = format!(
                    "/api/devices/{}/history?property={path}&resolution=hour&from={}&to={}",
                    twin.device.slug, span.from, span.now
                );
                let inside = figures(band, &buckets, area, twin, &rows, insight);
                if let (Some(inside), "°C") = (inside, band.unit) {
                    sensed = true;
                    if worst.as_ref().is_none_or(|(_, least)| inside < *least) {
                        worst = Some((area.name.clone(), inside));
                    }
                }
            }
            if !sensed {
                without.push(area.name.clone());
                let mut figure = Figure::new(
                    TEMPERATURE.share,
                    "",
                    format!("/api/devices?area={}", area.slug),
                )
                .area(Some(area.id))
                .note("no temperature was recorded there");
                figure.value = None::<Datum>;
                insight.figures.push(figure);
            }
        }
        match worst {
            Some((name, inside)) => insight.summary.push(format!(
                "{name} was within 19 to 25 °C for {} % of the time that is known, the least of all rooms.",
                rounded(inside * 100.0, 0)
            )),
            None => insight
                .summary
                .push("No room has a recorded temperature.".to_owned()),
        }
        if !without.is_empty() {
            without.truncate(20);
            insight
                .summary
                .push(format!("Nothing is known of {}.", without.join(", ")));
        }
        Ok(())
    }
}

/// The first device of a room that measures it there.
fn sensor<'a>(
    snapshot: &'a Snapshot,
    area: &Area,
    find: fn(&DeviceTwin) -> Option<Path>,
) -> Option<(&'a DeviceTwin, Path)> {
    snapshot
        .devices
        .values()
        .filter(|twin| twin.device.area == Some(area.id))
        // What is outside, in the fridge or at the pump says nothing about the room.
        .filter(|twin| {
            matches!(
                twin.device.kind,
                DeviceKind::Sensor
                    | DeviceKind::Thermostat
                    | DeviceKind::Motion
                    | DeviceKind::Other
            )
        })
        .filter_map(|twin| Some((&**twin, find(twin)?)))
        .max_by_key(|(twin, _)| twin.device.kind == DeviceKind::Sensor)
}

fn temperature(twin: &DeviceTwin) -> Option<Path> {
    measured(twin, &capability::TEMPERATURE_MEASUREMENT, "temperature")
        .or_else(|| measured(twin, &capability::THERMOSTAT, "local_temperature"))
}

fn humidity(twin: &DeviceTwin) -> Option<Path> {
    measured(twin, &capability::RELATIVE_HUMIDITY_MEASUREMENT, "humidity")
}

fn measured(
    twin: &DeviceTwin,
    capability: &'static model::Capability,
    property: &str,
) -> Option<Path> {
    twin.device
        .capabilities
        .iter()
        .find(|instance| instance.capability == capability && instance.property(property).is_some())
        .and_then(|instance| instance.path(property))
}

/// Adds what hours come to; the share in band.
fn figures(
    band: &Band,
    buckets: &[Bucket],
    area: &Area,
    twin: &DeviceTwin,
    rows: &str,
    insight: &mut Insight,
) -> Option<f64> {
    let known: i64 = buckets.iter().map(|hour| hour.known).sum();
    let length: i64 = buckets.iter().map(|hour| hour.length).sum();
    let inside: f64 = buckets
        .iter()
        .filter(|hour| {
            hour.mean
                .is_some_and(|mean| (band.low..=band.high).contains(&mean))
        })
        .map(|hour| hours(hour.known))
        .sum();
    let weighted: f64 = buckets
        .iter()
        .filter_map(|hour| Some(hour.mean? * hours(hour.known)))
        .sum();
    let of_known = |value: f64| (known > 0).then(|| value / hours(known));
    let lowest = buckets.iter().filter_map(|hour| hour.min).reduce(f64::min);
    let highest = buckets.iter().filter_map(|hour| hour.max).reduce(f64::max);
    let inside = of_known(inside);
    for (name, unit, value, note) in [
        (
            band.share,
            "",
            inside.map(|share| rounded(share, 3)),
            band.note,
        ),
        (
            band.mean,
            band.unit,
            of_known(weighted).map(|mean| rounded(mean, 2)),
            "weighted by time",
        ),
        (band.lowest, band.unit, lowest, ""),
        (band.highest, band.unit, highest, ""),
    ] {
        let note = if value.is_some() {
            note
        } else {
            "nothing was recorded"
        };
        let mut figure = Figure::new(name, unit, rows.to_owned())
            .device(twin.device.id)
            .area(Some(area.id))
            .number(value)
            .note(note);
        figure.known = Some(share(known, length));
        insight.figures.push(figure);
    }
    inside
}
