//! What is wrong with the open APIs for a while, and outlasts the process in which a marketplace is kept: faults that were
//! ordered, access keys that are locked out, a door that is shut.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::{
    access::{Access, Failures},
    faults::{ApiFaults, FaultRule},
};
use crate::{protocol::UnixMillis, simulator::delivery::lock};

#[derive(Debug)]
pub(in crate::simulator) struct Condition {
    pub(super) faults: ApiFaults,
    pub(super) access: Access,
    /// By the real clock, until when nobody answers.
    down_until: Mutex<Option<UnixMillis>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::simulator) struct KeptCondition {
    faults: Vec<FaultRule>,
    drawn: u64,
    failures: Vec<(String, Failures)>,
    down_until: Option<UnixMillis>,
}

impl Condition {
    pub(in crate::simulator) fn new(seed: Option<u64>) -> Self {
        Self { faults: ApiFaults::new(seed), access: Access::default(), down_until: Mutex::default() }
    }

    pub(super) fn down_until(&self) -> Option<UnixMillis> {
        *lock(&self.down_until)
    }

    pub(super) fn set_down_until(&self, time: Option<UnixMillis>) {
        *lock(&self.down_until) = time;
    }

    pub(in crate::simulator) fn kept(&self) -> KeptCondition {
        KeptCondition {
            faults: self.faults.rules(),
            drawn: self.faults.drawn(),
            failures: self.access.failures(),
            down_until: self.down_until(),
        }
    }

    pub(in crate::simulator) fn resume(&self, kept: KeptCondition) {
        self.faults.resume(kept.faults, kept.drawn);
        self.access.resume(kept.failures);
        self.set_down_until(kept.down_until);
    }
}
