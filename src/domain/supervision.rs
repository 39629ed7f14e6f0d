//! Service supervision (服务监管) of an order: whose turn it is, by when, when the service really began, and how long it then
//! lasts. The steps happen in the console, for which there is no interface, so they are noted here by hand. Knows no clock.

use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::workdays::{Workdays, beijing};
use crate::protocol::UnixMillis;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The order is 已完成 so long after it was accepted at the latest.
const STATUS_MILLIS: i64 = 3 * HOUR;
/// Hardware is accepted by itself so long after the courier says that it was signed for.
const HARDWARE_MILLIS: i64 = 10 * DAY;
/// Unaccepted for so long, KooGallery alerts its own people and the seller.
const UNACCEPTED_MILLIS: i64 = 180 * DAY;
/// In which an appeal is handled.
const APPEAL_WORKDAYS: u32 = 3;

/// What is supervised; each kind has its own steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supervised {
    /// SaaS, human services, orchestration, data: a requirement, its delivery, its acceptance.
    #[default]
    Service,
    /// License 2.0: the buyer takes the code, and its activation passes by itself.
    LicenseCode,
    /// Begins with the delivery.
    Hardware,
}

impl Supervised {
    pub const ALL: [Self; 3] = [Self::Service, Self::LicenseCode, Self::Hardware];
}

/// When a supervised yearly or monthly order begins. Two versions of the rule are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartRule {
    /// The newer one: with 服务实际开通时间 that the seller fills in, or else with the acceptance.
    #[default]
    ActualOpening,
    /// The older one: with the acceptance, whatever was filled in.
    Acceptance,
}

impl StartRule {
    pub const ALL: [Self; 2] = [Self::ActualOpening, Self::Acceptance];

    /// As it stands in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActualOpening => "actual-opening",
            Self::Acceptance => "acceptance",
        }
    }
}

/// What the operator noted. Everything is `None` that has not happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SupervisionFacts {
    pub kind: Supervised,
    /// 华为云复核 is one of the steps (joint-operation orders of 赋能云, 基地云).
    pub reviewed_by_huawei: bool,
    /// 提交需求.
    pub requested_at: Option<UnixMillis>,
    /// 确认需求.
    pub confirmed_at: Option<UnixMillis>,
    /// 用户领取授权码: from here on nothing can be unsubscribed by negotiation.
    pub received_at: Option<UnixMillis>,
    /// 授权码激活.
    pub activated_at: Option<UnixMillis>,
    /// 确认完成 with 交付验收文档, or 上传交付证明.
    pub delivered_at: Option<UnixMillis>,
    /// 服务实际开通时间.
    pub opened_at: Option<UnixMillis>,
    /// Hardware: signed for, the receiver's number being the right one.
    pub signed_at: Option<UnixMillis>,
    /// 华为云复核.
    pub reviewed_at: Option<UnixMillis>,
    /// 用户确认验收.
    pub accepted_at: Option<UnixMillis>,
    /// 服务监管申诉 that nobody has decided yet; everything stands still meanwhile.
    pub appealed_at: Option<UnixMillis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    Buyer,
    Seller,
    Huawei,
    /// Happens by itself.
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// 提交需求
    Request,
    /// 确认需求
    Confirm,
    /// 用户领取授权码
    Receive,
    /// 授权码激活
    Activate,
    /// 实施服务
    Deliver,
    /// 上传交付证明
    UploadProof,
    /// 华为云复核
    Review,
    /// 用户确认验收
    Accept,
    /// 已完成
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    pub step: Step,
    pub actor: Actor,
    /// `None` where it has not happened.
    pub at: Option<UnixMillis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadlineKind {
    /// The order's status follows the acceptance.
    OrderStatus,
    HardwareAcceptance,
    /// Alerts, and nothing more: orders are no longer closed by themselves.
    Unaccepted,
    Appeal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub kind: DeadlineKind,
    pub at: UnixMillis,
}

/// Why the service begins when it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartReason {
    Activated,
    FilledIn,
    Accepted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub reason: StartReason,
    pub starts_at: UnixMillis,
    /// `None` where the order tells no period.
    pub ends_at: Option<UnixMillis>,
}

/// How an order stands in its supervision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervision {
    /// All steps of its kind, in their order.
    pub stages: Vec<Stage>,
    /// The first that has not happened.
    pub next: Option<Stage>,
    /// An appeal is under way.
    pub frozen: bool,
    /// The earliest first; those that have passed too.
    pub deadlines: Vec<Deadline>,
}

impl Supervision {
    pub fn waits_for_seller(&self) -> bool {
        !self.frozen && self.next.is_some_and(|stage| stage.actor == Actor::Seller)
    }
}

pub fn supervise(facts: &SupervisionFacts, ordered_at: UnixMillis, workdays: &Workdays) -> Supervision {
    let stages = stages(facts);
    let next = stages.iter().copied().find(|stage| stage.at.is_none());
    let mut deadlines = Vec::new();
    let mut due = |kind, at| deadlines.push(Deadline { kind, at });
    match facts.accepted_at {
        Some(accepted) => due(DeadlineKind::OrderStatus, accepted.plus_millis(STATUS_MILLIS)),
        None => {
            due(DeadlineKind::Unaccepted, ordered_at.plus_millis(UNACCEPTED_MILLIS));
            if let Some(signed) = facts.signed_at.filter(|_| facts.kind == Supervised::Hardware) {
                due(DeadlineKind::HardwareAcceptance, signed.plus_millis(HARDWARE_MILLIS));
            }
        }
    }
    if let Some(appealed) = facts.appealed_at {
        due(DeadlineKind::Appeal, workdays.deadline(appealed, APPEAL_WORKDAYS));
    }
    deadlines.sort_by_key(|deadline| deadline.at);
    Supervision { stages, next, frozen: facts.appealed_at.is_some(), deadlines }
}

