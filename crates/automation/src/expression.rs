//! Conditions as expressions of the Common Expression Language (<https://cel.dev>): no loops that do not
//! end, no side effects, no way out.
//!
//! Known inside: `reported(device, property)`, `home(person)`, `anyone_home`,
//! `mode`, `hour`, `minute`, `weekday` (1 is Monday), and a run's parameters by name.

use cel::{Context, Program};

/// The longest expression. Its work is bounded by its length: macros over lists that are written
/// inside are all the repetition that there is.
const LONGEST: usize = 500;

/// Macros may stand inside each other this often at most: each multiplies the work.
const MACROS: usize = 2;

/// Whether an expression can be understood.
///
/// # Errors
/// Why not, for people.
pub(crate) fn check(text: &str) -> Result<(), String> {
    compile(text).map(drop)
}

/// Reads an expression.
///
/// # Errors
/// Why it cannot be read, for people.
pub(crate) fn compile(text: &str) -> Result<Program, String> {
    if text.len() > LONGEST {
        return Err(format!(
            "it is {} bytes long; at most {LONGEST}",
            text.len()
        ));
    }
    let macros = [".map(", ".filter(", ".all(", ".exists(", ".exists_one("];
    let count: usize = macros.iter().map(|name| text.matches(name).count()).sum();
    if count > MACROS {
        return Err(format!("it goes through {count} lists; at most {MACROS}"));
    }
    Program::compile(text).map_err(|errors| {
        let first = errors.to_string();
        first
            .lines()
            .next()
            .unwrap_or("it cannot be read")
            .to_owned()
    })
}

/// Whether an expression holds; `None` where something in it is not known.
pub(crate) fn holds(program: &Program, context: &Context<'_, '_>) -> Result<Option<bool>, String> {
    match program.execute(context) {
        Ok(cel::Value::Bool(truth)) => Ok(Some(truth)),
        Ok(cel::Value::Null) => Ok(None),
        Ok(_) => Err("it is neither true nor false".into()),
        Err(error) => Err(error.to_string()),
    }
}
