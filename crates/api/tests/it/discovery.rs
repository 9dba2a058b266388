//! Searches for devices, what they find, and what is told of it.

use crate::live::{Client, kind};
use crate::support::{DRIVER, Served, announcement, on_off, served};
use model::{About, Clue, DeviceKind, Fact, Identity, ReportBody, RequestId, Searched, Sighting};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::task::JoinHandle;

/// What mDNS sees of a printer.
fn printer() -> Sighting {
    let clue = |about, value: &str, weight, evidence: &str| Clue {
        about,
        value: value.into(),
        weight,
        evidence: evidence.into(),
    };
    Sighting {
        native_id: "printer.local".into(),
        name: Some("Study printer".into()),
        identities: vec![Identity::Mac("aa:bb:cc:00:00:01".into())],
        addresses: vec!["192.0.2.17".parse().unwrap()],
        facts: vec![Fact::new("service", "_ipp._tcp")],
        clues: vec![
            clue(About::What, "printer", 0.9, "mDNS service _ipp._tcp"),
            clue(About::Kind, "appliance", 0.6, "mDNS service _ipp._tcp"),
            clue(About::Brand, "Acme", 0.8, "mDNS text ty=Acme 3000"),
        ],
    }
}

/// Asks for a search in the background, the way `curl -X POST` does.
fn search(house: &Served, body: Option<Value>) -> JoinHandle<(StatusCode, Value)> {
    let mut request = house.client.post(house.url("/api/discovery/scan"));
    if let Some(body) = body {
        request = request.json(&body);
    }
    tokio::spawn(async move {
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    })
}

/// The drivers that are asked to search next, by name.
async fn asked(house: &Served, count: usize) -> BTreeMap<String, RequestId> {
    let mut asked = BTreeMap::new();
    for _ in 0..count {
        let (driver, request) = house.next_search().await;
        asked.insert(driver, request);
    }
    asked
}

async fn done(house: &Served, driver: &str, request: RequestId, searched: Searched) {
    house
        .hears(driver, ReportBody::ScanDone { request, searched })
        .await;
}

/// A whole search by one protocol that finds nothing.
async fn searched(house: &Served, protocol: &str) -> Value {
    let answer = search(house, Some(json!({"protocols": [protocol]})));
    let (driver, request) = house.next_search().await;
    assert_eq!(driver, protocol);
    done(house, protocol, request, Searched::Completed { found: 0 }).await;
    let (status, body) = answer.await.unwrap();
    assert_eq!(status, 200, "{body}");
    body
}

/// A protocol's part of a search or of the status.
fn part<'a>(body: &'a Value, protocol: &str) -> &'a Value {
    let mut parts = body["protocols"].as_array().unwrap().iter();
    parts.find(|part| part["protocol"] == protocol).unwrap()
}

