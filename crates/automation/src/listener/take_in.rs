//! Scenarios and scenes that come together: all of them are taken, or none.

use super::{Listener, MANY, next_version};
use crate::document::{Bundle, Document, to_json};
use crate::engine::Scene;
use crate::run::{CannotPut, TakenIn};
use crate::telemetry;
use model::{Cause, EventBody};
use store::{KeptScene, Record};

/// What is taken of a bundle, before it is.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) taken: TakenIn,
    /// Each with whether it is new.
    scenes: Vec<(Scene, bool)>,
    /// Each with its version, and whether it is new.
    scenarios: Vec<(Document, u32, bool)>,
    records: Vec<Record>,
}

impl Listener {
    pub(super) async fn take_in(
        &mut self,
        bundle: Bundle,
        replace: bool,
        cause: Cause,
    ) -> Result<TakenIn, CannotPut> {
        let judged = self.judge(bundle, replace, &cause).await?;
        if !judged.records.is_empty() {
            let kept = self.wires.store.keep(judged.records).await;
            kept.map_err(|error| CannotPut::NotKept(error.to_string()))?;
            self.hold(judged.scenes, judged.scenarios, &cause);
        }
        Ok(judged.taken)
    }

    /// What would be taken; nothing is changed.
    pub(super) async fn judge(
        &mut self,
        bundle: Bundle,
        replace: bool,
        cause: &Cause,
    ) -> Result<Judged, CannotPut> {
        let Judged {
            mut taken,
            mut scenes,
            mut scenarios,
            mut records,
        } = Judged::default();
        let now = self.wires.house.clock().now();
        for scene in bundle.scenes {
            let known = self.engine.scenes().find(|one| one.slug == scene.slug);
            let name = format!("scene {}", scene.slug);
            let same = known.is_some_and(|known| *known == scene);
            if taken.note(name, known.is_some(), same || !replace) {
                let is_new = known.is_none();
                records.push(Record::Scene(Box::new(KeptScene {
                    slug: scene.slug.to_string(),
                    body: Some(scene.to_json()),
                    at: now.house,
                    who: cause.who.clone(),
                })));
                scenes.push((scene, is_new));
            }
        }
        let added = scenes.iter().filter(|(_, is_new)| *is_new).count();
        if added > 0 && self.engine.scenes().count() + added > MANY {
            return Err(CannotPut::TooMany(MANY));
        }
        for document in bundle.scenarios {
            let known = self.engine.rule(&document.slug);
            let same = known.is_some_and(|known| *known.document == document);
            let is_new = known.is_none();
            if taken.note(document.slug.to_string(), !is_new, same || !replace) {
                let version = next_version(&self.wires.store, &document.slug).await?;
                let body = Some(to_json(&document));
                records.push(self.version(&document.slug, version, body, cause));
                scenarios.push((document, version, is_new));
            }
        }
        Ok(Judged {
            taken,
            scenes,
            scenarios,
            records,
        })
    }

    /// What is kept holds from now on.
    fn hold(
        &mut self,
        scenes: Vec<(Scene, bool)>,
        scenarios: Vec<(Document, u32, bool)>,
        cause: &Cause,
    ) {
        let (snapshot, now) = (self.wires.house.snapshot(), self.wires.house.clock().now());
        let what = |is_new: bool| {
            if is_new {
                "it was added"
            } else {
                "it was edited"
            }
            .to_owned()
        };
        for (scene, is_new) in scenes {
            let note = EventBody::SceneChanged {
                scene: scene.slug.to_string(),
                name: scene.name.clone(),
                what: what(is_new),
            };
            self.engine.put_scene(scene);
            self.tell(cause.clone(), note);
        }
        for (document, version, is_new) in scenarios {
            let note = EventBody::ScenarioChanged {
                scenario: document.slug.to_string(),
                name: document.name.clone(),
                what: what(is_new),
            };
            telemetry::known(&document);
            self.engine.put(document, version, &snapshot, now);
            self.tell(cause.clone(), note);
        }
        // Who missed a scene need miss it no longer.
        self.engine.attend_anew(&snapshot, now);
        self.show();
    }
}

impl TakenIn {
    /// Notes what becomes of one; whether it is taken.
    fn note(&mut self, name: String, is_known: bool, stays: bool) -> bool {
        let list = match (is_known, stays) {
            (false, _) => &mut self.added,
            (true, false) => &mut self.replaced,
            (true, true) => &mut self.left,
        };
        list.push(name);
        !(is_known && stays)
    }
}
