//! `clientSecret` of the application synchronisation, encrypted with the seller's public RSA key: modulus of 3072 bits or
//! more, OAEP padding, private key in PKCS#8 without a password (KooGallery page zh-cn_topic_0070649434). Names no random
//! source; knows nothing of where the private key is kept.
//!
//! The page does not say which hash OAEP takes, so those that Java and OpenSSL take are tried in turn. Whoever calls may
//! be told that nothing fits, never more: each difference told brings an attacker closer to the plain text.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use rsa::{
    Oaep, PrivateKey, PublicKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
    rand_core::TryCryptoRng,
    traits::PublicKeyParts as _,
};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::protocol::Secret;

/// Of the modulus, in bits.
pub const SHORTEST_MODULUS: usize = 3072;

const PKCS8: &str = "PRIVATE KEY";
const SPKI: &str = "PUBLIC KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// With padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OaepError {
    #[error(transparent)]
    Key(#[from] PemError),
    #[error("the value is not base64")]
    NotBase64,
    #[error("the value cannot be decrypted with this private key")]
    DoesNotFit,
    #[error("the value cannot be encrypted with this key")]
    TooLong,
}

/// Why a text is not the private key of the kit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    #[error("that is no private key in PEM, which begins with `-----BEGIN PRIVATE KEY-----`")]
    NotPem,
    #[error(
        "the private key is encrypted; KooGallery's keys have no password: `openssl pkcs8 -topk8 -nocrypt` removes it"
    )]
    Encrypted,
    #[error("the text between the PEM's first and last line is no RSA private key")]
    NotRsa,
    #[error("the RSA key has {0} bits, KooGallery asks for {SHORTEST_MODULUS} or more")]
    TooShort(usize),
}

/// Whether the text is a private key that [`decrypt`] can use.
pub fn check_private_key(pem: &str) -> Result<(), PemError> {
    let bits = private_key(pem)?.size() * 8;
    if bits < SHORTEST_MODULUS { Err(PemError::TooShort(bits)) } else { Ok(()) }
}

pub fn decrypt(pem: &str, base64_ciphertext: &str) -> Result<Secret, OaepError> {
    let key = private_key(pem)?;
    let ciphertext = from_base64(base64_ciphertext).ok_or(OaepError::NotBase64)?;
    let plain = key
        .decrypt(Oaep::<Sha256>::new(), &ciphertext)
        // What Java makes of `OAEPWithSHA-256AndMGF1Padding`.
        .or_else(|_| key.decrypt(Oaep::<Sha256, Sha1>::new_with_mgf_hash(), &ciphertext))
        .or_else(|_| key.decrypt(Oaep::<Sha1>::new(), &ciphertext))
        .map_err(|_| OaepError::DoesNotFit)?;
    String::from_utf8(plain).map(Secret::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        OaepError::DoesNotFit
    })
}

/// As the marketplace does with the public key that the seller registered, which is in a private one too. Base64.
pub fn encrypt(pem: &str, plain: &str, chance: &mut impl TryCryptoRng) -> Result<String, OaepError> {
    let ciphertext = public_key(pem)?.encrypt(chance, Oaep::<Sha256>::new(), plain.as_bytes());
    Ok(BASE64.encode(ciphertext.map_err(|_| OaepError::TooLong)?))
}

fn public_key(pem: &str) -> Result<PublicKey, PemError> {
    match sections(pem).find(|(label, _)| *label == SPKI) {
        Some((_, body)) => {
            let der = from_base64(body).ok_or(PemError::NotRsa)?;
            PublicKey::from_public_key_der(&der).map_err(|_| PemError::NotRsa)
        }
        None => Ok(private_key(pem)?.as_public_key().clone()),
    }
}

fn private_key(pem: &str) -> Result<PrivateKey, PemError> {
    let (label, body) = sections(pem).find(|(label, _)| label.ends_with(PKCS8)).ok_or(PemError::NotPem)?;
    if label.contains("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err(PemError::Encrypted);
    }
    let der = Zeroizing::new(from_base64(body).ok_or(PemError::NotRsa)?);
    match label {
        PKCS8 => PrivateKey::from_pkcs8_der(&der).map_err(|_| PemError::NotRsa),
        PKCS1 => PrivateKey::from_pkcs1_der(&der).map_err(|_| PemError::NotRsa),
        _ => Err(PemError::NotRsa),
    }
}

/// Label and body of each section. Pasted text may have lost its line breaks, so none is asked for.
fn sections(pem: &str) -> impl Iterator<Item = (&str, &str)> {
    pem.split(BEGIN).skip(1).filter_map(|section| {
        let (label, rest) = section.split_once(DASHES)?;
        let (body, end) = rest.split_once("-----END ")?;
        end.strip_prefix(label)?.starts_with(DASHES).then_some((label, body))
    })
}

