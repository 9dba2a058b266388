//! Words that steer an interview: yes, next, later, done, undo.

/// Whether a message is one of these, with or without politeness around it.
pub(super) fn is_one(bare: &str, list: &[&str]) -> bool {
    let trimmed = bare
        .strip_prefix("ok ")
        .or_else(|| bare.strip_prefix("okay "))
        .or_else(|| bare.strip_prefix("please "))
        .unwrap_or(bare);
    let trimmed = trimmed
        .strip_suffix(" please")
        .or_else(|| trimmed.strip_suffix(" thanks"))
        .or_else(|| trimmed.strip_suffix(" thank you"))
        .unwrap_or(trimmed);
    list.contains(&trimmed)
}

/// Whether somebody wants to go on at another time: “leave it for later”, “I'll do that later”.
pub(super) fn pauses(bare: &str) -> bool {
    let mut words = bare.split(' ');
    is_one(bare, PAUSE) || (words.clone().count() <= 7 && words.any(|word| word == "later"))
}

const PAUSE: &[&str] = &[
    "stop",
    "pause",
    "later",
    "continue later",
    "let us continue later",
    "we continue later",
    "go on later",
    "i have to go",
    "i must go",
    "not now",
    "take a break",
    "let us take a break",
    "enough for now",
    "that is enough for now",
    "that is enough",
    "that is enough for today",
    "enough for today",
    "stop the interview",
    "pause the interview",
    "stop here",
    "let us stop here",
    "another time",
    "we will continue later",
    "we will go on later",
    "leave it for now",
    "leave it for today",
    "not today",
    "no time",
    "i have no time",
    "cancel",
    "i am busy",
    "exit",
    "quit",
];
pub(super) const DONE: &[&str] = &[
    "done",
    "i am done",
    "we are done",
    "finished",
    "i am finished",
    "we are finished",
    "finish",
    "that is all",
    "that is everything",
    "that is it",
    "nothing else",
    "nothing more",
    "no that is all",
    "no that is everything",
    "no nothing else",
    "everything",
    "that was all",
    "that was everything",
    "end",
    "end the interview",
    "finish the interview",
    "no that is it",
];
pub(super) const NEXT: &[&str] = &[
    "next",
    "skip",
    "skip it",
    "skip this",
    "skip that",
    "nothing",
    "nothing here",
    "none",
    "no",
    "nope",
    "continue",
    "go on",
    "next room",
    "next one",
    "i do not know",
    "do not know",
    "no idea",
    "nothing in here",
    "nothing there",
    "no more",
    "no more rooms",
    "nowhere",
    "it has none",
    "there is nothing",
    "not really",
    "carry on",
    "there is nothing here",
    "move on",
    "next question",
    "let us go on",
    "let us continue",
    "dead end",
    "nothing yet",
];
pub(super) const UNDO_WORDS: &[&str] = &[
    "undo",
    "undo that",
    "undo it",
    "take that back",
    "take it back",
    "that was wrong",
    "no undo",
    "no undo that",
    "no that was wrong",
    "revert that",
    "that is wrong",
    "no that is wrong",
    "i did not mean that",
];
pub(super) const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "sure",
    "ok",
    "okay",
    "correct",
    "right",
    "do it",
    "please do",
    "yes please",
    "of course",
    "exactly",
    "go ahead",
    "that is right",
    "that is it",
    "yes do",
    "yes do it",
    "both",
    "all of them",
    "yes all of them",
    "yes both",
    "it is",
    "y",
    "fine",
    "yes that is it",
    "yes it is",
    "yes they are",
    "they are",
];
pub(super) const STATUS: &[&str] = &[
    "where are we",
    "what is left",
    "what do you have",
    "what do you have so far",
    "show me the map",
    "show the map",
    "where am i",
    "what do you know",
    "what do you know so far",
    "how far are we",
    "the map",
    "map",
    "what is next",
];
/// What begins so is a command or a question, and no description.
pub(super) const OTHERS: &[&str] = &[
    "turn", "switch", "set", "open", "close", "lock", "unlock", "dim", "start", "play", "make",
    "why", "when", "who", "how", "what", "which", "is", "are", "can", "could", "would", "will",
    "should", "does", "did", "do", "tell", "show", "arm", "disarm", "activate", "increase",
    "decrease", "ignore", "help", "hello", "hi", "good", "thanks", "thank",
];
