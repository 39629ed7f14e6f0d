//! An authorization code (授权码) in the marketplace's books, and what may be done with it in which state (KooGallery pages
//! zh-cn_topic_0070649244, zh-cn_topic_0070649245, zh-cn_topic_0070649195). Pure: `now` is an argument.

use serde::{Deserialize, Serialize};

use super::{Charging, Customer, Product};
use crate::protocol::{
    UnixMillis,
    id::{LicenseCode, OrderLine},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct License {
    pub code: LicenseCode,
    pub order: OrderLine,
    pub product: Product,
    pub customer: Customer,
    /// Applied for by the seller (测试授权码), bought by nobody.
    pub test: bool,
    pub placed_at: UnixMillis,
    pub charging: Charging,
    /// 领取.
    pub received_at: Option<UnixMillis>,
    /// When it took effect: the time that the seller told, or else that of the activation.
    pub activated_at: Option<UnixMillis>,
    /// `None` before the activation, and for what never expires.
    pub expire_time: Option<UnixMillis>,
    /// For which expiry something is planned.
    pub(super) planned: Option<UnixMillis>,
    pub frozen: bool,
    /// The seller was told to freeze it, because its time was over.
    #[serde(default)]
    pub(super) expiry_told: bool,
    /// When it would have expired without each of its renewals. Cancelling one goes back to the last.
    #[serde(default)]
    pub(super) before_renewals: Vec<UnixMillis>,
    pub released: bool,
    /// When the seller asked for it last (心跳检测).
    pub queried_at: Option<UnixMillis>,
    pub usage: Vec<SoftwareUsage>,
}

/// What a seller reported of a day's use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftwareUsage {
    pub reported_at: UnixMillis,
    pub clients: Clients,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clients {
    Id(String),
    Number(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseState {
    /// The buyer has it but has not taken it yet.
    Issued,
    Received,
    Alive,
    Frozen,
    Expired,
    Released,
}

impl LicenseState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Received => "received",
            Self::Alive => "alive",
            Self::Frozen => "frozen",
            Self::Expired => "expired",
            Self::Released => "released",
        }
    }

    /// `status` of the query. It has no word for a frozen code, which is an expired one; `None` before the activation.
    pub const fn as_wire(self) -> Option<&'static str> {
        match self {
            Self::Issued | Self::Received => None,
            Self::Alive => Some("ALIVE"),
            Self::Frozen | Self::Expired => Some("EXPIRED"),
            Self::Released => Some("RELEASED"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotActivated {
    #[error("can not active before user received.")]
    NotReceived,
    #[error("illegal state")]
    IllegalState,
    #[error("the code cannot have taken effect before it was ordered")]
    BeforeTheOrder,
}

impl License {
    pub fn state(&self, now: UnixMillis) -> LicenseState {
        if self.released {
            LicenseState::Released
        } else if self.activated_at.is_none() {
            if self.received_at.is_some() { LicenseState::Received } else { LicenseState::Issued }
        } else if self.frozen {
            LicenseState::Frozen
        } else if self.expire_time.is_some_and(|time| time <= now) {
            LicenseState::Expired
        } else {
            LicenseState::Alive
        }
    }

    /// Whether [`Self::activate`] would do it.
    pub fn can_activate(&self, now: UnixMillis, real_effect_time: Option<UnixMillis>) -> Result<(), NotActivated> {
        match self.state(now) {
            LicenseState::Issued => return Err(NotActivated::NotReceived),
            LicenseState::Received => {}
            _ => return Err(NotActivated::IllegalState),
        }
        // The seller's time has seconds only.
        if real_effect_time.is_some_and(|time| time.0 / 1000 < self.placed_at.0 / 1000) {
            return Err(NotActivated::BeforeTheOrder);
        }
        Ok(())
    }

    pub(super) fn activate(
        &mut self,
        now: UnixMillis,
        real_effect_time: Option<UnixMillis>,
    ) -> Result<(), NotActivated> {
        self.can_activate(now, real_effect_time)?;
        let effective = real_effect_time.unwrap_or(now);
        self.activated_at = Some(effective);
        self.expire_time = self.charging.ends(effective);
        Ok(())
    }

    /// Another period behind the one that is paid for. Changes nothing where none runs.
    pub(super) fn renew(&mut self, charging: Charging) {
        self.before_renewals.extend(self.expire_time);
        self.expire_time = self.expire_time.and_then(|time| charging.ends(time).or(Some(time)));
    }

    /// The last renewal is taken back. `None` where there was none.
    pub(super) fn cancel_renewal(&mut self) -> Option<UnixMillis> {
        self.expire_time = Some(self.before_renewals.pop()?);
        self.expire_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{OrderId, OrderLineId};

    const ORDERED: UnixMillis = UnixMillis(1_793_440_800_500);
    const LATER: UnixMillis = UnixMillis(1_793_440_900_000);

    fn license() -> License {
        License {
            code: LicenseCode::new("PL1"),
            order: OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") },
            product: Product { product_id: "p".into(), sku_code: "s".into(), name: "n".into(), months: 1 },
            customer: Customer { customer_id: "c".into(), customer_name: "C".into() },
            test: false,
            placed_at: ORDERED,
            charging: Charging::months(1),
            received_at: None,
            activated_at: None,
            expire_time: None,
            planned: None,
            frozen: false,
            expiry_told: false,
            before_renewals: vec![],
            released: false,
            queried_at: None,
            usage: vec![],
        }
    }

    #[test]
    fn a_code_is_received_before_it_is_activated_and_activated_once() {
        let mut license = license();
        assert_eq!(license.activate(LATER, None), Err(NotActivated::NotReceived));
        license.received_at = Some(LATER);
        assert_eq!(license.state(LATER), LicenseState::Received);
        assert_eq!(license.activate(LATER, Some(ORDERED.plus_millis(-1000))), Err(NotActivated::BeforeTheOrder));
        let whole_second = UnixMillis(ORDERED.0 / 1000 * 1000);
        license.activate(LATER, Some(whole_second)).unwrap();
        assert_eq!(license.activate(LATER, None), Err(NotActivated::IllegalState));
        assert_eq!(license.expire_time, Charging::months(1).ends(whole_second));
    }

    #[test]
    fn a_code_goes_through_its_states() {
        let mut license = license();
        license.received_at = Some(ORDERED);
        license.activate(ORDERED, None).unwrap();
        let end = license.expire_time.unwrap();
        assert_eq!(license.state(end.plus_millis(-1)).as_wire(), Some("ALIVE"));
        assert_eq!(license.state(end).as_wire(), Some("EXPIRED"));
        license.frozen = true;
        assert_eq!((license.state(LATER), license.state(LATER).as_wire()), (LicenseState::Frozen, Some("EXPIRED")));
        license.frozen = false;
        license.renew(Charging::months(1));
        assert_eq!(license.state(end), LicenseState::Alive);
        assert_eq!((license.cancel_renewal(), license.cancel_renewal()), (Some(end), None));
        license.renew(Charging::months(1));
        license.released = true;
        assert_eq!(license.state(end).as_wire(), Some("RELEASED"));
    }
}
