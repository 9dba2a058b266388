//! Every route and every role: who is let in is committed in `rights.txt`, and tried at a server that asks
//! everybody to sign in.

use crate::support::{Served, served_with};
use api::{Limits, Rules};
use auth::{Client, NewAccount, Principal, Role, SessionKind};
use model::{AreaId, Timestamp};
use reqwest::{Method, header};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/rights.txt");

/// Limits of a server of production with nothing else of its own.
pub(crate) fn production() -> Limits {
    Limits {
        rules: Rules {
            production: true,
            rate: 1_000_000,
            ..Rules::default()
        },
        ..Limits::default()
    }
}

/// Only in these areas.
type Bounds = Option<Vec<AreaId>>;

/// Every method and path of the description.
fn routes() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                routes.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
    }
    routes
}

/// Makes an account and signs it in as a program; its access token.
async fn signed_in(house: &Served, name: &str, role: Role, areas: Bounds) -> String {
    if house.auth.account(name).is_none() {
        let new = NewAccount {
            name: name.into(),
            password: "a long password".into(),
            role,
            person: None,
            until: (role == Role::Guest)
                .then(|| Timestamp::now() + std::time::Duration::from_secs(3_600)),
            areas,
        };
        house
            .auth
            .add(new, &Principal::operator(), &Client::default())
            .await
            .unwrap();
    }
    let (kind, client) = (SessionKind::Program, Client::default());
    let signed_in = house
        .auth
        .sign_in(name, "a long password", None, kind, &client);
    signed_in.await.unwrap().tokens.unwrap().access
}

#[tokio::test]
async fn every_route_and_every_role() {
    let house = served_with(production(), "127.0.0.1:0").await;
    let roles: [(&str, Option<(Role, Bounds)>); 8] = [
        ("nobody", None),
        ("owner", Some((Role::Owner, None))),
        ("member", Some((Role::Member, None))),
        ("child", Some((Role::Child, None))),
        ("guest", Some((Role::Guest, None))),
        ("room", Some((Role::Guest, Some(vec![AreaId::new()])))),
        ("panel", Some((Role::Panel, None))),
        ("operator", Some((Role::Operator, None))),
    ];
    let mut found = String::from(
        "# Who is let in by which route: `room` is a guest of one room, `nobody` has not signed in.\n\
         # Metrics are open to nobody here because the test asks from where they may be read.\n",
    );
    let mut tokens = HashMap::new();
    for (method, path) in routes() {
        let mut let_in = Vec::new();
        for (name, role) in &roles {
            // A body that no route takes: what is let in shall do nothing.
            let mut request = house
                .client
                .request(
                    method.clone(),
                    house.url(&path.replace(['{', '}', '*'], "x")),
                )
                .header(header::CONTENT_TYPE, "text/plain")
                .body("x");
            if let Some((role, areas)) = role {
                if !tokens.contains_key(name) {
                    let token = signed_in(&house, name, *role, areas.clone()).await;
                    tokens.insert(*name, token);
                }
                let token = &tokens[name];
                request = request.bearer_auth(token);
            }
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            // Who may not ask for somebody else's is told that there is nobody like that.
            match status {
                401 | 403 => {
                    let body: Value = serde_json::from_str(&text).unwrap();
                    for field in ["code", "message", "expected", "action"] {
                        assert!(body["error"][field].is_string(), "{path} {body}");
                    }
                    let expected = if role.is_some() { 403 } else { 401 };
                    let is_secret = body["error"]["code"] == "wrong_secret";
                    assert!(
                        status == expected || is_secret,
                        "{method} {path} {name}: {text}"
                    );
                    if is_secret {
                        let_in.push(*name);
                    }
                }
                421 => panic!("{path} {text}"),
                _ => let_in.push(*name),
            }
        }
        if path == "/api/auth/logout" {
            tokens.clear();
        }
        writeln!(found, "{method} {path}: {}", let_in.join(" ")).unwrap();
    }
    if std::env::var_os("REFRESH").is_some() {
        std::fs::write(COMMITTED, &found).unwrap();
    } else {
        let committed = std::fs::read_to_string(COMMITTED).unwrap();
        assert_eq!(
            found, committed,
            "who is let in changed; REFRESH=1 rewrites rights.txt"
        );
    }
    house.end().await;
}
