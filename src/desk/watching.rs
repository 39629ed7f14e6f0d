//! The guards: how close products are to being delisted, what orders, calls, instances and codes say against each other, and
//! how supervised orders stand.

use serde_json::{Value, json};

use super::{Desk, operator};
use crate::{
    domain::{
        World,
        console::ConsolePage,
        delisting::{DelistingLevel, PartnerMail, ProductStanding, StillFailing, standing, start_of_month},
        message::Progress,
        reconcile::{Assumption, Basis, Finding, Reconciled, reconcile},
        retry_window::FAILED_ORDERS_ALLOWED,
        supervision::{StartRule, Supervision, SupervisionFacts, Validity, supervise, validity},
    },
    protocol::{UnixMillis, id::OrderId},
    store::{NotedSupervision, StoreError},
};

/// A supervised order that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisedOrder {
    pub order_id: OrderId,
    /// With what was told without anybody noting it.
    pub facts: SupervisionFacts,
    pub supervision: Supervision,
    /// Under either version of the rule.
    pub valid: Vec<(StartRule, Validity)>,
}

impl Desk {
    /// How close each product is to being delisted, the closest first; of this month in Beijing.
    pub async fn product_standings(&self, world: World) -> Result<Vec<ProductStanding>, StoreError> {
        let (now, policy) = (self.now(), self.policy());
        // What began to fail before the month may be refunded in it.
        let since = start_of_month(now).plus_millis(-policy.longest_order_millis());
        let orders = self.inner.store.orders_at_risk(world, since).await?;
        Ok(standing(&orders, &policy, now))
    }

    /// Whether somebody is to be told that the product is so close: once for each level and month.
    pub async fn tell_delisting(&self, product_id: Option<String>, level: DelistingLevel) -> Result<bool, StoreError> {
        let now = self.now();
        self.inner.store.tell_delisting(product_id, level, start_of_month(now), now).await
    }

    pub async fn reconcile(&self) -> Result<Reconciled, StoreError> {
        while self.read_orders_of_calls().await? {}
        let books = self.inner.store.books().await?;
        let (now, config) = (self.now(), self.config());
        let basis = Basis { grace: config.licenses, called_since: config.reconcile.called_since };
        let held = tokio::task::spawn_blocking(move || reconcile(&books, basis, now)).await;
        held.map_err(|_panicked| StoreError::Panicked)
    }

    /// What was noted of an order's supervision, and what a code's activation told without anybody noting it.
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
        let now = self.now();
        let mut orders = self.all_supervised().await?;
        orders.retain(|order| !order.supervision.is_done(now));
        let first = |order: &SupervisedOrder| order.supervision.due(now).map(|deadline| deadline.at);
        orders.sort_by_key(|order| (!order.supervision.waits_for_seller(), first(order)));
        Ok(orders)
    }

    /// Those that are done as well.
    pub async fn all_supervised(&self) -> Result<Vec<SupervisedOrder>, StoreError> {
        let noted = self.inner.store.supervised().await?;
        if noted.is_empty() {
            return Ok(Vec::new());
        }
        let workdays = self.workdays().await;
        let mut orders = Vec::with_capacity(noted.len());
        for NotedSupervision { order_id, facts, ordered_at, period } in noted {
            let supervision = supervise(&facts, ordered_at, &workdays);
            let period = period.as_ref().map(|(number, unit)| (*number, unit.as_str()));
            let valid = StartRule::ALL.into_iter().filter_map(|rule| Some((rule, validity(&facts, rule, period)?)));
            orders.push(SupervisedOrder { valid: valid.collect(), order_id, facts, supervision });
        }
        Ok(orders)
    }
}

