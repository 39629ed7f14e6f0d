//! What an upgrade costs the buyer, estimated by the documented formula (renewals_topic_60000001; for KooGallery's international
//! site zh-cn_topic_0212192789): the prices of both specifications over what is left of the period. What is left is counted by
//! calendar month: days left in it by the days it has.

use jiff::{ToSpan as _, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An upgrade that is longer than this is a slip of the pen.
const LONGEST_MONTHS: usize = 1_200;
/// Renewal orders may change the specification from so many days before the expiry on.
pub const RENEWAL_DAYS: i32 = 30;

/// The two pages differ in what the discount is taken of; the end of the second one's formula is not published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpgradeFormula {
    /// (new × remaining − old × remaining) × discount.
    #[default]
    General,
    /// new × remaining × discount − old × remaining.
    International,
}

impl UpgradeFormula {
    pub const ALL: [Self; 2] = [Self::General, Self::International];

    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::International => "international",
        }
    }
}

/// Which period a price is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PricePeriod {
    #[default]
    Month,
    /// A twelfth of it counts for each month.
    Year,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpgradeQuestion {
    pub formula: UpgradeFormula,
    pub old_price: Decimal,
    pub new_price: Decimal,
    pub period: PricePeriod,
    pub changed_on: Date,
    /// The last day.
    pub expires_on: Date,
    /// From 0 to 1: 0.9 is nine tenths of the price.
    pub discount: Decimal,
}

/// Days left in one calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthLeft {
    pub year: i16,
    pub month: i8,
    pub days: i8,
    pub of: i8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradePrice {
    pub months: Vec<MonthLeft>,
    /// In months.
    pub remaining: Decimal,
    /// What the buyer pays; negative is what is refunded.
    pub price: Decimal,
    /// Nothing is left of the period, so a renewal is what the buyer needs.
    pub expired: bool,
    /// So close to the expiry that the change can go with the renewal.
    pub may_go_with_renewal: bool,
}

