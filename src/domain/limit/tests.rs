//! What the pages say about limits, as tables; and what must hold for any orders at all.

mod properties;
mod standing;
mod targets;

use std::collections::HashMap;

use super::*;
use crate::{
    domain::{
        InstanceStatus, Order, OrderStatus, World,
        supervision::{OrderEnd, StartRule, SupervisionFacts},
    },
    protocol::{
        id::{InstanceId, OrderId, OrderLine, OrderLineId},
        open_api::order::{ChargingMode, OrderType},
    },
};

const DAY: i64 = 86_400_000;

fn day(number: i64) -> UnixMillis {
    UnixMillis(number * DAY)
}

/// An order of customer `c` for specification `s` of product `p`, placed on a day.
fn order(id: &str, kind: &str, placed: i64) -> Order {
    let line = OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new(format!("{id}-000001")) };
    Order {
        order_type: Some(OrderType::from_wire(kind)),
        charging_mode: Some(ChargingMode::Period),
        create_time: Some(day(placed)),
        product_id: Some("p".to_owned()),
        sku_code: Some("s".to_owned()),
        customer_id: Some("c".to_owned()),
        customer_name: Some("Customer".to_owned()),
        quantity: Some(1),
        instance_id: Some(InstanceId::new(format!("i-{id}"))),
        ..Order::new(World::Live, line, day(placed))
    }
}

fn until(expires: i64, order: Order) -> Order {
    Order { expire_time: Some(day(expires)), ..order }
}

fn of(quantity: i64, order: Order) -> Order {
    Order { quantity: Some(quantity), ..order }
}

fn on(instance: &str, order: Order) -> Order {
    Order { instance_id: Some(InstanceId::new(instance)), ..order }
}

fn limit(times: Times, quantity: Option<i64>) -> Limit {
    Limit { key: LimitKey { product_id: "p".into(), sku_code: Some("s".into()) }, times, quantity }
}

fn bought(orders: &[Order]) -> Vec<Purchase> {
    purchases(orders, &HashMap::new(), &|_| false, &OrderEnd::indicated)
}

/// used, verdict, allowed again on day, counting orders.
type Told = (i64, Verdict, Option<i64>, Vec<String>);

fn told(row: &ReviewRow<'_>) -> Told {
    let counting = row.orders.iter().filter(|judged| judged.counts.is_ok());
    let counting = counting.map(|judged| judged.purchase.order.order_id.to_string()).collect();
    (row.used, row.verdict, row.allowed_again_at.map(|time| time.0 / DAY), counting)
}

fn reviewed(orders: &[Order], limit: &Limit, policy: LimitPolicy, now: i64) -> Vec<Told> {
    let purchases = bought(orders);
    review(&purchases, [limit], policy, Question::default(), day(now)).rows.iter().map(told).collect()
}

fn excluded(orders: &[Order], limit: &Limit, now: i64) -> Vec<(String, &'static str)> {
    let purchases = bought(orders);
    let review = review(&purchases, [limit], LimitPolicy::default(), Question::default(), day(now));
    let orders = review.rows.iter().flat_map(|row| &row.orders);
    orders
        .filter_map(|judged| Some((judged.purchase.order.order_id.to_string(), judged.counts.err()?.name())))
        .collect()
}

#[test]
fn whoever_bought_a_product_of_once_may_not_buy_it_again() {
    let once = limit(Times::Once, None);
    for (orders, expected) in [
        (vec![order("A", "NEW", 1)], (1, Verdict::AtLimit, None, vec!["A"])),
        (vec![order("A", "NEW", 1), order("B", "NEW", 2)], (2, Verdict::Breached, None, vec!["A", "B"])),
        // Expiry frees nothing here.
        (vec![until(5, order("A", "NEW", 1))], (1, Verdict::AtLimit, None, vec!["A"])),
        (vec![order("A", "TRIAL", 1)], (0, Verdict::Allowed, None, vec![])),
        (vec![order("A", "NEW", 1), on("i-A", order("B", "RENEW", 2))], (1, Verdict::AtLimit, None, vec!["A"])),
        (vec![order("A", "NEW", 1), on("i-A", order("B", "CHANGE", 2))], (1, Verdict::AtLimit, None, vec!["A"])),
        // 退订成功 is not counted.
        (vec![order("A", "NEW", 1), on("i-A", order("B", "UNSUBSCRIBE", 2))], (0, Verdict::Allowed, None, vec![])),
    ] {
        let (used, verdict, again, ids) = expected;
        let expected = vec![(used, verdict, again, ids.into_iter().map(str::to_owned).collect())];
        assert_eq!(reviewed(&orders, &once, LimitPolicy::default(), 10), expected, "{orders:?}");
    }
}

