//! An authorization code (授权码) of License 2.0: made by KooGallery, activated by the seller, renewed, frozen and released by
//! calls that name nothing but the code. No call tells of its purchase, so one may turn up at any point of its life.

use std::fmt;

use super::{Exception, World};
use crate::protocol::{
    UnixMillis,
    callback::{LicenseChange, StatusChange},
    id::{LicenseCode, OrderLine, OrderLineId},
    open_api::license::{LicenseInfo, LicenseLife},
};

/// Longest code, in characters (KooGallery page zh-cn_topic_0070649167).
pub const MAX_LICENSE: usize = 64;

/// Whether KooGallery could have made it.
pub fn is_code(text: &str) -> bool {
    (1..=MAX_LICENSE).contains(&text.chars().count()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[derive(Clone, Debug, PartialEq)]
pub struct License {
    pub world: World,
    pub license: LicenseCode,
    pub status: LicenseStatus,
    /// The newest order that a call named with it.
    pub order: Option<OrderLine>,
    pub product_id: Option<String>,
    pub activate_time: Option<UnixMillis>,
    pub expire_time: Option<UnixMillis>,
    /// The quantity that was bought.
    pub amount: Option<i64>,
    /// When KooGallery last told how it stands.
    pub queried_at: Option<UnixMillis>,
    /// `None` where the operator added it.
    pub endpoint: Option<String>,
    pub created_at: UnixMillis,
    pub changed_at: UnixMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LicenseStatus {
    /// Known, and nothing more: not activated yet, or activated before it was known here.
    Added,
    Active,
    Frozen,
    Expired,
    Released,
}

impl LicenseStatus {
    pub const ALL: [Self; 5] = [Self::Added, Self::Active, Self::Frozen, Self::Expired, Self::Released];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Expired => "expired",
            Self::Released => "released",
        }
    }
}

impl fmt::Display for LicenseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl License {
    pub fn added(world: World, license: LicenseCode, now: UnixMillis) -> Self {
        Self {
            world,
            license,
            status: LicenseStatus::Added,
            order: None,
            product_id: None,
            activate_time: None,
            expire_time: None,
            amount: None,
            queried_at: None,
            endpoint: None,
            created_at: now,
            changed_at: now,
        }
    }

    /// The code after a call about it.
    pub fn changed(&self, change: &LicenseChange, now: UnixMillis) -> Result<Self, Exception> {
        let mut after = self.clone();
        // Saved debugging cases are replayed in no order, and a case that releases the code must not fail the others.
        let released = self.world == World::Live && self.status == LicenseStatus::Released;
        match change {
            LicenseChange::Release { order } => {
                after.status = LicenseStatus::Released;
                after.order = order.clone().or(after.order);
            }
            // Nothing is left that could be used: frozen enough.
            LicenseChange::Status(StatusChange::Freeze) if released => {}
            _ if released => return Err(Exception::LicenseReleased { license: self.license.to_string() }),
            LicenseChange::Status(StatusChange::Freeze) => after.status = LicenseStatus::Frozen,
            LicenseChange::Status(StatusChange::Unfreeze) => after.status = LicenseStatus::Active,
            LicenseChange::Status(StatusChange::Unknown(status)) => {
                return Err(Exception::UnknownStatus { status: status.clone() });
            }
            LicenseChange::Refresh { order, product_id, expire_time, .. } => {
                after.order = Some(order.clone());
                after.expire_time = Some(*expire_time);
                after.product_id = product_id.clone().or(after.product_id);
                // Frozen stays frozen until a call of its own thaws it.
                if self.status == LicenseStatus::Expired {
                    after.status = LicenseStatus::Active;
                }
            }
        }
        if after != *self {
            after.changed_at = now;
        }
        Ok(after)
    }

    /// The code after KooGallery was asked about it. It knows no freezing: a frozen code stays frozen until a call thaws it.
    #[must_use]
    pub fn told(&self, told: &LicenseInfo, now: UnixMillis) -> Self {
        let mut after = self.clone();
        after.status = match (&told.status, self.status) {
            (Some(LicenseLife::Released), _) => LicenseStatus::Released,
            (Some(LicenseLife::Alive), LicenseStatus::Added | LicenseStatus::Expired) => LicenseStatus::Active,
            (Some(LicenseLife::Expired), LicenseStatus::Added | LicenseStatus::Active) => LicenseStatus::Expired,
            (_, status) => status,
        };
        after.activate_time = told.activate_time.or(after.activate_time);
        after.expire_time = told.expire_time.or(after.expire_time);
        after.product_id = told.product_id.clone().or(after.product_id);
        after.amount = told.amount.or(after.amount);
        if let (None, Some(order_id)) = (&after.order, &told.order_id) {
            after.order = Some(OrderLine { order_id: order_id.clone(), order_line_id: OrderLineId::new("") });
        }
        if after != *self {
            after.changed_at = now;
        }
        after.queried_at = Some(now);
        after
    }

    /// The code after KooGallery took its activation.
    #[must_use]
    pub fn activated(&self, at: UnixMillis, told: Option<&LicenseInfo>, now: UnixMillis) -> Self {
        let mut after = told.map_or_else(|| self.clone(), |told| self.told(told, now));
        after.activate_time = after.activate_time.or(Some(at));
        if after.status == LicenseStatus::Added {
            after.status = LicenseStatus::Active;
        }
        after.changed_at = now;
        after
    }

    /// Whether a call about it was done before, to judge by how the code stands.
    pub fn stands_after(&self, status: &StatusChange) -> bool {
        match self.status {
            LicenseStatus::Frozen => *status == StatusChange::Freeze,
            LicenseStatus::Active => *status == StatusChange::Unfreeze,
            LicenseStatus::Released => true,
            LicenseStatus::Added | LicenseStatus::Expired => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        callback::Scene,
        id::{OrderId, OrderLineId},
    };

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
    const EXPIRES: UnixMillis = UnixMillis(1_800_000_000_000);

    fn refresh() -> LicenseChange {
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") };
        LicenseChange::Refresh { order, scene: Scene::Renewal, product_id: Some("p".into()), expire_time: EXPIRES }
    }

    #[test]
    fn each_call_leads_where_the_pages_say() {
        use LicenseStatus::{Active, Added, Expired, Frozen, Released};
        let freeze = LicenseChange::Status(StatusChange::Freeze);
        let unfreeze = LicenseChange::Status(StatusChange::Unfreeze);
        let release = LicenseChange::Release { order: None };
        let table = [
            (refresh(), [Some(Added), Some(Active), Some(Frozen), Some(Active), None]),
            (freeze, [Some(Frozen), Some(Frozen), Some(Frozen), Some(Frozen), Some(Released)]),
            (unfreeze, [Some(Active), Some(Active), Some(Active), Some(Active), None]),
            (release, [Some(Released), Some(Released), Some(Released), Some(Released), Some(Released)]),
        ];
        for (change, expected) in table {
            for (status, expected) in [Added, Active, Frozen, Expired, Released].into_iter().zip(expected) {
                let license = License { status, ..License::added(World::Live, LicenseCode::new("PL1"), NOW) };
                let after = license.changed(&change, NOW).ok().map(|license| license.status);
                assert_eq!(after, expected, "{change:?} of {status}");
            }
        }
    }

    #[test]
    fn what_a_debugging_case_released_another_one_may_renew() {
        let released =
            License { status: LicenseStatus::Released, ..License::added(World::Test, LicenseCode::new("PL1"), NOW) };
        for change in [refresh(), LicenseChange::Status(StatusChange::Unfreeze)] {
            assert!(released.changed(&change, NOW).is_ok(), "{change:?}");
        }
    }

    #[test]
    fn a_renewal_tells_order_product_and_expiry() {
        let license = License::added(World::Live, LicenseCode::new("PL1"), NOW);
        let after = license.changed(&refresh(), NOW.plus_millis(1)).unwrap();
        assert_eq!((after.expire_time, after.product_id.as_deref()), (Some(EXPIRES), Some("p")));
        assert_eq!(after.order.unwrap().order_id.as_str(), "CS1");
        assert_eq!(after.changed_at, NOW.plus_millis(1));
    }
}
