//! Lists that the window has written to files: how far one is, and what became of it.

use std::path::PathBuf;

use super::{
    event::Event,
    run::{Done, Run},
};
use crate::{desk::export::ExportedList, store::Cancel};

impl Run {
    pub(super) fn export(&self, list: ExportedList, file: PathBuf) {
        let told = self.done.clone();
        self.spawn(move |desk| async move {
            let tell = told.clone();
            // How far it is may be told less often than it is known.
            let progress = move |rows| drop(tell.try_send(Done::Exporting(Some(rows))));
            let exported = desk.export(list, usize::MAX, &file, Cancel::default(), progress).await;
            drop(told.send(Done::Exporting(None)).await);
            Done::Event(match exported {
                Ok(rows) => Event::Exported { file, rows },
                Err(error) => Event::Refused { reason: error.to_string() },
            })
        });
    }
}
