//! What the house begins to say by itself, and how it is answered.

use crate::support::{Served, announcement, served, served_that_feels};
use model::{Connectivity, DeviceKind, Instance, ReportBody, capability};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

async fn say(served: &Served, body: Json) -> Json {
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn until(served: &Served, path: &str, so: impl Fn(&Json) -> bool) -> Json {
    let asking = async {
        loop {
            let answer = served.get(path).await;
            if so(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(30), asking);
    asked.await.expect("it never became so")
}

async fn first(served: &Served) -> Json {
    let list = until(served, "/api/chat/openings", |list| {
        list["openings"][0].is_object()
    });
    list.await["openings"][0].clone()
}

/// Water on the floor, and a valve that could stop it.
async fn leak(served: &Served) {
    let valve = Instance::full(&capability::VALVE);
    let leak = Instance::full(&capability::WATER_LEAK);
    for (id, name, kind, can) in [
        ("valve", "Main water valve", DeviceKind::Valve, valve),
        ("leak", "Cellar leak sensor", DeviceKind::Leak, leak),
    ] {
        let it = announcement(id, name, kind, vec![can]);
        served.says(ReportBody::Announced(Box::new(it))).await;
        let online = ReportBody::Connectivity {
            native_id: id.into(),
            connectivity: Connectivity::Online,
            reason: None,
        };
        served.says(online).await;
    }
    served
        .reports("valve", "ValveConfigurationAndControl.open", true)
        .await;
    served.reports("leak", "WaterLeak.leak", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_presses_is_said_and_a_yes_does_it() {
    let served = served_that_feels().await;
    leak(&served).await;
    let opening = first(&served).await;
    assert_eq!(opening["about"], "concern", "{opening}");
    assert_eq!(opening["urgent"], true);
    let text = opening["text"].as_str().unwrap();
    assert!(
        text.contains("Cellar leak sensor feels water") && text.contains("Shall I close"),
        "{text}"
    );
    assert_eq!(opening["evidence"][0]["reference"], opening["concern"]);
    let events = until(&served, "/api/events?kind=opening_changed", |events| {
        events["events"][0].is_object()
    });
    let event = events.await["events"][0].clone();
    assert_eq!(
        event["data"]["conversation"], opening["conversation_id"],
        "{event}"
    );

    let id = opening["conversation_id"].clone();
    let answer = say(
        &served,
        json!({"message": "Yes, please", "conversation_id": id}),
    )
    .await;
    assert_eq!(answer["intent"]["name"], "opening.yes", "{answer}");
    assert_eq!(answer["actions"][0]["outcome"], "reached", "{answer}");
    let open = "ValveConfigurationAndControl.open".parse().unwrap();
    let snapshot = served.handle.snapshot();
    assert_eq!(
        snapshot.device("main_water_valve").unwrap().value(open),
        Some(&false.into())
    );
    // What the house said first stands first in the conversation.
    let path = format!("/api/conversations/{}", id.as_str().unwrap());
    let turns = served.get(&path).await;
    assert_eq!(turns["turns"][0]["response"], *text, "{turns}");
    assert_eq!(turns["turns"][0]["who"]["kind"], "house");
    assert_eq!(turns["turns"][1]["message"], "Yes, please");
    assert_eq!(
        served.get("/api/chat/openings").await,
        json!({"openings": []})
    );
    let all = served.get("/api/chat/openings?all=true").await;
    assert_eq!(all["openings"][0]["state"], "answered", "{all}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_now_and_leave_it_are_understood() {
    let served = served_that_feels().await;
    leak(&served).await;
    let opening = first(&served).await;
    let id = opening["conversation_id"].clone();
    let answer = say(
        &served,
        json!({"message": "remind me in an hour", "conversation_id": id}),
    )
    .await;
    assert_eq!(answer["intent"]["name"], "opening.later", "{answer}");
    let concern = opening["concern"].as_str().unwrap().to_owned();
    let state = |list: &Json, concern: &str| {
        list["concerns"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["id"] == concern)
            .map(|it| it["state"].clone())
    };
    let list = served.get("/api/concerns").await;
    assert_eq!(state(&list, &concern), Some(json!("snoozed")), "{list}");
    // In its conversation it can still be answered otherwise.
    let answer = say(
        &served,
        json!({"message": "Leave it", "conversation_id": id}),
    )
    .await;
    assert_eq!(answer["intent"]["name"], "opening.known", "{answer}");
    let list = served.get("/api/concerns").await;
    assert_eq!(state(&list, &concern), Some(json!("known")), "{list}");
    // Nothing was done.
    assert_eq!(served.handle.snapshot().wishes.len(), 0);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_a_rule_is_answered_in_free_words() {
    let served = served().await;
    let scenario = json!({"name": "Ask first", "then": [{"ask": "Shall I light the hall?",
        "yes": [{"do": "turn_on", "device": "hall_lamp"}], "no": []}]});
    let (status, added) = served
        .ask(Method::POST, "/api/scenarios", Some(scenario))
        .await;
    assert_eq!(status, 201, "{added}");
    let run = served.ask(
        Method::POST,
        "/api/scenarios/ask-first/run",
        Some(json!({})),
    );
    assert_eq!(run.await.0, 202);
    let opening = first(&served).await;
    assert_eq!(
        (&opening["about"], &opening["text"]),
        (&json!("question"), &json!("Shall I light the hall?"))
    );
    // A question in between is a question.
    let other = say(
        &served,
        json!({"message": "which lights are on?", "conversation_id": opening["conversation_id"]}),
    )
    .await;
    assert!(
        other["intent"]["name"]
            .as_str()
            .unwrap()
            .starts_with("question"),
        "{other}"
    );
    // A yes that waits for nothing else is the answer.
    let answer = say(&served, json!({"message": "yes"})).await;
    assert_eq!(answer["intent"]["name"], "opening.question", "{answer}");
    let on = "OnOff.on_off".parse().unwrap();
    served
        .until(|house| house.device("hall_lamp").unwrap().value(on) == Some(&true.into()))
        .await;
    assert_eq!(
        served.get("/api/automation/questions").await,
        json!({"questions": []})
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_belongs_to_what_was_asked_where_it_is_said() {
    let served = served_that_feels().await;
    leak(&served).await;
    first(&served).await;
    let (status, begun) = served
        .ask(Method::POST, "/api/interview/start", Some(json!({})))
        .await;
    assert_eq!(status, 200, "{begun}");
    let id = begun["conversation_id"].clone();
    let answer = say(&served, json!({"message": "yes", "conversation_id": id})).await;
    assert_eq!(answer["intent"]["name"], "interview", "{answer}");
    assert_eq!(served.handle.snapshot().wishes.len(), 0);
    // A word of company is no answer to it, and neither is one without a context that it could mean.
    for message in ["thank you", "never mind", "it's fine"] {
        let answer = say(&served, json!({"message": message})).await;
        let name = answer["intent"]["name"].as_str().unwrap();
        assert!(!name.starts_with("opening"), "{message}: {answer}");
    }
    assert_eq!(
        served.get("/api/chat/openings").await["openings"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_of_a_rule_is_answered_by_its_name() {
    let served = served().await;
    let scenario = json!({"name": "Ask which", "then": [{"ask": "Which light?",
        "choices": [{"name": "hall", "then": [{"do": "turn_on", "device": "hall_lamp"}]}, {"name": "none", "then": []}]}]});
    let (status, added) = served
        .ask(Method::POST, "/api/scenarios", Some(scenario))
        .await;
    assert_eq!(status, 201, "{added}");
    let run = served.ask(
        Method::POST,
        "/api/scenarios/ask-which/run",
        Some(json!({})),
    );
    assert_eq!(run.await.0, 202);
    let opening = first(&served).await;
    let choices = opening["choices"].as_array().unwrap();
    assert!(
        choices.contains(&json!("Hall")) && choices.contains(&json!("Not now")),
        "{opening}"
    );
    let id = opening["conversation_id"].clone();
    let answer = say(&served, json!({"message": "Hall", "conversation_id": id})).await;
    assert_eq!(answer["intent"]["name"], "opening.question", "{answer}");
    let on = "OnOff.on_off".parse().unwrap();
    served
        .until(|house| house.device("hall_lamp").unwrap().value(on) == Some(&true.into()))
        .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_on_the_page_is_over() {
    let served = served().await;
    let scenario = json!({"name": "Ask first", "then": [{"ask": "Shall I?", "yes": [], "no": []}]});
    served
        .ask(Method::POST, "/api/scenarios", Some(scenario))
        .await;
    let run = served.ask(
        Method::POST,
        "/api/scenarios/ask-first/run",
        Some(json!({})),
    );
    let run = run.await.1["run"].as_str().unwrap().to_owned();
    let opening = first(&served).await;
    let path = format!("/api/automation/runs/{run}/reply");
    let (status, _) = served
        .ask(Method::POST, &path, Some(json!({"answer": "no"})))
        .await;
    assert_eq!(status, 204);
    let all = until(&served, "/api/chat/openings?all=true", |all| {
        all["openings"][0]["state"] == "lapsed"
    });
    assert_eq!(
        all.await["openings"][0]["conversation_id"],
        opening["conversation_id"]
    );
    let answer = say(&served, json!({"message": "yes"})).await;
    assert_eq!(answer["intent"]["name"], "answer.yes", "{answer}");
    served.end().await;
}

/// A fault is noted, asked for, said to be fixed, and looked for again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_fault_is_noted_and_not_believed() {
    let served = served_that_feels().await;
    leak(&served).await;
    let opening = first(&served).await;
    let concern = opening["concern"].clone();
    let hear = |message: &'static str| say(&served, json!({ "message": message }));
    let of = |list: &Json| {
        let mut all = list["concerns"].as_array().unwrap().iter();
        all.find(|it| it["id"] == concern).cloned()
    };
    let asked = hear("is the cellar leak sensor fixed now?").await;
    let text = asked["response"].as_str().unwrap();
    assert_eq!(asked["intent"]["name"], "fault.asked", "{asked}");
    assert!(
        text.starts_with("Not yet") && text.contains("feels water"),
        "{text}"
    );

    let answer = hear("I called the plumber about the leak, they come on Friday").await;
    assert_eq!(answer["intent"]["name"], "fault.in_hand", "{answer}");
    assert_eq!(answer["actions"][0]["outcome"], "reached", "{answer}");
    let noted = of(&served.get("/api/concerns").await).unwrap();
    assert_eq!(noted["state"], "snoozed", "{noted}");
    let note = noted["notes"][0]["text"].as_str().unwrap();
    assert!(note.contains("I called the plumber"), "{noted}");
    assert!(noted["notes"][0]["expected"].is_string(), "{noted}");
    // Who comes to mend it is expected.
    let expected = hear("when does the plumber come?").await;
    assert!(expected.to_string().contains("plumber"), "{expected}");
    let asked = hear("is it fixed yet?").await;
    let text = asked["response"].as_str().unwrap();
    assert!(
        text.contains("I called the plumber") && text.contains("expected"),
        "{text}"
    );

    // Words are noted, and not believed.
    let answer = hear("the plumber fixed it").await;
    assert_eq!(answer["intent"]["name"], "fault.fixed", "{answer}");
    assert!(
        answer["response"].as_str().unwrap().contains("still so"),
        "{answer}"
    );
    let noted = of(&served.get("/api/concerns").await).unwrap();
    assert_eq!(noted["notes"].as_array().unwrap().len(), 2, "{noted}");

    served.end().await;
}

/// A doorbell, and one person of the house who is away.
async fn doorbell(served: &Served) {
    let can = vec![Instance::full(&capability::BUTTON)];
    let it = announcement("bell", "Front doorbell", DeviceKind::Button, can);
    served.says(ReportBody::Announced(Box::new(it))).await;
    let person = json!({ "name": "Anna", "presence": "away" });
    let (status, made) = served.ask(Method::POST, "/api/people", Some(person)).await;
    assert!(status.is_success(), "{made}");
    served
        .until(|house| house.device("front_doorbell").is_some())
        .await;
}

async fn ring(served: &Served) {
    let press = ReportBody::DeviceEvent {
        native_id: "bell".into(),
        endpoint: 0,
        capability: "Button".into(),
        event: "press".into(),
    };
    served.says(press).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_unexpected_to_an_empty_house_is_asked_about() {
    let served = served().await;
    doorbell(&served).await;
    ring(&served).await;
    let opening = first(&served).await;
    assert_eq!(opening["about"], "visit", "{opening}");
    let text = opening["text"].as_str().unwrap();
    assert!(
        text.contains("Somebody rang at Front doorbell") && text.contains("Do you know who"),
        "{text}"
    );
    assert!(
        opening["evidence"].to_string().contains("Front doorbell"),
        "{opening}"
    );
    let no = json!({ "message": "no", "conversation_id": opening["conversation_id"] });
    let answer = say(&served, no).await;
    assert_eq!(answer["intent"]["name"], "opening.visit", "{answer}");
    // It is remembered as what it was.
    let noted = say(&served, json!({ "message": "what do you remember?" })).await;
    assert!(
        noted["response"]
            .as_str()
            .unwrap()
            .contains("nobody was expected"),
        "{noted}"
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_of_is_expected() {
    let served = served_that_feels().await;
    doorbell(&served).await;
    let told = say(&served, json!({ "message": "my parents are coming today" })).await;
    assert_eq!(told["intent"]["name"], "context.guests", "{told}");
    ring(&served).await;
    // What comes after it is spoken of, and the visit is not.
    leak(&served).await;
    let opening = first(&served).await;
    assert_eq!(opening["about"], "concern", "{opening}");
    let all = served.get("/api/chat/openings?all=true").await;
    assert!(!all.to_string().contains("rang at"), "{all}");
    served.end().await;
}
