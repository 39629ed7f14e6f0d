//! A load of purchases at a steady rate, and the proof afterwards that the seller lost and doubled none of them. Meets the
//! seller over HTTP only.
//!
//! The rate is open: a call leaves when it is due, whether or not earlier ones are answered, and its latency counts from the
//! moment at which it had to leave. A seller who is slow for a while cannot hide that by holding up later calls.
//!
//! - `report`: what a load comes to

mod report;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use reqwest::Client;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

pub use self::report::{Latencies, LoadReport};
use self::report::{Tally, kind};
use super::{
    Clock, Verdict, body, call,
    ids::{self, Ids},
    verdict::{self, Judgement},
};
use crate::protocol::{
    Secret,
    callback::Activity,
    id::{BusinessId, InstanceId, OrderLine},
    signature::url::UrlSignature,
};

/// As many as `queryInstance` names at once.
const BATCH: usize = 100;
/// Between two questions after what is still being provisioned.
const BETWEEN: Duration = Duration::from_millis(500);
const NANOS_OF_A_SECOND: u64 = 1_000_000_000;

#[derive(Clone, Debug)]
pub struct LoadPlan {
    /// The seller's production address.
    pub target: String,
    pub key: Secret,
    /// In a second.
    pub rate: u32,
    pub count: u32,
    /// How many calls may be open at one moment.
    pub connections: u16,
    /// Debugging calls (`testFlag` 1).
    pub test: bool,
    /// How long an answer may take.
    pub limit: Duration,
    /// How long purchases that were answered 000004 are asked for.
    pub patience: Duration,
}

/// What a load does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Buying,
    BuyingAgain,
    Querying,
}

/// Is told how many calls of a stage are done, and of how many.
pub type Listener = Box<dyn FnMut(Stage, usize, usize) + Send>;

#[derive(Clone)]
struct Caller {
    client: Client,
    plan: Arc<LoadPlan>,
    clock: Clock,
    places: Arc<Semaphore>,
}

/// A purchase that was answered.
struct Answered {
    order: OrderLine,
    judgement: Judgement,
    latency: Duration,
}

/// Buys, buys each order again, and asks for every instance.
pub async fn run(plan: LoadPlan, mut listener: Listener) -> Result<LoadReport, reqwest::Error> {
    let caller = Caller {
        client: call::client(plan.limit)?,
        places: Arc::new(Semaphore::new(usize::from(plan.connections))),
        plan: Arc::new(plan),
        clock: Clock::system(),
    };
    let mut ids = Ids::random();
    let mut tally = Tally::default();
    let bought = buy(&caller, &mut ids, &mut tally, &mut listener).await;
    let verified = buy_again(&caller, &mut ids, &bought, &mut tally, &mut listener).await;
    let told = query(&caller, verified, &mut tally, &mut listener).await;
    Ok(tally.into_report(&caller.plan, told))
}

/// What was provisioned or is being, by its order.
async fn buy(
    caller: &Caller,
    ids: &mut Ids,
    tally: &mut Tally,
    listener: &mut Listener,
) -> BTreeMap<OrderLine, InstanceId> {
    let count = u64::from(caller.plan.count);
    let all = usize::try_from(count).unwrap_or(usize::MAX);
    let (mut orders, mut under_way, mut bought) = (BTreeSet::new(), JoinSet::new(), BTreeMap::new());
    let mut taken = BTreeMap::new();
    let begun = Instant::now();
    let mut number = 0;
    while number < count || !under_way.is_empty() {
        let due = begun + Duration::from_nanos(number.saturating_mul(NANOS_OF_A_SECOND) / u64::from(caller.plan.rate));
        tokio::select! {
            biased;
            () = sleep_until(due), if number < count => {
                under_way.spawn(caller.clone().purchase(new_order(ids, &caller.clock, &mut orders), ids.business(), due));
                number += 1;
            }
            Some(answered) = under_way.join_next() => {
                let Ok(answered) = answered else { continue };
                tally.purchase(&answered.judgement.verdict, answered.latency);
                keep(answered, &mut taken, &mut bought, tally);
                listener(Stage::Buying, tally.answered(), all);
            }
        }
    }
    tally.took = begun.elapsed();
    bought
}

/// Each order has one id, each id one order.
fn keep(
    answered: Answered,
    taken: &mut BTreeMap<InstanceId, OrderLine>,
    bought: &mut BTreeMap<OrderLine, InstanceId>,
    tally: &mut Tally,
) {
    let Some(id) = answered.judgement.instance_id else { return };
    if let Some(other) = taken.get(&id) {
        tally.wrong(
            "instanceId of another order",
            1,
            format!("{id} of {} is also {}'s", other.order_id, answered.order.order_id),
        );
        return;
    }
    taken.insert(id.clone(), answered.order.clone());
    bought.insert(answered.order, id);
}

