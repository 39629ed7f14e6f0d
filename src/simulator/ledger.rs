//! What the marketplace remembers of buyers, orders, instances and messages, and how a judged call changes it. Makes no
//! call and knows no clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{
    action::Organisation,
    applications::Application,
    catalogue::SoldElsewhere,
    license::License,
    message::{Message, MessageId, MessageState, Opening},
    offers::{Offers, ProductKind},
    policy::AtTheEnd,
    probes::{Cases, ProbeBook},
    query::Known,
    terms::{OrderKind, Terms},
    usage::UsageBook,
    verdict::{Failure, Judgement, Verdict},
};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, AppInfo, Delivers, InstanceInfo, Scene, StatusChange},
    id::{EventId, InstanceId, LicenseCode, OrderId, OrderLine},
};

/// More failed orders than this in a month, and the product leaves the catalogue.
pub const FAILED_ORDERS_ALLOWED: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Customer {
    pub customer_id: String,
    pub customer_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Product {
    pub product_id: String,
    pub sku_code: String,
    pub name: String,
    /// The period that one order buys.
    pub months: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub line: OrderLine,
    pub kind: OrderKind,
    pub product: Product,
    pub customer: Customer,
    pub terms: Terms,
    pub test: bool,
    pub state: OrderState,
    pub placed_at: UnixMillis,
    pub failed_at: Option<UnixMillis>,
    /// Known from the seller's first answer on, or the one that the order is about.
    pub instance_id: Option<InstanceId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    Ordered,
    Provisioning,
    Failing,
    Fulfilled,
    /// Given up, waits for 重新启动.
    Stopped,
    Refunded,
}

impl OrderState {
    /// As the control API and scenarios say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Provisioning => "provisioning",
            Self::Failing => "failing",
            Self::Fulfilled => "fulfilled",
            Self::Stopped => "stopped",
            Self::Refunded => "refunded",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub instance_id: InstanceId,
    /// The order that bought it.
    pub order: OrderLine,
    pub product: Product,
    pub customer: Customer,
    pub terms: Terms,
    pub delivers: Delivers,
    pub status: InstanceStatus,
    /// The latest that was told; a seller may or may not tell it.
    #[serde(skip)]
    pub app_info: Option<AppInfo>,
    pub opened_at: UnixMillis,
    /// Its time is over and nothing was paid since.
    pub(super) expired: bool,
    /// While it is frozen or released.
    pub closed_at: Option<UnixMillis>,
    /// When it expires, after each period paid for. Cancelling a renewal takes the last one back.
    pub(super) expiries: Vec<UnixMillis>,
}

impl Instance {
    /// `None` for what is not bought for a period.
    pub(super) fn expiry(&self) -> Option<UnixMillis> {
        self.expiries.last().copied()
    }

    pub fn expire_time(&self) -> UnixMillis {
        self.expiries.last().copied().unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceStatus {
    Active,
    Frozen,
    Released,
}

impl InstanceStatus {
    /// As the control API and scenarios say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Released => "released",
        }
    }
}

/// What follows should a call have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Retry,
    End(AtTheEnd),
}

pub(super) struct Entry {
    pub(super) message: watch::Sender<Message>,
    /// When the window of its tries opened.
    pub(super) window_from: UnixMillis,
    /// The next try, where one is planned.
    pub(super) due: Option<UnixMillis>,
    /// A call is under way.
    pub(super) busy: bool,
}

#[derive(Default)]
pub(super) struct Ledger {
    pub(super) customers: BTreeMap<String, Customer>,
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) instances: BTreeMap<InstanceId, Instance>,
    pub(super) messages: BTreeMap<MessageId, Entry>,
    pub(super) licenses: BTreeMap<LicenseCode, License>,
    pub(super) applications: BTreeMap<EventId, Application>,
    pub(super) usage: UsageBook,
    /// To whom an instance of a joint product is bound.
    pub(super) organisations: BTreeMap<InstanceId, Organisation>,
    pub(super) offers: Offers,
    /// Saved debugging cases.
    pub(super) cases: Cases,
    pub(super) probes: ProbeBook,
    /// Ids of products that were taken off the catalogue for too many failed orders, and since when.
    pub(super) delisted: BTreeMap<String, UnixMillis>,
    /// Ids of products that left the catalogue.
    pub(super) withdrawn: BTreeSet<String>,
    pub(super) sold_elsewhere: SoldElsewhere,
}

impl Ledger {
    pub(super) fn place(&mut self, order: Order) {
        self.customers.insert(order.customer.customer_id.clone(), order.customer.clone());
        self.orders.insert(order.line.order_id.clone(), order);
    }

    pub(super) fn open(&mut self, activity: Activity, test: bool, now: UnixMillis) -> MessageId {
        self.open_as(Opening { test, ..Opening::of(activity) }, now)
    }

