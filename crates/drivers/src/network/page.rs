//! What a web server answers, as far as it tells what the thing is. Pure.

use crate::hardware::plain;

/// How much of an answer is read.
pub(super) const LONGEST: usize = 16 * 1024;

/// What an answer tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Page {
    /// What the server calls itself.
    pub(super) server: Option<String>,
    /// What the page calls itself.
    pub(super) title: Option<String>,
}

/// The request for the first page.
pub(super) fn request(host: &str, port: u16) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    format!(
        "GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: consciousness\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )
}

/// Reads an answer, or as much of it as came; `None` where it is no HTTP.
pub(super) fn read(bytes: &[u8]) -> Option<Page> {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    if !text.starts_with("HTTP/1.") {
        return None;
    }
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let server = head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("server").then_some(value)
    });
    Some(Page {
        server: server.and_then(|value| plain(value, 80)),
        title: title(body),
    })
}

/// What stands between `<title>` and `</title>`, in any case of letters.
fn title(body: &str) -> Option<String> {
    // ASCII letters only, so that places in both texts are the same.
    let lower = body.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower.get(begin..)?.find('>')? + 1;
    let end = begin + lower.get(begin..)?.find("</title")?;
    let text: Vec<&str> = body.get(begin..end)?.split_whitespace().collect();
    let text = text.join(" ");
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (from, to)| text.replace(from, to));
    plain(&text, 80)
}

/// Reads any bytes as an answer.
///
/// # Panics
/// When what is read is not fit to be shown, which is what fuzzing looks for.
pub fn fuzz_page(data: &[u8]) {
    let page = read(data).unwrap_or_default();
    for text in [page.server, page.title].into_iter().flatten() {
        assert!(
            !text.is_empty() && text.chars().count() <= 80 && !text.chars().any(char::is_control)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, read, request};

    #[test]
    fn servers_and_titles_are_read() {
        let page = |server: Option<&str>, title: Option<&str>| Page {
            server: server.map(str::to_owned),
            title: title.map(str::to_owned),
        };
        for (answer, expected) in [
            (
                "HTTP/1.1 200 OK\r\nSERVER: nginx/1.18\r\n\r\n<html><TITLE lang=en>\n Front  door &amp; gate\n</title>",
                Some(page(Some("nginx/1.18"), Some("Front door & gate"))),
            ),
            (
                "HTTP/1.0 401 No\r\nWWW-Authenticate: Basic\r\n\r\n",
                Some(page(None, None)),
            ),
            (
                "HTTP/1.1 200 OK\r\nServer: x\r\nContent",
                Some(page(Some("x"), None)),
            ),
            (
                "HTTP/1.1 200 OK\r\n\r\n<title>never ends",
                Some(page(None, None)),
            ),
            (
                "HTTP/1.1 200 OK\r\n\r\n<title>\u{7}</title>",
                Some(page(None, None)),
            ),
            ("SSH-2.0-OpenSSH_9.2\r\n", None),
            ("", None),
        ] {
            assert_eq!(read(answer.as_bytes()), expected, "{answer}");
        }
    }

    #[test]
    fn the_request_names_its_host() {
        assert!(request("fd00::20", 80).contains("\r\nHost: [fd00::20]:80\r\n"));
    }
}
