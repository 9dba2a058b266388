//! Who may come in, as the operator sees it: the keys of production, the commands with a server and
//! without, and what survives a restart.

use crate::support::{Server, run};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

const SECRET: &str = "kYz0v3mQ1xJ8bT7nW5cR2dF6hL9pS4gA+uE/oIiXqVw=";
const JWT: &str = "Zt9Xr3Lw8Qe1Ru6Ty2Ui7Op4As5Df0Gh+Jk/LzXcVbN=";
const OTHER: &str = "9cVbN2mQwErT5yUiOp7aSdFgH1jKlZxC+8vB/nMqWeR=";
const PASSWORD: &str = "a long password";

fn production<'a>(secret: &'a str, jwt: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", secret),
        ("JWT_SECRET_KEY", jwt),
    ]
}

async fn status(server: &Server, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = reqwest::Client::new().get(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn login(server: &Server, client: &str) -> (reqwest::header::HeaderMap, Value) {
    let sent = json!({ "name": "anna", "password": PASSWORD, "client": client });
    let url = format!("{}/api/auth/login", server.url);
    let answer = reqwest::Client::new().post(url).json(&sent).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    (answer.headers().clone(), answer.json().await.unwrap())
}

#[test]
fn production_refuses_keys_that_anybody_could_know() {
    let folder = tempfile::tempdir().unwrap();
    for (secret, jwt, told) in [
        ("", "", "SECRET_KEY is not set"),
        (SECRET, "", "JWT_SECRET_KEY is not set"),
        (SECRET, SECRET, "JWT_SECRET_KEY is the same as SECRET_KEY"),
        (
            "your-secret-key-change-this-in-production",
            JWT,
            "SECRET_KEY is a sample",
        ),
        ("short", JWT, "SECRET_KEY has 5 bytes"),
    ] {
        let (code, _, said) = run(folder.path(), &["serve"], &production(secret, jwt), "");
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{told} is missing in: {said}");
        assert!(said.contains("openssl rand -base64 32"), "{said}");
    }
    let (code, _, said) = run(
        folder.path(),
        &["serve"],
        &[("TRUSTED_PROXIES", "nginx"), ("ALLOWED_HOSTS", "*")],
        "",
    );
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("TRUSTED_PROXIES") && said.contains("ALLOWED_HOSTS"),
        "{said}"
    );
    // In development others are not let in at all.
    let (code, _, said) = run(folder.path(), &["serve"], &[("API_HOST", "0.0.0.0")], "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ENVIRONMENT=production"), "{said}");
}

