//! How the house is built, edited by programs that may.

use super::desk::{Output, list_of, text_of};
use crate::talk::Turn;
use model::{AreaEdit, Change, DeviceEdit, Reference, Request, RequestBody};
use serde_json::{Map, Value as Json, json};

impl Turn<'_> {
    pub(super) async fn edit_device(&self, given: &Map<String, Json>) -> Result<Output, Output> {
        let id = self.resolved(&[text_of(given, "device")?.to_owned()])?[0];
        let aliases = list_of(given, "aliases")?;
        let edit = DeviceEdit {
            name: change(given, "name")?,
            area: match reference(given, "area")? {
                Change::Set(Some(Reference(name))) => Change::Set(Some(self.area(&name))),
                other => other,
            },
            aliases: aliases.map_or(Change::Keep, Change::Set),
            ..DeviceEdit::default()
        };
        let device = id.to_string().into();
        self.edit(RequestBody::EditDevice { device, edit }).await
    }

    pub(super) async fn put_area(
        &self,
        area: Option<&str>,
        given: &Map<String, Json>,
    ) -> Result<Output, Output> {
        let neighbours = list_of(given, "neighbours")?;
        let neighbours = neighbours.map(|names| names.iter().map(|name| self.area(name)).collect());
        let edit = AreaEdit {
            name: change(given, "name")?,
            floor: match reference(given, "floor")? {
                Change::Set(Some(Reference(name))) => {
                    let floors = self.snapshot.floors.values();
                    let floor = floors.into_iter().find(|floor| {
                        floor.slug.as_str() == name || floor.name.eq_ignore_ascii_case(&name)
                    });
                    Change::Set(Some(
                        floor.map_or(name, |floor| floor.id.to_string()).into(),
                    ))
                }
                other => other,
            },
            neighbours: neighbours.map_or(Change::Keep, Change::Set),
            ..AreaEdit::default()
        };
        let area = area.map(|area| self.area(area));
        self.edit(RequestBody::PutArea { area, edit }).await
    }

    /// An area by what it is called.
    fn area(&self, name: &str) -> Reference {
        let area = self.snapshot.area(name).map(|area| area.id.to_string());
        area.unwrap_or_else(|| name.to_owned()).into()
    }

    async fn edit(&self, body: RequestBody) -> Result<Output, Output> {
        let request = Request::new(self.grant.clone(), body);
        match self.wires.house.request(request).await {
            Ok(_) => Ok(Output::of(json!({ "status": "done" }))),
            Err(error) => Err(Output::fault(error.to_string())),
        }
    }
}

fn change(given: &Map<String, Json>, key: &str) -> Result<Change<String>, Output> {
    match given.get(key) {
        None | Some(Json::Null) => Ok(Change::Keep),
        Some(_) => Ok(Change::Set(text_of(given, key)?.to_owned())),
    }
}

fn reference(given: &Map<String, Json>, key: &str) -> Result<Change<Option<Reference>>, Output> {
    match given.get(key) {
        None | Some(Json::Null) => Ok(Change::Keep),
        Some(_) => Ok(Change::Set(Some(text_of(given, key)?.to_owned().into()))),
    }
}
