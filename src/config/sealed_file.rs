//! Secrets in a file of their own, each sealed. The file names them and says nothing else about them.

use std::{collections::BTreeMap, fs, io, path::Path, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{data_dir::KEYS_FILE, files, key_ring::KeyError};
use crate::{
    protocol::Secret,
    sealing::{SealError, SealKey, seal, unseal},
};

pub(super) type Secrets = BTreeMap<String, Secret>;

pub(super) fn read(dir: &Path, key: &SealKey) -> Result<Secrets, KeyError> {
    let path = dir.join(KEYS_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Secrets::new()),
        Err(reason) => return Err(KeyError::File { path, reason }),
    };
    let sealed: BTreeMap<String, String> =
        serde_json::from_slice(&text).map_err(|_| KeyError::DamagedSecrets(path.clone()))?;
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
            let bytes = seal(key, rand::random(), name.as_bytes(), secret.expose().as_bytes())?;
            Ok((name.as_str(), STANDARD.encode(bytes)))
        })
        .collect::<Result<_, SealError>>()?;
    let path = dir.join(KEYS_FILE);
    serde_json::to_vec_pretty(&sealed)
        .map_err(io::Error::other)
        .and_then(|text| files::replace_private(&path, &text))
        .map_err(|reason| KeyError::File { path, reason })
}

/// What tells a change of the file. It is replaced by another each time, which its number tells even where two changes
/// fall into one tick of the file system's clock.
pub(super) type Stamp = (SystemTime, u64, u64);

pub(super) fn stamp(dir: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(dir.join(KEYS_FILE)).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    Some((metadata.modified().ok()?, metadata.len(), number))
}
