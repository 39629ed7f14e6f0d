//! The watched folder. A file is taken once nobody writes to it any more, as a whole or not at all, and is moved away
//! afterwards: to `done/`, or to `refused/` with a text beside it that says why.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{task::spawn_blocking, time::sleep};

use super::{UsageCame, UsageFlaw, UsageTrouble};
use crate::{
    desk::{
        Desk, Refusal, UsageTable,
        files::{FileError, read_sheet},
        import::ImportError,
    },
    protocol::UnixMillis,
    store::StoreError,
};

const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A file that was not written to for so long is whole.
const QUIET_MILLIS: i64 = 5_000;
const DONE: &str = "done";
const REFUSED: &str = "refused";

/// How a file looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Looks {
    bytes: u64,
    changed_at: UnixMillis,
}

impl Desk {
    pub(super) async fn watch_usage_folder(&self) {
        let mut before = HashMap::new();
        loop {
            if let Some(folder) = self.config().usage.folder.clone() {
                let folder = self.inner.data_dir.join(folder);
                match self.look_into(folder, &mut before).await {
                    Ok(()) => {}
                    Err(StoreError::Closed) => return,
                    Err(error) => tracing::error!(%error, "usage records cannot be entered"),
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn look_into(&self, folder: PathBuf, before: &mut HashMap<PathBuf, Looks>) -> Result<(), StoreError> {
        let found = match blocking({
            let folder = folder.clone();
            move || tables_in(&folder)
        })
        .await
        {
            Ok(found) => found,
            Err(error) => {
                self.report_folder(&folder, UsageCame::Trouble(UsageTrouble::Folder(error.into())));
                return Ok(());
            }
        };
        let now = self.now();
        for (file, looks) in &found {
            // The clock of a network's drive may be another one.
            let whole = now.millis_since(looks.changed_at) >= QUIET_MILLIS || before.get(file) == Some(looks);
            if whole {
                self.take_file(&folder, file).await?;
            }
        }
        *before = found.into_iter().collect();
        Ok(())
    }

    async fn take_file(&self, folder: &Path, file: &Path) -> Result<(), StoreError> {
        let name = file.file_name().unwrap_or_default().to_owned();
        let config = self.config();
        let (api, zone) = (config.usage.interface, config.usage.time_zone());
        let table = match read_sheet(file.to_owned()).await {
            Ok(sheet) => {
                let desk = self.clone();
                let read = move || desk.read_usage(&sheet, api, zone.as_ref());
                match spawn_blocking(read).await {
                    Ok(table) => table.map_err(Refusal::from),
                    Err(_panicked) => Err(ImportError::from(FileError::Interrupted).into()),
                }
            }
            // Another program may have it open; it is tried again.
            Err(error @ (FileError::Unreadable { .. } | FileError::Interrupted)) => {
                let refusal = ImportError::from(error).into();
                self.report_folder(file, UsageCame::Trouble(UsageTrouble::Refused(refusal)));
                return Ok(());
            }
            Err(error) => Err(ImportError::from(error).into()),
        };
        let flaws: Vec<UsageFlaw> = match table {
            Err(refusal) => vec![UsageFlaw::Table(refusal)],
            Ok(UsageTable { problems, .. }) if !problems.is_empty() => {
                problems.into_iter().map(|(row, problem)| UsageFlaw::Row { row, problem }).collect()
            }
            Ok(UsageTable { records, .. }) => {
                let rows: HashMap<String, usize> =
                    records.iter().map(|(row, record)| (record.metering_sn.clone(), *row)).collect();
                let entered = self.take_usage(records.into_iter().map(|(_, record)| record).collect(), true).await?;
                if entered.refused.is_empty() {
                    let came = UsageCame::Entered { new: entered.new + entered.corrected, known: entered.known };
                    self.moved(folder, &name, DONE, None, came).await;
                    return Ok(());
                }
                let row = |sn: &String| rows.get(sn).copied().unwrap_or_default();
                let flaw = |(sn, reason)| UsageFlaw::Record { row: row(&sn), metering_sn: sn, reason };
                entered.refused.into_iter().map(flaw).collect()
            }
        };
        let head = "Nothing of this file was entered. Correct it and put it into the folder again.\n";
        let text = flaws.iter().fold(head.to_owned(), |text, flaw| text + &flaw.to_string() + "\n");
        self.moved(folder, &name, REFUSED, Some(text), UsageCame::wrong(flaws)).await;
        Ok(())
    }

    /// Tells of the file where it was moved; else that it is still there.
    async fn moved(&self, folder: &Path, name: &OsStr, to: &'static str, text: Option<String>, came: UsageCame) {
        let (from, dir, file_name) = (folder.join(name), folder.join(to), name.to_owned());
        let moved = blocking(move || move_away(&from, &dir, &file_name, text.as_deref())).await;
        let came = match moved {
            Ok(()) => came,
            Err(error) => UsageCame::Trouble(UsageTrouble::NotMoved { to, reason: error.into() }),
        };
        self.report_folder(&folder.join(name), came);
    }

    fn report_folder(&self, file: &Path, came: UsageCame) {
        let from = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        self.report_usage(from, came, |sources| &mut sources.folder);
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// In the order of their names. The folder is made where there is none yet.
fn tables_in(folder: &Path) -> io::Result<Vec<(PathBuf, Looks)>> {
    fs::create_dir_all(folder)?;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !is_table(&entry.file_name()) {
            continue;
        }
        // It may be gone by now.
        let Ok(metadata) = entry.metadata() else { continue };
        let changed = metadata.modified().ok().and_then(|changed| Timestamp::try_from(changed).ok());
        if let Some(changed) = changed.filter(|_| metadata.is_file()) {
            let looks = Looks { bytes: metadata.len(), changed_at: UnixMillis(changed.as_millisecond()) };
            found.push((entry.path(), looks));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// Not what a spreadsheet program puts beside a file that it has open.
fn is_table(name: &OsStr) -> bool {
    let shown = name.to_string_lossy();
    let extension = Path::new(name).extension().unwrap_or_default().to_ascii_lowercase();
    !shown.starts_with(['.', '~']) && (extension == "csv" || extension == "xlsx")
}

/// No file there is ever replaced.
fn move_away(from: &Path, dir: &Path, name: &OsStr, text: Option<&str>) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let (place, problems) = (1_usize..)
        .map(|number| numbered(name, number))
        .map(|name| (dir.join(&name), dir.join(with_ending(name, ".problems.txt"))))
        .find(|(place, problems)| !place.exists() && !problems.exists())
        .ok_or_else(|| io::Error::other("no name is free"))?;
    if let Some(text) = text {
        fs::write(problems, text)?;
    }
    fs::rename(from, place)
}

/// `june.csv`, `june-2.csv`, `june-3.csv`.
fn numbered(name: &OsStr, number: usize) -> OsString {
    if number == 1 {
        return name.to_owned();
    }
    let mut numbered = Path::new(name).file_stem().unwrap_or(name).to_owned();
    numbered.push(format!("-{number}"));
    if let Some(extension) = Path::new(name).extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

fn with_ending(mut name: OsString, ending: &str) -> OsString {
    name.push(ending);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_from_what_lies_beside_them() {
        for (name, table) in [
            ("june.csv", true),
            ("JUNE.XLSX", true),
            ("话单.csv", true),
            ("~$june.xlsx", false),
            (".june.csv", false),
            ("june.txt", false),
            ("june.csv.tmp", false),
            ("csv", false),
        ] {
            assert_eq!(is_table(OsStr::new(name)), table, "{name}");
        }
    }

    #[test]
    fn a_file_that_was_moved_away_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        for content in ["1", "2", "3"] {
            let file = dir.path().join("june.csv");
            fs::write(&file, content).unwrap();
            move_away(&file, &dir.path().join(DONE), OsStr::new("june.csv"), None).unwrap();
        }
        for (name, content) in [("june.csv", "1"), ("june-2.csv", "2"), ("june-3.csv", "3")] {
            assert_eq!(fs::read_to_string(dir.path().join(DONE).join(name)).unwrap(), content);
        }
    }
}
