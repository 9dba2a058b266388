//! The one table of errors: code, status, what it means, what to do.
//!
//! A handler returns an [`ApiError`]; the envelope renders it, once, at the edge, with the
//! request's reference. What the outside sees is in the error; what only the log gets is logged
//! where it happened. `docs/reference/errors.md` is generated from the table.

use crate::wire;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use twin::{Refusal, RefusalCode, RequestError};

macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $meaning:literal, $action:literal;)*) => {
        /// The kinds of errors; the words are stable, programs branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the table says what each means")]
        pub enum ErrorCode { $($variant),* }

        impl ErrorCode {
            /// Every kind, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The status that it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),* }
            }

            /// What it means, for the reference.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// What to do about it, where the error itself has nothing better to say.
            #[must_use]
            pub const fn action(self) -> &'static str {
                match self { $(Self::$variant => $action),* }
            }
        }
    };
}

errors! {
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON.",
        "Send valid JSON; the message says where it breaks.";
    InvalidBody = "invalid_body", UNPROCESSABLE_ENTITY,
        "The body is JSON, but not of the form that this route takes.",
        "Correct the field that the message names; /docs shows the form.";
    BodyUnreadable = "body_unreadable", BAD_REQUEST,
        "The body ended early or stopped arriving.", "Send it again, without long pauses.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is larger than is taken.",
        "Send less at once, or raise API_MAX_BODY_KIB.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The body is not announced as JSON, or a browser sent it for a page elsewhere.",
        "Send the header Content-Type: application/json.";
    InvalidQuery = "invalid_query", BAD_REQUEST,
        "A parameter after the question mark is unknown or has a value that cannot be right.",
        "Correct the parameter that the message names; /docs lists them.";
    InvalidPath = "invalid_path", BAD_REQUEST, "A part of the path cannot be read.",
        "Check the id or slug, and its percent-encoding.";
    TargetTooLong = "target_too_long", URI_TOO_LONG, "The path and query together are too long.",
        "Ask with fewer or shorter parameters.";
    UnknownRoute = "unknown_route", NOT_FOUND, "Nothing is served at this path.",
        "See /docs for what there is.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        "The path is there, but not with this method.",
        "Use one of the methods of the Allow header.";
    UpgradeRequired = "upgrade_required", UPGRADE_REQUIRED,
        "The path is a WebSocket and was asked for as something else.",
        "Connect with a WebSocket client of version 13.";
    BadRequest = "bad_request", BAD_REQUEST, "The request cannot be right.",
        "Check it against /docs.";

    NotSignedIn = "not_signed_in", UNAUTHORIZED, "Nobody is signed in.",
        "Sign in with POST /api/auth/login, or send a token: Authorization: Bearer.";
    NotLocal = "not_local", UNAUTHORIZED,
        "The request does not come from the machine itself, and nobody is signed in.",
        "Sign in with POST /api/auth/login, send a token, or ask from the machine that runs the server.";
    Forwarded = "forwarded", UNAUTHORIZED,
        "The request came through a proxy, so nobody knows who sent it, and nobody is signed in.",
        "Sign in with POST /api/auth/login, send a token, or connect directly.";
    BadToken = "bad_token", UNAUTHORIZED, "The token is not good, or not any more.",
        "Sign in again, or make another token.";
    WrongCredentials = "wrong_credentials", UNAUTHORIZED,
        "The name or the password is wrong; which of them is not told.",
        "Try again; the operator can set a password with `consciousness user password`.";
    CodeNeeded = "code_needed", UNAUTHORIZED,
        "The password is right, and the account has a second factor.",
        "Send it again with the \"code\" of the app, or with a recovery code.";
    WrongCode = "wrong_code", UNAUTHORIZED, "The code is wrong, or was used already.",
        "Wait for the next code of the app and check its clock, or use a recovery code.";
    CsrfNeeded = "csrf_needed", FORBIDDEN,
        "A session by cookie changes something without the word that its page has.",
        "Send the header X-CSRF-Token with the `csrf` of GET /api/auth.";
    LockedOut = "locked_out", TOO_MANY_REQUESTS, "Too many sign-ins failed before this one.",
        "Wait as long as the header Retry-After says.";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "More was asked than is allowed in a minute.",
        "Wait as long as the header Retry-After says; API_RATE_LIMIT says how much it is.";
    SignInBusy = "sign_in_busy", TOO_MANY_REQUESTS, "Too many sign in at this moment.",
        "Wait a second, then try again.";
    OwnerExists = "owner_exists", CONFLICT, "The house has an owner already.",
        "Sign in, or let the owner make an account.";
    OwnerNotHere = "owner_not_here", FORBIDDEN,
        "The first owner is made from the machine itself, or with a code.",
        "Send the \"code\" that the log shows at the start, or use `consciousness user add`.";
    LimitedToRooms = "limited_to_rooms", FORBIDDEN,
        "Who asks is limited to some rooms, and this concerns the whole house.",
        "Ask for what stands in those rooms.";
    InvalidAccount = "invalid_account", UNPROCESSABLE_ENTITY,
        "An account or a token cannot be so.", "Correct what the message names.";
    NameTaken = "name_taken", CONFLICT, "Another account or token has this name.",
        "Choose another name.";
    UnknownAccount = "unknown_account", NOT_FOUND, "There is no such account, session or token.",
        "GET /api/users, /api/auth/sessions and /api/tokens list them.";
    BackupUnderWay = "backup_under_way", CONFLICT, "A backup is being taken already.",
        "Wait for its end: it stands in the component backups of /health/detailed.";
    VaultClosed = "vault_closed", CONFLICT,
        "The vault gives and takes nothing: its key is missing or another, or its file is damaged.",
        "Do what the message says; docs/operate/secure.md has more.";
    VaultFailed = "vault_failed", INTERNAL_SERVER_ERROR, "The vault's file cannot be read or written.",
        "Look at the room on the disk and at whose the file is.";
    InvalidSecret = "invalid_secret", UNPROCESSABLE_ENTITY, "A secret or its name cannot be so.",
        "Correct what the message names.";
    UnknownSecret = "unknown_secret", NOT_FOUND, "The vault holds nothing of that name.",
        "GET /api/vault lists what it holds.";
    UnknownProgram = "unknown_program", NOT_FOUND, "No program has this client_id.",
        "Let the program register itself again; one that nobody gives access is forgotten.";
    ForeignRedirect = "foreign_redirect", UNPROCESSABLE_ENTITY,
        "The program did not register the address to which it wants people sent back.",
        "Go no further if you did not ask for this; else start again in the program.";
    LastOwner = "last_owner", CONFLICT, "The house would have no owner.",
        "Make somebody else an owner first.";
    ForeignHost = "foreign_host", MISDIRECTED_REQUEST,
        "The Host header does not name this server: perhaps a web page elsewhere sent you here.",
        "Use localhost, 127.0.0.1 or [::1] with the server's port, or put the name into ALLOWED_HOSTS.";
    ForeignOrigin = "foreign_origin", FORBIDDEN,
        "The request was made by a web page of somewhere else.",
        "Open the server's own page, or use a client that is no browser.";
    NotAllowed = "not_allowed", FORBIDDEN, "Who asks has no right to this.",
        "Ask somebody who has the right.";

    Stopped = "stopped", CONFLICT, "Who asked ended it before the answer came.",
        "Say it again; what was done until then stays done.";

    ConsentNeeded = "consent_needed", UNPROCESSABLE_ENTITY,
        "What was given would leave the house, and nobody agreed to that.",
        "Send it again with \"look_up\": true if it may.";
    NoGeocoder = "no_geocoder", CONFLICT, "Nobody is to be asked where an address is.",
        "Set GEOCODER_URL, or give the coordinates with PUT /api/house/place.";
    GeocoderFailed = "geocoder_failed", BAD_GATEWAY, "Who was asked where an address is gave no answer of use.",
        "Try again later, or give the coordinates with PUT /api/house/place.";
    UnknownDevice = "unknown_device", NOT_FOUND, "No device has this id, slug or alias.",
        "GET /api/devices lists the devices.";
    UnknownArea = "unknown_area", NOT_FOUND, "No area has this id or slug.",
        "GET /api/areas lists the areas.";
    UnknownFloor = "unknown_floor", NOT_FOUND, "No floor has this id or slug.",
        "GET /api/floors lists the floors.";
    UnknownPerson = "unknown_person", NOT_FOUND, "No person has this id or slug.",
        "GET /api/people lists the people.";
    UnknownDiscovery = "unknown_discovery", NOT_FOUND, "Nothing of this id waits in the inbox.",
        "GET /api/devices/discovered lists what waits.";
    UnknownScan = "unknown_scan", NOT_FOUND, "No search for devices has this id.",
        "GET /api/discovery/scans lists the searches.";
    UnknownScenario = "unknown_scenario", NOT_FOUND, "No scenario has this slug.",
        "GET /api/scenarios lists the scenarios.";
    UnknownConcern = "unknown_concern", NOT_FOUND, "No concern with this id is on.",
        "GET /api/concerns lists those that are; it may have ended.";
    UnknownRun = "unknown_run", NOT_FOUND, "No run has this id.",
        "GET /api/automation/runs lists the runs.";
    UnknownVersion = "unknown_version", NOT_FOUND, "The scenario has no such version.",
        "GET /api/scenarios/{scenario}/versions lists its versions.";
    UnknownScene = "unknown_scene", NOT_FOUND, "No scene has this slug.",
        "GET /api/scenes lists the scenes.";
    UnknownWebhook = "unknown_webhook", NOT_FOUND, "No webhook has this name.",
        "GET /api/automation/webhooks lists the webhooks.";
    WrongSecret = "wrong_secret", FORBIDDEN, "The secret is not that of the webhook.",
        "Use the secret that was shown when the webhook was made, or make another with \"renew\".";
    UnknownFeature = "unknown_feature", NOT_FOUND, "Nothing that can be switched off has this name.",
        "GET /api/features lists what can.";
    UnknownMemory = "unknown_memory", NOT_FOUND, "Nothing is remembered under this id or key.",
        "GET /api/memory lists what is remembered.";
    UnknownAlertRule = "unknown_alert_rule", NOT_FOUND, "No alert rule has this slug.",
        "GET /api/alerts/rules lists the rules.";
    InvalidScenario = "invalid_scenario", UNPROCESSABLE_ENTITY,
        "The scenario is not written as it must be.",
        "Correct what the message names; GET /api/automation/schema shows the form.";
    InvalidParameter = "invalid_parameter", UNPROCESSABLE_ENTITY,
        "The scenario cannot be run with these parameters.",
        "GET the scenario to see its parameters.";
    EditedMeanwhile = "edited_meanwhile", CONFLICT, "Somebody else edited it meanwhile.",
        "GET it again, and edit what is there now.";
    ShippedScenario = "shipped_scenario", CONFLICT, "It comes with the house.",
        "Switch it off instead: POST /api/scenarios/{scenario}/enable with {\"enabled\": false}.";
    UnknownConversation = "unknown_conversation", NOT_FOUND,
        "No conversation of yours has this id.", "GET /api/conversations lists yours.";
    UnknownInterview = "unknown_interview", NOT_FOUND,
        "No interview of yours has this id.",
        "POST /api/interview/start begins one, or takes up the one that was left.";
    InvalidMessage = "invalid_message", UNPROCESSABLE_ENTITY,
        "The message cannot be read.", "Send a sentence of plain text, up to 4,000 bytes.";
    UnknownProperty = "unknown_property", NOT_FOUND, "The device has no such property.",
        "GET the device to see its properties and their paths.";
    UnknownDriver = "unknown_driver", UNPROCESSABLE_ENTITY, "No driver has this name.",
        "Use a protocol that /health/detailed lists as a driver.";

    UnsupportedCommand = "unsupported_command", UNPROCESSABLE_ENTITY,
        "The device cannot do this.", "GET the device to see its commands.";
    InvalidValue = "invalid_value", UNPROCESSABLE_ENTITY,
        "A value or argument is of the wrong kind, out of range or unknown.",
        "Use a value within what the message says was expected.";
    SlugTaken = "slug_taken", CONFLICT, "Something else has this slug or alias.",
        "Choose another, or rename the other first.";
    ConfirmationNeeded = "confirmation_needed", CONFLICT,
        "This needs a person's yes with the request.",
        "Ask the person, then send it again with \"confirm\": true.";
    Constrained = "constrained", CONFLICT, "A safety constraint of the house forbids this now.",
        "See to what the message names; GET /api/automation/constraints tells of the constraint.";
    UnknownConstraint = "unknown_constraint", NOT_FOUND, "No safety constraint has this slug.",
        "GET /api/automation/constraints lists them.";
    ShippedConstraint = "shipped_constraint", CONFLICT, "It comes with the house.",
        "Disable it with PUT and {\"enabled\": false}, or bring it back with {\"reset\": true}.";
    DeviceOffline = "device_offline", CONFLICT,
        "The device is away, and this is never sent late.",
        "Bring the device back, then try again.";
    TooManyWishes = "too_many_wishes", TOO_MANY_REQUESTS,
        "Too many wishes for one device in a short time.", "Wait a second, then try again.";
    HouseFull = "house_full", CONFLICT, "The house takes no more of these.",
        "Remove some that are no longer needed.";

    WishRejected = "wish_rejected", BAD_GATEWAY,
        "The wish was accepted, but the driver or the device refused it.",
        "The error holds the wish and its note.";
    WishTimedOut = "wish_timed_out", GATEWAY_TIMEOUT,
        "The device did not report the wished value in time.",
        "Check that the device is powered and in reach; the error holds the wish.";
    WishNotSettled = "wish_not_settled", GATEWAY_TIMEOUT,
        "The wish has not ended yet, and the wait is over. It goes on.",
        "Watch /api/live, or ask again later; the error holds the wish.";
    DriverFailed = "driver_failed", BAD_GATEWAY, "The driver could not do it.",
        "See /health/detailed for how the driver is.";
    DriverSilent = "driver_silent", GATEWAY_TIMEOUT, "The driver has not answered in time.",
        "See /health/detailed for how the driver is, then try again.";

    NotKept = "not_kept", INSUFFICIENT_STORAGE,
        "It could not be made durable, so it was not done: the disk is full or broken.",
        "Free space on the disk of the database, then try again.";
    DatabaseFailed = "database_failed", SERVICE_UNAVAILABLE,
        "The database could not answer.", "See /health/detailed; try again in a moment.";
    HouseBusy = "house_busy", SERVICE_UNAVAILABLE, "Too much is being asked at once.",
        "Wait a second, then try again.";
    TooManySockets = "too_many_sockets", SERVICE_UNAVAILABLE,
        "Too many live connections are open.", "Close one, or raise API_MAX_LIVE.";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE, "The server is shutting down.",
        "Try again when it is back.";
    HandlerTimeout = "handler_timeout", GATEWAY_TIMEOUT, "The answer took too long.",
        "Try again; if it stays so, see /health/detailed.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "A fault of the server.",
        "Report it with the reference, under which the log has the details.";
}

