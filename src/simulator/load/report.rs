//! What a load comes to: rate, latencies, what failed and by which kind. Pure.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::LoadPlan;
use crate::simulator::{Failure, Verdict};

/// One of each kind is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    pub count: usize,
    pub example: String,
}

/// While a load goes on.
#[derive(Default)]
pub(super) struct Tally {
    latencies: Vec<Duration>,
    accepted: usize,
    in_progress: usize,
    failures: BTreeMap<String, Kind>,
    pub(super) took: Duration,
}

impl Tally {
    pub(super) fn purchase(&mut self, verdict: &Verdict, latency: Duration) {
        self.latencies.push(latency);
        match verdict {
            Verdict::Accepted => self.accepted += 1,
            Verdict::InProgress => self.in_progress += 1,
            Verdict::Failed(failure) => self.wrong(&kind(failure), 1, failure.to_string()),
        }
    }

    pub(super) fn wrong(&mut self, kind: &str, count: usize, example: String) {
        self.failures.entry(kind.to_owned()).or_insert(Kind { count: 0, example }).count += count;
    }

    pub(super) const fn answered(&self) -> usize {
        self.latencies.len()
    }

    pub(super) fn into_report(self, plan: &LoadPlan, verified: usize) -> LoadReport {
        LoadReport {
            rate: plan.rate,
            count: self.latencies.len(),
            took: self.took,
            accepted: self.accepted,
            in_progress: self.in_progress,
            verified,
            latencies: Latencies::of(self.latencies),
            failures: self.failures,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LoadReport {
    /// As it was asked for, in a second.
    pub rate: u32,
    /// Purchases that were made.
    pub count: usize,
    /// From the first purchase to the last answer.
    pub took: Duration,
    /// Answered 000000, or 000004.
    pub accepted: usize,
    pub in_progress: usize,
    /// Of one order alone, the same when it was bought again, and told by `queryInstance`.
    pub verified: usize,
    pub latencies: Latencies,
    /// By what it is, of purchases and of their verification.
    pub failures: BTreeMap<String, Kind>,
}

impl LoadReport {
    pub fn failed(&self) -> usize {
        self.failures.values().map(|kind| kind.count).sum()
    }

    /// Answers in a second.
    pub fn achieved(&self) -> f64 {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX);
        f64::from(count) / self.took.as_secs_f64().max(f64::EPSILON)
    }

    pub fn to_json(&self) -> Value {
        let failures: BTreeMap<&str, Value> = self
            .failures
            .iter()
            .map(|(name, kind)| (name.as_str(), json!({ "count": kind.count, "example": kind.example })))
            .collect();
        json!({
            "count": self.count,
            "rate": self.rate,
            "achieved": (self.achieved() * 10.0).round() / 10.0,
            "seconds": self.took.as_secs_f64(),
            "accepted": self.accepted,
            "inProgress": self.in_progress,
            "verified": self.verified,
            "failed": self.failed(),
            "failures": failures,
            "millis": {
                "p50": millis(self.latencies.p50),
                "p90": millis(self.latencies.p90),
                "p99": millis(self.latencies.p99),
                "p99.9": millis(self.latencies.p999),
                "max": millis(self.latencies.max),
            },
        })
    }
}

pub(super) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// From the moment at which a call had to leave to its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    pub p50: Duration,
    pub p90: Duration,
    pub p99: Duration,
    pub p999: Duration,
    pub max: Duration,
}

impl Latencies {
    fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        // The smallest that so many of a thousand do not exceed.
        let rank = |thousandths: usize| {
            let rank = (latencies.len() * thousandths).div_ceil(1_000);
            latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: rank(500), p90: rank(900), p99: rank(990), p999: rank(999), max: rank(1_000) }
    }
}

/// What failures of one kind have in common; the console's texts tell details as well.
pub(super) fn kind(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable(_) => "unreachable".to_owned(),
        Failure::Timeout { .. } => "timeout".to_owned(),
        Failure::HttpStatus(status) => format!("HTTP {status}"),
        Failure::ContentType(_) => "content-type".to_owned(),
        Failure::Unreadable => "unreadable answer".to_owned(),
        Failure::ResultCode { code, .. } => format!("resultCode {code}"),
        Failure::Missing(name) => format!("{name} missing"),
        Failure::BodySign => "Body-Sign".to_owned(),
        Failure::Credential(name) => format!("{name} not decryptable"),
        Failure::Length(name) => format!("{name} too long"),
        Failure::InstanceIdTaken(_) => "instanceId of another order".to_owned(),
        Failure::NotInTime => "not in time".to_owned(),
        Failure::Told(_) => "as it was told".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_ranks() {
        let of =
            |numbers: std::ops::RangeInclusive<u64>| Latencies::of(numbers.rev().map(Duration::from_millis).collect());
        let told = of(1..=1_000);
        let ranks = [told.p50, told.p90, told.p99, told.p999, told.max].map(|duration| duration.as_millis());
        assert_eq!(ranks, [500, 900, 990, 999, 1_000]);
        assert_eq!(of(7..=7), Latencies { p50: MS7, p90: MS7, p99: MS7, p999: MS7, max: MS7 });
        assert_eq!(Latencies::of(vec![]), Latencies::default());
    }

    const MS7: Duration = Duration::from_millis(7);

    #[test]
    fn failures_are_counted_by_kind_with_one_example() {
        let mut tally = Tally::default();
        for status in [500, 500, 404] {
            tally.purchase(&Verdict::Failed(Failure::HttpStatus(status)), MS7);
        }
        tally.purchase(&Verdict::InProgress, MS7);
        let counts: Vec<_> = tally.failures.iter().map(|(name, kind)| (name.as_str(), kind.count)).collect();
        assert_eq!(counts, [("HTTP 404", 1), ("HTTP 500", 2)]);
        assert_eq!((tally.answered(), tally.in_progress), (4, 1));
    }
}