/// 资源到期前限购: the buyer is released when the earlier order has expired.
#[test]
fn until_expiry_frees_the_buyer_when_the_order_has_expired() {
    let until_expiry = limit(Times::UntilExpiry, None);
    let year = || until(366, order("A", "NEW", 1));
    let renewed = || on("i-A", until(731, order("R", "RENEW", 360)));
    for (now, orders, used, verdict, again) in [
        (2, vec![year()], 1, Verdict::AtLimit, Some(366)),
        (365, vec![year()], 1, Verdict::AtLimit, Some(366)),
        (366, vec![year()], 0, Verdict::Allowed, None),
        // A renewal keeps it running, and taking the renewal back does not.
        (400, vec![year(), renewed()], 1, Verdict::AtLimit, Some(731)),
        (731, vec![year(), renewed()], 0, Verdict::Allowed, None),
        (400, vec![year(), until(500, order("B", "NEW", 380))], 1, Verdict::AtLimit, Some(500)),
        (300, vec![year(), until(500, order("B", "NEW", 200))], 2, Verdict::Breached, Some(500)),
        // What says no expiry is never free.
        (999, vec![order("A", "NEW", 1)], 1, Verdict::AtLimit, None),
    ] {
        let rows = reviewed(&orders, &until_expiry, LimitPolicy::default(), now);
        let rows: Vec<_> = rows.into_iter().map(|(used, verdict, again, _)| (used, verdict, again)).collect();
        assert_eq!(rows, [(used, verdict, again)], "day {now}");
    }
}

#[test]
fn a_renewal_taken_back_leaves_the_purchase_and_its_own_expiry() {
    let orders = [
        until(366, order("A", "NEW", 1)),
        on("i-A", until(731, order("R", "RENEW", 300))),
        on("i-A", order("U", "UNSUBSCRIBE", 301)),
    ];
    for (status, expected) in [(InstanceRun::Runs, (1, Some(366))), (InstanceRun::Released, (0, None))] {
        let statuses = HashMap::from([(InstanceId::new("i-A"), status)]);
        let purchases = purchases(&orders, &statuses, &|_| false, &OrderEnd::indicated);
        let limit = limit(Times::UntilExpiry, None);
        let review = review(&purchases, [&limit], LimitPolicy::default(), Question::default(), day(310));
        let row = told(&review.rows[0]);
        assert_eq!((row.0, row.2), expected, "{status:?}");
    }
}

#[test]
fn a_quantity_is_counted_over_all_orders() {
    let five = |times| limit(times, Some(5));
    let orders =
        [of(2, until(10, order("A", "NEW", 1))), of(2, until(20, order("B", "NEW", 2))), of(3, order("C", "TRIAL", 3))];
    let quantity_row = |times, policy, now| {
        let rows = reviewed(&orders, &five(times), policy, now);
        let (used, verdict, again, _) = rows.into_iter().next_back().unwrap();
        (used, verdict, again)
    };
    let policy = LimitPolicy::default();
    let always = LimitPolicy { expired_quantity: ExpiredQuantity::Always, ..policy };
    let never = LimitPolicy { expired_quantity: ExpiredQuantity::Never, ..policy };
    assert_eq!(quantity_row(Times::None, policy, 5), (4, Verdict::Allowed, None));
    assert_eq!(quantity_row(Times::None, policy, 15), (4, Verdict::Allowed, None));
    assert_eq!(quantity_row(Times::UntilExpiry, policy, 15), (2, Verdict::Allowed, None));
    assert_eq!(quantity_row(Times::None, always, 15), (2, Verdict::Allowed, None));
    assert_eq!(quantity_row(Times::UntilExpiry, never, 15), (4, Verdict::Allowed, None));
}

