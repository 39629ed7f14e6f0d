//! A scenario as it is written down. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Expectation, WireCall};
use crate::{
    protocol::{KeyClass, UnixMillis, site::Site},
    simulator::{
        Action, CallFaultRule, Customer, Generation, Offer, clock::told_time, open_api::FaultRule,
        policy::RetryChanges, wrong_seller::Wrong,
    },
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    #[serde(default)]
    pub generation: Generation,
    /// Classes of keys without which it cannot be played: `base`, where nothing is said.
    #[serde(default = "base")]
    pub keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The marketplace's time at the beginning, in ISO 8601 or as `3h ago`; now, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// Whether what expires is frozen and released by itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub expires: bool,
    /// The site of the marketplace: China, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// What is tried otherwise than the documents say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryChanges>,
    /// Whether it wants a seller who calls the open APIs meanwhile.
    #[serde(default, skip_serializing_if = "is_false")]
    pub open_apis: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actors: BTreeMap<String, Customer>,
    /// Beside one of every kind that is for sale anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Offer>,
    pub steps: Vec<Step>,
}

fn base() -> Vec<String> {
    vec![KeyClass::Base.name().to_owned()]
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    #[error("the scenario cannot be read: {0}")]
    Malformed(#[from] toml::de::Error),
    #[error("`{0}` is no class of keys; one is base, kit, license, general or v1")]
    NoClass(String),
    #[error("`{0}` is no time in ISO 8601, and none such as `3h ago`")]
    NoTime(String),
    #[error("a scenario without steps")]
    Empty,
}

impl Scenario {
    pub fn read(text: &str) -> Result<Self, ScriptError> {
        let scenario: Self = toml::from_str(text)?;
        if scenario.steps.is_empty() {
            return Err(ScriptError::Empty);
        }
        scenario.key_classes()?;
        scenario.begins_at(UnixMillis(0))?;
        Ok(scenario)
    }

    pub fn write(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    pub fn key_classes(&self) -> Result<Vec<KeyClass>, ScriptError> {
        let class = |name: &String| name.parse().map_err(|_| ScriptError::NoClass(name.clone()));
        self.keys.iter().map(class).collect()
    }

    pub fn begins_at(&self, now: UnixMillis) -> Result<Option<UnixMillis>, ScriptError> {
        let time = |text: &String| told_time(now, text).ok_or_else(|| ScriptError::NoTime(text.clone()));
        self.begins.as_ref().map(time).transpose()
    }
}

/// A table of one verb, and what goes with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Step {
    /// What a reader should know.
    pub note: Option<String>,
    /// How later steps speak of what came of it.
    pub name: Option<String>,
    /// Milliseconds after the beginning, of a recorded call.
    pub at: Option<u64>,
    pub verb: Verb,
    pub expect: Option<Expectation>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Something is expected only.
    Look,
    /// The name, and the members as they are written, names of other steps among them.
    Action(String, Map<String, Value>),
    /// The marketplace's time: `3d`, `1mo 2h`.
    Advance(String),
    Fault(CallFaultRule),
    /// Of what the seller asks.
    ApiFault(FaultRule),
    /// The faults that were ordered come no more, whosever calls they are about.
    NoFaults,
    Seller(SellerState),
    OpenApis(OpenApiState),
    Call(Box<WireCall>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SellerState {
    Up,
    /// Nobody listens at its address.
    Down,
    /// Another stands in who does everything right but one thing.
    Wrong(Wrong),
}

/// Whether somebody listens at the open APIs' address, and with which certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenApiState {
    Up,
    Down,
    /// Up, and shows a certificate that nobody vouches for.
    WrongCertificate,
}

impl TryFrom<Map<String, Value>> for Step {
    type Error = String;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, String> {
        let note = taken(&mut members, "note")?;
        let name = taken(&mut members, "as")?;
        let at = taken(&mut members, "at")?;
        let expect = taken(&mut members, "expect")?;
        if members.len() > 1 {
            let verbs: Vec<&String> = members.keys().collect();
            return Err(format!("a step does one thing, and this one has {verbs:?}"));
        }
        let verb = match members.into_iter().next() {
            None => Verb::Look,
            Some((name, value)) => verb(&name, value)?,
        };
        if verb == Verb::Look && expect.is_none() {
            return Err("a step does or expects something".to_owned());
        }
        Ok(Self { note, name, at, verb, expect })
    }
}

fn taken<T: for<'de> Deserialize<'de>>(members: &mut Map<String, Value>, name: &str) -> Result<Option<T>, String> {
    let value = members.shift_remove(name);
    value.map(|value| read(name, value)).transpose()
}

fn read<T: for<'de> Deserialize<'de>>(name: &str, value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| format!("`{name}`: {error}"))
}

fn verb(name: &str, value: Value) -> Result<Verb, String> {
    match name {
        "advance" => Ok(Verb::Advance(read(name, value)?)),
        "fault" => Ok(Verb::Fault(read(name, value)?)),
        "api-fault" => Ok(Verb::ApiFault(read(name, value)?)),
        "open-apis" => Ok(Verb::OpenApis(read(name, value)?)),
        "faults" if value == "none" => Ok(Verb::NoFaults),
        "seller" => Ok(Verb::Seller(read(name, value)?)),
        "call" => Ok(Verb::Call(read(name, value)?)),
        action if Action::NAMES.contains(&action) => Ok(Verb::Action(action.to_owned(), read(name, value)?)),
        other => Err(format!("there is no step `{other}`")),
    }
}

impl From<Step> for Map<String, Value> {
    fn from(step: Step) -> Self {
        let mut members = Self::new();
        if let Some(note) = &step.note {
            members.insert("note".to_owned(), json!(note));
        }
        if let Some(at) = &step.at {
            members.insert("at".to_owned(), json!(at));
        }
        match &step.verb {
            Verb::Look => {}
            Verb::Action(name, told) => drop(members.insert(name.clone(), json!(told))),
            Verb::Advance(by) => drop(members.insert("advance".to_owned(), json!(by))),
            Verb::Fault(rule) => drop(members.insert("fault".to_owned(), json!(rule))),
            Verb::ApiFault(rule) => drop(members.insert("api-fault".to_owned(), json!(rule))),
            Verb::OpenApis(state) => drop(members.insert("open-apis".to_owned(), json!(state))),
            Verb::NoFaults => drop(members.insert("faults".to_owned(), "none".into())),
            Verb::Seller(state) => drop(members.insert("seller".to_owned(), json!(state))),
            Verb::Call(call) => drop(members.insert("call".to_owned(), json!(call))),
        }
        if let Some(name) = &step.name {
            members.insert("as".to_owned(), json!(name));
        }
        if let Some(expect) = &step.expect {
            members.insert("expect".to_owned(), json!(expect));
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = r#"
        name = "A story"
        about = "Of a purchase"
        begins = "2026-12-01T00:00:00Z"
        [actors.wang]
        customerId = "c"
        customerName = "wang"
        [[steps]]
        buy = { productId = "SAAS-MONTH", customer = "wang" }
        as = "office"
        [[steps]]
        advance = "3d"
        [[steps]]
        fault = { activity = "newInstance", fault = { kind = "lost-answer" }, when = { requests = { count = 1 } } }
        [[steps]]
        seller = "down"
        [[steps]]
        open-apis = "down"
        [[steps]]
        api-fault = { api = "upload", fault = { kind = "html" }, when = "always" }
        [[steps]]
        expect = { of = "office", instance = "active" }
    "#;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let scenario = Scenario::read(STORY).unwrap();
        assert_eq!((scenario.steps.len(), scenario.key_classes().unwrap()), (7, vec![KeyClass::Base]));
        assert_eq!(scenario.steps[3].verb, Verb::Seller(SellerState::Down));
        let told = Scenario::read(&STORY.replace("2026-12-01T00:00:00Z", "3h ago")).unwrap();
        assert_eq!(told.begins_at(UnixMillis(10_800_007)).unwrap(), Some(UnixMillis(7)));
        assert_eq!(Scenario::read(&scenario.write().unwrap()).unwrap(), scenario);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (wrong, words) in [
            ("steps = []", "without steps"),
            ("steps = [{ sing = 1 }]", "there is no step `sing`"),
            ("steps = [{ buy = {}, renew = {} }]", "does one thing"),
            ("steps = [{ note = \"x\" }]", "does or expects something"),
            ("steps = [{ seller = \"asleep\" }]", "unknown variant `asleep`"),
            ("steps = [{ seller = { wrong = \"everything\" } }]", "unknown variant `everything`"),
            ("steps = [{ expect = { colour = \"red\" } }]", "unknown field `colour`"),
            ("keys = [\"skeleton\"]\nsteps = [{ advance = \"1d\" }]", "is no class of keys"),
            ("begins = \"soon\"\nsteps = [{ advance = \"1d\" }]", "is no time"),
        ] {
            let text = format!("name = \"n\"\nabout = \"a\"\n{wrong}");
            let told = Scenario::read(&text).unwrap_err().to_string();
            assert!(told.contains(words), "{wrong}: {told}");
        }
    }
}
