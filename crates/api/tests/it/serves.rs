//! What works for rooms in which it does not stand: told, shown, asked for, and done.

use crate::support::{Served, announcement, served};
use model::{DeviceKind, Instance, Reading, ReportBody, capability};
use reqwest::Method;
use serde_json::{Value as Json, json};

async fn say(served: &Served, message: &str, before: Option<&Json>) -> Json {
    let mut body = json!({"message": message});
    if let Some(before) = before {
        body["conversation_id"] = before["conversation_id"].clone();
    }
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn said(answer: &Json) -> &str {
    answer["response"].as_str().unwrap()
}

/// A furnace in the cellar, and three rooms without heating of their own.
async fn with_furnace() -> Served {
    let served = served().await;
    for room in ["Cellar", "Bedroom", "Office", "Gallery"] {
        let (status, made) = served
            .ask(Method::POST, "/api/areas", Some(json!({"name": room})))
            .await;
        assert_eq!(status, 201, "{made}");
    }
    let parts = [
        "local_temperature",
        "heating_setpoint",
        "system_mode",
        "running_state",
    ];
    let mut furnace = announcement(
        "furnace",
        "Furnace",
        DeviceKind::Thermostat,
        vec![Instance::of(&capability::THERMOSTAT, parts)],
    );
    furnace.area = Some("Cellar".into());
    served.says(ReportBody::Announced(Box::new(furnace))).await;
    served
        .says(ReportBody::Values {
            native_id: "furnace".into(),
            readings: [("heating_setpoint", 20.0), ("local_temperature", 18.0)]
                .map(|(name, value)| {
                    let path = format!("Thermostat.{name}").parse().unwrap();
                    Reading::new(path, model::Value::from(value))
                })
                .into(),
        })
        .await;
    served
        .until(|snapshot| {
            snapshot.device("furnace").is_some_and(|twin| {
                twin.value("Thermostat.heating_setpoint".parse().unwrap())
                    .is_some()
            })
        })
        .await;
    served
}

#[tokio::test]
async fn rooms_that_are_served_are_edited_and_checked() {
    let served = with_furnace().await;
    let path = "/api/devices/furnace";
    let edit = async |body: Json| served.ask(Method::PATCH, path, Some(body)).await;
    let (status, furnace) = edit(json!({"serves": ["bedroom", "office", "bedroom"]})).await;
    assert_eq!(status, 200, "{furnace}");
    let slugs = |device: &Json| -> Vec<String> {
        let serves = device["serves"].as_array().unwrap().iter();
        serves
            .map(|area| area["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(slugs(&furnace), ["bedroom", "office"]);
    assert_eq!(furnace["area"]["slug"], "cellar");
    let (status, refused) = edit(json!({"serves": ["moon"]})).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (404, &json!("unknown_area"))
    );
    let (status, refused) = edit(json!({"serves": null})).await;
    assert_eq!(status, 422, "{refused}");
    // A room that is gone is served by nobody; the rest stays.
    served.ask(Method::DELETE, "/api/areas/office", None).await;
    assert_eq!(slugs(&served.get(path).await), ["bedroom"]);
    let (_, furnace) = edit(json!({"serves": []})).await;
    assert_eq!(slugs(&furnace), Vec::<String>::new());
    served.end().await;
}

#[tokio::test]
async fn a_room_is_made_warmer_by_what_serves_it() {
    let served = with_furnace().await;
    let told = say(&served, "make the bedroom warmer", None).await;
    assert_eq!(told["actions"], json!([]), "{told}");
    let told = say(&served, "which rooms does the furnace heat?", None).await;
    let none = "Nobody has told me of rooms that Furnace serves; it stands in Cellar.";
    assert_eq!(said(&told), none);
    let told = say(&served, "turn on the hall lamp", None).await;
    assert!(!said(&told).contains("changes"), "{told}");

    let told = say(
        &served,
        "The furnace heats the bedroom and the office",
        None,
    )
    .await;
    assert_eq!(
        said(&told),
        "I keep that: Furnace serves Bedroom and Office."
    );
    let told = say(&served, "which rooms does the furnace heat?", None).await;
    assert_eq!(said(&told), "Furnace serves Bedroom and Office.");
    let told = say(&served, "what heats the bedroom?", None).await;
    assert_eq!(said(&told), "Furnace serves Bedroom. It serves Office too.");

    for (message, target) in [
        ("make the bedroom warmer", 21.0),
        ("set the bedroom to 22", 22.0),
        ("it's too cold in the bedroom", 23.0),
    ] {
        let mut told = say(&served, message, None).await;
        if told["actions"][0]["outcome"] == "unconfirmed" {
            told = say(&served, "yes", Some(&told)).await;
        }
        let act = &told["actions"][0];
        assert_eq!(
            (&act["slug"], act["args"]["temperature"].as_f64()),
            (&json!("furnace"), Some(target)),
            "{message}: {told}"
        );
    }
    let told = say(&served, "set the bedroom to 21 degrees", None).await;
    assert!(said(&told).ends_with("That changes Office too."), "{told}");
    // What serves no room is no heating of it.
    let told = say(&served, "set the gallery to 21 degrees", None).await;
    assert_eq!(told["actions"], json!([]), "{told}");
    served.end().await;
}

#[tokio::test]
async fn what_is_unusual_is_asked_again_and_what_is_unknown_is_not_kept() {
    let served = with_furnace().await;
    let asked = say(&served, "the hall lamp heats the bedroom", None).await;
    assert_eq!(said(&asked), "Shall I keep that Hall lamp serves Bedroom?");
    let lamp = async || served.get("/api/devices/hall_lamp").await["serves"].clone();
    assert_eq!(lamp().await, json!([]));
    let no = say(&served, "no", Some(&asked)).await;
    assert_eq!(lamp().await, json!([]), "{no}");
    let asked = say(&served, "the hall lamp heats the bedroom", None).await;
    say(&served, "yes", Some(&asked)).await;
    assert_eq!(lamp().await[0]["slug"], "bedroom");
    for message in [
        "the sun heats the bedroom",
        "the furnace heats the moon",
        "does the furnace heat the gallery?",
        "the furnace does not heat the gallery",
    ] {
        say(&served, message, None).await;
    }
    let furnace = served.get("/api/devices/furnace").await;
    assert_eq!(furnace["serves"], json!([]));
    served.end().await;
}
