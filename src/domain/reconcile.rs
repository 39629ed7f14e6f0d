//! Orders, calls, instances and codes held against each other: what one side knows and the other does not. Each finding says
//! what would mend it. Pure: who looks collects the rows.

use std::collections::{HashMap, HashSet};

use super::{
    Instance, InstanceStatus, License, LicenseStatus, Order, World,
    console::ConsolePage,
    license_calendar::GracePolicy,
    settlement::{ProductType, TermsTable},
    supervision::{Supervised, SupervisionFacts},
};
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
    /// KooGallery tells of a purchase, a renewal or an upgrade that it never called for.
    BoughtNeverCalled,
    /// It runs here, and KooGallery knows no such order.
    ProvisionedNotOrdered,
    ExpiredRunning,
    /// Expired as well, within the grace (宽限期) in which it may be renewed and used.
    ExpiredInGrace,
    /// Unsubscribed or released, and in use still.
    ReleasedActive,
    /// A code in use of which KooGallery has told no activation.
    ActivationUnknown,
    /// An activation (授权码激活) of an order of which no activated code is known.
    ActivationWithoutCode,
}

impl Mismatch {
    pub const ALL: [Self; 7] = [
        Self::BoughtNeverCalled,
        Self::ProvisionedNotOrdered,
        Self::ExpiredRunning,
        Self::ExpiredInGrace,
        Self::ReleasedActive,
        Self::ActivationUnknown,
        Self::ActivationWithoutCode,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::BoughtNeverCalled => "bought-never-called",
            Self::ProvisionedNotOrdered => "provisioned-not-ordered",
            Self::ExpiredRunning => "expired-running",
            Self::ExpiredInGrace => "expired-in-grace",
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
    /// What it rests on that no page and no call tells.
    pub assumes: Option<Assumption>,
    /// What mends it, the first before the others.
    pub remedies: &'static [Remedy],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assumption {
    /// Calls come here since then; of older orders nobody can say whether they were called for.
    CalledSince { at: UnixMillis },
    /// So long does it stay usable after its expiry; KooGallery does not tell.
    Grace { days: u16, until: UnixMillis },
}

impl Assumption {
    pub const fn name(self) -> &'static str {
        match self {
            Self::CalledSince { .. } => "called-since",
            Self::Grace { .. } => "grace",
        }
    }
}

/// What is assumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    pub grace: GracePolicy,
    /// Since when calls come here, where somebody says so; else since the first one that came.
    pub called_since: Option<UnixMillis>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// By kind and then the oldest first.
    pub findings: Vec<Finding>,
    /// Orders that were placed before this are not missed where no call came for them.
    pub called_since: Option<UnixMillis>,
    /// So many of them there are.
    pub before: usize,
}

/// Everything that is held against each other.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub orders: Vec<Order>,
    pub instances: Vec<Instance>,
    pub licenses: Vec<License>,
    /// Orders that KooGallery was asked about and does not know.
    pub unknown_orders: HashSet<OrderId>,
    /// What was noted of live orders.
    pub supervision: HashMap<OrderId, SupervisionFacts>,
    pub terms: TermsTable,
    /// Releases that KooGallery called for and that failed, by when the first call came.
    pub failed_releases: Vec<FailedRelease>,
    /// When the first live call ever came.
    pub first_call: Option<UnixMillis>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRelease {
    pub instance_id: Option<InstanceId>,
    pub license: Option<LicenseCode>,
    pub called_at: UnixMillis,
}

/// Of the live world.
pub fn reconcile(books: &Books, basis: Basis, now: UnixMillis) -> Reconciled {
    let live = |world: World| world == World::Live;
    let by_instance: HashMap<&InstanceId, &Instance> = books
        .instances
        .iter()
        .filter(|instance| live(instance.world))
        .map(|instance| (&instance.instance_id, instance))
        .collect();
    let called_since = basis.called_since.or(books.first_call);
    let called = Called::of(books);
    let (mut findings, mut before) = (Vec::new(), 0);
    for order in books.orders.iter().filter(|order| live(order.world) && is_uncalled(order, &called, now)) {
        let Some(finding) = uncalled(order, &by_instance, called_since) else { continue };
        // For what was ordered a little before, KooGallery still called then.
        let is_before = called_since.is_some_and(|since| finding.since < since.plus_millis(-CALL_MILLIS));
        if finding.mismatch == Mismatch::BoughtNeverCalled && is_before {
            before += 1;
        } else {
            findings.push(finding);
        }
    }
    let unsubscribed: HashSet<InstanceId> =
        findings.iter().filter_map(|finding: &Finding| finding.instance_id.clone()).collect();
    let failed = Failed::of(books, &unsubscribed, now);
    findings.extend(by_instance.values().filter_map(|instance| of_instance(instance, books, &failed, basis, now)));
    let released: HashSet<&OrderId> = by_instance
        .values()
        .filter(|instance| instance.status == InstanceStatus::Released)
        .map(|instance| &instance.order.order_id)
        .collect();
    let licenses = books.licenses.iter().filter(|license| live(license.world));
    findings.extend(licenses.filter_map(|license| of_license(license, &released, &failed, basis, now)));
    findings.extend(activations_without_code(books));
    findings.sort_by(|one, other| {
        (one.mismatch, one.since, &one.instance_id, &one.license, &one.order).cmp(&(
            other.mismatch,
            other.since,
            &other.instance_id,
            &other.license,
            &other.order,
        ))
    });
    Reconciled { findings, called_since, before }
}

