//! How this machine calls its own receiver: where it listens, in clear or over TLS, and then by a name that its certificate is
//! made out for. Calls nobody and reads no file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::ReceiverState;
use crate::marketplace::{Resolved, certified_names};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnAddress {
    /// Without a path.
    pub(super) base: String,
    pub(super) resolved: Option<Resolved>,
}

impl OwnAddress {
    /// `certificate` is the one of the configuration, where it has one. `None` where nobody listens.
    pub(super) fn of(receiver: &ReceiverState, certificate: Option<&[u8]>) -> Option<Self> {
        let (address, is_tls) = match receiver {
            ReceiverState::Listening { address, tls } => (*address, *tls),
            // It has the same data directory, and so the same configuration.
            ReceiverState::Elsewhere { address } => (address.parse().ok()?, certificate.is_some()),
            ReceiverState::Starting | ReceiverState::Failed { .. } => return None,
        };
        let address = reachable(address);
        if !is_tls {
            return Some(Self { base: format!("http://{address}"), resolved: None });
        }
        let names = certificate.map(certified_names).unwrap_or_default();
        let Some(name) = names.first() else {
            return Some(Self { base: format!("https://{address}"), resolved: None });
        };
        // One of those that a certificate for all of them is for.
        let host = name.replace('*', "sellerdesk");
        Some(Self { base: format!("https://{host}:{}", address.port()), resolved: Some(Resolved { host, address }) })
    }
}

fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(receiver: &ReceiverState, certificate: Option<&[u8]>) -> Option<String> {
        OwnAddress::of(receiver, certificate).map(|own| own.base)
    }

    fn certified(name: &str) -> String {
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap().cert.pem()
    }

    #[test]
    fn an_own_address_is_one_that_can_be_called() {
        let listening = |address: &str, tls| ReceiverState::Listening { address: address.parse().unwrap(), tls };
        let elsewhere = |address: &str| ReceiverState::Elsewhere { address: address.into() };
        let unreadable: Option<&[u8]> = Some(b"");
        for (receiver, certificate, expected) in [
            (listening("0.0.0.0:8480", false), None, "http://127.0.0.1:8480"),
            (listening("[::]:8480", true), unreadable, "https://[::1]:8480"),
            (listening("192.0.2.7:443", true), unreadable, "https://192.0.2.7:443"),
            (elsewhere("0.0.0.0:8480"), None, "http://127.0.0.1:8480"),
            (elsewhere("192.0.2.7:8443"), unreadable, "https://192.0.2.7:8443"),
        ] {
            assert_eq!(base(&receiver, certificate).as_deref(), Some(expected));
        }
        assert_eq!(base(&ReceiverState::Starting, None), None);
        assert_eq!(base(&elsewhere(""), None), None, "it has not said where");
    }

    #[test]
    fn over_tls_it_has_a_name_of_its_certificate() {
        let listening = ReceiverState::Listening { address: "0.0.0.0:8443".parse().unwrap(), tls: true };
        let elsewhere = ReceiverState::Elsewhere { address: "0.0.0.0:8443".into() };
        for (name, host) in [
            ("www.example.com", "www.example.com"),
            ("*.example.com", "sellerdesk.example.com"),
            ("localhost", "localhost"),
        ] {
            let certificate = certified(name);
            for receiver in [&listening, &elsewhere] {
                let own = OwnAddress::of(receiver, Some(certificate.as_bytes())).unwrap();
                assert_eq!(own.base, format!("https://{host}:8443"));
                assert_eq!(own.resolved.unwrap().for_curl(), format!("{host}:8443:127.0.0.1"));
            }
        }
        let by_address = certified("192.0.2.7");
        assert_eq!(base(&listening, Some(by_address.as_bytes())).unwrap(), "https://127.0.0.1:8443");
    }
}
