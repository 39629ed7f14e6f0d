//! An order line: what was bought, by whom, for how long, put together from the calls and from the order query. Neither
//! tells everything, so each adds to what is known.

use std::collections::BTreeSet;

use super::{Instance, OrderStatus, PaymentStatus, World, imported_order::OrderField};
use crate::protocol::{
    UnixMillis,
    callback::{self, Activity, Callback, LicenseChange, OrderDetails, Scene, Wire},
    id::{InstanceId, OrderLine},
    open_api::order::{ChargingMode, OrderInfo, OrderType},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub world: World,
    /// V1 names no line; then its id is empty until the order query tells it.
    pub order: OrderLine,
    pub order_type: Option<OrderType>,
    pub charging_mode: Option<ChargingMode>,
    pub create_time: Option<UnixMillis>,
    /// Computed by KooGallery from order time and period.
    pub expire_time: Option<UnixMillis>,
    pub period_type: Option<String>,
    pub period_number: Option<i64>,
    pub product_id: Option<String>,
    pub sku_code: Option<String>,
    pub product_name: Option<String>,
    /// `linearValue`, or `amount` of V1: the quantity.
    pub quantity: Option<i64>,
    /// Told by V1 alone, as text in the site's currency.
    pub order_amount: Option<String>,
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub extend_params: Vec<(String, String)>,
    pub instance_id: Option<InstanceId>,
    /// 订单状态, 服务监管状态, 付费状态 and 客户还款状态, which no interface tells: as a table had them.
    pub order_status: Option<OrderStatus>,
    pub supervision_status: Option<String>,
    pub payment_status: Option<PaymentStatus>,
    pub repayment_status: Option<PaymentStatus>,
    /// What only a table told; everything else is of calls and the query.
    pub imported: BTreeSet<OrderField>,
    /// When a table last told of it.
    pub imported_at: Option<UnixMillis>,
    /// When a call first named it; `None` where only the query knows it.
    pub called_at: Option<UnixMillis>,
    /// When the order query last told of it.
    pub queried_at: Option<UnixMillis>,
    pub created_at: UnixMillis,
    pub changed_at: UnixMillis,
}

impl Order {
    pub fn new(world: World, order: OrderLine, now: UnixMillis) -> Self {
        Self {
            world,
            order,
            order_type: None,
            charging_mode: None,
            create_time: None,
            expire_time: None,
            period_type: None,
            period_number: None,
            product_id: None,
            sku_code: None,
            product_name: None,
            quantity: None,
            order_amount: None,
            customer_id: None,
            customer_name: None,
            extend_params: Vec::new(),
            instance_id: None,
            order_status: None,
            supervision_status: None,
            payment_status: None,
            repayment_status: None,
            imported: BTreeSet::new(),
            imported_at: None,
            called_at: None,
            queried_at: None,
            created_at: now,
            changed_at: now,
        }
    }

    /// What a call tells of its order. `instance_id` is the one that the message is about.
    pub fn of_call(
        world: World,
        callback: &Callback,
        instance_id: Option<InstanceId>,
        called_at: UnixMillis,
    ) -> Option<Self> {
        let activity = &callback.activity;
        // There it names the purchase whose instance goes, whatever it goes for.
        if callback.wire == Wire::V1 && matches!(activity, Activity::ReleaseInstance { .. }) {
            return None;
        }
        let order = activity.order()?.clone();
        let mut known = Self { instance_id, called_at: Some(called_at), ..Self::new(world, order, called_at) };
        match activity {
            Activity::NewInstance { details, .. } => {
                known.order_type = Some(OrderType::New);
                if let Some(details) = details {
                    known.take_details(details);
                }
            }
            Activity::RefreshInstance { scene, product_id, expire_time, .. }
            | Activity::License { change: LicenseChange::Refresh { scene, product_id, expire_time, .. }, .. } => {
                known.order_type = type_of_scene(scene);
                known.product_id.clone_from(product_id);
                known.expire_time = Some(*expire_time);
            }
            Activity::UpgradeInstance { sku_code, product_id, .. } => {
                known.order_type = Some(OrderType::Change);
                known.sku_code.clone_from(sku_code);
                known.product_id.clone_from(product_id);
            }
            Activity::ReleaseInstance { .. } | Activity::License { change: LicenseChange::Release { .. }, .. } => {
                known.order_type = Some(OrderType::Unsubscribe);
            }
            // Which kind of order it is only the query tells.
            _ => {}
        }
        Some(known)
    }

