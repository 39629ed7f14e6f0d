//! The documents' table of what enters a settlement report when, row by row; the least amount; the seller's part; and a bill held
//! against what was expected.

mod bills;
mod standing;

use rust_decimal::Decimal;

use super::*;
use crate::{
    domain::{
        Order, OrderStatus, World,
        limit::InstanceRun,
        supervision::{StartRule, Step, Supervised, SupervisionFacts},
        workdays::Workdays,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId, OrderLine, OrderLineId},
        open_api::order::{ChargingMode, OrderType},
        site::Site,
    },
};

type Change<'a> = &'a dyn Fn(&mut Books);

fn at(text: &str) -> UnixMillis {
    UnixMillis::from_iso(&format!("{text}T12:00:00+08:00")).unwrap()
}

fn month(text: &str) -> BillingMonth {
    BillingMonth::parse(text).unwrap()
}

fn order(id: &str, kind: OrderType, ordered: &str) -> Order {
    let line = OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new(format!("{id}-1")) };
    Order {
        order_type: Some(kind),
        charging_mode: Some(ChargingMode::Period),
        create_time: Some(at(ordered)),
        period_type: Some("year".into()),
        period_number: Some(1),
        product_id: Some("P".into()),
        quantity: Some(1),
        instance_id: Some(InstanceId::new(format!("i-{id}"))),
        ..Order::new(World::Live, line, at(ordered))
    }
}

fn terms(product_type: ProductType, price: i64) -> Terms {
    Terms {
        product_type: Some(product_type),
        category: Some(Category::General),
        price: Some(Decimal::from(price)),
        per: PricePer::Year,
        ..Terms::new("P")
    }
}

fn lines_of(books: &Books, terms: Vec<Terms>, policy: &SettlementPolicy, now: &str) -> Vec<Line> {
    let (terms, workdays) = (TermsTable::new(terms), Workdays::built_in());
    let seller =
        Seller { terms: &terms, policy, site: Site::China, workdays: &workdays, start_rule: StartRule::default() };
    lines(books, &seller, &|_| false, at(now))
}

fn lines_at(books: &Books, product: Terms, now: &str) -> Vec<Line> {
    lines_of(books, vec![product], &SettlementPolicy::default(), now)
}

fn accepted(kind: Supervised, on: &str) -> SupervisionFacts {
    SupervisionFacts { kind, accepted_at: Some(at(on)), ..SupervisionFacts::default() }
}

#[test]
fn the_documents_table_of_what_enters_when() {
    use OrderType::{Change, New, Renew, TrialToFormal};
    use ProductType::{Api, Hardware, Image, License, Orchestration, Saas, Service};
    // Ordered on 2026-09-10; opened here on 2026-10-05, accepted on 2026-11-07; the renewal's period ends on 2027-12-20.
    for (product, kind, enters, rule) in [
        (Image, New, "2026-10", EntryRule::InstanceOpened),
        (Saas, New, "2026-10", EntryRule::InstanceOpened),
        (Saas, TrialToFormal, "2026-10", EntryRule::InstanceOpened),
        (Saas, Change, "2026-10", EntryRule::ChangeDone),
        (Api, New, "2026-10", EntryRule::OrderOpened),
        (License, New, "2026-11", EntryRule::SupervisionDone),
        (Service, New, "2026-11", EntryRule::SupervisionDone),
        (Orchestration, New, "2026-11", EntryRule::SupervisionDone),
        (Hardware, New, "2026-11", EntryRule::SupervisionDone),
        (Saas, Renew, "2026-12", EntryRule::RenewalEffective),
        (License, Renew, "2026-12", EntryRule::RenewalEffective),
    ] {
        let id = OrderId::new("CS1");
        let mut books = Books {
            orders: vec![Order { expire_time: Some(at("2027-12-20")), ..order("CS1", kind.clone(), "2026-09-10") }],
            ..Books::default()
        };
        books.opened.insert(id.clone(), at("2026-10-05"));
        if product.is_supervised() {
            books.supervision.insert(id, accepted(Supervised::Service, "2026-11-07"));
        }
        let lines = lines_at(&books, terms(product, 2_000), "2027-01-01");
        let Standing::Enters { month: entered, rule: by, .. } = &lines[0].standing else { panic!("{:?}", lines[0]) };
        assert_eq!((entered.to_string().as_str(), *by), (enters, rule), "{product:?} {kind:?}");
    }
}

