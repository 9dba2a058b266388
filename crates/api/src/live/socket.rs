//! One client's WebSocket.

use super::hub::{Frame, text};
use super::{Hub, Joined, Start};
use crate::access::known;
use crate::error::{ApiError, ErrorCode};
use crate::settings::Limits;
use crate::state::Shared;
use crate::telemetry;
use crate::wire::{self, ClientMessage, Message as Said};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use conversation::Piece;
use model::{Grant, Position, Right};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout};
use tokio_util::sync::CancellationToken;

/// How many messages that cannot be understood a client may send.
const PATIENCE: u32 = 10;

/// How many things that were said may wait for their answer at once.
const TALKS: usize = 4;

/// How many pieces of one answer wait for a slow reader; what is beyond comes with the whole.
const PIECES: usize = 64;

/// Who speaks over a socket, and to what.
pub(crate) struct Talker {
    /// The house.
    pub(crate) app: Shared,
    /// Who speaks.
    pub(crate) grant: Grant,
    /// How that is known.
    pub(crate) way: auth::Way,
}

impl Talker {
    /// Looks again who speaks: a session that was revoked, a guest whose time is over and a right that was
    /// taken away end here too.
    fn still(&mut self) -> Result<(), End> {
        let still = self.app.house.auth.still(self.way);
        let known = still.map(|principal| known(&self.app, principal));
        match known {
            Some(known)
                if known.grant.rights.has(Right::ReadHouse) && known.grant.areas.is_none() =>
            {
                self.grant = known.grant;
                Ok(())
            }
            _ => Err(End::Close(
                close_code::POLICY,
                "who spoke here is no longer signed in",
            )),
        }
    }
}

/// Why a connection ended.
enum End {
    /// The client is gone, or does not read.
    Gone,
    /// We end it, and say why.
    Close(u16, &'static str),
}

/// The open socket counts as a session for as long as this lives.
struct Session;

impl Session {
    fn open() -> Self {
        telemetry::sockets(1.0);
        Self
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        telemetry::sockets(-1.0);
    }
}

/// Talks with a client until either side ends it.
pub(crate) async fn serve(
    mut socket: WebSocket,
    hub: Arc<Hub>,
    talker: Talker,
    resume: Option<Position>,
    limits: Limits,
    stop: CancellationToken,
) {
    let _session = Session::open();
    let (answers, answered) = mpsc::channel(TALKS);
    let mut talk = Talk {
        socket: &mut socket,
        hub,
        talker,
        answers,
        waiting: 0,
        under_way: HashMap::new(),
        limits: &limits,
        at: None,
        strikes: 0,
    };
    let end = tokio::select! {
        end = talk.go(resume, answered) => end,
        () = stop.cancelled() => End::Close(close_code::AWAY, "the server is shutting down"),
    };
    if let End::Close(code, reason) = end {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        // A client that does not read its goodbye is cut off.
        let _ = timeout(
            Duration::from_secs(1),
            socket.send(Message::Close(Some(frame))),
        )
        .await;
    }
}

struct Talk<'a> {
    socket: &'a mut WebSocket,
    hub: Arc<Hub>,
    talker: Talker,
    answers: mpsc::Sender<Said>,
    /// How many things that were said have no answer yet.
    waiting: usize,
    /// What ends those that have an id.
    under_way: HashMap<String, CancellationToken>,
    limits: &'a Limits,
    /// What the client has.
    at: Option<Position>,
    strikes: u32,
}

