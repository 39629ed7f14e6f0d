//! What holds for any orders at all.

use proptest::prelude::*;

use super::*;

fn any_order() -> impl Strategy<Value = Order> {
    let kinds = vec!["NEW", "NEW", "NEW", "TRIAL", "TRIAL_TO_FORMAL", "RENEW", "CHANGE", "UNSUBSCRIBE"];
    let modes = vec!["PERIOD", "ON_DEMAND", "ONE_TIME"];
    (
        0_u32..40,
        proptest::sample::select(kinds),
        proptest::sample::select(modes),
        0_i64..20,
        proptest::option::of(0_i64..40),
        proptest::option::of(0_u8..4),
        0_u8..3,
        proptest::option::of(0_u8..3),
        proptest::option::of(1_i64..6),
    )
        .prop_map(|(id, kind, mode, placed, expires, instance, customer, sku, quantity)| Order {
            charging_mode: Some(ChargingMode::from_wire(mode)),
            expire_time: expires.map(day),
            instance_id: instance.map(|number| InstanceId::new(format!("i{number}"))),
            customer_id: Some(format!("c{customer}")),
            sku_code: sku.map(|number| format!("s{number}")),
            quantity,
            ..order(&format!("CS{id}"), kind, placed)
        })
}

pub(super) fn any_orders() -> impl Strategy<Value = Vec<Order>> {
    proptest::collection::vec(any_order(), 0..25).prop_map(|mut orders| {
        // An order has one line here, so its id is there once.
        orders.sort_by(|one, other| one.order.order_id.cmp(&other.order.order_id));
        orders.dedup_by(|one, other| one.order == other.order);
        orders
    })
}

fn limits() -> Vec<Limit> {
    let key = |sku: Option<&str>| LimitKey { product_id: "p".into(), sku_code: sku.map(str::to_owned) };
    vec![
        Limit { key: key(None), times: Times::Once, quantity: Some(6) },
        Limit { key: key(Some("s0")), times: Times::UntilExpiry, quantity: Some(3) },
        Limit { key: key(Some("s1")), times: Times::None, quantity: Some(2) },
    ]
}

/// Everything that a review says, in the words of its orders.
fn all_told(orders: &[Order], policy: LimitPolicy) -> Vec<String> {
    let purchases = bought(orders);
    let limits = limits();
    let review = review(&purchases, &limits, policy, Question { what_if: Some(2), customer_id: None }, day(15));
    let row = |row: &ReviewRow<'_>| {
        let orders: Vec<_> = row.orders.iter().map(|judged| (&judged.purchase.order.order_id, judged.counts)).collect();
        let came: Vec<_> = row.came_through.iter().map(|came| (&came.purchase.order.order_id, came.used)).collect();
        format!(
            "{} {:?} {:?} {} {:?} {:?} {:?} {orders:?} {came:?} {:?}",
            row.customer_id,
            row.limit.key,
            row.rule,
            row.used,
            row.verdict,
            row.allowed_again_at,
            row.what_if,
            row.assumptions
        )
    };
    review.rows.iter().map(row).collect()
}

/// What a review comes to; which orders it looked at left out.
fn results(orders: &[Order], policy: LimitPolicy) -> Vec<String> {
    let purchases = bought(orders);
    let limits = limits();
    let review = review(&purchases, &limits, policy, Question { what_if: Some(2), customer_id: None }, day(15));
    let row = |row: &ReviewRow<'_>| {
        format!(
            "{} {:?} {:?} {} {:?} {:?} {:?} {:?} {:?}",
            row.customer_id,
            row.limit.key,
            row.rule,
            row.used,
            row.verdict,
            row.allowed_again_at,
            row.what_if,
            row.orders.iter().filter(|judged| judged.counts.is_ok()).count(),
            row.came_through.len(),
        )
    };
    // Somebody who had nothing but what was given back appears with nothing used.
    review.rows.iter().filter(|row| row.used > 0 || !row.came_through.is_empty()).map(row).collect()
}

fn any_policy() -> impl Strategy<Value = LimitPolicy> {
    let counted = vec![CountedTypes::New, CountedTypes::NewAndFormal, CountedTypes::All];
    let expired = vec![ExpiredQuantity::WithUntilExpiry, ExpiredQuantity::Always, ExpiredQuantity::Never];
    (proptest::sample::select(counted), proptest::sample::select(expired))
        .prop_map(|(counted, expired_quantity)| LimitPolicy { counted, expired_quantity })
}

proptest! {
    #[test]
    fn the_order_of_orders_does_not_matter(
        (orders, shuffled) in any_orders().prop_flat_map(|orders| (Just(orders.clone()), Just(orders).prop_shuffle())),
        policy in any_policy(),
    ) {
        prop_assert_eq!(all_told(&orders, policy), all_told(&shuffled, policy));
    }

    #[test]
    fn an_unsubscribed_order_changes_nothing(
        orders in any_orders(), more in any_order(), policy in any_policy(), named in any::<bool>(),
    ) {
        let before = results(&orders, policy);
        let instance_id = named.then(|| InstanceId::new("given-back"));
        // A purchase of which nothing else is known that names no instance would be matched otherwise.
        let sku_code = if named { more.sku_code.clone() } else { Some("of its own".to_owned()) };
        let line = |id: &str| OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new(id) };
        let new = Order {
            order: line("X"), order_type: Some(OrderType::New), instance_id: instance_id.clone(), sku_code, ..more
        };
        let back = Order {
            order: line("Y"), order_type: Some(OrderType::Unsubscribe),
            create_time: Some(day(30)), ..new.clone()
        };
        let mut with = orders.clone();
        with.push(back);
        with.push(new);
        prop_assert_eq!(before, results(&with, policy));
    }

    #[test]
    fn what_is_used_is_the_sum_of_what_counts_and_the_verdict_follows(orders in any_orders(), policy in any_policy()) {
        let purchases = bought(&orders);
        let limits = limits();
        for row in review(&purchases, &limits, policy, Question::default(), day(15)).rows {
            let sum: i64 = row.orders.iter().filter_map(|judged| judged.counts.ok()).sum();
            prop_assert_eq!(sum, row.used);
            prop_assert_eq!(Verdict::of(sum, row.allowed), row.verdict);
            prop_assert!(row.allowed_again_at.is_none_or(|time| time > day(15)));
            // An order of after the review may have come when what still counts now had expired.
            let all_placed = row.orders.iter().all(|judged| judged.purchase.ordered_at <= day(15));
            if row.verdict == Verdict::Breached && all_placed {
                prop_assert!(!row.came_through.is_empty(), "what is breached came through somewhere");
            }
        }
    }
}
