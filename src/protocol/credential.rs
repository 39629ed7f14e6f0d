//! The encrypted values of the access guide V1.0: incoming `mobilePhone` and `email`, outgoing `appInfo.userName` and
//! `appInfo.password` (KooGallery pages en-us_topic_0070649063 and en-us_topic_0077976262). Names no random source: whoever
//! encrypts brings a fresh IV.
//!
//! ```text
//! value = IV + base64(AES-CBC-PKCS5(aesKey(Key), IV, plaintext))
//! ```
//!
//! The AES key is what Java's `KeyGenerator` makes of a `SHA1PRNG` seeded with the Key, not the Key itself.

use std::{fmt, str::FromStr};

use aes::{Aes128, Aes256};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, InvalidLength, KeyIvInit as _, block_padding::Pkcs7},
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::protocol::Secret;

/// Longest value that KooGallery takes, in characters, IV included.
pub const MAX_VALUE_CHARS: usize = 128;
/// Longest text whose value is within [`MAX_VALUE_CHARS`]: 112 characters of base64 hold five blocks, one byte is padding.
pub const MAX_PLAINTEXT_BYTES: usize = 79;

const IV_LEN: usize = 16;
const SHA1_LEN: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("encryptType is 1 (AES-256) or 2 (AES-128), not `{0}`")]
    UnknownEncryptType(String),
    #[error("an IV is 16 letters and digits")]
    MalformedIv,
    #[error("the text has {0} bytes; at most {MAX_PLAINTEXT_BYTES} fit into an encrypted value")]
    TooLong(usize),
    #[error("the value is no IV of 16 ASCII characters with base64 behind it")]
    Malformed,
    /// An unescaped `+` of a query is read as a blank, and base64 has no blanks.
    #[error("the value holds a blank: its `+` was not written as %2B")]
    LostPlus,
    #[error("the value does not decrypt with this Key and encryptType")]
    Undecryptable,
}

/// The algorithm. An answer names it in `encryptType`; for incoming values it is the product's setting 敏感信息加密算法.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum EncryptType {
    /// `1`, AES256_CBC_PKCS5Padding.
    #[default]
    Aes256,
    /// `2`, AES128_CBC_PKCS5Padding.
    Aes128,
}

impl EncryptType {
    /// As `encryptType` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "1",
            Self::Aes128 => "2",
        }
    }

    /// Length of the AES key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes256 => 32,
            Self::Aes128 => 16,
        }
    }
}

impl FromStr for EncryptType {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1" => Ok(Self::Aes256),
            "2" => Ok(Self::Aes128),
            other => Err(CredentialError::UnknownEncryptType(other.chars().take(16).collect())),
        }
    }
}

impl TryFrom<u8> for EncryptType {
    type Error = CredentialError;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        number.to_string().parse()
    }
}

impl From<EncryptType> for u8 {
    fn from(kind: EncryptType) -> Self {
        match kind {
            EncryptType::Aes256 => 1,
            EncryptType::Aes128 => 2,
        }
    }
}

impl fmt::Display for EncryptType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An initialisation vector: 16 letters and digits, used as ASCII bytes and sent in clear. Must be random and new for
/// every value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iv([u8; IV_LEN]);

impl Iv {
    pub fn new(text: &str) -> Result<Self, CredentialError> {
        match <[u8; IV_LEN]>::try_from(text.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_alphanumeric) => Ok(Self(bytes)),
            _ => Err(CredentialError::MalformedIv),
        }
    }

    /// An IV out of 16 bytes of a random source; each is mapped onto a letter or digit.
    pub fn from_random(bytes: [u8; IV_LEN]) -> Self {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Self(bytes.map(|byte| ALPHABET[usize::from(byte) % ALPHABET.len()]))
    }
}

