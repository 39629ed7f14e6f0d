//! Which calls are probes, and who is told when.

use super::*;
use crate::protocol::debugging::Generation;

const HOUR: i64 = 3_600_000;
const START: UnixMillis = UnixMillis(1_795_487_400_000);

fn at(hours: i64) -> UnixMillis {
    START.plus_millis(hours * HOUR)
}

fn case(id: i64, activity: &str) -> WatchedCase {
    let call = DebugCall::preset(Generation::V2, activity);
    WatchedCase { id: CaseId(id), endpoint: Some("main".into()), call }
}

/// A call of that case, as it is received.
fn call(activity: &str, hours: i64, code: &str) -> ReceivedTest {
    ReceivedTest {
        endpoint: "main".into(),
        wire: Wire::V2,
        activity: activity.into(),
        business: DebugCall::preset(Generation::V2, activity).business().unwrap(),
        at: at(hours),
        result_code: ResultCode::new(code),
        exception: None,
        refused: None,
    }
}

fn report(cases: &[WatchedCase], calls: &[ReceivedTest], watch: Watch, now: UnixMillis) -> ProbeReport {
    super::report(cases, &Received { answered: calls.to_vec(), refused: vec![] }, watch, now)
}

/// A call of the case `releaseInstance` that was turned away.
fn refused(hours: i64) -> RefusedTest {
    let question = RefusedQuestion::of("signature=x&timestamp=1&nonce=n", &release()).unwrap();
    RefusedTest {
        endpoint: "main".into(),
        question,
        at: at(hours),
        rejection: Rejection::Mismatch { class: "base".into() },
    }
}

fn release() -> String {
    let body = r#"{"activity":"releaseInstance","testFlag":"1"}"#;
    let mut members: serde_json::Map<String, Value> = serde_json::from_str(body).unwrap();
    for (name, value) in DebugCall::preset(Generation::V2, "releaseInstance").fields {
        members.insert(name, value.into());
    }
    Value::from(members).to_string()
}

