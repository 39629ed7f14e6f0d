//! Why a call was refused: what was tried, what holds, and what to do next.

use crate::{
    domain::Rejection,
    protocol::{
        KeyClass,
        signature::diagnosis::{BodyForm, Hypothesis, Scheme},
    },
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn scheme(&self, scheme: Scheme) -> String {
        match scheme {
            Scheme::Url => text!(self, "scheme-url"),
            Scheme::KitHeaders => text!(self, "scheme-kit-headers"),
            Scheme::AuthToken => text!(self, "scheme-auth-token"),
            Scheme::KitAuthToken => text!(self, "scheme-kit-auth-token"),
        }
    }

    pub(in crate::ui) fn tried(&self, hypothesis: &Hypothesis) -> String {
        match hypothesis {
            Hypothesis::MisspeltParameter { wanted, found } => {
                text!(self, "tried-misspelt-parameter", wanted = wanted.as_str(), found = found.as_str())
            }
            Hypothesis::SecondsForMilliseconds => text!(self, "tried-seconds"),
            Hypothesis::DateForMilliseconds => text!(self, "tried-date"),
            Hypothesis::TimeZone { minutes: None } => text!(self, "tried-time-zone"),
            Hypothesis::TimeZone { minutes: Some(minutes) } => self.time_zone(*minutes),
            Hypothesis::ClockOff { seconds } => {
                let amount = seconds.unsigned_abs().to_string();
                if *seconds < 0 {
                    text!(self, "tried-clock-behind", seconds = amount)
                } else {
                    text!(self, "tried-clock-ahead", seconds = amount)
                }
            }
            Hypothesis::Base64ForHex => text!(self, "tried-base64-for-hex"),
            Hypothesis::HexForBase64 => text!(self, "tried-hex-for-base64"),
            Hypothesis::SignatureWrapped => text!(self, "tried-signature-wrapped"),
            Hypothesis::LostPlus => text!(self, "tried-lost-plus"),
            Hypothesis::Base64Alphabet => text!(self, "tried-base64-alphabet"),
            Hypothesis::LetterCase => text!(self, "tried-letter-case"),
            Hypothesis::EncodedTwice => text!(self, "tried-encoded-twice"),
            Hypothesis::Key { class, endpoint, old } => self.tried_key(class, endpoint.as_deref(), *old),
            Hypothesis::EndedKey { class, endpoint } => self.tried_ended_key(class, endpoint.as_deref()),
            Hypothesis::KeyWithBlank => text!(self, "tried-key-with-blank"),
            Hypothesis::KeyWithoutTimeStamp => text!(self, "tried-key-without-time-stamp"),
            Hypothesis::BodyWrittenAnew { form } => self.body_form(*form),
            Hypothesis::MemberAdded { name: None } => text!(self, "tried-member-added"),
            Hypothesis::MemberAdded { name: Some(name) } => {
                text!(self, "tried-this-member-added", name = name.as_str())
            }
            Hypothesis::MemberLost { name: None } => text!(self, "tried-member-lost"),
            Hypothesis::MemberLost { name: Some(name) } => text!(self, "tried-this-member-lost", name = name.as_str()),
            Hypothesis::PartLeftOut { part: None } => text!(self, "tried-part-left-out"),
            Hypothesis::PartLeftOut { part: Some(part) } => {
                text!(self, "tried-this-part-left-out", part = part.name())
            }
            Hypothesis::PartsSwapped => text!(self, "tried-parts-swapped"),
            Hypothesis::InnerWithoutKey => text!(self, "tried-inner-without-key"),
            Hypothesis::InnerUpperCase => text!(self, "tried-inner-upper-case"),
            Hypothesis::OtherFormula => text!(self, "tried-other-formula"),
            Hypothesis::PlusKept => text!(self, "tried-plus-kept"),
            Hypothesis::ValuesEncoded => text!(self, "tried-values-encoded"),
            Hypothesis::NotSorted => text!(self, "tried-not-sorted"),
            Hypothesis::EmptyLeftOut => text!(self, "tried-empty-left-out"),
            Hypothesis::EmptyKept => text!(self, "tried-empty-kept"),
            Hypothesis::ParameterNotSigned { name: None } => text!(self, "tried-not-signed"),
            Hypothesis::ParameterNotSigned { name: Some(name) } => {
                text!(self, "tried-this-not-signed", name = name.as_str())
            }
            Hypothesis::ParameterMissing { name: None } => text!(self, "tried-missing"),
            Hypothesis::ParameterMissing { name: Some(name) } => {
                text!(self, "tried-this-missing", name = name.as_str())
            }
        }
    }

    /// What to do where it holds.
    pub(in crate::ui) fn remedy(&self, hypothesis: &Hypothesis) -> String {
        match hypothesis {
            Hypothesis::MisspeltParameter { .. } => text!(self, "remedy-name"),
            Hypothesis::SecondsForMilliseconds => text!(self, "remedy-seconds"),
            Hypothesis::DateForMilliseconds => text!(self, "remedy-date"),
            Hypothesis::TimeZone { .. } => text!(self, "remedy-time-zone"),
            Hypothesis::ClockOff { .. } => text!(self, "remedy-clock"),
            Hypothesis::Base64ForHex => text!(self, "remedy-hex"),
            Hypothesis::HexForBase64 | Hypothesis::Base64Alphabet => text!(self, "remedy-base64"),
            Hypothesis::SignatureWrapped => text!(self, "remedy-wrapped"),
            Hypothesis::LostPlus | Hypothesis::EncodedTwice => text!(self, "remedy-encode-once"),
            Hypothesis::LetterCase => text!(self, "remedy-letter-case"),
            Hypothesis::Key { old: true, .. } | Hypothesis::EndedKey { .. } => text!(self, "remedy-old-key"),
            Hypothesis::Key { .. } => text!(self, "remedy-key"),
            Hypothesis::KeyWithBlank => text!(self, "remedy-key-with-blank"),
            Hypothesis::KeyWithoutTimeStamp => text!(self, "remedy-time-stamp"),
            Hypothesis::BodyWrittenAnew { .. } => text!(self, "remedy-body"),
            Hypothesis::MemberAdded { .. } => text!(self, "remedy-member-added"),
            Hypothesis::MemberLost { .. } => text!(self, "remedy-member-lost"),
            Hypothesis::PartLeftOut { .. } | Hypothesis::PartsSwapped => text!(self, "remedy-parts"),
            Hypothesis::InnerWithoutKey | Hypothesis::InnerUpperCase => text!(self, "remedy-inner"),
            Hypothesis::OtherFormula => text!(self, "remedy-formula"),
            Hypothesis::PlusKept => text!(self, "remedy-plus"),
            Hypothesis::ValuesEncoded => text!(self, "remedy-decoded"),
            Hypothesis::NotSorted => text!(self, "remedy-sort"),
            Hypothesis::EmptyLeftOut => text!(self, "remedy-empty-left-out"),
            Hypothesis::EmptyKept => text!(self, "remedy-empty-kept"),
            Hypothesis::ParameterNotSigned { .. } => text!(self, "remedy-not-signed"),
            Hypothesis::ParameterMissing { .. } => text!(self, "remedy-missing"),
        }
    }

    /// What to do next where no cause was found.
    pub(in crate::ui) fn next_after(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::MissingParameter { .. } => text!(self, "next-missing-parameter"),
            Rejection::MalformedTimestamp => text!(self, "next-malformed-timestamp"),
            Rejection::Stale { .. } => text!(self, "next-stale"),
            Rejection::NoKey { .. } => text!(self, "next-no-key"),
            Rejection::Mismatch { .. } => text!(self, "next-mismatch"),
            Rejection::WrongKeyClass { .. } => text!(self, "next-wrong-key-class"),
            Rejection::Replayed => text!(self, "next-replayed"),
            Rejection::Malformed { .. } => text!(self, "next-malformed"),
            Rejection::Other { .. } => text!(self, "next-other"),
        }
    }

    fn time_zone(&self, minutes: i64) -> String {
        let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
        let (hours, rest) = (hours.to_string(), rest.to_string());
        if minutes < 0 {
            text!(self, "tried-time-zone-behind", hours = hours, minutes = rest)
        } else {
            text!(self, "tried-time-zone-ahead", hours = hours, minutes = rest)
        }
    }

    fn tried_key(&self, class: &str, endpoint: Option<&str>, is_old: bool) -> String {
        let class = class.parse::<KeyClass>().map_or_else(|_| class.to_owned(), |class| self.key_class(class));
        match (endpoint, is_old) {
            (None, false) => text!(self, "tried-key-all", class = class),
            (None, true) => text!(self, "tried-old-key-all", class = class),
            (Some(endpoint), false) => text!(self, "tried-key-endpoint", class = class, endpoint = endpoint),
            (Some(endpoint), true) => text!(self, "tried-old-key-endpoint", class = class, endpoint = endpoint),
        }
    }

    fn tried_ended_key(&self, class: &str, endpoint: Option<&str>) -> String {
        let class = class.parse::<KeyClass>().map_or_else(|_| class.to_owned(), |class| self.key_class(class));
        match endpoint {
            None => text!(self, "tried-ended-key-all", class = class),
            Some(endpoint) => text!(self, "tried-ended-key-endpoint", class = class, endpoint = endpoint),
        }
    }

    fn body_form(&self, form: Option<BodyForm>) -> String {
        match form {
            None => text!(self, "tried-body-anew"),
            Some(BodyForm::Ends) => text!(self, "tried-body-ends"),
            Some(BodyForm::Compact) => text!(self, "tried-body-compact"),
            Some(BodyForm::Sorted) => text!(self, "tried-body-sorted"),
            Some(BodyForm::Descending) => text!(self, "tried-body-descending"),
            Some(BodyForm::Pretty) => text!(self, "tried-body-pretty"),
            Some(BodyForm::Spaced) => text!(self, "tried-body-spaced"),
            Some(BodyForm::Escaped) => text!(self, "tried-body-escaped"),
            Some(BodyForm::EscapedSlashes) => text!(self, "tried-body-slashes"),
        }
    }
}
