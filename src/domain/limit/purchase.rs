//! Orders as limits look at them: who bought what, until when it runs by now, and whether it was given back. Renewals and
//! unsubscriptions are orders of their own that name the same instance, so all are looked at together.

use std::collections::HashMap;

use crate::{
    domain::{InstanceStatus, Order, World, order_status::Void, supervision::OrderEnd},
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderLine},
        open_api::order::{ChargingMode, OrderType},
    },
};

#[derive(Clone, Debug, PartialEq)]
pub struct Purchase {
    pub order: OrderLine,
    /// A debugging call's, or one of KooGallery's mock orders.
    pub test: bool,
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub product_id: Option<String>,
    pub sku_code: Option<String>,
    /// `None` where no call or query told.
    pub order_type: Option<OrderType>,
    pub charging_mode: Option<ChargingMode>,
    pub ordered_at: UnixMillis,
    /// With the renewals of the same instance; `None` too while the validity of a supervised order has not begun.
    pub expire_time: Option<UnixMillis>,
    pub quantity: Option<i64>,
    pub ended: Option<Ended>,
}

/// Why a purchase is as if it never was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// 退订成功, by an order that names its instance, of that time.
    Unsubscribed { at: UnixMillis },
    /// By an order that names none: matched by customer and specification.
    UnsubscribedByMatch { at: UnixMillis },
    /// It was never opened, so KooGallery refunds it.
    Refunded,
    /// It never took effect, or has not yet.
    Void(Void),
}

/// How an instance stands, as far as its orders go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceRun {
    Runs,
    Released,
    /// Before its time: what was bought was given back. V1 names no order for that.
    ReleasedEarly {
        at: UnixMillis,
    },
}

impl InstanceRun {
    /// `changed_at` is when it came to that status.
    pub fn of(status: &InstanceStatus, expire_time: Option<UnixMillis>, changed_at: UnixMillis) -> Self {
        match status {
            InstanceStatus::Released if expire_time.is_some_and(|time| changed_at < time) => {
                Self::ReleasedEarly { at: changed_at }
            }
            InstanceStatus::Released => Self::Released,
            _ => Self::Runs,
        }
    }
}

/// The purchases among all orders, in no particular order. `statuses` is how the instances stand: an unsubscription of an
/// instance that still runs has taken back its renewal alone. `refunded` are orders that were never opened; `end` is when an
/// order ends.
pub fn purchases(
    orders: &[Order],
    statuses: &HashMap<InstanceId, InstanceRun>,
    refunded: &impl Fn(&OrderLine) -> bool,
    end: &impl Fn(&Order) -> OrderEnd,
) -> Vec<Purchase> {
    let mut by_instance: HashMap<&InstanceId, Vec<usize>> = HashMap::new();
    let mut ended: Vec<Option<Ended>> = vec![None; orders.len()];
    for (at, order) in orders.iter().enumerate() {
        if let Some(instance) = &order.instance_id {
            by_instance.entry(instance).or_default().push(at);
        }
        ended[at] = match order.void() {
            Some(void) => Some(Ended::Void(void)),
            None => refunded(&order.order).then_some(Ended::Refunded),
        };
    }
    for (instance, of_it) in &by_instance {
        let mut unsubscriptions: Vec<usize> =
            of_it.iter().copied().filter(|at| is_unsubscription(&orders[*at])).collect();
        let standing = statuses.get(*instance);
        if unsubscriptions.is_empty() {
            if let Some(InstanceRun::ReleasedEarly { at }) = standing {
                for order in of_it {
                    ended[*order].get_or_insert(Ended::Unsubscribed { at: *at });
                }
            }
            continue;
        }
        unsubscriptions.sort_by_key(|at| in_time(&orders[*at]));
        let runs = standing == Some(&InstanceRun::Runs);
        take_back(orders, of_it, &unsubscriptions, runs, &mut ended);
    }
    match_nameless(orders, &mut ended);
    let mut expiry: HashMap<&InstanceId, UnixMillis> = HashMap::new();
    for (order, ended) in orders.iter().zip(&ended) {
        if let (Some(instance), Some(time), None) = (&order.instance_id, end(order).at(), ended) {
            let known = expiry.entry(instance).or_insert(time);
            *known = (*known).max(time);
        }
    }
    let purchase = |(order, ended): (&Order, &Option<Ended>)| Purchase {
        order: order.order.clone(),
        test: order.world == World::Test || order.order.order_id.as_str().starts_with("MOCK"),
        customer_id: order.customer_id.clone(),
        customer_name: order.customer_name.clone(),
        product_id: order.product_id.clone(),
        sku_code: order.sku_code.clone(),
        order_type: order.order_type.clone(),
        charging_mode: order.charging_mode.clone(),
        ordered_at: ordered_at(order),
        expire_time: order.instance_id.as_ref().and_then(|id| expiry.get(id).copied()).or_else(|| end(order).at()),
        quantity: order.quantity,
        ended: *ended,
    };
    let bought = |(order, _): &(&Order, &Option<Ended>)| order.order_type != Some(OrderType::Unsubscribe);
    orders.iter().zip(&ended).filter(bought).map(purchase).collect()
}

