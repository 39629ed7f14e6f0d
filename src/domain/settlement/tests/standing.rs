//! 订单状态, 付费状态 and 客户还款状态 of a table; and when renewals take effect and refunds fall.

use super::*;
use crate::domain::PaymentStatus;

fn standing(order: Order, product: ProductType) -> Line {
    let books = Books { orders: vec![order], ..Books::default() };
    lines_at(&books, terms(product, 1), "2026-11-24").remove(0)
}

#[test]
fn an_order_that_never_took_effect_is_in_no_bill() {
    let told = |status: &str| Order {
        order_status: Some(OrderStatus::from_word(status)),
        ..order("CS1", OrderType::New, "2026-09-10")
    };
    let standing = |order| standing(order, ProductType::Saas).standing;
    assert_eq!(standing(told("已取消")), Standing::Never(Never::Cancelled));
    assert_eq!(standing(told("待支付")), Standing::Blocked(vec![Block::Unpaid]));
    assert_eq!(standing(told("待审核")), Standing::Blocked(vec![Block::UnderReview]));
    assert!(matches!(standing(told("退款中")), Standing::Enters { .. }), "a word that is not known blocks nothing");
    // What was called for was paid; the table is of an earlier day.
    let called = Order { called_at: Some(at("2026-09-11")), ..told("待支付") };
    assert!(matches!(standing(called), Standing::Enters { .. }));
    // A cancelled renewal is no renewal.
    let renewal = Order { order_type: Some(OrderType::Renew), ..told("已取消") };
    assert_eq!(standing(renewal), Standing::Never(Never::Cancelled));
}

#[test]
fn a_word_that_is_not_known_is_told() {
    let order =
        Order { order_status: Some(OrderStatus::from_word("退款中")), ..order("CS1", OrderType::New, "2026-09-10") };
    assert!(standing(order, ProductType::Saas).assumptions.contains(&Assumption::StatusUnknown));
}

#[test]
fn what_is_not_paid_waits_and_says_so() {
    for (payment, repayment, blocks) in [
        (Some("未付费"), None, vec![Block::Unpaid]),
        (Some("已完成"), None, vec![]),
        (Some("已完成"), Some("未还清"), vec![Block::NotRepaid]),
        (Some("已完成"), Some("已还清"), vec![]),
        (Some("已完成"), Some("不涉及"), vec![]),
        (Some("部分"), Some("部分"), vec![Block::Unpaid, Block::NotRepaid]),
    ] {
        let order = Order {
            payment_status: payment.map(PaymentStatus::from_word),
            repayment_status: repayment.map(PaymentStatus::from_word),
            ..order("CS1", OrderType::New, "2026-09-10")
        };
        let line = standing(order, ProductType::Saas);
        let found = match line.standing {
            Standing::Blocked(found) => found,
            _ => Vec::new(),
        };
        assert_eq!(found, blocks, "{payment:?} {repayment:?}");
        assert!(!line.assumptions.contains(&Assumption::Paid), "the table tells");
    }
    let line = standing(order("CS1", OrderType::New, "2026-09-10"), ProductType::Saas);
    assert!(line.assumptions.contains(&Assumption::Paid), "nothing tells");
    // Beside what blocks it otherwise.
    let unpaid = Order {
        payment_status: Some(PaymentStatus::from_word("未付费")),
        ..order("CS1", OrderType::New, "2026-09-10")
    };
    let line = standing(unpaid, ProductType::License);
    assert_eq!(line.standing, Standing::Blocked(vec![Block::Unpaid, Block::Supervision { next: None }]));
}

/// In 服务监管, where the call for it was never answered with success.
#[test]
fn what_was_delivered_by_hand_enters_once_it_is_accepted() {
    let unopened = [OrderId::new("CS1")].into();
    let mut books = Books { orders: vec![order("CS1", OrderType::New, "2026-09-10")], unopened, ..Books::default() };
    books.supervision.insert(OrderId::new("CS1"), accepted(Supervised::Service, "2026-10-12"));
    let line = lines_at(&books, terms(ProductType::License, 1), "2026-11-24").remove(0);
    assert_eq!(line.enters(), Some(month("2026-10")));
}

