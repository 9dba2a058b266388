//! OpenAI's chat completions on the wire, which Ollama, llama.cpp, vLLM and others speak too.

use super::{Call, MOST_CALLS, MOST_TEXT, Malformed, Message, Reply, Request, arguments};
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// The body of a request. `own` says that it goes to OpenAI itself, which calls a bound otherwise.
#[must_use]
pub fn body(model: &str, request: &Request, own: bool) -> Json {
    let mut messages = vec![json!({ "role": "system", "content": request.system })];
    for message in &request.messages {
        match message {
            Message::Person(text) => messages.push(json!({ "role": "user", "content": text })),
            Message::Model { text, calls } => {
                let mut said = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    let calls: Vec<Json> = calls
                        .iter()
                        .map(|call| {
                            json!({ "id": call.id, "type": "function", "function": {
                                "name": call.name, "arguments": plain(&call.arguments),
                            }})
                        })
                        .collect();
                    said["tool_calls"] = calls.into();
                }
                messages.push(said);
            }
            Message::Results(results) => messages.extend(results.iter().map(
                |result| json!({ "role": "tool", "tool_call_id": result.id, "content": result.text }),
            )),
        }
    }
    let tools: Vec<Json> = request
        .tools
        .iter()
        .map(|tool| {
            json!({ "type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.schema,
            }})
        })
        .collect();
    let mut body = json!({
        "model": model, "messages": messages, "stream": true,
        "stream_options": { "include_usage": true },
    });
    if !tools.is_empty() {
        body["tools"] = tools.into();
    }
    let most = if own {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    body[most] = request.most.into();
    body
}

fn plain(arguments: &Json) -> String {
    match arguments {
        Json::Null => "{}".to_owned(),
        json => json.to_string(),
    }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Json>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta {
    content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct CallPiece {
    index: Option<usize>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<Json>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

/// An answer that is being put together.
#[derive(Debug, Default)]
pub struct Assembly {
    text: String,
    calls: Vec<(String, String, String)>,
    usage: Option<(u64, u64)>,
    finished: bool,
}

impl Assembly {
    /// Takes the data of an event; gives the words that came with it.
    ///
    /// # Errors
    /// When it cannot be read, or is too much.
    pub fn take(&mut self, data: &str) -> Result<Option<String>, Malformed> {
        if data == "[DONE]" {
            // One that only says so at the end has said all it had to say.
            self.finished |= !self.text.is_empty() || !self.calls.is_empty();
            return Ok(None);
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|_| Malformed::Json)?;
        if let Some(error) = chunk.error {
            return Err(Malformed::Reported(reported(&error)));
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some((usage.prompt_tokens, usage.completion_tokens));
        }
        let Some(choice) = chunk.choices.into_iter().next() else {
            return Ok(None);
        };
        self.finished |= choice.finish_reason.is_some();
        for piece in choice.delta.tool_calls.into_iter().flatten() {
            self.call(piece)?;
        }
        let words = choice.delta.content.filter(|words| !words.is_empty());
        if let Some(words) = &words {
            self.text.push_str(words);
        }
        let size = self.text.len() + self.calls.iter().map(|call| call.2.len()).sum::<usize>();
        if size > MOST_TEXT {
            return Err(Malformed::TooMuch);
        }
        Ok(words)
    }

    fn call(&mut self, piece: CallPiece) -> Result<(), Malformed> {
        // Some servers leave the index out and send each call in one piece.
        let index = piece.index.unwrap_or(self.calls.len());
        if index >= MOST_CALLS {
            return Err(Malformed::TooMuch);
        }
        while self.calls.len() <= index {
            self.calls.push(Default::default());
        }
        let call = &mut self.calls[index];
        if let Some(id) = piece.id {
            call.0 = id;
        }
        if let Some(function) = piece.function {
            if let Some(name) = function.name {
                call.1.push_str(&name);
            }
            match function.arguments {
                Some(Json::String(text)) => call.2.push_str(&text),
                Some(Json::Null) | None => {}
                Some(json) => call.2.push_str(&json.to_string()),
            }
        }
        Ok(())
    }

    /// Takes an answer that came in one piece.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn whole(&mut self, body: &[u8]) -> Result<(), Malformed> {
        self.take(&String::from_utf8_lossy(body)).map(drop)
    }

    /// The answer; `None` where it has not ended.
    #[must_use]
    pub fn done(self) -> Option<Reply> {
        let calls = self.calls.into_iter().enumerate();
        let calls = calls.map(|(index, (id, name, text))| Call {
            id: if id.is_empty() {
                format!("call_{index}")
            } else {
                id
            },
            name,
            arguments: arguments(&text),
        });
        self.finished.then(|| Reply {
            text: self.text,
            calls: calls.collect(),
            usage: self.usage,
        })
    }
}

/// What a provider reports, shortened; nothing of it is a secret of ours.
pub(super) fn reported(error: &Json) -> String {
    let text = ["type", "code"].iter().find_map(|key| error[*key].as_str());
    let text = text.unwrap_or("an error");
    text.chars()
        .filter(|c| c.is_ascii_graphic())
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Assembly;
    use crate::llm::Malformed;

    #[test]
    fn calls_come_in_pieces() {
        let mut assembly = Assembly::default();
        for data in [
            r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"switch","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"to\":"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"on\"}"}}]}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
            "[DONE]",
        ] {
            assembly.take(data).unwrap();
        }
        let reply = assembly.done().unwrap();
        assert_eq!(reply.usage, Some((7, 3)));
        assert_eq!(reply.calls[0].name, "switch");
        assert_eq!(reply.calls[0].arguments["to"], "on");
    }

    #[test]
    fn what_broke_off_is_no_answer() {
        let mut assembly = Assembly::default();
        let words = assembly.take(r#"{"choices":[{"delta":{"content":"It is"}}]}"#);
        assert_eq!(words, Ok(Some("It is".into())));
        assert_eq!(assembly.done(), None);
    }

    #[test]
    fn rubbish_is_named() {
        let take = |data: &str| Assembly::default().take(data);
        assert_eq!(take("{"), Err(Malformed::Json));
        let error = r#"{"error":{"type":"server_error","message":"sk-secret"}}"#;
        assert_eq!(take(error), Err(Malformed::Reported("server_error".into())));
        let many =
            r#"{"choices":[{"delta":{"tool_calls":[{"index":99,"function":{"name":"x"}}]}}]}"#;
        assert_eq!(take(many), Err(Malformed::TooMuch));
        let mut assembly = Assembly::default();
        let call = r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"x","arguments":"not json"}}]},"finish_reason":"tool_calls"}]}"#;
        assembly.whole(call.as_bytes()).unwrap();
        assert!(assembly.done().unwrap().calls[0].arguments.is_null());
    }
}