/// What went wrong: what it was, what was expected, what to do.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// Which kind.
    pub code: ErrorCode,
    /// What was wrong, with the value.
    pub message: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What to do.
    pub action: String,
    /// The wish that it is about, where there is one.
    pub wish: Option<Box<wire::Wish>>,
    /// The slug of the safety constraint that forbids it, where one does.
    pub constraint: Option<String>,
    /// After how many seconds it is worth another try, where that is known.
    pub retry_after: Option<u16>,
    /// The right that is missing, where that is why.
    pub lacks: Option<model::Right>,
}

impl ApiError {
    /// An error with the table's own advice.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            expected: None,
            action: code.action().to_owned(),
            wish: None,
            constraint: None,
            retry_after: None,
            lacks: None,
        }
    }

    /// With the time after which it is worth another try.
    #[must_use]
    pub fn after(mut self, wait: std::time::Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.retry_after = Some(u16::try_from(seconds.max(1)).unwrap_or(u16::MAX));
        self
    }

    /// With the right that is missing.
    #[must_use]
    pub const fn lacking(mut self, right: model::Right) -> Self {
        self.lacks = Some(right);
        self
    }

    /// With what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// With the wish that it is about.
    #[must_use]
    pub fn about(mut self, wish: wire::Wish) -> Self {
        self.wish = Some(Box::new(wish));
        self
    }

    /// The error as the wire has it.
    #[must_use]
    pub fn wire(&self, reference: &str) -> wire::ErrorDetail {
        wire::ErrorDetail {
            code: self.code.as_str().to_owned(),
            message: self.message.clone(),
            expected: self.expected.clone(),
            action: self.action.clone(),
            reference: reference.to_owned(),
            wish: self.wish.as_deref().cloned(),
            constraint: self.constraint.clone(),
        }
    }
}

