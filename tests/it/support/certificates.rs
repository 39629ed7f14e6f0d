//! Certificates made for one test: a CA of its own, and what it issues.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// Certificate and private key, both in PEM.
#[derive(Clone)]
pub struct Certified {
    pub certificate: String,
    pub key: String,
}

pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Ca {
    pub fn new() -> Self {
        Self::named("made for a test")
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn issue(&self, host: &str) -> Certified {
        self.issue_with(host, |_| {})
    }

    /// Valid until `ago` before now.
    pub fn issue_expired(&self, host: &str, ago: Duration) -> Certified {
        self.issue_with(host, |params| {
            let end = std::time::SystemTime::UNIX_EPOCH + since_epoch() - ago;
            params.not_before = (end - Duration::from_secs(86_400)).into();
            params.not_after = end.into();
        })
    }

    fn issue_with(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Certified { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

pub fn self_signed(host: &str) -> Certified {
    let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
    Certified { certificate: cert.pem(), key: signing_key.serialize_pem() }
}

fn since_epoch() -> Duration {
    Duration::from_millis(u64::try_from(sellerdesk::cli::open::system_time().0).unwrap())
}
