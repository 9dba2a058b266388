//! What a person says of a device that they add by hand: which driver it is for, and whether that
//! can be right as far as this can be told without the driver.

use super::devices::short;
use crate::error::{ApiError, ErrorCode};
use crate::wire::NETWORK;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// What was typed in.
pub(super) type Description = Map<String, Value>;

/// What the form without a driver takes.
const FIELDS: [&str; 5] = ["ip", "host", "type", "port", "name"];

/// The longest name that a host can have.
const HOST: usize = 253;

/// The driver that a description is for, and what that one gets.
pub(super) fn described(mut description: Description) -> Result<(String, Description), ApiError> {
    let by_place = description.contains_key("ip") || description.contains_key("host");
    match description.remove("protocol") {
        Some(Value::String(driver)) => {
            text(&description, "name", "what people shall call it")?;
            Ok((driver, description))
        }
        None if by_place => {
            in_the_network(&description)?;
            Ok((NETWORK.to_owned(), description))
        }
        _ => Err(wrong(
            "protocol is missing or no text".to_owned(),
            "the driver that shall speak to it, such as \"mqtt\"; or ip and type instead",
        )),
    }
}

/// Checks the form that names a place in the network instead of a driver.
fn in_the_network(description: &Description) -> Result<(), ApiError> {
    if let Some(other) = description
        .keys()
        .find(|name| !FIELDS.contains(&name.as_str()))
    {
        return Err(wrong(
            format!("unknown field `{}`", short(other)),
            "ip or host, and type, port, name; other fields need a protocol",
        ));
    }
    if description.contains_key("ip") && description.contains_key("host") {
        return Err(wrong(
            "ip and host are both given".to_owned(),
            "one of them",
        ));
    }
    if description.contains_key("ip") {
        let ip = text(description, "ip", "an address such as 192.0.2.17")?;
        if ip.parse::<IpAddr>().is_err() {
            return Err(wrong(
                format!("ip is `{}`", short(ip)),
                "an address such as 192.0.2.17 or 2001:db8::17; a name goes into host",
            ));
        }
    } else {
        let host = text(description, "host", "a name such as printer.local")?;
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
        if host.len() > HOST || !host.chars().all(allowed) {
            return Err(wrong(
                format!("host is `{}`", short(host)),
                "a name such as printer.local, without http:// and without a port",
            ));
        }
    }
    text(description, "type", "what it is, such as \"printer\"")?;
    match description.get("port") {
        None => {}
        Some(port)
            if port
                .as_u64()
                .is_some_and(|port| (1..=65_535).contains(&port)) => {}
        Some(port) => {
            return Err(wrong(
                format!("port is {}", short(&port.to_string())),
                "a number from 1 to 65535",
            ));
        }
    }
    if description.contains_key("name") {
        text(description, "name", "what people shall call it")?;
    }
    Ok(())
}

/// A text that must be there.
fn text<'a>(
    description: &'a Description,
    field: &str,
    expected: &str,
) -> Result<&'a str, ApiError> {
    let given = description
        .get(field)
        .and_then(Value::as_str)
        .map(str::trim);
    given
        .filter(|text| !text.is_empty())
        .ok_or_else(|| wrong(format!("{field} is missing or no text"), expected))
}

fn wrong(message: String, expected: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidBody, message).expected(expected)
}