    pub(super) fn open_as(&mut self, opening: Opening, now: UnixMillis) -> MessageId {
        let Opening { activity, test, look, own_order } = opening;
        let id = MessageId(self.messages.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        let message = Message {
            id,
            activity,
            test,
            look,
            own_order,
            state: MessageState::New,
            attempts: 0,
            polls: 0,
            verdict: None,
            info: vec![],
            begun_at: now,
        };
        if !(test || look) {
            self.overtake_by_order(id, &message.activity, now);
        }
        let message = watch::Sender::new(message);
        self.messages.insert(id, Entry { message, window_from: now, due: None, busy: false });
        id
    }

    pub(super) fn message(&self, id: MessageId) -> Option<Message> {
        self.messages.get(&id).map(|entry| entry.message.borrow().clone())
    }

    /// Makes a changed message known to those who wait for it.
    pub(super) fn publish(&self, message: Message) {
        if let Some(entry) = self.messages.get(&message.id) {
            entry.message.send_replace(message);
        }
    }

    /// Takes a judged try into orders and instances. The message comes back changed but not yet published.
    pub(super) fn judged(
        &mut self,
        mut message: Message,
        judgement: Judgement,
        next: Next,
        now: UnixMillis,
    ) -> Message {
        message.attempts += 1;
        let verdict = self.without_double_ids(&message.activity, &judgement).unwrap_or(judgement.verdict);
        message.state = match &verdict {
            Verdict::Accepted => {
                self.accomplish(&message.activity, judgement.instance_id.clone(), &judgement.info, now);
                MessageState::Succeeded
            }
            Verdict::InProgress if judgement.instance_id.is_some() => MessageState::InProgress,
            Verdict::InProgress => {
                self.remember(&judgement.info);
                MessageState::Succeeded
            }
            Verdict::Failed(_) => failed(next),
        };
        if let (MessageState::InProgress, Some(order)) = (message.state, message.order().cloned())
            && let Some(order) = self.orders.get_mut(&order.order_id)
        {
            order.instance_id = judgement.instance_id;
        }
        message.verdict = Some(verdict);
        message.info = judgement.info;
        self.follow(&message, now);
        if message.state == MessageState::Succeeded && !(message.test || message.look) {
            self.overtake_by_release(message.id, &message.activity, now);
        }
        message
    }

    /// Takes a judged query for an instance that is being made.
    pub(super) fn polled(
        &mut self,
        mut message: Message,
        judgement: Judgement,
        next: Next,
        now: UnixMillis,
    ) -> Message {
        message.polls += 1;
        let verdict = match (judgement.verdict, next) {
            (Verdict::InProgress, Next::End(_)) => Verdict::Failed(Failure::NotInTime),
            (verdict, _) => verdict,
        };
        message.state = match (&verdict, next) {
            (Verdict::Accepted, _) => {
                let order = message.order().and_then(|line| self.orders.get(&line.order_id));
                let made = order.and_then(|order| order.instance_id.clone());
                self.accomplish(&message.activity, made, &judgement.info, now);
                MessageState::Succeeded
            }
            (_, Next::Retry) => MessageState::InProgress,
            (_, Next::End(_)) => failed(next),
        };
        message.verdict = Some(verdict);
        message.info = judgement.info;
        self.follow(&message, now);
        message
    }

    fn without_double_ids(&self, activity: &Activity, judgement: &Judgement) -> Option<Verdict> {
        let Activity::NewInstance { order, .. } = activity else { return None };
        let instance_id = judgement.instance_id.as_ref()?;
        let taken = self.instances.get(instance_id).is_some_and(|instance| instance.order != *order);
        taken.then(|| Verdict::Failed(Failure::InstanceIdTaken(instance_id.clone())))
    }

    fn accomplish(&mut self, activity: &Activity, made: Option<InstanceId>, info: &[InstanceInfo], now: UnixMillis) {
        match activity {
            Activity::NewInstance { order, delivers, .. } => {
                if let (Some(order), Some(instance_id)) = (self.orders.get_mut(&order.order_id), made) {
                    order.instance_id = Some(instance_id.clone());
                    let instance = Instance {
                        order: order.line.clone(),
                        product: order.product.clone(),
                        customer: order.customer.clone(),
                        terms: order.terms,
                        delivers: *delivers,
                        status: InstanceStatus::Active,
                        app_info: None,
                        opened_at: now,
                        expired: false,
                        closed_at: None,
                        expiries: order.terms.charging.ends(order.placed_at).into_iter().collect(),
                        instance_id: instance_id.clone(),
                    };
                    self.instances.entry(instance_id).or_insert(instance);
                }
            }
            Activity::RefreshInstance { instance_id, order, scene, expire_time, .. } => {
                let target = self.orders.get(&order.order_id).map(|order| (order.product.clone(), order.terms));
                let period = |instance: &&mut Instance| instance.expiry().is_some();
                let Some(instance) = self.instances.get_mut(instance_id).filter(period) else { return };
                if *scene == Scene::UnsubscribeRenewalPeriod {
                    instance.expiries.pop();
                } else {
                    instance.expiries.push(*expire_time);
                    if let Some((product, terms)) = target {
                        (instance.product, instance.terms) = (product, terms);
                    }
                }
            }
            Activity::UpdateInstanceStatus { instance_id, status, .. } => {
                let is_there = |instance: &&mut Instance| instance.status != InstanceStatus::Released;
                if let Some(instance) = self.instances.get_mut(instance_id).filter(is_there) {
                    (instance.status, instance.closed_at) = match status {
                        StatusChange::Freeze => (InstanceStatus::Frozen, Some(now)),
                        StatusChange::Unfreeze => (InstanceStatus::Active, None),
                        StatusChange::Unknown(_) => (instance.status, instance.closed_at),
                    };
                }
            }
            Activity::ReleaseInstance { instance_id, .. } => {
                if let Some(instance) = self.instances.get_mut(instance_id) {
                    instance.status = InstanceStatus::Released;
                    instance.closed_at = instance.closed_at.or(Some(now));
                }
            }
            Activity::UpgradeInstance { instance_id, order, .. } => {
                let target = self.orders.get(&order.order_id).map(|order| (order.product.clone(), order.terms));
                if let (Some(instance), Some((product, terms))) = (self.instances.get_mut(instance_id), target) {
                    instance.product = product;
                    instance.terms.linear_value = terms.linear_value;
                }
            }
            _ => {}
        }
        self.remember(info);
    }

    fn remember(&mut self, info: &[InstanceInfo]) {
        for told in info.iter().filter(|told| told.app_info.is_some()) {
            if let Some(instance) = self.instances.get_mut(&told.instance_id) {
                instance.app_info.clone_from(&told.app_info);
            }
        }
    }

    /// For what the instance was bought that an activity is about.
    pub(super) fn delivers(&self, activity: &Activity) -> Delivers {
        match activity {
            Activity::NewInstance { delivers, .. } => *delivers,
            activity => {
                let instance = activity.instance_id().and_then(|id| self.instances.get(id));
                instance.map_or(Delivers::AppInfo, |instance| instance.delivers)
            }
        }
    }

    /// What V1 tells beside the activity.
    pub(super) fn known(&self, activity: &Activity) -> Known {
        let order = activity.order().and_then(|line| self.orders.get(&line.order_id));
        Known { delivers: self.delivers(activity), amount: order.and_then(|order| order.terms.linear_value) }
    }

    /// What was bought decides with the activity how often something is tried.
    pub(super) fn kind_of(&self, activity: &Activity) -> ProductKind {
        if self.delivers(activity) == Delivers::License {
            return ProductKind::License;
        }
        let bought = activity.order().and_then(|line| self.orders.get(&line.order_id)).map(|order| &order.product);
        let used = || activity.instance_id().and_then(|id| self.instances.get(id)).map(|instance| &instance.product);
        let offer = bought.or_else(used).and_then(|product| self.offers.get(&product.product_id));
        offer.map(|offer| offer.kind).unwrap_or_default()
    }

    /// The order goes the way of its message. A notification only speaks of an order, and so does what V1 says of the
    /// purchase when an instance expires, is released or looked at.
    pub(super) fn follow(&mut self, message: &Message, now: UnixMillis) {
        if message.look
            || matches!(message.activity, Activity::OrderNotify { .. } | Activity::UpdateInstanceStatus { .. })
        {
            return;
        }
        let releases = matches!(message.activity, Activity::ReleaseInstance { .. });
        let order_id = message.own_order.as_ref().or(message.order().map(|line| &line.order_id));
        let Some(order) = order_id.and_then(|id| self.orders.get_mut(id)) else { return };
        if releases && order.kind != OrderKind::Unsubscribe {
            return;
        }
        order.state = match message.state {
            MessageState::New => OrderState::Ordered,
            MessageState::Failing => OrderState::Failing,
            MessageState::InProgress => OrderState::Provisioning,
            MessageState::Succeeded => OrderState::Fulfilled,
            MessageState::Stopped | MessageState::Overtaken => OrderState::Stopped,
            MessageState::Refunded => OrderState::Refunded,
        };
        // A License of 1.0 that was not delivered in time counts, though it may still be delivered.
        let undelivered = order.state == OrderState::Stopped
            && matches!(message.activity, Activity::NewInstance { delivers: Delivers::License, .. });
        order.failed_at = (order.state == OrderState::Refunded || undelivered).then_some(now);
        let product_id = order.product.product_id.clone();
        if order.failed_at.is_some() && self.failed_orders(now, Some(&product_id)) > FAILED_ORDERS_ALLOWED {
            self.delisted.entry(product_id).or_insert(now);
        }
    }

    /// Real orders refunded or not delivered because of the interface in that month (UTC).
    pub(super) fn failed_orders(&self, month_of: UnixMillis, product_id: Option<&str>) -> usize {
        let month = month(month_of);
        let failed = |order: &&Order| {
            !order.test
                && product_id.is_none_or(|id| id == order.product.product_id)
                && order.failed_at.is_some_and(|failed_at| self::month(failed_at) == month)
        };
        self.orders.values().filter(failed).count()
    }
}

fn month(time: UnixMillis) -> String {
    time.to_compact_utc().chars().take(6).collect()
}

const fn failed(next: Next) -> MessageState {
    match next {
        Next::Retry => MessageState::Failing,
        Next::End(AtTheEnd::Refund) => MessageState::Refunded,
        Next::End(AtTheEnd::Stop) => MessageState::Stopped,
    }
}
