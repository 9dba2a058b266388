//! The reference page, made from the table.

use super::Label;
use super::table::{BASELINE, FIRST, REST, TABLE};
use super::word;
use std::fmt::Write as _;

/// `docs/reference/feelings.md`, as the table has it.
#[must_use]
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Feelings\n\n\
         What the house feels is computed, and the explanation is the computation. Made from the table in\n\
         `crates/mind/src/feel/table.rs`.\n\n",
    );
    let weights: f64 = TABLE.iter().map(|row| row.weight).sum();
    let _ = write!(
        page,
        "**Valence** (-1 to 1) = baseline {BASELINE} + the sum of what each factor contributes. A factor has a \
         good and a\nbad side; each contributes its weight times g, where g = 1 - the product of \
         (1 - {FIRST} × |strength|) over its\nevidence: the first piece at full strength takes {:.0} % of the \
         weight, each further one as much of what is left. The\nweights add up to {weights:.2}, so nothing is \
         ever cut off, and the contributions of the reasons add up to the valence.\n\n\
         **Arousal** (0 to 1) = {REST} + the sum of each factor's share in it times the larger of its two g. \
         Quiet does not\nstir.\n\n\
         **Confidence** (0 to 1) = (0.5 + fresh) / (1 + known) × (1 - e^(-fresh / 1.5)), where `known` counts \
         the properties\nthat were ever heard of, and `fresh` those that were heard of since the start and \
         within their device's own rhythm (four times\nits longest usual pause, at least half an hour; a day \
         while the rhythm is not known yet). In a replay each source counts by\nhalf less for every two hours \
         (measurements), day (online, fault) or six hours (the rest) since it was heard.\n\n\
         **Awareness** is `fresh` / `known`.\n\n\
         **Intensity** is the larger of the valence's distance from the baseline and the arousal's from its \
         rest.\n\n\
         **Mood** is the average of valence and arousal over about {:.0} hours (exponential); it moves only \
         with what is not unsure.\n\n## Factors\n\n\
         | factor | weight | arousal | in a replay | from | strength | for how long |\n|---|---|---|---|---|---|---|\n",
        FIRST * 100.0,
        crate::safla::learn::MOOD / 3_600.0,
    );
    for row in &TABLE {
        let names: Vec<&str> = [row.good, row.bad].into_iter().flatten().collect();
        let replay = if row.replay.is_empty() {
            "-"
        } else {
            row.replay
        };
        let _ = writeln!(
            page,
            "| `{}` | {:.2} | {:.2} | {replay} | {} | {} | {} |",
            names.join("`, `"),
            row.weight,
            row.stirs,
            row.source,
            (row.formula)(),
            (row.decay)(),
        );
    }
    let limits = [
        (
            Label::Unsure,
            format!(
                "the confidence is below {} (from {} on it is sure again)",
                word::limit::UNSURE,
                word::limit::SURE
            ),
        ),
        (
            Label::Stressed,
            format!(
                "there is trouble, and the arousal is at least {}",
                word::limit::STRESS
            ),
        ),
        (
            Label::Pain,
            format!(
                "there is trouble, and `faults` take away at least {}",
                word::limit::PAIN
            ),
        ),
        (
            Label::Worried,
            format!(
                "there is trouble: all that is bad, but `quiet`, takes away at least {}, or the valence is at most {}",
                word::limit::TROUBLE,
                word::limit::LOW
            ),
        ),
        (
            Label::Excited,
            format!(
                "it is happy, and the arousal is at least {}",
                word::limit::EXCITED
            ),
        ),
        (
            Label::Happy,
            format!("the valence is at least {}", word::limit::HAPPY),
        ),
        (
            Label::Bored,
            format!("the g of `quiet` is at least {}", word::limit::QUIET),
        ),
        (Label::Content, "none of these".to_owned()),
    ];
    page.push_str("\n## Words\n\nThe first that holds:\n\n| word | where |\n|---|---|\n");
    for (label, limit) in limits {
        let _ = writeln!(page, "| {label} | {limit} |");
    }
    let _ = write!(
        page,
        "\nThe word does not flap. For it, what follows measurements counts by its average over about {:.0} \
         minutes. What is clearly\nworse (past a limit by {} of valence, or {} of arousal) is said at once; \
         what is clearly better after {:.0} minutes; what is\nnot clear after {:.0} hours; and that too little \
         is known after {:.0} minutes. No word of trouble is held where nothing is bad any more, and one from\n\
         before a restart only where it is still true, within these margins.\n",
        word::SMOOTH / 60.0,
        word::limit::MARGIN,
        word::limit::WIDE_MARGIN / 2.0,
        word::EASE / 60.0,
        word::HOLD / 3_600.0,
        word::LOST / 60.0,
    );
    page.push_str("\n## Concerns\n\nWhat deserves a person; each with the rows behind it. The urgency says how strongly it is felt.\n\n| kind | found by |\n|---|---|\n");
    for (kind, found) in crate::detect::KINDS {
        let _ = writeln!(page, "| `{kind}` | {found} |");
    }
    page
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reference_follows_the_table() {
        let page = super::reference_page();
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/reference/feelings.md"
        );
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == page,
            "docs/reference/feelings.md is not what the table says; `UPDATE_EXPECT=1 cargo test -p mind reference` \
             writes it anew"
        );
    }
}
