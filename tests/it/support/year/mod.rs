//! A year of trade between the simulated KooGallery and Sellerdesk as a process, of every generation: a fifth of the calls go
//! wrong in one way or another, in both directions, Sellerdesk is killed again and again, and in the end both sides have to
//! have the same books.
//!
//! - `trade`: what is done next; `seller`: Sellerdesk, and what its operator does; `books`: the comparison

mod books;
mod seller;
mod trade;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sellerdesk::{
    protocol::{
        KeyClass, Secret, UnixMillis,
        callback::Activity,
        id::{EventId, InstanceId},
    },
    simulator::{
        Action, Application, ApplicationState, CallFault, CallFaultRule, Clock, Generation, Impossible, InstanceStatus,
        LicenseState, Lifecycle, Marketplace, MessageState, OpenApiServer, Outcome, Pace, Setup, SimulatorError,
        Verdict, When,
        open_api::{Fault, FaultRule, OpenApiSetup},
    },
};

use self::seller::{KEYS, Seller};
use super::program::Serving;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR_HOURS: i64 = 365 * 24;
/// Nobody bills what was used longer ago than three weeks, so that usage is reported at the year's end only.
const METERED: i64 = 18 * DAY;
/// So many steps on the average.
const BETWEEN_OUTAGES: u32 = 40;

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// How often the time is put on, and something is done.
    pub steps: u32,
    pub kills: u32,
    /// Of all calls together.
    pub faults: f64,
}

/// What a year was made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub purchases: usize,
    pub provisioned: usize,
    pub refunded: usize,
    /// Of those, the ones by V1's calls.
    pub by_v1: usize,
    pub codes: usize,
    pub licenses: usize,
    pub organisations: usize,
    pub people: usize,
    pub bills: usize,
    pub late_bills: usize,
    pub calls: u32,
    pub failed_calls: u32,
    pub kills: u32,
    /// Of the open APIs.
    pub outages: u32,
}

pub struct Year {
    plan: Plan,
    dice: StdRng,
    seller: Seller,
    serving: Option<Serving>,
    /// Of products of V2, and of those that are called as V1 has it.
    v2: Arc<Marketplace>,
    v1: Arc<Marketplace>,
    open_apis: OpenApiServer,
    /// When it ends by the real clock, to which metering is bound.
    ends: UnixMillis,
    /// What an organisation's administrator has to tell again.
    untold: Vec<Action>,
    /// Until when the use of an instance was reported.
    metered: BTreeMap<InstanceId, UnixMillis>,
    told: Told,
}

fn marketplace(generation: Generation, begins: UnixMillis, seed: u64) -> Arc<Marketplace> {
    let mut setup = Setup::new("http://127.0.0.1:1")
        .of_generation(generation)
        .with_pace(Pace::jumping())
        .begins_at(begins)
        .with_lifecycle(Lifecycle { expires: true, ..Lifecycle::default() })
        .with_order_notices()
        .with_kit_key(Secret::new(seller::RSA_PUBLIC_KEY))
        .with_seed(seed);
    for (class, key) in KEYS {
        setup = setup.with_key(class, Secret::new(key));
    }
    // The kit speaks of products of V2 alone.
    if generation == Generation::V1 {
        setup.keys.retain(|class, _| *class == KeyClass::V1);
    }
    Arc::new(Marketplace::open(setup).unwrap())
}

impl Year {
    pub fn begin(plan: Plan, dir: tempfile::TempDir) -> Self {
        let ends = Clock::system().now();
        let begins = ends.plus_millis(-YEAR_HOURS * HOUR);
        let (v2, v1) =
            (marketplace(Generation::V2, begins, plan.seed), marketplace(Generation::V1, begins, !plan.seed));
        let setup = OpenApiSetup::new(seller::AK, Secret::new(seller::SK));
        let open_apis = OpenApiServer::start_for(&v2, &[&v1], setup).unwrap();
        let seller = Seller::new(dir, &open_apis.url());
        let serving = seller.serve();
        let dice = StdRng::seed_from_u64(plan.seed);
        let mut year = Self {
            plan,
            dice,
            seller,
            serving: Some(serving),
            v2,
            v1,
            open_apis,
            ends,
            untold: vec![],
            metered: BTreeMap::new(),
            told: Told::default(),
        };
        year.find_seller();
        year.let_go_wrong();
        year
    }

    fn markets(&self) -> [&Arc<Marketplace>; 2] {
        [&self.v2, &self.v1]
    }

