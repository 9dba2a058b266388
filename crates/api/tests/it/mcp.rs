//! MCP over HTTP: what programs see, what they may, and what is refused to them.

use crate::accounts::program;
use crate::rights::production;
use crate::support::{Served, served, served_with};
use auth::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

async fn post(served: &Served, path: &str, body: &Json) -> (StatusCode, Json) {
    let request = served.client.post(served.url(path)).json(body);
    let accepted = "application/json, text/event-stream";
    let answer = request.header("accept", accepted).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Json::String(text)),
    )
}

async fn rpc_at(served: &Served, path: &str, method: &str, params: Json) -> Json {
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let (status, answer) = post(served, path, &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["id"], 7, "{answer}");
    answer
}

async fn rpc(served: &Served, method: &str, params: Json) -> Json {
    rpc_at(served, "/mcp", method, params).await
}

async fn call(served: &Served, tool: &str, arguments: Json) -> Json {
    let params = json!({ "name": tool, "arguments": arguments });
    rpc(served, "tools/call", params).await["result"].clone()
}

fn names(answer: &Json) -> Vec<String> {
    let tools = answer["result"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_program_gets_to_know_the_house() {
    let served = served().await;
    let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let hello = rpc(&served, "initialize", params).await;
    assert_eq!(hello["result"]["protocolVersion"], "2025-06-18", "{hello}");
    assert_eq!(hello["result"]["serverInfo"]["title"], "Test house");
    let newest = rpc(
        &served,
        "initialize",
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } }),
    )
    .await;
    assert_eq!(newest["result"]["protocolVersion"], "2025-11-25");
    let done = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(post(&served, "/mcp", &done).await.0, StatusCode::ACCEPTED);

    let tools = rpc(&served, "tools/list", json!({})).await;
    let all = names(&tools);
    for tool in [
        "find",
        "house",
        "read",
        "history",
        "why",
        "switch",
        "unlock",
        "run_scenario",
        "remember",
        "recall",
        "edit_area",
    ] {
        assert!(all.iter().any(|name| name == tool), "{tool}: {all:?}");
    }
    assert!(!all.iter().any(|name| name == "ask_person"));
    for tool in tools["result"]["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
    }
    let found = call(&served, "find", json!({ "text": "lamp", "kind": "light" })).await;
    assert_eq!(found["structuredContent"]["found"], 3, "{found}");
    let resources = rpc(&served, "resources/list", json!({})).await;
    for resource in resources["result"]["resources"].as_array().unwrap() {
        let read = rpc(&served, "resources/read", json!({ "uri": resource["uri"] })).await;
        let text = read["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(
            serde_json::from_str::<Json>(text).unwrap().is_object(),
            "{resource}: {text}"
        );
    }
    let lamp = rpc(
        &served,
        "resources/read",
        json!({ "uri": "house://state/hall_lamp" }),
    )
    .await;
    assert!(lamp.to_string().contains("OnOff"), "{lamp}");
}

#[tokio::test]
async fn requests_go_through_the_door_and_opening_is_for_people() {
    let served = served().await;
    let on = call(
        &served,
        "switch",
        json!({ "names": ["hall_lamp"], "to": "on" }),
    )
    .await;
    assert_eq!(
        (
            &on["isError"],
            &on["structuredContent"]["actions"][0]["outcome"]
        ),
        (&json!(false), &json!("reached")),
        "{on}"
    );
    let why = call(&served, "why", json!({ "name": "Hall lamp" })).await;
    assert!(why.to_string().contains("a program over MCP"), "{why}");
    for (tool, arguments) in [
        ("unlock", json!({ "names": ["Front door"] })),
        ("say", json!({ "sentence": "unlock the front door" })),
        ("say", json!({ "sentence": "put the house in away mode" })),
        (
            "say",
            json!({ "sentence": "when the hall lamp is off, turn on the broken lamp" }),
        ),
        ("switch", json!({ "names": ["Moon lamp"], "to": "on" })),
        ("switch", json!({ "names": ["broken_lamp"], "to": "on" })),
    ] {
        let refused = call(&served, tool, arguments.clone()).await;
        assert_eq!(refused["isError"], true, "{tool} {arguments}: {refused}");
    }
    let wishes = served.handle.snapshot().wishes.len();
    assert_eq!(
        wishes, 2,
        "the lamp's, and the broken one's that it refused"
    );
    assert_eq!(&*served.handle.snapshot().mode, "home");
    let would = call(
        &served,
        "rehearse",
        json!({ "sentence": "turn off the hall lamp" }),
    )
    .await;
    assert_eq!(would["isError"], false, "{would}");
    assert_eq!(served.handle.snapshot().wishes.len(), wishes);
}

