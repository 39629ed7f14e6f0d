//! The access keys: from the environment, else from the sealed file. What another process sets is seen without a restart.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    files,
    keychain::{self, Keychain},
    seal_key::{self, Keeper},
    sealed_file::{self, Secrets, Stamp},
};
use crate::{
    protocol::{KeyClass, Secret},
    sealing::SealKey,
};

const LONGEST_KEY: usize = 256;

/// Reads a variable of the environment.
type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A handle; clones share it.
#[derive(Clone)]
pub struct KeyRing {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    seal_key: SealKey,
    keeper: Keeper,
    environment: Environment,
    cached: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    stamp: Option<Stamp>,
    secrets: Secrets,
}

/// One key that is set. Never the key itself, nor anything made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    pub class: KeyClass,
    /// `None`: for every endpoint that has none of its own.
    pub endpoint: Option<String>,
    pub origin: KeyOrigin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    Environment,
    /// In the sealed file, whose own key the keychain holds.
    Keychain,
    /// In the sealed file, whose own key lies in a file beside it.
    File,
}

impl KeyOrigin {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path} cannot be used: {reason}")]
    File { path: PathBuf, reason: std::io::Error },
    #[error("{0} is damaged; put it back from your backup, what is sealed can be read with it alone")]
    DamagedSealKey(PathBuf),
    #[error(
        "{sealed} was sealed with a key that is gone; put {key} back from your backup, or unlock the keychain that holds it"
    )]
    LostSealKey { sealed: PathBuf, key: PathBuf },
    #[error(
        "{0} is damaged or was sealed with another key; put it back from your backup, or remove it and set the keys again"
    )]
    DamagedSecrets(PathBuf),
    #[error("a key has 1 to {LONGEST_KEY} characters, this one has {0}")]
    Length(usize),
    #[error("a key has no blank at its ends and no line breaks or other control characters; copy it again")]
    Blanks,
    #[error("no key of the class {0} is set there")]
    NotSet(KeyClass),
    #[error("the key of the class {class} comes from the environment; unset {variable} there")]
    OfEnvironment { class: KeyClass, variable: String },
}

