//! Real calls become a scenario that can be played elsewhere: with their timing, without signatures, secrets and whatever tells
//! of a buyer. What is not known to be harmless is replaced, the same by the same. Pure; knows nothing of where calls are kept.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{
    Generation,
    scenario::{Expectation, Scenario, Step, Verb, WireCall, wire_call::WireName},
};
use crate::protocol::{UnixMillis, callback::Wire};

/// Members that are left as they were: they say what happens, not to whom.
const HARMLESS: &[&str] = &[
    "activity",
    "amount",
    "bandWidth",
    "businessId",
    "chargingMode",
    "currentSyncTime",
    "diskSize",
    "effectiveTime",
    "employeeType",
    "enable",
    "eventId",
    "expireTime",
    "flag",
    "instanceId",
    "instanceStatus",
    "linearValue",
    "orderAmount",
    "orderId",
    "orderLineId",
    "periodNumber",
    "periodType",
    "productId",
    "provisionType",
    "role",
    "scene",
    "skuCode",
    "startTime",
    "status",
    "testFlag",
    "trialFlag",
    "trialToFormal",
];
/// Made anew with each call.
const SIGNATURE: &[&str] = &["authToken", "timeStamp"];
/// What a buyer filled in, in a form of its own.
const DROPPED: &[&str] = &["saasExtendParams"];

/// A call as it was received.
#[derive(Clone, Debug)]
pub struct Heard {
    pub at: UnixMillis,
    pub wire: Wire,
    /// Of the kit.
    pub interface: Option<String>,
    pub query: String,
    pub body: String,
    /// What was answered.
    pub code: Option<String>,
    pub answer: Option<String>,
}

/// In the order in which they came. `None` where nothing was heard.
pub fn scenario(mut heard: Vec<Heard>) -> Option<Scenario> {
    heard.sort_by_key(|call| call.at);
    let begun = heard.first()?.at;
    let mut names = Names::default();
    let mut classes = Vec::new();
    let mut steps = Vec::new();
    for call in &heard {
        let recorded = recorded(call, &mut names);
        let class = recorded.key_class().name().to_owned();
        if !classes.contains(&class) {
            classes.push(class);
        }
        steps.push(Step {
            note: None,
            name: None,
            at: u64::try_from(call.at.millis_since(begun)).ok(),
            verb: Verb::Call(Box::new(recorded)),
            expect: call.code.clone().map(|code| Expectation { code: Some(code), ..Expectation::default() }),
        });
    }
    Some(Scenario {
        name: "Recorded calls".to_owned(),
        about: format!("{} calls as they came once; ids are others in each play, buyers are nobody.", steps.len()),
        generation: Generation::default(),
        keys: classes,
        seed: None,
        begins: None,
        expires: false,
        site: None,
        retry_policy: None,
        open_apis: false,
        actors: BTreeMap::new(),
        products: vec![],
        steps,
    })
}

fn recorded(call: &Heard, names: &mut Names) -> WireCall {
    let members = names.cleaned(call.wire.members(&call.query, &call.body));
    let answer: Option<Value> = call.answer.as_deref().and_then(|answer| serde_json::from_str(answer).ok());
    let gave = answer.as_ref().and_then(|answer| answer.get("instanceId")).and_then(Value::as_str).map(str::to_owned);
    WireCall { wire: WireName::of(call.wire), interface: call.interface.clone(), members, wrong: None, gave }
}

/// What stands for what.
#[derive(Default)]
struct Names(BTreeMap<(String, String), String>);

impl Names {
    fn cleaned(&mut self, members: Map<String, Value>) -> Map<String, Value> {
        let kept = members.into_iter().filter(|(name, value)| {
            !SIGNATURE.contains(&name.as_str()) && !DROPPED.contains(&name.as_str()) && !value.is_null()
        });
        kept.map(|(name, value)| (name.clone(), self.value(&name, value))).collect()
    }

