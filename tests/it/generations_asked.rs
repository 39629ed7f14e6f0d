//! The seller's backend behind calls that are not V2 SaaS: what it is asked, and what becomes of its word.

use sellerdesk::{
    domain::{MessageState, World},
    protocol::id::{LicenseCode, TenantId},
};
use serde_json::json;

use crate::{
    generations::{LICENSE_KEY, bought, code, start, v1},
    kit::{kit, tenant},
    support::{
        app::{purchase, with},
        backend::{Backend, told},
    },
};

#[tokio::test]
async fn a_v1_purchase_is_asked_about_with_its_parameters_and_answered_encrypted() {
    let granted = json!({ "appInfo": { "frontEndUrl": "https://app.example.com/1", "password": "Passw0rd!" } });
    let backend = Backend::start([told(503, ""), told(200, granted)]).await;
    let app = start(&backend.config(3_500)).await;
    assert_eq!(v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await.code(), "000005");
    let done = v1(&app, "/produce", &bought("newInstance", "CS1", "b-2")).await;
    assert_eq!((done.code(), done.instance_id().as_str()), ("000000", "b-1"));
    assert!(done.json["appInfo"]["password"].as_str().is_some_and(|password| !password.contains("Passw0rd!")));
    let asked = backend.asked()[0].json();
    assert_eq!((&asked["type"], &asked["data"]["customerName"]), (&json!("newInstance"), &json!("hw测试 01")));
    assert_eq!(asked["data"]["instanceId"], "b-1");
    assert!(asked["data"].get("authToken").is_none());
}

#[tokio::test]
async fn a_license_comes_from_the_backend_and_stays_the_same() {
    let backend = Backend::start([told(200, json!({ "license": "0078-ABC" }))]).await;
    let app = start(&backend.config(3_500)).await;
    for business in ["b-1", "b-2"] {
        let reply = v1(&app, "/produce", &bought("getLicense", "CS1", business)).await;
        assert_eq!((reply.code(), reply.json["license"].as_str()), ("000000", Some("0078-ABC")));
    }
    assert_eq!(backend.asked().len(), 1);
    backend.now_tells([told(200, "")]);
    let without = v1(&app, "/produce", &bought("getLicense", "CS2", "b-3")).await;
    assert_eq!(without.code(), "000005", "a license product that tells no license");
}

#[tokio::test]
async fn a_slow_backend_is_waited_for_by_koogallerys_next_call() {
    let granted = json!({ "appInfo": { "frontEndUrl": "https://app.example.com/1" } });
    let backend = Backend::start([told(200, granted).after(600)]).await;
    let app = start(&backend.config(200)).await;
    let first = v1(&app, "/produce", &bought("newInstance", "CS1", "b-1")).await;
    assert_ne!(first.code(), "000000");
    let done = crate::support::waiting::until("the product is done", async || {
        let again = v1(&app, "/produce", &bought("newInstance", "CS1", "b-2")).await;
        (again.code() == "000000").then_some(again)
    })
    .await;
    assert_eq!(done.json["appInfo"]["frontEndUrl"], "https://app.example.com/1");
    assert_eq!(backend.asked().len(), 1, "it was asked once");
}

#[tokio::test]
async fn an_application_for_a_license_can_be_refused_with_its_own_codes() {
    let backend = Backend::start([told(200, "")]).await;
    let app = start(&backend.config(3_500)).await;
    let instance_id = app.call(purchase("CS1")).await.instance_id();
    let apply = json!({
        "activity": "getLicenseAsync", "instanceId": instance_id, "eventId": "e-1",
        "effectiveTime": "2026-10-27 10:30:15 z", "deviceFingerprint": "MAC|DISK",
    });
    for refusal in ["000900", "000901", "000902", "000903"] {
        backend.now_tells([told(200, json!({ "resultCode": refusal, "resultMsg": "not this time" }))]);
        assert_eq!(app.call(apply.clone()).await.code(), refusal);
    }
    backend.now_tells([told(200, json!({ "license": "0078-ABC" }))]);
    for _ in 0..2 {
        assert_eq!(app.call(apply.clone()).await.code(), "000004");
    }
    assert_eq!(backend.asked().len(), 6, "accepted once, the product is not asked again");
    let message = app.message("getLicenseAsync").await;
    assert_eq!(app.state(&message), MessageState::InProgress);
    let dir = app.stop().await;
    let file = std::fs::read(dir.path().join("sellerdesk.db")).unwrap();
    assert!(!file.windows(8).any(|window| window == b"0078-ABC"), "the License lies sealed");
}

#[tokio::test]
async fn codes_and_organisations_change_only_when_the_backend_says_so() {
    let backend = Backend::start([told(503, "down"), told(200, ""), told(503, "down"), told(200, "")]).await;
    let app = start(&backend.config(3_500)).await;
    let status = |status: &str| with(code("updateLicenseCodeStatus", "PL1"), "status", status);
    let standing = async || {
        let known = app.desk.license(World::Live, LicenseCode::new("PL1")).await.unwrap();
        known.map(|(license, _)| license.status.name())
    };
    assert_eq!(app.call_signed_with(LICENSE_KEY, status("UNFREEZE")).await.code(), "000005");
    assert_eq!(standing().await, Some("added"), "known from the first call on, whatever became of it");
    assert_eq!(app.call_signed_with(LICENSE_KEY, status("UNFREEZE")).await.code(), "000000");
    assert_eq!(standing().await, Some("active"));
    assert_eq!(app.call_signed_with(LICENSE_KEY, status("FREEZE")).await.code(), "000005");
    assert_eq!(standing().await, Some("active"), "what failed is not done");
    assert_eq!(app.call_signed_with(LICENSE_KEY, status("FREEZE")).await.code(), "000000");
    assert_eq!(standing().await, Some("frozen"));
    let asked = backend.asked()[0].json();
    assert_eq!((&asked["type"], &asked["data"]["license"]), (&json!("updateLicenseCodeStatus"), &json!("PL1")));
    assert!(asked["data"].get("instanceId").is_none());

    backend.now_tells([told(503, ""), told(200, "")]);
    let known = async || app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap().is_some();
    assert_eq!(kit(&app, false, "tenantSync", tenant(1)).await.code(), "000005");
    assert!(!known().await);
    let message = app.message("tenantSync").await;
    app.desk.retry(message.id).await.unwrap();
    assert!(known().await, "the operator's retry does what the administrator would have to ask for again");
}
