//! What a month's bill will come to: the lines that are billed in it, those that wait, and totals by product and by product type,
//! which has to come to a least amount before it is billed at all.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    BillingMonth, Line, ProductType, SettlementPolicy, ThresholdCounts,
    block::{Assumption, Block},
};
use crate::domain::workdays::Workdays;

#[derive(Clone, Debug, PartialEq)]
pub struct Billed {
    pub line: Line,
    /// The earlier month that it entered in, where it waited for its product type's least amount.
    pub carried_from: Option<BillingMonth>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub line: Line,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub lines: usize,
    /// Of the lines whose amount is known.
    pub amount: Decimal,
    pub share: Decimal,
    /// Lines without an amount, and those with one whose part is not known.
    pub without_amount: usize,
    pub without_share: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductTotal {
    pub product_id: Option<String>,
    pub product_name: Option<String>,
    pub total: Total,
}

/// How a product type stands against the least amount in the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeTotal {
    pub product_type: ProductType,
    /// From earlier months.
    pub carried: Decimal,
    /// What entered in the month.
    pub entered: Decimal,
    pub billed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    pub month: BillingMonth,
    /// When KooGallery makes the bill.
    pub bill_day: Option<Date>,
    /// The table of holidays does not tell of that year.
    pub holidays_unknown: bool,
    pub billed: Vec<Billed>,
    /// Ordered in the month or before, and not billed by its end.
    pub waiting: Vec<Waiting>,
    pub total: Total,
    /// By their amounts, the greatest first.
    pub products: Vec<ProductTotal>,
    pub types: Vec<TypeTotal>,
    /// Of all lines, each once.
    pub assumptions: Vec<Assumption>,
}

impl Total {
    fn add(&mut self, line: &Line) {
        self.lines += 1;
        match line.priced.amount {
            Some(amount) => self.amount += amount,
            None => self.without_amount += 1,
        }
        match line.priced.share {
            Some(share) => self.share += share,
            None => self.without_share += 1,
        }
    }
}

/// The month in which each line is billed, in the order of the lines; `None` where none is in sight. And how each product type
/// stood in each month.
pub fn billing(
    lines: &[Line],
    until: BillingMonth,
    policy: &SettlementPolicy,
) -> (Vec<Option<BillingMonth>>, HashMap<BillingMonth, Vec<TypeTotal>>) {
    let mut billed = vec![None; lines.len()];
    let mut by_type: BTreeMap<ProductType, BTreeMap<BillingMonth, Vec<usize>>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(month) = line.enters().filter(|month| *month <= until) {
            by_type.entry(line.settled_type()).or_default().entry(month).or_default().push(at);
        }
    }
    let mut standing: HashMap<BillingMonth, Vec<TypeTotal>> = HashMap::new();
    for (product_type, months) in by_type {
        let mut waiting: Vec<usize> = Vec::new();
        let mut carried = Decimal::ZERO;
        let Some(first) = months.keys().next().copied() else { continue };
        let mut month = first;
        while month <= until {
            let entered_now = months.get(&month).map(Vec::as_slice).unwrap_or_default();
            let amounts = entered_now.iter().filter_map(|at| lines.get(*at)?.priced.amount);
            let entered: Decimal = amounts.sum();
            waiting.extend(entered_now);
            let before = if policy.threshold_counts == ThresholdCounts::Carried { carried } else { Decimal::ZERO };
            // Where no amount is known at all, nothing can be held against it.
            let unknown = !waiting.is_empty()
                && waiting.iter().all(|at| lines.get(*at).is_none_or(|line| line.priced.amount.is_none()));
            let is_billed = !waiting.is_empty() && (unknown || before + entered >= policy.threshold);
            if !waiting.is_empty() {
                let total = TypeTotal { product_type, carried: before, entered, billed: is_billed };
                standing.entry(month).or_default().push(total);
            }
            if is_billed {
                for at in waiting.drain(..) {
                    if let Some(place) = billed.get_mut(at) {
                        *place = Some(month);
                    }
                }
                carried = Decimal::ZERO;
            } else {
                carried += entered;
            }
            month = month.next();
        }
    }
    (billed, standing)
}

pub fn estimate(lines: &[Line], month: BillingMonth, policy: &SettlementPolicy, workdays: &Workdays) -> Estimate {
    let (billing, mut standing) = billing(lines, month, policy);
    let mut billed = Vec::new();
    let mut waiting = Vec::new();
    let mut total = Total::default();
    let mut products: BTreeMap<Option<String>, ProductTotal> = BTreeMap::new();
    let mut assumptions = vec![Assumption::Certified];
    for (line, billed_in) in lines.iter().zip(billing) {
        if billed_in == Some(month) {
            total.add(line);
            let product = products.entry(line.product_id.clone()).or_insert_with(|| ProductTotal {
                product_id: line.product_id.clone(),
                product_name: None,
                total: Total::default(),
            });
            product.product_name = product.product_name.take().or_else(|| line.product_name.clone());
            product.total.add(line);
            assumptions.extend(&line.assumptions);
            let carried_from = line.enters().filter(|entered| *entered != month);
            billed.push(Billed { line: line.clone(), carried_from });
        } else if billed_in.is_none() && BillingMonth::of(line.ordered_at).is_some_and(|ordered| ordered <= month) {
            let Some(blocks) = line.waits_for(month) else { continue };
            waiting.push(Waiting { line: line.clone(), blocks });
        }
    }
    assumptions.sort_unstable();
    assumptions.dedup();
    let mut products: Vec<ProductTotal> = products.into_values().collect();
    products.sort_by_key(|product| std::cmp::Reverse(product.total.amount));
    let bill_day = month.bill_day(workdays);
    Estimate {
        month,
        bill_day,
        holidays_unknown: bill_day.is_none_or(|day| !workdays.covers(day.year())),
        billed,
        waiting,
        total,
        products,
        types: standing.remove(&month).unwrap_or_default(),
        assumptions,
    }
}