/// When it was ordered, or else when it was first heard of.
pub fn ordered_at(order: &Order) -> UnixMillis {
    order.create_time.or(order.called_at).unwrap_or(order.created_at)
}

fn in_time(order: &Order) -> (UnixMillis, &str, &str) {
    (ordered_at(order), order.order.order_id.as_str(), order.order.order_line_id.as_str())
}

/// One that is cancelled, or that nobody has agreed to, gives nothing back.
fn is_unsubscription(order: &Order) -> bool {
    order.order_type == Some(OrderType::Unsubscribe) && order.void().is_none()
}

/// Each unsubscription takes back the newest renewal before it, and all that is left where there is none; of an instance that no
/// longer runs, the last one has taken back everything.
fn take_back(orders: &[Order], of_it: &[usize], unsubscriptions: &[usize], runs: bool, ended: &mut [Option<Ended>]) {
    for (place, unsubscription) in unsubscriptions.iter().enumerate() {
        let time = ordered_at(&orders[*unsubscription]);
        let is_last = place + 1 == unsubscriptions.len();
        let left = |at: &usize| ended[*at].is_none() && orders[*at].order_type != Some(OrderType::Unsubscribe);
        let before = |at: &usize| ordered_at(&orders[*at]) <= time;
        let renewal = of_it
            .iter()
            .copied()
            .filter(|at| left(at) && before(at) && orders[*at].order_type == Some(OrderType::Renew))
            .max_by_key(|at| in_time(&orders[*at]));
        let taken: Vec<usize> = match renewal {
            Some(renewal) if runs || !is_last => vec![renewal],
            None if runs => Vec::new(),
            _ => of_it.iter().copied().filter(|at| left(at) && (is_last || before(at))).collect(),
        };
        for at in taken {
            ended[at] = Some(Ended::Unsubscribed { at: time });
        }
    }
}

/// Orders from an export, and those of authorization codes, name no instance.
fn match_nameless(orders: &[Order], ended: &mut [Option<Ended>]) {
    type Bought<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);
    fn bought(order: &Order) -> Bought<'_> {
        (order.customer_id.as_deref(), order.product_id.as_deref(), order.sku_code.as_deref())
    }
    let nameless =
        |order: &Order| order.instance_id.is_none() && order.customer_id.is_some() && order.product_id.is_some();
    let mut unsubscriptions: Vec<&Order> =
        orders.iter().filter(|order| is_unsubscription(order) && nameless(order)).collect();
    if unsubscriptions.is_empty() {
        return;
    }
    unsubscriptions.sort_by_key(|order| in_time(order));
    let mut candidates: HashMap<Bought<'_>, Vec<usize>> = HashMap::new();
    for (at, order) in orders.iter().enumerate() {
        if nameless(order) && ended[at].is_none() && matches!(order.order_type, Some(OrderType::New) | None) {
            candidates.entry(bought(order)).or_default().push(at);
        }
    }
    for of_one in candidates.values_mut() {
        of_one.sort_by_key(|at| in_time(&orders[*at]));
    }
    for unsubscription in unsubscriptions {
        let Some(of_one) = candidates.get_mut(&bought(unsubscription)) else { continue };
        let before = ordered_at(unsubscription);
        if let Some(place) = of_one.iter().rposition(|at| ordered_at(&orders[*at]) <= before) {
            ended[of_one.remove(place)] = Some(Ended::UnsubscribedByMatch { at: before });
        }
    }
}
