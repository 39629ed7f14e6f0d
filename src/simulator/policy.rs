//! How often the marketplace tries what, for how long, and what follows when it gives up: a table with the page of each
//! row. The documents disagree and leave much open, so that it can be edited as a whole. Pure; knows no clock.

use serde::{Deserialize, Serialize};

use super::{Generation, ProductKind};
use crate::protocol::{callback::Activity, site::Site};

const MINUTE: i64 = 60_000;

/// What becomes of the business that could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtTheEnd {
    /// The order is judged failed, unsubscribed and refunded.
    Refund,
    /// It rests until somebody restarts it.
    Stop,
}

/// A row: the first that fits a call is the one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// V2's word, or `getLicense` and `License` activities in their own. `None`: any.
    #[serde(default)]
    pub activity: Option<String>,
    #[serde(default)]
    pub site: Option<Site>,
    #[serde(default)]
    pub generation: Option<Generation>,
    #[serde(default)]
    pub kind: Option<ProductKind>,
    pub every_minutes: u32,
    /// Counted from the first try. Zero where there is one try only.
    pub for_minutes: u32,
    pub at_the_end: AtTheEnd,
    /// The page, or that it is an assumption.
    #[serde(default)]
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    pub rules: Vec<Rule>,
    /// How often `queryInstance` asks for an instance that is being made. Not documented.
    pub poll_minutes: u32,
}

/// How one message is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub interval_millis: i64,
    pub window_millis: i64,
    pub poll_millis: i64,
    pub at_the_end: AtTheEnd,
}

/// Of what a call is made.
#[derive(Clone, Copy, Debug)]
pub struct Called {
    pub site: Site,
    pub generation: Generation,
    pub kind: ProductKind,
}

/// activity, site, generation, kind, every, for, at the end, source.
type Row = (&'static str, Option<Site>, Option<Generation>, Option<ProductKind>, u32, u32, AtTheEnd, &'static str);

const ROWS: &[Row] = {
    use AtTheEnd::{Refund, Stop};
    use Generation::V1;
    use ProductKind::{License, OnlineLicense};
    const ONLINE: Option<ProductKind> = Some(OnlineLicense);
    const FIRST: Option<ProductKind> = Some(License);
    &[
        ("newInstance", None, None, ONLINE, 2, 120, Refund, "zh-cn_topic_0070649282"),
        ("refreshInstance", None, None, ONLINE, 2, 120, Stop, "zh-cn_topic_0070649282"),
        ("updateInstanceStatus", None, None, ONLINE, 2, 120, Stop, "zh-cn_topic_0070649282"),
        // The order stays open: it can be delivered by hand, or restarted.
        ("newInstance", None, None, FIRST, 60, 180, Stop, "zh-cn_topic_0070649153"),
        ("refreshInstance", None, None, FIRST, 60, 0, Stop, "zh-cn_topic_0000001353381237"),
        ("updateInstanceStatus", None, None, FIRST, 60, 0, Stop, "zh-cn_topic_0000001353381237"),
        ("releaseInstance", None, None, FIRST, 60, 0, Stop, "zh-cn_topic_0000001353381237"),
        (
            "newInstance",
            Some(Site::International),
            Some(V1),
            None,
            3,
            180,
            Refund,
            "zh-cn_topic_0182376880; its interval is that of the page's older text, 60 times every 3 minutes",
        ),
        ("newInstance", None, None, None, 60, 180, Refund, "zh-cn_topic_0070649414"),
        ("upgradeInstance", None, None, None, 60, 180, Refund, "zh-cn_topic_0000001297828992"),
        (
            "refreshInstance",
            None,
            Some(V1),
            None,
            20,
            60,
            Stop,
            "zh-cn_topic_0182376880; its interval is an assumption",
        ),
        (
            "updateInstanceStatus",
            None,
            Some(V1),
            None,
            20,
            60,
            Stop,
            "zh-cn_topic_0182376880; its interval is an assumption",
        ),
        (
            "releaseInstance",
            None,
            Some(V1),
            None,
            20,
            60,
            Stop,
            "zh-cn_topic_0182376880; its interval is an assumption",
        ),
        ("refreshInstance", None, None, None, 20, 60, Stop, "assumption: as V1"),
        ("updateInstanceStatus", None, None, None, 20, 60, Stop, "assumption: as V1"),
        ("releaseInstance", None, None, None, 20, 60, Stop, "assumption: as V1"),
        ("getLicenseAsync", None, None, None, 20, 60, Stop, "assumption: as other changes"),
        ("orderNotify", None, None, None, 60, 180, Stop, "zh-cn_topic_0000002091799149; its interval is an assumption"),
        ("refreshLicenseCode", None, None, None, 2, 120, Stop, "zh-cn_topic_0070649167"),
        ("updateLicenseCodeStatus", None, None, None, 2, 120, Stop, "zh-cn_topic_0070649168"),
        ("releaseLicenseCode", None, None, None, 2, 120, Stop, "zh-cn_topic_0070649169"),
    ]
};

impl Default for RetryPolicy {
    fn default() -> Self {
        let rule = |row: &Row| {
            let (activity, site, generation, kind, every_minutes, for_minutes, at_the_end, source) = *row;
            let (activity, source) = (Some(activity.to_owned()), source.to_owned());
            Rule { activity, site, generation, kind, every_minutes, for_minutes, at_the_end, source }
        };
        Self { rules: ROWS.iter().map(rule).collect(), poll_minutes: 3 }
    }
}

/// What is tried otherwise than the documents say, in the words of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryChanges {
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_minutes: Option<u32>,
}

