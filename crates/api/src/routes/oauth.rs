//! Access for programs: what they find out, where they register themselves, and where they get tokens
//! (OAuth 2.1 with RFC 7591, 7009, 8414, 8707 and 9728). `docs/decisions/0007-oauth-by-ourselves.md` says
//! why no library does it.

use crate::access::Access;
use crate::envelope::Answered;
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use auth::{Exchange, Fault, Held, NewProgram, OauthError};
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::tools::TOOLS;
use model::{ProgramId, Right, Rights};

/// Where a program finds out how to be let in.
pub(crate) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// After how long it is worth another try to register, in seconds.
const LATER: u16 = 600;

/// A refusal in the form of the RFCs.
pub(crate) struct Refusal(OauthError);

impl<E: Into<OauthError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error_description = self.0.to_string();
        let (status, error) = match self.0 {
            OauthError::Fault(fault, _) => (StatusCode::BAD_REQUEST, fault.word()),
            OauthError::TooMany => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            OauthError::Refused(refused) => return ApiError::from(refused).into_response(),
        };
        let body = wire::OauthFault {
            error,
            error_description,
        };
        let mut response = (status, axum::Json(body)).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let wait = HeaderValue::from(LATER);
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        // It has its own form.
        response.extensions_mut().insert(Answered);
        response
    }
}

/// What a program that asks for access finds here (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "oauth", operation_id = "oauthServer",
    responses((status = 200, body = wire::OauthServer), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn server(
    State(app): State<Shared>,
    access: Access,
) -> Result<axum::Json<wire::OauthServer>, ApiError> {
    let base = base(&access)?;
    let at = |path: &str| format!("{base}{path}");
    Ok(axum::Json(wire::OauthServer {
        authorization_endpoint: at("/authorize"),
        token_endpoint: at("/api/oauth/token"),
        registration_endpoint: app
            .house
            .auth
            .takes_programs()
            .then(|| at("/api/oauth/register")),
        revocation_endpoint: at("/api/oauth/revoke"),
        response_types_supported: vec!["code"],
        response_modes_supported: vec!["query"],
        grant_types_supported: GRANTS.to_vec(),
        token_endpoint_auth_methods_supported: vec!["none"],
        revocation_endpoint_auth_methods_supported: vec!["none"],
        code_challenge_methods_supported: vec!["S256"],
        scopes_supported: Held::givable().iter().map(Right::name).collect(),
        authorization_response_iss_parameter_supported: true,
        issuer: base,
    }))
}

const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];

