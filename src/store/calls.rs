//! The two units of work of answering a call: find or open its message and decide, then write what came of it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::{
    Store, StoreError, codec, instances, licenses,
    nonces::Nonces,
    organisations,
    standing::{self, Standing},
};
use crate::{
    domain::{
        AttemptId, Change, Exception, Instance, Known, MessageId, MessageKey, Origin, Outcome, SecretFlaw, Step,
        ToldLicense, World, decision::fulfil_by_hand, message::Progress,
    },
    protocol::{
        ResultCode, Secret, UnixMillis,
        callback::{Activity, Answer, AppInfo, Callback, Delivers, LicenseApplication, Wire},
        id::InstanceId,
    },
    sealing::{SealKey, seal},
};

const HOUR: i64 = 3_600_000;

/// A verified call, or a retry of a stored one.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    pub world: World,
    pub endpoint: String,
    pub callback: Arc<Callback>,
    /// What became of opening the `clientSecret`, where the call carries one.
    pub client_secret: Option<Result<Secret, SecretFlaw>>,
    pub key: MessageKey,
    /// `None` for retries.
    pub nonce: Option<Nonce>,
    pub query: String,
    pub body: String,
    pub origin: Origin,
    pub now: UnixMillis,
    pub lease: Lease,
    /// The message that is tried again, where it is not the call itself that tells.
    pub retry_of: Option<MessageId>,
}

/// A text that a caller may use once.
#[derive(Clone, Debug)]
pub struct Nonce(pub String);

/// Who works on a message, and until when nobody else may.
#[derive(Clone, Debug)]
pub struct Lease {
    pub holder: String,
    pub until: UnixMillis,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// The nonce was used before; nothing was written.
    Replayed,
    Decided(Decided),
    /// Somebody else works on the message.
    Busy {
        message_id: MessageId,
    },
    /// The product has to be asked; the lease is held.
    Ask {
        message_id: MessageId,
        attempt_id: AttemptId,
        /// `None` where the call is about no instance.
        instance: Option<Instance>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub message_id: MessageId,
    pub answer: Answer,
    pub progress: Progress,
    pub exception: Option<Exception>,
    /// Business that was done before.
    pub repeated: bool,
    /// Messages that wait for this instance can now be done.
    pub appeared: Option<InstanceId>,
}

impl Store {
    /// First unit of work. `decide` sees what is known and says what to do; where it decides at once, that is on disk when
    /// this returns.
    pub async fn answer_call(
        &self,
        call: IncomingCall,
        decide: impl Fn(&Known) -> Step + Send + 'static,
    ) -> Result<Answered, StoreError> {
        let (key, nonces) = (self.inner.seal_key.clone(), self.inner.nonces.clone());
        self.inner.writer.run_repeatable(move |connection| answer_call(connection, &key, &nonces, &call, &decide)).await
    }

    /// Second unit of work: what the product said. `conclude` also tells when to ask it again, if ever. `heard`: who called
    /// still waits for it.
    pub async fn conclude(
        &self,
        call: IncomingCall,
        (message_id, attempt_id): (MessageId, AttemptId),
        heard: bool,
        conclude: impl FnOnce(&Known) -> (Outcome, Option<UnixMillis>) + Send + 'static,
    ) -> Result<Decided, StoreError> {
        let key = self.inner.seal_key.clone();
        self.inner
            .writer
            .run(move |connection| {
                let (attempts, received_at, bought) = connection
                    .prepare_cached("SELECT attempts, received_at, instance_id FROM message WHERE id = ?")?
                    .query_row([message_id.0], |row| {
                        Ok((row.get(0)?, codec::time(row, 1)?, row.get::<_, Option<String>>(2)?.map(InstanceId::new)))
                    })?;
                let known = known_instances(connection, &key, &call, bought.as_ref())?;
                let known = Known { attempts, received_at, ..known };
                let (outcome, again_at) = conclude(&known);
                let standing = Standing::after(&call, &outcome, again_at);
                if heard { standing } else { standing.unheard() }.write(connection, message_id.0)?;
                let appeared = put_change(connection, &key, &call, message_id.0, outcome.change.as_deref())?;
                connection
                    .prepare_cached("UPDATE attempt SET ended_at = ?, result_code = ?, exception = ? WHERE id = ?")?
                    .execute(params![
                        call.now.0,
                        outcome.answer.result_code.as_str(),
                        codec::exception(outcome.exception.as_ref()),
                        attempt_id.0
                    ])?;
                connection
                    .prepare_cached("UPDATE attempt_raw SET answer = ? WHERE attempt_id = ?")?
                    .execute(params![outcome.answer.encode_masked(call.callback.wire), attempt_id.0])?;
                count(connection, &call, 0, i64::from(outcome.progress == Progress::Failing))?;
                Ok(decided(message_id, outcome, false, appeared))
            })
            .await
    }

