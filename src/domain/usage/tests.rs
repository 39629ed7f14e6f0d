//! Usage records against the rules of the pages, and rows that become some.

use jiff::tz::{self, TimeZone};
use proptest::prelude::*;

use super::*;

/// 2022-08-09T08:00:00Z, 16:00 in Beijing.
const EIGHT: UnixMillis = UnixMillis(1_660_032_000_000);
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn record(instance_id: &str, begin_time: UnixMillis, end_time: UnixMillis) -> UsageRecord {
    let instance_id = InstanceId::new(instance_id);
    UsageRecord {
        metering_sn: derived_metering_sn(&instance_id, begin_time, end_time),
        instance_id,
        begin_time,
        end_time,
        usage_value: UsageValue::parse("99").unwrap(),
        relate_pkg_instance: None,
        product_id: None,
    }
}

fn hour() -> UsageRecord {
    record("7f141bf1-aec8-4859-8323-fb3a8ad50721", EIGHT, EIGHT.plus_millis(HOUR))
}

#[test]
fn the_same_use_has_the_same_id() {
    let sn = hour().metering_sn;
    assert_eq!(sn, "sd-c52479e30742b3220351b82d15a66791", "kept in files and with KooGallery: it may never change");
    assert_eq!(hour().metering_sn, sn);
    let others = [
        record("7f141bf1-aec8-4859-8323-fb3a8ad50722", EIGHT, EIGHT.plus_millis(HOUR)),
        record("7f141bf1-aec8-4859-8323-fb3a8ad50721", EIGHT.plus_millis(1_000), EIGHT.plus_millis(HOUR)),
        record("7f141bf1-aec8-4859-8323-fb3a8ad50721", EIGHT, EIGHT.plus_millis(HOUR + 1_000)),
    ];
    assert!(others.iter().all(|other| other.metering_sn != sn));
}

#[test]
fn a_record_is_taken_within_its_bounds_and_not_beyond() {
    let ends = EIGHT.plus_millis(HOUR);
    let oldest = EIGHT.plus_millis(MAX_AGE_DAYS * DAY);
    for (now, expected) in [
        (ends, Ok(())),
        (ends.plus_millis(-1), Err(UsageProblem::EndInFuture { seconds: 1 })),
        (EIGHT, Err(UsageProblem::EndInFuture { seconds: 3_600 })),
        (oldest, Ok(())),
        (oldest.plus_millis(1), Err(UsageProblem::TooOld { days: 21 })),
        (oldest.plus_millis(DAY), Err(UsageProblem::TooOld { days: 22 })),
    ] {
        assert_eq!(hour().check(now), expected, "{now}");
    }
    let change = |change: fn(&mut UsageRecord)| {
        let mut record = hour();
        change(&mut record);
        record.check(EIGHT.plus_millis(DAY))
    };
    let too_long = |column: &str| Err(UsageProblem::TooLong { column: column.into(), length: 65, max: 64 });
    assert_eq!(change(|record| record.end_time = record.begin_time), Ok(()));
    assert_eq!(
        change(|record| record.end_time = record.begin_time.plus_millis(-1_000)),
        Err(UsageProblem::EndBeforeBegin)
    );
    assert_eq!(
        change(|record| record.begin_time = record.begin_time.plus_millis(1)),
        Err(UsageProblem::FractionOfSecond { column: "beginTime".into() })
    );
    assert_eq!(change(|record| record.metering_sn = "实".repeat(64)), Ok(()));
    assert_eq!(change(|record| record.metering_sn = "实".repeat(65)), too_long("meteringSn"));
    assert_eq!(change(|record| record.instance_id = InstanceId::new("x".repeat(65))), too_long("instanceId"));
    assert_eq!(change(|record| record.relate_pkg_instance = Some("x".repeat(65))), too_long("relatePkgInstance"));
    assert_eq!(change(|record| record.product_id = Some("x".repeat(65))), too_long("productId"));
    let missing = |column: &str| Err(UsageProblem::Missing { column: column.into() });
    assert_eq!(change(|record| record.instance_id = InstanceId::new("")), missing("instanceId"));
    assert_eq!(change(|record| record.metering_sn.clear()), missing("meteringSn"));
    assert_eq!(hour().check_for_old_api(), missing("productId"));
    assert_eq!(UsageRecord { product_id: Some("p".into()), ..hour() }.check_for_old_api(), Ok(()));
}

