//! The client of the open APIs over real sockets: what it sends and how it is signed, hosts and certificates, pacing and second
//! tries.

use std::{sync::Arc, time::Duration};

use sellerdesk::{
    cli::open::system_time,
    config::AccessKeyPair,
    desk::{Desk, RetryResult},
    domain::{ApiFault, Exception, Obstacle, World},
    marketplace::{AccessKey, ApiKeys, Called, MarketplaceClient, MarketplaceSettings},
    protocol::{
        ResultCode, Secret, UnixMillis,
        id::{EventId, LicenseCode, OrderId},
        open_api::{
            OpenApi,
            license::ActivateLicensesV2,
            order::QueryOrder,
            upload::{UploadContent, UploadLicense},
            usage::{PushUsage, WireUsageRecord},
        },
    },
};

use crate::support::{
    app::{TEMPLATE, open_desk},
    certificates::{Ca, self_signed},
    peer::{Peer, Told},
    raw_peer::nobody,
};

pub const AK: &str = "TESTAK0000000000KOOG";
pub const SK: &str = "TestSecretKey00000000000000000000000KooGal";
pub const BASE: &str = "isv-access-key-0001";
const ORDER: &str =
    r#"{"resultCode":"MKT.0000","orderInfo":{"orderId":"CS1","orderType":"NEW","createTime":"20260102030405"}}"#;

pub fn keys() -> ApiKeys {
    let access = AccessKey { ak: AK.into(), sk: Secret::new(SK), security_token: None };
    ApiKeys { access: Some(access), base: Some(Secret::new(BASE)) }
}

/// Without long pauses, and with a try of two seconds.
pub fn client(hosts: &[String]) -> MarketplaceClient {
    client_with(hosts, Duration::from_secs(2), None)
}

pub fn client_with(hosts: &[String], timeout: Duration, ca: Option<&Ca>) -> MarketplaceClient {
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca_certificate = ca.map(|ca| ca.pem().into_bytes());
    let settings = MarketplaceSettings { hosts: hosts.to_vec(), timeout, ca_certificate };
    MarketplaceClient::with_pause(settings, Duration::from_millis(5)).unwrap()
}

pub async fn call<A: OpenApi>(client: &MarketplaceClient, api: &A) -> Called<A::Answer> {
    client.call(&keys(), api, system_time).await
}

pub fn order() -> QueryOrder {
    QueryOrder { order_id: OrderId::new("CS1"), order_line_id: None }
}

pub fn activation() -> ActivateLicensesV2 {
    ActivateLicensesV2 { licenses: vec![LicenseCode::new("PL1")], real_effect_time: None }
}

#[tokio::test]
async fn an_order_is_asked_for_over_tls_with_a_signature_that_holds() {
    let ca = Ca::new();
    let peer = Peer::start_tls(&ca.issue("localhost"), vec![Told::new(200, ORDER)]).await;
    let client = client_with(&[peer.https_url()], Duration::from_secs(5), Some(&ca));
    let called = call(&client, &order()).await;
    assert_eq!(called.outcome.unwrap().order_id.as_str(), "CS1");
    let seen = peer.only();
    assert!(seen.is_signed_with(AK, SK));
    assert!(!seen.is_signed_with(AK, "another"));
    assert_eq!(seen.headers["host"], format!("localhost:{}", peer.address.port()));
    let url = format!("{}/api/mkp-openapi-public/global/v1/order/query?orderId=CS1", peer.https_url());
    assert_eq!(called.exchange.request, format!("GET {url}"));
    assert_eq!((called.exchange.status, called.exchange.answer.as_str()), (Some(200), ORDER));
}

#[tokio::test]
async fn a_certificate_that_is_not_right_is_told_and_nothing_is_sent() {
    let ca = Ca::new();
    let expired = ca.issue_expired("localhost", Duration::from_secs(3 * 86_400));
    for (certified, sentence) in [
        (ca.issue("mkt.example.com"), "it is made out for mkt.example.com"),
        (expired, "it expired on 20"),
        (self_signed("localhost"), "nobody whom this computer trusts has issued it"),
        (Ca::named("another one").issue("localhost"), "nobody whom this computer trusts has issued it"),
        (Ca::new().issue("localhost"), "it is not signed by whom it names as its issuer"),
    ] {
        let peer = Peer::start_tls(&certified, vec![Told::success()]).await;
        let spare = Peer::start_tls(&ca.issue("localhost"), vec![Told::success()]).await;
        let client = client_with(&[peer.https_url(), spare.https_url()], Duration::from_secs(5), Some(&ca));
        let fault = call(&client, &activation()).await.outcome.unwrap_err();
        let ApiFault::Certificate { host, reason } = &fault else { panic!("{fault}") };
        assert!(host.starts_with("localhost:") && reason.to_string().starts_with(sentence), "{reason}");
        assert!(!fault.may_have_arrived() && !fault.is_passing());
        assert!(peer.seen().is_empty() && spare.seen().is_empty(), "somebody in between is no reason to try elsewhere");
    }
}

