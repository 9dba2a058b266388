//! The language model that the settings name, and how it is.

use crate::secrets;
use crate::settings::Settings;
use anyhow::Context as _;
use conversation::llm::{Budget, Client, Health, Provider, Wanted};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use tokio::sync::Mutex;
use vault::Vault;

/// How often a provider is asked whether it is there. That costs no tokens and says nothing of the house.
const EVERY: Duration = Duration::from_secs(300);

/// How long it may take to say so.
const WITHIN: Duration = Duration::from_secs(5);

/// Who looks at the health meanwhile sees the last answer: a page that is open must not ask a provider.
const FRESH: Duration = Duration::from_secs(60);

/// Which model is asked, as the settings say.
///
/// # Errors
/// When they are wrong.
pub(crate) fn provider(settings: &Settings) -> anyhow::Result<Option<Provider>> {
    Ok(Provider::find(Wanted {
        provider: settings.text("LLM_PROVIDER"),
        base: settings.text("LLM_BASE_URL"),
        model: settings.text("LLM_MODEL"),
        openai: settings.text("OPENAI_API_KEY"),
        anthropic: settings.text("ANTHROPIC_API_KEY"),
    })?)
}

/// The model; `None` where the settings name none. It is on the board with how it is.
pub(crate) fn model(
    settings: &Settings,
    vault: &Vault,
    store: Store,
    zone: TimeZone,
    board: &api::HealthBoard,
) -> anyhow::Result<Option<Arc<Client>>> {
    let Some(provider) = provider(settings)? else {
        return Ok(None);
    };
    let number = |name| u64::try_from(settings.number(name)).unwrap_or_default();
    let budget = Budget::new(number("LLM_TOKENS_PER_DAY"), zone, store);
    let time = Duration::from_secs(number("LLM_TIMEOUT").max(1));
    let first = Duration::from_millis(number("LLM_FIRST_BYTE_MS").max(1));
    let client = Client::new(provider, budget, time).context("LLM_BASE_URL")?;
    let client = Arc::new(client.with_patience(first));
    tracing::info!(
        engine = client.provider().engine(),
        tokens_a_day = client.budget().limit(),
        "an ai model is asked about what the house does not understand by itself"
    );
    follow(&client, settings, vault);
    watch(&client, board);
    Ok(Some(client))
}

/// Takes the vault's key from now on, whenever it changes there.
fn follow(client: &Arc<Client>, settings: &Settings, vault: &Vault) {
    if client.provider().key.is_none() {
        return;
    }
    let name = match client.provider().name {
        "anthropic" => "ANTHROPIC_API_KEY",
        _ => "OPENAI_API_KEY",
    };
    secrets::live(vault, &[name]);
    let (client, vault, settings) = (Arc::clone(client), vault.clone(), settings.clone());
    let mut changes = vault.changes();
    tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            client.take_key(&secrets::current(&vault, &settings, name));
        }
    });
}

fn watch(client: &Arc<Client>, board: &api::HealthBoard) {
    let asked = Arc::clone(client);
    let last: Arc<Mutex<Option<(Instant, Health)>>> = Arc::default();
    board.probe("language_model", false, EVERY, WITHIN, move || {
        let (client, last) = (Arc::clone(&asked), Arc::clone(&last));
        async move {
            let mut last = last.lock().await;
            let known = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH);
            let health = match known {
                Some((_, health)) => health.clone(),
                None => {
                    let health = client.health().await;
                    *last = Some((Instant::now(), health.clone()));
                    health
                }
            };
            let engine = client.provider().engine();
            match health {
                Health::Ok => api::State::ok_with(format!("{engine} answers")),
                Health::Ill(failure) => api::State::degraded(
                    format!("{engine} cannot be used: {failure}"),
                    "check the key, LLM_BASE_URL and the connection; the house answers by itself meanwhile",
                ),
            }
        }
    });
}
