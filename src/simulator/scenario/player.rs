//! Plays a scenario: a marketplace whose time stands still but for the scenario, against a seller who has the real one.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Client;
use serde_json::{Map, Value};
use tokio::{
    sync::broadcast::{Receiver, error::TryRecvError},
    time::{Instant, sleep, sleep_until},
};

use super::{
    Expectation, Scenario, ScriptError, Step, Verb, WireCall,
    report::{CallReport, PlayReport, StepReport},
    standin::StandIn,
    wire_call::{IdMap, Wrong},
};
use crate::{
    protocol::{
        KeyClass, Secret,
        callback::Activity,
        id::{EventId, InstanceId, LicenseCode, OrderId},
    },
    simulator::{
        Action, CallRecord, Clock, Failure, Lifecycle, Marketplace, Message, MessageId, MessageState, Outcome, Pace,
        Setup, SimulatorError, Verdict,
        call::{self, Exchange},
        clock::later,
        ids::Ids,
        verdict,
    },
};

const POLL: i64 = 3 * 60_000;

/// Where and how a scenario is played.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The seller's production address.
    pub target: String,
    pub keys: BTreeMap<KeyClass, Secret>,
    /// Instead of the scenario's own.
    pub seed: Option<u64>,
    /// How many times as fast recorded calls come; 0: one right after the other.
    pub speed: f64,
    /// How long what was answered 000004 is waited for.
    pub patience: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    #[error("no address for a seller that is down")]
    StandIn(#[from] std::io::Error),
}

/// What a step is spoken of by.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) message: Option<MessageId>,
    order: Option<OrderId>,
    instance: Option<InstanceId>,
    event: Option<EventId>,
    pub(super) licenses: Vec<LicenseCode>,
    /// Of calls that make no message.
    pub(super) exception: Option<String>,
}

impl Named {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Message(message) => Self {
                message: Some(message.id),
                order: message.order().map(|line| line.order_id.clone()),
                instance: message.activity.instance_id().cloned(),
                event: match &message.activity {
                    Activity::GetLicenseAsync(application) => Some(application.event_id.clone()),
                    _ => None,
                },
                ..Self::default()
            },
            Outcome::Licenses(licenses) => Self { licenses: licenses.clone(), ..Self::default() },
            Outcome::Told(told) => {
                let failed = told.iter().find_map(|(activity, verdict)| match verdict {
                    Verdict::Failed(failure) => Some(format!("{activity}: {failure}")),
                    _ => None,
                });
                Self { exception: failed, ..Self::default() }
            }
            Outcome::Done => Self::default(),
        }
    }

    /// Where it was not named with the call, it is known from the seller's answer on.
    pub(super) fn instance_id(&self, marketplace: &Marketplace) -> Option<InstanceId> {
        self.instance.clone().or_else(|| {
            let message = marketplace.message(self.message?)?;
            marketplace.instance_of(&message).map(|instance| instance.instance_id)
        })
    }
}

struct Player<'a> {
    scenario: &'a Scenario,
    stage: Stage,
    marketplace: Marketplace,
    calls: Receiver<CallRecord>,
    standin: StandIn,
    client: Client,
    ids: Ids,
    map: IdMap,
    named: BTreeMap<String, Named>,
    begun: Instant,
}

/// Plays every step, also after one that went wrong, and tells of each at once.
pub async fn play(
    scenario: &Scenario,
    stage: Stage,
    mut listener: impl FnMut(&StepReport),
) -> Result<PlayReport, PlayError> {
    let seed = stage.seed.or(scenario.seed);
    let mut setup = Setup::new(stage.target.as_str())
        .of_generation(scenario.generation)
        .with_pace(Pace::jumping())
        .with_lifecycle(Lifecycle { expires: scenario.expires, ..Lifecycle::default() });
    setup.keys.clone_from(&stage.keys);
    setup.begins_at = scenario.begins_at()?;
    setup.seed = seed;
    let marketplace = Marketplace::open(setup)?;
    for offer in &scenario.products {
        marketplace.offer(offer.clone());
    }
    let mut player = Player {
        scenario,
        calls: marketplace.calls(),
        standin: StandIn::open(&stage.target).await?,
        client: call::client(call::TIMEOUT)?,
        // The marketplace's own ids come from the seed itself.
        ids: seed.map_or_else(Ids::random, |seed| Ids::seeded(!seed)),
        map: IdMap::default(),
        named: BTreeMap::new(),
        begun: Instant::now(),
        marketplace,
        stage,
    };
    let mut report = PlayReport { name: scenario.name.clone(), steps: vec![] };
    for (number, step) in (1..).zip(&scenario.steps) {
        let told = player.step(number, step).await;
        listener(&told);
        report.steps.push(told);
    }
    Ok(report)
}

