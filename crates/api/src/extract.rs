//! What handlers take out of a request, with errors of our own table.

use crate::error::{ApiError, ErrorCode};
use crate::settings::Limits;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, request::Parts};
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
        let axum::Json(value) = axum::Json::from_request(request, state).await.map_err(json)?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        use axum::http::header;
        use http_body::Body as _;
        // Without a type and a body there is nothing to read.
        let empty = request.body().size_hint().exact() == Some(0);
        if empty && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Json::from_request(request, state).await.map(|Json(value)| Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(value)| Self(value)).map_err(|error: QueryRejection| {
            ApiError::new(ErrorCode::InvalidQuery, inner(&error.body_text()))
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|error: PathRejection| {
            ApiError::new(ErrorCode::InvalidPath, inner(&error.body_text()))
        })
    }
}

fn json(rejection: JsonRejection) -> ApiError {
    let text = inner(&rejection.body_text());
    let code = match &rejection {
        JsonRejection::JsonSyntaxError(_) => ErrorCode::MalformedJson,
        JsonRejection::JsonDataError(_) => ErrorCode::InvalidBody,
        JsonRejection::MissingJsonContentType(_) => ErrorCode::UnsupportedMediaType,
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        _ => ErrorCode::BodyUnreadable,
    };
    ApiError::new(code, text)
}

/// What the library found, without its own opening words, and of a length that one can read.
fn inner(text: &str) -> String {
    const OPENINGS: [&str; 3] = [
        "Failed to deserialize the JSON body into the target type: ",
        "Failed to parse the request body as JSON: ",
        "Failed to deserialize query string: ",
    ];
    let text = OPENINGS.iter().find_map(|opening| text.strip_prefix(opening)).unwrap_or(text);
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
        Err(ApiError::new(ErrorCode::InvalidQuery, format!("limit is {limit}"))
            .expected(format!("1 to {}", Limits::PAGE)))
    }
}
