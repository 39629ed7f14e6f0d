//! The joint-operation kit over real sockets: both versions, all five interfaces, in any order and again.

use reqwest::Method;
use sellerdesk::{
    domain::World,
    protocol::{
        Secret,
        id::TenantId,
        signature::{auth_token, body_sign, kit_header::KitHeaders},
    },
};
use serde_json::{Value, json};

use crate::{
    generations::{KIT_KEY, V1_KEY, start},
    support::app::{KEY, MANUAL, Reply, TestApp, unique, with},
};

/// A kit call of V2, or with `v1` of V1.
pub async fn kit(app: &TestApp, v1: bool, name: &str, body: Value) -> Reply {
    kit_signed_with(app, if v1 { V1_KEY } else { KIT_KEY }, v1, name, body).await
}

pub async fn kit_signed_with(app: &TestApp, key: &str, v1: bool, name: &str, body: Value) -> Reply {
    let body = with(body, "timeStamp", "20260420114117642").to_string();
    let client = app.client();
    if v1 {
        let token = auth_token::sign_kit(&Secret::new(key), body.as_bytes()).unwrap();
        let reply =
            client.send(Method::POST, &format!("/produce/produceAPI/{name}"), &[("authToken", &token)], &body).await;
        let header = reply.headers["Body-Sign"].to_str().unwrap();
        body_sign::verify(&Secret::new(V1_KEY), header, reply.text.as_bytes()).unwrap();
        return reply;
    }
    let stamp = client.now().0.to_string();
    let headers = KitHeaders::sign(&Secret::new(key), &unique("nonce"), &stamp, body.as_bytes());
    client.send(Method::POST, &format!("/produce/produceAPI/v2/{name}"), &headers.to_headers(), &body).await
}

pub fn tenant(flag: u8) -> Value {
    json!({
        "instanceId": "i-1", "orderId": "CS1", "tenantId": "t-1", "tenantCode": "huawei", "name": "示例企业",
        "domainName": "https://example.tenantaccount.com", "flag": flag, "testFlag": 0,
    })
}

pub fn user(name: &str, flag: u8) -> Value {
    json!({
        "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "flag": flag, "testFlag": 0,
        "currentSyncTime": "20260420114117642",
        "userList": [{ "userName": name, "name": "张三", "orgCode": "d-2", "role": "admin", "enable": "true" }],
    })
}

pub fn departments(codes: &[(&str, &str)]) -> Value {
    let list: Vec<Value> = codes
        .iter()
        .map(|(code, parent)| json!({ "orgCode": code, "orgName": format!("部门 {code}"), "parentCode": parent }))
        .collect();
    json!({ "instanceId": "i-1", "tenantId": "t-1", "orgInfoList": list, "testFlag": 0 })
}

#[tokio::test]
async fn an_organisation_is_told_in_any_order_again_and_taken_back() {
    let app = start(MANUAL).await;
    // Users before their tenant, without any instance.
    for v1 in [false, true] {
        let users =
            if v1 { with(user("li", 1), "userList", user("li", 1)["userList"].to_string()) } else { user("zhang", 1) };
        assert_eq!(kit(&app, v1, "authSync", users).await.code(), "000000");
    }
    kit(&app, false, "allOrgSync", departments(&[("d-1", ""), ("d-2", "d-1"), ("d-3", "d-1")])).await;
    for _ in 0..2 {
        assert_eq!(kit(&app, false, "tenantSync", tenant(1)).await.code(), "000000");
    }
    let known = async || app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap().unwrap().0;
    let organisation = known().await;
    assert_eq!(organisation.tenant.name, "示例企业");
    assert_eq!((organisation.users.len(), organisation.departments.len()), (2, 3));
    assert!(organisation.users.iter().all(|entry| entry.authorized && entry.user.role == "admin"));
    assert_eq!(app.desk.tenants(World::Live, "").await.unwrap().len(), 1);
    assert_eq!(app.desk.tenants(World::Live, "张三").await.unwrap().len(), 1, "found by its users");

    // The full list replaces the tree; a department alone is renamed; a user is revoked, then removed, twice.
    kit(&app, false, "allOrgSync", departments(&[("d-1", ""), ("d-2", "d-1")])).await;
    let single = json!({ "instanceId": "", "tenantId": "t-1", "orgCode": "d-2", "orgName": "研发", "parentCode": "d-1", "flag": 2, "testFlag": 0 });
    kit(&app, false, "singleOrgSync", single).await;
    kit(&app, false, "authSync", user("li", 3)).await;
    for _ in 0..2 {
        assert_eq!(kit(&app, false, "authSync", user("zhang", 0)).await.code(), "000000");
    }
    assert_eq!(kit(&app, false, "authSync", user("nobody", 0)).await.code(), "000000");
    let organisation = known().await;
    let standing: Vec<&str> = organisation
        .departments
        .iter()
        .filter(|entry| entry.lifetime.removed_at.is_none())
        .map(|entry| entry.department.name.as_str())
        .collect();
    assert_eq!(standing, ["部门 d-1", "研发"]);
    let by_name = |name: &str| organisation.users.iter().find(|entry| entry.user.user_name == name).unwrap().clone();
    assert!(!by_name("li").authorized && by_name("li").lifetime.removed_at.is_none());
    assert!(by_name("zhang").lifetime.removed_at.is_some());
    kit(&app, false, "authSync", user("zhang", 1)).await;
    let back = known().await.users.into_iter().find(|entry| entry.user.user_name == "zhang").unwrap();
    assert!(back.authorized && back.lifetime.removed_at.is_none(), "added again with the same words");

    assert_eq!(kit(&app, false, "tenantSync", tenant(0)).await.code(), "000000");
    assert!(known().await.tenant.lifetime.removed_at.is_some());
}

