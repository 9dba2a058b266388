//! The house and its settings as files.

use crate::support::{Server, house, program};
use serde_json::Value;
use std::path::Path;

/// Runs `consciousness apply` in a folder: its exit code, and what it said.
fn apply(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = program(folder, &[&["apply"], args].concat(), &[])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// The block of the guide, as somebody copies it.
fn of_the_guide(wanted: &str) -> String {
    let page = include_str!("../../../../docs/guide/house-as-files.md");
    let blocks = page.split("```yaml\n").skip(1);
    let mut blocks = blocks.map(|block| block.split("```").next().unwrap());
    blocks
        .find(|block| block.starts_with(wanted))
        .unwrap()
        .to_owned()
}

fn named<'a>(list: &'a Value, slug: &str) -> &'a Value {
    let all = list.as_array().unwrap();
    all.iter().find(|it| it["slug"] == slug).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_is_brought_to_what_a_file_says_and_the_same_file_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let server = Server::start(path, &["serve", "--simulate", &house("studio")], &[]);
    let many = |answer: &Value| {
        answer["devices"]
            .as_array()
            .is_some_and(|all| all.len() > 5)
    };
    let found = server.until("/api/devices?limit=500", many).await;
    let light = found["devices"].as_array().unwrap().iter();
    let light = light
        .filter(|device| device["kind"] == "light")
        .find_map(|device| device["slug"].as_str())
        .unwrap();
    let text = of_the_guide("# house.yaml").replace("hall_lamp:", &format!("{light}:"));
    std::fs::write(path.join("house.yaml"), text).unwrap();

    let (_, before) = server.get("/api/areas").await;
    let (code, said) = apply(path, &["--check", "house.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(": would be "), "{said}");
    let (_, after) = server.get("/api/areas").await;
    assert_eq!(before, after, "a check changes nothing");

    let (code, said) = apply(path, &["house.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, areas) = server.get("/api/areas").await;
    let (_, floors) = server.get("/api/floors").await;
    let (kitchen, hall) = (
        named(&areas["areas"], "kitchen"),
        named(&areas["areas"], "hall"),
    );
    assert_eq!(kitchen["floor"], named(&floors["floors"], "ground")["id"]);
    assert!(
        kitchen["neighbours"]
            .as_array()
            .unwrap()
            .contains(&hall["id"])
    );
    let (_, device) = server.get(&format!("/api/devices/{light}")).await;
    assert_eq!(device["name"], "Hall lamp");
    assert_eq!(device["area"]["slug"], "hall");
    let (status, rule) = server.get("/api/scenarios/evening-in-the-hall").await;
    assert_eq!(status, 200, "{rule}");

    let (code, said) = apply(path, &["house.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.lines().all(|line| line.ends_with(": as it is")),
        "{said}"
    );

    // A device may work for rooms in which it does not stand.
    let serves = format!("devices:\n  {light}: {{ serves: [kitchen, hall] }}\n");
    std::fs::write(path.join("serves.yaml"), serves).unwrap();
    let (code, said) = apply(path, &["serves.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, device) = server.get(&format!("/api/devices/{light}")).await;
    let served: Vec<_> = device["serves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["slug"])
        .collect();
    assert_eq!(served, ["kitchen", "hall"]);
    let (_, said) = apply(path, &["serves.yaml"]);
    assert!(said.trim_end().ends_with(": as it is"), "{said}");

    // What cannot be brought about is told, and nothing of the rest is done.
    let (_, before) = server.get("/api/areas").await;
    let people = "people:\n  carl: { name: Carl }\n";
    for (wrong, told) in [
        (
            "scenarios:\n  - name: Broken\n    then: [{ do: fly }]\n",
            "scenarios[0].then[0]",
        ),
        ("scenes:\n  - name: Broken\n    settings: 5\n", "scenes[0]"),
        (
            "devices:\n  no_such_thing: { area: hall }\n",
            "devices.no_such_thing: not found",
        ),
        (
            "areas:\n  attic: { name: Attic, floor: nowhere }\n",
            "areas.attic: refused: ",
        ),
    ] {
        std::fs::write(path.join("more.yaml"), format!("{people}{wrong}")).unwrap();
        for args in [&["--check", "more.yaml"][..], &["more.yaml"]] {
            let (code, said) = apply(path, args);
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains(told), "{told}: {said}");
            assert!(said.contains("people.carl: would be made"), "{said}");
            assert!(said.contains("none of them taken"), "{said}");
        }
        let (status, _) = server.get("/api/people/carl").await;
        assert_eq!(status, 404, "{told}");
    }
    let (_, after) = server.get("/api/areas").await;
    assert_eq!(before, after);

    // A scenario may name what the same file makes.
    let good = format!(
        "areas:\n  attic: {{ name: Attic }}\nscenes:\n  - name: Dim\n    settings:\n      \
         - {{ device: {light}, set: {{ OnOff.on_off: true }} }}\nscenarios:\n  \
         - name: Above\n    then: [{{ do: turn_on, area: attic, kind: light }}]\n"
    );
    std::fs::write(path.join("more.yaml"), good).unwrap();
    let (code, said) = apply(path, &["--check", "more.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("scene dim: would be made"), "{said}");
    assert!(said.contains("above: would be made: "), "{said}");
    let (code, said) = apply(path, &["more.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(server.get("/api/scenarios/above").await.0, 200);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_wrong_file_is_told_with_every_place_and_nothing_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    write("one.yaml", "areas:\n  hall: { name: Hall, colour: red }\n");
    write("two.yaml", "areas:\n  hall: { name: Hall }\n");
    write("three.yaml", "rooms: {}\n");
    let (code, said) = apply(path, &["one.yaml", "two.yaml", "three.yaml", "four.yaml"]);
    assert_eq!(code, Some(2), "{said}");
    for told in [
        "areas.hall: `colour` is not known here; expected some of name, floor, neighbours",
        "two.yaml: areas.hall stands in another file as well",
        "three.yaml:",
        "four.yaml: it cannot be read",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let (code, said) = apply(path, &["two.yaml"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no house answers"), "{said}");
}

#[test]
fn settings_stand_in_yaml_per_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("config")).unwrap();
    let production = of_the_guide("# config/production.yaml");
    std::fs::write(path.join("config/production.yaml"), production).unwrap();
    std::fs::write(
        path.join(".env"),
        "ENVIRONMENT=production\nLOG_FORMAT=text\n",
    )
    .unwrap();
    let shown = |settings: &[(&str, &str)]| {
        let output = program(path, &["config", "show"], settings)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (code, said) = shown(&[]);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "HOUSE_NAME=Hazel House\n",
        "ALLOWED_HOSTS=house.example.org,192.0.2.17\n",
        "LOG_FORMAT=text\n",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let (_, said) = shown(&[("ENVIRONMENT", "development")]);
    assert!(said.contains("HOUSE_NAME=Home "), "{said}");
    let wrong = "HOUSE_NAMES: x\nTIMEZONE: {a: 1}\nLOG_LEVEL: loud\n";
    std::fs::write(path.join("config/production.yaml"), wrong).unwrap();
    let (code, said) = shown(&[]);
    assert_eq!(code, Some(2), "{said}");
    for told in [
        "there is no setting `HOUSE_NAMES`",
        "TIMEZONE is neither a value nor a list of values",
        "LOG_LEVEL=loud",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    std::fs::write(path.join("config/production.yaml"), "a: [secret-word\nb").unwrap();
    let (code, said) = shown(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("config/production.yaml") && said.contains("line"),
        "{said}"
    );
    assert!(!said.contains("secret-word"), "{said}");
}
