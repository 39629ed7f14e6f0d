//! What lives longer than a call, told by the simulated marketplace to a real receiver: organisations of joint products, codes
//! that expire by themselves, products of V1 from purchase to release.

use sellerdesk::{
    domain::{LicenseStatus, World, organisation},
    protocol::{
        KeyClass, Secret,
        id::{LicenseCode, TenantId},
    },
    simulator::{
        Action, CallFault, CallFaultRule, Generation, InstanceStatus, LicenseState, Lifecycle, Marketplace,
        MessageState, Outcome, Pace, Setup, Verdict, When, action,
    },
};
use serde_json::{Value, json};

use crate::{
    generations::{KIT_KEY, LICENSE_KEY, TEMPLATES, V1_KEY, start},
    kit::{RSA_KEY, RSA_PUBLIC_KEY},
    support::{
        app::{KEY, TEMPLATE, TestApp},
        trade::{Trade, customer, product},
    },
};

pub const DAY: i64 = 86_400_000;

pub async fn open(generation: Generation) -> (TestApp, Marketplace) {
    let app = start(TEMPLATES).await;
    let mut setup = Setup::new(format!("http://{}/produce", app.address))
        .of_generation(generation)
        .with_pace(Pace::jumping())
        .with_lifecycle(Lifecycle { expires: true, ..Lifecycle::default() })
        .with_kit_key(Secret::new(RSA_PUBLIC_KEY))
        .with_seed(1);
    app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
    for (class, key) in
        [(KeyClass::Base, KEY), (KeyClass::Kit, KIT_KEY), (KeyClass::License, LICENSE_KEY), (KeyClass::V1, V1_KEY)]
    {
        setup = setup.with_key(class, Secret::new(key));
    }
    (app, Marketplace::open(setup).unwrap())
}

pub async fn does(marketplace: &Marketplace, action: Value) -> Outcome {
    let action: Action = serde_json::from_value(action).unwrap();
    marketplace.perform(action.clone()).await.unwrap_or_else(|error| panic!("{action:?}: {error}"))
}

/// The interfaces that were called, all of them with success.
pub fn told(outcome: Outcome) -> Vec<String> {
    let Outcome::Told(told) = outcome else { panic!("{outcome:?}") };
    told.into_iter()
        .map(|(interface, verdict)| {
            assert_eq!(verdict, Verdict::Accepted, "{interface}");
            interface
        })
        .collect()
}

pub async fn joint(marketplace: &Marketplace) -> Value {
    let bought = does(marketplace, json!({ "action": "buy", "productId": "JOINT-YEAR" })).await;
    json!(marketplace.instance_of(bought.message().unwrap()).unwrap().instance_id)
}

async fn organisation(app: &TestApp) -> organisation::Organisation {
    let tenant = TenantId::new(action::Organisation::default().tenant_id);
    app.desk.organisation(World::Live, tenant).await.unwrap().unwrap().0
}

/// Names of those who may use the product.
pub async fn people(app: &TestApp) -> Vec<String> {
    let users = organisation(app).await.users.into_iter();
    let mut names: Vec<String> = users
        .filter(|entry| entry.authorized && entry.lifetime.removed_at.is_none())
        .map(|entry| entry.user.user_name)
        .collect();
    names.sort();
    names
}

pub async fn departments(app: &TestApp) -> Vec<String> {
    let known = organisation(app).await.departments.into_iter();
    known.filter(|entry| entry.lifetime.removed_at.is_none()).map(|entry| entry.department.org_code).collect()
}

pub fn person(name: &str) -> Value {
    json!([{ "userName": name, "name": name }])
}