#[test]
fn what_blocks_an_order_is_told() {
    let id = || OrderId::new("CS1");
    let new = || order("CS1", OrderType::New, "2026-09-10");
    let books = |change: &dyn Fn(&mut Books)| {
        let mut books = Books { orders: vec![new()], ..Books::default() };
        change(&mut books);
        books
    };
    let usage = UsageMonth {
        instance_id: InstanceId::new("i-CS1"),
        month: month("2026-10"),
        at: at("2026-10-20"),
        taken: Decimal::ZERO,
        pending: Decimal::from(7),
        pending_records: 3,
    };
    let on_demand = Order { charging_mode: Some(ChargingMode::OnDemand), ..new() };
    let table: [(ProductType, Change<'_>, Vec<Block>); 7] = [
        (ProductType::Saas, &|books| books.unopened = [id()].into(), vec![Block::NotOpened]),
        (ProductType::License, &|_| {}, vec![Block::Supervision { next: None }]),
        (
            ProductType::Saas,
            &|books| books.supervision = [(id(), SupervisionFacts::default())].into(),
            vec![Block::Supervision { next: Some(Step::Request) }],
        ),
        (
            ProductType::License,
            &|books| {
                let facts = SupervisionFacts { appealed_at: Some(at("2026-09-12")), ..SupervisionFacts::default() };
                books.supervision.insert(id(), facts);
            },
            vec![Block::Appeal, Block::Supervision { next: Some(Step::Request) }],
        ),
        (
            ProductType::License,
            &|books| {
                books.supervision.insert(id(), SupervisionFacts::default());
                books.unopened.insert(id());
            },
            vec![Block::NotOpened, Block::Supervision { next: Some(Step::Request) }],
        ),
        (ProductType::Saas, &|books| books.orders = vec![on_demand.clone()], vec![Block::NoUsage]),
        (
            ProductType::Saas,
            &|books| {
                books.orders = vec![on_demand.clone()];
                books.usage = vec![usage.clone()];
            },
            vec![Block::UsageNotPushed { records: 3 }],
        ),
    ];
    for (product, change, blocks) in table {
        let lines = lines_at(&books(change), terms(product, 2_000), "2026-11-24");
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].standing, Standing::Blocked(blocks));
    }
}

/// 订单状态 and 服务监管状态 of the console's order export.
#[test]
fn what_a_table_tells_of_an_order_is_heeded() {
    let told = |status: &str, supervision: &str, product| {
        let order = Order {
            order_status: Some(OrderStatus::from_word(status)),
            supervision_status: Some(supervision.into()),
            ..order("CS1", OrderType::New, "2026-09-10")
        };
        let books = Books { orders: vec![order], ..Books::default() };
        lines_at(&books, terms(product, 1), "2026-11-24").remove(0)
    };
    let supervised = vec![Block::Supervision { next: None }];
    assert_eq!(told("处理中", "服务监管中", ProductType::Saas).standing, Standing::Blocked(supervised));
    assert_eq!(told("处理中", "不涉及", ProductType::Saas).standing, Standing::Blocked(vec![Block::NotOpened]));
    let done = told("已完成", "已完成", ProductType::License);
    assert!(done.enters().is_some() && done.assumptions.contains(&Assumption::DoneUnknown));
    assert!(told("已完成", "不涉及", ProductType::License).enters().is_some());
}

#[test]
fn the_choice_about_supervision_matters_at_the_end_of_a_month() {
    let mut books = Books { orders: vec![order("CS1", OrderType::New, "2026-09-10")], ..Books::default() };
    let late = UnixMillis::from_iso("2026-10-31T22:00:00+08:00").unwrap();
    let facts = SupervisionFacts { accepted_at: Some(late), ..SupervisionFacts::default() };
    books.supervision.insert(OrderId::new("CS1"), facts);
    for (done, enters) in [(SupervisionDone::Accepted, "2026-10"), (SupervisionDone::OrderCompleted, "2026-11")] {
        let policy = SettlementPolicy { supervision_done: done, ..SettlementPolicy::default() };
        let lines = lines_of(&books, vec![terms(ProductType::License, 1)], &policy, "2026-11-24");
        assert_eq!(lines[0].enters(), Some(month(enters)));
    }
}

#[test]
fn consumption_is_settled_by_the_month() {
    let on_demand = Order { charging_mode: Some(ChargingMode::OnDemand), ..order("CS1", OrderType::New, "2026-09-10") };
    let used = |at_day: &str, taken: Decimal| UsageMonth {
        instance_id: InstanceId::new("i-CS1"),
        month: BillingMonth::of(at(at_day)).unwrap(),
        at: at(at_day),
        taken,
        pending: Decimal::ZERO,
        pending_records: 0,
    };
    let usage = vec![used("2026-09-30", Decimal::new(1_000_001, 1)), used("2026-10-31", Decimal::from(1))];
    let books = Books { orders: vec![on_demand], usage, ..Books::default() };
    let price = Terms { per: PricePer::Usage, price: Some(Decimal::new(12, 3)), ..terms(ProductType::Image, 0) };
    let lines = lines_at(&books, price, "2026-11-24");
    let told: Vec<_> = lines.iter().map(|line| (line.enters().unwrap().to_string(), line.priced.amount)).collect();
    assert_eq!(
        told,
        [("2026-09".into(), Some(Decimal::new(120_000, 2))), ("2026-10".into(), Some(Decimal::new(1, 2)))],
        "0.012 a unit, to the cent"
    );
}