/// What a program needs to know to be let in to the API (RFC 9728).
#[utoipa::path(get, path = "/.well-known/oauth-protected-resource", tag = "oauth", operation_id = "oauthResource",
    responses((status = 200, body = wire::OauthResource), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn resource(
    State(app): State<Shared>,
    access: Access,
) -> Result<axum::Json<wire::OauthResource>, ApiError> {
    described(&app, &access, "")
}

/// The same for a part of it: `mcp` or `mcp/configuration`.
#[utoipa::path(get, path = "/.well-known/oauth-protected-resource/{*resource}", tag = "oauth", operation_id = "oauthResourceBelow",
    params(("resource" = String, Path, description = "`mcp` or `mcp/configuration`")),
    responses((status = 200, body = wire::OauthResource), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn resource_below(
    State(app): State<Shared>,
    access: Access,
    Path(resource): Path<String>,
) -> Result<axum::Json<wire::OauthResource>, ApiError> {
    let path = format!("/{resource}");
    if !is_mcp(&path) {
        let message = "nothing at this path asks for a token of its own";
        return Err(
            ApiError::new(ErrorCode::UnknownRoute, message).expected("mcp or mcp/configuration")
        );
    }
    described(&app, &access, &path)
}

fn described(
    app: &App,
    access: &Access,
    path: &str,
) -> Result<axum::Json<wire::OauthResource>, ApiError> {
    let base = base(access)?;
    let scopes: Rights = if path.is_empty() {
        Held::givable()
    } else {
        let tools = TOOLS.iter().filter(|tool| tool.programs);
        tools
            .map(|tool| tool.right)
            .chain([Right::ReadHouse])
            .collect()
    };
    Ok(axum::Json(wire::OauthResource {
        resource: format!("{base}{path}"),
        resource_name: app.house.conversation.household().name().to_string(),
        authorization_servers: vec![base],
        scopes_supported: scopes.iter().map(Right::name).collect(),
        bearer_methods_supported: vec!["header"],
    }))
}

/// A program registers itself, to ask people for access (RFC 7591). It gets no secret; where nobody gives
/// it access within an hour it is forgotten.
#[utoipa::path(post, path = "/api/oauth/register", tag = "oauth", operation_id = "oauthRegister",
    request_body = wire::OauthRegistration,
    responses((status = 201, body = wire::OauthClient), (status = 400, body = wire::OauthFault),
        (status = "4XX", body = wire::ErrorBody), (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn register(
    State(app): State<Shared>,
    access: Access,
    registration: Result<Json<wire::OauthRegistration>, ApiError>,
) -> Result<Response, Refusal> {
    let Json(new) =
        registration.map_err(|error| Fault::InvalidClientMetadata.because(error.message))?;
    let has = |list: &Option<Vec<String>>, wanted: &str| {
        list.as_ref()
            .is_none_or(|list| list.iter().any(|it| it == wanted))
    };
    if !has(&new.grant_types, "authorization_code") || !has(&new.response_types, "code") {
        return Err(Fault::InvalidClientMetadata
            .because("access is given by the grant authorization_code with the response type code")
            .into());
    }
    let new = NewProgram {
        name: new.client_name,
        redirects: new.redirect_uris,
    };
    let program = app.house.auth.register(new, &access.client()).await?;
    let body = wire::OauthClient {
        client_id: program.id.uuid(),
        client_id_issued_at: program.made.as_second(),
        client_name: program.name,
        redirect_uris: program.redirects,
        token_endpoint_auth_method: "none",
        grant_types: GRANTS.to_vec(),
        response_types: vec!["code"],
    };
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// Tokens for a code, once, or for a refresh token, which is spent with that. What comes a second time was
/// stolen: the access ends.
#[utoipa::path(post, path = "/api/oauth/token", tag = "oauth", operation_id = "oauthToken",
    request_body(content = wire::OauthTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = wire::OauthTokens), (status = 400, body = wire::OauthFault),
        (status = "4XX", body = wire::ErrorBody), (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn token(
    State(app): State<Shared>,
    access: Access,
    form: Result<Form<wire::OauthTokenRequest>, FormRejection>,
) -> Result<axum::Json<wire::OauthTokens>, Refusal> {
    let Form(asked) = form.map_err(unreadable)?;
    let (auth, client) = (&app.house.auth, access.client());
    let program = program(&app, &asked.client_id)?;
    let resource = asked
        .resource
        .as_deref()
        .map(|it| path_of(&access, it))
        .transpose()?;
    let (signed_in, held) = match asked.grant_type.as_str() {
        "authorization_code" => {
            let exchange = Exchange {
                code: &asked.code,
                program,
                redirect: &asked.redirect_uri,
                verifier: &asked.code_verifier,
                resource: resource.as_ref(),
            };
            auth.exchange(&exchange, &client).await?
        }
        "refresh_token" => {
            let scopes = asked.scope.as_deref().map(scopes).transpose()?;
            let refresh = &asked.refresh_token;
            auth.exchange_refresh(refresh, program, scopes, resource.as_ref(), &client)
                .await?
        }
        _ => {
            let why = "grant_type is neither authorization_code nor refresh_token";
            return Err(Fault::UnsupportedGrantType.because(why).into());
        }
    };
    let tokens = signed_in
        .tokens
        .ok_or_else(|| Fault::InvalidGrant.because("there are no tokens"))?;
    Ok(axum::Json(wire::OauthTokens {
        access_token: tokens.access,
        token_type: "Bearer",
        expires_in: tokens.expires_in,
        refresh_token: tokens.refresh,
        scope: held
            .scopes
            .iter()
            .map(Right::name)
            .collect::<Vec<_>>()
            .join(" "),
    }))
}

/// A program gives its access back, by either of its tokens (RFC 7009).
#[utoipa::path(post, path = "/api/oauth/revoke", tag = "oauth", operation_id = "oauthRevoke",
    request_body(content = wire::OauthRevocation, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is good for nothing, or was not before."),
        (status = 400, body = wire::OauthFault), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn revoke(
    State(app): State<Shared>,
    access: Access,
    form: Result<Form<wire::OauthRevocation>, FormRejection>,
) -> Result<StatusCode, Refusal> {
    let Form(asked) = form.map_err(unreadable)?;
    let program = program(&app, &asked.client_id)?;
    let auth = &app.house.auth;
    auth.give_back(&asked.token, program, &access.client())
        .await?;
    Ok(StatusCode::OK)
}

fn unreadable(error: FormRejection) -> OauthError {
    let text: String = error.body_text().chars().take(200).collect();
    Fault::InvalidRequest.because(format!("{text}; expected a form, each parameter once"))
}

fn program(app: &App, id: &str) -> Result<ProgramId, OauthError> {
    let known = id
        .parse()
        .ok()
        .filter(|id| app.house.auth.program(*id).is_some());
    known.ok_or_else(|| {
        Fault::InvalidClient.because("no program has this client_id: register again")
    })
}

/// The name by which this house was asked.
pub(super) fn base(access: &Access) -> Result<String, ApiError> {
    access.base().ok_or_else(|| {
        ApiError::new(
            ErrorCode::ForeignHost,
            "the request does not say by which name it came",
        )
        .expected("the header Host")
    })
}

/// Whether a path is of what speaks MCP.
pub(crate) fn is_mcp(path: &str) -> bool {
    matches!(path, "/mcp" | "/mcp/configuration")
}

/// The path for which a token is wanted; `None`: for everything. The address before it is the one by which
/// this very request came, to the port: by another the token would be another server's.
pub(super) fn path_of(access: &Access, resource: &str) -> Result<Option<String>, OauthError> {
    let path = access.base().and_then(|base| {
        let (start, path) = resource.split_at_checked(base.len())?;
        start.eq_ignore_ascii_case(&base).then_some(path)
    });
    match path {
        Some("" | "/") => return Ok(None),
        Some(path) if is_mcp(path) => return Ok(Some(path.to_owned())),
        _ => {}
    }
    Err(Fault::InvalidTarget
        .because("resource is not this house, nor its /mcp or /mcp/configuration"))
}

/// The rights of scopes that are separated by blanks, where a program can have them.
pub(super) fn scopes(text: &str) -> Result<Rights, OauthError> {
    let named = text.split(' ').filter(|name| !name.is_empty());
    named
        .map(|name| {
            let right = Right::named(name).filter(|right| Held::givable().has(*right));
            right.ok_or_else(|| {
                let name = super::short(name);
                Fault::InvalidScope.because(format!("there is no scope `{name}` for programs"))
            })
        })
        .collect::<Result<Rights, _>>()
}
