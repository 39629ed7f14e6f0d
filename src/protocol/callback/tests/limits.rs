//! Every length that the pages name, as a table: at its limit a field is taken, one character beyond it is refused in a
//! sentence that names it.

use serde_json::{Map, Value, json};

use crate::protocol::callback::{KitVersion, Wire, kit, v1};

type Field = (&'static str, usize);

/// Generation, interface, the members of a right call, and its limited fields.
fn table() -> Vec<(Wire, &'static str, Value, Vec<Field>)> {
    let order = [("orderId", 64), ("orderLineId", 64)];
    let v2 = |activity: &'static str, members: Value, fields: &[Field]| (Wire::V2, activity, members, fields.to_vec());
    let line = json!({ "orderId": "o", "orderLineId": "l" });
    let and = |more: Value| {
        let mut members = line.as_object().unwrap().clone();
        members.extend(more.as_object().unwrap().clone());
        Value::Object(members)
    };
    let refresh = json!({ "scene": "RENEWAL", "expireTime": "20230523201932" });
    let kit = |name: &'static str, members: Value, fields: &[Field]| {
        (Wire::Kit(KitVersion::V2), name, members, fields.to_vec())
    };
    let v1 = |activity: &'static str, members: Value, fields: &[Field]| (Wire::V1, activity, members, fields.to_vec());
    let bought = json!({ "orderId": "o", "businessId": "b", "customerId": "c", "productId": "p" });
    let bought_fields = [
        ("orderId", 64),
        ("businessId", 64),
        ("customerId", 100),
        ("customerName", 64),
        ("userId", 64),
        ("userName", 64),
        ("skuCode", 64),
        ("productId", 64),
        ("trialFlag", 2),
        ("amount", 7),
        ("diskSize", 7),
        ("bandWidth", 7),
        ("periodType", 10),
        ("periodNumber", 2),
        ("orderAmount", 20),
        ("saasExtendParams", 2048),
    ];
    vec![
        v2("newInstance", and(json!({ "businessId": "b" })), &[order[0], order[1], ("businessId", 64)]),
        v2("queryInstance", json!({}), &[("instanceId", 64)]),
        v2(
            "refreshInstance",
            and(json!({ "instanceId": "i", "scene": "RENEWAL", "expireTime": "20230523201932" })),
            &[order[0], order[1], ("instanceId", 64), ("scene", 64), ("productId", 64)],
        ),
        v2("updateInstanceStatus", json!({ "status": "FREEZE" }), &[("instanceId", 64)]),
        v2("updateInstanceStatus", json!({ "instanceId": "i" }), &[("status", 32)]),
        v2("releaseInstance", json!({ "instanceId": "i" }), &[("instanceId", 64), order[0], order[1]]),
        v2("upgradeInstance", and(json!({ "instanceId": "i" })), &[("instanceId", 64), order[0], order[1]]),
        v2("changeInstanceCheck", json!({}), &[("instanceId", 64)]),
        v2("orderNotify", line.clone(), &order),
        v2(
            "getLicenseAsync",
            json!({ "instanceId": "i", "eventId": "e", "effectiveTime": "t" }),
            // 1024 by the callback's page, 5 KiB by the client's kit.
            &[
                ("instanceId", 64),
                ("eventId", 64),
                ("effectiveTime", 32),
                ("expireTime", 32),
                ("deviceFingerprint", 5120),
            ],
        ),
        v2(
            "refreshLicenseCode",
            and(with(refresh, "license", "PL")),
            &[("license", 64), ("scene", 64), ("productId", 64), order[0], order[1]],
        ),
        v2("updateLicenseCodeStatus", json!({ "status": "FREEZE" }), &[("license", 64)]),
        v2("updateLicenseCodeStatus", json!({ "license": "PL" }), &[("status", 32)]),
        v2("releaseLicenseCode", json!({ "license": "PL" }), &[("license", 64), order[0], order[1]]),
        v1("newInstance", bought.clone(), &bought_fields),
        v1("getLicense", bought, &bought_fields),
        v1(
            "refreshInstance",
            json!({ "instanceId": "i", "orderId": "o", "expireTime": "20230523201932" }),
            &[
                ("instanceId", 64),
                ("orderId", 64),
                ("productId", 64),
                ("trialToFormal", 2),
                ("periodType", 10),
                ("periodNumber", 2),
                ("orderAmount", 20),
            ],
        ),
        v1("expireInstance", json!({ "instanceId": "i" }), &[("instanceId", 64), ("orderId", 64)]),
        v1("instanceStatus", json!({ "instanceId": "i" }), &[("instanceStatus", 32)]),
        v1("releaseLicense", json!({ "instanceId": "i" }), &[("instanceId", 64), ("orderId", 64), ("orderAmount", 20)]),
        v1(
            "upgrade",
            json!({ "instanceId": "i", "orderId": "o", "skuCode": "s", "productId": "p" }),
            &[
                ("instanceId", 64),
                ("orderId", 64),
                ("skuCode", 64),
                ("productId", 64),
                ("amount", 7),
                ("diskSize", 7),
                ("bandWidth", 7),
                ("saasExtendParams", 2048),
            ],
        ),
        kit(
            "tenantSync",
            json!({ "tenantId": "t", "flag": 1 }),
            &[
                ("instanceId", 64),
                ("orderId", 64),
                ("tenantId", 64),
                ("tenantCode", 64),
                ("name", 255),
                ("domainName", 255),
            ],
        ),
        kit("applicationSync", json!({ "tenantId": "t", "appId": "a", "flag": 1 }), &[("appId", 64), ("clientId", 64)]),
        kit("authSync", json!({ "tenantId": "t", "appId": "a", "flag": 1, "userList": [] }), &[("appId", 64)]),
        kit(
            "singleOrgSync",
            json!({ "tenantId": "t", "orgCode": "d", "flag": 1 }),
            &[("orgCode", 64), ("orgName", 128), ("parentCode", 64)],
        ),
    ]
}

