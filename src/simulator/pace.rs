//! When the marketplace tries again and when it gives up. Pure; knows no clock.
//!
//! Documented are the windows (KooGallery pages zh-cn_topic_0070649414, zh-cn_topic_0182376880) and the hourly try of a
//! purchase. How often other activities are tried within their window, and how often an instance that is being made is
//! asked for, is not documented: both are assumptions.

use std::time::Duration;

use crate::protocol::callback::Activity;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// How one activity is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub interval: Duration,
    /// Counted from the first try. Zero where there is one try only.
    pub window: Duration,
    pub at_the_end: AtTheEnd,
}

/// What becomes of the business that could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtTheEnd {
    /// The order is judged failed, unsubscribed and refunded.
    Refund,
    /// It rests until somebody restarts it.
    Stop,
}

/// How fast the marketplace's hours go by.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    hour: Duration,
}

impl Pace {
    pub const fn real() -> Self {
        Self { hour: HOUR }
    }

    /// An hour of waiting takes this long. Only waiting is scaled: the timeout of a call is not.
    pub const fn with_hour(hour: Duration) -> Self {
        Self { hour }
    }

    pub fn plan(&self, activity: &Activity) -> Plan {
        let (interval, window, at_the_end) = match activity {
            Activity::NewInstance { .. } | Activity::UpgradeInstance { .. } => (HOUR, 3 * HOUR, AtTheEnd::Refund),
            Activity::OrderNotify { .. } => (HOUR, 3 * HOUR, AtTheEnd::Stop),
            Activity::RefreshInstance { .. }
            | Activity::UpdateInstanceStatus { .. }
            | Activity::ReleaseInstance { .. }
            | Activity::GetLicenseAsync(_) => (20 * MINUTE, HOUR, AtTheEnd::Stop),
            Activity::License { .. } => (2 * MINUTE, 2 * HOUR, AtTheEnd::Stop),
            Activity::QueryInstance { .. }
            | Activity::ChangeInstanceCheck { .. }
            | Activity::Kit(_)
            | Activity::Unknown { .. } => (HOUR, Duration::ZERO, AtTheEnd::Stop),
        };
        Plan { interval: self.scaled(interval), window: self.scaled(window), at_the_end }
    }

    /// How often `queryInstance` asks for an instance that is being made.
    pub fn poll_interval(&self) -> Duration {
        self.scaled(3 * MINUTE)
    }

    fn scaled(&self, duration: Duration) -> Duration {
        let nanos = duration.as_nanos().saturating_mul(self.hour.as_nanos()) / HOUR.as_nanos();
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Plan {
    /// Tried once, as the debugging page does.
    pub const fn once(self) -> Self {
        Self { interval: self.interval, window: Duration::ZERO, at_the_end: AtTheEnd::Stop }
    }

    /// How long after the first try the next one is due, `elapsed` after the first. `None`: the window is over.
    pub fn next_after(&self, elapsed: Duration) -> Option<Duration> {
        let interval = self.interval.max(Duration::from_millis(1));
        let tries = u32::try_from(elapsed.as_nanos() / interval.as_nanos()).unwrap_or(u32::MAX);
        Some(interval.saturating_mul(tries.saturating_add(1))).filter(|due| *due <= self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{BusinessId, InstanceId, OrderId, OrderLine, OrderLineId};

    fn purchase() -> Activity {
        let order = OrderLine { order_id: OrderId::new("o"), order_line_id: OrderLineId::new("l") };
        Activity::purchase(order, BusinessId::new("b"))
    }

    #[test]
    fn a_purchase_is_tried_hourly_for_three_hours() {
        let plan = Pace::real().plan(&purchase());
        assert_eq!(plan.next_after(Duration::ZERO), Some(HOUR));
        assert_eq!(plan.next_after(HOUR + 5 * MINUTE), Some(2 * HOUR));
        assert_eq!(plan.next_after(2 * HOUR), Some(3 * HOUR));
        assert_eq!(plan.next_after(3 * HOUR), None);
        assert_eq!(plan.at_the_end, AtTheEnd::Refund);
    }

    #[test]
    fn a_scaled_hour_scales_every_wait() {
        let pace = Pace::with_hour(Duration::from_secs(2));
        let plan = pace.plan(&purchase());
        assert_eq!((plan.interval, plan.window), (Duration::from_secs(2), Duration::from_secs(6)));
        assert_eq!(pace.poll_interval(), Duration::from_millis(100));
    }

    #[test]
    fn what_is_asked_once_is_not_tried_again() {
        let query = Activity::QueryInstance { instance_ids: vec![InstanceId::new("i")] };
        assert_eq!(Pace::real().plan(&query).next_after(Duration::ZERO), None);
        assert_eq!(Pace::real().plan(&purchase()).once().next_after(Duration::ZERO), None);
    }

    #[test]
    fn a_pace_of_zero_does_not_spin_forever() {
        assert_eq!(Pace::with_hour(Duration::ZERO).plan(&purchase()).next_after(Duration::ZERO), None);
    }
}