impl Player<'_> {
    async fn step(&mut self, number: usize, step: &Step) -> StepReport {
        self.wait_for(step.at).await;
        let mut calls = Vec::new();
        let done = self.does(step, &mut calls).await;
        calls.splice(0..0, self.heard());
        StepReport {
            number,
            time: self.marketplace.now(),
            what: what(&step.verb),
            note: step.note.clone(),
            calls,
            why: done.err().filter(|why| !why.is_empty()),
        }
    }

    /// What a recorded call waited for.
    async fn wait_for(&self, at: Option<u64>) {
        let Some(at) = at.filter(|_| self.stage.speed > 0.0) else { return };
        let after = Duration::from_millis(at).div_f64(self.stage.speed.max(1e-6));
        sleep_until(self.begun + after).await;
    }

    fn heard(&mut self) -> Vec<CallReport> {
        let mut heard = Vec::new();
        loop {
            match self.calls.try_recv() {
                Ok(record) => heard.push(CallReport::of(record)),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return heard,
            }
        }
    }

    async fn does(&mut self, step: &Step, calls: &mut Vec<CallReport>) -> Result<(), String> {
        match &step.verb {
            Verb::Look => self.check(step, None),
            Verb::Advance(by) => {
                let now = self.marketplace.now();
                let time =
                    later(now, by).ok_or_else(|| format!("`{by}` is no time such as `30d`, `12h` or `1 year`"))?;
                self.marketplace.advance_to(time).await;
                self.check(step, None)
            }
            Verb::Fault(rule) => {
                self.marketplace.add_call_fault(rule.clone());
                Ok(())
            }
            Verb::NoFaults => {
                self.marketplace.clear_call_faults();
                Ok(())
            }
            Verb::Seller(state) => {
                self.marketplace.set_target(self.standin.address(*state));
                Ok(())
            }
            Verb::Action(name, members) => self.act(step, name, members).await,
            Verb::Call(call) => self.call(step, call, calls).await,
        }
    }

    async fn act(&mut self, step: &Step, name: &str, members: &Map<String, Value>) -> Result<(), String> {
        let mut members = self.resolved(members)?;
        members.insert("action".to_owned(), name.into());
        let action: Action = serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())?;
        let outcome = self.marketplace.perform(action).await.map_err(|error| error.to_string())?;
        if let Some(message) = outcome.message().filter(|_| !wants_progress(step.expect.as_ref())) {
            self.finished(message).await;
        }
        let named = Named::of(&outcome);
        if let Some(name) = &step.name {
            self.named.insert(name.clone(), named.clone());
        }
        self.check(step, Some(&named))
    }

    /// What is being made takes the seller real time, and the marketplace asks in its own.
    async fn finished(&self, message: &Message) {
        let deadline = Instant::now() + self.stage.patience;
        let is_made = || {
            let now = self.marketplace.message(message.id);
            now.is_some_and(|message| message.state == MessageState::InProgress)
        };
        let mut pause = Duration::from_millis(20);
        while is_made() && Instant::now() < deadline {
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
            self.marketplace.advance_by(POLL).await;
        }
    }

    /// Names become what they stand for.
    fn resolved(&self, members: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let resolve = |(name, value): (&String, &Value)| {
            let resolved = match value {
                Value::String(text) => match text.strip_prefix('@') {
                    Some(of) => self.known(name, of)?.into(),
                    None if name == "customer" => {
                        let actor =
                            self.scenario.actors.get(text).ok_or_else(|| format!("there is no actor `{text}`"))?;
                        serde_json::to_value(actor).map_err(|error| error.to_string())?
                    }
                    None => value.clone(),
                },
                Value::Object(members) => Value::Object(self.resolved(members)?),
                _ => value.clone(),
            };
            Ok((name.clone(), resolved))
        };
        members.iter().map(resolve).collect()
    }

    fn known(&self, member: &str, of: &str) -> Result<String, String> {
        let unknown = || format!("`@{of}` has no {member}");
        let named = self.named.get(of).ok_or_else(unknown)?;
        let id = match member {
            "message" => named.message.map(|id| id.to_string()),
            "orderId" => named.order.as_ref().map(ToString::to_string),
            "instanceId" => named.instance_id(&self.marketplace).map(|id| id.to_string()),
            "eventId" => named.event.as_ref().map(ToString::to_string),
            "license" => named.licenses.first().map(ToString::to_string),
            _ => None,
        };
        id.ok_or_else(unknown)
    }

    async fn call(&mut self, step: &Step, call: &WireCall, calls: &mut Vec<CallReport>) -> Result<(), String> {
        let now = Clock::system().now();
        let mapped = self.map.members(call.members.clone(), &mut self.ids, now);
        let members = self.resolved(&mapped)?;
        let class = call.key_class();
        let key = self.stage.keys.get(&class).ok_or_else(|| format!("there is no key of the class {class}"))?;
        let ready = call.sign(members, key, now).ok_or_else(|| "the kit has no such interface".to_owned())?;
        let target = format!("{}{}", self.stage.target, ready.path);
        let headers: Vec<(&str, &str)> = ready.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut exchange = call::raw(&self.client, &target, &ready.query, &headers, &ready.body).await;
        if call.wrong == Some(Wrong::Replayed) {
            exchange = call::raw(&self.client, &target, &ready.query, &headers, &ready.body).await;
        }
        let told = told(&exchange);
        calls.push(CallReport::of_exchange(&call.activity(), &exchange, &told));
        if let (Some(then), Some(id)) = (&call.gave, instance_id(&exchange)) {
            self.map.gave(then, &id);
        }
        let code = told.map_err(|failure| failure.to_string())?;
        let expectation = step.expect.clone().unwrap_or_default();
        expectation.of_code(&code).map_or(Ok(()), Err)
    }

    fn check(&self, step: &Step, own: Option<&Named>) -> Result<(), String> {
        let expectation = step.expect.clone().unwrap_or_default();
        let other = match &expectation.of {
            Some(name) => Some(self.named.get(name).ok_or_else(|| format!("no step is called `{name}`"))?),
            None => None,
        };
        let named = other.or(own);
        let mut wrong = expectation.of_named(&self.marketplace, named);
        wrong.extend(expectation.of_books(&self.marketplace));
        if let Some(own) = own.filter(|_| !expectation.speaks_of_the_message()) {
            let message = own.message.and_then(|id| self.marketplace.message(id));
            let failed = match &message {
                Some(message) if message.state == MessageState::Succeeded => None,
                Some(message) => Some(message.exception().map_or("it is not done".to_owned(), ToString::to_string)),
                None => own.exception.clone(),
            };
            wrong.extend(failed);
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

fn wants_progress(expectation: Option<&Expectation>) -> bool {
    expectation.is_some_and(|expectation| expectation.state.as_deref() == Some("in-progress"))
}

fn what(verb: &Verb) -> String {
    match verb {
        Verb::Look => "look at the books".to_owned(),
        Verb::Action(name, members) if members.is_empty() => name.clone(),
        Verb::Action(name, members) => {
            let said = members.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name} {text}"),
                other => format!("{name} {other}"),
            });
            format!("{name}: {}", said.collect::<Vec<_>>().join(", "))
        }
        Verb::Advance(by) => format!("{by} go by"),
        Verb::Fault(rule) => format!("from now on goes wrong: {}", serde_json::json!(rule)),
        Verb::NoFaults => "nothing goes wrong any more".to_owned(),
        Verb::Seller(state) => format!("the seller is {}", serde_json::json!(state).as_str().unwrap_or_default()),
        Verb::Call(call) => match call.wrong {
            Some(wrong) => {
                format!("call {} with {}", call.activity(), serde_json::json!(wrong).as_str().unwrap_or_default())
            }
            None => format!("call {}", call.activity()),
        },
    }
}

/// The code of an answer, whatever the activity.
fn told(exchange: &Exchange) -> Result<String, Failure> {
    let any = Activity::Unknown { name: String::new() };
    match verdict::judge(&any, &exchange.reply).verdict {
        Verdict::Accepted => Ok("000000".to_owned()),
        Verdict::InProgress => Ok("000004".to_owned()),
        Verdict::Failed(Failure::ResultCode { code, .. }) => Ok(code.to_string()),
        Verdict::Failed(failure) => Err(failure),
    }
}

fn instance_id(exchange: &Exchange) -> Option<InstanceId> {
    let reply = exchange.reply.as_ref().ok()?;
    let answer: Value = serde_json::from_slice(&reply.body).ok()?;
    answer.get("instanceId").and_then(Value::as_str).map(InstanceId::new)
}
