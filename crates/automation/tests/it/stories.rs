//! Every story under `stories/`, but for those in the sample houses: these need the simulator's reader
//! of house files, and are tested with the program that has it.

use automation::story;
use std::path::PathBuf;

#[test]
fn every_story_is_as_it_should_be() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../stories"));
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("houses"))
        .collect();
    folders.sort();
    let houses = |_: &std::path::Path| Err("a sample house".to_owned());
    let all = story::test(&folders, &houses).unwrap();
    let count = all.len();
    let failed: Vec<_> = all.into_iter().filter(|one| !one.passed()).collect();
    assert!(failed.is_empty(), "\n{}", story::text(&failed));
    assert!(count >= 60, "there are {count} stories");
}
