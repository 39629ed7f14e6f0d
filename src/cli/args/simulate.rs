//! What the subcommands of `simulate` take that call a seller's address.

use std::path::PathBuf;

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct PlayArguments {
    /// A scenario that comes along, by its name, or one of your own, by the name of its file; without it all names are listed
    pub scenario: Option<String>,
    /// The seller's production address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480/produce")]
    pub target: String,
    /// Give the same ids each time
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many times as fast recorded calls come; 0: one right after the other
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// How long what was answered 000004 is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub wait: u64,
    /// Whose keys: those of this endpoint of the data directory, instead of the ones for all
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct RecordArguments {
    /// The scenario that is written
    pub file: PathBuf,
    /// The data directory whose calls are recorded, instead of --data-dir
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Messages as `list` tells them, with commas between [default: all calls of KooGallery that are kept]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub messages: Vec<i64>,
    /// Debugging calls (testFlag 1) instead of live ones
    #[arg(long)]
    pub test: bool,
}

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
