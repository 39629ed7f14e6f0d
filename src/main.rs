//! Reads the arguments and hands over to the window or the command line.

use std::{io::IsTerminal as _, process::ExitCode};

use clap::Parser as _;
use sellerdesk::cli::{self, args::Arguments};

#[expect(clippy::print_stderr, reason = "the last word of a program that failed")]
fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "error,sellerdesk=info,i18n_embed=off".into()),
        )
        .with_writer(std::io::stderr)
        // A log file has no colours.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .init();
    let arguments = Arguments::parse();
    cli::run(&arguments).unwrap_or_else(|error| {
        eprintln!("sellerdesk: {error:#}");
        ExitCode::FAILURE
    })
}
