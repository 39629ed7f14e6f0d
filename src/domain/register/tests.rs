//! Each rule against what the pages say of it, as tables.

mod prices;

use jiff::civil::date;

use super::*;
use crate::{domain::workdays::Workdays, protocol::UnixMillis};

/// 2026-11-24, a Tuesday, 10:30 in Beijing.
const NOW: UnixMillis = UnixMillis(1_795_487_400_000);

fn entry(kind: RegisterKind, values: &[(&str, &str)]) -> Entry {
    kind.register().read(&kind.register().blank(), values.iter().copied()).unwrap()
}

fn kept(id: i64, kind: RegisterKind, values: &[(&str, &str)]) -> KeptEntry {
    KeptEntry { id, kind, entry: entry(kind, values), changed_by: "me".into(), changed_at: NOW }
}

/// Names of the rules that hold of an entry beside others.
fn found_beside(kind: RegisterKind, values: &[(&str, &str)], others: &[KeptEntry]) -> Vec<&'static str> {
    let mut all = others.to_vec();
    all.push(kept(99, kind, values));
    let judged = Judged::all(all, &[], NOW, &Workdays::built_in());
    let judged = judged.iter().find(|judged| judged.kept.id == 99).unwrap();
    judged.findings.iter().map(|finding| finding.rule.name()).collect()
}

fn found(kind: RegisterKind, values: &[(&str, &str)]) -> Vec<&'static str> {
    found_beside(kind, values, &[])
}

#[test]
fn a_voucher_taken_for_general_products_lapses_when_the_product_becomes_joint() {
    let voucher = [("name", "双十一"), ("category", "通用商品"), ("product", "p-1"), ("issued", "10")];
    let product = |category: &str, state: &str| {
        let values = [("product", "p-1"), ("productKind", "saas"), ("category", category), ("state", state)];
        kept(1, RegisterKind::Checklists, &values)
    };
    for (category, state, rules) in [
        ("general", "listed", vec![]),
        ("joint", "listed", vec!["voucher-lapsed"]),
        ("general", "delisted", vec!["voucher-delisted"]),
        ("joint", "退市", vec!["voucher-lapsed", "voucher-delisted"]),
    ] {
        let others = [product(category, state)];
        assert_eq!(found_beside(RegisterKind::Vouchers, &voucher, &others), rules, "{category} {state}");
    }
    assert!(found(RegisterKind::Vouchers, &voucher).is_empty(), "a product of which nothing is known");
}

#[test]
fn vouchers_expire_and_voided_ones_stay_usable_where_they_were_claimed() {
    let of = |more: &[(&'static str, &'static str)]| {
        let mut values = vec![("name", "v"), ("category", "joint")];
        values.extend(more);
        found(RegisterKind::Vouchers, &values)
    };
    for (values, rules) in [
        (vec![("validUntil", "2026-11-23")], vec!["voucher-expired"]),
        (vec![("validUntil", "2026-11-24")], vec!["voucher-expires-soon"]),
        (vec![("validUntil", "2026-12-01")], vec!["voucher-expires-soon"]),
        (vec![("validUntil", "2026-12-02")], vec![]),
        (vec![("validUntil", "2026-11-23"), ("state", "过期")], vec![]),
        (vec![("issued", "9"), ("claimed", "5"), ("used", "2"), ("state", "作废")], vec!["voucher-still-usable"]),
        (vec![("issued", "9"), ("claimed", "5"), ("used", "5"), ("state", "作废")], vec![]),
        (vec![("issued", "9"), ("claimed", "12")], vec!["voucher-counts"]),
        (vec![("claimed", "2"), ("used", "3")], vec!["voucher-counts"]),
    ] {
        assert_eq!(of(&values), rules, "{values:?}");
    }
}

#[test]
fn a_delisting_that_would_hurt_is_told_before() {
    let product = [("product", "p-1"), ("productKind", "api"), ("state", "listed")];
    let voucher = |more: &[(&'static str, &'static str)]| {
        let mut values = vec![("name", "v"), ("category", "joint"), ("product", "p-1")];
        values.extend(more);
        kept(1, RegisterKind::Vouchers, &values)
    };
    for (values, told) in [
        (vec![("issued", "9"), ("used", "8")], true),
        (vec![("issued", "9"), ("used", "9")], false),
        (vec![("issued", "9"), ("state", "voided")], false),
        (vec![("issued", "9"), ("claimed", "1"), ("state", "voided")], true),
        (vec![("issued", "9"), ("state", "expired")], false),
    ] {
        let rules = found_beside(RegisterKind::Checklists, &product, &[voucher(&values)]);
        assert_eq!(rules.contains(&"checklist-vouchers"), told, "{values:?}");
    }
}

