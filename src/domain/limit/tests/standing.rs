//! What tables and supervision say of an order beside its type: 订单状态, and when its validity begins.

use super::*;

fn told(status: &str, order: Order) -> Order {
    Order { order_status: Some(OrderStatus::from_word(status)), ..order }
}

#[test]
fn an_order_that_never_took_effect_is_not_counted_and_says_why() {
    let once = limit(Times::Once, None);
    for (status, used, reason) in [
        ("已取消", 0, Some("cancelled")),
        ("待支付", 0, Some("unpaid")),
        ("待审核", 0, Some("under-review")),
        ("处理中", 1, None),
        ("已完成", 1, None),
        ("退款中", 1, None),
    ] {
        let orders = [told(status, order("A", "NEW", 1))];
        assert_eq!(reviewed(&orders, &once, LimitPolicy::default(), 5)[0].0, used, "{status}");
        assert_eq!(excluded(&orders, &once, 5).first().map(|(_, why)| *why), reason, "{status}");
    }
    // KooGallery calls for what is paid.
    let called = Order { called_at: Some(day(2)), ..told("待支付", order("A", "NEW", 1)) };
    assert_eq!(reviewed(&[called], &once, LimitPolicy::default(), 5)[0].0, 1);
}

#[test]
fn an_unsubscription_that_nobody_has_agreed_to_gives_nothing_back() {
    let once = limit(Times::Once, None);
    for (status, used) in [("待审核", 1), ("已取消", 1), ("已完成", 0)] {
        let orders = [order("A", "NEW", 1), told(status, on("i-A", order("U", "UNSUBSCRIBE", 2)))];
        assert_eq!(reviewed(&orders, &once, LimitPolicy::default(), 5)[0].0, used, "{status}");
    }
}

#[test]
fn a_renewal_that_was_cancelled_keeps_nothing_running() {
    let until_expiry = limit(Times::UntilExpiry, None);
    let orders = [until(100, order("A", "NEW", 1)), told("已取消", on("i-A", until(200, order("R", "RENEW", 90))))];
    assert_eq!(reviewed(&orders, &until_expiry, LimitPolicy::default(), 50)[0].2, Some(100));
}

/// Bought on day 1 for ten days; `expireTime` says day 11 whatever the buyer does.
#[test]
fn a_supervised_purchase_runs_from_its_acceptance() {
    let bought =
        Order { period_type: Some("day".to_owned()), period_number: Some(10), ..until(11, order("A", "NEW", 1)) };
    let accepted = SupervisionFacts { accepted_at: Some(day(20)), ..SupervisionFacts::default() };
    let opened = SupervisionFacts { opened_at: Some(day(5)), ..accepted.clone() };
    let open = SupervisionFacts::default();
    let until_expiry = limit(Times::UntilExpiry, None);
    for (facts, rule, now, used, again) in [
        (None, StartRule::ActualOpening, 5, 1, Some(11)),
        (Some(&open), StartRule::ActualOpening, 15, 1, None),
        (Some(&accepted), StartRule::ActualOpening, 25, 1, Some(30)),
        (Some(&accepted), StartRule::ActualOpening, 30, 0, None),
        (Some(&opened), StartRule::ActualOpening, 12, 1, Some(15)),
        (Some(&opened), StartRule::Acceptance, 12, 1, Some(30)),
    ] {
        let end = |order: &Order| OrderEnd::of(order, facts, rule);
        let purchases = purchases(std::slice::from_ref(&bought), &HashMap::new(), &|_| false, &end);
        let review = review(&purchases, [&until_expiry], LimitPolicy::default(), Question::default(), day(now));
        let row = &review.rows[0];
        assert_eq!((row.used, row.allowed_again_at), (used, again.map(day)), "{facts:?} {rule:?} on day {now}");
    }
}
