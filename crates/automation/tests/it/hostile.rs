//! What must not get out of hand: expressions, floods, loops. Bounds are looked at, not clocks.

use crate::home::Home;
use automation::document::read_toml;
use automation::engine::RunState;
use model::ReportBody;

fn press() -> ReportBody {
    ReportBody::DeviceEvent {
        native_id: "hall_button".into(),
        endpoint: 1,
        capability: "Button".into(),
        event: "press".into(),
    }
}

/// A rule that is judged by an expression.
fn rule(expression: &str) -> String {
    format!(
        "name = \"Hostile\"\nwhen = [{{ event = \"press\", device = \"hall_button\" }}]\nif = [{{ expression = '''{expression}''' }}]\nthen = [{{ notify = \"yes\" }}]\n"
    )
}

#[test]
fn expressions_cannot_run_away() {
    let deep = |open: &str, close: &str| {
        let many = 480 / (open.len() + close.len());
        format!("{}1{}", open.repeat(many), close.repeat(many))
    };
    let numbers = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let hostile = [
        // Deep: parentheses, lists, maps, signs, conditionals, calls.
        deep("(", ")"),
        deep("[", "]"),
        deep("{1:", "}"),
        deep("!", ""),
        deep("-", ""),
        deep("true?1:", ""),
        deep("size([", "])"),
        deep("reported(", ",'')"),
        // Long chains.
        format!("{}true", "true && ".repeat(60)),
        format!("1{}", "+1".repeat(240)),
        format!("'a'{}", ".contains('a')".repeat(30)),
        // Lists over lists over lists, however they are written.
        format!("[{numbers}].all(a, [{numbers}].all(b, [{numbers}].all(c, true)))"),
        format!("[{numbers}] . all (a, [{numbers}] .all(b, a + b >= 0))"),
        "[1,2,3].map(a, [1,2,3].map(b, [1,2,3].map(c, a*b*c)))".to_owned(),
        "[[1]].map(x, x + x).map(x, x + x).map(x, x + x)".to_owned(),
        // Texts and numbers that grow, overflow, divide by nothing.
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a+)+$')".to_owned(),
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('((a{99}){99}){99}')".to_owned(),
        "9223372036854775807 + 1 > 0".to_owned(),
        "1 / 0 == 1".to_owned(),
        "1 % 0 == 1".to_owned(),
        "-9223372036854775808 / -1 > 0".to_owned(),
        "duration('999999999999h') > duration('1s')".to_owned(),
        "timestamp('9999-12-31T23:59:59Z') + duration('99999h') > timestamp('0001-01-01T00:00:00Z')".to_owned(),
        "b'\\xff' == b''".to_owned(),
        "'\\U0010ffff' == ''".to_owned(),
        // What is not there, and what is not a truth.
        "nobody_knows".to_owned(),
        "system('reboot')".to_owned(),
        "reported('hall_lamp')".to_owned(),
        "reported(1, 2)".to_owned(),
        "home()".to_owned(),
        "'text'".to_owned(),
        "{'a': 1}.b.c.d".to_owned(),
        "[1][99]".to_owned(),
        "[1][-1]".to_owned(),
        "\u{0}".to_owned(),
        "😀".to_owned(),
        "\u{202e}true".to_owned(),
    ];
    for expression in hostile {
        // Either it is refused when it is read, or it is judged, in bounded work, to anything at all.
        let Ok(document) = read_toml(&rule(&expression)) else {
            continue;
        };
        let mut home = Home::at("2026-11-23 20:00");
        home.world.with_engine(|engine, house, now| {
            engine.put(document, 1, house, now);
            ((), vec![])
        });
        home.says(press());
        let runs = home.runs();
        assert_eq!(runs.len(), 1, "{expression}");
        assert!(
            matches!(runs[0].state, RunState::Completed | RunState::Skipped),
            "{expression}: {:?}",
            runs[0].state
        );
        let saw = runs[0].trace[1].looked[0].saw.len();
        assert!(saw < 1_000, "{expression}: {saw} bytes are seen");
    }
}

#[test]
fn expressions_that_multiply_are_refused_with_a_remedy() {
    for expression in [
        "[1].all(a, [1].all(b, [1].all(c, true)))",
        "[1] . all(a, [1] .all (b, [1]\n.all\n(c, true)))",
        "[1].map(a, a).filter(b, true).exists(c, true)",
    ] {
        let faults = read_toml(&rule(expression)).unwrap_err();
        assert!(
            faults[0].message.contains("lists; at most 2"),
            "{expression}: {}",
            faults[0]
        );
    }
}

/// Everything that the engine holds, as far as it can be seen from outside.
fn held(home: &mut Home) -> (usize, usize) {
    home.world
        .with_engine(|engine, _, _| ((engine.runs().count(), engine.remembered()), vec![]))
}

#[test]
fn a_storm_neither_grows_nor_stalls_others() {
    let mut home = Home::at("2026-11-23 20:00");
    for mode in ["skip", "restart", "queue", "parallel"] {
        home.rule(&format!(
            "name = \"{mode}\"\nmode = \"{mode}\"\nmost = 100\nwhen = [{{ event = \"press\", device = \"hall_button\" }}]\nthen = [{{ do = \"turn_on\", device = \"hall_lamp\" }}, {{ wait = \"1h\" }}]\n"
        ));
    }
    home.rule("name = \"Other\"\nwhen = [{ property = \"OccupancySensing.occupied\", area = \"Hall\", to = true }]\nthen = [{ do = \"turn_on\", device = \"living_lamp\" }]\n");
    let mut most = (0, 0);
    // Ten thousand a second, for two seconds.
    for second in 0..2 {
        for _ in 0..10_000 {
            home.says(press());
            let now = held(&mut home);
            most = (most.0.max(now.0), most.1.max(now.1));
        }
        if second == 1 {
            home.reports("hall_motion", "OccupancySensing.occupied", true);
            assert!(home.is_on("living_lamp"), "the storm stalled another rule");
        }
        let until = home.world.now() + jiff::SignedDuration::from_secs(1);
        home.world.pass(until);
    }
    // One that skips, one that restarts, and at most sixty that wait or go on side by side.
    assert!(most.0 <= 2 + 60 + 60, "{} runs at once", most.0);
    assert!(most.1 <= 1_000, "{} causes are remembered", most.1);
    assert!(!home.world.report().cut);
}
