//! The seller's RSA private key, with which `clientSecret` of the kit is decrypted: from the endpoint's place in the sealed
//! file, else from the file that the environment names, else from the place for all. Knows nothing of RSA itself.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{KeyError, KeyOrigin, KeyRing, rsa_name};
use crate::protocol::{Secret, oaep};

pub(super) const VARIABLE: &str = "SELLERDESK_KIT_RSA_KEY_FILE";
/// A key of 8192 bits has a tenth of it.
pub(super) const LONGEST_PEM: usize = 64 * 1024;

/// That a private key is set; nothing else of it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKeyInfo {
    /// `None`: for every endpoint that has none of its own.
    pub endpoint: Option<String>,
    pub origin: KeyOrigin,
}

impl KeyRing {
    /// In PEM; the endpoint's own, else the one for all.
    pub fn rsa_key(&self, endpoint: &str) -> Option<Secret> {
        self.secret(&rsa_name(Some(endpoint))).or_else(|| match self.rsa_variable() {
            Some(path) => read_pem(Path::new(&path))
                .inspect_err(|error| tracing::error!(%error, path, "{VARIABLE} names a file that cannot be used"))
                .ok(),
            None => self.secret(&rsa_name(None)),
        })
    }

    pub fn set_rsa_key(&self, endpoint: Option<&str>, pem: &Secret) -> Result<(), KeyError> {
        let pem = pem.expose();
        if pem.len() > LONGEST_PEM {
            return Err(KeyError::PemLength);
        }
        oaep::check_private_key(pem)?;
        let pem = Secret::new(pem.trim());
        self.change(|secrets| drop(secrets.insert(rsa_name(endpoint), pem)))
    }

    pub fn remove_rsa_key(&self, endpoint: Option<&str>) -> Result<(), KeyError> {
        let mut found = false;
        self.change(|secrets| found = secrets.remove(&rsa_name(endpoint)).is_some())?;
        if found {
            Ok(())
        } else if endpoint.is_none() && self.rsa_variable().is_some() {
            Err(KeyError::RsaOfEnvironment)
        } else {
            Err(KeyError::NoRsaKey)
        }
    }

    pub fn rsa_keys(&self) -> Vec<RsaKeyInfo> {
        let of_environment = self.rsa_variable().map(|_| RsaKeyInfo { endpoint: None, origin: KeyOrigin::Environment });
        let origin = self.origin_of_file();
        let sealed = self.read(|secrets| {
            let of = |name: &str| match name.strip_prefix("rsa")? {
                "" => Some(RsaKeyInfo { endpoint: None, origin }),
                rest => rest.strip_prefix('/').map(|name| RsaKeyInfo { endpoint: Some(name.to_owned()), origin }),
            };
            secrets.keys().filter_map(|name| of(name)).collect::<Vec<_>>()
        });
        of_environment.into_iter().chain(sealed).collect()
    }

    fn rsa_variable(&self) -> Option<String> {
        let path = (self.inner.environment)(VARIABLE)?;
        let path = path.trim();
        (!path.is_empty()).then(|| path.to_owned())
    }
}

/// Read at each use: whoever mounts such a file replaces it without a word.
fn read_pem(path: &Path) -> io::Result<Secret> {
    // Into a buffer that does not grow, because a buffer left behind is not wiped.
    let mut pem = String::with_capacity(LONGEST_PEM + 1);
    let read = File::open(path)?.take(LONGEST_PEM as u64 + 1).read_to_string(&mut pem);
    let pem = Secret::new(pem);
    read?;
    if pem.expose().len() > LONGEST_PEM {
        return Err(io::Error::other(KeyError::PemLength));
    }
    oaep::check_private_key(pem.expose()).map_err(io::Error::other)?;
    Ok(pem)
}
