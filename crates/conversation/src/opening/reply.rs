//! An answer in free words, in the context of what the house said by itself. Pure.

use crate::lang::Language;
use crate::text;
use crate::time::{self, Moment};
use crate::understand::Meaning;

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Do it.
    Yes,
    /// Don't.
    No,
    /// One of the answers that the question names.
    Chosen,
    /// Not now.
    Later(Said),
    /// We know; leave it.
    Known,
    /// It is settled.
    Done,
    /// It was heard.
    Thanks,
}

/// When one wants to be reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing was said of that.
    Sometime,
    /// So many seconds from now.
    In(i64),
    /// At a moment.
    At(Moment),
}

const KNOWN: &[&str] = &[
    "leave it",
    "leave it be",
    "leave it as it is",
    "leave it like that",
    "leave it alone",
    "leave it on",
    "leave it open",
    "let it be",
    "i know",
    "we know",
    "i know about it",
    "i know that",
    "we know about it",
    "known",
    "ignore it",
    "ignore that",
    "never mind",
    "it is fine",
    "that is fine",
    "it is ok",
    "it is okay",
    "that is ok",
    "that is okay",
    "it is all right",
    "that is all right",
    "do not worry",
    "no worries",
    "forget it",
    "it is intended",
    "that is intended",
    "that is on purpose",
    "it is on purpose",
    "i did that on purpose",
    "it stays like that",
    "it stays so",
    "no leave it",
    "no need",
    "do not bother me with that",
    "stop telling me",
    "do not remind me",
    "do not remind me again",
];
const DONE: &[&str] = &[
    "done",
    "it is done",
    "fixed",
    "it is fixed",
    "i fixed it",
    "i did it",
    "i have done it",
    "already done",
    "mended",
    "solved",
    "it is solved",
    "taken care of",
    "i took care of it",
    "it is taken care of",
    "i closed it",
    "i have closed it",
    "i shut it",
    "it is closed now",
    "settled",
    "it is settled",
    "repaired",
    "it is repaired",
    "i replaced it",
    "i have fixed it",
    "all done",
    "that is done",
    "sorted",
    "it is sorted",
];
const LATER: &[&str] = &[
    "not now",
    "later",
    "no not now",
    "not yet",
    "maybe later",
    "perhaps later",
    "ask me later",
    "remind me later",
    "in a while",
    "another time",
    "not right now",
    "snooze",
    "snooze it",
    "wait",
    "ask again later",
    "not at the moment",
    "i am busy",
    "tell me later",
    "remind me again later",
    "remind me again",
];
const THANKS: &[&str] = &[
    "thanks",
    "thank you",
    "thank you very much",
    "good morning",
    "morning",
    "good morning house",
    "good to know",
    "all right",
    "alright",
    "ok thanks",
    "okay thanks",
    "ok thank you",
    "great",
    "nice",
    "got it",
    "understood",
    "good",
    "i see",
    "great thanks",
    "perfect",
    "good morning thanks",
    "good morning thank you",
    "thanks a lot",
    "noted",
    "good morning to you",
];
const YES: &[&str] = &[
    "yes",
    "yes please",
    "please",
    "please do",
    "do it",
    "do that",
    "yes do it",
    "yes do that",
    "go ahead",
    "sure",
    "ok",
    "okay",
    "of course",
    "yeah",
    "yep",
    "yup",
    "close it",
    "turn it off",
    "turn it on",
    "lock it",
    "shut it",
    "yes close it",
    "yes turn it off",
    "yes lock it",
    "please close it",
    "please turn it off",
    "please lock it",
    "switch it off",
    "yes switch it off",
    "yes go ahead",
    "that would be nice",
    "gladly",
    "sounds good",
    "fine",
    "absolutely",
    "definitely",
    "certainly",
    "y",
];
const NO: &[&str] = &[
    "no",
    "nope",
    "no thanks",
    "no thank you",
    "do not",
    "do not do that",
    "no do not",
    "please do not",
    "nah",
    "rather not",
    "better not",
    "n",
    "no way",
    "not really",
];

/// Words around a time of reminding.
const AROUND: &[&str] = &[
    "remind", "me", "again", "please", "ask", "tell", "not", "now", "later", "it", "about", "that",
    "this", "snooze", "for", "ok", "okay", "yes", "no", "in", "at", "until", "till", "wait",
    "then", "us", "back", "come", "let", "do", "so", "but", "maybe",
];

/// Reads an answer; `None` where it is none.
#[must_use]
pub fn reply(message: &str, meaning: &Meaning) -> Option<Reply> {
    let language = Language::english();
    let read = text::read(message, language);
    let words: Vec<&str> = read
        .tokens
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    let bare = words.join(" ");
    let bare = bare
        .strip_suffix(" thanks")
        .filter(|_| words.len() > 2)
        .unwrap_or(&bare);
    let is = |list: &[&str]| list.contains(&bare);
    if is(KNOWN) {
        return Some(Reply::Known);
    }
    if is(DONE) {
        return Some(Reply::Done);
    }
    if is(LATER) {
        return Some(Reply::Later(Said::Sometime));
    }
    if is(YES) {
        return Some(Reply::Yes);
    }
    if is(NO) {
        return Some(Reply::No);
    }
    if is(THANKS) {
        return Some(Reply::Thanks);
    }
    if let Some(said) = reminded(&read.tokens, language) {
        return Some(Reply::Later(said));
    }
    match meaning {
        Meaning::Yes => Some(Reply::Yes),
        Meaning::No => Some(Reply::No),
        Meaning::Nothing => Some(Reply::Known),
        _ => None,
    }
}

/// “Remind me in an hour”, “tomorrow at eight”, “snooze it for ten minutes”.
fn reminded(tokens: &[text::Token], language: &Language) -> Option<Said> {
    if tokens.len() > 14 {
        return None;
    }
    let (left, when) = time::take(tokens, language, false, &[]);
    if !left
        .iter()
        .all(|token| AROUND.contains(&token.text.as_str()))
    {
        return None;
    }
    if when.every.is_some() || when.past.is_some() {
        return None;
    }
    match (when.after, when.lasting, when.at, when.until) {
        (Some(seconds), ..) | (None, Some(seconds), ..) => Some(Said::In(seconds)),
        (None, None, Some(moment), _) | (None, None, None, Some(moment)) => Some(Said::At(moment)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reply, Said, reply};
    use crate::understand::{Lost, Meaning};

    #[test]
    fn free_words_are_understood() {
        let lost = Meaning::Lost(Lost::default());
        for (message, expected) in [
            ("Yes, please!", Some(Reply::Yes)),
            ("Close it", Some(Reply::Yes)),
            ("no", Some(Reply::No)),
            ("Not now", Some(Reply::Later(Said::Sometime))),
            ("remind me in an hour", Some(Reply::Later(Said::In(3_600)))),
            ("In ten minutes", Some(Reply::Later(Said::In(600)))),
            (
                "snooze it for 30 minutes",
                Some(Reply::Later(Said::In(1_800))),
            ),
            ("Leave it.", Some(Reply::Known)),
            ("I know", Some(Reply::Known)),
            ("It's fixed", Some(Reply::Done)),
            ("good morning", Some(Reply::Thanks)),
            ("turn on the hall light", None),
            ("why is it open?", None),
            ("in the kitchen", None),
        ] {
            assert_eq!(reply(message, &lost), expected, "{message}");
        }
        assert!(matches!(
            reply("remind me tomorrow at 8", &lost),
            Some(Reply::Later(Said::At(_)))
        ));
    }
}
