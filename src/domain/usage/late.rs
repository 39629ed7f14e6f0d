//! By when KooGallery wants to know of usage (both usage pages): later is taken too, but billed with the next period.

use jiff::{Timestamp, civil::time, tz};
use serde::Deserialize;

use super::{MAX_AGE_DAYS, UsageRecord, UsageState};
use crate::protocol::UnixMillis;

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * HOUR;
/// How long before KooGallery takes a record no more it is warned of.
pub const WARNED_BEFORE_DAYS: i64 = 3;
/// Beijing's, whatever the seller's zone.
const BILLING_ZONE: tz::Offset = tz::offset(8);

/// How a product is billed; the marketplace tells nobody, so the seller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billing {
    /// At the latest two hours after the use.
    Hourly,
    /// Never after 01:00 of the next day in Beijing.
    Daily,
}

/// A warning, no reason not to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Late {
    #[error("the record is {minutes} min late: use that is billed by the hour is to be told within 2 h")]
    Hourly { minutes: i64 },
    #[error("the record is {minutes} min late: after 01:00 (Beijing) of the next day its charge moves one day")]
    Daily { minutes: i64 },
}

/// Until when a record is in time.
pub fn deadline(record: &UsageRecord, billing: Billing) -> UnixMillis {
    match billing {
        Billing::Hourly => record.end_time.plus_millis(2 * HOUR),
        Billing::Daily => {
            // What ends at midnight was used on the day before.
            let used = record.end_time.plus_millis(-1).0.max(record.begin_time.0);
            let next_day = Timestamp::from_millisecond(used)
                .ok()
                .and_then(|used| BILLING_ZONE.to_datetime(used).date().tomorrow().ok())
                .and_then(|day| BILLING_ZONE.to_timestamp(day.to_datetime(time(1, 0, 0, 0))).ok());
            next_day.map_or(record.end_time, |deadline| UnixMillis(deadline.as_millisecond()))
        }
    }
}

/// Whether a record that is told at `reported_at` is late.
pub fn late(record: &UsageRecord, billing: Billing, reported_at: UnixMillis) -> Option<Late> {
    let over = reported_at.millis_since(deadline(record, billing));
    let minutes = (over + MINUTE - 1) / MINUTE;
    match billing {
        _ if over <= 0 => None,
        Billing::Hourly => Some(Late::Hourly { minutes }),
        Billing::Daily => Some(Late::Daily { minutes }),
    }
}

/// How a record that KooGallery still has to get stands to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// Billed with the next period from then on.
    DueSoon {
        until: UnixMillis,
    },
    Late(Late),
    /// Taken no more from then on.
    Closing {
        until: UnixMillis,
    },
    /// Too old to be taken.
    TooOld {
        since: UnixMillis,
    },
}

/// What presses a record now. `billing` is known where the seller says it; the hour before its deadline is told.
pub fn pressure(
    record: &UsageRecord,
    state: &UsageState,
    billing: Option<Billing>,
    now: UnixMillis,
) -> Option<Pressure> {
    if !state.is_owed() {
        return None;
    }
    let until = record.begin_time.plus_millis(MAX_AGE_DAYS * DAY);
    if now > until {
        return Some(Pressure::TooOld { since: until });
    }
    if now >= until.plus_millis(-WARNED_BEFORE_DAYS * DAY) {
        return Some(Pressure::Closing { until });
    }
    let billing = billing?;
    let due = deadline(record, billing);
    match late(record, billing, now) {
        Some(late) => Some(Pressure::Late(late)),
        None if now >= due.plus_millis(-HOUR) => Some(Pressure::DueSoon { until: due }),
        None => None,
    }
}
