//! `order import` and what goes with it.

use std::path::PathBuf;

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// CSV (UTF-8 or GBK) or XLSX; titles may stand above the headings
    pub file: PathBuf,
    /// Which heading stands for which column, where it is not found by itself: --column orderId=订单编号; may be repeated
    #[arg(long = "column", value_name = "NAME=HEADING")]
    pub columns: Vec<String>,
    /// The zone of times that name no offset
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    /// Leave wrong rows out; without it they prevent the import
    #[arg(long)]
    pub leave_out: bool,
    /// Tell what would happen to each row, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub output: Output,
    /// To the world of debugging calls
    #[arg(long)]
    pub test: bool,
}
