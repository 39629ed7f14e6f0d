//! What `simulate` and its subcommands take.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::Output;
use crate::protocol::site::{Site, UnknownSite};

#[derive(Debug, Subcommand)]
pub enum SimulateCommand {
    /// Serve the open APIs (on 127.0.0.1:8490 without --listen), and below /control what buyers and operators can do
    #[command(
        after_help = "The keys are SELLERDESK_AK, SELLERDESK_SK and SELLERDESK_KEY_BASE, KIT, LICENSE, GENERAL and V1 of \
        the environment, or else SIMULATEDACCESSKEY00, simulated-secret-key and simulated-base-key and so on."
    )]
    Serve(SimulateServeArguments),
    /// Buy at a steady rate, verify every instance id afterwards, and tell the rate and the latencies
    #[command(
        after_help = "A latency counts from the moment at which the call had to leave, so that a seller who is slow for a \
        while cannot hide it by holding up later calls. The key is SELLERDESK_KEY_BASE of the environment, or the data \
        directory's."
    )]
    Load(LoadArguments),
    /// Play a scenario against a production address, and tell whether each step went as it should
    #[command(
        after_help = "The keys are SELLERDESK_KEY_BASE, KIT, LICENSE, GENERAL and V1 of the environment, or the data \
        directory's. The open APIs take SELLERDESK_AK and SELLERDESK_SK of the environment or of the data directory, or else \
        SIMULATEDACCESSKEY00 and simulated-secret-key."
    )]
    Play(PlayArguments),
    /// Write calls that are kept as a scenario, without secrets and without anything of a buyer
    Record(RecordArguments),
}

#[derive(Debug, Args)]
pub struct SimulateServeArguments {
    /// The seller's production address; `POST /control/target` changes it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480/produce")]
    pub target: String,
    /// Call as the access guide V1.0 does
    #[arg(long)]
    pub v1: bool,
    /// Try again as this site does: china (where nothing is said), international or europe
    #[arg(long, value_name = "SITE", value_parser = site)]
    pub site: Option<Site>,
    /// Give the same ids and faults each time; the ids of orders tell the minute, and are the same with --begins
    #[arg(long)]
    pub seed: Option<u64>,
    /// The marketplace's time at the beginning, in ISO 8601 or as `3h ago` [default: now]
    #[arg(long, value_name = "TIME")]
    pub begins: Option<String>,
    /// Tell every order with orderNotify, as where KooGallery's order notification is configured; so it is where
    /// SELLERDESK_KEY_GENERAL is set
    #[arg(long)]
    pub notify_orders: bool,
    /// Encrypt clientSecret of the kit with this RSA key (PEM), the seller's public or private one
    #[arg(long, value_name = "FILE", env = "SELLERDESK_KIT_RSA_KEY_FILE")]
    pub kit_key: Option<PathBuf>,
    /// How many seconds an hour of KooGallery's takes; with 0 its time stands still until `POST /control/clock` moves it
    #[arg(long, value_name = "SECONDS")]
    pub hour: Option<u64>,
    /// What the control API asks for as `Authorization: Bearer TOKEN`; where others than this computer reach it, one is made
    /// and printed
    #[arg(long, value_name = "TOKEN", env = "SELLERDESK_CONTROL_TOKEN", hide_env_values = true)]
    pub control_token: Option<String>,
    /// Go on where the marketplace of this file stopped, and keep it there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Serve over HTTPS with a certificate by an authority that is made for it, and write the authority's own (PEM) to this
    /// file, for the seller to trust
    #[arg(long, value_name = "FILE", conflicts_with = "certificate")]
    pub ca: Option<PathBuf>,
    /// Serve over HTTPS with this certificate (PEM); `POST /control/door` shows another one
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Answer more order queries than this in a minute with 406 [default: any number is answered]
    #[arg(long, value_name = "NUMBER")]
    pub order_queries: Option<u32>,
}

fn site(text: &str) -> Result<Site, String> {
    text.parse().map_err(|unknown: UnknownSite| unknown.to_string())
}

#[derive(Debug, Args)]
pub struct PlayArguments {
    /// A scenario that comes along, by its name, or one of your own, by the name of its file; without it all names are listed
    pub scenario: Option<String>,
    /// The seller's production address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480/produce")]
    pub target: String,
    /// Give the same ids each time; those of orders tell the minute, and are the same with --begins
    #[arg(long)]
    pub seed: Option<u64>,
    /// The marketplace's time at the beginning, in ISO 8601 or as `3h ago` [default: as the scenario says, or now]
    #[arg(long, value_name = "TIME")]
    pub begins: Option<String>,
    /// Encrypt clientSecret of the kit with this RSA key (PEM), the seller's public or private one
    #[arg(long, value_name = "FILE", env = "SELLERDESK_KIT_RSA_KEY_FILE")]
    pub kit_key: Option<PathBuf>,
    /// Try again as this site does, instead of the scenario's own: china, international or europe
    #[arg(long, value_name = "SITE", value_parser = site)]
    pub site: Option<Site>,
    /// How many times as fast recorded calls come; 0: one right after the other
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// How long what was answered 000004 is waited for, and what the seller has to do by itself
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub wait: u64,
    /// Where the seller finds the open APIs meanwhile [default: 127.0.0.1:8490, or where that is taken any other port]
    #[arg(long, value_name = "ADDR")]
    pub open_apis: Option<SocketAddr>,
    /// Serve the open APIs over HTTPS with a certificate by an authority that is made for it, and write the authority's own
    /// (PEM) to this file, for the seller to trust; a scenario can have them show a wrong one then
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Answer more order queries than this in a minute with 406 [default: any number is answered]
    #[arg(long, value_name = "NUMBER")]
    pub order_queries: Option<u32>,
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
