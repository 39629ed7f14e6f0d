//! A message: one piece of business that KooGallery wants done, with every attempt at it. What the console calls a row of
//! 生产接口消息.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Action, Exception, World, retry_window::RetryPolicy};
use crate::protocol::{
    ResultCode, UnixMillis,
    callback::{Activity, Callback, LicenseChange, SyncChange, Wire},
    id::{InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId, TenantId},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttemptId(pub i64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message without its attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub world: World,
    pub endpoint: String,
    /// How the call came in; `None` for what Sellerdesk asks of KooGallery.
    pub wire: Option<Wire>,
    /// KooGallery's own word: the activity of a call, or the name of an interface (`license/activate`).
    pub activity: String,
    pub order_id: Option<OrderId>,
    pub order_line_id: Option<OrderLineId>,
    pub instance_id: Option<InstanceId>,
    pub license: Option<LicenseCode>,
    pub tenant_id: Option<TenantId>,
    pub progress: Progress,
    pub result_code: Option<ResultCode>,
    pub exception: Option<Exception>,
    /// How many attempts there were.
    pub attempts: u32,
    pub received_at: UnixMillis,
    pub last_attempt_at: UnixMillis,
}

/// How far a message has come, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    Succeeded,
    InProgress,
    Failing,
}

/// How a message stands at a given moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    Succeeded,
    InProgress,
    Failing,
    /// Still failing, and KooGallery no longer calls by itself.
    Stopped,
}

impl MessageState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::InProgress => "in-progress",
            Self::Failing => "failing",
            Self::Stopped => "stopped",
        }
    }
}

impl Message {
    /// What Sellerdesk asks of KooGallery, as opposed to a call.
    pub const fn is_action(&self) -> bool {
        self.wire.is_none()
    }

    /// The id by which a person tells it from others: its order, else what else it names.
    pub fn about(&self) -> Option<&str> {
        let order = self.order_id.as_ref().map(OrderId::as_str);
        let instance = self.instance_id.as_ref().map(InstanceId::as_str);
        let license = self.license.as_ref().map(LicenseCode::as_str);
        let tenant = self.tenant_id.as_ref().map(TenantId::as_str);
        order.or(license).or(tenant).or(instance)
    }

    pub fn state(&self, policy: &RetryPolicy, now: UnixMillis) -> MessageState {
        match self.progress {
            Progress::Succeeded => MessageState::Succeeded,
            Progress::InProgress => MessageState::InProgress,
            Progress::Failing => match policy.window(&self.activity, self.received_at) {
                Some(window) if window.closes_at < now => MessageState::Stopped,
                _ => MessageState::Failing,
            },
        }
    }
}

/// One try at a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub id: AttemptId,
    pub origin: Origin,
    pub started_at: UnixMillis,
    /// `None` while it runs, and where the program ended before it did.
    pub ended_at: Option<UnixMillis>,
    pub result_code: Option<ResultCode>,
    pub exception: Option<Exception>,
    /// Request and answer are forgotten, because what they were about is long done.
    pub forgotten: bool,
    /// The request as it came; empty for attempts that no call started.
    pub request_query: String,
    pub request_body: String,
    /// As sent, credentials masked.
    pub answer: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    KooGallery,
    Operator,
    /// Sellerdesk itself: a webhook asked again, a parked message whose instance appeared.
    Automatic,
}

impl Origin {
    pub const fn name(self) -> &'static str {
        match self {
            Self::KooGallery => "koogallery",
            Self::Operator => "operator",
            Self::Automatic => "automatic",
        }
    }
}

/// What makes two calls the same business. `businessId`, nonce and timestamp differ on every call and are no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageKey(String);

impl MessageKey {
    pub fn of(callback: &Callback) -> Self {
        let activity = &callback.activity;
        let name = &callback.name;
        Self(match activity {
            Activity::NewInstance { order, .. } | Activity::OrderNotify { order } => {
                format!("{name}/{}", whole(order))
            }
            // An unsubscribed renewal may name the order of the renewal, so the scene tells them apart.
            Activity::RefreshInstance { instance_id, order, scene, .. } => {
                format!("{name}/{instance_id}/{}/{}", whole(order), scene.as_wire())
            }
            Activity::UpgradeInstance { instance_id, order, .. } => {
                format!("{name}/{instance_id}/{}", whole(order))
            }
            Activity::UpdateInstanceStatus { instance_id, status, .. } => {
                format!("{name}/{instance_id}/{}", status.as_wire())
            }
            Activity::ReleaseInstance { instance_id, .. } => format!("{name}/{instance_id}"),
            Activity::ChangeInstanceCheck { instance_id, product_info } => {
                format!("{name}/{instance_id}/{}", digest(&product_info.to_string()))
            }
            Activity::QueryInstance { instance_ids } => {
                let ids: Vec<&str> = instance_ids.iter().map(InstanceId::as_str).collect();
                format!("{name}/{}", digest(&ids.join(",")))
            }
            Activity::GetLicenseAsync(application) => {
                let fingerprint = application.device_fingerprint.as_deref().unwrap_or_default();
                format!("{name}/{}/{}", application.event_id, digest(fingerprint))
            }
            Activity::License { license, change } => match change {
                LicenseChange::Refresh { order, scene, .. } => {
                    format!("{name}/{license}/{}/{}", whole(order), scene.as_wire())
                }
                LicenseChange::Status(status) => format!("{name}/{license}/{}", status.as_wire()),
                LicenseChange::Release { .. } => format!("{name}/{license}"),
            },
            // The same words may be new business later on, so the time is no part of the key and nothing is a repeat.
            Activity::Kit(sync) => {
                let change = digest(&format!("{:?}{:?}", sync.instance_id, unsealed(&sync.change)));
                format!("{name}/{}/{change}", sync.tenant_id)
            }
            Activity::Unknown { .. } => {
                let mut members: Vec<String> = callback
                    .unknown
                    .iter()
                    .filter(|(name, _)| *name != "businessId")
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                members.sort();
                format!("{name}/{}", digest(&members.join("\n")))
            }
        })
    }

    pub fn of_action(action: &Action) -> Self {
        let name = action.activity();
        Self(match action {
            Action::ActivateLicense { license, .. } | Action::QueryLicense { license } => format!("{name}/{license}"),
            Action::ReportLicenseUse { license, client, day } => {
                format!("{name}/{license}/{day}/{}", digest(&format!("{client:?}")))
            }
            Action::QueryOrder { order_id, order_line_id: None } => format!("{name}/{order_id}"),
            Action::QueryOrder { order_id, order_line_id: Some(line) } => format!("{name}/{order_id}/{line}"),
            Action::PushUsage { push, .. } => format!("{name}/{push}"),
            Action::UploadLicense { event_id, .. } => format!("{name}/{event_id}"),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 32 hex digits that stand for the key where its text would be too long.
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

/// Without the `clientSecret`, which is another ciphertext each time that it is encrypted.
fn unsealed(change: &SyncChange) -> SyncChange {
    let mut change = change.clone();
    if let SyncChange::Application { client_secret, .. } = &mut change {
        client_secret.clear();
    }
    change
}

/// A line's id mostly begins with its order's; said once, it keeps the index small.
fn whole(order: &OrderLine) -> String {
    let OrderLine { order_id, order_line_id } = order;
    match order_line_id.as_str().strip_prefix(order_id.as_str()) {
        Some(number) if number.starts_with('-') => order_line_id.to_string(),
        // V1 names no line.
        _ if order_line_id.as_str().is_empty() => order_id.to_string(),
        _ => format!("{order_id}/{order_line_id}"),
    }
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}
