//! Every activity of every generation over real sockets: the right call, the same with each mandatory member missing, with
//! one of a wrong type, about what is not known, and under a wrong key.

use sellerdesk::domain::{MessageState, Rejection, World, message::Progress};
use serde_json::{Value, json};

use crate::{
    generations::{GENERAL_KEY, LICENSE_KEY, TEMPLATES, bought, start, v1, v1_signed_with},
    kit::{self, kit, kit_signed_with},
    support::{
        app::{KEY, Reply, TestApp, purchase, release, with},
        backend::{Backend, told},
    },
};

const STRANGER: &str = "demo-key-of-a-stranger";

/// One interface: the right call, what must be in it, and what it answers about an instance that nobody knows.
struct Case {
    call: Value,
    mandatory: &'static [&'static str],
    unknown: Option<&'static str>,
}

fn case(call: Value, mandatory: &'static [&'static str], unknown: Option<&'static str>) -> Case {
    Case { call, mandatory, unknown }
}

const GONE: Option<&str> = Some("000003");

fn of_v2(id: &str) -> Vec<(&'static str, Case)> {
    let ordered = |activity: &str| json!({ "activity": activity, "instanceId": id, "orderId": "CS2", "orderLineId": "CS2-000001" });
    let refresh = with(with(ordered("refreshInstance"), "scene", "RENEWAL"), "expireTime", "20301124023618256");
    let apply = json!({ "activity": "getLicenseAsync", "instanceId": id, "eventId": "e-1", "effectiveTime": "2026-10-27 10:30:15 z" });
    let notify = json!({ "activity": "orderNotify", "orderId": "CS2", "orderLineId": "CS2-000001", "testFlag": "0" });
    let code = |activity: &str| json!({ "activity": activity, "license": "PL1" });
    let code_refresh = json!({
        "activity": "refreshLicenseCode", "scene": "RENEWAL", "license": "PL1", "orderId": "CS3",
        "orderLineId": "CS3-000001", "expireTime": "20301124023618",
    });
    vec![
        (KEY, case(purchase("CS9"), &["orderId", "orderLineId", "businessId"], None)),
        (KEY, case(json!({ "activity": "queryInstance", "instanceId": id }), &["instanceId"], GONE)),
        (KEY, case(refresh, &["scene", "orderId", "orderLineId", "instanceId", "expireTime"], GONE)),
        (KEY, case(ordered("upgradeInstance"), &["orderId", "orderLineId", "instanceId"], GONE)),
        (
            KEY,
            case(
                json!({ "activity": "changeInstanceCheck", "instanceId": id, "productInfo": { "productId": "p" } }),
                &["instanceId"],
                GONE,
            ),
        ),
        (KEY, case(apply, &["instanceId", "eventId", "effectiveTime"], GONE)),
        (
            KEY,
            case(
                json!({ "activity": "updateInstanceStatus", "instanceId": id, "status": "FREEZE" }),
                &["instanceId", "status"],
                GONE,
            ),
        ),
        (KEY, case(json!({ "activity": "releaseInstance", "instanceId": id }), &["instanceId"], GONE)),
        (GENERAL_KEY, case(notify, &["orderId", "orderLineId"], None)),
        (LICENSE_KEY, case(code_refresh, &["scene", "orderId", "orderLineId", "license", "expireTime"], None)),
        (LICENSE_KEY, case(with(code("updateLicenseCodeStatus"), "status", "FREEZE"), &["license", "status"], None)),
        (LICENSE_KEY, case(code("releaseLicenseCode"), &["license"], None)),
    ]
}

/// As a V1 call writes it: texts alone.
fn of_v1(activity: &str, id: &str, more: Value) -> Value {
    let mut call = json!({ "activity": activity, "instanceId": id, "orderId": "CS2" });
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call
}

