//! Actions whose place a newer one takes before they are done: what waits ends at once, what is on its way is not sent again,
//! and the newer one is not sent before that has ended.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, codec};
use crate::{
    domain::{Action, Exception, MessageId, World},
    protocol::{
        UnixMillis,
        open_api::{OpenApi as _, license::ReportLicenseUsage},
    },
};

impl Store {
    /// Those of the messages that nobody can claim before an older one has ended.
    pub async fn held_up(&self, ids: Vec<MessageId>, now: UnixMillis) -> Result<Vec<MessageId>, StoreError> {
        self.read(move |connection| {
            let mut held_up = Vec::new();
            for id in ids {
                if is_held_up(connection, id, now)? {
                    held_up.push(id);
                }
            }
            Ok(held_up)
        })
        .await
    }
}

pub(super) fn is_held_up(connection: &Connection, id: MessageId, now: UnixMillis) -> Result<bool, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT world, action FROM message JOIN action ON message_id = message.id
             WHERE message.id = ? AND activity = ? AND progress <> 0 AND coalesce(claimed_until, 0) <= ?",
        )?
        .query_row(params![id.0, ReportLicenseUsage::NAME, now.0], |row| {
            Ok((codec::read_world(row.get(0)?)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let Some((world, text)) = found else { return Ok(false) };
    serde_json::from_str(&text).map_or(Ok(false), |action| is_under_way(connection, world, &action, now))
}

/// What of a replaced message stands from then on.
fn mark() -> Option<String> {
    codec::exception(Some(&Exception::UseReplaced))
}

/// Everything unfinished whose place the action of this message takes.
pub(super) fn replace_older(
    connection: &Connection,
    (id, world): (i64, World),
    action: &Action,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let Some(license) = action.license().filter(|_| action.replaces(action)) else { return Ok(()) };
    let mut statement = connection.prepare_cached(
        "SELECT message.id, coalesce(claimed_until, 0), action FROM message CROSS JOIN action ON message_id = message.id
         WHERE license = ? AND +world = ? AND activity = ? AND progress <> 0 AND message.id <> ?",
    )?;
    let parameters = params![license.as_str(), codec::world(world), action.activity(), id];
    let others = statement
        .query_map(parameters, |row| Ok((MessageId(row.get(0)?), codec::time(row, 1)?, row.get::<_, String>(2)?)))?;
    for (other, claimed_until, text) in others.collect::<Result<Vec<_>, _>>()? {
        if serde_json::from_str(&text).is_ok_and(|older| action.replaces(&older)) {
            connection
                .prepare_cached("UPDATE message SET exception = ? WHERE id = ?")?
                .execute(params![mark(), other.0])?;
            if claimed_until <= now {
                end_replaced(connection, other)?;
            }
        }
    }
    Ok(())
}

/// Ends the message if its place was taken; else false.
pub(super) fn end_replaced(connection: &Connection, id: MessageId) -> Result<bool, StoreError> {
    let ended = connection
        .prepare_cached(
            "UPDATE message SET progress = 0, result_code = NULL, next_attempt_at = NULL, claimed_by = NULL,
                claimed_until = NULL WHERE id = ? AND progress <> 0 AND exception = ?",
        )?
        .execute(params![id.0, mark()])?;
    Ok(ended > 0)
}

/// Whether one whose place the action takes is on its way: sent after it, it would hold.
pub(super) fn is_under_way(
    connection: &Connection,
    world: World,
    action: &Action,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let Some(license) = action.license().filter(|_| action.replaces(action)) else { return Ok(false) };
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM message WHERE license = ? AND +world = ? AND activity = ? AND progress <> 0 AND exception = ?
                AND claimed_until > ?",
        )?
        .exists(params![license.as_str(), codec::world(world), action.activity(), mark(), now.0])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ActionOutcome, NewAction, Origin},
        protocol::{id::LicenseCode, open_api::license::ClientUse},
        sealing::SealKey,
        store::{ConcludedAction, Lease},
    };

    const NOW: UnixMillis = UnixMillis(1_795_435_200_000);

    async fn keep(store: &Store, license: &str, number: u32) -> MessageId {
        let (license, client) = (LicenseCode::new(license), ClientUse::ActiveNum(number));
        let action = Action::ReportLicenseUse { license, client, day: 0 };
        let new = NewAction { world: World::Live, action, origin: Origin::Operator };
        store.keep_actions(vec![(new, None)], NOW, NOW).await.unwrap()[0].message_id
    }

    #[tokio::test]
    async fn what_an_older_one_holds_up_is_due_once_that_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("s.db"), SealKey::from_slice(&[7; 32]).unwrap()).unwrap();
        let lease = Lease { holder: "me".into(), until: NOW.plus_millis(1_000) };
        let older = keep(&store, "PL1", 5).await;
        let claimed = store.claim_actions(vec![older], Origin::Automatic, lease.clone(), NOW).await.unwrap().remove(0);
        let (newer, other) = (keep(&store, "PL1", 7).await, keep(&store, "PL2", 7).await);
        assert_eq!(store.held_up(vec![older, newer, other], NOW).await.unwrap(), [newer]);
        assert_eq!(store.due_actions(NOW, 10).await.unwrap(), [other]);
        let concluded = ConcludedAction {
            message_id: older,
            attempt_id: claimed.attempt_id,
            world: World::Live,
            exchange: std::sync::Arc::default(),
            outcome: ActionOutcome::succeeded("92020000", Vec::new()),
        };
        store.conclude_actions(vec![concluded], NOW).await.unwrap();
        assert_eq!(store.held_up(vec![newer], NOW).await.unwrap(), []);
        assert_eq!(store.due_actions(NOW, 10).await.unwrap(), [newer, other]);
        store.close().await;
    }
}
