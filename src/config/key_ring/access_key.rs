//! AK and SK (访问密钥) of the seller's account, with which the open APIs are called: from the environment, else from the
//! sealed file. Knows nothing of signing.

use super::{KeyError, KeyOrigin, KeyRing, checked};
use crate::protocol::Secret;

const AK: &str = "SELLERDESK_AK";
const SK: &str = "SELLERDESK_SK";
const TOKEN: &str = "SELLERDESK_SECURITY_TOKEN";
const NAMES: [&str; 3] = ["access/ak", "access/sk", "access/token"];
/// Temporary keys come with a long one.
const LONGEST_TOKEN: usize = 8 * 1024;

/// AK and SK as they are set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyPair {
    pub ak: String,
    pub sk: Secret,
    /// Of temporary keys.
    pub security_token: Option<Secret>,
}

/// That they are set; of the AK its end, of the SK nothing is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyInfo {
    /// `***` and the last four characters.
    pub masked_ak: String,
    pub origin: KeyOrigin,
}

impl KeyRing {
    pub fn access_key(&self) -> Option<AccessKeyPair> {
        self.access_key_of_environment().or_else(|| {
            let [ak, sk, token] = NAMES.map(|name| self.secret(name));
            Some(AccessKeyPair { ak: ak?.expose().to_owned(), sk: sk?, security_token: token })
        })
    }

    pub fn set_access_key(&self, pair: &AccessKeyPair) -> Result<(), KeyError> {
        let ak = checked(&Secret::new(pair.ak.trim()))?;
        let sk = checked(&pair.sk)?;
        let token = pair.security_token.clone();
        if let Some(token) = &token
            && (token.expose().is_empty() || token.expose().len() > LONGEST_TOKEN)
        {
            return Err(KeyError::TokenLength);
        }
        if !ak.expose().bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
            return Err(KeyError::NoAccessKey);
        }
        self.change(|secrets| {
            for (name, secret) in NAMES.into_iter().zip([Some(ak), Some(sk), token]) {
                match secret {
                    Some(secret) => drop(secrets.insert(name.to_owned(), secret)),
                    None => drop(secrets.remove(name)),
                }
            }
        })
    }

    pub fn remove_access_key(&self) -> Result<(), KeyError> {
        let mut found = false;
        self.change(|secrets| {
            for name in NAMES {
                found |= secrets.remove(name).is_some();
            }
        })?;
        match (found, self.access_key_of_environment()) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(KeyError::AccessKeyOfEnvironment),
            (false, None) => Err(KeyError::AccessKeyNotSet),
        }
    }

    pub fn access_key_info(&self) -> Option<AccessKeyInfo> {
        let origin = match self.access_key_of_environment() {
            Some(_) => KeyOrigin::Environment,
            None => self.origin_of_file(),
        };
        let ak = self.access_key()?.ak;
        let start = ak.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        let end = if ak.chars().count() > 8 { ak.get(start..).unwrap_or_default() } else { "" };
        Some(AccessKeyInfo { masked_ak: format!("***{end}"), origin })
    }

    fn access_key_of_environment(&self) -> Option<AccessKeyPair> {
        let read = |name| {
            let text = (self.inner.environment)(name)?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let (ak, sk) = (read(AK)?, Secret::new(read(SK)?));
        Some(AccessKeyPair { ak, sk, security_token: read(TOKEN).map(Secret::new) })
    }
}
