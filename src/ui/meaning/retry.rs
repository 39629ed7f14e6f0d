//! How long KooGallery goes on calling, by whom it is said, in words.

use crate::{
    domain::{
        RetryRow,
        retry_window::{Documented, RetrySource},
    },
    ui::{text, texts::Texts},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

impl Texts {
    pub(in crate::ui) fn retry_row(&self, row: RetryRow) -> String {
        match row {
            RetryRow::NewOrder => text!(self, "retry-new-order"),
            RetryRow::Upgrade => text!(self, "retry-upgrade"),
            RetryRow::Renewal => text!(self, "retry-renewal"),
            RetryRow::Status => text!(self, "retry-status"),
            RetryRow::Release => text!(self, "retry-release"),
            RetryRow::OrderNotify => text!(self, "retry-order-notify"),
            RetryRow::CodeRenewal => text!(self, "retry-code-renewal"),
            RetryRow::CodeStatus => text!(self, "retry-code-status"),
            RetryRow::CodeRelease => text!(self, "retry-code-release"),
            RetryRow::LicenseV1 => text!(self, "retry-license-v1"),
            RetryRow::Other => text!(self, "retry-other"),
        }
    }

    pub(in crate::ui) fn retry_documented(&self, documented: &Documented) -> String {
        let sources: Vec<String> = documented.sources.iter().map(|source| self.retry_source(*source)).collect();
        let length = self.retry_length(documented.millis);
        text!(self, "retry-documented", length = length, sources = sources.join(text!(self, "retry-and").as_str()))
    }

    /// One that no page says.
    pub(in crate::ui) fn retry_own(&self, millis: i64) -> String {
        text!(self, "retry-own", length = self.retry_length(millis))
    }

    fn retry_length(&self, millis: i64) -> String {
        let (hours, minutes): (i64, i64) = (millis / HOUR, millis / MINUTE);
        match millis {
            0 => text!(self, "retry-once"),
            whole if whole % HOUR == 0 => text!(self, "retry-hours", hours = hours),
            _ => text!(self, "retry-minutes", minutes = minutes),
        }
    }

    fn retry_source(&self, source: RetrySource) -> String {
        match source {
            RetrySource::ChinaV1 => text!(self, "retry-source-china-v1"),
            RetrySource::ChinaV2 => text!(self, "retry-source-china-v2"),
            RetrySource::International => text!(self, "retry-source-international"),
            RetrySource::OnlineLicense => text!(self, "retry-source-online-license"),
            RetrySource::LicenseCode => text!(self, "retry-source-license-code"),
            RetrySource::LicenseCodeInferred => text!(self, "retry-source-license-code-inferred"),
            RetrySource::OrderNotification => text!(self, "retry-source-order-notification"),
            RetrySource::Older => text!(self, "retry-source-older"),
        }
    }
}
