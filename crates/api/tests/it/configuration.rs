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
async fn a_page_ends_only_where_there_is_no_more() {
    let served = served().await;
    let before = now(&served).await;
    send(&served, Method::POST, "/api/areas", json!({"name": "Den"})).await;
    // Rows that say nothing to people: of a device that an older house did not write down whole.
    let other = model::DeviceId::new().to_string();
    let silent = [json!(null), json!({"temperature": 20})].map(|preferences| {
        store::Record::Version(Box::new(store::Version {
            part: "device".to_owned(),
            id: other.clone(),
            body: Some(json!({"name": "Old lamp", "preferences": preferences})),
            at: served.handle.clock().now().house,
            cause: model::Cause::first(model::Who::House),
        }))
    });
    served.store.keep(silent.into()).await.unwrap();
    send(
        &served,
        Method::POST,
        "/api/areas",
        json!({"name": "Attic"}),
    )
    .await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("{PATH}/changes?from={before}&limit=1{cursor}");
        let page = served.get(&path).await;
        for change in page["changes"].as_array().unwrap() {
            names.push(change["name"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_i64() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["Attic", "Old lamp", "Den"]);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_forgotten_is_in_no_answer() {
    let served = served().await;
    let before = now(&served).await;
    let place = json!({"latitude": 48.8556, "longitude": 2.3583, "name": "Rue de Rivoli"});
    send(&served, Method::PUT, "/api/house/place", place).await;
    let between = now(&served).await;
    let (status, _) = served.ask(Method::DELETE, "/api/house/place", None).await;
    assert!(status.is_success());
    for path in [
        format!("{PATH}?at={between}"),
        format!("{PATH}/changes?from={before}"),
    ] {
        let answer = served.get(&path).await.to_string();
        assert!(
            !answer.contains("Rivoli") && !answer.contains("48.8556"),
            "{answer}"
        );
    }
    let changes = served.get(&format!("{PATH}/changes?from={before}")).await;
    assert!(
        changes.to_string().contains("Where the house stands"),
        "{changes}"
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_edits_are_made_together_or_not_at_all() {
    let served = served().await;
    let wishes = |floor: &str| {
        json!({
            "edits": [
                {"section": "floors", "fields": {"name": "Upper floor", "slug": "upper", "level": 1}},
                {"section": "areas", "fields": {"name": "Den", "slug": "den", "floor": floor}},
                {"section": "devices", "name": "hall_lamp", "fields": {"area": "den"}},
                {"section": "people", "fields": {"name": "Nora"}},
            ],
            "scenarios": [{"name": "Den at dusk", "then": [{"do": "turn_on", "area": "den", "kind": "light"}]}],
            "scenes": [],
        })
    };
    let check = format!("{PATH}/check");
    let judged = send(&served, Method::POST, &check, wishes("nowhere")).await;
    assert_eq!(judged["right"], false, "{judged}");
    let wrong: Vec<bool> = judged["edits"]
        .as_array()
        .unwrap()
        .iter()
        .map(Json::is_null)
        .collect();
    // What names an area that could not be made is wrong with it.
    assert_eq!(wrong, [true, false, false, true], "{judged}");
    let (status, refused) = served
        .ask(Method::PATCH, PATH, Some(wishes("nowhere")))
        .await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (404, &json!("unknown_floor")),
        "{refused}"
    );
    let (status, _) = served.ask(Method::GET, "/api/floors/upper", None).await;
    assert_eq!(status.as_u16(), 404, "nothing of it was done");

    let judged = send(&served, Method::POST, &check, wishes("upper")).await;
    assert_eq!(
        (&judged["right"], &judged["would"]["added"]),
        (&json!(true), &json!(["den-at-dusk"])),
        "{judged}"
    );
    assert_eq!(judged["scenarios"][0]["problems"], json!([]), "{judged}");
    let done = send(&served, Method::PATCH, PATH, wishes("upper")).await;
    assert_eq!(done["added"], json!(["den-at-dusk"]));
    assert_eq!(
        served.get("/api/devices/hall_lamp").await["area"]["slug"],
        "den"
    );
    assert!(named(&served.get("/api/people").await["people"], "Nora").is_some());
    // Again, and the first of them is there already: none is made.
    let (status, refused) = served.ask(Method::PATCH, PATH, Some(wishes("upper"))).await;
    assert_eq!(refused["error"]["code"], "slug_taken", "{status} {refused}");
    for body in [
        json!({"edits": [{"section": "floors", "fields": {"level": 1}}]}),
        json!({"edits": [{"section": "devices", "fields": {"name": "x"}}]}),
        json!({"edits": [{"section": "cellars", "fields": {}}]}),
        json!({"edits": [{"section": "areas", "name": "den", "fields": {"colour": "red"}}]}),
    ] {
        let (status, refused) = served.ask(Method::PATCH, PATH, Some(body)).await;
        assert_eq!(
            (status.as_u16(), &refused["error"]["code"]),
            (422, &json!("invalid_body")),
            "{refused}"
        );
    }
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
