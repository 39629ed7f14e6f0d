//! One case of a run and how it went. Knows no calls and prints nothing.

use serde_json::{Value, json};

use crate::{
    protocol::callback::truncated,
    simulator::call::{Exchange, Reply},
};

/// Of what was sent and answered this much is kept, in characters.
const MAX_KEPT: usize = 8 * 1024;

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// The documents leave it open, or something about it is worth knowing.
    Warned(String),
    Failed(String),
}

/// One rule, and whether the seller keeps it.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// What belongs together: `SaaS V2.0`, `kit V1.0`.
    pub family: String,
    pub outcome: Outcome,
    pub sent: String,
    /// Without user names, passwords and licenses.
    pub answer: String,
    pub rule: &'static str,
    /// Names of KooGallery's pages.
    pub source: &'static str,
}

impl Case {
    pub const fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }

    pub const fn is_warning(&self) -> bool {
        matches!(self.outcome, Outcome::Warned(_))
    }

    /// What speaks against it, in the console's words where it has some.
    pub fn why(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Passed => None,
            Outcome::Warned(why) | Outcome::Failed(why) => Some(why),
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "family": self.family,
            "ok": !self.is_failed(),
            "why": self.why(),
            "warning": self.is_warning(),
            "sent": self.sent,
            "answer": self.answer,
            "rule": self.rule,
            "source": self.source,
        })
    }
}

/// Cases that could not be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Of the case, or of the first of those that belong together.
    pub name: String,
    pub family: String,
    pub why: String,
}

impl Skipped {
    fn to_json(&self) -> Value {
        json!({ "name": self.name, "family": self.family, "why": self.why })
    }
}

/// What a run tells while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    Closed(&'a Case),
    Skipped(&'a Skipped),
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub cases: Vec<Case>,
    pub skipped: Vec<Skipped>,
}

impl Report {
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| case.is_failed()).count()
    }

    pub fn warnings(&self) -> usize {
        self.cases.iter().filter(|case| case.is_warning()).count()
    }

    /// Without a warning.
    pub fn passed(&self) -> usize {
        self.cases.len() - self.failed() - self.warnings()
    }

    pub fn to_json(&self) -> Value {
        json!({
            "passed": self.passed(),
            "failed": self.failed(),
            "warnings": self.warnings(),
            "cases": self.cases.iter().map(Case::to_json).collect::<Vec<_>>(),
            "skipped": self.skipped.iter().map(Skipped::to_json).collect::<Vec<_>>(),
        })
    }
}

/// The calls of a case as they left, one below the other.
pub(super) fn sent(exchanges: &[Exchange]) -> String {
    joined(exchanges.iter().map(|exchange| request(&exchange.url, &exchange.body)))
}

pub(super) fn request(url: &str, body: &[u8]) -> String {
    match String::from_utf8_lossy(body) {
        body if body.is_empty() => format!("GET {url}"),
        body => format!("POST {url}\n{body}"),
    }
}

pub(super) fn answered(exchanges: &[Exchange]) -> String {
    let answer = |exchange: &Exchange| match &exchange.reply {
        Ok(reply) => format!("{}\n{}", head(reply), reply.masked_body()),
        Err(no_reply) => no_reply.to_string(),
    };
    joined(exchanges.iter().map(answer))
}

fn head(reply: &Reply) -> String {
    let mut head = format!("HTTP {}", reply.status);
    for (name, value) in [("Content-Type", &reply.content_type), ("Body-Sign", &reply.body_sign)] {
        if let Some(value) = value {
            head = format!("{head}\n{name}: {value}");
        }
    }
    head
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    truncated(&texts.collect::<Vec<_>>().join("\n\n"), MAX_KEPT)
}
