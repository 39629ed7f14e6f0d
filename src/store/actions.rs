//! What Sellerdesk asks of KooGallery, as messages: kept before it is sent, concluded with everything that follows in one unit
//! of work.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Store, StoreError, claims, codec, instances, licenses,
    messages::next_message_id,
    orders,
    replaced::{end_replaced, is_held_up, replace_older},
    usage,
};
use crate::{
    domain::{
        Action, ActionEffect, ActionOutcome, AttemptId, License, MessageId, MessageKey, NewAction, ToldLicense, World,
        message::Progress,
    },
    protocol::{
        Secret, UnixMillis,
        id::{EventId, LicenseCode, OrderId, OrderLineId},
    },
    sealing::{SealKey, seal, unseal},
};

/// What the wire column says of these messages.
pub(super) const WIRE: &str = "open-api";

/// An action that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptAction {
    pub message_id: MessageId,
    pub kept: Kept,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Due,
    /// It succeeded before, and doing it again would be new business: nothing is due.
    DoneBefore,
    /// The same is on its way with a content of its own, which stays what it is.
    UnderWay,
}

/// How an attempt ended, with what passed over the wire.
#[derive(Clone, Debug)]
pub struct ConcludedAction {
    pub message_id: MessageId,
    pub attempt_id: AttemptId,
    pub world: World,
    /// Several actions may share one; it is kept once then.
    pub exchange: Arc<Exchanged>,
    pub outcome: ActionOutcome,
}

/// What passed over the wire, for the history; holds no secret.
#[derive(Clone, Debug, Default)]
pub struct Exchanged {
    pub request: String,
    pub request_body: String,
    pub answer: String,
}

/// A License that waits for its upload.
#[derive(Clone, Debug)]
pub struct WaitingLicense {
    /// Of the application.
    pub message_id: MessageId,
    pub world: World,
    pub event_id: EventId,
    pub license: ToldLicense,
}

impl Store {
    /// Keeps actions, all in one unit of work. They are due at `due_at`; until then they are the caller's to carry out.
    pub async fn keep_actions(
        &self,
        actions: Vec<(NewAction, Option<Secret>)>,
        due_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<KeptAction>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.inner
            .writer
            .run(move |connection| {
                actions
                    .into_iter()
                    .map(|(new, content)| keep(connection, &key, &new, content.as_ref(), due_at, now))
                    .collect()
            })
            .await
    }

    /// Actions that fell due, that nobody works on, and that no older one holds up.
    pub async fn due_actions(&self, now: UnixMillis, limit: usize) -> Result<Vec<MessageId>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM message WHERE next_attempt_at <= ?1 AND coalesce(claimed_until, 0) <= ?1 AND wire = ?2
                 ORDER BY next_attempt_at, id LIMIT ?3",
            )?;
            let ids = statement.query_map(params![now.0, WIRE, limit], |row| row.get(0).map(MessageId))?;
            let mut due = Vec::new();
            for id in ids {
                let id = id?;
                if !is_held_up(connection, id, now)? {
                    due.push(id);
                }
            }
            Ok(due)
        })
        .await
    }

    /// Writes how attempts ended and what follows from it.
    pub async fn conclude_actions(&self, concluded: Vec<ConcludedAction>, now: UnixMillis) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut shared: Vec<(&Arc<Exchanged>, i64)> = Vec::new();
                for (place, ended) in concluded.iter().enumerate() {
                    let is_same = |other: &Arc<Exchanged>| Arc::ptr_eq(other, &ended.exchange);
                    let known = shared.iter().find(|(other, _)| is_same(other)).map(|(_, id)| *id);
                    let shares = || concluded[place + 1..].iter().any(|other| is_same(&other.exchange));
                    let exchange = match known {
                        None if shares() => {
                            let id = put_exchange(connection, &ended.exchange)?;
                            shared.push((&ended.exchange, id));
                            Some(id)
                        }
                        known => known,
                    };
                    conclude(connection, ended, exchange, now)?;
                }
                Ok(())
            })
            .await
    }

    /// The message of the application with this number, newest first.
    pub async fn application_of(&self, world: World, event_id: EventId) -> Result<Option<MessageId>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT message_id FROM license_application CROSS JOIN message ON message.id = message_id
                 WHERE world = ? AND event_id = ? ORDER BY message_id DESC LIMIT 1",
            )?;
            let parameters = params![codec::world(world), event_id.as_str()];
            Ok(statement.query_row(parameters, |row| row.get(0).map(MessageId)).optional()?)
        })
        .await
    }

    /// A question that was answered is asked again.
    pub async fn reopen_question(&self, id: MessageId) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                connection
                    .prepare_cached("UPDATE message SET progress = 1 WHERE id = ? AND progress = 0 AND wire = ?")?
                    .execute(params![id.0, WIRE])?;
                Ok(())
            })
            .await
    }

    /// Licenses that the product told and that no upload was kept for.
    pub async fn licenses_to_upload(&self) -> Result<Vec<WaitingLicense>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT message.id, message.world, event_id, license_application.license, file_name
                 FROM message CROSS JOIN license_application ON message_id = message.id
                 WHERE message.world IN (0, 1) AND progress = 1 AND progress <> 0
                   AND license_application.license IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM message AS upload WHERE upload.world = message.world
                                   AND upload.key = 'market-event/file/' || event_id)",
            )?;
            let rows = statement.query_map((), |row| {
                let event_id: String = row.get(2)?;
                Ok((row.get(0)?, codec::read_world(row.get(1)?)?, event_id, row.get::<_, Vec<u8>>(3)?, row.get(4)?))
            })?;
            let mut waiting = Vec::new();
            for row in rows {
                let (id, world, event_id, sealed, file_name) = row?;
                let license = ToldLicense { file_name, content: unsealed(&key, event_id.as_bytes(), &sealed)? };
                waiting.push(WaitingLicense {
                    message_id: MessageId(id),
                    world,
                    event_id: EventId::new(event_id),
                    license,
                });
            }
            Ok(waiting)
        })
        .await
    }

    /// What a message asks of KooGallery; `None` where it is none of these.
    pub async fn action(&self, id: MessageId) -> Result<Option<Action>, StoreError> {
        self.read(move |connection| {
            let text: Option<String> = connection
                .prepare_cached("SELECT action FROM action WHERE message_id = ?")?
                .query_row([id.0], |row| row.get(0))
                .optional()?;
            Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
        })
        .await
    }
}

