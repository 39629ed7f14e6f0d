//! `SDK-HMAC-SHA256` as the gateway checks it (API signing guide api-sign-0003). Written a second time on purpose, from the
//! guide alone: it shares HMAC and SHA-256 with the product and nothing else. Knows no clock and no keys.

use axum::http::HeaderMap;

use crate::protocol::{
    Secret,
    signature::mac::{constant_time_eq, hmac_sha256, sha256_hex},
};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const DATE: &str = "x-sdk-date";
const CONTENT_HASH: &str = "x-sdk-content-sha256";

/// `Authorization`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub(super) access: &'a str,
    pub(super) signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// A blank may be missing behind the commas.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix(ALGORITHM)?.strip_prefix(' ')?.split(',').map(str::trim);
        let access = parts.next()?.strip_prefix("Access=")?;
        let signed_headers = parts.next()?.strip_prefix("SignedHeaders=")?.split(';').collect();
        let signature = parts.next()?.strip_prefix("Signature=")?;
        parts.next().is_none().then_some(Self { access, signed_headers, signature })
    }

    pub(super) fn signs(&self, header: &str) -> bool {
        self.signed_headers.contains(&header)
    }

    pub(super) fn signs_date(&self) -> bool {
        self.signs(DATE)
    }

    /// Whether `secret` signed this request; if not, the canonical request that was expected.
    pub(super) fn verify(&self, secret: &Secret, request: &Parts<'_>) -> Result<(), String> {
        let canonical = self.canonical_request(request);
        let date = header(request.headers, DATE);
        let text = format!("{ALGORITHM}\n{date}\n{}", sha256_hex(canonical.as_bytes()));
        let expected = hex::encode(hmac_sha256(secret.expose().as_bytes(), &[text.as_bytes()]));
        let right = constant_time_eq(expected.as_bytes(), self.signature.as_bytes());
        if right { Ok(()) } else { Err(canonical) }
    }

    fn canonical_request(&self, request: &Parts<'_>) -> String {
        let mut names = self.signed_headers.clone();
        names.sort_unstable();
        let headers: String =
            names.iter().map(|name| format!("{name}:{}\n", header(request.headers, name).trim())).collect();
        let payload = match header(request.headers, CONTENT_HASH) {
            told if self.signs(CONTENT_HASH) && !told.is_empty() && !request.body.is_empty() => told,
            _ => sha256_hex(request.body),
        };
        let path = canonical_path(request.path);
        let query = canonical_query(request.query);
        [request.method, &path, &query, &headers, &names.join(";"), &payload].join("\n")
    }
}

/// What is signed of a request, as it arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// Several of one name are one list; none is empty.
fn header(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    values.collect::<Vec<_>>().join(",")
}

fn canonical_path(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(|segment| encoded(&decoded(segment))).collect();
    let path = segments.join("/");
    if path.ends_with('/') { path } else { format!("{path}/") }
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(&name.replace('+', " "))), encoded(&decoded(&value.replace('+', " "))))
        })
        .collect();
    pairs.sort_by(|left, right| {
        let bytes = |pair: &(String, String)| (decoded(&pair.0), decoded(&pair.1));
        bytes(left).cmp(&bytes(right))
    });
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        let ahead = bytes.clone();
        let digits: Vec<u8> = bytes.clone().take(2).collect();
        match hex::decode(&digits) {
            Ok(value) if byte == b'%' && value.len() == 1 => {
                decoded.extend(value);
                bytes.nth(1);
            }
            _ => {
                decoded.push(byte);
                bytes = ahead;
            }
        }
    }
    decoded
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../../tests/data/open-api-signing.json");

    struct Vector(Value);

    impl Vector {
        fn text(&self, name: &str) -> &str {
            self.0[name].as_str().unwrap()
        }

        fn headers(&self) -> HeaderMap {
            let host = url::Url::parse(self.text("url")).unwrap().host_str().unwrap().to_owned();
            let told = self.0["headers"].as_object().unwrap().iter();
            let told = told.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
            told.chain([("host".to_owned(), host)])
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
                .collect()
        }

        /// What is computed of the vector with a secret, and with the body as it is or another one.
        fn verify(&self, authorization: &str, secret: &str, body: &str) -> Result<(), String> {
            let (_, rest) = self.text("url").split_once("://").unwrap();
            let (_, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let headers = self.headers();
            let parts = Parts { method: self.text("method"), path, query, headers: &headers, body: body.as_bytes() };
            Authorization::parse(authorization).unwrap().verify(&Secret::new(secret), &parts)
        }
    }

    fn vectors() -> Vec<Vector> {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert!(vectors.len() >= 9);
        vectors.into_iter().map(Vector).collect()
    }

    #[test]
    fn every_known_answer_is_verified() {
        for vector in vectors() {
            let (access, signature) = (vector.text("ak"), vector.text("signature"));
            let canonical = vector.text("canonical_request");
            let names = canonical.rsplit('\n').nth(1).unwrap();
            let authorization = format!("{ALGORITHM} Access={access}, SignedHeaders={names}, Signature={signature}");
            let verify = |authorization: &str, body| vector.verify(authorization, vector.text("sk"), body);
            assert_eq!(verify(&authorization, vector.text("body")), Ok(()), "{}", vector.text("id"));
            assert_eq!(verify(&authorization.replace(", ", ","), vector.text("body")), Ok(()));
            let other = vector.verify(&authorization, "another secret", vector.text("body"));
            assert_eq!(other, Err(canonical.to_owned()));
            let unsigned = canonical.ends_with("UNSIGNED-PAYLOAD");
            assert_eq!(verify(&authorization, "another body").is_ok(), unsigned, "{}", vector.text("id"));
        }
    }

    #[test]
    fn an_authorization_has_three_parts() {
        let right = "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=00";
        let parsed = Authorization::parse(right).unwrap();
        assert_eq!((parsed.access, parsed.signs_date(), parsed.signs("content-type")), ("a", true, false));
        for wrong in [
            "",
            "Basic YTpi",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host",
            "SDK-HMAC-SHA256, Access=a, SignedHeaders=host, Signature=00",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=00, More=1",
            "SDK-HMAC-SHA256 SignedHeaders=host, Access=a, Signature=00",
        ] {
            assert_eq!(Authorization::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn path_and_query_get_their_canonical_form() {
        assert_eq!(canonical_path(""), "/");
        assert_eq!(canonical_path("/a%20b/%7e*"), "/a%20b/~%2A/");
        assert_eq!(canonical_query("b=2&a=%2f&a=%20&c&a=1%"), "a=%20&a=%2F&a=1%25&b=2&c=");
        assert_eq!(canonical_query("n=a+b"), "n=a%20b");
    }
}