    fn value(&mut self, name: &str, value: Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(self.cleaned(members)),
            Value::Array(entries) => entries.into_iter().map(|entry| self.value(name, entry)).collect(),
            Value::String(text) if text.is_empty() || HARMLESS.contains(&name) => text.into(),
            Value::String(text) => match serde_json::from_str(&text) {
                // V1 of the kit has lists as texts.
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => self.value(name, inner).to_string().into(),
                _ => self.stand_in(name, &text).into(),
            },
            Value::Number(number) if !HARMLESS.contains(&name) => self.stand_in(name, &number.to_string()).into(),
            other => other,
        }
    }

    fn stand_in(&mut self, name: &str, text: &str) -> String {
        let class = if name == "parentCode" { "orgCode" } else { name };
        let number = self.0.len() + 1;
        let made = || match class {
            "mobilePhone" | "mobile" => format!("138{number:08}"),
            "email" => format!("person-{number}@example.com"),
            "domainName" => format!("https://organisation-{number}.example.com"),
            // As long as a text that is encrypted with an RSA key of 3072 bits.
            "clientSecret" => STANDARD.encode([7; 384]),
            "license" => format!("PLRECORDED{number:010}"),
            _ => format!("{class}-{number}"),
        };
        self.0.entry((class.to_owned(), text.to_owned())).or_insert_with(made).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::callback::KitVersion;

    fn heard(at: i64, wire: Wire, query: &str, body: &str, answer: &str) -> Heard {
        let interface = matches!(wire, Wire::Kit(_)).then(|| "authSync".to_owned());
        let (code, answer) = (Some("000000".to_owned()), Some(answer.to_owned()));
        Heard { at: UnixMillis(at), wire, interface, query: query.into(), body: body.into(), code, answer }
    }

    #[test]
    fn nothing_of_a_buyer_and_no_signature_is_left() {
        let calls = vec![
            heard(
                5_000,
                Wire::Kit(KitVersion::V1),
                "",
                r#"{"instanceId":"i","tenantId":"huawei-t","flag":1,"userList":"[{\"userName\":\"zhangsan\",\"mobile\":\"13911112222\",\"orgCode\":\"secret-dep\",\"newMember\":13911112222}]","timeStamp":"20220420114117642","testFlag":0}"#,
                "{}",
            ),
            heard(
                1_000,
                Wire::V1,
                "activity=newInstance&orderId=CS1&customerName=hwtest&mobilePhone=CIPHERTEXT&saasExtendParams=QUJD&authToken=TOKEN&timeStamp=20220420114117642",
                "",
                r#"{"instanceId":"i"}"#,
            ),
            heard(
                1_250,
                Wire::V1,
                "activity=newInstance&orderId=CS2&customerName=hwtest&customerId=68cb&timeStamp=20220420114117642",
                "",
                "{}",
            ),
        ];
        let scenario = scenario(calls).unwrap();
        let text = scenario.write().unwrap();
        for secret in [
            "huawei-t",
            "zhangsan",
            "13911112222",
            "secret-dep",
            "hwtest",
            "CIPHERTEXT",
            "QUJD",
            "TOKEN",
            "20220420",
            "68cb",
        ] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        let at: Vec<_> = scenario.steps.iter().map(|step| step.at).collect();
        assert_eq!((at, scenario.keys.as_slice()), (vec![Some(0), Some(250), Some(4_000)], &["v1".to_owned()][..]));
        let call = |step: usize| match &scenario.steps[step].verb {
            Verb::Call(call) => call.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(call(0).members["customerName"], call(1).members["customerName"], "the same buyer");
        assert_eq!((call(0).gave.as_deref(), &call(0).members["orderId"]), (Some("i"), &"CS1".into()));
        assert_eq!(Scenario::read(&text).unwrap(), scenario);
        assert!(super::scenario(vec![]).is_none());
    }
}
