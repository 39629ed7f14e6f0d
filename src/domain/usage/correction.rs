//! A record that is put right after it was refused, or before it was sent: under which id it goes, and what it was before.

use sha2::{Digest as _, Sha256};

use super::{NotPossible, RecordCode, UsageRecord, UsageState, derived_metering_sn};
use crate::protocol::UnixMillis;

/// What a record was before it was corrected.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    pub was: UsageRecord,
    pub state: UsageState,
    pub at: UnixMillis,
}

/// Why a correction is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCorrected {
    #[error("no usage record has the meteringSn {metering_sn}")]
    Unknown { metering_sn: String },
    #[error("nothing was changed")]
    Unchanged,
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    #[error("another record has the meteringSn {metering_sn} already; leave it empty for one of its own")]
    SameMeteringSn { metering_sn: String },
    #[error("the record {metering_sn} is about the same instance and period; KooGallery takes the first one alone")]
    SamePeriod { metering_sn: String },
}

impl UsageRecord {
    /// Whether its id was made from instance and period.
    pub fn has_derived_sn(&self) -> bool {
        self.metering_sn == derived_metering_sn(&self.instance_id, self.begin_time, self.end_time)
    }

    /// The record under the id by which it replaces `old`. It keeps the id it was refused under, so that KooGallery, should
    /// it have the record nevertheless, takes none twice; where the id itself was refused it gets another, always the same
    /// one for the same record.
    pub fn correcting(mut self, old: &Self, state: &UsageState) -> Self {
        let of_id = matches!(
            state,
            UsageState::Refused { code: RecordCode::MeteringSnRepeated | RecordCode::MeteringSnMissing }
        );
        if of_id && self.metering_sn == old.metering_sn {
            let hash = Sha256::digest(format!("again\n{}", old.metering_sn));
            self.metering_sn = format!("sd-{}", hex::encode(&hash[..16]));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::usage::UsageValue, protocol::id::InstanceId};

    fn record(sn: Option<&str>) -> UsageRecord {
        let (instance_id, begin_time) = (InstanceId::new("i-1"), UnixMillis(1_795_487_400_000));
        let end_time = begin_time.plus_millis(3_600_000);
        let metering_sn = sn.map_or_else(|| derived_metering_sn(&instance_id, begin_time, end_time), str::to_owned);
        UsageRecord {
            instance_id,
            begin_time,
            end_time,
            usage_value: UsageValue::parse("1.5").unwrap(),
            relate_pkg_instance: None,
            metering_sn,
            product_id: None,
        }
    }

    fn refused(code: RecordCode) -> UsageState {
        UsageState::Refused { code }
    }

    #[test]
    fn a_correction_keeps_its_id_where_the_id_was_not_what_was_wrong() {
        for sn in [None, Some("mine-1")] {
            let old = record(sn);
            let more = UsageRecord { usage_value: UsageValue::parse("2").unwrap(), ..old.clone() };
            let corrected = more.clone().correcting(&old, &refused(RecordCode::Usage));
            assert_eq!(corrected, more);
            assert_eq!(corrected.has_derived_sn(), sn.is_none());
        }
    }

    #[test]
    fn an_id_that_was_refused_is_renewed_once_and_stays() {
        for code in [RecordCode::MeteringSnRepeated, RecordCode::MeteringSnMissing] {
            let old = record(None);
            let once = old.clone().correcting(&old, &refused(code.clone()));
            assert_ne!(once.metering_sn, old.metering_sn);
            assert_eq!(once, old.clone().correcting(&old, &refused(code.clone())));
            assert!(!once.has_derived_sn() && once.check(old.end_time).is_ok());
            // What the operator typed is taken.
            let typed = UsageRecord { metering_sn: "mine-2".into(), ..old.clone() };
            assert_eq!(typed.clone().correcting(&old, &refused(code)), typed);
        }
    }
}
