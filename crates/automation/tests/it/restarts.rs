//! Runs that are taken up after a sudden end: nothing is asked twice, and nothing is left out.

use crate::home::{Home, setting};
use automation::document::{Arguments, ScenarioSlug, read_toml};
use automation::engine::{Effect, Engine, Run};
use jiff::SignedDuration;
use model::{Cause, Now, Timestamp, Who};
use std::time::Duration;
use twin::Snapshot;

fn engine(document: &str, house: &Snapshot, at: Timestamp) -> Engine {
    let mut engine = Engine::new(setting());
    engine.put(read_toml(document).unwrap(), 1, house, now(at));
    engine
}

fn now(at: Timestamp) -> Now {
    Now::new(at, Duration::ZERO)
}

/// How many requests there are among effects, and the run as it is kept with them.
fn seen(effects: &[Effect]) -> (usize, Option<Run>) {
    let requests = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Request { .. }));
    let kept = effects.iter().rev().find_map(|effect| match effect {
        Effect::Ran(run) => Some(Run::clone(run)),
        _ => None,
    });
    (requests.count(), kept)
}

/// How many requests follow where a house that went down takes up what was kept of a run.
fn taken_up(kept: &Run, document: &str, house: &Snapshot, at: Timestamp) -> usize {
    // As the database gives it back.
    let kept = serde_json::from_value(serde_json::to_value(kept).unwrap()).unwrap();
    let mut again = engine(document, house, at);
    let mut effects = again.resume(vec![kept], house, now(at));
    effects.extend(again.tick(house, now(at + SignedDuration::from_secs(1))));
    seen(&effects).0
}

#[test]
fn what_a_run_asked_for_is_asked_neither_twice_nor_not_at_all_after_a_sudden_end() {
    let home = Home::at("2026-11-23 20:00");
    let (house, start) = (home.world.house().snapshot().clone(), home.world.now());
    for steps in [
        // The last thing that it does.
        r#"{ wait = "5min" }, { do = "toggle", device = "hall_lamp" }"#,
        // In the middle, and it waits for the devices before it looks.
        r#"{ wait = "5min" }, { do = "toggle", device = "hall_lamp" }, { if = [{ mode = "home" }], then = [{ wait = "1h" }] }"#,
        // Beside something that waits and was kept before.
        r#"{ parallel = [[{ wait = "5h" }], [{ wait = "5min" }, { do = "toggle", device = "hall_lamp" }]] }"#,
    ] {
        let document = format!("name = \"Flip\"\non_restart = \"resume\"\nthen = [{steps}]\n");
        let mut engine = engine(&document, &house, start);
        let slug = ScenarioSlug::parse("flip").unwrap();
        let cause = Cause::first(Who::Operator);
        let (_, effects) = engine
            .run(&slug, Arguments::new(), cause, &house, now(start))
            .unwrap();
        let (asked, before) = seen(&effects);
        assert_eq!(asked, 0, "{steps}");
        let later = start + SignedDuration::from_mins(6);
        let (asked, after) = seen(&engine.tick(&house, now(later)));
        assert_eq!(asked, 1, "{steps}");
        let after = after.expect("it is kept together with what it asked for");
        assert_eq!(taken_up(&after, &document, &house, later), 0, "{steps}");
        assert_eq!(
            taken_up(&before.unwrap(), &document, &house, later),
            1,
            "{steps}"
        );
    }
}

#[test]
fn a_run_is_kept_with_the_first_thing_that_it_asks_for() {
    let home = Home::at("2026-11-23 20:00");
    let (house, start) = (home.world.house().snapshot().clone(), home.world.now());
    let document = "name = \"On\"\nthen = [{ do = \"turn_on\", device = \"hall_lamp\" }]\n";
    let mut engine = engine(document, &house, start);
    let slug = ScenarioSlug::parse("on").unwrap();
    let cause = Cause::first(Who::Operator);
    let (_, effects) = engine
        .run(&slug, Arguments::new(), cause, &house, now(start))
        .unwrap();
    let (asked, kept) = seen(&effects);
    assert_eq!(asked, 1);
    // A house that goes down now knows afterwards that it ran, and says why it did not go on.
    let mut again = self::engine(document, &house, start);
    let effects = again.resume(vec![kept.unwrap()], &house, now(start));
    let (asked, ended) = seen(&effects);
    let ended = ended.unwrap();
    assert_eq!((asked, ended.state.as_str()), (0, "stopped"));
    assert_eq!(
        ended.note.as_deref(),
        Some("the house restarted, and this scenario does not go on then")
    );
    let sent = ended.trace.iter().flat_map(|entry| &entry.requests).next();
    assert_eq!(sent.unwrap().outcome.as_str(), "timed_out");
}
