//! Who sends the calls of a run and writes down how each case went. Knows no rules.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::Client;
use tokio::task::JoinSet;

use super::{
    Family,
    case::{self, Case, News, Outcome, Report, Skipped},
    speaker::{Call, Flaw, Members, Speaker},
};
use crate::{
    protocol::{
        KeyClass, ResultCode, Secret, UnixMillis,
        callback::Activity,
        id::{BusinessId, InstanceId, LicenseCode, OrderLine},
    },
    simulator::{
        Clock, Failure, Verdict,
        call::{self, Exchange, NoReply},
        ids::Ids,
        verdict,
    },
};

/// After so many calls in a row without an answer the seller is not called any more.
const GIVEN_UP_AFTER: u32 = 3;
const TOO_MANY_REQUESTS: u16 = 429;
const WAIT: Duration = Duration::from_secs(3);
/// Not as long as a signature is fresh.
const PATIENCE: Duration = Duration::from_secs(40);

/// What is examined, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seller's production address.
    pub target: String,
    pub keys: BTreeMap<KeyClass, Secret>,
    pub families: Vec<Family>,
    /// Debugging calls (`testFlag` 1).
    pub test: bool,
    /// How long an answer may take.
    pub limit: Duration,
    /// How long a purchase that was answered 000004 is asked for.
    pub patience: Duration,
    /// A code of License codes 2.0 that the seller knows.
    pub license: Option<LicenseCode>,
}

impl Plan {
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            keys: BTreeMap::new(),
            families: vec![],
            test: true,
            limit: call::TIMEOUT,
            patience: Duration::from_secs(60),
            license: None,
        }
    }
}

/// Is told of each case as soon as it is closed.
pub type Listener = Box<dyn FnMut(News<'_>) + Send>;

/// How many callers say the same at one moment.
pub(super) const CALLERS: usize = 8;

/// A rule of the documents: the case's name, what the seller has to do, and the page that says so.
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) rule: &'static str,
    pub(super) source: &'static str,
}

impl Rule {
    pub(super) fn new(name: impl Into<String>, rule: &'static str, source: &'static str) -> Self {
        Self { name: name.into(), rule, source }
    }
}

/// What was bought, and is known to the seller.
#[derive(Clone, Debug)]
pub(super) struct Bought {
    pub(super) instance_id: InstanceId,
    pub(super) order: OrderLine,
}

/// A call that was made, and what its answer has to keep beside its own case.
pub(super) struct Traffic {
    pub(super) exchange: Exchange,
    pub(super) answer_key: Option<Secret>,
}

pub(super) struct Examiner {
    pub(super) plan: Plan,
    client: Client,
    clock: Clock,
    ids: Ids,
    family: String,
    /// Of the family that is examined now.
    traffic: Vec<Traffic>,
    /// From the family that is examined now, and not released yet.
    bought: Vec<Bought>,
    unanswered: u32,
    /// How long a call waits that came too soon.
    patience: Duration,
    report: Report,
    listener: Listener,
}

/// KooGallery itself never sends so many calls at a time, least of all wrong ones: who wants less of them is heard later.
async fn patiently(client: &Client, target: &str, call: &Call, patience: Duration) -> Exchange {
    let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let begun = Instant::now();
    loop {
        let exchange = call::raw(client, target, &call.query, &headers, &call.body).await;
        if !is_too_much(&exchange) || begun.elapsed() + WAIT > patience {
            return exchange;
        }
        tokio::time::sleep(WAIT).await;
    }
}

fn is_too_much(exchange: &Exchange) -> bool {
    exchange.reply.as_ref().is_ok_and(|reply| reply.status == TOO_MANY_REQUESTS)
}