pub(super) fn keep(
    connection: &Connection,
    key: &SealKey,
    new: &NewAction,
    content: Option<&Secret>,
    due_at: UnixMillis,
    now: UnixMillis,
) -> Result<KeptAction, StoreError> {
    let NewAction { world, action, .. } = new;
    let message_key = MessageKey::of_action(action);
    let found = connection
        .prepare_cached(
            "SELECT id, progress, coalesce(claimed_until, 0) > ? FROM message WHERE world = ? AND key = ?
             ORDER BY ordinal DESC LIMIT 1",
        )?
        .query_row(params![now.0, codec::world(*world), message_key.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, codec::read_progress(row.get(1)?)?, row.get::<_, bool>(2)?))
        })
        .optional()?;
    let text = serde_json::to_string(action).map_err(|error| StoreError::Sqlite(error.to_string()))?;
    let (id, kept) = match found {
        Some((id, Progress::Succeeded, _)) if !action.may_be_wanted_again() => (id, Kept::DoneBefore),
        Some((id, _, true)) if content.is_some() => (id, Kept::UnderWay),
        Some((id, ..)) => {
            connection
                .prepare_cached("UPDATE message SET progress = 1, next_attempt_at = ?, exception = NULL WHERE id = ?")?
                .execute(params![due_at.0, id])?;
            (id, Kept::Due)
        }
        None => (insert(connection, new, &message_key, due_at, now)?, Kept::Due),
    };
    if kept == Kept::Due {
        let sealed = content
            .map(|content| seal(key, rand::random(), &associated(id), content.expose().as_bytes()))
            .transpose()?;
        connection
            .prepare_cached(
                "INSERT INTO action (message_id, action, content) VALUES (?, ?, ?)
                 ON CONFLICT (message_id) DO UPDATE SET action = excluded.action,
                     content = coalesce(excluded.content, content)",
            )?
            .execute(params![id, text, sealed])?;
        replace_older(connection, (id, *world), action, now)?;
    }
    Ok(KeptAction { message_id: MessageId(id), kept })
}

