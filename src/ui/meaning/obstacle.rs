//! Why somebody cannot be reached, and what is wrong with an answer, in half a sentence each.

use crate::{
    domain::{AnswerFlaw, Obstacle, SecretFlaw},
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn obstacle(&self, obstacle: &Obstacle) -> String {
        match obstacle {
            Obstacle::NoCertificate => text!(self, "obstacle-no-certificate"),
            Obstacle::Expired => text!(self, "obstacle-expired"),
            Obstacle::ExpiredOn { day } => text!(self, "obstacle-expired-on", day = day.as_str()),
            Obstacle::NotValidYet => text!(self, "obstacle-not-valid-yet"),
            Obstacle::ValidFrom { day } => text!(self, "obstacle-valid-from", day = day.as_str()),
            Obstacle::OtherNames { names } => text!(self, "obstacle-other-names", names = names.as_str()),
            Obstacle::OtherHost => text!(self, "obstacle-other-host"),
            Obstacle::UnknownIssuer => text!(self, "obstacle-unknown-issuer"),
            Obstacle::WrongIssuer => text!(self, "obstacle-wrong-issuer"),
            Obstacle::NotForServers => text!(self, "obstacle-not-for-servers"),
            Obstacle::Revoked => text!(self, "obstacle-revoked"),
            Obstacle::NoTls => text!(self, "obstacle-no-tls"),
            Obstacle::OldTls => text!(self, "obstacle-old-tls"),
            Obstacle::TlsFailed { said } => text!(self, "obstacle-tls-failed", said = said.as_str()),
            Obstacle::Refused => text!(self, "obstacle-refused"),
            Obstacle::Reset => text!(self, "obstacle-reset"),
            Obstacle::Slow => text!(self, "obstacle-slow"),
            Obstacle::NoRoute => text!(self, "obstacle-no-route"),
            Obstacle::NameUnknown { said } => text!(self, "obstacle-name-unknown", said = said.as_str()),
            Obstacle::NoHost => text!(self, "obstacle-no-host"),
            Obstacle::NoWebhook { endpoint } => text!(self, "obstacle-no-webhook", endpoint = endpoint.as_str()),
            Obstacle::NoSecret { said } => text!(self, "obstacle-no-secret", said = said.as_str()),
            Obstacle::Other(said) => text!(self, "system-other", text = said.as_str()),
        }
    }

    pub(in crate::ui) fn answer_flaw(&self, flaw: &AnswerFlaw) -> String {
        match flaw {
            AnswerFlaw::TooLong { max } => text!(self, "answer-too-long", max = max.to_string()),
            AnswerFlaw::OtherInstance { told, asked } => {
                text!(self, "answer-other-instance", told = told.as_str(), asked = asked.as_str())
            }
            AnswerFlaw::ResultCode { code } => text!(self, "answer-result-code", code = code.as_str()),
            AnswerFlaw::LicenseText { length, max } => {
                text!(self, "answer-license-text", length = length.to_string(), max = max.to_string())
            }
            AnswerFlaw::LicenseFileName { length, max } => {
                text!(self, "answer-license-file-name", length = length.to_string(), max = max.to_string())
            }
            AnswerFlaw::LicenseFileBase64 { reason } => {
                text!(self, "answer-license-file-base64", reason = reason.as_str())
            }
            AnswerFlaw::LicenseFileLength { length, max } => {
                text!(self, "answer-license-file-length", length = length.to_string(), max = max.to_string())
            }
            AnswerFlaw::TwoLicenses => text!(self, "answer-two-licenses"),
            AnswerFlaw::LicenseFileNotAskedFor => text!(self, "answer-license-file-not-asked"),
            AnswerFlaw::Other(said) => text!(self, "answer-no-json", said = said.as_str()),
        }
    }

    pub(in crate::ui) fn secret_flaw(&self, flaw: &SecretFlaw) -> String {
        match flaw {
            SecretFlaw::NoKey => text!(self, "secret-no-key"),
            SecretFlaw::BadKey => text!(self, "secret-bad-key"),
            SecretFlaw::NotBase64 => text!(self, "secret-no-base64"),
            SecretFlaw::OtherKey => text!(self, "secret-other-key"),
            SecretFlaw::Other(said) => text!(self, "system-other", text = said.as_str()),
        }
    }
}