    fn find_seller(&self) {
        let url = &self.serving.as_ref().unwrap().url;
        self.markets().iter().for_each(|market| market.set_target(url.as_str()));
    }

    /// Whatever is wrong is said and ends it.
    pub async fn go_through(mut self) -> Told {
        let between_kills = self.plan.steps / (self.plan.kills + 1);
        for step in 1..=self.plan.steps {
            let hours = self.dice.random_range(1..=2 * YEAR_HOURS / i64::from(self.plan.steps));
            self.pass(hours * HOUR).await;
            self.attend().await;
            if step % between_kills == 0 && self.told.kills < self.plan.kills {
                self.trade_through_a_kill().await;
            } else {
                let (market, action) = self.choose();
                let outcome = perform(&market, action.clone()).await;
                self.follow(&market, action, outcome);
            }
        }
        self.close().await;
        self.compare();
        self.told
    }

    async fn pass(&self, millis: i64) {
        for market in self.markets() {
            market.advance_by(millis).await;
        }
    }

    fn let_go_wrong(&mut self) {
        let faults = [
            CallFault::LostAnswer,
            CallFault::Reset,
            CallFault::HalfAnswer,
            CallFault::HangUp { millis: 0 },
            CallFault::HangUp { millis: 1 },
            CallFault::Duplicate,
            CallFault::Concurrent { calls: 4 },
            CallFault::Reordered,
            CallFault::WrongKey,
            CallFault::Seconds,
            CallFault::Stale,
            CallFault::Slow { millis: 2 },
            CallFault::ClockSkew { millis: 50_000 },
            CallFault::ClockSkew { millis: -3_600_000 },
            CallFault::Replayed,
            CallFault::Shuffled,
            CallFault::UnknownField,
            CallFault::UnknownActivity,
        ];
        // Each is drawn where none before it came.
        let shares = |count: usize| {
            let share = self.plan.faults / f64::from(u32::try_from(count).unwrap());
            let before = (0..count).map(move |number| f64::from(u32::try_from(number).unwrap()) * share);
            before.map(move |before| When::Chance(share / (1.0 - before)))
        };
        for (fault, when) in faults.iter().zip(shares(faults.len())) {
            self.markets().iter().for_each(|market| market.add_call_fault(CallFaultRule::new(fault.clone(), when)));
        }
        let faults = [
            Fault::Reset,
            Fault::Half,
            Fault::Html,
            Fault::Empty,
            Fault::InternalError,
            Fault::BadGateway,
            Fault::Slow { millis: 2 },
            Fault::TooManyRequests { retry_after: None },
        ];
        for (fault, when) in faults.iter().zip(shares(faults.len())) {
            self.open_apis.faults().add(FaultRule::new(fault.clone(), when));
        }
    }

    fn let_go_right(&self) {
        self.markets().iter().for_each(|market| market.clear_call_faults());
        self.open_apis.faults().clear();
    }

    /// An operator looks at the exceptions: what has come to rest is started again, and goes well.
    async fn attend(&mut self) {
        // While things go wrong still, and now and then nobody is there at all.
        let is_down = self.dice.random_range(0..BETWEEN_OUTAGES) == 0;
        if is_down {
            self.open_apis.go_down().await.unwrap();
            self.told.outages += 1;
        }
        self.work();
        if is_down {
            self.open_apis.come_up().await.unwrap();
        }
        self.let_go_right();
        for market in self.markets() {
            for message in market.messages() {
                if message.state == MessageState::Stopped && !message.activity.is_question() {
                    let restarted = market.restart(message.id).await.unwrap();
                    let why = restarted.exception();
                    assert_eq!(restarted.state, MessageState::Succeeded, "{:?}: {why:?}", restarted.activity);
                }
            }
            for (id, _) in market.delisted() {
                let offer = market.offers().into_iter().find(|offer| offer.product.product_id == id).unwrap();
                market.offer(offer);
            }
        }
        for action in std::mem::take(&mut self.untold) {
            self.v2.advance_by(1_000).await;
            let outcome = perform(&self.v2, action.clone()).await;
            assert!(!is_untold(outcome.as_ref()), "{action:?}: {outcome:?}");
        }
        self.seller.finish();
        self.let_go_wrong();
    }

