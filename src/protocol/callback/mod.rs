//! The calls of the marketplace, parsed into one generation-neutral [`Activity`], and the answers, encoded back.
//!
//! A call that can be understood never fails for what is new in it: unknown fields are kept, unknown scenes, statuses and
//! activities survive as text.

mod answer;
mod field;
pub mod kit;
mod order;
mod reply;
mod said;
pub mod v1;
pub mod v2;
pub mod verdict;
mod wire;

pub use answer::{Answer, AppInfo, Credentials, FieldTooLong, InstanceInfo, truncated};
pub use field::FieldError;
pub use kit::{KitSync, SyncChange};
pub use order::{ChargingMode, EXTEND_PARAMS, ExtendParam, OrderDetails, extend_params};
pub use reply::{MAX_REPLY, NoReply, Reply};
pub use said::{Said, SaidValue, said};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use wire::{KitVersion, Wire};

use super::{
    KeyClass, UnixMillis,
    id::{BusinessId, EventId, InstanceId, LicenseCode, OrderLine},
};

/// One call, whichever generation of the access guide it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    pub wire: Wire,
    /// KooGallery's own word in that generation: `upgrade` where V2 says `upgradeInstance`.
    pub name: String,
    pub activity: Activity,
    /// `testFlag` is 1: a debugging call or a probe, never real business.
    pub test: bool,
    /// Members that this version knows nothing of, as they came.
    pub unknown: Map<String, Value>,
}

/// What a call means, whatever its generation calls it.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// 创建实例 (zh-cn_topic_0070649427), 新购商品 of V1 (zh-cn_topic_0070649013), `getLicense` of License 1.0
    /// (zh-cn_topic_0000001353181669).
    NewInstance {
        order: OrderLine,
        business_id: BusinessId,
        delivers: Delivers,
        /// Told by V1 alone.
        details: Option<Box<OrderDetails>>,
    },
    /// 查询实例信息 (zh-cn_topic_0070649428), at most 100 ids.
    QueryInstance { instance_ids: Vec<InstanceId> },
    /// 更新实例 (zh-cn_topic_0070649429), 商品续费 of V1.
    RefreshInstance {
        instance_id: InstanceId,
        order: OrderLine,
        scene: Scene,
        /// Only where the period type changed.
        product_id: Option<String>,
        expire_time: UnixMillis,
    },
    /// 更新实例状态 (zh-cn_topic_0070649430), 资源状态变更 of V1, and its 商品过期, which is a freeze that names an order.
    UpdateInstanceStatus { instance_id: InstanceId, order: Option<OrderLine>, status: StatusChange },
    /// 释放实例 (zh-cn_topic_0070649431). The order is named where an unsubscription is the cause.
    ReleaseInstance { instance_id: InstanceId, order: Option<OrderLine> },
    /// 实例升级 (zh-cn_topic_0070649432). V1 tells the target with it.
    UpgradeInstance { instance_id: InstanceId, order: OrderLine, sku_code: Option<String>, product_id: Option<String> },
    /// 续费变更校验 (zh-cn_topic_0000002411753620). The members of `productInfo` are not documented.
    ChangeInstanceCheck { instance_id: InstanceId, product_info: Value },
    /// 异步申请License (zh-cn_topic_0070649255). The License itself is uploaded afterwards.
    GetLicenseAsync(LicenseApplication),
    /// Authorization codes 2.0 (zh-cn_topic_0070649167, zh-cn_topic_0070649168, zh-cn_topic_0070649169).
    License { license: LicenseCode, change: LicenseChange },
    /// The joint-operation kit (zh-cn_topic_0070649433 to zh-cn_topic_0070649437).
    Kit(Box<KitSync>),
    /// 订单通知 (zh-cn_topic_0000002091799153).
    OrderNotify { order: OrderLine },
    /// Whatever the marketplace invents next.
    Unknown { name: String },
}

