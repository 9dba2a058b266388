//! The vault: what it holds by name, and what is put there and removed. It is written only: no answer has
//! a secret.

use crate::access::{Access, Visitor};
use crate::error::{ApiError, ErrorCode};
use crate::extract::{Json, Path};
use crate::state::{App, Shared};
use crate::wire;
use ::vault::{Closed, Effect, Secret, VaultError};
use auth::{EventKind, SecurityEvent};
use axum::extract::State;
use model::Timestamp;

/// What the vault holds, without the secrets, and the settings that it can give.
#[utoipa::path(get, path = "/api/vault", tag = "operating", operation_id = "getVault",
    responses((status = 200, body = wire::Vault), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn list(State(app): State<Shared>) -> axum::Json<wire::Vault> {
    let vault = &app.house.vault;
    let slots = vault.slots();
    let entries: Vec<wire::VaultEntry> = vault
        .entries()
        .into_iter()
        .map(|entry| shown(&app, entry))
        .collect();
    let settings = slots
        .iter()
        .map(|slot| wire::VaultSetting {
            name: slot.name,
            used_by: slot.what,
            given_by_environment: slot.is_given,
            waits_for: slot.idle.clone(),
            at_once: slot.is_live,
        })
        .collect();
    axum::Json(wire::Vault {
        open: vault.closed().is_none(),
        closed_because: vault.closed().map(|closed| closed.to_string()),
        entries,
        settings,
    })
}

/// Puts a secret there, in the place of what had the name. It is on the disk when this answers, and never
/// given out again. The answer says when it holds.
#[utoipa::path(put, path = "/api/vault/{name}", tag = "operating", operation_id = "putSecret",
    params(("name" = String, Path, description = "the setting that it gives, or another name")),
    request_body = wire::NewSecret,
    responses((status = 200, body = wire::VaultEntry), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn put(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(name): Path<String>,
    Json(new): Json<wire::NewSecret>,
) -> Result<axum::Json<wire::VaultEntry>, ApiError> {
    let secret = Secret::new(new.secret).map_err(VaultError::Invalid)?;
    let (vault, by) = (app.house.vault.clone(), me.name.clone());
    let put = move || vault.put(&name, secret, &by, Timestamp::now());
    let entry = work(put).await?;
    note(&app, &me.name, &access, format!("{} was put", entry.name));
    Ok(axum::Json(shown(&app, entry)))
}

/// Forgets a secret. What used it goes on with it until it starts again, where it cannot do without.
#[utoipa::path(delete, path = "/api/vault/{name}", tag = "operating", operation_id = "removeSecret",
    params(("name" = String, Path, description = "its name")),
    responses((status = 200, body = wire::VaultRemoved), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<Shared>,
    access: Access,
    Visitor(me): Visitor,
    Path(name): Path<String>,
) -> Result<axum::Json<wire::VaultRemoved>, ApiError> {
    let (vault, gone) = (app.house.vault.clone(), name.clone());
    work(move || vault.remove(&gone)).await?;
    note(&app, &me.name, &access, format!("{name} was removed"));
    let (effect, message) = told(app.house.vault.effect_of_removal(&name));
    Ok(axum::Json(wire::VaultRemoved {
        name,
        effect,
        message,
    }))
}

/// Waits for the disk aside.
async fn work<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(ApiError::new(ErrorCode::Internal, "the vault broke")),
    }
}

fn note(app: &App, who: &str, access: &Access, what: String) {
    let place = access.client().place();
    let event = SecurityEvent::new(EventKind::VaultChanged, who, &place, &what);
    app.house.auth.note(event);
}

fn shown(app: &App, entry: ::vault::Entry) -> wire::VaultEntry {
    let vault = &app.house.vault;
    let slots = vault.slots();
    let slot = slots.iter().find(|slot| slot.name == entry.name);
    let driver = entry.name.strip_prefix("driver.");
    let used_by = match (slot, driver) {
        (Some(slot), _) => Some(slot.what.to_owned()),
        (None, Some(rest)) => rest
            .split('.')
            .next()
            .map(|driver| format!("the driver {driver}")),
        (None, None) => None,
    };
    let (effect, message) = told(vault.effect(&entry.name));
    wire::VaultEntry {
        since: entry.since.into(),
        by: entry.by,
        used_by,
        effect,
        message,
        name: entry.name,
    }
}

/// When a change holds, as a word and for people.
fn told(effect: Effect) -> (&'static str, String) {
    match effect {
        Effect::Now => ("now", "it holds at once".to_owned()),
        Effect::Restart => (
            "restart",
            "it holds when the server starts again".to_owned(),
        ),
        Effect::Not(why) => ("not_used", format!("it is not used: {why}")),
    }
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> Self {
        let message = error.to_string();
        let code = match &error {
            VaultError::Closed(Closed::Unreadable { .. }) | VaultError::NotKept { .. } => {
                tracing::error!(error = message, "the vault cannot be worked on");
                return Self::new(ErrorCode::VaultFailed, message);
            }
            VaultError::Closed(_) => ErrorCode::VaultClosed,
            VaultError::Invalid(_) => ErrorCode::InvalidSecret,
            VaultError::Unknown(_) => ErrorCode::UnknownSecret,
            VaultError::Full => ErrorCode::HouseFull,
        };
        Self::new(code, message)
    }
}
