//! Events of a server's stream, out of bytes that are cut anywhere.

use super::Malformed;

/// The longest line.
const LINE: usize = 256 * 1024;

/// What is left of a stream between two pieces.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
    whole: Vec<u8>,
    events: usize,
}

impl Lines {
    /// Takes a piece, and gives the data of what has ended in it.
    ///
    /// # Errors
    /// When a line is too long.
    pub fn take(&mut self, piece: &[u8]) -> Result<Vec<String>, Malformed> {
        let mut found = Vec::new();
        self.rest.extend_from_slice(piece);
        if self.events == 0 && self.whole.len() < LINE {
            self.whole.extend_from_slice(piece);
        }
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(data) = line.trim_end().strip_prefix("data:") {
                self.events += 1;
                self.whole.clear();
                found.push(data.trim_start().to_owned());
            }
        }
        if self.rest.len() > LINE {
            return Err(Malformed::TooMuch);
        }
        Ok(found)
    }

    /// What came where no event did: some servers answer in one piece, whatever they were asked for.
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        (self.events == 0 && !self.whole.is_empty()).then_some(&self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let stream = b": comment\r\nevent: x\ndata: {\"a\":1}\n\ndata:{\"b\":\"\xc3\xa4\"}\r\n\r\ndata: [DONE]\n\n";
        for size in 1..stream.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                found.extend(lines.take(piece).unwrap());
            }
            assert_eq!(found, ["{\"a\":1}", "{\"b\":\"ä\"}", "[DONE]"], "{size}");
            assert!(lines.whole().is_none());
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 64 * 1024];
        assert!((0..8).any(|_| lines.take(&piece).is_err()));
    }

    #[test]
    fn an_answer_in_one_piece_is_kept() {
        let mut lines = Lines::default();
        assert!(lines.take(b"{\"choices\"").unwrap().is_empty());
        lines.take(b":[]}").unwrap();
        assert_eq!(lines.whole(), Some(&b"{\"choices\":[]}"[..]));
    }
}
