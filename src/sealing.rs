//! Sealing of credentials at rest. Pure: the key and the nonce come in as arguments.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize as _;

#[derive(Clone)]
pub struct SealKey(pub [u8; 32]);

impl SealKey {
    /// `None` where it has not the length of a key.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a sealed value cannot be opened: it was sealed with another key or is damaged")]
pub struct UnsealError;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret cannot be sealed; nothing was written")]
pub struct SealError;

/// The nonce goes with what is sealed and must never be used twice with one key; `aad` binds it to where it lies.
pub fn seal(key: &SealKey, nonce: [u8; 12], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let key = aead(key).ok_or(SealError)?;
    let mut body = plain.to_vec();
    let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body);
    if sealed.is_err() {
        body.zeroize();
        return Err(SealError);
    }
    Ok([nonce.as_slice(), &body].concat())
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

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: SealKey = SealKey([7; 32]);

    #[test]
    fn what_is_sealed_opens_in_its_place_with_its_key_and_undamaged() {
        let sealed = seal(&KEY, [1; 12], b"place", b"demo-password").unwrap();
        assert_eq!(unseal(&KEY, b"place", &sealed).unwrap(), b"demo-password");
        assert!(!sealed.windows(4).any(|window| window == b"demo"));
        assert!(unseal(&KEY, b"elsewhere", &sealed).is_err());
        assert!(unseal(&SealKey([8; 32]), b"place", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(unseal(&KEY, b"place", &damaged).is_err());
            assert!(unseal(&KEY, b"place", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn a_seal_key_has_32_bytes() {
        assert!(SealKey::from_slice(&[0; 32]).is_some());
        assert!(SealKey::from_slice(&[0; 31]).is_none());
    }
}