/// Travels from the handler to the envelope, which renders it.
#[derive(Debug, Clone)]
pub(crate) struct Failure(pub(crate) Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

impl From<RefusalCode> for ErrorCode {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::UnknownDevice => Self::UnknownDevice,
            RefusalCode::UnknownArea => Self::UnknownArea,
            RefusalCode::UnknownFloor => Self::UnknownFloor,
            RefusalCode::UnknownPerson => Self::UnknownPerson,
            RefusalCode::UnknownDiscovery => Self::UnknownDiscovery,
            RefusalCode::UnknownDriver => Self::UnknownDriver,
            RefusalCode::UnsupportedCommand => Self::UnsupportedCommand,
            RefusalCode::InvalidValue => Self::InvalidValue,
            RefusalCode::SlugTaken => Self::SlugTaken,
            RefusalCode::NotAllowed => Self::NotAllowed,
            RefusalCode::ConfirmationNeeded => Self::ConfirmationNeeded,
            RefusalCode::Constrained => Self::Constrained,
            RefusalCode::UnknownConstraint => Self::UnknownConstraint,
            RefusalCode::ShippedConstraint => Self::ShippedConstraint,
            RefusalCode::EditedMeanwhile => Self::EditedMeanwhile,
            RefusalCode::DeviceOffline => Self::DeviceOffline,
            RefusalCode::TooManyWishes => Self::TooManyWishes,
            RefusalCode::DriverFailed => Self::DriverFailed,
            RefusalCode::NotKept => Self::NotKept,
            RefusalCode::HouseFull => Self::HouseFull,
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code.into(),
            message: refusal.message,
            expected: Some(refusal.expected).filter(|text| !text.is_empty()),
            action: refusal.action,
            wish: None,
            constraint: refusal.constraint,
            retry_after: None,
            lacks: None,
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(refusal) => refusal.into(),
            RequestError::Busy => Self::new(ErrorCode::HouseBusy, error.to_string()),
            RequestError::Closed => Self::new(ErrorCode::ShuttingDown, error.to_string()),
        }
    }
}

