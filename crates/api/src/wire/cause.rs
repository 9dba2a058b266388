//! Causes on the wire.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did something, because of which cause before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cause {
    /// This link of the chain.
    pub id: Uuid,
    /// The link before.
    pub parent: Option<Uuid>,
    /// Who acted.
    pub who: Who,
}

/// Whoever acts in the house.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Who {
    /// `operator`, `person`, `device`, `rule`, `scenario`, `service` or `house`.
    pub kind: &'static str,
    /// What they were called at that time.
    pub name: String,
    /// Which person or device, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

impl From<&model::Cause> for Cause {
    fn from(cause: &model::Cause) -> Self {
        Self {
            id: cause.id.uuid(),
            parent: cause.parent.map(model::CauseId::uuid),
            who: (&cause.who).into(),
        }
    }
}

impl From<&model::Who> for Who {
    fn from(who: &model::Who) -> Self {
        use model::Who as W;
        let (kind, name, id) = match who {
            W::Operator => ("operator", "the operator", None),
            W::Person { id, name } => ("person", name.as_str(), Some(id.uuid())),
            W::Device { id, name } => ("device", &**name, Some(id.uuid())),
            W::Rule { name } => ("rule", name.as_str(), None),
            W::Scenario { name } => ("scenario", name.as_str(), None),
            W::Service { name } => ("service", name.as_str(), None),
            W::House => ("house", "the house", None),
        };
        Self {
            kind,
            name: name.to_owned(),
            id,
        }
    }
}
