//! The simulated marketplace has a time of its own: a year goes by in a moment, and everything that is due in it happens, in
//! its order and once.

use std::time::Duration;

use sellerdesk::{
    cli::open::system_time,
    protocol::{KeyClass, Secret, UnixMillis, id::InstanceId, signature::url::UrlSignature},
    simulator::{
        Action, CallFault, CallFaultRule, Clock, Customer, Generation, InstanceStatus, Lifecycle, Marketplace,
        MessageState, OpenApiServer, Outcome, Pace, Product, Setup, SimulatorError, When, call,
        open_api::{Fault, FaultRule, OpenApiSetup},
    },
};
use serde_json::{Value, json};

use crate::{
    generations::{TEMPLATES, V1_KEY, start},
    support::{
        app::KEY,
        open_api::basic_time,
        seller::{NOON, Seller, code, made},
    },
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

async fn market(answers: Vec<(u16, Value)>, lifecycle: Lifecycle) -> (Seller, Marketplace) {
    let (seller, setup) = Seller::start(answers).await;
    let setup = setup.with_pace(Pace::jumping()).with_seed(7).with_lifecycle(lifecycle);
    (seller, Marketplace::open(setup).unwrap())
}

fn expires() -> Lifecycle {
    Lifecycle { expires: true, ..Lifecycle::default() }
}

async fn does(marketplace: &Marketplace, action: Value) -> Outcome {
    let action: Action = serde_json::from_value(action).unwrap();
    marketplace.perform(action.clone()).await.unwrap_or_else(|error| panic!("{action:?}: {error}"))
}

fn monthly() -> Product {
    Product { product_id: "SAAS-MONTH".into(), sku_code: "sku".into(), name: "A product".into(), months: 1 }
}

fn customer() -> Customer {
    Customer { customer_id: "c".into(), customer_name: "hwtest".into() }
}

/// What was called, each with the days since the beginning.
fn story(seller: &Seller, marketplace: &Marketplace) -> Vec<(String, i64)> {
    let told = marketplace.messages();
    assert_eq!(told.iter().map(|message| message.attempts + message.polls).sum::<u32>() as usize, seller.calls().len());
    told.iter()
        .map(|message| {
            let word = match &message.activity {
                sellerdesk::protocol::callback::Activity::UpdateInstanceStatus { status, .. } => status.as_wire(),
                activity => activity.name(),
            };
            (word.to_owned(), message.begun_at.millis_since(UnixMillis(NOON)) / DAY)
        })
        .collect()
}

#[tokio::test]
async fn a_month_expires_and_is_released_after_the_retention() {
    let (seller, marketplace) = market(vec![made("000000")], expires()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    let id = InstanceId::new("i-1");
    marketplace.advance_by(29 * DAY).await;
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Active);
    marketplace.advance_by(DAY).await;
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Frozen);
    marketplace.advance_by(300 * DAY).await;
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Released);
    let told = story(&seller, &marketplace);
    let expected =
        [("newInstance", 0), ("FREEZE", 30), ("releaseInstance", 45)].map(|(word, day)| (word.to_owned(), day));
    assert_eq!(told, expected);
    assert_eq!(marketplace.now(), UnixMillis(NOON + 330 * DAY));
}

#[tokio::test]
async fn what_is_signed_is_signed_with_the_real_time_whatever_the_marketplaces_is() {
    let (seller, marketplace) = market(vec![made("000000")], expires()).await;
    marketplace.buy(&monthly(), &customer()).await.unwrap();
    marketplace.advance_by(400 * DAY).await;
    for call in seller.calls() {
        UrlSignature::from_query(&call.query).unwrap().check_freshness(Clock::system().now()).unwrap();
    }
}

#[tokio::test]
async fn a_renewal_in_time_puts_the_end_off_and_a_late_one_thaws() {
    let (seller, marketplace) = market(vec![made("000000")], expires()).await;
    marketplace.buy(&monthly(), &customer()).await.unwrap();
    let id = InstanceId::new("i-1");
    marketplace.advance_by(20 * DAY).await;
    marketplace.renew(&id).await.unwrap();
    marketplace.advance_by(45 * DAY).await;
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Frozen, "after two months");
    marketplace.renew(&id).await.unwrap();
    marketplace.advance_by(0).await;
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Active);
    marketplace.unsubscribe(&id).await.unwrap();
    marketplace.advance_by(300 * DAY).await;
    let words: Vec<String> = story(&seller, &marketplace).into_iter().map(|(word, _)| word).collect();
    assert_eq!(
        words,
        ["newInstance", "refreshInstance", "FREEZE", "refreshInstance", "UNFREEZE", "releaseInstance"],
        "nothing happens to what is released"
    );
}

