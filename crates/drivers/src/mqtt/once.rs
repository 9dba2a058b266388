//! One message to the broker, from whoever has something to say and no connection of their own.

use super::connection::{Incoming, connect};
use super::settings::Settings;
use rumqttc::{PublishOptions, QoS};
use std::time::Duration;
use tokio::time::timeout;

/// How long all of it may take.
const TIME: Duration = Duration::from_secs(15);

/// Publishes one message and waits until the broker has taken it.
///
/// # Errors
/// Why the broker did not, for people.
pub async fn publish_once(
    settings: &Settings,
    topic: &str,
    payload: Vec<u8>,
) -> Result<(), String> {
    let mut settings = settings.clone();
    settings.client_id = format!("{}-messages", settings.client_id);
    let publish = async {
        let mut connection = connect(&settings)?;
        let lost = || "the connection to the broker ended".to_owned();
        loop {
            match connection.incoming.recv().await {
                Some(Incoming::Connected) => break,
                Some(Incoming::Lost(why)) => return Err(why),
                Some(Incoming::Message(..)) => {}
                None => return Err(lost()),
            }
        }
        let options = PublishOptions::new(QoS::AtLeastOnce);
        let tracked = connection
            .client
            .publish_tracked(topic, payload, options)
            .await;
        let notice = tracked.map_err(|error| error.to_string())?;
        let done = notice.wait_completion_async();
        tokio::pin!(done);
        loop {
            tokio::select! {
                taken = &mut done => {
                    taken.map_err(|error| error.to_string())?;
                    let _ = connection.client.disconnect().await;
                    return Ok(());
                }
                incoming = connection.incoming.recv() => match incoming {
                    Some(Incoming::Lost(why)) => return Err(why),
                    Some(_) => {}
                    None => return Err(lost()),
                },
            }
        }
    };
    timeout(TIME, publish)
        .await
        .unwrap_or_else(|_| Err("the broker did not take it in time".to_owned()))
}
