//! The probes (拨测): KooGallery calls the saved debugging cases of every product that is on sale by itself, each morning and
//! each afternoon, and takes a product off the market that keeps failing (zh-cn_topic_0070649478). Which of the received calls
//! are such probes, how the last ones went, and when somebody should be told. Each case is told for itself: one that passes
//! says nothing about another.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{Exception, Rejection, debugging::CaseId, workdays::date},
    protocol::{
        ResultCode, UnixMillis,
        callback::Wire,
        debugging::{Business, DebugCall, business_of},
    },
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// After so many days of failure in a row trade with the product is suspended.
pub const FAILING_DAYS_ALLOWED: i64 = 5;
/// From this day on it is told once more, before it is too late.
const NEAR_DAYS: i64 = 3;

/// Whether somebody is told that no probe came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Once a probe was seen.
    #[default]
    Auto,
    /// From this moment on.
    On(UnixMillis),
    Off,
}

/// A saved case that can be known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedCase {
    pub id: CaseId,
    /// `None` for an address elsewhere, of whose calls nothing is seen here.
    pub endpoint: Option<String>,
    pub call: DebugCall,
}

/// A debugging call that somebody else made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedTest {
    pub endpoint: String,
    pub wire: Wire,
    pub activity: String,
    pub business: Business,
    pub at: UnixMillis,
    pub result_code: ResultCode,
    pub exception: Option<Exception>,
    /// Why it was turned away at the door, for its signature's sake or because it cannot be understood.
    pub refused: Option<Rejection>,
}

/// A debugging call that was turned away. Who made it is not proven, and that it is a probe no more than likely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedTest {
    pub endpoint: String,
    pub question: RefusedQuestion,
    pub at: UnixMillis,
    pub rejection: Rejection,
}

/// What it asks, by which it is known again; short, however long it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedQuestion {
    /// Of the kit, whose path names the interface, there is none.
    activity: Option<String>,
    /// A digest of its business.
    business: String,
}

impl RefusedQuestion {
    /// `None` of what is no debugging call.
    pub fn of(query: &str, body: &str) -> Option<Self> {
        // V1 has no body, and all others have none of their business in the query.
        let wire = if body.is_empty() { Wire::V1 } else { Wire::V2 };
        let members = wire.members(query, body);
        let text = |name: &str| match members.get(name)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let is_test = matches!(text("testFlag").as_deref(), Some("1" | "true"));
        is_test.then(|| Self { activity: text("activity"), business: digest(&business_of(wire, query, body)) })
    }
}

fn digest(business: &Business) -> String {
    let mut digest = Sha256::new();
    for text in business.iter().flat_map(|(name, value)| [name, value]) {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    hex::encode(digest.finalize())
}

impl RefusedTest {
    /// As one of the case, where it looks like one.
    fn of_case(&self, case: &WatchedCase, business: &Business) -> Option<ReceivedTest> {
        let wire = case.call.generation.wire();
        let activity = (!matches!(wire, Wire::Kit(_))).then(|| case.call.activity.clone());
        let question = RefusedQuestion { activity, business: digest(business) };
        if Some(&self.endpoint) != case.endpoint.as_ref() || self.question != question {
            return None;
        }
        Some(ReceivedTest {
            endpoint: self.endpoint.clone(),
            wire,
            activity: case.call.activity.clone(),
            business: business.clone(),
            at: self.at,
            result_code: self.rejection.result_code(),
            exception: None,
            refused: Some(self.rejection.clone()),
        })
    }
}

impl ReceivedTest {
    fn is_of(&self, case: &WatchedCase, business: &Business) -> bool {
        Some(&self.endpoint) == case.endpoint.as_ref()
            && self.wire == case.call.generation.wire()
            && self.activity == case.call.activity
            && self.business == *business
    }

    fn is_like(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
            && self.wire == other.wire
            && self.activity == other.activity
            && self.business == other.business
    }

    /// As KooGallery counts it: 000004 is an answer to what takes its time.
    pub fn succeeded(&self) -> bool {
        if self.refused.is_some() {
            return false;
        }
        let may_wait = matches!(self.activity.as_str(), "newInstance" | "getLicenseAsync" | "queryInstance");
        self.result_code.is_success() || may_wait && self.result_code == ResultCode::IN_PROGRESS
    }
}

/// How one case is probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseProbes {
    pub case: CaseId,
    /// Of those that are still kept.
    pub count: usize,
    pub last: Option<ReceivedTest>,
    /// Since when each one failed, where the last one did.
    pub failing_since: Option<UnixMillis>,
}

/// What somebody should be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeFinding {
    /// `days` have begun since the first failure in a row. `refused`: the last one came, and was turned away at the door.
    /// `case` is none for calls that come day by day and are saved here as no case.
    Failing { case: Option<CaseId>, activity: String, since: UnixMillis, days: i64, refused: Option<Rejection> },
    /// None came for a day.
    Missing { since: UnixMillis },
}

impl ProbeFinding {
    /// For a log and the command line; the window has words of its own. `case` is the name of the one that fails.
    pub fn sentence(&self, case: &str, now: UnixMillis) -> String {
        match self {
            Self::Failing { case: None, activity, days, .. } => {
                format!(
                    "KooGallery's probe of {activity}, which is saved here as no case, fails, day {days} of {FAILING_DAYS_ALLOWED}"
                )
            }
            Self::Failing { activity, days, refused: None, .. } => {
                format!(
                    "KooGallery's probe of the case `{case}` ({activity}) fails, day {days} of {FAILING_DAYS_ALLOWED}"
                )
            }
            Self::Failing { activity, days, refused: Some(rejection), .. } => format!(
                "a probe of the case `{case}` ({activity}) came but was refused: {rejection}; day {days} of {FAILING_DAYS_ALLOWED}"
            ),
            Self::Missing { since } => {
                format!("KooGallery has probed no saved case for {} hours", now.millis_since(*since) / HOUR)
            }
        }
    }

