//! What the access guide wants of a production address itself, whatever answers there: HTTPS, a domain name, TLS of today
//! with a certificate that is trusted (KooGallery page zh-cn_topic_0070649475). Calls nothing.

use std::io;

use tokio::time::timeout;
use url::{Host, Url};

use super::{
    bare_http,
    case::Outcome,
    examiner::{Examiner, Rule},
};

const SOURCE: &str = "zh-cn_topic_0070649475";

pub(super) async fn examine(examiner: &mut Examiner) {
    let Ok(url) = Url::parse(&examiner.plan.target) else { return };
    let is_https = url.scheme() == "https";
    let outcome = if is_https {
        Outcome::Passed
    } else {
        Outcome::Warned(format!("it is {}://; KooGallery takes an address only where it is https://", url.scheme()))
    };
    let rule = "A production address is https://";
    close(examiner, Rule::new("HTTPS", rule, SOURCE), String::new(), outcome);

    let outcome = match url.host() {
        Some(Host::Domain(_)) => Outcome::Passed,
        _ => Outcome::Warned("it names an IP address; KooGallery takes an address only where it names a domain".into()),
    };
    let rule = "A production address names a domain, and no IP address";
    close(examiner, Rule::new("domain name", rule, SOURCE), String::new(), outcome);

    if is_https {
        secured(examiner, &url).await;
    } else {
        examiner.skip("TLS", "the address is not https://");
    }
}

async fn secured(examiner: &mut Examiner, url: &Url) {
    let limit = examiner.plan.limit;
    let Ok(Ok(stream)) = timeout(limit, bare_http::connect(url)).await else {
        examiner.skip("TLS", "nobody answers there");
        return;
    };
    let (answer, outcome) = match timeout(limit, bare_http::secure(stream, url)).await {
        Ok(Ok(stream)) => {
            let version = stream.get_ref().1.protocol_version();
            (version.map(|version| format!("{version:?}")).unwrap_or_default(), Outcome::Passed)
        }
        Ok(Err(error)) => (String::new(), Outcome::Failed(why(&error))),
        Err(_elapsed) => (String::new(), Outcome::Failed("TLS was not agreed upon in time".into())),
    };
    let rule = "TLS of version 1.2 or later, with a certificate for the address's host by an authority that is trusted";
    close(examiner, Rule::new("TLS", rule, SOURCE), answer, outcome);
}

fn why(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::PeerIncompatible(_)) => "it speaks no version of TLS from 1.2 on".to_owned(),
        Some(rustls::Error::InvalidCertificate(error)) => format!("its certificate is not to be trusted: {error}"),
        _ => format!("TLS cannot be agreed upon: {error}"),
    }
}

fn close(examiner: &mut Examiner, rule: Rule, answer: String, outcome: Outcome) {
    let sent = examiner.plan.target.clone();
    examiner.close_told(rule, sent, answer, outcome);
}
