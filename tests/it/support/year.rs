//! A year of trade between the simulated KooGallery and Sellerdesk as a process: a fifth of the calls go wrong in one way or
//! another, Sellerdesk is killed again and again, and in the end both sides have to have the same books.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sellerdesk::{
    protocol::{KeyClass, Secret, UnixMillis, callback::Activity, id::InstanceId},
    simulator::{
        Action, CallFault, CallFaultRule, Charging, Customer, Instance, InstanceStatus, Lifecycle, Marketplace,
        MessageState, OrderKind, OrderState, Outcome, Pace, Setup, SimulatorError, When,
    },
};
use serde_json::{Value, json};

use super::{
    app::{KEY, TEMPLATE},
    program::{self, Serving, set_key},
};

const HOUR: i64 = 3_600_000;
const YEAR_HOURS: i64 = 365 * 24;
const PRODUCTS: [&str; 7] =
    ["SAAS-MONTH", "SAAS-MONTH", "SAAS-YEAR", "SAAS-ONE-TIME", "SAAS-ON-DEMAND", "SAAS-PACKAGE", "ONLINE-LICENSE-YEAR"];

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
    pub calls: u32,
    pub failed_calls: u32,
    pub kills: u32,
}

pub struct Year {
    plan: Plan,
    dice: StdRng,
    dir: tempfile::TempDir,
    serving: Option<Serving>,
    marketplace: std::sync::Arc<Marketplace>,
    told: Told,
}

impl Year {
    pub fn begin(plan: Plan, dir: tempfile::TempDir) -> Self {
        std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
        set_key(dir.path());
        let serving = Serving::start(dir.path());
        let setup = Setup::new(serving.url.as_str())
            .with_key(KeyClass::Base, Secret::new(KEY))
            .with_pace(Pace::jumping())
            .with_lifecycle(Lifecycle { expires: true, ..Lifecycle::default() })
            .with_seed(plan.seed);
        let marketplace = std::sync::Arc::new(Marketplace::open(setup).unwrap());
        let dice = StdRng::seed_from_u64(plan.seed);
        let mut year = Self { plan, dice, dir, serving: Some(serving), marketplace, told: Told::default() };
        year.let_go_wrong();
        year
    }

