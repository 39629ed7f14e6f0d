//! Service supervision (服务监管) of an order: whose turn it is, by when, when the service really began, and how long it then
//! lasts. The steps happen in the console, for which there is no interface, so they are noted here by hand. Knows no clock.

mod end;
mod facts;

use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    end::OrderEnd,
    facts::{NotedFact, SupervisionFacts},
};
use super::workdays::{Workdays, beijing};
use crate::protocol::UnixMillis;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The order is 已完成 so long after it was accepted at the latest.
pub const STATUS_MILLIS: i64 = 3 * HOUR;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    Buyer,
    Seller,
    Huawei,
    /// Happens by itself.
    System,
}

impl Actor {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Huawei => "huawei",
            Self::System => "system",
        }
    }
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

impl Step {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Confirm => "confirm",
            Self::Receive => "receive",
            Self::Activate => "activate",
            Self::Deliver => "deliver",
            Self::UploadProof => "upload-proof",
            Self::Review => "review",
            Self::Accept => "accept",
            Self::Done => "done",
        }
    }
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

impl DeadlineKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderStatus => "order-status",
            Self::HardwareAcceptance => "hardware-acceptance",
            Self::Unaccepted => "unaccepted",
            Self::Appeal => "appeal",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub kind: DeadlineKind,
    pub at: UnixMillis,
    /// It counts working days of this year, of which no holidays are known.
    pub without_table: Option<i16>,
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

    /// Everything has happened, and the order's status has had its time to follow.
    pub fn is_done(&self, now: UnixMillis) -> bool {
        self.next.is_none() && self.stages.iter().all(|stage| stage.at.is_some_and(|at| at <= now))
    }

    /// What is overdue longest, or comes next. The alert is given and over: everything else comes before it then.
    pub fn due(&self, now: UnixMillis) -> Option<Deadline> {
        let is_over = |deadline: &Deadline| deadline.kind == DeadlineKind::Unaccepted && deadline.at <= now;
        self.deadlines.iter().min_by_key(|deadline| (is_over(deadline), deadline.at)).copied()
    }
}

pub fn supervise(facts: &SupervisionFacts, ordered_at: UnixMillis, workdays: &Workdays) -> Supervision {
    let stages = stages(facts);
    let next = stages.iter().copied().find(|stage| stage.at.is_none());
    let mut deadlines = Vec::new();
    let mut due = |kind, at| deadlines.push(Deadline { kind, at, without_table: None });
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
        let at = workdays.deadline(appealed, APPEAL_WORKDAYS);
        let without_table = workdays.unknown_year(appealed, APPEAL_WORKDAYS);
        deadlines.push(Deadline { kind: DeadlineKind::Appeal, at, without_table });
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
mod tests;
