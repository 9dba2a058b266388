//! The laws of the sums, and a few figures that can be checked by hand.

use super::{counted, merged, summed};
use crate::calendar::{Stretch, hours, plus};
use jiff::tz::TimeZone;
use model::{Statistics, Timestamp, Value};
use proptest::prelude::*;
use store::{Bucket, Gap, GapReason, Point};

const MINUTE: i64 = 60_000_000;

fn at(minutes: i64) -> Timestamp {
    plus(
        Timestamp::from_second(1_767_225_600).unwrap(),
        minutes * MINUTE,
    )
}

fn point(minutes: i64, value: Option<f64>) -> Point {
    Point {
        at: at(minutes),
        value: value.map(Value::Number),
    }
}

fn gap(from: i64, to: i64) -> Gap {
    Gap {
        from: at(from),
        to: at(to),
        reason: GapReason::NotRunning,
        detail: String::new(),
    }
}

fn stretches(from: i64, to: i64) -> Vec<Stretch> {
    hours(at(from), at(to), &TimeZone::UTC)
}

#[test]
fn a_mean_is_weighted_by_time() {
    let points = [
        point(0, Some(10.0)),
        point(45, Some(30.0)),
        point(60, Some(0.0)),
    ];
    let sums = summed(
        Statistics::Mean,
        &stretches(0, 120),
        None,
        &points,
        &[],
        None,
    );
    assert_eq!(
        (sums[0].mean, sums[0].min, sums[0].max),
        (Some(15.0), Some(10.0), Some(30.0))
    );
    assert_eq!((sums[0].known, sums[0].samples), (60 * MINUTE, 2));
    assert_eq!((sums[1].mean, sums[1].known), (Some(0.0), 60 * MINUTE));
}

#[test]
fn what_is_not_known_is_not_counted() {
    // Known until 20, and from 50 on: the gap ends what was known, though the value came back.
    let points = [point(0, Some(10.0)), point(20, None), point(50, Some(20.0))];
    let sums = summed(
        Statistics::Mean,
        &stretches(0, 60),
        None,
        &points,
        &[],
        None,
    );
    assert_eq!(sums[0].known, 30 * MINUTE);
    let points = [point(0, Some(10.0)), point(50, Some(20.0))];
    let sums = summed(
        Statistics::Mean,
        &stretches(0, 60),
        None,
        &points,
        &[gap(20, 40)],
        None,
    );
    assert_eq!(sums[0].known, 30 * MINUTE);
    assert!((sums[0].mean.unwrap() - 40.0 / 3.0).abs() < 1e-9);
    // A value from before the gap says nothing about the time after it.
    let carry = point(-500, Some(1.0));
    let sums = summed(
        Statistics::Mean,
        &stretches(0, 60),
        Some(&carry),
        &[],
        &[gap(-400, -300)],
        None,
    );
    assert!(sums.is_empty());
    let sums = summed(
        Statistics::Mean,
        &stretches(0, 60),
        Some(&carry),
        &[],
        &[],
        None,
    );
    assert_eq!((sums[0].known, sums[0].samples), (60 * MINUTE, 0));
}

#[test]
fn a_share_is_the_time_that_it_was_true() {
    let points = [
        Point {
            at: at(0),
            value: Some(false.into()),
        },
        Point {
            at: at(45),
            value: Some(true.into()),
        },
    ];
    let sums = summed(
        Statistics::Share,
        &stretches(0, 60),
        None,
        &points,
        &[],
        None,
    );
    assert_eq!((sums[0].mean, sums[0].min), (Some(0.25), None));
}

#[test]
fn a_meter_counts_up_starts_anew_and_wavers() {
    for (before, reading, expected) in [
        (None, 100.0, (0.0, 100.0)),
        (Some(100.0), 101.5, (1.5, 101.5)),
        (Some(100.0), 99.9, (0.0, 100.0)),
        (Some(100.0), 0.5, (0.5, 0.5)),
        (Some(0.0), 0.0, (0.0, 0.0)),
    ] {
        assert_eq!(
            counted(before, reading),
            expected,
            "{before:?} then {reading}"
        );
    }
    let points = [
        point(5, Some(10.0)),
        point(30, Some(12.0)),
        point(90, Some(1.0)),
        point(150, Some(1.0)),
    ];
    let sums = summed(
        Statistics::Total,
        &stretches(0, 180),
        Some(&point(-10, Some(9.0))),
        &points,
        &[],
        None,
    );
    let totals: Vec<_> = sums.iter().map(|sum| (sum.total, sum.meter)).collect();
    assert_eq!(
        totals,
        [
            (Some(3.0), Some(12.0)),
            (Some(1.0), Some(1.0)),
            (Some(0.0), Some(1.0))
        ]
    );
}

