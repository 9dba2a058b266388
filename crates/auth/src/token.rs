//! The tokens of programs: signed access tokens (JWT, HS256) and refresh tokens. Pure.
//!
//! An access token is good for minutes and says whose and which session it is; whether that session
//! still is, is looked up. A refresh token names its session and how often that was refreshed, signed:
//! one that was used before is told from one that was made up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use model::{AccountId, SessionId, Timestamp};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};

/// How long an access token is good, in seconds.
pub(crate) const ACCESS: i64 = 15 * 60;

/// The longest token that is looked at, in bytes.
pub(crate) const LONGEST: usize = 1_024;

/// Who issues them.
const ISSUER: &str = "consciousness";

/// What long-lived tokens begin with, so that one can be found where it should not be.
pub(crate) const PREFIX: &str = "cst_";

/// `{"alg":"HS256","typ":"JWT"}`
const HEAD: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: AccountId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It is no token of ours, or its signature is another key's.
    Unknown,
    /// It was good once.
    Expired,
}

/// An access token.
pub(crate) fn access(
    key: &hmac::Key,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
) -> String {
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: account,
        sid: session,
        iat: now.as_second(),
        exp: now.as_second() + ACCESS,
    };
    // Claims of ours can always be written.
    let claims = serde_json::to_vec(&claims).unwrap_or_default();
    let signed = format!("{HEAD}.{}", BASE64.encode(claims));
    let signature = BASE64.encode(hmac::sign(key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Whose an access token is.
pub(crate) fn read_access(
    key: &hmac::Key,
    token: &str,
    now: Timestamp,
) -> Result<(AccountId, SessionId), Bad> {
    let claims = claims(key, token)?;
    if now.as_second() >= claims.exp {
        return Err(Bad::Expired);
    }
    Ok((claims.sub, claims.sid))
}

/// Of which session an access token is, or was: it may be old.
pub(crate) fn session_of_access(key: &hmac::Key, token: &str) -> Option<SessionId> {
    claims(key, token).ok().map(|claims| claims.sid)
}

fn claims(key: &hmac::Key, token: &str) -> Result<Claims, Bad> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Bad::Unknown)?;
    let (head, claims) = signed.split_once('.').ok_or(Bad::Unknown)?;
    // Only what we write ourselves: no other algorithm, and none at all.
    if head != HEAD || token.len() > LONGEST {
        return Err(Bad::Unknown);
    }
    let signature = BASE64.decode(signature).map_err(|_| Bad::Unknown)?;
    hmac::verify(key, signed.as_bytes(), &signature).map_err(|_| Bad::Unknown)?;
    let claims = BASE64.decode(claims).map_err(|_| Bad::Unknown)?;
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| Bad::Unknown)?;
    if claims.iss != ISSUER {
        return Err(Bad::Unknown);
    }
    Ok(claims)
}

/// A refresh token.
pub(crate) fn refresh(key: &hmac::Key, session: SessionId, generation: u32) -> String {
    let mut bytes = session.uuid().as_bytes().to_vec();
    bytes.extend_from_slice(&generation.to_be_bytes());
    let signature = hmac::sign(key, &labelled(&bytes));
    bytes.extend_from_slice(signature.as_ref());
    BASE64.encode(bytes)
}

/// Which session a refresh token is of, and of which generation.
pub(crate) fn read_refresh(key: &hmac::Key, token: &str) -> Option<(SessionId, u32)> {
    if token.len() > LONGEST {
        return None;
    }
    let bytes = BASE64.decode(token).ok()?;
    let (what, signature) = bytes.split_at_checked(20)?;
    hmac::verify(key, &labelled(what), signature).ok()?;
    let (id, generation) = what.split_at_checked(16)?;
    let id = uuid_of(id)?;
    let generation = u32::from_be_bytes(generation.try_into().ok()?);
    Some((id, generation))
}

/// A code, which is good for one session.
pub(crate) fn code(key: &hmac::Key, session: SessionId) -> String {
    let mut bytes = session.uuid().as_bytes().to_vec();
    let signature = hmac::sign(key, &code_of(session));
    bytes.extend_from_slice(signature.as_ref());
    BASE64.encode(bytes)
}

/// For which session a code is good, or was.
pub(crate) fn read_code(key: &hmac::Key, code: &str) -> Option<SessionId> {
    if code.len() > LONGEST {
        return None;
    }
    let bytes = BASE64.decode(code).ok()?;
    let (id, signature) = bytes.split_at_checked(16)?;
    let id = uuid_of(id)?;
    hmac::verify(key, &code_of(id), signature).ok()?;
    Some(id)
}

fn code_of(session: SessionId) -> Vec<u8> {
    [b"code\0".as_slice(), session.uuid().as_bytes()].concat()
}

