//! Anthropic's messages on the wire.

use super::openai::reported;
use super::{Call, MOST_CALLS, MOST_TEXT, Malformed, Message, Reply, Request, arguments};
use serde_json::{Value as Json, json};

/// The body of a request. What is the same every time is marked, so that the provider can keep it.
#[must_use]
pub fn body(model: &str, request: &Request) -> Json {
    let messages: Vec<Json> = request
        .messages
        .iter()
        .map(|message| match message {
            Message::Person(text) => json!({ "role": "user", "content": text }),
            Message::Model { text, calls } => {
                let mut content = Vec::new();
                if !text.is_empty() {
                    content.push(json!({ "type": "text", "text": text }));
                }
                content.extend(calls.iter().map(|call| {
                    let input = match &call.arguments {
                        Json::Null => json!({}),
                        json => json.clone(),
                    };
                    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
                }));
                json!({ "role": "assistant", "content": content })
            }
            Message::Results(results) => {
                let content: Vec<Json> = results
                    .iter()
                    .map(|result| {
                        json!({ "type": "tool_result", "tool_use_id": result.id,
                                "content": result.text, "is_error": result.failed })
                    })
                    .collect();
                json!({ "role": "user", "content": content })
            }
        })
        .collect();
    let tools: Vec<Json> = request
        .tools
        .iter()
        .map(|tool| {
            json!({ "name": tool.name, "description": tool.description, "input_schema": tool.schema })
        })
        .collect();
    let mut body = json!({
        "model": model, "max_tokens": request.most, "stream": true, "messages": messages,
        "system": [{ "type": "text", "text": request.system, "cache_control": { "type": "ephemeral" } }],
    });
    if !tools.is_empty() {
        body["tools"] = tools.into();
    }
    body
}

/// An answer that is being put together.
#[derive(Debug, Default)]
pub struct Assembly {
    text: String,
    /// By the index of their block: id, name, arguments.
    calls: Vec<(u64, String, String, String)>,
    input: u64,
    output: u64,
    finished: bool,
}

impl Assembly {
    /// Takes the data of an event; gives the words that came with it.
    ///
    /// # Errors
    /// When it cannot be read, or is too much.
    pub fn take(&mut self, data: &str) -> Result<Option<String>, Malformed> {
        let event: Json = serde_json::from_str(data).map_err(|_| Malformed::Json)?;
        let index = event["index"].as_u64().unwrap_or(0);
        let mut words = None;
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => self.usage(&event["message"]["usage"]),
            "content_block_start" => {
                let block = &event["content_block"];
                if block["type"] == "tool_use" {
                    self.begin(index, block)?;
                } else {
                    words = block["text"].as_str().map(str::to_owned);
                }
            }
            "content_block_delta" => {
                let delta = &event["delta"];
                if let Some(json) = delta["partial_json"].as_str() {
                    let call = self.calls.iter_mut().find(|call| call.0 == index);
                    call.ok_or(Malformed::Json)?.3.push_str(json);
                } else {
                    words = delta["text"].as_str().map(str::to_owned);
                }
            }
            "message_delta" => {
                self.usage(&event["usage"]);
                self.finished |= event["delta"]["stop_reason"].is_string();
            }
            "message_stop" => self.finished = true,
            "error" => return Err(Malformed::Reported(reported(&event["error"]))),
            // Others may come, and mean nothing to us.
            _ => {}
        }
        let words = words.filter(|words| !words.is_empty());
        if let Some(words) = &words {
            self.text.push_str(words);
        }
        let size = self.text.len() + self.calls.iter().map(|call| call.3.len()).sum::<usize>();
        if size > MOST_TEXT {
            return Err(Malformed::TooMuch);
        }
        Ok(words)
    }

    fn begin(&mut self, index: u64, block: &Json) -> Result<(), Malformed> {
        if self.calls.len() >= MOST_CALLS {
            return Err(Malformed::TooMuch);
        }
        let text = |key: &str| block[key].as_str().unwrap_or_default().to_owned();
        let given = match &block["input"] {
            Json::Object(input) if !input.is_empty() => block["input"].to_string(),
            _ => String::new(),
        };
        self.calls.push((index, text("id"), text("name"), given));
        Ok(())
    }

    fn usage(&mut self, usage: &Json) {
        let of = |key: &str| usage[key].as_u64();
        let input: u64 = [
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        ]
        .iter()
        .filter_map(|key| of(key))
        .sum();
        self.input = self.input.max(input);
        self.output = of("output_tokens").unwrap_or(self.output);
    }

    /// Takes an answer that came in one piece.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn whole(&mut self, body: &[u8]) -> Result<(), Malformed> {
        let answer: Json = serde_json::from_slice(body).map_err(|_| Malformed::Json)?;
        if answer["type"] == "error" {
            return Err(Malformed::Reported(reported(&answer["error"])));
        }
        for (index, block) in answer["content"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            if block["type"] == "tool_use" {
                self.begin(index as u64, block)?;
            } else if let Some(text) = block["text"].as_str() {
                self.text.push_str(text);
            }
        }
        self.usage(&answer["usage"]);
        self.finished = answer["stop_reason"].is_string();
        Ok(())
    }

    /// The answer; `None` where it has not ended.
    #[must_use]
    pub fn done(self) -> Option<Reply> {
        let calls = self.calls.into_iter().map(|(_, id, name, text)| Call {
            id,
            name,
            arguments: arguments(&text),
        });
        let known = self.input + self.output > 0;
        self.finished.then(|| Reply {
            text: self.text,
            calls: calls.collect(),
            usage: known.then_some((self.input, self.output)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Assembly;
    use crate::llm::Malformed;

    #[test]
    fn words_and_calls_come_in_pieces() {
        let mut assembly = Assembly::default();
        let mut words = String::new();
        for data in [
            r#"{"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me see."}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"read","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"names\":[\"lamp\"]"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"}"}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":15}}"#,
            r#"{"type":"message_stop"}"#,
        ] {
            words.extend(assembly.take(data).unwrap());
        }
        assert_eq!(words, "Let me see.");
        let reply = assembly.done().unwrap();
        assert_eq!(reply.usage, Some((25, 15)));
        assert_eq!(reply.calls[0].arguments["names"][0], "lamp");
    }

    #[test]
    fn what_broke_off_or_failed_is_no_answer() {
        let mut assembly = Assembly::default();
        let delta = r#"{"type":"content_block_delta","index":0,"delta":{"text":"It is"}}"#;
        assembly.take(delta).unwrap();
        assert_eq!(assembly.done(), None);
        let error = r#"{"type":"error","error":{"type":"overloaded_error"}}"#;
        assert_eq!(
            Assembly::default().take(error),
            Err(Malformed::Reported("overloaded_error".into()))
        );
        let stray = r#"{"type":"content_block_delta","index":3,"delta":{"partial_json":"{"}}"#;
        assert_eq!(Assembly::default().take(stray), Err(Malformed::Json));
    }
}
