//! Why what somebody asked for came to nothing: the error of the room that refused, as data. There is no place in it for a
//! sentence; the window finds one in the operator's language.

use std::{fmt, io, sync::Arc};

use super::{
    DeskError, StoreError, debugging::DebugRefused, export::ExportError, import::ImportError, registers::RegisterError,
    reply_templates::TemplateError,
};
use crate::{domain::usage::NotPossible, protocol::open_api::bench::BenchError};

#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Desk(Arc<DeskError>),
    #[error("{0}")]
    Import(Arc<ImportError>),
    #[error("{0}")]
    Export(Arc<ExportError>),
    #[error("{0}")]
    Register(Arc<RegisterError>),
    #[error("{0}")]
    Template(Arc<TemplateError>),
    #[error("{0}")]
    Debugging(Arc<DebugRefused>),
    #[error("{0}")]
    Bench(BenchError),
    #[error("{metering_sn}: {reason}")]
    Usage { metering_sn: String, reason: NotPossible },
    #[error("no clientSecret of the application `{app_id}` is kept")]
    NoClientSecret { app_id: String },
}

/// Causes of the system cannot be compared; two refusals that say the same are the same.
impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        DeskError::from(error).into()
    }
}

impl From<DeskError> for Refusal {
    fn from(error: DeskError) -> Self {
        Self::Desk(Arc::new(error))
    }
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        Self::Import(Arc::new(error))
    }
}

impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        Self::Export(Arc::new(error))
    }
}

impl From<RegisterError> for Refusal {
    fn from(error: RegisterError) -> Self {
        Self::Register(Arc::new(error))
    }
}

impl From<TemplateError> for Refusal {
    fn from(error: TemplateError) -> Self {
        Self::Template(Arc::new(error))
    }
}

impl From<DebugRefused> for Refusal {
    fn from(refused: DebugRefused) -> Self {
        Self::Debugging(Arc::new(refused))
    }
}

impl From<BenchError> for Refusal {
    fn from(error: BenchError) -> Self {
        Self::Bench(error)
    }
}

/// What the operating system answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemReason {
    pub kind: io::ErrorKind,
    pub said: String,
}

impl From<io::Error> for SystemReason {
    fn from(error: io::Error) -> Self {
        Self { kind: error.kind(), said: error.to_string() }
    }
}

impl fmt::Display for SystemReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}
