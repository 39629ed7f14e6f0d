//! A request to an API product (zh-cn_topic_0000002524565106, zh-cn_topic_0203254658), signed with AppKey and AppSecret like
//! the open APIs are with AK and SK, or carrying an AppCode (apig_03_0058). Everything that goes into the signature is told,
//! so that a developer can hold it against their own.

use url::Url;

use crate::protocol::{
    Secret, UnixMillis,
    address::is_loopback,
    signature::sdk_hmac::{self, Computed, SdkHmacError},
};

pub const X_APIG_APP_CODE: &str = "X-Apig-AppCode";

#[derive(Clone, Debug, PartialEq)]
pub struct BenchRequest {
    pub method: String,
    pub url: String,
    /// `Name: value`; `Host` and what signing adds are not among them.
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub auth: BenchAuth,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BenchAuth {
    AppKey { app_key: String, app_secret: Secret },
    AppCode(Secret),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    #[error("the address is none: {0}")]
    NoAddress(String),
    #[error("an API product is called over https (http for this machine only)")]
    NotHttps,
    #[error("`{0}` is no header; write Name: value")]
    NoHeader(String),
    #[error(transparent)]
    Signature(#[from] SdkHmacError),
}

/// A request as it is to be sent, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    pub url: Url,
    /// All that are to be sent but `Host`; the AppCode among them.
    pub headers: Vec<(String, Secret)>,
    /// `None` with an AppCode, which signs nothing.
    pub computed: Option<Computed>,
    /// For a shell; the AppCode stands there as `$APP_CODE`.
    pub curl: String,
}

/// Reads lines of `Name: value`; blank ones are skipped.
pub fn read_headers(text: &str) -> Result<Vec<(String, String)>, BenchError> {
    let line = |line: &str| {
        let (name, value) = line.split_once(':').ok_or_else(|| BenchError::NoHeader(line.to_owned()))?;
        let name = name.trim();
        let fine =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if fine { Ok((name.to_owned(), value.trim().to_owned())) } else { Err(BenchError::NoHeader(line.to_owned())) }
    };
    text.lines().map(str::trim).filter(|text| !text.is_empty()).map(line).collect()
}

impl BenchRequest {
    pub fn prepare(&self, now: UnixMillis) -> Result<Prepared, BenchError> {
        let url = Url::parse(self.url.trim()).map_err(|error| BenchError::NoAddress(error.to_string()))?;
        if !url.has_host() {
            return Err(BenchError::NoAddress("it names no host".to_owned()));
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(BenchError::NotHttps);
        }
        let mut headers: Vec<(String, Secret)> =
            self.headers.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone()))).collect();
        let computed = match &self.auth {
            BenchAuth::AppCode(code) => {
                headers.push((X_APIG_APP_CODE.to_owned(), code.clone()));
                None
            }
            BenchAuth::AppKey { app_key, app_secret } => {
                let signed = self.sign(&url, app_key, app_secret, now)?;
                headers.push((sdk_hmac::X_SDK_DATE.to_owned(), Secret::new(signed.date)));
                headers.push((sdk_hmac::AUTHORIZATION.to_owned(), Secret::new(signed.authorization)));
                Some(signed.computed)
            }
        };
        let curl = self.curl(&url, &headers);
        Ok(Prepared { url, headers, computed, curl })
    }

    fn sign(
        &self,
        url: &Url,
        app_key: &str,
        app_secret: &Secret,
        now: UnixMillis,
    ) -> Result<sdk_hmac::Signed, SdkHmacError> {
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut headers = vec![("Host", host.as_str())];
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = sdk_hmac::Request {
            method: &self.method,
            path: url.path(),
            query: url.query().unwrap_or_default(),
            headers: &headers,
            body: self.body.as_bytes(),
        };
        request.sign(app_key.trim(), app_secret, &sdk_hmac::format_date(now))
    }

    fn curl(&self, url: &Url, headers: &[(String, Secret)]) -> String {
        let mut command = format!("curl -X {} {}", self.method, quoted(url.as_str()));
        for (name, value) in headers {
            // The code is the whole secret; a signature holds for some minutes and for this request alone.
            if name == X_APIG_APP_CODE {
                command.push_str(&format!(" \\\n  -H \"{X_APIG_APP_CODE}: $APP_CODE\""));
            } else {
                command.push_str(&format!(" \\\n  -H {}", quoted(&format!("{name}: {}", value.expose()))));
            }
        }
        if !self.body.is_empty() {
            command.push_str(&format!(" \\\n  --data-binary {}", quoted(&self.body)));
        }
        command
    }
}

/// For a POSIX shell.
pub(in crate::protocol) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_521_600_000);

    fn request(auth: BenchAuth) -> BenchRequest {
        BenchRequest {
            method: "POST".into(),
            url: "https://api.example.com/v1/greet?b=2&a=it's".into(),
            headers: read_headers("Content-Type: application/json\n\n X-Stage: RELEASE ").unwrap(),
            body: r#"{"name":"it's"}"#.into(),
            auth,
        }
    }

    #[test]
    fn a_signed_request_tells_what_was_signed() {
        let auth = BenchAuth::AppKey { app_key: "app-key".into(), app_secret: Secret::new("app-secret") };
        let prepared = request(auth).prepare(NOW).unwrap();
        let computed = prepared.computed.unwrap();
        assert!(
            computed.canonical_request.starts_with("POST\n/v1/greet/\na=it%27s&b=2\n"),
            "{}",
            computed.canonical_request
        );
        assert!(computed.canonical_request.contains("\nx-stage:RELEASE\n"));
        assert!(prepared.curl.contains("Access=app-key") && prepared.curl.contains(r"it'\''s"), "{}", prepared.curl);
        assert!(!prepared.curl.contains("app-secret"));
    }

    #[test]
    fn an_app_code_signs_nothing_and_is_in_no_shown_text() {
        let prepared = request(BenchAuth::AppCode(Secret::new("code-0001"))).prepare(NOW).unwrap();
        assert_eq!(prepared.computed, None);
        assert!(prepared.curl.contains("$APP_CODE") && !prepared.curl.contains("code-0001"));
        assert!(!format!("{prepared:?}").contains("code-0001"));
        assert!(prepared.headers.iter().any(|(name, value)| name == X_APIG_APP_CODE && value.expose() == "code-0001"));
    }

    #[test]
    fn what_cannot_be_called_is_refused_in_words() {
        let to =
            |url: &str| BenchRequest { url: url.into(), ..request(BenchAuth::AppCode(Secret::new("c"))) }.prepare(NOW);
        assert_eq!(to("http://api.example.com/"), Err(BenchError::NotHttps));
        assert!(matches!(to("api.example.com"), Err(BenchError::NoAddress(_))));
        assert!(to("http://127.0.0.1:9/").is_ok());
        assert!(read_headers("no header").is_err());
    }
}
