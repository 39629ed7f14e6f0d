//! What KooGallery's codes mean: `error_code` of licenses (zh-cn_topic_0070649195), `resultCode` of orders and usage
//! (zh-cn_topic_0070649350, zh-cn_topic_0070649411), of uploads (zh-cn_topic_0070649351), and of the gateway in front
//! (api-sign-errorcode). The codes are stable, the words are not.

use std::fmt;

/// A code with KooGallery's own words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiCode {
    pub code: String,
    pub message: String,
}

/// What can be done about a code. Several codes of several interfaces may mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeMeaning {
    /// KooGallery's own fault.
    InternalError,
    /// A parameter is wrong, missing or too long.
    InvalidRequest,
    /// The code is not in a state that allows it: mostly activated before.
    LicenseIllegalState,
    /// The buyer has not pressed 领取 yet.
    LicenseNotReceived,
    LicenseUnknown,
    LicenseNotActivated,
    /// A list names at least one code that cannot be taken.
    LicenseBatchInvalid,
    LicenseResourceInvalid,
    LicenseApplicationInvalid,
    LicenseNothingLeft,
    LicenseMalformed,
    LicenseApplicationDenied,
    /// The key's owner may not do this.
    NotAllowed,
    /// The key or the signature is wrong.
    NotAuthenticated,
    SignatureExpired,
    /// Too many calls.
    Throttled,
    InstanceUnknown,
    UsageInvalid,
    UsageTooMany,
    UsageTooOld,
    /// Address, method or environment is wrong.
    NoSuchInterface,
    /// The gateway does not reach what lies behind it.
    Unavailable,
    Unknown,
}

impl CodeMeaning {
    /// What to do next, where there is something; in English, for logs and the command line.
    pub const fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidRequest => "check the values that were sent",
            Self::LicenseIllegalState => "mostly the code was activated before; query it to see",
            Self::LicenseNotReceived => {
                "the buyer has not received the code yet: ask them to press 领取 under 服务监管, then retry"
            }
            Self::LicenseUnknown => "compare the code with the buyer's, letter by letter",
            Self::LicenseNotActivated => "activate the code first",
            Self::NotAllowed => {
                "the order or instance is another seller's, or the IAM user needs programmatic access (编程访问)"
            }
            Self::NotAuthenticated => "copy AK and SK again from 我的凭证",
            Self::SignatureExpired => "check this computer's clock",
            Self::NoSuchInterface => "check site and base_url under [marketplace]",
            _ => return None,
        })
    }
}

impl ApiCode {
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into().trim().to_owned(), message: message.into() }
    }

    pub fn is_success(&self) -> bool {
        matches!(bare(&self.code).as_str(), "92020000" | "0000" | "94060000" | "91380000")
    }

    pub fn meaning(&self) -> CodeMeaning {
        meaning(&self.code, &self.message)
    }
}

impl fmt::Display for ApiCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// Without the prefix of its service: the pages write `MKT.`, older copies `CBC.`, and one a blank behind the dot.
fn bare(code: &str) -> String {
    let code = code.replace(' ', "");
    ["MKT.", "CBC."].iter().find_map(|prefix| code.strip_prefix(prefix)).unwrap_or(&code).to_owned()
}

