//! Writing a document.

use super::{
    document::{Cell, Column, Head, LONGEST_LINE, Summary, TableSum, hexadecimal},
    fault::BackupFault,
    line,
};
use sha2::{Digest as _, Sha256};
use std::io::Write;

/// Writes a document: its head, then table after table, row after row.
///
/// A table's checksum is over all its lines up to its end; the document's over its head and the ends
/// of its tables.
pub struct Writer<W> {
    out: W,
    whole: Sha256,
    table: Option<Table>,
    sums: Vec<TableSum>,
    line: String,
}

struct Table {
    name: String,
    columns: Vec<Column>,
    rows: u64,
    hash: Sha256,
}

impl<W> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("tables", &self.sums)
            .finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W, head: &Head) -> Result<Self, BackupFault> {
        let line = line::head(head);
        out.write_all(line.as_bytes())?;
        Ok(Self {
            out,
            whole: Sha256::new_with_prefix(line.as_bytes()),
            table: None,
            sums: Vec::new(),
            line,
        })
    }

    /// Begins a table.
    ///
    /// # Errors
    /// When it cannot be written, or the one before has not ended.
    pub fn table(&mut self, name: &str, columns: &[Column]) -> Result<(), BackupFault> {
        if let Some(open) = &self.table {
            return Err(BackupFault::Unfit(format!("{} has not ended", open.name)));
        }
        let line = line::table(name, columns, self.sums.is_empty());
        self.out.write_all(line.as_bytes())?;
        self.table = Some(Table {
            name: name.to_owned(),
            columns: columns.to_vec(),
            rows: 0,
            hash: Sha256::new_with_prefix(line.as_bytes()),
        });
        Ok(())
    }

    /// Writes a row of the table that has begun.
    ///
    /// # Errors
    /// When it cannot be written, does not have the table's columns or is too long.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), BackupFault> {
        let Some(table) = &mut self.table else {
            return Err(BackupFault::Unfit("a row without a table".to_owned()));
        };
        if cells.len() != table.columns.len() {
            return Err(BackupFault::Unfit(format!(
                "row {} of {} has {} values; expected {}",
                table.rows + 1,
                table.name,
                cells.len(),
                table.columns.len()
            )));
        }
        self.line.clear();
        line::row(&mut self.line, cells, table.rows == 0);
        if self.line.len() > LONGEST_LINE {
            return Err(BackupFault::Unfit(format!(
                "row {} of {} is longer than {LONGEST_LINE} bytes",
                table.rows + 1,
                table.name
            )));
        }
        table.hash.update(self.line.as_bytes());
        table.rows += 1;
        self.out.write_all(self.line.as_bytes())?;
        Ok(())
    }

    /// Ends the table that has begun.
    ///
    /// # Errors
    /// When it cannot be written, or none has begun.
    pub fn end_table(&mut self) -> Result<(), BackupFault> {
        let Some(table) = self.table.take() else {
            return Err(BackupFault::Unfit("no table has begun".to_owned()));
        };
        let sum = TableSum {
            name: table.name,
            rows: table.rows,
            sha256: hexadecimal(&table.hash.finalize()),
        };
        let line = line::table_end(&sum);
        self.whole.update(line.as_bytes());
        self.out.write_all(line.as_bytes())?;
        self.sums.push(sum);
        Ok(())
    }

    /// Ends the document.
    ///
    /// # Errors
    /// When it cannot be written, or a table has not ended.
    pub fn finish(mut self) -> Result<(W, Summary), BackupFault> {
        if let Some(open) = &self.table {
            return Err(BackupFault::Unfit(format!("{} has not ended", open.name)));
        }
        let line = line::end(self.sums.len(), &hexadecimal(&self.whole.finalize()));
        self.out.write_all(line.as_bytes())?;
        self.out.flush()?;
        Ok((self.out, Summary { tables: self.sums }))
    }
}
