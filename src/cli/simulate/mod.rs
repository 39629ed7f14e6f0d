//! `simulate`: a KooGallery of one's own, for which no desk is opened.

mod serve;

use std::net::SocketAddr;

use super::args::SimulateCommand;

pub(super) async fn run(command: &SimulateCommand, listen: Option<SocketAddr>) -> anyhow::Result<bool> {
    match command {
        SimulateCommand::Serve(arguments) => serve::run(arguments, listen).await,
    }
}
