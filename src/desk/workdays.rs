//! The table of holidays: the built-in one, and the data directory's own over it, which a newer table can be taken into.

use std::{
    collections::BTreeSet,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{Desk, DeskError, Refusal, settings::blocking};
use crate::domain::workdays::{MalformedWorkdays, Workdays};

/// In the data directory: lines that take the place of the built-in table's years.
pub(super) const FILE: &str = "workdays.txt";
/// A table of a hundred years is shorter.
const MAX_BYTES: u64 = 1024 * 1024;

/// Which years are known, and from where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkdaysKnown {
    pub years: BTreeSet<i16>,
    /// Of these, those of the data directory's own table.
    pub own: BTreeSet<i16>,
    /// Why that table is not used.
    pub trouble: Option<Refusal>,
}

#[derive(Debug, thiserror::Error)]
pub enum WorkdaysError {
    #[error("{} cannot be read: {reason}", .file.display())]
    Unreadable { file: PathBuf, reason: io::Error },
    #[error("{}: {malformed}", .file.display())]
    Malformed { file: PathBuf, malformed: MalformedWorkdays },
    #[error("{} names no day", .file.display())]
    Empty { file: PathBuf },
    #[error("{} cannot be written: {reason}", .file.display())]
    Unwritable { file: PathBuf, reason: io::Error },
}

impl Desk {
    /// The built-in holidays with the data directory's own. A file that cannot be read is told, and changes nothing.
    pub async fn workdays(&self) -> Workdays {
        match self.own_workdays().await {
            Ok(own) => Workdays::built_in().updated(own),
            Err(error) => {
                tracing::warn!(%error, "{FILE} is not used");
                Workdays::built_in()
            }
        }
    }

    pub async fn workdays_known(&self) -> WorkdaysKnown {
        let (own, trouble) = match self.own_workdays().await {
            Ok(own) => (own, None),
            Err(error) => (Workdays::default(), Some(error.into())),
        };
        let years = own.years().clone();
        WorkdaysKnown { years: Workdays::built_in().updated(own).years().clone(), own: years, trouble }
    }

    /// Takes the years of a table into the data directory's own; other years stay. Returns the years of the table.
    pub async fn import_workdays(&self, file: PathBuf) -> Result<BTreeSet<i16>, DeskError> {
        let place = self.data_dir().join(FILE);
        blocking(move || {
            let newer = read(&file)?;
            if newer.years().is_empty() {
                return Err(WorkdaysError::Empty { file });
            }
            let years = newer.years().clone();
            // One that could not be used is replaced.
            let own = if place.exists() { read(&place).unwrap_or_default() } else { Workdays::default() };
            write(&place, &own.updated(newer).to_text())?;
            Ok(years)
        })
        .await
    }

    async fn own_workdays(&self) -> Result<Workdays, DeskError> {
        let place = self.data_dir().join(FILE);
        blocking(move || if place.exists() { read(&place) } else { Ok(Workdays::default()) }).await
    }
}

fn read(file: &Path) -> Result<Workdays, WorkdaysError> {
    let unreadable = |reason| WorkdaysError::Unreadable { file: file.to_owned(), reason };
    let mut bytes = Vec::new();
    std::fs::File::open(file).and_then(|open| open.take(MAX_BYTES).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes);
    Workdays::parse(&text).map_err(|malformed| WorkdaysError::Malformed { file: file.to_owned(), malformed })
}

fn write(place: &Path, text: &str) -> Result<(), WorkdaysError> {
    let unwritable = |reason| WorkdaysError::Unwritable { file: place.to_owned(), reason };
    let dir = place.parent().unwrap_or(Path::new("."));
    let mut temporary = NamedTempFile::new_in(dir).map_err(unwritable)?;
    let head = "# Days off and working weekends that take the place of the built-in table's years.\n";
    temporary.write_all(head.as_bytes()).and_then(|()| temporary.write_all(text.as_bytes())).map_err(unwritable)?;
    temporary.as_file().sync_all().map_err(unwritable)?;
    temporary.persist(place).map_err(|failed| unwritable(failed.error))?;
    Ok(())
}
