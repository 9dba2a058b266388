//! The listener: connections that are bounded in number, in time and in what they may send, and an
//! orderly end.

use crate::access::{OverSocket, Rates};
use crate::crowd::{Crowd, Seat};
use crate::envelope;
use crate::error::{ApiError, ErrorCode};
use crate::health;
use crate::live::Hub;
use crate::metrics::{Scraper, folder_of};
use crate::patience::Patient;
use crate::routes;
use crate::settings::Limits;
use crate::state::{App, House, Shared};
use crate::{capacity, page, telemetry};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use twin::Subscription;

/// The most bytes that the head of a request may have.
const HEAD: usize = 64 * 1024;
/// The most headers.
const HEADERS: usize = 64;
/// How long accepting pauses when the system has no more file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Where the server is asked.
#[derive(Debug)]
pub struct Doors {
    /// Over the network, by everybody who may.
    pub network: TcpListener,
    /// Over a socket that the operator alone can open: who comes in there is the operator.
    pub socket: Option<UnixListener>,
}

impl From<TcpListener> for Doors {
    fn from(network: TcpListener) -> Self {
        Self {
            network,
            socket: None,
        }
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
enum Peer {
    Network(SocketAddr),
    Socket,
}

/// Something that takes connections.
trait Listener {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, peer) = self.accept().await?;
        // Small answers shall not wait for more to send along.
        let _ = stream.set_nodelay(true);
        Ok((stream, Peer::Network(peer)))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = self.accept().await?;
        Ok((stream, Peer::Socket))
    }
}

/// Serves the house until `stop`; then requests in flight are finished (within [`Limits::drain`])
/// and WebSockets closed.
///
/// The probes of the parts that are always there are put on the house's board and run here; parts
/// that others probe must be on it before.
pub async fn serve(doors: impl Into<Doors>, house: House, limits: Limits, stop: CancellationToken) {
    let doors = doors.into();
    let background = TaskTracker::new();
    let end = CancellationToken::new();
    let (app, events) = assemble(house, limits, &stop);
    start(&app, events, &background, &end);
    // The first answer about health is a checked one; each probe is bounded by a time of its own.
    app.house.health.check().await;
    let router = router(&app);
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    tokio::join!(
        accept(&doors.network, &app, &router, &connections, &cut),
        async {
            if let Some(socket) = &doors.socket {
                accept(socket, &app, &router, &connections, &cut).await;
            }
        },
    );
    drop(doors);
    connections.close();
    app.sockets_at_work.close();
    let drained = async {
        connections.wait().await;
        app.sockets_at_work.wait().await;
    };
    let clean = tokio::time::timeout(app.limits.drain, drained)
        .await
        .is_ok();
    cut.cancel();
    end.cancel();
    background.close();
    background.wait().await;
    telemetry::drained(clean);
}

fn assemble(house: House, limits: Limits, stop: &CancellationToken) -> (Shared, Subscription) {
    let (hub, events) = Hub::new(house.clone(), limits.backlog);
    let app = Arc::new(App {
        hub: Arc::new(hub),
        scraper: Scraper::new(folder_of(&house.about.database)),
        sweeps: Mutex::default(),
        sockets: Arc::new(Semaphore::new(limits.sockets)),
        sockets_at_work: TaskTracker::new(),
        started: Instant::now(),
        stop: stop.clone(),
        document: routes::document().into(),
        rates: Mutex::new(Rates::new(limits.rules.rate)),
        house,
        limits,
    });
    (app, events)
}

/// Starts what goes on in the background.
fn start(app: &Shared, events: Subscription, tasks: &TaskTracker, end: &CancellationToken) {
    let board = &app.house.health;
    health::usual(board, &app.house, app.scraper.folder.clone());
    board.run(tasks, end);
    let (hub, until) = (Arc::clone(&app.hub), end.clone());
    tasks.spawn(async move { hub.run(events, until).await });
    board.put(
        capacity::PART,
        health::State::ok_with("nothing was judged yet"),
    );
    tasks.spawn(
        end.clone()
            .run_until_cancelled_owned(capacity::run(Arc::clone(app))),
    );
    let watched = Arc::clone(app);
    tasks.spawn(end.clone().run_until_cancelled_owned(async move {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            seconds.tick().await;
            health::drivers(&watched.house.health, &watched.house.handle.snapshot());
            watched.house.metrics.upkeep();
        }
    }));
    let auth = app.house.auth.clone();
    tasks.spawn(end.clone().run_until_cancelled_owned(async move {
        let mut minutes = tokio::time::interval(Duration::from_secs(60));
        minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            minutes.tick().await;
            auth.tidy().await;
        }
    }));
}

