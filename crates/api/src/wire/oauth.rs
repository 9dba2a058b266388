//! Access for programs (OAuth) on the wire. What programs send has the names of the RFCs, and what is not
//! known of it is passed over, as they want it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What this house is to programs that ask for access (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthServer {
    /// Who gives access: this house, by the name by which it was asked.
    pub issuer: String,
    /// Where a person is sent to say yes or no.
    pub authorization_endpoint: String,
    /// Where a program gets tokens.
    pub token_endpoint: String,
    /// Where a program registers itself; left out where it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// Where a program gives access back.
    pub revocation_endpoint: String,
    /// `code`.
    pub response_types_supported: Vec<&'static str>,
    /// `query`.
    pub response_modes_supported: Vec<&'static str>,
    /// `authorization_code` and `refresh_token`.
    pub grant_types_supported: Vec<&'static str>,
    /// `none`: programs have no secret.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// `none`.
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// `S256`.
    pub code_challenge_methods_supported: Vec<&'static str>,
    /// What can be asked for.
    pub scopes_supported: Vec<&'static str>,
    /// An answer says whose it is (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
}

/// What a program needs to know to be let in here (RFC 9728).
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthResource {
    /// What a token is asked for with (RFC 8707).
    pub resource: String,
    /// What the house is called.
    pub resource_name: String,
    /// Who gives access.
    pub authorization_servers: Vec<String>,
    /// What is of use here.
    pub scopes_supported: Vec<&'static str>,
    /// `header`.
    pub bearer_methods_supported: Vec<&'static str>,
}

/// A program registers itself (RFC 7591).
#[derive(Debug, Deserialize, ToSchema)]
pub struct OauthRegistration {
    /// Where people may be sent back to: loopback by http, a site by https, or an app's own scheme.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What it calls itself.
    #[serde(default)]
    pub client_name: Option<String>,
    /// With `authorization_code`, where it is given.
    #[serde(default)]
    pub grant_types: Option<Vec<String>>,
    /// With `code`, where it is given.
    #[serde(default)]
    pub response_types: Option<Vec<String>>,
}

/// A program that registered itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthClient {
    /// Its id.
    pub client_id: Uuid,
    /// When, in seconds since 1970.
    pub client_id_issued_at: i64,
    /// What it is called here: with a number where another has the name.
    pub client_name: String,
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// `none`: it has no secret, whatever it asked for.
    pub token_endpoint_auth_method: &'static str,
    /// `authorization_code` and `refresh_token`.
    pub grant_types: Vec<&'static str>,
    /// `code`.
    pub response_types: Vec<&'static str>,
}

/// A program fetches tokens, for a code or for a refresh token.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OauthTokenRequest {
    /// `authorization_code` or `refresh_token`.
    #[serde(default)]
    pub grant_type: String,
    /// Which program.
    #[serde(default)]
    pub client_id: String,
    /// The code.
    #[serde(default)]
    pub code: String,
    /// Where the person was sent back to.
    #[serde(default)]
    pub redirect_uri: String,
    /// The proof key.
    #[serde(default)]
    pub code_verifier: String,
    /// The refresh token.
    #[serde(default)]
    pub refresh_token: String,
    /// With a refresh token: not more than was given.
    #[serde(default)]
    pub scope: Option<String>,
    /// The same as the person was asked for.
    #[serde(default)]
    pub resource: Option<String>,
}

/// Tokens of a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthTokens {
    /// What it sends along as `Authorization: Bearer`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long that is good, in seconds.
    pub expires_in: i64,
    /// What it gets the next two with, once.
    pub refresh_token: String,
    /// What the person said yes to.
    pub scope: String,
}

/// A program gives access back (RFC 7009).
#[derive(Debug, Deserialize, ToSchema)]
pub struct OauthRevocation {
    /// Its access token or its refresh token.
    #[serde(default)]
    pub token: String,
    /// Which program.
    #[serde(default)]
    pub client_id: String,
}

/// Why a program gets nothing (RFC 6749, 5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthFault {
    /// A word of the RFCs, such as `invalid_grant`.
    pub error: &'static str,
    /// What was wrong, for people.
    pub error_description: String,
}

/// What a program asks a person for: the parameters with which it sent them here.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct AuthorizationRequest {
    /// Which program.
    pub client_id: Option<String>,
    /// Where the person is sent back to.
    pub redirect_uri: Option<String>,
    /// `code`.
    pub response_type: Option<String>,
    /// What it wants to do, separated by blanks; left out: `read_house control`.
    pub scope: Option<String>,
    /// Goes back with the answer.
    pub state: Option<String>,
    /// The hash of its proof key.
    pub code_challenge: Option<String>,
    /// `S256`.
    pub code_challenge_method: Option<String>,
    /// For which address of the house; left out: for all of it.
    pub resource: Option<String>,
}

/// What a person is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Authorization {
    /// What the program calls itself. Anybody may write anything here.
    pub program: String,
    /// Whether somebody of this house gave it access before.
    pub is_known: bool,
    /// What is at the address to which one is sent back: `here` (a program on the machine of the browser),
    /// `site` or `app`.
    pub back: &'static str,
    /// The site, or the scheme of the app; null for `here`.
    pub back_to: Option<String>,
    /// That address.
    pub redirect_uri: String,
    /// What it wants to do.
    pub scopes: Vec<AskedScope>,
    /// Below which path; null: in the whole house.
    pub resource: Option<String>,
    /// Why there is nothing to say yes to; null: there is.
    pub fault: Option<AuthorizationFault>,
}

/// Something that a program wants to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedScope {
    /// Which right.
    pub scope: &'static str,
    /// Whether who is asked has it: what they have not they cannot give.
    pub is_yours: bool,
    /// Whether it is grave: not given by the way.
    pub is_grave: bool,
}

/// Why nobody is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationFault {
    /// A word of the RFCs, such as `invalid_scope`.
    pub error: &'static str,
    /// What was wrong.
    pub message: String,
}

/// What a person says to it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationAnswer {
    /// What the program asks for, as it was shown.
    pub request: AuthorizationRequest,
    /// To what they say yes: some of the scopes; none of them: no.
    pub scopes: Vec<String>,
}

/// Where the person is sent back to, with the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationBack {
    /// The address.
    pub redirect_to: String,
}
