//! What the marketplace's console shows: reading the ledger, changing nothing.

use std::collections::BTreeMap;

use super::{
    Marketplace,
    action::Organisation,
    delivery::lock,
    ledger::{Customer, Instance, Order},
    license::License,
    message::{Message, MessageId},
    usage::UsageBill,
};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, LicenseCode, OrderId},
};

impl Marketplace {
    pub fn customers(&self) -> Vec<Customer> {
        lock(&self.shared.ledger).customers.values().cloned().collect()
    }

    pub fn order(&self, id: &OrderId) -> Option<Order> {
        lock(&self.shared.ledger).orders.get(id).cloned()
    }

    pub fn orders(&self) -> Vec<Order> {
        lock(&self.shared.ledger).orders.values().cloned().collect()
    }

    pub fn instance(&self, id: &InstanceId) -> Option<Instance> {
        lock(&self.shared.ledger).instances.get(id).cloned()
    }

    pub fn instances(&self) -> Vec<Instance> {
        lock(&self.shared.ledger).instances.values().cloned().collect()
    }

    pub fn license(&self, code: &LicenseCode) -> Option<License> {
        lock(&self.shared.ledger).licenses.get(code).cloned()
    }

    pub fn licenses(&self) -> Vec<License> {
        lock(&self.shared.ledger).licenses.values().cloned().collect()
    }

    /// To whom instances of joint products are bound.
    pub fn organisations(&self) -> BTreeMap<InstanceId, Organisation> {
        lock(&self.shared.ledger).organisations.clone()
    }

    /// 话单管理: every metering record that came, in the order of arrival, with what became of it.
    pub fn usage_bills(&self) -> Vec<UsageBill> {
        lock(&self.shared.ledger).usage.bills.clone()
    }

    /// What an order bought or is about, once that is known.
    pub fn instance_of(&self, message: &Message) -> Option<Instance> {
        self.instance(&self.order(&message.order()?.order_id)?.instance_id?)
    }

    pub fn message(&self, id: MessageId) -> Option<Message> {
        lock(&self.shared.ledger).message(id)
    }

    /// 生产接口消息, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.shared.ledger).messages.values().map(|entry| entry.message.borrow().clone()).collect()
    }

    /// Those whose last call did not succeed, with the reason (异常信息).
    pub fn exceptions(&self) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.exception().is_some()).collect()
    }

    /// Real orders refunded or not delivered because of the interface in this month (UTC).
    pub fn failed_orders_this_month(&self) -> usize {
        lock(&self.shared.ledger).failed_orders(self.now(), None)
    }

    /// Whether a product has left the catalogue for too many failed orders.
    pub fn is_delisted(&self) -> bool {
        !lock(&self.shared.ledger).delisted.is_empty()
    }

    /// Those products, and since when.
    pub fn delisted(&self) -> Vec<(String, UnixMillis)> {
        lock(&self.shared.ledger).delisted.iter().map(|(id, since)| (id.clone(), *since)).collect()
    }
}