    /// How urgent it has become; each step is told.
    fn step(&self) -> u8 {
        match self {
            Self::Failing { days, .. } if *days >= FAILING_DAYS_ALLOWED => 2,
            Self::Failing { days, .. } if *days >= NEAR_DAYS => 1,
            Self::Failing { .. } | Self::Missing { .. } => 0,
        }
    }

    /// Whether it need not be told again.
    pub fn is_told_by(&self, told: &Self) -> bool {
        self.is_same(told) && self.step() <= told.step()
    }

    /// Whether it is the one that was told, however many days it has lasted since.
    pub fn is_same(&self, told: &Self) -> bool {
        match (self, told) {
            (
                Self::Failing { case, since, refused, .. },
                Self::Failing { case: other, since: other_since, refused: other_refused, .. },
            ) => (case, since, refused.is_some()) == (other, other_since, other_refused.is_some()),
            (Self::Missing { since }, Self::Missing { since: other }) => since == other,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeReport {
    pub watch: Watch,
    /// One for each case of an own endpoint.
    pub cases: Vec<CaseProbes>,
    /// Failures first, the longest first.
    pub findings: Vec<ProbeFinding>,
}

/// What came in, in any order.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub answered: Vec<ReceivedTest>,
    pub refused: Vec<RefusedTest>,
}

pub fn report(cases: &[WatchedCase], received: &Received, watch: Watch, now: UnixMillis) -> ProbeReport {
    let probed: Vec<CaseProbes> =
        cases.iter().filter(|case| case.endpoint.is_some()).map(|case| probes_of(case, received)).collect();
    let mut findings = Vec::new();
    if watch != Watch::Off {
        findings.extend(probed.iter().filter_map(|probes| failing(probes, now)));
        findings.extend(not_saved(cases, received, now));
        findings.sort_by_key(|finding| match finding {
            ProbeFinding::Failing { since, .. } | ProbeFinding::Missing { since } => *since,
        });
        findings.extend(missing(&probed, watch, now));
    }
    ProbeReport { watch, cases: probed, findings }
}

/// Calls of the debugging world that no case here stands for, and that come again on another day with the same words, as only
/// the probe makes them.
fn not_saved(cases: &[WatchedCase], received: &Received, now: UnixMillis) -> Vec<ProbeFinding> {
    let saved: Vec<_> = cases.iter().filter_map(|case| Some((case, case.call.business().ok()?))).collect();
    let is_saved = |call: &ReceivedTest| saved.iter().any(|(case, business)| call.is_of(case, business));
    let mut calls: Vec<&ReceivedTest> = received.answered.iter().filter(|call| !is_saved(call)).collect();
    calls.sort_by_key(|call| call.at);
    let mut findings = Vec::new();
    while let Some(last) = calls.last().copied() {
        let (same, others): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| call.is_like(last));
        calls = others;
        let days: BTreeSet<_> = same.iter().filter_map(|call| date(call.at)).collect();
        if days.len() > 1
            && now.millis_since(last.at) < DAY
            && let Some(since) = failing_since(&same)
        {
            let (activity, days) = (last.activity.clone(), days_of(since, now));
            findings.push(ProbeFinding::Failing { case: None, activity, since, days, refused: None });
        }
    }
    findings
}

fn failing_since(calls: &[&ReceivedTest]) -> Option<UnixMillis> {
    calls.iter().rev().take_while(|call| !call.succeeded()).last().map(|call| call.at)
}

/// Days of Beijing, by which KooGallery counts.
fn days_of(since: UnixMillis, now: UnixMillis) -> i64 {
    let passed = date(since).zip(date(now)).map_or(0, |(since, now)| now.duration_since(since).as_hours() / 24);
    passed.max(0) + 1
}

fn probes_of(case: &WatchedCase, received: &Received) -> CaseProbes {
    let mut probes = CaseProbes { case: case.id, count: 0, last: None, failing_since: None };
    let Ok(business) = case.call.business() else { return probes };
    let refused: Vec<ReceivedTest> =
        received.refused.iter().filter_map(|refused| refused.of_case(case, &business)).collect();
    let answered = received.answered.iter();
    let mut of_case: Vec<&ReceivedTest> = answered.filter(|call| call.is_of(case, &business)).chain(&refused).collect();
    of_case.sort_by_key(|call| call.at);
    probes.count = of_case.len();
    probes.last = of_case.last().map(|call| (*call).clone());
    probes.failing_since = failing_since(&of_case);
    probes
}

fn failing(probes: &CaseProbes, now: UnixMillis) -> Option<ProbeFinding> {
    let since = probes.failing_since?;
    let ReceivedTest { activity, refused, .. } = probes.last.clone()?;
    Some(ProbeFinding::Failing { case: Some(probes.case), activity, since, days: days_of(since, now), refused })
}

fn missing(probed: &[CaseProbes], watch: Watch, now: UnixMillis) -> Option<ProbeFinding> {
    let seen = probed.iter().filter_map(|probes| Some(probes.last.as_ref()?.at)).max();
    let since = match watch {
        Watch::Off => return None,
        Watch::Auto => seen?,
        Watch::On(since) => seen.map_or(since, |seen| seen.max(since)),
    };
    (now.millis_since(since) >= DAY).then_some(ProbeFinding::Missing { since })
}

#[cfg(test)]
mod tests;
