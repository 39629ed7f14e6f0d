//! Orders, calls, instances and codes held against each other: what one side knows and the other does not. Each finding says
//! what would mend it. Pure: who looks collects the rows.

use std::collections::{HashMap, HashSet};

use super::{Instance, InstanceStatus, License, LicenseStatus, Order, World, console::ConsolePage};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId},
    open_api::order::OrderType,
};

/// KooGallery calls within seconds; after its longest window it has given up.
const CALL_MILLIS: i64 = 3 * 3_600_000;

/// What one side knows and the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mismatch {
    /// KooGallery tells of a purchase that it never called for.
    BoughtNeverCalled,
    /// It runs here, and KooGallery knows no such order.
    ProvisionedNotOrdered,
    ExpiredRunning,
    /// Unsubscribed or released, and in use still.
    ReleasedActive,
    /// A code in use of which KooGallery has told no activation.
    ActivationUnknown,
    /// An activation (授权码激活) of an order of which no activated code is known.
    ActivationWithoutCode,
}

impl Mismatch {
    pub const ALL: [Self; 6] = [
        Self::BoughtNeverCalled,
        Self::ProvisionedNotOrdered,
        Self::ExpiredRunning,
        Self::ReleasedActive,
        Self::ActivationUnknown,
        Self::ActivationWithoutCode,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::BoughtNeverCalled => "bought-never-called",
            Self::ProvisionedNotOrdered => "provisioned-not-ordered",
            Self::ExpiredRunning => "expired-running",
            Self::ReleasedActive => "released-active",
            Self::ActivationUnknown => "activation-unknown",
            Self::ActivationWithoutCode => "activation-without-code",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// 重新启动 under 生产接口消息: only the console can.
    RestartInConsole,
    QueryOrder,
    QueryLicense,
    ActivateLicense,
    /// The code of the order is added to the ledger.
    AddLicense,
    /// The product is asked to do it, as a call would.
    Instance(Mend),
}

/// What the operator may have done to an instance where no call does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mend {
    Freeze,
    Release,
}

impl Mend {
    pub const ALL: [Self; 2] = [Self::Freeze, Self::Release];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Release => "release",
        }
    }

    /// Of the call that it stands in for.
    pub const fn activity(self) -> &'static str {
        match self {
            Self::Freeze => "updateInstanceStatus",
            Self::Release => "releaseInstance",
        }
    }

    pub const fn status(self) -> Option<&'static str> {
        match self {
            Self::Freeze => Some("FREEZE"),
            Self::Release => None,
        }
    }
}

impl Remedy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::RestartInConsole => "restart-in-console",
            Self::QueryOrder => "query-order",
            Self::QueryLicense => "query-license",
            Self::ActivateLicense => "activate-license",
            Self::AddLicense => "add-license",
            Self::Instance(mend) => mend.name(),
        }
    }

    /// Where the console does it.
    pub const fn page(self) -> Option<ConsolePage> {
        match self {
            Self::RestartInConsole => Some(ConsolePage::ProductionMessages),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub mismatch: Mismatch,
    pub order: Option<OrderLine>,
    pub instance_id: Option<InstanceId>,
    pub license: Option<LicenseCode>,
    pub product_id: Option<String>,
    pub customer_name: Option<String>,
    /// Since when it is so, as far as that is known.
    pub since: UnixMillis,
    /// What mends it, the first before the others.
    pub remedies: &'static [Remedy],
}

/// Everything that is held against each other.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub orders: Vec<Order>,
    pub instances: Vec<Instance>,
    pub licenses: Vec<License>,
    /// Orders that KooGallery was asked about and does not know.
    pub unknown_orders: HashSet<OrderId>,
    /// Orders of which an activation was noted.
    pub activated: Vec<(OrderId, UnixMillis)>,
}

/// Of the live world, by kind and then the oldest first.
pub fn reconcile(books: &Books, now: UnixMillis) -> Vec<Finding> {
    let live = |world: World| world == World::Live;
    let orders: Vec<&Order> = books.orders.iter().filter(|order| live(order.world)).collect();
    let by_instance: HashMap<&InstanceId, &Instance> = books
        .instances
        .iter()
        .filter(|instance| live(instance.world))
        .map(|instance| (&instance.instance_id, instance))
        .collect();
    let called = Called::of(books);
    let mut findings: Vec<Finding> =
        orders.iter().filter_map(|order| of_order(order, &by_instance, &called, now)).collect();
    findings.extend(by_instance.values().filter_map(|instance| of_instance(instance, books, now)));
    let released: HashSet<&OrderId> = by_instance
        .values()
        .filter(|instance| instance.status == InstanceStatus::Released)
        .map(|instance| &instance.order.order_id)
        .collect();
    let licenses = books.licenses.iter().filter(|license| live(license.world));
    findings.extend(licenses.filter_map(|license| of_license(license, &released, now)));
    findings.extend(activations_without_code(books));
    findings.sort_by(|one, other| {
        (one.mismatch, one.since, &one.instance_id, &one.license).cmp(&(
            other.mismatch,
            other.since,
            &other.instance_id,
            &other.license,
        ))
    });
    findings
}

/// Products for which KooGallery calls: others, such as human services, are in the console's export and in no call.
struct Called<'a>(HashSet<&'a str>);

impl<'a> Called<'a> {
    fn of(books: &'a Books) -> Self {
        let orders = books.orders.iter().filter(|order| order.called_at.is_some());
        let names = orders.flat_map(|order| [&order.product_id, &order.product_name]).flatten();
        let instances = books.instances.iter().filter_map(|instance| instance.product_id.as_ref());
        Self(names.chain(instances).map(String::as_str).collect())
    }