impl RetryPolicy {
    /// These rows go before the documents'.
    #[must_use]
    pub fn changed(mut self, changes: &RetryChanges) -> Self {
        self.rules.splice(0..0, changes.rules.iter().cloned());
        self.poll_minutes = changes.poll_minutes.unwrap_or(self.poll_minutes);
        self
    }

    /// What no row speaks of is tried once: queries, questions, the kit.
    pub fn plan(&self, activity: &Activity, called: Called) -> Plan {
        let fits = |rule: &&Rule| {
            rule.activity.as_deref().is_none_or(|name| name == activity.name())
                && rule.site.is_none_or(|site| site == called.site)
                && rule.generation.is_none_or(|generation| generation == called.generation)
                && rule.kind.is_none_or(|of| of == called.kind)
        };
        let (every, window, at_the_end) = match self.rules.iter().find(fits) {
            Some(rule) => (rule.every_minutes, rule.for_minutes, rule.at_the_end),
            None => (60, 0, AtTheEnd::Stop),
        };
        Plan {
            interval_millis: i64::from(every.max(1)) * MINUTE,
            window_millis: i64::from(window) * MINUTE,
            poll_millis: i64::from(self.poll_minutes.max(1)) * MINUTE,
            at_the_end,
        }
    }
}

impl Plan {
    /// Tried once, as the debugging page does. What is being made is asked for as long as ever.
    pub const fn once(self) -> Self {
        Self { window_millis: 0, at_the_end: AtTheEnd::Stop, ..self }
    }

    /// How long after the first try the next one is due, `elapsed` after the first. `None`: the window is over.
    pub fn next_after(&self, elapsed: i64) -> Option<i64> {
        let tries = elapsed.max(0) / self.interval_millis;
        Some(self.interval_millis.saturating_mul(tries.saturating_add(1))).filter(|due| *due <= self.window_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        callback::LicenseChange,
        id::{BusinessId, InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId},
    };

    const HOUR: i64 = 60 * MINUTE;
    const SAAS: Called = Called { site: Site::China, generation: Generation::V2, kind: ProductKind::Saas };

    fn purchase() -> Activity {
        let order = OrderLine { order_id: OrderId::new("o"), order_line_id: OrderLineId::new("l") };
        Activity::purchase(order, BusinessId::new("b"))
    }

    #[test]
    fn a_purchase_is_tried_hourly_for_three_hours() {
        let plan = RetryPolicy::default().plan(&purchase(), SAAS);
        assert_eq!(plan.next_after(0), Some(HOUR));
        assert_eq!(plan.next_after(HOUR + 5 * MINUTE), Some(2 * HOUR));
        assert_eq!(plan.next_after(2 * HOUR), Some(3 * HOUR));
        assert_eq!(plan.next_after(3 * HOUR), None);
        assert_eq!(plan.at_the_end, AtTheEnd::Refund);
    }

    #[test]
    fn what_is_bought_decides_with_it() {
        let policy = RetryPolicy::default();
        let online = policy.plan(&purchase(), Called { kind: ProductKind::OnlineLicense, ..SAAS });
        assert_eq!((online.interval_millis, online.window_millis), (2 * MINUTE, 2 * HOUR));
        let first = policy.plan(&purchase(), Called { kind: ProductKind::License, ..SAAS });
        assert_eq!((first.next_after(2 * HOUR), first.next_after(3 * HOUR)), (Some(3 * HOUR), None));
        assert_eq!(first.at_the_end, AtTheEnd::Stop, "the order stays open for delivery by hand");
        let change = LicenseChange::Release { order: None };
        let code = policy.plan(&Activity::License { license: LicenseCode::new("PL1"), change }, SAAS);
        let calls = std::iter::successors(Some(0), |elapsed| code.next_after(*elapsed)).count();
        assert_eq!(calls, 61, "once, and then sixty times every two minutes");
    }

    #[test]
    fn the_international_site_tries_a_purchase_of_v1_every_three_minutes() {
        let of = |site, generation| {
            let plan = RetryPolicy::default().plan(&purchase(), Called { site, generation, ..SAAS });
            (plan.interval_millis, plan.window_millis, plan.at_the_end)
        };
        for site in Site::ALL {
            for generation in [Generation::V1, Generation::V2] {
                let often = site == Site::International && generation == Generation::V1;
                let interval = if often { 3 * MINUTE } else { HOUR };
                assert_eq!(of(site, generation), (interval, 3 * HOUR, AtTheEnd::Refund), "{site:?} {generation:?}");
            }
        }
    }

    #[test]
    fn what_is_asked_once_is_not_tried_again() {
        let query = Activity::QueryInstance { instance_ids: vec![InstanceId::new("i")] };
        let policy = RetryPolicy::default();
        assert_eq!(policy.plan(&query, SAAS).next_after(0), None);
        assert_eq!(policy.plan(&purchase(), SAAS).once().next_after(0), None);
    }

    #[test]
    fn the_table_can_be_edited() {
        let mut policy = RetryPolicy::default();
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<RetryPolicy>(&text).unwrap(), policy);
        let rule = r#"{"activity":"newInstance","site":"europe","everyMinutes":0,"forMinutes":1,"atTheEnd":"stop"}"#;
        policy.rules.insert(0, serde_json::from_str(rule).unwrap());
        let plan = policy.plan(&purchase(), Called { site: Site::Europe, ..SAAS });
        assert_eq!((plan.next_after(0), plan.next_after(MINUTE)), (Some(MINUTE), None), "never without end");
        assert_eq!(policy.plan(&purchase(), SAAS).window_millis, 3 * HOUR);
    }
}
