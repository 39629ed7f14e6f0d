//! `backup` and `restore` as they are typed.

use std::path::PathBuf;

use clap::Args;

use super::Output;

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// A ZIP file; one that is there is replaced
    pub file: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// What `backup` wrote
    pub file: PathBuf,
    /// Leave out the keys; those of the directory stay
    #[arg(long)]
    pub without_keys: bool,
    #[command(flatten)]
    pub output: Output,
}
