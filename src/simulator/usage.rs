//! Metering records of pay-per-use instances: what a seller reported, and what the bill job makes of each (话单,
//! KooGallery pages zh-cn_topic_0070649410, zh-cn_topic_0070649411). Pure: times come in.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    clock::from_basic_utc,
    ledger::{Instance, InstanceStatus, Ledger},
    terms::Charging,
};
use crate::protocol::{UnixMillis, id::InstanceId};

/// How old `begin_time` may be.
const OLDEST_MILLIS: i64 = 21 * 86_400_000;
const MAX_ID: usize = 64;
const MAX_VALUE: usize = 20;
const DECIMALS: usize = 4;

/// A record as it was sent. What is missing is judged later, as the real marketplace does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    pub instance_id: String,
    pub record_time: String,
    pub begin_time: String,
    pub end_time: String,
    pub usage_value: String,
    /// The old interface has none.
    pub metering_sn: Option<String>,
    pub relate_pkg_instance: Option<String>,
    /// Of the old interface.
    pub product_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UsageInterface {
    Old,
    New,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageBill {
    pub record: UsageRecord,
    pub interface: UsageInterface,
    pub received_at: UnixMillis,
    pub state: BillState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillState {
    /// Taken by the interface, not looked at yet.
    Waiting,
    Billed,
    Refused(RecordError),
}

impl BillState {
    /// As the control API and scenarios say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Billed => "billed",
            Self::Refused(_) => "refused",
        }
    }

    pub const fn error(self) -> Option<RecordError> {
        match self {
            Self::Waiting | Self::Billed => None,
            Self::Refused(error) => Some(error),
        }
    }
}

/// The error codes of single records (话单级错误码). The pages define no 008.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum RecordError {
    #[error("the instance does not exist")]
    NoInstance,
    #[error("a time is malformed")]
    MalformedTime,
    #[error("the usage is no positive number of at most 4 decimals")]
    MalformedUsage,
    #[error("the unique id of the record is missing")]
    NoMeteringSn,
    #[error("the unique id of the record is repeated")]
    MeteringSnRepeated,
    #[error("the product has been withdrawn")]
    Withdrawn,
    #[error("the record is older than 21 days")]
    Expired,
    #[error("the instance belongs to another seller")]
    NotOwn,
    #[error("the same time was reported before")]
    Duplicate,
    #[error("the times of the record do not fit")]
    MalformedRange,
    #[error("the instance is not paid per use")]
    NotPayPerUse,
    #[error("the instance is not in use")]
    InstanceState,
}

impl RecordError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoInstance => "001",
            Self::MalformedTime => "002",
            Self::MalformedUsage => "003",
            Self::NoMeteringSn => "004",
            Self::MeteringSnRepeated => "005",
            Self::Withdrawn => "006",
            Self::Expired => "007",
            Self::NotOwn => "009",
            Self::Duplicate => "010",
            Self::MalformedRange => "011",
            Self::NotPayPerUse => "012",
            Self::InstanceState => "013",
        }
    }
}

/// Every record that came, in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct UsageBook {
    pub(super) bills: Vec<UsageBill>,
    /// How many of them the bill job has looked at.
    judged: usize,
    /// Serial numbers of what was billed.
    serials: HashSet<String>,
    /// Instance, begin and end of what was billed.
    times: HashSet<[String; 3]>,
}

impl UsageBook {
    /// Bills that were kept, of which the first that waits is where the job goes on.
    pub(super) fn of(bills: Vec<UsageBill>) -> Self {
        let judged = bills.iter().position(|bill| bill.state == BillState::Waiting).unwrap_or(bills.len());
        let billed = || bills.iter().filter(|bill| bill.state == BillState::Billed);
        let serials = billed().filter_map(|bill| bill.record.metering_sn.clone()).collect();
        let times = billed().map(|bill| span(&bill.record)).collect();
        Self { judged, serials, times, bills }
    }

    pub(super) fn receive(&mut self, record: UsageRecord, interface: UsageInterface, received_at: UnixMillis) {
        self.bills.push(UsageBill { record, interface, received_at, state: BillState::Waiting });
    }

