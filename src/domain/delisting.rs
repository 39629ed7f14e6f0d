//! How close a product is to being delisted (下架): failed orders of the calendar month of Beijing (the pages name no zone), of
//! which more than five are too many. An order has failed where KooGallery was not told of its success before it stopped
//! calling: it is refunded then, a License left to be delivered by hand, and nothing that is done here later takes that back.
//! Counts what came through here; KooGallery counts for itself.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use serde::Serialize;

use super::{
    RetryPolicy,
    console::PARTNER_MAIL,
    message::Progress,
    retry_window::{Consequence, Course, FAILED_ORDERS_ALLOWED, RetryWindow},
    workdays::{beijing, date},
};
use crate::protocol::{
    UnixMillis,
    id::{OrderId, OrderLine, OrderLineId},
};

/// Where so many orders failed for good, a person should look.
const NEAR: u32 = 3;
/// An order that waits for its turn is in danger when so little time is left.
const LAST_MILLIS: i64 = 3_600_000;

/// A purchase or upgrade that was not answered with success at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAtRisk {
    pub message_id: i64,
    pub order: OrderLine,
    pub product_id: Option<String>,
    pub activity: String,
    pub first_call_at: UnixMillis,
    /// How far it has come here.
    pub progress: Progress,
    /// When a call of KooGallery's own was first answered with success.
    pub told_at: Option<UnixMillis>,
}

/// Orders that KooGallery has refunded. A License that was not told in time is none of them: it can be delivered by hand.
#[derive(Clone, Debug, Default)]
pub struct Refunded(HashMap<OrderId, Vec<OrderLineId>>);

impl Refunded {
    pub fn of(orders: &[OrderAtRisk], policy: &RetryPolicy, now: UnixMillis) -> Self {
        let is_refunded = |order: &&OrderAtRisk| {
            let window = policy.window(&order.activity, order.first_call_at);
            window.is_some_and(|window| {
                window.consequence == Consequence::Refund && window.course(order.told_at, now) == Course::Missed
            })
        };
        let mut refunded: HashMap<OrderId, Vec<OrderLineId>> = HashMap::new();
        for OrderAtRisk { order, .. } in orders.iter().filter(is_refunded) {
            refunded.entry(order.order_id.clone()).or_default().push(order.order_line_id.clone());
        }
        Self(refunded)
    }

    /// V1 calls for the order alone, and the order query names its line later.
    pub fn contains(&self, order: &OrderLine) -> bool {
        let lines = self.0.get(&order.order_id);
        lines.is_some_and(|lines| lines.iter().any(|line| line.as_str().is_empty() || *line == order.order_line_id))
    }
}

/// One of which KooGallery still can hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillFailing {
    pub order: OrderAtRisk,
    /// Until when, and what follows then.
    pub window: RetryWindow,
    /// It fails; or it is being worked on or even done, and little time is left for KooGallery to ask.
    pub endangered: bool,
}