    /// A call that was answered from somebody else's work, for the history.
    pub async fn note_answer(
        &self,
        call: IncomingCall,
        message_id: MessageId,
        answer: Answer,
        ended_at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                insert_attempt(connection, &call, message_id.0, Some((ended_at, &answer, None)))?;
                standing::touch(connection, message_id.0, call.now)?;
                if answer.result_code.is_success() {
                    standing::told(connection, message_id.0, ended_at)?;
                }
                count(connection, &call, 1, 0)
            })
            .await
    }

    /// The access data that the operator filled in. `Ok(None)` where no such instance is known.
    pub async fn fulfil(
        &self,
        world: World,
        instance_id: InstanceId,
        app_info: AppInfo,
        now: UnixMillis,
    ) -> Result<Option<Result<MessageId, Exception>>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.inner.writer.run(move |connection| fulfil(connection, &key, world, &instance_id, app_info, now)).await
    }
}

fn answer_call(
    connection: &Connection,
    key: &SealKey,
    nonces: &Mutex<Nonces>,
    call: &IncomingCall,
    decide: &impl Fn(&Known) -> Step,
) -> Result<Answered, StoreError> {
    if let Some(Nonce(text)) = &call.nonce
        && !nonces.lock().unwrap_or_else(PoisonError::into_inner).take(connection, text, call.now)?
    {
        return Ok(Answered::Replayed);
    }
    let row = standing::find(connection, call)?;
    let mut known = known_instances(connection, key, call, row.as_ref().and_then(|row| row.instance_id.as_ref()))?;
    known.message = row.as_ref().map(|row| row.known);
    match (decide(&known), row) {
        (Step::Wait, Some(row)) => Ok(Answered::Busy { message_id: MessageId(row.id) }),
        (Step::Repeat(answer), Some(row)) => {
            insert_attempt(connection, call, row.id, Some((call.now, &answer, None)))?;
            standing::touch(connection, row.id, call.now)?;
            if call.origin == Origin::KooGallery {
                standing::told(connection, row.id, call.now)?;
            }
            count(connection, call, 1, 0)?;
            let outcome = Outcome { answer, progress: Progress::Succeeded, exception: None, change: None };
            Ok(Answered::Decided(decided(MessageId(row.id), outcome, true, None)))
        }
        (Step::Finish(outcome), row) => {
            let id = standing::put(connection, call, row, &Standing::after(call, &outcome, None))?;
            let appeared = put_change(connection, key, call, id, outcome.change.as_deref())?;
            insert_attempt(connection, call, id, Some((call.now, &outcome.answer, outcome.exception.as_ref())))?;
            if call.origin == Origin::KooGallery {
                for info in &outcome.answer.info {
                    standing::told_of_instance(connection, call, &info.instance_id)?;
                }
            }
            count(connection, call, 1, i64::from(outcome.progress == Progress::Failing))?;
            Ok(Answered::Decided(decided(MessageId(id), outcome, false, appeared)))
        }
        (Step::Ask(new), row) => {
            let instance = match new.as_deref() {
                Some(Change::Instance(bought)) => Some(bought),
                _ => known.instances.first(),
            };
            let id = standing::put(connection, call, row, &Standing::claimed(call, instance))?;
            let instance = instance.cloned();
            put_change(connection, key, call, id, new.as_deref())?;
            let attempt_id = insert_attempt(connection, call, id, None)?;
            count(connection, call, 1, 0)?;
            Ok(Answered::Ask { message_id: MessageId(id), attempt_id, instance })
        }
        (Step::Wait | Step::Repeat(_), None) => Err(StoreError::Sqlite("a message without a row".into())),
    }
}

