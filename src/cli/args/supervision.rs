//! `supervision` and `workdays`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

#[derive(Debug, Subcommand)]
pub enum SupervisionCommand {
    /// How an order stands: whose turn it is, what is due, when its service begins under either rule
    Show {
        order_id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Note what happened in the console; the first note puts the order under supervision
    Note(NoteArguments),
    /// Forget everything that was noted of an order
    Forget { order_id: String },
}

#[derive(Debug, Args)]
pub struct NoteArguments {
    pub order_id: String,
    /// What happened; without it, --kind, --reviewed and --text alone are noted
    #[arg(value_enum)]
    pub fact: Option<NotedName>,
    /// When: 2026-11-24 10:00, or with an offset [default: now]
    #[arg(long, value_name = "TIME", requires = "fact")]
    pub at: Option<String>,
    /// The zone of a time that names no offset
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    /// It did not happen after all
    #[arg(long, requires = "fact", conflicts_with = "at")]
    pub clear: bool,
    #[arg(long, value_enum)]
    pub kind: Option<SupervisedName>,
    /// Whether 华为云复核 is one of the steps
    #[arg(long, value_name = "BOOL")]
    pub reviewed: Option<bool>,
    /// A note of one's own
    #[arg(long)]
    pub text: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NotedName {
    Requested,
    Confirmed,
    Received,
    Activated,
    Delivered,
    Opened,
    Signed,
    Reviewed,
    Accepted,
    Rejected,
    Appealed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SupervisedName {
    Service,
    LicenseCode,
    Hardware,
}

#[derive(Debug, Subcommand)]
pub enum WorkdaysCommand {
    /// Which years are known
    Show(Output),
    /// Take the years of a newer table: lines such as `2027-02-05..2027-02-11 off`, or JSON with `days`
    Import {
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}
