//! How a story is told: what was sent and answered, line by line, and whether what was seen is what was said.

use serde_json::{Map, Value};
use tokio::sync::broadcast;

use crate::cli::print;
use crate::simulator::{CallRecord, Verdict};

pub(super) struct Teller {
    chapter: usize,
    failures: usize,
    calls: broadcast::Receiver<CallRecord>,
}

impl Teller {
    pub(super) const fn new(calls: broadcast::Receiver<CallRecord>) -> Self {
        Self { chapter: 0, failures: 0, calls }
    }

    pub(super) fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        print::tell(format_args!("\n{}. {title}", self.chapter));
    }

    pub(super) fn say(&self, line: &str) {
        print::tell(format_args!("   {line}"));
    }

    /// Tells the calls that were made meanwhile.
    pub(super) fn tell_calls(&mut self) {
        while let Ok(call) = self.calls.try_recv() {
            tell(&call);
        }
    }

    /// Tells calls as they are made, until one is as wanted, and answers what KooGallery makes of it.
    pub(super) async fn wait_for_call(&mut self, wanted: impl Fn(&CallRecord) -> bool) -> Option<Verdict> {
        while let Ok(call) = self.calls.recv().await {
            tell(&call);
            if wanted(&call) {
                return Some(call.verdict);
            }
        }
        None
    }

    pub(super) fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, seen: T, expected: T) {
        if seen == expected {
            print::tell(format_args!("   ok   {what}"));
        } else {
            self.failures += 1;
            print::tell(format_args!("   FAIL {what}: expected {expected:?}, seen {seen:?}"));
        }
    }

    pub(super) const fn failures(&self) -> usize {
        self.failures
    }
}

fn tell(call: &CallRecord) {
    let again = if call.attempt > 1 { format!("  (attempt {})", call.attempt) } else { String::new() };
    print::tell(format_args!("   ->   {:<21} {}{again}", call.activity, about(call)));
    let status = call.status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
    print::tell(format_args!("   <-   {status}  {}  {} ms", excerpt(&call.answer), call.duration.as_millis()));
    if let Verdict::Failed(failure) = &call.verdict {
        let next = if call.will_retry { "KooGallery will call again" } else { "KooGallery calls no more" };
        print::tell(format_args!("        console: {failure}; {next}"));
    }
}

/// What the call says beside its activity.
fn about(call: &CallRecord) -> String {
    let names = ["orderId", "scene", "status", "instanceStatus", "instanceId", "license", "tenantId", "expireTime"];
    let members: Map<String, Value> = if call.body.is_empty() {
        let query = call.url.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into(), value.into())).collect()
    } else {
        serde_json::from_str(&call.body).unwrap_or_default()
    };
    let values = names.iter().filter_map(|name| members.get(*name)?.as_str()).filter(|value| !value.is_empty());
    values.collect::<Vec<_>>().join("  ")
}

pub(super) fn excerpt(answer: &str) -> String {
    const LONGEST: usize = 150;
    if answer.chars().count() <= LONGEST {
        return answer.to_owned();
    }
    answer.chars().take(LONGEST).chain("...".chars()).collect()
}
