//! When renewals take effect: where what they renew ends. No interface tells it, so it is taken from the other orders of the
//! instance, or else worked back from the renewal's own expiry and period.

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
        Some((&renewal.order, of_one(renewal, before(renewal, of_it, end))?))
    };
    orders.iter().filter(is_renewal).filter_map(effect).collect()
}

/// Until when the instance ran before.
fn before(renewal: &Order, of_it: &[&Order], end: &impl Fn(&Order) -> OrderEnd) -> Option<UnixMillis> {
    let own = renewal.expire_time;
    of_it
        .iter()
        .filter(|other| other.order != renewal.order && ordered_at(other) <= ordered_at(renewal))
        .filter_map(|other| end(other).at())
        // An order that is asked about late may tell the expiry of the renewal.
        .filter(|ends| own.is_none_or(|own| *ends < own))
        .max()
}

fn of_one(renewal: &Order, before: Option<UnixMillis>) -> Option<Effect> {
    let period = renewal.period_number.zip(renewal.period_type.as_deref());
    let worked_back = renewal.expire_time.zip(period).and_then(|(expires, (number, unit))| {
        let at = after(expires, number.checked_neg()?, unit)?;
        // The end of a month is where several days lead to.
        let several = after(at.plus_millis(DAY), number, unit) == Some(expires);
        Some((at, several))
    });
    match (worked_back, before) {
        (Some((at, _)), Some(before)) if (0..=MONTHS_DIFFER).contains(&before.millis_since(at)) => {
            Some(Effect { at: before, assumed: None })
        }
        // What was bought between is not known here.
        (Some((at, several)), _) => Some(Effect { at, assumed: several.then_some(Assumption::EffectWorkedBack) }),
        (None, Some(before)) => Some(Effect { at: before, assumed: Some(Assumption::EffectAtKnownExpiry) }),
        (None, None) => None,
    }
}
