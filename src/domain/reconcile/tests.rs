//! What is found, and that each finding can be mended.

use super::*;
use crate::domain::{OrderStatus, settlement::Terms};

const HOUR: i64 = 3_600_000;
const NOW: UnixMillis = UnixMillis(1_000 * HOUR);
/// Hours of the grace that is assumed where nobody says another.
const GRACE: i64 = 15 * 24;

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

fn noted(id: &str, kind: Supervised) -> (OrderId, SupervisionFacts) {
    (OrderId::new(id), SupervisionFacts { kind, activated_at: Some(ago(1)), ..SupervisionFacts::default() })
}

fn held(books: &Books) -> Reconciled {
    reconcile(books, Basis::default(), NOW)
}

fn found(books: &Books) -> Vec<(Mismatch, String)> {
    held(books)
        .findings
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
        order("CHANGE", OrderType::Change),
        order("FORMAL", OrderType::TrialToFormal),
        order("MOCKONETIMENEW", OrderType::New),
        called,
        young,
        asked_by_a_call_alone,
        test,
    ];
    let told = found(&Books { orders, ..Books::default() });
    assert_eq!(told.len(), 5);
    for id in ["NEW", "TRIAL", "RENEW", "CHANGE", "FORMAL"] {
        assert!(told.contains(&(Mismatch::BoughtNeverCalled, id.to_owned())), "{told:?}");
    }
}

#[test]
fn instances_are_held_against_orders_and_time() {
    let books = Books {
        instances: vec![
            instance("EXPIRED", InstanceStatus::Active, Some(ago(GRACE))),
            instance("GRACE", InstanceStatus::Active, Some(ago(GRACE - 1))),
            instance("FROZEN", InstanceStatus::Frozen, Some(ago(GRACE))),
            instance("RUNS", InstanceStatus::Active, Some(NOW.plus_millis(1))),
            instance("NOBODYS", InstanceStatus::Active, None),
            instance("GONE", InstanceStatus::Released, Some(ago(1))),
        ],
        unknown_orders: ["NOBODYS", "GONE"].map(OrderId::new).into(),
        ..Books::default()
    };
    assert_eq!(
        found(&books),
        [
            (Mismatch::ProvisionedNotOrdered, "NOBODYS".to_owned()),
            (Mismatch::ExpiredRunning, "EXPIRED".to_owned()),
            (Mismatch::ExpiredInGrace, "GRACE".to_owned())
        ]
    );
}

#[test]
fn what_was_given_back_and_goes_on_is_told() {
    let unsubscription = |id: &str| Order {
        instance_id: Some(InstanceId::new(format!("i-{id}"))),
        product_id: Some("P".into()),
        ..order(id, OrderType::Unsubscribe)
    };
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
    let expired = License { expire_time: Some(ago(GRACE)), ..license("EXPIRED", Some(ago(20))) };
    let in_grace = License { expire_time: Some(ago(1)), ..license("GRACE", Some(ago(20))) };
    let added = License { status: LicenseStatus::Added, ..license("ADDED", None) };
    let books = Books {
        licenses: vec![license("UNTOLD", None), license("FINE", Some(ago(20))), expired, in_grace, added],
        ..Books::default()
    };
    assert_eq!(
        found(&books),
        [
            (Mismatch::ExpiredRunning, "EXPIRED".to_owned()),
            (Mismatch::ExpiredInGrace, "GRACE".to_owned()),
            (Mismatch::ActivationUnknown, "UNTOLD".to_owned())
        ]
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
    let told = held(&Books { orders, ..Books::default() }).findings;
    let ids: HashSet<&str> =
        told.iter().filter_map(|finding| Some(finding.order.as_ref()?.order_id.as_str())).collect();
    assert_eq!(ids, ["SAAS", "NAMELESS"].into());
    assert!(told.iter().all(|finding| finding.remedies[0] == Remedy::QueryOrder), "a table may be old");
}

#[test]
fn an_activation_needs_a_code() {
    let supervision = ["WITH", "ADDED", "WITHOUT"].map(|id| noted(id, Supervised::LicenseCode)).into();
    let added = License { status: LicenseStatus::Added, ..license("ADDED", None) };
    let books = Books { licenses: vec![license("WITH", Some(ago(1))), added], supervision, ..Books::default() };
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
            instance("E", InstanceStatus::Active, Some(ago(GRACE))),
            instance("G", InstanceStatus::Active, Some(ago(1))),
            instance("N", InstanceStatus::Active, None),
        ],
        licenses: vec![license("UNTOLD", None)],
        unknown_orders: [OrderId::new("N")].into(),
        supervision: [noted("A", Supervised::LicenseCode)].into(),
        ..Books::default()
    };
    let findings = held(&books).findings;
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

/// Who asks about an order does not make KooGallery call for it.
#[test]
fn what_was_asked_about_is_missed_only_where_koogallery_calls_for_it() {
    let asked =
        |id: &str, product: Option<&str>| Order { product_id: product.map(str::to_owned), ..order(id, OrderType::New) };
    let called = Order { called_at: Some(ago(24)), ..asked("CALLED", Some("SAAS")) };
    let typed = |product: &str, product_type| Terms { product_type: Some(product_type), ..Terms::new(product) };
    let books = Books {
        orders: vec![
            called,
            asked("MISSED", Some("SAAS")),
            asked("OF-ANY", None),
            asked("NO-CALL-EVER", Some("SERVICE")),
            asked("TYPED-SAAS", Some("NEW-SAAS")),
            asked("TYPED-SERVICE", Some("HUMAN")),
            asked("CODE", None),
            asked("HARDWARE", None),
            asked("LEDGER", None),
            Order { order_type: Some(OrderType::Renew), ..asked("CODE-RENEWED", None) },
        ],
        licenses: vec![license("LEDGER", Some(ago(20)))],
        supervision: [noted("CODE", Supervised::LicenseCode), noted("HARDWARE", Supervised::Hardware)].into(),
        terms: TermsTable::new([typed("NEW-SAAS", ProductType::Saas), typed("HUMAN", ProductType::Service)]),
        ..Books::default()
    };
    let told = held(&books).findings;
    let missed = told.iter().filter(|finding| finding.mismatch == Mismatch::BoughtNeverCalled);
    let ids: Vec<&str> = missed.map(|finding| finding.order.as_ref().unwrap().order_id.as_str()).collect();
    assert_eq!(ids, ["CODE-RENEWED", "MISSED", "OF-ANY", "TYPED-SAAS"]);
}

