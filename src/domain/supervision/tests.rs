//! Supervision by the documents' own examples.

use super::{
    StartRule::{Acceptance, ActualOpening},
    *,
};

type Change<'a> = &'a dyn Fn(&mut SupervisionFacts);

fn at(text: &str) -> UnixMillis {
    UnixMillis::from_iso(&format!("{text}T00:00:00+08:00")).unwrap()
}

fn some(text: &str) -> Option<UnixMillis> {
    (!text.is_empty()).then(|| at(text))
}

/// The documents' own examples: paid on 2020-01-01 for a year and accepted on 2020-03-01; bought and opened on January
/// 1st for a month and accepted on February 1st, with 服务实际开通时间 left empty and filled in.
#[test]
fn the_service_begins_as_either_version_of_the_rule_says() {
    let year = Some((1, "year"));
    let month = Some((1, "month"));
    for (rule, opened, accepted, period, begins, ends) in [
        (Acceptance, "", "2020-03-01", year, "2020-03-01", "2021-03-01"),
        (ActualOpening, "", "2020-03-01", year, "2020-03-01", "2021-03-01"),
        (ActualOpening, "", "2026-02-01", month, "2026-02-01", "2026-03-01"),
        (ActualOpening, "2026-01-01", "2026-02-01", month, "2026-01-01", "2026-02-01"),
        (Acceptance, "2026-01-01", "2026-02-01", month, "2026-02-01", "2026-03-01"),
        // The calendar's months, not thirty days.
        (Acceptance, "", "2026-01-31", month, "2026-01-31", "2026-02-28"),
    ] {
        let facts =
            SupervisionFacts { opened_at: some(opened), accepted_at: some(accepted), ..SupervisionFacts::default() };
        let valid = validity(&facts, rule, period).unwrap();
        assert_eq!((valid.starts_at, valid.ends_at), (at(begins), some(ends)), "{rule:?} {opened} {accepted}");
    }
    let open = SupervisionFacts { opened_at: some("2026-01-01"), ..SupervisionFacts::default() };
    assert_eq!(validity(&open, ActualOpening, month), None, "not accepted yet");
}

#[test]
fn a_code_begins_with_its_activation_under_either_rule() {
    let facts = SupervisionFacts {
        kind: Supervised::LicenseCode,
        activated_at: some("2026-05-06"),
        opened_at: some("2026-05-01"),
        ..SupervisionFacts::default()
    };
    for rule in StartRule::ALL {
        let valid = validity(&facts, rule, Some((1, "year"))).unwrap();
        assert_eq!(
            (valid.reason, valid.starts_at, valid.ends_at),
            (StartReason::Activated, at("2026-05-06"), some("2027-05-06"))
        );
    }
}

#[test]
fn it_is_told_whose_turn_it_is() {
    let facts = |change: &dyn Fn(&mut SupervisionFacts)| {
        let mut facts = SupervisionFacts::default();
        change(&mut facts);
        let supervision = supervise(&facts, at("2026-11-01"), &Workdays::built_in());
        (supervision.next.map(|stage| (stage.step, stage.actor)), supervision.waits_for_seller())
    };
    let day = some("2026-11-02");
    let table: [(Change<'_>, _, bool); 9] = [
        (&|_| {}, (Step::Request, Actor::Buyer), false),
        (&|facts| facts.requested_at = day, (Step::Confirm, Actor::Seller), true),
        (&|facts| facts.confirmed_at = day, (Step::Deliver, Actor::Seller), true),
        (&|facts| facts.delivered_at = day, (Step::Accept, Actor::Buyer), false),
        (
            &|facts| {
                facts.delivered_at = day;
                facts.reviewed_by_huawei = true;
            },
            (Step::Review, Actor::Huawei),
            false,
        ),
        (&|facts| facts.kind = Supervised::Hardware, (Step::Deliver, Actor::Seller), true),
        (&|facts| facts.kind = Supervised::LicenseCode, (Step::Receive, Actor::Buyer), false),
        (
            &|facts| {
                facts.kind = Supervised::LicenseCode;
                facts.activated_at = day;
            },
            (Step::UploadProof, Actor::Seller),
            true,
        ),
        (
            &|facts| {
                facts.requested_at = day;
                facts.appealed_at = day;
            },
            (Step::Confirm, Actor::Seller),
            // Both sides stand still while an appeal is handled.
            false,
        ),
    ];
    for (change, next, waits) in table {
        assert_eq!(facts(change), (Some(next), waits));
    }
    assert_eq!(facts(&|facts| facts.accepted_at = day), (None, false));
}

#[test]
fn a_rejection_sends_it_back_to_the_seller() {
    let mut facts = SupervisionFacts { delivered_at: some("2026-11-02"), ..SupervisionFacts::default() };
    facts.reject(at("2026-11-03"));
    let supervision = supervise(&facts, at("2026-11-01"), &Workdays::built_in());
    assert_eq!(supervision.next.map(|stage| stage.step), Some(Step::Deliver));
    assert!(supervision.waits_for_seller() && facts.rejected_at.len() == 1);
}

#[test]
fn an_accepted_order_is_watched_until_its_status_must_have_followed() {
    let accepted = at("2020-03-01");
    let facts = SupervisionFacts { accepted_at: Some(accepted), ..SupervisionFacts::default() };
    let supervision = supervise(&facts, at("2020-01-01"), &Workdays::built_in());
    let status = accepted.plus_millis(3 * HOUR);
    assert_eq!(supervision.due(accepted).map(|due| (due.kind, due.at)), Some((DeadlineKind::OrderStatus, status)));
    assert!(!supervision.is_done(status.plus_millis(-1)) && supervision.is_done(status));
}

#[test]
fn an_appeal_into_a_year_without_holidays_says_so() {
    for (appealed, unknown) in [("2026-09-30", None), ("2026-12-30", Some(2027))] {
        let facts = SupervisionFacts { appealed_at: some(appealed), ..SupervisionFacts::default() };
        let supervision = supervise(&facts, at("2026-09-01"), &Workdays::built_in());
        assert_eq!(supervision.deadlines[0].without_table, unknown, "{appealed}");
    }
}

#[test]
fn every_fact_has_a_place_and_a_name() {
    let mut facts = SupervisionFacts::default();
    for (number, fact) in (1..).zip(NotedFact::ALL) {
        *facts.place(fact) = Some(UnixMillis(number));
    }
    for (number, fact) in (1..).zip(NotedFact::ALL) {
        assert_eq!(facts.noted(fact), Some(UnixMillis(number)), "{}", fact.name());
    }
    let kept = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<SupervisionFacts>(&kept).unwrap(), facts);
}

