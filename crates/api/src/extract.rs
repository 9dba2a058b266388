//! What handlers take out of a request, with errors of our own table.
//!
//! A body is JSON when its `Content-Type` says so. `curl -d` says form unless told otherwise, and what
//! it sends is taken as JSON too, but never from where a web page elsewhere could send it: see
//! [`is_plain_program`].

use crate::error::{ApiError, ErrorCode};
use crate::settings::Limits;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body, or none where everything in it may be left out.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

/// The parameters after the question mark.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

/// The variable parts of the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (is_json, body) = body(request, state).await?;
        if is_json {
            parse(&body).map(Self)
        } else {
            Err(not_json())
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match body(request, state).await? {
            (_, body) if body.is_empty() => Ok(Self(T::default())),
            (true, body) => parse(&body).map(Self),
            (false, _) => Err(not_json()),
        }
    }
}

/// A text in TOML or in JSON, as the header says.
#[derive(Debug)]
pub(crate) enum Written {
    /// TOML.
    Toml(String),
    /// JSON, as text, so that a fault can be told with its line.
    Json(String),
}

impl<S: Send + Sync> FromRequest<S> for Written {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let is_toml = ["application/toml", "text/toml", "text/x-toml"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known));
        let (is_json, body) = body(request, state).await?;
        let text = |body: &[u8]| {
            String::from_utf8(body.to_vec()).map_err(|_| {
                ApiError::new(ErrorCode::MalformedJson, "the body is not UTF-8")
                    .expected("text in UTF-8")
            })
        };
        if is_toml {
            Ok(Self::Toml(text(&body)?))
        } else if is_json
            && (kind.eq_ignore_ascii_case(JSON) || body.trim_ascii().starts_with(b"{"))
        {
            parse::<serde_json::Value>(&body)?;
            Ok(Self::Json(text(&body)?))
        } else {
            Err(not_json()
                .expected("the header Content-Type: application/json, or application/toml"))
        }
    }
}

const JSON: &str = "application/json";
/// What `curl -d` announces unless it is told otherwise.
const FORM: &str = "application/x-www-form-urlencoded";

/// The body, and whether it is to be read as JSON: announced as such, or sent as curl sends it.
async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<(bool, Bytes), ApiError> {
    let headers = request.headers();
    let kind = match one(headers, &header::CONTENT_TYPE) {
        Some(kind) => kind.split(';').next().unwrap_or_default().trim(),
        None if headers.contains_key(header::CONTENT_TYPE) => "unreadable",
        None => "",
    };
    let is_json = kind.eq_ignore_ascii_case(JSON)
        || (kind.is_empty() || kind.eq_ignore_ascii_case(FORM)) && is_plain_program(headers);
    let body = Bytes::from_request(request, state).await.map_err(|error| {
        let code = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
            _ => ErrorCode::BodyUnreadable,
        };
        refused(code, &error.body_text())
    })?;
    Ok((is_json, body))
}

/// Whether nothing says that a web page elsewhere had a browser send this. A page may send a form, or a
/// body of no kind, to any address without asking; what the browser then cannot leave out is where the
/// page is from (`Origin`, `Sec-Fetch-Site`), or it says where it was (`Referer`). A cookie is
/// a browser's too, and what is done in its name must be announced as JSON, which no foreign page can do.
fn is_plain_program(headers: &HeaderMap) -> bool {
    let host = one(headers, &header::HOST).unwrap_or_default();
    let is_own = |url: &str| {
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"))
            .and_then(|rest| rest.strip_prefix(host));
        !host.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let only = |name: &header::HeaderName, fits: &dyn Fn(&str) -> bool| {
        !headers.contains_key(name) || one(headers, name).is_some_and(fits)
    };
    only(&header::ORIGIN, &is_own)
        && only(&header::REFERER, &is_own)
        && only(&SEC_FETCH_SITE, &|site| {
            matches!(site, "same-origin" | "none")
        })
        && !headers.contains_key(header::COOKIE)
}

const SEC_FETCH_SITE: header::HeaderName = header::HeaderName::from_static("sec-fetch-site");

/// A header that stands exactly once.
fn one<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Every body is an object. The library would also take a list for one, field by field; nobody
/// means that.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if let Some(other @ (b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9')) =
        body.trim_ascii_start().first()
    {
        let message = format!("the body begins with `{}`", char::from(*other));
        return Err(ApiError::new(ErrorCode::InvalidBody, message).expected("an object in braces"));
    }
    let value = axum::Json::from_bytes(body).map_err(|error: JsonRejection| {
        let code = match error {
            JsonRejection::JsonDataError(_) => ErrorCode::InvalidBody,
            _ => ErrorCode::MalformedJson,
        };
        refused(code, &error.body_text())
    })?;
    Ok(value.0)
}

fn not_json() -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "the body is not announced as JSON",
    )
    .expected("the header Content-Type: application/json")
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error: QueryRejection| refused(ErrorCode::InvalidQuery, &error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|error: PathRejection| refused(ErrorCode::InvalidPath, &error.body_text()))
    }
}

/// What the library could not read, with what was expected where its own words do not say it.
fn refused(code: ErrorCode, text: &str) -> ApiError {
    let message = inner(text);
    let expected = match code {
        _ if message.contains("expected") => None,
        ErrorCode::MalformedJson => Some("one object in JSON"),
        ErrorCode::BodyUnreadable => Some("the whole body, without long pauses"),
        ErrorCode::BodyTooLarge => Some("at most as many KiB as API_MAX_BODY_KIB says"),
        ErrorCode::InvalidQuery => Some("parameters and values as /docs lists them for this path"),
        ErrorCode::InvalidPath => Some("an id or a slug in UTF-8"),
        _ => None,
    };
    match expected {
        Some(expected) => ApiError::new(code, message).expected(expected),
        None => ApiError::new(code, message),
    }
}

/// What the library found, without its own opening words, and of a length that one can read.
fn inner(text: &str) -> String {
    const OPENINGS: [&str; 3] = [
        "Failed to deserialize the JSON body into the target type: ",
        "Failed to parse the request body as JSON: ",
        "Failed to deserialize query string: ",
    ];
    /// Words of a programmer, and what they mean to somebody else.
    const PLAIN: [(&str, &str); 6] = [
        ("invalid digit found in string", "it is no whole number"),
        (
            "number too large to fit in target type",
            "the number is too large",
        ),
        (
            "number too small to fit in target type",
            "the number is too small",
        ),
        (
            "cannot parse integer from empty string",
            "it is empty; expected a whole number",
        ),
        (
            "provided string was not `true` or `false`",
            "expected true or false",
        ),
        (
            "Failed to buffer the request body: length limit exceeded",
            "the body is larger than is taken",
        ),
    ];
    let text = OPENINGS
        .iter()
        .find_map(|opening| text.strip_prefix(opening))
        .unwrap_or(text);
    let plain = PLAIN
        .iter()
        .find(|(words, _)| text.ends_with(words))
        .map(|(words, plain)| text.replace(words, plain));
    let text = plain.as_deref().unwrap_or(text);
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(400).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A `limit` parameter, within what a page may hold.
///
/// # Errors
/// When it is zero or too large: silently giving less than was asked for would look like the end.
pub(crate) fn page_limit(limit: Option<usize>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(Limits::PAGE_DEFAULT);
    if (1..=Limits::PAGE).contains(&limit) {
        Ok(limit)
    } else {
        Err(
            ApiError::new(ErrorCode::InvalidQuery, format!("limit is {limit}"))
                .expected(format!("1 to {}", Limits::PAGE)),
        )
    }
}