/// `bought` is the instance of the call's message, where it is a purchase that came before.
pub(super) fn known_instances(
    connection: &Connection,
    key: &SealKey,
    call: &IncomingCall,
    bought: Option<&InstanceId>,
) -> Result<Known, StoreError> {
    let world = call.world;
    let mut known = Known::default();
    match &call.callback.activity {
        Activity::NewInstance { business_id, .. } => match bought {
            Some(id) => known.instances.extend(instances::by_id(connection, key, world, id)?),
            None => known.business_id_taken = instances::exists(connection, world, business_id.as_str())?,
        },
        Activity::QueryInstance { instance_ids } => {
            for id in instance_ids {
                known.instances.extend(instances::by_id(connection, key, world, id)?);
            }
        }
        Activity::Kit(sync) => known.newer = organisations::newer(connection, world, sync)?,
        Activity::License { license, .. } => known.license = licenses::by_code(connection, world, license)?,
        activity => {
            if let Some(id) = activity.instance_id() {
                known.instances.extend(instances::by_id(connection, key, world, id)?);
            }
        }
    }
    Ok(known)
}

/// Returns the instance if others wait for it.
fn put_change(
    connection: &Connection,
    key: &SealKey,
    call: &IncomingCall,
    message_id: i64,
    change: Option<&Change>,
) -> Result<Option<InstanceId>, StoreError> {
    let instance = match change {
        None => return Ok(None),
        Some(Change::License(license)) => return licenses::put(connection, license).map(|()| None),
        Some(Change::Organisation(change)) => {
            return organisations::apply(connection, key, call.world, change, call.now).map(|()| None);
        }
        Some(Change::Application { application, license }) => {
            return put_application(connection, key, message_id, application, license.as_ref()).map(|()| None);
        }
        Some(Change::Instance(instance)) => instance,
    };
    instances::put(connection, key, instance, MessageId(message_id))?;
    let waited_for = matches!(call.callback.activity, Activity::NewInstance { .. })
        && connection
            .prepare_cached("SELECT 1 FROM message WHERE world = ? AND waits_for_instance = ?")?
            .exists(params![codec::world(call.world), instance.instance_id.as_str()])?;
    Ok(waited_for.then(|| instance.instance_id.clone()))
}

/// The License, where the product told it, waits here for its upload.
fn put_application(
    connection: &Connection,
    key: &SealKey,
    message_id: i64,
    application: &LicenseApplication,
    license: Option<&ToldLicense>,
) -> Result<(), StoreError> {
    let event_id = application.event_id.as_str();
    let sealed = license
        .map(|told| seal(key, rand::random(), event_id.as_bytes(), told.content.expose().as_bytes()))
        .transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO license_application (message_id, event_id, instance_id, effective_time, expire_time,
                                              device_fingerprint, license, file_name)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (message_id) DO UPDATE SET license = coalesce(excluded.license, license),
                 file_name = CASE WHEN excluded.license IS NULL THEN file_name ELSE excluded.file_name END",
        )?
        .execute(params![
            message_id,
            event_id,
            application.instance_id.as_str(),
            application.effective_time,
            application.expire_time,
            application.device_fingerprint,
            sealed,
            license.and_then(|told| told.file_name.as_deref())
        ])?;
    Ok(())
}

