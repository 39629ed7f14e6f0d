//! KooGallery's bill against what was expected: order by order, what is in one and not in the other, and why.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::{BillingMonth, Block, Line, Never, SettlementPolicy, Standing, estimate::billing};
use crate::{domain::console::ConsolePage, protocol::id::OrderId};

/// A line of a bill that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    pub month: BillingMonth,
    pub order_id: OrderId,
    pub order_line_id: Option<String>,
    pub product: Option<String>,
    pub customer: Option<String>,
    /// What the buyer paid.
    pub amount: Option<Decimal>,
    /// What the seller gets.
    pub share: Option<Decimal>,
}

/// What comes of holding an order of the bill and an order of ours against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Agrees,
    /// The order is not known here.
    NotKnown,
    /// In the bill, and expected in another month.
    OtherMonth(BillingMonth),
    /// In the bill, although something should keep it out.
    StillBlocked(Vec<Block>),
    /// In the bill, although it should be in none.
    NotExpected(Never),
    /// Expected in this bill, and not in it.
    Missing,
    /// Not in the bill, as it should be, because of these.
    Waits(Vec<Block>),
    /// The buyer's amount differs.
    Amount,
    /// The seller's part differs.
    Share,
    /// In both, and nothing here to compare the amount with.
    NotPriced,
}

impl Verdict {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::NotKnown => "not-known",
            Self::OtherMonth(_) => "other-month",
            Self::StillBlocked(_) => "still-blocked",
            Self::NotExpected(_) => "not-expected",
            Self::Missing => "missing",
            Self::Waits(_) => "waits",
            Self::Amount => "amount-differs",
            Self::Share => "share-differs",
            Self::NotPriced => "not-priced",
        }
    }

    /// Something has to be asked or mended.
    pub const fn is_difference(&self) -> bool {
        !matches!(self, Self::Agrees | Self::Waits(_) | Self::NotPriced)
    }

    /// Where in the seller console it is looked into.
    pub const fn page(&self) -> Option<ConsolePage> {
        match self {
            Self::Agrees | Self::NotPriced => None,
            Self::NotKnown => Some(ConsolePage::Orders),
            Self::Amount | Self::Share => Some(ConsolePage::Bills),
            Self::Missing | Self::OtherMonth(_) | Self::StillBlocked(_) | Self::NotExpected(_) | Self::Waits(_) => {
                Some(ConsolePage::Transactions)
            }
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Amount => 1,
            Self::Share => 2,
            Self::NotKnown => 3,
            Self::NotExpected(_) => 4,
            Self::StillBlocked(_) => 5,
            Self::OtherMonth(_) => 6,
            Self::NotPriced => 7,
            Self::Waits(_) => 8,
            Self::Agrees => 9,
        }
    }
}

/// An order, with everything that the bill and we have of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub order_id: OrderId,
    pub product: Option<String>,
    pub customer: Option<String>,
    pub our_amount: Option<Decimal>,
    pub bill_amount: Option<Decimal>,
    pub our_share: Option<Decimal>,
    pub bill_share: Option<Decimal>,
    pub verdict: Verdict,
}

/// Of one side: `None` where one of the lines does not tell.
#[derive(Default)]
struct Side {
    lines: usize,
    amount: Decimal,
    amounts: usize,
    share: Decimal,
    shares: usize,
}

impl Side {
    fn add(&mut self, amount: Option<Decimal>, share: Option<Decimal>) {
        self.lines += 1;
        if let Some(amount) = amount {
            self.amount += amount;
            self.amounts += 1;
        }
        if let Some(share) = share {
            self.share += share;
            self.shares += 1;
        }
    }

    fn amount(&self) -> Option<Decimal> {
        (self.lines > 0 && self.amounts == self.lines).then_some(self.amount)
    }

    fn share(&self) -> Option<Decimal> {
        (self.lines > 0 && self.shares == self.lines).then_some(self.share)
    }
}

