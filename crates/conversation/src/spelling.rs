//! Typing errors: words one edit away.

/// What is left of a word without one of its letters, and the word itself.
pub(crate) fn without_one(word: &str) -> Vec<String> {
    let mut rests = vec![word.to_owned()];
    let letters: Vec<(usize, char)> = word.char_indices().collect();
    for &(at, letter) in &letters {
        let mut rest = String::with_capacity(word.len());
        rest.push_str(&word[..at]);
        rest.push_str(&word[at + letter.len_utf8()..]);
        if rests.last() != Some(&rest) {
            rests.push(rest);
        }
    }
    rests
}

/// Whether one letter added, left out, replaced, or swapped with its neighbour makes one word the
/// other.
pub(crate) fn one_edit(a: &str, b: &str) -> bool {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let (short, long) = if a.len() <= b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    let same = short
        .iter()
        .zip(long.iter())
        .take_while(|(x, y)| x == y)
        .count();
    match long.len() - short.len() {
        0 if same == short.len() => false,
        0 => {
            short[same + 1..] == long[same + 1..]
                || (same + 1 < short.len()
                    && short[same] == long[same + 1]
                    && short[same + 1] == long[same]
                    && short[same + 2..] == long[same + 2..])
        }
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::one_edit;

    #[test]
    fn one_edit_is_one_edit() {
        for (a, b) in [
            ("light", "ligth"),
            ("light", "ligt"),
            ("light", "lightt"),
            ("light", "lught"),
        ] {
            assert!(one_edit(a, b) && one_edit(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("light", "light"),
            ("light", "lihgtt"),
            ("light", "right hand"),
            ("", "ab"),
        ] {
            assert!(!one_edit(a, b), "{a} {b}");
        }
    }
}