#[test]
fn every_deadline_is_told() {
    let deadlines = |facts: SupervisionFacts| -> Vec<(DeadlineKind, UnixMillis)> {
        let supervision = supervise(&facts, at("2026-09-01"), &Workdays::built_in());
        supervision.deadlines.into_iter().map(|deadline| (deadline.kind, deadline.at)).collect()
    };
    let unaccepted = (DeadlineKind::Unaccepted, at("2027-02-28"));
    assert_eq!(deadlines(SupervisionFacts::default()), [unaccepted]);
    let accepted = SupervisionFacts { accepted_at: some("2026-09-10"), ..SupervisionFacts::default() };
    assert_eq!(deadlines(accepted), [(DeadlineKind::OrderStatus, at("2026-09-10").plus_millis(3 * HOUR))]);
    let hardware =
        SupervisionFacts { kind: Supervised::Hardware, signed_at: some("2026-09-05"), ..SupervisionFacts::default() };
    assert_eq!(deadlines(hardware), [(DeadlineKind::HardwareAcceptance, at("2026-09-15")), unaccepted]);
    // Three working days over National Day, at the end of the third.
    let appeal = SupervisionFacts { appealed_at: some("2026-09-30"), ..SupervisionFacts::default() };
    assert_eq!(deadlines(appeal), [(DeadlineKind::Appeal, at("2026-10-11")), unaccepted]);
}

#[test]
fn what_is_overdue_is_due_before_what_comes() {
    let ordered = at("2026-09-01");
    let appealed = SupervisionFacts { appealed_at: some("2026-09-07"), ..SupervisionFacts::default() };
    let signed =
        SupervisionFacts { kind: Supervised::Hardware, signed_at: some("2026-09-05"), ..SupervisionFacts::default() };
    let late = SupervisionFacts { appealed_at: some("2027-03-08"), ..signed.clone() };
    for (facts, now, kind) in [
        (&appealed, "2026-09-08", DeadlineKind::Appeal),
        (&appealed, "2026-09-17", DeadlineKind::Appeal),
        (&signed, "2026-09-20", DeadlineKind::HardwareAcceptance),
        // The alert was given on February 28th.
        (&signed, "2027-03-01", DeadlineKind::HardwareAcceptance),
        (&late, "2027-03-08", DeadlineKind::HardwareAcceptance),
        (&SupervisionFacts { signed_at: None, ..late.clone() }, "2027-03-09", DeadlineKind::Appeal),
        (&SupervisionFacts::default(), "2026-09-02", DeadlineKind::Unaccepted),
        (&SupervisionFacts::default(), "2027-03-09", DeadlineKind::Unaccepted),
    ] {
        let supervision = supervise(facts, ordered, &Workdays::built_in());
        assert_eq!(supervision.due(at(now)).map(|due| due.kind), Some(kind), "{now} {facts:?}");
    }
}

#[test]
fn what_was_noted_is_read_back() {
    let facts = SupervisionFacts { accepted_at: some("2026-09-10"), ..SupervisionFacts::default() };
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<SupervisionFacts>(&text).unwrap(), facts);
    assert_eq!(serde_json::from_str::<SupervisionFacts>("{}").unwrap(), SupervisionFacts::default());
}
