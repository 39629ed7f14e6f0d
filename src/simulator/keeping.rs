//! The marketplace's books as a file, so that one that is ended goes on later where it stopped. Messages are kept as the
//! calls that they are. What sellers told of access data is not kept, for there are passwords in it, and neither is the
//! certificate that the open APIs show, for there is a private key with it.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{
    Application, CallFaultRule, Generation, Instance, License, Marketplace, MessageState, Offer, Order, RetryPolicy,
    Setup, SimulatorError, UsageBill, Verdict,
    action::Organisation,
    body,
    catalogue::SoldElsewhere,
    delivery::lock,
    envelope::Envelope,
    ids::Ids,
    ledger::{Customer, Entry, Ledger},
    message::{Message, MessageId},
    open_api::KeptCondition,
    probes::{Cases, ProbeBook},
    query::{self, Known},
    timeline::Due,
    usage::UsageBook,
    verdict::Failure,
};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, Delivers, v1, v2},
    id::{InstanceId, OrderId, OrderLine},
};

const VERSION: u32 = 1;

type Orders = BTreeMap<OrderId, Order>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    version: u32,
    generation: Generation,
    now: UnixMillis,
    agenda: Vec<(UnixMillis, Due)>,
    debugging: bool,
    retry_policy: RetryPolicy,
    call_faults: Vec<CallFaultRule>,
    customers: Vec<Customer>,
    orders: Vec<Order>,
    instances: Vec<Instance>,
    licenses: Vec<License>,
    applications: Vec<Application>,
    usage: Vec<UsageBill>,
    organisations: BTreeMap<InstanceId, Organisation>,
    offers: Vec<Offer>,
    delisted: BTreeMap<String, UnixMillis>,
    withdrawn: Vec<String>,
    sold_elsewhere: SoldElsewhere,
    cases: BTreeMap<String, String>,
    probes: ProbeBook,
    messages: Vec<KeptMessage>,
    #[serde(default)]
    open_apis: KeptCondition,
    #[serde(default)]
    held_up: Vec<Envelope>,
    #[serde(default)]
    drawn: Drawn,
}

/// How much chance has given so far, so that it goes on and does not begin again.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Drawn {
    ids: u64,
    call_faults: u64,
}

impl Default for Drawn {
    /// Of a file that does not tell: further than anybody has come.
    fn default() -> Self {
        Self { ids: 1 << 40, call_faults: 0 }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeptMessage {
    id: MessageId,
    call: String,
    test: bool,
    look: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_order: Option<OrderId>,
    state: MessageState,
    attempts: u32,
    polls: u32,
    accepted: bool,
    exception: Option<String>,
    begun_at: UnixMillis,
    window_from: UnixMillis,
    due: Option<UnixMillis>,
}

impl KeptMessage {
    fn of(entry: &Entry, generation: Generation) -> Option<Self> {
        let message = entry.message.borrow().clone();
        Some(Self {
            id: message.id,
            call: written(&message.activity, generation)?,
            test: message.test,
            look: message.look,
            state: message.state,
            own_order: message.own_order.clone(),
            attempts: message.attempts,
            polls: message.polls,
            accepted: message.verdict == Some(Verdict::Accepted),
            exception: message.exception().map(ToString::to_string),
            begun_at: message.begun_at,
            window_from: entry.window_from,
            due: entry.due,
        })
    }

    fn entry(self, generation: Generation, orders: &Orders) -> Result<(MessageId, Entry), SimulatorError> {
        let verdict = match self.exception {
            Some(told) => Some(Verdict::Failed(Failure::Told(told))),
            None if self.accepted => Some(Verdict::Accepted),
            None => (self.attempts > 0).then_some(Verdict::InProgress),
        };
        let message = Message {
            id: self.id,
            activity: read(&self.call, generation, orders)?,
            test: self.test,
            look: self.look,
            own_order: self.own_order,
            state: self.state,
            attempts: self.attempts,
            polls: self.polls,
            verdict,
            info: vec![],
            begun_at: self.begun_at,
        };
        let message = watch::Sender::new(message);
        Ok((self.id, Entry { message, window_from: self.window_from, due: self.due, busy: false }))
    }
}

/// As it is sent, signature aside.
fn written(activity: &Activity, generation: Generation) -> Option<String> {
    match generation {
        Generation::V2 => Some(body::encode(activity, false)),
        Generation::V1 => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            // SaaS and License 1.0 have other words for what is read as the same.
            let params = [Delivers::AppInfo, Delivers::License]
                .into_iter()
                .find_map(|delivers| query::encode(activity, Known::of(delivers), false))?;
            query.extend_pairs(params).append_pair("timeStamp", "20260101000000000");
            Some(query.finish())
        }
    }
}

fn read(call: &str, generation: Generation, orders: &Orders) -> Result<Activity, SimulatorError> {
    let parsed = match generation {
        Generation::V2 => v2::parse(call.as_bytes()),
        Generation::V1 => v1::parse(call),
    };
    let mut activity = parsed.map_err(|error| SimulatorError::Unkept(error.to_string()))?.activity;
    // V1 tells no line.
    if let Some(line) = order_of(&mut activity)
        && let Some(order) = orders.get(&line.order_id)
    {
        line.clone_from(&order.line);
    }
    Ok(activity)
}

fn order_of(activity: &mut Activity) -> Option<&mut OrderLine> {
    match activity {
        Activity::NewInstance { order, .. }
        | Activity::RefreshInstance { order, .. }
        | Activity::UpgradeInstance { order, .. } => Some(order),
        Activity::ReleaseInstance { order, .. } | Activity::UpdateInstanceStatus { order, .. } => order.as_mut(),
        _ => None,
    }
}

impl Marketplace {
    /// As JSON. Whole, whatever is under way: a call whose answer is not there yet will be made again.
    pub fn kept(&self) -> Result<String, SimulatorError> {
        let shared = &self.shared;
        let (call_faults, generation) = (self.call_faults(), shared.generation);
        let ledger = lock(&shared.ledger);
        let (now, agenda) = shared.timeline.agenda();
        let cases = ledger.cases.iter();
        let kept = Kept {
            version: VERSION,
            generation,
            now,
            agenda,
            debugging: shared.is_debugging(),
            retry_policy: lock(&shared.policy).clone(),
            call_faults,
            customers: ledger.customers.values().cloned().collect(),
            orders: ledger.orders.values().cloned().collect(),
            instances: ledger.instances.values().cloned().collect(),
            licenses: ledger.licenses.values().cloned().collect(),
            applications: ledger.applications.values().cloned().collect(),
            usage: ledger.usage.bills.clone(),
            organisations: ledger.organisations.clone(),
            offers: ledger.offers.values().cloned().collect(),
            delisted: ledger.delisted.clone(),
            withdrawn: ledger.withdrawn.iter().cloned().collect(),
            sold_elsewhere: ledger.sold_elsewhere.clone(),
            cases: cases.filter_map(|(name, case)| Some((name.clone(), written(case, generation)?))).collect(),
            probes: ledger.probes,
            open_apis: shared.open_apis.kept(),
            held_up: lock(&shared.held_up).clone(),
            drawn: Drawn { ids: lock(&shared.ids).position(), call_faults: shared.call_faults.drawn() },
            messages: ledger.messages.values().filter_map(|entry| KeptMessage::of(entry, generation)).collect(),
        };
        drop(ledger);
        serde_json::to_string(&kept).map_err(|error| SimulatorError::Unkept(error.to_string()))
    }

