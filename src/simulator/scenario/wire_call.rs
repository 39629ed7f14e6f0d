//! One call of a scenario as it is on the wire: recorded once, or as nobody should send it. Signed anew each time, with the
//! keys at hand, and with ids of its own that stay the same within one play.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    protocol::{
        KeyClass, Secret, UnixMillis,
        callback::{
            KitVersion, Wire,
            kit::{Interface, sub_path},
        },
        credential::{self, EncryptType, Iv},
        id::InstanceId,
    },
    simulator::{
        conformance::speaker::{Call, Flaw, Speaker},
        ids::{self, Ids},
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WireCall {
    pub wire: WireName,
    /// Of the kit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// The body, or the query parameters of V1, without times and signature.
    pub members: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<Wrong>,
    /// instanceId that a purchase was answered with, when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WireName {
    V1,
    V2,
    KitV1,
    KitV2,
}

impl WireName {
    pub const fn of(wire: Wire) -> Self {
        match wire {
            Wire::V1 => Self::V1,
            Wire::V2 => Self::V2,
            Wire::Kit(KitVersion::V1) => Self::KitV1,
            Wire::Kit(KitVersion::V2) => Self::KitV2,
        }
    }

    const fn wire(self) -> Wire {
        match self {
            Self::V1 => Wire::V1,
            Self::V2 => Wire::V2,
            Self::KitV1 => Wire::Kit(KitVersion::V1),
            Self::KitV2 => Wire::Kit(KitVersion::V2),
        }
    }
}

/// In which one way it is not as KooGallery sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    Signature,
    NoSignature,
    /// Changed after it was signed.
    Altered,
    OtherKey,
    Seconds,
    Old,
    Ahead,
    NoTimestamp,
    NoNonce,
    /// A body that is no JSON, signed right.
    Malformed,
    /// The same request twice, of which the second counts.
    Replayed,
}

impl Wrong {
    fn flaw(self) -> Flaw {
        match self {
            Self::Signature => Flaw::WrongSignature,
            Self::NoSignature => Flaw::NoSignature,
            Self::Altered => Flaw::Altered,
            Self::OtherKey => Flaw::OtherKey(Secret::new("not-the-key-of-any-seller")),
            Self::Seconds => Flaw::Seconds,
            Self::Old => Flaw::Old,
            Self::Ahead => Flaw::Ahead,
            Self::NoTimestamp => Flaw::NoTimestamp,
            Self::NoNonce => Flaw::NoNonce,
            Self::Malformed | Self::Replayed => Flaw::None,
        }
    }
}

impl WireCall {
    pub(super) fn activity(&self) -> String {
        let word = self.members.get("activity").and_then(Value::as_str);
        word.map(str::to_owned).or_else(|| self.interface.clone()).unwrap_or_default()
    }

    pub fn key_class(&self) -> KeyClass {
        match (self.wire, self.activity().as_str()) {
            (WireName::V1 | WireName::KitV1, _) => KeyClass::V1,
            (WireName::KitV2, _) => KeyClass::Kit,
            (WireName::V2, "orderNotify") => KeyClass::General,
            (WireName::V2, activity) if activity.contains("LicenseCode") => KeyClass::License,
            (WireName::V2, _) => KeyClass::Base,
        }
    }