#[test]
fn a_review_is_answered_drafted_or_overdue() {
    for (values, rules) in [
        (vec![("date", "2026-11-23")], vec!["review-unanswered"]),
        (vec![("date", "2026-11-21")], vec!["review-unanswered"]),
        (vec![("date", "2026-11-20")], vec!["review-overdue"]),
        (vec![("date", "2026-11-20"), ("remindOn", "2026-12-01")], vec!["review-unanswered"]),
        (vec![("date", "2026-11-23"), ("reply", "谢谢")], vec!["review-not-sent", "review-unanswered"]),
        (vec![("date", "2026-01-01"), ("reply", "谢谢"), ("state", "已回复")], vec![]),
        (vec![("date", "2026-01-01"), ("state", "answered")], vec!["review-no-reply"]),
    ] {
        let mut all = vec![("product", "p"), ("text", "很好")];
        all.extend(values.iter().copied());
        assert_eq!(found(RegisterKind::Reviews, &all), rules, "{values:?}");
    }
}

/// An image: seller, private image, asset, automatic scan, release after the scan, review, listed.
#[test]
fn every_kind_of_product_has_its_own_way_and_the_image_comes_first() {
    let names = |kind: &str| -> Vec<&str> {
        let entry = entry(RegisterKind::Checklists, &[("product", "p"), ("productKind", kind)]);
        steps(&entry).into_iter().map(|(field, _)| field.name).collect()
    };
    assert_eq!(PRODUCT_KINDS[0].name, "image");
    let image = ["seller", "certification", "privateImage", "imageAsset", "imageScan", "release", "review", "listed"];
    assert_eq!(names("镜像"), image);
    let saas = ["seller", "certification", "server", "debugging", "vulnerabilityScan", "release", "review", "listed"];
    assert_eq!(names("saas"), saas);
    let code = ["seller", "certification", "server", "testCodes", "callbacks", "release", "review", "listed"];
    assert_eq!(names("license-code"), code);
    assert_eq!(names("license-package")[2..4], ["package", "assetScan"]);
    assert_eq!(names("api")[2..4], ["apiGroup", "backendCheck"]);
}