pub const RSA_KEY: &str = include_str!("../data/oaep/made-for-tests-pkcs8.pem");
pub const RSA_PUBLIC_KEY: &str = include_str!("../data/oaep/made-for-tests-public.pem");
const SHA1_CIPHERTEXT: &str = include_str!("../data/oaep/ciphertext-sha1-mgf1-sha1.txt");
pub const CIPHERTEXT: &str = include_str!("../data/oaep/ciphertext-sha256-mgf1-sha256.txt");

#[tokio::test]
async fn a_client_secret_is_opened_with_the_sellers_key_and_kept_sealed() {
    let app = start(MANUAL).await;
    let application = json!({
        "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "clientId": "c-1", "flag": 1, "testFlag": 0,
        "clientSecret": CIPHERTEXT.replace('\n', ""),
    });
    let refused = kit(&app, false, "applicationSync", application.clone()).await;
    assert_eq!(refused.code(), "000005");
    let message = app.message("applicationSync").await;
    let told = message.exception.as_ref().unwrap().to_string();
    assert!(told.contains("a-1") && told.contains("no RSA private key is set"), "{told}");
    // Encrypted again it is another text and the same business.
    let again = with(application, "clientSecret", SHA1_CIPHERTEXT.replace('\n', ""));
    assert_eq!(kit(&app, false, "applicationSync", again).await.code(), "000005");
    assert_eq!(app.message("applicationSync").await.attempts, 2);
    // The operator sets the key and tries again.
    app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
    app.desk.retry(message.id).await.unwrap();
    let (organisation, _) = app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap().unwrap();
    assert!(organisation.applications[0].has_secret);
    assert_eq!(organisation.applications[0].client_id, "c-1");
    let dir = app.stop().await;
    let file = std::fs::read(dir.path().join("sellerdesk.db")).unwrap();
    let secret = sellerdesk::protocol::oaep::decrypt(RSA_KEY, CIPHERTEXT).unwrap();
    assert!(!file.windows(secret.expose().len()).any(|window| window == secret.expose().as_bytes()));
}

#[tokio::test]
async fn what_is_removed_and_was_never_there_leaves_no_trace() {
    let app = start(MANUAL).await;
    let application = json!({ "instanceId": "", "tenantId": "t-1", "appId": "a-1", "clientId": "", "clientSecret": "", "flag": 0, "testFlag": 0 });
    let department =
        json!({ "instanceId": "", "tenantId": "t-1", "orgCode": "d-1", "orgName": "", "flag": 0, "testFlag": 0 });
    for v1 in [false, true] {
        for (name, body) in [
            ("tenantSync", tenant(0)),
            ("applicationSync", application.clone()),
            ("authSync", user("nobody", 0)),
            ("authSync", user("nobody", 3)),
            ("singleOrgSync", department.clone()),
        ] {
            assert_eq!(kit(&app, v1, name, body).await.code(), "000000", "{name}");
        }
    }
    assert!(app.desk.tenants(World::Live, "").await.unwrap().is_empty());
}

