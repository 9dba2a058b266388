//! Messages of SSDP: headers as in HTTP, one datagram each.

/// Headers of a message, and the bytes of a value.
const HEADERS: usize = 64;
const VALUE: usize = 512;
/// The longest name that a device may give itself.
const UUID: usize = 128;

/// What a device says of itself or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) what: What,
    /// The device, without `uuid:`, in lower case.
    pub(super) uuid: String,
    /// What it is or offers: `upnp:rootdevice`, a device type, a service type.
    pub(super) target: String,
    /// Where its description is.
    pub(super) location: Option<String>,
    /// What it runs.
    pub(super) server: Option<String>,
    /// For how many seconds this holds.
    pub(super) max_age: Option<u32>,
    /// The id of a Hue bridge, which has a header of its own.
    pub(super) hue: Option<String>,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It is there.
    Alive,
    /// It goes.
    Goodbye,
}

/// Reads a message. Questions of others give nothing.
///
/// # Errors
/// What is wrong with it, for the log.
pub(super) fn read(packet: &[u8]) -> Result<Option<Message>, &'static str> {
    let text = String::from_utf8_lossy(packet);
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let first = lines.next().unwrap_or_default().to_ascii_uppercase();
    let is_answer = if first.starts_with("HTTP/1.") {
        if first.split_whitespace().nth(1) != Some("200") {
            return Ok(None);
        }
        true
    } else if first.starts_with("NOTIFY ") {
        false
    } else if first.starts_with("M-SEARCH ") {
        return Ok(None);
    } else {
        return Err("it is no SSDP message");
    };
    let headers: Vec<(String, String)> = lines
        .take_while(|line| !line.is_empty())
        .take(HEADERS)
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let value = value.trim().chars().filter(|c| !c.is_control());
            Some((
                name.trim().to_ascii_lowercase(),
                value.take(VALUE).collect(),
            ))
        })
        .collect();
    let header = |wanted: &str| {
        headers
            .iter()
            .find(|(name, value)| name == wanted && !value.is_empty())
            .map(|(_, value)| value.clone())
    };
    let what = match header("nts").as_deref() {
        _ if is_answer => What::Alive,
        Some("ssdp:alive" | "ssdp:update") => What::Alive,
        Some("ssdp:byebye") => What::Goodbye,
        _ => return Err("it does not say whether the device comes or goes (NTS)"),
    };
    let name = header("usn").ok_or("it does not say whose it is (USN)")?;
    let rest = strip(&name, "uuid:").ok_or("its USN names no device")?;
    let uuid = rest.split("::").next().unwrap_or_default().trim();
    let is_name =
        !uuid.is_empty() && uuid.len() <= UUID && uuid.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_name {
        return Err("its USN names no device");
    }
    let target = header(if is_answer { "st" } else { "nt" }).unwrap_or_default();
    Ok(Some(Message {
        what,
        uuid: uuid.to_ascii_lowercase(),
        target,
        location: header("location"),
        server: header("server"),
        max_age: header("cache-control").and_then(|text| max_age(&text)),
        hue: header("hue-bridgeid").map(|id| id.to_ascii_lowercase()),
    }))
}

/// The rest of a text behind a beginning, whatever its case.
fn strip<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start)
        .then(|| &text[start.len()..])
}

fn max_age(text: &str) -> Option<u32> {
    text.split(',').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse::<u64>().ok()?;
        name.trim()
            .eq_ignore_ascii_case("max-age")
            .then(|| u32::try_from(seconds).unwrap_or(u32::MAX))
    })
}

/// What is searched for.
const TARGETS: [&str; 2] = ["ssdp:all", "upnp:rootdevice"];

/// The questions of a search.
pub(super) fn search() -> Vec<Vec<u8>> {
    TARGETS
        .iter()
        .map(|target| {
            format!(
                "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
                 MX: 2\r\nST: {target}\r\nUSER-AGENT: Linux UPnP/1.1 consciousness\r\n\r\n"
            )
            .into_bytes()
        })
        .collect()
}
