//! What is wrong with a timestamp, by itself.

use super::{Hypothesis, Tried};
use crate::protocol::{
    UnixMillis,
    signature::url::{MAX_SKEW_MILLIS, plain_millis},
};

const MINUTE: i64 = 60_000;
/// Time zones differ by multiples of this.
const STEP: i64 = 30 * MINUTE;
/// From UTC-12 to UTC+14.
const WIDEST: i64 = 26 * 60 * MINUTE;

/// Whether it counts the seconds of a time not far from now.
pub(super) fn is_seconds(timestamp: &str, now: UnixMillis) -> bool {
    let millis = plain_millis(timestamp).and_then(|seconds| seconds.checked_mul(1_000));
    millis.is_some_and(|millis| millis.saturating_sub(now.0).saturating_abs() <= WIDEST)
}

pub(super) fn tried(timestamp: &str, now: UnixMillis) -> Vec<Tried> {
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = digits && matches!(timestamp.len(), 14 | 17) && timestamp.starts_with("20");
    let mut tried = vec![Tried { hypothesis: Hypothesis::DateForMilliseconds, holds: is_date }];
    let Some(sent) = plain_millis(timestamp).filter(|_| !is_date) else { return tried };
    let skew = sent.saturating_sub(now.0);
    let is_stale = skew.saturating_abs() > MAX_SKEW_MILLIS;
    let nearest = skew.saturating_add(skew.signum() * STEP / 2) / STEP * STEP;
    let is_zone = is_stale
        && nearest != 0
        && nearest.saturating_abs() <= WIDEST
        && skew.saturating_sub(nearest).saturating_abs() <= MAX_SKEW_MILLIS;
    let minutes = is_zone.then_some(nearest / MINUTE);
    tried.push(Tried { hypothesis: Hypothesis::TimeZone { minutes }, holds: is_zone });
    let holds = is_stale && !is_zone && !is_seconds(timestamp, now);
    tried.push(Tried { hypothesis: Hypothesis::ClockOff { seconds: skew / 1_000 }, holds });
    tried
}