/// Every order of that month's bill, and of ours that are expected in it or wait; what differs first. Empty where no bill of the
/// month is there.
pub fn compare(month: BillingMonth, bill: &[BillLine], lines: &[Line], policy: &SettlementPolicy) -> Vec<Compared> {
    let of_month: Vec<&BillLine> = bill.iter().filter(|line| line.month == month).collect();
    if of_month.is_empty() {
        return Vec::new();
    }
    let (billed, _) = billing(lines, month, policy);
    let mut ours: HashMap<&OrderId, Vec<(&Line, Option<BillingMonth>)>> = HashMap::new();
    for (line, billed) in lines.iter().zip(billed) {
        ours.entry(&line.order.order_id).or_default().push((line, billed));
    }
    let mut theirs: BTreeMap<&OrderId, Vec<&BillLine>> = BTreeMap::new();
    for line in of_month {
        theirs.entry(&line.order_id).or_default().push(line);
    }
    let mut compared: Vec<Compared> = theirs.iter().map(|(id, bill)| in_bill(month, id, bill, ours.get(*id))).collect();
    for (id, lines) in &ours {
        if !theirs.contains_key(*id) {
            compared.extend(not_in_bill(month, id, lines));
        }
    }
    compared.sort_by(|one, other| {
        (one.verdict.rank(), one.order_id.as_str()).cmp(&(other.verdict.rank(), other.order_id.as_str()))
    });
    compared
}

type Ours<'a> = Vec<(&'a Line, Option<BillingMonth>)>;

fn in_bill(month: BillingMonth, id: &OrderId, bill: &[&BillLine], ours: Option<&Ours<'_>>) -> Compared {
    let mut theirs = Side::default();
    for line in bill {
        theirs.add(line.amount, line.share);
    }
    let mut mine = Side::default();
    for (line, _) in ours.into_iter().flatten().filter(|(_, billed)| *billed == Some(month)) {
        mine.add(line.priced.amount, line.priced.share);
    }
    let verdict = match ours {
        None => Verdict::NotKnown,
        Some(ours) if mine.lines == 0 => elsewhere(month, ours),
        Some(_) => held_against(&mine, &theirs),
    };
    let first = ours.and_then(|ours| ours.first()).map(|(line, _)| *line);
    let told = |of: &dyn Fn(&BillLine) -> Option<String>| bill.iter().find_map(|line| of(line));
    Compared {
        order_id: id.clone(),
        product: first
            .and_then(|line| line.product_name.clone().or_else(|| line.product_id.clone()))
            .or_else(|| told(&|line| line.product.clone())),
        customer: first.and_then(|line| line.customer.clone()).or_else(|| told(&|line| line.customer.clone())),
        our_amount: mine.amount(),
        bill_amount: theirs.amount(),
        our_share: mine.share(),
        bill_share: theirs.share(),
        verdict,
    }
}

fn held_against(mine: &Side, theirs: &Side) -> Verdict {
    let differ = |one: Option<Decimal>, other: Option<Decimal>| one.zip(other).map(|(one, other)| one != other);
    match (differ(mine.amount(), theirs.amount()), differ(mine.share(), theirs.share())) {
        (Some(true), _) => Verdict::Amount,
        (_, Some(true)) => Verdict::Share,
        (None, None) => Verdict::NotPriced,
        _ => Verdict::Agrees,
    }
}

/// Why an order of the bill was not expected in it.
fn elsewhere(month: BillingMonth, ours: &Ours<'_>) -> Verdict {
    let expected =
        ours.iter().find_map(|(line, billed)| billed.or_else(|| line.enters().filter(|enters| *enters > month)));
    if let Some(expected) = expected {
        return Verdict::OtherMonth(expected);
    }
    ours.iter()
        .map(|(line, _)| match &line.standing {
            Standing::Blocked(blocks) => Verdict::StillBlocked(blocks.clone()),
            Standing::Never(never) => Verdict::NotExpected(*never),
            Standing::Enters { .. } => Verdict::StillBlocked(vec![Block::BelowThreshold]),
        })
        .next()
        .unwrap_or(Verdict::NotKnown)
}

fn not_in_bill(month: BillingMonth, id: &OrderId, ours: &Ours<'_>) -> Option<Compared> {
    let mut mine = Side::default();
    let mut blocks = Vec::new();
    let mut expected = false;
    for (line, billed) in ours {
        let ordered = BillingMonth::of(line.ordered_at).is_some_and(|ordered| ordered <= month);
        match (billed, line.waits_for(month)) {
            (Some(billed), _) if *billed == month => expected = true,
            (None, Some(found)) if ordered => blocks.extend(found),
            _ => continue,
        }
        mine.add(line.priced.amount, line.priced.share);
    }
    if !expected && blocks.is_empty() {
        return None;
    }
    let first = ours.first().map(|(line, _)| *line)?;
    Some(Compared {
        order_id: id.clone(),
        product: first.product_name.clone().or_else(|| first.product_id.clone()),
        customer: first.customer.clone(),
        our_amount: mine.amount(),
        bill_amount: None,
        our_share: mine.share(),
        bill_share: None,
        verdict: if expected { Verdict::Missing } else { Verdict::Waits(blocks) },
    })
}
