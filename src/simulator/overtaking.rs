//! Business that later business has made pointless: a freeze whose instance was renewed, whatever was to be done with an
//! instance that is released. It is not tried any more. Makes no call.

use super::{
    ledger::Ledger,
    message::{Message, MessageId, MessageState},
};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, LicenseChange},
    id::{InstanceId, LicenseCode},
};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    Instance(&'a InstanceId),
    License(&'a LicenseCode),
}

impl<'a> Subject<'a> {
    pub(super) fn of(activity: &'a Activity) -> Option<Self> {
        match activity {
            Activity::License { license, .. } => Some(Self::License(license)),
            activity => activity.instance_id().map(Self::Instance),
        }
    }
}

pub(super) fn is_status(activity: &Activity) -> bool {
    matches!(
        activity,
        Activity::UpdateInstanceStatus { .. } | Activity::License { change: LicenseChange::Status(_), .. }
    )
}

pub(super) fn is_release(activity: &Activity) -> bool {
    matches!(
        activity,
        Activity::ReleaseInstance { .. } | Activity::License { change: LicenseChange::Release { .. }, .. }
    )
}

/// Of which the marketplace lets nobody order a second before the first is done.
pub(super) fn is_change(activity: &Activity) -> bool {
    is_release(activity)
        || matches!(
            activity,
            Activity::RefreshInstance { .. }
                | Activity::UpgradeInstance { .. }
                | Activity::License { change: LicenseChange::Refresh { .. }, .. }
        )
}

impl Ledger {
    /// Of what stands to be done: a status that is ordered goes before an older one, and so does a release.
    pub(super) fn overtake_by_order(&mut self, id: MessageId, activity: &Activity, now: UnixMillis) {
        if is_status(activity) || is_release(activity) {
            self.overtake(id, activity, is_status, now);
        }
    }

    /// Once it is released, nothing else is to be done; another release comes to the same.
    pub(super) fn overtake_by_release(&mut self, id: MessageId, activity: &Activity, now: UnixMillis) {
        if is_release(activity) {
            self.overtake(id, activity, |other| !is_release(other), now);
        }
    }

    /// The period that was over is not over any more.
    pub(super) fn overtake_by_renewal(&mut self, id: MessageId, activity: &Activity, now: UnixMillis) {
        self.overtake(id, activity, is_status, now);
    }

    /// Whether the seller may yet be told, or may have been, how something stands.
    pub(super) fn has_undone_status(&self, subject: &Subject<'_>) -> bool {
        let mut messages = self.messages.values().map(|entry| entry.message.borrow());
        messages.any(|message| {
            is_undone(&message)
                && is_status(&message.activity)
                && Subject::of(&message.activity).as_ref() == Some(subject)
        })
    }

    fn overtake(&mut self, by: MessageId, activity: &Activity, what: impl Fn(&Activity) -> bool, now: UnixMillis) {
        let subject = Subject::of(activity);
        let is_it = |message: &Message| {
            let is_same = subject.is_some() && Subject::of(&message.activity) == subject;
            message.id != by && is_undone(message) && is_same && what(&message.activity)
        };
        let entries = self.messages.values_mut().filter(|entry| is_it(&entry.message.borrow()));
        let ended: Vec<Message> = entries
            .map(|entry| {
                entry.due = None;
                Message { state: MessageState::Overtaken, ..entry.message.borrow().clone() }
            })
            .collect();
        for message in ended {
            self.follow(&message, now);
            self.publish(message);
        }
    }
}

fn is_undone(message: &Message) -> bool {
    let may_be_tried = !message.state.is_final() || message.state == MessageState::Stopped;
    may_be_tried && !message.test && !message.look
}
