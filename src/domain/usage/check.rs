//! What has to hold before a record is sent, because KooGallery checks only later, in the background, and tells nobody.

use std::collections::HashMap;

use super::{UsageProblem, UsageRecord};
use crate::protocol::UnixMillis;

/// Of `instance_id`, `metering_sn`, `relate_pkg_instance` and `product_id`, in characters.
pub const MAX_TEXT: usize = 64;
/// How far back a record may begin (error code MKT.9004).
pub const MAX_AGE_DAYS: i64 = 21;
/// Records in one call.
pub const MAX_PUSH: usize = 1_000;

const DAY: i64 = 86_400_000;

impl UsageRecord {
    /// Whether KooGallery would take it at this moment.
    pub fn check(&self, now: UnixMillis) -> Result<(), UsageProblem> {
        for (column, text, required) in [
            ("instanceId", self.instance_id.as_str(), true),
            ("meteringSn", &self.metering_sn, true),
            ("relatePkgInstance", self.relate_pkg_instance.as_deref().unwrap_or_default(), false),
            ("productId", self.product_id.as_deref().unwrap_or_default(), false),
        ] {
            let length = text.chars().count();
            if required && length == 0 {
                return Err(UsageProblem::Missing { column: column.to_owned() });
            }
            if length > MAX_TEXT {
                return Err(UsageProblem::TooLong { column: column.to_owned(), length, max: MAX_TEXT });
            }
        }
        for (column, time) in [("beginTime", self.begin_time), ("endTime", self.end_time)] {
            if time.0 % 1_000 != 0 {
                return Err(UsageProblem::FractionOfSecond { column: column.to_owned() });
            }
        }
        if self.end_time < self.begin_time {
            return Err(UsageProblem::EndBeforeBegin);
        }
        if self.end_time > now {
            return Err(UsageProblem::EndInFuture { seconds: (self.end_time.millis_since(now) + 999) / 1_000 });
        }
        if self.is_too_old(now) {
            return Err(UsageProblem::TooOld { days: now.millis_since(self.begin_time) / DAY });
        }
        Ok(())
    }

    /// KooGallery takes it no more.
    pub const fn is_too_old(&self, now: UnixMillis) -> bool {
        now.millis_since(self.begin_time) > MAX_AGE_DAYS * DAY
    }

    /// The old API wants to know the product, too.
    pub fn check_for_old_api(&self) -> Result<(), UsageProblem> {
        match self.product_id.as_deref() {
            None | Some("") => Err(UsageProblem::Missing { column: "productId".into() }),
            Some(_) => Ok(()),
        }
    }
}

/// What is wrong with records that are to be sent, and with them beside each other. Each comes with the number by which
/// people know it, such as its row.
pub fn check_list<'a>(
    records: impl IntoIterator<Item = (usize, &'a UsageRecord)>,
    now: UnixMillis,
) -> Vec<(usize, UsageProblem)> {
    let mut problems = Vec::new();
    let mut periods = HashMap::new();
    let mut sns = HashMap::new();
    for (number, record) in records {
        problems.extend(record.check(now).err().map(|problem| (number, problem)));
        let period = (record.instance_id.as_str(), record.begin_time, record.end_time);
        let same_period = first_with(&mut periods, period, number);
        let same_sn = first_with(&mut sns, record.metering_sn.as_str(), number);
        // One and the same record twice is told once.
        if let Some(first) = same_period {
            problems.push((number, UsageProblem::SamePeriod { first }));
        } else if let Some(first) = same_sn {
            problems.push((number, UsageProblem::SameMeteringSn { first }));
        }
    }
    problems
}

/// The number under which the key came before.
fn first_with<K: std::hash::Hash + Eq>(known: &mut HashMap<K, usize>, key: K, number: usize) -> Option<usize> {
    use std::collections::hash_map::Entry;
    match known.entry(key) {
        Entry::Occupied(first) => Some(*first.get()),
        Entry::Vacant(place) => {
            place.insert(number);
            None
        }
    }
}

/// As many calls as it takes.
pub fn pushes<T>(records: &[T]) -> impl Iterator<Item = &[T]> {
    records.chunks(MAX_PUSH)
}
