//! How long KooGallery goes on calling by itself after a failure, and what follows when it stops. The pages differ by
//! site and year (zh-cn_topic_0070649414, zh-cn_topic_0070649282, zh-cn_topic_0182376880), so the lengths are a setting.

use crate::protocol::UnixMillis;

/// Failed orders in one month after which the product is delisted: more than this many.
pub const FAILED_ORDERS_ALLOWED: u32 = 5;

const HOUR: i64 = 3_600_000;
/// License codes: 60 calls, one every two minutes (zh-cn_topic_0070649172).
const LICENSE_CODE_MILLIS: i64 = 60 * 2 * 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For purchases, upgrades, `orderNotify`.
    pub purchase_millis: i64,
    /// For everything else that the pages give no number of its own.
    pub change_millis: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { purchase_millis: 3 * HOUR, change_millis: HOUR }
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

impl RetryPolicy {
    /// `None` for activities of which nothing is known.
    pub fn window(&self, activity: &str, first_call: UnixMillis) -> Option<RetryWindow> {
        let (millis, consequence) = match activity {
            "newInstance" | "upgradeInstance" | "upgrade" => (self.purchase_millis, Consequence::Refund),
            "getLicense" => (self.purchase_millis, Consequence::LicenseNotDelivered),
            "orderNotify" => (self.purchase_millis, Consequence::OrderUnnoticed),
            "refreshInstance" => (self.change_millis, Consequence::RenewalNotHonoured),
            "updateInstanceStatus" | "releaseInstance" | "expireInstance" | "instanceStatus" => {
                (self.change_millis, Consequence::UnpaidUse)
            }
            "queryInstance" | "changeInstanceCheck" => (self.change_millis, Consequence::BuyerSeesNothing),
            "getLicenseAsync" => (self.change_millis, Consequence::LicenseNotDelivered),
            "refreshLicenseCode" => (LICENSE_CODE_MILLIS, Consequence::RenewalNotHonoured),
            "updateLicenseCodeStatus" | "releaseLicenseCode" => (LICENSE_CODE_MILLIS, Consequence::UnpaidUse),
            // Called once.
            "refreshLicense" => (0, Consequence::RenewalNotHonoured),
            "expireLicense" | "releaseLicense" => (0, Consequence::UnpaidUse),
            "tenantSync" | "applicationSync" | "authSync" | "singleOrgSync" | "allOrgSync" => {
                (0, Consequence::OrganisationOutdated)
            }
            _ => return None,
        };
        Some(RetryWindow { closes_at: first_call.plus_millis(millis), consequence })
    }
}
