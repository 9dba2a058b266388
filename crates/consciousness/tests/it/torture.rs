//! `kill -9` at any moment, while areas, people, accounts, rules and memories are made, changed and removed, while
//! backups are taken, and while one is restored: whatever was acknowledged is there after the next start, and nothing
//! else is; a backup that was said to be taken is whole; a restore has happened or has not.
//!
//! Ten times, or `TORTURE` times.

use crate::support::{Server, has, program, shell};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// A kind of thing that is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Area,
    Person,
    Account,
    Rule,
    Memory,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Area,
        Self::Person,
        Self::Account,
        Self::Rule,
        Self::Memory,
    ];

    fn list(self) -> &'static str {
        match self {
            Self::Area => "/api/areas",
            Self::Person => "/api/people",
            Self::Account => "/api/users",
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
            Self::Account => &answer["until"],
            Self::Rule => &answer["description"],
            Self::Memory => &answer["text"],
        };
        Some(text.as_str()?.to_owned())
    }

    /// A text that no other step has.
    fn tell(self, start: usize, step: usize) -> String {
        match self {
            // Until when an account is good.
            Self::Account => format!(
                "{}-06-{:02}T{:02}:{:02}:00Z",
                2100 + start,
                1 + step / 1440 % 28,
                step / 60 % 24,
                step % 60
            ),
            _ => format!("{self:?} text {start} {step}"),
        }
    }

    fn body(self, key: &str, text: &str, is_new: bool) -> Value {
        match self {
            Self::Area | Self::Person => json!({"slug": key, "name": text}),
            Self::Account if is_new => json!({"name": key, "role": "member", "until": text,
                "password": format!("tortured {key}")}),
            Self::Account => json!({"until": text}),
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
            Self::Area | Self::Person | Self::Account => (Method::PATCH, self.item(key)),
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
        let text = kind.tell(start, step);
        let fresh = || format!("{kind:?}{start:04}x{step:05}").to_lowercase();
        let mut is_new = true;
        let (key, method, path, text) = match step % 4 {
            1 if newest().is_some() => {
                let key = newest().unwrap();
                let (method, path) = kind.write(&key, false);
                is_new = false;
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
            request = request.json(&kind.body(&key, text, is_new));
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
async fn compare(server: &Server, kind: Kind, expected: &mut Expected) -> Result<(), String> {
    for (key, texts) in expected.iter_mut() {
        let (status, answer) = server.get(&kind.item(key)).await;
        let found = match status {
            200 => kind.text(&answer),
            404 => None,
            _ => panic!("{key}: {status} {answer}"),
        };
        if !texts.contains(&found) {
            return Err(format!(
                "{kind:?} {key}: {found:?} is there, acknowledged was one of {texts:?}"
            ));
        }
        *texts = vec![found];
    }
    expected.retain(|_, texts| texts[0].is_some());
    Ok(())
}

/// What is expected of each kind.
type Books = Vec<Expected>;

/// What the house has, where it is one of these states as a whole.
async fn settle(server: &Server, states: Vec<Books>) -> Books {
    let mut wrong = Vec::new();
    for mut books in states {
        let mut fits = Ok(());
        for (kind, book) in Kind::ALL.into_iter().zip(&mut books) {
            if fits.is_ok() {
                fits = compare(server, kind, book).await;
            }
        }
        match fits {
            Ok(()) => return books,
            Err(error) => wrong.push(error),
        }
    }
    panic!("{}", wrong.join("\n"));
}

/// Takes one backup after the other, until it is told to stop, and then kills the one under way. The last that was
/// said to be taken.
async fn back_up(folder: &Path, mut stop: tokio::sync::oneshot::Receiver<()>) -> Option<String> {
    let mut taken = None;
    loop {
        let mut command =
            tokio::process::Command::from(program(folder, &["backup", "--json"], &[]));
        let output = command.stderr(Stdio::null()).kill_on_drop(true).output();
        tokio::select! {
            _ = &mut stop => return taken,
            output = output => {
                let output = output.unwrap();
                assert!(output.status.success(), "{output:?}");
                taken = Some(file_of(&output.stdout));
            }
        }
    }
}

fn file_of(said: &[u8]) -> String {
    let said: Value = serde_json::from_slice(said).unwrap();
    said["file"].as_str().unwrap().to_owned()
}

/// Begins to restore a backup.
fn restore(folder: &Path, file: &str) -> Child {
    let mut command = program(folder, &["restore", file], &[]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Lets clients write, and kills the server in the midst of it; how much was acknowledged.
async fn live_and_die(server: Server, folder: &Path, books: &mut Books, kill: usize) -> usize {
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let owned = folder.to_owned();
    let backups = tokio::spawn(async move { back_up(&owned, stopped).await });
    let done = Arc::new(Notify::new());
    let shared: Vec<_> = std::mem::take(books)
        .into_iter()
        .map(|book| Arc::new(Mutex::new(book)))
        .collect();
    let clients: Vec<_> = Kind::ALL
        .into_iter()
        .zip(&shared)
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
    }
    // In the midst: not just after an acknowledgement, when all may happen to be between two.
    let instant = u64::try_from(kill * 1_337 % 9_000).unwrap();
    tokio::time::sleep(Duration::from_micros(instant)).await;
    server.kill();
    for client in clients {
        client.await.unwrap();
    }
    *books = shared
        .iter()
        .map(|book| std::mem::take(&mut *book.lock().unwrap()))
        .collect();
    stop.send(()).unwrap();
    if let Some(file) = backups.await.unwrap() {
        let checked = program(folder, &["verify-backup", &file], &[]).output();
        let checked = checked.unwrap();
        assert!(checked.status.success(), "{checked:?}");
    }
    if has("sqlite3") {
        let sound = shell(
            folder,
            "sqlite3",
            &["consciousness.db", "PRAGMA integrity_check"],
        );
        assert_eq!(sound.trim(), "ok", "after kill {kill}");
    }
    enough
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_is_there_after_a_sudden_end() {
    let kills: usize = std::env::var("TORTURE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut states: Vec<Books> = vec![vec![Expected::new(); Kind::ALL.len()]];
    let (mut acknowledged, mut restored) = (0, 0);
    for kill in 0..kills {
        let server = Server::start(folder, &["serve"], &[]);
        let mut books = settle(&server, states).await;
        let older = books.clone();
        // Every fifth time, what is lived from here on may be taken back.
        let way_back = (kill % 5 == 3).then(|| {
            let output = program(folder, &["backup", "--json", "--to", "way_back"], &[]).output();
            file_of(&output.unwrap().stdout)
        });
        acknowledged += live_and_die(server, folder, &mut books, kill).await;
        states = vec![books];
        if let Some(file) = way_back {
            let mut child = restore(folder, &file);
            let instant = u64::try_from(kill * 131 % 700).unwrap();
            tokio::time::sleep(Duration::from_millis(instant)).await;
            drop(child.kill());
            child.wait().unwrap();
            states.push(older);
            restored += 1;
        }
    }
    let server = Server::start(folder, &["serve"], &[]);
    let books = settle(&server, states).await;
    let things: usize = books.iter().map(BTreeMap::len).sum();
    println!(
        "{kills} kills, over {acknowledged} acknowledgements, {restored} restores begun, {things} things at the end"
    );
    assert!(things > 0);
    assert_eq!(server.end(), Some(0));
}
