//! Which orders count against a product, and how near it is.

use super::{
    DelistingLevel::{Exceeded, Fine, Imminent, Near},
    *,
};
use crate::protocol::id::OrderLineId;

fn at(text: &str) -> UnixMillis {
    UnixMillis::from_iso(text).unwrap()
}

fn failed(order: &str, product: &str, first_call: &str) -> OrderAtRisk {
    let line = OrderLineId::new(format!("{order}-000001"));
    OrderAtRisk {
        message_id: 1,
        order: OrderLine { order_id: OrderId::new(order), order_line_id: line },
        product_id: Some(product.to_owned()),
        activity: "newInstance".to_owned(),
        first_call_at: at(first_call),
        progress: Progress::Failing,
        told_at: None,
    }
}

fn many(count: usize, first_call: &str) -> Vec<OrderAtRisk> {
    (0..count).map(|number| failed(&format!("CS{first_call}{number}"), "p", first_call)).collect()
}

#[test]
fn more_than_five_in_a_month_are_too_many_and_it_is_told_before() {
    let now = at("2026-11-24T12:00:00+08:00");
    let (past, running) = ("2026-11-20T12:00:00+08:00", "2026-11-24T11:00:00+08:00");
    for (failed, failing, expected) in [
        (0, 1, Fine),
        (2, 1, Fine),
        (3, 0, Near),
        (3, 3, Imminent),
        (4, 1, Near),
        (5, 0, Imminent),
        (5, 1, Imminent),
        (6, 0, Exceeded),
        (0, 6, Imminent),
    ] {
        let orders = [many(failed, past), many(failing, running)].concat();
        let standing = standing(&orders, &RetryPolicy::default(), now);
        assert_eq!(standing[0].level, expected, "{failed} failed, {failing} failing");
        assert_eq!((standing[0].failed.len(), standing[0].failing.len()), (failed, failing));
    }
}

#[test]
fn products_are_told_apart_and_a_month_begins_in_beijing() {
    let now = at("2026-11-01T09:00:00+08:00");
    assert_eq!(start_of_month(now), at("2026-10-31T16:00:00Z"));
    let orders = [
        failed("OLD", "p", "2026-10-31T20:00:00+08:00"),
        failed("LATE", "p", "2026-10-31T22:00:00+08:00"),
        failed("OTHER", "q", "2026-11-01T02:00:00+08:00"),
        failed("RUNS", "q", "2026-11-01T08:00:00+08:00"),
    ];
    let standing = standing(&orders, &RetryPolicy::default(), now);
    let told: Vec<_> = standing
        .iter()
        .map(|product| {
            let ids: Vec<&str> = product.failed.iter().map(OrderId::as_str).collect();
            (product.product_id.as_deref().unwrap(), ids, product.failing.len())
        })
        .collect();
    assert_eq!(told, [("p", vec!["LATE"], 0), ("q", vec!["OTHER"], 1)]);
    assert_eq!(standing[1].failing[0].refunded_at(), Some(at("2026-11-01T11:00:00+08:00")));
}

/// It can be delivered by hand, and counts towards delisting all the same.
#[test]
fn a_license_that_was_not_told_fails_without_a_refund() {
    let license = OrderAtRisk { activity: "getLicense".to_owned(), ..failed("CS", "p", "2026-11-24T08:00:00+08:00") };
    let told = |now: &str| standing(std::slice::from_ref(&license), &RetryPolicy::default(), at(now)).remove(0);
    let failing = told("2026-11-24T10:00:00+08:00").failing.remove(0);
    assert_eq!((failing.refunded_at(), failing.window.closes_at), (None, at("2026-11-24T11:00:00+08:00")));
    assert_eq!(told("2026-11-24T11:00:00+08:00").failed_orders(), 1);
}

#[test]
fn something_is_different_when_an_order_is_refunded_and_when_a_day_ends_in_beijing() {
    let now = at("2026-11-24T12:00:00+08:00");
    let failing = [
        failed("A", "p", "2026-11-24T11:00:00+08:00"),
        failed("B", "q", "2026-11-24T10:00:00+08:00"),
        failed("OVER", "q", "2026-11-24T08:00:00+08:00"),
    ];
    let standing = standing(&failing, &RetryPolicy::default(), now);
    assert_eq!(next_change(&standing, now), Some(at("2026-11-24T13:00:00+08:00")));
    let later = at("2026-11-24T13:00:00+08:00");
    let standing = super::standing(&failing[..1], &RetryPolicy::default(), later);
    assert_eq!(next_change(&standing, later), Some(at("2026-11-24T14:00:00+08:00")));
    assert_eq!(next_change([], now), Some(at("2026-11-25T00:00:00+08:00")));
}