fn insert(
    connection: &Connection,
    new: &NewAction,
    key: &MessageKey,
    due_at: UnixMillis,
    now: UnixMillis,
) -> Result<i64, StoreError> {
    let action = &new.action;
    let order = action.order();
    connection
        .prepare_cached(concat!(
            "INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, order_line_id, license, progress,
                                  next_attempt_at, attempts, received_at, last_attempt_at, wire)
             VALUES (",
            next_message_id!(),
            ", ?1, ?2, 0, '', ?3, ?4, ?5, ?6, 1, ?7, 0, ?8, ?8, ?9)"
        ))?
        .execute(params![
            codec::world(new.world),
            key.as_str(),
            action.activity(),
            order.map(|(order_id, _)| OrderId::as_str(order_id)),
            order.and_then(|(_, line)| line).map(OrderLineId::as_str),
            action.license().map(LicenseCode::as_str),
            due_at.0,
            now.0,
            WIRE
        ])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn unsealed(key: &SealKey, associated: &[u8], sealed: &[u8]) -> Result<Secret, StoreError> {
    let plain = unseal(key, associated, sealed)?;
    Ok(Secret::new(String::from_utf8_lossy(&plain).into_owned()))
}

/// What binds the sealed content to its message.
pub(super) fn associated(message_id: i64) -> Vec<u8> {
    format!("action/{message_id}").into_bytes()
}

fn put_exchange(connection: &Connection, exchange: &Exchanged) -> Result<i64, StoreError> {
    connection
        .prepare_cached("INSERT INTO exchange (request, request_body, answer) VALUES (?, ?, ?)")?
        .execute(params![exchange.request, exchange.request_body, exchange.answer])?;
    Ok(connection.last_insert_rowid())
}

/// `shared` is where the exchange lies already.
fn conclude(
    connection: &Connection,
    ended: &ConcludedAction,
    shared: Option<i64>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let ActionOutcome { progress, result_code, exception, again_at, effects } = &ended.outcome;
    let exception = codec::exception(exception.as_ref());
    let is_held = claims::is_held(connection, ended.message_id, ended.attempt_id)?;
    connection
        .prepare_cached(
            "UPDATE attempt SET ended_at = ?, result_code = ?, exception = ? WHERE id = ? AND message_id = ?",
        )?
        .execute(params![now.0, result_code, exception, ended.attempt_id.0, ended.message_id.0])?;
    match shared {
        Some(exchange) => connection
            .prepare_cached("UPDATE attempt_raw SET exchange = ? WHERE attempt_id = ?")?
            .execute([exchange, ended.attempt_id.0])?,
        None => {
            let Exchanged { request, request_body, answer } = &*ended.exchange;
            connection
                .prepare_cached(
                    "UPDATE attempt_raw SET request_query = ?, request_body = ?, answer = ? WHERE attempt_id = ?",
                )?
                .execute(params![request, request_body, answer, ended.attempt_id.0])?
        }
    };
    if !is_held || *progress != Progress::Succeeded && end_replaced(connection, ended.message_id)? {
        // Whoever claimed it since says how it ends, or took its place.
        return Ok(());
    }
    // What goes on at once is not held up by what it met with: that is told of the attempt alone.
    let standing = exception.filter(|_| *progress != Progress::InProgress);
    connection
        .prepare_cached(
            "UPDATE message SET progress = ?, result_code = ?, exception = ?, claimed_by = NULL, claimed_until = NULL,
                next_attempt_at = ? WHERE id = ?",
        )?
        .execute(params![
            codec::progress(*progress),
            result_code,
            standing,
            again_at.map(|time| time.0),
            ended.message_id.0
        ])?;
    effects.iter().try_for_each(|effect| follow(connection, ended, effect, now))
}

fn follow(
    connection: &Connection,
    ended: &ConcludedAction,
    effect: &ActionEffect,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let world = ended.world;
    match effect {
        ActionEffect::LicenseActivated { license, activated_at, told } => {
            let known = licenses::by_code(connection, world, license)?
                .unwrap_or_else(|| License::added(world, license.clone(), now));
            licenses::put(connection, &known.activated(*activated_at, told.as_deref(), now))
        }
        ActionEffect::LicenseTold(told) => {
            let known = licenses::by_code(connection, world, &told.license)?
                .unwrap_or_else(|| License::added(world, told.license.clone(), now));
            licenses::put(connection, &known.told(told, now))
        }
        ActionEffect::OrderTold(lines) => {
            for line in lines {
                let known = orders::put(connection, line)?;
                instances::complete(connection, &known)?;
            }
            Ok(())
        }
        ActionEffect::UsagePushed { named, others } => {
            usage::after_push(connection, ended.message_id, named, others, now)
        }
        ActionEffect::LicenseUploaded { application } => {
            connection
                .prepare_cached(
                    "UPDATE message SET progress = 0, result_code = '000000', exception = NULL, next_attempt_at = NULL
                     WHERE id = ? AND activity = 'getLicenseAsync'",
                )?
                .execute([application.0])?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