fn v1_cases(id: &str) -> Vec<Case> {
    let purchase = |activity: &str, order: &str| -> Value {
        bought(activity, order, &format!("b-{order}"))
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect()
    };
    let mandatory = &["orderId", "businessId", "customerId", "productId"];
    let expires = json!({ "expireTime": "20301124023618" });
    let upgrade = json!({ "skuCode": "s", "productId": "p" });
    vec![
        case(purchase("newInstance", "CS9"), mandatory, None),
        case(of_v1("queryInstance", id, json!({})), &["instanceId"], GONE),
        case(of_v1("refreshInstance", id, expires.clone()), &["instanceId", "orderId", "expireTime"], GONE),
        case(of_v1("refreshLicense", id, expires), &["instanceId", "orderId", "expireTime"], GONE),
        case(of_v1("upgrade", id, upgrade), &["instanceId", "orderId", "skuCode", "productId"], GONE),
        case(of_v1("expireInstance", id, json!({})), &["instanceId"], GONE),
        case(
            of_v1("instanceStatus", id, json!({ "instanceStatus": "NORMAL" })),
            &["instanceId", "instanceStatus"],
            GONE,
        ),
        case(of_v1("expireLicense", id, json!({})), &["instanceId"], GONE),
        case(of_v1("releaseLicense", id, json!({})), &["instanceId"], GONE),
        case(of_v1("releaseInstance", id, json!({})), &["instanceId"], GONE),
    ]
}

fn without(call: &Value, member: &str) -> Value {
    let mut members = call.as_object().unwrap().clone();
    members.remove(member);
    Value::Object(members)
}

async fn refused_for(app: &TestApp, reply: &Reply, part_of_reason: &str) {
    assert_eq!((reply.status, reply.code()), (200, "000002"), "{part_of_reason}: {}", reply.text);
    let newest = app.rejected().await.remove(0);
    assert!(matches!(newest.rejection, Rejection::Malformed { .. }), "{}", newest.rejection);
    assert!(newest.rejection.to_string().contains(part_of_reason), "{}", newest.rejection);
}

fn params(call: &Value) -> Vec<(&str, &str)> {
    call.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect()
}

#[tokio::test]
async fn of_v2_and_its_relatives() {
    let app = start(TEMPLATES).await;
    let id = app.call(purchase("CS1")).await.instance_id();
    let cases = of_v2(&id);
    // The good calls in the order of a life, first of all: what is bad may leave no trace in them.
    for (key, Case { call, .. }) in &cases {
        let reply = app.call_signed_with(key, call.clone()).await;
        let expected = if call["activity"] == "getLicenseAsync" { "000004" } else { "000000" };
        assert_eq!((reply.status, reply.code()), (200, expected), "{call}: {}", reply.text);
        assert!(reply.headers.contains_key("body-sign"));
    }
    let done = app.messages(World::Live).await.len();
    for (key, Case { call, mandatory, .. }) in &cases {
        for member in *mandatory {
            let reply = app.call_signed_with(key, without(call, member)).await;
            refused_for(&app, &reply, &format!("`{member}` is missing")).await;
        }
        let wrong = with(call.clone(), mandatory[0], json!({ "a": 1 }));
        refused_for(&app, &app.call_signed_with(key, wrong).await, "should be a text and is an object").await;
        assert_eq!(app.call_signed_with(STRANGER, call.clone()).await.code(), "000001", "{call}");
    }
    assert_eq!(app.messages(World::Live).await.len(), done, "refused calls are no messages");
    for (key, Case { call, unknown, .. }) in &cases {
        let Some(code) = unknown else { continue };
        let nobody = with(call.clone(), "instanceId", "nobody");
        let nobody = if call["activity"] == "getLicenseAsync" { with(nobody, "eventId", "e-2") } else { nobody };
        assert_eq!(app.call_signed_with(key, nobody).await.code(), *code, "{call}");
    }
    let failing = app.messages(World::Live).await;
    let failing = failing.iter().filter(|message| message.progress == Progress::Failing).count();
    assert_eq!(failing, cases.iter().filter(|(_, case)| case.unknown.is_some()).count(), "kept and seen");
}

