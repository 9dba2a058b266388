//! The web page, embedded in the binary.
//!
//! A build without Node has no page; then a plain one says how to build it. In debug builds the
//! files are read from `web/dist` at each request, so that a rebuilt page needs no rebuilt server.

use crate::error::{ApiError, ErrorCode};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};
use std::fmt::Write;

#[derive(Embed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Files whose names hold a hash of what is in them.
const HASHED: &str = "assets/";

const MISSING: &str = include_str!("page-missing.html");

/// Whatever no route took: a file of the page, or for a browser the page itself, whose own router
/// then shows what the path means.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) || is_api(path) {
        let message = format!("there is no {} {}", request.method(), shown(path));
        return ApiError::new(ErrorCode::UnknownRoute, message).into_response();
    }
    let name = path.trim_start_matches('/');
    let headers = request.headers();
    if !name.is_empty()
        && let Some(file) = Files::get(name)
    {
        return answer(name, &file, headers);
    }
    if !wants_page(headers, name) {
        let message = format!("there is no file {}", shown(path));
        return ApiError::new(ErrorCode::UnknownRoute, message).into_response();
    }
    match Files::get("index.html") {
        Some(file) => answer("index.html", &file, headers),
        None => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            MISSING,
        )
            .into_response(),
    }
}

/// Paths of the API never turn into the page: a program that mistypes one must see an error.
fn is_api(path: &str) -> bool {
    [
        "/api",
        "/health",
        "/metrics",
        "/docs",
        "/openapi.json",
        "/mcp",
        "/.well-known",
    ]
    .iter()
    .any(|own| {
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Browsers say that they take HTML; the root is the page for everyone.
fn wants_page(headers: &HeaderMap, name: &str) -> bool {
    let accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok());
    name.is_empty()
        || accepts
            .into_iter()
            .any(|accept| accept.contains("text/html"))
}

fn answer(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = tag(file);
    let cache = if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let mut response = file.data.clone().into_owned().into_response();
        let kind = if kind.type_() == "text" {
            format!("{kind}; charset=utf-8")
        } else {
            kind.to_string()
        };
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn shown(path: &str) -> String {
    path.chars().take(120).collect()
}
