//! How long KooGallery goes on calling by itself after a failure, and what follows when it stops. The pages differ by site,
//! product and year, so each row of their table is a choice, with the pages that say so.

use crate::protocol::UnixMillis;

/// Failed orders in one month after which the product is delisted: more than this many.
pub const FAILED_ORDERS_ALLOWED: u32 = 5;

const HOUR: i64 = 3_600_000;

/// A row of the table: calls that are repeated for the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryRow {
    NewOrder,
    Upgrade,
    Renewal,
    /// Expiry, freezing and thawing.
    Status,
    Release,
    OrderNotify,
    CodeRenewal,
    CodeStatus,
    CodeRelease,
    /// Renewal, expiry and release of License 1.0.
    LicenseV1,
    /// Questions and applications, of which no page tells anything.
    Other,
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetrySource {
    /// saas_topic_0000001, zh-cn_topic_0070649180, zh-cn_topic_0000001297828992.
    ChinaV1,
    /// zh-cn_topic_0070649414; what it says of repeated calls is not whole.
    ChinaV2,
    /// zh-cn_topic_0182376880, en-us_topic_0070649055, en-us_topic_0070649056.
    International,
    /// zh-cn_topic_0070649282, which says of new orders 2 hours and 3.
    OnlineLicense,
    /// zh-cn_topic_0070649168: 60 calls, one every two minutes.
    LicenseCode,
    /// Read from the page beside it, which says 60 calls.
    LicenseCodeInferred,
    /// zh-cn_topic_0000002091799149.
    OrderNotification,
    /// saascenter_usermanual_0132, zh-cn_topic_0000001353381237.
    Older,
}

/// A length that pages give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Documented {
    /// 0 where it calls once.
    pub millis: i64,
    pub sources: &'static [RetrySource],
}

const fn says(hours: i64, sources: &'static [RetrySource]) -> Documented {
    Documented { millis: hours * HOUR, sources }
}

impl RetryRow {
    pub const ALL: [Self; 11] = [
        Self::NewOrder,
        Self::Upgrade,
        Self::Renewal,
        Self::Status,
        Self::Release,
        Self::OrderNotify,
        Self::CodeRenewal,
        Self::CodeStatus,
        Self::CodeRelease,
        Self::LicenseV1,
        Self::Other,
    ];

    /// As `config.toml` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewOrder => "new_order",
            Self::Upgrade => "upgrade",
            Self::Renewal => "renewal",
            Self::Status => "status",
            Self::Release => "release",
            Self::OrderNotify => "order_notify",
            Self::CodeRenewal => "code_renewal",
            Self::CodeStatus => "code_status",
            Self::CodeRelease => "code_release",
            Self::LicenseV1 => "license_v1",
            Self::Other => "other",
        }
    }

    /// What pages say; the first holds where nobody chose.
    pub const fn documented(self) -> &'static [Documented] {
        use RetrySource::{
            ChinaV1, ChinaV2, International, LicenseCode, LicenseCodeInferred, Older, OnlineLicense, OrderNotification,
        };
        match self {
            Self::NewOrder => {
                const { &[says(3, &[ChinaV1, ChinaV2, International, OnlineLicense, Older]), says(2, &[OnlineLicense])] }
            }
            Self::Upgrade => const { &[says(3, &[ChinaV1, ChinaV2, International, Older])] },
            Self::Renewal | Self::Status => {
                const { &[says(1, &[ChinaV1, International]), says(2, &[OnlineLicense]), says(0, &[Older])] }
            }
            Self::Release => const { &[says(1, &[ChinaV1, International]), says(0, &[Older])] },
            Self::OrderNotify => const { &[says(3, &[OrderNotification])] },
            Self::CodeRenewal | Self::CodeRelease => const { &[says(2, &[LicenseCodeInferred]), says(0, &[Older])] },
            Self::CodeStatus => const { &[says(2, &[LicenseCode]), says(0, &[Older])] },
            Self::LicenseV1 => const { &[says(0, &[Older]), says(2, &[OnlineLicense])] },
            Self::Other => &[],
        }
    }

    fn usual(self) -> i64 {
        self.documented().first().map_or(HOUR, |documented| documented.millis)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    millis: [i64; RetryRow::ALL.len()],
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { millis: RetryRow::ALL.map(RetryRow::usual) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryWindow {
    pub closes_at: UnixMillis,
    pub consequence: Consequence,
}

/// What it costs if nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consequence {
    /// The order is unsubscribed and refunded, and counts towards delisting.
    Refund,
    /// The buyer paid for a renewal that the product does not honour.
    RenewalNotHonoured,
    /// The buyer goes on using what is no longer paid for; the loss is the seller's.
    UnpaidUse,
    /// The seller never learns of the order.
    OrderUnnoticed,
    /// The buyer waits for a License, and the order can be delivered by hand in the seller console.
    LicenseNotDelivered,
    /// The buying organisation cannot log in, or is known here as it was; its administrator decides on another try.
    OrganisationOutdated,
    /// The buyer sees no access data, or may not change the instance.
    BuyerSeesNothing,
}

/// What became of a window, as KooGallery sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It was told of success in time.
    Met,
    Open,
    /// It was not, and whatever is done later does not change that.
    Missed,
}

