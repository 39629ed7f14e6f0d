//! Usage records (话单) of pay-per-use instances: what the seller reports to KooGallery, which bills the buyer by it. Their
//! times, amounts and ids as the pages want them (zh-cn_topic_0070649410, zh-cn_topic_0070649411), what a record-level code
//! means, when a record is late or about to be too old, how one is corrected, and that none is sent twice after a success. Knows no table and no file.

mod check;
mod code;
mod correction;
mod late;
mod problem;
mod rows;
mod state;
mod stored;
mod time;
mod value;

pub use check::{MAX_AGE_DAYS, MAX_PUSH, MAX_TEXT, check_list, pushes};
pub use code::{RecordCode, Resend, code_of_refusal};
pub use correction::{Correction, NotCorrected};
pub use late::{Billing, Late, Pressure, WARNED_BEFORE_DAYS, deadline, late, pressure};
pub use problem::UsageProblem;
pub use rows::{COLUMNS, ReadUsage, UsageColumn, UsageFields, read_rows};
use sha2::{Digest as _, Sha256};
pub use state::{NotPossible, UsageEvent, UsageState};
pub use stored::StoredUsage;
pub use time::parse_time;
pub use value::{MAX_DECIMALS, MAX_VALUE, UsageValue};

use crate::protocol::{UnixMillis, id::InstanceId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    pub instance_id: InstanceId,
    /// Both to the second, which is all that the wire tells.
    pub begin_time: UnixMillis,
    pub end_time: UnixMillis,
    pub usage_value: UsageValue,
    /// The package instance to deduct from; KooGallery wants it for packages that stop when they are used up (用完即停).
    pub relate_pkg_instance: Option<String>,
    /// Unique among all records of the seller.
    pub metering_sn: String,
    /// Wanted by the old API alone.
    pub product_id: Option<String>,
}

/// The `metering_sn` of a record that brings none: the same for the same instance and period, so that a file imported twice
/// is the same records, and a record sent again has the id that it had. KooGallery takes each period of an instance once, so
/// two records that share it would be one to it too.
pub fn derived_metering_sn(instance_id: &InstanceId, begin_time: UnixMillis, end_time: UnixMillis) -> String {
    let text = format!("{}\n{}\n{}", begin_time.to_compact_utc(), end_time.to_compact_utc(), instance_id);
    format!("sd-{}", hex::encode(&Sha256::digest(text)[..16]))
}

/// What names a set of records that are sent together: the same set kept anew at another time is another push.
pub fn push_name<'a>(metering_sns: impl IntoIterator<Item = &'a str>, now: UnixMillis) -> String {
    let mut hash = Sha256::new();
    for sn in metering_sns {
        hash.update(sn.as_bytes());
        hash.update([0]);
    }
    hash.update(now.0.to_be_bytes());
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests;
