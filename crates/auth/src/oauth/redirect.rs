//! Where a program may have people sent back to. Pure.
//!
//! A server of the same machine as the browser (loopback, any port: RFC 8252, 7.3), a page by https, or
//! an app by a scheme of its own that is a domain the other way round (RFC 8252, 7.1). Everything is
//! compared as it is written but the port of loopback.

/// The longest address.
const LONGEST: usize = 512;

/// What is at the other end of an address, for who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// A program on the machine of the browser itself.
    Here,
    /// A site, with its port where that is not the usual one.
    Site(String),
    /// An app that took this scheme.
    App(String),
}

/// Where an address leads.
///
/// # Errors
/// When people must not be sent there, with why.
pub(super) fn judge(address: &str) -> Result<Back, &'static str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    if address.len() > LONGEST || !address.bytes().all(plain) {
        return Err(
            "it is longer than 512 bytes, has a fragment, or characters that addresses do not have",
        );
    }
    let (scheme, rest) = address.split_once(':').ok_or("it is no absolute address")?;
    match scheme {
        "http" | "https" => {
            let rest = rest.strip_prefix("//").ok_or("it names no host")?;
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            let (host, port) = split(authority).ok_or("its host or port cannot be")?;
            if is_loopback(host) {
                return if scheme == "http" {
                    Ok(Back::Here)
                } else {
                    Err("loopback is asked by http")
                };
            }
            if scheme == "http" {
                return Err("http is for loopback alone: 127.0.0.1, [::1] or localhost");
            }
            Ok(Back::Site(match port {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            }))
        }
        _ => {
            let fits = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-+".contains(&byte)
            };
            let is_own = scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.bytes().all(fits)
                && scheme.contains('.')
                && scheme.split('.').all(|part| !part.is_empty());
            if !is_own {
                return Err(
                    "a scheme of an app's own is a domain the other way round, such as org.example.app",
                );
            }
            if rest.trim_start_matches('/').is_empty() {
                return Err("it has no path");
            }
            Ok(Back::App(scheme.to_owned()))
        }
    }
}

/// Whether an address is the one that was registered.
pub(super) fn fits(registered: &str, given: &str) -> bool {
    registered == given
        || matches!(
            (judge(registered), judge(given)),
            (Ok(Back::Here), Ok(Back::Here))
        ) && without_port(registered) == without_port(given)
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

/// Host and port of an authority; nothing that could name another host to another reader.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(port.parse().ok()?),
        None if rest.is_empty() => None,
        _ => return None,
    };
    let is_name = |host: &str| {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        !host.is_empty() && host.bytes().all(fits)
    };
    let is_v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    (is_v6 || is_name(host)).then_some((host, port))
}

/// An address of loopback without its port.
fn without_port(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap_or(address);
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let host = split(authority).map_or(authority, |(host, _)| host);
    format!("{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::{Back, fits, judge};

    #[test]
    fn people_are_sent_to_loopback_to_https_and_to_apps_alone() {
        for good in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:3334/callback",
            "http://[::1]:0/",
            "http://localhost:1455/auth?from=house",
        ] {
            assert_eq!(judge(good), Ok(Back::Here), "{good}");
        }
        assert_eq!(
            judge("https://claude.ai/api/cb"),
            Ok(Back::Site("claude.ai".into()))
        );
        assert_eq!(
            judge("https://a.example:8443/cb"),
            Ok(Back::Site("a.example:8443".into()))
        );
        for app in ["org.example.app:/cb", "org.example.app://cb"] {
            assert_eq!(judge(app), Ok(Back::App("org.example.app".into())), "{app}");
        }
        for bad in [
            "",
            "/callback",
            "callback",
            "http://evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "https://good.example@evil.example/",
            "https://a.example/#token",
            "https://a.example\\@evil.example/",
            "https://a.example:99999/",
            "https://a.example:/x:y@z",
            "https:///cb",
            "https://A.example/",
            "https://%65vil.example/",
            "http:127.0.0.1/cb",
            "https://localhost/cb",
            "javascript:alert(1)",
            "java.script:",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://a/",
            "view-source:https://a/",
            "myapp://cb",
            "vbscript:x",
            "org.example.app:",
            "org.example.app://",
            ".a.b:/x",
            "a..b:/x",
            "ORG.example:/x",
            "intent://x#Intent;end",
            "https://a.example/\u{202e}x",
            "https://a.example/ x",
            "https://a.example/\n",
            "//evil.example/cb",
            "http://[::1/cb",
            "http://[evil]/cb",
        ] {
            assert!(judge(bad).is_err(), "{bad:?}: {:?}", judge(bad));
        }
        assert!(judge(&format!("https://a.example/{}", "x".repeat(600))).is_err());
    }

    #[test]
    fn an_address_is_the_registered_one_but_for_the_port_of_loopback() {
        for (registered, given, is_same) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:50123/cb", true),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:50123/cb", true),
            ("http://[::1]/cb", "http://[::1]:7/cb", true),
            ("http://127.0.0.1/cb", "http://localhost/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1/cb/more", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1/cb?x=1", false),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1:1@evil.example/cb",
                false,
            ),
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example:444/cb", false),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("https://a.example/cb", "https://a.example/../evil", false),
            ("org.example.app:/cb", "org.example.app:/cb", true),
            ("org.example.app:/cb", "org.example.app:/other", false),
        ] {
            assert_eq!(fits(registered, given), is_same, "{registered} {given}");
        }
    }
}