impl KeyRing {
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        Self::open_with(dir, true, Arc::new(|name| std::env::var(name).ok()))
    }

    /// With an environment of the caller's. `SELLERDESK_KEYCHAIN=off` in it keeps away from the keychain too.
    pub fn open_with(dir: &Path, use_keychain: bool, environment: Environment) -> Result<Self, KeyError> {
        let keychain = if use_keychain { keychain::of_this_system(&*environment) } else { None };
        Self::open_on(dir, keychain.as_deref(), environment)
    }

    fn open_on(dir: &Path, keychain: Option<&dyn Keychain>, environment: Environment) -> Result<Self, KeyError> {
        let (seal_key, keeper) = seal_key::find_or_make(dir, keychain)?;
        let cached = Cached { stamp: sealed_file::stamp(dir), secrets: sealed_file::read(dir, &seal_key)? };
        let cached = Mutex::new(cached);
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), seal_key, keeper, environment, cached }) })
    }

    /// Seals what the store keeps.
    pub fn seal_key(&self) -> SealKey {
        self.inner.seal_key.clone()
    }

    /// The endpoint's own key, else the one for all.
    pub fn key(&self, endpoint: &str, class: KeyClass) -> Option<Secret> {
        self.secret(&name(class, Some(endpoint))).or_else(|| self.common_key(class))
    }

    /// Sets the key, for one endpoint or for all. One line break at the end is not part of it.
    pub fn set(&self, endpoint: Option<&str>, class: KeyClass, key: Secret) -> Result<(), KeyError> {
        let text = key.expose();
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        let length = text.chars().count();
        if !(1..=LONGEST_KEY).contains(&length) {
            return Err(KeyError::Length(length));
        }
        // Seldom seen when pasted, and every signature would be wrong.
        if text.trim().len() != text.len() || text.chars().any(char::is_control) {
            return Err(KeyError::Blanks);
        }
        let key = Secret::new(text);
        self.change(|secrets| {
            secrets.insert(name(class, endpoint), key);
        })
    }

    pub fn remove(&self, endpoint: Option<&str>, class: KeyClass) -> Result<(), KeyError> {
        let mut found = false;
        self.change(|secrets| found = secrets.remove(&name(class, endpoint)).is_some())?;
        if found {
            return Ok(());
        }
        if endpoint.is_none() && self.of_environment(class).is_some() {
            return Err(KeyError::OfEnvironment { class, variable: variable(class) });
        }
        Err(KeyError::NotSet(class))
    }

    /// Takes an endpoint's secrets along when it gets another name.
    pub fn rename_endpoint(&self, old: &str, new: &str) -> Result<(), KeyError> {
        if old == new {
            return Ok(());
        }
        self.change(|secrets| {
            let classes = KeyClass::ALL.into_iter();
            let keys = classes.map(|class| (name(class, Some(old)), name(class, Some(new))));
            for (old, new) in keys.chain([(webhook_name(old), webhook_name(new))]) {
                if let Some(secret) = secrets.remove(&old) {
                    secrets.insert(new, secret);
                }
            }
        })
    }

    pub fn list(&self) -> Vec<KeyInfo> {
        let origin = match self.inner.keeper {
            Keeper::Keychain => KeyOrigin::Keychain,
            Keeper::File => KeyOrigin::File,
        };
        let mut keys = Vec::new();
        for class in KeyClass::ALL {
            if self.of_environment(class).is_some() {
                keys.push(KeyInfo { class, endpoint: None, origin: KeyOrigin::Environment });
            }
        }
        for full in self.read(|secrets| secrets.keys().cloned().collect::<Vec<_>>()) {
            let Some(rest) = full.strip_prefix("key/") else { continue };
            let (class, endpoint) = match rest.split_once('/') {
                Some((class, endpoint)) => (class, Some(endpoint.to_owned())),
                None => (rest, None),
            };
            if let Ok(class) = class.parse() {
                keys.push(KeyInfo { class, endpoint, origin });
            }
        }
        keys
    }

    /// The secret that an endpoint's webhook requests are signed with; made on first use.
    pub fn webhook_secret(&self, endpoint: &str) -> Result<Secret, KeyError> {
        let name = webhook_name(endpoint);
        if let Some(secret) = self.secret(&name) {
            return Ok(secret);
        }
        let made = Secret::new(format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 32]>())));
        let mut kept = made.clone();
        self.change(|secrets| kept = secrets.entry(name).or_insert(made).clone())?;
        Ok(kept)
    }

    fn common_key(&self, class: KeyClass) -> Option<Secret> {
        self.of_environment(class).or_else(|| self.secret(&name(class, None)))
    }

    fn of_environment(&self, class: KeyClass) -> Option<Secret> {
        let key = Secret::new((self.inner.environment)(&variable(class))?);
        let key = key.expose().trim();
        (!key.is_empty()).then(|| Secret::new(key))
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.read(|secrets| secrets.get(name).cloned())
    }

    fn read<T>(&self, look: impl FnOnce(&Secrets) -> T) -> T {
        let mut cached = self.inner.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = sealed_file::stamp(&self.inner.dir);
        if cached.stamp != stamp {
            match sealed_file::read(&self.inner.dir, &self.inner.seal_key) {
                Ok(secrets) => cached.secrets = secrets,
                Err(error) => tracing::error!(%error, "the keys that were read last go on to hold"),
            }
            // Of a damaged file too: told once, not at every call.
            cached.stamp = stamp;
        }
        look(&cached.secrets)
    }

    fn change(&self, change: impl FnOnce(&mut Secrets)) -> Result<(), KeyError> {
        let Inner { dir, seal_key, .. } = &*self.inner;
        let _lock = files::lock(dir).map_err(|reason| KeyError::File { path: dir.clone(), reason })?;
        let before = sealed_file::read(dir, seal_key)?;
        let mut secrets = before.clone();
        change(&mut secrets);
        if secrets != before {
            sealed_file::write(dir, seal_key, &secrets)?;
        }
        let mut cached = self.inner.cached.lock().unwrap_or_else(PoisonError::into_inner);
        *cached = Cached { stamp: sealed_file::stamp(dir), secrets };
        Ok(())
    }
}

fn variable(class: KeyClass) -> String {
    format!("SELLERDESK_KEY_{}", class.name().to_uppercase())
}

fn webhook_name(endpoint: &str) -> String {
    format!("webhook/{endpoint}")
}

fn name(class: KeyClass, endpoint: Option<&str>) -> String {
    endpoint.map_or_else(|| format!("key/{class}"), |endpoint| format!("key/{class}/{endpoint}"))
}

#[cfg(test)]
mod tests;
