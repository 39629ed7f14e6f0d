//! The marketplace's sites and where each serves its open APIs (KooGallery pages zh-cn_topic_0070649350, intl
//! topic_0070649116, eu en-us_topic_000033).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    #[default]
    China,
    International,
    Europe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a site is china, international or europe")]
pub struct UnknownSite;

impl FromStr for Site {
    type Err = UnknownSite;

    fn from_str(text: &str) -> Result<Self, UnknownSite> {
        Self::ALL.into_iter().find(|site| site.name() == text).ok_or(UnknownSite)
    }
}

impl Site {
    pub const ALL: [Self; 3] = [Self::China, Self::International, Self::Europe];

    pub const fn name(self) -> &'static str {
        match self {
            Self::China => "china",
            Self::International => "international",
            Self::Europe => "europe",
        }
    }

    pub const fn base_url(self) -> &'static str {
        match self {
            Self::China => "https://mkt.myhuaweicloud.com",
            Self::International => "https://mkt-intl.myhuaweicloud.com",
            Self::Europe => "https://mkt.myhuaweicloud.eu",
        }
    }

    /// Asked where the first cannot be reached. The international page names the China site's, which looks like a slip of
    /// copying: none is taken there but one that is configured.
    pub const fn fallback_url(self) -> Option<&'static str> {
        match self {
            Self::China => Some("https://mkt.myhuaweicloud.cn"),
            Self::International | Self::Europe => None,
        }
    }
}