/// Encrypts a text of at most [`MAX_PLAINTEXT_BYTES`] bytes in UTF-8.
pub fn encrypt(key: &Secret, kind: EncryptType, iv: &Iv, plaintext: &str) -> Result<String, CredentialError> {
    let plain = plaintext.as_bytes();
    if plain.len() > MAX_PLAINTEXT_BYTES {
        return Err(CredentialError::TooLong(plain.len()));
    }
    let aes_key = aes_key(key, kind);
    let sealed = match kind {
        EncryptType::Aes256 => Encryptor::<Aes256>::new_from_slices(&aes_key, &iv.0)
            .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(plain)),
        EncryptType::Aes128 => Encryptor::<Aes128>::new_from_slices(&aes_key, &iv.0)
            .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(plain)),
    };
    // The lengths are right by construction; should that ever break, no value is better than a wrong one.
    let sealed = sealed.map_err(|InvalidLength| CredentialError::MalformedIv)?;
    let mut value: String = iv.0.iter().copied().map(char::from).collect();
    STANDARD.encode_string(sealed, &mut value);
    Ok(value)
}

/// Decrypts a value that is URL-decoded already. Any length is taken: only what is sent to KooGallery is limited.
pub fn decrypt(key: &Secret, kind: EncryptType, value: &str) -> Result<Secret, CredentialError> {
    let (iv, text) = value.split_at_checked(IV_LEN).ok_or(CredentialError::Malformed)?;
    if !iv.is_ascii() || text.is_empty() {
        return Err(CredentialError::Malformed);
    }
    if text.contains(' ') {
        return Err(CredentialError::LostPlus);
    }
    let sealed = STANDARD.decode(text).map_err(|_| CredentialError::Malformed)?;
    let aes_key = aes_key(key, kind);
    let plain = match kind {
        EncryptType::Aes256 => Decryptor::<Aes256>::new_from_slices(&aes_key, iv.as_bytes())
            .map(|cipher| cipher.decrypt_padded_vec::<Pkcs7>(&sealed)),
        EncryptType::Aes128 => Decryptor::<Aes128>::new_from_slices(&aes_key, iv.as_bytes())
            .map(|cipher| cipher.decrypt_padded_vec::<Pkcs7>(&sealed)),
    };
    let plain =
        plain.map_err(|InvalidLength| CredentialError::Malformed)?.map_err(|_| CredentialError::Undecryptable)?;
    // Wrong padding and wrong text are told apart to nobody: both mean the wrong key.
    String::from_utf8(plain).map(Secret::new).map_err(|wrong| {
        wrong.into_bytes().zeroize();
        CredentialError::Undecryptable
    })
}

/// The AES key: the first bytes that the `SHA1PRNG` of Java's SUN provider emits when seeded with the Key in UTF-8.
pub fn aes_key(key: &Secret, kind: EncryptType) -> Zeroizing<Vec<u8>> {
    let mut state = Zeroizing::new(sha1(key.expose().as_bytes()));
    let mut emitted = Zeroizing::new(Vec::with_capacity(2 * SHA1_LEN));
    while emitted.len() < kind.key_len() {
        let output = Zeroizing::new(sha1(&*state));
        emitted.extend_from_slice(&*output);
        advance(&mut state, &output);
    }
    emitted.truncate(kind.key_len());
    emitted
}

/// Adds `output` and one to `state`, byte by byte from the left. Java's bytes are signed and its shift keeps the sign, so
/// the carry may be -1: no plain addition gives the bytes from the 21st on.
fn advance(state: &mut [u8; SHA1_LEN], output: &[u8; SHA1_LEN]) {
    let mut carry: i16 = 1;
    let mut changed = false;
    for (byte, add) in state.iter_mut().zip(output) {
        let sum = i16::from(byte.cast_signed()) + i16::from(add.cast_signed()) + carry;
        let next = sum.to_le_bytes()[0];
        changed |= *byte != next;
        *byte = next;
        carry = sum >> 8;
    }
    if !changed {
        state[0] = state[0].wrapping_add(1);
    }
}

fn sha1(data: &[u8]) -> [u8; SHA1_LEN] {
    let mut out = [0; SHA1_LEN];
    for (byte, digested) in out.iter_mut().zip(digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref()) {
        *byte = *digested;
    }
    out
}
