//! The desk as a window sees it: commands in, events and snapshots out, and a closure that wakes the window. Knows no
//! window toolkit, so the tests drive the same thing.

mod batch;
mod calendar;
mod command;
mod debugging;
mod event;
mod export;
mod guard;
mod import;
mod license_use;
mod limits;
mod list;
mod project;
mod refresh;
mod registers;
mod run;
mod settlement;
mod snapshot;
mod usage;

use std::sync::Arc;

pub use calendar::CalendarKnown;
pub use command::{Command, ListName, SettingsChange, Subject};
pub use debugging::{DebugCommand, DebuggingNow};
pub use event::{Event, FormCommand, UseResults};
pub use import::{ImportCommand, Imports, TableImport};
pub use limits::{
    Breaches, LimitAsked, LimitDetail, LimitOrder, LimitRow, LimitsCommand, LimitsKnown, TargetReviewRow,
};
pub use registers::{RegistersCommand, RegistersKnown};
pub use settlement::{SettlementCommand, SettlementKnown};
pub use snapshot::{Detail, Doing, Hour, Listing, Overview, RetryProgress, Settings, Snapshot, TenantKnown, Tenants};
use tokio::sync::{mpsc, watch};
pub use usage::{UsageChoice, UsageCommand, UsageImport};

use super::Desk;

const COMMANDS: usize = 64;
const EVENTS: usize = 256;

/// Asks the window to look again.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the window holds.
pub struct Session {
    pub commands: mpsc::Sender<Command>,
    pub events: mpsc::Receiver<Event>,
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Session {
    /// Starts the session's work on the current runtime; it ends when the session is dropped.
    pub async fn start(desk: Desk, wake: Wake) -> Self {
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (event_queue, events) = mpsc::channel(EVENTS);
        let first = project::first_snapshot(&desk).await;
        let (snapshot, snapshots) = watch::channel(Arc::new(first));
        tokio::spawn(run::run(run::Run::new(desk, wake, event_queue, snapshot), command_queue));
        Self { commands, events, snapshots }
    }
}
