//! What the simulated marketplace does as the access guide V1.0 has it, told to a real receiver: Licenses of 1.0, the kit's
//! first version, and what V1 says otherwise than V2.

use sellerdesk::{
    domain::World,
    protocol::id::InstanceId,
    simulator::{
        Action, CallFault, CallFaultRule, CallRecord, Generation, InstanceStatus, Marketplace, MessageState, When,
    },
};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

use crate::{
    simulated_life::{DAY, departments, does, joint, open, people, person, told},
    support::app::TestApp,
};

/// What the seller's receiver was called with, in V1's words.
async fn words(app: &TestApp, id: &InstanceId) -> Vec<String> {
    let (_, mut messages) = app.desk.instance(World::Live, id.clone()).await.unwrap().unwrap();
    messages.sort_by_key(|message| message.received_at);
    messages.into_iter().map(|message| message.activity).collect()
}

async fn refused(marketplace: &Marketplace, action: Value) -> String {
    let action: Action = serde_json::from_value(action).unwrap();
    marketplace.perform(action).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_license_of_1_0_is_delivered_renewed_expires_and_is_released() {
    let (app, marketplace) = open(Generation::V1).await;
    marketplace.set_target(format!("http://{}/license", app.address));
    let bought = does(&marketplace, json!({ "action": "buy", "productId": "LICENSE-YEAR" })).await;
    assert_eq!(bought.message().unwrap().state, MessageState::Succeeded);
    let id = marketplace.instance_of(bought.message().unwrap()).unwrap().instance_id;
    let standing = || marketplace.instance(&id).unwrap().status;
    marketplace.advance_by(300 * DAY).await;
    does(&marketplace, json!({ "action": "renew", "instanceId": id })).await;
    marketplace.advance_by(300 * DAY).await;
    assert_eq!(standing(), InstanceStatus::Active, "two years are paid for");
    marketplace.advance_by(140 * DAY).await;
    assert_eq!(standing(), InstanceStatus::Frozen);
    does(&marketplace, json!({ "action": "look", "instanceId": id })).await;
    for name in ["freeze", "upgrade", "cancel-renewal"] {
        let told = refused(&marketplace, json!({ "action": name, "instanceId": id })).await;
        assert!(told.contains("License 1.0 has no interface for it"), "{told}");
    }
    marketplace.advance_by(30 * DAY).await;
    assert_eq!(standing(), InstanceStatus::Released);
    assert_eq!(words(&app, &id).await, ["getLicense", "refreshLicense", "expireLicense", "releaseLicense"]);
    assert!(marketplace.messages().iter().all(|message| message.state == MessageState::Succeeded));
    app.stop().await;
}

#[tokio::test]
async fn a_license_of_1_0_that_is_not_delivered_in_time_waits_for_a_restart() {
    let (app, marketplace) = open(Generation::V1).await;
    let (here, nowhere) = (format!("http://{}/license", app.address), format!("http://{}/nothing", app.address));
    marketplace.set_target(nowhere.as_str());
    let bought = does(&marketplace, json!({ "action": "buy", "productId": "LICENSE-YEAR" })).await;
    let message = bought.message().unwrap();
    let last = marketplace.settled(message.id).await.unwrap();
    assert_eq!((last.state, last.attempts), (MessageState::Stopped, 4), "every hour for three hours");
    let order = || marketplace.order(&message.order().unwrap().order_id).unwrap().state.name();
    assert_eq!((order(), marketplace.failed_orders_this_month()), ("stopped", 1), "it is not paid back");
    marketplace.set_target(here);
    let restarted = marketplace.restart(message.id).await.unwrap();
    assert_eq!(restarted.state, MessageState::Succeeded);
    assert_eq!((order(), marketplace.failed_orders_this_month()), ("fulfilled", 0));
    // A renewal is called once.
    let id = marketplace.instance_of(&restarted).unwrap().instance_id;
    marketplace.set_target(nowhere);
    let renewal = does(&marketplace, json!({ "action": "renew", "instanceId": id })).await;
    let renewal = renewal.message().unwrap();
    assert_eq!((renewal.state, renewal.attempts), (MessageState::Stopped, 1));
    app.stop().await;
}

#[tokio::test]
async fn a_license_of_1_0_is_nothing_that_v2_knows() {
    let (app, marketplace) = open(Generation::V2).await;
    let told = refused(&marketplace, json!({ "action": "buy", "productId": "LICENSE-YEAR" })).await;
    assert!(told.contains("V1.0"), "{told}");
    assert!(marketplace.orders().is_empty());
    app.stop().await;
}

/// The parameters of the last call.
fn last(calls: &mut Receiver<CallRecord>) -> Vec<(String, String)> {
    let mut last = None;
    while let Ok(call) = calls.try_recv() {
        last = Some(call);
    }
    let url = url::Url::parse(&last.unwrap().url).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn said<'a>(params: &'a [(String, String)], name: &str) -> &'a str {
    params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

#[tokio::test]
async fn v1_names_the_purchase_with_a_release_and_the_quantity_with_an_upgrade() {
    let (app, marketplace) = open(Generation::V1).await;
    let bought = does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    let purchase = bought.message().unwrap().order().unwrap().order_id.to_string();
    let id = marketplace.instance_of(bought.message().unwrap()).unwrap().instance_id;
    let mut calls = marketplace.calls();
    does(&marketplace, json!({ "action": "upgrade", "instanceId": id, "linearValue": 7 })).await;
    let upgrade = last(&mut calls);
    assert_eq!((said(&upgrade, "activity"), said(&upgrade, "amount")), ("upgrade", "7"));
    does(&marketplace, json!({ "action": "unsubscribe", "instanceId": id })).await;
    let release = last(&mut calls);
    assert_eq!((said(&release, "activity"), said(&release, "orderId")), ("releaseInstance", purchase.as_str()));
    let orders = marketplace.orders();
    let states: Vec<_> = orders.iter().map(|order| (order.kind.as_wire(), order.state.name())).collect();
    assert_eq!(states.len(), 3);
    assert!(states.contains(&("UNSUBSCRIBE", "fulfilled")), "{states:?}");
    app.stop().await;
}

#[tokio::test]
async fn v1_asks_what_was_used_and_may_write_its_time_in_seconds() {
    let (app, marketplace) = open(Generation::V1).await;
    let bought = does(&marketplace, json!({ "action": "buy", "productId": "SAAS-ON-DEMAND" })).await;
    let id = marketplace.instance_of(bought.message().unwrap()).unwrap().instance_id;
    let mut calls = marketplace.calls();
    let asked = does(&marketplace, json!({ "action": "query", "instanceId": id })).await;
    assert_eq!(asked.message().unwrap().state, MessageState::Succeeded);
    assert_eq!(said(&last(&mut calls), "activity"), "queryInstance");
    marketplace.add_call_fault(CallFaultRule::new(CallFault::Seconds, When::Requests { after: 0, count: 1 }));
    does(&marketplace, json!({ "action": "look", "instanceId": id })).await;
    assert_eq!(said(&last(&mut calls), "timeStamp").len(), "yyyyMMddHHmmss".len());
    app.stop().await;
}

#[tokio::test]
async fn a_joint_product_of_v1_is_told_of_its_organisation_in_v1s_words() {
    let (app, marketplace) = open(Generation::V1).await;
    let id = joint(&marketplace).await;
    let mut calls = marketplace.calls();
    let bound = does(&marketplace, json!({ "action": "bind-organisation", "instanceId": id })).await;
    assert_eq!(told(bound), ["tenantSync", "applicationSync", "allOrgSync", "authSync"]);
    let mut bodies = vec![];
    while let Ok(call) = calls.try_recv() {
        assert!(call.url.contains(&format!("/produceAPI/{}", call.activity)), "{}", call.url);
        bodies.push(serde_json::from_str::<Value>(&call.body).unwrap());
    }
    let text = |value: &Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
    assert_eq!(text(&bodies[2]["orgInfo"])[0], json!({ "orgCode": "d-1", "name": "研发部", "parentCode": "" }));
    assert_eq!(text(&bodies[3]["userList"]).as_array().unwrap().len(), 2);
    assert_eq!(people(&app).await, ["lisi", "zhangsan"]);
    assert_eq!(departments(&app).await, ["d-1"]);
    marketplace.advance_by(1_000).await;
    let tree = json!([{ "orgCode": "d-1", "orgName": "研发部" }, { "orgCode": "d-2", "orgName": "测试部", "parentCode": "d-1" }]);
    let change = json!({ "action": "change-departments", "instanceId": id, "departments": tree });
    assert_eq!(told(does(&marketplace, change).await), ["singleOrgSync"]);
    assert_eq!(departments(&app).await, ["d-1", "d-2"]);
    let revoke = json!({ "action": "change-people", "instanceId": id, "change": "revoke", "people": person("lisi") });
    let told_why = refused(&marketplace, revoke).await;
    assert!(told_why.contains("V1.0 has no words"), "{told_why}");
    marketplace.advance_by(1_000).await;
    told(does(&marketplace, json!({ "action": "unbind-organisation", "instanceId": id })).await);
    app.stop().await;
}
