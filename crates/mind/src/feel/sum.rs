//! From evidence to a valence: a plain sum, so that its parts are its explanation.

use super::table::{BASELINE, FIRST, Factor, REST, Row, TABLE};

/// A piece of evidence: how strongly it speaks, and the rows behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<E> {
    /// Of which factor.
    pub factor: Factor,
    /// From -1 (bad) to 1 (good).
    pub strength: f64,
    /// The rows behind it.
    pub evidence: Vec<E>,
}

/// What one side of a factor contributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<E> {
    /// The factor.
    pub factor: Factor,
    /// What it is called on this side.
    pub name: &'static str,
    /// How much it adds to the valence; negative where it takes away.
    pub contribution: f64,
    /// The rows behind it.
    pub evidence: Vec<E>,
}

/// A feeling as a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum<E> {
    /// The baseline and all contributions, from -1 to 1.
    pub valence: f64,
    /// From 0 to 1.
    pub arousal: f64,
    /// What it is made of, the strongest first; nothing that contributes nothing.
    pub parts: Vec<Part<E>>,
}

/// What the word for a feeling is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tone {
    /// What factors add that follow states and happenings.
    pub steady: f64,
    /// What factors add that follow measurements.
    pub measured: f64,
    /// What of `steady` is bad, as a positive number.
    pub steady_bad: f64,
    /// What of `measured` is bad, as a positive number.
    pub measured_bad: f64,
    /// What of `steady_bad` is broken.
    pub hurts: f64,
    /// From 0 to 1.
    pub arousal: f64,
    /// How quiet it is, from 0 to 1.
    pub quiet: f64,
    /// How well all that is founded, from 0 to 1.
    pub confidence: f64,
}

/// How much of a factor's good and of its bad is there, each from 0 to 1. What is left untouched
/// after each piece of evidence is multiplied, so that more of the same counts ever less.
#[derive(Debug, Clone, Copy)]
struct Sides {
    good: f64,
    bad: f64,
}

fn sides<E>(items: &[Item<E>]) -> [Sides; TABLE.len()] {
    let mut left = [Sides {
        good: 1.0,
        bad: 1.0,
    }; TABLE.len()];
    for item in items {
        let sides = &mut left[item.factor as usize];
        let strength = item.strength.clamp(-1.0, 1.0);
        if strength > 0.0 {
            sides.good *= 1.0 - FIRST * strength;
        } else {
            sides.bad *= 1.0 + FIRST * strength;
        }
    }
    left.map(|left| Sides {
        good: 1.0 - left.good,
        bad: 1.0 - left.bad,
    })
}

fn arousal(sides: &[Sides]) -> f64 {
    let stirred = TABLE.iter().zip(sides);
    REST + stirred
        .map(|(row, sides)| {
            // Quiet does not stir.
            let bad = if row.factor == Factor::Company {
                0.0
            } else {
                sides.bad
            };
            row.stirs * sides.good.max(bad)
        })
        .sum::<f64>()
}

/// The sum of all evidence, with its parts.
#[must_use]
pub fn sum<E>(items: Vec<Item<E>>) -> Sum<E> {
    let sides = sides(&items);
    let arousal = arousal(&sides);
    let mut parts: Vec<Part<E>> = Vec::new();
    for (row, sides) in TABLE.iter().zip(sides) {
        for (name, contribution) in [
            (row.good, row.weight * sides.good),
            (row.bad, -row.weight * sides.bad),
        ] {
            if let (Some(name), true) = (name, contribution != 0.0) {
                parts.push(Part {
                    factor: row.factor,
                    name,
                    contribution,
                    evidence: Vec::new(),
                });
            }
        }
    }
    for item in items {
        let good = item.strength > 0.0;
        let part = parts
            .iter_mut()
            .find(|part| part.factor == item.factor && (part.contribution > 0.0) == good);
        if let Some(part) = part.filter(|_| item.strength != 0.0) {
            part.evidence.extend(item.evidence);
        }
    }
    let valence = BASELINE + parts.iter().map(|part| part.contribution).sum::<f64>();
    parts.sort_by(|a, b| {
        let (left, right) = (a.contribution.abs(), b.contribution.abs());
        right.total_cmp(&left).then_with(|| a.name.cmp(b.name))
    });
    Sum {
        valence,
        arousal,
        parts,
    }
}

/// What the word for the feeling is chosen by.
#[must_use]
pub fn tone<E>(items: &[Item<E>], confidence: f64) -> Tone {
    let sides = sides(items);
    let mut tone = Tone {
        arousal: arousal(&sides),
        confidence,
        quiet: sides[Factor::Company as usize].bad,
        ..Tone::default()
    };
    for (
        Row {
            factor,
            good,
            bad,
            weight,
            measured,
            ..
        },
        sides,
    ) in TABLE.iter().zip(sides)
    {
        let good = good.map_or(0.0, |_| weight * sides.good);
        let bad = bad.map_or(0.0, |_| weight * sides.bad);
        if *measured {
            tone.measured += good - bad;
            tone.measured_bad += bad;
        } else {
            tone.steady += good - bad;
            // Quiet is no trouble.
            tone.steady_bad += if *factor == Factor::Company { 0.0 } else { bad };
        }
        if *factor == Factor::Faults {
            tone.hurts += bad;
        }
    }
    tone
}
