//! Every generation of the access guide over real sockets: V1 and License 1.0 by GET, license codes by POST,
//! answered in their own words, signed, and kept.

use std::borrow::Cow;

use reqwest::Method;
use sellerdesk::{
    domain::{MessageState, World},
    protocol::{
        KeyClass, Secret, UnixMillis,
        callback::{Said, SaidValue},
        credential::{self, EncryptType, Iv},
        id::{InstanceId, LicenseCode},
        signature::{auth_token, body_sign},
    },
};
use serde_json::{Value, json};

use crate::{
    kit::{kit, tenant},
    support::app::{KEY, MANUAL, Reply, TestApp, purchase, with},
};

/// One endpoint of each kind of product, all V1 keys the same.
pub const TEMPLATES: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
encrypt_type = 2
[endpoint.template]
front_end_url = "https://app.example.com/{instanceId}"
user_name = "admin"
password = "Passw0rd!"
memo = "请登录"
license = "LIC-{orderId}"

[[endpoint]]
name = "license"
path = "/license"
fulfilment = "template"
[endpoint.template]
license = "LIC-{orderId}"
"#;

pub const V1_KEY: &str = "demo-key-for-tests-V1";
pub const KIT_KEY: &str = "demo-key-for-tests-kit";
pub const LICENSE_KEY: &str = "demo-key-for-tests-license";
pub const GENERAL_KEY: &str = "demo-key-for-tests-general";

pub async fn start(config: &str) -> TestApp {
    let app = TestApp::start(config).await;
    for (class, key) in [
        (KeyClass::V1, V1_KEY),
        (KeyClass::Kit, KIT_KEY),
        (KeyClass::License, LICENSE_KEY),
        (KeyClass::General, GENERAL_KEY),
    ] {
        app.desk.set_key(class, None, Secret::new(key)).await.unwrap();
    }
    app
}

/// A V1 call to a path; its answer's Body-Sign is checked, because V1 wants it on every answer.
pub async fn v1(app: &TestApp, path: &str, params: &[(&str, &str)]) -> Reply {
    v1_signed_with(app, V1_KEY, path, params).await
}

pub async fn v1_signed_with(app: &TestApp, key: &str, path: &str, params: &[(&str, &str)]) -> Reply {
    let stamp = app.client().now().to_compact_utc_millis();
    let mut all: Vec<(&str, Cow<'_, str>)> = params.iter().map(|(name, value)| (*name, Cow::from(*value))).collect();
    all.push(("timeStamp", stamp.into()));
    let query = auth_token::sign_query(&Secret::new(key), &all).unwrap();
    let reply = app.client().send(Method::GET, &format!("{path}?{query}"), &[], "").await;
    let header = reply.headers["Body-Sign"].to_str().unwrap();
    body_sign::verify(&Secret::new(V1_KEY), header, reply.text.as_bytes()).unwrap();
    assert_eq!(reply.headers["content-type"].to_str().unwrap().split(';').next(), Some("application/json"));
    reply
}

pub fn bought<'a>(activity: &'a str, order: &'a str, business: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("activity", activity),
        ("orderId", order),
        ("businessId", business),
        ("customerId", "68cbc86abc2018ab880d92f36422fa0e"),
        ("customerName", "hw测试 01"),
        ("productId", "00301-666666-0--0"),
    ]
}

async fn status_of(app: &TestApp, instance_id: &str) -> &'static str {
    app.desk.instance(World::Live, InstanceId::new(instance_id)).await.unwrap().unwrap().0.status.name()
}

