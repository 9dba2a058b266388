//! `kill -9` at any moment, while areas, people, rules and memories are made, changed and removed: whatever was
//! acknowledged is there after the next start, and nothing else is.
//!
//! Ten times, or `TORTURE` times.

use crate::support::{Server, has, shell};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// A kind of thing that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Area,
    Person,
    Rule,
    Memory,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Area, Self::Person, Self::Rule, Self::Memory];

    fn list(self) -> &'static str {
        match self {
            Self::Area => "/api/areas",
            Self::Person => "/api/people",
            Self::Rule => "/api/scenarios",
            Self::Memory => "/api/memory",
        }
    }

    fn item(self, key: &str) -> String {
        match self {
            Self::Memory => format!("/api/memory/get/{key}"),
            _ => format!("{}/{key}", self.list()),
        }
    }

    /// Where the text stands that is compared.
    fn text(self, answer: &Value) -> Option<String> {
        let text = match self {
            Self::Area | Self::Person => &answer["name"],
            Self::Rule => &answer["description"],
            Self::Memory => &answer["text"],
        };
        Some(text.as_str()?.to_owned())
    }

    fn body(self, key: &str, text: &str) -> Value {
        match self {
            Self::Area | Self::Person => json!({"slug": key, "name": text}),
            Self::Rule => json!({"name": key, "description": text, "when": [{"mode": "night"}],
                "then": [{"mode": "home"}]}),
            Self::Memory => json!({"kind": "fact", "key": key, "text": text}),
        }
    }

    /// How a text is put there, and changed.
    fn write(self, key: &str, is_new: bool) -> (Method, String) {
        match self {
            Self::Memory => (Method::POST, self.list().to_owned()),
            _ if is_new => (Method::POST, self.list().to_owned()),
            Self::Rule => (Method::PUT, self.item(key)),
            Self::Area | Self::Person => (Method::PATCH, self.item(key)),
        }
    }
}

/// What may be found under a key: one text where all was acknowledged, two while a change is under way; `None` is
/// that it is not there.
type Expected = BTreeMap<String, Vec<Option<String>>>;

/// One client of one kind of thing; it does one thing after the other until nobody answers any more.
async fn write(
    kind: Kind,
    url: String,
    expected: Arc<Mutex<Expected>>,
    start: usize,
    done: Arc<Notify>,
) {
    let http = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    for step in 0.. {
        let newest = || expected.lock().unwrap().keys().next_back().cloned();
        let oldest = || {
            let expected = expected.lock().unwrap();
            (expected.len() > 8)
                .then(|| expected.keys().next().cloned())
                .flatten()
        };
        let text = format!("{kind:?} text {start} {step}");
        let fresh = || format!("{kind:?}{start:04}x{step:05}").to_lowercase();
        let (key, method, path, text) = match step % 4 {
            1 if newest().is_some() => {
                let key = newest().unwrap();
                let (method, path) = kind.write(&key, false);
                (key, method, path, Some(text))
            }
            // A memory is forgotten by its id, which the others do not have.
            3 if kind != Kind::Memory && oldest().is_some() => {
                let key = oldest().unwrap();
                let path = kind.item(&key);
                (key, Method::DELETE, path, None)
            }
            _ => {
                let key = fresh();
                let (method, path) = kind.write(&key, true);
                (key, method, path, Some(text))
            }
        };
        expected
            .lock()
            .unwrap()
            .entry(key.clone())
            .or_insert_with(|| vec![None])
            .push(text.clone());
        let mut request = http.request(method.clone(), format!("{url}{path}"));
        if let Some(text) = &text {
            request = request.json(&kind.body(&key, text));
        }
        // An answer whose head came is an acknowledgement.
        let Ok(answer) = request.send().await else {
            return;
        };
        let status = answer.status();
        if !status.is_success() {
            let said = answer.text().await.unwrap_or_default();
            panic!("{method} {path}: {status} {said}");
        }
        if text.is_none() {
            expected.lock().unwrap().remove(&key);
        } else {
            expected.lock().unwrap().insert(key, vec![text]);
        }
        done.notify_one();
    }
}

/// Compares what is there with what was acknowledged; what was under way is settled by it.
async fn compare(server: &Server, kind: Kind, expected: &mut Expected) {
    for (key, texts) in expected.iter_mut() {
        let (status, answer) = server.get(&kind.item(key)).await;
        let found = match status {
            200 => kind.text(&answer),
            404 => None,
            _ => panic!("{key}: {status} {answer}"),
        };
        assert!(
            texts.contains(&found),
            "{kind:?} {key}: {found:?} is there, acknowledged was one of {texts:?}"
        );
        *texts = vec![found];
    }
    expected.retain(|_, texts| texts[0].is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_is_there_after_a_sudden_end() {
    let kills: usize = std::env::var("TORTURE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let books: Vec<_> = Kind::ALL
        .map(|_| Arc::new(Mutex::new(Expected::new())))
        .into();
    let mut acknowledged = 0;
    for kill in 0..kills {
        let server = Server::start(folder.path(), &["serve"], &[]);
        for (kind, book) in Kind::ALL.into_iter().zip(&books) {
            let mut expected = std::mem::take(&mut *book.lock().unwrap());
            compare(&server, kind, &mut expected).await;
            *book.lock().unwrap() = expected;
        }
        let done = Arc::new(Notify::new());
        let clients: Vec<_> = Kind::ALL
            .into_iter()
            .zip(&books)
            .map(|(kind, book)| {
                let (url, book, done) = (server.url.clone(), Arc::clone(book), Arc::clone(&done));
                tokio::spawn(write(kind, url, book, kill, done))
            })
            .collect();
        // After another number of acknowledgements each time, in the midst of more.
        let enough = 10 + kill * 7 % 40;
        for _ in 0..enough {
            let next = tokio::time::timeout(Duration::from_secs(60), done.notified());
            if next.await.is_err() {
                for client in clients {
                    if client.is_finished() {
                        client.await.unwrap();
                    }
                }
                panic!("nothing is acknowledged any more");
            }
            acknowledged += 1;
        }
        // In the midst: not just after an acknowledgement, when all four may happen to be between two.
        tokio::time::sleep(Duration::from_micros(
            u64::try_from(kill * 1_337 % 9_000).unwrap(),
        ))
        .await;
        server.kill();
        for client in clients {
            client.await.unwrap();
        }
        if has("sqlite3") {
            let sound = shell(
                folder.path(),
                "sqlite3",
                &["consciousness.db", "PRAGMA integrity_check"],
            );
            assert_eq!(sound.trim(), "ok", "after kill {kill}");
        }
    }
    let server = Server::start(folder.path(), &["serve"], &[]);
    let mut things = 0;
    for (kind, book) in Kind::ALL.into_iter().zip(&books) {
        let mut expected = std::mem::take(&mut *book.lock().unwrap());
        compare(&server, kind, &mut expected).await;
        things += expected.len();
    }
    println!("{kills} kills, over {acknowledged} acknowledgements, {things} things at the end");
    assert!(things > 0);
    assert_eq!(server.end(), Some(0));
}
