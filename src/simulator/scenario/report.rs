//! What came of a scenario. Pure.

use serde_json::{Map, Value, json};

use crate::{
    protocol::UnixMillis,
    simulator::{
        CallRecord, Failure, Verdict,
        call::Exchange,
        open_api::{Api, ReceivedRequest, RequestVerdict},
    },
};

#[derive(Clone, Debug, Default)]
pub struct PlayReport {
    pub name: String,
    pub steps: Vec<StepReport>,
}

impl PlayReport {
    pub fn failed(&self) -> usize {
        self.steps.iter().filter(|step| step.why.is_some()).count()
    }

    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "passed": self.steps.len() - self.failed(),
            "failed": self.failed(),
            "steps": self.steps.iter().map(StepReport::to_json).collect::<Vec<_>>(),
        })
    }
}

/// One step, and the calls that were made meanwhile.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// From 1.
    pub number: usize,
    /// The marketplace's time after it.
    pub time: UnixMillis,
    pub what: String,
    /// What its name stands for later: `instanceId`, `license` and so on.
    pub made: Vec<(&'static str, String)>,
    pub note: Option<String>,
    pub calls: Vec<CallReport>,
    /// Why it is not as it should be.
    pub why: Option<String>,
}

impl StepReport {
    fn to_json(&self) -> Value {
        json!({
            "step": self.number,
            "time": self.time.to_string(),
            "what": self.what,
            "made": self.made.iter().map(|(name, id)| ((*name).to_owned(), id.as_str().into())).collect::<Map<_, _>>(),
            "note": self.note,
            "ok": self.why.is_none(),
            "why": self.why,
            "calls": self.calls.iter().map(CallReport::to_json).collect::<Vec<_>>(),
        })
    }
}

/// What was sent, what came back, and the verdict.
#[derive(Clone, Debug)]
pub struct CallReport {
    pub activity: String,
    pub url: String,
    pub body: String,
    /// Without user names, passwords and licenses.
    pub answer: String,
    pub verdict: String,
}

impl CallReport {
    pub(super) fn of(record: CallRecord) -> Self {
        let verdict = match &record.verdict {
            Verdict::Accepted => "succeeded".to_owned(),
            Verdict::InProgress => "in progress".to_owned(),
            Verdict::Failed(failure) => failure.to_string(),
        };
        let CallRecord { activity, url, body, answer, .. } = record;
        Self { activity, url, body, answer, verdict }
    }

    /// What the seller asked an open API meanwhile. An upload is a License, which is nobody else's business.
    pub(super) fn of_request(request: &ReceivedRequest) -> Self {
        let RequestVerdict { status, code, message } = &request.verdict;
        let question = if request.query.is_empty() { "" } else { "?" };
        Self {
            activity: request.api.map_or_else(|| request.path.clone(), |api| api.name().to_owned()),
            url: format!("{} {}{question}{}", request.method, request.path, request.query),
            body: if request.api == Some(Api::Upload) { String::new() } else { request.body.clone() },
            answer: format!("HTTP {status} {code} {message}"),
            verdict: "asked by the seller".to_owned(),
        }
    }

    /// A call that the marketplace itself would not make, with what the seller told.
    pub(super) fn of_exchange(activity: &str, exchange: &Exchange, told: &Result<String, Failure>) -> Self {
        let answer = match &exchange.reply {
            Ok(reply) => reply.masked_body(),
            Err(no_reply) => no_reply.to_string(),
        };
        Self {
            activity: activity.to_owned(),
            url: exchange.url.clone(),
            body: String::from_utf8_lossy(&exchange.body).into_owned(),
            answer,
            verdict: told.as_ref().map_or_else(ToString::to_string, |code| format!("answered {code}")),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "activity": self.activity,
            "url": self.url,
            "body": self.body,
            "answer": self.answer,
            "verdict": self.verdict,
        })
    }
}
