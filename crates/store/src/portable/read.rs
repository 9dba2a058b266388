//! Reading a document.

use super::{
    document::{Cell, Column, FORMAT, Head, LONGEST_LINE, Summary, TableSum, VERSION, hexadecimal},
    fault::BackupFault,
    line,
};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead, ErrorKind, Read as _};

/// The longest first line: what it says is short, whatever it is.
const LONGEST_HEAD: usize = 64 * 1024;

/// Reads a document. Nothing of it may be used before [`Reader::finish`] has said that all is right.
pub struct Reader<R> {
    input: R,
    head: Head,
    whole: Sha256,
    table: Option<Table>,
    sums: Vec<TableSum>,
    line: Vec<u8>,
    /// The line that was read is the end of the document.
    at_end: bool,
}

struct Table {
    name: String,
    columns: Vec<Column>,
    rows: u64,
    hash: Sha256,
}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// Where something is wrong.
fn at(table: &Table, wrong: impl std::fmt::Display) -> BackupFault {
    BackupFault::Damaged(format!(
        "row {} of the table {}: {wrong}",
        table.rows + 1,
        shown(&table.name)
    ))
}

/// Words of the document, fit to be shown.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("`{}`", short.escape_debug())
}

impl<R: BufRead> Reader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// When it cannot be read, is something else, or of a newer form.
    pub fn new(mut input: R) -> Result<Self, BackupFault> {
        let mut line = Vec::new();
        next_line(&mut input, &mut line, LONGEST_HEAD).map_err(|fault| match fault {
            BackupFault::Damaged(wrong) if !is_ours(&line) => BackupFault::Foreign(wrong),
            fault => fault,
        })?;
        let whole = Sha256::new_with_prefix(&line);
        let head = head_of(&line)?;
        Ok(Self {
            input,
            head,
            whole,
            table: None,
            sums: Vec::new(),
            line,
            at_end: false,
        })
    }

    /// What it says of itself.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The next table, with its columns; `None` at the end. The one before must have been read.
    ///
    /// # Errors
    /// When it is damaged or cannot be read.
    pub fn table(&mut self) -> Result<Option<(String, Vec<Column>)>, BackupFault> {
        if self.table.is_some() || self.at_end {
            return Err(BackupFault::damaged("it was not read in its order"));
        }
        next_line(&mut self.input, &mut self.line, LONGEST_LINE)?;
        if self.line.starts_with(b"]") {
            self.at_end = true;
            return Ok(None);
        }
        let text = text_of(&self.line)?;
        let is_first = self.sums.is_empty();
        let read = line::read_table(text);
        let Some((name, columns)) =
            read.filter(|(name, columns)| line::table(name, columns, is_first) == text)
        else {
            return Err(BackupFault::Damaged(format!(
                "a table was expected, and there is {}",
                shown(text)
            )));
        };
        self.table = Some(Table {
            name: name.clone(),
            columns: columns.clone(),
            rows: 0,
            hash: Sha256::new_with_prefix(&self.line),
        });
        Ok(Some((name, columns)))
    }

    /// The next row of the table; `None` at its end.
    ///
    /// # Errors
    /// When it is damaged or cannot be read.
    pub fn row(&mut self) -> Result<Option<Vec<Cell<'static>>>, BackupFault> {
        let Some(table) = &mut self.table else {
            return Err(BackupFault::damaged("it was not read in its order"));
        };
        next_line(&mut self.input, &mut self.line, LONGEST_LINE).map_err(|fault| match fault {
            BackupFault::Damaged(wrong) => at(table, wrong),
            other => other,
        })?;
        if self.line.starts_with(b"]") {
            return self.end_table().map(|()| None);
        }
        table.hash.update(&self.line);
        let text = std::str::from_utf8(&self.line).map_err(|error| at(table, error))?;
        let cells = line::read_row(text, &table.columns, table.rows == 0)
            .map_err(|wrong| at(table, wrong))?;
        table.rows += 1;
        Ok(Some(cells))
    }

    fn end_table(&mut self) -> Result<(), BackupFault> {
        let Some(table) = self.table.take() else {
            return Ok(());
        };
        let sum = TableSum {
            name: table.name,
            rows: table.rows,
            sha256: hexadecimal(&table.hash.finalize()),
        };
        if line::table_end(&sum).as_bytes() != self.line {
            return Err(BackupFault::Damaged(format!(
                "the table {} is not what was written: its {} rows have another count or checksum",
                shown(&sum.name),
                sum.rows
            )));
        }
        self.whole.update(&self.line);
        self.sums.push(sum);
        Ok(())
    }

    /// Says whether all of it was right.
    ///
    /// # Errors
    /// When it does not end as it should.
    pub fn finish(mut self) -> Result<Summary, BackupFault> {
        if !self.at_end {
            return Err(BackupFault::damaged("it was not read to its end"));
        }
        let sha256 = hexadecimal(&self.whole.finalize());
        if line::end(self.sums.len(), &sha256).as_bytes() != self.line {
            return Err(BackupFault::damaged(
                "its checksum is not what it should be",
            ));
        }
        // A reader that unpacks says here whether all that was packed is right.
        let mut more = [0; 1];
        match self.input.read(&mut more) {
            Ok(0) => Ok(Summary { tables: self.sums }),
            Ok(_) => Err(BackupFault::damaged("something follows its end")),
            Err(error) => Err(unreadable(error)),
        }
    }
}