fn with(mut members: Value, name: &str, value: &str) -> Value {
    members[name] = value.into();
    members
}

fn read(wire: Wire, interface: &str, members: &Value) -> Result<(), String> {
    let members: &Map<String, Value> = members.as_object().unwrap();
    let read = match wire {
        Wire::V1 => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("activity", interface).append_pair("timeStamp", "20261123080910123");
            query.extend_pairs(members.iter().map(|(name, value)| (name, value.as_str().unwrap())));
            v1::parse(&query.finish())
        }
        Wire::V2 => {
            let body = with(Value::Object(members.clone()), "activity", interface);
            wire.read(interface, "", body.to_string().as_bytes())
        }
        Wire::Kit(_) => wire.read(interface, "", Value::Object(members.clone()).to_string().as_bytes()),
    };
    read.map(drop).map_err(|error| error.to_string())
}

#[test]
fn every_documented_length_is_the_limit() {
    for (wire, interface, members, fields) in table() {
        for (name, max) in fields {
            let at_the_limit = with(members.clone(), name, &"x".repeat(max));
            assert_eq!(read(wire, interface, &at_the_limit), Ok(()), "{interface} {name}");
            let beyond = with(members.clone(), name, &"字".repeat(max + 1));
            let told = read(wire, interface, &beyond).unwrap_err();
            let sentence = format!("`{name}` has {} characters, at most {max} are allowed", max + 1);
            assert_eq!(told, sentence, "{interface}");
        }
    }
}

/// `yyyyMMddHHmmss` and, as the pages' own examples have it, with milliseconds behind; the field holds 20 characters.
#[test]
fn a_time_has_fourteen_or_seventeen_digits() {
    let refresh = |time: &str| {
        let order = json!({ "orderId": "o", "orderLineId": "l", "instanceId": "i", "scene": "RENEWAL" });
        read(Wire::V2, "refreshInstance", &with(order, "expireTime", time))
    };
    for (time, told) in [
        ("20301124023618", Ok(())),
        ("20301124023618256", Ok(())),
        ("203011240236", Err("is no time")),
        ("2030-11-24T02:36:18Z", Err("is no time")),
        ("203011240236182560000", Err("`expireTime` has 21 characters, at most 20 are allowed")),
    ] {
        match (refresh(time), told) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(sentence)) => assert!(error.contains(sentence), "{error}"),
            (read, _) => panic!("{time}: {read:?}"),
        }
    }
}

#[test]
fn so_it_is_with_users() {
    let fields = [
        ("userName", 64),
        ("name", 64),
        ("orgCode", 64),
        ("position", 64),
        ("employeeCode", 64),
        ("role", 32),
        ("enable", 8),
        ("mobile", 32),
        ("email", 128),
    ];
    for (name, max) in fields {
        let told = |length: usize| {
            let user = with(json!({ "userName": "u" }), name, &"x".repeat(length));
            let body = json!({ "tenantId": "t", "appId": "a", "flag": 1, "userList": [user] });
            kit::parse(KitVersion::V2, kit::Interface::AuthSync, body.to_string().as_bytes()).map(drop)
        };
        assert_eq!(told(max), Ok(()), "{name}");
        let sentence = told(max + 1).unwrap_err().to_string();
        assert!(sentence.contains(&format!("entry 1 of `userList`: `{name}` has")), "{sentence}");
    }
}
