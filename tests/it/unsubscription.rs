//! A buyer's request for an unsubscription that waits in the console: noted, counted down, decided; on the command line and in the
//! window in both languages. And what is told of whether an order may be given back.

use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    desk::unsubscriptions::RequestedUnsubscription,
    domain::{
        World,
        settlement::{ProductType, Terms},
        supervision::{Supervised, SupervisionFacts},
        unsubscription::{Decision, RequestState, UnsubscriptionRequest},
    },
    protocol::id::OrderId,
};
use serde_json::{Value, json};

use crate::support::{
    app::{TEMPLATE, TestApp, purchase, renewal},
    program,
    window::Stage,
};

#[tokio::test]
async fn a_request_is_noted_counted_down_and_decided() {
    let app = TestApp::start(TEMPLATE).await;
    app.call(purchase("CS1")).await;
    app.desk.reconcile().await.unwrap();
    let dir = app.dir.path();
    let run = |arguments: &[&str]| program::json(dir, &[&["unsubscription"], arguments, &["--json"]].concat());
    let none = program::run(dir, &["unsubscription", "note", "CS1", "agreed"]);
    assert!(program::stderr(&none).contains("note `requested` first"), "{}", program::stderr(&none));
    // A Monday; seven working days later the Wednesday of the week after is over.
    let asked = run(&["note", "CS1", "requested", "--at", "2026-11-02 10:00"]);
    assert_eq!((&asked["state"], &asked["decideBy"]), (&json!("under-review"), &json!("2026-11-11T16:00:00.000Z")));
    let told = String::from_utf8(program::run(dir, &["unsubscription", "show", "CS1"]).stdout).unwrap();
    assert!(told.contains("ask for no invoice"), "{told}");
    let early = program::run(dir, &["unsubscription", "note", "CS1", "agreed", "--at", "2026-11-01 10:00"]);
    let told = program::stderr(&early);
    assert!(!early.status.success() && told.contains("it was requested at "), "{told}");
    assert!(!told.contains("note `requested` first"), "that would begin it anew: {told}");
    assert!(told.contains("`2026-11-01 10:00` names no offset and is taken as Asia/Shanghai"), "{told}");
    let rejected = run(&["note", "CS1", "rejected", "--at", "2026-11-03 10:00"]);
    assert_eq!((&rejected["state"], &rejected["decideBy"]), (&json!("rejected"), &Value::Null));
    // The buyer may ask again; what is hardware has to come back first.
    run(&["note", "CS1", "requested", "--at", "2026-11-04 10:00"]);
    let facts = SupervisionFacts { kind: Supervised::Hardware, ..SupervisionFacts::default() };
    app.desk.note_supervision(World::Live, OrderId::new("CS1"), Some(facts)).await.unwrap();
    assert_eq!(run(&["note", "CS1", "agreed"])["state"], "awaits-goods");
    assert_eq!(program::json(dir, &["settlement", "order", "CS1", "--json"])["request"]["state"], "awaits-goods");
    assert_eq!(run(&["note", "CS1", "returned"])["state"], "agreed");
    let listed = program::json(dir, &["list", "unsubscriptions", "--json"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (1, &json!("agreed")));
    let out = dir.join("out.csv").display().to_string();
    assert_eq!(program::json(dir, &["list", "unsubscriptions", "--export", &out, "--json"])["rows"], 1);
    assert!(program::run(dir, &["unsubscription", "forget", "CS1"]).status.success());
    assert_eq!(program::json(dir, &["list", "unsubscriptions", "--json"]), json!([]));
}

#[tokio::test]
async fn a_renewal_of_which_nothing_tells_when_it_begins_may_be_refundable() {
    let app = TestApp::start(TEMPLATE).await;
    let instance = app.call(purchase("CS1")).await.instance_id();
    app.call(renewal(&instance, "CS2")).await;
    app.desk.reconcile().await.unwrap();
    let told = program::json(app.dir.path(), &["settlement", "order", "CS2", "--json"]);
    let unsubscription = &told["unsubscription"];
    assert_eq!(
        (&unsubscription["may"], &unsubscription["assumptions"]),
        (&json!("unknown"), &json!(["effect-unknown"])),
        "a call of refreshInstance tells no period: {told:#}"
    );
    assert!(told["lines"][0]["assumptions"].as_array().unwrap().contains(&json!("effective-when-ordered")));
}

/// Of whatever was decided, only what has to be sent back waits for somebody.
#[tokio::test]
async fn what_waits_is_told_without_what_is_over() {
    let app = TestApp::start(TEMPLATE).await;
    let orders = ["ASKED", "AGREED", "REJECTED", "HARDWARE", "RETURNED"];
    for order in orders {
        app.call(purchase(order)).await;
    }
    app.desk.reconcile().await.unwrap();
    let now = app.desk.now();
    for order in orders {
        let id = || OrderId::new(order);
        if matches!(order, "HARDWARE" | "RETURNED") {
            let facts = SupervisionFacts { kind: Supervised::Hardware, ..SupervisionFacts::default() };
            app.desk.note_supervision(World::Live, id(), Some(facts)).await.unwrap();
        }
        let decided = match order {
            "ASKED" => None,
            "REJECTED" => Some((Decision::Rejected, now)),
            _ => Some((Decision::Agreed, now)),
        };
        let returned_at = (order == "RETURNED").then_some(now);
        let request = UnsubscriptionRequest { decided, returned_at, ..UnsubscriptionRequest::new(now) };
        app.desk.note_unsubscription(id(), Some(request)).await.unwrap();
    }
    let states = |requested: Vec<RequestedUnsubscription>| -> Vec<(String, RequestState)> {
        requested.into_iter().map(|one| (one.order_id.to_string(), one.state)).collect()
    };
    let waits = [("ASKED".to_owned(), RequestState::UnderReview), ("HARDWARE".to_owned(), RequestState::AwaitsGoods)];
    assert_eq!(states(app.desk.waiting_unsubscriptions().await.unwrap()), waits);
    let all = states(app.desk.unsubscription_requests().await.unwrap());
    assert_eq!((all.len(), &all[..2]), (5, &waits[..]));
}

struct Words {
    language: &'static str,
    theme: &'static str,
    begin: &'static str,
    invoice: &'static str,
    agree: &'static str,
    agreed: &'static str,
    overview: &'static str,
    requests: &'static str,
    orders: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        begin: "The buyer has requested it",
        invoice: "ask for no invoice",
        agree: "I agreed (同意)",
        agreed: "agreed (同意)",
        overview: "Overview",
        requests: "Requests for unsubscription",
        orders: "Orders",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        begin: "买家已申请退订",
        invoice: "请勿为该订单申请开票",
        agree: "我已同意",
        agreed: "已同意",
        overview: "概览",
        requests: "退订申请（退订管理）",
        orders: "订单",
    },
];

