//! Telling somebody how a backup went.

use super::take::Taken;
use crate::settings::Settings;
use outbound::{Allowed, Outbound};
use serde_json::{Value as Json, json};

/// Posts how it went, where a setting says where to. That it cannot be posted is told, and changes
/// nothing about the backup.
pub(super) async fn tell(settings: &Settings, result: &anyhow::Result<Taken>) {
    let url = settings.text("BACKUP_WEBHOOK_URL");
    if url.is_empty() {
        return;
    }
    let notice = notice(settings.text("HOUSE_NAME"), result);
    if let Err(fault) = post(url, &notice).await {
        eprintln!("BACKUP_WEBHOOK_URL: {fault}; how the backup went was not posted");
    }
}

async fn post(url: &str, notice: &Json) -> Result<(), outbound::Fault> {
    let host = outbound::host(url).unwrap_or_default();
    let way = Outbound::outside([Allowed::named(host)])?;
    way.post_json(url, notice.to_string().into_bytes()).await?;
    Ok(())
}

fn notice(house: &str, result: &anyhow::Result<Taken>) -> Json {
    let at = jiff::Timestamp::now().to_string();
    match result {
        Ok(taken) => json!({
            "kind": "backup", "status": "succeeded", "house": house, "at": at,
            "file": taken.file, "sha256": taken.sha256, "bytes": taken.bytes, "rows": taken.rows,
            "seconds": taken.seconds,
        }),
        Err(error) => json!({
            "kind": "backup", "status": "failed", "house": house, "at": at,
            "error": format!("{error:#}"),
        }),
    }
}
