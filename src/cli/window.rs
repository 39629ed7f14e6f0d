//! The window on a data directory: desk, receiver and session behind it, and the order in which they end.

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use jiff::tz::TimeZone;

use super::open;
use crate::{
    desk::{Desk, session::Session},
    receiver::Receiver,
    ui,
};

/// Opens the window and answers when the user has closed it. `beside` runs as long as it is open.
pub fn run(
    title: &str,
    data_dir: Option<&Path>,
    listen: Option<SocketAddr>,
    beside: impl FnOnce(&Desk, &tokio::runtime::Handle),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("desk")
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the program's threads cannot be started")?;
    let clock: crate::desk::Clock = Arc::new(open::system_time);
    let wakeable = ui::Wakeable::default();
    let (desk, session) = runtime.block_on(async {
        let desk = open::desk(data_dir, clock.clone())?;
        let session = Session::start(desk.clone(), wakeable.wake()).await;
        anyhow::Ok((desk, session))
    })?;
    let receiver = Receiver::start(desk.clone(), listen)?;
    let background = runtime.spawn(desk.clone().work_in_background());
    beside(&desk, runtime.handle());
    let shown = ui::open(title, &wakeable, ui::AppParts { session, clock, zone: TimeZone::system() });
    drop(receiver);
    background.abort();
    runtime.block_on(desk.close());
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(shown?)
}