#[test]
fn records_that_koogallery_would_take_once_are_told_by_number() {
    let now = EIGHT.plus_millis(DAY);
    let later = |hours| record("i", EIGHT.plus_millis(hours * HOUR), EIGHT.plus_millis((hours + 1) * HOUR));
    let renamed = |sn: &str, record: UsageRecord| UsageRecord { metering_sn: sn.into(), ..record };
    let records = [
        (2, later(0)),
        (3, later(1)),
        (4, later(0)),
        (5, renamed("a", later(0))),
        (7, renamed("a", later(2))),
        (8, record("j", later(0).begin_time, later(0).end_time)),
        (9, later(30)),
    ];
    let problems = check_list(records.iter().map(|(number, record)| (*number, record)), now);
    let expected = [
        (4, UsageProblem::SamePeriod { first: 2 }),
        (5, UsageProblem::SamePeriod { first: 2 }),
        (7, UsageProblem::SameMeteringSn { first: 5 }),
        (9, UsageProblem::EndInFuture { seconds: 7 * 3_600 }),
    ];
    assert_eq!(problems, expected);
}

#[test]
fn calls_hold_at_most_a_thousand_records() {
    let sizes = |count: usize| pushes(&vec![0; count]).map(<[i32]>::len).collect::<Vec<_>>();
    assert_eq!(sizes(0), [0; 0]);
    assert_eq!(sizes(1_000), [1_000]);
    assert_eq!(sizes(2_001), [1_000, 1_000, 1]);
}

#[test]
fn what_comes_after_the_deadline_is_late() {
    // The hour ends at 09:00Z, which is 17:00 in Beijing; the day's deadline is 01:00 there, 17:00Z.
    let midnight = EIGHT.plus_millis(8 * HOUR);
    let until_midnight = record("i", EIGHT.plus_millis(7 * HOUR), midnight);
    let past_midnight = record("i", EIGHT.plus_millis(7 * HOUR), midnight.plus_millis(1_000));
    let at_midnight = record("i", midnight, midnight);
    for (record, billing, hours, millis, expected) in [
        (&hour(), Billing::Hourly, 3, 0, None),
        (&hour(), Billing::Hourly, 3, 1, Some(Late::Hourly { minutes: 1 })),
        (&hour(), Billing::Hourly, 5, 0, Some(Late::Hourly { minutes: 120 })),
        (&hour(), Billing::Daily, 9, 0, None),
        (&hour(), Billing::Daily, 9, 1, Some(Late::Daily { minutes: 1 })),
        (&until_midnight, Billing::Daily, 9, 0, None),
        (&until_midnight, Billing::Daily, 10, 0, Some(Late::Daily { minutes: 60 })),
        (&past_midnight, Billing::Daily, 10, 0, None),
        (&past_midnight, Billing::Daily, 33, 1, Some(Late::Daily { minutes: 1 })),
        (&at_midnight, Billing::Daily, 33, 0, None),
    ] {
        let reported_at = EIGHT.plus_millis(hours * HOUR + millis);
        assert_eq!(late(record, billing, reported_at), expected, "{record:?} {billing:?} at {reported_at}");
    }
}

#[test]
fn what_is_not_sent_presses_before_it_is_too_late_and_after() {
    let hour = hour();
    let oldest = EIGHT.plus_millis(MAX_AGE_DAYS * DAY);
    let warned = oldest.plus_millis(-WARNED_BEFORE_DAYS * DAY);
    let entered = UsageState::Entered;
    for (billing, at, expected) in [
        (None, EIGHT.plus_millis(HOUR), None),
        (None, warned.plus_millis(-1), None),
        (None, warned, Some(Pressure::Closing { until: oldest })),
        (None, oldest, Some(Pressure::Closing { until: oldest })),
        (None, oldest.plus_millis(1), Some(Pressure::TooOld { since: oldest })),
        (Some(Billing::Hourly), EIGHT.plus_millis(2 * HOUR - 1), None),
        (
            Some(Billing::Hourly),
            EIGHT.plus_millis(2 * HOUR),
            Some(Pressure::DueSoon { until: EIGHT.plus_millis(3 * HOUR) }),
        ),
        (Some(Billing::Hourly), EIGHT.plus_millis(4 * HOUR), Some(Pressure::Late(Late::Hourly { minutes: 60 }))),
        (Some(Billing::Daily), EIGHT.plus_millis(8 * HOUR - 1), None),
        (
            Some(Billing::Daily),
            EIGHT.plus_millis(8 * HOUR),
            Some(Pressure::DueSoon { until: EIGHT.plus_millis(9 * HOUR) }),
        ),
        (Some(Billing::Daily), oldest.plus_millis(1), Some(Pressure::TooOld { since: oldest })),
    ] {
        assert_eq!(pressure(&hour, &entered, billing, at), expected, "{billing:?} at {at}");
    }
    let refused = |code: &str| UsageState::Refused { code: RecordCode::from_wire(code) };
    for (state, owed) in [
        (UsageState::InDoubt, true),
        (refused("001"), true),
        (refused("013"), true),
        (refused("012"), false),
        (UsageState::Sent, false),
        (UsageState::Discarded, false),
        (UsageState::Replaced { by: "sn".into() }, false),
    ] {
        assert_eq!(pressure(&hour, &state, None, warned).is_some(), owed, "{state:?}");
    }
}

