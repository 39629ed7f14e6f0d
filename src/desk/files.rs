//! Tables that come in as files or from the clipboard, read on a thread that may take its time.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

pub use crate::sheet::{
    ColumnMapping, HeaderFinder, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Mapped, MappedRow, Sheet, SheetError, Wanted,
};
use crate::{
    domain::usage::{COLUMNS, UsageFields},
    sheet,
};

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} cannot be read: {reason}", .file.display())]
    Unreadable { file: PathBuf, reason: io::Error },
    #[error("{} is no file", .file.display())]
    NoFile { file: PathBuf },
    #[error("{}: {error}", .file.display())]
    NoTable { file: PathBuf, error: SheetError },
    #[error(transparent)]
    Pasted(SheetError),
    #[error("the thread that read the table ended early")]
    Interrupted,
}

pub async fn read_sheet(file: PathBuf) -> Result<Sheet, FileError> {
    blocking(move || {
        let bytes = read_bounded(&file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        sheet::read(&bytes, &name).map_err(|error| FileError::NoTable { file: file.clone(), error })
    })
    .await
}

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableSource {
    File(PathBuf),
    Pasted(String),
}

impl TableSource {
    /// Of the file, without its place; empty where there is none.
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Pasted(_) => String::new(),
        }
    }
}

pub async fn read_source(source: TableSource) -> Result<Sheet, FileError> {
    match source {
        TableSource::File(file) => read_sheet(file).await,
        TableSource::Pasted(text) => read_pasted(text).await,
    }
}

pub async fn read_pasted(text: String) -> Result<Sheet, FileError> {
    blocking(move || sheet::read_pasted(&text).map_err(FileError::Pasted)).await
}

/// The columns of a table of usage records.
pub fn usage_columns() -> [Wanted<'static>; 7] {
    COLUMNS.map(|column| Wanted { name: column.name, aliases: column.aliases, required: column.required })
}

/// A row of such a table as the domain reads it.
pub fn usage_fields<'a>(row: &MappedRow<'a>) -> UsageFields<'a> {
    COLUMNS.map(|column| row.get(column.name))
}

/// A byte more than is allowed is enough to know; a file may grow while it is read, and a pipe never end.
fn read_bounded(file: &Path) -> Result<Vec<u8>, FileError> {
    let unreadable = |reason| FileError::Unreadable { file: file.to_owned(), reason };
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(FileError::NoFile { file: file.to_owned() });
    }
    let mut bytes = Vec::new();
    let bound = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file).and_then(|open| open.take(bound).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    tokio::task::spawn_blocking(read).await.map_err(|_panicked| FileError::Interrupted)?
}
