//! The probes (拨测): KooGallery calls the saved debugging cases of every product that is on sale by itself, each morning and
//! each afternoon, and takes a product off the market that keeps failing (zh-cn_topic_0070649478). Which of the received calls
//! are such probes, how the last ones went, and when somebody should be told.

use crate::{
    domain::{Exception, debugging::CaseId},
    protocol::{
        ResultCode, UnixMillis,
        callback::Wire,
        debugging::{Business, DebugCall},
    },
};

const DAY: i64 = 24 * 3_600_000;
/// After so many days of failure in a row trade with the product is suspended.
pub const FAILING_DAYS_ALLOWED: i64 = 5;

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
}

impl ReceivedTest {
    /// As KooGallery counts it: 000004 is an answer to what takes its time.
    pub fn succeeded(&self) -> bool {
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
    /// `days` have begun since the first failure in a row.
    Failing { case: CaseId, activity: String, since: UnixMillis, days: i64 },
    /// None came for a day.
    Missing { since: UnixMillis },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeReport {
    pub watch: Watch,
    /// One for each case of an own endpoint.
    pub cases: Vec<CaseProbes>,
    /// Failures first, the longest first.
    pub findings: Vec<ProbeFinding>,
}

/// `calls` are in any order.
pub fn report(cases: &[WatchedCase], calls: &[ReceivedTest], watch: Watch, now: UnixMillis) -> ProbeReport {
    let probed: Vec<CaseProbes> =
        cases.iter().filter(|case| case.endpoint.is_some()).map(|case| probes_of(case, calls)).collect();
    let mut findings = Vec::new();
    if watch != Watch::Off {
        findings.extend(probed.iter().filter_map(|probes| failing(probes, now)));
        findings.sort_by_key(|finding| match finding {
            ProbeFinding::Failing { since, .. } | ProbeFinding::Missing { since } => *since,
        });
        findings.extend(missing(&probed, watch, now));
    }
    ProbeReport { watch, cases: probed, findings }
}

fn probes_of(case: &WatchedCase, calls: &[ReceivedTest]) -> CaseProbes {
    let mut probes = CaseProbes { case: case.id, count: 0, last: None, failing_since: None };
    let Ok(business) = case.call.business() else { return probes };
    let mut of_case: Vec<&ReceivedTest> = calls
        .iter()
        .filter(|call| {
            Some(&call.endpoint) == case.endpoint.as_ref()
                && call.wire == case.call.generation.wire()
                && call.activity == case.call.activity
                && call.business == business
        })
        .collect();
    of_case.sort_by_key(|call| call.at);
    probes.count = of_case.len();
    probes.last = of_case.last().map(|call| (*call).clone());
    probes.failing_since = of_case.iter().rev().take_while(|call| !call.succeeded()).last().map(|call| call.at);
    probes
}

fn failing(probes: &CaseProbes, now: UnixMillis) -> Option<ProbeFinding> {
    let since = probes.failing_since?;
    let activity = probes.last.as_ref()?.activity.clone();
    Some(ProbeFinding::Failing { case: probes.case, activity, since, days: now.millis_since(since).max(0) / DAY + 1 })
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
