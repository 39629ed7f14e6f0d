//! Every order as settlement sees it: the month in which it enters a bill and by which rule, or what keeps it out.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::{
    BillingMonth, ProductType, SettlementPolicy, SupervisionDone, Terms, TermsTable,
    block::{Assumption, Block, EntryRule, Never},
    price::{Priced, Pricing},
    renewal::{Effect, effects},
};
use crate::{
    domain::{
        Order, OrderStatus, PaymentStatus, World,
        delisting::OrderAtRisk,
        limit::{Ended, InstanceRun, ordered_at, purchases},
        order_status::{ToldSupervision, Void},
        supervision::{OrderEnd, STATUS_MILLIS, StartRule, Supervised, SupervisionFacts, supervise},
        workdays::Workdays,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId, OrderLine},
        open_api::order::{ChargingMode, OrderType},
        site::Site,
    },
};

/// What is known here.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub orders: Vec<Order>,
    pub statuses: HashMap<InstanceId, InstanceRun>,
    /// When what an order asked for was done here.
    pub opened: HashMap<OrderId, UnixMillis>,
    /// Orders whose call is not done.
    pub unopened: HashSet<OrderId>,
    /// Calls that KooGallery may have given up, and refunded.
    pub at_risk: Vec<OrderAtRisk>,
    pub supervision: HashMap<OrderId, SupervisionFacts>,
    pub usage: Vec<UsageMonth>,
}

/// The usage of an instance in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageMonth {
    pub instance_id: InstanceId,
    pub month: BillingMonth,
    /// When the last of it began.
    pub at: UnixMillis,
    pub taken: Decimal,
    /// Not taken by KooGallery.
    pub pending: Decimal,
    pub pending_records: usize,
}

impl UsageMonth {
    pub const fn new(instance_id: InstanceId, month: BillingMonth) -> Self {
        Self { instance_id, month, at: UnixMillis(0), taken: Decimal::ZERO, pending: Decimal::ZERO, pending_records: 0 }
    }

    /// Another record; `taken`: KooGallery has it.
    pub fn add(&mut self, began_at: UnixMillis, value: Decimal, taken: bool) {
        self.at = self.at.max(began_at);
        let sum = if taken { &mut self.taken } else { &mut self.pending };
        // What does not fit is no usage of anybody.
        *sum = sum.saturating_add(value);
        self.pending_records += usize::from(!taken);
    }
}

/// What the seller has said of products and contract.
pub struct Seller<'a> {
    pub terms: &'a TermsTable,
    pub policy: &'a SettlementPolicy,
    pub site: Site,
    pub workdays: &'a Workdays,
    pub start_rule: StartRule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    Order,
    /// A month's consumption.
    Usage,
    Refund,
}

impl LineKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Usage => "usage",
            Self::Refund => "refund",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Enters { month: BillingMonth, at: UnixMillis, rule: EntryRule },
    Blocked(Vec<Block>),
    Never(Never),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub order: OrderLine,
    pub kind: LineKind,
    pub order_type: Option<OrderType>,
    pub charging_mode: Option<ChargingMode>,
    pub product_id: Option<String>,
    pub sku_code: Option<String>,
    pub product_name: Option<String>,
    pub customer: Option<String>,
    pub product_type: Option<ProductType>,
    pub supervised: bool,
    pub ordered_at: UnixMillis,
    /// Of a renewal, as far as it is known.
    pub effective_at: Option<UnixMillis>,
    pub standing: Standing,
    pub priced: Priced,
    /// Each once.
    pub assumptions: Vec<Assumption>,
}

impl Line {
    pub fn enters(&self) -> Option<BillingMonth> {
        match self.standing {
            Standing::Enters { month, .. } => Some(month),
            _ => None,
        }
    }

    /// A renewal that is paid and begins later.
    pub fn takes_effect_later(&self) -> bool {
        self.assumptions.contains(&Assumption::EffectAhead)
    }

    /// What keeps it out of the bills up to a month's, where it is in none of them; `None` where it is in them for nothing.
    pub(super) fn waits_for(&self, until: BillingMonth) -> Option<Vec<Block>> {
        match &self.standing {
            Standing::Blocked(blocks) => Some(blocks.clone()),
            Standing::Enters { month, .. } if *month <= until => Some(vec![Block::BelowThreshold]),
            Standing::Enters { at, rule: EntryRule::RenewalEffective, .. } => {
                Some(vec![Block::NotEffective { at: *at }])
            }
            Standing::Enters { .. } | Standing::Never(_) => None,
        }
    }

