//! The codes with which a seller answers a call (KooGallery pages zh-cn_topic_0070649421, zh-cn_topic_0070649114, and
//! zh-cn_topic_0070649288 for applications for a License).

use std::{borrow::Cow, fmt};

/// Six digits. Codes that are not listed here are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultCode(Cow<'static, str>);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)+) => {
        impl ResultCode {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($code));)+

            /// What the code says, in the words that go into `resultMsg`.
            pub fn message(&self) -> &'static str {
                match self.as_str() {
                    $($code => $message,)+
                    _ => "refused by the seller",
                }
            }
        }
    };
}

codes! {
    SUCCESS = "000000", "success.";
    AUTHENTICATION_FAILED = "000001", "authentication failed";
    INVALID_PARAMETER = "000002", "invalid request parameter";
    INSTANCE_NOT_FOUND = "000003", "the instance id does not exist";
    /// For `newInstance` of V2: accepted, `queryInstance` will tell.
    IN_PROGRESS = "000004", "the request is being processed";
    INTERNAL_ERROR = "000005", "other internal error";
    NO_RESOURCE = "000100", "no instance resource is available";
    MOBILE_NUMBER = "000101", "the mobile number is missing or already exists";
    EMAIL = "000102", "the email address is missing or already exists";
    NOT_AGAIN = "000103", "the product may not be bought again";
    PRODUCT_INTERNAL_ERROR = "000104", "internal service error of the product";
    BENEFIT_TAKEN = "000105", "the account already has the benefit";
    SOLD_OUT = "000106", "the product's resources are sold out";
    EMAIL_DOMAIN = "000107", "the email domain already exists";
    LICENSE_QUOTA = "000900", "the order's quota of Licenses is used up";
    LICENSE_VALIDITY = "000901", "outside the order's validity";
    LICENSE_EXPIRY = "000902", "a periodic License needs an expiry date";
    LICENSE_FINGERPRINT = "000903", "the device fingerprint is needed";
}

impl ResultCode {
    /// Takes a code from outside (a webhook's answer, the store).
    pub fn new(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_success(&self) -> bool {
        *self == Self::SUCCESS
    }

    /// Six ASCII digits, the only form that KooGallery takes.
    pub fn is_well_formed(&self) -> bool {
        self.0.len() == 6 && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_pages_has_words_of_its_own() {
        let documented = (0..=5).chain(100..=107).chain(900..=903).map(|number| format!("{number:06}"));
        let mut told = std::collections::HashSet::new();
        for code in documented {
            let code = ResultCode::new(code);
            assert!(code.is_well_formed());
            assert_ne!(code.message(), "refused by the seller", "{code}");
            assert!(told.insert(code.message()), "{code} says what another code says");
        }
        assert_eq!(ResultCode::new("000777").message(), "refused by the seller", "any other code is kept and sent");
    }
}