#[tokio::test]
async fn of_v1_and_license_1_0() {
    let app = start(TEMPLATES).await;
    v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    let cases = v1_cases("b-1");
    for Case { call, .. } in &cases {
        let reply = v1(&app, "/produce", &params(call)).await;
        assert_eq!((reply.status, reply.code()), (200, "000000"), "{call}: {}", reply.text);
    }
    assert_eq!(v1(&app, "/license", &bought("getLicense", "CS8", "b-8")).await.code(), "000000");
    let done = app.messages(World::Live).await.len();
    for Case { call, mandatory, .. } in &cases {
        for member in *mandatory {
            let reply = v1(&app, "/produce", &params(&without(call, member))).await;
            refused_for(&app, &reply, &format!("`{member}` is missing")).await;
        }
        let reply = v1_signed_with(&app, STRANGER, "/produce", &params(call)).await;
        assert_eq!(reply.code(), "000001", "{call}");
    }
    let missing = bought("getLicense", "CS8", "b-8").into_iter().filter(|(name, _)| *name != "customerId");
    refused_for(&app, &v1(&app, "/license", &missing.collect::<Vec<_>>()).await, "`customerId` is missing").await;
    assert_eq!(app.messages(World::Live).await.len(), done);
    for Case { call, unknown, .. } in &cases {
        let Some(code) = unknown else { continue };
        let nobody = with(call.clone(), "instanceId", "nobody");
        assert_eq!(v1(&app, "/produce", &params(&nobody)).await.code(), *code, "{call}");
    }
}

/// As the marketplace probes: every saved case again, twice a day, whatever the cases before have done.
#[tokio::test]
async fn debugging_cases_can_be_replayed_for_ever_and_touch_no_product() {
    let backend = Backend::start([told(503, "not to be asked")]).await;
    let app = start(&backend.config(3_500)).await;
    let id = app.call(with(purchase("CS1"), "testFlag", "1")).await.instance_id();
    let mut first = bought("newInstance", "CS2", "b-1");
    first.push(("testFlag", "1"));
    assert_eq!(v1(&app, "/produce", &first).await.instance_id(), "b-1");
    for round in 0..3 {
        let mut cases = of_v2(&id);
        let mut old = v1_cases("b-1");
        if round == 1 {
            cases.reverse();
            old.reverse();
        }
        for (number, (key, Case { call, .. })) in cases.into_iter().enumerate() {
            // A number and a text.
            let flag = if number % 2 == 0 { json!(1) } else { json!("1") };
            let reply = app.call_signed_with(key, with(call.clone(), "testFlag", flag)).await;
            assert_eq!(reply.code(), "000000", "{round} {call}: {}", reply.text);
        }
        for Case { call, .. } in old {
            let call = with(call, "testFlag", "1");
            let reply = v1(&app, "/produce", &params(&call)).await;
            assert_eq!(reply.code(), "000000", "{round} {call}: {}", reply.text);
        }
        for old in [false, true] {
            let reply = kit(&app, old, "tenantSync", with(kit::tenant(1), "testFlag", 1)).await;
            assert_eq!(reply.code(), "000000", "{round}: {}", reply.text);
        }
    }
    assert!(backend.asked().is_empty(), "debugging asks no product");
    assert!(app.messages(World::Live).await.is_empty() && app.instances(World::Live).await == 0);
}

/// The debugging page fills in ids of its own, and takes nothing but success.
#[tokio::test]
async fn debugging_cases_about_instances_that_the_page_makes_up_succeed() {
    let backend = Backend::start([told(503, "not to be asked")]).await;
    let app = start(&backend.config(3_500)).await;
    let id = "123456789";
    for _round in 0..2 {
        for (key, Case { call, .. }) in of_v2(id) {
            let reply = app.call_signed_with(key, with(call.clone(), "testFlag", "1")).await;
            assert_eq!(reply.code(), "000000", "{call}: {}", reply.text);
            if call["activity"] == "queryInstance" {
                assert_eq!(reply.json["info"][0]["instanceId"], id);
                assert!(reply.json["info"][0]["appInfo"]["frontEndUrl"].as_str().unwrap().starts_with("https://"));
            }
        }
        for Case { call, .. } in v1_cases(id) {
            let call = with(call, "testFlag", "1");
            let reply = v1(&app, "/produce", &params(&call)).await;
            assert_eq!(reply.code(), "000000", "{call}: {}", reply.text);
        }
    }
    let messages = app.messages(World::Test).await;
    let renewals: Vec<_> = messages.iter().filter(|message| message.activity == "refreshInstance").collect();
    assert!(renewals.iter().all(|message| message.attempts == 2), "replayed, not piled up");
    let told = renewals[0].exception.as_ref().unwrap().to_string();
    assert!(told.contains("a debugging call is answered in full all the same"), "{told}");
    assert!(messages.iter().all(|message| app.state(message) == MessageState::Succeeded), "{messages:#?}");
    assert!(backend.asked().is_empty(), "debugging asks no product");
    assert_eq!(app.instances(World::Live).await, 0);
    assert!(app.messages(World::Live).await.is_empty());
    // A real call about it is another matter, whatever the flag is called that says so.
    for flag in [json!(0), json!("0"), json!(""), Value::Null] {
        assert_eq!(app.call(with(release(id), "testFlag", flag)).await.code(), "000003");
    }
    assert_eq!(app.call(release(id)).await.code(), "000003");
}

