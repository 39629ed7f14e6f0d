//! What `license stats` takes.

use clap::{Args, ValueEnum};

use super::Output;

#[derive(Debug, Args)]
pub struct StatsArguments {
    pub codes: Vec<String>,
    #[command(flatten)]
    pub reported: Reported,
    #[command(flatten)]
    pub output: Output,
    /// Codes of the world of debugging calls
    #[arg(long)]
    pub test: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Reported {
    /// A client of every code: an account or a device; may be named several times
    #[arg(long, value_name = "CLIENT")]
    pub id: Vec<String>,
    /// The day's number of active clients, of every code
    #[arg(long, value_name = "NUMBER")]
    pub active_num: Option<u32>,
    /// Each line of standard input has a second column with it, behind a tab
    #[arg(long, value_name = "WHAT", value_enum)]
    pub column: Option<ReportedColumn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportedColumn {
    Id,
    ActiveNum,
}
