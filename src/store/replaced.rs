//! Actions whose place a newer one takes before they are done: what waits ends at once, what is on its way is not sent again,
//! and the newer one is not sent before that has ended.

use rusqlite::{Connection, params};

use super::{StoreError, codec};
use crate::{
    domain::{Action, Exception, MessageId, World},
    protocol::UnixMillis,
};

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
