//! The guards: how close products are to being delisted, what orders, calls, instances and codes say against each other, and
//! how supervised orders stand.

use serde_json::{Value, json};

use super::{Desk, operator};
use crate::{
    domain::{
        World,
        delisting::{DelistingLevel, Probe, ProbeStanding, ProductStanding, probes, standing, start_of_month},
        reconcile::{Finding, reconcile},
        supervision::{Supervision, SupervisionFacts, supervise},
        workdays::Workdays,
    },
    protocol::{UnixMillis, id::OrderId},
    store::StoreError,
};

/// Probes are looked at so far back.
const PROBES_MILLIS: i64 = 14 * 24 * 3_600_000;
/// In the data directory: lines that take the place of the built-in table's years.
const WORKDAYS_FILE: &str = "workdays.txt";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DelistingWatch {
    /// The worst first.
    pub products: Vec<ProductStanding>,
    pub probes: ProbeStanding,
}

/// A supervised order that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisedOrder {
    pub order_id: OrderId,
    pub facts: SupervisionFacts,
    pub supervision: Supervision,
}

impl Desk {
    pub async fn delisting(&self) -> Result<DelistingWatch, StoreError> {
        let products = self.product_standings(World::Live).await?;
        let now = self.now();
        let told: Vec<Probe> = self.inner.store.probes(now.plus_millis(-PROBES_MILLIS)).await?;
        Ok(DelistingWatch { products, probes: probes(told, now) })
    }

    /// By product, of this month in Beijing.
    pub async fn product_standings(&self, world: World) -> Result<Vec<ProductStanding>, StoreError> {
        let (now, policy) = (self.now(), self.policy());
        // What began to fail before the month may be refunded in it.
        let since = start_of_month(now).plus_millis(-policy.purchase_millis.max(policy.change_millis));
        let failures = self.inner.store.failing_purchases(world, since).await?;
        Ok(standing(&failures, &policy, now))
    }

    /// Whether somebody is to be told that the product is so close: once for each level and month.
    pub async fn tell_delisting(&self, product_id: Option<String>, level: DelistingLevel) -> Result<bool, StoreError> {
        let now = self.now();
        self.inner.store.tell_delisting(product_id, level, start_of_month(now), now).await
    }

    pub async fn reconcile(&self) -> Result<Vec<Finding>, StoreError> {
        while self.read_orders_of_calls().await? {}
        let books = self.inner.store.books().await?;
        let now = self.now();
        let held = tokio::task::spawn_blocking(move || reconcile(&books, now)).await;
        held.map_err(|_panicked| StoreError::Panicked)
    }

    /// The built-in holidays with the data directory's own. A file that cannot be read is told, and changes nothing.
    pub async fn workdays(&self) -> Workdays {
        let file = self.data_dir().join(WORKDAYS_FILE);
        let read = tokio::task::spawn_blocking(move || match std::fs::read_to_string(&file) {
            Ok(text) => match Workdays::parse(&text) {
                Ok(newer) => Workdays::built_in().updated(newer),
                Err(error) => {
                    tracing::warn!(%error, "{WORKDAYS_FILE} is not used");
                    Workdays::built_in()
                }
            },
            Err(_) => Workdays::built_in(),
        });
        read.await.unwrap_or_default()
    }

    pub async fn supervision(&self, world: World, order_id: OrderId) -> Result<Option<SupervisionFacts>, StoreError> {
        self.inner.store.supervision(world, order_id).await
    }

    /// Notes what happened to a supervised order; `None` forgets it.
    pub async fn note_supervision(
        &self,
        world: World,
        order_id: OrderId,
        facts: Option<SupervisionFacts>,
    ) -> Result<(), StoreError> {
        self.inner.store.put_supervision(world, order_id, facts, operator(), self.now()).await
    }

    /// Live orders under supervision that are not done, those that wait for the seller first.
    pub async fn supervised(&self) -> Result<Vec<SupervisedOrder>, StoreError> {
        let noted = self.inner.store.supervised().await?;
        if noted.is_empty() {
            return Ok(Vec::new());
        }
        let workdays = self.workdays().await;
        let mut orders: Vec<SupervisedOrder> = noted
            .into_iter()
            .map(|noted| SupervisedOrder {
                supervision: supervise(&noted.facts, noted.ordered_at, &workdays),
                facts: noted.facts,
                order_id: noted.order_id,
            })
            .filter(|order| order.supervision.next.is_some())
            .collect();
        let first = |order: &SupervisedOrder| order.supervision.deadlines.first().map(|deadline| deadline.at);
        orders.sort_by_key(|order| (!order.supervision.waits_for_seller(), first(order)));
        Ok(orders)
    }
}

/// A finding as `reconcile --json` tells it.
pub fn finding_row(finding: &Finding) -> Value {
    let time = |time: UnixMillis| time.to_string();
    json!({
        "finding": finding.mismatch.name(),
        "orderId": finding.order.as_ref().map(|order| &order.order_id),
        "orderLineId": finding.order.as_ref().map(|order| &order.order_line_id),
        "instanceId": finding.instance_id,
        "license": finding.license,
        "productId": finding.product_id,
        "customerName": finding.customer_name,
        "since": time(finding.since),
        "remedy": finding.mismatch.remedy().name(),
    })
}