#[test]
fn rows_become_records_and_problems_with_their_numbers() {
    let beijing = TimeZone::fixed(tz::offset(8));
    let good = [Some("i-1"), Some("2022-08-09 16:00"), Some("20220809T090000Z"), Some("12.50"), None, None, Some("")];
    let full = [
        Some(" i-2 "),
        Some("2022-08-09T08:00:00Z"),
        Some("2022-08-09T09:00:00Z"),
        Some("1"),
        Some("pkg"),
        Some("sn-1"),
        Some("p"),
    ];
    let bad = [None, Some("yesterday"), Some(" "), Some("1,5"), None, Some("x"), None];
    let read = read_rows([(2, good), (3, full), (5, bad)], Some(&beijing));
    let times = |record: &UsageRecord| (record.begin_time, record.end_time);
    let [(2, first), (3, second)] = &read.records[..] else { panic!("{:?}", read.records) };
    assert_eq!(times(first), (EIGHT, EIGHT.plus_millis(HOUR)));
    assert_eq!(first.usage_value.as_str(), "12.50");
    assert_eq!(first.metering_sn, derived_metering_sn(&InstanceId::new("i-1"), EIGHT, EIGHT.plus_millis(HOUR)));
    assert_eq!((&first.relate_pkg_instance, &first.product_id), (&None, &None));
    assert_eq!((second.instance_id.as_str(), second.metering_sn.as_str()), ("i-2", "sn-1"));
    assert_eq!((second.relate_pkg_instance.as_deref(), second.product_id.as_deref()), (Some("pkg"), Some("p")));
    let missing = |column: &str| UsageProblem::Missing { column: column.into() };
    let problems = [
        (5, missing("instanceId")),
        (5, UsageProblem::NoTime { column: "beginTime".into(), text: "yesterday".into() }),
        (5, missing("endTime")),
        (5, UsageProblem::NoNumber { text: "1,5".into() }),
    ];
    assert_eq!(read.problems, problems);
    let without_zone = read_rows([(2, good)], None);
    let no_zone = UsageProblem::NoZone { column: "beginTime".into(), text: "2022-08-09 16:00".into() };
    assert_eq!(without_zone, ReadUsage { records: vec![], problems: vec![(2, no_zone)] });
}

#[test]
fn columns_are_called_by_one_name_each() {
    let mut names: Vec<String> = COLUMNS
        .iter()
        .flat_map(|column| column.aliases.iter().chain([&column.name]))
        .map(|name| name.to_lowercase())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    let required: Vec<&str> = COLUMNS.iter().filter(|column| column.required).map(|column| column.name).collect();
    assert_eq!(required, ["instanceId", "beginTime", "endTime", "usageValue"]);
}

proptest! {
    #[test]
    fn any_fields_are_read_or_refused(fields in prop::array::uniform7(prop::option::of("\\PC{0,24}"))) {
        let fields = fields.each_ref().map(|field| field.as_deref());
        let read = UsageRecord::parse(fields, Some(&TimeZone::UTC));
        prop_assert_eq!(read.is_err(), read.is_err_and(|problems| !problems.is_empty()));
    }

    #[test]
    fn a_record_comes_back_from_its_own_texts(seconds in 0_i64..4_000_000_000, length in 0_i64..100_000, value in "[1-9][0-9]{0,10}(\\.[0-9]{1,4})?") {
        let begin = UnixMillis(seconds * 1_000);
        let end = begin.plus_millis(length * 1_000);
        let wire = |time: UnixMillis| {
            let compact = time.to_compact_utc();
            let (day, hour) = compact.split_at(8);
            format!("{day}T{hour}Z")
        };
        let (begin_text, end_text) = (begin.to_string(), wire(end));
        let fields = [Some("i"), Some(begin_text.as_str()), Some(end_text.as_str()), Some(value.as_str()), None, None, None];
        let read = UsageRecord::parse(fields, None).unwrap();
        prop_assert_eq!((read.begin_time, read.end_time, read.usage_value.as_str()), (begin, end, value.as_str()));
        prop_assert_eq!(read.check(end), if length > 21 * 86_400 { read.check(end) } else { Ok(()) });
    }
}
