//! Orders, calls, instances and codes held against each other: what one side knows and the other does not. Each finding says
//! what would mend it. Pure: who looks collects the rows.

use std::collections::{HashMap, HashSet};

use super::{Instance, InstanceStatus, License, LicenseStatus, Order, World};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, LicenseCode, OrderId, OrderLine},
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
}

impl Mismatch {
    pub const ALL: [Self; 5] = [
        Self::BoughtNeverCalled,
        Self::ProvisionedNotOrdered,
        Self::ExpiredRunning,
        Self::ReleasedActive,
        Self::ActivationUnknown,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::BoughtNeverCalled => "bought-never-called",
            Self::ProvisionedNotOrdered => "provisioned-not-ordered",
            Self::ExpiredRunning => "expired-running",
            Self::ReleasedActive => "released-active",
            Self::ActivationUnknown => "activation-unknown",
        }
    }

    pub const fn remedy(self) -> Remedy {
        match self {
            Self::BoughtNeverCalled | Self::ExpiredRunning | Self::ReleasedActive => Remedy::RestartInConsole,
            Self::ProvisionedNotOrdered => Remedy::QueryOrder,
            Self::ActivationUnknown => Remedy::QueryLicense,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// 重新启动 under 生产接口消息: only the console can.
    RestartInConsole,
    QueryOrder,
    QueryLicense,
}

impl Remedy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::RestartInConsole => "restart-in-console",
            Self::QueryOrder => "query-order",
            Self::QueryLicense => "query-license",
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
}

/// Everything that is held against each other.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub orders: Vec<Order>,
    pub instances: Vec<Instance>,
    pub licenses: Vec<License>,
    /// Orders that KooGallery was asked about and does not know.
    pub unknown_orders: HashSet<OrderId>,
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
    let mut findings: Vec<Finding> = orders.iter().filter_map(|order| of_order(order, &by_instance, now)).collect();
    findings.extend(by_instance.values().filter_map(|instance| of_instance(instance, books, now)));
    let released: HashSet<&OrderId> = by_instance
        .values()
        .filter(|instance| instance.status == InstanceStatus::Released)
        .map(|instance| &instance.order.order_id)
        .collect();
    let licenses = books.licenses.iter().filter(|license| live(license.world));
    findings.extend(licenses.filter_map(|license| of_license(license, &released, now)));
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

