//! What goes wrong while a connection is secured, in words that say what is wrong with the certificate.

use std::error::Error as StdError;

use jiff::Timestamp;
use rustls::{
    AlertDescription, CertificateError, Error as TlsError, InvalidMessage,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use webpki::EndEntityCert;

use crate::protocol::callback::truncated;

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

pub(super) fn certificate(error: &TlsError) -> Option<String> {
    let TlsError::InvalidCertificate(error) = error else {
        return matches!(error, TlsError::NoCertificatesPresented).then(|| "it shows none".to_owned());
    };
    Some(match error {
        CertificateError::ExpiredContext { not_after, .. } => format!("it expired on {}", day(not_after.as_secs())),
        CertificateError::Expired => "it has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it is valid from {} only", day(not_before.as_secs()))
        }
        CertificateError::NotValidYet => "it is not valid yet".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            format!("it is made out for {}", truncated(&names.join(", "), REASON))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out for another host".to_owned()
        }
        CertificateError::UnknownIssuer => "nobody whom this computer trusts has issued it".to_owned(),
        // An issuer of the same name and with another key, for one.
        CertificateError::BadSignature => "it is not signed by whom it names as its issuer".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not made for a server".to_owned()
        }
        CertificateError::Revoked => "it is revoked".to_owned(),
        other => truncated(&other.to_string(), REASON),
    })
}

/// The name in `DnsName("mkt.example.com")`.
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

fn day(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "a day unknown".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

pub(super) fn handshake(error: &TlsError) -> String {
    match error {
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "it does not speak TLS there; a proxy of plain HTTP may be in between".to_owned()
        }
        TlsError::AlertReceived(AlertDescription::ProtocolVersion) | TlsError::PeerIncompatible(_) => {
            "it speaks no version of TLS that is taken here, 1.2 or later".to_owned()
        }
        other => truncated(&format!("TLS failed, {other}"), REASON),
    }
}