impl StillFailing {
    /// `None` for a License, of which the order stays open.
    pub fn refunded_at(&self) -> Option<UnixMillis> {
        (self.window.consequence == Consequence::Refund).then_some(self.window.closes_at)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelistingLevel {
    Fine,
    /// It begins to add up.
    Near,
    /// With what is failing now it would be too many, or one more is.
    Imminent,
    /// More than are allowed.
    Exceeded,
}

impl DelistingLevel {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Near => "near",
            Self::Imminent => "imminent",
            Self::Exceeded => "exceeded",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductStanding {
    /// `None` for orders of which no product is known.
    pub product_id: Option<String>,
    pub level: DelistingLevel,
    /// For good, this month.
    pub failed: Vec<OrderId>,
    /// Each order once; the one that fails for good first comes first.
    pub failing: Vec<StillFailing>,
}

impl ProductStanding {
    pub fn failed_orders(&self) -> u32 {
        count(self.failed.len())
    }

    /// Those that failed, then those that still can be saved.
    pub fn orders(&self) -> impl Iterator<Item = &OrderId> {
        self.failed.iter().chain(self.failing.iter().map(|one| &one.order.order.order_id))
    }

    /// Orders that fail or have little time left.
    pub fn endangered_orders(&self) -> u32 {
        count(self.failing.iter().filter(|one| one.endangered).count())
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The mail that asks the partner team to call for orders again; the window has words of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartnerMail {
    pub to: &'static str,
    pub subject: String,
    pub body: String,
}

impl PartnerMail {
    pub fn about(product: &ProductStanding) -> Self {
        let name = product.product_id.as_deref().unwrap_or("(not known)");
        let orders = product.orders().map(OrderId::as_str).collect::<Vec<_>>().join("\n");
        Self {
            to: PARTNER_MAIL,
            subject: format!("Please call again: orders of product {name}"),
            body: format!(
                "Hello,\n\nour interface did not answer these orders of product {name} as it should have. The cause is \
                 mended. Please call for them again, and do not count them towards delisting:\n\n{orders}\n\nThank you."
            ),
        }
    }
}

/// When the calendar month of a moment began in Beijing.
pub fn start_of_month(now: UnixMillis) -> UnixMillis {
    let first = date(now).and_then(|day| day.first_of_month().to_zoned_datetime(beijing()).ok());
    first.map_or(now, |first| UnixMillis(first.timestamp().as_millisecond()))
}

/// When something that is told here is different next, if nothing comes in: an order fails for good or little time is left
/// for it, or a day ends in Beijing.
pub fn next_change<'a>(products: impl IntoIterator<Item = &'a ProductStanding>, now: UnixMillis) -> Option<UnixMillis> {
    let tomorrow = date(now)
        .and_then(|day| day.tomorrow().ok()?.to_zoned_datetime(beijing()).ok())
        .map(|day| UnixMillis(day.timestamp().as_millisecond()));
    let closing = products.into_iter().flat_map(|product| &product.failing).map(|failing| failing.window.closes_at);
    let changes = closing.flat_map(|at| [at.plus_millis(-LAST_MILLIS), at]);
    changes.filter(|at| *at > now).chain(tomorrow).min()
}

#[derive(Default)]
struct Orders {
    failed: BTreeSet<OrderId>,
    failing: BTreeMap<OrderId, StillFailing>,
}

/// By product, the worst first. An order that began to fail last month counts where its window closes: the pages do not say
/// which month it belongs to, and this one is the one to be careful about. An order counts once, however many lines it has.
pub fn standing(orders: &[OrderAtRisk], policy: &RetryPolicy, now: UnixMillis) -> Vec<ProductStanding> {
    let month = start_of_month(now);
    let mut products: BTreeMap<Option<&str>, Orders> = BTreeMap::new();
    for order in orders {
        let Some(window) = policy.window(&order.activity, order.first_call_at) else { continue };
        let course = window.course(order.told_at, now);
        if course == Course::Met || course == Course::Missed && window.closes_at < month {
            continue;
        }
        let of_product = products.entry(order.product_id.as_deref()).or_default();
        let id = order.order.order_id.clone();
        if course == Course::Missed {
            of_product.failed.insert(id);
            continue;
        }
        let endangered = order.progress == Progress::Failing || window.closes_at.millis_since(now) <= LAST_MILLIS;
        let found = StillFailing { order: order.clone(), window, endangered };
        let urgency = |one: &StillFailing| (!one.endangered, one.window.closes_at);
        let kept = of_product.failing.entry(id).or_insert_with(|| found.clone());
        if urgency(&found) < urgency(kept) {
            *kept = found;
        }
    }
    let mut standing: Vec<ProductStanding> = products
        .into_iter()
        .map(|(product, Orders { failed, mut failing })| {
            failing.retain(|id, _| !failed.contains(id));
            let mut failing: Vec<StillFailing> = failing.into_values().collect();
            failing.sort_by_key(|one| one.window.closes_at);
            let mut product = ProductStanding {
                product_id: product.map(str::to_owned),
                level: DelistingLevel::Fine,
                failed: failed.into_iter().collect(),
                failing,
            };
            product.level = level(product.failed_orders(), product.endangered_orders());
            product
        })
        .collect();
    standing.sort_by_key(|product| Reverse((product.level, product.failed.len())));
    standing
}

/// The one of which most orders failed; the count is each product's own.
pub fn most_failed(products: &[ProductStanding]) -> Option<&ProductStanding> {
    products.iter().filter(|product| !product.failed.is_empty()).min_by_key(|product| Reverse(product.failed.len()))
}

/// Of what is sold with this order; `None` where it neither fails nor failed this month.
pub fn standing_of<'a>(products: &'a [ProductStanding], order: &OrderId) -> Option<&'a ProductStanding> {
    products.iter().find(|product| product.orders().any(|of_product| of_product == order))
}

fn level(failed: u32, endangered: u32) -> DelistingLevel {
    if failed > FAILED_ORDERS_ALLOWED {
        DelistingLevel::Exceeded
    } else if failed.saturating_add(endangered) > FAILED_ORDERS_ALLOWED || failed == FAILED_ORDERS_ALLOWED {
        DelistingLevel::Imminent
    } else if failed >= NEAR {
        DelistingLevel::Near
    } else {
        DelistingLevel::Fine
    }
}

#[cfg(test)]
mod tests;