#[test]
fn five_are_allowed_of_each_product_and_not_of_all_together() {
    let now = at("2026-11-24T12:00:00+08:00");
    let past = "2026-11-20T12:00:00+08:00";
    let orders: Vec<OrderAtRisk> = [("A", "p"), ("B", "p"), ("C", "q"), ("D", "q"), ("E", "q"), ("F", "r"), ("G", "r")]
        .into_iter()
        .map(|(order, product)| failed(order, product, past))
        .collect();
    let products = standing(&orders, &RetryPolicy::default(), now);
    let worst = most_failed(&products).unwrap();
    assert_eq!((worst.product_id.as_deref(), worst.failed_orders()), (Some("q"), 3));
    let of = |order: &str| standing_of(&products, &OrderId::new(order)).map(ProductStanding::failed_orders);
    assert_eq!((of("A"), of("E"), of("MET")), (Some(2), Some(3), None));
    let failing = standing(&many(1, "2026-11-24T11:00:00+08:00"), &RetryPolicy::default(), now);
    assert_eq!(most_failed(&failing), None, "it may be saved");
}

/// What KooGallery heard of an order, and when, decides; what was done here alone does not.
#[test]
fn an_order_of_whose_success_koogallery_was_not_told_in_time_has_failed_for_good() {
    let called = "2026-11-24T08:00:00+08:00";
    for (what, progress, told, now, expected) in [
        ("fails", Progress::Failing, None, "10:59", Some((0, 1, 1))),
        ("failed", Progress::Failing, None, "11:00", Some((1, 0, 0))),
        ("answered in time", Progress::Succeeded, Some("10:59"), "12:00", None),
        ("answered after the refund", Progress::Succeeded, Some("11:01"), "12:00", Some((1, 0, 0))),
        ("done here, and nobody asked", Progress::Succeeded, None, "12:00", Some((1, 0, 0))),
        ("done here, to be asked for", Progress::Succeeded, None, "09:00", Some((0, 1, 0))),
        ("done here, and hardly time to ask", Progress::Succeeded, None, "10:30", Some((0, 1, 1))),
        ("being worked on", Progress::InProgress, None, "09:00", Some((0, 1, 0))),
        ("being worked on, and hardly time", Progress::InProgress, None, "10:00", Some((0, 1, 1))),
        ("still being worked on", Progress::InProgress, None, "11:00", Some((1, 0, 0))),
    ] {
        let day = |time: &str| at(&format!("2026-11-24T{time}:00+08:00"));
        let order = OrderAtRisk { progress, told_at: told.map(day), ..failed("CS", "p", called) };
        let told = standing(&[order], &RetryPolicy::default(), day(now));
        let of = |product: &ProductStanding| (product.failed.len(), product.failing.len(), product.endangered_orders());
        assert_eq!(told.first().map(of), expected, "{what}");
    }
}

#[test]
fn an_order_counts_once_however_many_lines_it_has() {
    let line = |line: &str, first_call: &str| {
        let order = failed("CS", "p", first_call);
        OrderAtRisk { order: OrderLine { order_line_id: OrderLineId::new(line), ..order.order }, ..order }
    };
    let (early, late) = (line("1", "2026-11-24T08:00:00+08:00"), line("2", "2026-11-24T08:30:00+08:00"));
    let both = [late, early];
    for (now, expected) in [("2026-11-24T10:00:00+08:00", (0, 1)), ("2026-11-24T11:10:00+08:00", (1, 0))] {
        let told = standing(&both, &RetryPolicy::default(), at(now));
        assert_eq!((told[0].failed.len(), told[0].failing.len()), expected, "{now}");
    }
    let told = standing(&both, &RetryPolicy::default(), at("2026-11-24T10:00:00+08:00"));
    assert_eq!(told[0].failing[0].window.closes_at, at("2026-11-24T11:00:00+08:00"), "the first of them");
}

#[test]
fn refunded_is_a_purchase_or_an_upgrade_alone_and_by_what_koogallery_heard_of_it_in_time() {
    let now = at("2026-11-24T12:00:00+08:00");
    for (activity, told, expected) in [
        ("newInstance", None, true),
        ("newInstance", Some("10:59"), false),
        ("newInstance", Some("11:01"), true),
        ("upgradeInstance", None, true),
        ("upgrade", None, true),
        ("getLicense", None, false),
        ("getLicense", Some("11:01"), false),
        ("refreshInstance", None, false),
    ] {
        let told_at = told.map(|time| at(&format!("2026-11-24T{time}:00+08:00")));
        let order = failed("CS", "p", "2026-11-24T08:00:00+08:00");
        let order = OrderAtRisk { activity: activity.to_owned(), told_at, ..order };
        let refunded = Refunded::of(std::slice::from_ref(&order), &RetryPolicy::default(), now);
        assert_eq!(refunded.contains(&order.order), expected, "{activity} told {told:?}");
    }
}

/// V1 names no line; the order query does.
#[test]
fn a_refund_is_of_the_line_that_was_called_for_or_of_the_order_where_none_was_named() {
    let line = |line: &str| OrderLine { order_id: OrderId::new("CS"), order_line_id: OrderLineId::new(line) };
    let now = at("2026-11-24T12:00:00+08:00");
    for (called_for, refunded) in [("CS-1", ["CS-1"].as_slice()), ("", &["", "CS-1", "CS-2"])] {
        let order = OrderAtRisk { order: line(called_for), ..failed("CS", "p", "2026-11-24T08:00:00+08:00") };
        let found = Refunded::of(&[order], &RetryPolicy::default(), now);
        let told: Vec<&str> = ["", "CS-1", "CS-2"].into_iter().filter(|id| found.contains(&line(id))).collect();
        assert_eq!(told, refunded, "called for {called_for:?}");
    }
}