#[tokio::test]
async fn commands_go_to_the_server_over_its_socket_and_sessions_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = production(SECRET, JWT);
    let server = Server::start(folder.path(), &["serve"], &settings);
    assert_eq!(status(&server, "/health", &[]).await, 200);
    assert_eq!(status(&server, "/api/devices", &[]).await, 401);
    let socket = folder.path().join("consciousness.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let (code, said, wrong) = run(
        folder.path(),
        &["user", "add", "Anna"],
        &settings,
        "short\n",
    );
    assert_eq!((code, said.as_str()), (Some(1), ""), "{wrong}");
    assert!(wrong.contains("too short"), "{wrong}");
    let password = format!("{PASSWORD}\n");
    let (code, said, wrong) = run(
        folder.path(),
        &["user", "add", "Anna"],
        &settings,
        &password,
    );
    assert_eq!(code, Some(0), "{wrong}");
    assert_eq!(said, "Anna may sign in as owner.\n");
    let (_, said, _) = run(folder.path(), &["user", "list", "--json"], &settings, "");
    let users: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(users["users"][0]["role"], "owner");
    assert!(!said.contains("argon2"));
    let scopes = ["token", "make", "script", "--scope", "read_house"];
    let (code, token, wrong) = run(folder.path(), &scopes, &settings, "");
    assert_eq!(code, Some(0), "{wrong}");
    let token = format!("Bearer {}", token.trim());
    // The conversation in the terminal is the operator's.
    let (code, said, wrong) = run(folder.path(), &["say", "hello"], &settings, "");
    assert!(code == Some(0) && !said.is_empty(), "{said}{wrong}");

    let (headers, _) = login(&server, "browser").await;
    let cookie = headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (_, program) = login(&server, "program").await;
    let access = format!("Bearer {}", program["access_token"].as_str().unwrap());
    let held: [(&str, &str); 3] = [
        ("cookie", &cookie),
        ("authorization", &access),
        ("authorization", &token),
    ];
    for held in held {
        assert_eq!(
            status(&server, "/api/devices", &[held]).await,
            200,
            "{held:?}"
        );
    }
    assert_eq!(server.end(), Some(0));
    assert!(!socket.exists());

    let server = Server::start(folder.path(), &["serve"], &settings);
    for held in held {
        assert_eq!(
            status(&server, "/api/devices", &[held]).await,
            200,
            "{held:?}"
        );
    }
    assert_eq!(server.end(), Some(0));
    // Another key ends what it signed, and nothing else.
    for (settings, expected) in [
        (production(SECRET, OTHER), [200, 401, 200]),
        (production(OTHER, JWT), [401, 401, 200]),
    ] {
        let server = Server::start(folder.path(), &["serve"], &settings);
        for (held, expected) in held.into_iter().zip(expected) {
            assert_eq!(
                status(&server, "/api/devices", &[held]).await,
                expected,
                "{held:?}"
            );
        }
        assert_eq!(server.end(), Some(0));
    }
    let log = std::fs::read_to_string(folder.path().join("logs/security.log")).unwrap();
    assert!(log.contains("signed in"), "{log}");
    for secret in [PASSWORD, cookie.split('=').nth(1).unwrap(), &token[7..]] {
        let whole = std::fs::read_to_string(folder.path().join("logs/consciousness.log")).unwrap();
        assert!(!log.contains(secret) && !whole.contains(secret));
    }
}

#[test]
fn without_a_server_the_commands_work_on_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let password = format!("{PASSWORD}\n");
    let run = |args: &[&str], input: &str| run(folder.path(), args, &[], input);
    let (code, said, wrong) = run(&["user", "add", "Anna", "--json"], &password);
    assert_eq!(code, Some(0), "{wrong}");
    let made: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&made["name"], &made["role"]),
        (&json!("Anna"), &json!("owner"))
    );
    let ben = [
        "user",
        "add",
        "Ben",
        "--role",
        "guest",
        "--until",
        "2099-01-01T00:00:00Z",
    ];
    assert_eq!(run(&ben, &password).0, Some(0));
    let (_, said, _) = run(&["user", "list"], "");
    assert_eq!(
        said,
        "Anna: owner\nBen: guest, until 2099-01-01T00:00:00Z\n"
    );
    for (args, told) in [
        (vec!["user", "add", "ANNA"], "taken"),
        (vec!["user", "add", "x", "--role", "king"], "no role `king`"),
        (vec!["user", "role", "Anna", "member"], "only owner"),
        (vec!["user", "remove", "nobody"], "no account"),
        (
            vec!["token", "make", "t", "--scope", "all"],
            "no scope `all`",
        ),
        (vec!["token", "revoke", "t"], "no token"),
    ] {
        let (code, _, wrong) = run(&args, &password);
        assert_eq!(code, Some(1), "{wrong}");
        assert!(wrong.contains(told), "{told} is missing in: {wrong}");
    }
    assert_eq!(run(&["user", "role", "Ben", "member"], "").0, Some(0));
    assert_eq!(
        run(&["user", "password", "Ben"], "another password\n").0,
        Some(0)
    );
    assert_eq!(run(&["user", "remove", "Ben"], "").0, Some(0));
    let (code, token, _) = run(&["token", "make", "t", "--scope", "read_house,control"], "");
    assert!(code == Some(0) && token.starts_with("cst_"), "{token}");
    let (_, said, _) = run(&["token", "list"], "");
    assert!(said.starts_with("t: read_house control; made "), "{said}");
    assert_eq!(run(&["token", "revoke", "t"], "").0, Some(0));
    assert_eq!(run(&["token", "list"], "").1, "");
}
