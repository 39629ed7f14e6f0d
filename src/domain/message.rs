//! A message: one piece of business that KooGallery wants done, with every attempt at it. What the console calls a row of
//! 生产接口消息.

use std::fmt;

use super::{Exception, World, retry_window::RetryPolicy};
use crate::protocol::{
    ResultCode, UnixMillis,
    callback::Wire,
    id::{InstanceId, LicenseCode, OrderId, OrderLineId, TenantId},
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
    /// Not done, and KooGallery no longer calls by itself.
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

    /// An order that KooGallery was never told more of than 000004 is given up like one that failed.
    pub fn state(&self, policy: &RetryPolicy, now: UnixMillis) -> MessageState {
        let window = policy.window(&self.activity, self.received_at);
        let is_given_up = window.is_some_and(|window| window.closes_at < now);
        match self.progress {
            Progress::Succeeded => MessageState::Succeeded,
            Progress::InProgress if is_given_up && self.result_code == Some(ResultCode::IN_PROGRESS) => {
                MessageState::Stopped
            }
            Progress::InProgress => MessageState::InProgress,
            Progress::Failing if is_given_up => MessageState::Stopped,
            Progress::Failing => MessageState::Failing,
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn message(activity: &str, progress: Progress, code: Option<ResultCode>) -> Message {
        Message {
            id: MessageId(1),
            world: World::Live,
            endpoint: "main".into(),
            wire: None,
            activity: activity.into(),
            order_id: None,
            order_line_id: None,
            instance_id: None,
            license: None,
            tenant_id: None,
            progress,
            result_code: code,
            exception: None,
            attempts: 1,
            received_at: UnixMillis(0),
            last_attempt_at: UnixMillis(0),
        }
    }

    #[test]
    fn what_koogallery_gave_up_is_stopped_whatever_was_answered_but_success() {
        let policy = RetryPolicy::default();
        let being_made = message("newInstance", Progress::InProgress, Some(ResultCode::IN_PROGRESS));
        let failing = message("newInstance", Progress::Failing, Some(ResultCode::INTERNAL_ERROR));
        // It was answered with success, and a License is yet to be uploaded.
        let applied_for = message("getLicenseAsync", Progress::InProgress, Some(ResultCode::SUCCESS));
        let asked = message("license/activate", Progress::Failing, None);
        let done = message("newInstance", Progress::Succeeded, Some(ResultCode::SUCCESS));
        for (message, within, after) in [
            (being_made, MessageState::InProgress, MessageState::Stopped),
            (failing, MessageState::Failing, MessageState::Stopped),
            (applied_for, MessageState::InProgress, MessageState::InProgress),
            (asked, MessageState::Failing, MessageState::Failing),
            (done, MessageState::Succeeded, MessageState::Succeeded),
        ] {
            let at = |hours: i64| message.state(&policy, UnixMillis(hours * HOUR));
            assert_eq!((at(1), at(4)), (within, after), "{message:?}");
        }
    }
}