#[tokio::test]
async fn a_search_is_seen_running_and_tells_what_it_found() {
    let house = served().await;
    let mut client = Client::connect(&house, "").await;
    let first = client.next().await.unwrap();
    assert_eq!(first["scan"], Value::Null, "nothing was searched yet");
    let answer = search(&house, None);
    let requests = asked(&house, 3).await;

    let (begun, _) = client.change(kind("scan")).await;
    assert_eq!(begun["scan"]["status"], "running");
    let disabled = part(&begun["scan"], "bluetooth");
    assert_eq!(
        (&disabled["status"], &disabled["error"]),
        (&json!("disabled"), &json!("BLUETOOTH_DISCOVERY is false"))
    );
    let listed = house.get("/api/discovery/scans").await;
    assert_eq!(listed["scans"][0], begun["scan"], "the running one counts");
    assert_eq!(
        house.get("/api/discovery/status").await["scan"],
        begun["scan"]
    );

    house
        .hears("mdns", ReportBody::Sighted(Box::new(printer())))
        .await;
    let (found, _) = client.change(kind("discovery")).await;
    assert_eq!(found["discovery"]["name"], "Study printer");
    done(
        &house,
        "mdns",
        requests["mdns"],
        Searched::Completed { found: 1 },
    )
    .await;
    // How far it has come is no event, and told all the same.
    let progress = loop {
        let message = client.next().await.unwrap();
        if message["type"] == "scan" {
            break message;
        }
    };
    assert_eq!(part(&progress["scan"], "mdns")["status"], "completed");
    assert_eq!(part(&progress["scan"], "ssdp")["status"], "running");
    let late = Client::connect(&house, "").await.next().await.unwrap();
    assert_eq!(part(&late["scan"], "mdns")["found"], 1, "{late}");

    let reason = "port 1900 is taken".to_owned();
    done(
        &house,
        "ssdp",
        requests["ssdp"],
        Searched::Failed { reason },
    )
    .await;
    let completed = Searched::Completed { found: 6 };
    done(&house, DRIVER, requests[DRIVER], completed).await;
    let ended = loop {
        let message = client.next().await.unwrap();
        let changes = message["changes"].as_array();
        let mut scans = changes.into_iter().flatten().filter(|it| kind("scan")(it));
        if let Some(change) = scans.next() {
            break change["scan"].clone();
        }
    };
    assert_eq!(
        (&ended["status"], &ended["new_count"]),
        (&json!("completed"), &json!(1))
    );

    let (status, answer) = answer.await.unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["who"]["kind"], "operator");
    assert!(answer["ended_at"].as_str() >= answer["started_at"].as_str());
    assert_eq!(part(&answer, "ssdp")["error"], "port 1900 is taken");
    assert!(part(&answer, "mdns").get("error").is_none());
    assert_eq!(answer["new"][0], found["discovery"]);
    assert_eq!(answer["new"].as_array().unwrap().len(), 1);
    let path = format!(
        "/api/discovery/scans/{}",
        answer["scan_id"].as_str().unwrap()
    );
    assert_eq!(house.get(&path).await, answer);
    // The answer to a later request is durable, so what came before is.
    searched(&house, "mdns").await;
    let kept = house.store.scans(None, 10).await.unwrap();
    let mut kept = kept.iter();
    let kept = kept
        .find(|scan| json!(scan.id) == answer["scan_id"])
        .unwrap();
    assert_eq!(kept.protocols.len(), 4);
    house.end().await;
}

#[tokio::test]
async fn a_search_takes_no_body_an_empty_one_or_names() {
    let house = served().await;
    for body in [None, Some(json!({})), Some(json!({"protocols": []}))] {
        let answer = search(&house, body);
        for (driver, request) in asked(&house, 3).await {
            done(&house, &driver, request, Searched::Completed { found: 0 }).await;
        }
        let (status, answer) = answer.await.unwrap();
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["protocols"].as_array().unwrap().len(), 4);
    }
    let answer = searched(&house, "ssdp").await;
    assert_eq!(answer["protocols"].as_array().unwrap().len(), 1);
    // What is switched off is not tried, and says so at once.
    let off = json!({"protocols": ["bluetooth"]});
    let (status, answer) = search(&house, Some(off)).await.unwrap();
    assert_eq!(
        (
            status.as_u16(),
            &answer["status"],
            &answer["protocols"][0]["status"]
        ),
        (200, &json!("completed"), &json!("disabled"))
    );
    house.end().await;
}

#[tokio::test]
async fn who_asks_while_a_search_runs_joins_it() {
    let house = served().await;
    let first = search(&house, Some(json!({"protocols": ["mdns"]})));
    let (_, request) = house.next_search().await;
    // Whether this one comes before or after the end, it must not hang: it joins or begins anew.
    let second = search(&house, Some(json!({"protocols": ["mdns"]})));
    house
        .until(|snapshot| snapshot.scans.iter().any(|scan| scan.ended.is_none()))
        .await;
    let joined = house.get("/api/discovery/scans").await;
    assert_eq!(joined["scans"].as_array().unwrap().len(), 1);
    done(&house, "mdns", request, Searched::Completed { found: 0 }).await;
    let (_, first) = first.await.unwrap();
    let again = tokio::select! {
        (_, request) = async { house.next_search().await } => Some(request),
        () = async { while !second.is_finished() { tokio::task::yield_now().await } } => None,
    };
    if let Some(request) = again {
        done(&house, "mdns", request, Searched::Completed { found: 0 }).await;
    }
    let (status, second) = second.await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(second["scan_id"] == first["scan_id"], again.is_none());
    house.end().await;
}