#[test]
fn both_rules_of_a_line_are_told() {
    let orders = [of(7, order("A", "NEW", 1))];
    let purchases = bought(&orders);
    let both = limit(Times::Once, Some(5));
    let review = review(&purchases, [&both], LimitPolicy::default(), Question::default(), day(2));
    let rows: Vec<_> = review.rows.iter().map(|row| (row.rule, row.used, row.allowed, row.verdict)).collect();
    assert_eq!(rows, [(Rule::Once, 1, 1, Verdict::AtLimit), (Rule::Quantity, 7, 5, Verdict::Breached)]);
}

#[test]
fn a_limit_on_a_product_counts_all_its_specifications_and_says_so() {
    let mut orders = [order("A", "NEW", 1), order("B", "NEW", 2), order("C", "NEW", 3)];
    orders[1].sku_code = Some("other".to_owned());
    orders[2].sku_code = None;
    let whole = Limit { key: LimitKey { product_id: "p".into(), sku_code: None }, times: Times::Once, quantity: None };
    let purchases = bought(&orders);
    let of_product = review(&purchases, [&whole], LimitPolicy::default(), Question::default(), day(9));
    assert_eq!(of_product.rows[0].used, 3);
    assert!(of_product.rows[0].assumptions.contains(&Assumption::SpecificationsTogether));
    let of_specification = limit(Times::Once, None);
    let review = review(&purchases, [&of_specification], LimitPolicy::default(), Question::default(), day(9));
    assert_eq!(review.rows[0].used, 1);
    assert!(!review.rows[0].assumptions.contains(&Assumption::SpecificationsTogether));
}

#[test]
fn each_order_that_does_not_count_says_why() {
    let mut orders = vec![
        order("A", "NEW", 1),
        until(3, order("EXPIRED", "NEW", 1)),
        order("TRIAL", "TRIAL", 1),
        order("FORMAL", "TRIAL_TO_FORMAL", 1),
        on("i-A", order("RENEWAL", "RENEW", 2)),
        on("i-A", order("UPGRADE", "CHANGE", 2)),
        order("GIVEN-BACK", "NEW", 2),
        on("i-GIVEN-BACK", order("U", "UNSUBSCRIBE", 3)),
        order("MOCKPERIODYEARNEW", "NEW", 2),
        order("ODD", "SOMETHING", 2),
    ];
    orders.push(Order { charging_mode: Some(ChargingMode::OnDemand), ..order("METERED", "NEW", 2) });
    orders.push(Order { world: World::Test, ..order("DEBUGGED", "NEW", 2) });
    let mut told = excluded(&orders, &limit(Times::UntilExpiry, None), 10);
    told.sort();
    let expected = [
        ("DEBUGGED", "test"),
        ("EXPIRED", "expired"),
        ("FORMAL", "trial-to-formal"),
        ("GIVEN-BACK", "unsubscribed"),
        ("METERED", "pay-per-use"),
        ("MOCKPERIODYEARNEW", "test"),
        ("ODD", "unknown-type"),
        ("RENEWAL", "renewal"),
        ("TRIAL", "trial"),
        ("UPGRADE", "change"),
    ];
    assert_eq!(told, expected.map(|(id, reason)| (id.to_owned(), reason)));
}

#[test]
fn what_counts_is_a_choice() {
    let orders = [order("A", "NEW", 1), order("F", "TRIAL_TO_FORMAL", 2), on("i-A", order("R", "RENEW", 3))];
    for (counted, used) in [(CountedTypes::New, 1), (CountedTypes::NewAndFormal, 2), (CountedTypes::All, 3)] {
        let policy = LimitPolicy { counted, ..LimitPolicy::default() };
        assert_eq!(reviewed(&orders, &limit(Times::Once, None), policy, 5)[0].0, used, "{counted:?}");
    }
}

#[test]
fn an_order_that_was_refunded_because_it_was_never_opened_is_not_counted() {
    let orders = [order("A", "NEW", 1), order("B", "NEW", 2)];
    let purchases = purchases(&orders, &HashMap::new(), &|line| line.order_id.as_str() == "A", &OrderEnd::indicated);
    let once = limit(Times::Once, None);
    let review = review(&purchases, [&once], LimitPolicy::default(), Question::default(), day(5));
    assert_eq!(review.rows[0].used, 1);
    assert_eq!(review.rows[0].orders[0].counts, Err(Excluded::Refunded));
}

