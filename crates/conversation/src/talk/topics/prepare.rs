//! A room made ready for something: asked, shown, set, and kept as a scene after a yes.

use super::super::answer::{Action, Answer, Outcome};
use super::super::{Turn, words};
use crate::act::{self, Op};
use crate::lang::Noun;
use crate::text;
use crate::understand::{Deed, Dialogue, Heard, Pending, Prepare, Slot, Stage, heard};
use automation::engine::Scene;
use model::{AreaId, Cause, DeviceId, Right, capability};
use std::collections::BTreeMap;

/// The order in which is asked.
const SLOTS: [Slot; 4] = [Slot::Light, Slot::Colour, Slot::Music, Slot::Heat];

impl Turn<'_> {
    /// “Prepare the living room for a film evening: dim, warm, some jazz.”
    pub(super) async fn prepare_room(&self, room: &str, next: &mut Dialogue) -> Answer {
        let after = self
            .message
            .find(room)
            .map_or("", |at| &self.message[at + room.len()..]);
        let said = [" for ", " für "]
            .iter()
            .find_map(|word| after.split_once(word));
        let (name, details) = named(said.map_or("", |(_, said)| said));
        let Some(area) = self.area_called(room) else {
            let text = format!("No room is called “{room}”, so I prepared nothing.");
            return Answer::of("prepare", text);
        };
        self.prepare(Some(area), &name, &details, next).await
    }

    /// “Set up a reading scene in the bedroom.”
    pub(super) async fn prepare_scene(&self, name: &str, next: &mut Dialogue) -> Answer {
        let after = self
            .message
            .find(name)
            .map_or("", |at| &self.message[at + name.len()..]);
        let (place, details) = match after.split_once([':', ',']) {
            Some((place, details)) => (place, details.trim().to_owned()),
            None => (after, String::new()),
        };
        let place = [" in ", " for ", " im "]
            .iter()
            .find_map(|word| place.split_once(word));
        let area = match place {
            Some((_, place)) => match self.area_called(place) {
                Some(area) => Some(area),
                None => {
                    let place = place.trim().trim_end_matches(['.', '!']);
                    let text = format!("No room is called “{place}”, so I prepared nothing.");
                    return Answer::of("prepare", text);
                }
            },
            None => None,
        };
        self.prepare(area, &named(name).0, &details, next).await
    }

    async fn prepare(
        &self,
        area: Option<AreaId>,
        name: &str,
        details: &str,
        next: &mut Dialogue,
    ) -> Answer {
        if name.is_empty() {
            return Answer::of(
                "prepare",
                "What for? Say it as “prepare the living room for a film evening”.",
            );
        }
        let tokens = text::read(details, self.language).tokens;
        let Heard { told, music, .. } = heard(&tokens, None, self.language);
        let prepare = Prepare {
            name: words::sentence(name).trim_end_matches('.').to_owned(),
            area,
            told,
            music,
            stage: Stage::Where,
        };
        self.go_on_preparing(prepare, true, next).await
    }

    /// An answer on the way.
    pub(in super::super) async fn prepare_more(
        &self,
        before: &Dialogue,
        next: &mut Dialogue,
    ) -> Answer {
        let Some(Pending::Prepare(prepare)) = &before.pending else {
            return Answer::of("prepare", "Nothing is being prepared.");
        };
        let mut prepare = (**prepare).clone();
        let tokens = text::read(self.message, self.language).tokens;
        match prepare.stage {
            Stage::Where => prepare.area = self.area_called(self.message),
            Stage::Asking(slot) => {
                let said = heard(&tokens, Some(slot), self.language);
                prepare.told.extend(said.told);
                prepare.music = said.music.or(prepare.music);
            }
            Stage::Shown | Stage::Set => {
                let said = heard(&tokens, None, self.language);
                prepare.told.extend(said.told);
                prepare.music = said.music.or(prepare.music);
            }
        }
        self.go_on_preparing(prepare, false, next).await
    }

    /// A yes, a no, or “never mind” on the way; `None` where it is none of this.
    pub(in super::super) async fn prepare_said(
        &self,
        yes: bool,
        before: &Dialogue,
        next: &mut Dialogue,
    ) -> Option<Answer> {
        let Some(Pending::Prepare(prepare)) = &before.pending else {
            return None;
        };
        let mut prepare = (**prepare).clone();
        match (prepare.stage, yes) {
            (Stage::Shown, true) => Some(self.set_prepared(prepare, next).await),
            (Stage::Set, true) => Some(self.keep_prepared(&prepare, None).await),
            (Stage::Set, false) => Some(Answer::of("prepare", "All right, I keep no scene of it.")),
            (Stage::Asking(slot), true) => {
                if slot == Slot::Music {
                    prepare.told.insert(slot, vec![Op::Play]);
                }
                Some(self.go_on_preparing(prepare, false, next).await)
            }
            (Stage::Asking(slot), false) => {
                // “Off” and “no music” are answers, too.
                let tokens = text::read(self.message, self.language).tokens;
                let said = heard(&tokens, Some(slot), self.language);
                prepare.told.insert(slot, Vec::new());
                prepare.told.extend(said.told);
                Some(self.go_on_preparing(prepare, false, next).await)
            }
            _ => None,
        }
    }

    /// “Call it Movie time.”
    pub(super) async fn prepare_named(&self, before: &Dialogue) -> Answer {
        let words: Vec<&str> = self.message.split_whitespace().collect();
        // “Call it …”, “call the scene …”
        let from = if words
            .get(1)
            .is_some_and(|word| word.eq_ignore_ascii_case("the"))
        {
            3
        } else {
            2
        };
        let name = words.get(from..).unwrap_or_default().join(" ");
        match &before.pending {
            Some(Pending::Prepare(prepare)) if prepare.stage == Stage::Set => {
                self.keep_prepared(prepare, Some(&name)).await
            }
            _ => Answer::of("prepare", "Nothing waits for a name."),
        }
    }

    /// Asks for what is missing, or shows what it comes to.
    async fn go_on_preparing(
        &self,
        mut prepare: Prepare,
        first: bool,
        next: &mut Dialogue,
    ) -> Answer {
        let Some(area) = prepare.area else {
            let rooms: Vec<String> = self
                .house
                .rooms
                .iter()
                .filter(|room| !self.there(room.id).is_empty())
                .map(|room| room.name.clone())
                .take(6)
                .collect();
            prepare.stage = Stage::Where;
            next.pending = Some(Pending::Prepare(Box::new(prepare)));
            return Answer::of("prepare", "In which room?").asking("which", rooms);
        };
        let there = self.there(area);
        let room = self
            .snapshot
            .areas
            .get(&area)
            .map_or("there", |area| &*area.name)
            .to_owned();
        let mut said: Vec<String> = Vec::new();
        if there.is_empty() {
            let text = format!("There is nothing in {room} that I could set.");
            return Answer::of("prepare", text);
        }
        if first {
            said.push(format!("{} in {room}.", prepare.name));
        }
        if !there.contains_key(&Slot::Music)
            && (first
                || prepare
                    .told
                    .get(&Slot::Music)
                    .is_some_and(|ops| !ops.is_empty()))
        {
            said.push("Nothing there plays music.".to_owned());
        }
        prepare.told.retain(|slot, _| there.contains_key(slot));
        let is_dark = prepare
            .told
            .get(&Slot::Light)
            .is_some_and(|ops| ops[..] == [Op::Off]);
        let missing = SLOTS.into_iter().find(|slot| {
            there.contains_key(slot)
                && !prepare.told.contains_key(slot)
                && !(is_dark && *slot == Slot::Colour)
        });
        if let Some(slot) = missing {
            let (question, choices) = question(slot);
            said.push(question.to_owned());
            prepare.stage = Stage::Asking(slot);
            next.pending = Some(Pending::Prepare(Box::new(prepare)));
            let choices = choices.iter().map(|it| (*it).to_owned()).collect();
            return Answer::of("prepare", said.join(" ")).asking("what", choices);
        }
        let deeds = self.prepared_deeds(&prepare, &there);
        if deeds.is_empty() {
            return Answer::of(
                "prepare",
                "Then all stays as it is, and there is nothing to set.",
            );
        }
        let todo: Vec<String> = deeds.iter().filter_map(|deed| self.todo_of(deed)).collect();
        if let Some(music) = &prepare.music
            && !deeds.iter().any(|deed| {
                matches!(
                    deed,
                    Deed::Devices {
                        op: Op::Choice(_),
                        ..
                    }
                )
            })
        {
            said.push(format!(
                "I can start what plays there, but not choose that it is {music}."
            ));
        }
        said.push(format!(
            "For {} I would {}. Shall I?",
            prepare.name,
            words::listed(&todo, 8)
        ));
        prepare.stage = Stage::Shown;
        next.pending = Some(Pending::Prepare(Box::new(prepare)));
        Answer::of("prepare", said.join(" ")).asking("confirm", vec!["Yes".into(), "No".into()])
    }

    async fn set_prepared(&self, mut prepare: Prepare, next: &mut Dialogue) -> Answer {
        let Some(area) = prepare.area else {
            return Answer::of("prepare", "In which room?");
        };
        let deeds = self.prepared_deeds(&prepare, &self.there(area));
        let mut answer = self.deeds(&deeds, true).await;
        answer.intent.name = "prepare".to_owned();
        if self.dry_run || !self.grant.covers(Right::ManageHouse, None) {
            return answer;
        }
        let slug = automation::document::ScenarioSlug::from_name(&prepare.name);
        let view = self.wires.automation.view();
        let replaces = view.scenes.iter().any(|scene| scene.slug == slug);
        let replaces = if replaces {
            " It replaces the one of that name."
        } else {
            ""
        };
        answer.response.push_str(&format!(
            " Shall I keep it as the scene “{}”?{replaces}",
            prepare.name
        ));
        prepare.stage = Stage::Set;
        next.pending = Some(Pending::Prepare(Box::new(prepare)));
        answer.asking("confirm", vec!["Yes".into(), "No".into()])
    }

    /// Keeps what the devices that were set are set to now.
    async fn keep_prepared(&self, prepare: &Prepare, name: Option<&str>) -> Answer {
        let name = name
            .unwrap_or(&prepare.name)
            .trim()
            .trim_end_matches(['.', '!']);
        let there = prepare
            .area
            .map(|area| self.there(area))
            .unwrap_or_default();
        let mut devices: Vec<DeviceId> = Vec::new();
        for deed in self.prepared_deeds(prepare, &there) {
            if let Deed::Devices { things, .. } = deed {
                devices.extend(things);
            }
        }
        devices.sort();
        devices.dedup();
        // As it is now, and not as it was when this was asked.
        let snapshot = self.wires.house.snapshot();
        let slugs: Vec<String> = devices
            .iter()
            .filter_map(|id| Some(snapshot.devices.get(id)?.device.slug.to_string()))
            .collect();
        let scene = Scene::capture(name, &slugs, &snapshot);
        if scene.settings.is_empty() {
            return Answer::of(
                "prepare",
                "The devices have not said yet how they are, so I kept no scene.",
            );
        }
        let scene = match Scene::read(&scene.to_json()) {
            Ok(scene) => scene,
            Err(_) => {
                return Answer::of(
                    "prepare",
                    format!("“{name}” cannot be the name of a scene."),
                );
            }
        };
        let mut action = Action::of(
            "Scene",
            "keep",
            scene.name.clone(),
            Vec::new(),
            Outcome::Reached,
        );
        action.slug = scene.slug.to_string();
        let view = self.wires.automation.view();
        let is_new = view.scenes.iter().all(|known| known.slug != scene.slug);
        let (name, count) = (scene.name.clone(), devices.len());
        let kept = self
            .wires
            .automation
            .put_scene(scene, is_new, Cause::first(self.grant.who.clone()))
            .await;
        let mut answer = match kept {
            Ok(()) => Answer::of(
                "prepare",
                format!(
                    "I keep it as the scene “{name}”, with {count} devices. Say “{name}” to bring it back."
                ),
            ),
            Err(error) => {
                action.outcome = Outcome::Refused;
                action.note = Some(error.to_string());
                Answer::of("prepare", format!("I could not keep it: {error}."))
            }
        };
        answer.actions.push(action);
        answer
    }

    fn area_called(&self, said: &str) -> Option<AreaId> {
        let said = said.trim().trim_end_matches(['.', '!', '?']);
        let bare = [
            "the ", "my ", "our ", "in the ", "in ", "im ", "das ", "die ", "den ",
        ]
        .iter()
        .find_map(|word| {
            said.get(..word.len())
                .filter(|begin| begin.eq_ignore_ascii_case(word))
                .map(|_| &said[word.len()..])
        })
        .unwrap_or(said);
        let bare = ["the ", "my ", "our "]
            .iter()
            .find_map(|word| bare.strip_prefix(word))
            .unwrap_or(bare);
        let wanted = text::folded(bare);
        let mut areas = self.snapshot.areas.values();
        areas
            .find(|area| text::folded(&area.name) == wanted)
            .map(|area| area.id)
    }

    /// What can be set in a room, by what is asked.
    fn there(&self, area: AreaId) -> BTreeMap<Slot, Vec<DeviceId>> {
        let mut there: BTreeMap<Slot, Vec<DeviceId>> = BTreeMap::new();
        for (id, twin) in &self.snapshot.devices {
            if twin.device.area != Some(area) {
                continue;
            }
            let Some((thing, _)) = self.thing(*id) else {
                continue;
            };
            let has = |capability: &model::Capability| {
                twin.device
                    .capabilities
                    .iter()
                    .any(|it| it.capability.name == capability.name)
            };
            let light = thing.nouns.has(Noun::Light) && act::can(&Op::On, thing);
            let mut put = |slot: Slot, can: bool| {
                if can {
                    there.entry(slot).or_default().push(*id);
                }
            };
            put(Slot::Light, light);
            put(Slot::Colour, light && act::can(&Op::White(2_700), thing));
            put(
                Slot::Music,
                has(&capability::MEDIA_PLAYBACK)
                    && act::can(&Op::Play, thing)
                    && !thing.nouns.has(Noun::Tv),
            );
            put(Slot::Heat, has(&capability::THERMOSTAT));
        }
        there
    }

    /// What is done for it.
    fn prepared_deeds(
        &self,
        prepare: &Prepare,
        there: &BTreeMap<Slot, Vec<DeviceId>>,
    ) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (slot, ops) in &prepare.told {
            let Some(things) = there.get(slot) else {
                continue;
            };
            let mut ops = ops.clone();
            if *slot == Slot::Music
                && ops.first() == Some(&Op::Play)
                && let Some(music) = &prepare.music
            {
                ops.insert(0, Op::Choice(music.clone()));
            }
            for op in ops {
                // A lamp that cannot be dimmed is switched on.
                let plain = |id: &DeviceId| {
                    self.thing(*id)
                        .is_some_and(|(thing, _)| act::can(&op, thing))
                };
                let (able, unable): (Vec<_>, Vec<_>) = things.iter().copied().partition(plain);
                if *slot == Slot::Light && !unable.is_empty() && op != Op::Off {
                    deeds.push(Deed::Devices {
                        op: Op::On,
                        things: unable,
                        named: true,
                    });
                }
                if !able.is_empty() {
                    deeds.push(Deed::Devices {
                        op,
                        things: able,
                        named: true,
                    });
                }
            }
        }
        deeds
    }

    fn todo_of(&self, deed: &Deed) -> Option<String> {
        let Deed::Devices { op, things, .. } = deed else {
            return None;
        };
        let acts: Vec<_> = things
            .iter()
            .flat_map(|id| self.plan(op, *id).unwrap_or_default())
            .collect();
        let names: Vec<String> = things.iter().map(|id| self.name(*id)).collect();
        Some(words::todo(op, &acts).replace("{}", &words::listed(&names, 6)))
    }
}

/// “a film evening: dim and warm” as a name and details.
fn named(said: &str) -> (String, String) {
    let (name, details) = said.split_once([':', ',', ';']).unwrap_or((said, ""));
    let name = name.trim().trim_end_matches(['.', '!', '?']);
    let name = [
        "a ", "an ", "the ", "our ", "einen ", "eine ", "den ", "die ",
    ]
    .iter()
    .find_map(|word| name.strip_prefix(word))
    .unwrap_or(name);
    (name.chars().take(60).collect(), details.trim().to_owned())
}

fn question(slot: Slot) -> (&'static str, &'static [&'static str]) {
    match slot {
        Slot::Light => (
            "How bright shall the light be?",
            &["Dim", "Half", "Bright", "Off", "As it is"],
        ),
        Slot::Colour => ("In which colour?", &["Warm", "Neutral", "Cool", "As it is"]),
        Slot::Music => (
            "Music? Say how loud, too.",
            &["Quiet music", "No music", "As it is"],
        ),
        Slot::Heat => (
            "How warm shall it be?",
            &["20 degrees", "21 degrees", "As it is"],
        ),
    }
}
