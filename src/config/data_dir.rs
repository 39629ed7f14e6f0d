//! The directory that holds everything: configuration, keys, database.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("this system names no home for application data; say one with --data-dir")]
    NoHome,
    #[error("the data directory {path} cannot be used: {reason}; choose another with --data-dir")]
    Unusable { path: PathBuf, reason: std::io::Error },
}

/// Creates the directory where it does not exist, for its owner alone, and makes sure that it can be written.
pub fn open_data_dir(chosen: Option<&Path>) -> Result<PathBuf, DataDirError> {
    let path = match chosen {
        Some(path) => path.to_owned(),
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
