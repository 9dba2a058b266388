//! Times and values on the wire.

use model::{Timestamp, Value};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// A time: RFC 3339 text in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct At(pub Timestamp);

impl From<Timestamp> for At {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl PartialSchema for At {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, in UTC"))
            .examples(["2026-11-23T22:30:00.5Z"])
            .into()
    }
}

impl ToSchema for At {}

/// A value of a property: `true`, `21.5` or `"heat"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scalar(pub Value);

impl From<Value> for Scalar {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<&Value> for Scalar {
    fn from(value: &Value) -> Self {
        Self(value.clone())
    }
}

impl PartialSchema for Scalar {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .item(ObjectBuilder::new().schema_type(Type::String))
            .description(Some(
                "true or false, a number in the property's unit, or a text",
            ))
            .into()
    }
}

impl ToSchema for Scalar {}

/// A field of an edit: left out, null, or a value. JSON tells the three apart, `Option` does not.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Patch<T> {
    /// Left out: stays as it is.
    #[default]
    Absent,
    /// Null: set to nothing.
    Null,
    /// A value: set to it.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only called when the field is there; `#[serde(default)]` gives `Absent` otherwise.
        Ok(match Option::deserialize(deserializer)? {
            Some(value) => Self::Value(value),
            None => Self::Null,
        })
    }
}

impl<T> Patch<T> {
    /// The edit where null makes sense.
    pub fn nullable(self) -> model::Change<Option<T>> {
        match self {
            Self::Absent => model::Change::Keep,
            Self::Null => model::Change::Set(None),
            Self::Value(value) => model::Change::Set(Some(value)),
        }
    }

    /// The edit where null makes none; the name of the field is for the message.
    ///
    /// # Errors
    /// When it is null.
    pub fn required(self, field: &str) -> Result<model::Change<T>, crate::ApiError> {
        match self {
            Self::Absent => Ok(model::Change::Keep),
            Self::Value(value) => Ok(model::Change::Set(value)),
            Self::Null => Err(crate::ApiError::new(
                crate::ErrorCode::InvalidBody,
                format!("{field} is null"),
            )
            .expected(format!(
                "a value, or no {field} at all to leave it as it is"
            ))),
        }
    }
}
