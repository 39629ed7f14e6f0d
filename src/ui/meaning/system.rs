//! What the operating system, the store, the settings and the keys answer when they cannot do something, in words. What
//! only a foreign library can say stands behind a sentence, as a detail.

use std::io::{self, ErrorKind};

use crate::{
    config::{ConfigError, KeyError, LONGEST_KEY},
    desk::{ReceiverTrouble, StoreError, SystemReason, WorkdaysError},
    protocol::oaep::PemError,
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn system(&self, error: &io::Error) -> String {
        self.system_kind(error.kind(), &error.to_string())
    }

    /// `said`: the words of the system, where the kind has none here.
    fn system_kind(&self, kind: ErrorKind, said: &str) -> String {
        match kind {
            ErrorKind::NotFound => text!(self, "system-not-found"),
            ErrorKind::PermissionDenied => text!(self, "system-not-allowed"),
            ErrorKind::AlreadyExists => text!(self, "system-exists"),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => text!(self, "system-disk-full"),
            ErrorKind::ReadOnlyFilesystem => text!(self, "system-read-only"),
            ErrorKind::IsADirectory => text!(self, "system-is-folder"),
            ErrorKind::NotADirectory => text!(self, "system-no-folder"),
            ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => text!(self, "system-busy"),
            ErrorKind::AddrInUse => text!(self, "system-address-taken"),
            ErrorKind::AddrNotAvailable => text!(self, "system-address-not-here"),
            _ => text!(self, "system-other", text = said),
        }
    }

    pub(in crate::ui) fn system_reason(&self, reason: &SystemReason) -> String {
        self.system_kind(reason.kind, &reason.said)
    }

    pub(in crate::ui) fn receiver_trouble(&self, trouble: &ReceiverTrouble) -> String {
        match trouble {
            ReceiverTrouble::Bind { address, reason } => {
                text!(self, "receiver-cannot-bind", address = address.to_string(), reason = self.system_reason(reason))
            }
            ReceiverTrouble::Lock(reason) => text!(self, "receiver-cannot-lock", reason = self.system_reason(reason)),
            ReceiverTrouble::Tls(reason) => text!(self, "receiver-bad-tls", reason = self.system_reason(reason)),
            ReceiverTrouble::Threads(reason) => {
                text!(self, "receiver-no-threads", reason = self.system_reason(reason))
            }
            ReceiverTrouble::Ended(reason) => text!(self, "receiver-ended", reason = self.system_reason(reason)),
        }
    }

    pub(in crate::ui) fn store_error(&self, error: &StoreError) -> String {
        match error {
            StoreError::Open { path, reason } => {
                text!(self, "store-open", path = path.display().to_string(), reason = reason.as_str())
            }
            StoreError::TooNew { path, .. } => text!(self, "store-too-new", path = path.display().to_string()),
            StoreError::Migration { path, reason, backup, .. } => text!(
                self,
                "store-migration",
                path = path.display().to_string(),
                reason = reason.as_str(),
                backup = backup.display().to_string()
            ),
            StoreError::Newer(what) => text!(self, "store-newer", what = what.as_str()),
            StoreError::DiskFull => text!(self, "store-disk-full"),
            StoreError::Busy => text!(self, "store-busy"),
            StoreError::Closed => text!(self, "store-closed"),
            StoreError::Cancelled => text!(self, "store-cancelled"),
            StoreError::NoSuchMessage(id) => text!(self, "store-no-message", id = id.to_string()),
            StoreError::Panicked => text!(self, "store-panicked"),
            StoreError::Unseal => text!(self, "store-unseal"),
            StoreError::Seal(_) => text!(self, "store-seal"),
            StoreError::Sqlite(reason) => text!(self, "store-sqlite", reason = reason.as_str()),
        }
    }

    pub(in crate::ui) fn config_error(&self, error: &ConfigError) -> String {
        match error {
            ConfigError::Read { path, reason } => {
                text!(self, "config-unreadable", path = path.display().to_string(), reason = self.system(reason))
            }
            ConfigError::Write { path, reason } => {
                text!(self, "config-unwritable", path = path.display().to_string(), reason = self.system(reason))
            }
            ConfigError::Line { line, message } => {
                text!(self, "config-line", line = line.to_string(), reason = message.as_str())
            }
            ConfigError::Invalid(message) => text!(self, "config-invalid", reason = message.as_str()),
        }
    }

    pub(in crate::ui) fn key_error(&self, error: &KeyError) -> String {
        match error {
            KeyError::File { path, reason } => {
                text!(self, "key-file", path = path.display().to_string(), reason = self.system(reason))
            }
            KeyError::DamagedSealKey(path) => text!(self, "key-damaged-seal", path = path.display().to_string()),
            KeyError::LostSealKey { sealed, key } => {
                let (sealed, path) = (sealed.display().to_string(), key.display().to_string());
                text!(self, "key-lost-seal", sealed = sealed, path = path)
            }
            KeyError::DamagedSecrets(path) => text!(self, "key-damaged-secrets", path = path.display().to_string()),
            KeyError::Seal(_) => text!(self, "store-seal"),
            KeyError::Length(length) => {
                text!(self, "key-length", max = LONGEST_KEY.to_string(), length = length.to_string())
            }
            KeyError::Blanks => text!(self, "key-blanks"),
            KeyError::NotSet(class) => text!(self, "key-not-set", class = self.key_class(*class)),
            KeyError::OfEnvironment { class, variable } => {
                text!(self, "key-of-environment", class = self.key_class(*class), variable = variable.as_str())
            }
            KeyError::OldStillValid { class, since } => {
                text!(self, "key-old-still-valid", class = self.key_class(*class), since = since.to_string())
            }
            KeyError::NoOldKey(class) => text!(self, "key-no-old", class = self.key_class(*class)),
            KeyError::Pem(error) => self.pem_error(error),
            KeyError::PemLength => text!(self, "pem-long"),
            KeyError::AccessKeyNotSet => text!(self, "key-access-not-set"),
            KeyError::AccessKeyOfEnvironment => text!(self, "key-access-of-environment"),
            KeyError::NoAccessKey => text!(self, "key-no-access"),
            KeyError::TokenLength => text!(self, "key-token-length"),
            KeyError::NoRsaKey => text!(self, "key-no-rsa"),
            KeyError::RsaOfEnvironment => {
                text!(self, "key-rsa-of-environment", variable = "SELLERDESK_KIT_RSA_KEY_FILE")
            }
        }
    }

    pub(in crate::ui) fn pem_error(&self, error: &PemError) -> String {
        match error {
            PemError::NotPem => text!(self, "pem-none"),
            PemError::Encrypted => text!(self, "pem-encrypted"),
            PemError::NotRsa => text!(self, "pem-no-rsa"),
            PemError::TooShort(bits) => text!(self, "pem-short", bits = bits.to_string()),
        }
    }

    pub(in crate::ui) fn workdays_error(&self, error: &WorkdaysError) -> String {
        match error {
            WorkdaysError::Unreadable { file, reason } => {
                text!(self, "file-unreadable", file = file.display().to_string(), reason = self.system(reason))
            }
            WorkdaysError::Malformed { file, malformed } => text!(
                self,
                "workdays-malformed",
                file = file.display().to_string(),
                line = malformed.line.to_string(),
                text = malformed.text.as_str()
            ),
            WorkdaysError::Empty { file } => text!(self, "workdays-empty", file = file.display().to_string()),
            WorkdaysError::Unwritable { file, reason } => {
                text!(self, "file-unwritable", file = file.display().to_string(), reason = self.system(reason))
            }
        }
    }
}
