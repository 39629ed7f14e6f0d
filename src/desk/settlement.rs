//! Settlement: what a month's bill will come to, an imported bill against it, products' terms, and how one order stands. The rules
//! are the domain's; here is brought together what they look at.

use std::collections::HashMap;

use tokio::task::spawn_blocking;

pub use super::rows::{BILL_DIFFERENCE, SETTLEMENT, TERMS, compared, settled, settlement_terms, waiting};
use super::{Desk, StoreError, import::ImportWatch, operator, unsubscriptions::RequestedUnsubscription};
pub use crate::store::KeptTerms;
use crate::{
    domain::{
        Order, World,
        delisting::Refunded,
        order_status::ToldSupervision,
        settlement::{
            BillLine, BillingMonth, Books, Compared, Estimate, Line, LineKind, Never, ProductType, Seller,
            SettlementPolicy, Standing, Terms, TermsTable, compare, estimate, lines, product_type,
        },
        supervision::OrderEnd,
        unsubscription::{OrderUnderRule, Unsubscription, unsubscription},
        workdays::Workdays,
    },
    protocol::id::OrderId,
};

/// What estimates rest on, kept so that several months can be looked at.
#[derive(Clone, Debug)]
pub struct SettlementMaterial {
    pub lines: Vec<Line>,
    pub bill: Vec<BillLine>,
    pub policy: SettlementPolicy,
    workdays: Workdays,
}

/// A month with everything that is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementMonth {
    pub estimate: Estimate,
    /// What differs first; empty without a bill.
    pub compared: Vec<Compared>,
    /// Lines of the month's bill.
    pub bill_lines: usize,
}

/// How one order stands: in which month it is billed or why not, and whether it may be given back.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderSettlement {
    /// Of the order alone, not of what else its instance was bought by.
    pub lines: Vec<Line>,
    /// `None` where it is not known what was bought.
    pub unsubscription: Option<Unsubscription>,
    /// What was noted of a request for one.
    pub request: Option<RequestedUnsubscription>,
}

impl SettlementMaterial {
    pub fn month(&self, month: BillingMonth) -> SettlementMonth {
        SettlementMonth {
            estimate: estimate(&self.lines, month, &self.policy, &self.workdays),
            compared: compare(month, &self.bill, &self.lines, &self.policy),
            bill_lines: self.bill.iter().filter(|line| line.month == month).count(),
        }
    }

    /// The newest month of which there is a bill.
    pub fn newest_bill(&self) -> Option<BillingMonth> {
        self.bill.iter().map(|line| line.month).max()
    }
}

impl Desk {
    /// The month that is under way in Beijing.
    pub fn this_month(&self) -> Option<BillingMonth> {
        BillingMonth::of(self.now())
    }

    pub async fn settlement_material(&self) -> Result<SettlementMaterial, StoreError> {
        while self.read_orders_of_calls().await? {}
        let store = &self.inner.store;
        let (books, bill) = (store.settlement_books(None).await?, store.bill_lines().await?);
        let (lines, workdays, policy) = self.settlement_lines(books).await?;
        Ok(SettlementMaterial { lines, bill, policy, workdays })
    }

    pub async fn settlement_month(&self, month: BillingMonth) -> Result<SettlementMonth, StoreError> {
        let material = self.settlement_material().await?;
        spawn_blocking(move || material.month(month)).await.map_err(|_panicked| StoreError::Panicked)
    }