/// A renewal begins where what it renews ends, however it was paid.
#[test]
fn when_a_renewal_takes_effect_is_told_by_its_instance_or_worked_back() {
    let day = |text: &str| UnixMillis::from_iso(&format!("{text}T12:00:00+08:00")).unwrap();
    let bought =
        |expires: Option<&str>| Order { expire_time: expires.map(day), ..order("CS1", OrderType::New, "2025-01-31") };
    let renewal = |expires: Option<&str>, months: Option<i64>| Order {
        expire_time: expires.map(day),
        period_number: months,
        period_type: months.map(|_| "month".to_owned()),
        instance_id: bought(None).instance_id,
        ..order("CS2", OrderType::Renew, "2026-01-05")
    };
    let known = Some("2026-01-31");
    for (before, after, months, effect, assumed) in [
        // The end of a month: what it renews ends on the 31st, and worked back it would be the 28th.
        (known, Some("2026-02-28"), Some(1), Some("2026-01-31"), None),
        (None, Some("2026-02-28"), Some(1), Some("2026-01-28"), Some(Assumption::EffectWorkedBack)),
        (None, Some("2026-02-20"), Some(1), Some("2026-01-20"), None),
        // A call of `refreshInstance` tells no period.
        (known, Some("2027-01-31"), None, Some("2026-01-31"), Some(Assumption::EffectAtKnownExpiry)),
        (None, Some("2027-01-31"), None, None, Some(Assumption::EffectUnknown)),
        (None, None, None, None, Some(Assumption::EffectUnknown)),
        // What was bought between is not known.
        (known, Some("2028-01-20"), Some(12), Some("2027-01-20"), None),
        // The order query counts a period from the order on.
        (known, Some("2026-02-05"), Some(1), Some("2026-01-31"), Some(Assumption::EffectAtKnownExpiry)),
        (Some("2026-03-31"), Some("2026-02-05"), Some(1), Some("2026-03-31"), Some(Assumption::EffectAtKnownExpiry)),
        (None, Some("2026-02-05"), Some(1), None, Some(Assumption::EffectUnknown)),
        // The purchase was asked about late and tells the renewal's expiry.
        (Some("2027-01-20"), Some("2027-01-20"), Some(12), Some("2026-01-20"), None),
    ] {
        let books = Books { orders: vec![bought(before), renewal(after, months)], ..Books::default() };
        let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-01-10");
        let line = lines.iter().find(|line| line.order.order_id.as_str() == "CS2").unwrap();
        assert_eq!(line.effective_at, effect.map(day), "{before:?} {after:?} {months:?}");
        let of_effect = |assumed: &&Assumption| {
            use Assumption::{EffectAtKnownExpiry, EffectUnknown, EffectWorkedBack};
            matches!(**assumed, EffectAtKnownExpiry | EffectUnknown | EffectWorkedBack)
        };
        assert_eq!(line.assumptions.iter().find(of_effect).copied(), assumed, "{before:?} {after:?} {months:?}");
        assert!(line.enters().is_some(), "it is paid");
        assert_eq!(line.takes_effect_later(), effect.is_some_and(|effect| day(effect) > at("2026-01-10")));
    }
}

#[test]
fn a_renewal_of_a_supervised_order_begins_where_its_validity_ends() {
    let bought = Order { expire_time: Some(at("2026-09-10")), ..order("CS1", OrderType::New, "2025-09-10") };
    let renewal = Order {
        period_number: None,
        expire_time: Some(at("2027-11-07")),
        instance_id: bought.instance_id.clone(),
        ..order("CS2", OrderType::Renew, "2026-09-01")
    };
    let mut books = Books { orders: vec![bought, renewal], ..Books::default() };
    books.supervision.insert(OrderId::new("CS1"), accepted(Supervised::Service, "2025-11-07"));
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-09-02");
    assert_eq!(lines[1].effective_at, Some(at("2026-11-07")), "a year from the acceptance");
    assert_eq!(lines[1].enters(), Some(month("2026-11")));
}