#[tokio::test]
async fn memory_and_rooms_are_kept() {
    let served = served().await;
    let kept = call(
        &served,
        "remember",
        json!({ "text": "The stopcock is under the sink" }),
    )
    .await;
    assert_eq!(kept["isError"], false, "{kept}");
    let found = call(&served, "recall", json!({ "words": "stopcock" })).await;
    assert!(found.to_string().contains("under the sink"), "{found}");
    let added = call(&served, "add_area", json!({ "name": "Larder" })).await;
    assert_eq!(added["isError"], false, "{added}");
    let moved = call(
        &served,
        "edit_device",
        json!({ "device": "hall_lamp", "area": "Larder", "aliases": ["glow"] }),
    )
    .await;
    assert_eq!(moved["isError"], false, "{moved}");
    let house = call(&served, "house", json!({})).await;
    let larder =
        json!({ "name": "Larder", "slug": "larder", "floor": null, "doorways": [], "devices": 1 });
    assert!(
        house["structuredContent"]["areas"]
            .as_array()
            .unwrap()
            .contains(&larder),
        "{house}"
    );
}

#[tokio::test]
async fn the_configuration_alone_tells_nothing_of_how_the_house_is() {
    let served = served().await;
    let path = "/mcp/configuration";
    let tools = names(&rpc_at(&served, path, "tools/list", json!({})).await);
    assert_eq!(
        tools,
        ["find", "house", "edit_device", "add_area", "edit_area"]
    );
    let read = json!({ "name": "read", "arguments": { "names": ["hall_lamp"] } });
    assert_eq!(
        rpc_at(&served, path, "tools/call", read).await["error"]["code"],
        -32602
    );
    let state = json!({ "uri": "house://state" });
    assert_eq!(
        rpc_at(&served, path, "resources/read", state).await["error"]["code"],
        -32002
    );
    let built = json!({ "uri": "house://configuration" });
    let built = rpc_at(&served, path, "resources/read", built).await;
    assert!(built["result"].is_object(), "{built}");
    assert!(!built.to_string().contains("OnOff"), "{built}");
}

#[tokio::test]
async fn bad_messages_and_foreign_pages_are_refused() {
    let served = served().await;
    let send = |head: (&'static str, &'static str), body: &'static str| {
        let request = served
            .client
            .post(served.url("/mcp"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        request.header(head.0, head.1).body(body).send()
    };
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let plain = ("x-plain", "1");
    for (head, body, status) in [
        (plain, ping, 200),
        (("origin", "https://evil.example"), ping, 403),
        (("host", "evil.example"), ping, 421),
        (("mcp-protocol-version", "1999-01-01"), ping, 400),
        (plain, "{", 400),
        (plain, "[]", 400),
        (plain, r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, 400),
        (plain, r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, 400),
    ] {
        let got = send(head, body).await.unwrap().status().as_u16();
        // What is wrong with a message is told by whichever status of its kind.
        let fits = got == status || status == 400 && (400..500).contains(&got);
        assert!(fits, "{head:?} {body}: {got}");
    }
    let unknown = rpc(&served, "prompts/list", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
    let (status, _) = served.ask(Method::GET, "/mcp", None).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

/// What the house was told is of people; a child may look at the house and not at that.
#[tokio::test]
async fn memory_is_read_with_the_right_to_it_alone() {
    let house = served_with(production(), "127.0.0.1:0").await;
    for (name, role, may) in [("Ben", Role::Member, true), ("Kim", Role::Child, false)] {
        let tokens = program(&house, name, role, None).await;
        let token = tokens["access_token"].as_str().unwrap();
        let ask = async |method: &str, params: Json| {
            let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
            let request = house.client.post(house.url("/mcp")).bearer_auth(token);
            let request = request.header("accept", "application/json, text/event-stream");
            let answer = request.json(&body).send().await.unwrap();
            answer.json::<Json>().await.unwrap()
        };
        let listed = ask("resources/list", json!({})).await.to_string();
        assert_eq!(listed.contains("house://memory"), may, "{name}: {listed}");
        let read = ask("resources/read", json!({ "uri": "house://memory" })).await;
        assert_eq!(read["error"].is_null(), may, "{name}: {read}");
    }
}