#[test]
fn the_next_step_is_the_first_without_evidence() {
    let workdays = Workdays::built_in();
    let context = Context { now: NOW, products: &Catalogue::default(), workdays: &workdays };
    let of = |values: &[(&'static str, &'static str)]| {
        let mut all = vec![("product", "p"), ("productKind", "image")];
        all.extend(values);
        let entry = entry(RegisterKind::Checklists, &all);
        findings(RegisterKind::Checklists, &entry, &context).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let next = |step: &str, done| Rule::ChecklistNext { step: step.into(), done, all: 8 };
    assert_eq!(of(&[]), [next("seller", 0)]);
    assert_eq!(of(&[("seller", "2026-01-02"), ("certification", "ok")]), [next("privateImage", 2)]);
    let skipped = Rule::ChecklistSkipped { step: "seller".into(), later: "imageScan".into() };
    assert_eq!(of(&[("imageScan", "report 7")]), [skipped, next("seller", 1)]);
}

/// Three working days; longer when ten or more were submitted on one natural day.
#[test]
fn a_review_of_a_product_takes_three_working_days() {
    let of = |values: &[(&'static str, &'static str)]| {
        let mut all = vec![("product", "p"), ("productKind", "saas"), ("state", "待审核"), ("certification", "x")];
        all.extend(values);
        found(RegisterKind::Checklists, &all)
    };
    for (values, rule) in [
        (vec![], "checklist-no-date"),
        // Thursday and Tuesday; the weekend between does not count.
        (vec![("submittedOn", "2026-11-19")], "checklist-waiting"),
        (vec![("submittedOn", "2026-11-18")], "checklist-overdue"),
        (vec![("submittedOn", "2026-11-02"), ("submittedThatDay", "10")], "checklist-many"),
        (vec![("submittedOn", "2026-11-23"), ("category", "joint")], "checklist-may-withdraw"),
        // Three working days lead into a year of which no holiday is known.
        (vec![("submittedOn", "2026-12-30")], "checklist-holidays-unknown"),
    ] {
        assert!(of(&values).contains(&rule), "{values:?}: {:?}", of(&values));
    }
    assert!(!of(&[("submittedOn", "2026-11-19")]).contains(&"checklist-holidays-unknown"));
    let general = of(&[("submittedOn", "2026-11-23"), ("category", "general")]);
    assert!(!general.contains(&"checklist-may-withdraw"), "only joint operation");
    let image = [("product", "p"), ("productKind", "image"), ("category", "joint"), ("state", "submitted")];
    let image = found(RegisterKind::Checklists, &image);
    assert!(!image.contains(&"checklist-may-withdraw") && image.contains(&"checklist-not-certified"), "{image:?}");
}

#[test]
fn duty_hours_are_five_days_of_eight_hours_at_least() {
    let full = [("product", "p"), ("phone", "400"), ("mail", "a@b.c"), ("content", "all of it")];
    for (days, from, to, rules) in [
        ("1-5", "09:00", "18:00", vec!["contact-on-duty"]),
        ("1-5", "09:00", "17:00", vec!["contact-on-duty"]),
        ("1-5", "09:00", "16:30", vec!["contact-few-hours", "contact-on-duty"]),
        ("1-4", "09:00", "18:00", vec!["contact-few-hours", "contact-on-duty"]),
        ("1-7", "00:00", "00:00", vec!["contact-on-duty"]),
        ("1-5", "12:00", "20:00", vec!["contact-off-duty"]),
        ("1-5", "", "", vec!["contact-no-hours"]),
    ] {
        let mut values = full.to_vec();
        values.extend([("days", days), ("from", from), ("to", to)]);
        assert_eq!(found(RegisterKind::Contacts, &values), rules, "{days} {from} {to}");
    }
}

#[test]
fn whether_somebody_is_on_duty_now_depends_on_the_zone() {
    let of = |days: &str, from: &str, to: &str, zone: &str| {
        let values = [("product", "p"), ("days", days), ("from", from), ("to", to), ("zone", zone)];
        duty(&entry(RegisterKind::Contacts, &values), NOW, &Workdays::built_in()).unwrap()
    };
    let at = |day: i8, hour: i8| date(2026, 11, day).at(hour, 0, 0, 0);
    assert_eq!(of("1-5", "09:00", "18:00", ""), Duty::On { until: at(24, 18) });
    assert_eq!(of("1-5", "09:00", "18:00", "UTC"), Duty::Off { from: at(24, 9), holiday: false });
    assert_eq!(of("1", "22:00", "11:00", ""), Duty::On { until: at(24, 11) }, "over midnight");
    assert_eq!(of("1", "09:00", "18:00", ""), Duty::Off { from: at(30, 9), holiday: false });
    // In New York it is 21:30 of the day before.
    assert_eq!(of("1-7", "22:00", "06:00", "-05:00"), Duty::Off { from: at(23, 22), holiday: false });
    assert_eq!(of("1", "20:00", "23:00", "-05:00"), Duty::On { until: at(23, 23) });
}

/// National day 2026: off from 1 to 7 October, and Saturday the 10th is worked for it.
#[test]
fn public_holidays_count_in_duty_hours() {
    let of = |now: &str, more: &[(&'static str, &'static str)]| {
        let mut values = vec![("product", "p"), ("days", "1-5"), ("from", "09:00"), ("to", "18:00")];
        values.extend(more);
        let now = UnixMillis::from_iso(now).unwrap();
        duty(&entry(RegisterKind::Contacts, &values), now, &Workdays::built_in()).unwrap()
    };
    let at = |day: i8, hour: i8| date(2026, 10, day).at(hour, 0, 0, 0);
    let monday = "2026-10-05T10:00:00+08:00";
    assert_eq!(of(monday, &[]), Duty::Off { from: at(8, 9), holiday: true });
    assert_eq!(of(monday, &[("holidays", "休息")]), Duty::Off { from: at(8, 9), holiday: true });
    assert_eq!(of(monday, &[("holidays", "接待")]), Duty::On { until: at(5, 18) });
    assert_eq!(of(monday, &[("site", "international")]), Duty::On { until: at(5, 18) });
    let saturday = "2026-10-10T10:00:00+08:00";
    assert_eq!(of(saturday, &[]), Duty::On { until: at(10, 18) }, "made up for the holiday");
    assert_eq!(of(saturday, &[("days", "1-4")]), Duty::Off { from: at(12, 9), holiday: false });
    assert_eq!(of(saturday, &[("holidays", "open")]), Duty::Off { from: at(12, 9), holiday: false });
    // A Saturday within the holiday, on which somebody is there otherwise.
    let within = "2026-10-03T10:00:00+08:00";
    assert_eq!(of(within, &[("days", "1-7")]), Duty::Off { from: at(8, 9), holiday: true });
}

#[test]
fn a_year_whose_holidays_are_not_announced_is_told() {
    let of = |now: &str| {
        let workdays = Workdays::built_in();
        let context =
            Context { now: UnixMillis::from_iso(now).unwrap(), products: &Catalogue::default(), workdays: &workdays };
        let values = [("product", "p"), ("days", "1-5"), ("from", "09:00"), ("to", "18:00")];
        findings(RegisterKind::Contacts, &entry(RegisterKind::Contacts, &values), &context)
    };
    let told = |now: &str| of(now).iter().any(|finding| finding.rule == Rule::ContactHolidaysUnknown { year: 2027 });
    assert!(told("2027-02-08T10:00:00+08:00"), "the eve of the Spring Festival");
    assert!(!told("2026-11-24T10:00:00+08:00"));
}

#[test]
fn who_cannot_be_reached_again_and_again_may_lose_the_product() {
    for (times, rule) in [("1", "contact-unreachable"), ("2", "contact-unreachable-often")] {
        let rules = found(RegisterKind::Contacts, &[("product", "p"), ("unreachable", times)]);
        assert!(rules.contains(&rule), "{times}: {rules:?}");
    }
    let checked = |on| found(RegisterKind::Contacts, &[("product", "p"), ("checkedOn", on)]);
    assert!(checked("2026-08-25").contains(&"contact-check"));
    assert!(!checked("2026-08-26").contains(&"contact-check"));
    assert!(found(RegisterKind::Contacts, &[("product", "p"), ("state", "paused")]).is_empty());
}

#[test]
fn what_is_wrong_is_told_all_at_once() {
    let register = RegisterKind::Vouchers.register();
    let values = [("validUntil", "soon"), ("colour", "red"), ("state", "lost")];
    let problems = register.read(&register.blank(), values).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[0].contains("write it as 2026-11-24") && told[2].contains("published, voided, expired"), "{told:?}");
    assert_eq!(told[3..], ["`name` is missing", "`category` is missing"]);
}

