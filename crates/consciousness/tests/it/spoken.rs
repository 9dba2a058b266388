//! What a household says to a house that lives, and must not be misunderstood.

use crate::support::{Server, house};
use reqwest::Method;
use serde_json::{Value, json};

/// Says sentences in one conversation; the last answer.
async fn say(server: &Server, sentences: &[&str]) -> Value {
    let mut answer = Value::Null;
    for message in sentences {
        let mut body = json!({"message": message});
        if let Some(thread) = answer["conversation_id"].as_str() {
            body["conversation_id"] = json!(thread);
        }
        let (status, said) = server.send(Method::POST, "/api/chat", &body).await;
        assert_eq!(status, 200, "{said}");
        answer = said;
    }
    answer
}

fn response(answer: &Value) -> &str {
    answer["response"].as_str().unwrap()
}

/// What a device last reported of a property.
fn reported(device: &Value, path: &str) -> Value {
    let capabilities = device["capabilities"].as_array().into_iter().flatten();
    let mut properties =
        capabilities.flat_map(|one| one["properties"].as_array().into_iter().flatten());
    let property = properties.find(|one| one["path"] == path);
    property.map_or(Value::Null, |one| one["reported"]["value"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_is_done_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    let is_known = |answer: &Value| answer["capabilities"].is_array();
    for device in [
        "freezer",
        "car_charger",
        "oven",
        "home_battery",
        "main_thermostat",
    ] {
        server
            .until(&format!("/api/devices/{device}"), is_known)
            .await;
    }

    // Of all that were compared, “it” is the one that was named; what only reports is not switched.
    let most = say(&server, &["what uses the most energy right now?"]).await;
    let named = most["evidence"][0]["name"].as_str().unwrap().to_owned();
    let answer = say(
        &server,
        &["what uses the most energy right now?", "turn it off"],
    )
    .await;
    let actions = answer["actions"].as_array().unwrap();
    assert!(actions.len() <= 1, "{answer}");
    assert!(
        actions
            .iter()
            .all(|action| action["name"] == named.as_str()),
        "{named}: {answer}"
    );
    if actions.is_empty() {
        assert_eq!(answer["intent"]["name"], "unable", "{answer}");
        assert!(response(&answer).starts_with(&named), "{answer}");
    }

    // What cannot be done in a room is told with what could do it.
    let answer = say(&server, &["make it a bit warmer in the bedroom"]).await;
    assert_eq!(
        response(&answer),
        "Nothing in Bedroom can do that; Main thermostat could."
    );
    assert_eq!(answer["actions"], json!([]));

    // What is left out need not be there.
    let answer = say(&server, &["close all blinds except in the office"]).await;
    assert_eq!(answer["actions"].as_array().unwrap().len(), 2, "{answer}");

    // A battery that stores energy for the house is no battery to be changed.
    let answer = say(&server, &["are there any security concerns?"]).await;
    assert!(!response(&answer).contains("Home battery"), "{answer}");
    // What is usually wished is understood.
    let answer = say(&server, &["is the washing machine done?"]).await;
    assert!(response(&answer).starts_with("Washing machine"), "{answer}");
    let answer = say(&server, &["I'm cold", "yes"]).await;
    assert_eq!(answer["actions"][0]["name"], "Main thermostat", "{answer}");
    let answer = say(
        &server,
        &["when the last person leaves, turn off ben's lamp and the tv"],
    )
    .await;
    assert!(
        response(&answer).contains("turn off Ben's lamp and Television"),
        "{answer}"
    );

    // A scenario is taken back with all that it has changed.
    let is_lit = |answer: &Value| reported(answer, "OnOff.on_off") == json!(true);
    say(&server, &["turn on the kitchen light"]).await;
    server.until("/api/devices/kitchen_light", is_lit).await;
    let party = say(&server, &["party for 12"]).await;
    server.until("/api/devices/hall_light", is_lit).await;
    let thread = &party["conversation_id"];
    let is_cooler =
        |answer: &Value| reported(answer, "Thermostat.heating_setpoint").as_f64() == Some(19.0);
    server
        .until("/api/devices/main_thermostat", is_cooler)
        .await;
    // What a person has set since stays theirs.
    say(&server, &["set ben's lamp to 25 %"]).await;
    // Its dimmer has 254 steps.
    let level = |answer: &Value| reported(answer, "LevelControl.current_level").as_f64();
    let is_dim = |answer: &Value| level(answer).is_some_and(|level| (level - 25.0).abs() < 0.5);
    server.until("/api/devices/ben_light", is_dim).await;
    let body = json!({"message": "undo", "conversation_id": thread});
    let (_, undone) = server.send(Method::POST, "/api/chat", &body).await;
    assert!(
        response(&undone).contains("Bedroom light is off again"),
        "{undone}"
    );
    server
        .until("/api/devices/hall_light", |answer| !is_lit(answer))
        .await;
    server.until("/api/devices/kitchen_light", is_lit).await;
    let (_, lamp) = server.get("/api/devices/ben_light").await;
    assert!(is_lit(&lamp) && is_dim(&lamp), "{lamp}");

    // What it felt is what was kept.
    let is_kept = |answer: &Value| {
        answer["emotions"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    };
    let kept = server.until("/api/consciousness/emotions", is_kept).await;
    let answer = say(&server, &["how did you feel today?"]).await;
    assert_eq!(answer["intent"]["name"], "felt", "{answer}");
    let told = &answer["intent"]["slots"]["feeling"];
    let felt = kept["emotions"].as_array().unwrap();
    assert!(
        felt.iter().any(|one| one["feeling"] == *told),
        "{answer} {kept}"
    );

    // That a house was ended is no power cut.
    assert_eq!(server.end(), Some(0));
    let server = Server::start(
        folder.path(),
        &["serve", "--simulate", &house("family")],
        &[],
    );
    let (_, concerns) = server.get("/api/concerns").await;
    let all = concerns["concerns"].as_array().unwrap();
    assert!(
        all.iter().all(|concern| concern["kind"] != "power_cut"),
        "{concerns}"
    );
    assert_eq!(server.end(), Some(0));
}
