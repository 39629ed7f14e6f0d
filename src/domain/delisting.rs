//! How close a product is to being delisted (下架): failed orders of the calendar month, of which more than five are too many,
//! and days on which the probe (拨测) failed, of which five in a row are. Both by the calendar of Beijing (the pages name no
//! zone). Counts what came through here; KooGallery counts for itself.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    RetryPolicy,
    retry_window::FAILED_ORDERS_ALLOWED,
    workdays::{beijing, date},
};
use crate::protocol::{
    UnixMillis,
    id::{OrderId, OrderLine},
};

/// Days in a row on which the probe failed, after which trading is frozen and the product hidden.
pub const PROBE_DAYS_ALLOWED: u32 = 5;
/// Where so many orders failed for good, a person should look.
const NEAR: u32 = 3;

/// A purchase or upgrade whose newest attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedOrder {
    pub message_id: i64,
    pub order: OrderLine,
    pub product_id: Option<String>,
    pub activity: String,
    pub first_call_at: UnixMillis,
}

/// One that KooGallery still calls for, and then refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillFailing {
    pub order: FailedOrder,
    pub refunded_at: UnixMillis,
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
    /// Refunded this month.
    pub failed: Vec<OrderId>,
    /// The one that is refunded first comes first.
    pub failing: Vec<StillFailing>,
}

impl ProductStanding {
    pub fn failed_orders(&self) -> u32 {
        u32::try_from(self.failed.len()).unwrap_or(u32::MAX)
    }
}

/// When the calendar month of a moment began in Beijing.
pub fn start_of_month(now: UnixMillis) -> UnixMillis {
    let first = date(now).and_then(|day| day.first_of_month().to_zoned_datetime(beijing()).ok());
    first.map_or(now, |first| UnixMillis(first.timestamp().as_millisecond()))
}

/// When something that is told here is different next, if nothing comes in: an order is refunded, or a day ends in Beijing.
pub fn next_change<'a>(products: impl IntoIterator<Item = &'a ProductStanding>, now: UnixMillis) -> Option<UnixMillis> {
    let tomorrow = date(now)
        .and_then(|day| day.tomorrow().ok()?.to_zoned_datetime(beijing()).ok())
        .map(|day| UnixMillis(day.timestamp().as_millisecond()));
    let refunded = products.into_iter().flat_map(|product| &product.failing).map(|failing| failing.refunded_at);
    refunded.filter(|at| *at > now).chain(tomorrow).min()
}

/// By product, the worst first. An order that began to fail last month counts where it is refunded: the pages do not say
/// which month it belongs to, and this one is the one to be careful about.
pub fn standing(failures: &[FailedOrder], policy: &RetryPolicy, now: UnixMillis) -> Vec<ProductStanding> {
    let month = start_of_month(now);
    let mut products: BTreeMap<Option<&str>, (Vec<OrderId>, Vec<StillFailing>)> = BTreeMap::new();
    for order in failures {
        let Some(window) = policy.window(&order.activity, order.first_call_at) else { continue };
        let (failed, failing) = products.entry(order.product_id.as_deref()).or_default();
        if window.closes_at > now {
            failing.push(StillFailing { order: order.clone(), refunded_at: window.closes_at });
        } else if window.closes_at >= month && !failed.contains(&order.order.order_id) {
            failed.push(order.order.order_id.clone());
        }
    }
    let mut standing: Vec<ProductStanding> = products
        .into_iter()
        .filter(|(_, (failed, failing))| !failed.is_empty() || !failing.is_empty())
        .map(|(product, (failed, mut failing))| {
            failing.sort_by_key(|one| one.refunded_at);
            ProductStanding {
                product_id: product.map(str::to_owned),
                level: level(failed.len(), failing.len()),
                failed,
                failing,
            }
        })
        .collect();
    standing.sort_by_key(|product| std::cmp::Reverse((product.level, product.failed.len())));
    standing
}

fn level(failed: usize, failing: usize) -> DelistingLevel {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (failed, all) = (count(failed), count(failed.saturating_add(failing)));
    if failed > FAILED_ORDERS_ALLOWED {
        DelistingLevel::Exceeded
    } else if all > FAILED_ORDERS_ALLOWED || failed == FAILED_ORDERS_ALLOWED {
        DelistingLevel::Imminent
    } else if failed >= NEAR {
        DelistingLevel::Near
    } else {
        DelistingLevel::Fine
    }
}

/// A call of the debugging world, as the probe makes them every morning and afternoon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    pub at: UnixMillis,
    pub succeeded: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProbeStanding {
    pub last_at: Option<UnixMillis>,
    /// Days in a row, up to the last one with a probe, on which one failed and none was made good later that day.
    pub failing_days: u32,
    /// Whole days since the last probe, where one was ever seen: it may not reach this address any more.
    pub silent_days: u32,
}

pub fn probes(probes: impl IntoIterator<Item = Probe>, now: UnixMillis) -> ProbeStanding {
    let mut days: BTreeMap<Date, (UnixMillis, bool)> = BTreeMap::new();
    for probe in probes {
        let Some(day) = date(probe.at) else { continue };
        let last = days.entry(day).or_insert((probe.at, probe.succeeded));
        if probe.at >= last.0 {
            *last = (probe.at, probe.succeeded);
        }
    }
    let mut standing = ProbeStanding::default();
    let Some((last_day, (last_at, _))) = days.last_key_value() else { return standing };
    standing.last_at = Some(*last_at);
    let mut expected = Some(*last_day);
    for (day, (_, succeeded)) in days.iter().rev() {
        if *succeeded || expected != Some(*day) {
            break;
        }
        standing.failing_days += 1;
        expected = day.yesterday().ok();
    }
    let silent = date(now).and_then(|today| last_day.until(today).ok()).map_or(0, |span| span.get_days());
    standing.silent_days = u32::try_from(silent).unwrap_or_default();
    standing
}

