//! Plays a scenario: a marketplace whose time stands still but for the scenario, against a seller who has the real one and may
//! call its open APIs meanwhile.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Client;
use serde_json::{Map, Value};
use tokio::{
    sync::broadcast::{Receiver, error::TryRecvError},
    time::{Instant, sleep, sleep_until},
};

use super::{
    Expectation, PlayError, Scenario, Stage, Step, Verb, WireCall,
    expectation::Books,
    named::Named,
    report::{CallReport, PlayReport, StepReport},
    script::{OpenApiState, SellerState},
    standin::StandIn,
    wire_call::{IdMap, Wrong},
};
use crate::{
    protocol::{KeyClass, callback::Activity, id::InstanceId},
    simulator::{
        Action, CallRecord, Clock, Failure, Lifecycle, Marketplace, Message, MessageState, OpenApiServer, Pace, Setup,
        Verdict,
        call::{self, Exchange},
        certificates,
        clock::later,
        ids::Ids,
        open_api::ReceivedRequest,
        verdict,
    },
};

const POLL: i64 = 3 * 60_000;

/// A scenario that is ready to be played. Its open APIs are served until it is dropped.
pub struct Player<'a> {
    scenario: &'a Scenario,
    stage: Stage,
    marketplace: Marketplace,
    open_apis: OpenApiServer,
    calls: Receiver<CallRecord>,
    /// What the seller has asked so far.
    requests: Vec<ReceivedRequest>,
    standin: StandIn,
    client: Client,
    ids: Ids,
    map: IdMap,
    named: BTreeMap<String, Named>,
    begun: Instant,
}

/// Opens the stage and plays.
pub async fn play(
    scenario: &Scenario,
    stage: Stage,
    listener: impl FnMut(&StepReport),
) -> Result<PlayReport, PlayError> {
    Ok(Player::open(scenario, stage)?.play(listener).await)
}

impl<'a> Player<'a> {
    /// To be used inside a tokio runtime.
    pub fn open(scenario: &'a Scenario, stage: Stage) -> Result<Self, PlayError> {
        let seed = stage.seed.or(scenario.seed);
        let mut setup = Setup::new(stage.target.as_str())
            .of_generation(scenario.generation)
            .with_pace(Pace::jumping())
            .with_lifecycle(Lifecycle { expires: scenario.expires, ..Lifecycle::default() });
        setup.keys.clone_from(&stage.keys);
        setup.begins_at =
            stage.begins_at.map_or_else(|| scenario.begins_at(setup.clock.now()), |time| Ok(Some(time)))?;
        setup.seed = seed;
        setup.kit_key.clone_from(&stage.kit_key);
        setup.notifies_orders = scenario.key_classes()?.contains(&KeyClass::General);
        setup.site = stage.site.or(scenario.site).unwrap_or_default();
        if let Some(changes) = &scenario.retry_policy {
            setup.policy = setup.policy.changed(changes);
        }
        let marketplace = Marketplace::open(setup)?;
        for offer in &scenario.products {
            marketplace.offer(offer.clone());
        }
        let open_apis = OpenApiServer::start(&marketplace, stage.open_apis.clone())?;
        Ok(Self {
            scenario,
            calls: marketplace.calls(),
            requests: vec![],
            open_apis,
            standin: StandIn::open(&stage.target, stage.keys.clone())?,
            client: call::client(call::TIMEOUT)?,
            // The marketplace's own ids come from the seed itself.
            ids: seed.map_or_else(Ids::random, |seed| Ids::seeded(!seed)),
            map: IdMap::default(),
            named: BTreeMap::new(),
            begun: Instant::now(),
            marketplace,
            stage,
        })
    }

    /// Where the seller finds the open APIs.
    pub fn open_apis(&self) -> String {
        self.open_apis.url()
    }

    /// Every step, also after one that went wrong; `listener` hears of each at once.
    pub async fn play(mut self, mut listener: impl FnMut(&StepReport)) -> PlayReport {
        self.begun = Instant::now();
        let mut report = PlayReport { name: self.scenario.name.clone(), steps: vec![] };
        for (number, step) in (1..).zip(&self.scenario.steps) {
            let told = self.step(number, step).await;
            listener(&told);
            report.steps.push(told);
        }
        report
    }