#[tokio::test]
async fn of_the_kit() {
    for old in [false, true] {
        let app = start(TEMPLATES).await;
        let list = |entries: Value| if old { Value::from(entries.to_string()) } else { entries };
        let tree = if old { ("orgInfo", "name") } else { ("orgInfoList", "orgName") };
        let departments = list(json!([{ "orgCode": "d-1", tree.1: "总部", "parentCode": "" }]));
        let users =
            list(json!([{ "userName": "li", "name": "李", "orgCode": "d-1", "role": "user", "enable": "true" }]));
        let common = json!({ "instanceId": "nobody-knows-it", "tenantId": "t-1", "testFlag": 0 });
        let and = |more: Value| {
            let mut members = common.as_object().unwrap().clone();
            members.extend(more.as_object().unwrap().clone());
            Value::Object(members)
        };
        let application = and(
            json!({ "appId": "a-1", "clientId": "c-1", "clientSecret": kit::CIPHERTEXT.replace('\n', ""), "flag": 1 }),
        );
        app.desk.keys().set_rsa_key(None, &sellerdesk::protocol::Secret::new(kit::RSA_KEY)).unwrap();
        let list_name: &'static [&'static str] = if old { &["tenantId", "orgInfo"] } else { &["tenantId"] };
        let cases: [(&str, Value, &[&str]); 5] = [
            ("tenantSync", kit::tenant(1), &["tenantId", "flag"]),
            ("applicationSync", application, &["tenantId", "appId", "flag"]),
            (
                "authSync",
                and(json!({ "appId": "a-1", "userList": users, "currentSyncTime": "", "flag": 1 })),
                &["tenantId", "appId", "userList", "flag"],
            ),
            (
                "singleOrgSync",
                and(json!({ "orgCode": "d-2", "orgName": "研发", "parentCode": "d-1", "flag": 1 })),
                &["tenantId", "orgCode", "flag"],
            ),
            ("allOrgSync", and(json!({ tree.0: departments })), list_name),
        ];
        for (name, call, mandatory) in &cases {
            for _ in 0..2 {
                let reply = kit(&app, old, name, call.clone()).await;
                assert_eq!((reply.status, reply.code()), (200, "000000"), "{name}: {}", reply.text);
            }
            for member in *mandatory {
                refused_for(
                    &app,
                    &kit(&app, old, name, without(call, member)).await,
                    &format!("`{member}` is missing"),
                )
                .await;
            }
            let strange = kit(&app, old, name, with(call.clone(), "flag", 9)).await;
            let expected = if *name == "allOrgSync" { "000000" } else { "000005" };
            assert_eq!(strange.code(), expected, "{name}: its page has no flag");
            assert_eq!(kit_signed_with(&app, STRANGER, old, name, call.clone()).await.code(), "000001", "{name}");
        }
        for (name, member, value) in [
            ("authSync", "userList", json!("[{")),
            ("authSync", "userList", json!([{ "name": "nobody" }])),
            ("allOrgSync", tree.0, json!(7)),
        ] {
            let call = cases.iter().find(|case| case.0 == name).unwrap().1.clone();
            refused_for(&app, &kit(&app, old, name, with(call, member, value)).await, member).await;
        }
    }
}