    /// An order that names no product may be of any.
    fn expects(&self, order: &Order) -> bool {
        let mut names = [&order.product_id, &order.product_name].into_iter().flatten().peekable();
        names.peek().is_none() || names.any(|name| self.0.contains(name.as_str()))
    }
}

fn of_order(
    order: &Order,
    instances: &HashMap<&InstanceId, &Instance>,
    called: &Called<'_>,
    now: UnixMillis,
) -> Option<Finding> {
    // Mock orders are answered to whoever asks, and nobody is called for them.
    let mock = order.order.order_id.as_str().starts_with("MOCK");
    let told = order.queried_at.is_some() || order.imported_at.is_some() && called.expects(order);
    if mock || order.called_at.is_some() || !told || order.void().is_some() {
        return None;
    }
    let ordered = order.create_time.unwrap_or(order.created_at);
    if now.millis_since(ordered) < CALL_MILLIS {
        return None;
    }
    let mismatch = match &order.order_type {
        Some(OrderType::New | OrderType::Trial) => Mismatch::BoughtNeverCalled,
        Some(OrderType::Unsubscribe) => {
            let instance = order.instance_id.as_ref().and_then(|id| instances.get(id))?;
            (instance.status != InstanceStatus::Released).then_some(Mismatch::ReleasedActive)?
        }
        _ => return None,
    };
    let remedies: &[Remedy] = match mismatch {
        Mismatch::ReleasedActive => &[Remedy::Instance(Mend::Release), Remedy::RestartInConsole, Remedy::QueryOrder],
        // A table may be of another day: KooGallery itself is asked before anything else.
        _ if order.queried_at.is_none() => &[Remedy::QueryOrder, Remedy::RestartInConsole],
        _ => &[Remedy::RestartInConsole, Remedy::QueryOrder],
    };
    Some(Finding {
        mismatch,
        order: Some(order.order.clone()),
        instance_id: order.instance_id.clone(),
        license: None,
        product_id: order.product_id.clone(),
        customer_name: order.customer_name.clone(),
        since: ordered,
        remedies,
    })
}

fn of_instance(instance: &Instance, books: &Books, now: UnixMillis) -> Option<Finding> {
    if !instance.is_provisioned() {
        return None;
    }
    let unknown = books.unknown_orders.contains(&instance.order.order_id);
    let expired = instance.expire_time.filter(|expires| *expires <= now && instance.status == InstanceStatus::Active);
    let (mismatch, since) = match (unknown, expired) {
        (true, _) => (Mismatch::ProvisionedNotOrdered, instance.created_at),
        (false, Some(expired)) => (Mismatch::ExpiredRunning, expired),
        (false, None) => return None,
    };
    let remedies: &[Remedy] = match mismatch {
        Mismatch::ProvisionedNotOrdered => &[Remedy::QueryOrder, Remedy::Instance(Mend::Release)],
        _ => &[Remedy::Instance(Mend::Freeze), Remedy::QueryOrder, Remedy::RestartInConsole],
    };
    Some(Finding {
        mismatch,
        order: Some(instance.order.clone()),
        instance_id: Some(instance.instance_id.clone()),
        license: None,
        product_id: instance.product_id.clone(),
        customer_name: instance.customer_name.clone(),
        since,
        remedies,
    })
}

fn of_license(license: &License, released: &HashSet<&OrderId>, now: UnixMillis) -> Option<Finding> {
    if license.status != LicenseStatus::Active {
        return None;
    }
    let is_released = license.order.as_ref().is_some_and(|order| released.contains(&order.order_id));
    let expired = license.expire_time.filter(|expires| *expires <= now);
    let (mismatch, since) = match (is_released, expired, license.activate_time) {
        (true, ..) => (Mismatch::ReleasedActive, license.changed_at),
        (false, Some(expired), _) => (Mismatch::ExpiredRunning, expired),
        (false, None, None) => (Mismatch::ActivationUnknown, license.created_at),
        (false, None, Some(_)) => return None,
    };
    let remedies: &[Remedy] = match mismatch {
        Mismatch::ActivationUnknown => &[Remedy::QueryLicense, Remedy::ActivateLicense],
        _ => &[Remedy::QueryLicense, Remedy::RestartInConsole],
    };
    Some(Finding {
        mismatch,
        order: license.order.clone(),
        instance_id: None,
        license: Some(license.license.clone()),
        product_id: license.product_id.clone(),
        customer_name: None,
        since,
        remedies,
    })
}

fn activations_without_code(books: &Books) -> impl Iterator<Item = Finding> {
    let with_code: HashSet<&OrderId> = books
        .licenses
        .iter()
        .filter(|license| license.world == World::Live && license.status != LicenseStatus::Added)
        .filter_map(|license| license.order.as_ref().map(|order| &order.order_id))
        .collect();
    books.activated.iter().filter(move |(order_id, _)| !with_code.contains(order_id)).map(|(order_id, since)| {
        let order = books.orders.iter().find(|order| order.order.order_id == *order_id);
        let line = OrderLine { order_id: order_id.clone(), order_line_id: OrderLineId::new("") };
        Finding {
            mismatch: Mismatch::ActivationWithoutCode,
            order: Some(order.map_or(line, |order| order.order.clone())),
            instance_id: None,
            license: None,
            product_id: order.and_then(|order| order.product_id.clone()),
            customer_name: order.and_then(|order| order.customer_name.clone()),
            since: *since,
            remedies: &[Remedy::AddLicense, Remedy::QueryOrder],
        }
    })
}

#[cfg(test)]
mod tests;
