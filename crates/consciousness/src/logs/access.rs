//! The access log: one line a request in the [common log format], the client's address first.
//!
//! The path is written without its query, for what stands there may be private.
//!
//! [common log format]: https://httpd.apache.org/docs/2.4/logs.html#common

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::{self, Write as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format::Writer};
use tracing_subscriber::registry::LookupSpan;

/// The target of the lines that `api` gives.
pub(super) const TARGET: &str = "access";

/// Writes an event of [`TARGET`] as a line.
pub(super) struct CommonLog;

impl<S, N> FormatEvent<S, N> for CommonLog
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut request = Request::default();
        event.record(&mut request);
        writer.write_str(&request.line(Timestamp::now()))
    }
}

#[derive(Debug, Default)]
struct Request {
    client: String,
    user: String,
    method: String,
    path: String,
    status: u64,
    bytes: Option<u64>,
}

impl Request {
    fn line(&self, now: Timestamp) -> String {
        let when = TimeZone::UTC.to_datetime(now);
        let mut line = format!(
            "{} - {} [{}] \"{} {} HTTP/1.1\" {} ",
            word(&self.client),
            word(&self.user),
            when.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            word(&self.method),
            word(&self.path),
            self.status,
        );
        let _ = match self.bytes {
            Some(bytes) => writeln!(line, "{bytes}"),
            None => writeln!(line, "-"),
        };
        line
    }
}

/// A text as one field: what would end the field or the line is escaped.
fn word(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let mut word = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\\') {
            let _ = write!(word, "{}", letter.escape_unicode());
        } else {
            word.push(letter);
        }
    }
    word
}

impl Visit for Request {
    fn record_str(&mut self, field: &Field, value: &str) {
        let place = match field.name() {
            "client" => &mut self.client,
            "user" => &mut self.user,
            "method" => &mut self.method,
            "path" => &mut self.path,
            _ => return,
        };
        value.clone_into(place);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "bytes" => self.bytes = Some(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_line_in_the_common_log_format() {
        let request = Request {
            client: "192.168.1.7".to_owned(),
            user: String::new(),
            method: "GET".to_owned(),
            path: "/api/devices".to_owned(),
            status: 200,
            bytes: Some(512),
        };
        assert_eq!(
            request.line("2026-11-27T09:05:07Z".parse().unwrap()),
            "192.168.1.7 - - [27/Nov/2026:09:05:07 +0000] \"GET /api/devices HTTP/1.1\" 200 512\n"
        );
    }

    #[test]
    fn nothing_breaks_out_of_its_field() {
        let request = Request {
            client: "::1".to_owned(),
            user: "eve\" 200 1\n10.0.0.1 - root".to_owned(),
            ..Request::default()
        };
        let line = request.line("2026-11-27T09:05:07Z".parse().unwrap());
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.starts_with("::1 - eve\\u{22}\\u{20}200"), "{line}");
    }
}