impl UpgradePrice {
    /// A downgrade: the difference goes back to the buyer.
    pub fn is_refund(&self) -> bool {
        self.price < Decimal::ZERO
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeProblem {
    #[error("a price is below zero")]
    NegativePrice,
    #[error("the discount is not from 0 to 1; 0.9 is nine tenths of the price")]
    Discount,
    #[error("the expiry is more than a hundred years away")]
    TooFar,
}

pub fn upgrade_price(question: &UpgradeQuestion) -> Result<UpgradePrice, UpgradeProblem> {
    let UpgradeQuestion { formula, old_price, new_price, period, changed_on, expires_on, discount } = *question;
    if old_price < Decimal::ZERO || new_price < Decimal::ZERO {
        return Err(UpgradeProblem::NegativePrice);
    }
    if discount < Decimal::ZERO || discount > Decimal::ONE {
        return Err(UpgradeProblem::Discount);
    }
    let months = months_left(changed_on, expires_on)?;
    let left = |month: &MonthLeft| Decimal::from(month.days) / Decimal::from(month.of);
    let remaining: Decimal = months.iter().map(left).sum();
    let per_month = |price: Decimal| match period {
        PricePeriod::Month => price,
        PricePeriod::Year => price / Decimal::from(12),
    };
    let (old, new) = (per_month(old_price) * remaining, per_month(new_price) * remaining);
    let price = match formula {
        // A downgrade gives back the difference; no page takes a discount of it.
        UpgradeFormula::General if new < old => new - old,
        UpgradeFormula::General => (new - old) * discount,
        UpgradeFormula::International => new * discount - old,
    };
    let days = changed_on.until(expires_on).map_or(0, |span| span.get_days());
    let expired = months.is_empty();
    Ok(UpgradePrice { months, remaining, price, expired, may_go_with_renewal: !expired && days <= RENEWAL_DAYS })
}

/// The day of the change does not count, the last day does.
fn months_left(changed_on: Date, expires_on: Date) -> Result<Vec<MonthLeft>, UpgradeProblem> {
    let mut months = Vec::new();
    if expires_on <= changed_on {
        return Ok(months);
    }
    let mut first = changed_on.first_of_month();
    while first <= expires_on {
        if months.len() > LONGEST_MONTHS {
            return Err(UpgradeProblem::TooFar);
        }
        let last = first.last_of_month();
        let begins_after =
            if (first.year(), first.month()) == (changed_on.year(), changed_on.month()) { changed_on.day() } else { 0 };
        let ends = if last < expires_on { last.day() } else { expires_on.day() };
        if ends > begins_after {
            let (year, month) = (first.year(), first.month());
            months.push(MonthLeft { year, month, days: ends - begins_after, of: last.day() });
        }
        first = first.checked_add(1.month()).map_err(|_| UpgradeProblem::TooFar)?;
    }
    Ok(months)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::settlement::money;

    fn question(old: i64, new: i64, changed: &str, expires: &str) -> UpgradeQuestion {
        UpgradeQuestion {
            formula: UpgradeFormula::General,
            old_price: Decimal::from(old),
            new_price: Decimal::from(new),
            period: PricePeriod::Month,
            changed_on: changed.parse().unwrap(),
            expires_on: expires.parse().unwrap(),
            discount: Decimal::ONE,
        }
    }

    /// The documents' own: bought on 2023-04-08 for a month, changed on 2023-04-18, so 12/30 + 8/31 of a month are left. The pages
    /// round that to 0.6581 before they multiply, and say themselves that eight decimals have to be kept.
    #[test]
    fn the_documents_examples_come_out() {
        for (old, new, told, rounded) in [(10_000, 17_500, "4935.48", "4935.75"), (1_750, 3_500, "1151.61", "1151.68")]
        {
            let price = upgrade_price(&question(old, new, "2023-04-18", "2023-05-08")).unwrap();
            let days: Vec<(i8, i8)> = price.months.iter().map(|month| (month.days, month.of)).collect();
            assert_eq!(days, [(12, 30), (8, 31)]);
            assert_eq!(price.remaining.round_dp(4).to_string(), "0.6581");
            assert_eq!(money(price.price), told);
            assert_eq!(money(Decimal::from(new - old) * price.remaining.round_dp(4)), rounded);
            assert!(price.may_go_with_renewal && !price.expired);
        }
    }

    #[test]
    fn the_formulas_and_what_bounds_them() {
        let nine_tenths = Decimal::new(9, 1);
        let whole = question(100, 200, "2026-10-31", "2026-12-31");
        let price = |change: &dyn Fn(&mut UpgradeQuestion)| {
            let mut asked = whole;
            change(&mut asked);
            upgrade_price(&asked).map(|found| money(found.price))
        };
        assert_eq!(price(&|_| {}).unwrap(), "200.00", "two whole months");
        assert_eq!(price(&|asked| asked.discount = nine_tenths).unwrap(), "180.00", "the difference, discounted");
        assert_eq!(
            price(&|asked| {
                asked.discount = nine_tenths;
                asked.formula = UpgradeFormula::International;
            })
            .unwrap(),
            "160.00",
            "the new price alone is discounted"
        );
        assert_eq!(price(&|asked| asked.period = PricePeriod::Year).unwrap(), "16.67");
        assert_eq!(
            price(&|asked| {
                asked.new_price = Decimal::from(40);
                asked.discount = nine_tenths;
            })
            .unwrap(),
            "-120.00",
            "a downgrade gives back the difference"
        );
        assert_eq!(price(&|asked| asked.expires_on = asked.changed_on).unwrap(), "0.00", "nothing is left");
        assert_eq!(price(&|asked| asked.discount = Decimal::TWO), Err(UpgradeProblem::Discount));
        assert_eq!(price(&|asked| asked.old_price = -Decimal::ONE), Err(UpgradeProblem::NegativePrice));
        assert_eq!(price(&|asked| asked.expires_on = "9999-12-31".parse().unwrap()), Err(UpgradeProblem::TooFar));
    }

    proptest! {
        /// An upgrade is never refunded, never costs more than without a discount, and a day less is never dearer.
        #[test]
        fn an_upgrade_is_never_negative(
            old in 0_i64..1_000_000, more in 0_i64..1_000_000, days in 0_i32..2_000, tenths in 0_i64..=10,
        ) {
            let changed: Date = "2026-01-15".parse().unwrap();
            let mut asked = question(old, old + more, "2026-01-15", "2026-01-15");
            asked.expires_on = changed.checked_add(days.days()).unwrap();
            let full = upgrade_price(&asked).unwrap();
            asked.discount = Decimal::new(tenths, 1);
            let less = upgrade_price(&asked).unwrap();
            prop_assert!(!full.is_refund() && !less.is_refund());
            prop_assert!(less.price <= full.price);
            prop_assert_eq!(full.expired, days == 0);
            let counted: i32 = full.months.iter().map(|month| i32::from(month.days)).sum();
            prop_assert_eq!(counted, days);
            if days > 0 {
                asked.expires_on = changed.checked_add((days - 1).days()).unwrap();
                prop_assert!(upgrade_price(&asked).unwrap().price <= less.price);
            }
        }

        /// What is paid for going up is what is given back for going down on the same day.
        #[test]
        fn up_and_down_again_costs_nothing(old in 0_i64..1_000_000, new in 0_i64..1_000_000, days in 0_i32..800) {
            let mut asked = question(old, new, "2026-01-15", "2026-01-15");
            asked.expires_on = asked.changed_on.checked_add(days.days()).unwrap();
            let there = upgrade_price(&asked).unwrap().price;
            std::mem::swap(&mut asked.old_price, &mut asked.new_price);
            prop_assert_eq!(there, -upgrade_price(&asked).unwrap().price);
        }
    }
}