#[test]
fn what_a_meter_counted_in_a_gap_is_counted_where_it_is_seen() {
    let points = [point(10, Some(10.0)), point(130, Some(13.0))];
    let sums = summed(
        Statistics::Total,
        &stretches(0, 180),
        None,
        &points,
        &[gap(20, 120)],
        None,
    );
    let totals: Vec<_> = sums.iter().map(|sum| (sum.start, sum.total)).collect();
    assert_eq!(totals, [(at(0), Some(0.0)), (at(120), Some(3.0))]);
}

fn close(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() <= 1e-6 * (1.0 + left.abs()),
        (left, right) => left == right,
    }
}

fn same(left: &Bucket, right: &Bucket) -> bool {
    (left.start, left.length, left.known, left.samples)
        == (right.start, right.length, right.known, right.samples)
        && close(left.mean, right.mean)
        && close(left.min, right.min)
        && close(left.max, right.max)
        && close(left.total, right.total)
        && close(left.meter, right.meter)
}

const CLASSES: [Statistics; 3] = [Statistics::Mean, Statistics::Total, Statistics::Share];

prop_compose! {
    /// Points within ten hours, in order, some without a value; for a share they are 0 and 1.
    fn series(class: Statistics)(
        raw in prop::collection::btree_map(0_i64..600, prop::option::weighted(0.9, 0.0..1_000.0_f64), 0..60)
    ) -> Vec<Point> {
        raw.into_iter()
            .map(|(minutes, value)| match class {
                Statistics::Share => Point { at: at(minutes), value: value.map(|v| (v > 500.0).into()) },
                _ => point(minutes, value),
            })
            .collect()
    }
}

prop_compose! {
    fn case()(class in prop::sample::select(&CLASSES[..]))(
        points in series(class),
        class in Just(class),
        gaps in prop::collection::btree_map(-100_i64..600, 0_i64..100, 0..4),
        split in 1_i64..10,
    ) -> (Statistics, Vec<Point>, Vec<Gap>, i64) {
        let gaps = gaps.into_iter().map(|(from, length)| gap(from, from + length)).collect();
        (class, points, gaps, split * 60)
    }
}

proptest! {
    #[test]
    fn splitting_at_any_hour_changes_nothing((class, points, gaps, split) in case()) {
        let whole = summed(class, &stretches(0, 600), None, &points, &gaps, None);
        let cut = points.partition_point(|point| point.at < at(split));
        let (early, late) = points.split_at(cut);
        let mut parts = summed(class, &stretches(0, split), None, early, &gaps, None);
        // As the compaction does it: the last point before, and the last reading that was kept.
        let meter = parts.iter().rev().find_map(|bucket| bucket.meter);
        parts.extend(summed(class, &stretches(split, 600), early.last(), late, &gaps, meter));
        prop_assert_eq!(whole.len(), parts.len());
        for (left, right) in whole.iter().zip(&parts) {
            prop_assert!(same(left, right), "{:?} {:?}", left, right);
        }
    }

    #[test]
    fn hours_merge_to_what_the_whole_comes_to((class, points, gaps, _) in case()) {
        let whole = Stretch { start: at(0), end: at(600) };
        let direct = summed(class, &[whole], None, &points, &gaps, None);
        let hours = summed(class, &stretches(0, 600), None, &points, &gaps, None);
        let together = merged(class, whole, &hours);
        prop_assert_eq!(direct.len(), usize::from(together.is_some()));
        if let (Some(left), Some(right)) = (direct.first(), together) {
            // A mean of moments only has no weights to merge by.
            prop_assert!(left.known == 0 || same(left, &right), "{:?} {:?}", left, right);
        }
    }

    #[test]
    fn sums_keep_their_bounds((class, points, gaps, _) in case()) {
        for bucket in summed(class, &stretches(0, 600), None, &points, &gaps, None) {
            prop_assert!(bucket.total.is_none_or(|total| total >= 0.0));
            prop_assert!(bucket.known >= 0 && bucket.known <= bucket.length);
            if class == Statistics::Share {
                prop_assert!((0.0..=1.0).contains(&bucket.mean.unwrap()));
            }
            if let (Some(min), Some(mean), Some(max)) = (bucket.min, bucket.mean, bucket.max) {
                prop_assert!(min <= mean && mean <= max);
            }
        }
    }
}
