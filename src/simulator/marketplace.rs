//! What buyers and operators can do at the marketplace. Each action makes its first call at once and answers what came of
//! it; whatever has to be tried again goes on in the background until the marketplace is dropped.

use std::sync::{Arc, Mutex, atomic::Ordering};

use serde_json::json;
use tokio::sync::{RwLock, broadcast, watch};

use super::{
    call,
    call_faults::CallFaults,
    delivery::{Shared, drive, lock, tasks},
    ids::Ids,
    ledger::{Customer, Instance, Ledger, Order, OrderState, Product},
    lifecycle,
    message::{CallRecord, Message, MessageId, MessageState, Opening},
    offers,
    open_api::Condition,
    orderable::Deed,
    query::{self, Known},
    setup::{Generation, Setup, SimulatorError},
    terms::{OrderKind, Terms},
    timeline::Timeline,
};
use crate::protocol::{
    KeyClass,
    callback::{Activity, Delivers, OrderDetails, Scene, StatusChange},
    id::{InstanceId, OrderId, OrderLine},
};

/// Calls that a slow listener may lag behind.
const CALLS_KEPT: usize = 4096;

/// A running marketplace for one production address. To be used inside a tokio runtime.
pub struct Marketplace {
    pub(super) shared: Arc<Shared>,
    /// Whoever puts the time forward, one after the other.
    pub(super) advancing: tokio::sync::Mutex<()>,
}

impl Drop for Marketplace {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Marketplace {
    pub fn open(setup: Setup) -> Result<Self, SimulatorError> {
        let ids = setup.seed.map_or_else(Ids::random, Ids::seeded);
        let ledger = Ledger { offers: offers::presets(), ..Ledger::default() };
        let marketplace = Self::open_with(setup, ledger, ids)?;
        marketplace.plan_probes();
        marketplace.go();
        Ok(marketplace)
    }

    /// With these books; time stands still.
    pub(super) fn open_with(setup: Setup, ledger: Ledger, ids: Ids) -> Result<Self, SimulatorError> {
        let shared = Shared {
            client: call::client(setup.timeout)?,
            target: Mutex::new(setup.target),
            keys: setup.keys,
            timeline: Timeline::new(setup.clock.clone(), setup.pace, setup.begins_at),
            clock: setup.clock,
            timeout: setup.timeout,
            call_faults: CallFaults::new(setup.seed),
            held_up: Mutex::default(),
            policy: Mutex::new(setup.policy),
            lifecycle: setup.lifecycle,
            site: setup.site,
            generation: setup.generation,
            open_apis: Condition::new(setup.seed),
            notifies_orders: setup.notifies_orders,
            kit_key: setup.kit_key,
            ids: Mutex::new(ids),
            debugging: false.into(),
            ledger: Mutex::new(ledger),
            calls: broadcast::Sender::new(CALLS_KEPT),
            under_way: RwLock::new(()),
            tasks: tasks(),
        };
        Ok(Self { shared: Arc::new(shared), advancing: tokio::sync::Mutex::default() })
    }

    /// From now on time goes by.
    pub(super) fn go(&self) {
        if !self.shared.timeline.jumps() {
            self.shared.spawn(drive(Arc::clone(&self.shared)));
        }
    }

    /// Every call from now on. Who does not keep up loses the oldest and is told how many.
    pub fn calls(&self) -> broadcast::Receiver<CallRecord> {
        self.shared.calls.subscribe()
    }

    /// The seller has moved.
    pub fn set_target(&self, target: impl Into<String>) {
        *lock(&self.shared.target) = target.into();
    }

    pub fn target(&self) -> String {
        lock(&self.shared.target).clone()
    }

    /// From now on actions are those of the debugging page: `testFlag` 1, one try, no failed order counted.
    pub fn set_debugging(&self, on: bool) {
        self.shared.debugging.store(on, Ordering::Relaxed);
    }

    pub async fn buy(&self, product: &Product, customer: &Customer) -> Result<Message, SimulatorError> {
        self.buy_on(product, customer, Terms::of(product)).await
    }

    /// A trial, a purchase that is paid once or per use, or one of another period than the product's.
    pub async fn buy_on(
        &self,
        product: &Product,
        customer: &Customer,
        terms: Terms,
    ) -> Result<Message, SimulatorError> {
        self.purchase(product, customer, terms, Delivers::AppInfo).await
    }