    pub async fn settlement_of(&self, world: World, order_id: &OrderId) -> Result<Option<OrderSettlement>, StoreError> {
        if world != World::Live {
            return Ok(None);
        }
        while self.read_orders_of_calls().await? {}
        let books = self.inner.store.settlement_books(Some(order_id.clone())).await?;
        let order = books.orders.iter().find(|order| order.order.order_id == *order_id).cloned();
        let facts = books.supervision.get(order_id).cloned();
        let (mut lines, ..) = self.settlement_lines(books).await?;
        lines.retain(|line| line.order.order_id == *order_id);
        let (Some(first), Some(order)) = (lines.first(), order) else { return Ok(None) };
        let (now, this_month) = (self.now(), self.this_month());
        let start_rule = self.config().supervision.start_rule.unwrap_or_default();
        let never = |of: Never| lines.iter().any(|line| line.standing == Standing::Never(of));
        let under_rule = OrderUnderRule {
            product_type: first.product_type,
            charging_mode: first.charging_mode.as_ref(),
            order_type: first.order_type.as_ref(),
            supervised: first.supervised,
            supervision: facts.as_ref(),
            told_done: order.told_supervision() == Some(ToldSupervision::Done),
            code_activated: self.inner.store.activated_at(world, order_id.clone()).await?.is_some(),
            ordered_at: first.ordered_at,
            effective_at: first.effective_at,
            expires_at: OrderEnd::of(&order, facts.as_ref(), start_rule).at(),
            void: order.void().is_some(),
            opening_failed: never(Never::Refunded),
            unsubscribed: never(Never::Unsubscribed) || lines.iter().any(|line| line.kind == LineKind::Refund),
        };
        let settled = lines.iter().any(|line| line.enters() < this_month && line.enters().is_some());
        let unsubscription = Some(unsubscription(&under_rule, settled, now));
        let request = self.unsubscription_request(order_id).await?;
        Ok(Some(OrderSettlement { unsubscription, request, lines }))
    }

    /// Of what these live orders bought, as far as it is known.
    pub(super) async fn product_types(
        &self,
        order_ids: Vec<OrderId>,
    ) -> Result<HashMap<OrderId, ProductType>, StoreError> {
        if order_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let (orders, facts, terms) = self.inner.store.what_was_bought(order_ids).await?;
        let terms = TermsTable::new(terms.into_iter().map(|kept| kept.terms));
        let of = |order: &Order| {
            let terms = terms.of(order.product_id.as_deref(), order.sku_code.as_deref());
            let order_id = &order.order.order_id;
            Some((order_id.clone(), product_type(facts.get(order_id), terms.as_ref())?))
        };
        // Of an order's lines the first tells.
        Ok(orders.iter().rev().filter_map(of).collect())
    }

    async fn settlement_lines(&self, books: Books) -> Result<(Vec<Line>, Workdays, SettlementPolicy), StoreError> {
        let terms = self.inner.store.settlement_terms().await?;
        let terms = TermsTable::new(terms.into_iter().map(|kept| kept.terms));
        let (config, workdays) = (self.config(), self.workdays().await);
        let (now, retries) = (self.now(), self.policy());
        let worked_out = spawn_blocking(move || {
            let refunded = Refunded::of(&books.at_risk, &retries, now);
            let policy = config.settlement.clone();
            let seller = Seller {
                terms: &terms,
                policy: &policy,
                site: config.marketplace.site,
                workdays: &workdays,
                start_rule: config.supervision.start_rule.unwrap_or_default(),
            };
            let lines = lines(&books, &seller, &|line| refunded.contains(line), now);
            (lines, workdays, policy)
        });
        worked_out.await.map_err(|_panicked| StoreError::Panicked)
    }

    pub async fn settlement_terms(&self) -> Result<Vec<KeptTerms>, StoreError> {
        self.inner.store.settlement_terms().await
    }

    /// Puts all of these or none.
    pub async fn put_settlement_terms(&self, lines: Vec<Terms>) -> Result<(), StoreError> {
        self.put_settlement_terms_watched(lines, &ImportWatch::default()).await
    }

    /// The same, while somebody watches how far it is.
    pub(super) async fn put_settlement_terms_watched(
        &self,
        lines: Vec<Terms>,
        watch: &ImportWatch,
    ) -> Result<(), StoreError> {
        self.inner.store.put_settlement_terms(lines, operator(), self.now(), watch.clone()).await
    }

    /// Whether there was such a line.
    pub async fn remove_settlement_terms(
        &self,
        product_id: String,
        sku_code: Option<String>,
    ) -> Result<bool, StoreError> {
        self.inner.store.remove_settlement_terms(product_id, sku_code).await
    }

    /// Takes a month's bill away, to import another; how many lines it had.
    pub async fn remove_bill(&self, month: BillingMonth) -> Result<usize, StoreError> {
        self.inner.store.remove_bill(month).await
    }
}
