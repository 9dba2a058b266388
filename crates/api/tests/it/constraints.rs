//! Safety constraints over the API: listed, edited, disabled, reset, refusing.

use crate::live::{Client, kind};
use crate::support::{Served, served};
use reqwest::Method;
use serde_json::{Value, json};

const LIST: &str = "/api/automation/constraints";

async fn put(house: &Served, slug: &str, body: Value) -> (u16, Value) {
    let path = format!("{LIST}/{slug}");
    let (status, body) = house.ask(Method::PUT, &path, Some(body)).await;
    (status.as_u16(), body)
}

async fn heat(house: &Served, degrees: f64) -> (u16, Value) {
    let command = json!({"capability": "Thermostat", "command": "set_heating_setpoint",
        "args": {"temperature": degrees}});
    let path = "/api/devices/main_thermostat/commands";
    let (status, body) = house.ask(Method::POST, path, Some(command)).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn what_comes_with_the_house_is_listed_with_its_hazards() {
    let house = served().await;
    let list = house.get(LIST).await;
    let list = list["constraints"].as_array().unwrap();
    assert_eq!(list.len(), model::shipped_constraints().len());
    for constraint in list {
        for text in ["slug", "name", "statement", "hazard"] {
            assert!(
                constraint[text].as_str().is_some_and(|it| !it.is_empty()),
                "{constraint}"
            );
        }
        assert_eq!(constraint["shipped"], true);
        assert_eq!(constraint["edited"], false);
        assert_eq!(constraint["last_refusals"], json!([]));
    }
    let heating = house.get(&format!("{LIST}/heating_bounds")).await;
    assert_eq!(
        heating["statement"],
        "No heating is set below 5 °C or above 28 °C."
    );
    assert_eq!(heating["guards"], 1);
    assert_eq!(
        heating["parameters"][1],
        json!({"name": "max", "label": "At most", "value": 28.0, "unit": "°C", "from": 0.0, "to": 50.0,
            "whole": false, "optional": true})
    );
    let valve = house.get(&format!("{LIST}/valve_leak")).await;
    assert_eq!(
        valve["problems"],
        json!([
            "nothing in this house is guarded by it",
            "there is no leak sensor that it could look at"
        ])
    );
    house.end().await;
}

#[tokio::test]
async fn an_edit_counts_at_once_and_a_reset_brings_it_back() {
    let house = served().await;
    let (status, edited) = put(&house, "heating_bounds", json!({"parameters": {"max": 24}})).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["edited"], true);
    assert_eq!(
        edited["statement"],
        "No heating is set below 5 °C or above 24 °C."
    );
    let (status, refused) = heat(&house, 25.0).await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(refused["error"]["code"], "constrained");
    assert_eq!(refused["error"]["constraint"], "heating_bounds");
    assert_eq!(refused["error"]["expected"], "at most 24 °C");
    let message = refused["error"]["message"].as_str().unwrap();
    for words in ["25 °C", "Heating within bounds", "Pipes freeze"] {
        assert!(message.contains(words), "{message}");
    }
    let there = house.get(&format!("{LIST}/heating_bounds")).await;
    let last = &there["last_refusals"][0];
    assert_eq!(last["reason"], message);
    assert_eq!(last["device"]["slug"], "main_thermostat");
    assert_eq!(last["who"], "the operator");

    let (status, _) = put(&house, "heating_bounds", json!({"enabled": false})).await;
    assert_eq!(status, 200);
    assert_eq!(heat(&house, 25.0).await.0, 202);
    let (status, back) = put(&house, "heating_bounds", json!({"reset": true})).await;
    assert_eq!(status, 200, "{back}");
    assert_eq!(
        (&back["enabled"], &back["edited"]),
        (&json!(true), &json!(false))
    );
    let kept = house.store.load().await.unwrap();
    assert_eq!(kept.constraints, [], "as it came, there is nothing to keep");
    house.end().await;
}

#[tokio::test]
async fn the_household_adds_its_own() {
    let house = served().await;
    let nursery = json!({
        "name": "Nursery not too warm",
        "statement": "The nursery is never heated above {max}.",
        "hazard": "A baby sleeps there.",
        "scope": {"devices": ["main_thermostat"]},
        "form": {"kind": "bounds", "property": "Thermostat.heating_setpoint", "max": 21},
    });
    let (status, added) = house.ask(Method::POST, LIST, Some(nursery)).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["slug"], "nursery_not_too_warm");
    assert_eq!(added["shipped"], false);
    assert_eq!(
        added["statement"],
        "The nursery is never heated above 21 °C."
    );
    assert_eq!(added["scope"]["devices"][0]["slug"], "main_thermostat");
    let (_, refused) = heat(&house, 22.0).await;
    assert_eq!(refused["error"]["constraint"], "nursery_not_too_warm");
    let kept = house.store.load().await.unwrap();
    assert_eq!(kept.constraints.len(), 1);
    assert_eq!(kept.constraints[0].slug.as_str(), "nursery_not_too_warm");

    let path = format!("{LIST}/nursery_not_too_warm");
    let (status, _) = house.ask(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    assert_eq!(heat(&house, 22.0).await.0, 202);
    assert_eq!(house.store.load().await.unwrap().constraints, []);
    house.end().await;
}