    /// What the seller has to do by itself, and what of it came to nothing.
    fn work(&mut self) {
        let codes = self.v2.licenses().into_iter();
        let received = codes.filter(|license| license.state(self.v2.now()) == LicenseState::Received);
        let codes: Vec<String> = received.map(|license| license.code.to_string()).collect();
        if !codes.is_empty() {
            self.seller.activate(codes);
        }
        for event_id in self.applied_for() {
            self.seller.upload(event_id.as_str());
        }
        if self.ends.millis_since(self.v2.now()) < METERED {
            self.report_usage();
        }
    }

    /// Licenses that the seller knows that somebody waits for.
    fn applied_for(&self) -> Vec<EventId> {
        let told = self.v2.messages().into_iter().filter(|message| message.state == MessageState::Succeeded);
        let told: HashSet<EventId> = told
            .filter_map(|message| match message.activity {
                Activity::GetLicenseAsync(application) => Some(application.event_id),
                _ => None,
            })
            .collect();
        let waits = |known: &Application| {
            let instance = self.v2.instance(&known.instance_id);
            let is_there = instance.is_some_and(|instance| instance.status != InstanceStatus::Released);
            known.state == ApplicationState::Waiting && is_there && told.contains(&known.event_id)
        };
        self.v2.applications().into_iter().filter(waits).map(|known| known.event_id).collect()
    }

    /// Of what is paid by use, since the last time.
    fn report_usage(&mut self) {
        let whole = |time: UnixMillis| UnixMillis(time.0 / 1_000 * 1_000);
        let now = whole(self.v2.now().min(Clock::system().now()));
        let mut rows = vec![];
        for instance in self.metered_instances() {
            let id = instance.instance_id;
            let opened = whole(instance.opened_at).plus_millis(1_000);
            let before = self.metered.get(&id).copied().unwrap_or(opened);
            let begin = before.max(now.plus_millis(-6 * HOUR));
            if now.millis_since(begin) > HOUR {
                rows.push((id.to_string(), begin, now, self.dice.random_range(1..1_000)));
                self.metered.insert(id, now);
            }
        }
        if !rows.is_empty() {
            self.seller.push_usage(&rows);
        }
    }

    /// Sellerdesk is killed while a buyer waits for the answer, and started again.
    async fn trade_through_a_kill(&mut self) {
        let (market, action) = self.choose();
        let buying = tokio::spawn({
            let (market, action) = (Arc::clone(&market), action.clone());
            async move { perform(&market, action).await }
        });
        // No moment is waited for: any is as good as another.
        tokio::time::sleep(Duration::from_micros(self.dice.random_range(0..6_000))).await;
        self.serving.take().unwrap().kill();
        let outcome = buying.await.unwrap();
        self.follow(&market, action, outcome);
        self.serving = Some(self.seller.serve());
        self.find_seller();
        self.told.kills += 1;
    }

    /// Codes reach their buyer; what nobody tells again by itself is told later.
    fn follow(&mut self, market: &Marketplace, action: Action, outcome: Option<Outcome>) {
        if let Some(Outcome::Licenses(codes)) = &outcome {
            codes.iter().for_each(|code| market.receive_license(code).unwrap());
        }
        if is_untold(outcome.as_ref()) {
            self.untold.push(action);
        }
    }

    /// Everything that is under way comes to its end.
    async fn close(&mut self) {
        self.attend().await;
        self.let_go_right();
        self.pass(24 * HOUR).await;
        self.attend().await;
        self.let_go_right();
        for market in self.markets() {
            for message in market.messages() {
                assert!(message.state.is_final(), "{message:?}");
            }
        }
        let messages: Vec<_> = self.markets().iter().flat_map(|market| market.messages()).collect();
        self.told.calls = messages.iter().map(|message| message.attempts + message.polls).sum();
        self.told.failed_calls = messages.iter().map(|message| message.attempts.saturating_sub(1)).sum();
    }
}

/// `None` where there was nothing to do.
async fn perform(marketplace: &Marketplace, action: Action) -> Option<Outcome> {
    match marketplace.perform(action.clone()).await {
        Ok(outcome) => Some(outcome),
        Err(
            SimulatorError::NothingRenewed(_)
            | SimulatorError::NothingRenewedOf(_)
            | SimulatorError::Impossible { why: Impossible::UnderWay(_), .. },
        ) => None,
        Err(error) => panic!("{action:?}: {error}"),
    }
}

fn is_untold(outcome: Option<&Outcome>) -> bool {
    let failed = |(_, verdict): &(String, Verdict)| matches!(verdict, Verdict::Failed(_));
    matches!(outcome, Some(Outcome::Told(told)) if told.iter().any(failed))
}
