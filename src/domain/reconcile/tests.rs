//! What is found, and that each finding can be mended.

use super::*;
use crate::domain::OrderStatus;

const HOUR: i64 = 3_600_000;
const NOW: UnixMillis = UnixMillis(1_000 * HOUR);

fn line(id: &str) -> OrderLine {
    OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new(format!("{id}-000001")) }
}

fn ago(hours: i64) -> UnixMillis {
    NOW.plus_millis(-hours * HOUR)
}

fn order(id: &str, kind: OrderType) -> Order {
    Order { order_type: Some(kind), queried_at: Some(NOW), ..Order::new(World::Live, line(id), ago(24)) }
}

fn instance(id: &str, status: InstanceStatus, expires: Option<UnixMillis>) -> Instance {
    let bought = Instance::bought(World::Live, InstanceId::new(format!("i-{id}")), line(id), "main", ago(24));
    Instance { status, expire_time: expires, ..bought }
}

fn license(id: &str, activated: Option<UnixMillis>) -> License {
    License {
        status: LicenseStatus::Active,
        order: Some(line(id)),
        activate_time: activated,
        ..License::added(World::Live, LicenseCode::new(format!("PL-{id}")), ago(24))
    }
}

fn found(books: &Books) -> Vec<(Mismatch, String)> {
    reconcile(books, NOW)
        .into_iter()
        .map(|finding| (finding.mismatch, finding.order.map(|order| order.order_id.to_string()).unwrap_or_default()))
        .collect()
}

#[test]
fn a_purchase_that_was_never_called_for_is_told_once_koogallery_has_given_up() {
    let called = Order { called_at: Some(ago(24)), ..order("CALLED", OrderType::New) };
    let young = Order { create_time: Some(ago(2)), ..order("YOUNG", OrderType::New) };
    let asked_by_a_call_alone = Order { queried_at: None, ..order("UNASKED", OrderType::New) };
    let test = Order { world: World::Test, ..order("TEST", OrderType::New) };
    let void = |word: &str| Order { order_status: Some(OrderStatus::from_word(word)), ..order(word, OrderType::New) };
    let orders = vec![
        void("已取消"),
        void("待支付"),
        void("待审核"),
        order("NEW", OrderType::New),
        order("TRIAL", OrderType::Trial),
        order("RENEW", OrderType::Renew),
        order("MOCKONETIMENEW", OrderType::New),
        called,
        young,
        asked_by_a_call_alone,
        test,
    ];
    let told = found(&Books { orders, ..Books::default() });
    assert_eq!(told.len(), 2);
    for id in ["NEW", "TRIAL"] {
        assert!(told.contains(&(Mismatch::BoughtNeverCalled, id.to_owned())), "{told:?}");
    }
}

#[test]
fn instances_are_held_against_orders_and_time() {
    let books = Books {
        instances: vec![
            instance("EXPIRED", InstanceStatus::Active, Some(ago(1))),
            instance("FROZEN", InstanceStatus::Frozen, Some(ago(1))),
            instance("RUNS", InstanceStatus::Active, Some(NOW.plus_millis(1))),
            instance("NOBODYS", InstanceStatus::Active, None),
            instance("GONE", InstanceStatus::Released, Some(ago(1))),
        ],
        unknown_orders: ["NOBODYS", "GONE"].map(OrderId::new).into(),
        ..Books::default()
    };
    assert_eq!(
        found(&books),
        [(Mismatch::ProvisionedNotOrdered, "NOBODYS".to_owned()), (Mismatch::ExpiredRunning, "EXPIRED".to_owned())]
    );
}

#[test]
fn what_was_given_back_and_goes_on_is_told() {
    let unsubscription =
        |id: &str| Order { instance_id: Some(InstanceId::new(format!("i-{id}"))), ..order(id, OrderType::Unsubscribe) };
    let books = Books {
        orders: vec![unsubscription("A"), unsubscription("B")],
        instances: vec![instance("A", InstanceStatus::Active, None), instance("B", InstanceStatus::Released, None)],
        licenses: vec![license("B", Some(ago(20))), license("A", Some(ago(20)))],
        ..Books::default()
    };
    let told = found(&books);
    assert_eq!(told, [(Mismatch::ReleasedActive, "B".to_owned()), (Mismatch::ReleasedActive, "A".to_owned())]);
}

