//! A conversation in German with the real program: what is said is done, and every answer is German as a
//! whole.

use crate::support::{Server, house};
use reqwest::Method;
use serde_json::{Value, json};

/// The studio with German names.
fn german_house(folder: &std::path::Path) -> String {
    let mut house = std::fs::read_to_string(house("studio")).unwrap();
    for (english, german) in [
        ("name = \"Studio\"\nfloor", "name = \"Wohnzimmer\"\nfloor"),
        ("\"Bathroom\"", "\"Bad\""),
        ("\"Hall\"", "\"Flur\""),
        ("\"Ceiling light\"", "\"Deckenlampe\""),
        ("\"Bed light\"", "\"Leselampe\""),
        ("\"Bathroom light\"", "\"Spiegellicht\""),
        ("\"Radiator\"", "\"Heizung Wohnzimmer\""),
        ("\"Front door\"", "\"Haustür\""),
        ("\"Front lock\"", "\"Haustürschloss\""),
        ("\"Hall motion\"", "\"Bewegungsmelder Flur\""),
        ("\"Studio climate\"", "\"Klimasensor\""),
        ("\"Air monitor\"", "\"Luftmesser\""),
        ("\"Smoke detector\"", "\"Rauchmelder\""),
        ("\"Speaker\"", "\"Lautsprecher\""),
        ("\"Kettle\"", "\"Wasserkocher\""),
        ("\"Fridge\"", "\"Kühlschrank\""),
        ("\"Desk button\"", "\"Taster\""),
    ] {
        assert!(house.contains(english), "{english}");
        house = house.replace(english, german);
    }
    let house = house.replace("./house.schema.json", "house.schema.json");
    let path = folder.join("deutsch.toml");
    std::fs::write(&path, house).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Whether a device reports that it is on, or off.
fn is_on(device: &Value, wanted: bool) -> bool {
    match device {
        Value::Object(fields) if fields.get("path") == Some(&json!("OnOff.on_off")) => {
            fields["reported"]["value"] == json!(wanted)
        }
        Value::Object(fields) => fields.values().any(|field| is_on(field, wanted)),
        Value::Array(all) => all.iter().any(|one| is_on(one, wanted)),
        _ => false,
    }
}

struct Talk<'s> {
    server: &'s Server,
    conversation: Option<String>,
}

impl Talk<'_> {
    async fn say(&mut self, message: &str) -> Value {
        let body = json!({ "message": message, "conversation_id": self.conversation });
        let (status, answer) = self.server.send(Method::POST, "/api/chat", &body).await;
        assert_eq!(status, 200, "{message}: {answer}");
        self.conversation = answer["conversation_id"].as_str().map(str::to_owned);
        println!(
            "{message}\n    {} {}",
            answer["language"], answer["response"]
        );
        answer
    }

    /// Says something, and hears German.
    async fn hear(&mut self, message: &str, expected: &str) -> Value {
        let answer = self.say(message).await;
        assert_eq!(answer["language"], "de", "{message}: {answer}");
        let response = answer["response"].as_str().unwrap();
        assert!(
            response.contains(expected),
            "{message}: expected “{expected}” in “{response}”"
        );
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_in_german_is_german_and_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let house = german_house(folder.path());
    let server = Server::start(folder.path(), &["serve", "--simulate", &house], &[]);
    server
        .until("/api/devices", |list| {
            let devices = list["devices"].as_array().into_iter().flatten();
            let mut there = devices.filter(|device| device["connectivity"] == "online");
            there.any(|device| device["name"] == "Haustürschloss")
        })
        .await;
    let mut talk = Talk {
        server: &server,
        conversation: None,
    };
    let on = talk
        .hear(
            "schalte die Deckenlampe ein",
            "Ich habe Deckenlampe eingeschaltet",
        )
        .await;
    assert_eq!(on["actions"][0]["outcome"], "reached", "{on}");
    let lamp = format!(
        "/api/devices/{}",
        on["actions"][0]["slug"].as_str().unwrap()
    );
    server.until(&lamp, |device| is_on(device, true)).await;
    talk.hear("ist die Deckenlampe an?", "Ja, Deckenlampe ist an")
        .await;
    talk.hear("mach sie wieder aus", "Deckenlampe ausgeschaltet")
        .await;
    server.until(&lamp, |device| is_on(device, false)).await;
    talk.hear("und die Leselampe?", "Leselampe").await;
    talk.hear("dimme die Deckenlampe auf 40 Prozent", "auf 40 %")
        .await;
    talk.hear("welche Lichter sind an?", "Deckenlampe").await;
    talk.hear("schließ die Haustür ab", "Haustürschloss abgeschlossen")
        .await;
    talk.hear(
        "ist die Haustür abgeschlossen?",
        "Ja, Haustürschloss ist abgeschlossen",
    )
    .await;
    talk.hear("wie warm ist es im Wohnzimmer?", "°C").await;
    talk.hear(
        "stell die Heizung auf 21 Grad",
        "Heizung Wohnzimmer auf 21 °C",
    )
    .await;
    // What may have led to it is one of many things; what has no words yet is said in English as a whole.
    let why = talk.say("warum ist die Deckenlampe an?").await;
    assert_eq!(why["intent"]["name"], "question.why", "{why}");
    let begins = match why["language"].as_str() {
        Some("de") => ["Deckenlampe ist an seit", "Ich weiß nicht, warum"],
        _ => ["Deckenlampe is on since", "I don't know why"],
    };
    let said = why["response"].as_str().unwrap();
    assert!(begins.iter().any(|begin| said.starts_with(begin)), "{why}");
    talk.hear("mach den Swimmingpool an", "nichts getan").await;
    talk.hear("mach die Deckenlampe nicht aus", "nichts").await;
    let asked = talk.hear("mach die Lampe aus", "Welches davon").await;
    assert!(asked["pending"].is_object(), "{asked}");
    talk.hear("die Leselampe", "Leselampe").await;
    talk.hear("mach in zehn Minuten das Spiegellicht an", "Ich werde ")
        .await;
    talk.hear(
        "merk dir, dass der Haupthahn unter der Spüle ist",
        "Ich merke mir",
    )
    .await;
    talk.hear("wo ist der Haupthahn?", "unter der Spüle").await;
    talk.hear("wie geht es dir?", "Ich fühle mich").await;
    talk.hear("muss ich etwas wissen, bevor ich gehe?", "")
        .await;
    talk.hear("danke", "Gern geschehen").await;
    // Who goes on in English hears English.
    let english = talk.say("turn on the reading lamp please").await;
    assert_eq!(english["language"], "en", "{english}");
    let english = talk.say("which lights are on?").await;
    assert_eq!(english["language"], "en", "{english}");
    // What is named counts before what is recognised.
    let body = json!({ "message": "ok", "language": "de" });
    let (status, answer) = server.send(Method::POST, "/api/chat", &body).await;
    assert_eq!(
        (status, &answer["language"]),
        (200, &json!("de")),
        "{answer}"
    );
}
