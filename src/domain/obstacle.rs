//! Why somebody could not be reached, or what was wrong with an answer, as data: told in two languages by the window. What
//! only a library can say is kept as its words, and so is what an earlier version wrote. Knows no socket.

use serde::{Deserialize, Serialize};

use crate::protocol::id::InstanceId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Obstacle {
    #[error("it shows none")]
    NoCertificate,
    #[error("it has expired")]
    Expired,
    #[error("it expired on {day}")]
    ExpiredOn { day: String },
    #[error("it is not valid yet")]
    NotValidYet,
    #[error("it is valid from {day} only")]
    ValidFrom { day: String },
    #[error("it is made out for {names}")]
    OtherNames { names: String },
    #[error("it is made out for another host")]
    OtherHost,
    #[error("nobody whom this computer trusts has issued it")]
    UnknownIssuer,
    /// An issuer of the same name and with another key, for one.
    #[error("it is not signed by whom it names as its issuer")]
    WrongIssuer,
    #[error("it is not made for a server")]
    NotForServers,
    #[error("it is revoked")]
    Revoked,
    #[error("it does not speak TLS there; a proxy of plain HTTP may be in between")]
    NoTls,
    #[error("it speaks no version of TLS that is taken here, 1.2 or later")]
    OldTls,
    #[error("TLS failed, {said}")]
    TlsFailed { said: String },
    #[error("the connection was refused, nobody listens there")]
    Refused,
    #[error("the connection was reset")]
    Reset,
    #[error("it took too long")]
    Slow,
    #[error("no way leads there, the network may be down")]
    NoRoute,
    #[error("the name is not known ({said})")]
    NameUnknown { said: String },
    #[error("no host is configured")]
    NoHost,
    #[error("endpoint `{endpoint}` has no [endpoint.webhook]")]
    NoWebhook { endpoint: String },
    #[error("the webhook secret cannot be used: {said}")]
    NoSecret { said: String },
    #[error("{0}")]
    #[serde(untagged)]
    Other(String),
}

/// What is wrong with the answer of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AnswerFlaw {
    #[error("it is longer than {max} bytes")]
    TooLong { max: usize },
    #[error("it is about instance `{told}`, asked was `{asked}`")]
    OtherInstance { told: String, asked: InstanceId },
    #[error("the resultCode `{code}` is not six digits")]
    ResultCode { code: String },
    #[error("`license` has {length} characters; KooGallery takes 1 to {max}, and longer ones as `licenseFile`")]
    LicenseText { length: usize, max: usize },
    #[error("`licenseFile.name` has {length} characters; KooGallery takes 1 to {max}")]
    LicenseFileName { length: usize, max: usize },
    #[error("`licenseFile.base64` is no base64: {reason}")]
    LicenseFileBase64 { reason: String },
    #[error("`licenseFile` has {length} bytes; KooGallery takes 1 to {max}")]
    LicenseFileLength { length: usize, max: usize },
    #[error("it has both `license` and `licenseFile`; one License is handed over")]
    TwoLicenses,
    #[error("`licenseFile` is taken with getLicenseAsync alone")]
    LicenseFileNotAskedFor,
    #[error("{0}")]
    #[serde(untagged)]
    Other(String),
}

/// Why a `clientSecret` stays closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SecretFlaw {
    #[error("no RSA private key is set")]
    NoKey,
    #[error("the RSA private key cannot be used")]
    BadKey,
    #[error("the value is not base64")]
    NotBase64,
    #[error("the value cannot be decrypted with this private key")]
    OtherKey,
    #[error("{0}")]
    #[serde(untagged)]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_wrote_is_still_read() {
        let read: Obstacle = serde_json::from_str(r#""it expired on 2026-01-01""#).unwrap();
        assert_eq!(read, Obstacle::Other("it expired on 2026-01-01".into()));
        let read: AnswerFlaw = serde_json::from_str(r#""expected value at line 1""#).unwrap();
        assert_eq!(read, AnswerFlaw::Other("expected value at line 1".into()));
        let read: SecretFlaw = serde_json::from_str(r#""no RSA private key is set""#).unwrap();
        assert_eq!(read.to_string(), "no RSA private key is set");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for obstacle in
            [Obstacle::Refused, Obstacle::ExpiredOn { day: "2026-01-01".into() }, Obstacle::Other("x".into())]
        {
            let text = serde_json::to_string(&obstacle).unwrap();
            assert_eq!(serde_json::from_str::<Obstacle>(&text).unwrap(), obstacle, "{text}");
        }
        let flaw = AnswerFlaw::TooLong { max: 5 };
        assert_eq!(serde_json::from_str::<AnswerFlaw>(&serde_json::to_string(&flaw).unwrap()).unwrap(), flaw);
    }
}
