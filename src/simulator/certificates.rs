//! Certificates that are made for the occasion: an authority and what it certifies, and one that nobody vouches for. Knows no
//! files and no addresses.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;

use super::open_api::certificate::tls;

#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("a certificate cannot be made: {0}")]
    Made(#[from] rcgen::Error),
    #[error("{0}")]
    Used(String),
}

/// Whom nobody trusts but who is told to.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// Its own certificate, for those who shall trust it.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// For a server at these hosts: names, or IP addresses.
    pub fn certify(&self, hosts: &[String]) -> Result<Arc<ServerConfig>, CertificateError> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(hosts.to_vec())?.signed_by(&key, &self.issuer)?;
        tls(&certificate.pem(), &key.serialize_pem()).map_err(CertificateError::Used)
    }
}

/// By an authority that is gone at once.
pub fn of_nobody(host: &str) -> Result<Arc<ServerConfig>, CertificateError> {
    Authority::new("nobody")?.certify(&[host.to_owned()])
}