fn stages(facts: &SupervisionFacts) -> Vec<Stage> {
    let stage = |step, actor, at| Stage { step, actor, at };
    let mut stages = match facts.kind {
        Supervised::Service => vec![
            stage(Step::Request, Actor::Buyer, facts.requested_at),
            stage(Step::Confirm, Actor::Seller, facts.confirmed_at),
            stage(Step::Deliver, Actor::Seller, facts.delivered_at),
        ],
        Supervised::LicenseCode => vec![
            stage(Step::Receive, Actor::Buyer, facts.received_at),
            stage(Step::Activate, Actor::Seller, facts.activated_at),
            stage(Step::UploadProof, Actor::Seller, facts.delivered_at),
        ],
        Supervised::Hardware => vec![stage(Step::Deliver, Actor::Seller, facts.delivered_at)],
    };
    if facts.reviewed_by_huawei {
        stages.push(stage(Step::Review, Actor::Huawei, facts.reviewed_at));
    }
    // What was uploaded for a code is accepted by itself.
    let accepts = if facts.kind == Supervised::LicenseCode { Actor::System } else { Actor::Buyer };
    stages.push(stage(Step::Accept, accepts, facts.accepted_at));
    // A later step is never reached before the ones before it: what was not noted was passed.
    let mut reached = None;
    for stage in stages.iter_mut().rev() {
        match stage.at {
            Some(_) => reached = stage.at,
            None => stage.at = reached,
        }
    }
    stages.push(stage(Step::Done, Actor::System, facts.accepted_at.map(|at| at.plus_millis(STATUS_MILLIS))));
    stages
}

/// When the service begins and ends; `None` while that is not known. A code begins with its activation under either rule.
pub fn validity(facts: &SupervisionFacts, rule: StartRule, period: Option<(i64, &str)>) -> Option<Validity> {
    let filled_in = facts.opened_at.filter(|_| rule == StartRule::ActualOpening);
    let (reason, starts_at) = if facts.kind == Supervised::LicenseCode {
        (StartReason::Activated, facts.activated_at?)
    } else {
        // What was filled in holds once the buyer has accepted it.
        let accepted = facts.accepted_at?;
        filled_in.map_or((StartReason::Accepted, accepted), |opened| (StartReason::FilledIn, opened))
    };
    let ends_at = period.and_then(|(number, unit)| after(starts_at, number, unit));
    Some(Validity { reason, starts_at, ends_at })
}

/// A period later by the calendar of Beijing. `None` for units that are not known.
pub fn after(start: UnixMillis, number: i64, unit: &str) -> Option<UnixMillis> {
    let span = match unit.to_ascii_lowercase().as_str() {
        "year" => Span::new().try_years(number),
        "month" => Span::new().try_months(number),
        "week" => Span::new().try_weeks(number),
        "day" => Span::new().try_days(number),
        "hour" => Span::new().try_hours(number),
        _ => return None,
    };
    let start = Timestamp::from_millisecond(start.0).ok()?.to_zoned_datetime(beijing());
    let end = start.checked_add(span.ok()?).ok()?;
    Some(UnixMillis(end.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
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
            let facts = SupervisionFacts {
                opened_at: some(opened),
                accepted_at: some(accepted),
                ..SupervisionFacts::default()
            };
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
    fn every_deadline_is_told() {
        let deadlines = |facts: SupervisionFacts| -> Vec<(DeadlineKind, UnixMillis)> {
            let supervision = supervise(&facts, at("2026-09-01"), &Workdays::built_in());
            supervision.deadlines.into_iter().map(|deadline| (deadline.kind, deadline.at)).collect()
        };
        let unaccepted = (DeadlineKind::Unaccepted, at("2027-02-28"));
        assert_eq!(deadlines(SupervisionFacts::default()), [unaccepted]);
        let accepted = SupervisionFacts { accepted_at: some("2026-09-10"), ..SupervisionFacts::default() };
        assert_eq!(deadlines(accepted), [(DeadlineKind::OrderStatus, at("2026-09-10").plus_millis(3 * HOUR))]);
        let hardware = SupervisionFacts {
            kind: Supervised::Hardware,
            signed_at: some("2026-09-05"),
            ..SupervisionFacts::default()
        };
        assert_eq!(deadlines(hardware), [(DeadlineKind::HardwareAcceptance, at("2026-09-15")), unaccepted]);
        // Three working days over National Day, at the end of the third.
        let appeal = SupervisionFacts { appealed_at: some("2026-09-30"), ..SupervisionFacts::default() };
        assert_eq!(deadlines(appeal), [(DeadlineKind::Appeal, at("2026-10-11")), unaccepted]);
    }

    #[test]
    fn what_was_noted_is_read_back() {
        let facts = SupervisionFacts { accepted_at: some("2026-09-10"), ..SupervisionFacts::default() };
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<SupervisionFacts>(&text).unwrap(), facts);
        assert_eq!(serde_json::from_str::<SupervisionFacts>("{}").unwrap(), SupervisionFacts::default());
    }
}