impl From<store::StoreError> for ApiError {
    fn from(error: store::StoreError) -> Self {
        Self::new(ErrorCode::DatabaseFailed, error.to_string())
    }
}

impl From<auth::Refused> for ApiError {
    fn from(refused: auth::Refused) -> Self {
        use auth::Refused;
        let message = refused.to_string();
        let plain = |code| Self::new(code, message.clone());
        match refused {
            Refused::Wrong => plain(ErrorCode::WrongCredentials),
            Refused::CodeNeeded => plain(ErrorCode::CodeNeeded),
            Refused::WrongCode => plain(ErrorCode::WrongCode),
            Refused::Wait(wait) => plain(ErrorCode::LockedOut).after(wait),
            Refused::Busy => plain(ErrorCode::SignInBusy).after(std::time::Duration::from_secs(1)),
            Refused::OwnerExists => plain(ErrorCode::OwnerExists),
            Refused::NotHere => plain(ErrorCode::OwnerNotHere),
            Refused::Invalid { expected, .. } => {
                plain(ErrorCode::InvalidAccount).expected(expected)
            }
            Refused::NameTaken(_) => plain(ErrorCode::NameTaken),
            Refused::Unknown(_) => plain(ErrorCode::UnknownAccount),
            Refused::BadToken => plain(ErrorCode::BadToken),
            Refused::LastOwner => plain(ErrorCode::LastOwner),
            Refused::TooMany(_) => plain(ErrorCode::HouseFull),
            Refused::NotAllowed(_) => plain(ErrorCode::NotAllowed),
            Refused::Store(error) => error.into(),
            Refused::Failed(error) => {
                tracing::error!(error, "an account could not be worked on");
                Self::new(ErrorCode::Internal, "a fault of the server")
            }
        }
    }
}

/// The reference page of the errors, as `docs/reference/errors.md` has it.
#[must_use]
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         <!-- Generated from crates/api/src/error.rs; `cargo test -p api` says how to refresh it. -->\n\n\
         Every error has the same form:\n\n\
         ```json\n\
         {\"error\": {\"code\": \"unknown_device\", \"message\": \"what was wrong\", \"expected\": \"what was expected\",\n           \
         \"action\": \"what to do\", \"reference\": \"the request's id, also in the log\"}}\n\
         ```\n\n\
         `code` is stable and meant for programs; the texts are meant for people and may change. \
         `expected` is left out where there is nothing to say; errors about a wish also hold the \
         `wish`, and those of a safety constraint the slug of the `constraint`. The reference is also in the header `X-Request-Id` of every answer.\n\n\
         | code | status | what it means | what to do |\n|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            code.as_str(),
            code.status().as_u16(),
            code.meaning(),
            code.action()
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_errors() {
        let mut seen = HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
