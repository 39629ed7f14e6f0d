//! One receiver per data directory, across processes. The lock goes with the process, however it ends.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use super::ReceiverError;
use crate::desk::ReceiverTrouble;

pub struct ReceiverLock {
    _file: File,
    address: PathBuf,
}

impl ReceiverLock {
    pub fn take(data_dir: &Path) -> Result<Self, ReceiverError> {
        let file = File::create(data_dir.join("receiver.lock")).map_err(|error| ReceiverTrouble::Lock(error.into()))?;
        // Beside the lock, because a locked file cannot be read everywhere.
        let address = data_dir.join("receiver.address");
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, address }),
            Err(TryLockError::WouldBlock) => {
                let address = std::fs::read_to_string(address).unwrap_or_default();
                Err(ReceiverError::Elsewhere { address: address.trim().to_owned() })
            }
            Err(TryLockError::Error(error)) => Err(ReceiverTrouble::Lock(error.into()).into()),
        }
    }

    /// For others to read; of no consequence where it cannot be written.
    pub fn write_address(&self, address: &str) {
        if let Err(error) = std::fs::write(&self.address, address) {
            tracing::warn!(%error, "the receiver's address cannot be written down");
        }
    }
}
