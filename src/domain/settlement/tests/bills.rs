//! A bill held against what was expected, and that every line is billed once or waits.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{lines_of, month, opened, order, shown};
use crate::{
    domain::{
        Order,
        settlement::{BillLine, Block, Books, SettlementPolicy, Verdict, compare, money, read_amount},
    },
    protocol::{id::OrderId, open_api::order::OrderType},
};

fn in_bill(id: &str, amount: &str, share: Option<&str>) -> BillLine {
    BillLine {
        month: month("2026-11"),
        order_id: OrderId::new(id),
        order_line_id: None,
        product: None,
        customer: None,
        amount: read_amount(amount),
        share: share.and_then(read_amount),
    }
}

/// An order of 10 yuan is in November's bill, although its product type never came to the least amount.
#[test]
fn what_should_have_waited_for_the_least_amount_is_not_expected_in_another_month() {
    for (ordered, verdict) in [
        ("2026-11-10", Verdict::StillBlocked(vec![Block::BelowThreshold])),
        ("2026-10-10", Verdict::StillBlocked(vec![Block::BelowThreshold])),
        ("2026-12-05", Verdict::OtherMonth(month("2026-12"))),
    ] {
        let books = Books { orders: vec![opened("CS1", ordered, "10")], ..Books::default() };
        let policy = SettlementPolicy::default();
        let lines = lines_of(&books, vec![], &policy, "2026-12-10");
        let found = compare(month("2026-11"), &[in_bill("CS1", "10", None)], &lines, &policy);
        assert_eq!(found[0].verdict, verdict, "ordered on {ordered}");
    }
}

#[test]
fn a_bill_is_held_against_what_was_expected() {
    let waiting = Order { order_amount: Some("10".into()), ..order("CS6", OrderType::New, "2026-11-15") };
    let books = Books {
        orders: vec![
            opened("CS1", "2026-11-10", "5000"),
            opened("CS2", "2026-11-11", "100"),
            opened("CS3", "2026-11-12", "100"),
            opened("CS4", "2026-11-13", "100"),
            opened("CS5", "2026-10-13", "2000"),
            waiting,
            order("CS7", OrderType::Trial, "2026-11-15"),
            order("CS8", OrderType::New, "2026-11-15"),
        ],
        unopened: [OrderId::new("CS6")].into(),
        ..Books::default()
    };
    let lines = lines_of(&books, vec![], &SettlementPolicy::default(), "2026-12-10");
    let bill = [
        in_bill("CS1", "2000", None),
        in_bill("CS1", "3000", Some("2850")),
        in_bill("CS2", "100.01", None),
        in_bill("CS3", "100", Some("90")),
        in_bill("CS5", "2000", None),
        in_bill("CS7", "1", None),
        in_bill("CS8", "1", None),
        in_bill("CS9", "1", None),
        BillLine { month: month("2026-10"), ..in_bill("CS4", "100", None) },
    ];
    let policy = SettlementPolicy::default();
    let found = compare(month("2026-11"), &bill, &lines, &policy);
    let verdicts: Vec<(&str, &str)> = found.iter().map(|one| (one.order_id.as_str(), one.verdict.name())).collect();
    assert_eq!(
        verdicts,
        [
            ("CS4", "missing"),
            ("CS2", "amount-differs"),
            ("CS3", "share-differs"),
            ("CS9", "not-known"),
            ("CS7", "not-expected"),
            ("CS5", "other-month"),
            ("CS8", "not-priced"),
            ("CS6", "waits"),
            ("CS1", "agrees"),
        ]
    );
    assert_eq!(found[0].verdict, Verdict::Missing);
    assert_eq!(found[5].verdict, Verdict::OtherMonth(month("2026-10")));
    assert_eq!(found[7].verdict, Verdict::Waits(vec![Block::NotOpened]));
    assert!(compare(month("2026-09"), &bill, &lines, &policy).is_empty(), "no bill, no differences");
}

proptest! {
    /// Nothing is billed twice or lost: each line that enters is billed in one month at the latest after the threshold is met, and
    /// what is billed and what waits are all of it, whatever the order of the orders.
    #[test]
    fn every_line_is_billed_once_or_waits(
        mut sales in proptest::collection::vec((1_u8..=12, 0_i64..200_000), 1..40), threshold in 0_i64..300_000, rotate in 0_usize..40,
    ) {
        let policy = SettlementPolicy { threshold: Decimal::new(threshold, 2), ..SettlementPolicy::default() };
        let mut orders: Vec<Order> = sales.drain(..).enumerate().map(|(number, (month, amount))| {
            opened(&format!("CS{number}"), &format!("2026-{month:02}-10"), &money(Decimal::new(amount, 2)))
        }).collect();
        let count = orders.len();
        let totals = |orders: Vec<Order>| {
            let lines = lines_of(&Books { orders, ..Books::default() }, vec![], &policy, "2027-01-01");
            let mut seen = std::collections::HashMap::new();
            let mut months = Vec::new();
            for number in 1..=12 {
                let told = shown(&lines, &format!("2026-{number:02}"), &policy);
                for id in told.0 {
                    *seen.entry(id).or_insert(0) += 1;
                }
                months.push((told.1.len(), told.2));
            }
            (seen, months)
        };
        let (seen, months) = totals(orders.clone());
        prop_assert!(seen.values().all(|times| *times == 1));
        prop_assert_eq!(seen.len() + months.last().unwrap().0, count);
        let by = rotate % count;
        orders.rotate_left(by);
        prop_assert_eq!(totals(orders).1, months);
    }
}
