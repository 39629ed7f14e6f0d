//! Whatever a verified call says, reading it ends in an activity or in a sentence, never in a panic, and nothing of what it
//! said is lost to whoever looks at it.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::protocol::callback::{Wire, kit::Interface, said};

const ACTIVITIES: [&str; 22] = [
    "newInstance",
    "queryInstance",
    "refreshInstance",
    "updateInstanceStatus",
    "releaseInstance",
    "upgradeInstance",
    "changeInstanceCheck",
    "orderNotify",
    "getLicenseAsync",
    "refreshLicenseCode",
    "updateLicenseCodeStatus",
    "releaseLicenseCode",
    "expireInstance",
    "instanceStatus",
    "upgrade",
    "getLicense",
    "refreshLicense",
    "expireLicense",
    "releaseLicense",
    "paintInstance",
    "",
    "新购",
];

const MEMBERS: [&str; 34] = [
    "testFlag",
    "orderId",
    "orderLineId",
    "businessId",
    "instanceId",
    "customerId",
    "productId",
    "skuCode",
    "scene",
    "status",
    "instanceStatus",
    "expireTime",
    "startTime",
    "timeStamp",
    "trialFlag",
    "chargingMode",
    "saasExtendParams",
    "mobilePhone",
    "email",
    "productInfo",
    "license",
    "eventId",
    "effectiveTime",
    "deviceFingerprint",
    "tenantId",
    "appId",
    "clientSecret",
    "flag",
    "userList",
    "orgInfo",
    "orgInfoList",
    "orgCode",
    "extension",
    "somethingNew",
];

fn some_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("1"),
        Just("0"),
        Just("FREEZE"),
        Just("NORMAL"),
        Just("RENEWAL"),
        Just("20301124023618"),
        Just("20301124023618256"),
        Just("W10="),
        Just(r#"[{"userName":"u","orgCode":"d","extension":"{"}]"#),
    ];
    let leaf = prop_oneof![
        3 => word.prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        2 => "\\PC{0,30}".prop_map(Value::from),
        1 => Just(Value::from("x".repeat(6_000))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(&MEMBERS[..]), inner), 0..4)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn some_members() -> impl Strategy<Value = Map<String, Value>> {
    let members = proptest::collection::vec((proptest::sample::select(&MEMBERS[..]), some_value()), 0..16);
    members.prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn query_of(members: &Map<String, Value>, activity: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        query.append_pair(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    }
    query.append_pair("activity", activity).append_pair("timeStamp", "20261123080910123").finish()
}

proptest! {
    #[test]
    fn every_reader_takes_whatever_comes(
        members in some_members(), activity in proptest::sample::select(&ACTIVITIES[..]), interface in 0_usize..5,
    ) {
        for wire in Wire::ALL {
            let query = query_of(&members, activity);
            let mut body = members.clone();
            body.insert("activity".into(), json!(activity));
            let body = Value::Object(body).to_string();
            let interface = Interface::ALL[interface].name();
            let Ok(callback) = wire.read(interface, &query, body.as_bytes()) else { continue };
            let told = said(&callback, wire.members(&query, &body), |_| None);
            for (name, _) in callback.unknown.iter().filter(|(name, _)| *name != "activity") {
                prop_assert!(told.iter().any(|member| member.name == **name && member.is_new), "{name} in {told:?}");
            }
            for name in members.keys() {
                prop_assert!(told.iter().any(|member| member.name == *name), "{name} in {told:?}");
            }
        }
    }

    #[test]
    fn every_reader_takes_whatever_bytes_come(query in ".{0,200}", body in prop::collection::vec(any::<u8>(), 0..300), name in ".{0,20}") {
        for wire in Wire::ALL {
            drop(wire.read(&name, &query, &body));
            drop(wire.members(&query, &String::from_utf8_lossy(&body)));
        }
    }
}
