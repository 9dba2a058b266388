use super::{Datum, MOST, Row, decode, encode};
use proptest::prelude::*;

fn there_and_back(rows: &[Row]) -> Result<(), TestCaseError> {
    let columns = encode(rows).unwrap();
    let back = decode(&columns.times, &columns.readings, rows.len()).unwrap();
    prop_assert_eq!(back.len(), rows.len());
    for (back, row) in back.iter().zip(rows) {
        prop_assert!(back.is(row), "{row:?} came back as {back:?}");
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

fn rows() -> impl Strategy<Value = Vec<Row>> {
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
    (start, steps, 0_u8..7, 1_usize..600).prop_flat_map(|(start, steps, kind, count)| {
        prop::collection::vec((steps, datum(kind)), count).prop_map(move |rows| {
            let mut at = start;
            let next = |(step, datum)| {
                at += step;
                Row { at, datum }
            };
            rows.into_iter().map(next).collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_goes_in_comes_out_the_same(rows in rows()) {
        there_and_back(&rows)?;
    }

    #[test]
    fn bytes_of_anybody_are_refused_and_never_break_it(
        rows in rows(), at in any::<prop::sample::Index>(), byte in any::<u8>(), less in 0_usize..4, more in 0_usize..4
    ) {
        let columns = encode(&rows).unwrap();
        for which in 0..2 {
            let (mut times, mut readings) = (columns.times.clone(), columns.readings.clone());
            let bytes = if which == 0 { &mut times } else { &mut readings };
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(bytes.len() - less.min(bytes.len()));
            bytes.resize(bytes.len() + more, byte);
            // Whatever it makes of them: without a checksum that is all that can be asked.
            drop(decode(&times, &readings, rows.len()));
            drop(decode(&times, &readings, rows.len() + 1));
        }
    }
}

#[test]
fn times_at_the_ends_of_the_scale() {
    let row = |at| Row {
        at,
        datum: Datum::Number(1.0),
    };
    there_and_back(&[row(i64::MIN), row(-1), row(0), row(i64::MAX)]).unwrap();
    there_and_back(&[row(i64::MAX)]).unwrap();
}

#[test]
fn what_cannot_be_a_chunk_is_refused() {
    let row = |at| Row {
        at,
        datum: Datum::Unknown,
    };
    assert!(encode(&[]).is_err());
    assert!(encode(&[row(2), row(1)]).is_err());
    assert!(encode(&[row(1), row(1)]).is_err());
    assert!(decode(&[], &[], 0).is_err());
    assert!(decode(&[], &[], MOST + 1).is_err());
    assert!(decode(&[], &[], 1).is_err());
}

#[test]
fn what_is_regular_costs_next_to_nothing() {
    let row = |n: i64| Row {
        at: 1_760_000_000_000_000 + n * 30_000_000,
        datum: Datum::Number(f64::from(u8::from(n % 7 == 0))),
    };
    let rows: Vec<_> = (0..1_024).map(row).collect();
    let columns = encode(&rows).unwrap();
    let bytes = columns.times.len() + columns.readings.len();
    assert!(bytes < 400, "{bytes} bytes");
}