#[tokio::test]
async fn the_other_host_is_called_with_a_signature_of_its_own() {
    let spare = Peer::start(vec![Told::success()]).await;
    let gone = nobody().await;
    let client = client(&[format!("http://{gone}"), spare.http_url()]);
    let called = call(&client, &activation()).await;
    assert_eq!(called.outcome, Ok(()), "nothing was done by a host that is not there");
    let seen = spare.only();
    assert_eq!(seen.headers["host"], spare.address.to_string());
    assert!(seen.is_signed_with(AK, SK));
    assert!(called.exchange.request.contains(&spare.http_url()));
}

#[tokio::test]
async fn where_no_host_is_there_the_first_is_told() {
    let gone = nobody().await;
    let client = client(&[format!("http://{gone}"), format!("http://{}", nobody().await)]);
    let fault = call(&client, &activation()).await.outcome.unwrap_err();
    let ApiFault::Unreachable { host, reason } = &fault else { panic!("{fault}") };
    assert_eq!(*host, gone.to_string());
    assert_eq!(*reason, Obstacle::Refused);
}

#[tokio::test]
async fn a_base_url_may_have_a_path_and_a_token_is_signed() {
    let peer = Peer::start(vec![Told::new(200, ORDER)]).await;
    let client = client(&[format!("{}/behind/", peer.http_url())]);
    let access = keys().access.map(|key| AccessKey { security_token: Some(Secret::new("token-of-an-hour")), ..key });
    let keys = ApiKeys { access, ..keys() };
    client.call(&keys, &order(), system_time).await.outcome.unwrap();
    let seen = peer.only();
    assert_eq!(seen.path, "/behind/api/mkp-openapi-public/global/v1/order/query");
    assert!(seen.headers["authorization"].contains("x-security-token"));
    assert!(seen.is_signed_with(AK, SK));
}