/// Products for which KooGallery calls: others, such as human services, are in the console's export and in no call.
struct Called<'a> {
    purchases: HashSet<&'a str>,
    changes: HashSet<&'a str>,
    terms: &'a TermsTable,
    /// Orders of which no call tells the purchase: of codes and of hardware.
    silent: HashSet<&'a OrderId>,
}

impl<'a> Called<'a> {
    fn of(books: &'a Books) -> Self {
        let (mut purchases, mut changes) = (HashSet::new(), HashSet::new());
        for order in books.orders.iter().filter(|order| order.called_at.is_some()) {
            let names = [&order.product_id, &order.product_name].into_iter().flatten().map(String::as_str);
            // No call tells of a code's purchase, but of its renewal.
            if !is_change(order) {
                purchases.extend(names.clone());
            }
            changes.extend(names);
        }
        let instances = books.instances.iter().filter_map(|instance| instance.product_id.as_deref());
        purchases.extend(instances.clone());
        changes.extend(instances);
        let in_ledger = books.licenses.iter().filter_map(|license| Some(&license.order.as_ref()?.order_id));
        let is_silent = |facts: &SupervisionFacts| facts.kind != Supervised::Service;
        let noted = books.supervision.iter().filter(|(_, facts)| is_silent(facts)).map(|(order_id, _)| order_id);
        Self { purchases, changes, terms: &books.terms, silent: in_ledger.chain(noted).collect() }
    }

    /// An order that names no product may be of any.
    fn expects(&self, order: &Order) -> bool {
        if order.order_type == Some(OrderType::Unsubscribe) {
            return true;
        }
        if !is_change(order) && self.silent.contains(&order.order.order_id) {
            return false;
        }
        let terms = self.terms.of(order.product_id.as_deref(), order.sku_code.as_deref());
        match terms.and_then(|terms| terms.product_type) {
            // Also where a wrong address has kept every call of it away.
            Some(ProductType::Saas) => return true,
            Some(ProductType::Service | ProductType::Hardware) => return false,
            _ => {}
        }
        let known = if is_change(order) { &self.changes } else { &self.purchases };
        let mut names = [&order.product_id, &order.product_name].into_iter().flatten().peekable();
        names.peek().is_none() || names.any(|name| known.contains(name.as_str()))
    }
}

/// Of what was bought before.
const fn is_change(order: &Order) -> bool {
    matches!(order.order_type, Some(OrderType::Renew | OrderType::Change | OrderType::TrialToFormal))
}

fn ordered_at(order: &Order) -> UnixMillis {
    order.create_time.unwrap_or(order.created_at)
}

/// One for which a call should have come by now.
fn is_uncalled(order: &Order, called: &Called<'_>, now: UnixMillis) -> bool {
    // Mock orders are answered to whoever asks, and nobody is called for them.
    let mock = order.order.order_id.as_str().starts_with("MOCK");
    let told = order.queried_at.is_some() || order.imported_at.is_some();
    let given_up = now.millis_since(ordered_at(order)) >= CALL_MILLIS;
    !mock && order.called_at.is_none() && told && order.void().is_none() && given_up && called.expects(order)
}

fn uncalled(
    order: &Order,
    instances: &HashMap<&InstanceId, &Instance>,
    called_since: Option<UnixMillis>,
) -> Option<Finding> {
    let mismatch = match &order.order_type {
        Some(OrderType::New | OrderType::Trial | OrderType::Renew | OrderType::Change | OrderType::TrialToFormal) => {
            Mismatch::BoughtNeverCalled
        }
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
    let rests_on_calls = mismatch == Mismatch::BoughtNeverCalled;
    Some(Finding {
        mismatch,
        order: Some(order.order.clone()),
        instance_id: order.instance_id.clone(),
        license: None,
        product_id: order.product_id.clone(),
        customer_name: order.customer_name.clone(),
        since: ordered_at(order),
        assumes: called_since.filter(|_| rests_on_calls).map(|at| Assumption::CalledSince { at }),
        remedies,
    })
}

/// Releases that were called for in vain, for so long that no call comes any more.
struct Failed<'a> {
    instances: HashMap<&'a InstanceId, UnixMillis>,
    licenses: HashMap<&'a LicenseCode, UnixMillis>,
}