impl Talk<'_> {
    async fn go(&mut self, resume: Option<Position>, answered: mpsc::Receiver<Said>) -> End {
        match self.talk(resume, answered).await {
            Err(end) => end,
            Ok(never) => match never {},
        }
    }

    async fn talk(
        &mut self,
        resume: Option<Position>,
        mut answered: mpsc::Receiver<Said>,
    ) -> Result<std::convert::Infallible, End> {
        let mut changes = self.talker.app.house.auth.changes();
        self.talker.still()?;
        let mut joined = self.hub.join(resume);
        self.begin(&joined).await?;
        let beat = self.limits.idle / 3;
        let mut beats = interval_at(Instant::now() + beat, beat);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                frame = joined.frames.recv() => match frame {
                    Ok(Frame::Delta { position, text }) => self.delta(position, text).await?,
                    Ok(Frame::Aside(text)) => self.send(text).await?,
                    Ok(Frame::Resync) => {
                        joined = self.resync("too much happened at once").await?;
                    }
                    Err(RecvError::Lagged(missed)) => {
                        telemetry::live_dropped(missed);
                        joined = self.resync("this connection reads too slowly").await?;
                    }
                    Err(RecvError::Closed) => {
                        return Err(End::Close(close_code::AWAY, "the house has shut down"));
                    }
                },
                message = self.socket.recv() => {
                    let Some(Ok(message)) = message else { return Err(End::Gone) };
                    heard = Instant::now();
                    self.heard(message).await?;
                }
                Some(answer) = answered.recv() => {
                    if let Said::Chat { id, .. } = &answer {
                        self.waiting -= 1;
                        if let Some(id) = id {
                            self.under_way.remove(id);
                        }
                    }
                    self.say(&answer).await?;
                }
                Ok(()) = changes.changed() => self.talker.still()?,
                _ = beats.tick() => {
                    self.talker.still()?;
                    if heard.elapsed() > self.limits.idle {
                        return Err(End::Close(close_code::POLICY, "nothing was heard for too long"));
                    }
                    self.put(Message::Ping(axum::body::Bytes::new())).await?;
                }
            }
        }
    }

    /// The first messages: the missing deltas, or everything.
    async fn begin(&mut self, joined: &Joined) -> Result<(), End> {
        match &joined.start {
            Start::Resume { from, deltas } => {
                self.at = Some(*from);
                self.say(&Said::Resumed {
                    epoch: from.epoch,
                    seq: from.seq,
                })
                .await?;
                for (position, text) in deltas {
                    self.delta(*position, text.clone()).await?;
                }
                Ok(())
            }
            Start::Snapshot => self.everything(joined).await,
        }
    }

    async fn everything(&mut self, joined: &Joined) -> Result<(), End> {
        let Some((position, text)) = self.hub.snapshot(joined).await else {
            return Err(End::Close(
                close_code::ERROR,
                "the house could not be written down",
            ));
        };
        self.at = Some(position);
        self.send(text).await
    }

    async fn resync(&mut self, reason: &str) -> Result<Joined, End> {
        self.say(&Said::Resync {
            reason: reason.to_owned(),
        })
        .await?;
        let joined = self.hub.join(None);
        self.everything(&joined).await?;
        Ok(joined)
    }

    /// Passes a delta on, unless the client has it already.
    async fn delta(&mut self, position: Position, text: Utf8Bytes) -> Result<(), End> {
        if self.at.is_some_and(|at| position <= at) {
            return Ok(());
        }
        self.at = Some(position);
        self.send(text).await
    }

    async fn heard(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return self.not_understood("a binary message").await,
            // The library answers pings and closing by itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
        };
        match serde_json::from_str(&text) {
            Ok(ClientMessage::Ping) => self.say(&Said::Pong).await,
            Ok(ClientMessage::Chat { id, chat }) => self.chat(id, chat).await,
            Ok(ClientMessage::Stop { id }) => {
                // What has its answer already needs no end.
                if let Some(stop) = self.under_way.remove(&id) {
                    stop.cancel();
                }
                Ok(())
            }
            Err(error) => self.not_understood(&error.to_string()).await,
        }
    }

    /// Passes on what is said; its answer comes when it is there, and the stream goes on meanwhile.
    async fn chat(&mut self, id: Option<String>, chat: wire::Chat) -> Result<(), End> {
        let id = id.map(|id| id.chars().take(128).collect::<String>());
        if !self.talker.grant.rights.has(Right::Converse) {
            let error = ApiError::new(
                ErrorCode::NotAllowed,
                format!("{} may not talk with the house", self.talker.grant.who),
            )
            .expected(format!("the right {}", Right::Converse.name()));
            let error = Some(Box::new(error.wire("")));
            return self
                .say(&Said::Chat {
                    id,
                    answer: None,
                    error,
                })
                .await;
        }
        if self.waiting >= TALKS {
            let error = ApiError::new(
                ErrorCode::HouseBusy,
                format!("{TALKS} messages wait for their answer already"),
            );
            let error = Some(Box::new(error.wire("")));
            return self
                .say(&Said::Chat {
                    id,
                    answer: None,
                    error,
                })
                .await;
        }
        self.waiting += 1;
        let conversation = self.talker.app.house.conversation.clone();
        let answers = self.answers.clone();
        let said =
            crate::routes::chat::said(chat, self.talker.grant.clone(), conversation::Channel::Live);
        let stop = CancellationToken::new();
        if let Some(id) = &id {
            self.under_way.insert(id.clone(), stop.clone());
        }
        tokio::spawn(async move {
            let (pieces, mut words) = mpsc::channel(PIECES);
            let mut asking = std::pin::pin!(conversation.say_to(said, pieces));
            let (answer, error) = loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {
                        let ended = ApiError::new(ErrorCode::Stopped, "it was ended before its answer came");
                        break (None, Some(Box::new(ended.wire(""))));
                    }
                    Some(piece) = words.recv() => {
                        let Piece::Words(text) = piece else { continue };
                        let id = id.clone();
                        drop(answers.send(Said::ChatDelta { id, text }).await);
                    }
                    done = &mut asking => break match done {
                        Ok(answer) => (Some(Box::new(answer.into())), None),
                        Err(error) => (None, Some(Box::new(ApiError::from(error).wire("")))),
                    },
                }
            };
            // Who is gone does not want to know.
            drop(answers.send(Said::Chat { id, answer, error }).await);
        });
        Ok(())
    }

    async fn not_understood(&mut self, what: &str) -> Result<(), End> {
        self.strikes += 1;
        if self.strikes > PATIENCE {
            return Err(End::Close(
                close_code::POLICY,
                "too much was not understood",
            ));
        }
        self.say(&Said::Error {
            message: what.chars().take(200).collect(),
            expected: "{\"type\":\"ping\"}, or {\"type\":\"chat\",\"chat\":{\"message\":\"…\"}}"
                .to_owned(),
        })
        .await
    }

    async fn say(&mut self, message: &Said) -> Result<(), End> {
        match text(message) {
            Some(text) => self.send(text).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.put(Message::Text(text)).await
    }

    /// Sends, and waits until the client's side has taken it; who never does is gone.
    async fn put(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.limits.write_pause, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}
