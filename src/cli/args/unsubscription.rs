//! `unsubscription`.

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

#[derive(Debug, Subcommand)]
pub enum UnsubscriptionCommand {
    /// Where a request stands, and by when it should be decided
    Show {
        order_id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Note what happened in the console (退订管理)
    Note(RequestArguments),
    /// Forget what was noted of an order
    Forget { order_id: String },
}

#[derive(Debug, Args)]
pub struct RequestArguments {
    pub order_id: String,
    #[arg(value_enum)]
    pub fact: RequestFact,
    /// When: 2026-11-24 10:00, or with an offset [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The zone of a time that names no offset
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RequestFact {
    /// The buyer asked (待审核)
    Requested,
    /// 同意
    Agreed,
    /// 驳回
    Rejected,
    /// The hardware came back
    Returned,
}
