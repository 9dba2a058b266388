//! A server on loopback that answers as a test says.

use outbound::{Outbound, Validators};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// With these bytes.
    Bytes(Vec<u8>),
    /// With bytes without end, as quick as they are taken.
    Endless,
    /// With a byte now and then, without end.
    Drip,
    /// Never.
    Silent,
}

impl Manner {
    /// A page of its own.
    pub(crate) fn page(body: &str) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n"
        );
        Self::Bytes(format!("{head}{body}").into_bytes())
    }

    /// A redirect.
    pub(crate) fn redirect(to: &str) -> Self {
        let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        Self::Bytes(head.into_bytes())
    }
}

/// A server; it ends with the value.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
    /// What was last asked for, as it came.
    last: Arc<Mutex<String>>,
    /// The most connections that it had at a time.
    most: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(manner: Manner) -> Self {
        Self::on([127, 0, 0, 1].into(), move |_| manner.clone()).await
    }

    /// One that answers by the path that is asked for.
    pub(crate) async fn on(
        address: IpAddr,
        manner: impl Fn(&str) -> Manner + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counter, highest) = (Arc::clone(&asked), Arc::clone(&most));
        let manner = Arc::new(manner);
        let last = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&last);
        let now = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (manner, now, heard) =
                    (Arc::clone(&manner), Arc::clone(&now), Arc::clone(&heard));
                counter.fetch_add(1, Ordering::SeqCst);
                highest.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::spawn(async move {
                    answer(stream, &*manner, &heard).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            address,
            asked,
            last,
            most,
            task,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How often it was connected to.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// How a client asks for a path.
    pub(crate) async fn head(&self, client: &Outbound, path: &str, known: &Validators) -> String {
        let _ = client.get_fresh(&self.url(path), known).await;
        self.last.lock().unwrap().clone()
    }

    /// What was last asked for, as it came.
    pub(crate) fn last_request(&self) -> String {
        self.last.lock().unwrap().clone()
    }

    pub(crate) fn most_at_a_time(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one connection; whatever breaks on the way is the client's doing.
async fn answer(
    mut stream: TcpStream,
    manner: &(dyn Fn(&str) -> Manner + Send + Sync),
    heard: &Mutex<String>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    heard.lock().unwrap().clone_from(&head);
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    match manner(&path) {
        Manner::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Manner::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
        }
        Manner::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(b"x").await.is_ok() {
                beat.tick().await;
            }
        }
        Manner::Silent => {
            let _ = stream.read(&mut [0]).await;
        }
    }
}
