//! How a call came in, and so how it is read, signed and answered (KooGallery pages saas_topic_0000001 for V1,
//! zh-cn_topic_0070649414 for V2, zh-cn_topic_0070649135 and zh-cn_topic_0070649476 for the kit's two versions).

use serde_json::{Map, Value};

use super::{Callback, ParseError, kit, v1, v2};
use crate::protocol::signature::auth_token::Signable;

/// A generation of the access guide and its transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    /// GET, everything in the query, authToken.
    V1,
    /// POST, JSON, signature in the query.
    V2,
    /// POST to a fixed sub-path, JSON, signature in headers.
    Kit(KitVersion),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KitVersion {
    V1,
    V2,
}

impl Wire {
    pub const ALL: [Self; 4] = [Self::V1, Self::V2, Self::Kit(KitVersion::V1), Self::Kit(KitVersion::V2)];

    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Kit(KitVersion::V1) => "kit-v1",
            Self::Kit(KitVersion::V2) => "kit-v2",
        }
    }

    /// Whether user names and passwords in its answers are encrypted.
    pub const fn encrypts_credentials(self) -> bool {
        matches!(self, Self::V1)
    }

    /// Reads a call again that was verified before. `interface` is the kit's, which its path names.
    pub fn read(self, interface: &str, query: &str, body: &[u8]) -> Result<Callback, ParseError> {
        match self {
            Self::V1 => v1::parse(query),
            Self::V2 => v2::parse(body),
            Self::Kit(version) => match kit::Interface::of_name(interface) {
                Some(interface) => kit::parse(version, interface, body),
                None => Err(ParseError::NoJsonObject(format!("the kit has no interface `{interface}`"))),
            },
        }
    }

    /// The members of a call as they came, without its signature. Empty where they cannot be read.
    pub fn members(self, query: &str, body: &str) -> Map<String, Value> {
        match self {
            Self::V1 => {
                let signed = Signable::from_query(query).map(|signed| signed.fields().to_vec()).unwrap_or_default();
                signed.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
            }
            Self::V2 | Self::Kit(_) => serde_json::from_str(body).unwrap_or_default(),
        }
    }
}
