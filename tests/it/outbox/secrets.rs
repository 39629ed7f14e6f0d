//! What is secret passes through and is found nowhere afterwards: not in the database, in no attempt, in nothing printed.

use std::path::Path;

use sellerdesk::{
    desk::{Cancel, LicenseContent},
    domain::{World, listing::MessageQuery},
    protocol::{Secret, callback::Activity},
    simulator::open_api::{Api, Fault, FaultRule},
};
use serde_json::json;

use crate::support::{
    app::TEMPLATE,
    open_api::SK,
    program,
    trade::{Trade, customer, product},
};

const LICENSE: &str = "LICENSE-TEXT-0078-ABC";
const PHONE: &str = "13812345678";
const EMAIL: &str = "buyer-of-it@example.com";
const SECRETS: [&str; 4] = [SK, LICENSE, PHONE, EMAIL];

fn tells_none(what: &str, text: &[u8]) {
    for secret in SECRETS {
        assert!(!text.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} in {what}");
    }
}

/// What KooGallery tells of a buyer, whole and with something missing.
fn answers() -> [String; 2] {
    let buyer = json!({ "customerId": "c-1", "customerName": "hwtest", "mobilePhone": PHONE, "email": EMAIL });
    let line = json!({
        "orderLineId": "CS1-000001", "chargingMode": "PERIOD", "productInfo": [{ "productId": "OFFI1" }],
    });
    let info = json!({ "orderId": "CS1", "orderType": "NEW", "orderLine": [line], "buyerInfo": buyer });
    let answer = |info| json!({ "resultCode": "MKT.0000", "resultMsg": "success", "orderInfo": info }).to_string();
    [answer(info), answer(json!({ "buyerInfo": buyer }))]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_stays_behind() {
    let trade = Trade::open("", TEMPLATE).await;
    let message = trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let instance_id = trade.marketplace.instance_of(&message).unwrap().instance_id;
    let desk = trade.app.desk.clone();
    let elsewhere = tempfile::tempdir().unwrap();
    let license_file = elsewhere.path().join("license.dat");
    std::fs::write(&license_file, LICENSE).unwrap();
    for content in [LicenseContent::Text(Secret::new(LICENSE)), LicenseContent::File(license_file.clone())] {
        let message = trade.marketplace.apply_for_license(&instance_id, None).await.unwrap();
        let Activity::GetLicenseAsync(application) = message.activity else { panic!("{message:?}") };
        let id = desk.keep_upload(World::Live, application.event_id, content).await.unwrap();
        trade.carry_out(vec![id]).await;
    }
    for body in answers() {
        let fault = Fault::Answer { status: 200, content_type: "application/json".into(), body };
        trade.server.faults().clear();
        trade.server.faults().add(FaultRule::always(fault).at(Api::OrderQuery));
        trade.query_order("CS1").await;
    }
    assert_eq!(trade.orders().await[0].customer_name.as_deref(), Some("hwtest"));
    trade.server.faults().clear();
    let refused = trade.activate(&trade.issued(1)).await;
    assert_eq!(refused.len(), 1);

    let ids = desk.message_ids(MessageQuery::default(), Cancel::default()).await.unwrap();
    let mut attempts = 0;
    for message in desk.messages(ids).await.unwrap() {
        for attempt in trade.app.attempts(&message).await {
            attempts += 1;
            tells_none(&format!("an attempt at {}", message.activity), format!("{attempt:?}").as_bytes());
        }
    }
    assert!(attempts >= 7, "{attempts}");
    for arguments in [
        &["list", "messages", "--json"][..],
        &["list", "orders", "--json"],
        &["list", "licenses", "--json"],
        &["key", "list", "--json"],
        &["show", "order", "CS1", "--json"],
    ] {
        let output = program::run(trade.dir(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", program::stderr(&output));
        tells_none(&arguments.join(" "), &[output.stdout, output.stderr].concat());
    }
    let dir = trade.app.stop().await;
    files(dir.path());
}

fn files(dir: &Path) {
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            seen += 1;
            tells_none(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
    assert!(seen >= 3, "{seen}");
}
