//! The API's description: the document, and an interactive page that needs no internet.

use crate::error::{ApiError, ErrorCode};
use crate::extract::Path;
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::{Arc, LazyLock};
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

/// The document without its routes; those come from the table.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Consciousness",
        description = "The API of the house. Times are RFC 3339 in UTC, ids are UUIDs, and wherever a \
            reference is taken, a slug works too. Unknown is null. Every error has the form of \
            `ErrorBody`; docs/reference/errors.md lists the codes. Who asks is known by a session \
            (POST /api/auth/login) or a token (Authorization: Bearer); in development the machine \
            itself needs neither. docs/guide/accounts.md says who may what.",
        license(name = "Apache-2.0")
    ),
    tags(
        (name = "house", description = "The house itself"),
        (name = "accounts", description = "Who one is: signing in, accounts, tokens, security events"),
        (name = "oauth", description = "Access for programs: found out, asked for, given, ended (OAuth)"),
        (name = "devices", description = "Devices, their state, their past, and commands for them"),
        (name = "inbox", description = "What was found and is not ours; devices added by hand"),
        (name = "discovery", description = "Searches for devices, and how each protocol does"),
        (name = "areas", description = "Rooms and outside areas"),
        (name = "floors", description = "Floors"),
        (name = "people", description = "The household"),
        (name = "conversation", description = "What is said to the house, and its answers"),
        (name = "mcp", description = "Programs such as assistants, by the Model Context Protocol"),
        (name = "mind", description = "How the house is, and why; what deserves a person; what it expects"),
        (name = "timeline", description = "What happened, and why"),
        (name = "live", description = "Everything as it happens"),
        (name = "service", description = "Health, metrics, version, this description"),
        (name = "operating", description = "What can be switched off, and maintenance"),
    ),
    components(schemas(wire::Message, wire::ClientMessage, wire::ChatPiece, wire::ErrorBody))
)]
pub(crate) struct Document;

/// The page is somebody else's and styles itself inline; scripts still come from here alone.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The OpenAPI 3.1 document.
#[utoipa::path(get, path = "/openapi.json", tag = "service", operation_id = "getOpenApi",
    responses((status = 200, description = "The document.", content_type = "application/json"),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn document(State(app): State<Shared>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        app.document.to_string(),
    )
        .into_response()
}

/// The interactive page.
#[utoipa::path(get, path = "/docs", tag = "service", operation_id = "getDocs",
    responses((status = 303, description = "To the page."), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn index() -> Redirect {
    Redirect::to("/docs/index.html")
}

/// A file of the interactive page.
#[utoipa::path(get, path = "/docs/{*rest}", tag = "service", operation_id = "getDocsFile",
    params(("rest" = String, Path, description = "the file")),
    responses((status = 200, description = "The file.", content_type = "*/*"),
        (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn file(Path(rest): Path<String>) -> Result<Response, ApiError> {
    static CONFIG: LazyLock<Arc<Config<'static>>> =
        LazyLock::new(|| Arc::new(Config::from("/openapi.json").use_base_layout()));
    let missing = || ApiError::new(ErrorCode::UnknownRoute, "the page has no such file");
    let file = utoipa_swagger_ui::serve(&rest, Arc::clone(&CONFIG))
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?
        .ok_or_else(missing)?;
    let mut response = file.bytes.into_owned().into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&file.content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    Ok(response)
}
