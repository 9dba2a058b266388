//! How the house is, over the API: it senses, thinks, is concerned, listens to people, and explains itself.

use crate::support::{Served, served};
use model::{Announcement, Connectivity, DeviceKind, Instance, ReportBody, capability};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use store::{KeptForecast, KeptPrediction, Record};

/// Waits until a path answers so.
async fn until(served: &Served, path: &str, so: impl Fn(&Value) -> bool) -> Value {
    let looking = async {
        loop {
            let answer = served.get(path).await;
            if so(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let looked = tokio::time::timeout(Duration::from_secs(60), looking).await;
    looked.unwrap_or_else(|_| panic!("{path} never came to what was expected"))
}

async fn said(served: &Served, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = served.ask(Method::POST, path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// A leak sensor comes, and feels water.
async fn leak(served: &Served) {
    let announced = Announcement {
        native_id: "hall_leak".into(),
        name: "Hall leak sensor".into(),
        slug: Some("hall_leak".into()),
        kind: DeviceKind::Leak,
        manufacturer: None,
        model: None,
        via: None,
        area: None,
        capabilities: vec![Instance::full(&capability::WATER_LEAK)],
        adopt: true,
        manual: None,
    };
    served
        .says(ReportBody::Announced(Box::new(announced)))
        .await;
    served.reports("hall_leak", "WaterLeak.leak", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_add_up_and_lead_to_rows() {
    let served = served().await;
    let turned = said(&served, "/api/safla/trigger", None).await;
    let names: Vec<&str> = turned["stages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|stage| stage["name"].as_str())
        .collect();
    assert_eq!(names, ["sense", "analyze", "feedback", "learn", "act"]);
    let again = said(&served, "/api/safla/trigger", None).await;
    assert!(again["turns"].as_u64() > turned["turns"].as_u64());
    assert_eq!(again["trigger"], "request");

    let status = served.get("/api/consciousness/status").await;
    let reasons = status["reasons"].as_array().unwrap();
    let added: f64 = reasons
        .iter()
        .filter_map(|reason| reason["contribution"].as_f64())
        .sum();
    let valence = status["valence"].as_f64().unwrap();
    assert!(
        (added - (valence - status["baseline"].as_f64().unwrap())).abs() < 1e-9,
        "{status}"
    );
    assert!(!reasons.is_empty(), "{status}");
    for reason in reasons {
        for row in reason["evidence"].as_array().unwrap() {
            let link = row["link"].as_str().unwrap();
            served.get(link).await;
        }
    }
    let emotions = served.get("/api/consciousness/emotions").await;
    assert!(
        emotions["emotions"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn water_is_a_concern_that_people_answer_and_that_ends_when_it_is_dry() {
    let served = served().await;
    leak(&served).await;
    let open = until(&served, "/api/concerns", |all| {
        all["concerns"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["kind"] == "leak"))
    })
    .await;
    let concern = open["concerns"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "leak")
        .unwrap();
    assert_eq!(
        (&concern["urgency"], &concern["state"]),
        (&json!("critical"), &json!("open"))
    );
    assert_eq!(concern["evidence"][0]["property"], "WaterLeak.leak");
    let status = served.get("/api/consciousness/status").await;
    assert!(
        ["worried", "stressed", "pain"].contains(&status["feeling"].as_str().unwrap()),
        "{status}"
    );
    assert!(status["reasons"].to_string().contains("danger"), "{status}");

    let id = concern["id"].as_str().unwrap();
    let known = said(&served, &format!("/api/concerns/{id}/known"), None).await;
    assert_eq!(known["state"], "known");
    let status = served.get("/api/consciousness/status").await;
    assert_eq!(
        status["concerns"],
        json!([]),
        "what is known waits for nobody"
    );
    let path = format!("/api/concerns/{id}/snooze");
    let snoozed = said(&served, &path, Some(json!({ "minutes": 30 }))).await;
    assert_eq!(snoozed["state"], "snoozed");
    let noted = json!({ "text": "plumber called" });
    let noted = said(&served, &format!("/api/concerns/{id}/note"), Some(noted)).await;
    assert_eq!(
        (&noted["state"], &noted["notes"][0]["text"]),
        (&json!("known"), &json!("plumber called"))
    );
    let open = said(&served, &format!("/api/concerns/{id}/reopen"), None).await;
    assert_eq!(open["state"], "open");
    let done = said(&served, &format!("/api/concerns/{id}/done"), None).await;
    assert_eq!(
        (&done["state"], &done["how"]),
        (&json!("ended"), &json!("done"))
    );
    let (status, answer) = served
        .ask(Method::POST, &path, Some(json!({ "minutes": 30 })))
        .await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (404, &json!("unknown_concern"))
    );
    let ended = until(&served, "/api/concerns?ended=true", |all| {
        all["concerns"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    })
    .await;
    assert_eq!(ended["concerns"][0]["how"], "done");
    assert_eq!(ended["concerns"][0]["notes"][0]["text"], "plumber called");
    assert_eq!(
        ended["concerns"][0]["evidence"][0]["property"], "WaterLeak.leak",
        "what was behind it can still be looked at"
    );
    let events = until(
        &served,
        "/api/events?kind=concern_raised,concern_ended",
        |all| all["events"].as_array().is_some_and(|all| all.len() >= 2),
    )
    .await;
    assert!(
        events["events"][0]["text"]
            .as_str()
            .unwrap()
            .contains("no longer concerned")
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_takes_up_what_was_known() {
    let served = served().await;
    leak(&served).await;
    let open = until(&served, "/api/concerns", |all| {
        all["concerns"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    })
    .await;
    let id = open["concerns"][0]["id"].as_str().unwrap().to_owned();
    said(&served, &format!("/api/concerns/{id}/known"), None).await;
    let restarted = said(&served, "/api/consciousness/restart", None).await;
    assert_eq!(restarted["stages"].as_array().map(Vec::len), Some(5));
    let after = served.get("/api/concerns").await;
    assert_eq!(
        (&after["concerns"][0]["id"], &after["concerns"][0]["state"]),
        (&json!(id), &json!("known")),
        "{after}"
    );
    assert_eq!(
        after["concerns"][0]["evidence"][0]["property"], "WaterLeak.leak",
        "{after}"
    );
    until(&served, "/api/safla/status", |status| {
        status["restarts"] == 1
    })
    .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_expect_yet_is_not_expected() {
    let served = served().await;
    let predictions = served.get("/api/predictions?model=energy_day").await;
    assert_eq!(predictions["predictions"], json!([]));
    let accuracy = served.get("/api/predictions/accuracy").await;
    let models = accuracy["models"].as_array().unwrap();
    assert_eq!(models.len(), 3);
    for model in models {
        assert_eq!(
            (&model["enough"], &model["error"]),
            (&json!(false), &Value::Null)
        );
    }
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreseen_is_one_list_with_one_measure() {
    let served = served().await;
    let now = served.handle.clock().now().house;
    let hours = |count| now + jiff::SignedDuration::from_hours(count);
    let snapshot = served.handle.snapshot();
    let device = snapshot.devices.values().next().unwrap().device.clone();
    let figure = |from: i64, actual: Option<f64>| KeptForecast {
        model: "energy_day".into(),
        device: device.id,
        path: "ElectricalEnergyMeasurement.energy_imported"
            .parse()
            .unwrap(),
        made: hours(from - 1),
        from: hours(from),
        due: hours(from + 24),
        value: 4.5,
        plain: Some(4.0),
        basis: 14,
        actual,
        scored: actual.map(|_| hours(from + 24)),
    };
    let happening = |from: i64, outcome: Option<&str>| KeptPrediction {
        model: "routines".into(),
        subject: "lamp on workday".into(),
        claim: json!({"device": device.id.to_string()}),
        chance: 0.8,
        made: hours(from - 1),
        from: hours(from),
        until: hours(from + 1),
        outcome: outcome.map(str::to_owned),
        scored: outcome.map(|_| hours(from + 1)),
    };
    let records = vec![
        Record::Forecast(Box::new(figure(-48, Some(5.0)))),
        Record::Forecast(Box::new(figure(-2, None))),
        Record::Prediction(Box::new(happening(-40, Some("hit")))),
        Record::Prediction(Box::new(happening(-20, Some("unknown")))),
        Record::Prediction(Box::new(happening(2, None))),
    ];
    served.store.keep(records).await.unwrap();

    // The latest due first, whichever it is.
    let all = served.get("/api/predictions").await;
    let shown: Vec<_> = all["predictions"].as_array().unwrap().iter().collect();
    let what: Vec<_> = shown
        .iter()
        .map(|one| (&one["model"], &one["outcome"], &one["actual"]))
        .collect();
    let (energy, routines) = (&json!("energy_day"), &json!("routines"));
    assert_eq!(
        what,
        [
            (energy, &Value::Null, &Value::Null),
            (routines, &Value::Null, &Value::Null),
            (routines, &json!("unknown"), &Value::Null),
            (energy, &Value::Null, &json!(5.0)),
            (routines, &json!("hit"), &Value::Null),
        ]
    );
    assert_eq!(shown[0]["device"], device.slug.to_string());
    assert_eq!(
        (
            &shown[1]["chance"],
            &shown[1]["subject"],
            &shown[1]["value"]
        ),
        (&json!(0.8), &json!("lamp on workday"), &Value::Null)
    );
    for (query, count) in [
        ("model=routines", 3),
        ("model=energy_day", 2),
        ("limit=2", 2),
    ] {
        let some = served.get(&format!("/api/predictions?{query}")).await;
        let some = some["predictions"].as_array().unwrap().len();
        assert_eq!(some, count, "{query}");
    }
    let of = format!("/api/predictions?device={}", device.slug);
    let of = served.get(&of).await["predictions"].clone();
    assert_eq!(of.as_array().unwrap().len(), 2, "{of}");

    let accuracy = served.get("/api/predictions/accuracy").await;
    let model = |name: &str| {
        let models = accuracy["models"].as_array().unwrap();
        models
            .iter()
            .find(|model| model["model"] == name)
            .unwrap()
            .clone()
    };
    let figures = model("energy_day");
    assert_eq!(
        (
            &figures["foresees"],
            &figures["scored"],
            &figures["error"],
            &figures["plain_error"],
        ),
        (&json!("figure"), &json!(1), &json!(0.5), &json!(1.0))
    );
    let happenings = model("routines");
    assert_eq!(
        (
            &happenings["foresees"],
            &happenings["scored"],
            &happenings["unknown"],
            &happenings["pending"],
            &happenings["accuracy"],
        ),
        (
            &json!("happening"),
            &json!(1),
            &json!(1),
            &json!(1),
            &Value::Null
        ),
        "one says nothing yet"
    );
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_goes_away_is_felt_at_once_and_forgiven_slowly() {
    let served = served().await;
    said(&served, "/api/safla/trigger", None).await;
    let away = |connectivity| ReportBody::Connectivity {
        native_id: "lamp".into(),
        connectivity,
        reason: None,
    };
    served.says(away(Connectivity::Online)).await;
    served.says(away(Connectivity::Offline)).await;
    let status = until(&served, "/api/consciousness/status", |status| {
        status["reasons"].to_string().contains("devices_silent")
    })
    .await;
    assert!(
        status["reasons"].to_string().contains("connectivity"),
        "{status}"
    );
    served.says(away(Connectivity::Online)).await;
    let turned = served.get("/api/safla/status").await["turns"].as_u64();
    until(&served, "/api/safla/status", |status| {
        status["turns"].as_u64() > turned
    })
    .await;
    let status = served.get("/api/consciousness/status").await;
    let reasons = status["reasons"].as_array().unwrap();
    let silent = reasons
        .iter()
        .find(|reason| reason["factor"] == "devices_silent")
        .expect("trust comes back slowly");
    let text = silent["text"].as_str().unwrap();
    assert!(
        text.ends_with(" was silent lately, and answers again"),
        "{text}"
    );
    served.end().await;
}