    /// What V1 tells of a renewal's or an upgrade's order beside what the activity is made of.
    #[must_use]
    pub fn with_parameters(mut self, parameters: &serde_json::Map<String, serde_json::Value>) -> Self {
        let text =
            |name: &str| parameters.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
        let number = |name: &str| text(name).and_then(|number| number.parse().ok());
        self.quantity = self.quantity.or_else(|| number("amount"));
        self.period_number = self.period_number.or_else(|| number("periodNumber"));
        self.period_type = self.period_type.or_else(|| text("periodType").map(str::to_owned));
        self.order_amount = self.order_amount.or_else(|| text("orderAmount").map(str::to_owned));
        if self.extend_params.is_empty()
            && let Some(params) = text(callback::EXTEND_PARAMS).and_then(callback::extend_params)
        {
            self.extend_params = params.into_iter().map(|param| (param.name, param.value)).collect();
        }
        self
    }

    fn take_details(&mut self, details: &OrderDetails) {
        if details.trial {
            self.order_type = Some(OrderType::Trial);
        }
        self.charging_mode = details.charging_mode.as_ref().map(mode_of_v1);
        self.create_time = details.start_time;
        self.expire_time = details.expire_time;
        self.period_type.clone_from(&details.period_type);
        self.period_number = details.period_number.as_deref().and_then(|number| number.parse().ok());
        self.product_id.clone_from(&details.product_id);
        self.sku_code.clone_from(&details.sku_code);
        self.quantity = details.amount.as_deref().and_then(|amount| amount.parse().ok());
        self.order_amount.clone_from(&details.order_amount);
        self.customer_id.clone_from(&details.customer_id);
        self.customer_name.clone_from(&details.customer_name);
        self.extend_params =
            details.extend_params.iter().map(|param| (param.name.clone(), param.value.clone())).collect();
    }

    /// Every line of what the order query told.
    pub fn told(world: World, info: &OrderInfo, now: UnixMillis) -> Vec<Self> {
        let line = |line: &crate::protocol::open_api::order::OrderLineInfo| {
            let order = OrderLine { order_id: info.order_id.clone(), order_line_id: line.order_line_id.clone() };
            let product = line.products.first();
            let buyer = info.buyer.as_ref();
            let params = if line.extend_params.is_empty() { &info.extend_params } else { &line.extend_params };
            Self {
                order_type: Some(info.order_type.clone()),
                charging_mode: Some(line.charging_mode.clone()),
                create_time: info.create_time,
                expire_time: line.expire_time,
                period_type: line.period_type.clone(),
                period_number: line.period_number,
                product_id: product.map(|product| product.product_id.clone()),
                sku_code: product.and_then(|product| product.sku_code.clone()),
                product_name: product.and_then(|product| product.product_name.clone()),
                quantity: product.and_then(|product| product.linear_value),
                customer_id: buyer.and_then(|buyer| buyer.customer_id.clone()),
                customer_name: buyer.and_then(|buyer| buyer.customer_name.clone()),
                extend_params: params.clone(),
                queried_at: Some(now),
                ..Self::new(world, order, now)
            }
        };
        info.lines.iter().map(line).collect()
    }

    /// What is known after hearing more. News win, silence takes nothing back, what the query told outweighs a guess from a
    /// call, and either outweighs a table.
    #[must_use]
    pub fn after(self, news: &Self) -> Self {
        let Some(imported_at) = self.imported_at else { return self.hears(news) };
        let (told, only_imported) = (self.imported_fields(), self.is_only_imported());
        let mut after = self.without_import().hears(news);
        if only_imported && !news.order.order_line_id.as_str().is_empty() {
            // A table may have named the order alone.
            after.order = news.order.clone();
        }
        after.with_import([&told], imported_at)
    }

