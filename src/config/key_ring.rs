//! The access keys: from the environment, else from the sealed file. What another process sets is seen without a restart.

mod access_key;
mod ended;
mod names;
mod rsa_key;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use self::names::{ended_name, key_name, old_name, rsa_name, webhook_name};
pub use self::{
    access_key::{AccessKeyInfo, AccessKeyPair},
    rsa_key::RsaKeyInfo,
};
use super::{
    files,
    keychain::{self, Keychain},
    seal_key::{self, Keeper},
    sealed_file::{self, Secrets, Stamp},
};
use crate::{
    protocol::{KeyClass, Secret, UnixMillis, oaep::PemError},
    sealing::{SealError, SealKey},
};

pub const LONGEST_KEY: usize = 256;

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
    /// Since when the key that was set before is an old one; `None` where none is valid beside this one.
    pub old_since: Option<UnixMillis>,
    /// How many that are valid no more are kept, to explain refused calls with.
    pub ended: usize,
}

/// A key that calls may be signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidKey {
    pub key: Secret,
    /// `None`: the current one.
    pub old_since: Option<UnixMillis>,
}

impl ValidKey {
    const fn current(key: Secret) -> Self {
        Self { key, old_since: None }
    }

    pub const fn is_old(&self) -> bool {
        self.old_since.is_some()
    }
}