#[tokio::test]
async fn a_v1_product_lives_from_purchase_to_release() {
    let app = start(TEMPLATES).await;
    let first = v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    assert_eq!((first.code(), first.instance_id().as_str()), ("000000", "b-1"));
    assert_eq!(first.json["encryptType"], "2");
    assert_eq!(first.json["appInfo"]["frontEndUrl"], "https://app.example.com/b-1");
    assert!(first.text.contains(r"\u8bf7\u767b\u5f55"), "the memo is escaped");
    let password = first.json["appInfo"]["password"].as_str().unwrap();
    let decrypted = credential::decrypt(&Secret::new(V1_KEY), EncryptType::Aes128, password).unwrap();
    assert_eq!(decrypted.expose(), "Passw0rd!");

    // The buyer opens the resource details: the same instance, its data encrypted anew.
    let again = v1(&app, "/produce", &bought("newInstance", "CS1", "b-2")).await;
    assert_eq!((again.code(), again.instance_id().as_str()), ("000000", "b-1"));
    assert_eq!(again.json["appInfo"]["frontEndUrl"], first.json["appInfo"]["frontEndUrl"]);
    assert_ne!(again.json["appInfo"]["password"], first.json["appInfo"]["password"]);

    let (instance, _) = app.desk.instance(World::Live, InstanceId::new("b-1")).await.unwrap().unwrap();
    assert_eq!(instance.customer_name.as_deref(), Some("hw测试 01"));
    assert_eq!(instance.product_id.as_deref(), Some("00301-666666-0--0"));

    let about = [("instanceId", "b-1"), ("orderId", "CS2")];
    let with = |activity, more: &[(&'static str, &'static str)]| [&[("activity", activity)], &about[..], more].concat();
    for (call, status) in [
        (with("refreshInstance", &[("expireTime", "20301124023618"), ("orderAmount", "12.78")]), "active"),
        (with("upgrade", &[("skuCode", "s-2"), ("productId", "p-2"), ("amount", "7")]), "active"),
        (with("expireInstance", &[]), "frozen"),
        (with("instanceStatus", &[("instanceStatus", "NORMAL")]), "active"),
        (with("instanceStatus", &[("instanceStatus", "FREEZE")]), "frozen"),
        (with("releaseInstance", &[]), "released"),
    ] {
        let reply = v1(&app, "/produce", &call).await;
        assert_eq!((reply.status, reply.code()), (200, "000000"), "{call:?}: {}", reply.text);
        assert_eq!(status_of(&app, "b-1").await, status, "{call:?}");
    }
    let (instance, messages) = app.desk.instance(World::Live, InstanceId::new("b-1")).await.unwrap().unwrap();
    assert_eq!((instance.sku_code.as_deref(), instance.product_id.as_deref()), (Some("s-2"), Some("p-2")));
    assert_eq!(instance.expire_time, Some(UnixMillis::from_compact_utc("20301124023618").unwrap()));
    let told: Vec<&str> = messages.iter().map(|message| message.activity.as_str()).collect();
    assert_eq!(
        told,
        [
            "newInstance",
            "refreshInstance",
            "upgrade",
            "expireInstance",
            "instanceStatus",
            "instanceStatus",
            "releaseInstance"
        ]
    );
}