    fn close(&mut self, at: usize, state: BillState) {
        let Some(bill) = self.bills.get_mut(at) else { return };
        bill.state = state;
        if state == BillState::Billed {
            self.times.insert(span(&bill.record));
            self.serials.extend(bill.record.metering_sn.clone());
        }
    }
}

impl Ledger {
    /// The bill job: looks at what waits, oldest first.
    pub(super) fn bill_waiting(&mut self) {
        while let Some(bill) = self.usage.bills.get(self.usage.judged) {
            let state = match self.judge(bill) {
                Ok(()) => BillState::Billed,
                Err(error) => BillState::Refused(error),
            };
            self.usage.close(self.usage.judged, state);
            self.usage.judged += 1;
        }
    }

    fn judge(&self, bill: &UsageBill) -> Result<(), RecordError> {
        let record = &bill.record;
        let instance = self.metered(&record.instance_id)?;
        if self.withdrawn.contains(&instance.product.product_id) {
            return Err(RecordError::Withdrawn);
        }
        if let Some(package) = record.relate_pkg_instance.as_deref() {
            self.metered(package)?;
        }
        if instance.terms.charging != Charging::OnDemand {
            return Err(RecordError::NotPayPerUse);
        }
        let times = Times::read(record)?;
        check_value(&record.usage_value)?;
        if bill.interface == UsageInterface::New {
            let sn = record.metering_sn.as_deref().filter(|sn| !sn.is_empty() && sn.chars().count() <= MAX_ID);
            if self.usage.serials.contains(sn.ok_or(RecordError::NoMeteringSn)?) {
                return Err(RecordError::MeteringSnRepeated);
            }
        }
        times.check(instance, bill.received_at)?;
        if self.usage.times.contains(&span(record)) { Err(RecordError::Duplicate) } else { Ok(()) }
    }

    fn metered(&self, instance_id: &str) -> Result<&Instance, RecordError> {
        let id = InstanceId::new(instance_id);
        if self.sold_elsewhere.instances.contains(&id) {
            return Err(RecordError::NotOwn);
        }
        self.instances.get(&id).ok_or(RecordError::NoInstance)
    }
}

fn span(record: &UsageRecord) -> [String; 3] {
    [record.instance_id.clone(), record.begin_time.clone(), record.end_time.clone()]
}

struct Times {
    begin: UnixMillis,
    end: UnixMillis,
}

impl Times {
    fn read(record: &UsageRecord) -> Result<Self, RecordError> {
        let read = |text: &str| from_basic_utc(text).ok_or(RecordError::MalformedTime);
        read(&record.record_time)?;
        Ok(Self { begin: read(&record.begin_time)?, end: read(&record.end_time)? })
    }

    fn check(&self, instance: &Instance, received_at: UnixMillis) -> Result<(), RecordError> {
        if is_too_old(self.begin, received_at) {
            return Err(RecordError::Expired);
        }
        // Reported times have seconds only.
        let opened = UnixMillis(instance.opened_at.0.div_euclid(1000) * 1000);
        if self.begin < opened || self.end < self.begin || self.end > received_at {
            return Err(RecordError::MalformedRange);
        }
        if instance.status != InstanceStatus::Active && instance.closed_at.is_none_or(|closed| self.end > closed) {
            return Err(RecordError::InstanceState);
        }
        Ok(())
    }
}

pub(super) fn is_too_old(begin: UnixMillis, received_at: UnixMillis) -> bool {
    received_at.millis_since(begin) > OLDEST_MILLIS
}

/// Greater than 0, at most 4 decimals, in digits.
pub(super) fn check_value(text: &str) -> Result<(), RecordError> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let positive = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let fits = text.len() <= MAX_VALUE && decimals.len() <= DECIMALS;
    if digits(whole) && digits(decimals) && positive && fits { Ok(()) } else { Err(RecordError::MalformedUsage) }
}

#[cfg(test)]
mod tests;
