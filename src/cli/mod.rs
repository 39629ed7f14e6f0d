//! The command line: one file per subcommand. Each opens the desk on the data directory, beside whatever else runs there,
//! and ends with success only where everything asked was done.

#![expect(clippy::print_stdout, reason = "printing is what a command line does")]

pub mod args;
mod fulfil;
mod key;
mod list;
pub mod open;
mod print;
mod retry;
mod serve;
mod show;
pub mod window;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use args::{Arguments, Command};

/// Runs a subcommand. `demo` and the window are the caller's.
pub fn run(arguments: &Arguments, command: &Command) -> anyhow::Result<ExitCode> {
    if let Command::Key(command) = command {
        return key::run(arguments.data_dir.as_deref(), command);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the program's threads cannot be started")?;
    runtime.block_on(async {
        let desk = open::desk(arguments.data_dir.as_deref(), Arc::new(open::system_time))?;
        let done = match command {
            Command::Serve => serve::run(&desk, arguments.listen).await,
            Command::List(arguments) => list::run(&desk, arguments).await,
            Command::Show(arguments) => show::run(&desk, arguments).await,
            Command::Retry(arguments) => retry::run(&desk, arguments).await,
            Command::Fulfil(arguments) => fulfil::run(&desk, arguments).await,
            Command::Demo { .. } | Command::Key(_) => Ok(true),
        };
        desk.close().await;
        done.map(|done| if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
