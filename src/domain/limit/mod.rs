//! Purchase limits (限购配置): how often and how much of a product or specification one customer may buy, as the console
//! holds it, and what follows from the orders that are known. KooGallery has no interface for them, so this is a mirror: it
//! is typed in or imported, and where an order came through against it, console and mirror differ. Who may buy at all (sales
//! targets, trial whitelist) is beside it. Knows no table, file or clock.

mod finding;
mod judge;
mod policy;
mod purchase;
mod review;
mod rows;
mod target;
mod target_review;
mod target_rows;

pub use finding::{CameThrough, came_through};
pub use judge::{Excluded, Judged};
pub use policy::{Assumption, CountedTypes, ExpiredQuantity, LimitPolicy};
pub use purchase::{Ended, InstanceRun, Purchase, ordered_at, purchases};
pub use review::{Question, Review, ReviewRow, Rule, Verdict, WhatIf, review};
pub use rows::{LimitFields, LimitProblem, ReadLimits, read_rows};
use serde::{Deserialize, Serialize};
pub use target::{
    AccountKind, Accounts, Entitlement, KeptTarget, MAX_CUSTOMERS, SalesTarget, TargetChange, TargetKey, TargetKind,
    TargetLevel, TargetReason, entitled, spec_levels,
};
pub use target_review::{TargetReview, TargetRow, review_targets};
pub use target_rows::{ReadTargets, TargetFields, TargetProblem, read_target_rows};

use crate::protocol::UnixMillis;

/// Longest product id or specification code that is taken.
pub const MAX_TEXT: usize = 64;
/// Far more than anybody sells to one customer, and sums of it do not overflow.
pub const MAX_QUANTITY: i64 = 1_000_000_000;

/// What a limit is set on: a product, or one specification of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitKey {
    pub product_id: String,
    /// `None` for the product as a whole.
    pub sku_code: Option<String>,
}

/// 限购次数.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    #[default]
    None,
    /// 仅能购买1次.
    Once,
    /// 资源到期前限购: again only when what was bought has expired.
    UntilExpiry,
}

impl Times {
    pub const ALL: [Self; 3] = [Self::None, Self::Once, Self::UntilExpiry];

    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Once => "once",
            Self::UntilExpiry => "until-expiry",
        }
    }
}

/// One line of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    #[serde(flatten)]
    pub key: LimitKey,
    pub times: Times,
    /// 数量属性限制: how much one customer may buy, over all orders that count.
    pub quantity: Option<i64>,
}

/// A line as it is kept: with who changed it last, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLimit {
    pub id: i64,
    pub limit: Limit,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

/// What somebody did to a line. `before` is `None` where it was added, `after` where it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitChange {
    pub key: LimitKey,
    pub before: Option<Limit>,
    pub after: Option<Limit>,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

#[cfg(test)]
mod tests;