#[tokio::test]
async fn a_joint_product_is_bound_to_an_organisation_whose_people_come_and_go() {
    let (app, marketplace) = open(Generation::V2).await;
    let id = joint(&marketplace).await;
    let bound = does(&marketplace, json!({ "action": "bind-organisation", "instanceId": id })).await;
    assert_eq!(told(bound), ["tenantSync", "applicationSync", "allOrgSync", "authSync"]);
    assert_eq!(people(&app).await, ["lisi", "zhangsan"]);
    let tenant = organisation(&app).await.tenant;
    assert_eq!((tenant.name.as_str(), json!(tenant.instance_id)), ("示例企业", id.clone()));
    for (change, name, left) in [
        ("add", "wangwu", vec!["lisi", "wangwu", "zhangsan"]),
        ("revoke", "wangwu", vec!["lisi", "zhangsan"]),
        ("delete", "lisi", vec!["zhangsan"]),
        ("add", "wangwu", vec!["wangwu", "zhangsan"]),
    ] {
        marketplace.advance_by(1_000).await;
        let action = json!({ "action": "change-people", "instanceId": id, "change": change, "people": person(name) });
        assert_eq!(told(does(&marketplace, action).await), ["authSync"]);
        assert_eq!(people(&app).await, left, "{change} {name}");
    }
    marketplace.advance_by(1_000).await;
    for (tree, calls, left) in [
        (vec![["d-1", "研发部", ""], ["d-3", "验证", "d-2"], ["d-2", "测试部", "d-1"]], 2, vec!["d-1", "d-2", "d-3"]),
        (vec![["d-1", "研发中心", ""], ["d-4", "客服", "d-1"]], 4, vec!["d-1", "d-4"]),
        (vec![["d-1", "研发中心", ""], ["d-4", "客服", "d-1"]], 0, vec!["d-1", "d-4"]),
    ] {
        let department =
            |[code, name, parent]: [&str; 3]| json!({ "orgCode": code, "orgName": name, "parentCode": parent });
        let tree: Vec<Value> = tree.into_iter().map(department).collect();
        let change = json!({ "action": "change-departments", "instanceId": id, "departments": tree });
        assert_eq!(told(does(&marketplace, change).await), vec!["singleOrgSync"; calls]);
        let mut known = departments(&app).await;
        known.sort();
        assert_eq!(known, left);
        marketplace.advance_by(1_000).await;
    }
    marketplace.advance_by(1_000).await;
    told(does(&marketplace, json!({ "action": "unbind-organisation", "instanceId": id })).await);
    assert!(organisation(&app).await.tenant.lifetime.removed_at.is_some());
    app.stop().await;
}

