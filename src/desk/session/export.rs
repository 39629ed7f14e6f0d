//! Lists that the window has written to files: how far one is, how it is stopped, and what became of it.

use std::path::PathBuf;

use super::{
    event::Event,
    run::{Done, Run},
};
use crate::{
    desk::export::{ExportError, ExportProgress, ExportedList},
    store::Cancel,
};

impl Run {
    pub(super) fn export(&mut self, list: ExportedList, file: PathBuf) {
        // One at a time: what is shown and what is stopped are one and the same.
        if self.snapshot.exporting.is_some() {
            return;
        }
        self.snapshot.exporting = Some(ExportProgress::default());
        self.show();
        let cancel = Cancel::default();
        self.cancel_export = Some(cancel.clone());
        let told = self.done.clone();
        self.spawn(move |desk| async move {
            let tell = told.clone();
            // How far it is may be told less often than it is known.
            let progress = move |progress| drop(tell.try_send(Done::Exporting(Some(progress))));
            let exported = desk.export(list, usize::MAX, &file, cancel, progress).await;
            drop(told.send(Done::Exporting(None)).await);
            Done::Event(match exported {
                Ok(rows) => Event::Exported { file, rows },
                Err(ExportError::Cancelled) => Event::ExportCancelled { file },
                Err(error) => Event::refused(error),
            })
        });
    }

    pub(super) fn cancel_export(&self) {
        if let Some(cancel) = &self.cancel_export {
            cancel.cancel();
        }
    }
}
