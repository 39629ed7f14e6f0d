//! Who bought under a sales target or a whitelist.

use proptest::prelude::*;

use super::*;

fn target(sku: Option<&str>, level: TargetLevel, customers: &[&str]) -> SalesTarget {
    SalesTarget {
        key: LimitKey { product_id: "p".into(), sku_code: sku.map(str::to_owned) },
        level,
        customers: customers.iter().map(|id| (*id).to_owned()).collect(),
        linked_product: (level == TargetLevel::LinkedProduct).then(|| "linked".to_owned()),
    }
}

fn by(customer: &str, order: Order) -> Order {
    Order { customer_id: Some(customer.to_owned()), ..order }
}

fn of_product(product: &str, order: Order) -> Order {
    Order { product_id: Some(product.to_owned()), ..order }
}

/// Customer, verdict, orders.
fn verdicts(orders: &[Order], targets: &[SalesTarget]) -> Vec<(String, &'static str, Vec<String>)> {
    let purchases = bought(orders);
    let review = review_targets(&purchases, targets, &Accounts::new());
    let ids = |row: &TargetRow<'_>| row.orders.iter().map(|(order, _)| order.order.order_id.to_string()).collect();
    review.rows.iter().map(|row| (row.customer_id.to_owned(), row.verdict.name(), ids(row))).collect()
}

#[test]
fn the_line_of_a_specification_comes_before_that_of_its_product() {
    let orders = [order("A", "NEW", 1)];
    let whole = target(None, TargetLevel::Everyone, &[]);
    for (own, expected) in [
        (target(Some("s"), TargetLevel::Named, &["d"]), "not-entitled"),
        (target(Some("s"), TargetLevel::Named, &["c"]), "entitled"),
        (target(Some("other"), TargetLevel::Named, &["d"]), "entitled"),
    ] {
        assert_eq!(verdicts(&orders, &[whole.clone(), own])[0].1, expected);
    }
}

#[test]
fn trials_are_held_against_the_whitelist_and_purchases_against_the_target() {
    let targets = [target(None, TargetLevel::Named, &["c"]), target(None, TargetLevel::TrialWhitelist, &["d"])];
    let told = |kind: &str, customer: &str| {
        verdicts(&[by(customer, order("A", kind, 1))], &targets).first().map(|(_, verdict, _)| *verdict)
    };
    assert_eq!((told("NEW", "c"), told("NEW", "d")), (Some("entitled"), Some("not-entitled")));
    assert_eq!((told("TRIAL", "c"), told("TRIAL", "d")), (Some("not-entitled"), Some("entitled")));
    assert_eq!((told("RENEW", "d"), told("CHANGE", "d")), (None, None), "of somebody who could buy before");
    let back = [by("d", order("A", "NEW", 1)), on("i-A", by("d", order("B", "UNSUBSCRIBE", 2)))];
    assert_eq!(verdicts(&back, &targets), [], "given back");
}

#[test]
fn a_linked_product_has_to_be_bought_before() {
    let linked = [target(None, TargetLevel::LinkedProduct, &[])];
    for (day, kind, expected) in [(1, "NEW", "entitled"), (9, "NEW", "not-entitled"), (1, "TRIAL", "not-entitled")] {
        let orders = [of_product("linked", order("L", kind, day)), order("A", "NEW", 5)];
        assert_eq!(verdicts(&orders, &linked), [("c".to_owned(), expected, vec!["A".to_owned()])], "{kind} {day}");
    }
}

#[test]
fn an_account_of_the_other_kind_is_not_entitled_once_it_is_noted() {
    let purchases = bought(&[order("A", "NEW", 1)]);
    for (level, noted, expected) in [
        (TargetLevel::Enterprise, None, Entitlement::Unknown),
        (TargetLevel::Enterprise, Some(AccountKind::Enterprise), Entitlement::Entitled),
        (TargetLevel::Enterprise, Some(AccountKind::Individual), Entitlement::NotEntitled(TargetReason::OtherKind)),
        (TargetLevel::Individual, Some(AccountKind::Individual), Entitlement::Entitled),
        (TargetLevel::Individual, Some(AccountKind::Enterprise), Entitlement::NotEntitled(TargetReason::OtherKind)),
        (TargetLevel::Everyone, Some(AccountKind::Individual), Entitlement::Entitled),
    ] {
        let accounts: Accounts = noted.map(|kind| ("c".to_owned(), kind)).into_iter().collect();
        let targets = [target(None, level, &[])];
        let review = review_targets(&purchases, &targets, &accounts);
        assert_eq!((review.rows[0].verdict, review.rows[0].account), (expected, noted), "{level:?} {noted:?}");
    }
}

#[test]
fn what_never_took_effect_is_no_linked_product_that_was_bought() {
    let linked = [target(None, TargetLevel::LinkedProduct, &[])];
    for (status, expected) in [("已取消", "not-entitled"), ("待支付", "not-entitled"), ("已完成", "entitled")]
    {
        let first = of_product("linked", order("L", "NEW", 1));
        let first = Order { order_status: Some(OrderStatus::from_word(status)), ..first };
        assert_eq!(verdicts(&[first, order("A", "NEW", 5)], &linked)[0].1, expected, "{status}");
    }
}

#[test]
fn an_order_of_nobody_is_told_apart() {
    let nobodys = [Order { customer_id: None, ..order("A", "NEW", 1) }];
    let purchases = bought(&nobodys);
    let targets = [target(None, TargetLevel::Named, &["c"])];
    let review = review_targets(&purchases, &targets, &Accounts::new());
    assert_eq!((review.rows.len(), review.nobodys.len()), (0, 1));
}

#[test]
fn rows_and_what_is_typed_are_read_back_as_they_are_written() {
    for written in [
        target(None, TargetLevel::Everyone, &[]),
        target(Some("s"), TargetLevel::Named, &["c1", "c2"]),
        target(None, TargetLevel::LinkedProduct, &[]),
        target(None, TargetLevel::TrialWhitelist, &["c1"]),
    ] {
        let fields = written.fields();
        let fields = fields.each_ref().map(|field| Some(field.as_str()));
        assert_eq!(SalesTarget::parse(fields), Ok(written));
    }
}

proptest! {
    #[test]
    fn the_order_of_orders_does_not_matter(
        (orders, shuffled) in properties::any_orders()
            .prop_flat_map(|orders| (Just(orders.clone()), Just(orders).prop_shuffle())),
        level in proptest::sample::select(TargetLevel::ALL.to_vec()),
    ) {
        let targets = [target(None, level, &["c0"]), target(Some("s1"), TargetLevel::Named, &["c1"])];
        prop_assert_eq!(verdicts(&orders, &targets), verdicts(&shuffled, &targets));
    }
}
