//! Whole sentences that are no commands for devices: patterns of words with choices, parts that may
//! be left out, and free text.

use crate::text::Token;
use std::collections::HashMap;

/// A pattern's piece.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Word(String),
    /// One of several sequences.
    Choice(Vec<Vec<Node>>),
    /// Words, at least one.
    Text(String),
}

/// Patterns, by what they may begin with.
#[derive(Debug, Default)]
pub struct Topics {
    patterns: Vec<(String, Vec<Node>)>,
    by_first: HashMap<String, Vec<usize>>,
}

/// What a sentence is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The key in the language's file.
    pub key: String,
    /// The words of its free texts, by name: the first and the last.
    pub slots: Vec<(String, (usize, usize))>,
}

impl Topics {
    /// Adds a pattern.
    pub(crate) fn add(&mut self, key: &str, pattern: &str) {
        let mut letters = pattern.chars().peekable();
        let nodes = sequence(&mut letters);
        let index = self.patterns.len();
        let mut first = Vec::new();
        begins(&nodes, &mut first);
        first.sort();
        first.dedup();
        for word in first {
            self.by_first.entry(word).or_default().push(index);
        }
        self.patterns.push((key.to_owned(), nodes));
    }

    /// The first pattern that the whole sentence fits.
    #[must_use]
    pub fn find(&self, tokens: &[Token]) -> Option<Topic> {
        let first = tokens.first()?;
        let candidates = self.by_first.get(&first.text)?;
        candidates.iter().find_map(|index| {
            let (key, nodes) = &self.patterns[*index];
            let mut slots = Vec::new();
            let mut work = 2_000;
            fits(nodes, tokens, 0, &[], &mut slots, &mut work).then(|| Topic {
                key: key.clone(),
                slots,
            })
        })
    }

    /// The words that patterns are made of.
    pub(crate) fn words(&self) -> Vec<&str> {
        fn all<'a>(nodes: &'a [Node], words: &mut Vec<&'a str>) {
            for node in nodes {
                match node {
                    Node::Word(word) => words.push(word),
                    Node::Choice(choices) => choices.iter().for_each(|some| all(some, words)),
                    Node::Text(_) => {}
                }
            }
        }
        let mut words = Vec::new();
        for (_, nodes) in &self.patterns {
            all(nodes, &mut words);
        }
        words
    }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn sequence(letters: &mut Letters<'_>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, nodes: &mut Vec<Node>| {
        if !word.is_empty() {
            nodes.push(Node::Word(crate::text::folded(&std::mem::take(word))));
        }
    };
    while let Some(&letter) = letters.peek() {
        match letter {
            ')' | ']' | '|' => break,
            '(' | '[' => {
                letters.next();
                end(&mut word, &mut nodes);
                let mut choices = vec![sequence(letters)];
                while letters.next_if_eq(&'|').is_some() {
                    choices.push(sequence(letters));
                }
                letters.next();
                if letter == '[' || letters.next_if_eq(&'?').is_some() {
                    choices.push(Vec::new());
                }
                nodes.push(Node::Choice(choices));
            }
            '{' => {
                letters.next();
                end(&mut word, &mut nodes);
                let mut name = String::new();
                for letter in letters.by_ref() {
                    if letter == '}' {
                        break;
                    }
                    name.push(letter);
                }
                nodes.push(Node::Text(name));
            }
            ' ' => {
                letters.next();
                end(&mut word, &mut nodes);
            }
            other => {
                letters.next();
                word.push(other);
            }
        }
    }
    end(&mut word, &mut nodes);
    nodes
}

/// The words that a sequence can begin with; whether it can be empty.
fn begins(nodes: &[Node], first: &mut Vec<String>) -> bool {
    for node in nodes {
        match node {
            Node::Word(word) => {
                first.push(word.clone());
                return false;
            }
            Node::Text(_) => return false,
            Node::Choice(choices) => {
                let mut any = false;
                for some in choices {
                    any |= begins(some, first);
                }
                if !any {
                    return false;
                }
            }
        }
    }
    true
}

fn fits(
    nodes: &[Node],
    tokens: &[Token],
    at: usize,
    rest: &[&[Node]],
    slots: &mut Vec<(String, (usize, usize))>,
    work: &mut u32,
) -> bool {
    if *work == 0 {
        return false;
    }
    *work -= 1;
    let Some((node, after)) = nodes.split_first() else {
        return match rest.split_last() {
            Some((next, rest)) => fits(next, tokens, at, rest, slots, work),
            None => at == tokens.len(),
        };
    };
    match node {
        Node::Word(word) => {
            tokens.get(at).is_some_and(|token| token.text == *word)
                && fits(after, tokens, at + 1, rest, slots, work)
        }
        Node::Choice(choices) => choices.iter().any(|some| {
            let mut deeper = rest.to_vec();
            deeper.push(after);
            let kept = slots.len();
            let found = fits(some, tokens, at, &deeper, slots, work);
            if !found {
                slots.truncate(kept);
            }
            found
        }),
        Node::Text(name) => (at + 1..=tokens.len()).any(|end| {
            let kept = slots.len();
            slots.push((name.clone(), (at, end)));
            let found = fits(after, tokens, end, rest, slots, work);
            if !found {
                slots.truncate(kept);
            }
            found
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Topics;
    use crate::lang::Language;
    use crate::text;

    #[test]
    fn patterns_fit_whole_sentences() {
        let mut topics = Topics::default();
        topics.add("feeling", "how (are you|is the house) [feeling] [today]");
        topics.add("remember", "[please] remember [that] {text}");
        let find = |sentence: &str| topics.find(&text::read(sentence, Language::english()).tokens);
        assert_eq!(
            find("How are you today?").map(|it| it.key),
            Some("feeling".into())
        );
        assert_eq!(
            find("How is the house feeling?").map(|it| it.key),
            Some("feeling".into())
        );
        assert_eq!(find("How is the house on fire?"), None);
        let remember = find("please remember that the key is red").unwrap();
        assert_eq!(remember.slots, [("text".to_owned(), (3, 7))]);
    }
}