/// The routes with all that stands around them.
fn router(app: &Shared) -> Router {
    let (routes, _) = routes::parts(&app.limits.rules);
    routes
        .fallback(page::serve)
        .method_not_allowed_fallback(|request: Request| async move {
            let message = format!("{} is not offered at this path", request.method());
            ApiError::new(ErrorCode::MethodNotAllowed, message)
        })
        .layer(DefaultBodyLimit::max(app.limits.body))
        .layer(RequestBodyTimeoutLayer::new(app.limits.body_pause))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(app), envelope::wrap))
        .layer(CompressionLayer::new())
        .with_state(Arc::clone(app))
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something that is no text");
    telemetry::panicked(what);
    ApiError::new(ErrorCode::Internal, "a fault of the server").into_response()
}

/// Takes connections until the server stops; when there are too many, who has asked nothing for the longest
/// time leaves, and where all ask the next one waits outside.
async fn accept<L: Listener>(
    listener: &L,
    app: &Shared,
    router: &Router,
    connections: &TaskTracker,
    cut: &CancellationToken,
) {
    let crowd = Crowd::new(app.limits.connections);
    loop {
        let Some(accepted) = app.stop.run_until_cancelled(listener.next()).await else {
            return;
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(Some((seat, crowded))) = app.stop.run_until_cancelled(crowd.enter()).await
                else {
                    return;
                };
                if crowded {
                    telemetry::crowded(app.limits.connections);
                }
                let (app, router, cut) = (Arc::clone(app), router.clone(), cut.clone());
                connections.spawn(async move {
                    let leave = seat.leave().clone();
                    let talk = talk(stream, peer, &app, router, &seat);
                    cut.run_until_cancelled(leave.run_until_cancelled(talk))
                        .await;
                });
            }
            Err(error) => {
                telemetry::accept_failed(&error);
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Notes at the end of a connection whether anything was asked on it.
struct Felt<'a> {
    asked: Arc<AtomicBool>,
    peer: SocketAddr,
    app: &'a App,
}

impl Drop for Felt<'_> {
    fn drop(&mut self) {
        // What this server cuts off itself when it ends was no sweep.
        if !self.asked.load(Ordering::Relaxed) && !self.app.stop.is_cancelled() {
            self.app.silent(self.peer.ip());
        }
    }
}

/// Serves one connection.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    app: &App,
    router: Router,
    seat: &Arc<Seat>,
) {
    let asked = Arc::new(AtomicBool::new(false));
    let _felt = match peer {
        Peer::Network(peer) => Some(Felt {
            asked: Arc::clone(&asked),
            peer,
            app,
        }),
        Peer::Socket => None,
    };
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            match peer {
                Peer::Network(peer) => {
                    request.extensions_mut().insert(ConnectInfo(peer));
                }
                Peer::Socket => {
                    request.extensions_mut().insert(OverSocket);
                }
            }
            let (work, answer) = (seat.work(), router.clone().oneshot(request));
            async move { answer.await.map(|answer| work.until_sent(answer)) }
        });
    let io = TokioIo::new(Patient::new(stream, app.limits.write_pause));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.limits.head_within)
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // How a connection ends is the client's affair; what it asked was counted.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = app.stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::{CatchPanicLayer, panicked};
    use crate::error::Failure;
    use axum::{Router, body::Body, extract::Request, routing::get};
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_fails_its_own_request() {
        async fn broken() -> &'static str {
            panic!("the inside")
        }
        let router = Router::new()
            .route("/broken", get(broken))
            .route("/well", get(|| async { "well" }))
            .layer(CatchPanicLayer::custom(panicked));
        let ask = |path: &str| {
            router
                .clone()
                .oneshot(Request::get(path).body(Body::empty()).unwrap())
        };
        let answer = ask("/broken").await.unwrap();
        assert_eq!(answer.status(), 500);
        let Failure(error) = answer.extensions().get().unwrap();
        assert!(
            !error.message.contains("inside"),
            "what went wrong inside is for the log"
        );
        assert_eq!(ask("/well").await.unwrap().status(), 200);
    }
}
