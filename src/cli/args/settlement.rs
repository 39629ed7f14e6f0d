//! The arguments of `settlement`. Values are the domain's own words; amounts are exact decimals.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::{ImportArguments, Output};
use crate::domain::{
    settlement::{BillingMonth, Category, Percent, PricePer, ProductType},
    upgrade_price::{PricePeriod, UpgradeFormula},
};

#[derive(Debug, Subcommand)]
pub enum SettlementCommand {
    /// What a month's bill will come to: which orders are billed in it, what keeps the others out, and the seller's part
    Estimate(MonthArguments),
    /// An imported bill against what was expected
    Reconcile(MonthArguments),
    /// Take lines of a bill that the seller console exported (CSV or XLSX); its columns are found by their headings
    ImportBill(ImportArguments),
    /// The last imports of bills
    BillImports(Output),
    /// Take one of them back
    TakeBackBill {
        /// As `settlement bill-imports` tells it
        import: i64,
        #[command(flatten)]
        output: Output,
    },
    /// Take a month's bill away, to import another
    ForgetBill {
        #[arg(long, value_name = "YYYY-MM", value_parser = month)]
        month: BillingMonth,
        #[command(flatten)]
        output: Output,
    },
    /// One order: its billing month, what blocks it, and whether it may be unsubscribed
    Order {
        /// orderId
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Products' types, categories, prices and parts, which no call tells
    #[command(subcommand)]
    Prices(PricesCommand),
    /// What an upgrade costs the buyer, by the documented formula
    UpgradePrice(UpgradePriceArguments),
}

#[derive(Debug, Args)]
pub struct MonthArguments {
    /// The billing month, by the calendar of Beijing [default: this month; for a bill, the newest that was imported]
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    pub month: Option<BillingMonth>,
    #[command(flatten)]
    pub output: Output,
    /// Write the lines to a file instead, which ends with .csv or .xlsx
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Add a line, or change what is named of one
    Set(PriceArguments),
    Remove {
        #[arg(value_name = "PRODUCTID")]
        product_id: String,
        #[arg(long, value_name = "SKUCODE")]
        sku: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Take all rows of a CSV or XLSX file, or none
    Import(ImportArguments),
    /// As a file that can be imported again
    Export {
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct PriceArguments {
    #[arg(value_name = "PRODUCTID")]
    pub product_id: String,
    /// Of this specification alone
    #[arg(long, value_name = "SKUCODE")]
    pub sku: Option<String>,
    /// For one unit of the quantity
    #[arg(long)]
    pub price: Option<String>,
    /// once, year, month, day or usage
    #[arg(long, value_parser = per)]
    pub per: Option<PricePer>,
    /// image, saas, license, service, hardware, api, orchestration, data or content
    #[arg(long = "type", value_name = "TYPE", value_parser = product_type)]
    pub product_type: Option<ProductType>,
    /// general (通用商品) or joint (联营商品)
    #[arg(long, value_parser = category)]
    pub category: Option<Category>,
    /// The seller's part in per cent
    #[arg(long, value_parser = percent)]
    pub share: Option<Percent>,
    /// 是否涉及服务监管
    #[arg(long)]
    pub supervised: Option<bool>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct UpgradePriceArguments {
    /// The price of the specification that is left
    #[arg(long, value_name = "PRICE")]
    pub old: String,
    /// The price of the specification that is taken
    #[arg(long, value_name = "PRICE")]
    pub new: String,
    /// What both prices are for: month or year
    #[arg(long, default_value = "month", value_parser = period)]
    pub per: PricePeriod,
    /// The day of the change [default: today in Beijing]
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
    /// The last day of the order
    #[arg(long, value_name = "DATE")]
    pub expires: Date,
    /// From 0 to 1: 0.9 is nine tenths of the price
    #[arg(long, default_value = "1")]
    pub discount: String,
    /// general or international [default: as configured]
    #[arg(long, value_parser = formula)]
    pub formula: Option<UpgradeFormula>,
    #[command(flatten)]
    pub output: Output,
}

fn month(text: &str) -> Result<BillingMonth, String> {
    BillingMonth::parse(text).ok_or_else(|| "a month is written as 2026-11".to_owned())
}

fn per(text: &str) -> Result<PricePer, String> {
    PricePer::parse(text).ok_or_else(|| "it is one of once, year, month, day and usage".to_owned())
}

fn product_type(text: &str) -> Result<ProductType, String> {
    ProductType::parse(text)
        .ok_or_else(|| format!("it is one of {}", ProductType::ALL.map(ProductType::name).join(", ")))
}

fn category(text: &str) -> Result<Category, String> {
    Category::parse(text).ok_or_else(|| "it is general or joint".to_owned())
}

fn percent(text: &str) -> Result<Percent, String> {
    Percent::parse(text).ok_or_else(|| "it is a percentage from 0 to 100".to_owned())
}

fn period(text: &str) -> Result<PricePeriod, String> {
    match text {
        "month" => Ok(PricePeriod::Month),
        "year" => Ok(PricePeriod::Year),
        _ => Err("it is month or year".to_owned()),
    }
}

fn formula(text: &str) -> Result<UpgradeFormula, String> {
    let known = UpgradeFormula::ALL.into_iter().find(|formula| formula.name() == text);
    known.ok_or_else(|| "it is general or international".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::args::Arguments;

    #[test]
    fn the_contract_is_understood() {
        for (line, understood) in [
            ("estimate --month 2026-11 --json", true),
            ("estimate --export lines.csv", true),
            ("estimate --month November", false),
            ("reconcile", true),
            ("import-bill bill.xlsx --leave-out", true),
            ("forget-bill", false),
            ("order CS1 --json", true),
            ("prices list", true),
            ("prices set OFFI1 --sku s --price 12.50 --per month --type saas --category joint --share 70", true),
            ("prices set OFFI1 --share 101", false),
            ("prices import prices.csv", true),
            ("upgrade-price --old 100 --new 200 --expires 2026-12-31 --discount 0.9 --formula general", true),
            ("upgrade-price --old 100 --new 200", false),
        ] {
            let words = ["sellerdesk", "settlement"].into_iter().chain(line.split(' '));
            assert_eq!(Arguments::try_parse_from(words).is_ok(), understood, "{line}");
        }
    }
}
