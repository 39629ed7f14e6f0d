//! Nothing is sent to a host whose certificate is not trusted, and an authority of one's own can be.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use sellerdesk::{
    desk::RetryResult,
    domain::{ApiFault, message::Progress},
    simulator::{Generation, open_api::Api},
};

use crate::support::{
    app::MANUAL,
    trade::{Trade, fault, setup},
};

const MOCK: &str = "MOCKPERIODYEARNEW";
const TRUSTING: &str = "ca_certificate = \"authority.pem\"";

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn certify(&self, name: &str, expired: bool) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        serving(certificate.der().clone(), &key)
    }

    async fn trade(&self, name: &str, expired: bool, more: &str) -> Trade {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("authority.pem"), &self.pem).unwrap();
        Trade::open_in(dir, setup().with_tls(self.certify(name, expired)), Generation::V2, more, MANUAL).await
    }
}

fn serving(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let trade = Authority::new().trade("127.0.0.1", false, TRUSTING).await;
    assert!(trade.server.url().starts_with("https://"));
    let message = trade.query_order(MOCK).await;
    assert_eq!(message.progress, Progress::Succeeded, "{message:?}");
    assert_eq!(trade.called(), [Api::OrderQuery]);
}

#[tokio::test]
async fn nothing_is_sent_where_the_certificate_is_not_trusted() {
    let authority = Authority::new();
    for (name, expired, more, reason) in [
        ("127.0.0.1", false, "", "nobody whom this computer trusts"),
        ("koogallery.example.com", false, TRUSTING, "made out for"),
        ("127.0.0.1", true, TRUSTING, "expired"),
    ] {
        let trade = authority.trade(name, expired, more).await;
        let message = trade.query_order(MOCK).await;
        let ApiFault::Certificate { host, reason: told } = fault(&message) else { panic!("{reason}: {message:?}") };
        assert_eq!(*host, trade.server.address().to_string());
        assert!(told.to_string().contains(reason), "{reason}: {told}");
        assert!(fault(&message).to_string().starts_with("the certificate of 127.0.0.1:"));
        assert_eq!(trade.called().len(), 0);
        assert!(matches!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_whom_only_himself_certifies() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "itself");
    let certificate = params.self_signed(&key).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("authority.pem"), Authority::new().pem).unwrap();
    let tls = setup().with_tls(serving(certificate.der().clone(), &key));
    let trade = Trade::open_in(dir, tls, Generation::V2, TRUSTING, MANUAL).await;
    let message = trade.query_order(MOCK).await;
    let told = fault(&message).to_string();
    assert!(told.contains("nobody whom this computer trusts has issued it"), "{told}");
    assert_eq!((trade.called().len(), message.progress), (0, Progress::Failing));
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_is_told() {
    let trade = Trade::open("ca_certificate = \"missing.pem\"", MANUAL).await;
    let message = trade.query_order(MOCK).await;
    let told = fault(&message).to_string();
    assert!(told.starts_with("marketplace.ca_certificate: ") && told.contains("missing.pem"), "{told}");
}