#[cfg(test)]
mod tests {
    use super::{
        DelistingLevel::{Exceeded, Fine, Imminent, Near},
        *,
    };
    use crate::protocol::id::OrderLineId;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::from_iso(text).unwrap()
    }

    fn failed(order: &str, product: &str, first_call: &str) -> FailedOrder {
        let line = OrderLineId::new(format!("{order}-000001"));
        FailedOrder {
            message_id: 1,
            order: OrderLine { order_id: OrderId::new(order), order_line_id: line },
            product_id: Some(product.to_owned()),
            activity: "newInstance".to_owned(),
            first_call_at: at(first_call),
        }
    }

    fn many(count: usize, first_call: &str) -> Vec<FailedOrder> {
        (0..count).map(|number| failed(&format!("CS{first_call}{number}"), "p", first_call)).collect()
    }

    #[test]
    fn more_than_five_in_a_month_are_too_many_and_it_is_told_before() {
        let now = at("2026-11-24T12:00:00+08:00");
        let (past, running) = ("2026-11-20T12:00:00+08:00", "2026-11-24T11:00:00+08:00");
        for (failed, failing, expected) in [
            (0, 1, Fine),
            (2, 1, Fine),
            (3, 0, Near),
            (3, 3, Imminent),
            (4, 1, Near),
            (5, 0, Imminent),
            (5, 1, Imminent),
            (6, 0, Exceeded),
            (0, 6, Imminent),
        ] {
            let orders = [many(failed, past), many(failing, running)].concat();
            let standing = standing(&orders, &RetryPolicy::default(), now);
            assert_eq!(standing[0].level, expected, "{failed} failed, {failing} failing");
            assert_eq!((standing[0].failed.len(), standing[0].failing.len()), (failed, failing));
        }
    }

    #[test]
    fn products_are_told_apart_and_a_month_begins_in_beijing() {
        let now = at("2026-11-01T09:00:00+08:00");
        assert_eq!(start_of_month(now), at("2026-10-31T16:00:00Z"));
        let orders = [
            failed("OLD", "p", "2026-10-31T20:00:00+08:00"),
            failed("LATE", "p", "2026-10-31T22:00:00+08:00"),
            failed("OTHER", "q", "2026-11-01T02:00:00+08:00"),
            failed("RUNS", "q", "2026-11-01T08:00:00+08:00"),
        ];
        let standing = standing(&orders, &RetryPolicy::default(), now);
        let told: Vec<_> = standing
            .iter()
            .map(|product| {
                let ids: Vec<&str> = product.failed.iter().map(OrderId::as_str).collect();
                (product.product_id.as_deref().unwrap(), ids, product.failing.len())
            })
            .collect();
        assert_eq!(told, [("p", vec!["LATE"], 0), ("q", vec!["OTHER"], 1)]);
        assert_eq!(standing[1].failing[0].refunded_at, at("2026-11-01T11:00:00+08:00"));
    }

    #[test]
    fn something_is_different_when_an_order_is_refunded_and_when_a_day_ends_in_beijing() {
        let now = at("2026-11-24T12:00:00+08:00");
        let failing = [
            failed("A", "p", "2026-11-24T11:00:00+08:00"),
            failed("B", "q", "2026-11-24T10:00:00+08:00"),
            failed("OVER", "q", "2026-11-24T08:00:00+08:00"),
        ];
        let standing = standing(&failing, &RetryPolicy::default(), now);
        assert_eq!(next_change(&standing, now), Some(at("2026-11-24T13:00:00+08:00")));
        assert_eq!(next_change([], now), Some(at("2026-11-25T00:00:00+08:00")));
    }

    #[test]
    fn days_of_failing_probes_are_counted_backwards() {
        let probe = |text: &str, succeeded| Probe { at: at(text), succeeded };
        let now = at("2026-11-24T12:00:00+08:00");
        let of = |list: &[Probe]| {
            let standing = probes(list.iter().copied(), now);
            (standing.failing_days, standing.silent_days)
        };
        assert_eq!(of(&[]), (0, 0), "never probed");
        let failing = [
            probe("2026-11-22T09:00:00+08:00", false),
            probe("2026-11-23T09:00:00+08:00", true),
            probe("2026-11-23T15:00:00+08:00", false),
            probe("2026-11-24T09:00:00+08:00", false),
        ];
        assert_eq!(of(&failing), (3, 0));
        assert_eq!(of(&failing[..3]), (2, 1), "none came today");
        let mended = [failing.as_slice(), &[probe("2026-11-24T11:00:00+08:00", true)]].concat();
        assert_eq!(of(&mended), (0, 0));
        let with_a_gap = [probe("2026-11-20T09:00:00+08:00", false), probe("2026-11-24T09:00:00+08:00", false)];
        assert_eq!(of(&with_a_gap), (1, 0), "days without a probe are not held against it");
    }
}
