//! The data directory as one file, made beside whatever is at work, and put back from it. The archive holds the database,
//! configuration, holidays, and the keys as they are sealed; never what opens them (`seal.key`, the keychain's entry).

use std::{
    fs::{self, File},
    io::{self, BufReader, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{Desk, DeskError, settings::blocking, workdays};
use crate::{
    config::{CONFIG_FILE, Config, ConfigError, DATABASE_FILE, KEYS_FILE, KeyError, KeyRing},
    store::{self, StoreError},
};

/// Beside the database.
const OTHER_FILES: [&str; 3] = [CONFIG_FILE, KEYS_FILE, workdays::FILE];

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} cannot be written: {reason}", .file.display())]
    Unwritable { file: PathBuf, reason: io::Error },
    #[error("{} cannot be read: {reason}", .file.display())]
    Unreadable { file: PathBuf, reason: io::Error },
    #[error("{} is no backup of Sellerdesk: there is no {DATABASE_FILE} in it", .0.display())]
    NoBackup(PathBuf),
    #[error("Sellerdesk is at work in {}; stop its window and its `serve` first, nothing was changed", .0.display())]
    InUse(PathBuf),
    #[error("the backup's database cannot be used, nothing was changed: {0}")]
    Database(StoreError),
    #[error("the backup's configuration cannot be used, nothing was changed: {0}")]
    Config(#[from] ConfigError),
    #[error(
        "the keys in the backup were sealed with another key than this directory's, nothing was changed: put the seal.key of \
         the backup's time there, or leave the keys out with --without-keys ({0})"
    )]
    Keys(#[from] KeyError),
    #[error("{} cannot be put in its place: {reason}; what was there before is in {}", .file.display(), .before.display())]
    Halfway { file: PathBuf, before: PathBuf, reason: io::Error },
}

/// What came back, and where that lies which was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub files: Vec<&'static str>,
    /// `None` where there was nothing.
    pub before: Option<PathBuf>,
}

impl Desk {
    /// Writes everything that is committed into `file`, which is replaced once the backup is whole. Tells its size in bytes.
    pub async fn back_up(&self, file: PathBuf) -> Result<u64, DeskError> {
        let data_dir = self.data_dir().to_owned();
        let at = file.clone();
        let work = blocking(move || tempfile::tempdir_in(&data_dir).map_err(|reason| unwritable(&at, reason))).await?;
        let copy = work.path().join(DATABASE_FILE);
        self.inner.store.copy_to(copy.clone()).await?;
        let data_dir = self.data_dir().to_owned();
        let size = blocking(move || {
            let size = pack(&data_dir, &copy, &file);
            drop(work);
            size
        });
        size.await
    }
}

