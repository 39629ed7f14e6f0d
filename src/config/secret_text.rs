//! A secret in `config.toml`: text on disk, masked everywhere else. Used with `#[serde(with = "..")]`.

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

use crate::protocol::Secret;

pub(super) fn serialize<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose()),
        None => serializer.serialize_none(),
    }
}

/// The usual complaint about a value of the wrong type repeats it; this one does not.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Ok(Some(Secret::new(text))),
        _ => Err(D::Error::custom("a secret is text in quotes")),
    }
}