    fn hears(self, news: &Self) -> Self {
        let of_query = self.queried_at.is_some() && news.queried_at.is_none();
        let (first, second) = if of_query { (&self, news) } else { (news, &self) };
        let order_type = first.order_type.clone().or_else(|| second.order_type.clone());
        // The query counts a renewal's period from its order on; the call tells when the instance ends.
        let renewed_until = match order_type {
            Some(OrderType::Renew) => {
                [news, &self].into_iter().find(|one| one.called_at.is_some()).and_then(|called| called.expire_time)
            }
            _ => None,
        };
        let after = Self {
            world: self.world,
            order: if news.queried_at.is_some() { news.order.clone() } else { self.order.clone() },
            order_type,
            charging_mode: first.charging_mode.clone().or_else(|| second.charging_mode.clone()),
            create_time: first.create_time.or(second.create_time),
            expire_time: renewed_until.or(first.expire_time).or(second.expire_time),
            period_type: first.period_type.clone().or_else(|| second.period_type.clone()),
            period_number: first.period_number.or(second.period_number),
            product_id: first.product_id.clone().or_else(|| second.product_id.clone()),
            sku_code: first.sku_code.clone().or_else(|| second.sku_code.clone()),
            product_name: first.product_name.clone().or_else(|| second.product_name.clone()),
            quantity: first.quantity.or(second.quantity),
            order_amount: first.order_amount.clone().or_else(|| second.order_amount.clone()),
            customer_id: first.customer_id.clone().or_else(|| second.customer_id.clone()),
            customer_name: first.customer_name.clone().or_else(|| second.customer_name.clone()),
            extend_params: match first.extend_params.is_empty() {
                true => second.extend_params.clone(),
                false => first.extend_params.clone(),
            },
            instance_id: first.instance_id.clone().or_else(|| second.instance_id.clone()),
            order_status: None,
            supervision_status: None,
            payment_status: None,
            repayment_status: None,
            imported: BTreeSet::new(),
            imported_at: None,
            called_at: match (self.called_at, news.called_at) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            queried_at: self.queried_at.max(news.queried_at),
            created_at: self.created_at,
            changed_at: self.changed_at,
        };
        let changed = Self { queried_at: self.queried_at, ..after.clone() } != self;
        Self { changed_at: if changed { news.changed_at } else { self.changed_at }, ..after }
    }

    /// Whether what it bought takes the place of what the instance was, once it is done: the calls of V2 do not tell it.
    pub fn may_change_product(&self) -> bool {
        self.queried_at.is_some()
            && matches!(self.order_type, Some(OrderType::Change | OrderType::Renew | OrderType::TrialToFormal))
    }

    /// What the order tells of its instance. `changes`: it was done, and none came after it.
    pub fn complete(&self, instance: &Instance, changes: bool) -> Instance {
        let bought = self.order == instance.order;
        let or = |known: &Option<String>, told: &Option<String>| known.clone().or_else(|| told.clone());
        let product =
            |known: &Option<String>, told: &Option<String>| if changes { or(told, known) } else { or(known, told) };
        Instance {
            product_id: product(&instance.product_id, &self.product_id),
            sku_code: product(&instance.sku_code, &self.sku_code),
            customer_id: or(&instance.customer_id, &self.customer_id),
            customer_name: or(&instance.customer_name, &self.customer_name),
            expire_time: instance.expire_time.or(if bought { self.expire_time } else { None }),
            ..instance.clone()
        }
    }
}

fn type_of_scene(scene: &Scene) -> Option<OrderType> {
    match scene {
        Scene::TrialToFormal => Some(OrderType::TrialToFormal),
        // A renewal that changes the specification as well counts as one until the query tells.
        Scene::Renewal | Scene::RenewalChange => Some(OrderType::Renew),
        Scene::UnsubscribeRenewalPeriod => Some(OrderType::Unsubscribe),
        Scene::Unknown(_) => None,
    }
}

fn mode_of_v1(mode: &callback::ChargingMode) -> ChargingMode {
    match mode {
        callback::ChargingMode::PayPerUse => ChargingMode::OnDemand,
        callback::ChargingMode::Period => ChargingMode::Period,
        callback::ChargingMode::OneTime => ChargingMode::OneTime,
        callback::ChargingMode::Package => ChargingMode::OnDemandPackage,
        callback::ChargingMode::Unknown(text) => ChargingMode::Unknown(text.clone()),
    }
}

#[cfg(test)]
mod tests;
