//! Sealing: ChaCha20-Poly1305 with a random nonce. Pure but for the random numbers.
//!
//! Ninety-six random bits are enough for some billions of sealings under one key; a house does some
//! thousands in its life.

use crate::key::Key;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::io;

/// Random bytes.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(bytes)
}

/// Something as it is kept. What was sealed for one purpose does not open for another.
///
/// # Errors
/// When the system gives no random numbers.
pub fn seal(key: &Key, purpose: &str, plain: &[u8]) -> io::Result<String> {
    let nonce = random::<NONCE_LEN>()?;
    let mut bytes = plain.to_vec();
    cipher(key)
        .and_then(|cipher| {
            cipher
                .seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(purpose.as_bytes()),
                    &mut bytes,
                )
                .ok()
        })
        .ok_or_else(|| io::Error::other("it cannot be encrypted"))?;
    Ok(BASE64.encode([nonce.as_slice(), &bytes].concat()))
}

/// And back; `None` where the key or the purpose is another, or a bit of it was changed.
#[must_use]
pub fn open(key: &Key, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(sealed).ok()?;
    let (nonce, rest) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut rest = rest.to_vec();
    let plain = cipher(key)?
        .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut rest)
        .ok()?;
    Some(plain.to_vec())
}

/// The key that a passphrase stands for: argon2id with 64 MiB, as who finds the file may try for years.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn passphrase(text: &str, salt: &[u8; 16]) -> io::Result<Key> {
    let failed = |error: argon2::Error| io::Error::other(error.to_string());
    let params = argon2::Params::new(64 * 1_024, 3, 1, Some(32)).map_err(failed)?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = [0; 32];
    argon
        .hash_password_into(text.as_bytes(), salt, &mut key)
        .map_err(failed)?;
    Ok(Key::new(key))
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(
        UnboundKey::new(&CHACHA20_POLY1305, key.bytes()).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::{open, passphrase, seal};
    use crate::Key;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_for_its_purpose_alone() {
        let (key, other) = (Key::new([1; 32]), Key::new([2; 32]));
        let sealed = seal(&key, "one", b"hush").unwrap();
        assert_eq!(open(&key, "one", &sealed).as_deref(), Some(&b"hush"[..]));
        assert_eq!(open(&other, "one", &sealed), None);
        assert_eq!(open(&key, "two", &sealed), None);
        assert_eq!(open(&key, "one", "rubbish"), None);
        assert_ne!(seal(&key, "one", b"hush").unwrap(), sealed);
    }

    #[test]
    fn a_passphrase_is_a_key_with_its_salt() {
        let key = |text: &str, salt: u8| passphrase(text, &[salt; 16]).unwrap();
        assert_eq!(key("correct horse", 1), key("correct horse", 1));
        assert_ne!(key("correct horse", 1), key("correct horse", 2));
        assert_ne!(key("correct horse", 1), key("wrong horse", 1));
    }
}
