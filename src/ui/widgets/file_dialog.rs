//! The system's file dialogs. They are handed to the window, because a system may have none, and a test must have its own.

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

const TABLES: [&str; 2] = ["csv", "xlsx"];

/// What a dialog is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileDialog {
    Open,
    /// With the name that it proposes.
    Save {
        name: String,
    },
}

/// Begins a dialog; the answer is waited for elsewhere. `None` where no file was chosen, or there is no dialog to choose it in.
pub type FileDialogs = Arc<dyn Fn(FileDialog) -> FileAnswer + Send + Sync>;
pub type FileAnswer = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// Those of the system.
pub fn system_dialogs() -> FileDialogs {
    Arc::new(|what| {
        let dialog = rfd::AsyncFileDialog::new().add_filter("CSV, XLSX", &TABLES);
        match what {
            FileDialog::Open => {
                let picked = dialog.pick_file();
                Box::pin(async { picked.await.map(|file| file.path().to_owned()) })
            }
            FileDialog::Save { name } => {
                let picked = dialog.set_file_name(name).save_file();
                Box::pin(async { picked.await.map(|file| file.path().to_owned()) })
            }
        }
    })
}
