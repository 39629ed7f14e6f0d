//! Synchronisations count in the marketplace's order, told by `timeStamp`: what comes late, or failed and is tried again,
//! is acknowledged and undoes nothing that was told after it.

use reqwest::Method;
use sellerdesk::{
    desk::RetryResult,
    domain::{Exception, MessageState, World, organisation::Organisation},
    protocol::{Secret, id::TenantId, signature::kit_header::KitHeaders},
};
use serde_json::{Value, json};

use crate::{
    generations::{KIT_KEY, start},
    kit::{CIPHERTEXT, RSA_KEY, departments, tenant, user},
    support::{
        app::{MANUAL, Reply, TestApp, unique, with},
        backend::{Backend, told},
    },
};

/// The kit's call of V2, written by the marketplace at that minute of an hour.
async fn told_at(app: &TestApp, minute: u8, name: &str, body: Value) -> Reply {
    let body = with(body, "timeStamp", format!("2026042011{minute:02}17642")).to_string();
    let client = app.client();
    let now = client.now().0.to_string();
    let headers = KitHeaders::sign(&Secret::new(KIT_KEY), &unique("nonce"), &now, body.as_bytes());
    client.send(Method::POST, &format!("/produce/produceAPI/v2/{name}"), &headers.to_headers(), &body).await
}

async fn done_at(app: &TestApp, minute: u8, name: &str, body: Value) {
    let reply = told_at(app, minute, name, body).await;
    assert_eq!((reply.status, reply.code()), (200, "000000"), "{name} {}", reply.text);
}

async fn known(app: &TestApp) -> Organisation {
    app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap().unwrap().0
}

/// What the newest message says of itself, and its last attempt in the history.
async fn noted(app: &TestApp) -> (MessageState, Option<Exception>) {
    let message = app.messages(World::Live).await.into_iter().max_by_key(|message| message.id).unwrap();
    let last = app.attempts(&message).await.pop().unwrap();
    assert_eq!(last.exception, message.exception);
    assert_eq!(last.result_code.as_ref().map(|code| code.as_str().to_owned()), Some("000000".into()));
    (app.state(&message), message.exception)
}

fn named(name: &str) -> Value {
    with(tenant(1), "name", name)
}

fn standing(organisation: &Organisation) -> Vec<(&str, &str)> {
    let there = organisation.departments.iter().filter(|entry| entry.lifetime.removed_at.is_none());
    there.map(|entry| (&*entry.department.org_code, &*entry.department.name)).collect()
}

#[tokio::test]
async fn what_comes_late_is_acknowledged_and_changes_nothing() {
    let app = start(MANUAL).await;
    done_at(&app, 20, "tenantSync", named("new")).await;
    done_at(&app, 10, "tenantSync", named("old")).await;
    assert_eq!(noted(&app).await, (MessageState::Succeeded, Some(Exception::OvertakenSync)));
    assert_eq!(known(&app).await.tenant.name, "new");
    done_at(&app, 10, "tenantSync", tenant(0)).await;
    assert_eq!(known(&app).await.tenant.lifetime.removed_at, None);
    // Of the same moment the later call counts.
    done_at(&app, 20, "tenantSync", named("same moment")).await;
    assert_eq!(
        (noted(&app).await, known(&app).await.tenant.name),
        ((MessageState::Succeeded, None), "same moment".into())
    );
    // Each instance has a tenant of its own.
    done_at(&app, 10, "tenantSync", with(named("other"), "instanceId", "i-2")).await;
    assert_eq!(noted(&app).await.1, None);
    // What has no time is done, as ever.
    let body = named("timeless").to_string();
    let now = app.client().now().0.to_string();
    let headers = KitHeaders::sign(&Secret::new(KIT_KEY), &unique("nonce"), &now, body.as_bytes());
    app.client().send(Method::POST, "/produce/produceAPI/v2/tenantSync", &headers.to_headers(), &body).await;
    assert_eq!(noted(&app).await.1, None);
}

