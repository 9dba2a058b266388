use super::{Datum, MOST, Row, Series, decode, encode};
use proptest::prelude::*;

fn there_and_back(series: &[Series]) -> Result<(), TestCaseError> {
    let columns = encode(series).unwrap();
    let back = decode(&columns.times, &columns.readings, None).unwrap();
    same(&back, series)?;
    for one in series {
        let back = decode(&columns.times, &columns.readings, Some(one.property)).unwrap();
        same(&back, std::slice::from_ref(one))?;
    }
    Ok(())
}

fn same(back: &[Series], series: &[Series]) -> Result<(), TestCaseError> {
    prop_assert_eq!(back.len(), series.len());
    for (back, series) in back.iter().zip(series) {
        prop_assert_eq!(back.property, series.property);
        prop_assert_eq!(back.rows.len(), series.rows.len());
        for (back, row) in back.rows.iter().zip(&series.rows) {
            prop_assert!(back.is(row), "{row:?} came back as {back:?}");
        }
    }
    Ok(())
}

/// Every finite number and both infinities, and above all those that are hard to keep.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-1_000_000_000_i64..1_000_000_000, 0_i32..10)
            .prop_map(|(n, places)| f64::from(n as i32) / 10_f64.powi(places)),
        prop::sample::select(vec![
            0.0,
            -0.0,
            0.1 + 0.2,
            1e300,
            -1e300,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            f64::INFINITY,
            9_007_199_254_740_993.0,
            1e-9,
            2_f64.powi(60),
        ]),
        any::<f64>().prop_filter("there is no NaN", |number| !number.is_nan()),
    ]
}

fn datum(kind: u8) -> BoxedStrategy<Datum> {
    let truth = any::<bool>().prop_map(|truth| Datum::Number(f64::from(u8::from(truth))));
    let tenth = (-400..1_200).prop_map(|n| Datum::Number(f64::from(n) / 10.0));
    let number = number().prop_map(Datum::Number);
    let word = prop::sample::select(vec!["off", "heat", "cool", ""]);
    let word = word.prop_map(|word| Datum::Text(word.to_owned()));
    let text = any::<String>().prop_map(Datum::Text);
    let nothing = Just(Datum::Unknown);
    match kind {
        0 => prop_oneof![9 => truth, 1 => nothing].boxed(),
        1 => prop_oneof![9 => tenth, 1 => nothing].boxed(),
        2 => prop_oneof![9 => number, 1 => nothing].boxed(),
        3 => prop_oneof![9 => word, 1 => nothing].boxed(),
        4 => prop_oneof![9 => text, 1 => nothing].boxed(),
        5 => nothing.boxed(),
        // A property that changed its kind from one version to the next.
        _ => prop_oneof![truth, tenth, number, word, text, nothing].boxed(),
    }
}

/// Samples of up to four properties, which share some of their moments.
fn series() -> impl Strategy<Value = Vec<Series>> {
    let steps = prop_oneof![
        Just(30_000_000_i64..30_000_001),
        Just(1..2),
        Just(1..1_000_000_000),
        Just(1..1_i64 << 50)
    ];
    let start = prop_oneof![
        Just(1_760_000_000_000_000_i64),
        any::<i32>().prop_map(i64::from)
    ];
    let kinds = prop::collection::vec((0_u8..7, 0.02..1.0), 1..5);
    (start, steps, kinds, 1_usize..400)
        .prop_flat_map(|(start, steps, kinds, count)| {
            let data: Vec<_> = kinds
                .iter()
                .map(|(kind, share)| prop::option::weighted(*share, datum(*kind)))
                .collect();
            prop::collection::vec((steps, data), count).prop_map(move |moments| {
                let mut all: Vec<Series> = (0..kinds.len())
                    .map(|n| Series {
                        property: 1 << (n * 11),
                        rows: Vec::new(),
                    })
                    .collect();
                let mut at = start;
                for (step, data) in moments {
                    at += step;
                    for (series, datum) in all.iter_mut().zip(data) {
                        series.rows.extend(datum.map(|datum| Row { at, datum }));
                    }
                }
                all.retain(|series| !series.rows.is_empty());
                all
            })
        })
        .prop_filter("there is something", |all| !all.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_goes_in_comes_out_the_same(series in series()) {
        there_and_back(&series)?;
    }

    #[test]
    fn bytes_of_anybody_are_refused_and_never_break_it(
        series in series(), at in any::<prop::sample::Index>(), byte in any::<u8>(), less in 0_usize..4, more in 0_usize..4
    ) {
        let columns = encode(&series).unwrap();
        for which in 0..2 {
            let (mut times, mut readings) = (columns.times.clone(), columns.readings.clone());
            let bytes = if which == 0 { &mut times } else { &mut readings };
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(bytes.len() - less.min(bytes.len()));
            bytes.resize(bytes.len() + more, byte);
            // Whatever it makes of them: without a checksum that is all that can be asked.
            drop(decode(&times, &readings, None));
        }
    }
}

fn only(rows: Vec<Row>) -> Vec<Series> {
    vec![Series { property: 1, rows }]
}

#[test]
fn times_at_the_ends_of_the_scale() {
    let row = |at| Row {
        at,
        datum: Datum::Number(1.0),
    };
    there_and_back(&only(vec![row(i64::MIN), row(-1), row(0), row(i64::MAX)])).unwrap();
    there_and_back(&only(vec![row(i64::MAX)])).unwrap();
}

#[test]
fn what_cannot_be_a_chunk_is_refused() {
    let row = |at| Row {
        at,
        datum: Datum::Unknown,
    };
    assert!(encode(&[]).is_err());
    assert!(encode(&only(Vec::new())).is_err());
    assert!(encode(&only(vec![row(2), row(1)])).is_err());
    assert!(encode(&only(vec![row(1), row(1)])).is_err());
    let many = (0..=i64::try_from(MOST).unwrap()).map(row).collect();
    assert!(encode(&only(many)).is_err());
    assert!(decode(&[], &[], None).is_err());
    assert!(decode(&[0], &[0], None).is_err());
    assert!(decode(&[0xff, 0xff, 0xff, 0xff, 0x7f], &[0], None).is_err());
}

#[test]
fn what_is_regular_or_shared_costs_next_to_nothing() {
    let row = |n: i64| Row {
        at: 1_760_000_000_000_000 + n * 30_000_000,
        datum: Datum::Number(f64::from(u8::from(n % 7 == 0))),
    };
    let size = |series: &[Series]| {
        let columns = encode(series).unwrap();
        columns.times.len() + columns.readings.len()
    };
    let rows: Vec<_> = (0..1_024).map(row).collect();
    let one = size(&only(rows.clone()));
    assert!(one < 400, "{one} bytes");
    // Moments without any order, which three properties share.
    let late = |mut row: Row| {
        row.at += row.at.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) >> 40 & 0xff_ffff;
        row
    };
    let rows: Vec<_> = rows.into_iter().map(late).collect();
    let series: Vec<_> = (1..4)
        .map(|property| Series {
            property,
            rows: rows.clone(),
        })
        .collect();
    let (one, three) = (size(&series[..1]), size(&series));
    assert!(three < one + 500, "{one} bytes, and {three} for three");
}
