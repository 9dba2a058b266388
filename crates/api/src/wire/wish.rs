//! Commands and wishes on the wire.

use super::{At, Cause, Scalar};
use crate::{ApiError, ErrorCode};
use model::{Capability, Goal, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A command for a device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// An id of the client's own making; a repeat with the same id gets the first outcome and is
    /// not carried out again.
    #[serde(default)]
    pub id: Option<String>,
    /// Of which capability, such as `OnOff`.
    #[schema(example = "OnOff")]
    pub capability: String,
    /// One of the capability's commands, or `set`.
    #[schema(example = "on")]
    pub command: String,
    /// Its arguments by name; for `set`, the properties.
    #[serde(default)]
    pub args: BTreeMap<String, Scalar>,
    /// On which endpoint; the first that has the capability where it is left out.
    #[serde(default)]
    pub endpoint: Option<u16>,
    /// A person's yes, for what needs one.
    #[serde(default)]
    pub confirm: bool,
}

/// A command of a batch, with the device that it is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchCommand {
    /// Id, slug or alias of the device.
    pub device: String,
    /// An id of the client's own making; a repeat with the same id gets the first outcome.
    #[serde(default)]
    pub id: Option<String>,
    /// Of which capability.
    pub capability: String,
    /// One of the capability's commands, or `set`.
    pub command: String,
    /// Its arguments by name.
    #[serde(default)]
    pub args: BTreeMap<String, Scalar>,
    /// On which endpoint.
    #[serde(default)]
    pub endpoint: Option<u16>,
    /// A person's yes, for what needs one.
    #[serde(default)]
    pub confirm: bool,
}

/// Several commands at once; each stands for itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The commands, at most 100.
    #[schema(max_items = 100)]
    pub commands: Vec<BatchCommand>,
}

impl Command {
    /// The request that it stands for.
    ///
    /// # Errors
    /// When the client's id cannot be one.
    pub fn request(self, device: String, grant: model::Grant) -> Result<model::Request, ApiError> {
        let client_id = self.id.map(client_id).transpose()?;
        let body = model::RequestBody::Command(model::CommandRequest {
            device: device.into(),
            endpoint: self.endpoint,
            capability: self.capability,
            command: self.command,
            args: self
                .args
                .into_iter()
                .map(|(name, value)| (name, value.0))
                .collect(),
            confirmed: self.confirm,
        });
        Ok(model::Request {
            client_id,
            ..model::Request::new(grant, body)
        })
    }
}

impl BatchCommand {
    /// The device, and the command for it.
    #[must_use]
    pub fn split(self) -> (String, Command) {
        let Self {
            device,
            id,
            capability,
            command,
            args,
            endpoint,
            confirm,
        } = self;
        (
            device,
            Command {
                id,
                capability,
                command,
                args,
                endpoint,
                confirm,
            },
        )
    }
}

/// A client's id is kept and compared, so it has to be of a size that one can keep.
fn client_id(id: String) -> Result<String, ApiError> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(id)
    } else {
        Err(ApiError::new(
            ErrorCode::InvalidBody,
            "the id of the request cannot be kept",
        )
        .expected("1 to 128 printable ASCII characters without blanks, such as a UUID"))
    }
}

/// A wish and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Wish {
    /// Its id.
    pub id: Uuid,
    /// The request that it came with.
    pub request: Uuid,
    /// Of which device.
    pub device: Uuid,
    /// On which endpoint.
    pub endpoint: u16,
    /// Of which capability.
    pub capability: String,
    /// By which command.
    pub command: String,
    /// The command's arguments.
    pub args: BTreeMap<String, Scalar>,
    /// The wanted values by property; null for an action.
    pub goal: Option<BTreeMap<String, Scalar>>,
    /// `pending`, `reached`, `superseded`, `rejected` or `timed_out`.
    pub state: &'static str,
    /// What there is to say about that.
    pub note: Option<String>,
    /// When it was made.
    pub made_at: At,
    /// When it ended.
    pub ended_at: Option<At>,
    /// Who wanted it, and why.
    pub cause: Cause,
}

impl From<&model::Wish> for Wish {
    fn from(wish: &model::Wish) -> Self {
        let goal = match &wish.goal {
            Goal::Target { values } => Some(
                values
                    .iter()
                    .map(|(name, value)| (name.clone(), value.into()))
                    .collect(),
            ),
            Goal::Action { .. } => None,
        };
        Self {
            id: wish.id.uuid(),
            request: wish.request.uuid(),
            device: wish.device.uuid(),
            endpoint: wish.endpoint,
            capability: wish.capability.clone(),
            command: wish.command.clone(),
            args: arguments(wish),
            goal,
            state: wish.state.as_str(),
            note: wish.note.clone(),
            made_at: wish.made_at.into(),
            ended_at: wish.ended_at.map(At),
            cause: (&wish.cause).into(),
        }
    }
}

/// The arguments follow from the goal: each is the value that some property shall have.
fn arguments(wish: &model::Wish) -> BTreeMap<String, Scalar> {
    let Goal::Target { values } = &wish.goal else {
        return BTreeMap::new();
    };
    let entry = |(name, value): (&str, &Value)| (name.to_owned(), Scalar::from(value));
    if wish.command == "set" {
        return values
            .iter()
            .map(|(name, value)| entry((name, value)))
            .collect();
    }
    Capability::find(&wish.capability)
        .and_then(|capability| capability.command(&wish.command))
        .map(|command| command.arguments)
        .unwrap_or_default()
        .iter()
        .filter_map(|argument| Some(entry((argument.name, wish.wants(argument.property)?))))
        .collect()
}

/// The answer to a command.
#[derive(Debug, Serialize, ToSchema)]
pub struct WishAnswer {
    /// The wish.
    pub wish: Wish,
}

/// The answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// One for each command, in the same order.
    pub results: Vec<BatchResult>,
}

/// What became of one command of a batch: a wish, or an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// The device, as the client named it.
    pub device: String,
    /// The wish, where it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The error, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<super::ErrorDetail>,
}
