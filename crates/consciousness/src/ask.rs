//! Asking the house that runs on this machine, over its own API: over the socket beside its database,
//! where who asks is the operator, or else over the network. HTTP/1.0 over one connection is all that it
//! takes: the answer ends with the connection.

use crate::place::socket_of;
use crate::settings::Settings;
use serde_json::Value as Json;
use std::io::{self, Read as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take: a rehearsal over a year is work.
const PATIENCE: Duration = Duration::from_secs(120);

/// The largest answer.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Why there is no answer, for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotAsk {
    /// Nobody answers there.
    #[error(
        "no house answers at {address}: {error}; expected one that runs with this folder's settings. Start it with `consciousness serve`, or set API_HOST and API_PORT to where it listens"
    )]
    Nobody {
        /// Where it was looked for.
        address: String,
        /// What the machine says.
        error: io::Error,
    },
    /// What answers is no house.
    #[error(
        "what answers at {0} is no house: its answer cannot be read; set API_HOST and API_PORT to where the house listens"
    )]
    NoHouse(String),
    /// The house says no.
    #[error("{message}{}; {action}", expected.as_ref().map(|it| format!("; expected {it}")).unwrap_or_default())]
    Refused {
        /// What was wrong.
        message: String,
        /// What was expected.
        expected: Option<String>,
        /// What to do.
        action: String,
    },
}

/// Asks the house of these settings.
///
/// # Errors
/// When nobody answers, or the house says no.
pub(crate) fn ask(
    settings: &Settings,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> Result<Json, CannotAsk> {
    let (shown, answer) = asked(settings, method, path, body)?;
    let (status, json) = parse(&answer).ok_or(CannotAsk::NoHouse(shown))?;
    if (200..300).contains(&status) {
        Ok(json)
    } else {
        Err(refused(status, &json))
    }
}

/// Asks for JSON whose status is part of the answer.
///
/// # Errors
/// When nobody answers, or what is no house.
pub(crate) fn any(settings: &Settings, path: &str) -> Result<Json, CannotAsk> {
    let (shown, answer) = asked(settings, "GET", path, None)?;
    let (_, json) = parse(&answer).ok_or(CannotAsk::NoHouse(shown))?;
    Ok(json)
}

/// Asks for a text.
///
/// # Errors
/// When nobody answers, or the house says no.
pub(crate) fn text(settings: &Settings, path: &str) -> Result<String, CannotAsk> {
    let (shown, answer) = asked(settings, "GET", path, None)?;
    let (status, body) = halves(&answer).ok_or(CannotAsk::NoHouse(shown))?;
    if (200..300).contains(&status) {
        Ok(body.to_owned())
    } else {
        Err(refused(
            status,
            &serde_json::from_str(body).unwrap_or_default(),
        ))
    }
}

fn refused(status: u16, answer: &Json) -> CannotAsk {
    let error = &answer["error"];
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    CannotAsk::Refused {
        message: text("message").unwrap_or_else(|| format!("the house answers {status}")),
        expected: text("expected"),
        action: text("action").unwrap_or_else(|| "look at its log".into()),
    }
}

/// Where it was asked, and what came.
fn asked(
    settings: &Settings,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> Result<(String, Vec<u8>), CannotAsk> {
    let host = match settings.text("API_HOST").trim() {
        "" | "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let port = settings.port("API_PORT");
    let shown = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let nobody = |error| CannotAsk::Nobody {
        address: shown.clone(),
        error,
    };
    let answer = match socket(settings).and_then(|path| UnixStream::connect(path).ok()) {
        Some(stream) => {
            stream.set_read_timeout(Some(PATIENCE)).map_err(nobody)?;
            stream.set_write_timeout(Some(CONNECT)).map_err(nobody)?;
            exchange(stream, "localhost", method, path, body).map_err(nobody)?
        }
        None => {
            let stream = connect((host, port)).map_err(nobody)?;
            exchange(stream, &shown, method, path, body).map_err(nobody)?
        }
    };
    Ok((shown, answer))
}

/// Where the socket of the house of these settings is.
pub(crate) fn socket(settings: &Settings) -> Option<PathBuf> {
    let location = store::Location::parse(settings.text("DATABASE_URL")).ok()?;
    Some(socket_of(location.path()))
}

/// The same, where a server answers there.
pub(crate) fn open_socket(settings: &Settings) -> Option<PathBuf> {
    socket(settings).filter(|path| UnixStream::connect(path).is_ok())
}

/// A part of a path or a query.
pub(crate) fn escaped(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => text.push(byte.into()),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

fn connect(place: (&str, u16)) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = place.to_socket_addrs()?.collect();
    let address = addresses.first().ok_or(io::ErrorKind::NotFound)?;
    let stream = TcpStream::connect_timeout(address, CONNECT)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(CONNECT))?;
    Ok(stream)
}

fn exchange(
    mut stream: impl io::Read + io::Write,
    host: &str,
    method: &str,
    path: &str,
    body: Option<&Json>,
) -> io::Result<Vec<u8>> {
    let body = body.map(Json::to_string).unwrap_or_default();
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/json\r\n"
    };
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer)?;
    Ok(answer)
}

/// The status and the body of an answer; no body counts as nothing.
fn parse(answer: &[u8]) -> Option<(u16, Json)> {
    let (status, body) = halves(answer)?;
    let json = if body.is_empty() {
        Json::Null
    } else {
        serde_json::from_str(body).ok()?
    };
    Some((status, json))
}

fn halves(answer: &[u8]) -> Option<(u16, &str)> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut words = head.split_whitespace();
    let is_http = words.next()?.starts_with("HTTP/");
    let status = words.next()?.parse().ok().filter(|_| is_http)?;
    Some((status, body))
}

#[cfg(test)]
mod tests {
    use super::{escaped, parse};
    use serde_json::json;

    #[test]
    fn a_name_is_no_part_of_the_query() {
        assert_eq!(escaped("a b&property=x"), "a%20b%26property%3Dx");
    }

    #[test]
    fn answers_are_read() {
        let ok = b"HTTP/1.0 202 Accepted\r\ncontent-length: 8\r\n\r\n{\"a\": 1}";
        assert_eq!(parse(ok), Some((202, json!({"a": 1}))));
        assert_eq!(
            parse(b"HTTP/1.1 204 No Content\r\n\r\n"),
            Some((204, json!(null)))
        );
        for rubbish in [
            &b""[..],
            b"SSH-2.0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\n<html>",
            b"\xff\xfe",
        ] {
            assert_eq!(parse(rubbish), None);
        }
    }
}
