//! When renewals take effect: where what they renew ends. No interface tells it, so it is taken from the other orders of the
//! instance, or else worked back from the renewal's own expiry and period. An expiry that is no more than its period from its
//! order on, as the order query has it, tells nothing of it.

use std::collections::HashMap;

use super::block::Assumption;
use crate::{
    domain::{
        Order,
        limit::ordered_at,
        supervision::{OrderEnd, after},
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderLine},
        open_api::order::OrderType,
    },
};

const DAY: i64 = 24 * 3_600_000;
/// By so much months differ in length.
const MONTHS_DIFFER: i64 = 3 * DAY;

/// When a renewal takes effect, with what that rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub at: UnixMillis,
    pub assumed: Option<Assumption>,
}

/// Of every renewal of which it is known. `holds`: the order was not given back, and took effect.
pub(super) fn effects<'a>(
    orders: &'a [Order],
    holds: &impl Fn(&Order) -> bool,
    end: &impl Fn(&Order) -> OrderEnd,
) -> HashMap<&'a OrderLine, Effect> {
    let is_renewal = |order: &&Order| order.order_type == Some(OrderType::Renew);
    let renewed = orders.iter().filter(is_renewal).filter_map(|order| order.instance_id.as_ref());
    let mut of_instances: HashMap<&InstanceId, Vec<&Order>> = renewed.map(|instance| (instance, Vec::new())).collect();
    for order in orders.iter().filter(|order| holds(order)) {
        if let Some(of_it) = order.instance_id.as_ref().and_then(|id| of_instances.get_mut(id)) {
            of_it.push(order);
        }
    }
    let effect = |renewal: &'a Order| {
        let of_it = renewal.instance_id.as_ref().and_then(|id| of_instances.get(id)).map_or(&[][..], Vec::as_slice);
        let worked_back = worked_back(renewal);
        let own = renewal.expire_time.filter(|_| worked_back != WorkedBack::Counted);
        Some((&renewal.order, of_one(worked_back, before(renewal, own, of_it, end))?))
    };
    orders.iter().filter(is_renewal).filter_map(effect).collect()
}

/// Until when the instance ran before; `own` is until when the renewal has it run.
fn before(
    renewal: &Order,
    own: Option<UnixMillis>,
    of_it: &[&Order],
    end: &impl Fn(&Order) -> OrderEnd,
) -> Option<UnixMillis> {
    of_it
        .iter()
        .filter(|other| other.order != renewal.order && ordered_at(other) <= ordered_at(renewal))
        .filter_map(|other| end(other).at())
        // An order that is asked about late may tell the expiry of the renewal.
        .filter(|ends| own.is_none_or(|own| *ends < own))
        .max()
}

/// A renewal's expiry less its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WorkedBack {
    Unknown,
    /// The day of the order itself, from which the period was counted.
    Counted,
    /// `several`: at the end of a month, where several days lead to.
    At {
        at: UnixMillis,
        several: bool,
    },
}

fn worked_back(renewal: &Order) -> WorkedBack {
    let period = renewal.period_number.zip(renewal.period_type.as_deref());
    let at = renewal.expire_time.zip(period).and_then(|(expires, (number, unit))| {
        let at = after(expires, number.checked_neg()?, unit)?;
        Some((at, after(at.plus_millis(DAY), number, unit) == Some(expires)))
    });
    match at {
        None => WorkedBack::Unknown,
        Some((at, _)) if (0..DAY).contains(&at.millis_since(ordered_at(renewal))) => WorkedBack::Counted,
        Some((at, several)) => WorkedBack::At { at, several },
    }
}

fn of_one(worked_back: WorkedBack, before: Option<UnixMillis>) -> Option<Effect> {
    match (worked_back, before) {
        (WorkedBack::At { at, .. }, Some(before)) if (0..=MONTHS_DIFFER).contains(&before.millis_since(at)) => {
            Some(Effect { at: before, assumed: None })
        }
        // What was bought between is not known here.
        (WorkedBack::At { at, several }, _) => {
            Some(Effect { at, assumed: several.then_some(Assumption::EffectWorkedBack) })
        }
        (_, Some(before)) => Some(Effect { at: before, assumed: Some(Assumption::EffectAtKnownExpiry) }),
        (_, None) => None,
    }
}
