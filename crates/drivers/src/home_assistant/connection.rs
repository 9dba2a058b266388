//! One connection to the WebSocket API: opening it, and what comes and goes.

use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error, Message, error::CapacityError, http::StatusCode, protocol::WebSocketConfig,
    },
};

/// The largest message that is read.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// How long opening a connection may take, and sending a message.
const OPEN: Duration = Duration::from_secs(10);
const SEND: Duration = Duration::from_secs(10);

/// A connection.
pub(super) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Connection {
    /// Opens one. The error's text is for people.
    pub(super) async fn open(address: &str) -> Result<Self, String> {
        if address.starts_with("wss:") {
            // Somebody else may have chosen already; then theirs is taken.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MAX_MESSAGE);
        config.max_frame_size = Some(MAX_MESSAGE);
        let open = Box::pin(connect_async_with_config(address, Some(config), true));
        match timeout(OPEN, open).await {
            Ok(Ok((socket, _))) => Ok(Self { socket }),
            Ok(Err(error)) => Err(shown(&error)),
            Err(_) => Err(format!("it did not answer within {} s", OPEN.as_secs())),
        }
    }

    /// The next message. The error's text is for people, and the connection is of no use after it.
    pub(super) async fn next(&mut self) -> Result<String, String> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                // Pings are answered by themselves; binary messages mean nothing here.
                Some(Ok(Message::Close(_))) | None => {
                    return Err("it closed the connection".to_owned());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(shown(&error)),
            }
        }
    }

    /// Sends messages, in this order.
    pub(super) async fn send(&mut self, messages: Vec<String>) -> Result<(), String> {
        let all = async {
            for message in messages {
                self.socket.feed(Message::text(message)).await?;
            }
            self.socket.flush().await
        };
        match timeout(SEND, all).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(shown(&error)),
            Err(_) => Err(format!("it took nothing for {} s", SEND.as_secs())),
        }
    }

    /// Says farewell.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.socket.close(None)).await;
    }
}

/// A connection's error in words that help. None of them repeats what we sent.
fn shown(error: &Error) -> String {
    match error {
        Error::Http(answer) => match answer.status() {
            StatusCode::FORBIDDEN => {
                "it has banned this address (403); remove it from ip_bans.yaml there and restart it"
                    .to_owned()
            }
            StatusCode::NOT_FOUND => {
                "there is no WebSocket API at this address (404); is it a Home Assistant?"
                    .to_owned()
            }
            status => format!(
                "it answers {status} to the WebSocket; is a proxy in between that does not pass it on?"
            ),
        },
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            format!("it sends a message larger than {MAX_MESSAGE} bytes")
        }
        other => other.to_string().chars().take(300).collect(),
    }
}
