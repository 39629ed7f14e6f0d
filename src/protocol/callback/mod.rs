//! The calls of the marketplace, parsed into one generation-neutral [`Activity`], and the answers, encoded back.
//!
//! A call that can be understood never fails for what is new in it: unknown fields are kept, unknown scenes, statuses and
//! activities survive as text.

mod answer;
mod field;
pub mod v2;

pub use answer::{Answer, AppInfo, FieldTooLong, InstanceInfo, truncated};
pub use field::FieldError;
use serde_json::{Map, Value};

use super::{
    KeyClass, UnixMillis,
    id::{BusinessId, InstanceId, OrderLine},
};

/// One call, whichever generation of the access guide it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    pub activity: Activity,
    /// `testFlag` is 1: a debugging call or a probe, never real business.
    pub test: bool,
    /// Members that this version knows nothing of, as they came.
    pub unknown: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// 创建实例 (zh-cn_topic_0070649427).
    NewInstance { order: OrderLine, business_id: BusinessId },
    /// 查询实例信息 (zh-cn_topic_0070649428), at most 100 ids.
    QueryInstance { instance_ids: Vec<InstanceId> },
    /// 更新实例 (zh-cn_topic_0070649429).
    RefreshInstance {
        instance_id: InstanceId,
        order: OrderLine,
        scene: Scene,
        /// Only where the period type changed.
        product_id: Option<String>,
        expire_time: UnixMillis,
    },
    /// 更新实例状态 (zh-cn_topic_0070649430).
    UpdateInstanceStatus { instance_id: InstanceId, status: StatusChange },
    /// 释放实例 (zh-cn_topic_0070649431). The order is named where an unsubscription is the cause.
    ReleaseInstance { instance_id: InstanceId, order: Option<OrderLine> },
    /// 实例升级 (zh-cn_topic_0070649432).
    UpgradeInstance { instance_id: InstanceId, order: OrderLine },
    /// 续费变更校验 (zh-cn_topic_0000002411753620). The members of `productInfo` are not documented.
    ChangeInstanceCheck { instance_id: InstanceId, product_info: Value },
    /// 订单通知 (zh-cn_topic_0000002091799153).
    OrderNotify { order: OrderLine },
    /// Whatever the marketplace invents next.
    Unknown { name: String },
}

impl Activity {
    /// KooGallery's word for it.
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
            Self::Unknown { name } => name,
        }
    }

    /// The class of key with which the marketplace signs it.
    pub fn key_class(&self) -> KeyClass {
        match self {
            Self::OrderNotify { .. } => KeyClass::General,
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
            | Self::OrderNotify { order } => Some(order),
            Self::ReleaseInstance { order, .. } => order.as_ref(),
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
            Self::QueryInstance { instance_ids } => instance_ids.first(),
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
}
