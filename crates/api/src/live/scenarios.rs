//! From two views of automation to what changed between them.

use crate::wire::{Message, RunHead, Scenario};
use automation::run::{Listed, View};
use std::collections::HashMap;
use std::sync::Arc;

/// More scenarios, or runs, than this are not told one by one: who listens asks again.
const MOST: usize = 200;

/// What is otherwise in `new` than in `old`; `None` where nothing is.
pub(crate) fn news(old: &View, new: &View) -> Option<Message> {
    let (were_on, are_on) = (running(old), running(new));
    let before: HashMap<&str, &Listed> = old.scenarios.iter().map(|it| (slug(it), it)).collect();
    let mut kept = 0;
    let mut changed = Vec::new();
    for listed in &new.scenarios {
        let name = slug(listed);
        let was = before.get(name);
        kept += usize::from(was.is_some());
        let same = was.is_some_and(|was| is_same(was, listed));
        if !same || were_on.get(name) != are_on.get(name) {
            changed.push(listed);
        }
    }
    let mut removed = Vec::new();
    if kept < old.scenarios.len() {
        let now: HashMap<&str, &Listed> = new.scenarios.iter().map(|it| (slug(it), it)).collect();
        let gone = old.scenarios.iter().map(slug);
        removed.extend(gone.filter(|name| !now.contains_key(name)));
    }
    let known: HashMap<_, _> = old.runs.iter().map(|run| (run.id, run)).collect();
    let on = new.runs.iter();
    let on = on.filter(|run| known.get(&run.id).is_none_or(|was| *was != *run));
    let last = old.ended.front().map(|run| run.id);
    let ended = new.ended.iter().take_while(|run| Some(run.id) != last);
    let runs: Vec<RunHead> = ended
        .map(|run| (&**run).into())
        .chain(on.map(Into::into))
        .collect();
    if changed.is_empty() && removed.is_empty() && runs.is_empty() {
        return None;
    }
    let more = changed.len() > MOST || removed.len() > MOST || runs.len() > MOST;
    let told = if more { 0 } else { MOST };
    Some(Message::Automation {
        scenarios: changed
            .into_iter()
            .take(told)
            .map(|it| Scenario::of(it, new))
            .collect(),
        removed: removed.into_iter().take(told).map(str::to_owned).collect(),
        runs: runs.into_iter().take(told).collect(),
        more,
    })
}

fn slug(listed: &Listed) -> &str {
    listed.document.slug.as_str()
}

fn is_same(one: &Listed, other: &Listed) -> bool {
    Arc::ptr_eq(&one.document, &other.document)
        && one.version == other.version
        && one.last_run == other.last_run
        && one.problems == other.problems
}

/// How many runs of each scenario are on.
fn running(view: &View) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for run in &view.runs {
        *counts.entry(run.scenario.as_str()).or_insert(0) += 1;
    }
    counts
}
