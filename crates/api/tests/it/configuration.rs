//! What the house was set up as earlier, over the API and in a conversation.

use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value as Json, json};

const PATH: &str = "/api/configuration";

async fn send(served: &Served, method: Method, path: &str, body: Json) -> Json {
    let (status, answer) = served.ask(method, path, Some(body)).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

/// The moment now, as the house reckons it.
async fn now(served: &Served) -> String {
    served.get("/api/house").await["time"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn named<'a>(list: &'a Json, name: &str) -> Option<&'a Json> {
    list.as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_is_known_as_it_was_at_any_time() {
    let served = served().await;
    let before = now(&served).await;
    let den = send(&served, Method::POST, "/api/areas", json!({"name": "Den"})).await;
    let lamp = "/api/devices/hall_lamp";
    let was = served.get(lamp).await["name"].as_str().unwrap().to_owned();
    send(
        &served,
        Method::PATCH,
        lamp,
        json!({"name": "Reading lamp", "area": "den"}),
    )
    .await;
    let person = send(
        &served,
        Method::POST,
        "/api/people",
        json!({"name": "Nora"}),
    )
    .await;
    send(
        &served,
        Method::PUT,
        "/api/settings/personality",
        json!({"style": "warm"}),
    )
    .await;
    let between = now(&served).await;
    send(
        &served,
        Method::PATCH,
        "/api/areas/den",
        json!({"name": "Study"}),
    )
    .await;
    let (status, _) = served.ask(Method::DELETE, "/api/people/nora", None).await;
    assert!(status.is_success());

    let at = |moment: &str| format!("{PATH}?at={moment}");
    let first = served.get(&at(&before)).await;
    assert_eq!(first["known"], true, "{first}");
    assert!(named(&first["devices"], &was).is_some(), "{first}");
    assert!(named(&first["areas"], "Den").is_none());
    let second = served.get(&at(&between)).await;
    let device = named(&second["devices"], "Reading lamp").unwrap();
    assert_eq!(device["body"]["area"], den["id"]);
    assert_eq!(device["cause"]["who"]["kind"], "operator");
    assert!(named(&second["areas"], "Den").is_some() && named(&second["people"], "Nora").is_some());
    assert_eq!(second["settings"][0]["id"], "personality", "{second}");
    let third = served.get(PATH).await;
    assert!(named(&third["areas"], "Study").is_some() && named(&third["areas"], "Den").is_none());
    assert!(named(&third["people"], "Nora").is_none(), "{third}");
    // Before these records began nothing is known, and nothing is made up.
    let long_ago = served.get(&at("2001-01-01T00:00:00Z")).await;
    assert_eq!(
        (&long_ago["known"], &long_ago["devices"]),
        (&json!(false), &json!([]))
    );

    let changes = served.get(&format!("{PATH}/changes?from={before}")).await;
    let list = changes["changes"].as_array().unwrap();
    let what: Vec<_> = list
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), &it["what"]))
        .collect();
    assert_eq!(what[0], ("Nora", &json!(["it was removed"])));
    assert_eq!(
        what[1],
        ("Study", &json!(["it is called “Study” now, before “Den”"]))
    );
    let renamed = list.iter().find(|it| it["name"] == "Reading lamp").unwrap();
    assert!(
        renamed["what"]
            .to_string()
            .contains("it stands in Study now"),
        "{renamed}"
    );
    assert_eq!(renamed["cause"]["who"]["kind"], "operator");
    let page = served
        .get(&format!("{PATH}/changes?from={before}&limit=1"))
        .await;
    let next = served
        .get(&format!(
            "{PATH}/changes?from={before}&limit=1&cursor={}",
            page["next"]
        ))
        .await;
    assert_eq!(next["changes"][0], list[1]);
    // Whoever is erased is erased here, too.
    let erased = person["id"].as_str().unwrap().parse().unwrap();
    served
        .store
        .keep(vec![store::Record::PersonErased(erased)])
        .await
        .unwrap();
    let again = served.get(&at(&between)).await;
    assert!(named(&again["people"], "Nora").is_none(), "{again}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_makes_no_sense_is_refused() {
    let served = served().await;
    for query in ["at=2999-01-01T00:00:00Z", "at=yesterday", "when=now"] {
        let (status, answer) = served
            .ask(Method::GET, &format!("{PATH}?{query}"), None)
            .await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("invalid_query")),
            "{query}"
        );
    }
    let backwards = "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z";
    for query in [backwards, "limit=0", "cursor=x"] {
        let path = format!("{PATH}/changes?{query}");
        let (status, answer) = served.ask(Method::GET, &path, None).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("invalid_query")),
            "{query}"
        );
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_tells_what_the_set_up_was() {
    let served = served().await;
    let say = async |message: &str| {
        let answer = send(
            &served,
            Method::POST,
            "/api/chat",
            json!({"message": message}),
        )
        .await;
        answer["response"].as_str().unwrap().to_owned()
    };
    let none = say("what changed in the setup last year?").await;
    assert!(
        none.starts_with("Nothing changed in the set-up last year"),
        "{none}"
    );
    assert!(none.contains("only known since"), "{none}");
    send(
        &served,
        Method::PATCH,
        "/api/devices/hall_lamp",
        json!({"name": "Reading lamp"}),
    )
    .await;
    let changed = say("what changed in the set-up today?").await;
    assert!(
        changed.contains("it is called “Reading lamp” now"),
        "{changed}"
    );
    assert!(changed.contains("(the operator)"), "{changed}");
    let called = say("what was the reading lamp called today?").await;
    assert!(called.contains("it is called Reading lamp now"), "{called}");
    let unknown = say("what was the reading lamp called last year?").await;
    assert!(unknown.contains("I do not know that"), "{unknown}");
    let nothing = say("what was the flux capacitor called before?").await;
    assert!(
        nothing.contains("Nothing is called “flux capacitor” now"),
        "{nothing}"
    );
    served.end().await;
}
