//! The row of a message: where a call finds it, and how a unit of work leaves it.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{IncomingCall, Lease, StoreError, codec, messages::next_message_id};
use crate::{
    domain::{Exception, Instance, Origin, Outcome, decision::KnownMessage, message::Progress},
    protocol::{
        UnixMillis,
        callback::Activity,
        id::{InstanceId, LicenseCode, TenantId},
    },
};

/// What is known of a message before a call is answered.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) ordinal: i64,
    pub(super) known: KnownMessage,
    pub(super) instance_id: Option<InstanceId>,
}

/// The newest message with the call's key, or the one that is tried again.
pub(super) fn find(connection: &Connection, call: &IncomingCall) -> Result<Option<Row>, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        let claimed_until: Option<i64> = row.get(3)?;
        Ok(Row {
            id: row.get(0)?,
            ordinal: row.get(1)?,
            known: KnownMessage {
                progress: codec::read_progress(row.get(2)?)?,
                claimed: claimed_until.is_some_and(|until| until > call.now.0),
                waits_for_upload: codec::read_exception(row.get(5)?) == Some(Exception::WaitsForUpload),
            },
            instance_id: row.get::<_, Option<String>>(4)?.map(InstanceId::new),
        })
    };
    let row = match call.retry_of {
        Some(id) => connection
            .prepare_cached("SELECT id, ordinal, progress, claimed_until, instance_id, exception FROM message WHERE id = ?")?
            .query_row([id.0], read),
        None => connection
            .prepare_cached(
                "SELECT id, ordinal, progress, claimed_until, instance_id, exception FROM message WHERE world = ? AND key = ?
                 ORDER BY ordinal DESC LIMIT 1",
            )?
            .query_row(params![codec::world(call.world), call.key.as_str()], read),
    };
    Ok(row.optional()?)
}

/// One more attempt.
pub(super) fn touch(connection: &Connection, message_id: i64, now: UnixMillis) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE message SET attempts = attempts + 1, last_attempt_at = ? WHERE id = ?")?
        .execute(params![now.0, message_id])?;
    Ok(())
}

/// KooGallery was answered with success.
pub(super) fn told(connection: &Connection, message_id: i64, at: UnixMillis) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE message SET told_at = ? WHERE id = ? AND told_at IS NULL")?
        .execute(params![at.0, message_id])?;
    Ok(())
}

/// KooGallery asked about the instance and was answered that it is there: so its purchase succeeded, as KooGallery sees it.
pub(super) fn told_of_instance(
    connection: &Connection,
    call: &IncomingCall,
    instance_id: &InstanceId,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE message SET told_at = ? WHERE told_at IS NULL
                 AND id = (SELECT bought_by FROM instance WHERE world = ? AND instance_id = ?)",
        )?
        .execute(params![call.now.0, codec::world(call.world), instance_id.as_str()])?;
    Ok(())
}

/// How a message stands after a unit of work.
pub(super) struct Standing<'a> {
    instance_id: Option<&'a InstanceId>,
    progress: Progress,
    result_code: Option<&'a str>,
    exception: Option<String>,
    claim: Option<&'a Lease>,
    next_attempt_at: Option<UnixMillis>,
    waits_for: Option<&'a str>,
    /// When KooGallery hears of its success, where it does.
    told_at: Option<UnixMillis>,
}

impl<'a> Standing<'a> {
    pub(super) fn after(call: &IncomingCall, outcome: &'a Outcome, again_at: Option<UnixMillis>) -> Self {
        let waits_for = match &outcome.exception {
            Some(Exception::UnknownInstance { instance_id } | Exception::StillProvisioning { instance_id })
                if !call.callback.activity.is_question() =>
            {
                Some(instance_id.as_str())
            }
            _ => None,
        };
        Self {
            instance_id: outcome.answer.instance_id.as_ref(),
            progress: outcome.progress,
            result_code: Some(outcome.answer.result_code.as_str()),
            exception: codec::exception(outcome.exception.as_ref()),
            claim: None,
            next_attempt_at: again_at,
            waits_for,
            told_at: (call.origin == Origin::KooGallery && outcome.progress == Progress::Succeeded).then_some(call.now),
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn unheard(self) -> Self {
        Self { told_at: None, ..self }
    }

    pub(super) fn claimed(call: &'a IncomingCall, instance: Option<&'a Instance>) -> Self {
        Self {
            instance_id: instance.map(|instance| &instance.instance_id),
            progress: Progress::InProgress,
            result_code: None,
            exception: None,
            claim: Some(&call.lease),
            // Where nobody ends what was begun, the message is due again.
            next_attempt_at: Some(call.lease.until),
            waits_for: None,
            told_at: None,
        }
    }

    pub(super) fn write(&self, connection: &Connection, message_id: i64) -> Result<(), StoreError> {
        connection
            .prepare_cached(
                "UPDATE message SET progress = ?, result_code = coalesce(?, result_code), exception = ?, claimed_by = ?,
                    claimed_until = ?, next_attempt_at = ?, waits_for_instance = ?, told_at = coalesce(told_at, ?) WHERE id = ?",
            )?
            .execute(params![
                codec::progress(self.progress),
                self.result_code,
                self.exception,
                self.claim.map(|lease| &lease.holder),
                self.claim.map(|lease| lease.until.0),
                self.next_attempt_at.map(|time| time.0),
                self.waits_for,
                self.told_at.map(|time| time.0),
                message_id
            ])?;
        Ok(())
    }
}

/// Writes the call's message: the row that was found, or a new one.
pub(super) fn put(
    connection: &Connection,
    call: &IncomingCall,
    row: Option<Row>,
    standing: &Standing<'_>,
) -> Result<i64, StoreError> {
    let activity = &call.callback.activity;
    let ordinal = match row {
        Some(row) if row.known.progress != Progress::Succeeded || activity.is_question() => {
            touch(connection, row.id, call.now)?;
            standing.write(connection, row.id)?;
            return Ok(row.id);
        }
        Some(row) => row.ordinal + 1,
        None => 0,
    };
    let order = activity.order();
    let (tenant_id, of_kit) = match activity {
        Activity::Kit(sync) => (Some(&sync.tenant_id), sync.instance_id.as_ref()),
        _ => (None, None),
    };
    connection
        .prepare_cached(concat!(
            "INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, order_line_id, instance_id, progress,
                                  result_code, exception, claimed_by, claimed_until, next_attempt_at,
                                  waits_for_instance, attempts, received_at, last_attempt_at, wire, license, tenant_id,
                                  told_at)
             VALUES (",
            next_message_id!(),
            ", ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 1, ?16, ?16, ?17, ?18, ?19, ?20)"
        ))?
        .execute(params![
            codec::world(call.world),
            call.key.as_str(),
            ordinal,
            call.endpoint,
            call.callback.name,
            order.map(|order| order.order_id.as_str()),
            order.map(|order| order.order_line_id.as_str()),
            activity.instance_id().or(standing.instance_id).or(of_kit).map(InstanceId::as_str),
            codec::progress(standing.progress),
            standing.result_code,
            standing.exception,
            standing.claim.map(|lease| &lease.holder),
            standing.claim.map(|lease| lease.until.0),
            standing.next_attempt_at.map(|time| time.0),
            standing.waits_for,
            call.now.0,
            call.callback.wire.name(),
            activity.license().map(LicenseCode::as_str),
            tenant_id.map(TenantId::as_str),
            standing.told_at.map(|time| time.0)
        ])?;
    Ok(connection.last_insert_rowid())
}
