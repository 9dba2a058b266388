//! A person is asked whether a program gets access. The program sent them to the page with what it wants;
//! the page asks here what that is, shows it, and sends the answer.
//!
//! Nobody is sent anywhere by an address alone: where program or address are not known, that is an error
//! of ours for the person to read; and where they are, the person still goes back by pressing a button.

use super::auth::own;
use super::oauth::{base, path_of, scopes};
use crate::access::{Access, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Query};
use crate::state::{App, Shared};
use crate::wire::{self, AuthorizationRequest};
use auth::{Asked, Auth, Back, Fault, OauthError, Program};
use axum::extract::State;
use model::{Right, Rights};

/// What a program wants that does not say it.
const USUAL: &str = "read_house control";

/// What is not given by the way.
const GRAVE: [Right; 3] = [Right::ControlCritical, Right::Operate, Right::Backup];

/// The longest `state`, in bytes.
const STATE: usize = 1_024;

/// What a program asks a person for, as the page shows it.
#[utoipa::path(get, path = "/api/oauth/authorization", tag = "oauth", operation_id = "getAuthorization",
    params(AuthorizationRequest),
    responses((status = 200, body = wire::Authorization), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn asked(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Query(request): Query<AuthorizationRequest>,
) -> Result<axum::Json<wire::Authorization>, ApiError> {
    own(&me)?;
    let (program, back, redirect_uri) = known(&app, &request)?;
    let read = read(&access, &request, &program);
    let (rights, resource) = read.as_ref().map_or((Rights::NONE, None), |asked| {
        (asked.scopes, asked.resource.clone())
    });
    let mut fault = read.err().map(|error| fault(&error));
    let why = match Auth::may_give(&me) {
        Err(refused) => Some(refused.to_string()),
        Ok(_) if rights.and(me.rights) == Rights::NONE => {
            Some("you have none of the rights that the program asks for".to_owned())
        }
        Ok(_) => None,
    };
    if fault.is_none() {
        fault = why.map(|message| wire::AuthorizationFault {
            error: Fault::AccessDenied.word(),
            message,
        });
    }
    let (back, back_to) = match back {
        Back::Here => ("here", None),
        Back::Site(site) => ("site", Some(site)),
        Back::App(scheme) => ("app", Some(scheme)),
    };
    Ok(axum::Json(wire::Authorization {
        is_known: program.granted.is_some(),
        program: program.name,
        back,
        back_to,
        redirect_uri,
        scopes: rights
            .iter()
            .map(|right| wire::AskedScope {
                scope: right.name(),
                is_yours: me.rights.has(right),
                is_grave: GRAVE.contains(&right),
            })
            .collect(),
        resource,
        fault,
    }))
}

/// A person's answer; where to go back to with it. No scope at all is a no.
#[utoipa::path(post, path = "/api/oauth/authorization", tag = "oauth", operation_id = "answerAuthorization",
    request_body = wire::AuthorizationAnswer,
    responses((status = 200, body = wire::AuthorizationBack), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn answer(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Json(answer): Json<wire::AuthorizationAnswer>,
) -> Result<axum::Json<wire::AuthorizationBack>, ApiError> {
    own(&me)?;
    let issuer = base(&access)?;
    let (program, _, redirect) = known(&app, &answer.request)?;
    let result = match read(&access, &answer.request, &program) {
        Err(error) => {
            let fault = fault(&error);
            vec![
                ("error", fault.error.to_owned()),
                ("error_description", fault.message),
            ]
        }
        Ok(_) if answer.scopes.is_empty() => vec![
            ("error", Fault::AccessDenied.word().to_owned()),
            ("error_description", "the person said no".to_owned()),
        ],
        Ok(asked) => {
            let given = scopes(&answer.scopes.join(" ")).map_err(|error| {
                ApiError::new(ErrorCode::InvalidAccount, error.to_string())
                    .expected("scopes that the program asks for")
            })?;
            let auth = &app.house.auth;
            vec![("code", auth.consent(&me, &asked, given, &access.client())?)]
        }
    };
    // A state that is too long is the fault itself, and not sent back.
    let state = answer.request.state.filter(|state| state.len() <= STATE);
    let state = state.map(|state| ("state", state));
    let all = result.into_iter().chain(state).chain([("iss", issuer)]);
    Ok(axum::Json(wire::AuthorizationBack {
        redirect_to: with(&redirect, all),
    }))
}

/// The program, and the address to which it wants the person sent back: one that it registered.
fn known(app: &App, request: &AuthorizationRequest) -> Result<(Program, Back, String), ApiError> {
    let id = request.client_id.as_deref().unwrap_or_default();
    let program = id
        .parse()
        .ok()
        .and_then(|id| app.house.auth.program(id))
        .ok_or_else(|| {
            let message = format!("no program has the client_id `{}`", super::short(id));
            ApiError::new(ErrorCode::UnknownProgram, message)
                .expected("the id of a program that registered itself here")
        })?;
    let redirect = request.redirect_uri.clone().unwrap_or_default();
    let back = program.back(&redirect).ok_or_else(|| {
        let message = format!(
            "the program wants you sent to `{}`, which it did not register",
            super::short(&redirect)
        );
        ApiError::new(ErrorCode::ForeignRedirect, message)
            .expected("one of its redirect_uris, exactly")
    })?;
    Ok((program, back, redirect))
}

/// What is asked for, as it can be given.
fn read(
    access: &Access,
    request: &AuthorizationRequest,
    program: &Program,
) -> Result<Asked, OauthError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    if text(&request.response_type) != "code" {
        return Err(Fault::UnsupportedResponseType.because("response_type is not code"));
    }
    if text(&request.state).len() > STATE {
        return Err(Fault::InvalidRequest.because("state is longer than 1024 bytes"));
    }
    let challenge = text(&request.code_challenge);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text(&request.code_challenge_method) != "S256"
        || challenge.len() != 43
        || !challenge.bytes().all(fits)
    {
        return Err(Fault::InvalidRequest.because(
            "a proof key is needed: code_challenge with code_challenge_method S256 (RFC 7636)",
        ));
    }
    let wanted = scopes(request.scope.as_deref().unwrap_or(USUAL))?;
    if wanted == Rights::NONE {
        return Err(Fault::InvalidScope.because("scope is empty"));
    }
    let resource = request
        .resource
        .as_deref()
        .map(|it| path_of(access, it))
        .transpose()?;
    Ok(Asked {
        program: program.id,
        redirect: text(&request.redirect_uri),
        scopes: wanted,
        resource: resource.flatten(),
        challenge,
    })
}

fn fault(error: &OauthError) -> wire::AuthorizationFault {
    let word = match error {
        OauthError::Fault(fault, _) => fault.word(),
        _ => "server_error",
    };
    wire::AuthorizationFault {
        error: word,
        message: error.to_string(),
    }
}

/// An address with parameters more.
fn with(address: &str, parameters: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut address = address.to_owned();
    let mut sign = if address.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        address.push(sign);
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        sign = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn what_goes_back_cannot_become_more_than_one_parameter() {
        let hostile = "a&code=b#c d\r\né".to_owned();
        let address = with("https://a.example/cb?x=1", [("state", hostile)].into_iter());
        assert_eq!(
            address,
            "https://a.example/cb?x=1&state=a%26code%3Db%23c%20d%0D%0A%C3%A9"
        );
        let address = with(
            "org.example.app:/cb",
            [("code", "x".to_owned())].into_iter(),
        );
        assert_eq!(address, "org.example.app:/cb?code=x");
    }
}
