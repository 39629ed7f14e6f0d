//! What the pages leave open about settlement, or leave to the seller's contract: rates and choices.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::amount::{Percent, read_amount};
use crate::domain::upgrade_price::UpgradeFormula;

/// When service supervision counts as done: the order follows its acceptance within three hours, which may be the next month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupervisionDone {
    /// 用户确认验收.
    #[default]
    Accepted,
    /// The order is 已完成, three hours later.
    OrderCompleted,
}

/// What the least amount of a product type (1,000 yuan) is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdCounts {
    /// Everything since the last bill, as "cumulative" says.
    #[default]
    Carried,
    /// The month alone, as the cycle of one natural month would have it.
    Month,
}

impl SupervisionDone {
    pub const ALL: [Self; 2] = [Self::Accepted, Self::OrderCompleted];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::OrderCompleted => "order-completed",
        }
    }
}

impl ThresholdCounts {
    pub const ALL: [Self; 2] = [Self::Carried, Self::Month];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Month => "month",
        }
    }
}

/// `[settlement]` of the configuration. Numbers stand in quotation marks, because they are exact.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettlementPolicy {
    /// KooGallery's part of the price of a general product (通用商品).
    pub platform_fee: Percent,
    /// The seller's part of a joint-operation product (联营商品) whose own part is not kept.
    #[serde(deserialize_with = "optional_percent")]
    pub joint_share: Option<Percent>,
    /// What a product type has to come to before it is billed.
    #[serde(deserialize_with = "decimal")]
    pub threshold: Decimal,
    pub threshold_counts: ThresholdCounts,
    pub supervision_done: SupervisionDone,
    pub upgrade_formula: UpgradeFormula,
    /// The international site: what is kept back of the price, and KooGallery's part of the rest.
    pub withholding_tax: Percent,
    pub digital_services_tax: Percent,
    #[serde(deserialize_with = "optional_percent")]
    pub international_platform_share: Option<Percent>,
}

impl Default for SettlementPolicy {
    fn default() -> Self {
        Self {
            platform_fee: Percent::of_whole(5),
            joint_share: None,
            threshold: Decimal::ONE_THOUSAND,
            threshold_counts: ThresholdCounts::default(),
            supervision_done: SupervisionDone::default(),
            upgrade_formula: UpgradeFormula::default(),
            withholding_tax: Percent::default(),
            digital_services_tax: Percent::default(),
            international_platform_share: None,
        }
    }
}

fn optional_percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Percent>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let percent = Percent::parse(&text);
    percent.map(Some).ok_or_else(|| de::Error::custom(format!("`{text}` is no percentage from 0 to 100")))
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(deserializer)?;
    let amount = read_amount(&text).filter(|amount| *amount >= Decimal::ZERO);
    amount.ok_or_else(|| de::Error::custom(format!("`{text}` is no amount")))
}