    /// What it is held against a least amount with: a product whose type is not kept is taken for SaaS.
    pub fn settled_type(&self) -> ProductType {
        self.product_type.unwrap_or(ProductType::Saas)
    }
}

/// The lines of all live orders, oldest order first. `refunded`: KooGallery has given up opening it.
pub fn lines(books: &Books, seller: &Seller<'_>, refunded: &impl Fn(&OrderLine) -> bool, now: UnixMillis) -> Vec<Line> {
    let end = |order: &Order| OrderEnd::of(order, books.supervision.get(&order.order.order_id), seller.start_rule);
    let ended: HashMap<OrderLine, Ended> = purchases(&books.orders, &books.statuses, refunded, &end)
        .into_iter()
        .filter_map(|purchase| Some((purchase.order, purchase.ended?)))
        .collect();
    let holds = |order: &Order| order.order_type != Some(OrderType::Unsubscribe) && !ended.contains_key(&order.order);
    let effects = effects(&books.orders, &holds, &end);
    let mut usage: HashMap<&InstanceId, Vec<&UsageMonth>> = HashMap::new();
    for month in &books.usage {
        usage.entry(&month.instance_id).or_default().push(month);
    }
    let mut lines = Vec::new();
    for order in &books.orders {
        let is_mock = order.order.order_id.as_str().starts_with("MOCK");
        if order.world == World::Live && !is_mock {
            let ended = ended.get(&order.order).copied();
            let instance = order.instance_id.as_ref();
            let one = OneOrder { books, seller, order, effect: effects.get(&order.order).copied(), now };
            one.lines(ended, instance.and_then(|instance| usage.get(instance)), &mut lines);
        }
    }
    lines.sort_by(|one, other| (one.ordered_at, &one.order).cmp(&(other.ordered_at, &other.order)));
    lines
}

struct OneOrder<'a> {
    books: &'a Books,
    seller: &'a Seller<'a>,
    order: &'a Order,
    /// Of a renewal.
    effect: Option<Effect>,
    now: UnixMillis,
}

