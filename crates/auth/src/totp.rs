//! The second factor: codes of time (RFC 6238, SHA-1, six digits, thirty seconds) and recovery codes.
//! Pure.

use crate::keys::hash;
use model::Timestamp;
use ring::hmac;

/// How long a code is shown, in seconds.
const STEP: i64 = 30;

/// How many recovery codes there are.
const RECOVERY: usize = 10;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a time step.
pub(crate) fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[bytes.len() - 1] & 0xf);
    let number = bytes[offset..offset + 4]
        .iter()
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The time step of a code that is good now and was not used: this one, the one before or after, because
/// clocks differ.
pub(crate) fn step_of(secret: &[u8], given: &str, used: u64, now: Timestamp) -> Option<u64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let this = u64::try_from(now.as_second() / STEP).ok()?;
    [this, this.saturating_sub(1), this + 1]
        .into_iter()
        .find(|step| *step > used && code(secret, *step) == given)
}

/// A new shared secret.
pub(crate) fn new_secret() -> std::io::Result<Vec<u8>> {
    Ok(vault::random::<20>()?.to_vec())
}

/// A secret as people type it into an app.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let (mut text, mut buffer, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]));
    }
    text
}

/// What an app reads from a picture.
pub(crate) fn address(name: &str, secret: &[u8]) -> String {
    let mut label = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => label.push(byte.into()),
            other => label.push_str(&format!("%{other:02X}")),
        }
    }
    format!(
        "otpauth://totp/Consciousness:{label}?secret={}&issuer=Consciousness",
        base32(secret)
    )
}

/// New recovery codes, and their hashes.
pub(crate) fn recovery() -> std::io::Result<(Vec<String>, Vec<String>)> {
    let mut codes = Vec::new();
    for _ in 0..RECOVERY {
        let text = base32(&vault::random::<10>()?);
        codes.push(format!("{}-{}", &text[..8], &text[8..16]).to_lowercase());
    }
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// The hash of a recovery code, however it was typed. The codes are 80 random bits: a plain hash does.
pub(crate) fn recovery_hash(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .take(64)
        .collect();
    hash(&plain.to_lowercase())
}

/// What it is sealed for.
pub(crate) const PURPOSE: &str = "second factor";

#[cfg(test)]
mod tests {
    use super::{address, base32, code, recovery, recovery_hash, step_of};
    use model::Timestamp;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (second, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, second / 30), expected);
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert!(address("Anna B", SECRET).contains("Consciousness:Anna%20B?secret=GEZD"));
    }

    #[test]
    fn a_code_is_good_once_and_for_a_minute_and_a_half() {
        let now = |seconds: i64| Timestamp::from_second(1_234_567_890 + seconds).unwrap();
        let step = step_of(SECRET, "005 924", 0, now(0)).unwrap();
        assert_eq!(step_of(SECRET, "005924", step, now(0)), None);
        assert_eq!(step_of(SECRET, "005924", 0, now(30)), Some(step));
        assert_eq!(step_of(SECRET, "005924", 0, now(-30)), Some(step));
        assert_eq!(step_of(SECRET, "005924", 0, now(61)), None);
        assert_eq!(step_of(SECRET, "", 0, now(0)), None);
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let (codes, hashes) = recovery().unwrap();
        assert_eq!((codes.len(), hashes.len()), (10, 10));
        let typed = codes[3].to_uppercase().replace('-', " ");
        assert_eq!(recovery_hash(&typed), hashes[3]);
    }
}
