//! Secrets in a file of their own, each sealed; and the key that seals them, from the keychain or a file for the owner's
//! eyes alone.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{key_ring::KeyError, keychain};
use crate::{
    protocol::Secret,
    sealing::{SealKey, seal, unseal},
};

const SECRETS: &str = "keys.sealed";
const SEAL_KEY: &str = "seal.key";
/// What lies sealed in a data directory: without their key these are lost.
const SEALED_WITH_IT: [&str; 2] = [SECRETS, "sellerdesk.db"];

/// The directory's seal key. Made on the first start; never made anew while something is sealed with the old one.
pub(super) fn seal_key(dir: &Path, use_keychain: bool) -> Result<SealKey, KeyError> {
    let path = dir.join(SEAL_KEY);
    let name = dir.canonicalize().unwrap_or_else(|_| dir.to_owned()).display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => {
            let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError::DamagedSealKey(path.clone()))?;
            return to_key(&bytes).ok_or(KeyError::DamagedSealKey(path));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(reason) => return Err(KeyError::File { path, reason }),
    }
    if use_keychain
        && let Some(bytes) = keychain::get(&name)
        && let Some(key) = to_key(&bytes)
    {
        return Ok(key);
    }
    if let Some(sealed) = SEALED_WITH_IT.iter().find(|file| dir.join(file).exists()) {
        return Err(KeyError::LostSealKey { sealed: (*sealed).to_owned(), key: path });
    }
    let key = SealKey(rand::random());
    if !(use_keychain && keychain::set(&name, &key.0)) {
        write_private(dir, SEAL_KEY, STANDARD.encode(key.0).as_bytes())
            .map_err(|reason| KeyError::File { path, reason })?;
    }
    Ok(key)
}

fn to_key(bytes: &[u8]) -> Option<SealKey> {
    bytes.try_into().ok().map(SealKey)
}

pub(super) type Secrets = BTreeMap<String, Secret>;

pub(super) fn read(dir: &Path, key: &SealKey) -> Result<Secrets, KeyError> {
    let path = dir.join(SECRETS);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Secrets::new()),
        Err(reason) => return Err(KeyError::File { path, reason }),
    };
    let sealed: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|_| KeyError::DamagedSecrets(path.clone()))?;
    let open = |(name, sealed): (String, String)| {
        let bytes = STANDARD.decode(sealed).ok()?;
        let plain = unseal(key, name.as_bytes(), &bytes).ok()?;
        Some((name, Secret::new(String::from_utf8(plain).ok()?)))
    };
    sealed.into_iter().map(open).collect::<Option<Secrets>>().ok_or(KeyError::DamagedSecrets(path))
}

pub(super) fn write(dir: &Path, key: &SealKey, secrets: &Secrets) -> Result<(), KeyError> {
    let sealed: BTreeMap<&str, String> = secrets
        .iter()
        .map(|(name, secret)| {
            let bytes = seal(key, rand::random(), name.as_bytes(), secret.expose().as_bytes());
            (name.as_str(), STANDARD.encode(bytes))
        })
        .collect();
    let path = dir.join(SECRETS);
    serde_json::to_vec_pretty(&sealed)
        .map_err(std::io::Error::other)
        .and_then(|text| write_private(dir, SECRETS, &text))
        .map_err(|reason| KeyError::File { path, reason })
}

/// What tells a change of the file.
pub(super) fn stamp(dir: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = fs::metadata(dir.join(SECRETS)).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Replaces the file at once or not at all; readable for its owner alone.
fn write_private(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    // A temporary file is made 0600 and keeps that when it takes its name.
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(name))?;
    Ok(())
}
