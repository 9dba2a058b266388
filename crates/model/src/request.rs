//! What people and programs ask of the house: the only way in for what it shall be like.

use crate::{
    AreaId, Cause, Constraint, DeviceId, DeviceKind, DiscoveryId, EventBody, FloorId, Grant,
    PersonId, Preferences, Presence, RequestId, Slug, Value,
};

/// A request, with who asks and what they may do.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The id that the client gave it; a repeat gets the first outcome.
    pub client_id: Option<String>,
    /// Who caused it, and why.
    pub cause: Cause,
    /// What they may do.
    pub grant: Grant,
    /// What is asked.
    pub body: RequestBody,
}

impl Request {
    /// A request of whoever the grant names.
    #[must_use]
    pub fn new(grant: Grant, body: RequestBody) -> Self {
        Self {
            id: RequestId::new(),
            client_id: None,
            cause: Cause::first(grant.who.clone()),
            grant,
            body,
        }
    }
}

/// An id or a slug (or, for devices, an alias): whatever people have at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(pub String);

impl<T: Into<String>> From<T> for Reference {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// A field of an edit: left as it is, or set, possibly to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// As it is.
    #[default]
    Keep,
    /// Set to this.
    Set(T),
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// Tell a device something.
    Command(CommandRequest),
    /// Edit a device.
    EditDevice {
        /// Which.
        device: Reference,
        /// How.
        edit: DeviceEdit,
    },
    /// Remove a device.
    RemoveDevice {
        /// Which.
        device: Reference,
    },
    /// Make a found thing ours.
    Adopt {
        /// Which.
        discovery: DiscoveryId,
        /// With this name.
        name: Option<String>,
        /// In this area.
        area: Option<Reference>,
    },
    /// Don't show a found thing again.
    Ignore {
        /// Which.
        discovery: DiscoveryId,
    },
    /// Show an ignored thing again: it waits for a yes once more.
    Reconsider {
        /// Which.
        discovery: DiscoveryId,
    },
    /// Put the house into a mode.
    SetMode {
        /// Which: `home`, `night`, `away`, or the household's own word.
        mode: String,
    },
    /// Tell everyone something that a listener has to say: a run ended, a rule was edited.
    Tell {
        /// What; only what [`EventBody::is_note`] takes.
        note: Box<EventBody>,
    },
    /// Look for devices now; while a search runs, another joins it.
    Scan {
        /// Over these protocols; empty means all.
        protocols: Vec<String>,
    },
    /// Add a device by hand.
    AddManual {
        /// Which driver shall speak to it.
        driver: String,
        /// What that driver needs.
        description: serde_json::Value,
    },
    /// Add or edit a floor.
    PutFloor {
        /// An existing one; `None` makes a new one.
        floor: Option<Reference>,
        /// How.
        edit: FloorEdit,
    },
    /// Remove a floor; its areas stay, without a floor.
    RemoveFloor {
        /// Which.
        floor: Reference,
    },
    /// Add or edit an area.
    PutArea {
        /// An existing one; `None` makes a new one.
        area: Option<Reference>,
        /// How.
        edit: AreaEdit,
    },
    /// Remove an area; its devices stay, without an area.
    RemoveArea {
        /// Which.
        area: Reference,
    },
    /// Add or edit a person.
    PutPerson {
        /// An existing one; `None` makes a new one.
        person: Option<Reference>,
        /// How.
        edit: PersonEdit,
    },
    /// Remove a person.
    RemovePerson {
        /// Which.
        person: Reference,
    },
    /// Add or edit a safety constraint.
    PutConstraint {
        /// As it shall be.
        constraint: Box<Constraint>,
        /// As the editor saw it; `None` for a new one. Where it is otherwise by now, nothing is done.
        before: Option<Box<Constraint>>,
    },
    /// Remove a safety constraint; one that comes with the house stays.
    RemoveConstraint {
        /// Its slug.
        constraint: String,
    },
    /// Edit several things: all of it, or nothing.
    Together {
        /// In this order; each may name what one before makes. Edits of devices, floors, areas and people.
        edits: Vec<RequestBody>,
    },
}

/// A command for a device.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandRequest {
    /// Which device.
    pub device: Reference,
    /// On which endpoint; `None` means the first that has the capability.
    pub endpoint: Option<u16>,
    /// Of which capability.
    pub capability: String,
    /// Which command: one of the table, or `set`.
    pub command: String,
    /// Its arguments by name.
    pub args: Vec<(String, Value)>,
    /// Whether a person said yes to it.
    pub confirmed: bool,
}

/// What can be edited of a device.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the fields of a device")]
pub struct DeviceEdit {
    pub name: Change<String>,
    pub slug: Change<Slug>,
    pub area: Change<Option<Reference>>,
    pub serves: Change<Vec<Reference>>,
    pub aliases: Change<Vec<String>>,
    pub kind: Change<DeviceKind>,
    pub preferences: Change<Preferences>,
}

/// What can be edited of a floor.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the fields of a floor")]
pub struct FloorEdit {
    pub name: Change<String>,
    pub slug: Change<Slug>,
    pub level: Change<i32>,
}

/// What can be edited of an area.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the fields of an area")]
pub struct AreaEdit {
    pub name: Change<String>,
    pub slug: Change<Slug>,
    pub floor: Change<Option<Reference>>,
    pub neighbours: Change<Vec<Reference>>,
}

/// What can be edited of a person.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "the fields of a person")]
pub struct PersonEdit {
    pub name: Change<String>,
    pub slug: Change<Slug>,
    pub presence: Change<Presence>,
}

/// The kinds of things that a reference can be to, for messages.
impl Reference {
    /// As an id of a device.
    #[must_use]
    pub fn device_id(&self) -> Option<DeviceId> {
        self.0.parse().ok()
    }

    /// As an id of an area.
    #[must_use]
    pub fn area_id(&self) -> Option<AreaId> {
        self.0.parse().ok()
    }

    /// As an id of a floor.
    #[must_use]
    pub fn floor_id(&self) -> Option<FloorId> {
        self.0.parse().ok()
    }

    /// As an id of a person.
    #[must_use]
    pub fn person_id(&self) -> Option<PersonId> {
        self.0.parse().ok()
    }
}
