//! On what terms something is bought, and what kind of order that makes (KooGallery page zh-cn_topic_0070649350). Pure.

use serde::{Deserialize, Serialize};

use super::{Product, clock::plus_months};
use crate::protocol::{UnixMillis, callback::ChargingMode};

const DAY_MILLIS: i64 = 86_400_000;

/// `orderType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderKind {
    New,
    Trial,
    TrialToFormal,
    Renew,
    Change,
    Unsubscribe,
}

impl OrderKind {
    pub const fn as_wire(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Trial => "TRIAL",
            Self::TrialToFormal => "TRIAL_TO_FORMAL",
            Self::Renew => "RENEW",
            Self::Change => "CHANGE",
            Self::Unsubscribe => "UNSUBSCRIBE",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodType {
    Year,
    Month,
    Day,
}

impl PeriodType {
    pub const fn as_wire(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// `chargingMode`, with the period where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charging {
    Period(PeriodType, u16),
    OneTime,
    OnDemand,
    OnDemandPackage,
}

impl Charging {
    /// Whole years are bought as years.
    pub const fn months(months: u16) -> Self {
        if months > 0 && months.is_multiple_of(12) {
            Self::Period(PeriodType::Year, months / 12)
        } else {
            Self::Period(PeriodType::Month, months)
        }
    }

    pub const fn as_wire(self) -> &'static str {
        match self {
            Self::Period(..) => "PERIOD",
            Self::OneTime => "ONE_TIME",
            Self::OnDemand => "ON_DEMAND",
            Self::OnDemandPackage => "ON_DEMAND_PKG",
        }
    }

    pub const fn period(self) -> Option<(PeriodType, u16)> {
        match self {
            Self::Period(unit, number) => Some((unit, number)),
            Self::OneTime | Self::OnDemand | Self::OnDemandPackage => None,
        }
    }

    /// When a period that begins then is over.
    pub fn ends(self, begins: UnixMillis) -> Option<UnixMillis> {
        self.period().map(|(unit, number)| match unit {
            PeriodType::Year => plus_months(begins, number.saturating_mul(12)),
            PeriodType::Month => plus_months(begins, number),
            PeriodType::Day => begins.plus_millis(i64::from(number) * DAY_MILLIS),
        })
    }

    pub(super) const fn of_v1(self) -> ChargingMode {
        match self {
            Self::Period(..) => ChargingMode::Period,
            Self::OneTime => ChargingMode::OneTime,
            Self::OnDemand => ChargingMode::PayPerUse,
            Self::OnDemandPackage => ChargingMode::Package,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub charging: Charging,
    pub trial: bool,
    /// `linearValue`: how many of what the product counts.
    pub linear_value: Option<u32>,
}

impl Terms {
    pub const fn new(charging: Charging) -> Self {
        Self { charging, trial: false, linear_value: None }
    }

    /// As the product is sold by itself: for its period.
    pub const fn of(product: &Product) -> Self {
        Self::new(Charging::months(product.months))
    }

    pub const fn trial(days: u16) -> Self {
        Self { charging: Charging::Period(PeriodType::Day, days), trial: true, linear_value: None }
    }

    #[must_use]
    pub const fn with_linear_value(mut self, value: u32) -> Self {
        self.linear_value = Some(value);
        self
    }

    pub(super) const fn purchase(self) -> OrderKind {
        if self.trial { OrderKind::Trial } else { OrderKind::New }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_years_are_years_and_a_trial_counts_days() {
        assert_eq!(Charging::months(24), Charging::Period(PeriodType::Year, 2));
        assert_eq!(Charging::months(18), Charging::Period(PeriodType::Month, 18));
        let begins = UnixMillis::from_compact_utc("20260131101112").unwrap();
        let ends = |terms: Terms| terms.charging.ends(begins).map(UnixMillis::to_compact_utc);
        assert_eq!(ends(Terms::trial(15)).as_deref(), Some("20260215101112"));
        assert_eq!(ends(Terms::new(Charging::months(12))).as_deref(), Some("20270131101112"));
        assert_eq!(ends(Terms::new(Charging::months(1))).as_deref(), Some("20260228101112"));
        assert_eq!(ends(Terms::new(Charging::OnDemand)), None);
    }
}