#[tokio::test]
async fn the_live_stream_tells_of_edits_and_refusals() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    let snapshot = client.next().await.unwrap();
    assert_eq!(
        snapshot["constraints"],
        house.get(LIST).await["constraints"]
    );
    put(&house, "heating_bounds", json!({"parameters": {"max": 24}})).await;
    let (change, _) = client.change(kind("constraint")).await;
    assert_eq!(change["constraint"]["parameters"][1]["value"], 24.0);
    heat(&house, 25.0).await;
    let refused = |change: &Value| change["constraint"]["last_refusals"][0]["reason"].is_string();
    client.change(refused).await;
    put(&house, "cooling_bounds", json!({"name": "Not too cold"})).await;
    let told = |change: &Value| change["event"]["kind"] == "constraint_changed";
    let (event, _) = client.change(told).await;
    let text = event["event"]["text"].as_str().unwrap();
    assert!(text.contains("Not too cold"), "{text}");
    assert!(text.contains("the operator"), "{text}");
    house.end().await;
}

#[tokio::test]
async fn why_tells_what_was_refused() {
    let house = served().await;
    assert_eq!(heat(&house, 20.0).await.0, 202);
    let path = "/api/why?device=main_thermostat&property=Thermostat.heating_setpoint";
    house
        .until(|snapshot| {
            let twin = snapshot.device("main_thermostat").unwrap();
            let path = "Thermostat.heating_setpoint".parse().unwrap();
            twin.value(path).is_some()
        })
        .await;
    assert_eq!(house.get(path).await["refused"], json!([]));
    put(&house, "heating_bounds", json!({"parameters": {"max": 24}})).await;
    heat(&house, 25.0).await;
    // The stream that `why` also looks at is a moment behind.
    let why = loop {
        let why = house.get(path).await;
        if why["refused"] != json!([]) {
            break why;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(why["refused"][0]["data"]["constraint"], "heating_bounds");
    let sentence = why["sentence"].as_str().unwrap();
    assert!(sentence.contains("Heating within bounds"), "{sentence}");
    house.end().await;
}

#[tokio::test]
async fn refusals_are_counted_by_constraint() {
    let house = served().await;
    let count = |text: &str| -> f64 {
        let mut lines = text.lines();
        let series = "consciousness_constraint_refusals_total{constraint=\"heating_bounds\"}";
        let line = lines.find(|line| line.starts_with(series)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let scrape = async || {
        let answer = house.client.get(house.url("/metrics")).send().await;
        answer.unwrap().text().await.unwrap()
    };
    let before = count(&scrape().await);
    put(&house, "heating_bounds", json!({"parameters": {"max": 24}})).await;
    heat(&house, 25.0).await;
    assert!(count(&scrape().await) > before);
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_right_is_said() {
    let house = served().await;
    let own = |changes: Value| {
        let mut body = json!({"name": "Own", "statement": "Never.", "hazard": "Harm.",
            "form": {"kind": "starts_per_hour", "most": 4}});
        for (field, value) in changes.as_object().unwrap() {
            body[field] = value.clone();
        }
        body
    };
    let form = |form: Value| own(json!({ "form": form }));
    let heating = "heating_bounds";
    for (method, slug, body, status, code) in [
        ("POST", "", json!({}), 422, "invalid_body"),
        ("POST", "", json!({"name": "x"}), 422, "invalid_body"),
        ("POST", "", json!([]), 422, "invalid_body"),
        ("POST", "", own(json!({"nmae": "x"})), 422, "invalid_body"),
        ("POST", "", own(json!({"name": ""})), 422, "invalid_value"),
        (
            "POST",
            "",
            own(json!({"name": "x".repeat(121)})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"name": "a\nb"})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"statement": "{x}"})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"slug": "Not A Slug"})),
            422,
            "invalid_body",
        ),
        ("POST", "", own(json!({"slug": heating})), 409, "slug_taken"),
        (
            "POST",
            "",
            own(json!({"unknown": "maybe"})),
            422,
            "invalid_body",
        ),
        ("POST", "", own(json!({"reset": true})), 422, "invalid_body"),
        (
            "POST",
            "",
            own(json!({"enabled": "yes"})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"rooms": ["x"]}})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"kinds": ["spaceship"]}})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"capability": "Teleport"}})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"capability": "DoorLock"}})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"devices": ["nobody"]}})),
            404,
            "unknown_device",
        ),
        (
            "POST",
            "",
            own(json!({"scope": {"areas": ["nowhere"]}})),
            404,
            "unknown_area",
        ),
        (
            "POST",
            "",
            own(json!({"parameters": {"most": 0}})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"parameters": {"most": null}})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            own(json!({"parameters": {"most": "few"}})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            own(json!({"parameters": {"least": 1}})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "explodes"})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "starts_per_hour"})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "starts_per_hour", "most": 4, "least": 1})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "bounds", "property": "Thermostat", "max": 4})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "bounds", "property": "OnOff.on_off", "max": 4})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "bounds", "property": "Thermostat.heating_setpoint"})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(
                json!({"kind": "bounds", "property": "Thermostat.heating_setpoint", "min": 9, "max": 8}),
            ),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "closes_while_obstructed"})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "closes_while_obstructed", "sensors": ["nobody"]})),
            404,
            "unknown_device",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "closes_while_obstructed", "same_area": ["smoke"]})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "opens_while_leaking", "place": "moon"})),
            422,
            "invalid_body",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "load_above", "limit": -1, "unit": "ampere"})),
            422,
            "invalid_value",
        ),
        (
            "POST",
            "",
            form(json!({"kind": "load_above", "limit": 25, "unit": "ampere", "phases": 1.5})),
            422,
            "invalid_value",
        ),
        (
            "PUT",
            "nothing",
            json!({"enabled": false}),
            404,
            "unknown_constraint",
        ),
        (
            "PUT",
            heating,
            json!({"slug": "other"}),
            422,
            "invalid_body",
        ),
        (
            "PUT",
            heating,
            json!({"reset": true, "enabled": true}),
            422,
            "invalid_body",
        ),
        (
            "PUT",
            heating,
            json!({"parameters": {"max": 500}}),
            422,
            "invalid_value",
        ),
        ("DELETE", heating, json!(null), 409, "shipped_constraint"),
        ("DELETE", "nothing", json!(null), 404, "unknown_constraint"),
    ] {
        let path = match slug {
            "" => LIST.to_owned(),
            slug => format!("{LIST}/{slug}"),
        };
        let method: Method = method.parse().unwrap();
        let (found, answer) = house.ask(method, &path, Some(body.clone())).await;
        assert_eq!(found, status, "{path} {body}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{path} {body}: {answer}");
        for words in ["message", "action"] {
            let text = answer["error"][words].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{answer}");
        }
    }
    assert_eq!(house.store.load().await.unwrap().constraints, []);
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_refuses_in_the_same_words_as_life() {
    let house = served().await;
    put(&house, "heating_bounds", json!({"parameters": {"max": 24}})).await;
    let scenario = json!({"name": "Sauna", "steps": [
        {"action": "set_temperature", "device": "main_thermostat", "value": 27}]});
    let (status, added) = house
        .ask(Method::POST, "/api/scenarios", Some(scenario))
        .await;
    assert_eq!(status, 201, "{added}");
    let rehearse = "/api/scenarios/sauna/rehearse";
    let (status, dreamt) = house.ask(Method::POST, rehearse, Some(json!({}))).await;
    assert_eq!(status, 200, "{dreamt}");
    let there = house.get(&format!("{LIST}/heating_bounds")).await;
    assert_eq!(there["last_refusals"], json!([]), "a rehearsal is no news");

    let run = "/api/scenarios/sauna/run";
    let (status, _) = house.ask(Method::POST, run, Some(json!({}))).await;
    assert_eq!(status, 202);
    let refused = loop {
        let there = house.get(&format!("{LIST}/heating_bounds")).await;
        if let Some(refused) = there["last_refusals"].get(0) {
            break refused.clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(refused["who"], "the scenario “Sauna”");
    assert_eq!(dreamt["refusals"][0]["text"], refused["reason"], "{dreamt}");
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.contains("Heating within bounds"), "{reason}");
    house.end().await;
}

/// The lines of the guide are run as they stand.
#[tokio::test]
async fn the_curl_lines_of_the_guide_work() {
    let house = served().await;
    let page = include_str!("../../../../docs/guide/safety.md");
    let mut tried = 0;
    for line in page.lines().filter(|line| line.starts_with("curl ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let method = match words[1] {
            "-X" => words[2],
            _ => "GET",
        };
        let (_, after) = line.split_once("http://localhost:8000").unwrap();
        let path = after.split(' ').next().unwrap();
        let body = line.split_once("-d '").map(|(_, body)| {
            let body = body.strip_suffix('\'').unwrap();
            serde_json::from_str(body).unwrap()
        });
        let (status, answer) = house.ask(method.parse().unwrap(), path, body).await;
        assert!(status.is_success(), "{line}: {answer}");
        tried += 1;
    }
    assert_eq!(tried, 10);
    house.end().await;
}