/// A product as `delisting --json` tells it.
pub fn product_row(product: &ProductStanding) -> Value {
    let failing = product.failing.iter().map(|one| {
        let order = &one.order;
        json!({
            "orderId": order.order.order_id,
            "orderLineId": order.order.order_line_id,
            "activity": order.activity,
            "messageId": order.message_id,
            "state": match order.progress {
                Progress::Failing => "failing",
                Progress::InProgress => "in-progress",
                Progress::Succeeded => "unheard",
            },
            "firstCallAt": order.first_call_at.to_string(),
            "callsUntil": one.window.closes_at.to_string(),
            "refundedAt": one.refunded_at().map(|at| at.to_string()),
            "endangered": one.endangered,
        })
    });
    json!({
        "productId": product.product_id,
        "level": product.level.name(),
        "failed": product.failed_orders(),
        "failedOrders": product.failed,
        "failing": failing.collect::<Value>(),
        "mail": PartnerMail::about(product),
    })
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
        "assumes": finding.assumes.map(Assumption::name),
        "assumedTime": finding.assumes.map(|assumed| match assumed {
            Assumption::CalledSince { at } => time(at),
            Assumption::Grace { until, .. } => time(until),
        }),
        "remedy": finding.remedies.first().map(|remedy| remedy.name()),
        "remedies": finding.remedies.iter().map(|remedy| remedy.name()).collect::<Vec<_>>(),
        "page": finding.remedies.iter().find_map(|remedy| remedy.page()).map(ConsolePage::menu),
    })
}

/// The columns of findings.
pub const FINDING: &[&str] = &[
    "finding",
    "orderId",
    "orderLineId",
    "instanceId",
    "license",
    "productId",
    "customerName",
    "since",
    "assumes",
    "assumedTime",
    "remedy",
    "remedies",
    "page",
];

/// A supervised order as `list supervised --json` tells it.
pub fn supervised_row(order: &SupervisedOrder, now: UnixMillis) -> Value {
    let SupervisedOrder { order_id, facts, supervision, valid } = order;
    let time = |time: Option<UnixMillis>| time.map(|time| time.to_string());
    let deadlines = supervision.deadlines.iter().map(|deadline| {
        json!({
            "deadline": deadline.kind.name(), "at": deadline.at.to_string(), "withoutTable": deadline.without_table,
        })
    });
    let due = supervision.due(now);
    let of = |rule: StartRule| valid.iter().find(|(of, _)| *of == rule).map(|(_, valid)| valid);
    let (newer, older) = (of(StartRule::ActualOpening), of(StartRule::Acceptance));
    json!({
        "orderId": order_id,
        "kind": facts.kind,
        "nextStep": supervision.next.map(|stage| stage.step.name()),
        "actor": supervision.next.map(|stage| stage.actor.name()),
        "waitsForSeller": supervision.waits_for_seller(),
        "frozen": supervision.frozen,
        "due": due.map(|due| due.kind.name()),
        "dueAt": time(due.map(|due| due.at)),
        "deadlines": deadlines.collect::<Value>(),
        "startsAt": time(newer.map(|valid| valid.starts_at)),
        "endsAt": time(newer.and_then(|valid| valid.ends_at)),
        "startsAtOlderRule": time(older.map(|valid| valid.starts_at)),
        "endsAtOlderRule": time(older.and_then(|valid| valid.ends_at)),
        "deliveredAt": time(facts.delivered_at),
        "acceptedAt": time(facts.accepted_at),
        "rejections": facts.rejected_at.len(),
        "note": facts.note,
    })
}

/// The columns of supervised orders.
pub const SUPERVISED: &[&str] = &[
    "orderId",
    "kind",
    "nextStep",
    "actor",
    "waitsForSeller",
    "frozen",
    "due",
    "dueAt",
    "deadlines",
    "startsAt",
    "endsAt",
    "startsAtOlderRule",
    "endsAtOlderRule",
    "deliveredAt",
    "acceptedAt",
    "rejections",
    "note",
];

pub const DELISTING: &[&str] = &[
    "productId",
    "level",
    "failedOrders",
    "allowed",
    "failingOrders",
    "firstRefundAt",
    "failedOrderIds",
    "failingOrderIds",
];

/// How near a product is to being delisted.
pub fn delisting_row(product: &ProductStanding) -> Value {
    let failing = product.failing.iter().map(|one| one.order.order.order_id.as_str());
    json!({
        "productId": product.product_id,
        "level": product.level.name(),
        "failedOrders": product.failed_orders(),
        "allowed": FAILED_ORDERS_ALLOWED,
        "failingOrders": product.failing.len(),
        "firstRefundAt": product.failing.iter().find_map(StillFailing::refunded_at).map(|at| at.to_string()),
        "failedOrderIds": product.failed.iter().map(OrderId::as_str).collect::<Vec<_>>().join(" "),
        "failingOrderIds": failing.collect::<Vec<_>>().join(" "),
    })
}
