//! What the subcommands of `simulate` take that call a seller's address.

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct LoadArguments {
    /// The seller's production address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480/produce")]
    pub target: String,
    /// How many purchases leave in a second, whether or not earlier ones are answered
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// How many purchases in all
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub count: u32,
    /// How many calls may be open at one moment; a call that waits for a place is late
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub connections: u16,
    /// Calls without testFlag, as real business
    #[arg(long)]
    pub live: bool,
    /// How long queryInstance asks for purchases that were answered 000004
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub wait: u64,
    /// Whose key: that of this endpoint of the data directory, instead of the one for all
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub output: Output,
}
