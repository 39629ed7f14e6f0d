//! What goes wrong while a connection is secured, as what is wrong with the certificate.

use std::error::Error as StdError;

use jiff::Timestamp;
use rustls::{
    AlertDescription, CertificateError, Error as TlsError, InvalidMessage,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use webpki::EndEntityCert;

use crate::{domain::Obstacle, protocol::callback::truncated};

/// Of a foreign text this much is told, in characters.
const REASON: usize = 200;

/// The names that a server's certificate is made out for; none where it cannot be read, or names IP addresses alone.
pub fn certified_names(pem: &[u8]) -> Vec<String> {
    let Some(Ok(certificate)) = CertificateDer::pem_slice_iter(pem).next() else { return vec![] };
    let names = EndEntityCert::try_from(&certificate).map(|it| it.valid_dns_names().map(str::to_owned).collect());
    names.unwrap_or_default()
}

/// What of TLS lies somewhere below. An `io::Error` hides what it wraps from `source`.
pub(super) fn error_of(error: &reqwest::Error) -> Option<&TlsError> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<TlsError>() {
            return Some(tls);
        }
        cause = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

pub(super) fn certificate(error: &TlsError) -> Option<Obstacle> {
    let TlsError::InvalidCertificate(error) = error else {
        return matches!(error, TlsError::NoCertificatesPresented).then_some(Obstacle::NoCertificate);
    };
    Some(match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            day(not_after.as_secs()).map_or(Obstacle::Expired, |day| Obstacle::ExpiredOn { day })
        }
        CertificateError::Expired => Obstacle::Expired,
        CertificateError::NotValidYetContext { not_before, .. } => {
            day(not_before.as_secs()).map_or(Obstacle::NotValidYet, |day| Obstacle::ValidFrom { day })
        }
        CertificateError::NotValidYet => Obstacle::NotValidYet,
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            Obstacle::OtherNames { names: truncated(&names.join(", "), REASON) }
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Obstacle::OtherHost,
        CertificateError::UnknownIssuer => Obstacle::UnknownIssuer,
        CertificateError::BadSignature => Obstacle::WrongIssuer,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Obstacle::NotForServers,
        CertificateError::Revoked => Obstacle::Revoked,
        other => Obstacle::Other(truncated(&other.to_string(), REASON)),
    })
}

/// The name in `DnsName("mkt.example.com")`.
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

fn day(seconds: u64) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

pub(super) fn handshake(error: &TlsError) -> Obstacle {
    match error {
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => Obstacle::NoTls,
        TlsError::AlertReceived(AlertDescription::ProtocolVersion) | TlsError::PeerIncompatible(_) => Obstacle::OldTls,
        other => Obstacle::TlsFailed { said: truncated(&other.to_string(), REASON) },
    }
}
