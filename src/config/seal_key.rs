//! The key that seals a data directory: in the keychain, else in a file for the owner's eyes alone. Made once, and never
//! made anew while something is sealed with the old one.

use std::{fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    data_dir::{DATABASE_FILE, KEYS_FILE},
    files,
    key_ring::KeyError,
    keychain::{Answer, Keychain},
};
use crate::sealing::SealKey;

const FILE: &str = "seal.key";
/// What lies sealed in a data directory: without their key these are lost.
const SEALED_WITH_IT: [&str; 2] = [KEYS_FILE, DATABASE_FILE];

/// Where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    Keychain,
    File,
}

pub(super) fn find_or_make(dir: &Path, keychain: Option<&dyn Keychain>) -> Result<(SealKey, Keeper), KeyError> {
    // Two processes that start on an empty directory at once must not make a key each.
    let _lock = files::lock(dir).map_err(|reason| KeyError::File { path: dir.to_owned(), reason })?;
    if let Some(key) = of_file(dir)? {
        return Ok((key, Keeper::File));
    }
    let name = dir.canonicalize().unwrap_or_else(|_| dir.to_owned()).display().to_string();
    let answer = keychain.map_or(Answer::Unreachable, |keychain| keychain.get(&name));
    if let Answer::Found(key) = answer {
        return Ok((key, Keeper::Keychain));
    }
    if let Some(sealed) = SEALED_WITH_IT.iter().find(|file| dir.join(file).exists()) {
        return Err(KeyError::LostSealKey { sealed: dir.join(sealed), key: dir.join(FILE) });
    }
    let key = SealKey(rand::random());
    if let (Some(keychain), Answer::Nothing) = (keychain, answer) {
        keychain.set(&name, &key);
        // What it gives back is what counts: some take everything and keep nothing.
        if matches!(keychain.get(&name), Answer::Found(kept) if kept.0 == key.0) {
            return Ok((key, Keeper::Keychain));
        }
    }
    let path = dir.join(FILE);
    files::replace_private(&path, Zeroizing::new(STANDARD.encode(key.0)).as_bytes())
        .map_err(|reason| KeyError::File { path, reason })?;
    Ok((key, Keeper::File))
}

fn of_file(dir: &Path) -> Result<Option<SealKey>, KeyError> {
    let path = dir.join(FILE);
    let text = match fs::read(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(KeyError::File { path, reason }),
    };
    let key = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new).ok();
    let key = key.and_then(|bytes| SealKey::from_slice(&bytes));
    key.map(Some).ok_or(KeyError::DamagedSealKey(path))
}