#[test]
fn what_is_given_back_never_enters_or_is_taken_back_in_the_month_of_the_refund() {
    let bought = order("CS1", OrderType::New, "2026-09-10");
    let back = |on: &str| Order { instance_id: bought.instance_id.clone(), ..order("CS9", OrderType::Unsubscribe, on) };
    let mut books = Books { orders: vec![bought.clone(), back("2026-11-02")], ..Books::default() };
    books.statuses.insert(InstanceId::new("i-CS1"), InstanceRun::Released);
    books.opened.insert(OrderId::new("CS1"), at("2026-09-11"));
    let told = |books: &Books| -> Vec<(LineKind, Standing, Option<Decimal>)> {
        let lines = lines_at(books, terms(ProductType::Saas, 2_000), "2026-11-24");
        lines.into_iter().map(|line| (line.kind, line.standing, line.priced.amount)).collect()
    };
    let found = told(&books);
    assert_eq!(found.len(), 3);
    assert!(matches!(&found[0], (LineKind::Order, Standing::Enters { .. }, Some(amount)) if *amount == 2_000.into()));
    assert!(matches!(&found[1], (LineKind::Refund, Standing::Enters { month: refund, .. }, Some(amount))
        if *refund == month("2026-11") && *amount == Decimal::from(-2_000)));
    assert_eq!(found[2].1, Standing::Never(Never::Unsubscription));

    books.opened.clear();
    books.unopened.insert(OrderId::new("CS1"));
    assert_eq!(told(&books)[0].1, Standing::Never(Never::Unsubscribed));
}

#[test]
fn trials_mock_orders_and_debugging_orders_are_never_settled() {
    let mock = order("MOCKPERIODYEARNEW", OrderType::New, "2026-09-10");
    let test = Order { world: World::Test, ..order("CS2", OrderType::New, "2026-09-10") };
    let trial = order("CS3", OrderType::Trial, "2026-09-10");
    let books = Books { orders: vec![mock, test, trial], ..Books::default() };
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-11-24");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].standing, Standing::Never(Never::Trial));
}

#[test]
fn amounts_and_parts_by_what_the_order_and_the_terms_say() {
    let base = || order("CS1", OrderType::New, "2026-09-10");
    let yearly = || terms(ProductType::Saas, 1_200);
    let share = |text: &str| Percent::parse(text);
    for (order, terms, amount, part, basis, split) in [
        (base(), yearly(), Some(120_000), Some(114_000), Basis::Price, Split::PlatformFee),
        (
            Order { quantity: Some(3), ..base() },
            yearly(),
            Some(360_000),
            Some(342_000),
            Basis::Price,
            Split::PlatformFee,
        ),
        (
            Order { order_amount: Some("999.99".into()), ..base() },
            yearly(),
            Some(99_999),
            Some(94_999),
            Basis::Order,
            Split::PlatformFee,
        ),
        (
            Order { period_type: Some("month".into()), period_number: Some(5), ..base() },
            yearly(),
            Some(50_000),
            Some(47_500),
            Basis::Price,
            Split::PlatformFee,
        ),
        (
            base(),
            Terms { per: PricePer::Month, ..yearly() },
            Some(1_440_000),
            Some(1_368_000),
            Basis::Price,
            Split::PlatformFee,
        ),
        (base(), Terms { per: PricePer::Day, ..yearly() }, None, None, Basis::OtherPeriod, Split::PlatformFee),
        (base(), Terms { price: None, ..yearly() }, None, None, Basis::NoPrice, Split::PlatformFee),
        (
            base(),
            Terms { category: Some(Category::Joint), share: share("70"), ..yearly() },
            Some(120_000),
            Some(84_000),
            Basis::Price,
            Split::AgreedShare,
        ),
        (
            base(),
            Terms { category: Some(Category::Joint), ..yearly() },
            Some(120_000),
            None,
            Basis::Price,
            Split::ShareUnknown,
        ),
        (
            Order { order_type: Some(OrderType::Change), ..base() },
            yearly(),
            None,
            None,
            Basis::Difference,
            Split::PlatformFee,
        ),
    ] {
        let lines = lines_at(&Books { orders: vec![order], ..Books::default() }, terms, "2026-11-24");
        let in_cents = |cents: Option<i64>| cents.map(|cents| Decimal::new(cents, 2));
        let priced = lines[0].priced;
        assert_eq!((priced.amount, priced.share), (in_cents(amount), in_cents(part)), "{:?}", lines[0]);
        assert_eq!((priced.basis, priced.split), (basis, split));
    }
}

