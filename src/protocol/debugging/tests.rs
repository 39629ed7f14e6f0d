//! Every preset is a call that a seller's receiver can verify and understand.

use super::*;
use crate::protocol::{
    UnixMillis,
    callback::verdict::{Failure, Verdict},
    signature::{
        auth_token,
        kit_header::KitHeaders,
        url::{SignedForm, UrlSignature},
    },
};

const NOW: UnixMillis = UnixMillis(1_795_521_600_000);
const ADDRESS: &str = "https://www.example.com/produce";

fn key() -> Secret {
    Secret::new("demo-key-for-tests-0001")
}

fn every_preset() -> Vec<DebugCall> {
    let of = |generation: Generation| generation.activities().map(move |name| DebugCall::preset(generation, name));
    Generation::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn every_preset_is_understood_by_who_is_called() {
    let mut seen = 0;
    for call in every_preset() {
        let signed = call.sign(ADDRESS, &key(), NOW, "nonce").unwrap();
        let read = call.generation.wire().read(&call.activity, signed.query(), signed.body.as_bytes());
        let read = read.unwrap_or_else(|error| panic!("{call:?}: {error}"));
        assert!(read.test, "{call:?}");
        assert_eq!(read.name, call.activity);
        assert!(!matches!(read.activity, Activity::Unknown { .. }), "{call:?}");
        assert!(read.unknown.is_empty(), "{call:?}: {:?}", read.unknown);
        seen += 1;
    }
    assert_eq!(seen, 8 + 7 + 4 + 3 + 5 + 5 + 1);
}

/// What the pages' tables call mandatory, but for the signature and its time.
const MANDATORY: &[(Generation, &str, &str)] = &[
    (Generation::V2, "newInstance", "activity orderId orderLineId businessId"),
    (Generation::V2, "queryInstance", "activity instanceId"),
    (Generation::V2, "refreshInstance", "activity scene orderId orderLineId instanceId expireTime"),
    (Generation::V2, "updateInstanceStatus", "activity instanceId status"),
    (Generation::V2, "upgradeInstance", "activity instanceId orderId orderLineId"),
    (Generation::V2, "changeInstanceCheck", "activity instanceId productInfo"),
    (Generation::V2, "getLicenseAsync", "activity instanceId effectiveTime eventId"),
    (Generation::V2, "releaseInstance", "activity instanceId"),
    (Generation::V1, "newInstance", "timeStamp activity customerId customerName businessId orderId productId"),
    (Generation::V1, "queryInstance", "timeStamp activity instanceId"),
    (Generation::V1, "refreshInstance", "timeStamp activity orderId instanceId expireTime"),
    (Generation::V1, "expireInstance", "timeStamp activity orderId instanceId"),
    (Generation::V1, "instanceStatus", "timeStamp activity instanceId instanceStatus"),
    (Generation::V1, "upgrade", "timeStamp activity instanceId orderId skuCode productId"),
    (Generation::V1, "releaseInstance", "timeStamp activity instanceId orderId"),
    (Generation::License, "getLicense", "timeStamp activity customerId businessId orderId productId"),
    (Generation::License, "refreshLicense", "timeStamp activity orderId instanceId expireTime"),
    (Generation::License, "expireLicense", "timeStamp activity orderId instanceId"),
    (Generation::License, "releaseLicense", "timeStamp activity orderId instanceId"),
    (Generation::Codes, "refreshLicenseCode", "activity scene orderId orderLineId license expireTime"),
    (Generation::Codes, "updateLicenseCodeStatus", "activity license status"),
    (Generation::Codes, "releaseLicenseCode", "activity license"),
    (Generation::Kit, "tenantSync", "instanceId orderId tenantId tenantCode name domainName flag testFlag timeStamp"),
    // A clientSecret is mandatory too, and can only be made with the seller's own public key.
    (Generation::Kit, "applicationSync", "instanceId tenantId appId clientId flag testFlag timeStamp"),
    (Generation::Kit, "authSync", "instanceId tenantId appId userList currentSyncTime flag testFlag timeStamp"),
    (Generation::Kit, "singleOrgSync", "instanceId tenantId orgCode orgName flag testFlag timeStamp"),
    (Generation::Kit, "allOrgSync", "instanceId tenantId orgInfoList testFlag timeStamp"),
    (Generation::KitV1, "tenantSync", "instanceId orderId tenantId tenantCode name domainName flag testFlag timeStamp"),
    (Generation::KitV1, "applicationSync", "instanceId tenantId appId clientId flag testFlag timeStamp"),
    (Generation::KitV1, "authSync", "instanceId tenantId appId userList currentSyncTime flag testFlag timeStamp"),
    (Generation::KitV1, "singleOrgSync", "instanceId tenantId orgCode orgName flag testFlag timeStamp"),
    (Generation::KitV1, "allOrgSync", "instanceId tenantId orgInfo testFlag timeStamp"),
    (Generation::OrderNotify, "orderNotify", "activity orderId orderLineId testFlag"),
];

#[test]
fn every_preset_sends_what_the_documents_call_mandatory() {
    let named: Vec<_> = MANDATORY.iter().map(|(generation, activity, _)| (*generation, *activity)).collect();
    for call in every_preset() {
        assert!(named.contains(&(call.generation, call.activity.as_str())), "{call:?} is in no table");
        let fields = MANDATORY
            .iter()
            .find(|(generation, activity, _)| (*generation, *activity) == (call.generation, &call.activity));
        let signed = call.sign(ADDRESS, &key(), NOW, "nonce").unwrap();
        let sent: Map<String, Value> = if signed.body.is_empty() {
            let pairs = url::form_urlencoded::parse(signed.query().as_bytes());
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
        } else {
            serde_json::from_str(&signed.body).unwrap()
        };
        for field in fields.unwrap().2.split(' ') {
            let value = sent.get(field);
            assert!(value.is_some_and(|value| *value != ""), "{call:?}: {field} is not sent");
        }
    }
}

#[test]
fn a_renewal_of_v1_is_debugged_with_and_without_what_came_later() {
    let sends = |fill: &dyn Fn(&str) -> Option<&'static str>| {
        let mut call = DebugCall::preset(Generation::V1, "refreshInstance");
        for (name, value) in &mut call.fields {
            if let Some(other) = fill(name) {
                *value = other.to_owned();
            }
        }
        call.sign(ADDRESS, &key(), NOW, "nonce").unwrap().query().to_owned()
    };
    let preset = sends(&|_| None);
    assert!(preset.contains("productId=") && !preset.contains("trialToFormal"), "{preset}");
    let other = sends(&|name| match name {
        "productId" => Some(""),
        "trialToFormal" => Some("1"),
        _ => None,
    });
    assert!(!other.contains("productId") && other.contains("trialToFormal=1"), "{other}");
}

