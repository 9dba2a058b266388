//! A provider of language models that speaks both dialects as they were recorded, and says what a test
//! wants it to say.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use conversation::llm::{Budget, Client, Provider, Wanted};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value as Json, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::Store;
use tokio::sync::Notify;

/// The key that must be seen nowhere but in the head of a request.
pub(crate) const KEY: &str = "sk-only-for-the-provider";

/// What the provider does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// It says something.
    Say(String),
    /// It wants tools used.
    Use(Vec<(&'static str, Json)>),
    /// It wants a tool used with arguments that are no JSON.
    Garbled(&'static str),
    /// It refuses.
    Refuse(u16, Option<u64>),
    /// It never answers.
    Silent,
    /// It thinks for so long before it says its first byte.
    Think(Duration, String),
    /// It says something, and then nothing more, without an end.
    Hang(String),
    /// It breaks off.
    Cut(String),
    /// It answers rubbish.
    Rubbish,
}

pub(crate) fn say(text: &str) -> Manner {
    Manner::Say(text.to_owned())
}

pub(crate) fn one(tool: &'static str, arguments: Json) -> Manner {
    Manner::Use(vec![(tool, arguments)])
}

type Script = dyn Fn(usize, &Json) -> Manner + Send + Sync;

/// A provider; it ends with the test.
#[derive(Clone)]
pub(crate) struct Stub {
    address: SocketAddr,
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<(Json, HeaderMap)>>>,
    /// Told when a client goes away in the middle of an answer.
    pub(crate) left: Arc<Notify>,
}

/// Tells that an answer is no longer read.
struct Leaving(Arc<Notify>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Stub {
    /// One that says the same every time.
    pub(crate) async fn always(manner: Manner) -> Self {
        Self::start(move |_, _| manner.clone()).await
    }

    /// One that says one thing after the other, and the last again and again.
    pub(crate) async fn saying(manners: Vec<Manner>) -> Self {
        Self::start(move |turn, _| manners[turn.min(manners.len() - 1)].clone()).await
    }

    pub(crate) async fn start(
        script: impl Fn(usize, &Json) -> Manner + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::new(script),
            asked: Arc::default(),
            left: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .route("/v1/messages", post(answer))
            .route(
                "/v1/models",
                get(|| async { axum::Json(json!({ "data": [] })) }),
            )
            .with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        stub
    }

    /// A client of it in one of the dialects.
    pub(crate) fn client(&self, provider: &str) -> impl FnOnce(Store) -> Client + use<> {
        self.client_with(provider, 1_000_000, Duration::from_secs(5))
    }

    pub(crate) fn client_with(
        &self,
        provider: &str,
        tokens: u64,
        time: Duration,
    ) -> impl FnOnce(Store) -> Client + use<> {
        let base = format!("http://{}/v1", self.address);
        let provider = Provider::find(Wanted {
            provider,
            base: &base,
            model: "stub-1",
            openai: KEY,
            anthropic: KEY,
        });
        let provider = provider.unwrap().unwrap();
        move |store| {
            let budget = Budget::new(tokens, jiff::tz::TimeZone::UTC, store);
            Client::new(provider, budget, time).unwrap()
        }
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Json> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(body, _)| body.clone()).collect()
    }

    pub(crate) fn heads(&self) -> HeaderMap {
        self.asked.lock().unwrap().last().unwrap().1.clone()
    }
}

async fn answer(State(stub): State<Stub>, uri: Uri, heads: HeaderMap, body: Bytes) -> Response {
    let body: Json = serde_json::from_slice(&body).unwrap();
    let turn = {
        let mut asked = stub.asked.lock().unwrap();
        asked.push((body.clone(), heads));
        asked.len() - 1
    };
    let manner = (stub.script)(turn, &body);
    let events = |manner: &Manner| {
        if uri.path().ends_with("/messages") {
            anthropic(manner)
        } else {
            openai(manner)
        }
    };
    match &manner {
        Manner::Refuse(status, wait) => {
            let status = StatusCode::from_u16(*status).unwrap();
            let error =
                json!({ "error": { "type": "stub", "message": format!("Incorrect key {KEY}") } });
            let mut response = (status, axum::Json(error)).into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert("retry-after", (*wait).into());
            }
            response
        }
        Manner::Silent => {
            let _leaving = Leaving(Arc::clone(&stub.left));
            std::future::pending().await
        }
        Manner::Think(long, text) => {
            tokio::time::sleep(*long).await;
            streamed(events(&say(text)), None)
        }
        Manner::Rubbish => streamed(vec!["data: {nonsense\n\n".into()], None),
        Manner::Hang(_) => streamed(events(&manner), Some(Leaving(Arc::clone(&stub.left)))),
        _ => streamed(events(&manner), None),
    }
}

fn streamed(events: Vec<String>, hang: Option<Leaving>) -> Response {
    let pieces = stream::iter(
        events
            .into_iter()
            .map(|event| Ok::<_, Infallible>(Bytes::from(event))),
    );
    let body = match hang {
        Some(leaving) => {
            Body::from_stream(pieces.chain(stream::unfold(leaving, |leaving| async move {
                std::future::pending::<()>().await;
                Some((Ok(Bytes::new()), leaving))
            })))
        }
        None => Body::from_stream(pieces),
    };
    ([("content-type", "text/event-stream")], body).into_response()
}

fn data(json: &Json) -> String {
    format!("data: {json}\n\n")
}

/// As OpenAI's API streams it.
fn openai(manner: &Manner) -> Vec<String> {
    let chunk = |delta: Json, finish: Json| {
        data(
            &json!({ "id": "c1", "object": "chat.completion.chunk", "model": "stub-1",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }], "usage": null }),
        )
    };
    let usage = data(
        &json!({ "id": "c1", "object": "chat.completion.chunk", "choices": [],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110 } }),
    );
    let done = "data: [DONE]\n\n".to_owned();
    let mut events = vec![chunk(
        json!({ "role": "assistant", "content": "" }),
        Json::Null,
    )];
    let words = |text: &str, events: &mut Vec<String>| {
        for word in text.split_inclusive(' ') {
            events.push(chunk(json!({ "content": word }), Json::Null));
        }
    };
    let call = |index: usize, name: &str, arguments: &str, events: &mut Vec<String>| {
        let start = json!({ "tool_calls": [{ "index": index, "id": format!("call_{index}"), "type": "function",
            "function": { "name": name, "arguments": "" } }] });
        events.push(chunk(start, Json::Null));
        let (first, second) = arguments.split_at(arguments.len() / 2);
        for part in [first, second] {
            let part =
                json!({ "tool_calls": [{ "index": index, "function": { "arguments": part } }] });
            events.push(chunk(part, Json::Null));
        }
    };
    let finish = match manner {
        Manner::Say(text) => {
            words(text, &mut events);
            "stop"
        }
        Manner::Use(calls) => {
            for (index, (name, arguments)) in calls.iter().enumerate() {
                call(index, name, &arguments.to_string(), &mut events);
            }
            "tool_calls"
        }
        Manner::Garbled(name) => {
            call(0, name, "{\"names\": [oops", &mut events);
            "tool_calls"
        }
        Manner::Cut(text) | Manner::Hang(text) => {
            words(text, &mut events);
            return events;
        }
        _ => return events,
    };
    events.extend([chunk(json!({}), finish.into()), usage, done]);
    events
}

