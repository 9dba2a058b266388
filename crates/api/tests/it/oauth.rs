//! Access for programs (OAuth) at a server that asks everybody to sign in: found out, asked for, given,
//! used, refused and ended.

use crate::accounts::{Browser, PASSWORD, first_owner, program as signed_in_program, with_token};
use crate::rights::production;
use crate::support::{Served, served_with};
use auth::Role;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::Ordering;

const BACK: &str = "http://127.0.0.1:50123/callback";
const VERIFIER: &str = "a-proof-key-of-the-length-that-rfc-7636-asks-for-at-least";

fn challenge(verifier: &str) -> String {
    BASE64.encode(ring::digest::digest(
        &ring::digest::SHA256,
        verifier.as_bytes(),
    ))
}

async fn body(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

async fn register(house: &Served, what: Value) -> (StatusCode, Value) {
    let request = house
        .client
        .post(house.url("/api/oauth/register"))
        .json(&what);
    let response = request.send().await.unwrap();
    (response.status(), body(response).await)
}

/// A program that registered itself; its id.
async fn registered(house: &Served, name: &str) -> String {
    // The port is another each time, so it is registered without.
    let what = json!({ "client_name": name, "redirect_uris": ["http://127.0.0.1/callback", "https://app.example/cb"] });
    let (status, made) = register(house, what).await;
    assert_eq!(status, 201, "{made}");
    made["client_id"].as_str().unwrap().to_owned()
}

async fn form(house: &Served, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
    let text: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let request = house
        .client
        .post(house.url(path))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(text.join("&"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    (response.status(), body(response).await)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// What a program asks for.
fn wanted(client: &str, scope: &str) -> Value {
    json!({
        "client_id": client, "redirect_uri": BACK, "response_type": "code", "scope": scope, "state": "s&t=1",
        "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
    })
}

async fn shown(house: &Served, person: &Browser, request: &Value) -> (StatusCode, Value) {
    let fields = request.as_object().unwrap().iter();
    let query: Vec<String> = fields
        .map(|(name, value)| format!("{name}={}", encoded(value.as_str().unwrap())))
        .collect();
    person
        .ask(
            house,
            Method::GET,
            &format!("/api/oauth/authorization?{}", query.join("&")),
            None,
        )
        .await
}

/// A person's answer; the parameters with which they are sent back.
async fn answered(
    house: &Served,
    person: &Browser,
    request: &Value,
    scopes: &[&str],
) -> HashMap<String, String> {
    let answer = json!({ "request": request, "scopes": scopes });
    let (status, back) = person
        .ask(
            house,
            Method::POST,
            "/api/oauth/authorization",
            Some(answer),
        )
        .await;
    assert_eq!(status, 200, "{back}");
    let url = reqwest::Url::parse(back["redirect_to"].as_str().unwrap()).unwrap();
    assert!(url.as_str().starts_with(BACK), "{url}");
    url.query_pairs().into_owned().collect()
}

/// A code for what was asked.
async fn code(house: &Served, person: &Browser, request: &Value, scopes: &[&str]) -> String {
    let back = answered(house, person, request, scopes).await;
    assert_eq!(
        (back["state"].as_str(), back["iss"].clone()),
        ("s&t=1", house.url(""))
    );
    back["code"].clone()
}

async fn exchange(
    house: &Served,
    client: &str,
    code: &str,
    other: &[(&str, &str)],
) -> (StatusCode, Value) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in other {
        match fields.iter_mut().find(|field| field.0 == *name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    form(house, "/api/oauth/token", &fields).await
}

async fn refresh(house: &Served, client: &str, token: &str) -> (StatusCode, Value) {
    form(
        house,
        "/api/oauth/token",
        &[
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
        ],
    )
    .await
}

/// A program with access to everything that it asked for.
async fn given(house: &Served, person: &Browser, client: &str, scopes: &[&str]) -> Value {
    let request = wanted(client, &scopes.join(" "));
    let code = code(house, person, &request, scopes).await;
    let (status, tokens) = exchange(house, client, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");
    tokens
}

fn of<'v>(tokens: &'v Value, which: &str) -> &'v str {
    tokens[which].as_str().unwrap()
}

async fn get(house: &Served, token: &str, path: &str) -> u16 {
    with_token(house, token, Method::GET, path, None)
        .await
        .0
        .as_u16()
}

fn refused(answer: (StatusCode, Value), error: &str) {
    assert_eq!(
        (answer.0.as_u16(), answer.1["error"].as_str()),
        (400, Some(error)),
        "{}",
        answer.1
    );
    assert!(
        answer.1["error_description"].as_str().unwrap().len() > 10,
        "{}",
        answer.1
    );
}

#[tokio::test]
async fn a_program_finds_its_way_and_does_what_a_person_said_yes_to() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    // What is asked without a token says where to learn more.
    let response = house
        .client
        .post(house.url("/mcp"))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let challenge = response.headers()[header::WWW_AUTHENTICATE]
        .to_str()
        .unwrap()
        .to_owned();
    let metadata = house.url("/.well-known/oauth-protected-resource/mcp");
    assert_eq!(
        challenge,
        format!("Bearer realm=\"Consciousness\", resource_metadata=\"{metadata}\"")
    );
    let resource = body(house.client.get(metadata).send().await.unwrap()).await;
    assert_eq!(resource["resource"], house.url("/mcp"));
    assert_eq!(resource["authorization_servers"], json!([house.url("")]));
    let scopes = resource["scopes_supported"].as_array().unwrap();
    assert!(
        scopes.contains(&json!("read_house")) && !scopes.contains(&json!("manage_users")),
        "{resource}"
    );
    let whole = house.url("/.well-known/oauth-protected-resource");
    let whole = body(house.client.get(whole).send().await.unwrap()).await;
    let server = body(
        house
            .client
            .get(house.url("/.well-known/oauth-authorization-server"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    for all in [&whole, &server] {
        let scopes = all["scopes_supported"].as_array().unwrap();
        assert!(
            scopes.contains(&json!("operate")) && !scopes.contains(&json!("manage_users")),
            "{all}"
        );
    }
    assert_eq!(server["issuer"], house.url(""));
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(server["authorization_endpoint"], house.url("/authorize"));
    // It registers itself, and whatever it wanted, it gets no secret.
    let what = json!({
        "client_name": "Des\u{202e}k\u{0} <b>", "redirect_uris": ["http://127.0.0.1/callback"], "logo_uri": "https://x.example/y",
        "token_endpoint_auth_method": "client_secret_post", "grant_types": ["authorization_code", "refresh_token"],
    });
    let (status, made) = register(&house, what).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["client_name"], &made["token_endpoint_auth_method"]),
        (&json!("Desk <b>"), &json!("none"))
    );
    assert!(made.get("client_secret").is_none(), "{made}");
    let client = made["client_id"].as_str().unwrap();
    // A person is asked, and says yes to less.
    let mut request = wanted(client, "read_house control operate");
    request["resource"] = json!(house.url("/mcp"));
    let (status, asked) = shown(&house, &anna, &request).await;
    assert_eq!(status, 200, "{asked}");
    assert_eq!(
        (&asked["program"], &asked["back"], &asked["resource"]),
        (&json!("Desk <b>"), &json!("here"), &json!("/mcp"))
    );
    assert_eq!(
        asked["scopes"][2],
        json!({ "scope": "operate", "is_yours": true, "is_grave": true }),
        "{asked}"
    );
    assert_eq!(
        (&asked["fault"], &asked["is_known"]),
        (&Value::Null, &json!(false))
    );
    let code = code(&house, &anna, &request, &["read_house"]).await;
    let (status, tokens) =
        exchange(&house, client, &code, &[("resource", &house.url("/mcp"))]).await;
    assert_eq!(
        (status.as_u16(), &tokens["scope"]),
        (200, &json!("read_house")),
        "{tokens}"
    );
    let token = of(&tokens, "access_token");
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
    let request = house
        .client
        .post(house.url("/mcp"))
        .bearer_auth(token)
        .json(&hello);
    let answer = body(
        request
            .header("accept", "application/json, text/event-stream")
            .send()
            .await
            .unwrap(),
    )
    .await;
    let tools = answer["result"]["tools"].to_string();
    assert!(
        tools.contains("\"find\"") && !tools.contains("\"switch\""),
        "{tools}"
    );
    // The token is for /mcp, and for nothing else here.
    let response = house
        .client
        .get(house.url("/api/devices"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let challenge = response.headers()[header::WWW_AUTHENTICATE]
        .to_str()
        .unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    // The person sees it, with what it may and when it was last used, and ends it.
    let (_, held) = anna
        .ask(&house, Method::GET, "/api/auth/sessions", None)
        .await;
    let held = held["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["program"].is_object())
        .unwrap()
        .clone();
    assert_eq!(held["program"]["name"], "Desk <b>");
    assert_eq!(
        (&held["program"]["scopes"], &held["program"]["resource"]),
        (&json!(["read_house"]), &json!("/mcp"))
    );
    assert!(held["last_at"].is_string());
    let (status, kept) = anna
        .ask(&house, Method::GET, "/api/users/Anna/export", None)
        .await;
    assert_eq!(status, 200);
    assert!(kept["sessions"].to_string().contains("Desk <b>"), "{kept}");
    let end = format!("/api/auth/sessions/{}", held["id"].as_str().unwrap());
    assert_eq!(anna.ask(&house, Method::DELETE, &end, None).await.0, 204);
    let request = house
        .client
        .post(house.url("/mcp"))
        .bearer_auth(token)
        .json(&hello);
    assert_eq!(request.send().await.unwrap().status(), 401);
    refused(
        refresh(&house, client, of(&tokens, "refresh_token")).await,
        "invalid_grant",
    );
    let (_, events) = anna
        .ask(&house, Method::GET, "/api/security/events", None)
        .await;
    let kinds: Vec<&str> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    for kind in ["program_registered", "access_granted", "access_ended"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert!(!events.to_string().contains(token) && !events.to_string().contains(&code));
    house.end().await;
}

#[tokio::test]
async fn a_code_is_good_once_for_its_program_its_address_and_its_proof() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let (client, other) = (
        registered(&house, "One").await,
        registered(&house, "Two").await,
    );
    let request = wanted(&client, "read_house");
    let wrong = [
        vec![(
            "code_verifier",
            "another-proof-key-of-the-length-that-rfc-7636-asks-for",
        )],
        vec![("code_verifier", "")],
        vec![("redirect_uri", "http://127.0.0.1:50124/callback")],
        vec![("redirect_uri", "")],
        vec![("client_id", other.as_str())],
    ];
    for wrong in &wrong {
        let code = code(&house, &anna, &request, &["read_house"]).await;
        refused(
            exchange(&house, &client, &code, wrong).await,
            "invalid_grant",
        );
        // It was in other hands: nobody has anything of it any more.
        refused(exchange(&house, &client, &code, &[]).await, "invalid_grant");
    }
    let late = code(&house, &anna, &request, &["read_house"]).await;
    house.ahead.fetch_add(61, Ordering::Relaxed);
    refused(exchange(&house, &client, &late, &[]).await, "invalid_grant");
    let elsewhere = code(&house, &anna, &request, &["read_house"]).await;
    let mcp = house.url("/mcp");
    refused(
        exchange(&house, &client, &elsewhere, &[("resource", &mcp)]).await,
        "invalid_target",
    );
    refused(
        exchange(&house, &client, "made-up", &[]).await,
        "invalid_grant",
    );
    refused(
        exchange(&house, "nobody", "made-up", &[]).await,
        "invalid_client",
    );
    refused(
        exchange(&house, &client, "x", &[("grant_type", "password")]).await,
        "unsupported_grant_type",
    );
    refused(
        form(&house, "/api/oauth/token", &[("code", "a"), ("code", "b")]).await,
        "invalid_request",
    );
    // Used twice, what came of it ends.
    let code = code(&house, &anna, &request, &["read_house"]).await;
    let (status, tokens) = exchange(&house, &client, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(
        get(&house, of(&tokens, "access_token"), "/api/devices").await,
        200
    );
    refused(exchange(&house, &client, &code, &[]).await, "invalid_grant");
    assert_eq!(
        get(&house, of(&tokens, "access_token"), "/api/devices").await,
        401
    );
    let (_, events) = anna
        .ask(
            &house,
            Method::GET,
            "/api/security/events?kind=code_reused",
            None,
        )
        .await;
    assert_eq!(events["events"][0]["severity"], "critical", "{events}");
    house.end().await;
}

#[tokio::test]
async fn a_refresh_token_is_its_programs_and_good_once() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let (client, other) = (
        registered(&house, "One").await,
        registered(&house, "Two").await,
    );
    let first = given(&house, &anna, &client, &["read_house", "control"]).await;
    refused(
        refresh(&house, &other, of(&first, "refresh_token")).await,
        "invalid_grant",
    );
    // The way of people's own programs is none for it.
    let own = json!({ "refresh_token": of(&first, "refresh_token") });
    let response = house
        .client
        .post(house.url("/api/auth/refresh"))
        .json(&own)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let more = [
        ("grant_type", "refresh_token"),
        ("client_id", &client),
        ("refresh_token", of(&first, "refresh_token")),
        ("scope", "read_house operate"),
    ];
    refused(
        form(&house, "/api/oauth/token", &more).await,
        "invalid_scope",
    );
    house.ahead.fetch_add(16 * 60, Ordering::Relaxed);
    assert_eq!(
        get(&house, of(&first, "access_token"), "/api/devices").await,
        401,
        "a quarter of an hour is over"
    );
    let (status, second) = refresh(&house, &client, of(&first, "refresh_token")).await;
    assert_eq!(
        (status.as_u16(), &second["scope"]),
        (200, &json!("read_house control")),
        "{second}"
    );
    assert_eq!(
        get(&house, of(&second, "access_token"), "/api/devices").await,
        200
    );
    // The first one again: it was stolen, from whom or by whom.
    refused(
        refresh(&house, &client, of(&first, "refresh_token")).await,
        "invalid_grant",
    );
    assert_eq!(
        get(&house, of(&second, "access_token"), "/api/devices").await,
        401
    );
    refused(
        refresh(&house, &client, of(&second, "refresh_token")).await,
        "invalid_grant",
    );
    // A program gives its access back, by either token; another program's it cannot.
    let third = given(&house, &anna, &client, &["read_house"]).await;
    let of_other = [
        ("token", of(&third, "access_token")),
        ("client_id", other.as_str()),
    ];
    refused(
        form(&house, "/api/oauth/revoke", &of_other).await,
        "invalid_grant",
    );
    assert_eq!(
        get(&house, of(&third, "access_token"), "/api/devices").await,
        200
    );
    let back = [
        ("token", of(&third, "refresh_token")),
        ("client_id", client.as_str()),
    ];
    assert_eq!(form(&house, "/api/oauth/revoke", &back).await.0, 200);
    assert_eq!(
        get(&house, of(&third, "access_token"), "/api/devices").await,
        401
    );
    assert_eq!(
        form(&house, "/api/oauth/revoke", &back).await.0,
        200,
        "gone is gone"
    );
    // A second yes to the same program takes the place of the first.
    let fourth = given(&house, &anna, &client, &["read_house"]).await;
    let fifth = given(&house, &anna, &client, &["read_house"]).await;
    assert_eq!(
        get(&house, of(&fourth, "access_token"), "/api/devices").await,
        401
    );
    assert_eq!(
        get(&house, of(&fifth, "access_token"), "/api/devices").await,
        200
    );
    house.end().await;
}

#[tokio::test]
async fn a_program_has_never_more_than_was_given_and_than_the_person_has() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let client = registered(&house, "Reader").await;
    let tokens = given(&house, &anna, &client, &["read_house", "converse"]).await;
    let token = of(&tokens, "access_token");
    assert_eq!(get(&house, token, "/api/devices").await, 200);
    // What was not given is refused, and the program is told what to ask for.
    let response = house
        .client
        .get(house.url("/api/memory"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    let challenge = response.headers()[header::WWW_AUTHENTICATE]
        .to_str()
        .unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\", scope=\"private\""),
        "{challenge}"
    );
    // The account is not the program's: not its sessions, tokens, password, nor what is kept.
    for (method, path) in [
        (Method::GET, "/api/auth/sessions"),
        (Method::DELETE, "/api/auth/sessions"),
        (Method::GET, "/api/tokens"),
        (Method::POST, "/api/tokens"),
        (Method::POST, "/api/auth/password"),
        (Method::POST, "/api/auth/totp"),
        (Method::GET, "/api/oauth/authorization"),
        (Method::POST, "/api/oauth/authorization"),
    ] {
        let (status, answer) = with_token(&house, token, method, path, Some(json!({}))).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (403, &json!("not_allowed")),
            "{path} {answer}"
        );
    }
    let (_, me) = with_token(&house, token, Method::GET, "/api/auth/me", None).await;
    assert_eq!(
        (&me["by"], &me["name"], &me["csrf"]),
        (&json!("program"), &json!("Reader (Anna)"), &Value::Null)
    );
    assert_eq!(
        (&me["account"], &me["second_factor"], &me["until"]),
        (&Value::Null, &json!(false), &Value::Null)
    );
    // It talks as itself: what Anna said is not its to read, nor what another program of the same name said.
    let said = json!({ "message": "is anybody home?" });
    assert_eq!(
        with_token(&house, token, Method::POST, "/api/chat", Some(said))
            .await
            .0,
        200
    );
    let namesake = registered(&house, "reader").await;
    let other = given(&house, &anna, &namesake, &["converse"]).await;
    let (_, theirs) = with_token(
        &house,
        of(&other, "access_token"),
        Method::GET,
        "/api/conversations",
        None,
    )
    .await;
    assert_eq!(theirs["conversations"], json!([]), "{theirs}");
    let (_, kept) = anna
        .ask(&house, Method::GET, "/api/users/Anna/export", None)
        .await;
    assert!(
        kept["conversations"]
            .to_string()
            .contains("is anybody home?"),
        "{kept}"
    );
    // More than was asked for, than there is, or than the person has, cannot be said yes to.
    let request = wanted(&client, "read_house");
    for scopes in [json!(["read_house", "control"]), json!(["made_up"])] {
        let answer = json!({ "request": request, "scopes": scopes });
        let (status, answer) = anna
            .ask(
                &house,
                Method::POST,
                "/api/oauth/authorization",
                Some(answer),
            )
            .await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (422, &json!("invalid_account")),
            "{answer}"
        );
    }
    let kid = signed_in_program(&house, "Kim", Role::Child, None).await;
    let kid = kid["access_token"].as_str().unwrap();
    let answer = json!({ "request": wanted(&client, "read_house private"), "scopes": ["read_house", "private"] });
    let (status, _) = with_token(
        &house,
        kid,
        Method::POST,
        "/api/oauth/authorization",
        Some(answer),
    )
    .await;
    assert_eq!(status, 422);
    // A token that lies around gives nobody access.
    let make = json!({ "name": "script", "scopes": ["read_house"] });
    let (_, made) = anna
        .ask(&house, Method::POST, "/api/tokens", Some(make))
        .await;
    let answer = json!({ "request": wanted(&client, "read_house"), "scopes": ["read_house"] });
    let (status, answer) = with_token(
        &house,
        made["token"].as_str().unwrap(),
        Method::POST,
        "/api/oauth/authorization",
        Some(answer),
    )
    .await;
    assert_eq!(status, 403, "{answer}");
    // A panel on the wall is touched by anybody.
    let panel = signed_in_program(&house, "hall", Role::Panel, None).await;
    let answer = json!({ "request": wanted(&client, "read_house"), "scopes": ["read_house"] });
    let (status, answer) = with_token(
        &house,
        of(&panel, "access_token"),
        Method::POST,
        "/api/oauth/authorization",
        Some(answer),
    )
    .await;
    assert_eq!(status, 403, "{answer}");
    // Who loses a right loses it for their programs too; who is removed takes them along.
    let ben = signed_in_program(&house, "Ben", Role::Member, None).await;
    let answer = json!({ "request": wanted(&client, "read_house private"), "scopes": ["read_house", "private"] });
    let (_, back) = with_token(
        &house,
        of(&ben, "access_token"),
        Method::POST,
        "/api/oauth/authorization",
        Some(answer),
    )
    .await;
    let back = reqwest::Url::parse(back["redirect_to"].as_str().unwrap()).unwrap();
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let (_, bens) = exchange(&house, &client, &code, &[]).await;
    assert_eq!(
        get(&house, of(&bens, "access_token"), "/api/memory").await,
        200
    );
    let child = json!({ "role": "child" });
    assert_eq!(
        anna.ask(&house, Method::PATCH, "/api/users/Ben", Some(child))
            .await
            .0,
        200
    );
    assert_eq!(
        get(&house, of(&bens, "access_token"), "/api/memory").await,
        403
    );
    assert_eq!(
        get(&house, of(&bens, "access_token"), "/api/devices").await,
        200
    );
    assert_eq!(
        get(&house, token, "/api/devices").await,
        200,
        "Anna's own goes on"
    );
    assert_eq!(
        anna.ask(&house, Method::DELETE, "/api/users/Ben", None)
            .await
            .0,
        204
    );
    assert_eq!(
        get(&house, of(&bens, "access_token"), "/api/devices").await,
        401
    );
    house.end().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_and_nobody_is_sent_where_nobody_registered() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let client = registered(&house, "One").await;
    let but = |field: &str, value: &str| {
        let mut request = wanted(&client, "read_house");
        request[field] = json!(value);
        request
    };
    // Neither program nor address are to be trusted: an error of ours, and no address at all.
    for (request, code) in [
        (
            but("client_id", "01890a5d-ac96-774b-bcce-b302099a8057"),
            "unknown_program",
        ),
        (but("client_id", "<script>"), "unknown_program"),
        (
            but("redirect_uri", "https://evil.example/cb"),
            "foreign_redirect",
        ),
        (
            but("redirect_uri", "http://127.0.0.1:1@evil.example/callback"),
            "foreign_redirect",
        ),
        (
            but("redirect_uri", "https://app.example/cb/../../evil"),
            "foreign_redirect",
        ),
        (
            but("redirect_uri", "javascript:alert(1)"),
            "foreign_redirect",
        ),
        (but("redirect_uri", ""), "foreign_redirect"),
    ] {
        let (status, answer) = shown(&house, &anna, &request).await;
        assert!(status.is_client_error(), "{answer}");
        assert_eq!(answer["error"]["code"], code, "{answer}");
        let said = json!({ "request": request, "scopes": ["read_house"] });
        let (_, answer) = anna
            .ask(&house, Method::POST, "/api/oauth/authorization", Some(said))
            .await;
        assert_eq!(
            (&answer["error"]["code"], &answer["redirect_to"]),
            (&json!(code), &Value::Null),
            "{answer}"
        );
    }
    // The rest the program is told, when the person goes back.
    let long = "s".repeat(1_100);
    for (request, error) in [
        (but("response_type", "token"), "unsupported_response_type"),
        (but("code_challenge_method", "plain"), "invalid_request"),
        (but("code_challenge", ""), "invalid_request"),
        (but("scope", "read_house everything"), "invalid_scope"),
        (but("scope", ""), "invalid_scope"),
        (but("scope", "read_house manage_users"), "invalid_scope"),
        (
            but("resource", "https://evil.example/mcp"),
            "invalid_target",
        ),
        (but("resource", &house.url("/elsewhere")), "invalid_target"),
        (but("state", &long), "invalid_request"),
    ] {
        let (status, answer) = shown(&house, &anna, &request).await;
        assert_eq!(
            (status.as_u16(), &answer["fault"]["error"]),
            (200, &json!(error)),
            "{answer}"
        );
        let back = answered(&house, &anna, &request, &["read_house"]).await;
        assert_eq!(
            (back["error"].as_str(), back["iss"].clone()),
            (error, house.url(""))
        );
        assert!(!back.contains_key("code"));
    }
    // And so is a no.
    let back = answered(&house, &anna, &wanted(&client, "read_house"), &[]).await;
    assert_eq!(
        (back["error"].as_str(), back["state"].as_str()),
        ("access_denied", "s&t=1")
    );
    // Without the word of the page a cookie says yes to nothing.
    let answer = json!({ "request": wanted(&client, "read_house"), "scopes": ["read_house"] });
    let request = house
        .client
        .post(house.url("/api/oauth/authorization"))
        .header(header::COOKIE, &anna.cookie)
        .json(&answer);
    assert_eq!(
        body(request.send().await.unwrap()).await["error"]["code"],
        "csrf_needed"
    );
    house.end().await;
}

#[tokio::test]
async fn registrations_are_judged_bounded_and_forgotten() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    for (what, error) in [
        (json!({}), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["http://evil.example/cb"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["javascript:alert(1)"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/cb", "myapp://cb"] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": vec!["https://a.example/cb"; 11] }),
            "invalid_redirect_uri",
        ),
        (
            json!({ "redirect_uris": "https://a.example/cb" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/cb"], "grant_types": ["password"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/cb"], "response_types": ["token"] }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": ["https://a.example/cb"], "client_name": 7 }),
            "invalid_client_metadata",
        ),
    ] {
        refused(register(&house, what).await, error);
    }
    let used = registered(&house, "Used").await;
    let tokens = given(&house, &anna, &used, &["read_house"]).await;
    let waiting = registered(&house, "Waiting").await;
    for number in 1..10 {
        registered(&house, &format!("Waiting {number}")).await;
    }
    let more = json!({ "redirect_uris": ["https://a.example/cb"] });
    let request = house
        .client
        .post(house.url("/api/oauth/register"))
        .json(&more);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(body(response).await["error"], "temporarily_unavailable");
    // Who registered and got no yes in an hour is forgotten; who got one is known.
    house.ahead.fetch_add(3_601, Ordering::Relaxed);
    house.auth.tidy().await;
    let (status, answer) = shown(&house, &anna, &wanted(&waiting, "read_house")).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (404, &json!("unknown_program")),
        "{answer}"
    );
    assert_eq!(house.store.programs().await.unwrap().len(), 1);
    assert_eq!(
        refresh(&house, &used, of(&tokens, "refresh_token")).await.0,
        200
    );
    registered(&house, "Another").await;
    house.end().await;
}

/// Somebody with an account signs in once more; the token of that session.
async fn signs_in(house: &Served, name: &str) -> String {
    let login = json!({ "name": name, "password": PASSWORD, "client": "program" });
    let request = house.client.post(house.url("/api/auth/login")).json(&login);
    let session = body(request.send().await.unwrap()).await;
    of(&session, "access_token").to_owned()
}

/// Whoever has this session says yes; the status, and the code where there is one.
async fn says_yes(house: &Served, session: &str, request: &Value) -> (StatusCode, String) {
    let answer = json!({ "request": request, "scopes": ["read_house"] });
    let path = "/api/oauth/authorization";
    let (status, back) = with_token(house, session, Method::POST, path, Some(answer)).await;
    let code = back["redirect_to"].as_str().and_then(|back| {
        let back = reqwest::Url::parse(back).unwrap();
        let mut all = back.query_pairs().into_owned();
        Some(all.find(|(name, _)| name == "code")?.1)
    });
    (status, code.unwrap_or_default())
}

#[tokio::test]
async fn a_program_with_every_scope_has_no_account_and_decides_nothing_for_a_person() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let client = registered(&house, "Greedy").await;
    let server = house.url("/.well-known/oauth-authorization-server");
    let server = body(house.client.get(server).send().await.unwrap()).await;
    let scopes = server["scopes_supported"].as_array().unwrap().iter();
    let scopes: Vec<&str> = scopes.map(|scope| scope.as_str().unwrap()).collect();
    let tokens = given(&house, &anna, &client, &scopes).await;
    let token = of(&tokens, "access_token");
    let run = "/api/automation/runs/01890a5d-ac96-774b-bcce-b302099a8057";
    for (method, path) in [
        (Method::GET, "/api/users"),
        (Method::POST, "/api/users"),
        (Method::GET, "/api/users/Anna"),
        (Method::PATCH, "/api/users/Anna"),
        (Method::DELETE, "/api/users/Anna"),
        (Method::PUT, "/api/users/Anna/password"),
        (Method::GET, "/api/users/Anna/sessions"),
        (Method::DELETE, "/api/users/Anna/sessions/x"),
        (Method::GET, "/api/users/Anna/export"),
        (Method::PUT, "/api/house/mode"),
        (Method::POST, &format!("{run}/reply")),
        (Method::POST, &format!("{run}/answer")),
    ] {
        let request = house.client.request(method, house.url(path));
        let request = request.bearer_auth(token).json(&json!({ "mode": "away" }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 403, "{path}");
        // No scope would help.
        let challenge = response.headers().get(header::WWW_AUTHENTICATE).cloned();
        assert_eq!(challenge, None, "{path}");
        assert_eq!(
            body(response).await["error"]["code"],
            "not_allowed",
            "{path}"
        );
    }
    let away = json!({ "mode": "away" });
    let (status, mode) = anna
        .ask(&house, Method::PUT, "/api/house/mode", Some(away))
        .await;
    assert_eq!((status.as_u16(), &mode["mode"]), (200, &json!("away")));
    house.end().await;
}

#[tokio::test]
async fn an_address_of_another_server_is_not_taken_for_this_house() {
    let mut limits = production();
    limits.rules.hosts = vec!["house.example".into(), "*.home.arpa".into()];
    let house = served_with(limits, "127.0.0.1:0").await;
    let anna = first_owner(&house).await;
    let client = registered(&house, "One").await;
    let mut request = wanted(&client, "read_house");
    let own = house.url("");
    let secure = own.replace("http://", "https://");
    for resource in [
        "https://house.example:x@evil.com/mcp",
        "https://evil.com?.home.arpa/mcp",
        "https://evil.com#.home.arpa/mcp",
        "https://evil.com\\.home.arpa/mcp",
        "http://localhost:9999/mcp",
        "https://house.example:8444/mcp",
        "https://house.example/mcp",
        &format!("{secure}/mcp"),
        &format!("{own}0/mcp"),
        &format!("{own}@evil.com/mcp"),
        &format!("{own}?/mcp"),
        &format!("{own}/mcp?x"),
        &own[..own.len() - 1],
        "http:/é",
        "",
    ] {
        request["resource"] = json!(resource);
        let (_, asked) = shown(&house, &anna, &request).await;
        assert_eq!(asked["fault"]["error"], "invalid_target", "{resource}");
        let fields = [
            ("client_id", client.as_str()),
            ("grant_type", "refresh_token"),
            ("resource", resource),
        ];
        refused(
            form(&house, "/api/oauth/token", &fields).await,
            "invalid_target",
        );
    }
    for (resource, path) in [
        (own.clone(), Value::Null),
        (house.url("/"), Value::Null),
        (house.url("/mcp").replace("http", "HTTP"), json!("/mcp")),
        (house.url("/mcp/configuration"), json!("/mcp/configuration")),
    ] {
        request["resource"] = json!(resource);
        let (_, asked) = shown(&house, &anna, &request).await;
        assert_eq!(
            (&asked["fault"], &asked["resource"]),
            (&Value::Null, &path),
            "{resource}"
        );
    }
    house.end().await;
}

#[tokio::test]
async fn a_yes_ends_with_the_session_that_said_it() {
    let house = served_with(production(), "127.0.0.1:0").await;
    first_owner(&house).await;
    let client = registered(&house, "One").await;
    let request = wanted(&client, "read_house");
    let changed = json!({ "old": PASSWORD, "new": "another long password" });
    for (is_own, method, path, sent) in [
        (true, Method::POST, "/api/auth/logout", json!({})),
        (false, Method::DELETE, "/api/auth/sessions", json!({})),
        (false, Method::POST, "/api/auth/password", changed),
    ] {
        let (this, other) = (
            signs_in(&house, "Anna").await,
            signs_in(&house, "Anna").await,
        );
        let (_, code) = says_yes(&house, &this, &request).await;
        let by = if is_own { &this } else { &other };
        let (status, told) = with_token(&house, by, method, path, Some(sent)).await;
        assert!(status.is_success(), "{path} {told}");
        let answer = exchange(&house, &client, &code, &[]).await;
        refused(answer, "invalid_grant");
    }
    house.end().await;
}

#[tokio::test]
async fn nobody_uses_up_the_codes_of_all() {
    let house = served_with(production(), "127.0.0.1:0").await;
    first_owner(&house).await;
    let anna = signs_in(&house, "Anna").await;
    let kim = signed_in_program(&house, "Kim", Role::Member, None).await;
    let mut programs = Vec::new();
    for number in 0..6 {
        programs.push(registered(&house, &format!("Program {number}")).await);
    }
    // A second yes to one program takes the place of the first.
    let request = wanted(&programs[0], "read_house");
    let (_, first) = says_yes(&house, &anna, &request).await;
    let (_, second) = says_yes(&house, &anna, &request).await;
    for program in &programs[1..5] {
        let (status, _) = says_yes(&house, &anna, &wanted(program, "read_house")).await;
        assert_eq!(status, 200);
    }
    let sixth = wanted(&programs[5], "read_house");
    assert_eq!(says_yes(&house, &anna, &sixth).await.0, 409);
    let (status, _) = says_yes(&house, of(&kim, "access_token"), &sixth).await;
    assert_eq!(status, 200);
    let answer = exchange(&house, &programs[0], &first, &[]).await;
    refused(answer, "invalid_grant");
    let (status, _) = exchange(&house, &programs[0], &second, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(says_yes(&house, &anna, &sixth).await.0, 200);
    house.end().await;
}