/// Line breaks, the alphabet of addresses and missing padding do no harm.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let standard = text.chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    });
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(standard);
    BASE64.decode(kept.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "client-secret-for-tests-0001";

    macro_rules! data {
        ($name:literal) => {
            include_str!(concat!("../../tests/data/oaep/", $name))
        };
    }

    const KEY: &str = data!("made-for-tests-pkcs8.pem");
    const CIPHERTEXT: &str = data!("ciphertext-sha256-mgf1-sha256.txt");

    #[test]
    fn each_hash_that_java_and_openssl_take_is_tried() {
        for ciphertext in [CIPHERTEXT, data!("ciphertext-sha256-mgf1-sha1.txt"), data!("ciphertext-sha1-mgf1-sha1.txt")]
        {
            assert_eq!(decrypt(KEY, ciphertext).unwrap().expose(), PLAIN);
        }
        assert_eq!(decrypt(KEY, data!("ciphertext-sha512-mgf1-sha512.txt")), Err(OaepError::DoesNotFit));
    }

    #[test]
    fn a_private_key_may_be_pkcs1_too_and_may_have_lost_its_line_breaks() {
        for key in [data!("made-for-tests-pkcs1.pem"), &KEY.replace('\n', " "), &KEY.replace('\n', "\r\n"), KEY.trim()]
        {
            assert_eq!(check_private_key(key), Ok(()));
            assert_eq!(decrypt(key, CIPHERTEXT).unwrap().expose(), PLAIN);
        }
        let behind_others = format!("{}\n{KEY}", KEY.replace("PRIVATE KEY", "CERTIFICATE"));
        assert_eq!(check_private_key(&behind_others), Ok(()));
    }

    #[test]
    fn a_ciphertext_may_have_any_form_of_base64() {
        let bytes = from_base64(CIPHERTEXT).unwrap();
        assert_eq!(bytes.len(), 384);
        for text in [CIPHERTEXT.replace('\n', ""), CIPHERTEXT.replace('\n', "\r\n"), URL_SAFE_NO_PAD.encode(&bytes)] {
            assert_eq!(decrypt(KEY, &text).unwrap().expose(), PLAIN);
        }
    }

    #[test]
    fn what_is_no_private_key_of_the_kit_is_refused() {
        let public = KEY.replace("PRIVATE", "PUBLIC");
        let cut_off = KEY.split("-----END").next().unwrap();
        for text in ["", "demo-key-for-tests-0001", "-----BEGIN PRIVATE KEY-----", cut_off, &public] {
            assert_eq!(check_private_key(text), Err(PemError::NotPem));
        }
        let old_form = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n\
                        -----END RSA PRIVATE KEY-----\n";
        for text in [data!("made-for-tests-encrypted.pem"), old_form] {
            assert_eq!(check_private_key(text), Err(PemError::Encrypted));
        }
        let damaged = KEY.replace("MII", "MIJ");
        let no_base64 = KEY.replace("MII", "M*I");
        let of_other_kind = KEY.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY");
        for text in [data!("made-for-tests-no-rsa.pem"), &damaged, &no_base64, &of_other_kind] {
            assert_eq!(check_private_key(text), Err(PemError::NotRsa));
        }
        assert_eq!(check_private_key(data!("made-for-tests-2048-bits.pem")), Err(PemError::TooShort(2048)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn neither_a_key_nor_a_ciphertext_makes_it_panic(text in "\\PC{0,200}", cut in any::<prop::sample::Index>(), sealed in prop::collection::vec(any::<u8>(), 380..388)) {
            assert!(check_private_key(&text).is_err());
            let shortened: String = KEY.chars().take(cut.index(KEY.len())).collect();
            drop(check_private_key(&shortened));
            assert!(decrypt(KEY, &text).is_err());
            assert_eq!(decrypt(KEY, &URL_SAFE_NO_PAD.encode(sealed)), Err(OaepError::DoesNotFit));
        }
    }

    #[test]
    fn what_was_encrypted_otherwise_is_told_alike() {
        assert_eq!(decrypt(KEY, "no base64!"), Err(OaepError::NotBase64));
        let mut damaged = from_base64(CIPHERTEXT).unwrap();
        damaged[200] ^= 1;
        let too_big = vec![0xff; 384];
        for bytes in [damaged, too_big, Vec::new(), vec![7; 383], vec![7; 385]] {
            assert_eq!(decrypt(KEY, &URL_SAFE_NO_PAD.encode(bytes)), Err(OaepError::DoesNotFit));
        }
    }
}
