//! Conditions as expressions of the Common Expression Language (<https://cel.dev>): no loops that do not
//! end, no side effects, no way out.
//!
//! Known inside: `reported(device, property)`, `home(person)`, `anyone_home`,
//! `mode`, `hour`, `minute`, `weekday` (1 is Monday), and a run's parameters by name.
//!
//! An expression is parsed once, when its document is read. Parser and judge go down a level for every
//! parenthesis and operator, so that both are bounded: what is too deep would take the process with it.

use cel::{Context, Program};
use std::fmt;
use std::sync::Arc;

/// The longest expression. Its work is bounded by its length: macros over lists that are written
/// inside are all the repetition that there is.
const LONGEST: usize = 500;

/// Macros may stand inside each other this often at most: each multiplies the work.
const MACROS: usize = 2;

/// Parentheses and operators that may stand in one. Each may go a level deeper: judging so many takes
/// half of a usual thread's stack.
const DEPTH: usize = 30;

/// The stack on which an expression is parsed, in bytes; a level takes the parser up to 250 kB.
const STACK: usize = 32 * 1024 * 1024;

/// The longest message about a fault.
const MESSAGE: usize = 200;

/// An expression that was read.
#[derive(Clone)]
pub struct Expression {
    text: String,
    program: Option<Arc<Program>>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        bounded(text)?;
        Ok(Self {
            text: text.to_owned(),
            program: Some(Arc::new(parse(text)?)),
        })
    }

    /// One that could not be read: it never holds. A document with such a fault is refused.
    pub(crate) const fn broken(text: String) -> Self {
        Self {
            text,
            program: None,
        }
    }

    /// For people: the comparison of one name with a value in words, anything else as it was written.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        self.plain().unwrap_or_else(|| format!("`{}`", self.text))
    }

    fn plain(&self) -> Option<String> {
        /// What is known in every expression; other names are parameters.
        const KNOWN: [&str; 4] = ["mode", "hour", "minute", "weekday"];
        let mut parts = self.text.splitn(3, ' ');
        let (name, sign, value) = (parts.next()?, parts.next()?, parts.next()?.trim());
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let how = match sign {
            ">" => "is above",
            ">=" => "is at least",
            "<" => "is below",
            "<=" => "is at most",
            "==" => "is",
            "!=" => "is not",
            _ => return None,
        };
        let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let value = match quoted {
            Some("") => "empty".to_owned(),
            Some(text) if !text.contains(['"', '\\']) => format!("“{text}”"),
            Some(_) => return None,
            // CEL knows whole numbers and others; people do not mind.
            None => value.parse::<f64>().ok()?.to_string(),
        };
        let what = name.replace('_', " ");
        let given = if KNOWN.contains(&name) { "" } else { "given " };
        Some(format!("the {given}{what} {how} {value}"))
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds; `None` where something in it is not known.
    ///
    /// # Errors
    /// Why that cannot be said, for people.
    pub(crate) fn holds(&self, context: &Context<'_, '_>) -> Result<Option<bool>, String> {
        let Some(program) = &self.program else {
            return Err("it could not be read".into());
        };
        match program.execute(context) {
            Ok(cel::Value::Bool(truth)) => Ok(Some(truth)),
            Ok(cel::Value::Null) => Ok(None),
            Ok(_) => Err("it is neither true nor false".into()),
            Err(error) => Err(short(&error.to_string())),
        }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Whether reading and judging it takes bounded work and bounded depth. Letters in quotation marks
/// count as well: whoever reads them differently from the parser must not get past.
fn bounded(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!(
            "it is {} bytes long; at most {LONGEST}",
            text.len()
        ));
    }
    // Blanks may stand around the dot and before the parenthesis.
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let macros = [".map(", ".filter(", ".all(", ".exists(", ".exists_one("];
    let count: usize = macros.iter().map(|name| dense.matches(name).count()).sum();
    if count > MACROS {
        return Err(format!("it goes through {count} lists; at most {MACROS}"));
    }
    let operators = text.matches(|c: char| "([{+-*/%<>!?".contains(c)).count();
    let equal = text.matches("==").count() + text.matches(" in ").count();
    let depth = operators + equal;
    if depth > DEPTH {
        return Err(format!(
            "it has {depth} parentheses and operators; at most {DEPTH}"
        ));
    }
    Ok(())
}

/// Parses on a stack of its own: the parser's levels are large.
fn parse(text: &str) -> Result<Program, String> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("expression".into())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                Program::compile(text).map_err(|errors| told(&errors.to_string()))
            })
            .map_err(|error| format!("there is no room to read it: {error}"))?
            .join()
            .unwrap_or_else(|_| Err("it cannot be read".into()))
    })
}

/// What a parser says, for people: `ERROR: <input>:1:9: Syntax error: extraneous input '&&' expecting ...`
/// in the words that help.
fn told(message: &str) -> String {
    let line = short(message);
    let what = line.split_once("Syntax error: ").map(|(place, what)| {
        let column = place.trim_end_matches([':', ' ']).rsplit(':').next();
        let what = what.split(" expecting ").next().unwrap_or(what);
        match column.and_then(|column| column.parse::<usize>().ok()) {
            Some(column) => format!("it cannot be read from letter {column} on: {what}"),
            None => format!("it cannot be read: {what}"),
        }
    });
    what.unwrap_or(line)
}

/// The first line of a message, without what no terminal should see.
fn short(message: &str) -> String {
    let first = message.lines().find(|line| !line.trim().is_empty());
    let plain = first.unwrap_or("it cannot be read").chars();
    plain.filter(|c| !c.is_control()).take(MESSAGE).collect()
}
