//! The window's end of the wire to the desk: commands that find the channel full are kept and sent again, and of what
//! only says where the window looks the newest is enough.

use std::{collections::VecDeque, mem::discriminant, sync::Arc};

use tokio::sync::{mpsc::error::TrySendError, watch};

use crate::desk::session::{Command, Event, Session, Snapshot};

pub(super) struct Link {
    session: Session,
    waiting: VecDeque<Command>,
    snapshot: Arc<Snapshot>,
}

impl Link {
    pub(super) fn new(mut session: Session) -> Self {
        let snapshot = session.snapshots.borrow_and_update().clone();
        Self { session, waiting: VecDeque::new(), snapshot }
    }

    pub(super) fn send(&mut self, command: Command) {
        if only_looks(&command) {
            self.waiting.retain(|waiting| discriminant(waiting) != discriminant(&command));
        }
        self.waiting.push_back(command);
        self.flush();
    }

    /// Sends what waits. True once nothing does.
    pub(super) fn flush(&mut self) -> bool {
        while let Some(command) = self.waiting.pop_front() {
            match self.session.commands.try_send(command) {
                Ok(()) => {}
                Err(TrySendError::Full(command)) => {
                    self.waiting.push_front(command);
                    return false;
                }
                Err(TrySendError::Closed(_)) => {
                    tracing::error!("the desk has ended");
                    self.waiting.clear();
                }
            }
        }
        true
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        self.session.events.try_recv().ok()
    }

    pub(super) fn snapshot(&mut self) -> Arc<Snapshot> {
        let snapshots: &mut watch::Receiver<Arc<Snapshot>> = &mut self.session.snapshots;
        if snapshots.has_changed().unwrap_or(false) {
            self.snapshot = snapshots.borrow_and_update().clone();
        }
        self.snapshot.clone()
    }
}

const fn only_looks(command: &Command) -> bool {
    matches!(
        command,
        Command::LookAtMessages { .. }
            | Command::LookAtInstances { .. }
            | Command::LookAtOrders { .. }
            | Command::LookAtLicenses { .. }
            | Command::LookAtLicenseCalendar(_)
            | Command::LookAtTenants { .. }
            | Command::LookAtTenant(_)
            | Command::LookAtUsage { .. }
            | Command::LookAtWorld(_)
            | Command::LookAtSubject(_)
    )
}
