//! What went wrong when KooGallery was asked, and what to do next, in words.

use crate::{
    domain::ApiFault,
    protocol::open_api::{ApiCode, CodeMeaning, Signing},
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn api_fault(&self, fault: &ApiFault) -> String {
        match fault {
            ApiFault::NoCredentials { needed } if needed == "AK/SK" => text!(self, "fault-no-access-key"),
            ApiFault::NoCredentials { .. } => text!(self, "fault-no-base-key"),
            ApiFault::Unreachable { host, reason } => {
                text!(self, "fault-unreachable", host = host.as_str(), reason = self.obstacle(reason))
            }
            ApiFault::Certificate { host, reason } => {
                text!(self, "fault-certificate", host = host.as_str(), reason = self.obstacle(reason))
            }
            ApiFault::TimedOut { host, millis } => {
                text!(self, "fault-timed-out", host = host.as_str(), seconds = (millis / 1000).to_string())
            }
            ApiFault::CutOff { host } => text!(self, "fault-cut-off", host = host.as_str()),
            ApiFault::NotUnderstood { status, excerpt, .. } => {
                text!(self, "fault-not-understood", status = status.to_string(), excerpt = excerpt.as_str())
            }
            ApiFault::ClockSkew { seconds } => {
                let minutes = seconds.unsigned_abs().div_ceil(60).to_string();
                if *seconds < 0 {
                    text!(self, "fault-clock-behind", minutes = minutes)
                } else {
                    text!(self, "fault-clock-ahead", minutes = minutes)
                }
            }
            ApiFault::Throttled { code, message, .. }
            | ApiFault::CredentialsRefused { code, message, .. }
            | ApiFault::Refused { code, message }
            | ApiFault::ServerError { code, message, .. } => {
                let told = format!("{code}: {message}");
                let told = told.trim_end_matches([' ', ':']);
                format!("{} ({told})", self.code_meaning(fault))
            }
            ApiFault::Other { text } => text.clone(),
        }
    }

    /// What the gateway in front of an API product says.
    pub fn gateway_code(&self, code: &ApiCode) -> String {
        let meaning = match code.meaning() {
            CodeMeaning::NotAuthenticated => text!(self, "bench-not-authenticated"),
            CodeMeaning::NotAllowed => text!(self, "bench-not-allowed"),
            CodeMeaning::NoSuchInterface => text!(self, "bench-no-such-api"),
            CodeMeaning::SignatureExpired => text!(self, "code-signature-expired"),
            CodeMeaning::Throttled => text!(self, "bench-throttled"),
            CodeMeaning::Unavailable => text!(self, "bench-unavailable"),
            CodeMeaning::GatewayBroken => text!(self, "bench-gateway-broken"),
            CodeMeaning::InternalError => text!(self, "bench-internal-error"),
            CodeMeaning::InvalidRequest => text!(self, "bench-invalid-request"),
            CodeMeaning::TooLarge => text!(self, "code-too-large"),
            CodeMeaning::ProtocolNotSupported => text!(self, "code-protocol-not-supported"),
            CodeMeaning::AddressDenied => text!(self, "code-address-denied"),
            _ => text!(self, "bench-unknown"),
        };
        format!("{meaning} ({}: {})", code.code, code.message)
    }

    fn code_meaning(&self, fault: &ApiFault) -> String {
        let meaning = fault.meaning().unwrap_or(CodeMeaning::Unknown);
        match (fault, meaning) {
            (ApiFault::Throttled { .. }, _) | (_, CodeMeaning::Throttled) => text!(self, "code-throttled"),
            (ApiFault::CredentialsRefused { signing: Signing::UsagePush, .. }, CodeMeaning::NotAuthenticated) => {
                text!(self, "code-base-key-refused")
            }
            (ApiFault::ServerError { .. }, CodeMeaning::Unavailable) => text!(self, "code-unavailable"),
            (_, CodeMeaning::GatewayBroken) => text!(self, "code-gateway-broken"),
            (ApiFault::ServerError { .. }, _) | (_, CodeMeaning::InternalError | CodeMeaning::Unavailable) => {
                text!(self, "code-internal-error")
            }
            (_, CodeMeaning::InvalidRequest) => text!(self, "code-invalid-request"),
            (_, CodeMeaning::LicenseIllegalState) => text!(self, "code-license-illegal-state"),
            (_, CodeMeaning::LicenseNotReceived) => text!(self, "code-license-not-received"),
            (_, CodeMeaning::LicenseUnknown) => text!(self, "code-license-unknown"),
            (_, CodeMeaning::LicenseNotActivated) => text!(self, "code-license-not-activated"),
            (_, CodeMeaning::LicenseBatchInvalid) => text!(self, "code-license-batch-invalid"),
            (_, CodeMeaning::LicenseResourceInvalid) => text!(self, "code-license-resource-invalid"),
            (_, CodeMeaning::LicenseApplicationInvalid) => text!(self, "code-license-application-invalid"),
            (_, CodeMeaning::LicenseNothingLeft) => text!(self, "code-license-nothing-left"),
            (_, CodeMeaning::LicenseMalformed) => text!(self, "code-license-malformed"),
            (_, CodeMeaning::LicenseApplicationDenied) => text!(self, "code-license-application-denied"),
            (_, CodeMeaning::NotAllowed) => text!(self, "code-not-allowed"),
            (_, CodeMeaning::NotAuthenticated) => text!(self, "code-not-authenticated"),
            (_, CodeMeaning::SignatureExpired) => text!(self, "code-signature-expired"),
            (_, CodeMeaning::InstanceUnknown) => text!(self, "code-instance-unknown"),
            (_, CodeMeaning::UsageInvalid) => text!(self, "code-usage-invalid"),
            (_, CodeMeaning::UsageTooMany) => text!(self, "code-usage-too-many"),
            (_, CodeMeaning::UsageTooOld) => text!(self, "code-usage-too-old"),
            (_, CodeMeaning::NoSuchInterface) => text!(self, "code-no-such-interface"),
            (_, CodeMeaning::TooLarge) => text!(self, "code-too-large"),
            (_, CodeMeaning::ProtocolNotSupported) => text!(self, "code-protocol-not-supported"),
            (_, CodeMeaning::AddressDenied) => text!(self, "code-address-denied"),
            (_, CodeMeaning::Unknown) => text!(self, "code-unknown"),
        }
    }
}
