//! What `usage correct` takes.

use clap::Args;

use super::{Output, UsageInterface};

#[derive(Debug, Args)]
pub struct CorrectArguments {
    /// meteringSn of the record, as `list usage` shows it
    pub metering_sn: String,
    /// The right instance
    #[arg(long, value_name = "ID")]
    pub instance_id: Option<String>,
    /// The right begin: 2026-11-24T10:00:00+08:00
    #[arg(long, value_name = "TIME")]
    pub begin: Option<String>,
    /// The right end
    #[arg(long, value_name = "TIME")]
    pub end: Option<String>,
    /// The right amount
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub value: Option<String>,
    /// The right package instance; nothing in quotes for none
    #[arg(long, value_name = "ID")]
    pub package: Option<String>,
    /// productId, which the old interface wants
    #[arg(long, value_name = "ID")]
    pub product_id: Option<String>,
    /// Another meteringSn. Without it the record keeps its own, unless that was made from what is changed, or refused
    #[arg(long, value_name = "SN")]
    pub new_sn: Option<String>,
    /// The zone of times that name no offset, such as Asia/Shanghai; without it such times are refused
    #[arg(long)]
    pub zone: Option<String>,
    /// Which of KooGallery's interfaces takes it
    #[arg(long, value_enum, default_value_t = UsageInterface::New)]
    pub interface: UsageInterface,
    /// Correct it, and send it later
    #[arg(long)]
    pub keep: bool,
    #[command(flatten)]
    pub output: Output,
    /// In the world of debugging calls
    #[arg(long)]
    pub test: bool,
}