/// `closed` is when it ended, with what; `None` while the product is asked.
fn insert_attempt(
    connection: &Connection,
    call: &IncomingCall,
    message_id: i64,
    closed: Option<(UnixMillis, &Answer, Option<&Exception>)>,
) -> Result<AttemptId, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO attempt (message_id, origin, started_at, ended_at, result_code, exception)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            message_id,
            codec::origin(call.origin),
            call.now.0,
            closed.map(|(ended_at, ..)| ended_at.0),
            closed.map(|(_, answer, _)| answer.result_code.as_str()),
            codec::exception(closed.and_then(|(.., exception)| exception))
        ])?;
    let attempt_id = connection.last_insert_rowid();
    connection
        .prepare_cached(
            "INSERT INTO attempt_raw (attempt_id, request_query, request_body, answer) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![
            attempt_id,
            call.query,
            call.body,
            closed.map(|(_, answer, _)| answer.encode_masked(call.callback.wire))
        ])?;
    Ok(AttemptId(attempt_id))
}

fn count(connection: &Connection, call: &IncomingCall, calls: i64, failures: i64) -> Result<(), StoreError> {
    if call.origin == Origin::KooGallery && (calls, failures) != (0, 0) {
        connection
            .prepare_cached(
                "INSERT INTO hourly (world, starts_at, calls, failures) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failures = failures + excluded.failures",
            )?
            .execute(params![codec::world(call.world), call.now.0 - call.now.0.rem_euclid(HOUR), calls, failures])?;
    }
    Ok(())
}

fn fulfil(
    connection: &Connection,
    key: &SealKey,
    world: World,
    instance_id: &InstanceId,
    app_info: AppInfo,
    now: UnixMillis,
) -> Result<Option<Result<MessageId, Exception>>, StoreError> {
    let Some(instance) = instances::by_id(connection, key, world, instance_id)? else { return Ok(None) };
    let (message_id, wire, activity): (i64, String, String) = connection
        .prepare_cached(
            "SELECT message.id, wire, activity FROM message JOIN instance ON message.id = bought_by
             WHERE instance.world = ? AND instance.instance_id = ?",
        )?
        .query_row(params![codec::world(world), instance_id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let wire = codec::read_wire(&wire)?.unwrap_or(Wire::V2);
    let delivers = if activity == "getLicense" { Delivers::License } else { Delivers::AppInfo };
    let provisioned = match fulfil_by_hand(&instance, app_info, wire, delivers, now) {
        Ok(provisioned) => provisioned,
        Err(exception) => return Ok(Some(Err(exception))),
    };
    instances::put(connection, key, &provisioned, MessageId(message_id))?;
    let answer = Answer::of(ResultCode::SUCCESS).with_instance(instance_id.clone());
    connection
        .prepare_cached(
            "UPDATE message SET progress = 0, result_code = ?, exception = NULL, claimed_by = NULL, claimed_until = NULL,
                next_attempt_at = NULL, attempts = attempts + 1, last_attempt_at = ? WHERE id = ?",
        )?
        .execute(params![answer.result_code.as_str(), now.0, message_id])?;
    connection
        .prepare_cached(
            "INSERT INTO attempt (message_id, origin, started_at, ended_at, result_code) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![message_id, codec::origin(Origin::Operator), now.0, now.0, answer.result_code.as_str()])?;
    let attempt_id = connection.last_insert_rowid();
    connection
        .prepare_cached(
            "INSERT INTO attempt_raw (attempt_id, request_query, request_body, answer) VALUES (?, '', '', ?)",
        )?
        .execute(params![attempt_id, answer.encode_masked(wire)])?;
    Ok(Some(Ok(MessageId(message_id))))
}

fn decided(message_id: MessageId, outcome: Outcome, repeated: bool, appeared: Option<InstanceId>) -> Decided {
    let Outcome { answer, progress, exception, .. } = outcome;
    Decided { message_id, answer, progress, exception, repeated, appeared }
}
