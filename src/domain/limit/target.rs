//! Who may buy at all: sales targets (销售对象管理) by product and specification, and the whitelist of trials
//! (SaaS类商品试用配置). Accounts are matched by their id; of which kind an account is, no order tells: it is noted by hand.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{LimitKey, purchase::Purchase};
use crate::protocol::{UnixMillis, open_api::order::OrderType};

/// Accounts that one target or whitelist may name.
pub const MAX_CUSTOMERS: usize = 10_000;

pub type TargetKey = LimitKey;

/// The two pages of the console, each with a configuration of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetKind {
    /// 销售对象管理
    Sale,
    /// SaaS类商品试用配置
    Trial,
}

impl TargetKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "target",
            Self::Trial => "trial",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetLevel {
    /// 全部用户
    #[default]
    Everyone,
    /// 指定用户
    Named,
    /// 企业用户
    Enterprise,
    /// 个人用户
    Individual,
    /// 已购买关联商品用户
    LinkedProduct,
    /// Trials only: everybody on the whitelist.
    TrialWhitelist,
}

impl TargetLevel {
    pub const ALL: [Self; 6] =
        [Self::Everyone, Self::Named, Self::Enterprise, Self::Individual, Self::LinkedProduct, Self::TrialWhitelist];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Named => "named",
            Self::Enterprise => "enterprise",
            Self::Individual => "individual",
            Self::LinkedProduct => "linked-product",
            Self::TrialWhitelist => "trial-whitelist",
        }
    }

    pub const fn kind(self) -> TargetKind {
        match self {
            Self::TrialWhitelist => TargetKind::Trial,
            _ => TargetKind::Sale,
        }
    }

    /// Whether it names accounts.
    pub const fn names_customers(self) -> bool {
        matches!(self, Self::Named | Self::TrialWhitelist)
    }
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// 企业用户
    Enterprise,
    /// 个人用户
    Individual,
}

impl AccountKind {
    pub const ALL: [Self; 2] = [Self::Enterprise, Self::Individual];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Individual => "individual",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What was noted of accounts, by their ids.
pub type Accounts = HashMap<String, AccountKind>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesTarget {
    #[serde(flatten)]
    pub key: TargetKey,
    pub level: TargetLevel,
    /// 华为云账号ID of those named.
    #[serde(default)]
    pub customers: Vec<String>,
    #[serde(default)]
    pub linked_product: Option<String>,
}

impl SalesTarget {
    pub const fn kind(&self) -> TargetKind {
        self.level.kind()
    }
}

/// A target as it is kept: with who changed it last, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTarget {
    pub target: SalesTarget,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

/// What somebody did to a target. `before` is `None` where it was added, `after` where it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetChange {
    pub key: TargetKey,
    pub kind: TargetKind,
    pub before: Option<SalesTarget>,
    pub after: Option<SalesTarget>,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

/// What a specification may be set to under the level of its product; a single one is read-only.
pub const fn spec_levels(product: TargetLevel) -> &'static [TargetLevel] {
    use TargetLevel as Level;
    match product {
        Level::Everyone => &[Level::Everyone, Level::Named, Level::Enterprise, Level::Individual, Level::LinkedProduct],
        Level::Named => &[Level::Named],
        Level::LinkedProduct => &[Level::LinkedProduct],
        Level::Enterprise => &[Level::Enterprise, Level::LinkedProduct],
        Level::Individual => &[Level::Individual, Level::LinkedProduct],
        Level::TrialWhitelist => &[Level::TrialWhitelist],
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entitlement {
    Entitled,
    /// Whether an account is an enterprise's or a person's, no order tells, and nothing is noted.
    Unknown,
    NotEntitled(TargetReason),
}

impl Entitlement {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entitled => "entitled",
            Self::Unknown => "unknown",
            Self::NotEntitled(_) => "not-entitled",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetReason {
    NotNamed,
    HasNotBoughtLinked,
    NotOnTrialWhitelist,
    /// An enterprise's account where a person's is wanted, or the other way round.
    OtherKind,
}

impl TargetReason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotNamed => "not-named",
            Self::HasNotBoughtLinked => "has-not-bought-linked",
            Self::NotOnTrialWhitelist => "not-on-trial-whitelist",
            Self::OtherKind => "account-of-other-kind",
        }
    }
}

/// Whether the buyer of this purchase was one of the target. `bought_before` answers for a linked product.
pub fn entitled(
    purchase: &Purchase,
    target: &SalesTarget,
    accounts: &Accounts,
    bought_before: impl Fn(&str) -> bool,
) -> Entitlement {
    let Some(customer) = purchase.customer_id.as_deref() else { return Entitlement::Unknown };
    let is_named = || target.customers.iter().any(|named| named == customer);
    let trial = purchase.order_type == Some(OrderType::Trial);
    let unless = |holds: bool, reason| if holds { Entitlement::Entitled } else { Entitlement::NotEntitled(reason) };
    let of_kind = |wanted| match accounts.get(customer) {
        Some(kind) => unless(*kind == wanted, TargetReason::OtherKind),
        None => Entitlement::Unknown,
    };
    match target.level {
        TargetLevel::Everyone => Entitlement::Entitled,
        TargetLevel::Named => unless(is_named(), TargetReason::NotNamed),
        TargetLevel::Enterprise => of_kind(AccountKind::Enterprise),
        TargetLevel::Individual => of_kind(AccountKind::Individual),
        TargetLevel::LinkedProduct => {
            unless(target.linked_product.as_deref().is_some_and(bought_before), TargetReason::HasNotBoughtLinked)
        }
        TargetLevel::TrialWhitelist => unless(!trial || is_named(), TargetReason::NotOnTrialWhitelist),
    }
}