#[test]
fn a_row_changes_the_entry_of_its_id_or_its_key_and_no_other_twice() {
    let kind = RegisterKind::Contacts;
    let known = [kept(7, kind, &[("product", "p-1"), ("phone", "1")])];
    let row = |line, id, product, phone| (line, id, vec![("product", product), ("phone", phone)]);
    let rows =
        [row(2, None, "p-1", "2"), row(3, None, "p-2", "3"), row(4, None, "p-2", "4"), row(5, Some("8"), "x", "")];
    let read = read_rows(kind, &known, rows);
    let ids: Vec<(usize, Option<i64>)> = read.entries.iter().map(|(line, new)| (*line, new.id)).collect();
    assert_eq!(ids, [(2, Some(7)), (3, None)]);
    assert_eq!(read.entries[0].1.entry.get("phone"), Some("2"));
    let told: Vec<(usize, String)> = read.problems.iter().map(|(line, problem)| (*line, problem.to_string())).collect();
    assert_eq!(told, [(4, "the same entry stands in line 3 already".into()), (5, "no entry has the id `8`".into())]);
}

#[test]
fn what_is_due_comes_first() {
    let entries = vec![
        kept(1, RegisterKind::Reviews, &[("product", "p"), ("text", "t"), ("date", "2026-11-23")]),
        kept(2, RegisterKind::Reviews, &[("product", "p"), ("text", "t"), ("date", "2026-11-01")]),
        kept(3, RegisterKind::Reviews, &[("product", "p"), ("text", "t"), ("date", "2026-10-01")]),
        kept(4, RegisterKind::Contacts, &[("product", "p"), ("state", "paused")]),
    ];
    let ids: Vec<i64> =
        Judged::all(entries, &[], NOW, &Workdays::default()).iter().map(|judged| judged.kept.id).collect();
    assert_eq!(ids, [3, 2, 1, 4]);
}