#[test]
fn every_preset_carries_a_signature_that_holds() {
    for call in every_preset() {
        let signed = call.sign(ADDRESS, &key(), NOW, "nonce").unwrap();
        let header = |wanted: &str| {
            let found = signed.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str())
        };
        match call.generation.wire() {
            Wire::V1 => {
                auth_token::verify_query(&key(), signed.query()).unwrap();
            }
            Wire::V2 => {
                let signature = UrlSignature::from_query(signed.query()).unwrap();
                assert_eq!(signature.verify(&key(), signed.body.as_bytes()), Ok(SignedForm::Raw));
            }
            Wire::Kit(KitVersion::V1) => {
                auth_token::verify_kit(&key(), header(auth_token::AUTH_TOKEN), signed.body.as_bytes()).unwrap();
                assert_eq!(signed.url, format!("{ADDRESS}/produceAPI/{}", call.activity));
            }
            Wire::Kit(KitVersion::V2) => {
                let headers = KitHeaders::from_headers(header).unwrap();
                assert_eq!(headers, KitHeaders::sign(&key(), "nonce", &NOW.0.to_string(), signed.body.as_bytes()));
                assert_eq!(signed.url, format!("{ADDRESS}/produceAPI/v2/{}", call.activity));
            }
        }
        assert!(!signed.curl().contains(key().expose()), "the key is in the line for the shell");
    }
}