/// What a buyer gets out of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivers {
    AppInfo,
    /// A license string (License 1.0).
    License,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseApplication {
    pub instance_id: InstanceId,
    /// Together with the fingerprint it is one application: a repeat gets the same License.
    pub event_id: EventId,
    /// UTC; the page's example reads `2023-10-27 10:30:15 z`.
    pub effective_time: String,
    pub expire_time: Option<String>,
    pub device_fingerprint: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LicenseChange {
    /// 更新授权码有效期 (zh-cn_topic_0070649167).
    Refresh { order: OrderLine, scene: Scene, product_id: Option<String>, expire_time: UnixMillis },
    /// 变更授权码状态 (zh-cn_topic_0070649168).
    Status(StatusChange),
    /// 释放授权码 (zh-cn_topic_0070649169).
    Release { order: Option<OrderLine> },
}

impl Activity {
    /// A purchase as V2 tells it.
    pub const fn purchase(order: OrderLine, business_id: BusinessId) -> Self {
        Self::NewInstance { order, business_id, delivers: Delivers::AppInfo, details: None }
    }

    /// V2's word for it, whatever the call's own generation says.
    pub fn name(&self) -> &str {
        match self {
            Self::NewInstance { .. } => "newInstance",
            Self::QueryInstance { .. } => "queryInstance",
            Self::RefreshInstance { .. } => "refreshInstance",
            Self::UpdateInstanceStatus { .. } => "updateInstanceStatus",
            Self::ReleaseInstance { .. } => "releaseInstance",
            Self::UpgradeInstance { .. } => "upgradeInstance",
            Self::ChangeInstanceCheck { .. } => "changeInstanceCheck",
            Self::OrderNotify { .. } => "orderNotify",
            Self::GetLicenseAsync(_) => "getLicenseAsync",
            Self::License { change, .. } => match change {
                LicenseChange::Refresh { .. } => "refreshLicenseCode",
                LicenseChange::Status(_) => "updateLicenseCodeStatus",
                LicenseChange::Release { .. } => "releaseLicenseCode",
            },
            Self::Kit(sync) => sync.change.name(),
            Self::Unknown { name } => name,
        }
    }

    /// The class of key with which the marketplace signs it in V2.
    pub fn key_class(&self) -> KeyClass {
        match self {
            Self::OrderNotify { .. } => KeyClass::General,
            Self::License { .. } => KeyClass::License,
            Self::Kit(_) => KeyClass::Kit,
            _ => KeyClass::Base,
        }
    }

    /// Changes nothing and is answered anew every time.
    pub fn is_question(&self) -> bool {
        matches!(self, Self::QueryInstance { .. } | Self::ChangeInstanceCheck { .. })
    }

    pub fn order(&self) -> Option<&OrderLine> {
        match self {
            Self::NewInstance { order, .. }
            | Self::RefreshInstance { order, .. }
            | Self::UpgradeInstance { order, .. }
            | Self::OrderNotify { order }
            | Self::License { change: LicenseChange::Refresh { order, .. }, .. } => Some(order),
            Self::ReleaseInstance { order, .. }
            | Self::UpdateInstanceStatus { order, .. }
            | Self::License { change: LicenseChange::Release { order }, .. } => order.as_ref(),
            _ => None,
        }
    }

    /// The instance that has to exist for the activity to be done.
    pub fn instance_id(&self) -> Option<&InstanceId> {
        match self {
            Self::RefreshInstance { instance_id, .. }
            | Self::UpdateInstanceStatus { instance_id, .. }
            | Self::ReleaseInstance { instance_id, .. }
            | Self::UpgradeInstance { instance_id, .. }
            | Self::ChangeInstanceCheck { instance_id, .. } => Some(instance_id),
            Self::GetLicenseAsync(application) => Some(&application.instance_id),
            Self::QueryInstance { instance_ids } => instance_ids.first(),
            _ => None,
        }
    }

    pub fn license(&self) -> Option<&LicenseCode> {
        match self {
            Self::License { license, .. } => Some(license),
            _ => None,
        }
    }
}

/// Why an instance is refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    TrialToFormal,
    Renewal,
    UnsubscribeRenewalPeriod,
    RenewalChange,
    Unknown(String),
}

impl Scene {
    pub fn from_wire(text: &str) -> Self {
        match text {
            "TRIAL_TO_FORMAL" => Self::TrialToFormal,
            "RENEWAL" => Self::Renewal,
            "UNSUBSCRIBE_RENEWAL_PERIOD" => Self::UnsubscribeRenewalPeriod,
            "RENEWAL_CHANGE" => Self::RenewalChange,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::TrialToFormal => "TRIAL_TO_FORMAL",
            Self::Renewal => "RENEWAL",
            Self::UnsubscribeRenewalPeriod => "UNSUBSCRIBE_RENEWAL_PERIOD",
            Self::RenewalChange => "RENEWAL_CHANGE",
            Self::Unknown(text) => text,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusChange {
    Freeze,
    Unfreeze,
    Unknown(String),
}

impl StatusChange {
    pub fn from_wire(text: &str) -> Self {
        match text {
            "FREEZE" => Self::Freeze,
            "UNFREEZE" => Self::Unfreeze,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::Freeze => "FREEZE",
            Self::Unfreeze => "UNFREEZE",
            Self::Unknown(text) => text,
        }
    }
}

/// Why a call cannot be understood. Every case is answered 000002.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("the body is no JSON object: {0}")]
    NoJsonObject(String),
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("`instanceId` names {0} instances, at most {max} are allowed", max = v2::MAX_QUERIED)]
    TooManyInstances(usize),
    #[error("`{list}` has {length} entries, at most {max} are allowed")]
    TooManyEntries { list: &'static str, length: usize, max: usize },
    #[error("entry {position} of `{list}`: {reason}")]
    Entry { list: &'static str, position: usize, reason: String },
}

#[cfg(test)]
mod tests;