impl OneOrder<'_> {
    fn lines(&self, ended: Option<Ended>, usage: Option<&Vec<&UsageMonth>>, lines: &mut Vec<Line>) {
        let order = self.order;
        let terms = self.seller.terms.of(order.product_id.as_deref(), order.sku_code.as_deref());
        let terms = terms.as_ref();
        let pricing = Pricing { policy: self.seller.policy, site: self.seller.site };
        let mut assumed = Vec::new();
        let never = match (&order.order_type, ended) {
            (Some(OrderType::Unsubscribe), _) => Some(Never::Unsubscription),
            (Some(OrderType::Trial), _) => Some(Never::Trial),
            (_, Some(Ended::Refunded)) => Some(Never::Refunded),
            (_, Some(Ended::Void(Void::Cancelled))) => Some(Never::Cancelled),
            _ => None,
        };
        if never.is_none() && order.charging_mode == Some(ChargingMode::OnDemand) {
            self.usage_lines(usage, terms, &pricing, lines);
            return;
        }
        let standing = never.map_or_else(|| self.standing(terms, &mut assumed), Standing::Never);
        let priced = pricing.of_order(order, terms, &mut assumed);
        let line = self.line(LineKind::Order, terms, standing, priced, assumed);
        let Some(Ended::Unsubscribed { at: back } | Ended::UnsubscribedByMatch { at: back }) = ended else {
            lines.push(line);
            return;
        };
        let (Standing::Enters { at, .. }, Some(month)) = (&line.standing, BillingMonth::of(back)) else {
            lines.push(Line { standing: Standing::Never(Never::Unsubscribed), ..line });
            return;
        };
        if *at >= back {
            lines.push(Line { standing: Standing::Never(Never::Unsubscribed), ..line });
            return;
        }
        let mut refund = Line {
            kind: LineKind::Refund,
            standing: Standing::Enters { month, at: back, rule: EntryRule::Refund },
            priced: line.priced.taken_back(),
            ..line.clone()
        };
        refund.assumptions.push(Assumption::FullRefund);
        if matches!(ended, Some(Ended::UnsubscribedByMatch { .. })) {
            refund.assumptions.push(Assumption::RefundMatched);
        }
        lines.extend([line, refund]);
    }

    /// A month of consumption is a line; what of it was not taken yet is another.
    fn usage_lines(
        &self,
        usage: Option<&Vec<&UsageMonth>>,
        terms: Option<&Terms>,
        pricing: &Pricing<'_>,
        lines: &mut Vec<Line>,
    ) {
        let mut push = |standing, used| {
            let mut assumed = Vec::new();
            let priced = pricing.of_usage(used, terms, &mut assumed);
            lines.push(self.line(LineKind::Usage, terms, standing, priced, assumed));
        };
        for UsageMonth { month, at, taken, pending, pending_records, .. } in usage.into_iter().flatten() {
            if *taken > Decimal::ZERO {
                push(Standing::Enters { month: *month, at: *at, rule: EntryRule::Consumption }, *taken);
            }
            if *pending_records > 0 {
                push(Standing::Blocked(vec![Block::UsageNotPushed { records: *pending_records }]), *pending);
            }
        }
        if usage.is_none() {
            push(Standing::Blocked(vec![Block::NoUsage]), Decimal::ZERO);
        }
    }

    fn line(
        &self,
        kind: LineKind,
        terms: Option<&Terms>,
        standing: Standing,
        priced: Priced,
        mut assumptions: Vec<Assumption>,
    ) -> Line {
        let order = self.order;
        if self.product_type(terms).is_none() {
            assumptions.push(Assumption::ProductTypeUnknown);
        }
        if order.payment_status.is_none() {
            assumptions.push(Assumption::Paid);
        }
        if let Some(OrderStatus::Other(_)) = order.order_status {
            assumptions.push(Assumption::StatusUnknown);
        }
        assumptions.sort_unstable();
        assumptions.dedup();
        Line {
            order: order.order.clone(),
            kind,
            order_type: order.order_type.clone(),
            charging_mode: order.charging_mode.clone(),
            product_id: order.product_id.clone(),
            sku_code: order.sku_code.clone(),
            product_name: order.product_name.clone(),
            customer: order.customer_name.clone().or_else(|| order.customer_id.clone()),
            product_type: self.product_type(terms),
            supervised: self.is_supervised(terms),
            ordered_at: ordered_at(order),
            effective_at: self.effect.map(|effect| effect.at),
            standing,
            priced,
            assumptions,
        }
    }

    fn facts(&self) -> Option<&SupervisionFacts> {
        self.books.supervision.get(&self.order.order.order_id)
    }

    fn product_type(&self, terms: Option<&Terms>) -> Option<ProductType> {
        product_type(self.facts(), terms)
    }

    fn is_supervised(&self, terms: Option<&Terms>) -> bool {
        is_supervised(self.order, self.facts(), terms)
    }

    /// What keeps it out of every bill, whenever it would enter one.
    fn unsettled(&self) -> Vec<Block> {
        let order = self.order;
        let void = match order.void() {
            Some(Void::Unpaid) => Some(Block::Unpaid),
            Some(Void::UnderReview) => Some(Block::UnderReview),
            Some(Void::Cancelled) | None => None,
        };
        let open = |status: &Option<PaymentStatus>| status.as_ref().is_some_and(|status| !status.is_settled());
        let unpaid = (open(&order.payment_status) && void != Some(Block::Unpaid)).then_some(Block::Unpaid);
        void.into_iter().chain(unpaid).chain(open(&order.repayment_status).then_some(Block::NotRepaid)).collect()
    }

    fn standing(&self, terms: Option<&Terms>, assumed: &mut Vec<Assumption>) -> Standing {
        let mut blocks = self.unsettled();
        let by_rule = self.by_rule(terms, assumed);
        if blocks.is_empty() {
            return by_rule;
        }
        match by_rule {
            Standing::Blocked(others) => {
                blocks.extend(others);
                Standing::Blocked(blocks)
            }
            Standing::Enters { .. } => Standing::Blocked(blocks),
            never @ Standing::Never(_) => never,
        }
    }

    fn by_rule(&self, terms: Option<&Terms>, assumed: &mut Vec<Assumption>) -> Standing {
        let order = self.order;
        if order.order_type.is_none() {
            assumed.push(Assumption::OrderTypeUnknown);
        }
        match &order.order_type {
            Some(OrderType::Renew) => {
                let at = match self.effect {
                    Some(effect) => {
                        assumed.extend(effect.assumed);
                        effect.at
                    }
                    None => {
                        assumed.push(Assumption::EffectUnknown);
                        ordered_at(order)
                    }
                };
                // A renewal has to be opened too: what fails here is not in effect.
                match self.opened(&mut Vec::new()) {
                    None => Standing::Blocked(vec![Block::NotOpened]),
                    Some(_) => {
                        assumed.extend((at > self.now).then_some(Assumption::EffectAhead));
                        enters(at, EntryRule::RenewalEffective)
                    }
                }
            }
            Some(OrderType::Change) => match self.opened(assumed) {
                Some(at) => enters(at, EntryRule::ChangeDone),
                None => Standing::Blocked(vec![Block::NotOpened]),
            },
            _ if self.is_supervised(terms) => self.after_supervision(assumed),
            _ => {
                let api = self.product_type(terms) == Some(ProductType::Api);
                let rule = if api { EntryRule::OrderOpened } else { EntryRule::InstanceOpened };
                match self.opened(assumed) {
                    Some(at) => enters(at, rule),
                    None => Standing::Blocked(vec![Block::NotOpened]),
                }
            }
        }
    }

    fn after_supervision(&self, assumed: &mut Vec<Assumption>) -> Standing {
        let told_done = self.order.told_supervision() == Some(ToldSupervision::Done);
        let is_accepted = self.facts().map_or(told_done, |facts| facts.accepted_at.is_some());
        let mut blocks = Vec::new();
        // What was accepted was delivered, by hand where its call was not answered.
        if !is_accepted && self.books.unopened.contains(&self.order.order.order_id) {
            blocks.push(Block::NotOpened);
        }
        match self.facts() {
            None if is_accepted => {
                assumed.push(Assumption::DoneUnknown);
                return enters(ordered_at(self.order), EntryRule::SupervisionDone);
            }
            None => blocks.push(Block::Supervision { next: None }),
            Some(facts) => {
                if facts.appealed_at.is_some() {
                    blocks.push(Block::Appeal);
                }
                match settle_date(facts, self.seller.policy.supervision_done) {
                    Some(at) if blocks.is_empty() => return enters(at, EntryRule::SupervisionDone),
                    Some(_) => {}
                    None => {
                        let stands = supervise(facts, ordered_at(self.order), self.seller.workdays);
                        blocks.push(Block::Supervision { next: stands.next.map(|stage| stage.step) });
                    }
                }
            }
        }
        Standing::Blocked(blocks)
    }

    /// When what it asked for was done; `None` while its call is not.
    fn opened(&self, assumed: &mut Vec<Assumption>) -> Option<UnixMillis> {
        let id = &self.order.order.order_id;
        if let Some(at) = self.books.opened.get(id) {
            return Some(*at);
        }
        let under_way = self.order.order_status == Some(OrderStatus::Processing);
        if under_way || self.books.unopened.contains(id) {
            return None;
        }
        assumed.push(Assumption::OpeningUnknown);
        Some(ordered_at(self.order))
    }
}