#[test]
fn an_unsubscription_that_names_no_instance_takes_back_the_newest_purchase_of_the_same() {
    let nameless = |order: Order| Order { instance_id: None, ..order };
    let orders = [
        nameless(order("A", "NEW", 1)),
        nameless(order("B", "NEW", 2)),
        nameless(order("U", "UNSUBSCRIBE", 3)),
        nameless(order("C", "NEW", 4)),
    ];
    let purchases = bought(&orders);
    let once = limit(Times::Once, None);
    let review = review(&purchases, [&once], LimitPolicy::default(), Question::default(), day(5));
    assert_eq!(told(&review.rows[0]).3, ["A", "C"]);
    assert!(review.rows[0].assumptions.contains(&Assumption::UnsubscriptionMatched));
}

#[test]
fn orders_that_came_through_are_named() {
    let until_expiry = limit(Times::UntilExpiry, None);
    let orders = [
        until(100, order("A", "NEW", 1)),
        until(150, order("AGAINST", "NEW", 50)),
        until(300, order("LATER", "NEW", 200)),
    ];
    let purchases = bought(&orders);
    let review = review(&purchases, [&until_expiry], LimitPolicy::default(), Question::default(), day(400));
    let row = &review.rows[0];
    assert_eq!(row.verdict, Verdict::Allowed, "all has expired by now");
    let came: Vec<_> = row.came_through.iter().map(|came| (came.purchase.order.order_id.as_str(), came.used)).collect();
    assert_eq!(came, [("AGAINST", 2)]);
}

#[test]
fn what_if_tells_whether_more_would_go_through_and_else_when() {
    let orders = [of(2, until(10, order("A", "NEW", 1))), of(2, until(20, order("B", "NEW", 2)))];
    let purchases = bought(&orders);
    let five = limit(Times::UntilExpiry, Some(5));
    let asked = |customer, units| {
        let question = Question { customer_id: Some(customer), what_if: Some(units) };
        let review = review(&purchases, [&five], LimitPolicy::default(), question, day(5));
        let row = review.rows.iter().find(|row| row.rule == Rule::Quantity).unwrap();
        row.what_if.map(|what| (what.used, what.allowed, what.allowed_at.map(|time| time.0 / DAY))).unwrap()
    };
    assert_eq!(asked("c", 1), (5, true, None));
    assert_eq!(asked("c", 2), (6, false, Some(10)));
    assert_eq!(asked("c", 4), (8, false, Some(20)));
    assert_eq!(asked("c", 6), (10, false, None), "more than anybody may buy");
    assert_eq!(asked("who never bought", 5), (5, true, None));
}

#[test]
fn purchases_without_a_buyer_are_nobodys() {
    let orders = [Order { customer_id: None, ..order("A", "NEW", 1) }];
    let purchases = bought(&orders);
    let once = limit(Times::Once, None);
    let review = review(&purchases, [&once], LimitPolicy::default(), Question::default(), day(5));
    assert!(review.rows.is_empty());
    assert_eq!(review.nobodys.len(), 1);
}

#[test]
fn purchases_without_a_product_are_in_no_row_and_that_is_said() {
    let nameless = |order: Order| Order { product_id: None, sku_code: None, ..order };
    let unsaid = Order { order_type: None, customer_id: None, ..nameless(order("UNSAID", "NEW", 2)) };
    let orders = [
        unsaid,
        nameless(order("BOUGHT", "NEW", 1)),
        nameless(Order { customer_id: Some("d".into()), ..order("OTHERS", "NEW", 3) }),
        nameless(order("RENEWED", "RENEW", 3)),
        nameless(Order { world: World::Test, ..order("TEST", "NEW", 3) }),
    ];
    let purchases = bought(&orders);
    let once = limit(Times::Once, None);
    let unplaced = |limits: &[Limit], question: Question<'_>| -> Vec<String> {
        let review = review(&purchases, limits, LimitPolicy::default(), question, day(5));
        assert_eq!((review.rows.len(), review.nobodys.len()), (0, 0));
        review.unplaced.iter().map(|purchase| purchase.order.order_id.to_string()).collect()
    };
    let limits = std::slice::from_ref(&once);
    assert_eq!(unplaced(limits, Question::default()), ["BOUGHT", "UNSAID", "OTHERS"]);
    let of_c = Question { customer_id: Some("c"), ..Question::default() };
    assert_eq!(unplaced(limits, of_c), ["BOUGHT", "UNSAID"], "nobody knows whose the other is");
    assert_eq!(unplaced(&[], Question::default()), [""; 0], "under no limit anyway");
}