/// `message` tells apart what has one code in two tables.
pub fn meaning(code: &str, message: &str) -> CodeMeaning {
    let words = message.to_ascii_lowercase();
    if let Some(code) = code.strip_prefix("APIGW.").or_else(|| code.strip_prefix("APIG.")) {
        return of_gateway(code, &words);
    }
    match bare(code).as_str() {
        // Older copies have it as the answer to a wrong key.
        "92020001" if words.contains("unauthorized") => CodeMeaning::NotAuthenticated,
        "92020001" | "0999" | "94060001" | "91381036" => CodeMeaning::InternalError,
        "92020002" | "95000001" | "95000002" | "95000003" | "95000004" | "0100" | "0101" | "0199" => {
            CodeMeaning::InvalidRequest
        }
        "92020003" => CodeMeaning::LicenseIllegalState,
        "92020004" => CodeMeaning::LicenseNotReceived,
        "92020005" => CodeMeaning::LicenseUnknown,
        "92020011" => CodeMeaning::LicenseNotActivated,
        "92020020" => CodeMeaning::LicenseBatchInvalid,
        "91381033" => CodeMeaning::LicenseResourceInvalid,
        "91381034" => CodeMeaning::LicenseApplicationInvalid,
        "91381035" => CodeMeaning::LicenseNothingLeft,
        "91381037" => CodeMeaning::LicenseMalformed,
        "91381038" => CodeMeaning::LicenseApplicationDenied,
        "0150" | "0151" | "91380150" => CodeMeaning::NotAllowed,
        "0102" | "0154" | "94060002" => CodeMeaning::NotAuthenticated,
        "0250" => CodeMeaning::Throttled,
        "9001" => CodeMeaning::InstanceUnknown,
        "9002" => CodeMeaning::UsageInvalid,
        "9003" => CodeMeaning::UsageTooMany,
        "9004" => CodeMeaning::UsageTooOld,
        _ => CodeMeaning::Unknown,
    }
}

fn of_gateway(code: &str, words: &str) -> CodeMeaning {
    match code {
        "0301" | "0303" | "0305" | "0307" if words.contains("expired") => CodeMeaning::SignatureExpired,
        "0301" | "0303" | "0305" | "0307" | "0311" | "1009" => CodeMeaning::NotAuthenticated,
        "0302" | "0304" | "0306" | "0310" | "0401" | "0402" | "0404" | "0501" | "0502" | "0802" => {
            CodeMeaning::NotAllowed
        }
        "0308" => CodeMeaning::Throttled,
        "0101" => CodeMeaning::NoSuchInterface,
        "0201" if words.contains("unavailable") || words.contains("timeout") => CodeMeaning::Unavailable,
        "0201" | "0204" | "0602" | "0607" => CodeMeaning::InvalidRequest,
        "0103" | "0202" | "0203" | "0601" | "0605" | "0606" | "0608" | "0609" | "0610" | "0611" | "0612" | "0613"
        | "0705" => CodeMeaning::Unavailable,
        _ => CodeMeaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_code_mean_the_same() {
        for (code, words, expected) in [
            ("MKT.0250", "", CodeMeaning::Throttled),
            ("MKT. 0250", "", CodeMeaning::Throttled),
            ("CBC.0150", "", CodeMeaning::NotAllowed),
            ("MKT.9001", "", CodeMeaning::InstanceUnknown),
            ("92020001", "internal error", CodeMeaning::InternalError),
            ("92020001", "Unauthorized", CodeMeaning::NotAuthenticated),
            ("92020004", "can not active before user received.", CodeMeaning::LicenseNotReceived),
            (
                "APIGW.0301",
                "Incorrect IAM authentication information: verify aksk signature fail",
                CodeMeaning::NotAuthenticated,
            ),
            (
                "APIGW.0301",
                "Incorrect IAM authentication information: signature expired",
                CodeMeaning::SignatureExpired,
            ),
            ("APIG.0308", "", CodeMeaning::Throttled),
            ("APIGW.0201", "Backend timeout.", CodeMeaning::Unavailable),
            ("APIGW.0201", "Request entity too large", CodeMeaning::InvalidRequest),
            ("77777777", "something new", CodeMeaning::Unknown),
        ] {
            assert_eq!(meaning(code, words), expected, "{code} {words}");
        }
        for code in ["92020000", "MKT.0000", "CBC.0000"] {
            assert!(ApiCode::new(code, "").is_success());
        }
        assert!(!ApiCode::new("MKT.0999", "Success").is_success(), "the code decides");
    }
}
