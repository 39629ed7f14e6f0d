//! Sealing of credentials at rest. Pure: the key and the nonce come in as arguments.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize as _;

#[derive(Clone)]
pub struct SealKey(pub [u8; 32]);

impl Drop for SealKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a sealed value cannot be opened: it was sealed with another key or is damaged")]
pub struct UnsealError;

pub fn seal(key: &SealKey, nonce: [u8; 12], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut sealed = nonce.to_vec();
    let mut body = plain.to_vec();
    if let Some(key) = aead(key)
        && key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body).is_ok()
    {
        sealed.extend_from_slice(&body);
    }
    sealed
}

pub fn unseal(key: &SealKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
    let (nonce, body) = sealed.split_at_checked(12).ok_or(UnsealError)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| UnsealError)?;
    let mut body = body.to_vec();
    let key = aead(key).ok_or(UnsealError)?;
    let plain = key.open_in_place(nonce, Aad::from(aad), &mut body).map_err(|_| UnsealError)?;
    Ok(plain.to_vec())
}

fn aead(key: &SealKey) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, &key.0).ok().map(LessSafeKey::new)
}
