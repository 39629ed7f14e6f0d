//! The calls of the console's page 接口调试 (zh-cn_topic_0070649478, zh-cn_topic_0000002091917709): an activity of a
//! generation with the values that a person fills in, signed as KooGallery signs it. What is filled in need not be right: a
//! call that a seller has to refuse is worth a try as well. Sends nothing.
//!
//! - `preset`: which activities there are, and what stands in their fields at first
//! - `signed`: the request, ready to leave, and as a line for a shell
//! - `rules`: what an answer is held against, one after the other

mod preset;
mod rules;
mod signed;

use std::collections::BTreeMap;

pub use rules::{Rule, Standing, standing_of};
use serde_json::{Map, Value};
pub use signed::SignedCall;

use super::{
    KeyClass, Secret,
    callback::{Activity, KitVersion, NoReply, Reply, Wire, verdict},
};

/// A generation of the access guide, as the console offers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// SaaS V2.0.
    #[default]
    V2,
    /// SaaS V1.0.
    V1,
    /// License 1.0.
    License,
    /// License codes 2.0.
    Codes,
    /// The joint-operation kit V2.0.
    Kit,
    /// The kit of V1.0.
    KitV1,
    /// 订单通知.
    OrderNotify,
}

impl Generation {
    pub const ALL: [Self; 7] =
        [Self::V2, Self::V1, Self::License, Self::Codes, Self::Kit, Self::KitV1, Self::OrderNotify];

    /// Under which it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V1 => "v1",
            Self::License => "license",
            Self::Codes => "codes",
            Self::Kit => "kit",
            Self::KitV1 => "kit-v1",
            Self::OrderNotify => "order-notify",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|generation| generation.name() == name)
    }

    pub const fn wire(self) -> Wire {
        match self {
            Self::V2 | Self::Codes | Self::OrderNotify => Wire::V2,
            Self::V1 | Self::License => Wire::V1,
            Self::Kit => Wire::Kit(KitVersion::V2),
            Self::KitV1 => Wire::Kit(KitVersion::V1),
        }
    }

    /// The class of key that signs it.
    pub const fn key_class(self) -> KeyClass {
        match self {
            Self::V2 => KeyClass::Base,
            Self::Codes => KeyClass::License,
            Self::Kit => KeyClass::Kit,
            Self::OrderNotify => KeyClass::General,
            Self::V1 | Self::License | Self::KitV1 => KeyClass::V1,
        }
    }

    /// KooGallery's words for what it can ask.
    pub fn activities(self) -> impl Iterator<Item = &'static str> {
        preset::of(self).iter().map(|(activity, _)| *activity)
    }

    /// The fields of an activity with values that will do; none of an activity that it does not have.
    pub fn preset(self, activity: &str) -> Vec<(String, String)> {
        let fields = preset::of(self).iter().find(|(name, _)| *name == activity).map_or(&[][..], |(_, fields)| fields);
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
}

/// What differs from one call of the same case to the next, and so says nothing about which case it is. A `businessId` is
/// KooGallery's own and new each time.
const NOT_BUSINESS: [&str; 9] = [
    "activity",
    "authToken",
    "businessId",
    "currentSyncTime",
    "nonce",
    "signature",
    "testFlag",
    "timeStamp",
    "timestamp",
];

/// The business that a call is about: what its fields say, without what is new each time.
pub type Business = BTreeMap<String, String>;

/// Of a call that came in.
pub fn business_of(wire: Wire, query: &str, body: &str) -> Business {
    business(wire.members(query, body))
}

fn business(members: Map<String, Value>) -> Business {
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    let members = members.into_iter().filter(|(name, _)| !NOT_BUSINESS.contains(&name.as_str()));
    members.map(|(name, value)| (name, text(value))).filter(|(_, text)| !text.is_empty()).collect()
}

/// One call, filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebugCall {
    pub generation: Generation,
    pub activity: String,
    /// In the order in which they stand in the form; those that are empty are not sent.
    pub fields: Vec<(String, String)>,
    /// With `testFlag` 1.
    pub test: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DebugError {
    #[error("`{0}` is no address; one looks like https://www.example.com/produce")]
    NoAddress(String),
    #[error("the field {name} is no JSON: {reason}")]
    NoJson { name: String, reason: String },
    #[error("the kit has no interface `{0}`")]
    NoInterface(String),
}

impl DebugCall {
    /// As the form stands at first.
    pub fn preset(generation: Generation, activity: &str) -> Self {
        Self { generation, activity: activity.to_owned(), fields: generation.preset(activity), test: true }
    }

    pub fn business(&self) -> Result<Business, DebugError> {
        self.members().map(business)
    }

    /// What is sent, without signature and times.
    fn members(&self) -> Result<Map<String, Value>, DebugError> {
        let wire = self.generation.wire();
        let mut members = Map::new();
        for (name, text) in self.fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
            let value = match is_json(wire, name) {
                false => Value::from(text.as_str()),
                true => serde_json::from_str(text)
                    .map_err(|error| DebugError::NoJson { name: name.clone(), reason: error.to_string() })?,
            };
            members.insert(name.clone(), value);
        }
        if let Wire::Kit(_) = wire {
            members.insert("testFlag".into(), i32::from(self.test).into());
        } else {
            members.insert("activity".into(), self.activity.as_str().into());
            // The notification of an order says so either way (zh-cn_topic_0000002091799153).
            if self.test || self.generation == Generation::OrderNotify {
                members.insert("testFlag".into(), if self.test { "1" } else { "0" }.into());
            }
        }
        Ok(members)
    }

    /// What it means, where it can be understood.
    fn meaning(&self, signed: &SignedCall) -> Activity {
        let read = self.generation.wire().read(&self.activity, signed.query(), signed.body.as_bytes());
        read.map_or_else(|_| Activity::Unknown { name: self.activity.clone() }, |callback| callback.activity)
    }

    /// As KooGallery would judge the answer to it.
    pub fn judge(&self, signed: &SignedCall, key: &Secret, reply: &Result<Reply, NoReply>) -> verdict::Verdict {
        let activity = self.meaning(signed);
        match self.generation.wire() {
            Wire::V1 => verdict::judge_v1(&activity, key, reply).verdict,
            Wire::V2 | Wire::Kit(_) => verdict::judge(&activity, reply).verdict,
        }
    }
}

/// Fields that hold more than a text. V1 writes its lists as texts.
fn is_json(wire: Wire, name: &str) -> bool {
    match wire {
        Wire::V1 => false,
        Wire::V2 => name == "productInfo",
        Wire::Kit(KitVersion::V1) => name == "flag",
        Wire::Kit(KitVersion::V2) => matches!(name, "flag" | "userList" | "orgInfoList"),
    }
}

#[cfg(test)]
mod tests;