/// As Anthropic's API streams it.
fn anthropic(manner: &Manner) -> Vec<String> {
    let event = |json: Json| format!("event: {}\n{}", json["type"].as_str().unwrap(), data(&json));
    let mut events = vec![
        event(
            json!({ "type": "message_start", "message": { "id": "m1", "type": "message", "role": "assistant",
            "model": "stub-1", "content": [], "usage": { "input_tokens": 100, "output_tokens": 1 } } }),
        ),
        event(json!({ "type": "ping" })),
    ];
    let words = |text: &str, events: &mut Vec<String>| {
        events.push(event(json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } })));
        for word in text.split_inclusive(' ') {
            events.push(event(json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": word } })));
        }
    };
    let call = |index: usize, name: &str, arguments: &str, events: &mut Vec<String>| {
        events.push(event(json!({ "type": "content_block_start", "index": index,
            "content_block": { "type": "tool_use", "id": format!("toolu_{index}"), "name": name, "input": {} } })));
        let (first, second) = arguments.split_at(arguments.len() / 2);
        for part in [first, second] {
            events.push(event(
                json!({ "type": "content_block_delta", "index": index,
                "delta": { "type": "input_json_delta", "partial_json": part } }),
            ));
        }
        events.push(event(
            json!({ "type": "content_block_stop", "index": index }),
        ));
    };
    let reason = match manner {
        Manner::Say(text) => {
            words(text, &mut events);
            events.push(event(json!({ "type": "content_block_stop", "index": 0 })));
            "end_turn"
        }
        Manner::Use(calls) => {
            for (index, (name, arguments)) in calls.iter().enumerate() {
                call(index, name, &arguments.to_string(), &mut events);
            }
            "tool_use"
        }
        Manner::Garbled(name) => {
            call(0, name, "{\"names\": [oops", &mut events);
            "tool_use"
        }
        Manner::Cut(text) | Manner::Hang(text) => {
            words(text, &mut events);
            return events;
        }
        _ => return events,
    };
    events.extend([
        event(json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null }, "usage": { "output_tokens": 10 } })),
        event(json!({ "type": "message_stop" })),
    ]);
    events
}
