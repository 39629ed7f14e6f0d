//! What the pages leave open about limits, as choices; and what was assumed in a result, so that it can be told with it.

use serde::{Deserialize, Serialize};

/// Which types of orders count. The pages say no more than that unsubscribed orders do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountedTypes {
    /// NEW alone.
    #[default]
    New,
    /// A trial that turned formal too.
    NewAndFormal,
    /// Every purchase: NEW, TRIAL_TO_FORMAL, RENEW and CHANGE.
    All,
}

impl CountedTypes {
    pub const ALL: [Self; 3] = [Self::New, Self::NewAndFormal, Self::All];

    /// As it stands in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NewAndFormal => "new-and-formal",
            Self::All => "all",
        }
    }
}

/// Whether a quantity is free again when what was bought has expired. The pages say so for 资源到期前限购 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpiredQuantity {
    /// Where the same line says until-expiry.
    #[default]
    WithUntilExpiry,
    Always,
    Never,
}

impl ExpiredQuantity {
    pub const ALL: [Self; 3] = [Self::WithUntilExpiry, Self::Always, Self::Never];

    pub const fn name(self) -> &'static str {
        match self {
            Self::WithUntilExpiry => "with-until-expiry",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// `[limits]` of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitPolicy {
    pub counted: CountedTypes,
    pub expired_quantity: ExpiredQuantity,
}

/// What a result rests on beside the documented rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Assumption {
    /// Renewals, changes and trials that turned formal are left out.
    NewOrdersOnly,
    NewAndFormalOnly,
    EveryPurchaseCounts,
    /// The limit is on the product: all its specifications are counted together.
    SpecificationsTogether,
    /// An order says no quantity, and is taken for one.
    QuantityUnknown,
    /// An order says no expiry, and is taken for still running.
    ExpiryUnknown,
    ExpiredQuantityIsFree,
    ExpiredQuantityCounts,
    /// An unsubscription names no instance, and is taken for the customer's newest purchase of the same specification.
    UnsubscriptionMatched,
    /// An order says no charging mode, and is taken for one that limits apply to.
    ChargingModeUnknown,
}

impl Assumption {
    pub const ALL: [Self; 10] = [
        Self::NewOrdersOnly,
        Self::NewAndFormalOnly,
        Self::EveryPurchaseCounts,
        Self::SpecificationsTogether,
        Self::QuantityUnknown,
        Self::ExpiryUnknown,
        Self::ExpiredQuantityIsFree,
        Self::ExpiredQuantityCounts,
        Self::UnsubscriptionMatched,
        Self::ChargingModeUnknown,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NewOrdersOnly => "only-new-orders-count",
            Self::NewAndFormalOnly => "only-new-orders-and-trials-turned-formal-count",
            Self::EveryPurchaseCounts => "every-purchase-counts",
            Self::SpecificationsTogether => "specifications-counted-together",
            Self::QuantityUnknown => "unknown-quantity-is-one",
            Self::ExpiryUnknown => "unknown-expiry-is-running",
            Self::ExpiredQuantityIsFree => "expired-quantity-is-free",
            Self::ExpiredQuantityCounts => "expired-quantity-counts",
            Self::UnsubscriptionMatched => "unsubscription-matched-by-specification",
            Self::ChargingModeUnknown => "unknown-charging-mode-is-limited",
        }
    }
}
