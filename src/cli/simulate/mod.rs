//! `simulate`: a KooGallery of one's own, for which no desk is opened.

mod load;
mod play;
mod record;
mod serve;

use super::args::{Arguments, SimulateCommand};

pub(super) async fn run(command: &SimulateCommand, all: &Arguments) -> anyhow::Result<bool> {
    let data_dir = all.data_dir.as_deref();
    match command {
        SimulateCommand::Serve(arguments) => serve::run(arguments, all.listen).await,
        SimulateCommand::Play(arguments) => play::run(arguments, data_dir).await,
        SimulateCommand::Record(arguments) => record::run(arguments, data_dir).await,
        SimulateCommand::Load(arguments) => load::run(arguments, data_dir).await,
    }
}