impl<'a> Failed<'a> {
    /// `told` are instances of which it is told already.
    fn of(books: &'a Books, told: &HashSet<InstanceId>, now: UnixMillis) -> Self {
        let over = books.failed_releases.iter().filter(|failed| now.millis_since(failed.called_at) >= CALL_MILLIS);
        let instances = over.clone().filter_map(|failed| Some((failed.instance_id.as_ref()?, failed.called_at)));
        let licenses = over.filter_map(|failed| Some((failed.license.as_ref()?, failed.called_at)));
        Self { instances: instances.filter(|(id, _)| !told.contains(*id)).collect(), licenses: licenses.collect() }
    }
}

/// How something stands whose expiry is over.
fn expired(
    expire_time: Option<UnixMillis>,
    basis: Basis,
    now: UnixMillis,
) -> Option<(Mismatch, UnixMillis, Assumption)> {
    let expired = expire_time.filter(|expires| *expires <= now)?;
    let until = basis.grace.grace_ends(expired);
    let mismatch = if now < until { Mismatch::ExpiredInGrace } else { Mismatch::ExpiredRunning };
    Some((mismatch, expired, Assumption::Grace { days: basis.grace.grace_days, until }))
}

fn of_instance(
    instance: &Instance,
    books: &Books,
    failed: &Failed<'_>,
    basis: Basis,
    now: UnixMillis,
) -> Option<Finding> {
    if !instance.is_provisioned() {
        return None;
    }
    let unknown = books.unknown_orders.contains(&instance.order.order_id);
    let release = failed.instances.get(&instance.instance_id).filter(|_| instance.status != InstanceStatus::Released);
    let expired = expired(instance.expire_time, basis, now).filter(|_| instance.status == InstanceStatus::Active);
    let (mismatch, since, assumes) = match (unknown, release, expired) {
        (true, ..) => (Mismatch::ProvisionedNotOrdered, instance.created_at, None),
        (false, Some(called_at), _) => (Mismatch::ReleasedActive, *called_at, None),
        (false, None, Some((mismatch, since, assumes))) => (mismatch, since, Some(assumes)),
        (false, None, None) => return None,
    };
    let remedies: &[Remedy] = match mismatch {
        Mismatch::ProvisionedNotOrdered => &[Remedy::QueryOrder, Remedy::Instance(Mend::Release)],
        Mismatch::ReleasedActive => &[Remedy::Instance(Mend::Release), Remedy::RestartInConsole],
        Mismatch::ExpiredInGrace => &[Remedy::QueryOrder],
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
        assumes,
        remedies,
    })
}

fn of_license(
    license: &License,
    released: &HashSet<&OrderId>,
    failed: &Failed<'_>,
    basis: Basis,
    now: UnixMillis,
) -> Option<Finding> {
    if license.status != LicenseStatus::Active {
        return None;
    }
    let is_released = license.order.as_ref().is_some_and(|order| released.contains(&order.order_id));
    let release = failed.licenses.get(&license.license).copied().or(is_released.then_some(license.changed_at));
    let (mismatch, since, assumes) = match (release, expired(license.expire_time, basis, now), license.activate_time) {
        (Some(since), ..) => (Mismatch::ReleasedActive, since, None),
        (None, Some((mismatch, since, assumes)), _) => (mismatch, since, Some(assumes)),
        (None, None, None) => (Mismatch::ActivationUnknown, license.created_at, None),
        (None, None, Some(_)) => return None,
    };
    let remedies: &[Remedy] = match mismatch {
        Mismatch::ActivationUnknown => &[Remedy::QueryLicense, Remedy::ActivateLicense],
        Mismatch::ExpiredInGrace => &[Remedy::QueryLicense],
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
        assumes,
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
    let activated = books.supervision.iter().filter_map(|(order_id, facts)| {
        Some((order_id, facts.activated_at.filter(|_| facts.kind == Supervised::LicenseCode)?))
    });
    activated.filter(move |(order_id, _)| !with_code.contains(order_id)).map(|(order_id, since)| {
        let order = books.orders.iter().find(|order| order.order.order_id == *order_id);
        let line = OrderLine { order_id: order_id.clone(), order_line_id: OrderLineId::new("") };
        Finding {
            mismatch: Mismatch::ActivationWithoutCode,
            order: Some(order.map_or(line, |order| order.order.clone())),
            instance_id: None,
            license: None,
            product_id: order.and_then(|order| order.product_id.clone()),
            customer_name: order.and_then(|order| order.customer_name.clone()),
            since,
            assumes: None,
            remedies: &[Remedy::AddLicense, Remedy::QueryOrder],
        }
    })
}

#[cfg(test)]
mod tests;