/// Its month is known from its payment on, and so is what it adds to the least amount.
#[test]
fn a_renewal_is_foreseen_in_the_month_in_which_it_takes_effect_and_waits_until_then() {
    let renewal = Order {
        expire_time: Some(at("2027-12-20")),
        order_amount: Some("700".into()),
        ..order("CS1", OrderType::Renew, "2026-09-10")
    };
    let books = Books { orders: vec![renewal, opened("CS2", "2026-12-01", "300")], ..Books::default() };
    let policy = SettlementPolicy::default();
    for now in ["2026-11-24", "2026-12-24"] {
        let lines = lines_at(&books, terms(ProductType::Saas, 1), now);
        assert_eq!(lines[0].takes_effect_later(), now < "2026-12-20", "{now}");
        let waits = vec![("CS1".to_owned(), vec![Block::NotEffective { at: at("2026-12-20") }])];
        assert_eq!(shown(&lines, "2026-09", &policy), (vec![], waits.clone(), "0.00".into()), "{now}");
        assert_eq!(shown(&lines, "2026-11", &policy).1, waits, "{now}");
        let (billed, waiting, total) = shown(&lines, "2026-12", &policy);
        assert_eq!((billed.join(" "), waiting.len(), total.as_str()), ("CS1 CS2".into(), 0, "1000.00"), "{now}");
    }
}

/// What is taken back, in which month, of the orders that were settled.
fn refunds(orders: Vec<Order>, now: &str) -> Vec<(String, String)> {
    let books = Books { orders, ..Books::default() };
    let lines = lines_at(&books, terms(ProductType::Saas, 1), now);
    let refunds = lines.into_iter().filter(|line| line.kind == LineKind::Refund);
    refunds.map(|line| (line.order.order_id.to_string(), line.enters().unwrap().to_string())).collect()
}

#[test]
fn each_refund_falls_into_the_month_of_its_own_unsubscription() {
    let of = |order: Order| Order { instance_id: Some(InstanceId::new("i-CS1")), ..order };
    let orders = vec![
        of(order("CS1", OrderType::New, "2025-01-10")),
        of(Order { expire_time: Some(at("2027-01-10")), ..order("CS2", OrderType::Renew, "2026-01-05") }),
        of(order("CS8", OrderType::Unsubscribe, "2026-03-02")),
        of(order("CS9", OrderType::Unsubscribe, "2026-06-03")),
    ];
    assert_eq!(
        refunds(orders, "2026-11-24"),
        [("CS1".to_owned(), "2026-06".to_owned()), ("CS2".to_owned(), "2026-03".to_owned())],
        "the renewal in March, the whole instance in June"
    );
}

#[test]
fn a_refund_that_was_matched_stays_in_its_month_and_says_so() {
    let nameless = |order: Order| Order { instance_id: None, customer_id: Some("c".into()), ..order };
    let orders = || {
        vec![
            nameless(order("CS1", OrderType::New, "2026-01-10")),
            nameless(order("CS9", OrderType::Unsubscribe, "2026-03-02")),
        ]
    };
    for now in ["2026-04-01", "2026-11-24"] {
        assert_eq!(refunds(orders(), now), [("CS1".to_owned(), "2026-03".to_owned())], "looked at on {now}");
    }
    let books = Books { orders: orders(), ..Books::default() };
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-11-24");
    let refund = lines.iter().find(|line| line.kind == LineKind::Refund).unwrap();
    assert!(refund.assumptions.contains(&Assumption::RefundMatched));
}

#[test]
fn a_product_without_a_type_counts_towards_the_least_amount_of_saas() {
    let untyped = Order { product_id: Some("Q".into()), ..opened("CS2", "2026-11-11", "400") };
    let books = Books { orders: vec![opened("CS1", "2026-11-10", "600"), untyped], ..Books::default() };
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-11-24");
    assert_eq!(shown(&lines, "2026-11", &SettlementPolicy::default()).0, ["CS1", "CS2"]);
}

/// The platform fee, as all of the pages about it, is of the China site.
#[test]
fn the_european_site_is_not_settled_by_chinas_fee() {
    let policy =
        SettlementPolicy { international_platform_share: Some(Percent::of_whole(20)), ..SettlementPolicy::default() };
    let books = Books { orders: vec![order("CS1", OrderType::New, "2026-09-10")], ..Books::default() };
    let (table, workdays) = (TermsTable::new([terms(ProductType::Saas, 1_000)]), Workdays::built_in());
    for (site, share) in [(Site::China, 950), (Site::International, 800), (Site::Europe, 800)] {
        let start_rule = StartRule::default();
        let seller = Seller { terms: &table, policy: &policy, site, workdays: &workdays, start_rule };
        let line = lines(&books, &seller, &|_| false, at("2026-11-24")).remove(0);
        assert_eq!(line.priced.share, Some(Decimal::from(share)), "{site:?}");
    }
}