    async fn step(&mut self, number: usize, step: &Step) -> StepReport {
        self.wait_for(step.at).await;
        let mut calls = Vec::new();
        let heard_before = self.requests.len();
        let done = self.does(step, &mut calls).await;
        calls.splice(0..0, self.heard());
        self.listen();
        calls.extend(self.requests.iter().skip(heard_before).map(CallReport::of_request));
        let named = step.name.as_ref().and_then(|name| self.named.get(name));
        StepReport {
            number,
            time: self.marketplace.now(),
            what: what(&step.verb),
            made: named.map(|named| named.made(&self.marketplace)).unwrap_or_default(),
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

    fn listen(&mut self) {
        self.requests.extend(self.open_apis.take_requests());
    }

    async fn does(&mut self, step: &Step, calls: &mut Vec<CallReport>) -> Result<(), String> {
        match &step.verb {
            Verb::Look => self.check(step, None).await,
            Verb::Advance(by) => {
                let now = self.marketplace.now();
                let time =
                    later(now, by).ok_or_else(|| format!("`{by}` is no time such as `30d`, `12h` or `1 year`"))?;
                self.marketplace.advance_to(time).await;
                self.check(step, None).await
            }
            Verb::Fault(rule) => {
                self.marketplace.add_call_fault(rule.clone());
                Ok(())
            }
            Verb::ApiFault(rule) => {
                self.open_apis.faults().add(rule.clone());
                Ok(())
            }
            Verb::OpenApis(state) => self.open_apis_are(*state).await,
            Verb::NoFaults => {
                self.marketplace.clear_call_faults();
                self.open_apis.faults().clear();
                Ok(())
            }
            Verb::Seller(state) => {
                let address = self.standin.address(*state).map_err(|error| error.to_string())?;
                self.marketplace.set_target(address);
                Ok(())
            }
            Verb::Action(name, members) => self.act(step, name, members).await,
            Verb::Call(call) => self.call(step, call, calls).await,
        }
    }

    async fn open_apis_are(&self, state: OpenApiState) -> Result<(), String> {
        let done = match (state, &self.stage.open_apis.tls) {
            (OpenApiState::Down, _) => self.open_apis.go_down().await,
            (OpenApiState::Up, None) => self.open_apis.come_up().await,
            (OpenApiState::Up, Some(right)) => self.open_apis.show(right).await,
            (OpenApiState::WrongCertificate, None) => {
                return Err("the open APIs are served in clear and show no certificate".to_owned());
            }
            (OpenApiState::WrongCertificate, Some(_)) => {
                let host = self.open_apis.address().ip().to_string();
                let wrong = certificates::of_nobody(&host).map_err(|error| error.to_string())?;
                self.open_apis.show(&wrong).await
            }
        };
        done.map_err(|error| error.to_string())
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
        self.check(step, Some(&named)).await
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
        named.member(member, &self.marketplace).ok_or_else(unknown)
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

    /// What the seller does by itself takes its time.
    async fn check(&mut self, step: &Step, own: Option<&Named>) -> Result<(), String> {
        let deadline = Instant::now() + self.stage.patience;
        let waits = step.expect.as_ref().is_some_and(Expectation::speaks_of_the_seller);
        let mut pause = Duration::from_millis(20);
        loop {
            self.listen();
            let checked = self.check_now(step, own);
            if checked.is_ok() || !waits || Instant::now() >= deadline {
                return checked;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    fn check_now(&self, step: &Step, own: Option<&Named>) -> Result<(), String> {
        let expectation = step.expect.clone().unwrap_or_default();
        let other = match &expectation.of {
            Some(name) => Some(self.named.get(name).ok_or_else(|| format!("no step is called `{name}`"))?),
            None => None,
        };
        let named = other.or(own);
        let books = Books { marketplace: &self.marketplace, requests: &self.requests };
        let mut wrong = expectation.of_named(&books, named);
        wrong.extend(expectation.of_books(&books));
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
        Verb::ApiFault(rule) => format!("from now on goes wrong what the seller asks: {}", serde_json::json!(rule)),
        Verb::OpenApis(state) => format!("the open APIs are {}", serde_json::json!(state).as_str().unwrap_or_default()),
        Verb::NoFaults => "nothing goes wrong any more".to_owned(),
        Verb::Seller(SellerState::Wrong(wrong)) => {
            format!("the seller is wrong: {}", serde_json::json!(wrong).as_str().unwrap_or_default())
        }
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
