//! An instance: what a buyer bought, from the purchase to its release.

use std::fmt;

use super::{World, retry_window::RetryPolicy};
use crate::protocol::{
    UnixMillis,
    callback::AppInfo,
    id::{InstanceId, OrderLine},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    pub world: World,
    pub instance_id: InstanceId,
    /// The purchase.
    pub order: OrderLine,
    pub endpoint: String,
    pub status: InstanceStatus,
    pub product_id: Option<String>,
    pub sku_code: Option<String>,
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub expire_time: Option<UnixMillis>,
    /// Present from provisioning on. Lists leave it out.
    pub app_info: Option<AppInfo>,
    pub created_at: UnixMillis,
    pub changed_at: UnixMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceStatus {
    Provisioning,
    Active,
    Frozen,
    Released,
    /// The product refused the purchase.
    Failed,
}

impl InstanceStatus {
    pub const ALL: [Self; 5] = [Self::Provisioning, Self::Active, Self::Frozen, Self::Released, Self::Failed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Released => "released",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for InstanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Instance {
    pub fn bought(world: World, instance_id: InstanceId, order: OrderLine, endpoint: &str, now: UnixMillis) -> Self {
        Self {
            world,
            instance_id,
            order,
            endpoint: endpoint.to_owned(),
            status: InstanceStatus::Provisioning,
            product_id: None,
            sku_code: None,
            customer_id: None,
            customer_name: None,
            expire_time: None,
            app_info: None,
            created_at: now,
            changed_at: now,
        }
    }

    /// KooGallery calls no more by itself for the purchase, which was never done. A restart by hand (重新启动) is not known here.
    pub fn is_given_up(&self, policy: &RetryPolicy, now: UnixMillis) -> bool {
        let window = policy.window("newInstance", self.created_at);
        self.status == InstanceStatus::Provisioning && window.is_some_and(|window| window.closes_at < now)
    }

    /// Where the buyer can use it or could have used it until it was frozen.
    pub fn is_provisioned(&self) -> bool {
        matches!(self.status, InstanceStatus::Active | InstanceStatus::Frozen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{OrderId, OrderLineId};

    #[test]
    fn what_is_not_provisioned_in_time_is_given_up_and_what_is_never() {
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") };
        let bought = Instance::bought(World::Live, InstanceId::new("i-1"), order, "main", UnixMillis(0));
        let active = Instance { status: InstanceStatus::Active, ..bought.clone() };
        let policy = RetryPolicy::default();
        let hours = |hours: i64| UnixMillis(hours * 3_600_000);
        assert_eq!([2, 4].map(|at| bought.is_given_up(&policy, hours(at))), [false, true]);
        assert!(!active.is_given_up(&policy, hours(4)));
    }
}