    /// A License of 1.0, which V1 alone delivers.
    pub async fn buy_license(&self, product: &Product, customer: &Customer) -> Result<Message, SimulatorError> {
        if self.shared.generation != Generation::V1 {
            return Err(SimulatorError::LicenseOfV1);
        }
        self.purchase(product, customer, Terms::of(product), Delivers::License).await
    }

    async fn purchase(
        &self,
        product: &Product,
        customer: &Customer,
        terms: Terms,
        delivers: Delivers,
    ) -> Result<Message, SimulatorError> {
        self.key(self.shared.key_class(&Activity::QueryInstance { instance_ids: vec![] }))?;
        let order = self.place(terms.purchase(), product, customer, terms, None);
        let business_id = lock(&self.shared.ids).business();
        let details = match self.shared.generation {
            Generation::V1 => Some(Box::new(self.details(product, customer, terms))),
            Generation::V2 => None,
        };
        self.begin(Activity::NewInstance { order, business_id, delivers, details }).await
    }

    /// What V1 tells of an order with the call itself.
    fn details(&self, product: &Product, customer: &Customer, terms: Terms) -> OrderDetails {
        let period = terms.charging.period();
        OrderDetails {
            customer_id: Some(customer.customer_id.clone()),
            customer_name: Some(customer.customer_name.clone()),
            product_id: Some(product.product_id.clone()),
            sku_code: Some(product.sku_code.clone()),
            trial: terms.trial,
            amount: terms.linear_value.map(|value| value.to_string()),
            expire_time: terms.charging.ends(self.now()),
            charging_mode: Some(terms.charging.of_v1()),
            period_type: period.map(|(unit, _)| unit.as_wire().to_owned()),
            period_number: period.map(|(_, number)| number.to_string()),
            order_amount: Some("12.78".into()),
            ..OrderDetails::default()
        }
    }

    /// Another period of the same product.
    pub async fn renew(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Renew, None)?;
        let (product, terms) = (instance.product.clone(), instance.terms);
        self.refresh(instance, Scene::Renewal, product, terms).await
    }

    /// Another period with another specification or quantity.
    pub async fn renew_with_change(
        &self,
        instance_id: &InstanceId,
        target: &Product,
    ) -> Result<Message, SimulatorError> {
        self.renew_with_change_on(instance_id, target, None).await
    }