#[test]
fn the_window_notes_a_request_and_the_overview_counts_it_down() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.call("main", &purchase("CS1"));
        stage.runtime().block_on(async {
            stage.desk.reconcile().await.unwrap();
            let terms = Terms { product_type: Some(ProductType::Saas), ..Terms::new("OFFI1") };
            stage.desk.put_settlement_terms(vec![terms]).await.unwrap();
        });
        let mut window = stage.open();
        window.click(words.orders);
        window.click_row("CS1");
        window.wait_for(words.begin);
        window.harness.get_by_label(words.begin).scroll_to_me();
        window.settle();
        window.click(words.begin);
        window.wait_for(words.invoice);
        window.click(words.overview);
        window.wait_for(words.requests);
        let noted = window.runtime().block_on(window.desk.unsubscription_requests()).unwrap();
        assert_eq!((noted.len(), noted[0].state), (1, RequestState::UnderReview));
        // The order's pane stays beside the overview.
        window.wait_for(words.invoice);
        // The toasts are gone by then, and the button may lie below.
        window.advance(std::time::Duration::from_secs(60));
        window.harness.get_by_label(words.agree).scroll_to_me();
        window.settle();
        window.click(words.agree);
        window.wait_until("the decision is shown", |window| !window.sees(words.invoice));
        let noted = window.runtime().block_on(window.desk.unsubscription_requests()).unwrap();
        assert!(matches!(&noted[0].request, UnsubscriptionRequest { decided: Some(_), .. }));
        window.wait_for(words.agreed);
        window.wait_until("nothing waits any more", |window| !window.sees(words.requests));
    }
}