    /// Either the whole file is the new one, or the old one stays.
    pub fn save(&self, path: &Path) -> Result<(), SimulatorError> {
        let told = |error: io::Error| SimulatorError::Unkept(format!("{}: {error}", path.display()));
        let beside = path.with_extension("new");
        fs::write(&beside, self.kept()?).and_then(|()| fs::rename(&beside, path)).map_err(told)
    }

    /// A marketplace that goes on where another stopped; a new one where there is no such file.
    pub fn open_at(setup: Setup, path: &Path) -> Result<Self, SimulatorError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::resume(setup, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::open(setup),
            Err(error) => Err(SimulatorError::Unkept(format!("{}: {error}", path.display()))),
        }
    }

    /// Its own time goes on from when it was kept.
    pub fn resume(setup: Setup, kept: &str) -> Result<Self, SimulatorError> {
        let kept: Kept = serde_json::from_str(kept).map_err(|error| SimulatorError::Unkept(error.to_string()))?;
        if kept.version != VERSION || kept.generation != setup.generation {
            return Err(SimulatorError::Unkept(format!(
                "it is of version {} and generation {:?}",
                kept.version, kept.generation
            )));
        }
        let orders: Orders = kept.orders.into_iter().map(|order| (order.line.order_id.clone(), order)).collect();
        let messages = kept.messages.into_iter().map(|message| message.entry(kept.generation, &orders));
        let messages: BTreeMap<MessageId, Entry> = messages.collect::<Result<_, _>>()?;
        let cases = kept.cases.into_iter().map(|(name, call)| Ok((name, read(&call, kept.generation, &orders)?)));
        let cases: Cases = cases.collect::<Result<_, SimulatorError>>()?;
        let ledger = Ledger {
            customers: kept.customers.into_iter().map(|known| (known.customer_id.clone(), known)).collect(),
            orders,
            instances: kept.instances.into_iter().map(|known| (known.instance_id.clone(), known)).collect(),
            licenses: kept.licenses.into_iter().map(|license| (license.code.clone(), license)).collect(),
            applications: kept.applications.into_iter().map(|known| (known.event_id.clone(), known)).collect(),
            usage: UsageBook::of(kept.usage),
            organisations: kept.organisations,
            offers: kept.offers.into_iter().map(|offer| (offer.product.product_id.clone(), offer)).collect(),
            delisted: kept.delisted,
            withdrawn: kept.withdrawn.into_iter().collect(),
            sold_elsewhere: kept.sold_elsewhere,
            cases,
            probes: kept.probes,
            messages,
        };
        let unplanned: Vec<MessageId> = ledger
            .messages
            .iter()
            .filter(|(_, entry)| entry.due.is_none() && !entry.message.borrow().state.is_final())
            .map(|(id, _)| *id)
            .collect();
        let mut ids = setup.seed.map_or_else(Ids::random, Ids::seeded);
        ids.go_on_from(kept.drawn.ids);
        let marketplace = Self::open_with(setup, ledger, ids)?;
        marketplace.shared.timeline.resume(kept.now, kept.agenda);
        marketplace.shared.call_faults.set(kept.call_faults);
        marketplace.shared.call_faults.go_on_from(kept.drawn.call_faults);
        marketplace.shared.open_apis.resume(kept.open_apis);
        *lock(&marketplace.shared.held_up) = kept.held_up;
        marketplace.set_retry_policy(kept.retry_policy);
        marketplace.set_debugging(kept.debugging);
        let mut ledger = lock(&marketplace.shared.ledger);
        for id in unplanned {
            marketplace.shared.plan_try(&mut ledger, id, kept.now);
        }
        drop(ledger);
        marketplace.go();
        Ok(marketplace)
    }
}