    async fn renew_with_change_on(
        &self,
        instance_id: &InstanceId,
        target: &Product,
        linear_value: Option<u32>,
    ) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Change, Some(target))?;
        let linear_value = linear_value.or(instance.terms.linear_value);
        let terms = Terms { linear_value, ..Terms::of(target) };
        self.refresh(instance, Scene::RenewalChange, target.clone(), terms).await
    }

    pub async fn trial_to_formal(&self, instance_id: &InstanceId, formal: &Product) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Formalise, Some(formal))?;
        let terms = Terms { linear_value: instance.terms.linear_value, ..Terms::of(formal) };
        self.refresh(instance, Scene::TrialToFormal, formal.clone(), terms).await
    }

    /// The last renewal is taken back and paid back.
    pub async fn unsubscribe_renewal(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::CancelRenewal, None)?;
        let (product, terms) = (instance.product.clone(), instance.terms);
        self.refresh(instance, Scene::UnsubscribeRenewalPeriod, product, terms).await
    }

    pub async fn freeze(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        self.possible(instance_id, Deed::Freeze, None)?;
        self.set_status(instance_id, StatusChange::Freeze).await
    }

    pub async fn unfreeze(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        self.possible(instance_id, Deed::Unfreeze, None)?;
        self.set_status(instance_id, StatusChange::Unfreeze).await
    }

    /// The time of retention is over.
    pub async fn release(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Release, None)?;
        self.begin(lifecycle::release(instance, self.shared.generation)).await
    }

    /// The buyer gives the instance back: a release with an order of its own, which V1 does not name.
    pub async fn unsubscribe(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Unsubscribe, None)?;
        let Instance { order, product, customer, terms, .. } = instance;
        let own = self.place(OrderKind::Unsubscribe, &product, &customer, terms, Some(instance_id));
        let (named, own_order) = match self.shared.generation {
            Generation::V1 => (order, Some(own.order_id)),
            Generation::V2 => (own, None),
        };
        let activity = Activity::ReleaseInstance { instance_id: instance_id.clone(), order: Some(named) };
        self.begin_as(Opening { own_order, ..Opening::of(activity) }).await
    }

    pub async fn upgrade(&self, instance_id: &InstanceId, target: &Product) -> Result<Message, SimulatorError> {
        self.upgrade_on(instance_id, target, Terms::of(target)).await
    }

    pub async fn upgrade_on(
        &self,
        instance_id: &InstanceId,
        target: &Product,
        terms: Terms,
    ) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Upgrade, None)?;
        let terms = Terms { linear_value: terms.linear_value.or(instance.terms.linear_value), ..terms };
        let order = self.place(OrderKind::Change, target, &instance.customer, terms, Some(instance_id));
        let instance_id = instance_id.clone();
        // V1 tells them with the call.
        let (sku_code, product_id) = (Some(target.sku_code.clone()), Some(target.product_id.clone()));
        self.begin(Activity::UpgradeInstance { instance_id, order, sku_code, product_id }).await
    }

    /// Whether the instance may become `target`. Any refusal is a failed message.
    pub async fn change_check(&self, instance_id: &InstanceId, target: &Product) -> Result<Message, SimulatorError> {
        self.check_change(instance_id, target, None).await
    }

    pub(super) async fn check_change(
        &self,
        instance_id: &InstanceId,
        target: &Product,
        linear_value: Option<u32>,
    ) -> Result<Message, SimulatorError> {
        self.known(instance_id)?;
        let mut product_info = json!({"productId": target.product_id, "skuCode": target.sku_code});
        if let Some(value) = linear_value {
            product_info["linearValue"] = value.into();
        }
        self.begin(Activity::ChangeInstanceCheck { instance_id: instance_id.clone(), product_info }).await
    }

    /// 续费变更: the seller is asked first. Where it refuses, nothing is ordered, and the answer is the message that asked.
    pub async fn change(
        &self,
        instance_id: &InstanceId,
        target: &Product,
        linear_value: Option<u32>,
    ) -> Result<Message, SimulatorError> {
        self.possible(instance_id, Deed::Change, Some(target))?;
        if self.shared.generation == Generation::V2 {
            let checked = self.check_change(instance_id, target, linear_value).await?;
            if checked.state != MessageState::Succeeded {
                return Ok(checked);
            }
        }
        self.renew_with_change_on(instance_id, target, linear_value).await
    }

    /// The period is over: a freeze, which V1 tells with the order of the purchase. While debugging it is only said.
    pub async fn expire(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::Expire, None)?;
        if !self.shared.is_debugging()
            && let Some(instance) = lock(&self.shared.ledger).instances.get_mut(instance_id)
        {
            instance.expired = true;
        }
        self.begin(lifecycle::expiry(instance, self.shared.generation)).await
    }

    /// A buyer opens the resource details: V1 asks with the purchase again, V2 queries.
    pub async fn look(&self, instance_id: &InstanceId) -> Result<Message, SimulatorError> {
        let instance = self.known(instance_id)?;
        if self.shared.generation == Generation::V2 {
            return self.query(std::slice::from_ref(instance_id)).await;
        }
        let business_id = lock(&self.shared.ids).business();
        let details = Some(Box::new(self.details(&instance.product, &instance.customer, instance.terms)));
        let Instance { order, delivers, .. } = instance;
        let activity = Activity::NewInstance { order, business_id, delivers, details };
        self.begin_as(Opening { look: true, ..Opening::of(activity) }).await
    }

    pub async fn notify_order(&self, order_id: &OrderId) -> Result<Message, SimulatorError> {
        let order = self.order(order_id).ok_or_else(|| SimulatorError::UnknownOrder(order_id.clone()))?.line;
        self.begin(Activity::OrderNotify { order }).await
    }

    /// What a buyer's look at the resource details asks. The answer is in the message's `info`. The ids need not be known
    /// here.
    pub async fn query(&self, instance_ids: &[InstanceId]) -> Result<Message, SimulatorError> {
        self.begin(Activity::QueryInstance { instance_ids: instance_ids.to_vec() }).await
    }

    async fn refresh(
        &self,
        instance: Instance,
        scene: Scene,
        product: Product,
        mut terms: Terms,
    ) -> Result<Message, SimulatorError> {
        let id = &instance.instance_id;
        if product.months > 0 {
            terms.charging = Terms::of(&product).charging;
        }
        let expire_time = match scene {
            Scene::UnsubscribeRenewalPeriod => match instance.expiries.as_slice() {
                [.., before, _] => *before,
                _ => return Err(SimulatorError::NothingRenewed(id.clone())),
            },
            // A debugging call may be about what has no period.
            _ => {
                let from = instance.expiry().unwrap_or_else(|| self.now());
                terms.charging.ends(from).unwrap_or(from)
            }
        };
        let product_id = (product.product_id != instance.product.product_id).then(|| product.product_id.clone());
        let kind = match scene {
            Scene::TrialToFormal => OrderKind::TrialToFormal,
            Scene::UnsubscribeRenewalPeriod => OrderKind::Unsubscribe,
            Scene::Renewal | Scene::RenewalChange | Scene::Unknown(_) => OrderKind::Renew,
        };
        let order = self.place(kind, &product, &instance.customer, terms, Some(id));
        let instance_id = id.clone();
        self.begin(Activity::RefreshInstance { instance_id, order, scene, product_id, expire_time }).await
    }

    async fn set_status(&self, id: &InstanceId, status: StatusChange) -> Result<Message, SimulatorError> {
        self.begin(Activity::UpdateInstanceStatus { instance_id: id.clone(), order: None, status }).await
    }

    /// Every order that is paid is told, where that is configured.
    pub(super) fn place(
        &self,
        kind: OrderKind,
        product: &Product,
        customer: &Customer,
        terms: Terms,
        instance_id: Option<&InstanceId>,
    ) -> OrderLine {
        let order = self.place_untold(kind, product, customer, terms, instance_id);
        let shared = &self.shared;
        let is_told = shared.notifies_orders
            && kind != OrderKind::Trial
            && shared.generation == Generation::V2
            && shared.keys.contains_key(&KeyClass::General)
            && !shared.is_debugging();
        if is_told {
            let mut ledger = lock(&shared.ledger);
            let now = self.now();
            let notice = ledger.open(Activity::OrderNotify { order: order.clone() }, false, now);
            shared.plan_try(&mut ledger, notice, now);
        }
        order
    }

    pub(super) fn place_untold(
        &self,
        kind: OrderKind,
        product: &Product,
        customer: &Customer,
        terms: Terms,
        instance_id: Option<&InstanceId>,
    ) -> OrderLine {
        let now = self.now();
        let line = lock(&self.shared.ids).order(now);
        lock(&self.shared.ledger).place(Order {
            line: line.clone(),
            kind,
            product: product.clone(),
            customer: customer.clone(),
            terms,
            test: self.shared.is_debugging(),
            state: OrderState::Ordered,
            placed_at: now,
            failed_at: None,
            instance_id: instance_id.cloned(),
        });
        line
    }

    /// Answers after the first try.
    pub(super) async fn begin(&self, activity: Activity) -> Result<Message, SimulatorError> {
        self.begin_as(Opening::of(activity)).await
    }

    async fn begin_as(&self, opening: Opening) -> Result<Message, SimulatorError> {
        let activity = &opening.activity;
        self.key(self.shared.key_class(activity))?;
        let known = Known::of(lock(&self.shared.ledger).delivers(activity));
        if self.shared.generation == Generation::V1 && query::encode(activity, known, false).is_none() {
            return Err(SimulatorError::NotInV1(activity.name().to_owned()));
        }
        let (id, mut changes) = {
            let mut ledger = lock(&self.shared.ledger);
            let id = ledger.open_as(Opening { test: self.shared.is_debugging(), ..opening }, self.now());
            let entry = ledger.messages.get(&id).ok_or(SimulatorError::UnknownMessage(id))?;
            (id, entry.message.subscribe())
        };
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move { shared.try_now(id).await });
        Ok(wait(&mut changes, |message| message.state != MessageState::New).await)
    }

    pub(super) fn key(&self, class: KeyClass) -> Result<(), SimulatorError> {
        if self.shared.keys.contains_key(&class) { Ok(()) } else { Err(SimulatorError::NoKey(class)) }
    }

    pub(super) fn known(&self, id: &InstanceId) -> Result<Instance, SimulatorError> {
        self.instance(id).ok_or_else(|| SimulatorError::UnknownInstance(id.clone()))
    }

    pub(super) fn changes(&self, id: MessageId) -> Result<watch::Receiver<Message>, SimulatorError> {
        let ledger = lock(&self.shared.ledger);
        ledger.messages.get(&id).map(|entry| entry.message.subscribe()).ok_or(SimulatorError::UnknownMessage(id))
    }
}

pub(super) async fn wait(changes: &mut watch::Receiver<Message>, done: impl FnMut(&Message) -> bool) -> Message {
    if let Ok(message) = changes.wait_for(done).await {
        return message.clone();
    }
    changes.borrow().clone()
}