#[tokio::test]
async fn past_searches_and_logs_page_and_are_filtered() {
    let house = served().await;
    let mut ids = Vec::new();
    for protocol in ["mdns", "ssdp", "mdns"] {
        ids.push(searched(&house, protocol).await["scan_id"].clone());
    }
    let answer = search(&house, Some(json!({"protocols": ["mdns", "ssdp"]})));
    let requests = asked(&house, 2).await;
    for (driver, request) in requests {
        let reason = format!("{driver} has no permission");
        done(&house, &driver, request, Searched::Failed { reason }).await;
    }
    ids.push(answer.await.unwrap().1["scan_id"].clone());
    ids.reverse();

    let mut seen = Vec::new();
    let mut path = "/api/discovery/scans?limit=2".to_owned();
    loop {
        let page = house.get(&path).await;
        let scans = page["scans"].as_array().unwrap();
        seen.extend(scans.iter().map(|scan| scan["scan_id"].clone()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/discovery/scans?limit=2&cursor={next}");
    }
    assert_eq!(seen, ids);

    house
        .hears("mdns", ReportBody::Sighted(Box::new(printer())))
        .await;
    let reason = "it said goodbye".to_owned();
    let native_id = "printer.local".to_owned();
    house
        .hears("mdns", ReportBody::Unsighted { native_id, reason })
        .await;
    // The timeline is written in groups; its last event is waited for.
    let logs = loop {
        let logs = house.get("/api/discovery/logs").await;
        if logs["logs"][0]["kind"] == "discovery_vanished" {
            break logs;
        }
    };
    let kinds = |logs: &Value| -> Vec<String> {
        let all = logs["logs"].as_array().unwrap().iter();
        all.map(|log| log["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let ended = ["scan_ended"; 4];
    let mut expected = vec!["discovery_vanished", "discovery_found"];
    expected.extend(ended);
    // The plug of the furnished house came first.
    expected.push("discovery_found");
    assert_eq!(kinds(&logs), expected);
    assert!(
        logs["logs"][0]["text"]
            .as_str()
            .unwrap()
            .contains("it said goodbye"),
        "{logs}"
    );

    let failed = house.get("/api/discovery/logs?errors_only=true").await;
    assert_eq!(kinds(&failed), ["scan_ended"]);
    assert_eq!(failed["logs"][0]["errors"].as_array().unwrap().len(), 2);
    let of_ssdp = house
        .get("/api/discovery/logs?errors_only=true&protocol=ssdp")
        .await;
    assert_eq!(
        of_ssdp["logs"][0]["errors"],
        json!([{"protocol": "ssdp", "status": "failed", "error": "ssdp has no permission"}])
    );
    let of_ssdp = house.get("/api/discovery/logs?protocol=ssdp").await;
    assert_eq!(kinds(&of_ssdp), ["scan_ended", "scan_ended"]);
    let mut paged = Vec::new();
    let mut path = "/api/discovery/logs?protocol=mdns&limit=1".to_owned();
    loop {
        let page = house.get(&path).await;
        paged.extend(kinds(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/discovery/logs?protocol=mdns&limit=1&cursor={next}");
    }
    let all = house.get("/api/discovery/logs?protocol=mdns").await;
    assert_eq!(paged, kinds(&all));
    assert_eq!(paged.len(), 5);

    let status = house.get("/api/discovery/status").await;
    let ssdp = part(&status, "ssdp");
    assert_eq!(
        ssdp["success"],
        json!({"percent": 50.0, "attempts": 2, "successes": 1})
    );
    assert_eq!(ssdp["last_scan"]["result"]["status"], "failed");
    assert_eq!(ssdp["last_scan"]["scan_id"], ids[0]);
    let bluetooth = part(&status, "bluetooth");
    assert_eq!(
        (
            &bluetooth["enabled"],
            &bluetooth["reason"],
            &bluetooth["success"]["percent"]
        ),
        (
            &json!(false),
            &json!("BLUETOOTH_DISCOVERY is false"),
            &Value::Null
        )
    );
    let mqtt = part(&status, DRIVER);
    assert_eq!(
        (&mqtt["enabled"], &mqtt["driver"]["state"], &mqtt["seen"]),
        (&json!(true), &json!("running"), &json!(7)),
        "{mqtt}"
    );
    assert_eq!(status["waiting"], 2);

    let text = house
        .client
        .get(house.url("/metrics"))
        .send()
        .await
        .unwrap();
    let text = text.text().await.unwrap();
    for line in [
        "consciousness_discovery_success_rate{protocol=\"bluetooth\"} NaN\n",
        "consciousness_discovery_success_rate{protocol=\"mdns\"} 66.66666666666667\n",
        "consciousness_discovery_success_rate{protocol=\"mqtt\"} NaN\n",
        "consciousness_discovery_success_rate{protocol=\"ssdp\"} 50\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let counted = |name: &str, label: &str| {
        text.lines().any(|line| {
            line.starts_with(name) && line.contains("protocol=\"ssdp\"") && line.contains(label)
        })
    };
    assert!(counted(
        "consciousness_discovery_scans_total{",
        "result=\"failed\""
    ));
    assert!(counted(
        "consciousness_discovery_duration_seconds_bucket{",
        "le=\"30\""
    ));

    let (_, health) = house.ask(Method::GET, "/health/detailed", None).await;
    let mut parts = health["components"].as_array().unwrap().iter();
    let part = parts.find(|part| part["name"] == "discovery").unwrap();
    assert_eq!(part["status"], "degraded");
    let message = part["message"].as_str().unwrap();
    assert!(
        message.contains("mdns failed: mdns has no permission"),
        "{message}"
    );
    assert!(message.contains("ssdp worked in 1 of 2"), "{message}");
    house.end().await;
}

#[tokio::test]
async fn a_found_thing_says_what_it_seems_to_be_and_what_adopting_gives() {
    let house = served().await;
    let (sighted, gone) = (
        ReportBody::Sighted(Box::new(printer())),
        ReportBody::Unsighted {
            native_id: "printer.local".to_owned(),
            reason: "it said goodbye".to_owned(),
        },
    );
    house.hears("mdns", sighted.clone()).await;
    house
        .until(|snapshot| snapshot.discoveries.len() == 2)
        .await;
    let list = async |state: &str| {
        let found = house.get(&format!("/api/devices/discovered{state}")).await;
        let found = found.as_array().unwrap().iter();
        found
            .map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone()))
            .collect()
    };
    let found: BTreeMap<String, Value> = list("").await;
    let printer = &found["Study printer"];
    assert_eq!(
        (
            &printer["presence"],
            &printer["device"],
            &printer["addresses"]
        ),
        (&json!("online"), &Value::Null, &json!(["192.0.2.17"]))
    );
    let what = &printer["guess"]["what"];
    assert_eq!(
        (&what["value"], &what["evidence"], &printer["confidence"]),
        (
            &json!("printer"),
            &json!(["mDNS service _ipp._tcp"]),
            &what["confidence"]
        )
    );
    assert_eq!(printer["guess"]["driver"], Value::Null);
    let seen = &printer["sightings"][0];
    assert_eq!(
        (&seen["protocol"], &seen["facts"], &seen["present"]),
        (
            &json!("mdns"),
            &json!([{"name": "service", "value": "_ipp._tcp"}]),
            &json!(true)
        )
    );
    assert_eq!(printer["adoptable"]["as"], "presence");
    assert!(
        printer["adoptable"]["text"]
            .as_str()
            .unwrap()
            .contains("watch whether it is there")
    );
    let plug = &found["Garage plug"];
    assert_eq!(
        (
            &plug["adoptable"]["as"],
            &plug["presence"],
            &plug["confidence"]
        ),
        (&json!("control"), &json!("unknown"), &Value::Null)
    );

    house.hears("mdns", gone).await;
    house
        .until(|snapshot| {
            let mut all = snapshot.discoveries.values();
            all.any(|it| it.presence == model::Connectivity::Offline)
        })
        .await;
    let vanished: BTreeMap<String, Value> = list("").await;
    let vanished = &vanished["Study printer"];
    assert_eq!(
        (&vanished["presence"], &vanished["addresses"]),
        (&json!("offline"), &json!(["192.0.2.17"])),
        "where it last was"
    );

    let path = format!(
        "/api/devices/discovered/{}",
        printer["id"].as_str().unwrap()
    );
    for (act, state) in [
        ("ignore", "ignored"),
        ("reconsider", "new"),
        ("reconsider", "new"),
    ] {
        let (status, body) = house
            .ask(Method::POST, &format!("{path}/{act}"), None)
            .await;
        assert_eq!(
            (status.as_u16(), &body["state"]),
            (200, &json!(state)),
            "{body}"
        );
    }
    house.hears("mdns", sighted).await;
    let (status, device) = house
        .ask(Method::POST, &format!("{path}/adopt"), None)
        .await;
    assert_eq!(status, 201, "{device}");
    let rest: BTreeMap<String, Value> = list("").await;
    assert!(!rest.contains_key("Study printer"), "it is ours");
    let ours: BTreeMap<String, Value> = list("?state=adopted").await;
    let printer = &ours["Study printer"];
    assert_eq!(
        (&printer["device"], &printer["adoptable"], ours.len()),
        (&device["id"], &Value::Null, 1)
    );
    let new: BTreeMap<String, Value> = list("?state=new").await;
    let all: BTreeMap<String, Value> = list("?state=all").await;
    let ignored: BTreeMap<String, Value> = list("?state=ignored").await;
    assert_eq!((new.len(), all.len(), ignored.len()), (1, 2, 0));
    let (status, body) = house
        .ask(Method::POST, &format!("{path}/reconsider"), None)
        .await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"]),
        (404, &json!("unknown_discovery"))
    );
    house.end().await;
}

#[tokio::test]
async fn what_only_reports_gives_readings_and_hostile_words_come_back_as_data() {
    let house = served().await;
    let sensor = model::Instance::full(&model::capability::TEMPERATURE_MEASUREMENT);
    for (id, can) in [
        ("thermo", vec![sensor]),
        ("mute", vec![]),
        ("relay", vec![on_off()]),
    ] {
        let mut it = announcement(id, id, DeviceKind::Sensor, can);
        it.adopt = false;
        house.says(ReportBody::Announced(Box::new(it))).await;
    }
    let hostile = "<img src=x onerror=alert(1)>\u{202e}\u{0}\n";
    let mut thing = printer();
    thing.name = Some(hostile.to_owned());
    thing.facts = vec![Fact::new(hostile, hostile)];
    house
        .hears("mdns", ReportBody::Sighted(Box::new(thing)))
        .await;
    house
        .until(|snapshot| snapshot.discoveries.len() == 5)
        .await;
    let found = house.get("/api/devices/discovered").await;
    let of = |native_id: &str| {
        let mut all = found.as_array().unwrap().iter();
        all.find(|it| it["native_id"] == native_id).unwrap().clone()
    };
    for (id, gives) in [
        ("thermo", "readings"),
        ("mute", "presence"),
        ("relay", "control"),
    ] {
        assert_eq!(of(id)["adoptable"]["as"], gives, "{id}");
    }
    let mut all = found.as_array().unwrap().iter();
    let thing = all.find(|it| it["protocol"] == "network").unwrap();
    for text in [&thing["name"], &thing["sightings"][0]["facts"][0]["value"]] {
        let text = text.as_str().unwrap();
        assert!(text.starts_with("<img src=x"), "{text}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    house.end().await;
}
