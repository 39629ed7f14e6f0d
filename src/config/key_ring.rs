//! The access keys: from the environment, else from the sealed file. What another process sets is seen without a restart.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{keychain, sealed_file};
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
    environment: Environment,
    cached: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    stamp: Option<(SystemTime, u64)>,
    secrets: sealed_file::Secrets,
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
    Sealed,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path} cannot be used: {reason}")]
    File { path: PathBuf, reason: std::io::Error },
    #[error("{0} is damaged; put back the copy of your backup")]
    DamagedSealKey(PathBuf),
    #[error("{sealed} was sealed with a key that is gone; put {key} back, or unlock the keychain that holds it")]
    LostSealKey { sealed: String, key: PathBuf },
    #[error("{0} is damaged or was sealed with another key; remove it and set the keys again")]
    DamagedSecrets(PathBuf),
    #[error("a key has 1 to {LONGEST_KEY} characters, this one has {0}")]
    Length(usize),
}

impl KeyRing {
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        let use_keychain = std::env::var(keychain::SWITCH).as_deref() != Ok("off");
        Self::open_with(dir, use_keychain, Arc::new(|name| std::env::var(name).ok()))
    }

    pub fn open_with(dir: &Path, use_keychain: bool, environment: Environment) -> Result<Self, KeyError> {
        let seal_key = sealed_file::seal_key(dir, use_keychain)?;
        let cached = Cached { stamp: sealed_file::stamp(dir), secrets: sealed_file::read(dir, &seal_key)? };
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), seal_key, environment, cached: Mutex::new(cached) }) })
    }

    /// Seals what the store keeps.
    pub fn seal_key(&self) -> SealKey {
        self.inner.seal_key.clone()
    }

    /// The endpoint's own key, else the one for all.
    pub fn key(&self, endpoint: &str, class: KeyClass) -> Option<Secret> {
        self.secret(&name(class, Some(endpoint))).or_else(|| self.common_key(class))
    }

    /// Sets the key, for one endpoint or for all. Surrounding white space is not part of a key.
    pub fn set(&self, endpoint: Option<&str>, class: KeyClass, key: Secret) -> Result<(), KeyError> {
        let key = Secret::new(key.expose().trim());
        let length = key.expose().chars().count();
        if !(1..=LONGEST_KEY).contains(&length) {
            return Err(KeyError::Length(length));
        }
        self.change(|secrets| {
            secrets.insert(name(class, endpoint), key);
        })
    }

    pub fn remove(&self, endpoint: Option<&str>, class: KeyClass) -> Result<(), KeyError> {
        self.change(|secrets| {
            secrets.remove(&name(class, endpoint));
        })
    }

    pub fn list(&self) -> Vec<KeyInfo> {
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
                keys.push(KeyInfo { class, endpoint, origin: KeyOrigin::Sealed });
            }
        }
        keys
    }

    /// The secret that an endpoint's webhook requests are signed with; made on first use.
    pub fn webhook_secret(&self, endpoint: &str) -> Result<Secret, KeyError> {
        let name = format!("webhook/{endpoint}");
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
        let variable = format!("SELLERDESK_KEY_{}", class.name().to_uppercase());
        (self.inner.environment)(&variable)
            .map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty())
            .map(Secret::new)
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.read(|secrets| secrets.get(name).cloned())
    }

    fn read<T>(&self, look: impl FnOnce(&sealed_file::Secrets) -> T) -> T {
        let mut cached = self.inner.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = sealed_file::stamp(&self.inner.dir);
        if cached.stamp != stamp {
            match sealed_file::read(&self.inner.dir, &self.inner.seal_key) {
                Ok(secrets) => *cached = Cached { stamp, secrets },
                Err(error) => tracing::error!(%error, "the keys that were read last go on to hold"),
            }
        }
        look(&cached.secrets)
    }

    fn change(&self, change: impl FnOnce(&mut sealed_file::Secrets)) -> Result<(), KeyError> {
        let mut cached = self.inner.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = sealed_file::read(&self.inner.dir, &self.inner.seal_key)?;
        change(&mut secrets);
        sealed_file::write(&self.inner.dir, &self.inner.seal_key, &secrets)?;
        *cached = Cached { stamp: sealed_file::stamp(&self.inner.dir), secrets };
        Ok(())
    }
}

fn name(class: KeyClass, endpoint: Option<&str>) -> String {
    endpoint.map_or_else(|| format!("key/{class}"), |endpoint| format!("key/{class}/{endpoint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(dir: &Path) -> KeyRing {
        KeyRing::open_with(dir, false, Arc::new(|_| None)).unwrap()
    }

    fn key() -> Secret {
        Secret::new("demo-key-for-tests-0001")
    }

    #[test]
    fn a_key_is_sealed_at_rest_and_seen_by_another_process() {
        let dir = tempfile::tempdir().unwrap();
        let (here, there) = (ring(dir.path()), ring(dir.path()));
        here.set(None, KeyClass::Base, Secret::new("demo-key-for-tests-0001\n")).unwrap();
        assert_eq!(there.key("main", KeyClass::Base), Some(key()));
        assert_eq!(there.key("main", KeyClass::General), None);
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let path = file.unwrap().path();
            assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("demo-key"), "{path:?}");
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o600);
        }
        there.remove(None, KeyClass::Base).unwrap();
        assert_eq!(here.key("main", KeyClass::Base), None);
    }

    #[test]
    fn an_endpoints_own_key_comes_before_the_environment_and_that_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let environment: Environment = Arc::new(|name| (name == "SELLERDESK_KEY_BASE").then(|| "env".to_owned()));
        let keys = KeyRing::open_with(dir.path(), false, environment).unwrap();
        keys.set(None, KeyClass::Base, key()).unwrap();
        assert_eq!(keys.key("main", KeyClass::Base), Some(Secret::new("env")));
        keys.set(Some("main"), KeyClass::Base, Secret::new("own")).unwrap();
        assert_eq!(keys.key("main", KeyClass::Base), Some(Secret::new("own")));
        let origins: Vec<KeyOrigin> = keys.list().into_iter().map(|key| key.origin).collect();
        assert_eq!(origins, [KeyOrigin::Environment, KeyOrigin::Sealed, KeyOrigin::Sealed]);
    }

    #[test]
    fn a_lost_seal_key_is_told_and_not_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        ring(dir.path()).set(None, KeyClass::Base, key()).unwrap();
        std::fs::remove_file(dir.path().join("seal.key")).unwrap();
        let error = KeyRing::open_with(dir.path(), false, Arc::new(|_| None)).err().unwrap().to_string();
        assert!(error.contains("sealed with a key that is gone"), "{error}");
    }

    #[test]
    fn a_webhook_secret_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let secret = ring(dir.path()).webhook_secret("main").unwrap();
        assert_eq!(ring(dir.path()).webhook_secret("main").unwrap(), secret);
        assert!(secret.expose().starts_with("whsec_"));
    }

    #[test]
    fn an_empty_key_is_no_key() {
        let dir = tempfile::tempdir().unwrap();
        assert!(ring(dir.path()).set(None, KeyClass::Base, Secret::new(" \n")).is_err());
    }
}