#[test]
fn one_that_was_turned_away_came_and_is_told_as_refused() {
    let cases = [case(1, "releaseInstance"), case(2, "queryInstance")];
    let of = |answered: Vec<ReceivedTest>, refused: Vec<RefusedTest>, hours| {
        super::report(&cases, &Received { answered, refused }, Watch::Auto, at(hours))
    };
    let told = of(vec![], vec![refused(0), refused(7)], 8);
    assert_eq!((told.cases[0].count, told.cases[1].count), (2, 0));
    let [
        ProbeFinding::Failing {
            case: Some(CaseId(1)), since, days: 1, refused: Some(Rejection::Mismatch { .. }), ..
        },
    ] = told.findings.as_slice()
    else {
        panic!("it came, so that it is not missing: {:?}", told.findings)
    };
    assert_eq!(*since, at(0));
    let sentence = told.findings[0].sentence("release", at(8));
    assert!(sentence.contains("`release` (releaseInstance) came but was refused: the signature"), "{sentence}");
    assert_eq!(of(vec![call("releaseInstance", 8, "000000")], vec![refused(7)], 9).findings, [], "it passes again");
    let then_none = of(vec![], vec![refused(7)], 31).findings;
    assert_eq!(then_none.len(), 2, "refused, and then none for a day: {then_none:?}");

    let elsewhere = RefusedTest { endpoint: "other".into(), ..refused(0) };
    let other_business = RefusedQuestion::of("", &release().replace("123456789", "987654321")).unwrap();
    let other_business = RefusedTest { question: other_business, ..refused(0) };
    assert_eq!(of(vec![], vec![elsewhere, other_business], 1).cases[0].count, 0);
    for in_earnest in [release().replace(r#""testFlag":"1""#, r#""testFlag":"0""#), "{".into(), String::new()] {
        assert_eq!(RefusedQuestion::of("", &in_earnest), None, "{in_earnest}");
    }
}

#[test]
fn a_call_is_a_probe_where_address_generation_activity_and_business_are_the_cases() {
    let cases = [case(1, "releaseInstance")];
    let right = call("releaseInstance", 0, "000000");
    let mut other_business = right.clone();
    other_business.business.insert("orderId".into(), "CS-of-somebody".into());
    let others = [
        ReceivedTest { endpoint: "other".into(), ..right.clone() },
        ReceivedTest { wire: Wire::V1, ..right.clone() },
        ReceivedTest { activity: "queryInstance".into(), ..right.clone() },
        other_business,
    ];
    assert_eq!(report(&cases, &others, Watch::Auto, at(0)).cases[0].count, 0);
    let probes = report(&cases, std::slice::from_ref(&right), Watch::Auto, at(0)).cases.remove(0);
    assert_eq!((probes.count, probes.last, probes.failing_since), (1, Some(right), None));
}

#[test]
fn of_an_address_elsewhere_nothing_is_watched() {
    let elsewhere = WatchedCase { endpoint: None, ..case(1, "releaseInstance") };
    let report = report(&[elsewhere], &[call("releaseInstance", 0, "000005")], Watch::Auto, at(48));
    assert_eq!((report.cases, report.findings), (vec![], vec![]));
}

/// What, the calls, the watch, the hour, who is told what.
type Row = (&'static str, Vec<ReceivedTest>, Watch, i64, Vec<ProbeFinding>);

#[test]
fn when_somebody_is_told() {
    let failing = |hours: i64, days: i64| ProbeFinding::Failing {
        case: Some(CaseId(1)),
        activity: "releaseInstance".into(),
        since: at(hours),
        days,
        refused: None,
    };
    let missing = |hours: i64| ProbeFinding::Missing { since: at(hours) };
    let good = |hours| call("releaseInstance", hours, "000000");
    let bad = |hours| call("releaseInstance", hours, "000005");
    let table: Vec<Row> = vec![
        ("nothing was ever seen", vec![], Watch::Auto, 400, vec![]),
        ("seen lately", vec![good(0), good(7)], Watch::Auto, 24, vec![]),
        ("none for a day", vec![good(0), good(7)], Watch::Auto, 31, vec![missing(7)]),
        ("a moment less", vec![good(7)], Watch::Auto, 30, vec![]),
        ("switched on, none yet", vec![], Watch::On(at(2)), 25, vec![]),
        ("switched on, none for a day", vec![], Watch::On(at(2)), 26, vec![missing(2)]),
        ("switched on again later", vec![good(0)], Watch::On(at(50)), 60, vec![]),
        ("switched off", vec![bad(0)], Watch::Off, 99, vec![]),
        ("the last one failed", vec![good(0), bad(7)], Watch::Auto, 8, vec![failing(7, 1)]),
        ("each one since", vec![good(0), bad(7), bad(24), bad(31)], Watch::Auto, 32, vec![failing(7, 2)]),
        ("it works again", vec![bad(0), bad(7), good(24)], Watch::Auto, 25, vec![]),
        ("in any order", vec![good(24), bad(7), bad(0)], Watch::Auto, 25, vec![]),
        ("failed, and then none", vec![bad(0)], Watch::Auto, 24, vec![failing(0, 2), missing(0)]),
    ];
    for (what, calls, watch, now, expected) in table {
        let found = report(&[case(1, "releaseInstance")], &calls, watch, at(now)).findings;
        assert_eq!(found, expected, "{what}");
    }
}

/// A Monday at 15:00, and each morning and afternoon after it.
#[test]
fn days_are_those_of_beijing_and_not_each_of_24_hours() {
    let at = |text: &str| UnixMillis::from_iso(&format!("2026-11-{text}:00+08:00")).unwrap();
    let monday = ReceivedTest { at: at("23T15:00"), ..call("releaseInstance", 0, "000005") };
    for (now, day) in [
        ("23T15:00", 1),
        ("23T23:59", 1),
        ("24T00:00", 2),
        ("24T09:00", 2),
        ("27T09:00", 5),
        ("27T15:00", 5),
        ("28T09:00", 6),
    ] {
        let found = report(&[case(1, "releaseInstance")], std::slice::from_ref(&monday), Watch::Auto, at(now)).findings;
        let [ProbeFinding::Failing { days, .. }, ..] = found.as_slice() else { panic!("{now}: {found:?}") };
        assert_eq!(*days, day, "{now}");
    }
}

#[test]
fn only_what_may_take_its_time_may_be_answered_in_progress() {
    for (activity, fine) in [("newInstance", true), ("getLicenseAsync", true), ("releaseInstance", false)] {
        assert_eq!(call(activity, 0, "000004").succeeded(), fine, "{activity}");
    }
}

#[test]
fn what_fails_longest_is_told_first() {
    let cases = [case(1, "queryInstance"), case(2, "releaseInstance")];
    let calls = [call("queryInstance", 9, "000005"), call("releaseInstance", 3, "000005")];
    let findings = report(&cases, &calls, Watch::Auto, at(10)).findings;
    let order: Vec<i64> = findings
        .iter()
        .map(|finding| match finding {
            ProbeFinding::Failing { case, .. } => case.unwrap().0,
            ProbeFinding::Missing { .. } => 0,
        })
        .collect();
    assert_eq!(order, [2, 1]);
}

#[test]
fn a_case_that_passes_does_not_hide_another_that_fails() {
    let cases = [case(1, "queryInstance"), case(2, "releaseInstance")];
    let calls: Vec<ReceivedTest> = (0..5)
        .flat_map(|day| [call("releaseInstance", day * 24, "000005"), call("queryInstance", day * 24 + 1, "000000")])
        .collect();
    let findings = report(&cases, &calls, Watch::Auto, at(98)).findings;
    let [ProbeFinding::Failing { case: Some(CaseId(2)), days: 5, .. }] = findings.as_slice() else {
        panic!("{findings:?}")
    };
}

#[test]
fn what_is_saved_as_no_case_is_a_probe_where_it_comes_again_on_another_day() {
    let bad = |hours| call("releaseInstance", hours, "000005");
    for (what, calls, now, days) in [
        ("once, from the debugging page", vec![bad(0)], 1, None),
        ("twice on one day", vec![bad(0), bad(1)], 2, None),
        ("day by day", vec![bad(0), bad(24), bad(48)], 49, Some(3)),
        ("it passes again", vec![bad(0), bad(24), call("releaseInstance", 48, "000000")], 49, None),
        ("it comes no more", vec![bad(0), bad(24)], 48, None),
    ] {
        let findings = report(&[case(1, "queryInstance")], &calls, Watch::Auto, at(now)).findings;
        let told = findings.iter().find_map(|finding| match finding {
            ProbeFinding::Failing { case: None, days, .. } => Some(*days),
            _ => None,
        });
        assert_eq!(told, days, "{what}: {findings:?}");
    }
}

#[test]
fn it_is_told_again_before_it_is_too_late() {
    let on_day = |days| ProbeFinding::Failing {
        case: Some(CaseId(1)),
        activity: "releaseInstance".into(),
        since: at(0),
        days,
        refused: None,
    };
    for (told, now, quiet) in [(1, 1, true), (1, 2, true), (2, 3, false), (3, 4, true), (4, 5, false), (5, 9, true)] {
        assert_eq!(on_day(now).is_told_by(&on_day(told)), quiet, "told on day {told}, now day {now}");
    }
}