impl Examiner {
    pub(super) fn new(plan: Plan, listener: Listener) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: call::client(plan.limit)?,
            plan,
            clock: Clock::system(),
            ids: Ids::random(),
            family: String::new(),
            traffic: vec![],
            bought: vec![],
            unanswered: 0,
            patience: PATIENCE,
            report: Report::default(),
            listener,
        })
    }

    pub(super) fn begin(&mut self, family: String) {
        self.family = family;
        self.traffic.clear();
        self.bought.clear();
    }

    /// Everything that was sold to the family's calls, right and wrong ones, first to last.
    pub(super) fn take_bought(&mut self) -> Vec<Bought> {
        std::mem::take(&mut self.bought)
    }

    pub(super) fn traffic(&self) -> &[Traffic] {
        &self.traffic
    }

    pub(super) fn into_report(self) -> Report {
        self.report
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(super) fn order(&mut self) -> OrderLine {
        self.ids.order(self.clock.now())
    }

    pub(super) fn business(&mut self) -> BusinessId {
        self.ids.business()
    }

    /// One that no seller gave.
    pub(super) fn unknown_instance(&mut self) -> InstanceId {
        self.ids.instance()
    }

    pub(super) fn license(&mut self) -> LicenseCode {
        self.ids.license()
    }

    /// Another class's key that the seller could mistake for this one.
    pub(super) fn key_of_other_class(&self, class: KeyClass) -> Option<(KeyClass, Secret)> {
        let own = self.plan.keys.get(&class);
        // Whether online Licenses have the key of the basic interfaces or that of License codes, no page says.
        let is_open = |other| self.family == Family::OnlineLicense.name() && other == KeyClass::License;
        let is_other = |other| other != class && !is_open(other);
        let mut others = self.plan.keys.iter().filter(|(other, key)| is_other(**other) && Some(*key) != own);
        others.next().map(|(class, key)| (*class, key.clone()))
    }

    pub(super) async fn send(&mut self, call: Call) -> Exchange {
        self.send_together(vec![call]).await.pop().unwrap_or_else(not_called)
    }

    /// All at one moment; the answers come in no order.
    pub(super) async fn send_together(&mut self, calls: Vec<Call>) -> Vec<Exchange> {
        let mut exchanges = Vec::new();
        if self.unanswered >= GIVEN_UP_AFTER {
            exchanges.extend(calls.iter().map(|_| not_called()));
            return exchanges;
        }
        let mut under_way = JoinSet::new();
        for call in calls {
            let (client, target) = (self.client.clone(), format!("{}{}", self.plan.target, call.path));
            let patience = self.patience;
            under_way.spawn(async move { (patiently(&client, &target, &call, patience).await, call) });
        }
        while let Some(done) = under_way.join_next().await {
            let Ok((exchange, call)) = done else { continue };
            self.unanswered = if exchange.reply.is_ok() { 0 } else { self.unanswered + 1 };
            if is_too_much(&exchange) {
                // It waited in vain, and so would the others.
                self.patience = Duration::ZERO;
            }
            if let (Some(order), Some(instance_id)) = (call.buys, given(&exchange))
                && !self.bought.iter().any(|bought| bought.instance_id == instance_id)
            {
                self.bought.push(Bought { instance_id, order });
            }
            if call.counts {
                self.traffic.push(Traffic { exchange: exchange.clone(), answer_key: call.answer_key });
            }
            exchanges.push(exchange);
        }
        exchanges
    }

    /// The same, several times at one moment, as `members` makes it each time.
    pub(super) async fn tell_at_once(
        &mut self,
        speaker: &Speaker,
        path: &str,
        mut members: impl FnMut(&mut Self) -> Members,
    ) -> Vec<Exchange> {
        let mut calls = Vec::new();
        for _ in 0..CALLERS {
            let members = members(self);
            calls.push(speaker.call(path, members, &Flaw::None, self.now()));
        }
        self.send_together(calls).await
    }

    /// Right in every way, or wrong in one.
    pub(super) async fn tell(&mut self, speaker: &Speaker, path: &str, members: Members, flaw: &Flaw) -> Exchange {
        let call = speaker.call(path, members, flaw, self.now());
        self.send(call).await
    }

    pub(super) fn close(&mut self, rule: Rule, exchanges: &[Exchange], outcome: Outcome) {
        self.close_told(rule, case::sent(exchanges), case::answered(exchanges), outcome);
    }

    /// Where nothing was called, or not as everywhere else.
    pub(super) fn close_told(&mut self, rule: Rule, sent: String, answer: String, outcome: Outcome) {
        let Rule { name, rule, source } = rule;
        let case = Case { name, family: self.family.clone(), outcome, sent, answer, rule, source };
        (self.listener)(News::Closed(&case));
        self.report.cases.push(case);
    }

    pub(super) fn skip(&mut self, name: impl Into<String>, why: impl Into<String>) {
        let skipped = Skipped { name: name.into(), family: self.family.clone(), why: why.into() };
        (self.listener)(News::Skipped(&skipped));
        self.report.skipped.push(skipped);
    }
}

