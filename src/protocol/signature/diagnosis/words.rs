//! What was tried, and what to do about it, in English, for the command line.

use std::fmt;

use super::{BodyForm, Hypothesis, Scheme};

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "V2.0: signature = hex(HMAC-SHA256(accessKey, accessKey + nonce + timestamp + hex(HMAC-SHA256(accessKey, body))))",
            Self::KitHeaders => "kit V2.0: x-sign = hex(HMAC-SHA256(accessKey, accessKey + x-nonce + x-timestamp + body))",
            Self::AuthToken => "V1.0: authToken = base64(HMAC-SHA256(Key + timeStamp, sorted parameters))",
            Self::KitAuthToken => "kit V1.0: authToken = base64(HMAC-SHA256(Key + timeStamp, sorted members of the body))",
        })
    }
}

impl BodyForm {
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Ends => "with white space at its ends put in or taken out",
            Self::Compact => "without blanks",
            Self::Sorted => "with sorted names",
            Self::Descending => "with names sorted from Z to A",
            Self::Pretty => "indented over several lines",
            Self::Spaced => "with a blank behind each comma and colon",
            Self::Escaped => "with \\uXXXX for what is not ASCII",
            Self::EscapedSlashes => "with \\/ for /",
        }
    }
}

impl fmt::Display for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::MisspeltParameter { wanted, found } => return write!(f, "`{wanted}` came as `{found}`"),
            Self::SecondsForMilliseconds => "seconds taken for milliseconds",
            Self::DateForMilliseconds => "a date written out instead of milliseconds",
            Self::TimeZone { minutes: None } => "the clock off by a time zone",
            Self::TimeZone { minutes: Some(minutes) } => {
                let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
                let way = if *minutes < 0 { "behind" } else { "ahead" };
                return write!(f, "the caller's clock {way} by {hours} h {rest} min: a time zone");
            }
            Self::ClockOff { seconds } => {
                let way = if *seconds < 0 { "behind" } else { "ahead" };
                return write!(f, "the caller's clock off ({} s {way})", seconds.unsigned_abs());
            }
            Self::Base64ForHex => "the signature in base64 instead of hex",
            Self::HexForBase64 => "the signature in hex instead of base64",
            Self::SignatureWrapped => "blanks or quotes around the signature",
            Self::LostPlus => "a `+` of authToken sent unescaped, and so read as a blank",
            Self::Base64Alphabet => "URL-safe base64, or base64 without padding",
            Self::LetterCase => "the signature in another letter case",
            Self::EncodedTwice => "the signature URL-encoded twice",
            Self::Key { class, endpoint, old } => {
                let old = if *old { "old " } else { "" };
                return match endpoint {
                    Some(endpoint) => write!(f, "the {old}key of the class `{class}` of the endpoint `{endpoint}`"),
                    None => write!(f, "the {old}key of the class `{class}` for all endpoints"),
                };
            }
            Self::EndedKey { class, endpoint } => {
                write!(f, "an old key of the class `{class}`")?;
                if let Some(endpoint) = endpoint {
                    write!(f, " of the endpoint `{endpoint}`")?;
                }
                ", one that was replaced or ended"
            }
            Self::KeyWithBlank => "the right key with a blank or line break at its end",
            Self::KeyWithoutTimeStamp => "the Key alone, without timeStamp behind it",
            Self::BodyWrittenAnew { form: None } => {
                "the body written anew (compact, sorted, indented, spaced, escaped, line break at its end)"
            }
            Self::BodyWrittenAnew { form: Some(form) } => {
                return write!(f, "the body written anew, {}", form.describe());
            }
            Self::MemberAdded { name: None } => "a member of the body that was added behind the signature",
            Self::MemberAdded { name: Some(name) } => {
                return write!(f, "`{name}` added to the body behind the signature");
            }
            Self::MemberLost { name: None } => "a member of the body that was signed and did not arrive",
            Self::MemberLost { name: Some(name) } => return write!(f, "`{name}` signed in the body, but not arrived"),
            Self::PartLeftOut { part: None } => "access key, nonce or timestamp left out of the text",
            Self::PartLeftOut { part: Some(part) } => return write!(f, "`{}` left out of the text", part.name()),
            Self::PartsSwapped => "timestamp before nonce",
            Self::InnerWithoutKey => "the body's digest made without the key",
            Self::InnerUpperCase => "the body's digest in upper-case hex",
            Self::OtherFormula => "the formula of another kind of interface",
            Self::PlusKept => "`+` signed as it stands, not as the blank that it means",
            Self::ValuesEncoded => "values signed as they are URL-encoded",
            Self::NotSorted => "names not sorted, or sorted regardless of letter case",
            Self::EmptyLeftOut => "parameters without value left out",
            Self::EmptyKept => "members without value signed too",
            Self::ParameterNotSigned { name: None } => "a parameter that was not signed",
            Self::ParameterNotSigned { name: Some(name) } => return write!(f, "`{name}` not signed"),
            Self::ParameterMissing { name: None } => "a parameter that was signed and did not arrive",
            Self::ParameterMissing { name: Some(name) } => return write!(f, "`{name}` signed, but not arrived"),
        };
        f.write_str(words)
    }
}

