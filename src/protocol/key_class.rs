//! The five kinds of access key. A seller binds a different key to each kind of interface
//! (KooGallery pages zh-cn_topic_0070649478, zh-cn_topic_0000002091917709).

use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyClass {
    /// 基础接口: every base activity of the access guide V2.0.
    Base,
    /// 联营SaaS同步接口: tenants, departments, users of joint-operation SaaS.
    Kit,
    /// License授权码交付接口: license codes 2.0.
    License,
    /// 通用接口: `orderNotify`.
    General,
    /// The "Key" of the access guide V1.0.
    V1,
}

impl KeyClass {
    pub const ALL: [Self; 5] = [Self::Base, Self::Kit, Self::License, Self::General, Self::V1];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Kit => "kit",
            Self::License => "license",
            Self::General => "general",
            Self::V1 => "v1",
        }
    }
}

impl fmt::Display for KeyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no key class; the classes are base, kit, license, general and v1")]
pub struct UnknownKeyClass(String);

impl FromStr for KeyClass {
    type Err = UnknownKeyClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownKeyClass(text.to_owned()))
    }
}
