//! `SDK-HMAC-SHA256`, the AK/SK signature of the open APIs (KooGallery page zh-cn_topic_0070649347, API signing guide
//! api-sign-0003); with AppKey and AppSecret in place of AK and SK also the signature of API products. Knows no clock and
//! no HTTP client: a request comes in as its parts.
//!
//! ```text
//! canonical request = METHOD LF uri LF query LF headers LF signed header names LF payload hash
//! string to sign    = SDK-HMAC-SHA256 LF X-Sdk-Date LF hex(SHA-256(canonical request))
//! signature         = hex(HMAC-SHA256(SK, string to sign))
//! ```
//!
//! The host is signed, so a request that is sent again to another host must be signed again.

mod canonical;

pub use canonical::{canonical_query, canonical_uri};

use super::mac::{constant_time_eq, hmac_sha256, sha256_hex};
use crate::protocol::{Secret, UnixMillis};

pub const ALGORITHM: &str = "SDK-HMAC-SHA256";
pub const AUTHORIZATION: &str = "Authorization";
pub const X_SDK_DATE: &str = "X-Sdk-Date";
pub const X_SDK_CONTENT_SHA256: &str = "X-Sdk-Content-Sha256";
/// The value of [`X_SDK_CONTENT_SHA256`] with which the body is left unsigned, for multipart uploads.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// How far `X-Sdk-Date` may lie from the gateway's clock, either way: 15 minutes.
pub const MAX_SKEW_MILLIS: i64 = 15 * 60_000;

/// A request in the parts that are signed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// As in the request line, percent-encoded or not, without `?`. Only the canonical form gets a `/` at its end.
    pub path: &'a str,
    /// Without `?`. Write a blank as `%20`: clients disagree about `+`, which is read as a blank here.
    pub query: &'a str,
    /// Name and value, names in any case. When signing, all of them are signed (save `Authorization`, `X-Sdk-Date`, which
    /// is given apart, and names with `_`), so give `Host` and no header that a proxy rewrites. When verifying, all that
    /// arrived.
    pub headers: &'a [(&'a str, &'a str)],
    /// Exact bytes.
    pub body: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdkHmacError {
    #[error("`{0}` is no HTTP method")]
    MalformedMethod(String),
    #[error("`{0}` is no header name")]
    MalformedHeaderName(String),
    #[error("the header `{0}` holds a control character")]
    MalformedHeaderValue(String),
    #[error("the header `{0}` is there twice")]
    RepeatedHeader(String),
    #[error("the header `{0}` is missing")]
    MissingHeader(String),
    #[error("`X-Sdk-Date` is not of the form yyyyMMdd'T'HHmmss'Z'")]
    MalformedDate,
    #[error("`X-Sdk-Date` is {} s {} this computer's clock; at most {} s are allowed", .skew_millis.unsigned_abs() / 1000, if *.skew_millis < 0 { "behind" } else { "ahead of" }, MAX_SKEW_MILLIS / 1000)]
    Stale {
        /// Positive where the caller's clock is ahead.
        skew_millis: i64,
    },
    #[error("an access key id is 1 to 128 printable ASCII characters without blank and comma")]
    MalformedAccess,
    #[error("`Authorization` is not of the form SDK-HMAC-SHA256 Access=..., SignedHeaders=..., Signature=...")]
    MalformedAuthorization,
    #[error("`X-Sdk-Date` is not among the signed headers")]
    DateNotSigned,
    #[error("`X-Sdk-Content-Sha256` is not the hash of the body")]
    PayloadHash,
    #[error("the signature does not match the key")]
    Mismatch,
}

/// What is computed on the way to a signature. Holds no key, so it is safe to keep and to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    pub canonical_request: String,
    pub string_to_sign: String,
}

impl Computed {
    fn new(canonical_request: String, date: &str) -> Self {
        let string_to_sign = format!("{ALGORITHM}\n{date}\n{}", sha256_hex(canonical_request.as_bytes()));
        Self { canonical_request, string_to_sign }
    }

    fn signature(&self, secret: &Secret) -> String {
        hex::encode(hmac_sha256(secret.expose().as_bytes(), &[self.string_to_sign.as_bytes()]))
    }
}

/// A signed request: send `authorization` as [`AUTHORIZATION`], `date` as [`X_SDK_DATE`], and every header that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub computed: Computed,
    /// Lower-case hex.
    pub signature: String,
    pub authorization: String,
    pub date: String,
}

/// What a valid signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    Everything,
    /// The request was signed with [`UNSIGNED_PAYLOAD`]: nothing is known of its body.
    AllButBody,
}

