//! Opening the desk on a data directory: what `main`, the subcommands and the tests share.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    config::{Config, KeyRing, open_data_dir},
    desk::{Clock, Desk, DeskParts},
    fulfilment::WebhookClient,
    protocol::UnixMillis,
};

#[expect(clippy::disallowed_methods, reason = "the one place where the program asks the system for the time")]
pub fn system_time() -> UnixMillis {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// Opens everything that lies in the directory. Every error is a sentence for the operator.
pub fn desk(data_dir: Option<&Path>, clock: Clock) -> anyhow::Result<Desk> {
    let data_dir = open_data_dir(data_dir)?;
    let keys = KeyRing::open(&data_dir)?;
    desk_with(data_dir, keys, clock)
}

/// The same, with keys that are opened already.
pub fn desk_with(data_dir: PathBuf, keys: KeyRing, clock: Clock) -> anyhow::Result<Desk> {
    // Only the first call installs it; the others find it there.
    drop(rustls::crypto::ring::default_provider().install_default());
    let config = Config::load(&data_dir)?;
    let store = Desk::open_store(&data_dir, keys.seal_key())?;
    Ok(Desk::new(DeskParts { store, keys, config, webhooks: WebhookClient::new()?, clock, data_dir }))
}