/// As it is kept, or as the noted supervision tells.
pub fn product_type(facts: Option<&SupervisionFacts>, terms: Option<&Terms>) -> Option<ProductType> {
    terms.and_then(|terms| terms.product_type).or_else(|| match facts?.kind {
        Supervised::Hardware => Some(ProductType::Hardware),
        Supervised::LicenseCode => Some(ProductType::License),
        Supervised::Service => None,
    })
}

/// Whether an order goes through service supervision, by what was noted, a table, or its product.
pub fn is_supervised(order: &Order, facts: Option<&SupervisionFacts>, terms: Option<&Terms>) -> bool {
    if facts.is_none()
        && let Some(told) = order.told_supervision()
    {
        return told != ToldSupervision::None;
    }
    let marked = || terms.and_then(|terms| terms.supervised);
    let by_type = || product_type(facts, terms).is_some_and(ProductType::is_supervised);
    facts.is_some() || marked().unwrap_or_else(by_type)
}

fn enters(at: UnixMillis, rule: EntryRule) -> Standing {
    match BillingMonth::of(at) {
        Some(month) => Standing::Enters { month, at, rule },
        // No time that anything can happen at.
        None => Standing::Blocked(vec![Block::NotEffective { at }]),
    }
}

/// When supervision counts as done.
pub fn settle_date(facts: &SupervisionFacts, done: SupervisionDone) -> Option<UnixMillis> {
    let accepted = facts.accepted_at?;
    Some(match done {
        SupervisionDone::Accepted => accepted,
        SupervisionDone::OrderCompleted => accepted.plus_millis(STATUS_MILLIS),
    })
}