/// Those that were answered the same once more.
async fn buy_again(
    caller: &Caller,
    ids: &mut Ids,
    bought: &BTreeMap<OrderLine, InstanceId>,
    tally: &mut Tally,
    listener: &mut Listener,
) -> Vec<InstanceId> {
    let mut under_way = JoinSet::new();
    for order in bought.keys() {
        under_way.spawn(caller.clone().purchase(order.clone(), ids.business(), Instant::now()));
    }
    let (mut same, mut done) = (Vec::new(), 0);
    while let Some(answered) = under_way.join_next().await {
        let Ok(answered) = answered else { continue };
        done += 1;
        listener(Stage::BuyingAgain, done, bought.len());
        let (first, second) = (bought.get(&answered.order), answered.judgement.instance_id);
        match (&answered.judgement.verdict, first, second) {
            (Verdict::Failed(failure), ..) => tally.wrong(
                &format!("bought again: {}", kind(failure)),
                1,
                format!("{}: {failure}", answered.order.order_id),
            ),
            (_, Some(first), Some(second)) if *first == second => same.push(second),
            (_, first, second) => {
                let text = |id: Option<&InstanceId>| id.map_or_else(|| "none".to_owned(), ToString::to_string);
                tally.wrong(
                    "another instanceId for the same order",
                    1,
                    format!("{}: {}, then {}", answered.order.order_id, text(first), text(second.as_ref())),
                );
            }
        }
    }
    same
}

/// How many instances `queryInstance` told of with their access data.
async fn query(caller: &Caller, ids: Vec<InstanceId>, tally: &mut Tally, listener: &mut Listener) -> usize {
    let all = ids.len();
    let deadline = Instant::now() + caller.plan.patience;
    let (mut left, mut refused) = (ids, 0);
    loop {
        let mut under_way = JoinSet::new();
        for batch in left.chunks(BATCH) {
            under_way.spawn(caller.clone().ask(batch.to_vec()));
        }
        left.clear();
        while let Some(answered) = under_way.join_next().await {
            let Ok((batch, judgement)) = answered else { continue };
            if let Verdict::Failed(failure) = &judgement.verdict {
                refused += batch.len();
                tally.wrong(&format!("queryInstance: {}", kind(failure)), batch.len(), failure.to_string());
                continue;
            }
            let told: BTreeSet<&InstanceId> =
                judgement.info.iter().filter(|info| info.app_info.is_some()).map(|info| &info.instance_id).collect();
            left.extend(batch.into_iter().filter(|id| !told.contains(id)));
        }
        let told = all - left.len() - refused;
        listener(Stage::Querying, told, all);
        if left.is_empty() || Instant::now() >= deadline {
            if let Some(first) = left.first() {
                tally.wrong("not told by queryInstance", left.len(), first.to_string());
            }
            return told;
        }
        sleep(BETWEEN.min(caller.plan.patience)).await;
    }
}

/// Of the same minute and seven letters: in a long load some would be the same.
fn new_order(ids: &mut Ids, clock: &Clock, orders: &mut BTreeSet<OrderLine>) -> OrderLine {
    loop {
        let order = ids.order(clock.now());
        if orders.insert(order.clone()) {
            return order;
        }
    }
}

impl Caller {
    async fn purchase(self, order: OrderLine, business_id: BusinessId, due: Instant) -> Answered {
        let activity = Activity::purchase(order.clone(), business_id);
        let judgement = self.call(&activity).await;
        Answered { order, judgement, latency: due.elapsed() }
    }

    async fn ask(self, instance_ids: Vec<InstanceId>) -> (Vec<InstanceId>, Judgement) {
        let activity = Activity::QueryInstance { instance_ids: instance_ids.clone() };
        (instance_ids, self.call(&activity).await)
    }

    /// Signed when it has a place, because a signature is good for a minute only.
    async fn call(&self, activity: &Activity) -> Judgement {
        // Never closed.
        let _place = self.places.acquire().await.ok();
        let body = body::encode(activity, self.plan.test);
        let target = self.plan.target.as_str();
        let now = self.clock.now().0.to_string();
        let signature = UrlSignature::sign(&self.plan.key, &ids::nonce(), &now, body.as_bytes());
        let exchange = call::send(&self.client, target, &signature.to_query(), body.as_bytes()).await;
        verdict::judge(activity, &exchange.reply)
    }
}