#[tokio::test]
async fn tries_are_made_at_their_time_while_time_is_put_forward() {
    let (seller, marketplace) = market(vec![code("000005")], expires()).await;
    let first = marketplace.buy(&monthly(), &customer()).await.unwrap();
    for tries in 2..=4 {
        marketplace.advance_by(HOUR - 1).await;
        assert_eq!(seller.calls().len(), tries - 1);
        marketplace.advance_by(1).await;
        assert_eq!(seller.calls().len(), tries);
    }
    assert_eq!(marketplace.message(first.id).unwrap().state, MessageState::Refunded);
    for _ in 0..5 {
        let failing = marketplace.buy(&monthly(), &customer()).await.unwrap();
        assert_eq!(marketplace.settled(failing.id).await.unwrap().attempts, 4, "where time stands, waiting moves it");
    }
    assert_eq!(marketplace.delisted().len(), 1);
    let refused =
        marketplace.perform(serde_json::from_value(json!({ "action": "buy", "productId": "SAAS-MONTH" })).unwrap());
    assert!(refused.await.unwrap_err().to_string().contains("left the catalogue"));
    marketplace.advance_by(60 * DAY).await;
    assert!(marketplace.is_delisted(), "another month alone does not bring it back");
    assert_eq!(marketplace.failed_orders_this_month(), 0);
}

#[tokio::test]
async fn a_stopped_message_is_not_tried_and_a_restarted_one_has_a_window_again() {
    let (seller, marketplace) = market(vec![code("000005")], Lifecycle::default()).await;
    let first = marketplace.buy(&monthly(), &customer()).await.unwrap();
    marketplace.stop(first.id).unwrap();
    marketplace.advance_by(DAY).await;
    assert_eq!(seller.calls().len(), 1);
    let restarted = marketplace.restart(first.id).await.unwrap();
    assert_eq!((restarted.state, restarted.attempts), (MessageState::Failing, 2));
    assert_eq!(marketplace.settled(first.id).await.unwrap().attempts, 5);
    let second = marketplace.buy(&monthly(), &customer()).await.unwrap();
    assert_eq!(marketplace.refund(second.id).unwrap().state, MessageState::Refunded);
    marketplace.advance_by(DAY).await;
    assert_eq!(seller.calls().len(), 6);
}

#[tokio::test]
async fn saved_cases_are_replayed_twice_a_day_until_trade_is_frozen() {
    let lifecycle = Lifecycle { probes: true, ..Lifecycle::default() };
    let (seller, marketplace) = market(vec![made("000000")], lifecycle).await;
    marketplace.set_debugging(true);
    let case = marketplace.buy(&monthly(), &customer()).await.unwrap();
    does(&marketplace, json!({ "action": "save-case", "message": case.id })).await;
    marketplace.set_debugging(false);
    marketplace.advance_by(3 * DAY).await;
    let calls = seller.calls();
    assert_eq!(calls.len(), 1 + 6);
    assert!(calls.iter().all(|call| call.json()["testFlag"] == "1"));
    assert_ne!(calls[1].json()["businessId"], calls[2].json()["businessId"]);
    seller.now_answers(code("000005"));
    marketplace.advance_by(4 * DAY).await;
    assert!(!marketplace.is_trade_frozen());
    marketplace.advance_by(DAY).await;
    assert!(marketplace.is_trade_frozen());
    assert_eq!(marketplace.failed_orders_this_month(), 0, "nothing was bought");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let mut stories = vec![];
    for _ in 0..2 {
        let (_seller, marketplace) = market(vec![code("000005"), made("000000")], expires()).await;
        marketplace.buy(&monthly(), &customer()).await.unwrap();
        marketplace.advance_by(60 * DAY).await;
        let told: Vec<_> =
            marketplace.messages().iter().map(|told| format!("{:?}", (told.begun_at, &told.activity))).collect();
        stories.push((told, marketplace.orders()));
    }
    assert_eq!(stories[0], stories[1]);
}