/// A history that was imported is older than the program.
#[test]
fn orders_from_before_the_first_call_are_not_missed_and_that_is_said() {
    let orders = || {
        let called = Order { called_at: Some(ago(50)), product_id: Some("P".into()), ..order("C", OrderType::New) };
        let imported = |id: &str, hours| Order {
            imported_at: Some(NOW),
            queried_at: None,
            product_id: Some("P".into()),
            create_time: Some(ago(hours)),
            ..order(id, OrderType::New)
        };
        vec![called, imported("OLD", 54), imported("OLDER", 900), imported("MISSED", 52)]
    };
    let books = || Books { orders: orders(), first_call: Some(ago(50)), ..Books::default() };
    for (what, books, said, expected, before) in [
        ("since the first call", books(), None, vec!["MISSED"], 2),
        ("as somebody says", books(), Some(ago(100)), vec!["OLD", "MISSED"], 1),
        ("no call ever came", Books { first_call: None, ..books() }, None, vec!["OLDER", "OLD", "MISSED"], 0),
    ] {
        let since = said.or(books.first_call);
        let told = reconcile(&books, Basis { called_since: said, ..Basis::default() }, NOW);
        let ids: Vec<&str> =
            told.findings.iter().filter_map(|found| Some(found.order.as_ref()?.order_id.as_str())).collect();
        assert_eq!((ids, told.before, told.called_since), (expected, before, since), "{what}");
        let assumed = since.map(|at| Assumption::CalledSince { at });
        assert!(told.findings.iter().all(|finding| finding.assumes == assumed), "{what}");
    }
}

/// KooGallery does not call for the purchase of a code.
#[test]
fn products_of_which_only_changes_are_called_for_miss_no_purchase() {
    let of = |id: &str, kind| Order { product_id: Some("CODE".into()), ..order(id, kind) };
    let imported = |id: &str, kind| Order { imported_at: Some(NOW), queried_at: None, ..of(id, kind) };
    let called = Order { called_at: Some(ago(24)), ..of("R", OrderType::Renew) };
    let orders = vec![called, imported("NEW", OrderType::New), imported("RENEW", OrderType::Renew)];
    let told = found(&Books { orders, ..Books::default() });
    assert_eq!(told, [(Mismatch::BoughtNeverCalled, "RENEW".to_owned())]);
}

#[test]
fn a_release_that_was_called_for_in_vain_is_told_once_no_call_comes_any_more() {
    let failed = |instance: Option<&str>, code: Option<&str>, hours| FailedRelease {
        instance_id: instance.map(|id| InstanceId::new(format!("i-{id}"))),
        license: code.map(|id| LicenseCode::new(format!("PL-{id}"))),
        called_at: ago(hours),
    };
    let unsubscribed = Order { instance_id: Some(InstanceId::new("i-B")), ..order("B", OrderType::Unsubscribe) };
    let books = Books {
        orders: vec![unsubscribed],
        instances: ["A", "B", "C", "D"]
            .map(|id| {
                let status = if id == "D" { InstanceStatus::Released } else { InstanceStatus::Active };
                instance(id, status, Some(ago(GRACE)))
            })
            .into(),
        licenses: vec![license("L", Some(ago(20)))],
        failed_releases: vec![
            failed(Some("A"), None, 5),
            failed(Some("B"), None, 5),
            failed(Some("C"), None, 2),
            failed(Some("D"), None, 5),
            failed(None, Some("L"), 4),
        ],
        ..Books::default()
    };
    let told = held(&books).findings;
    let released = told.iter().filter(|finding| finding.mismatch == Mismatch::ReleasedActive);
    let ids: Vec<&str> = released.map(|finding| finding.order.as_ref().unwrap().order_id.as_str()).collect();
    assert_eq!(ids, ["B", "A", "L"], "C may be called for again, D is gone, B is told once: {told:?}");
    assert!(told.iter().any(|finding| finding.remedies[0] == Remedy::Instance(Mend::Release)));
}

#[test]
fn within_the_grace_nothing_is_frozen() {
    let books = Books { instances: vec![instance("G", InstanceStatus::Active, Some(ago(1)))], ..Books::default() };
    let finding = held(&books).findings.remove(0);
    assert!(!finding.remedies.contains(&Remedy::Instance(Mend::Freeze)), "{finding:?}");
    let until = ago(1).plus_millis(GRACE * HOUR);
    assert_eq!(finding.assumes, Some(Assumption::Grace { days: 15, until }));
    let none = Basis { grace: GracePolicy { grace_days: 0, ..GracePolicy::default() }, ..Basis::default() };
    let finding = reconcile(&books, none, NOW).findings.remove(0);
    assert_eq!((finding.mismatch, finding.remedies[0]), (Mismatch::ExpiredRunning, Remedy::Instance(Mend::Freeze)));
}
