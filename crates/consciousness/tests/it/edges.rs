//! The crates' allowed edges, as the table in ARCHITECTURE.md says.

use std::collections::{BTreeMap, BTreeSet};

/// The "may use" column of a crate's row.
fn allowed(architecture: &str) -> BTreeMap<String, BTreeSet<String>> {
    let rows = architecture.lines().filter_map(|line| {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [name, _, uses] = cells[..] else {
            return None;
        };
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), uses.to_owned()))
    });
    let rows: Vec<(String, String)> = rows.collect();
    let all: BTreeSet<String> = rows.iter().map(|(name, _)| name.clone()).collect();
    rows.into_iter()
        .map(|(name, uses)| {
            let uses = match uses.as_str() {
                "-" => BTreeSet::new(),
                "all" => all.clone(),
                list => list.split(',').map(|used| used.trim().to_owned()).collect(),
            };
            (name, uses)
        })
        .collect()
}

#[test]
fn crates_use_only_what_the_architecture_allows() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let architecture = std::fs::read_to_string(format!("{root}/ARCHITECTURE.md")).unwrap();
    let allowed = allowed(&architecture);
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(format!("{root}/Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".into()])
        .exec()
        .unwrap();
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    assert_eq!(
        ours,
        allowed.keys().cloned().collect(),
        "the table lists exactly the crates that there are"
    );
    for package in &metadata.packages {
        let name = package.name.to_string();
        for dependency in package
            .dependencies
            .iter()
            .filter(|d| ours.contains(&d.name))
        {
            let only_for_tests = dependency.kind == cargo_metadata::DependencyKind::Development;
            assert!(
                only_for_tests || allowed[&name].contains(&dependency.name),
                "{name} may not use {}: see the table in ARCHITECTURE.md, and docs/decisions/ to change it",
                dependency.name
            );
        }
    }
}