#[test]
fn a_line_for_the_shell_says_all_that_is_sent() {
    let mut call = DebugCall::preset(Generation::V2, "queryInstance");
    call.fields = vec![("instanceId".into(), "it's".into()), ("empty".into(), " ".into())];
    let signed = call.sign(ADDRESS, &key(), NOW, "nonce").unwrap();
    let query = signed.query();
    assert_eq!(
        signed.curl(),
        format!(
            "curl -X POST '{ADDRESS}?{query}' \\\n  -H 'Accept: application/json' \\\n  \
             -H 'Content-Type: application/json;charset=utf8' \\\n  \
             --data-binary '{{\"activity\":\"queryInstance\",\"instanceId\":\"it'\\''s\",\"testFlag\":\"1\"}}'"
        )
    );
    call.test = false;
    assert!(!call.sign(ADDRESS, &key(), NOW, "nonce").unwrap().body.contains("testFlag"));
}

#[test]
fn what_cannot_be_sent_is_refused_in_words() {
    let mut call = DebugCall::preset(Generation::V2, "changeInstanceCheck");
    for address in ["", "www.example.com/produce", "ftp://example.com/", "https:"] {
        assert_eq!(call.sign(address, &key(), NOW, "n"), Err(DebugError::NoAddress(address.into())));
    }
    call.fields[1].1 = "{".into();
    let error = call.sign(ADDRESS, &key(), NOW, "n").unwrap_err().to_string();
    assert!(error.starts_with("the field productInfo is no JSON"), "{error}");
}

#[test]
fn the_same_business_is_known_again_whatever_is_new_each_time() {
    for call in every_preset() {
        let later = NOW.plus_millis(40_000_000);
        let [first, second] = [(NOW, "a"), (later, "b")].map(|(now, nonce)| {
            let signed = call.sign(ADDRESS, &key(), now, nonce).unwrap();
            business_of(call.generation.wire(), signed.query(), &signed.body)
        });
        assert_eq!(first, second, "{call:?}");
        assert_eq!(first, call.business().unwrap(), "{call:?}");
        assert!(!first.is_empty());
    }
    let bought = |business_id: &str, order: &str| {
        let fields = vec![("businessId".into(), business_id.into()), ("orderId".into(), order.into())];
        DebugCall { fields, ..DebugCall::preset(Generation::V2, "newInstance") }.business().unwrap()
    };
    assert_eq!(bought("1", "CS1"), bought("2", "CS1"), "KooGallery makes a new one each time");
    assert_ne!(bought("1", "CS1"), bought("1", "CS2"));
}

#[test]
fn an_answer_is_judged_by_the_activity_that_was_sent() {
    let reply = |body: &str| {
        let content_type = Some("application/json".into());
        Ok(Reply { status: 200, content_type, body_sign: None, body: body.into() })
    };
    let judge = |generation, activity, body| {
        let call = DebugCall::preset(generation, activity);
        let signed = call.sign(ADDRESS, &key(), NOW, "n").unwrap();
        call.judge(&signed, &key(), &reply(body))
    };
    let plain = r#"{"resultCode":"000000","resultMsg":"success."}"#;
    assert_eq!(judge(Generation::V2, "releaseInstance", plain), Verdict::Accepted);
    assert_eq!(judge(Generation::V2, "newInstance", plain), Verdict::Failed(Failure::Missing("instanceId")));
    assert_eq!(judge(Generation::V1, "releaseInstance", plain), Verdict::Failed(Failure::BodySign));
    assert_eq!(judge(Generation::Kit, "tenantSync", plain), Verdict::Accepted);
}

#[test]
fn behind_a_broken_rule_nothing_is_looked_at() {
    let all_kept = standing_of(Generation::V2, None);
    assert!(all_kept.iter().all(|(_, standing)| *standing == Standing::Kept));
    assert!(!all_kept.iter().any(|(rule, _)| matches!(rule, Rule::BodySign | Rule::Credentials)), "of V1 alone");
    assert_eq!(standing_of(Generation::V1, None).len(), Rule::ALL.len());
    let broken = standing_of(Generation::V2, Some(Rule::of_failure(&Failure::HttpStatus(500))));
    let standings: Vec<Standing> = broken.iter().map(|(_, standing)| *standing).collect();
    assert_eq!(standings[..3], [Standing::Kept, Standing::Kept, Standing::Broken]);
    assert!(standings[3..].iter().all(|standing| *standing == Standing::NotLookedAt));
}