#[tokio::test]
async fn what_a_v1_buyer_told_is_shown_in_clear_and_kept_encrypted() {
    let app = start(TEMPLATES).await;
    let iv = Iv::new("A1b2C3d4E5f6G7h8").unwrap();
    // The product's setting is not the endpoint's.
    let encrypted = |text| credential::encrypt(&Secret::new(V1_KEY), EncryptType::Aes256, &iv, text).unwrap();
    let (phone, email) = (encrypted("13800000000"), encrypted("zhang@example.com"));
    let mut call = bought("newInstance", "CS1", "b-1");
    // [{"name":"companyName","value":"示例公司"},{"name":"seats","value":"10"}]
    call.extend([
        ("mobilePhone", phone.as_str()),
        ("email", email.as_str()),
        (
            "saasExtendParams",
            "W3sibmFtZSI6ImNvbXBhbnlOYW1lIiwidmFsdWUiOiLnpLrkvovlhazlj7gifSx7Im5hbWUiOiJzZWF0cyIsInZhbHVlIjoiMTAifV0=",
        ),
        ("loyalty", "gold"),
    ]);
    assert_eq!(v1(&app, "/produce", &call).await.code(), "000000");
    let told = async || {
        let (message, attempts, _) = app.desk.message(app.message("newInstance").await.id).await.unwrap().unwrap();
        app.desk.said(&message, &attempts)
    };
    let value = |said: &[Said], name: &str| said.iter().find(|member| member.name == name).unwrap().clone();
    let said = told().await;
    assert_eq!(value(&said, "mobilePhone").value, SaidValue::Decrypted(Secret::new("13800000000")));
    assert_eq!(value(&said, "email").value, SaidValue::Decrypted(Secret::new("zhang@example.com")));
    let SaidValue::Params(params) = value(&said, "saasExtendParams").value else { panic!("{said:?}") };
    assert_eq!((params[0].name.as_str(), params[0].value.as_str()), ("companyName", "示例公司"));
    let new: Vec<&str> = said.iter().filter(|member| member.is_new).map(|member| member.name.as_str()).collect();
    assert_eq!(new, ["loyalty"]);

    // Another Key opens nothing.
    app.desk.set_key(KeyClass::V1, None, Secret::new("another")).await.unwrap();
    assert_eq!(value(&told().await, "email").value, SaidValue::Encrypted(email.clone()));
    let dir = app.stop().await;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["13800000000", "zhang@example.com"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}

#[tokio::test]
async fn v1_asks_for_instances_and_gets_them_encrypted() {
    let app = start(TEMPLATES).await;
    v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    v1(&app, "/produce", &bought("newInstance", "CS2", "b-2")).await;
    let reply = v1(&app, "/produce", &[("activity", "queryInstance"), ("instanceId", "b-1,b-2")]).await;
    assert_eq!((reply.code(), reply.json["encryptType"].as_str()), ("000000", Some("2")));
    let info = reply.json["info"].as_array().unwrap();
    assert_eq!(info.len(), 2);
    let name = info[1]["appInfo"]["userName"].as_str().unwrap();
    assert_eq!(credential::decrypt(&Secret::new(V1_KEY), EncryptType::Aes128, name).unwrap().expose(), "admin");
    let unknown = v1(&app, "/produce", &[("activity", "queryInstance"), ("instanceId", "nobody")]).await;
    assert_eq!(unknown.code(), "000003");
}

#[tokio::test]
async fn pay_per_use_items_of_one_order_are_instances_of_their_own() {
    let app = start(TEMPLATES).await;
    for (product, business, instance) in [("p-1", "b-1", "b-1"), ("p-2", "b-2", "b-2"), ("p-1", "b-3", "b-1")] {
        let mut call = bought("newInstance", "CS1", business);
        call.retain(|(name, _)| *name != "productId");
        call.extend([("productId", product), ("chargingMode", "0")]);
        assert_eq!(v1(&app, "/produce", &call).await.instance_id(), instance);
    }
    assert_eq!(app.instances(World::Live).await, 2);
}

#[tokio::test]
async fn v1_by_hand_is_tried_again_until_the_operator_has_done_it() {
    let app = start(MANUAL).await;
    let waiting = v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    assert_eq!(waiting.code(), "000004");
    let long = sellerdesk::protocol::callback::AppInfo {
        front_end_url: "https://app.example.com".into(),
        user_name: Some("x".repeat(80)),
        ..Default::default()
    };
    let refused = app.desk.fulfil(World::Live, InstanceId::new("b-1"), long.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("`userName` has 80 characters"), "{refused}");
    let short = sellerdesk::protocol::callback::AppInfo { user_name: Some("admin".into()), ..long };
    app.desk.fulfil(World::Live, InstanceId::new("b-1"), short).await.unwrap();
    let done = v1(&app, "/produce", &bought("newInstance", "CS1", "b-2")).await;
    assert_eq!((done.code(), done.instance_id().as_str()), ("000000", "b-1"));
    assert_eq!(done.json["appInfo"]["frontEndUrl"], "https://app.example.com");
}

#[tokio::test]
async fn a_license_of_1_0_is_told_renewed_expired_and_released() {
    let app = start(TEMPLATES).await;
    let first = v1(&app, "/license", &bought("getLicense", "CS1", "b-1")).await;
    assert_eq!((first.code(), first.json["license"].as_str()), ("000000", Some("LIC-CS1")));
    assert!(first.json.get("appInfo").is_none());
    let again = v1(&app, "/license", &bought("getLicense", "CS1", "b-2")).await;
    assert_eq!((again.instance_id().as_str(), again.json["license"].as_str()), ("b-1", Some("LIC-CS1")));
    for (activity, status) in
        [("refreshLicense", "active"), ("expireLicense", "frozen"), ("releaseLicense", "released")]
    {
        let call =
            [("activity", activity), ("instanceId", "b-1"), ("orderId", "CS2"), ("expireTime", "20301124023618")];
        assert_eq!(v1(&app, "/license", &call).await.code(), "000000");
        assert_eq!(status_of(&app, "b-1").await, status);
    }
    let shown = app.attempts(&app.message("getLicense").await).await.remove(0).answer.unwrap();
    assert!(!shown.contains("LIC-CS1"), "kept masked: {shown}");
}

#[tokio::test]
async fn what_is_wrong_with_a_v1_call_is_answered_signed() {
    let app = start(TEMPLATES).await;
    let missing = v1(&app, "/produce", &[("activity", "newInstance"), ("orderId", "CS1")]).await;
    assert_eq!(missing.code(), "000002");
    let unknown = v1(&app, "/produce", &[("activity", "paintInstance")]).await;
    assert_eq!(unknown.code(), "000002");
    for query in ["", "activity=newInstance", "activity=newInstance&timeStamp=20260101000000000&authToken=AAAA"] {
        let reply = app.client().send(Method::GET, &format!("/produce?{query}"), &[], "").await;
        assert_eq!((reply.status, reply.code()), (200, if query.contains("authToken") { "000001" } else { "000002" }));
        let header = reply.headers["Body-Sign"].to_str().unwrap();
        body_sign::verify(&Secret::new(V1_KEY), header, reply.text.as_bytes()).unwrap();
    }
    assert_eq!(app.rejected().await.len(), 4, "the unknown activity is a message");
    assert_eq!(app.message("paintInstance").await.progress, sellerdesk::domain::message::Progress::Failing);
}

#[tokio::test]
async fn a_v1_call_is_tried_again_with_what_it_said() {
    let app = start(TEMPLATES).await;
    let call = [("activity", "expireInstance"), ("instanceId", "b-1"), ("orderId", "CS1")];
    assert_eq!(v1(&app, "/produce", &call).await.code(), "000003");
    v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    crate::support::waiting::until("the parked call is done", async || {
        let message = app.message("expireInstance").await;
        (app.state(&message) == MessageState::Succeeded).then_some(())
    })
    .await;
    assert_eq!(status_of(&app, "b-1").await, "frozen");
}

pub fn code(activity: &str, license: &str) -> Value {
    json!({ "activity": activity, "license": license })
}

#[tokio::test]
async fn license_codes_are_known_from_the_first_call_on() {
    let app = start(MANUAL).await;
    let refresh = json!({
        "activity": "refreshLicenseCode", "scene": "RENEWAL", "license": "PL1", "orderId": "CS1",
        "orderLineId": "CS1-000001", "productId": "p-1", "expireTime": "20301124023618",
    });
    let status = |status: &str| with(code("updateLicenseCodeStatus", "PL1"), "status", status);
    for (call, expected) in [
        (refresh.clone(), "added"),
        (status("FREEZE"), "frozen"),
        (refresh.clone(), "frozen"),
        (status("UNFREEZE"), "active"),
        (status("FREEZE"), "frozen"),
        (code("releaseLicenseCode", "PL1"), "released"),
        (code("releaseLicenseCode", "PL1"), "released"),
    ] {
        let reply = app.call_signed_with(LICENSE_KEY, call.clone()).await;
        assert_eq!(reply.code(), "000000", "{call}: {}", reply.text);
        let (license, _) = app.desk.license(World::Live, LicenseCode::new("PL1")).await.unwrap().unwrap();
        assert_eq!(license.status.name(), expected, "{call}");
    }
    let (license, messages) = app.desk.license(World::Live, LicenseCode::new("PL1")).await.unwrap().unwrap();
    assert_eq!(license.order.unwrap().order_id.as_str(), "CS1");
    assert_eq!(messages.len(), 5, "a repeated renewal is the same message, a second freeze is not");
    // Gone is gone.
    let late = with(refresh, "orderId", "CS9");
    assert_eq!(app.call_signed_with(LICENSE_KEY, late).await.code(), "000005");
    let debugging = with(code("releaseLicenseCode", "PL2"), "testFlag", "1");
    assert_eq!(app.call_signed_with(LICENSE_KEY, debugging).await.code(), "000000");
    assert!(app.desk.license(World::Live, LicenseCode::new("PL2")).await.unwrap().is_none());
}

#[tokio::test]
async fn codes_that_the_operator_adds_are_told_apart() {
    let app = start(MANUAL).await;
    app.call_signed_with(LICENSE_KEY, code("releaseLicenseCode", "PL9")).await;
    let long = "x".repeat(65);
    let text = format!("PL1\n PL2 \r\n\nPL1\nPL9\n{long}\nwith blank\n");
    let outcome = app.desk.add_licenses(World::Live, &text).await.unwrap();
    let codes = |list: &[LicenseCode]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(codes(&outcome.added), ["PL1", "PL2"]);
    assert_eq!(codes(&outcome.repeated), ["PL1"]);
    assert_eq!(codes(&outcome.known), ["PL9"]);
    assert_eq!(outcome.malformed.len(), 2);
    let (released, _) = app.desk.license(World::Live, LicenseCode::new("PL9")).await.unwrap().unwrap();
    assert_eq!(released.status.name(), "released", "nothing changed");
}

#[tokio::test]
async fn each_kind_of_interface_has_a_key_of_its_own() {
    let app = start(MANUAL).await;
    let notify = json!({ "activity": "orderNotify", "orderId": "CS1", "orderLineId": "CS1-000001", "testFlag": "0" });
    for (key, body, expected) in [
        (GENERAL_KEY, notify.clone(), "000000"),
        (KEY, notify, "000001"),
        (LICENSE_KEY, purchase("CS1"), "000001"),
        (GENERAL_KEY, purchase("CS1"), "000001"),
        (KIT_KEY, purchase("CS1"), "000001"),
        (V1_KEY, purchase("CS1"), "000001"),
        (KEY, code("releaseLicenseCode", "PL1"), "000001"),
    ] {
        assert_eq!(app.call_signed_with(key, body.clone()).await.code(), expected, "{key}: {body}");
    }
    assert_eq!(app.rejected().await.len(), 6);
}

/// A seller who has set one key alone has bound it to everything; no other key can stand in for it.
#[tokio::test]
async fn only_the_basic_key_stands_in_for_one_that_is_not_set() {
    let app = TestApp::start(MANUAL).await;
    assert_eq!(app.call(code("releaseLicenseCode", "PL1")).await.code(), "000000");
    app.desk.remove_key(KeyClass::Base, None).await.unwrap();
    app.desk.set_key(KeyClass::General, None, Secret::new(GENERAL_KEY)).await.unwrap();
    for body in [purchase("CS1"), code("releaseLicenseCode", "PL1")] {
        assert_eq!(app.call_signed_with(GENERAL_KEY, body.clone()).await.code(), "000001", "{body}");
    }
    assert!(app.instances(World::Live).await == 0);
}

#[tokio::test]
async fn an_application_for_a_license_is_accepted_and_waits_visibly() {
    let app = start(TEMPLATES).await;
    let instance_id = app.call(purchase("CS1")).await.instance_id();
    let apply = json!({
        "activity": "getLicenseAsync", "instanceId": instance_id, "eventId": "e-1",
        "effectiveTime": "2026-10-27 10:30:15 z", "deviceFingerprint": "MAC|DISK|BOARD|CPU",
    });
    for _ in 0..2 {
        assert_eq!(app.call(apply.clone()).await.code(), "000004");
    }
    let message = app.message("getLicenseAsync").await;
    assert_eq!((app.state(&message), message.attempts), (MessageState::InProgress, 2));
    assert_eq!(message.exception.as_ref().unwrap().to_string(), "waits for the License to be uploaded");
    let overview = app.desk.overview(World::Live).await.unwrap();
    assert_eq!(overview.needs_a_person.iter().map(|message| message.id).collect::<Vec<_>>(), [message.id]);
    let other = with(apply.clone(), "deviceFingerprint", "another");
    app.call(other).await;
    assert_eq!(app.messages(World::Live).await.len(), 3, "another device is another application");
    let unknown = with(with(apply, "instanceId", "nobody"), "eventId", "e-2");
    assert_eq!(app.call(unknown).await.code(), "000003");
}

#[tokio::test]
async fn debugging_calls_of_every_generation_stay_in_their_world() {
    let app = start(MANUAL).await;
    let mut call = bought("newInstance", "CS1", "b-1");
    call.push(("testFlag", "1"));
    let reply = v1(&app, "/produce", &call).await;
    assert_eq!(reply.code(), "000000", "answered in full, by hand or not");
    assert!(reply.json["appInfo"]["frontEndUrl"].as_str().is_some());
    let mut call = bought("getLicense", "CS2", "b-2");
    call.push(("testFlag", "1"));
    assert!(v1(&app, "/produce", &call).await.json["license"].as_str().is_some());
    kit(&app, false, "tenantSync", with(tenant(1), "testFlag", 1)).await;
    assert_eq!((app.instances(World::Live).await, app.instances(World::Test).await), (0, 2));
    assert!(app.desk.tenants(World::Live, "").await.unwrap().is_empty());
    assert_eq!(app.desk.tenants(World::Test, "").await.unwrap().len(), 1);
    assert!(app.messages(World::Live).await.is_empty());
}