#[test]
fn rows_are_read_with_their_faults() {
    let rows = [
        (2, ["p", "s", "once", ""]),
        (3, ["p", "", "", "5"]),
        (4, ["p", "s2", "资源到期前限购", "5.0"]),
        (5, ["p", "s", "none", ""]),
        (6, ["", "s", "twice", "0"]),
        (7, ["q", "", "", ""]),
        (8, ["q", "", "NONE", ""]),
    ];
    let read = read_rows(rows.map(|(number, fields)| (number, fields.map(Some))));
    let names: Vec<_> = read.limits.iter().map(|(_, limit)| limit.fields().join("|")).collect();
    assert_eq!(names, ["p|s|once|", "p||none|5", "p|s2|until-expiry|5", "q||none|"]);
    assert_eq!(
        read.problems,
        [
            (5, LimitProblem::Repeated(2)),
            (6, LimitProblem::NoProduct),
            (6, LimitProblem::NoTimes("twice".to_owned())),
            (6, LimitProblem::NoQuantity("0".to_owned())),
            (7, LimitProblem::LimitsNothing),
        ]
    );
    for (_, limit) in &read.limits {
        let fields = limit.fields();
        assert_eq!(Limit::parse(fields.each_ref().map(|field| Some(field.as_str()))), Ok(limit.clone()));
    }
}

#[test]
fn a_specification_may_be_set_to_what_its_product_allows() {
    use TargetLevel as Level;
    assert_eq!(spec_levels(Level::Named), [Level::Named], "read-only");
    assert_eq!(spec_levels(Level::LinkedProduct), [Level::LinkedProduct], "read-only");
    assert!(spec_levels(Level::Everyone).contains(&Level::Named));
    assert!(!spec_levels(Level::Enterprise).contains(&Level::Individual));
}

#[test]
fn who_may_buy_is_told_where_orders_tell_it() {
    let target = |level, customers: &[&str]| SalesTarget {
        key: LimitKey { product_id: "p".into(), sku_code: None },
        level,
        customers: customers.iter().map(|id| (*id).to_owned()).collect(),
        linked_product: Some("first".to_owned()),
    };
    let purchase = bought(&[order("A", "NEW", 1)]).remove(0);
    let trial = bought(&[order("T", "TRIAL", 1)]).remove(0);
    let asked = |purchase, level, named: &[&str], linked| {
        entitled(purchase, &target(level, named), &Accounts::new(), |_| linked)
    };
    assert_eq!(asked(&purchase, TargetLevel::Everyone, &[], false), Entitlement::Entitled);
    assert_eq!(asked(&purchase, TargetLevel::Named, &["c"], false), Entitlement::Entitled);
    assert_eq!(asked(&purchase, TargetLevel::Named, &["d"], false), Entitlement::NotEntitled(TargetReason::NotNamed));
    assert_eq!(asked(&purchase, TargetLevel::Enterprise, &[], false), Entitlement::Unknown);
    assert_eq!(asked(&purchase, TargetLevel::LinkedProduct, &[], true), Entitlement::Entitled);
    assert_eq!(
        asked(&purchase, TargetLevel::LinkedProduct, &[], false),
        Entitlement::NotEntitled(TargetReason::HasNotBoughtLinked)
    );
    assert_eq!(asked(&purchase, TargetLevel::TrialWhitelist, &["d"], false), Entitlement::Entitled, "trials alone");
    assert_eq!(
        asked(&trial, TargetLevel::TrialWhitelist, &["d"], false),
        Entitlement::NotEntitled(TargetReason::NotOnTrialWhitelist)
    );
}

/// V1 names the purchase where an instance goes, and no order of its own.
#[test]
fn an_instance_that_goes_before_its_time_was_given_back() {
    let released =
        |changed_at| InstanceRun::of(&InstanceStatus::Released, Some(UnixMillis(1_000)), UnixMillis(changed_at));
    assert_eq!(released(999), InstanceRun::ReleasedEarly { at: UnixMillis(999) });
    assert_eq!(released(1_000), InstanceRun::Released, "its time was over");
    assert_eq!(InstanceRun::of(&InstanceStatus::Released, None, UnixMillis(1)), InstanceRun::Released);
    assert_eq!(InstanceRun::of(&InstanceStatus::Active, Some(UnixMillis(1_000)), UnixMillis(1)), InstanceRun::Runs);
}
