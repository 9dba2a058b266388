//! One statement over many rows.
//!
//! A call of SQLite's worker costs more than writing a row, so rows go in bunches. The bunches have
//! few sizes, so that each statement stays prepared and what is left over costs few calls.

/// As measured, more rows a statement bring nothing.
const SIZES: [usize; 3] = [200, 20, 1];

/// A statement, written out for each size.
#[derive(Debug)]
pub(crate) struct Bulk {
    sizes: [(usize, String); SIZES.len()],
}

impl Bulk {
    /// `sql` makes the statement from its rows of `columns` placeholders each.
    pub(crate) fn new(columns: usize, sql: impl Fn(&str) -> String) -> Self {
        Self {
            sizes: SIZES.map(|size| (size, sql(&rows(size, columns)))),
        }
    }

    /// The statements that write `rows`, each with its share of them.
    pub(crate) fn over<'a, T>(
        &'static self,
        rows: &'a [T],
    ) -> impl Iterator<Item = (&'static str, &'a [T])> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let (size, sql) = self.sizes.iter().find(|(size, _)| *size <= rest.len())?;
            let (share, left) = rest.split_at(*size);
            rest = left;
            Some((sql.as_str(), share))
        })
    }
}

/// `(?, ?), (?, ?)`: so many rows of so many columns. Without numbers: for each numbered one sqlx
/// asks SQLite for its name, which walks all names, and that takes longer than writing the rows.
pub(crate) fn rows(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

#[cfg(test)]
mod tests {
    use super::Bulk;
    use std::sync::LazyLock;

    #[test]
    fn every_row_is_written_once_and_in_order() {
        static BULK: LazyLock<Bulk> =
            LazyLock::new(|| Bulk::new(2, |rows| format!("INSERT INTO t VALUES {rows}")));
        let all: Vec<usize> = (0..443).collect();
        let shares: Vec<_> = BULK.over(&all).collect();
        let sizes: Vec<usize> = shares.iter().map(|(_, share)| share.len()).collect();
        assert_eq!(sizes, [200, 200, 20, 20, 1, 1, 1]);
        for (sql, share) in &shares {
            assert_eq!(sql.matches('?').count(), 2 * share.len());
        }
        let written: Vec<usize> = shares
            .iter()
            .flat_map(|(_, share)| share.to_vec())
            .collect();
        assert_eq!(written, all);
        assert_eq!(BULK.over(&all[..0]).count(), 0);
    }
}
