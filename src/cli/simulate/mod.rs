//! `simulate`: a KooGallery of one's own, for which no desk is opened.

mod load;
mod play;
mod record;
mod serve;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use anyhow::Context as _;
use rustls::ServerConfig;

use super::args::{Arguments, SimulateCommand};
use crate::{
    protocol::UnixMillis,
    simulator::{Clock, certificates::Authority, clock::told_time},
};

/// Where the open APIs are, where nothing else is said, and who may call them then.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8490);
const ACCESS_KEY: &str = "SIMULATEDACCESSKEY00";
const SECRET_KEY: &str = "simulated-secret-key";

/// When a marketplace's time begins.
fn begins(told: Option<&str>) -> anyhow::Result<Option<UnixMillis>> {
    let now = Clock::system().now();
    let time = |text| {
        told_time(now, text).with_context(|| format!("`{text}` is no time in ISO 8601, and none such as `3h ago`"))
    };
    told.map(time).transpose()
}

pub(super) async fn run(command: &SimulateCommand, all: &Arguments) -> anyhow::Result<bool> {
    let data_dir = all.data_dir.as_deref();
    match command {
        SimulateCommand::Serve(arguments) => serve::run(arguments, all.listen).await,
        SimulateCommand::Play(arguments) => play::run(arguments, data_dir).await,
        SimulateCommand::Record(arguments) => record::run(arguments, data_dir).await,
        SimulateCommand::Load(arguments) => load::run(arguments, data_dir).await,
    }
}

/// A certificate for the address by an authority that is made now, whose own is written to the file.
fn certified(listen: SocketAddr, file: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let authority = Authority::new("sellerdesk simulate")?;
    std::fs::write(file, authority.pem()).with_context(|| format!("{} cannot be written", file.display()))?;
    let host = if listen.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { listen.ip() };
    Ok(authority.certify(&[host.to_string(), "localhost".to_owned()])?)
}