#[tokio::test]
async fn an_old_failed_synchronisation_does_not_restore_its_state_when_it_is_tried_again() {
    let app = start(MANUAL).await;
    let application = |client: &str, secret: &str| {
        json!({
            "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "clientId": client, "flag": 1, "testFlag": 0,
            "clientSecret": secret,
        })
    };
    let sealed = CIPHERTEXT.replace('\n', "");
    assert_eq!(told_at(&app, 10, "applicationSync", application("old", &sealed)).await.code(), "000005");
    let failed = app.message("applicationSync").await;
    app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
    done_at(&app, 20, "applicationSync", application("new", &sealed)).await;
    assert_eq!(app.desk.retry(failed.id).await.unwrap(), RetryResult::Succeeded);
    assert_eq!(known(&app).await.applications[0].client_id, "new");
    let (message, attempts, _) = app.desk.message(failed.id).await.unwrap().unwrap();
    assert_eq!((app.state(&message), message.exception), (MessageState::Succeeded, Some(Exception::OvertakenSync)));
    let history: Vec<_> = attempts.iter().map(|attempt| attempt.exception.clone()).collect();
    assert!(
        matches!(&history[..], [Some(Exception::ClientSecret { .. }), Some(Exception::OvertakenSync)]),
        "{history:?}"
    );
    // Told again by the marketplace it is newer, and counts.
    done_at(&app, 30, "applicationSync", application("old", &sealed)).await;
    assert_eq!(known(&app).await.applications[0].client_id, "old");
}

#[tokio::test]
async fn each_user_has_an_order_of_its_own() {
    let app = start(MANUAL).await;
    done_at(&app, 20, "authSync", user("li", 0)).await;
    let mut both = user("li", 1);
    let wang = with(both["userList"][0].clone(), "userName", "wang");
    both["userList"].as_array_mut().unwrap().push(wang);
    done_at(&app, 10, "authSync", both).await;
    assert_eq!(noted(&app).await, (MessageState::Succeeded, Some(Exception::PartlyOvertakenSync { count: 1 })));
    let users: Vec<String> = known(&app).await.users.into_iter().map(|entry| entry.user.user_name).collect();
    assert_eq!(users, ["wang"], "li was taken back later, before anything was known of li");
}

#[tokio::test]
async fn a_full_list_and_single_departments_keep_their_order_among_each_other() {
    let app = start(MANUAL).await;
    let single = |code: &str, name: &str, flag: u8| json!({ "instanceId": "i-1", "tenantId": "t-1", "orgCode": code, "orgName": name, "flag": flag, "testFlag": 0 });
    done_at(&app, 20, "allOrgSync", departments(&[("d-1", ""), ("d-2", "d-1")])).await;
    done_at(&app, 10, "singleOrgSync", single("d-3", "late", 1)).await;
    assert_eq!(noted(&app).await.1, Some(Exception::OvertakenSync));
    done_at(&app, 40, "singleOrgSync", single("d-2", "renamed", 2)).await;
    done_at(&app, 40, "singleOrgSync", single("d-4", "new", 1)).await;
    assert_eq!(standing(&known(&app).await), [("d-1", "部门 d-1"), ("d-2", "renamed"), ("d-4", "new")]);
    // A full list from between: it neither renames nor removes what was told after it.
    done_at(&app, 30, "allOrgSync", departments(&[("d-2", ""), ("d-5", "")])).await;
    assert_eq!(noted(&app).await.1, Some(Exception::PartlyOvertakenSync { count: 2 }));
    assert_eq!(standing(&known(&app).await), [("d-2", "renamed"), ("d-4", "new"), ("d-5", "部门 d-5")]);
    done_at(&app, 25, "allOrgSync", departments(&[])).await;
    assert_eq!(standing(&known(&app).await).len(), 3);
    done_at(&app, 50, "allOrgSync", departments(&[])).await;
    assert!(standing(&known(&app).await).is_empty());
}

#[tokio::test]
async fn a_backend_is_not_asked_to_restore_what_is_old() {
    let backend = Backend::start([told(500, ""), told(200, "")]).await;
    let app = start(&backend.config(3_000)).await;
    assert_eq!(told_at(&app, 10, "tenantSync", named("old")).await.code(), "000005");
    let failed = app.message("tenantSync").await;
    done_at(&app, 20, "tenantSync", named("new")).await;
    assert_eq!(app.desk.retry(failed.id).await.unwrap(), RetryResult::Succeeded);
    assert_eq!(backend.asked().len(), 2);
    assert_eq!(known(&app).await.tenant.name, "new");
}

#[tokio::test]
async fn the_order_outlives_a_restart_and_debugging_has_its_own() {
    let app = start(MANUAL).await;
    done_at(&app, 20, "tenantSync", named("new")).await;
    done_at(&app, 10, "tenantSync", with(named("debugging"), "testFlag", 1)).await;
    let (test, _) = app.desk.organisation(World::Test, TenantId::new("t-1")).await.unwrap().unwrap();
    assert_eq!(test.tenant.name, "debugging");
    let app = TestApp::start_on(app.stop().await).await;
    done_at(&app, 10, "tenantSync", named("old")).await;
    assert_eq!(known(&app).await.tenant.name, "new");
}
