//! The ways out over HTTP and mail: what is sent, and which refusals are worth another try.

use super::{Message, NotSent, Plan, Way};
use outbound::{Allowed, Fault, Mailer, Outbound};
use std::sync::Arc;

/// The ways that a plan sets up, besides MQTT.
///
/// # Errors
/// What of the plan cannot be used, for people, without its secrets.
pub fn ways(plan: &Plan) -> Result<Vec<Way>, Vec<String>> {
    let mut ways = Vec::new();
    let mut faults = Vec::new();
    if let Some(url) = &plan.webhook {
        let token = plan.webhook_token.clone();
        match http("webhook", url, token, |_, message| message.to_json()) {
            Ok(way) => ways.push(way),
            Err(fault) => faults.push(format!("NOTIFY_WEBHOOK_URL: {fault}")),
        }
    }
    if let Some(url) = &plan.push {
        let way = topic(url).and_then(|(server, topic)| {
            let token = plan.push_token.clone();
            http("push", &server, token, move |_, message| {
                pushed(&topic, message)
            })
        });
        match way {
            Ok(way) => ways.push(way),
            Err(fault) => faults.push(format!("NOTIFY_PUSH_URL: {fault}")),
        }
    }
    if let Some((server, from, to)) = &plan.email {
        match Mailer::new(server, from, to) {
            Ok(mailer) => ways.push(mail(mailer)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(ways)
    } else {
        Err(faults)
    }
}

/// A way that posts JSON to one address, and asks nobody else.
fn http(
    channel: &'static str,
    url: &str,
    token: Option<String>,
    body: impl Fn(&str, &Message) -> serde_json::Value + Send + Sync + 'static,
) -> Result<Way, String> {
    let host = outbound::host(url).ok_or("it names no host")?;
    let client = Outbound::outside([Allowed::named(host)]).map_err(|fault| fault.to_string())?;
    let url: Arc<str> = url.into();
    let bearer = token.map(|token| format!("Bearer {token}"));
    let send = move |message: Message| {
        let (client, url, bearer) = (client.clone(), Arc::clone(&url), bearer.clone());
        let json = body(&url, &message).to_string();
        let send = async move {
            let mut headers = vec![
                ("content-type", "application/json"),
                ("x-message-id", message.id.as_str()),
            ];
            if let Some(bearer) = &bearer {
                headers.push(("authorization", bearer));
            }
            match client.post(&url, &headers, json.into_bytes()).await {
                Ok(_) => Ok(()),
                Err(fault) => Err(not_sent(&fault)),
            }
        };
        Box::pin(send) as futures_util::future::BoxFuture<'static, _>
    };
    Ok(Way {
        channel,
        send: Arc::new(send),
    })
}

/// Another try only helps where the fault may pass.
fn not_sent(fault: &Fault) -> NotSent {
    let again = match fault {
        Fault::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
        Fault::Unresolved { .. }
        | Fault::Unreachable { .. }
        | Fault::TooSlow { .. }
        | Fault::Busy { .. } => true,
        // What it answers with does not matter: it was taken.
        Fault::TooLarge { .. }
        | Fault::BadUrl { .. }
        | Fault::NotAllowed { .. }
        | Fault::Inside { .. }
        | Fault::Redirected { .. }
        | Fault::Client(_) => false,
    };
    NotSent {
        why: fault.to_string(),
        again,
    }
}

/// The server and the topic of an ntfy address.
fn topic(url: &str) -> Result<(String, String), String> {
    let url = url.trim_end_matches('/');
    let expected =
        "it names no topic; expected an address such as https://ntfy.example.com/our-house";
    let (server, topic) = url.rsplit_once('/').ok_or(expected)?;
    if topic.is_empty() || server.ends_with('/') || topic.contains(['?', '#']) {
        return Err(expected.to_owned());
    }
    Ok((format!("{server}/"), topic.to_owned()))
}

/// A message in ntfy's own words: published as JSON, so that any letter may be in it.
fn pushed(topic: &str, message: &Message) -> serde_json::Value {
    let mut json = serde_json::json!({
        "topic": topic,
        "message": message.text,
        "priority": if message.urgent { 5 } else { 3 },
    });
    if let Some(title) = &message.title {
        json["title"] = title.as_str().into();
    }
    json
}

fn mail(mailer: Mailer) -> Way {
    let send = move |message: Message| {
        let mailer = mailer.clone();
        let send = async move {
            let subject = message.title.as_deref().unwrap_or("A message of the house");
            let sent = mailer.send(&message.id, subject, &message.text).await;
            sent.map_err(|fault| NotSent {
                why: fault.why,
                again: fault.again,
            })
        };
        Box::pin(send) as futures_util::future::BoxFuture<'static, _>
    };
    Way {
        channel: "email",
        send: Arc::new(send),
    }
}

#[cfg(test)]
mod tests {
    use super::topic;

    #[test]
    fn topics_are_the_last_part_of_an_address() {
        let found = topic("https://ntfy.example.com/our-house").expect("a topic");
        assert_eq!(
            found,
            ("https://ntfy.example.com/".into(), "our-house".into())
        );
        let found = topic("http://127.0.0.1:80/sub/x/").expect("a topic");
        assert_eq!(found, ("http://127.0.0.1:80/sub/".into(), "x".into()));
        for wrong in [
            "https://ntfy.example.com",
            "https://ntfy.example.com/",
            "https://a/b?c",
        ] {
            assert!(topic(wrong).is_err(), "{wrong}");
        }
    }
}
