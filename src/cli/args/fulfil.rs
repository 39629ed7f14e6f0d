//! `fulfil` as it is typed.

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct FulfilArguments {
    /// instanceId, or the id of its message
    pub id: String,
    #[arg(long, value_name = "URL", required_unless_present_any = ["license", "license_stdin"])]
    pub front_end_url: Option<String>,
    /// The license text, where a license was bought (License 1.0)
    #[arg(long)]
    pub license: Option<String>,
    /// Read it from standard input instead, where other processes cannot see it
    #[arg(long, conflicts_with_all = ["license", "password_stdin"])]
    pub license_stdin: bool,
    #[arg(long, value_name = "URL")]
    pub admin_url: Option<String>,
    #[arg(long)]
    pub user_name: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    #[arg(long)]
    pub memo: Option<String>,
    #[command(flatten)]
    pub output: Output,
    /// In the world of debugging calls
    #[arg(long)]
    pub test: bool,
}
