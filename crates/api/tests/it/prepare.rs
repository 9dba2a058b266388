//! A room made ready in a conversation: asked, shown, set, kept as a scene.

use crate::support::{Served, announcement, on_off, served};
use model::{DeviceKind, Instance, ReportBody, capability};
use reqwest::Method;
use serde_json::{Value as Json, json};

/// A living room with a lamp of many colours; and a speaker, where it shall have one.
async fn living_room(served: &Served, speaker: bool) {
    let room = Some("Living room".to_owned());
    let lamp = vec![
        on_off(),
        Instance::full(&capability::LEVEL_CONTROL),
        Instance::full(&capability::COLOR_CONTROL),
    ];
    let mut devices = vec![("ceiling", "Ceiling", DeviceKind::Light, lamp)];
    if speaker {
        let player = vec![Instance::full(&capability::MEDIA_PLAYBACK)];
        devices.push(("speaker", "Speaker", DeviceKind::MediaPlayer, player));
    }
    for (id, name, kind, capabilities) in devices {
        let mut it = announcement(id, name, kind, capabilities);
        it.area.clone_from(&room);
        served.says(ReportBody::Announced(Box::new(it))).await;
        served
            .says(ReportBody::Connectivity {
                native_id: id.to_owned(),
                connectivity: model::Connectivity::Online,
                reason: None,
            })
            .await;
    }
    served
        .until(|house| house.area("living_room").is_some())
        .await;
}

async fn say(served: &Served, talk: &Json, message: &str) -> Json {
    let body = json!({"message": message, "conversation_id": talk});
    let (status, answer) = served.ask(Method::POST, "/api/chat", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn text(answer: &Json) -> &str {
    answer["response"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_prepared_step_by_step_and_kept_as_a_scene() {
    let served = served().await;
    living_room(&served, true).await;
    let talk = json!(uuid::Uuid::now_v7());
    let first = say(&served, &talk, "prepare the living room for a film evening").await;
    assert!(
        text(&first).ends_with("How bright shall the light be?"),
        "{first}"
    );
    let second = say(&served, &talk, "30 %").await;
    assert!(text(&second).contains("In which colour?"), "{second}");
    let third = say(&served, &talk, "warm").await;
    assert!(text(&third).contains("Music?"), "{third}");
    let shown = say(&served, &talk, "quiet jazz").await;
    // There is no thermostat, and so nothing is asked of the heating.
    assert!(
        text(&shown).contains("Ceiling") && text(&shown).contains("Shall I?"),
        "{shown}"
    );
    assert!(
        text(&shown).contains("not choose that it is jazz"),
        "{shown}"
    );
    assert_eq!(served.get("/api/scenes").await["scenes"], json!([]));
    let done = say(&served, &talk, "yes").await;
    assert!(
        text(&done).contains("Shall I keep it as the scene “Film evening”?"),
        "{done}"
    );
    let device = served.get("/api/devices/ceiling").await;
    assert!(device.to_string().contains("2700"), "{device}");
    let kept = say(&served, &talk, "yes please").await;
    assert!(
        text(&kept).contains("I keep it as the scene “Film evening”"),
        "{kept}"
    );
    let scene = served.get("/api/scenes/film-evening").await;
    assert!(
        scene.to_string().contains("LevelControl.current_level"),
        "{scene}"
    );
    assert!(
        scene.to_string().contains("MediaPlayback.volume"),
        "{scene}"
    );
    // It is a scene like any other.
    let again = say(&served, &talk, "activate film evening").await;
    assert_eq!(again["intent"]["name"], "scene.activate", "{again}");
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn free_words_fill_several_answers_at_once() {
    let served = served().await;
    living_room(&served, false).await;
    let talk = json!(uuid::Uuid::now_v7());
    let shown = say(
        &served,
        &talk,
        "set up a reading scene in the living room: bright and cool, some jazz",
    )
    .await;
    assert!(
        text(&shown).contains("Nothing there plays music."),
        "{shown}"
    );
    assert!(text(&shown).contains("Shall I?"), "{shown}");
    say(&served, &talk, "yes").await;
    let kept = say(&served, &talk, "call it Book time").await;
    assert!(text(&kept).contains("“Book time”"), "{kept}");
    assert_eq!(
        served.get("/api/scenes/book-time").await["name"],
        "Book time"
    );

    // What stays as it is is not set; a no keeps nothing.
    let talk = json!(uuid::Uuid::now_v7());
    let light = say(&served, &talk, "prepare the living room for a nap").await;
    assert!(text(&light).contains("How bright"), "{light}");
    let colour = say(&served, &talk, "off").await;
    assert!(
        text(&colour).contains("Shall I?"),
        "nobody asks for the colour of no light: {colour}"
    );
    let no = say(&served, &talk, "no").await;
    assert_eq!(text(&no), "All right, I leave it as it is.");
    let lost = say(&served, &talk, "prepare the ballroom for a dance").await;
    assert!(
        text(&lost).contains("No room is called “ballroom”"),
        "{lost}"
    );
    let which = say(&served, &talk, "set up a dinner scene").await;
    assert_eq!(text(&which), "In which room?");
    let bright = say(&served, &talk, "the living room").await;
    assert!(text(&bright).contains("How bright"), "{bright}");
    // Something else in between is something else.
    let clock = say(&served, &talk, "what time is it?").await;
    assert!(text(&clock).starts_with("It is"), "{clock}");
    served.end().await;
}
