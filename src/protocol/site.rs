//! The marketplace's sites and where each serves its open APIs (KooGallery pages zh-cn_topic_0070649350, intl
//! topic_0070649116, eu en-us_topic_000033).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    #[default]
    China,
    International,
    Europe,
}

impl Site {
    pub const ALL: [Self; 3] = [Self::China, Self::International, Self::Europe];

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