/// Whether a line begins as a head does.
fn is_ours(line: &[u8]) -> bool {
    line.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes())
}

/// The head, or what the file is otherwise.
fn head_of(line: &[u8]) -> Result<Head, BackupFault> {
    let foreign = || {
        if is_ours(line) {
            BackupFault::damaged("its first line was changed")
        } else {
            BackupFault::Foreign("it does not begin as one".to_owned())
        }
    };
    let text = std::str::from_utf8(line).map_err(|_| foreign())?;
    let version = newer_form(text);
    if let Some(version) = version {
        return Err(BackupFault::Newer(format!(
            "its form is version {version}, and this one knows {VERSION}"
        )));
    }
    let head = line::read_head(text).ok_or_else(foreign)?;
    if head.format != FORMAT || head.format_version == 0 {
        return Err(foreign());
    }
    if line::head(&head) != text {
        return Err(BackupFault::damaged("its first line was changed"));
    }
    Ok(head)
}

/// The version of a form that is not known here yet, whatever else its head says.
fn newer_form(text: &str) -> Option<u32> {
    let start = format!("{{\"format\":\"{FORMAT}\",\"format_version\":");
    let rest = text.strip_prefix(&start)?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|version| *version > VERSION)
}

fn text_of(line: &[u8]) -> Result<&str, BackupFault> {
    std::str::from_utf8(line)
        .map_err(|error| BackupFault::Damaged(format!("a line is no text: {error}")))
}

/// The next line, with its end.
fn next_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    longest: usize,
) -> Result<(), BackupFault> {
    line.clear();
    // One very long line must not be held for all the short ones that follow.
    line.shrink_to(1024 * 1024);
    let limit = u64::try_from(longest).unwrap_or(u64::MAX);
    input
        .by_ref()
        .take(limit)
        .read_until(b'\n', line)
        .map_err(unreadable)?;
    if line.ends_with(b"\n") {
        return Ok(());
    }
    if line.len() >= longest {
        return Err(BackupFault::Damaged(format!(
            "a line is longer than {longest} bytes"
        )));
    }
    Err(BackupFault::damaged("it ends too early"))
}

/// What unpacks says with its own words that there is damage.
fn unreadable(error: std::io::Error) -> BackupFault {
    match error.kind() {
        ErrorKind::UnexpectedEof => BackupFault::damaged("it ends too early"),
        ErrorKind::InvalidData | ErrorKind::Other => BackupFault::Damaged(error.to_string()),
        _ => BackupFault::Io(error),
    }
}
