//! The capability reference is generated from the tables.

use model::capability::{ALL, Effect};
use model::{Access, Kind, OnReconnect, Property, Safety};
use std::fmt::Write as _;
use std::path::PathBuf;

fn takes(property: &Property) -> String {
    match property.kind {
        Kind::Bool => "true or false".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Enum([]) => "a word of the device’s own list".to_owned(),
        Kind::Enum(words) => words.join(", "),
        Kind::Number => {
            let unit = property
                .unit
                .map(|unit| format!(" {}", unit.symbol()))
                .unwrap_or_default();
            if property.min.is_finite() {
                format!("{} to {}{unit}", property.min, property.max)
            } else {
                format!("a number{unit}")
            }
        }
    }
}

fn written(property: &Property) -> String {
    if property.access == Access::Read {
        return "no".to_owned();
    }
    let mut notes = vec![format!("within {} s", property.settles_within.as_secs())];
    match property.safety {
        Safety::Free => {}
        Safety::Confirm => notes.push("with a yes".to_owned()),
        Safety::Never => notes.push("by a person, with a yes".to_owned()),
    }
    if property.on_reconnect == OnReconnect::Drop {
        notes.push("never late".to_owned());
    }
    format!("yes, {}", notes.join(", "))
}

fn reference() -> String {
    let mut page = String::from(
        "# Capabilities\n\nWhat devices can do and sense. Generated from the tables in \
         `crates/model/src/capability/`; a device may narrow what stands here.\n\nEvery property that can be \
         written also takes the command `set` with its name as the argument.\n",
    );
    for capability in ALL {
        let _ = write!(page, "\n## {}\n\n{}\n", capability.name, capability.doc);
        if !capability.properties.is_empty() {
            page.push_str("\n| Property | Values | Written |\n|---|---|---|\n");
            for property in capability.properties {
                let note = if property.doc.is_empty() {
                    String::new()
                } else {
                    format!(" — {}", property.doc)
                };
                let _ = writeln!(
                    page,
                    "| `{}`{note} | {} | {} |",
                    property.name,
                    takes(property),
                    written(property)
                );
            }
        }
        if !capability.commands.is_empty() {
            page.push_str("\nCommands: ");
            let commands: Vec<String> = capability
                .commands
                .iter()
                .map(|command| {
                    let arguments: Vec<&str> = command
                        .arguments
                        .iter()
                        .map(|argument| argument.name)
                        .collect();
                    let action = if matches!(command.effect, Effect::Action) {
                        ", an action"
                    } else {
                        ""
                    };
                    format!(
                        "`{}({})` ({}{action})",
                        command.name,
                        arguments.join(", "),
                        command.title
                    )
                })
                .collect();
            page.push_str(&commands.join(", "));
            page.push_str(".\n");
        }
        if !capability.events.is_empty() {
            let events: Vec<String> = capability
                .events
                .iter()
                .map(|event| format!("`{}`", event.name))
                .collect();
            let _ = writeln!(page, "\nEvents: {}.", events.join(", "));
        }
    }
    page
}

#[test]
fn the_reference_of_capabilities_follows_the_tables() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/capabilities.md");
    let generated = reference();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "`UPDATE_EXPECT=1 cargo test -p model` writes docs/reference/capabilities.md anew"
    );
}

/// The guide tells of every constraint that comes with the house, and of no other.
#[test]
fn the_guide_and_the_shipped_constraints_are_in_step() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/safety.md");
    let page = std::fs::read_to_string(page).unwrap();
    let sections: Vec<&str> = page.split("\n### ").skip(1).collect();
    let shipped = model::shipped_constraints();
    let told: Vec<&str> = sections
        .iter()
        .map(|section| section.lines().next().unwrap_or_default())
        .collect();
    let names: Vec<&str> = shipped.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(told, names);
    for (constraint, section) in shipped.iter().zip(sections) {
        let opening = format!("`{}` · {}", constraint.slug, constraint.said());
        assert!(section.contains(&opening), "{opening}");
        let hazard = format!("- **Hazard**: {}", constraint.hazard);
        assert!(section.contains(&hazard), "{hazard}");
        assert_eq!(
            section.contains("**Off as it comes**"),
            !constraint.enabled,
            "{}",
            constraint.slug
        );
    }
}