/// (price − WHT − DST) × (1 − the platform's part).
#[test]
fn the_international_site_takes_taxes_first() {
    let policy = SettlementPolicy {
        withholding_tax: Percent::of_whole(10),
        digital_services_tax: Percent::of_whole(2),
        international_platform_share: Some(Percent::of_whole(20)),
        ..SettlementPolicy::default()
    };
    let books = Books { orders: vec![order("CS1", OrderType::New, "2026-09-10")], ..Books::default() };
    let (table, workdays) = (TermsTable::new([terms(ProductType::Saas, 1_000)]), Workdays::built_in());
    let start_rule = StartRule::default();
    let seller = Seller { terms: &table, policy: &policy, site: Site::International, workdays: &workdays, start_rule };
    let line = lines(&books, &seller, &|_| false, at("2026-11-24")).remove(0);
    assert_eq!(line.priced.share, Some(Decimal::from(704)));
    assert!(line.assumptions.contains(&Assumption::ConfiguredTaxes));
}

fn opened(id: &str, on: &str, amount: &str) -> Order {
    Order { order_amount: Some(amount.into()), instance_id: None, ..order(id, OrderType::New, on) }
}

/// What is billed, what waits and for what, and what it comes to.
type Shown = (Vec<String>, Vec<(String, Vec<Block>)>, String);

fn shown(lines: &[Line], of: &str, policy: &SettlementPolicy) -> Shown {
    let estimate = estimate(lines, month(of), policy, &Workdays::built_in());
    let billed = estimate.billed.iter().map(|billed| billed.line.order.order_id.to_string()).collect();
    let waiting = estimate.waiting.iter();
    let waiting = waiting.map(|waiting| (waiting.line.order.order_id.to_string(), waiting.blocks.clone())).collect();
    (billed, waiting, money(estimate.total.amount))
}

#[test]
fn a_product_type_is_billed_once_it_comes_to_a_thousand() {
    let orders = vec![
        opened("CS1", "2026-09-10", "400"),
        opened("CS2", "2026-10-10", "599.99"),
        opened("CS3", "2026-11-10", "0.01"),
    ];
    let books = Books { orders, ..Books::default() };
    let policy = SettlementPolicy::default();
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-11-24");
    let waits = |id: &str| (id.to_owned(), vec![Block::BelowThreshold]);
    assert_eq!(shown(&lines, "2026-09", &policy), (vec![], vec![waits("CS1")], "0.00".into()));
    assert_eq!(shown(&lines, "2026-10", &policy), (vec![], vec![waits("CS1"), waits("CS2")], "0.00".into()));
    let (billed, waiting, total) = shown(&lines, "2026-11", &policy);
    assert_eq!((billed.join(" "), waiting.len(), total.as_str()), ("CS1 CS2 CS3".into(), 0, "1000.00"));
    // The month alone never comes to it.
    let policy = SettlementPolicy { threshold_counts: ThresholdCounts::Month, ..policy };
    assert_eq!(shown(&lines, "2026-11", &policy).1.len(), 3);
    let policy = SettlementPolicy { threshold: Decimal::ZERO, ..policy };
    assert_eq!(shown(&lines, "2026-10", &policy).0, ["CS2"]);
}

#[test]
fn totals_are_told_by_product_with_what_is_not_known() {
    let other = Order { product_id: Some("Q".into()), ..order("CS3", OrderType::New, "2026-11-12") };
    let books = Books {
        orders: vec![opened("CS1", "2026-11-10", "5000"), opened("CS2", "2026-11-11", "0.10"), other],
        ..Books::default()
    };
    let lines = lines_at(&books, terms(ProductType::Saas, 1), "2026-11-24");
    let estimate = estimate(&lines, month("2026-11"), &SettlementPolicy::default(), &Workdays::built_in());
    let products: Vec<_> = estimate
        .products
        .iter()
        .map(|product| (product.product_id.as_deref(), product.total.lines, money(product.total.amount)))
        .collect();
    assert_eq!(products, [(Some("P"), 2, "5000.10".into()), (Some("Q"), 1, "0.00".into())]);
    assert_eq!((estimate.total.without_amount, estimate.total.without_share), (1, 1));
    assert_eq!(money(estimate.total.share), "4750.09");
    assert_eq!(estimate.bill_day.unwrap().to_string(), "2026-12-03");
    for assumed in [Assumption::Certified, Assumption::Paid, Assumption::OpeningUnknown, Assumption::ProductTypeUnknown]
    {
        assert!(estimate.assumptions.contains(&assumed), "{assumed:?}");
    }
}
