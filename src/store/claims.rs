//! Who works on which action: one worker at a time, for as long as its lease is renewed. A claim is known by its attempt,
//! which ends when somebody else claims the action.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Lease, Store, StoreError,
    actions::{associated, unsealed},
    codec, replaced,
};
use crate::{
    domain::{Action, AttemptId, Exception, MessageId, Origin, World},
    protocol::{Secret, UnixMillis},
    sealing::SealKey,
};

/// An action that this worker, and nobody else, may carry out now.
#[derive(Clone, Debug)]
pub struct ClaimedAction {
    pub message_id: MessageId,
    pub attempt_id: AttemptId,
    pub world: World,
    pub action: Action,
    /// What it hands over.
    pub content: Option<Secret>,
    /// This one included.
    pub attempts: u32,
    pub kept_at: UnixMillis,
    /// Nobody knows whether an earlier attempt reached KooGallery.
    pub unsettled: bool,
}

impl Store {
    /// Puts off what the caller will carry out itself, so that nobody else begins it meanwhile.
    pub async fn hold_actions(&self, ids: Vec<MessageId>, until: UnixMillis) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut statement = connection.prepare_cached(
                    "UPDATE message SET next_attempt_at = ? WHERE id = ? AND next_attempt_at IS NOT NULL",
                )?;
                for id in ids {
                    statement.execute(params![until.0, id.0])?;
                }
                Ok(())
            })
            .await
    }

    /// Claims those of the actions that are unfinished and free, and opens an attempt for each. Once this returns they may
    /// be sent.
    pub async fn claim_actions(
        &self,
        ids: Vec<MessageId>,
        origin: Origin,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.inner
            .writer
            .run(move |connection| {
                let mut claimed = Vec::with_capacity(ids.len());
                for id in ids {
                    claimed.extend(claim(connection, &key, id, origin, &lease, now)?);
                }
                Ok(claimed)
            })
            .await
    }

    /// Keeps claims for longer; returns those that are still held. Somebody else works on the others.
    pub async fn renew_claims(
        &self,
        claims: Vec<(MessageId, AttemptId)>,
        lease: Lease,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut held = Vec::with_capacity(claims.len());
                for (message_id, attempt_id) in claims {
                    if is_held(connection, message_id, attempt_id)? {
                        connection
                            .prepare_cached(
                                "UPDATE message SET claimed_until = ?1, next_attempt_at = ?1 WHERE id = ?2",
                            )?
                            .execute(params![lease.until.0, message_id.0])?;
                        held.push(message_id);
                    }
                }
                Ok(held)
            })
            .await
    }
}

/// Whether nobody else has claimed the action since.
pub(super) fn is_held(
    connection: &Connection,
    message_id: MessageId,
    attempt_id: AttemptId,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM attempt JOIN message ON message.id = message_id
             WHERE attempt.id = ? AND message_id = ? AND ended_at IS NULL AND claimed_by IS NOT NULL",
        )?
        .exists([attempt_id.0, message_id.0])?)
}

fn claim(
    connection: &Connection,
    key: &SealKey,
    id: MessageId,
    origin: Origin,
    lease: &Lease,
    now: UnixMillis,
) -> Result<Option<ClaimedAction>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT world, attempts, received_at, action, content FROM message JOIN action ON message_id = message.id
             WHERE message.id = ? AND progress <> 0 AND coalesce(claimed_until, 0) <= ?",
        )?
        .query_row(params![id.0, now.0], |row| {
            Ok((
                codec::read_world(row.get(0)?)?,
                row.get::<_, u32>(1)?,
                codec::time(row, 2)?,
                row.get::<_, String>(3)?,
                row.get::<_, Option<Vec<u8>>>(4)?,
            ))
        })
        .optional()?;
    let Some((world, attempts, kept_at, text, sealed)) = found else { return Ok(None) };
    let Ok(action) = serde_json::from_str::<Action>(&text) else {
        // Of a newer version; left to it.
        return Ok(None);
    };
    if replaced::end_replaced(connection, id)? || replaced::is_under_way(connection, world, &action, now)? {
        return Ok(None);
    }
    let content = match sealed {
        Some(sealed) => Some(unsealed(key, &associated(id.0), &sealed)?),
        None => None,
    };
    let unsettled = is_unsettled(connection, id)?;
    let interrupted = codec::exception(Some(&Exception::Interrupted));
    connection
        .prepare_cached("UPDATE attempt SET ended_at = ?, exception = ? WHERE message_id = ? AND ended_at IS NULL")?
        .execute(params![now.0, interrupted, id.0])?;
    connection
        .prepare_cached(
            "UPDATE message SET progress = 1, claimed_by = ?2, claimed_until = ?1, next_attempt_at = ?1,
                attempts = attempts + 1, last_attempt_at = ?3 WHERE id = ?4",
        )?
        .execute(params![lease.until.0, lease.holder, now.0, id.0])?;
    connection
        .prepare_cached("INSERT INTO attempt (message_id, origin, started_at) VALUES (?, ?, ?)")?
        .execute(params![id.0, codec::origin(origin), now.0])?;
    let attempt_id = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO attempt_raw (attempt_id, request_query, request_body) VALUES (?, '', '')")?
        .execute([attempt_id])?;
    Ok(Some(ClaimedAction {
        message_id: id,
        attempt_id: AttemptId(attempt_id),
        world,
        action,
        content,
        attempts: attempts + 1,
        kept_at,
        unsettled,
    }))
}

/// Whether an attempt ended without anybody knowing if it reached KooGallery. One that came after it may have been refused
/// while it only asked, so it settles nothing.
fn is_unsettled(connection: &Connection, id: MessageId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT ended_at, exception FROM attempt WHERE message_id = ?")?;
    let mut attempts =
        statement.query_map([id.0], |row| Ok((row.get::<_, Option<i64>>(0)?, codec::read_exception(row.get(1)?))))?;
    attempts.try_fold(false, |unsettled, attempt| {
        let unknown = match attempt? {
            (None, _) => true,
            (_, Some(Exception::OpenApi { fault })) => fault.may_have_arrived(),
            (_, exception) => exception == Some(Exception::Interrupted),
        };
        Ok(unsettled || unknown)
    })
}