#[tokio::test]
async fn a_marketplace_that_was_kept_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("marketplace.json");
    let (seller, setup) = Seller::start(vec![made("000000"), code("000005")]).await;
    let setup = setup.with_pace(Pace::jumping()).with_seed(7).with_lifecycle(Lifecycle::whole());
    let first = Marketplace::open_at(setup.clone(), &file).unwrap();
    let bought = does(&first, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await.message().unwrap().clone();
    let id = first.instance_of(&bought).unwrap().instance_id;
    let codes = first.buy_licenses(&customer(), &monthly(), 2);
    let renewal = first.renew(&id).await.unwrap();
    first.advance_by(20 * 60_000).await;
    assert_eq!(first.message(renewal.id).unwrap().attempts, 2);
    first.save(&file).unwrap();
    let (orders, licenses, now) = (first.orders(), first.licenses(), first.now());
    drop(first);

    let second = Marketplace::open_at(setup.clone(), &file).unwrap();
    assert_eq!((second.orders(), second.licenses(), second.now()), (orders, licenses, now));
    assert_eq!(second.licenses().len(), codes.len());
    let taken_up = second.message(renewal.id).unwrap();
    assert_eq!((taken_up.state, taken_up.attempts, &taken_up.activity), (MessageState::Failing, 2, &renewal.activity));
    assert!(taken_up.exception().unwrap().to_string().contains("000005"), "{taken_up:?}");
    seller.now_answers(made("000000"));
    assert_eq!(second.settled(renewal.id).await.unwrap().attempts, 3);
    assert_eq!(second.now().millis_since(now), 20 * 60_000, "at the time that was planned before");
    let another = does(&second, json!({ "action": "buy", "productId": "SAAS-YEAR" })).await.message().unwrap().clone();
    assert_ne!(another.order(), bought.order());
    second.advance_by(40 * DAY).await;
    assert_eq!(second.instance(&id).unwrap().status, InstanceStatus::Active, "it was renewed");
    second.advance_by(40 * DAY).await;
    assert_eq!(second.instance(&id).unwrap().status, InstanceStatus::Released);
    std::fs::write(&file, "no books").unwrap();
    assert!(matches!(Marketplace::open_at(setup, &file), Err(SimulatorError::Unkept(_))));
}

#[tokio::test]
async fn a_seed_goes_on_where_it_was_however_often_it_is_taken_up_at_one_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("marketplace.json");
    let (_seller, setup) = Seller::start(vec![code("000005")]).await;
    let setup = setup.with_pace(Pace::jumping()).with_seed(7);
    let whole = Marketplace::open(setup.clone()).unwrap();
    for orders in 1..=3 {
        let marketplace = Marketplace::open_at(setup.clone(), &file).unwrap();
        marketplace.buy(&monthly(), &customer()).await.unwrap();
        assert_eq!(marketplace.orders().len(), orders, "none takes the place of another");
        marketplace.save(&file).unwrap();
        whole.buy(&monthly(), &customer()).await.unwrap();
        let of =
            |marketplace: &Marketplace| marketplace.orders().into_iter().map(|order| order.line).collect::<Vec<_>>();
        assert_eq!(of(&marketplace), of(&whole), "as if it had not been interrupted");
    }
}

