//! Pushes and their records: which go in one, how they stand after it, and when a push that failed is settled by what became
//! of its records elsewhere.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{COLUMNS, UNSENT, by_sn, read, set_state};
use crate::{
    domain::{
        Action, Exception, MessageId, NewAction, Origin, World,
        action::UsageApi,
        usage::{MAX_PUSH, RecordCode, StoredUsage, UsageEvent, UsageRecord, UsageState, push_name},
    },
    protocol::{UnixMillis, open_api::ApiCode},
    store::{KeptAction, Store, StoreError, actions, codec},
};

/// A record that goes into a call.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageToSend {
    pub record: UsageRecord,
    pub entered_at: UnixMillis,
    /// That it is being sent, and whether an earlier call may have brought it there.
    pub state: UsageState,
}

/// How a push stands before it is sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PushBegun {
    pub ready: Vec<UsageToSend>,
    /// What KooGallery refused of it before and cannot be sent as it is, by `meteringSn`.
    pub refused: Vec<(String, RecordCode)>,
    /// Why it failed before, where a record that left it is not with KooGallery yet.
    pub unsettled: Option<Exception>,
}

fn of_push(connection: &Connection, push: MessageId) -> Result<Vec<(i64, StoredUsage)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM usage_record WHERE push = ? ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([push.0], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// After the push of a message, event by event; what an event is not possible for stays as it is.
pub(in crate::store) fn after_push(
    connection: &Connection,
    push: MessageId,
    named: &[(String, UsageEvent)],
    others: &UsageEvent,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let named: HashMap<&str, &UsageEvent> = named.iter().map(|(sn, event)| (sn.as_str(), event)).collect();
    let mut waiting = BTreeSet::new();
    for (id, stored) in of_push(connection, push)? {
        let event = named.get(stored.record.metering_sn.as_str()).copied().unwrap_or(others);
        if let Ok(state) = stored.state.after(event) {
            set_state(connection, id, &state, now)?;
            waiting.extend(waiting_for(connection, id)?);
        }
    }
    waiting.into_iter().try_for_each(|push| settle(connection, push))
}

/// Before a record goes into no push or another: one that was not done with it stays unsettled until it is.
pub(super) fn leave(connection: &Connection, record: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO left_push (push, record)
             SELECT push, usage_record.id FROM usage_record JOIN message ON message.id = push
             WHERE usage_record.id = ? AND progress <> 0",
        )?
        .execute([record])?;
    Ok(())
}

/// Another record takes the place of one: whatever waited for that one waits for it.
pub(super) fn replace(connection: &Connection, old: i64, new: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE OR IGNORE left_push SET record = ? WHERE record = ?")?
        .execute(params![new, old])?;
    Ok(())
}

/// Settles the pushes that only this record kept from it.
pub(super) fn settle_for(connection: &Connection, record: i64) -> Result<(), StoreError> {
    waiting_for(connection, record)?.into_iter().try_for_each(|push| settle(connection, push))
}

/// The push that the record is in, and those that it left.
pub(super) fn waiting_for(connection: &Connection, record: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT push FROM left_push WHERE record = ?1
         UNION SELECT push FROM usage_record WHERE id = ?1 AND push IS NOT NULL",
    )?;
    Ok(statement.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn settle(connection: &Connection, push: i64) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT result_code FROM message WHERE id = ?1 AND progress = 2
             AND NOT EXISTS (SELECT 1 FROM usage_record WHERE push = ?1 AND {UNSENT})
             AND NOT EXISTS (SELECT 1 FROM left_push JOIN usage_record ON usage_record.id = record
                             WHERE left_push.push = ?1 AND {UNSENT})"
    );
    let code: Option<Option<String>> =
        connection.prepare_cached(&sql)?.query_row([push], |row| row.get(0)).optional()?;
    let Some(code) = code else { return Ok(()) };
    // The code of a failure says nothing of how it ended.
    let code = code.filter(|code| ApiCode::new(code.as_str(), "").is_success());
    connection
        .prepare_cached(
            "UPDATE message SET progress = 0, result_code = ?, exception = NULL, next_attempt_at = NULL WHERE id = ?",
        )?
        .execute(params![code, push])?;
    connection.prepare_cached("DELETE FROM left_push WHERE push = ?")?.execute([push])?;
    Ok(())
}

/// Why the push failed, where a record that left it is not with KooGallery yet.
fn unsettled(connection: &Connection, push: MessageId) -> Result<Option<Exception>, StoreError> {
    let sql = format!(
        "SELECT exception FROM message WHERE id = ?1
             AND EXISTS (SELECT 1 FROM left_push JOIN usage_record ON usage_record.id = record
                         WHERE left_push.push = ?1 AND {UNSENT})"
    );
    let exception = connection.prepare_cached(&sql)?.query_row([push.0], |row| row.get(0)).optional()?;
    Ok(exception.and_then(codec::read_exception))
}

impl Store {
    /// Puts those of the records that may be sent into pushes of at most [`MAX_PUSH`], each a message. They are due at
    /// `due_at`; until then they are the caller's to carry out.
    pub async fn keep_pushes(
        &self,
        world: World,
        metering_sns: Vec<String>,
        api: UsageApi,
        due_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<KeptAction>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.inner
            .writer
            .run(move |connection| {
                let mut ready: Vec<(i64, String)> = Vec::new();
                for sn in metering_sns {
                    if let Some((id, stored)) = by_sn(connection, world, &sn)?
                        && stored.state.may_be_sent().is_ok()
                    {
                        ready.push((id, sn));
                    }
                }
                let mut kept = Vec::new();
                for records in ready.chunks(MAX_PUSH) {
                    let push = push_name(records.iter().map(|(_, sn)| sn.as_str()), now);
                    let action = Action::PushUsage { push, api };
                    let new = NewAction { world, action, origin: Origin::Operator };
                    for (id, _) in records {
                        leave(connection, *id)?;
                    }
                    let message = actions::keep(connection, &key, &new, None, due_at, now)?;
                    for (id, _) in records {
                        connection
                            .prepare_cached("UPDATE usage_record SET push = ? WHERE id = ?")?
                            .execute(params![message.message_id.0, id])?;
                    }
                    kept.push(message);
                }
                Ok(kept)
            })
            .await
    }

    /// Marks the records of a push that may be sent as being sent, and returns them. Those that a program left in the middle
    /// of sending are among them: KooGallery takes each period once.
    pub async fn begin_push(&self, push: MessageId, now: UnixMillis) -> Result<PushBegun, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut begun = PushBegun { unsettled: unsettled(connection, push)?, ..PushBegun::default() };
                for (id, stored) in of_push(connection, push)? {
                    let left = stored.state.after(&UsageEvent::LostTrack).unwrap_or_else(|_| stored.state.clone());
                    match (left.after(&UsageEvent::Started), left) {
                        (Ok(state), _) => {
                            set_state(connection, id, &state, now)?;
                            let (record, entered_at) = (stored.record, stored.entered_at);
                            begun.ready.push(UsageToSend { record, entered_at, state });
                        }
                        (Err(_), UsageState::Refused { code }) => {
                            begun.refused.push((stored.record.metering_sn, code));
                        }
                        (Err(_), _) => {}
                    }
                }
                Ok(begun)
            })
            .await
    }
}
