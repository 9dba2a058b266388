//! Files that are generated from tables, and committed so that people find them.
//!
//! `UPDATE_EXPECT=1 cargo test -p consciousness generated` writes them anew.

use std::path::PathBuf;
use std::process::Command;

fn check(file: &str, argument: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file);
    let output = Command::new(env!("CARGO_BIN_EXE_consciousness"))
        .args(["config", argument])
        .output()
        .unwrap();
    let generated = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{file} is not what the table says; `UPDATE_EXPECT=1 cargo test -p consciousness generated` writes it anew"
    );
}

#[test]
fn the_example_of_settings_follows_the_table() {
    check(".env.example", "example");
}

#[test]
fn the_reference_of_settings_follows_the_table() {
    check("docs/reference/settings.md", "reference");
}
