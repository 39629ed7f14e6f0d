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
    /// The gateway is set up wrong for this interface.
    GatewayBroken,
    /// The body, the address or a header is longer than the gateway takes.
    TooLarge,
    /// The version of TLS, or HTTP where HTTPS is wanted.
    ProtocolNotSupported,
    /// The gateway keeps this computer's IP address out.
    AddressDenied,
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
            Self::TooLarge => "the gateway takes 12 MB in a body, 32 KB in an address or a header",
            Self::AddressDenied => "the gateway keeps this computer's IP address out",
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

    /// Of the gateway in front of the interface, which answered in its place.
    pub fn is_of_gateway(&self) -> bool {
        gateway_code(&self.code).is_some()
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

fn gateway_code(code: &str) -> Option<&str> {
    code.strip_prefix("APIGW.").or_else(|| code.strip_prefix("APIG."))
}

/// `message` tells apart what has one code in two tables.
pub fn meaning(code: &str, message: &str) -> CodeMeaning {
    let words = message.to_ascii_lowercase();
    if let Some(code) = gateway_code(code) {
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

/// Its table (api-sign-errorcode, apig_03_0048). Of 0201, one code for many things, the words tell which.
fn of_gateway(code: &str, words: &str) -> CodeMeaning {
    match code {
        "0301" | "0303" | "0305" | "0307" if words.contains("expired") => CodeMeaning::SignatureExpired,
        "0301" | "0303" | "0305" | "0307" | "0311" | "1009" => CodeMeaning::NotAuthenticated,
        "0302" | "0304" | "0306" | "0310" | "0404" | "0501" | "0502" | "0802" => CodeMeaning::NotAllowed,
        "0401" | "0402" => CodeMeaning::AddressDenied,
        "0308" => CodeMeaning::Throttled,
        "0101" => CodeMeaning::NoSuchInterface,
        "0104" | "0105" | "0106" | "0107" | "0108" => CodeMeaning::GatewayBroken,
        "0201" if words.contains("unavailable") || words.contains("timeout") => CodeMeaning::Unavailable,
        "0201" if words.contains("too large") => CodeMeaning::TooLarge,
        "0201" if words.contains("unexpected") => CodeMeaning::InternalError,
        "0201" | "0602" => CodeMeaning::InvalidRequest,
        "0204" | "0607" => CodeMeaning::ProtocolNotSupported,
        "0601" => CodeMeaning::InternalError,
        "0103" | "0202" | "0203" | "0605" | "0606" | "0608" | "0609" | "0610" | "0611" | "0612" | "0613" | "0705" => {
            CodeMeaning::Unavailable
        }
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
            ("APIGW.0201", "Request entity too large", CodeMeaning::TooLarge),
            ("77777777", "something new", CodeMeaning::Unknown),
        ] {
            assert_eq!(meaning(code, words), expected, "{code} {words}");
        }
        for code in ["92020000", "MKT.0000", "CBC.0000"] {
            assert!(ApiCode::new(code, "").is_success());
        }
        assert!(!ApiCode::new("MKT.0999", "Success").is_success(), "the code decides");
    }

    #[test]
    fn every_code_of_the_gateway_is_known() {
        use CodeMeaning::{
            AddressDenied, GatewayBroken, InternalError, InvalidRequest, NoSuchInterface, NotAllowed, NotAuthenticated,
            ProtocolNotSupported, SignatureExpired, Throttled, TooLarge, Unavailable,
        };
        let expired = "Incorrect app authentication information: signature expired, signature time:1,server time:2";
        for (code, words, expected) in [
            ("0101", "The API does not exist or has not been published in the environment.", NoSuchInterface),
            ("0101", "The API does not exist.", NoSuchInterface),
            ("0103", "The backend does not exist.", Unavailable),
            ("0104", "The plug-ins do not exist.", GatewayBroken),
            ("0105", "The backend configurations do not exist.", GatewayBroken),
            ("0106", "Orchestration error.", GatewayBroken),
            ("0107", "custom lua script error", GatewayBroken),
            ("0108", "server group ID does not exist", GatewayBroken),
            ("0201", "API request error.", InvalidRequest),
            ("0201", "Request entity too large", TooLarge),
            ("0201", "Request URI too large", TooLarge),
            ("0201", "Request headers too large", TooLarge),
            ("0201", "Backend unavailable.", Unavailable),
            ("0201", "Backend timeout.", Unavailable),
            ("0201", "An unexpected error occurred.", InternalError),
            ("0202", "Backend unavailable.", Unavailable),
            ("0203", "Backend timeout.", Unavailable),
            ("0204", "SSL protocol is not supported: TLSv1.1", ProtocolNotSupported),
            ("0301", "Incorrect IAM authentication information: decrypt token fail", NotAuthenticated),
            ("0301", "Incorrect IAM authentication information: signature expired", SignatureExpired),
            ("0302", "The IAM user is not authorized to access the API.", NotAllowed),
            ("0303", "Incorrect app authentication information: app not found, appkey k", NotAuthenticated),
            ("0303", expired, SignatureExpired),
            ("0304", "The app is not authorized to access the API.", NotAllowed),
            ("0305", "Incorrect authentication information: frontend authorizer", NotAuthenticated),
            ("0306", "API access denied.", NotAllowed),
            ("0307", "The token must be updated.", NotAuthenticated),
            ("0308", "The throttling threshold has been reached: policy user over ratelimit,limit:XX", Throttled),
            ("0310", "The project is unavailable.", NotAllowed),
            ("0311", "Incorrect debugging authentication information.", NotAuthenticated),
            ("0401", "Unknown client IP address.", AddressDenied),
            ("0402", "The IP address is not authorized to access the API.", AddressDenied),
            ("0404", "Access to the backend IP address has been denied.", NotAllowed),
            ("0501", "The app quota has been used up.", NotAllowed),
            ("0502", "The app has been frozen.", NotAllowed),
            ("0601", "Internal server error.", InternalError),
            ("0602", "Bad request.", InvalidRequest),
            ("0605", "", Unavailable),
            ("0606", "", Unavailable),
            ("0607", "", ProtocolNotSupported),
            ("0608", "", Unavailable),
            ("0609", "", Unavailable),
            ("0610", "", Unavailable),
            ("0611", "", Unavailable),
            ("0612", "", Unavailable),
            ("0613", "", Unavailable),
            ("0705", "", Unavailable),
            ("0802", "The IAM user is forbidden in the current region", NotAllowed),
            ("1009", "AppKey or AppSecret is invalid.", NotAuthenticated),
        ] {
            for form in ["APIGW", "APIG"] {
                assert_eq!(meaning(&format!("{form}.{code}"), words), expected, "{form}.{code} {words}");
            }
        }
        assert!(ApiCode::new("APIG.0104", "").is_of_gateway() && !ApiCode::new("MKT.0104", "").is_of_gateway());
    }
}
