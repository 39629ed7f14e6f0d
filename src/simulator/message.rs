//! What the marketplace writes down about its calls: a message per piece of business (a row of 生产接口消息), a record per
//! call. Credentials are masked in records.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    call::Exchange,
    verdict::{Failure, Verdict},
};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, InstanceInfo},
    id::{OrderId, OrderLine},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MessageId(pub(super) u64);

impl From<MessageId> for String {
    fn from(id: MessageId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for MessageId {
    type Error = String;

    /// `M000012`, and `12` for whoever writes it.
    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_prefix('M').unwrap_or(&text).parse();
        number.map(Self).map_err(|_| format!("`{text}` is no message; one is called as in M000001"))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "M{:06}", self.0)
    }
}

/// One piece of business that the marketplace wants done.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: MessageId,
    /// As last sent: `businessId` is another one on every try.
    pub activity: Activity,
    pub test: bool,
    /// A buyer's look at the resource details: tried once, and no order's state follows.
    pub look: bool,
    /// The order that is done with it, where the call names another: V1's release names the purchase.
    pub own_order: Option<OrderId>,
    pub state: MessageState,
    /// Calls made so far, without the queries for an instance that is being made.
    pub attempts: u32,
    /// Those queries.
    pub polls: u32,
    /// Of the last call.
    pub verdict: Option<Verdict>,
    /// What the last `queryInstance` told.
    pub info: Vec<InstanceInfo>,
    pub begun_at: UnixMillis,
}

/// What a message begins as.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) activity: Activity,
    pub(super) test: bool,
    pub(super) look: bool,
    pub(super) own_order: Option<OrderId>,
}

impl Opening {
    pub(super) const fn of(activity: Activity) -> Self {
        Self { activity, test: false, look: false, own_order: None }
    }
}

impl Message {
    pub fn order(&self) -> Option<&OrderLine> {
        self.activity.order()
    }

    /// Why the last call did not succeed (异常信息).
    pub fn exception(&self) -> Option<&Failure> {
        match &self.verdict {
            Some(Verdict::Failed(failure)) => Some(failure),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageState {
    /// Not called yet.
    New,
    /// Will be tried again by itself.
    Failing,
    /// Accepted with 000004; `queryInstance` asks until the instance is there.
    InProgress,
    Succeeded,
    /// Not tried any more; waits for 重新启动.
    Stopped,
    /// Not tried any more; the order is unsubscribed.
    Refunded,
    /// Not tried any more; later business has made it pointless.
    Overtaken,
}

impl MessageState {
    /// As the control API and scenarios say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Failing => "failing",
            Self::InProgress => "in-progress",
            Self::Succeeded => "succeeded",
            Self::Stopped => "stopped",
            Self::Refunded => "refunded",
            Self::Overtaken => "overtaken",
        }
    }

    /// Whether nothing more happens by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Stopped | Self::Refunded | Self::Overtaken)
    }
}

/// One call: what was sent and what was answered.
#[derive(Clone, Debug)]
pub struct CallRecord {
    pub message: MessageId,
    pub activity: String,
    pub order: Option<OrderLine>,
    pub test: bool,
    /// From 1; polls are counted apart.
    pub attempt: u32,
    pub at: UnixMillis,
    /// With the query string.
    pub url: String,
    pub body: String,
    /// `None` where there was no answer.
    pub status: Option<u16>,
    /// Without user names and passwords.
    pub answer: String,
    pub verdict: Verdict,
    pub duration: Duration,
    pub will_retry: bool,
}

impl CallRecord {
    pub(super) fn new(message: &Message, activity: &Activity, at: UnixMillis, exchange: &Exchange) -> Self {
        let polled = message.activity.name() != activity.name();
        Self {
            message: message.id,
            activity: word(activity, exchange),
            order: message.order().cloned(),
            test: message.test,
            attempt: if polled { message.polls } else { message.attempts },
            at,
            url: exchange.url.clone(),
            body: String::from_utf8_lossy(&exchange.body).into_owned(),
            status: exchange.reply.as_ref().ok().map(|reply| reply.status),
            answer: match &exchange.reply {
                Ok(reply) => reply.masked_body(),
                Err(error) => error.to_string(),
            },
            verdict: message.verdict.clone().unwrap_or(Verdict::InProgress),
            duration: exchange.duration,
            will_retry: !message.state.is_final(),
        }
    }
}

impl CallRecord {
    /// A call that belongs to no message, because it is not tried again.
    pub(super) fn once(
        message: MessageId,
        activity: &str,
        at: UnixMillis,
        exchange: &Exchange,
        verdict: Verdict,
    ) -> Self {
        Self {
            message,
            activity: activity.to_owned(),
            order: None,
            test: false,
            attempt: 1,
            at,
            url: exchange.url.clone(),
            body: String::from_utf8_lossy(&exchange.body).into_owned(),
            status: exchange.reply.as_ref().ok().map(|reply| reply.status),
            answer: match &exchange.reply {
                Ok(reply) => reply.masked_body(),
                Err(error) => error.to_string(),
            },
            verdict,
            duration: exchange.duration,
            will_retry: false,
        }
    }
}

/// What the call itself says; V1 has other words.
fn word(activity: &Activity, exchange: &Exchange) -> String {
    let query = exchange.url.split_once('?').map_or("", |(_, query)| query);
    let mut said = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "activity");
    said.next().map_or_else(|| activity.name().to_owned(), |(_, word)| word.into_owned())
}
