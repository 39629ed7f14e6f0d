//! The ids that pass between marketplace and seller, each a type of its own so that none is taken for another. Their lengths
//! are those of KooGallery pages zh-cn_topic_0070649427 (orders, instances), zh-cn_topic_0070649167 (`license`),
//! zh-cn_topic_0070649255 (`eventId`) and zh-cn_topic_0070649433 (`tenantId`).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// `orderId`, at most 64 characters.
    OrderId;
    /// `orderLineId`, at most 64 characters: the order id and a running number.
    OrderLineId;
    /// `instanceId`, at most 64 characters, chosen by the seller, unique over all of them.
    InstanceId;
    /// `businessId`, at most 64 characters, another one on every call.
    BusinessId;
    /// `license`, at most 64 characters: an authorization code (授权码) that KooGallery made.
    LicenseCode;
    /// `eventId`, at most 64 characters: the marketplace's number of an application for a License.
    EventId;
    /// `tenantId`, at most 64 characters: an organisation of the joint-operation kit.
    TenantId;
}

/// What a purchase is idempotent on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderLine {
    pub order_id: OrderId,
    pub order_line_id: OrderLineId,
}
