//! What can go wrong with the file, in sentences for the operator.

use std::path::PathBuf;

use super::codec::Newer;
use crate::sealing::{SealError, UnsealError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the database {path} cannot be opened: {reason}")]
    Open { path: PathBuf, reason: String },
    #[error(
        "the database {path} was written by a newer Sellerdesk (schema {found}, this one knows {known}); \
         start the newer one"
    )]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("the database {path} could not be brought from schema {from} to {to}: {reason}; a copy is at {backup}")]
    Migration { path: PathBuf, from: i64, to: i64, reason: String, backup: PathBuf },
    #[error("the disk is full; free some space, nothing that was acknowledged is lost")]
    DiskFull,
    #[error("another process holds the database for too long; try again")]
    Busy,
    #[error("the store is shutting down")]
    Closed,
    #[error("cancelled")]
    Cancelled,
    #[error("the store found no message {0}")]
    NoSuchMessage(i64),
    #[error("a step inside the store broke off; nothing of it was kept")]
    Panicked,
    #[error("a stored credential cannot be opened; is `seal.key` the one of this data directory?")]
    Unseal,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the database holds {0}")]
    Newer(String),
    #[error("the database answered: {0}")]
    Sqlite(String),
}

impl From<UnsealError> for StoreError {
    fn from(_: UnsealError) -> Self {
        Self::Unseal
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(_, _, reason) = &error {
            if reason.is::<UnsealError>() {
                return Self::Unseal;
            }
            if let Some(newer) = reason.downcast_ref::<Newer>() {
                return Self::Newer(newer.to_string());
            }
        }
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Cancelled,
            _ => Self::Sqlite(error.to_string()),
        }
    }
}