/// What becomes of a key that is old already when the current one becomes old too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderKey {
    /// It stays valid, and nothing is changed.
    Refuse,
    /// It ends.
    End,
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
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("a key has 1 to {LONGEST_KEY} characters, this one has {0}")]
    Length(usize),
    #[error("a key has no blank at its ends and no line breaks or other control characters; copy it again")]
    Blanks,
    #[error("no key of the class {0} is set there")]
    NotSet(KeyClass),
    #[error("the key of the class {class} comes from the environment; unset {variable} there")]
    OfEnvironment { class: KeyClass, variable: String },
    #[error(
        "an old key of the class {class} is still valid since {since}, and there can be one only; end it before another becomes old"
    )]
    OldStillValid { class: KeyClass, since: UnixMillis },
    #[error("no old key of the class {0} is valid there")]
    NoOldKey(KeyClass),
    #[error(transparent)]
    Pem(#[from] PemError),
    #[error("a private key has at most {} KiB", rsa_key::LONGEST_PEM / 1024)]
    PemLength,
    #[error("AK and SK are not set there")]
    AccessKeyNotSet,
    #[error("AK and SK come from the environment; unset SELLERDESK_AK and SELLERDESK_SK there")]
    AccessKeyOfEnvironment,
    #[error("an AK is printable ASCII without blank and comma; copy it again from 我的凭证 > 管理访问密钥")]
    NoAccessKey,
    #[error("a security token has 1 to 8192 characters")]
    TokenLength,
    #[error("no RSA private key is set there")]
    NoRsaKey,
    #[error("the RSA private key comes from the environment; unset {} there", rsa_key::VARIABLE)]
    RsaOfEnvironment,
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

    /// Whether the sealed keys that lie in another directory can be opened with this one's seal key.
    pub fn opens(&self, dir: &Path) -> Result<(), KeyError> {
        sealed_file::read(dir, &self.inner.seal_key).map(drop)
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

    /// The endpoint's own key, else the one for all; the current one.
    pub fn key(&self, endpoint: &str, class: KeyClass) -> Option<Secret> {
        self.keys(endpoint, class).into_iter().next().map(|valid| valid.key)
    }

    /// Every key that a call to the endpoint may be signed with, newest first: its own, else the one for all, and the old
    /// one beside it. The environment has no old one.
    pub fn keys(&self, endpoint: &str, class: KeyClass) -> Vec<ValidKey> {
        let own = self.read(|secrets| valid_keys(secrets, class, Some(endpoint)));
        if !own.is_empty() {
            return own;
        }
        match self.of_environment(class) {
            Some(key) => vec![ValidKey::current(key)],
            None => self.read(|secrets| valid_keys(secrets, class, None)),
        }
    }

    /// Sets the key, for one endpoint or for all, in place of the one that is set. An old one stays valid beside it, so that
    /// a key that was mistyped can be put right. One line break at the end is not part of a key.
    pub fn set(&self, endpoint: Option<&str>, class: KeyClass, key: Secret) -> Result<(), KeyError> {
        let key = checked(&key)?;
        self.change(|secrets| {
            let before = put_current(secrets, class, endpoint, key);
            ended::remember(secrets, class, endpoint, before);
        })
    }

    /// Sets the key; the one that was set there stays valid beside it until [`end_old`](Self::end_old). `now` is since when it
    /// is old. Where none was set, nothing is old.
    pub fn rotate(
        &self,
        endpoint: Option<&str>,
        class: KeyClass,
        key: Secret,
        now: UnixMillis,
        older: OlderKey,
    ) -> Result<(), KeyError> {
        let key = checked(&key)?;
        let mut refused = None;
        self.change(|secrets| {
            let old = valid_keys(secrets, class, endpoint).into_iter().find(ValidKey::is_old);
            match old {
                // The two change places.
                Some(old) if old.key == key => {}
                Some(ValidKey { old_since: Some(since), .. }) if older == OlderKey::Refuse => {
                    refused = Some(KeyError::OldStillValid { class, since });
                    return;
                }
                _ => {}
            }
            if let Some(before) = put_current(secrets, class, endpoint, key.clone())
                && before != key
            {
                let ended = secrets.insert(old_name(class, endpoint), names::old_key(now, &before));
                ended::remember(
                    secrets,
                    class,
                    endpoint,
                    ended.as_ref().and_then(names::read_old_key).map(|(_, key)| key),
                );
            }
        })?;
        refused.map_or(Ok(()), Err)
    }

    /// Calls that are signed with the old key are refused from now on.
    pub fn end_old(&self, endpoint: Option<&str>, class: KeyClass) -> Result<(), KeyError> {
        let mut found = false;
        self.change(|secrets| {
            let ended = secrets.remove(&old_name(class, endpoint));
            found = ended.is_some();
            ended::remember(secrets, class, endpoint, ended.as_ref().and_then(names::read_old_key).map(|(_, key)| key));
        })?;
        if found { Ok(()) } else { Err(KeyError::NoOldKey(class)) }
    }

    /// Removes the key, and with it the old one and those that ended.
    pub fn remove(&self, endpoint: Option<&str>, class: KeyClass) -> Result<(), KeyError> {
        let mut found = false;
        self.change(|secrets| {
            found = secrets.remove(&key_name(class, endpoint)).is_some();
            secrets.remove(&old_name(class, endpoint));
            secrets.remove(&ended_name(class, endpoint));
        })?;
        if found {
            return Ok(());
        }
        if endpoint.is_none() && self.of_environment(class).is_some() {
            return Err(KeyError::OfEnvironment { class, variable: variable(class) });
        }
        Err(KeyError::NotSet(class))
    }

    /// Takes an endpoint's secrets along when it gets another name. What an earlier endpoint of the new name left goes, or
    /// its keys would open the renamed one.
    pub fn rename_endpoint(&self, old: &str, new: &str) -> Result<(), KeyError> {
        if old == new {
            return Ok(());
        }
        self.change(|secrets| {
            for (old, new) in names::of_endpoint(old).into_iter().zip(names::of_endpoint(new)) {
                match secrets.remove(&old) {
                    Some(secret) => drop(secrets.insert(new, secret)),
                    None => drop(secrets.remove(&new)),
                }
            }
        })
    }

    /// Forgets the secrets of an endpoint that is removed; another that gets its name later must not inherit them.
    pub fn remove_endpoint(&self, endpoint: &str) -> Result<(), KeyError> {
        self.change(|secrets| {
            for name in names::of_endpoint(endpoint) {
                secrets.remove(&name);
            }
        })
    }

    pub fn list(&self) -> Vec<KeyInfo> {
        let mut keys = Vec::new();
        for class in KeyClass::ALL {
            if self.of_environment(class).is_some() {
                let origin = KeyOrigin::Environment;
                keys.push(KeyInfo { class, endpoint: None, origin, old_since: None, ended: 0 });
            }
        }
        let origin = self.origin_of_file();
        self.read(|secrets| {
            for full in secrets.keys() {
                let Some((class, endpoint)) = names::class_and_endpoint(full) else { continue };
                let old = valid_keys(secrets, class, endpoint).into_iter().find_map(|valid| valid.old_since);
                let ended = ended::of_place(secrets, class, endpoint).len();
                keys.push(KeyInfo { class, endpoint: endpoint.map(str::to_owned), origin, old_since: old, ended });
            }
        });
        keys
    }

    /// Every key that is valid anywhere, with where it is set: to find out with which one a call was signed.
    pub fn every_valid(&self) -> Vec<(KeyInfo, ValidKey)> {
        let valid = |info: &KeyInfo| match info.origin {
            KeyOrigin::Environment => self.of_environment(info.class).map(ValidKey::current).into_iter().collect(),
            KeyOrigin::Keychain | KeyOrigin::File => {
                self.read(|secrets| valid_keys(secrets, info.class, info.endpoint.as_deref()))
            }
        };
        let infos = self.list().into_iter();
        infos.flat_map(|info| valid(&info).into_iter().map(move |valid| (info.clone(), valid))).collect()
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

    fn origin_of_file(&self) -> KeyOrigin {
        match self.inner.keeper {
            Keeper::Keychain => KeyOrigin::Keychain,
            Keeper::File => KeyOrigin::File,
        }
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

/// The current key and the old one of one place.
fn valid_keys(secrets: &Secrets, class: KeyClass, endpoint: Option<&str>) -> Vec<ValidKey> {
    let Some(current) = secrets.get(&key_name(class, endpoint)) else { return Vec::new() };
    let old = secrets.get(&old_name(class, endpoint)).and_then(names::read_old_key);
    let old = old.map(|(since, key)| ValidKey { key, old_since: Some(since) });
    [ValidKey::current(current.clone())].into_iter().chain(old).collect()
}

/// Answers the key that was there. An old key that is current again is not old any more.
fn put_current(secrets: &mut Secrets, class: KeyClass, endpoint: Option<&str>, key: Secret) -> Option<Secret> {
    let old = old_name(class, endpoint);
    if secrets.get(&old).and_then(names::read_old_key).is_some_and(|(_, old)| old == key) {
        secrets.remove(&old);
    }
    secrets.insert(key_name(class, endpoint), key)
}

fn checked(key: &Secret) -> Result<Secret, KeyError> {
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
    Ok(Secret::new(text))
}

fn variable(class: KeyClass) -> String {
    format!("SELLERDESK_KEY_{}", class.name().to_uppercase())
}

#[cfg(test)]
mod tests;
