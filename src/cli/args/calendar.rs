//! What `license calendar` takes.

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct CalendarArguments {
    /// Only what happens until the end of the day that many days from now, and what is overdue
    #[arg(long, value_name = "N")]
    pub days: Option<u32>,
    #[command(flatten)]
    pub output: Output,
    /// Codes of the world of debugging calls
    #[arg(long)]
    pub test: bool,
}