impl Request<'_> {
    /// Signs with the id `access` (AK) and its `secret` (SK). `date` is the time of now, see [`format_date`].
    pub fn sign(&self, access: &str, secret: &Secret, date: &str) -> Result<Signed, SdkHmacError> {
        if !is_access(access) {
            return Err(SdkHmacError::MalformedAccess);
        }
        parse_date(date)?;
        let mut names: Vec<String> = self
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .filter(|name| !name.contains('_') && name != "authorization" && name != "x-sdk-date")
            .collect();
        if !names.iter().any(|name| name == "host") {
            return Err(SdkHmacError::MissingHeader("host".to_owned()));
        }
        names.push("x-sdk-date".to_owned());
        names.sort_unstable();
        let mut headers: Vec<(&str, &str)> =
            self.headers.iter().copied().filter(|(name, _)| !name.eq_ignore_ascii_case(X_SDK_DATE)).collect();
        headers.push((X_SDK_DATE, date));
        let dated = Request { headers: &headers, ..*self };
        let computed = Computed::new(canonical::request(&dated, &names, &dated.payload_line()?)?, date);
        let signature = computed.signature(secret);
        let authorization =
            format!("{ALGORITHM} Access={access}, SignedHeaders={}, Signature={signature}", names.join(";"));
        Ok(Signed { computed, signature, authorization, date: date.to_owned() })
    }

    /// The value of a header that must be there at most once; blanks at its ends do not count.
    fn header(&self, name: &str) -> Result<Option<&str>, SdkHmacError> {
        let mut values = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.trim());
        if values.next().is_some() {
            return Err(SdkHmacError::RepeatedHeader(canonical::clip(name)));
        }
        Ok(first)
    }

    /// The last line of the canonical request. An empty body is always hashed, whatever the header says, as the newest
    /// SDKs do.
    fn payload_line(&self) -> Result<String, SdkHmacError> {
        match self.header(X_SDK_CONTENT_SHA256)? {
            Some(given) if !self.body.is_empty() => Ok(given.to_owned()),
            _ => Ok(sha256_hex(self.body)),
        }
    }
}

/// The header `Authorization`, read but not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Whose secret is to be looked up.
    pub access: String,
    /// Lower case, in the order given.
    pub signed_headers: Vec<String>,
    pub signature: String,
}

impl Authorization {
    /// Reads the header's value; the blank after a comma may be missing, as some clients write it.
    pub fn parse(value: &str) -> Result<Self, SdkHmacError> {
        let malformed = || SdkHmacError::MalformedAuthorization;
        let fields =
            value.trim().strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(malformed)?;
        let mut fields = fields.split(',').map(str::trim);
        let mut next = |name: &str| fields.next().and_then(|field| field.strip_prefix(name)).ok_or_else(malformed);
        let (access, names, signature) = (next("Access=")?, next("SignedHeaders=")?, next("Signature=")?);
        if fields.next().is_some() || !is_access(access) || names.is_empty() || signature.is_empty() {
            return Err(malformed());
        }
        Ok(Self {
            access: access.to_owned(),
            signed_headers: names.split(';').map(str::to_ascii_lowercase).collect(),
            signature: signature.to_owned(),
        })
    }

    /// What the signature should have been computed from, for an explanation.
    pub fn computed(&self, request: &Request<'_>) -> Result<Computed, SdkHmacError> {
        self.compute(request, &request.payload_line()?)
    }

    /// Whether somebody who knows `secret` signed `request`. Exactly the headers that the caller lists are taken, of which
    /// `x-sdk-date` must be one. Freshness is checked apart.
    pub fn verify(&self, request: &Request<'_>, secret: &Secret) -> Result<Covers, SdkHmacError> {
        let stated = request.header(X_SDK_CONTENT_SHA256)?;
        let unsigned = stated == Some(UNSIGNED_PAYLOAD);
        let hash = sha256_hex(request.body);
        if stated.is_some_and(|stated| !unsigned && !stated.eq_ignore_ascii_case(&hash)) {
            return Err(SdkHmacError::PayloadHash);
        }
        let matches = |payload: &str| {
            let expected = self.compute(request, payload)?.signature(secret);
            Ok(constant_time_eq(self.signature.as_bytes(), expected.as_bytes()))
        };
        let line = request.payload_line()?;
        if matches(&line)? {
            return Ok(if line == UNSIGNED_PAYLOAD { Covers::AllButBody } else { Covers::Everything });
        }
        // Older clients write the header's value for an empty body too.
        match stated {
            Some(stated) if stated != line && matches(stated)? => {
                Ok(if unsigned { Covers::AllButBody } else { Covers::Everything })
            }
            _ => Err(SdkHmacError::Mismatch),
        }
    }

    fn compute(&self, request: &Request<'_>, payload: &str) -> Result<Computed, SdkHmacError> {
        if !self.signed_headers.iter().any(|name| name == "x-sdk-date") {
            return Err(SdkHmacError::DateNotSigned);
        }
        let date = request.header(X_SDK_DATE)?.ok_or_else(|| SdkHmacError::MissingHeader("x-sdk-date".to_owned()))?;
        parse_date(date)?;
        Ok(Computed::new(canonical::request(request, &self.signed_headers, payload)?, date))
    }
}

/// `now` as `X-Sdk-Date` writes it: `yyyyMMdd'T'HHmmss'Z'` in UTC.
pub fn format_date(now: UnixMillis) -> String {
    let digits = now.to_compact_utc();
    match digits.split_at_checked(8) {
        Some((day, time)) => format!("{day}T{time}Z"),
        None => digits,
    }
}

/// Reads an `X-Sdk-Date`.
pub fn parse_date(text: &str) -> Result<UnixMillis, SdkHmacError> {
    let (day, time) =
        text.strip_suffix('Z').and_then(|text| text.split_once('T')).ok_or(SdkHmacError::MalformedDate)?;
    if day.len() != 8 || time.len() != 6 {
        return Err(SdkHmacError::MalformedDate);
    }
    UnixMillis::from_compact_utc(&[day, time].concat()).map_err(|_| SdkHmacError::MalformedDate)
}

/// Whether a request dated `date` is of now.
pub fn check_freshness(date: &str, now: UnixMillis) -> Result<(), SdkHmacError> {
    let skew_millis = parse_date(date)?.millis_since(now);
    if skew_millis.saturating_abs() > MAX_SKEW_MILLIS {
        return Err(SdkHmacError::Stale { skew_millis });
    }
    Ok(())
}

fn is_access(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}