impl RetryWindow {
    /// `told_at` is when one of its own calls was first answered with success.
    pub fn course(&self, told_at: Option<UnixMillis>, now: UnixMillis) -> Course {
        match told_at {
            Some(told_at) if told_at <= self.closes_at => Course::Met,
            None if now < self.closes_at => Course::Open,
            _ => Course::Missed,
        }
    }
}

impl RetryPolicy {
    #[must_use]
    pub fn with(mut self, row: RetryRow, millis: i64) -> Self {
        self.millis[row as usize] = millis;
        self
    }

    pub const fn millis(&self, row: RetryRow) -> i64 {
        self.millis[row as usize]
    }

    /// The longest that an order can wait for its success, from its first call on.
    pub fn longest_order_millis(&self) -> i64 {
        self.millis(RetryRow::NewOrder).max(self.millis(RetryRow::Upgrade))
    }

    /// `None` for activities of which nothing is known.
    pub fn window(&self, activity: &str, first_call: UnixMillis) -> Option<RetryWindow> {
        let (row, consequence) = match activity {
            "newInstance" => (Some(RetryRow::NewOrder), Consequence::Refund),
            "upgradeInstance" | "upgrade" => (Some(RetryRow::Upgrade), Consequence::Refund),
            "getLicense" => (Some(RetryRow::NewOrder), Consequence::LicenseNotDelivered),
            "orderNotify" => (Some(RetryRow::OrderNotify), Consequence::OrderUnnoticed),
            "refreshInstance" => (Some(RetryRow::Renewal), Consequence::RenewalNotHonoured),
            "updateInstanceStatus" | "expireInstance" | "instanceStatus" => {
                (Some(RetryRow::Status), Consequence::UnpaidUse)
            }
            "releaseInstance" => (Some(RetryRow::Release), Consequence::UnpaidUse),
            "queryInstance" | "changeInstanceCheck" => (Some(RetryRow::Other), Consequence::BuyerSeesNothing),
            "getLicenseAsync" => (Some(RetryRow::Other), Consequence::LicenseNotDelivered),
            "refreshLicenseCode" => (Some(RetryRow::CodeRenewal), Consequence::RenewalNotHonoured),
            "updateLicenseCodeStatus" => (Some(RetryRow::CodeStatus), Consequence::UnpaidUse),
            "releaseLicenseCode" => (Some(RetryRow::CodeRelease), Consequence::UnpaidUse),
            "refreshLicense" => (Some(RetryRow::LicenseV1), Consequence::RenewalNotHonoured),
            "expireLicense" | "releaseLicense" => (Some(RetryRow::LicenseV1), Consequence::UnpaidUse),
            // Called once; the buying organisation decides on another try.
            "tenantSync" | "applicationSync" | "authSync" | "singleOrgSync" | "allOrgSync" => {
                (None, Consequence::OrganisationOutdated)
            }
            _ => return None,
        };
        let millis = row.map_or(0, |row| self.millis(row));
        Some(RetryWindow { closes_at: first_call.plus_millis(millis), consequence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_repeated_as_its_row_of_the_table_says() {
        for (activity, row, usual_hours) in [
            ("newInstance", RetryRow::NewOrder, 3),
            ("getLicense", RetryRow::NewOrder, 3),
            ("upgradeInstance", RetryRow::Upgrade, 3),
            ("upgrade", RetryRow::Upgrade, 3),
            ("orderNotify", RetryRow::OrderNotify, 3),
            ("refreshInstance", RetryRow::Renewal, 1),
            ("updateInstanceStatus", RetryRow::Status, 1),
            ("expireInstance", RetryRow::Status, 1),
            ("releaseInstance", RetryRow::Release, 1),
            ("queryInstance", RetryRow::Other, 1),
            ("refreshLicenseCode", RetryRow::CodeRenewal, 2),
            ("updateLicenseCodeStatus", RetryRow::CodeStatus, 2),
            ("releaseLicenseCode", RetryRow::CodeRelease, 2),
            ("refreshLicense", RetryRow::LicenseV1, 0),
            ("expireLicense", RetryRow::LicenseV1, 0),
        ] {
            let closes = |policy: RetryPolicy| policy.window(activity, UnixMillis(0)).unwrap().closes_at.0;
            assert_eq!(closes(RetryPolicy::default()), usual_hours * HOUR, "{activity}");
            assert_eq!(closes(RetryPolicy::default().with(row, 7 * HOUR)), 7 * HOUR, "{activity} follows {row:?}");
        }
        assert_eq!(RetryPolicy::default().window("tenantSync", UnixMillis(0)).unwrap().closes_at.0, 0);
        assert_eq!(RetryPolicy::default().window("somethingNew", UnixMillis(0)), None);
    }

    #[test]
    fn what_pages_say_differently_can_be_chosen_once_each() {
        for row in RetryRow::ALL {
            let mut lengths: Vec<i64> = row.documented().iter().map(|said| said.millis).collect();
            assert!(row.documented().iter().all(|said| !said.sources.is_empty()), "{row:?}");
            lengths.sort_unstable();
            lengths.dedup();
            assert_eq!(lengths.len(), row.documented().len(), "{row:?}");
        }
        let renewal: Vec<i64> = RetryRow::Renewal.documented().iter().map(|said| said.millis / HOUR).collect();
        assert_eq!(renewal, [1, 2, 0]);
    }
}