#[tokio::test]
async fn usage_is_signed_with_the_key_of_the_base_interfaces() {
    let peer = Peer::start(vec![Told::code(200, "MKT.0000", "Success")]).await;
    let now = UnixMillis(1_795_487_400_000);
    let record = WireUsageRecord {
        instance_id: "i-1".into(),
        record_time: now,
        begin_time: now.plus_millis(-3_600_000),
        end_time: now,
        usage_value: "1.5".into(),
        metering_sn: "sn-1".into(),
        relate_pkg_instance: Some("套餐".into()),
        product_id: None,
    };
    let client = client(&[peer.http_url()]);
    client.call(&keys(), &PushUsage { records: vec![record] }, || now).await.outcome.unwrap();
    let seen = peer.only();
    assert_eq!(seen.headers["ts"], now.0.to_string());
    assert!(seen.is_pushed_with(BASE) && !seen.is_pushed_with("another"));
    assert!(!seen.headers.contains_key("authorization"));
    assert!(seen.text().contains(r#""record_time":"20261124T023000Z","relate_pkg_instance":"套餐""#));
}

#[tokio::test]
async fn a_license_is_uploaded_as_a_form_and_kept_to_itself() {
    let peer = Peer::start(vec![Told::code(200, "CBC.0000", "Success")]).await;
    let client = client(&[peer.http_url()]);
    for content in [
        UploadContent::File { name: "许可.lic".into(), bytes: b"SECRET-LICENSE".to_vec() },
        UploadContent::Characters(Secret::new("SECRET-LICENSE")),
    ] {
        let upload = UploadLicense { event_id: EventId::new("87b94795-0603"), content };
        let called = call(&client, &upload).await;
        assert_eq!(called.outcome, Ok(()));
        assert!(!format!("{called:?}").contains("SECRET-LICENSE"), "{called:?}");
    }
    let seen = peer.seen();
    for seen in &seen {
        assert!(seen.is_signed_with(AK, SK));
        assert_eq!(seen.headers["x-sdk-content-sha256"], "UNSIGNED-PAYLOAD");
        let boundary = seen.headers["content-type"].strip_prefix("multipart/form-data; boundary=").unwrap().to_owned();
        assert!(
            seen.text().starts_with(&format!("--{boundary}\r\n"))
                && seen.text().ends_with(&format!("--{boundary}--\r\n"))
        );
        assert!(seen.text().contains("SECRET-LICENSE"));
    }
    assert!(seen[0].text().contains("name=\"file\"; filename=\"许可.lic\""));
    assert_ne!(seen[0].headers["content-type"], seen[1].headers["content-type"], "a boundary is used once");
}

#[tokio::test]
async fn what_a_call_lacks_is_told_before_it_is_sent() {
    let peer = Peer::start(vec![Told::success()]).await;
    let client = client(&[peer.http_url()]);
    let nothing = ApiKeys::default();
    let fault = client.call(&nothing, &activation(), system_time).await.outcome.unwrap_err();
    assert_eq!(fault, ApiFault::NoCredentials { needed: "AK/SK".into() });
    let fault = client.call(&nothing, &PushUsage { records: Vec::new() }, system_time).await.outcome.unwrap_err();
    assert_eq!(fault, ApiFault::NoCredentials { needed: "the access key of the class base".into() });
    let broken = AccessKey { ak: "a b".into(), sk: Secret::new(SK), security_token: None };
    let broken = ApiKeys { access: Some(broken), ..keys() };
    let fault = client.call(&broken, &activation(), system_time).await.outcome.unwrap_err();
    assert!(matches!(fault, ApiFault::CredentialsRefused { .. }), "{fault}");
    assert!(peer.seen().is_empty());
}

#[test]
fn only_addresses_that_are_safe_are_called() {
    let refused = |host: &str| {
        let settings =
            MarketplaceSettings { hosts: vec![host.into()], timeout: Duration::from_secs(1), ca_certificate: None };
        MarketplaceClient::new(settings).unwrap_err().to_string()
    };
    for host in [
        "http://mkt.example.com",
        "http://10.0.0.1",
        "ftp://localhost",
        "mkt.example.com",
        "https://a:b@mkt.example.com",
        "",
    ] {
        let told = refused(host);
        assert!(told.contains("is no https address (http for this machine only)"), "{told}");
    }
}

#[tokio::test]
async fn after_too_many_calls_it_waits_as_long_as_it_is_told_to() {
    let throttled = Told::code(429, "APIGW.0308", "The throttling threshold has been reached").with("retry-after", "1");
    let peer = Peer::start(vec![throttled, Told::success()]).await;
    let called = call(&client(&[peer.http_url()]), &activation()).await;
    assert_eq!(called.outcome, Ok(()), "what was throttled was not done, so even an activation is sent again");
    let seen = peer.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    assert!(seen.iter().all(|seen| seen.is_signed_with(AK, SK)));
}

#[tokio::test]
async fn nobody_is_kept_waiting_for_an_hour() {
    for told in [
        Told::code(429, "APIGW.0308", "").with("retry-after", "3600"),
        Told::new(429, "")
            .with("date", "Tue, 24 Nov 2026 02:30:00 GMT")
            .with("retry-after", "Tue, 24 Nov 2026 03:30:00 GMT"),
    ] {
        let peer = Peer::start(vec![told]).await;
        let fault = call(&client(&[peer.http_url()]), &order()).await.outcome.unwrap_err();
        assert!(matches!(fault, ApiFault::Throttled { .. }) && fault.is_passing(), "{fault}");
        peer.only();
    }
}

#[tokio::test]
async fn each_try_is_signed_at_its_own_time() {
    let busy = Told::code(406, "MKT.0250", "Access frequency overlimit");
    let peer = Peer::start(vec![busy.clone(), busy, Told::success()]).await;
    let started = std::sync::atomic::AtomicI64::new(1_795_487_400_000);
    let now = || UnixMillis(started.fetch_add(60_000, std::sync::atomic::Ordering::Relaxed));
    client(&[peer.http_url()]).call(&keys(), &activation(), now).await.outcome.unwrap();
    let dates: Vec<String> = peer.seen().iter().map(|seen| seen.headers["x-sdk-date"].clone()).collect();
    assert_eq!(dates.len(), 3);
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
}

#[tokio::test]
async fn a_burst_is_paced() {
    let peer = Peer::start(vec![Told::new(200, ORDER)]).await;
    let client = Arc::new(client(&[peer.http_url()]));
    let calls: Vec<_> = (0..14)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, &order()).await.outcome.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let mut times: Vec<_> = peer.seen().iter().map(|seen| seen.at).collect();
    times.sort_unstable();
    let took = times[13] - times[0];
    assert!(took >= Duration::from_millis(300), "ten at once, then ten a second: {took:?}");
}

#[tokio::test]
async fn the_desk_calls_with_what_configuration_and_key_storage_say() {
    let ca = Ca::new();
    let peer = Peer::start_tls(&ca.issue("localhost"), vec![Told::new(200, ORDER)]).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
    let marketplace = format!("[marketplace]\nbase_url = \"{}\"\nca_certificate = \"ca.pem\"\n", peer.https_url());
    std::fs::write(dir.path().join("config.toml"), marketplace + TEMPLATE).unwrap();
    let desk = open_desk(dir.path(), &Arc::default());
    assert_eq!(
        ask(&desk).await,
        RetryResult::Failed {
            result_code: ResultCode::INTERNAL_ERROR,
            exception: Some(Exception::OpenApi { fault: ApiFault::NoCredentials { needed: "AK/SK".into() } }),
        }
    );
    desk.set_access_key(AccessKeyPair { ak: AK.into(), sk: Secret::new(SK), security_token: None }).await.unwrap();
    assert_eq!(ask(&desk).await, RetryResult::Succeeded);
    assert!(peer.only().is_signed_with(AK, SK));
    std::fs::remove_file(dir.path().join("ca.pem")).unwrap();
    let RetryResult::Failed { exception: Some(exception), .. } = ask(&desk).await else { panic!() };
    assert!(exception.to_string().contains("ca.pem cannot be read"), "{exception}");
    desk.close().await;
}

/// About one and the same order, so that it is one message.
async fn ask(desk: &Desk) -> RetryResult {
    let kept = desk.keep_order_queries(World::Live, vec![OrderId::new("CS1")]).await.unwrap();
    desk.retry(kept[0]).await.unwrap()
}
