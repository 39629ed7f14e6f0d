//! How files of the data directory are written: at once or not at all, one process at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use tempfile::NamedTempFile;

const LOCK: &str = "config.lock";
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Replaces the file, which keeps its permissions; where it is a link, the link stays.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut file = prepare(&target, bytes)?;
    if let Ok(before) = fs::metadata(&target) {
        file.as_file_mut().set_permissions(before.permissions())?;
    }
    put(file, &target)
}

/// The same for its owner's eyes alone, whatever its permissions were.
pub(super) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(prepare(path, bytes)?, path)
}

/// What one process reads and writes back must not be changed by another in between. Held until dropped.
pub(super) fn lock(dir: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(dir.join(LOCK))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => pause(),
            // Some network file systems know no locks; there the last writer wins.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "another Sellerdesk has been changing it for ten seconds"))
}

#[expect(clippy::disallowed_methods, reason = "files are changed on threads that may block")]
fn pause() {
    std::thread::sleep(LOCK_PAUSE);
}

fn prepare(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    // A temporary file is made 0600 and keeps that when it takes its name.
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    Ok(file)
}

fn put(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name lasts only once the directory is on disk too.
    #[cfg(unix)]
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}
