//! One client's WebSocket.

use super::delta::{Delta, nothing};
use super::hub::{Frame, text};
use super::talker::{End, Talker};
use super::{Hub, Joined, Start};
use crate::access::{Reach, allowed, is_limited};
use crate::error::{ApiError, ErrorCode};
use crate::settings::Limits;
use crate::telemetry;
use crate::wire::{self, ClientMessage, Message as Said};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use conversation::Piece;
use model::{Position, Right};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval_at, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How many messages that cannot be understood a client may send.
const PATIENCE: u32 = 10;

/// How many things that were said may wait for their answer at once.
const TALKS: usize = 4;

/// Why somebody begins anew whose rights have changed.
const OTHERWISE: &str = "what you may see has changed";

/// How many pieces of one answer wait for a slow reader; what is beyond comes with the whole.
const PIECES: usize = 64;

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
    let changes = talker.app.house.auth.changes();
    let mut talk = Talk {
        socket: &mut socket,
        hub,
        end: talker.ends(),
        talker,
        changes,
        answers,
        waiting: 0,
        under_way: HashMap::new(),
        limits: &limits,
        at: None,
        silent: None,
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
    /// Tells when somebody's rights may have changed.
    changes: watch::Receiver<u64>,
    /// When what they hold ends by itself; it is another wherever their rights were looked at anew.
    end: Instant,
    answers: mpsc::Sender<Said>,
    /// How many things that were said have no answer yet.
    waiting: usize,
    /// What ends those that have an id.
    under_way: HashMap<String, CancellationToken>,
    limits: &'a Limits,
    /// What the client has.
    at: Option<Position>,
    /// How far the house is since, with nothing for them.
    silent: Option<Position>,
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
        self.still()?;
        let mut joined = self.hub.join(resume, &self.talker.grant);
        self.begin(&joined).await?;
        let beat = self.limits.idle / 3;
        let mut beats = interval_at(Instant::now() + beat, beat);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                frame = joined.frames.recv() => {
                    // What somebody may not see any more is not told them for having been on its way.
                    if let Some(anew) = self.look().await? {
                        joined = anew;
                        continue;
                    }
                    match frame {
                        Ok(Frame::Delta(delta)) => {
                            if !self.delta(&delta).await? {
                                joined = self.resync("this is your first look at your rooms").await?;
                            }
                        }
                        Ok(Frame::Clock(text)) => self.send(text).await?,
                        Ok(Frame::Aside(text)) => {
                            if !is_limited(&self.talker.grant) {
                                self.send(text).await?;
                            }
                        }
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
                    }
                }
                message = self.socket.recv() => {
                    let Some(Ok(message)) = message else { return Err(End::Gone) };
                    heard = Instant::now();
                    if let Some(anew) = self.look().await? {
                        joined = anew;
                    }
                    self.heard(message).await?;
                }
                Some(answer) = answered.recv() => {
                    if let Said::Chat { id, .. } = &answer {
                        self.waiting -= 1;
                        if let Some(id) = id {
                            self.under_way.remove(id);
                        }
                    }
                    if let Some(anew) = self.look().await? {
                        joined = anew;
                    }
                    self.answer(answer).await?;
                }
                Ok(()) = self.changes.changed() => {
                    self.changes.mark_changed();
                    if let Some(anew) = self.look().await? {
                        joined = anew;
                    }
                }
                () = sleep_until(self.end) => {
                    if self.still()? {
                        joined = self.resync(OTHERWISE).await?;
                    }
                }
                _ = beats.tick() => {
                    if self.still()? {
                        joined = self.resync(OTHERWISE).await?;
                    }
                    if heard.elapsed() > self.limits.idle {
                        return Err(End::Close(close_code::POLICY, "nothing was heard for too long"));
                    }
                    self.quiet().await?;
                    self.put(Message::Ping(axum::body::Bytes::new())).await?;
                }
            }
        }
    }

    /// Looks again who speaks where that may have changed; a new beginning where they see otherwise now.
    async fn look(&mut self) -> Result<Option<Joined>, End> {
        if !self.changes.has_changed().unwrap_or(false) {
            return Ok(None);
        }
        self.changes.mark_unchanged();
        if self.still()? {
            return self.resync(OTHERWISE).await.map(Some);
        }
        Ok(None)
    }

    /// Whether they see otherwise than before; an end may have come nearer even where they do not.
    fn still(&mut self) -> Result<bool, End> {
        let otherwise = self.talker.still()?;
        self.end = self.talker.ends();
        Ok(otherwise)
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
                for delta in deltas {
                    self.delta(delta).await?;
                }
                Ok(())
            }
            Start::Snapshot => self.everything(joined).await,
        }
    }

    async fn everything(&mut self, joined: &Joined) -> Result<(), End> {
        let Some((position, text)) = self.hub.snapshot(joined, &self.talker.grant).await else {
            return Err(End::Close(
                close_code::ERROR,
                "the house could not be written down",
            ));
        };
        (self.at, self.silent) = (Some(position), None);
        self.send(text).await
    }

    async fn resync(&mut self, reason: &str) -> Result<Joined, End> {
        self.say(&Said::Resync {
            reason: reason.to_owned(),
        })
        .await?;
        let joined = self.hub.join(None, &self.talker.grant);
        self.everything(&joined).await?;
        Ok(joined)
    }

    /// Passes on what of a delta they see, unless the client has it already. `false`: it was written before
    /// anybody was here who is limited to some rooms.
    async fn delta(&mut self, delta: &Delta) -> Result<bool, End> {
        let last = delta.last;
        let at = self.at.unwrap_or(last);
        if self.at.is_some() && last <= at {
            return Ok(true);
        }
        let text = if is_limited(&self.talker.grant) {
            if !delta.is_in_parts() {
                return Ok(false);
            }
            let Some(text) = delta.seen_by(&self.talker.grant, at) else {
                self.silent = Some(last);
                return Ok(true);
            };
            text
        } else {
            delta.whole.clone()
        };
        (self.at, self.silent) = (Some(last), None);
        self.send(text).await.map(|()| true)
    }

    /// Tells a client how far it is that was told nothing for a while, so that it can come back from there.
    async fn quiet(&mut self) -> Result<(), End> {
        let (Some(at), Some(last)) = (self.at, self.silent.take()) else {
            return Ok(());
        };
        self.at = Some(last);
        self.send(nothing(at, last)).await
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
        if let Err(error) = self.may_talk() {
            return self.refuse(id, &error).await;
        }
        if self.waiting >= TALKS {
            let error = ApiError::new(
                ErrorCode::HouseBusy,
                format!("{TALKS} messages wait for their answer already"),
            );
            return self.refuse(id, &error).await;
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

    /// Passes an answer on, to who may still have one: it speaks of the whole house.
    async fn answer(&mut self, answer: Said) -> Result<(), End> {
        match (self.may_talk(), answer) {
            (Ok(()), answer) => self.say(&answer).await,
            (Err(error), Said::Chat { id, .. }) => self.refuse(id, &error).await,
            (Err(_), _) => Ok(()),
        }
    }

    fn may_talk(&self) -> Result<(), ApiError> {
        allowed(&self.talker.grant, Right::Converse, Reach::House)
    }

    async fn refuse(&mut self, id: Option<String>, error: &ApiError) -> Result<(), End> {
        let error = Some(Box::new(error.wire("")));
        self.say(&Said::Chat {
            id,
            answer: None,
            error,
        })
        .await
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
