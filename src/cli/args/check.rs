//! What `check` takes.

use std::path::PathBuf;

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The production address, Sellerdesk's or any other
    pub url: String,
    /// As the access guide V1.0 says, instead of V2.0; with --license License 1.0
    #[arg(long)]
    pub v1: bool,
    /// The joint-operation kit instead of SaaS
    #[arg(long)]
    pub kit: bool,
    /// License codes instead of SaaS; the run freezes, renews and in the end releases the code that --code names
    #[arg(long)]
    pub license: bool,
    /// Online Licenses (getLicenseAsync) instead of SaaS
    #[arg(long, conflicts_with = "v1")]
    pub online_license: bool,
    /// Calls without testFlag, as real business: what the run buys it releases, and with --license it really releases the
    /// code that --code names
    #[arg(long)]
    pub live: bool,
    /// An authorization code that the seller knows, for --license [default: one that nobody knows]; with --live one that no
    /// buyer has, because it is released in the end
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// How long queryInstance asks for a purchase that was answered 000004
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub wait: u64,
    /// Whose keys: those of this endpoint of the data directory, instead of the ones for all
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
    /// Write a JUnit file too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}