    /// Whatever is wrong is said and ends it.
    pub async fn go_through(mut self) -> Told {
        let between_kills = self.plan.steps / (self.plan.kills + 1);
        for step in 1..=self.plan.steps {
            let hours = self.dice.random_range(1..=2 * YEAR_HOURS / i64::from(self.plan.steps));
            self.marketplace.advance_by(hours * HOUR).await;
            self.attend().await;
            if step % between_kills == 0 && self.told.kills < self.plan.kills {
                self.trade_through_a_kill().await;
            } else {
                let action = self.choose();
                perform(&self.marketplace, action).await;
            }
        }
        self.close().await;
        self.compare();
        self.told
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
            CallFault::Replayed,
            CallFault::Shuffled,
            CallFault::UnknownField,
            CallFault::UnknownActivity,
        ];
        // Each is drawn where none before it came.
        let mut left = 1.0;
        let share = self.plan.faults / f64::from(u32::try_from(faults.len()).unwrap());
        for fault in faults {
            self.marketplace.add_call_fault(CallFaultRule::new(fault, When::Chance(share / left)));
            left -= share;
        }
    }

    /// An operator looks at the exceptions: what has come to rest is started again, and goes well.
    async fn attend(&mut self) {
        self.marketplace.clear_call_faults();
        for message in self.marketplace.messages() {
            if message.state == MessageState::Stopped && is_change(&message.activity) {
                let restarted = self.marketplace.restart(message.id).await.unwrap();
                let why = restarted.exception();
                assert_eq!(restarted.state, MessageState::Succeeded, "{:?}: {why:?}", restarted.activity);
            }
        }
        for (id, _) in self.marketplace.delisted() {
            let offer = self.marketplace.offers().into_iter().find(|offer| offer.product.product_id == id).unwrap();
            self.marketplace.offer(offer);
        }
        self.let_go_wrong();
    }

    /// Sellerdesk is killed while a buyer waits for the answer, and started again.
    async fn trade_through_a_kill(&mut self) {
        let buying = tokio::spawn({
            let (marketplace, action) = (std::sync::Arc::clone(&self.marketplace), self.choose());
            async move { perform(&marketplace, action).await }
        });
        // No moment is waited for: any is as good as another.
        tokio::time::sleep(Duration::from_micros(self.dice.random_range(0..6_000))).await;
        self.serving.take().unwrap().kill();
        buying.await.unwrap();
        let serving = Serving::start(self.dir.path());
        self.marketplace.set_target(serving.url.as_str());
        self.serving = Some(serving);
        self.told.kills += 1;
    }

    fn choose(&mut self) -> Action {
        let instances: Vec<Instance> = self.free_instances();
        if instances.is_empty() || self.dice.random_range(0..10) < 4 {
            let customer = Customer {
                customer_id: format!("customer-{}", self.dice.random_range(0..20)),
                customer_name: "hwtest".to_owned(),
            };
            let product_id = PRODUCTS[self.dice.random_range(0..PRODUCTS.len())];
            if product_id == "SAAS-MONTH" && self.dice.random_range(0..3) == 0 {
                return read(json!({ "action": "try", "productId": product_id, "customer": customer }));
            }
            return read(json!({ "action": "buy", "productId": product_id, "customer": customer }));
        }
        let instance = &instances[self.dice.random_range(0..instances.len())];
        let id = &instance.instance_id;
        let period = matches!(instance.terms.charging, Charging::Period(..));
        let name = match (instance.status, instance.terms.trial) {
            (InstanceStatus::Frozen | InstanceStatus::Active, true) => "formalise",
            (InstanceStatus::Frozen, false) if period => ["unfreeze", "renew"][self.dice.random_range(0..2)],
            (InstanceStatus::Frozen, false) => "unfreeze",
            _ if period => ["renew", "renew", "cancel-renewal", "change", "upgrade", "freeze", "unsubscribe", "look"]
                [self.dice.random_range(0..8)],
            _ => ["freeze", "unsubscribe", "look"][self.dice.random_range(0..3)],
        };
        let mut action = json!({ "action": name, "instanceId": id });
        if matches!(name, "change" | "upgrade" | "formalise") {
            action["product"] = json!({
                "productId": instance.product.product_id, "skuCode": "another", "name": instance.product.name,
                "months": instance.product.months.max(1),
            });
        }
        read(action)
    }

    /// Those that nothing is under way about: the marketplace lets nobody order a second change before the first is done.
    fn free_instances(&self) -> Vec<Instance> {
        let messages = self.marketplace.messages();
        let busy: HashSet<InstanceId> = messages
            .iter()
            .filter(|message| !message.state.is_final())
            .filter_map(|message| message.activity.instance_id().cloned())
            .collect();
        let mut instances = self.marketplace.instances();
        instances.retain(|known| known.status != InstanceStatus::Released && !busy.contains(&known.instance_id));
        instances
    }

    /// Everything that is under way comes to its end.
    async fn close(&mut self) {
        self.attend().await;
        self.marketplace.clear_call_faults();
        self.marketplace.advance_by(24 * HOUR).await;
        self.attend().await;
        self.marketplace.clear_call_faults();
        for message in self.marketplace.messages() {
            assert!(message.state.is_final(), "{message:?}");
            self.told.calls += message.attempts + message.polls;
            self.told.failed_calls += message.attempts.saturating_sub(1);
        }
    }

    fn compare(&mut self) {
        let mut theirs: HashMap<String, Value> = HashMap::new();
        let mut by_order: BTreeMap<String, usize> = BTreeMap::new();
        for instance in list(self.dir.path(), "instances") {
            *by_order.entry(text(&instance, "orderId").to_owned()).or_default() += 1;
            assert!(theirs.insert(text(&instance, "instanceId").to_owned(), instance).is_none(), "listed twice");
        }
        assert_eq!(by_order.values().copied().max(), Some(1), "an order was provisioned twice");
        let orders = self.marketplace.orders();
        for order in orders.iter().filter(|order| matches!(order.kind, OrderKind::New | OrderKind::Trial)) {
            self.told.purchases += 1;
            match order.state {
                OrderState::Fulfilled => self.told.provisioned += 1,
                OrderState::Refunded => self.told.refunded += 1,
                other => panic!("{} is {other:?}", order.line.order_id),
            }
        }
        for ours in self.marketplace.instances() {
            let id = ours.instance_id.as_str();
            let known = theirs.remove(id).unwrap_or_else(|| panic!("Sellerdesk does not know {id}"));
            assert_eq!(text(&known, "orderId"), ours.order.order_id.as_str(), "{id}");
            let status = match ours.status {
                InstanceStatus::Active => "active",
                InstanceStatus::Frozen => "frozen",
                InstanceStatus::Released => "released",
            };
            assert_eq!(text(&known, "status"), status, "{id}");
            // A purchase tells no time: that of a first period is not known without the order query.
            if let Some(told) = known["expireTime"].as_str().and_then(UnixMillis::from_iso) {
                assert_eq!(told.0 / 1000, ours.expire_time().0 / 1000, "{id}");
            }
        }
        let refunded: HashSet<&str> = orders
            .iter()
            .filter(|order| order.state == OrderState::Refunded)
            .map(|order| order.line.order_id.as_str())
            .collect();
        for left in theirs.values() {
            let order = text(left, "orderId");
            assert!(refunded.contains(order), "{order} was provisioned and neither bought nor refunded");
        }
        let done: HashSet<(String, String)> = list(self.dir.path(), "messages")
            .iter()
            .filter(|message| message["state"] == "succeeded")
            .map(|message| (text(message, "activity").to_owned(), text(message, "orderId").to_owned()))
            .collect();
        for message in self.marketplace.messages() {
            if let (MessageState::Succeeded, Some(order)) = (message.state, message.order()) {
                let told = (message.activity.name().to_owned(), order.order_id.to_string());
                assert!(done.contains(&told), "{told:?} is done for the marketplace alone");
            }
        }
    }
}

async fn perform(marketplace: &Marketplace, action: Action) -> Option<Outcome> {
    match marketplace.perform(action.clone()).await {
        Ok(outcome) => Some(outcome),
        Err(SimulatorError::NothingRenewed(_)) => None,
        Err(error) => panic!("{action:?}: {error}"),
    }
}

fn is_change(activity: &Activity) -> bool {
    !activity.is_question()
}

fn read(action: Value) -> Action {
    serde_json::from_value(action).unwrap()
}

fn list(dir: &Path, what: &str) -> Vec<Value> {
    let listed = program::json(dir, &["list", what, "--json", "--limit", "1000000"]);
    listed.as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