/// Whether a proof key is the one of a hash (RFC 7636, S256 alone).
pub(crate) fn proves(challenge: &str, verifier: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(fits)
        && BASE64.encode(hash) == challenge
}

/// So that nothing signed for another purpose fits.
fn labelled(bytes: &[u8]) -> Vec<u8> {
    [b"refresh\0".as_slice(), bytes].concat()
}

fn uuid_of(bytes: &[u8]) -> Option<SessionId> {
    let text = crate::keys::hexadecimal(bytes);
    text.parse().ok()
}

/// Something random to hand out: the text of a cookie, or of a long-lived token.
pub(crate) fn opaque() -> std::io::Result<String> {
    Ok(BASE64.encode(vault::random::<32>()?))
}

/// What a page must send along to show that it has seen an answer of ours.
pub(crate) fn csrf(key: &hmac::Key, session: SessionId) -> String {
    BASE64.encode(hmac::sign(key, format!("csrf\0{session}").as_bytes()))
}

/// Whether that is the page's word.
pub(crate) fn is_csrf(key: &hmac::Key, session: SessionId, given: &str) -> bool {
    given.len() <= LONGEST
        && BASE64.decode(given).is_ok_and(|given| {
            hmac::verify(key, format!("csrf\0{session}").as_bytes(), &given).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::{
        ACCESS, BASE64, Bad, access, code, csrf, is_csrf, proves, read_access, read_code,
        read_refresh, refresh,
    };
    use base64::Engine as _;
    use model::{AccountId, SessionId, Timestamp};
    use ring::hmac;

    fn key(text: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())
    }

    #[test]
    fn an_access_token_is_good_for_its_time_and_by_its_key() {
        let (account, session) = (AccountId::new(), SessionId::new());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let later = |seconds| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let token = access(&key("one"), account, session, now);
        assert_eq!(
            BASE64.decode(token.split('.').next().unwrap()).unwrap(),
            br#"{"alg":"HS256","typ":"JWT"}"#
        );
        assert_eq!(
            read_access(&key("one"), &token, later(ACCESS - 1)),
            Ok((account, session))
        );
        assert_eq!(
            read_access(&key("one"), &token, later(ACCESS)),
            Err(Bad::Expired)
        );
        assert_eq!(read_access(&key("two"), &token, now), Err(Bad::Unknown));
        // Another algorithm, none, a changed claim, a cut signature.
        let (head, rest) = token.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let changed = BASE64.encode(
            String::from_utf8(BASE64.decode(claims).unwrap())
                .unwrap()
                .replace(&account.to_string(), &AccountId::new().to_string()),
        );
        for forged in [
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{signature}"),
            format!("{head}.{changed}.{signature}"),
            format!("{head}.{claims}."),
            format!("{head}.{claims}.{}", &signature[..20]),
            String::new(),
            "...".to_owned(),
            "é.é.é".to_owned(),
        ] {
            assert_eq!(
                read_access(&key("one"), &forged, now),
                Err(Bad::Unknown),
                "{forged}"
            );
        }
    }

    #[test]
    fn a_refresh_token_says_its_generation_and_cannot_be_made_up() {
        let session = SessionId::new();
        let token = refresh(&key("one"), session, 7);
        assert_eq!(read_refresh(&key("one"), &token), Some((session, 7)));
        assert_eq!(read_refresh(&key("two"), &token), None);
        let mut bytes = BASE64.decode(&token).unwrap();
        bytes[19] ^= 1;
        assert_eq!(read_refresh(&key("one"), &BASE64.encode(&bytes)), None);
        assert_eq!(read_refresh(&key("one"), "short"), None);
    }

    #[test]
    fn a_code_and_its_proof_cannot_be_made_up() {
        let session = SessionId::new();
        let token = code(&key("one"), session);
        assert_eq!(read_code(&key("one"), &token), Some(session));
        assert_eq!(read_code(&key("two"), &token), None);
        assert_eq!(
            read_code(&key("one"), &refresh(&key("one"), session, 0)),
            None
        );
        assert_eq!(read_refresh(&key("one"), &token), None);
        // The example of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(proves(challenge, verifier));
        assert!(!proves(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"
        ));
        assert!(!proves(verifier, verifier), "plain is not taken");
        assert!(!proves(challenge, ""));
    }

    #[test]
    fn the_word_of_a_page_is_its_sessions() {
        let (one, two) = (SessionId::new(), SessionId::new());
        let word = csrf(&key("k"), one);
        assert!(is_csrf(&key("k"), one, &word));
        assert!(!is_csrf(&key("k"), two, &word));
        assert!(!is_csrf(&key("k"), one, ""));
    }
}