#[test]
fn codes_are_held_against_their_activation_and_expiry() {
    let expired = License { expire_time: Some(ago(1)), ..license("EXPIRED", Some(ago(20))) };
    let added = License { status: LicenseStatus::Added, ..license("ADDED", None) };
    let books = Books {
        licenses: vec![license("UNTOLD", None), license("FINE", Some(ago(20))), expired, added],
        ..Books::default()
    };
    assert_eq!(
        found(&books),
        [(Mismatch::ExpiredRunning, "EXPIRED".to_owned()), (Mismatch::ActivationUnknown, "UNTOLD".to_owned())]
    );
}

#[test]
fn what_a_table_alone_tells_is_missed_only_of_products_that_are_called_for() {
    let imported = |id: &str, product: Option<&str>| Order {
        imported_at: Some(NOW),
        queried_at: None,
        product_name: product.map(str::to_owned),
        ..order(id, OrderType::New)
    };
    let called = Order { called_at: Some(ago(24)), product_name: Some("SaaS".into()), ..order("C", OrderType::New) };
    let orders = vec![
        called,
        imported("SAAS", Some("SaaS")),
        imported("SERVICE", Some("Human service")),
        imported("NAMELESS", None),
    ];
    let told = reconcile(&Books { orders, ..Books::default() }, NOW);
    let ids: HashSet<&str> =
        told.iter().filter_map(|finding| Some(finding.order.as_ref()?.order_id.as_str())).collect();
    assert_eq!(ids, ["SAAS", "NAMELESS"].into());
    assert!(told.iter().all(|finding| finding.remedies[0] == Remedy::QueryOrder), "a table may be old");
}

#[test]
fn an_activation_needs_a_code() {
    let activated = ["WITH", "ADDED", "WITHOUT"].map(|id| (OrderId::new(id), ago(1))).into();
    let added = License { status: LicenseStatus::Added, ..license("ADDED", None) };
    let books = Books { licenses: vec![license("WITH", Some(ago(1))), added], activated, ..Books::default() };
    assert_eq!(
        found(&books),
        [
            (Mismatch::ActivationWithoutCode, "ADDED".to_owned()),
            (Mismatch::ActivationWithoutCode, "WITHOUT".to_owned())
        ]
    );
}

#[test]
fn every_finding_can_be_mended() {
    let books = Books {
        orders: vec![
            order("NEW", OrderType::New),
            Order { instance_id: Some(InstanceId::new("i-R")), ..order("U", OrderType::Unsubscribe) },
        ],
        instances: vec![
            instance("R", InstanceStatus::Active, None),
            instance("E", InstanceStatus::Active, Some(ago(1))),
            instance("N", InstanceStatus::Active, None),
        ],
        licenses: vec![license("UNTOLD", None)],
        unknown_orders: [OrderId::new("N")].into(),
        activated: vec![(OrderId::new("A"), ago(1))],
    };
    let findings = reconcile(&books, NOW);
    assert_eq!(findings.len(), Mismatch::ALL.len(), "{findings:?}");
    for (finding, mismatch) in findings.iter().zip(Mismatch::ALL) {
        assert_eq!(finding.mismatch, mismatch);
        assert!(!mismatch.name().is_empty() && !finding.remedies.is_empty());
        // Each remedy has what it needs.
        for remedy in finding.remedies {
            let can = match remedy {
                Remedy::Instance(_) => finding.instance_id.is_some(),
                Remedy::QueryOrder | Remedy::AddLicense => finding.order.is_some(),
                Remedy::QueryLicense | Remedy::ActivateLicense => finding.license.is_some(),
                Remedy::RestartInConsole => remedy.page().is_some(),
            };
            assert!(can, "{finding:?}");
        }
    }
}
