//! The window on a data directory: desk, receiver and session behind it, and the order in which they end.

use std::{net::SocketAddr, sync::Arc};

use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use crate::{
    desk::{Clock, Desk, session::Session},
    receiver::Receiver,
    ui,
};

/// Opens the window on a desk and answers when the user has closed it.
pub(super) fn show(runtime: &Runtime, desk: Desk, title: &str, listen: Option<SocketAddr>) -> anyhow::Result<()> {
    let told = desk.clone();
    let clock: Clock = Arc::new(move || told.now());
    let wakeable = ui::Wakeable::default();
    let session = runtime.block_on(Session::start(desk.clone(), wakeable.wake()));
    let receiver = Receiver::start(desk.clone(), listen)?;
    let background = runtime.spawn(desk.clone().work_in_background());
    let (dialogs, notifier) = (ui::system_dialogs(), ui::desktop());
    let parts = ui::AppParts { session, clock, zone: TimeZone::system(), dialogs, notifier };
    let shown = ui::open(title, &wakeable, parts);
    drop(receiver);
    background.abort();
    runtime.block_on(desk.close());
    Ok(shown?)
}