#[tokio::test]
async fn five_hundred_users_with_every_member_filled_in_are_one_call_and_one_more_is_too_many() {
    let app = start(MANUAL).await;
    let user = |number: usize| {
        json!({
            "userName": format!("{number:064}"), "name": "张".repeat(64), "orgCode": "d".repeat(64),
            "position": "岗".repeat(64), "employeeCode": "e".repeat(64), "employeeType": 1, "role": "user", "enable": "true",
            "mobile": "1".repeat(32), "email": "m".repeat(128), "workPlace": "w".repeat(64), "entryDate": "2022-11-09",
        })
    };
    for (count, v1, code) in [(500, false, "000000"), (500, true, "000000"), (501, false, "000002")] {
        let list: Vec<Value> = (0..count).map(user).collect();
        // V1 writes the list as a text.
        let list = if v1 { Value::from(Value::from(list).to_string()) } else { Value::from(list) };
        let body = json!({ "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "flag": 1, "testFlag": 0, "userList": list });
        assert!(body.to_string().len() > 256 * 1024);
        let reply = kit(&app, v1, "authSync", body).await;
        assert_eq!((reply.status, reply.code()), (200, code), "{count} {v1} {}", reply.text);
    }
    assert_eq!(app.desk.users(World::Live).await.unwrap().len(), 500);
    let endless = with(tenant(1), "remark", "x".repeat(1024 * 1024));
    assert_eq!(kit(&app, false, "tenantSync", endless).await.status, 413);
}

#[tokio::test]
async fn a_kit_call_needs_the_kits_key_and_a_fresh_time() {
    let app = start(MANUAL).await;
    let body = tenant(1).to_string();
    let client = app.client();
    let now = client.now();
    for (key, stamp, code) in [
        (KIT_KEY, now, "000000"),
        (KEY, now, "000001"),
        (KIT_KEY, now.plus_millis(-61_000), "000002"),
        (KIT_KEY, now.plus_millis(61_000), "000002"),
    ] {
        let headers = KitHeaders::sign(&Secret::new(key), &unique("nonce"), &stamp.0.to_string(), body.as_bytes());
        let path = "/produce/produceAPI/v2/tenantSync";
        let reply = client.send(Method::POST, path, &headers.to_headers(), &body).await;
        assert_eq!(reply.code(), code, "{key} {}", reply.text);
        let replayed = client.send(Method::POST, path, &headers.to_headers(), &body).await;
        assert_eq!(replayed.code(), if code == "000000" { "000001" } else { code });
    }
    let bare = client.send(Method::POST, "/produce/produceAPI/v2/tenantSync", &[], &body).await;
    assert_eq!(bare.code(), "000002");
}

#[tokio::test]
async fn a_tenant_that_bought_twice_is_one_organisation_with_both_instances() {
    let app = start(MANUAL).await;
    let with_instance =
        |instance: &str, order: &str, flag: u8| with(with(tenant(flag), "instanceId", instance), "orderId", order);
    kit(&app, false, "tenantSync", with_instance("i-1", "CS1", 1)).await;
    kit(&app, false, "tenantSync", with_instance("i-2", "CS2", 1)).await;
    let other = with(with_instance("i-3", "CS3", 1), "tenantId", "t-10");
    kit(&app, false, "tenantSync", other).await;
    let first = async || app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap().unwrap().0.tenant;
    let ids = |tenant: &sellerdesk::domain::organisation::Tenant| {
        let further: Vec<(String, bool)> =
            tenant.further_instances.iter().map(|further| (further.instance_id.clone(), further.removed)).collect();
        (tenant.instance_id.clone(), further)
    };
    assert_eq!(ids(&first().await), ("i-2".to_owned(), vec![("i-1".to_owned(), false)]));
    let tenants = app.desk.tenants(World::Live, "").await.unwrap();
    assert_eq!(tenants.iter().map(|tenant| tenant.tenant_id.as_str()).collect::<Vec<_>>(), ["t-10", "t-1"]);
    assert_eq!(tenants[1].further_instances.len(), 1);
    let found = app.desk.tenants(World::Live, "i-1").await.unwrap();
    assert_eq!((found.len(), ids(&found[0])), (1, ids(&first().await)), "found by either instance, shown with both");
    // What it gave back stands behind what it has.
    kit(&app, false, "tenantSync", with_instance("i-2", "CS2", 0)).await;
    assert_eq!(ids(&first().await), ("i-1".to_owned(), vec![("i-2".to_owned(), true)]));
    let others = app.desk.organisation(World::Live, TenantId::new("t-10")).await.unwrap().unwrap().0.tenant;
    assert_eq!(ids(&others), ("i-3".to_owned(), vec![]));
}
