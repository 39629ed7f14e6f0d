//! Orders of a table, held against what is known of them.

use super::*;
use crate::{
    domain::{OrderStatus, World},
    protocol::id::OrderLine,
};

const CALLED: UnixMillis = UnixMillis(1_000);
const IMPORTED: UnixMillis = UnixMillis(2_000);
const LATER: UnixMillis = UnixMillis(3_000);

fn line(line: &str) -> Order {
    let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new(line) };
    Order { called_at: Some(CALLED), ..Order::new(World::Live, order, CALLED) }
}

fn told(fields: &[(OrderField, &str)]) -> ToldFields {
    fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

fn row(line: Option<&str>, fields: &[(OrderField, &str)]) -> ImportedOrder {
    ImportedOrder { order_id: OrderId::new("CS1"), order_line_id: line.map(OrderLineId::new), told: told(fields) }
}

#[test]
fn every_field_is_set_and_told_again() {
    for field in OrderField::ALL {
        let told = told(&[(field, "7")]);
        let order = line("L").with_import([&told], IMPORTED);
        assert_eq!(order.field(field).as_deref(), Some("7"), "{field:?}");
        assert_eq!((order.imported.len(), order.imported_fields()), (1, told));
        assert_eq!(order.without_import(), line("L"));
        assert_eq!(serde_json::to_value(field).unwrap(), field.name());
    }
}

#[test]
fn a_table_fills_in_and_overwrites_nothing() {
    let called = Order { product_id: Some("p-wire".into()), ..line("L") };
    let table = told(&[(OrderField::ProductId, "p-table"), (OrderField::CustomerName, "Acme")]);
    let order = called.clone().with_import([&table], IMPORTED);
    assert_eq!(order.product_id.as_deref(), Some("p-wire"));
    assert_eq!(order.customer_name.as_deref(), Some("Acme"));
    assert_eq!(order.imported, [OrderField::CustomerName].into());
    assert_eq!(order.without_import(), called, "it is as if the table never was");
}

#[test]
fn what_is_told_later_takes_the_place_of_what_a_table_said() {
    let table = told(&[(OrderField::CustomerName, "Acme"), (OrderField::OrderStatus, "已完成")]);
    let imported = line("L").with_import([&table], IMPORTED);
    let queried =
        Order { customer_name: Some("ACME Ltd".into()), queried_at: Some(LATER), changed_at: LATER, ..line("L") };
    let after = imported.clone().after(&queried);
    assert_eq!(after.customer_name.as_deref(), Some("ACME Ltd"));
    assert_eq!(after.imported, [OrderField::OrderStatus].into());
    assert_eq!((after.imported_at, after.changed_at), (Some(IMPORTED), LATER));
    // A call that says nothing of the customer takes nothing back either.
    let silent = imported.clone().after(&line("L"));
    assert_eq!(silent, imported);
}

#[test]
fn the_newest_of_several_tables_is_believed() {
    let older = told(&[(OrderField::OrderStatus, "处理中"), (OrderField::CustomerName, "Acme")]);
    let newer = told(&[(OrderField::OrderStatus, "已完成")]);
    let order = line("L").with_import([&newer, &older], IMPORTED);
    assert_eq!(
        (order.order_status.as_ref().map(OrderStatus::word), order.customer_name.as_deref()),
        (Some("已完成"), Some("Acme"))
    );
}

#[test]
fn a_row_is_told_what_becomes_of_it() {
    let called = Order { product_id: Some("p".into()), ..line("CS1-1") };
    let rest = [(OrderField::ProductId, "q"), (OrderField::CustomerName, "Acme")];
    let joins = RowFate::Joins { fills: vec![OrderField::CustomerName], differs: vec![OrderField::ProductId] };
    for (row, lines, fate) in [
        (row(None, &rest), vec![], RowFate::New),
        (row(None, &rest), vec![called.clone()], joins.clone()),
        (row(Some("CS1-1"), &rest), vec![line("CS1-2"), called.clone()], joins.clone()),
        (row(Some("CS1-3"), &rest), vec![called.clone()], RowFate::New),
        // V1 names no line, so the row that does is about that one.
        (row(Some("CS1-1"), &rest), vec![Order { product_id: Some("p".into()), ..line("") }], joins),
        (row(None, &rest), vec![line("CS1-1"), line("CS1-2")], RowFate::Ambiguous { lines: 2 }),
        (row(None, &[(OrderField::ProductId, "p")]), vec![called], RowFate::Joins { fills: vec![], differs: vec![] }),
    ] {
        assert_eq!(row.fate(&lines), fate, "{row:?}");
    }
}

#[test]
fn the_consoles_words_are_understood_in_both_languages() {
    for (word, kind) in [
        ("新购", OrderType::New),
        ("Subscription", OrderType::New),
        ("试用转正", OrderType::TrialToFormal),
        ("Change from trial use to commercial use", OrderType::TrialToFormal),
        ("续费", OrderType::Renew),
        ("Change and upgrade", OrderType::Change),
        ("退订", OrderType::Unsubscribe),
        ("UNSUBSCRIBE", OrderType::Unsubscribe),
        ("别的", OrderType::Unknown("别的".into())),
    ] {
        assert_eq!(order_type_of(word), kind, "{word}");
    }
    for (word, mode) in [
        ("包周期", ChargingMode::Period),
        ("按次", ChargingMode::OneTime),
        ("ON_DEMAND_PKG", ChargingMode::OnDemandPackage),
        ("按需", ChargingMode::OnDemand),
    ] {
        assert_eq!(charging_mode_of(word), mode, "{word}");
    }
    for (text, period) in [
        ("1年", Some((1, "year"))),
        ("12个月", Some((12, "month"))),
        ("3 Months", Some((3, "month"))),
        ("15天", Some((15, "day"))),
        ("0年", None),
        ("一年", None),
        ("3", None),
    ] {
        assert_eq!(period_of(text), period, "{text}");
    }
}