    /// Ready to leave.
    pub(super) fn sign(&self, members: Map<String, Value>, key: &Secret, now: UnixMillis) -> Option<Call> {
        let test = is_test(&members);
        let speaker = Speaker { wire: self.wire.wire(), key: key.clone(), test, license: false };
        let path = match self.wire.wire() {
            Wire::Kit(version) => sub_path(version, Interface::of_name(self.interface.as_deref()?)?),
            Wire::V1 | Wire::V2 => String::new(),
        };
        if self.wrong == Some(Wrong::Malformed) {
            return Some(speaker.call_with_body("", br#"{"activity":"newInstance","orderId":"#, now));
        }
        let members = if self.wire == WireName::V1 { as_texts(members, key) } else { members };
        Some(speaker.call(&path, members, &self.wrong.map_or(Flaw::None, Wrong::flaw), now))
    }
}

fn is_test(members: &Map<String, Value>) -> bool {
    members.get("testFlag").is_some_and(|flag| *flag == 1 || flag == "1")
}

/// As a query string has them; what a V1 buyer allowed to be told is encrypted with the Key that is used now.
fn as_texts(members: Map<String, Value>, key: &Secret) -> Map<String, Value> {
    let text = |(name, value): (String, Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_private = matches!(name.as_str(), "mobilePhone" | "email");
        let encrypted = is_private.then(|| {
            let iv: String = ids::nonce().chars().take(16).collect();
            Iv::new(&iv).and_then(|iv| credential::encrypt(key, EncryptType::default(), &iv, &text)).ok()
        });
        (name, encrypted.flatten().unwrap_or(text).into())
    };
    members.into_iter().map(text).collect()
}

/// Which ids of this play stand for those that are written down.
#[derive(Default)]
pub(super) struct IdMap {
    orders: BTreeMap<String, String>,
    others: BTreeMap<String, String>,
    instances: BTreeMap<String, String>,
}

impl IdMap {
    /// Consistently; an instance is another one only once it is known which.
    pub(super) fn members(
        &mut self,
        members: Map<String, Value>,
        ids: &mut Ids,
        now: UnixMillis,
    ) -> Map<String, Value> {
        let mut map = |(name, value): (String, Value)| {
            let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return (name, value) };
            let mapped = match name.as_str() {
                "orderId" => self.order(text, ids, now),
                "orderLineId" => {
                    let (order, line) = text.split_at(text.rfind('-').unwrap_or(text.len()));
                    format!("{}{line}", self.order(order, ids, now))
                }
                // Another on every call, whatever was written down.
                "businessId" => ids.business().to_string(),
                "eventId" => self.others.entry(text.to_owned()).or_insert_with(|| ids.event().to_string()).clone(),
                "instanceId" => {
                    let each = text.split(',').map(|id| self.instances.get(id).map_or(id, String::as_str));
                    each.collect::<Vec<_>>().join(",")
                }
                _ => text.to_owned(),
            };
            (name, mapped.into())
        };
        members.into_iter().map(&mut map).collect()
    }

    fn order(&mut self, text: &str, ids: &mut Ids, now: UnixMillis) -> String {
        self.orders.entry(text.to_owned()).or_insert_with(|| ids.order(now).order_id.to_string()).clone()
    }

    pub(super) fn gave(&mut self, then: &str, now: &InstanceId) {
        self.instances.insert(then.to_owned(), now.to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_435_200_000);

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn ids_are_others_and_the_same_throughout() {
        let (mut map, mut ids) = (IdMap::default(), Ids::seeded(1));
        let call = |order: &str| {
            object(
                &json!({ "orderId": order, "orderLineId": format!("{order}-000001"), "businessId": "b", "instanceId": "i-1,i-2" }),
            )
        };
        let first = map.members(call("CS1"), &mut ids, NOW);
        map.gave("i-1", &InstanceId::new("new"));
        let second = map.members(call("CS1"), &mut ids, NOW);
        assert_ne!(first["orderId"], "CS1");
        assert_eq!((&first["orderId"], &first["orderLineId"]), (&second["orderId"], &second["orderLineId"]));
        assert!(first["orderLineId"].as_str().unwrap().starts_with(first["orderId"].as_str().unwrap()));
        assert!(first["orderLineId"].as_str().unwrap().ends_with("-000001"));
        assert_ne!(first["businessId"], second["businessId"]);
        assert_eq!((&first["instanceId"], &second["instanceId"]), (&json!("i-1,i-2"), &json!("new,i-2")));
        assert_ne!(map.members(call("CS2"), &mut ids, NOW)["orderId"], first["orderId"]);
    }

    #[test]
    fn each_wire_has_its_key() {
        let of = |wire, activity: &str| {
            let members = object(&json!({ "activity": activity }));
            WireCall { wire, interface: None, members, wrong: None, gave: None }.key_class()
        };
        for (wire, activity, class) in [
            (WireName::V1, "newInstance", KeyClass::V1),
            (WireName::V2, "newInstance", KeyClass::Base),
            (WireName::V2, "refreshLicenseCode", KeyClass::License),
            (WireName::V2, "orderNotify", KeyClass::General),
            (WireName::KitV1, "", KeyClass::V1),
            (WireName::KitV2, "", KeyClass::Kit),
        ] {
            assert_eq!(of(wire, activity), class, "{wire:?} {activity}");
        }
    }
}
