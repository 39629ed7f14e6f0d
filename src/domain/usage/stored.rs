//! A usage record as it is kept: with its state, and which message sends it.

use super::{UsageRecord, UsageState};
use crate::{
    domain::{MessageId, World},
    protocol::UnixMillis,
};

#[derive(Clone, Debug, PartialEq)]
pub struct StoredUsage {
    pub world: World,
    pub record: UsageRecord,
    pub state: UsageState,
    /// The message that sends it, or sent it.
    pub push: Option<MessageId>,
    pub entered_at: UnixMillis,
    pub changed_at: UnixMillis,
}
