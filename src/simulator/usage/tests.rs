//! Each error code of a record, and that nothing is counted twice.

use super::*;
use crate::{
    protocol::id::{OrderId, OrderLine, OrderLineId},
    simulator::{Customer, Product, Terms},
};

const DAY: i64 = 86_400_000;

fn time(text: &str) -> UnixMillis {
    from_basic_utc(text).unwrap()
}

fn instance(id: &str, charging: Charging) -> Instance {
    Instance {
        instance_id: InstanceId::new(id),
        order: OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") },
        product: Product { product_id: "p".into(), sku_code: "s".into(), name: "n".into(), months: 0 },
        customer: Customer { customer_id: "c".into(), customer_name: "C".into() },
        terms: Terms::new(charging),
        delivers: crate::protocol::callback::Delivers::AppInfo,
        status: InstanceStatus::Active,
        app_info: None,
        opened_at: time("20260801T000000Z").plus_millis(700),
        expired: false,
        closed_at: None,
        expiries: vec![],
    }
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    for (id, charging) in
        [("metered", Charging::OnDemand), ("package", Charging::OnDemandPackage), ("period", Charging::months(1))]
    {
        ledger.instances.insert(InstanceId::new(id), instance(id, charging));
    }
    ledger.sold_elsewhere.instances.insert(InstanceId::new("foreign"));
    ledger
}

fn record(sn: &str, begin: &str, end: &str) -> UsageRecord {
    UsageRecord {
        instance_id: "metered".into(),
        record_time: end.into(),
        begin_time: begin.into(),
        end_time: end.into(),
        usage_value: "99".into(),
        metering_sn: Some(sn.into()),
        ..UsageRecord::default()
    }
}

fn usual() -> UsageRecord {
    record("sn-1", "20260809T080000Z", "20260809T090000Z")
}

fn received(ledger: &mut Ledger, record: UsageRecord) -> BillState {
    received_by(ledger, record, UsageInterface::New)
}

fn received_by(ledger: &mut Ledger, record: UsageRecord, interface: UsageInterface) -> BillState {
    ledger.usage.receive(record, interface, time("20260809T091000Z"));
    ledger.bill_waiting();
    ledger.usage.bills.last().unwrap().state
}

#[test]
fn a_good_record_is_billed_and_from_the_second_of_the_opening_on() {
    let mut ledger = ledger();
    assert_eq!(received(&mut ledger, usual()), BillState::Billed);
    let first = record("sn-2", "20260801T000000Z", "20260801T000000Z");
    assert_eq!(received(&mut ledger, first), BillState::Billed);
    let of_a_package = UsageRecord {
        relate_pkg_instance: Some("package".into()),
        ..record("sn-3", "20260802T000000Z", "20260802T010000Z")
    };
    assert_eq!(received(&mut ledger, of_a_package), BillState::Billed);
}

#[test]
fn each_fault_has_its_code() {
    for (code, spoil) in [
        ("001", (|record| record.instance_id = "nobody".into()) as fn(&mut UsageRecord)),
        ("001", |record| record.relate_pkg_instance = Some("nobody".into())),
        ("002", |record| record.record_time = "2026-08-09T09:00:00Z".into()),
        ("002", |record| record.begin_time = "20260809080000".into()),
        ("002", |record| record.end_time = String::new()),
        ("003", |record| record.usage_value = "0".into()),
        ("003", |record| record.usage_value = "1.23456".into()),
        ("003", |record| record.usage_value = "-1".into()),
        ("003", |record| record.usage_value = "many".into()),
        ("004", |record| record.metering_sn = None),
        ("004", |record| record.metering_sn = Some("x".repeat(65))),
        ("007", |record| record.begin_time = "20260719T080000Z".into()),
        ("009", |record| record.instance_id = "foreign".into()),
        ("011", |record| record.begin_time = "20260731T235959Z".into()),
        ("011", |record| record.begin_time = "20260809T090001Z".into()),
        ("011", |record| record.end_time = "20260809T091001Z".into()),
        ("012", |record| record.instance_id = "period".into()),
        ("012", |record| record.instance_id = "package".into()),
    ] {
        let mut record = usual();
        spoil(&mut record);
        let state = received(&mut ledger(), record.clone());
        let BillState::Refused(error) = state else { panic!("{record:?} was {state:?}") };
        assert_eq!(error.code(), code, "{record:?}");
    }
}

#[test]
fn a_withdrawn_product_is_not_billed() {
    let mut ledger = ledger();
    ledger.withdrawn.insert("p".into());
    assert_eq!(received(&mut ledger, usual()), BillState::Refused(RecordError::Withdrawn));
}

#[test]
fn of_a_closed_instance_only_what_was_before_the_closing_is_billed() {
    for status in [InstanceStatus::Frozen, InstanceStatus::Released] {
        let mut ledger = ledger();
        let instance = ledger.instances.get_mut(&InstanceId::new("metered")).unwrap();
        instance.status = status;
        instance.closed_at = Some(time("20260809T083000Z"));
        assert_eq!(received(&mut ledger, usual()), BillState::Refused(RecordError::InstanceState));
        let before = record("sn-2", "20260809T080000Z", "20260809T083000Z");
        assert_eq!(received(&mut ledger, before), BillState::Billed);
    }
}

#[test]
fn nothing_is_counted_twice_and_what_was_refused_may_come_again() {
    let mut ledger = ledger();
    let wrong = UsageRecord { usage_value: "0".into(), ..usual() };
    assert_eq!(received(&mut ledger, wrong), BillState::Refused(RecordError::MalformedUsage));
    assert_eq!(received(&mut ledger, usual()), BillState::Billed);
    assert_eq!(received(&mut ledger, usual()), BillState::Refused(RecordError::MeteringSnRepeated));
    let same_time = UsageRecord { metering_sn: Some("sn-2".into()), ..usual() };
    assert_eq!(received(&mut ledger, same_time), BillState::Refused(RecordError::Duplicate));
    let billed = ledger.usage.bills.iter().filter(|bill| bill.state == BillState::Billed);
    assert_eq!(billed.count(), 1);
}

#[test]
fn the_old_interface_knows_no_serial_numbers() {
    let mut ledger = ledger();
    for (begin, state) in
        [("20260809T080000Z", BillState::Billed), ("20260809T080000Z", BillState::Refused(RecordError::Duplicate))]
    {
        let record = UsageRecord { metering_sn: None, ..record("", begin, "20260809T083000Z") };
        assert_eq!(received_by(&mut ledger, record, UsageInterface::Old), state);
    }
}

#[test]
fn twenty_one_days_are_not_too_old() {
    let now = time("20260809T090000Z");
    assert!(!is_too_old(now.plus_millis(-21 * DAY), now));
    assert!(is_too_old(now.plus_millis(-21 * DAY - 1), now));
}

#[test]
fn a_usage_is_a_positive_number_in_digits() {
    for good in ["1", "0.0001", "99", "12345678.1234", "007"] {
        assert_eq!(check_value(good), Ok(()), "{good}");
    }
    for bad in ["", "0", "0.0", ".5", "5.", "1e3", "1,5", "+1", "123456789012345678901"] {
        assert_eq!(check_value(bad), Err(RecordError::MalformedUsage), "{bad}");
    }
}