/// The instance that an answer names, whatever else is wrong with it.
fn given(exchange: &Exchange) -> Option<InstanceId> {
    let members: Members = serde_json::from_slice(&exchange.reply.as_ref().ok()?.body).ok()?;
    let id = members.get("instanceId")?.as_str().filter(|id| !id.is_empty())?;
    Some(InstanceId::new(id))
}

fn not_called() -> Exchange {
    Exchange {
        url: String::new(),
        body: vec![],
        reply: Err(NoReply::Unreachable("it did not answer several calls in a row and is not called any more".into())),
        duration: Duration::ZERO,
    }
}

/// What an answer to any activity says, whatever else stands in it.
pub(super) fn told(exchange: &Exchange) -> Result<ResultCode, Failure> {
    let any = Activity::Unknown { name: String::new() };
    match verdict::judge(&any, &exchange.reply).verdict {
        Verdict::Accepted => Ok(ResultCode::SUCCESS),
        Verdict::InProgress => Ok(ResultCode::IN_PROGRESS),
        Verdict::Failed(Failure::ResultCode { code, .. }) => Ok(code),
        Verdict::Failed(failure) => Err(failure),
    }
}

/// Whether the answer says that it was done or is being done.
pub(super) fn is_taken(told: &Result<ResultCode, Failure>) -> bool {
    told.as_ref().is_ok_and(|code| code.is_success() || *code == ResultCode::IN_PROGRESS)
}

/// Whether a call was done that had to be done.
pub(super) fn done(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Accepted => Outcome::Passed,
        Verdict::InProgress => Outcome::Failed(Failure::NotInTime.to_string()),
        Verdict::Failed(failure) => Outcome::Failed(failure.to_string()),
    }
}

/// The same of an activity that not every seller has to know.
pub(super) fn done_if_known(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Failed(failure @ Failure::ResultCode { code, .. }) if *code == ResultCode::INVALID_PARAMETER => {
            Outcome::Warned(format!("the activity is optional, and the seller does not take it: {failure}"))
        }
        other => done(other),
    }
}

/// The first that is not kept, of what has to be kept by all.
pub(super) fn all_of(mut outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.find(|outcome| *outcome != Outcome::Passed).unwrap_or(Outcome::Passed)
}

/// What becomes of a code other than those that the documents name for a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherCode {
    Fails,
    Warns,
}

/// Whether a call was refused that had to be refused.
pub(super) fn refused(exchange: &Exchange, codes: &[ResultCode], other: OtherCode) -> Outcome {
    let code = match told(exchange) {
        Ok(code) => code,
        Err(failure) => return Outcome::Failed(failure.to_string()),
    };
    let wanted = codes.iter().map(ResultCode::as_str).collect::<Vec<_>>().join(" or ");
    if codes.contains(&code) {
        Outcome::Passed
    } else if is_taken(&Ok(code.clone())) {
        Outcome::Failed(format!("it was answered {code}; it has to be refused with {wanted}"))
    } else if other == OtherCode::Fails {
        Outcome::Failed(format!("it was refused with {code}; the code for it is {wanted}"))
    } else {
        Outcome::Warned(format!("it was refused with {code}; the code for it is {wanted}"))
    }
}

/// A failure that the documents do not speak of is worth a warning only.
pub(super) fn left_open(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(why) => Outcome::Warned(why),
        other => other,
    }
}