#[tokio::test]
async fn what_goes_wrong_goes_on_going_wrong_after_it_was_taken_up() {
    let (seller, setup) = Seller::start(vec![made("000000"), code("000000")]).await;
    let setup = setup.with_pace(Pace::jumping()).with_seed(11);
    let whole = Marketplace::open(setup.clone()).unwrap();
    let kept = Marketplace::open(setup.clone()).unwrap();
    let chance = || CallFaultRule::new(CallFault::WrongKey, When::Chance(0.5));
    let id = [InstanceId::new("i-1")];
    let wrong = async |marketplace: &Marketplace| {
        let before = seller.calls().len();
        marketplace.query(&id).await.unwrap();
        let call = seller.calls().remove(before);
        UrlSignature::from_query(&call.query).unwrap().verify(&Secret::new(KEY), &call.body).is_err()
    };
    for marketplace in [&whole, &kept] {
        marketplace.add_call_fault(chance());
    }
    let (mut expected, mut seen) = (vec![], vec![]);
    let mut kept = kept;
    for _ in 0..4 {
        for _ in 0..5 {
            expected.push(wrong(&whole).await);
            seen.push(wrong(&kept).await);
        }
        kept = Marketplace::resume(setup.clone(), &kept.kept().unwrap()).unwrap();
    }
    assert_eq!(seen, expected);
    assert!(expected.contains(&true) && expected.contains(&false), "{expected:?}");

    // What was held up on its way still arrives, after the next call.
    kept.clear_call_faults();
    kept.add_call_fault(CallFaultRule::new(CallFault::Reordered, When::Requests { after: 0, count: 1 }));
    kept.query(&[InstanceId::new("late")]).await.unwrap();
    let kept = Marketplace::resume(setup, &kept.kept().unwrap()).unwrap();
    let before = seller.calls().len();
    kept.query(&id).await.unwrap();
    let asked: Vec<Value> = seller.calls()[before..].iter().map(|call| call.json()["instanceId"].clone()).collect();
    assert_eq!(asked, ["i-1", "late"]);
}

#[tokio::test]
async fn what_is_wrong_with_the_open_apis_is_kept_with_the_marketplace() {
    let (_seller, setup) = Seller::start(vec![made("000000")]).await;
    let setup = setup.with_pace(Pace::jumping()).with_seed(11);
    let apis = || OpenApiSetup::new("AK", Secret::new("SK"));
    let first = Marketplace::open(setup.clone()).unwrap();
    let server = OpenApiServer::start(&first, apis()).unwrap();
    let rule = FaultRule::new(Fault::BadGateway, When::Requests { after: 0, count: 3 });
    server.faults().add(rule.clone());
    let client = call::client(Duration::from_secs(5)).unwrap();
    let ask = async |server: &OpenApiServer| {
        let url = format!("{}/api/mkp-openapi-public/global/v1/order/query?orderId=MOCKONDEMAND", server.url());
        let request = client.get(url).header("x-sdk-date", basic_time(system_time()));
        let authorization = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00";
        request.header("authorization", authorization).send().await.map(|answer| answer.status().as_u16())
    };
    assert_eq!(ask(&server).await.unwrap(), 502);
    server.faults().clear();
    for _ in 0..5 {
        assert_eq!(ask(&server).await.unwrap(), 401);
    }
    server.faults().add(rule);
    let second = Marketplace::resume(setup, &first.kept().unwrap()).unwrap();
    drop(server);
    let server = OpenApiServer::start(&second, apis()).unwrap();
    assert_eq!(server.faults().rules().len(), 1);
    for _ in 0..3 {
        assert_eq!(ask(&server).await.unwrap(), 502);
    }
    assert_eq!(ask(&server).await.unwrap(), 401);
    let log = server.requests().pop().unwrap();
    assert!(format!("{log:?}").contains("AK access failed to reach the limit"), "it is locked out still: {log:?}");
}

#[tokio::test]
async fn a_case_of_v1_that_was_saved_passes_after_it_was_taken_up() {
    let app = start(TEMPLATES).await;
    let setup = Setup::new(format!("http://{}/produce", app.address)).of_generation(Generation::V1);
    let lifecycle = Lifecycle { probes: true, ..Lifecycle::default() };
    let setup = setup.with_key(KeyClass::V1, Secret::new(V1_KEY)).with_pace(Pace::jumping()).with_lifecycle(lifecycle);
    let first = Marketplace::open(setup.clone()).unwrap();
    first.set_debugging(true);
    let case = does(&first, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await.message().unwrap().clone();
    does(&first, json!({ "action": "save-case", "message": case.id })).await;
    let second = Marketplace::resume(setup, &first.kept().unwrap()).unwrap();
    let probed = second.probe().await;
    assert_eq!(probed.len(), 1);
    assert_eq!(probed[0].state, MessageState::Succeeded, "{:?}", probed[0].exception());
    assert_eq!(probed[0].order(), case.order());
    app.stop().await;
}
