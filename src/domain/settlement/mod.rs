//! Settlement (结算) as the seller's side can foresee it: in which billing month each order falls or what keeps it out of one, what
//! the seller gets of it, and how that compares with KooGallery's bill. There is no interface for any of it, so every figure carries
//! the rule behind it and what it assumed. Pure: what is known comes in as [`Books`].

mod amount;
mod bill;
mod block;
mod estimate;
mod line;
mod month;
mod policy;
mod price;
mod renewal;
mod terms;

pub use amount::{Percent, cents, money, read_amount, told_amount};
pub use bill::{BillLine, Compared, Verdict, compare};
pub use block::{Assumption, Block, EntryRule, Never};
pub use estimate::{Billed, Estimate, ProductTotal, Total, TypeTotal, Waiting, billing, estimate};
pub use line::{Books, Line, LineKind, Seller, Standing, UsageMonth, is_supervised, lines, product_type, settle_date};
pub use month::BillingMonth;
pub use policy::{SettlementPolicy, SupervisionDone, ThresholdCounts};
pub use price::{Basis, Priced, Split};
pub use terms::{
    COLUMNS, Category, PricePer, ProductType, Terms, TermsColumn, TermsFields, TermsProblem, TermsTable, read_line,
};

#[cfg(test)]
mod tests;
