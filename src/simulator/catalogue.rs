//! What is for sale, and by whom: products that are withdrawn, and what another seller sold.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Marketplace, Offer, delivery::lock};
use crate::protocol::id::{InstanceId, OrderId};

/// What another seller sold: known to the marketplace, and none of this seller's business.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SoldElsewhere {
    pub(super) orders: BTreeSet<OrderId>,
    pub(super) instances: BTreeSet<InstanceId>,
}

impl Marketplace {
    /// What the seller offers. A marketplace begins with one product of every kind.
    pub fn offers(&self) -> Vec<Offer> {
        lock(&self.shared.ledger).offers.values().cloned().collect()
    }

    /// Puts a product on sale, one that has left the catalogue again, or changes its terms.
    pub fn offer(&self, offer: Offer) {
        let mut ledger = lock(&self.shared.ledger);
        ledger.withdrawn.remove(&offer.product.product_id);
        ledger.delisted.remove(&offer.product.product_id);
        ledger.offers.insert(offer.product.product_id.clone(), offer);
    }

    /// The product leaves the catalogue; what is metered of it is not billed any more.
    pub fn withdraw(&self, product_id: &str) {
        lock(&self.shared.ledger).withdrawn.insert(product_id.to_owned());
    }

    /// Another seller sells something: an order and an instance that are none of this one's business.
    pub fn sold_by_another(&self) -> (OrderId, InstanceId) {
        let (order, instance) = {
            let mut ids = lock(&self.shared.ids);
            (ids.order(self.now()).order_id, ids.instance())
        };
        let mut ledger = lock(&self.shared.ledger);
        ledger.sold_elsewhere.orders.insert(order.clone());
        ledger.sold_elsewhere.instances.insert(instance.clone());
        (order, instance)
    }
}
