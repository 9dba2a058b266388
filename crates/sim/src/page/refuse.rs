//! Refusals as JSON: what was wrong, what was expected, what to do.

use crate::world::Refusal;
use axum::{
    Json,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

/// A refusal and its status.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    refusal: Refusal,
}

impl Refused {
    pub(super) fn with(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, refusal }
    }

    pub(super) fn missing(message: String, expected: &str) -> Self {
        let expected = expected.to_owned();
        Self::with(
            StatusCode::NOT_FOUND,
            Refusal {
                code: "not_found",
                message,
                expected,
            },
        )
    }

    pub(super) fn bad(message: String, expected: &str) -> Self {
        let expected = expected.to_owned();
        Self::with(
            StatusCode::BAD_REQUEST,
            Refusal {
                code: "bad_request",
                message,
                expected,
            },
        )
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::with(StatusCode::UNPROCESSABLE_ENTITY, refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let action = match self.status {
            StatusCode::NOT_FOUND => "Look at GET /api/devices for what there is.",
            StatusCode::FORBIDDEN => "Open the page at its own address on this machine.",
            _ => "Correct the request and send it again.",
        };
        let error = serde_json::json!({"error": {
            "code": self.refusal.code,
            "message": self.refusal.message,
            "expected": self.refusal.expected,
            "action": action,
        }});
        (self.status, Json(error)).into_response()
    }
}

/// A JSON body; what cannot be read is refused in our own words.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|error| {
                Refused::with(
                    error.status(),
                    Refusal {
                        code: "bad_body",
                        message: "the body could not be read".into(),
                        expected: "JSON of at most 64 KiB".into(),
                    },
                )
            })?;
        let body = serde_json::from_slice(&bytes)
            .map_err(|error| Refused::bad(error.to_string(), "the JSON object of this route"))?;
        Ok(Self(body))
    }
}