impl Hypothesis {
    /// What to do where it holds.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::MisspeltParameter { .. } => "Write the name exactly so; letter case counts.",
            Self::SecondsForMilliseconds => "Send and sign the timestamp in milliseconds, 13 digits.",
            Self::DateForMilliseconds => "Send and sign milliseconds since 1970 in UTC, 13 digits.",
            Self::TimeZone { .. } => "Take the time in UTC on both sides, and check the time zone of this computer.",
            Self::ClockOff { .. } => "Set the clock of this computer and the caller's by a time server.",
            Self::Base64ForHex => "Write the signature in hex, 64 characters.",
            Self::HexForBase64 => "Write the signature in base64, 44 characters.",
            Self::SignatureWrapped => "Send the bare signature.",
            Self::LostPlus | Self::EncodedTwice => "URL-encode authToken once: `+` as %2B, `/` as %2F, `=` as %3D.",
            Self::Base64Alphabet => "Write the signature in standard base64 with `+`, `/` and padding.",
            Self::LetterCase => {
                "Leave the letter case of base64 as it is; find what changes it between the caller and here."
            }
            Self::Key { old: true, .. } | Self::EndedKey { .. } => {
                "The caller holds on to an old key: give it the one that this interface and endpoint have now."
            }
            Self::Key { .. } => {
                "Compare which key the seller console binds to this interface and endpoint, and set that one here."
            }
            Self::KeyWithBlank => "Copy the key at the caller again, without what follows it.",
            Self::KeyWithoutTimeStamp => "Sign with Key and timeStamp, joined without anything between them.",
            Self::BodyWrittenAnew { .. } => {
                "Sign exactly the bytes that are sent; look for a proxy or program that rewrites JSON on the way."
            }
            Self::MemberAdded { .. } => "Look for what adds the member behind the caller's signature, or sign it.",
            Self::MemberLost { .. } => {
                "Look for a proxy or program that drops the member on the way, often one that is empty."
            }
            Self::PartLeftOut { .. } | Self::PartsSwapped => {
                "Sign accessKey, nonce, timestamp and body, in this order, with nothing between them."
            }
            Self::InnerWithoutKey | Self::InnerUpperCase => {
                "Take HMAC-SHA256 with the access key for the body's digest too, in lower-case hex."
            }
            Self::OtherFormula => "Take the formula of this interface, as it is told here.",
            Self::PlusKept => "Sign decoded values, and write a `+` that is one as %2B.",
            Self::ValuesEncoded => "Sign decoded values.",
            Self::NotSorted => "Sort by name, upper case before lower case.",
            Self::EmptyLeftOut => "Sign parameters without value too, as `name=`.",
            Self::EmptyKept => "Leave members that are null or empty out of the signed text.",
            Self::ParameterNotSigned { .. } => {
                "Look for what adds the parameter behind the caller's signature, or sign it."
            }
            Self::ParameterMissing { .. } => "Look for a proxy that drops the parameter on the way.",
        }
    }
}
