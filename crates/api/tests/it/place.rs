//! Where the house stands: found by its address at a geocoder on loopback, kept, and lived by.

use crate::support::{Served, served, served_with_geocoder};
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// As Nominatim answers a search in the format `jsonv2`.
const RIVOLI: &str = r#"[{"place_id":88715228,"licence":"Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright","osm_type":"node","osm_id":1104123456,"lat":"48.8556475","lon":"2.3583108","category":"place","type":"house","place_rank":30,"importance":7.5e-05,"addresstype":"place","name":"","display_name":"12, Rue de Rivoli, Paris, France","boundingbox":["48.8555975","48.8556975","2.3582608","2.3583608"]}]"#;
const SPRINGFIELDS: &str = r#"[{"lat":"39.7990175","lon":"-89.6439575","display_name":"Springfield, Illinois, United States"},{"lat":"42.1018764","lon":"-72.5886727","display_name":"Springfield, Massachusetts, United States"}]"#;

/// A geocoder that answers as a test says, and what it was asked.
#[derive(Clone)]
struct Geocoder {
    url: String,
    answer: Arc<Mutex<(&'static str, &'static str)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Geocoder {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let geocoder = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new(("200 OK", RIVOLI))),
            asked: Arc::default(),
        };
        let own = geocoder.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read_exact(&mut byte).await.is_err() {
                        break;
                    }
                    head.extend(byte);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                own.asked.lock().unwrap().push(head);
                let (status, body) = *own.answer.lock().unwrap();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        geocoder
    }

    fn answers(&self, status: &'static str, body: &'static str) {
        *self.answer.lock().unwrap() = (status, body);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

const PATH: &str = "/api/house/place";
const SEARCH: &str = "/api/house/place/search";

async fn said(served: &Served, conversation: &Json, message: &str) -> Json {
    let body = json!({"message": message, "conversation_id": conversation});
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_leaves_the_house_only_when_a_person_agrees() {
    let geocoder = Geocoder::start().await;
    let served = served_with_geocoder(&geocoder.url).await;
    let before = served.get(PATH).await;
    assert_eq!(before["source"], Json::Null);
    assert_eq!(before["sunrise"], Json::Null);
    assert_eq!(before["geocoder"], "127.0.0.1");
    let rivoli = "12 Rue de Rivoli, Paris";

    let (status, refused) = served
        .ask(Method::POST, SEARCH, Some(json!({"address": rivoli})))
        .await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (422, &json!("consent_needed"))
    );
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("127.0.0.1")
    );
    assert_eq!(geocoder.asked(), Vec::<String>::new());

    let body = json!({"address": rivoli, "look_up": true});
    let (status, found) = served.ask(Method::POST, SEARCH, Some(body)).await;
    assert_eq!(status, 200, "{found}");
    let place = &found["places"][0];
    assert_eq!(place["name"], "12, Rue de Rivoli, Paris, France");
    assert_eq!(place["timezone"], "Europe/Paris");
    let asked = geocoder.asked();
    assert_eq!(asked.len(), 1);
    let line = asked[0].lines().next().unwrap();
    assert_eq!(
        line,
        "GET /search?q=12%20Rue%20de%20Rivoli%2C%20Paris&format=jsonv2&limit=5 HTTP/1.1"
    );

    // Looking for it kept nothing.
    assert_eq!(served.get(PATH).await["source"], Json::Null);
    let body = json!({"latitude": place["latitude"], "longitude": place["longitude"], "name": place["name"]});
    let (status, kept) = served.ask(Method::PUT, PATH, Some(body)).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(kept["source"], "household");
    assert_eq!(kept["timezone"], "Europe/Paris");
    // The clock of a house goes on as it does until the next start.
    assert_eq!(kept["timezone_in_effect"], "UTC");
    assert_eq!(kept["next_timezone"], "Europe/Paris");
    assert!(
        kept["sunrise"].is_string() && kept["sunset"].is_string(),
        "{kept}"
    );
    let stored = served.store.household("site").await.unwrap().unwrap();
    assert_eq!(stored["timezone"], "Europe/Paris");

    let (status, gone) = served.ask(Method::DELETE, PATH, None).await;
    assert_eq!((status.as_u16(), &gone["source"]), (200, &Json::Null));
    assert_eq!(geocoder.asked().len(), 1);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_the_sun_follow_the_place() {
    let served = served().await;
    let scenario = json!({"name": "Lights at dusk", "when": [{"sun": "sunset"}],
        "then": [{"notify": "It is getting dark."}]});
    let (status, made) = served
        .ask(Method::POST, "/api/scenarios", Some(scenario))
        .await;
    assert_eq!(status, 201, "{made}");
    let path = "/api/scenarios/lights-at-dusk";
    let before = served.get(path).await;
    assert!(
        !before["problems"].as_array().unwrap().is_empty(),
        "{before}"
    );
    let body = json!({"latitude": 48.8556, "longitude": 2.3583});
    let (status, _) = served.ask(Method::PUT, PATH, Some(body)).await;
    assert_eq!(status, 200);
    let after = served.get(path).await;
    assert_eq!(after["problems"], json!([]), "{after}");
    served.ask(Method::DELETE, PATH, None).await;
    assert_eq!(served.get(path).await["problems"], before["problems"]);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_is_told() {
    let geocoder = Geocoder::start().await;
    let served = served_with_geocoder(&geocoder.url).await;
    for (body, told) in [
        (json!({"latitude": 91, "longitude": 0}), "not on the map"),
        (
            json!({"latitude": 1, "longitude": 2, "timezone": "Mars/Olympus"}),
            "Mars/Olympus",
        ),
        (
            json!({"latitude": 1, "longitude": 2, "name": "\u{7}"}),
            "without line breaks",
        ),
        (json!({"latitude": 1}), "longitude"),
        (
            json!({"latitude": 1, "longitude": 2, "zone": "UTC"}),
            "zone",
        ),
    ] {
        let (status, answer) = served.ask(Method::PUT, PATH, Some(body.clone())).await;
        assert_eq!(status, 422, "{body}: {answer}");
        assert!(answer["error"].to_string().contains(told), "{answer}");
    }
    for address in ["", "+33 1 44 58 31 17", "a\nb"] {
        let body = json!({"address": address, "look_up": true});
        let (status, answer) = served.ask(Method::POST, SEARCH, Some(body)).await;
        assert_eq!(status, 422, "{address}: {answer}");
    }
    assert_eq!(geocoder.asked(), Vec::<String>::new());
    let known = json!({"address": "Atlantis", "look_up": true});
    for (status, body, told) in [
        ("503 Service Unavailable", "", "503"),
        ("200 OK", "<html>", "not a list of places"),
    ] {
        geocoder.answers(status, body);
        let (status, answer) = served.ask(Method::POST, SEARCH, Some(known.clone())).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (502, &json!("geocoder_failed"))
        );
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(told),
            "{answer}"
        );
    }
    geocoder.answers("200 OK", "[]");
    let (_, nothing) = served.ask(Method::POST, SEARCH, Some(known)).await;
    assert_eq!(nothing["places"], json!([]));
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_asks_before_it_looks_up() {
    let geocoder = Geocoder::start().await;
    let served = served_with_geocoder(&geocoder.url).await;
    let talk = json!(uuid::Uuid::now_v7());
    let text = |answer: &Json| answer["response"].as_str().unwrap().to_owned();
    let asked = said(&served, &talk, "We live at 12 Rue de Rivoli, Paris").await;
    assert!(
        text(&asked).contains("127.0.0.1") && text(&asked).contains("May I?"),
        "{asked}"
    );
    let no = said(&served, &talk, "no").await;
    assert_eq!(text(&no), "All right, I leave it as it is.");
    assert_eq!(geocoder.asked(), Vec::<String>::new());

    said(&served, &talk, "our address is 12 Rue de Rivoli, Paris").await;
    let found = said(&served, &talk, "yes").await;
    assert!(
        text(&found).contains("12, Rue de Rivoli, Paris, France"),
        "{found}"
    );
    assert!(text(&found).contains("Europe/Paris"), "{found}");
    let taken = said(&served, &talk, "yes please").await;
    assert!(text(&taken).contains("the sun rises at"), "{taken}");
    assert_eq!(served.get(PATH).await["source"], "household");
    let sun = said(&served, &talk, "when does the sun set?").await;
    assert!(text(&sun).contains("sets at"), "{sun}");

    geocoder.answers("200 OK", SPRINGFIELDS);
    said(&served, &talk, "we live in Springfield").await;
    let which = said(&served, &talk, "yes").await;
    assert!(
        text(&which).contains("2. Springfield, Massachusetts"),
        "{which}"
    );
    let second = said(&served, &talk, "the second").await;
    assert!(text(&second).contains("America/New_York"), "{second}");
    said(&served, &talk, "yes").await;
    let place = served.get(PATH).await;
    assert_eq!(place["name"], "Springfield, Massachusetts, United States");

    geocoder.answers("500 Oops", "");
    said(&served, &talk, "we live in Springfield").await;
    let broken = said(&served, &talk, "yes").await;
    assert!(text(&broken).contains("Nothing was changed"), "{broken}");
    let phone = said(&served, &talk, "our phone number is +33 1 44 58 31 17").await;
    assert!(text(&phone).contains("the country at most"), "{phone}");
    said(&served, &talk, "our coordinates are 52.37, 4.9").await;
    said(&served, &talk, "yes").await;
    assert_eq!(served.get(PATH).await["timezone"], "Europe/Amsterdam");
    said(&served, &talk, "forget where we live").await;
    assert_eq!(served.get(PATH).await["source"], Json::Null);
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_to_be_asked_nobody_is() {
    let served = served().await;
    let body = json!({"address": "Paris", "look_up": true});
    let (status, answer) = served.ask(Method::POST, SEARCH, Some(body)).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (409, &json!("no_geocoder"))
    );
    let said = said(&served, &json!(uuid::Uuid::now_v7()), "we live in Paris").await;
    assert!(
        said["response"]
            .as_str()
            .unwrap()
            .contains("GEOCODER_URL is off"),
        "{said}"
    );
    served.end().await;
}