fn of_order(order: &Order, instances: &HashMap<&InstanceId, &Instance>, now: UnixMillis) -> Option<Finding> {
    // Mock orders are answered to whoever asks, and nobody is called for them.
    let mock = order.order.order_id.as_str().starts_with("MOCK");
    if mock || order.called_at.is_some() || order.queried_at.is_none() {
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
    Some(Finding {
        mismatch,
        order: Some(order.order.clone()),
        instance_id: order.instance_id.clone(),
        license: None,
        product_id: order.product_id.clone(),
        customer_name: order.customer_name.clone(),
        since: ordered,
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
    Some(Finding {
        mismatch,
        order: Some(instance.order.clone()),
        instance_id: Some(instance.instance_id.clone()),
        license: None,
        product_id: instance.product_id.clone(),
        customer_name: instance.customer_name.clone(),
        since,
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
    Some(Finding {
        mismatch,
        order: license.order.clone(),
        instance_id: None,
        license: Some(license.license.clone()),
        product_id: license.product_id.clone(),
        customer_name: None,
        since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::OrderLineId;

    const HOUR: i64 = 3_600_000;
    const NOW: UnixMillis = UnixMillis(1_000 * HOUR);

    fn line(id: &str) -> OrderLine {
        OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new(format!("{id}-000001")) }
    }

    fn ago(hours: i64) -> UnixMillis {
        NOW.plus_millis(-hours * HOUR)
    }

    fn order(id: &str, kind: OrderType) -> Order {
        Order { order_type: Some(kind), queried_at: Some(NOW), ..Order::new(World::Live, line(id), ago(24)) }
    }

    fn instance(id: &str, status: InstanceStatus, expires: Option<UnixMillis>) -> Instance {
        let bought = Instance::bought(World::Live, InstanceId::new(format!("i-{id}")), line(id), "main", ago(24));
        Instance { status, expire_time: expires, ..bought }
    }

    fn license(id: &str, activated: Option<UnixMillis>) -> License {
        License {
            status: LicenseStatus::Active,
            order: Some(line(id)),
            activate_time: activated,
            ..License::added(World::Live, LicenseCode::new(format!("PL-{id}")), ago(24))
        }
    }

    fn found(books: &Books) -> Vec<(Mismatch, String)> {
        reconcile(books, NOW)
            .into_iter()
            .map(|finding| {
                (finding.mismatch, finding.order.map(|order| order.order_id.to_string()).unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn a_purchase_that_was_never_called_for_is_told_once_koogallery_has_given_up() {
        let called = Order { called_at: Some(ago(24)), ..order("CALLED", OrderType::New) };
        let young = Order { create_time: Some(ago(2)), ..order("YOUNG", OrderType::New) };
        let asked_by_a_call_alone = Order { queried_at: None, ..order("UNASKED", OrderType::New) };
        let test = Order { world: World::Test, ..order("TEST", OrderType::New) };
        let orders = vec![
            order("NEW", OrderType::New),
            order("TRIAL", OrderType::Trial),
            order("RENEW", OrderType::Renew),
            order("MOCKONETIMENEW", OrderType::New),
            called,
            young,
            asked_by_a_call_alone,
            test,
        ];
        let told = found(&Books { orders, ..Books::default() });
        assert_eq!(told.len(), 2);
        for id in ["NEW", "TRIAL"] {
            assert!(told.contains(&(Mismatch::BoughtNeverCalled, id.to_owned())), "{told:?}");
        }
    }

    #[test]
    fn instances_are_held_against_orders_and_time() {
        let books = Books {
            instances: vec![
                instance("EXPIRED", InstanceStatus::Active, Some(ago(1))),
                instance("FROZEN", InstanceStatus::Frozen, Some(ago(1))),
                instance("RUNS", InstanceStatus::Active, Some(NOW.plus_millis(1))),
                instance("NOBODYS", InstanceStatus::Active, None),
                instance("GONE", InstanceStatus::Released, Some(ago(1))),
            ],
            unknown_orders: ["NOBODYS", "GONE"].map(OrderId::new).into(),
            ..Books::default()
        };
        assert_eq!(
            found(&books),
            [(Mismatch::ProvisionedNotOrdered, "NOBODYS".to_owned()), (Mismatch::ExpiredRunning, "EXPIRED".to_owned())]
        );
    }

    #[test]
    fn what_was_given_back_and_goes_on_is_told() {
        let unsubscription = |id: &str| Order {
            instance_id: Some(InstanceId::new(format!("i-{id}"))),
            ..order(id, OrderType::Unsubscribe)
        };
        let books = Books {
            orders: vec![unsubscription("A"), unsubscription("B")],
            instances: vec![instance("A", InstanceStatus::Active, None), instance("B", InstanceStatus::Released, None)],
            licenses: vec![license("B", Some(ago(20))), license("A", Some(ago(20)))],
            ..Books::default()
        };
        let told = found(&books);
        assert_eq!(told, [(Mismatch::ReleasedActive, "B".to_owned()), (Mismatch::ReleasedActive, "A".to_owned())]);
    }

    #[test]
    fn codes_are_held_against_their_activation_and_expiry() {
        let expired = License { expire_time: Some(ago(1)), ..license("EXPIRED", Some(ago(20))) };
        let added = License { status: LicenseStatus::Added, ..license("ADDED", None) };
        let books = Books {
            licenses: vec![license("UNTOLD", None), license("FINE", Some(ago(20))), expired, added],
            ..Books::default()
        };
        assert_eq!(
            found(&books),
            [(Mismatch::ExpiredRunning, "EXPIRED".to_owned()), (Mismatch::ActivationUnknown, "UNTOLD".to_owned())]
        );
    }

    #[test]
    fn every_finding_can_be_mended() {
        for mismatch in Mismatch::ALL {
            assert!(!mismatch.name().is_empty() && !mismatch.remedy().name().is_empty());
        }
    }
}
