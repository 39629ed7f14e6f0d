//! What is wrong with a usage record, as data: the window tells it in two languages, the command line in English.

use serde::{Deserialize, Serialize};

use super::{check::MAX_AGE_DAYS, value::MAX_DECIMALS};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum UsageProblem {
    #[error("`{column}` is missing")]
    Missing { column: String },
    #[error("`{column}` has {length} characters, KooGallery takes at most {max}")]
    TooLong { column: String, length: usize, max: usize },
    #[error("`{column}` is `{text}`, which is no time; write it as 2022-08-09T16:00:00+08:00")]
    NoTime { column: String, text: String },
    #[error("`{column}` is `{text}`, which does not say in which time zone; add +08:00 or Z, or choose a zone for all")]
    NoZone { column: String, text: String },
    #[error(
        "`{column}` is `{text}`, which is there twice or never in {zone}, where clocks were changed; add the offset"
    )]
    AmbiguousTime { column: String, text: String, zone: String },
    #[error("`{column}` has fractions of a second; KooGallery takes whole seconds")]
    FractionOfSecond { column: String },
    #[error("`usageValue` is `{text}`, which is no number; write it as 12.5, without thousands separators")]
    NoNumber { text: String },
    #[error("`usageValue` is `{text}`; it has to be greater than 0")]
    NotPositive { text: String },
    #[error("`usageValue` is `{text}`; KooGallery takes at most {MAX_DECIMALS} decimals")]
    TooPrecise { text: String },
    #[error(
        "`{text}` stands in a column without a heading; a comma in a number has divided it, or it does not belong here"
    )]
    NoHeading { text: String },
    #[error("`endTime` is before `beginTime`")]
    EndBeforeBegin,
    #[error("`endTime` is {seconds} s ahead; a record is taken once its period is over")]
    EndInFuture { seconds: i64 },
    #[error("`beginTime` is {days} days ago; KooGallery takes records of the last {MAX_AGE_DAYS} days")]
    TooOld { days: i64 },
    #[error("instance and period are those of record {first}; KooGallery takes the first one alone")]
    SamePeriod { first: usize },
    #[error("`meteringSn` is that of record {first}; every record needs one of its own")]
    SameMeteringSn { first: usize },
    /// Written by another version; kept and shown as it is.
    #[error("{text}")]
    #[serde(untagged)]
    Other { text: String },
}
