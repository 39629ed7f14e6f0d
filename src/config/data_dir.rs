//! The directory that holds everything: configuration, keys, database.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

pub const CONFIG_FILE: &str = "config.toml";
pub const DATABASE_FILE: &str = "sellerdesk.db";
/// Keys and credentials, sealed.
pub const KEYS_FILE: &str = "keys.sealed";

#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("--data-dir names no directory")]
    Empty,
    #[error("this system names no home for application data; say one with --data-dir")]
    NoHome,
    #[error("the data directory {path} cannot be used: {reason}; choose another with --data-dir")]
    Unusable { path: PathBuf, reason: std::io::Error },
}

/// Creates the directory where it does not exist, for its owner alone, and makes sure that it can be written.
pub fn open_data_dir(chosen: Option<&Path>) -> Result<PathBuf, DataDirError> {
    let path = match chosen {
        Some(path) if path.as_os_str().is_empty() => return Err(DataDirError::Empty),
        // Sure to stay the same, whatever the working directory becomes.
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => ProjectDirs::from("", "", "sellerdesk").ok_or(DataDirError::NoHome)?.data_dir().to_owned(),
    };
    prepare(&path).map_err(|reason| DataDirError::Unusable { path: path.clone(), reason })?;
    Ok(path)
}

fn prepare(path: &Path) -> std::io::Result<()> {
    if !path.is_dir() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
    }
    tempfile::NamedTempFile::new_in(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_for_its_owner_alone_and_found_again() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("some/where");
        assert_eq!(open_data_dir(Some(&path)).unwrap(), path);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o700);
        assert_eq!(open_data_dir(Some(&path)).unwrap(), path);
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn one_that_cannot_be_used_is_told() {
        let outer = tempfile::tempdir().unwrap();
        let file = outer.path().join("file");
        std::fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = open_data_dir(Some(&path)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the data directory {} cannot be used: ", path.display())), "{error}");
            assert!(error.ends_with("; choose another with --data-dir"), "{error}");
        }
        let error = open_data_dir(Some(Path::new(""))).unwrap_err().to_string();
        assert_eq!(error, "--data-dir names no directory");
    }
}
