//! The command line: one file per subcommand. Each opens the desk on the data directory, beside whatever else runs there,
//! and ends with success only where everything asked was done.

pub mod args;
mod backup;
mod calendar;
mod carry;
mod check;
pub mod delisting;
mod demo;
mod foreseen;
mod fulfil;
mod import;
mod key;
mod license;
pub mod limits;
mod list;
mod noted_at;
pub mod open;
mod order;
mod print;
mod print_organisation;
mod probes;
pub mod reconcile;
pub mod register;
mod retry;
mod serve;
mod settlement;
mod show;
mod simulate;
mod supervision;
pub mod targets;
mod templates;
mod unsubscription;
mod usage;
mod window;
mod wire_keys;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use args::{Arguments, Command};

use crate::desk::Desk;

/// Runs what the arguments say: a subcommand, or the window.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match open_and_run(arguments) {
        Err(error) if print::is_unread(&error) => Ok(ExitCode::FAILURE),
        done => done,
    }
}

fn open_and_run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(Command::Key(command)) = &arguments.command {
        return key::run(arguments.data_dir.as_deref(), command);
    }
    if let Some(Command::Restore(command)) = &arguments.command {
        backup::restore(arguments.data_dir.as_deref(), command)?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("desk")
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the program's threads cannot be started")?;
    let open = || open::desk(arguments.data_dir.as_deref(), Arc::new(open::system_time));
    let done = match &arguments.command {
        Some(Command::Demo { text }) => demo::run(&runtime, *text)?,
        Some(Command::Check(command)) => runtime.block_on(check::run(command, arguments.data_dir.as_deref()))?,
        Some(Command::Simulate(command)) => runtime.block_on(simulate::run(command, arguments))?,
        Some(command) => runtime.block_on(async {
            let desk = open()?;
            let done = subcommand(&desk, arguments, command).await;
            desk.close().await;
            done
        })?,
        None => {
            match runtime.block_on(async { open() }) {
                Ok(desk) => window::show(&runtime, desk, "Sellerdesk", arguments.listen)?,
                Err(error) => {
                    // On standard error too, and where there is no display there alone.
                    drop(crate::ui::tell_trouble("Sellerdesk", format!("{error:#}")));
                    return Err(error);
                }
            }
            true
        }
    };
    // Nobody waits for what a window or a demo left running.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn subcommand(desk: &Desk, arguments: &Arguments, command: &Command) -> anyhow::Result<bool> {
    match command {
        Command::Serve => serve::run(desk, arguments.listen).await,
        Command::List(arguments) => list::run(desk, arguments).await,
        Command::Show(arguments) => show::run(desk, arguments).await,
        Command::Retry(arguments) => retry::run(desk, arguments).await,
        Command::Fulfil(arguments) => fulfil::run(desk, arguments).await,
        Command::License(command) => license::run(desk, command).await,
        Command::Limits(command) => limits::run(desk, command).await,
        Command::Targets(command) => targets::run(desk, command).await,
        Command::Reconcile(arguments) => reconcile::run(desk, arguments).await,
        Command::Delisting(arguments) => delisting::run(desk, arguments).await,
        Command::Settlement(command) => settlement::run(desk, command).await,
        Command::Usage(command) => usage::run(desk, command).await,
        Command::Order(command) => order::run(desk, command).await,
        Command::Supervision(command) => supervision::run(desk, command).await,
        Command::Unsubscription(command) => unsubscription::run(desk, command).await,
        Command::Workdays(command) => supervision::workdays(desk, command).await,
        Command::Register(command) => register::run(desk, command).await,
        Command::Backup(arguments) => backup::back_up(desk, arguments).await,
        Command::Upload(arguments) => order::upload(desk, arguments).await,
        Command::Demo { .. } | Command::Key(_) | Command::Restore(_) | Command::Check(_) | Command::Simulate(_) => {
            Ok(true)
        }
    }
}