fn pack(data_dir: &Path, database: &Path, file: &Path) -> Result<u64, BackupError> {
    let cannot = |reason: io::Error| unwritable(file, reason);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made 0600, and keeps that when it takes its name.
    let mut archive = ZipWriter::new(NamedTempFile::new_in(folder).map_err(cannot)?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    let others = OTHER_FILES.map(|name| (name, data_dir.join(name)));
    for (name, path) in [(DATABASE_FILE, database.to_owned())].into_iter().chain(others) {
        let mut content = match File::open(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(reason) => return Err(BackupError::Unreadable { file: path, reason }),
        };
        archive.start_file(name, options).map_err(|error| cannot(error.into()))?;
        io::copy(&mut content, &mut archive).map_err(cannot)?;
    }
    let mut written = archive.finish().map_err(|error| cannot(error.into()))?;
    written.flush().map_err(cannot)?;
    let size = written.stream_position().map_err(cannot)?;
    written.as_file().sync_all().map_err(cannot)?;
    written.persist(file).map_err(|error| cannot(error.error))?;
    Ok(size)
}

/// Puts a backup in the place of what is in the directory, which goes to `before-restore-…` beside it. Everything is looked at
/// before anything is changed. Blocks; nothing may be open on the directory. `keys` are the directory's
/// own; without them those of the backup are left out. `stamp` names the folder.
pub fn restore(data_dir: &Path, file: &Path, keys: Option<&KeyRing>, stamp: &str) -> Result<Restored, BackupError> {
    let work = tempfile::tempdir_in(data_dir).map_err(|reason| unwritable(data_dir, reason))?;
    let mut files = unpack(file, work.path())?;
    if !files.contains(&DATABASE_FILE) {
        return Err(BackupError::NoBackup(file.to_owned()));
    }
    store::check_file(&work.path().join(DATABASE_FILE)).map_err(BackupError::Database)?;
    Config::load(work.path())?;
    match keys {
        Some(keys) => keys.opens(work.path())?,
        None => files.retain(|name| *name != KEYS_FILE),
    }
    match store::make_movable(&data_dir.join(DATABASE_FILE)) {
        Err(StoreError::Busy) => return Err(BackupError::InUse(data_dir.to_owned())),
        other => other.map_err(BackupError::Database)?,
    }
    let before = data_dir.join(format!("before-restore-{stamp}"));
    let mut kept = false;
    // What the backup has not was not there at its time. Keys that are left out stay as they are here.
    let replaced = [DATABASE_FILE].into_iter().chain(OTHER_FILES);
    for name in replaced.filter(|name| *name != KEYS_FILE || keys.is_some()) {
        let halfway = |reason| BackupError::Halfway { file: data_dir.join(name), before: before.clone(), reason };
        for part in parts(name) {
            if data_dir.join(&part).exists() {
                fs::create_dir_all(&before).map_err(halfway)?;
                fs::rename(data_dir.join(&part), before.join(&part)).map_err(halfway)?;
                kept = true;
            }
        }
        if files.contains(&name) {
            fs::rename(work.path().join(name), data_dir.join(name)).map_err(halfway)?;
        }
    }
    Ok(Restored { files, before: kept.then_some(before) })
}

/// Whether what the directory's database keeps sealed can be opened there: with these keys' seal key, else with whichever the
/// directory has. `None` where that cannot be told.
pub fn opens_access_data(data_dir: &Path, keys: Option<KeyRing>) -> Option<bool> {
    match keys.map_or_else(|| KeyRing::open(data_dir), Ok) {
        Ok(keys) => store::is_sealed_with(&data_dir.join(DATABASE_FILE), &keys.seal_key()).ok(),
        Err(KeyError::LostSealKey { .. }) => Some(false),
        Err(_) => None,
    }
}

/// A damaged database may still have something beside it, which must not be taken for the new one's.
fn parts(name: &str) -> Vec<String> {
    match name {
        DATABASE_FILE => ["", "-wal", "-shm"].iter().map(|ending| format!("{name}{ending}")).collect(),
        _ => vec![name.to_owned()],
    }
}

/// The known files of the archive, in their order; whatever else is in it stays there.
fn unpack(file: &Path, into: &Path) -> Result<Vec<&'static str>, BackupError> {
    let cannot = |reason: io::Error| BackupError::Unreadable { file: file.to_owned(), reason };
    let open = File::open(file).map_err(cannot)?;
    let mut archive = ZipArchive::new(BufReader::new(open)).map_err(|error| cannot(error.into()))?;
    let mut found = Vec::new();
    for name in [DATABASE_FILE].into_iter().chain(OTHER_FILES) {
        let mut entry = match archive.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => continue,
            Err(error) => return Err(cannot(error.into())),
        };
        let mut place = NamedTempFile::new_in(into).map_err(|reason| unwritable(into, reason))?;
        io::copy(&mut entry, &mut place).map_err(cannot)?;
        place.as_file().sync_all().map_err(|reason| unwritable(into, reason))?;
        place.persist(into.join(name)).map_err(|error| unwritable(into, error.error))?;
        found.push(name);
    }
    Ok(found)
}

fn unwritable(file: &Path, reason: io::Error) -> BackupError {
    BackupError::Unwritable { file: file.to_owned(), reason }
}