fn faults() -> Vec<(CallFault, bool)> {
    vec![
        (CallFault::Slow { millis: 20 }, true),
        (CallFault::HangUp { millis: 0 }, false),
        (CallFault::LostAnswer, false),
        (CallFault::Reset, false),
        (CallFault::HalfAnswer, false),
        (CallFault::Duplicate, true),
        (CallFault::Concurrent { calls: 4 }, true),
        (CallFault::Reordered, false),
        (CallFault::WrongKey, false),
        (CallFault::Seconds, false),
        (CallFault::Stale, false),
        (CallFault::ClockSkew { millis: -3_600_000 }, false),
        (CallFault::Replayed, true),
        (CallFault::Shuffled, true),
        (CallFault::UnknownField, true),
        (CallFault::UnknownActivity, true),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_with_a_call_of_the_kit_everybody_is_known_once() {
    let (app, marketplace) = open(Generation::V2).await;
    let id = joint(&marketplace).await;
    told(does(&marketplace, json!({ "action": "bind-organisation", "instanceId": id })).await);
    let mut known = vec!["lisi".to_owned(), "zhangsan".to_owned()];
    for (number, (fault, succeeds)) in faults().into_iter().enumerate() {
        let rule = CallFaultRule::new(fault.clone(), When::Requests { after: 0, count: 1 });
        marketplace.add_call_fault(CallFaultRule { activity: Some("authSync".into()), ..rule });
        let name = format!("user-{number:02}");
        let add = json!({ "action": "change-people", "instanceId": id, "change": "add", "people": person(&name) });
        let Outcome::Told(first) = does(&marketplace, add.clone()).await else { panic!("{fault:?}") };
        assert_eq!(first[0].1 == Verdict::Accepted, succeeds, "{fault:?}: {first:?}");
        if !succeeds {
            // Whoever administers the organisation tries again; what was held up arrives after it.
            marketplace.advance_by(1_000).await;
            told(does(&marketplace, add).await);
        }
        known.push(name);
        known.sort();
        assert_eq!(people(&app).await, known, "{fault:?}");
        assert_eq!(marketplace.call_faults(), [], "{fault:?}");
        marketplace.advance_by(1_000).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_held_up_takes_nothing_back_that_was_told_after_it() {
    let (app, marketplace) = open(Generation::V2).await;
    let id = joint(&marketplace).await;
    told(does(&marketplace, json!({ "action": "bind-organisation", "instanceId": id })).await);
    let change = |change: &str| json!({ "action": "change-people", "instanceId": id, "change": change, "people": person("wangwu") });
    let rule = CallFaultRule::new(CallFault::Reordered, When::Requests { after: 0, count: 1 });
    marketplace.add_call_fault(rule);
    let Outcome::Told(lost) = does(&marketplace, change("add")).await else { panic!("it is told") };
    assert!(matches!(lost[0].1, Verdict::Failed(_)), "{lost:?}");
    marketplace.advance_by(1_000).await;
    told(does(&marketplace, change("delete")).await);
    assert_eq!(people(&app).await, ["lisi", "zhangsan"], "the addition came last and counts no more");
    app.stop().await;
}

#[tokio::test]
async fn codes_expire_by_themselves_and_are_released_after_the_retention() {
    let trade = Trade::open_jumping(TEMPLATE).await;
    let codes = trade.received(3);
    assert!(trade.activate(&codes).await.iter().all(|message| message.exception.is_none()));
    let standing = async |trade: &Trade, code: &LicenseCode| trade.license(code).await.status;
    trade.marketplace.advance_by(200 * DAY).await;
    assert_eq!(standing(&trade, &codes[0]).await, LicenseStatus::Active);
    // One is renewed in time, and one given back.
    let renewed = trade.marketplace.renew_license(&codes[1], &product(), &customer()).await.unwrap();
    let released = trade.marketplace.release_license(&codes[2]).await.unwrap();
    assert_eq!((renewed.state, released.state), (MessageState::Succeeded, MessageState::Succeeded));
    trade.marketplace.advance_by(170 * DAY).await;
    let both = async |trade: &Trade, code: &LicenseCode| {
        let theirs = trade.marketplace.license(code).unwrap().state(trade.marketplace.now());
        (standing(trade, code).await, theirs)
    };
    assert_eq!(both(&trade, &codes[0]).await, (LicenseStatus::Frozen, LicenseState::Expired));
    assert_eq!(both(&trade, &codes[1]).await, (LicenseStatus::Active, LicenseState::Alive));
    trade.marketplace.advance_by(30 * DAY).await;
    assert_eq!(both(&trade, &codes[0]).await, (LicenseStatus::Released, LicenseState::Released));
    trade.marketplace.advance_by(400 * DAY).await;
    assert_eq!(both(&trade, &codes[1]).await, (LicenseStatus::Released, LicenseState::Released));
    let told = |code: &LicenseCode| {
        let messages = trade.marketplace.messages().into_iter();
        messages
            .filter(|message| message.activity.license() == Some(code))
            .map(|message| message.activity.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&codes[0]), ["updateLicenseCodeStatus", "releaseLicenseCode"]);
    assert_eq!(told(&codes[1]), ["refreshLicenseCode", "updateLicenseCodeStatus", "releaseLicenseCode"]);
    assert_eq!(told(&codes[2]), ["releaseLicenseCode"], "nothing happens to what is released");
}

#[tokio::test]
async fn a_v1_product_is_bought_renewed_expires_and_is_released() {
    let (app, marketplace) = open(Generation::V1).await;
    let bought = does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    let id = marketplace.instance_of(bought.message().unwrap()).unwrap().instance_id;
    let standing = async || app.desk.instance(World::Live, id.clone()).await.unwrap().unwrap().0.status.name();
    marketplace.advance_by(20 * DAY).await;
    assert_eq!(
        does(&marketplace, json!({ "action": "renew", "instanceId": id })).await.message().unwrap().state,
        MessageState::Succeeded
    );
    marketplace.advance_by(35 * DAY).await;
    assert_eq!(standing().await, "active", "two months are paid for");
    marketplace.advance_by(10 * DAY).await;
    assert_eq!((standing().await, marketplace.instance(&id).unwrap().status), ("frozen", InstanceStatus::Frozen));
    // A late renewal thaws without another call.
    does(&marketplace, json!({ "action": "renew", "instanceId": id })).await;
    assert_eq!((standing().await, marketplace.instance(&id).unwrap().status), ("active", InstanceStatus::Active));
    marketplace.advance_by(60 * DAY).await;
    assert_eq!((standing().await, marketplace.instance(&id).unwrap().status), ("released", InstanceStatus::Released));
    let (_, mut messages) = app.desk.instance(World::Live, id.clone()).await.unwrap().unwrap();
    messages.sort_by_key(|message| message.received_at);
    let words: Vec<&str> = messages.iter().map(|message| message.activity.as_str()).collect();
    let expected =
        ["newInstance", "refreshInstance", "expireInstance", "refreshInstance", "expireInstance", "releaseInstance"];
    assert_eq!(words, expected);
    assert!(marketplace.messages().iter().all(|message| message.state == MessageState::Succeeded));
    app.stop().await;
}
