//! How the domain's values lie in columns. What a newer version wrote is an error that says so, and never taken for something
//! that this one knows: it would be acted upon, and written back.

use std::fmt::Display;

use rusqlite::{Row, types::Type};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::StoreError;
use crate::{
    domain::{Exception, InstanceStatus, LicenseStatus, Origin, World, message::Progress},
    protocol::{
        ResultCode, Secret, UnixMillis,
        callback::{AppInfo, Wire},
    },
    sealing::{SealKey, seal, unseal},
};

pub(super) fn world(world: World) -> i64 {
    match world {
        World::Live => 0,
        World::Test => 1,
    }
}

/// What stands in the file and this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{value}` as {what}, which a newer Sellerdesk wrote; start the newer one")]
pub(super) struct Newer {
    what: &'static str,
    value: String,
}

/// The value that stands there, if it is known.
pub(super) fn known<T>(what: &'static str, value: impl Display, known: Option<T>) -> Result<T, rusqlite::Error> {
    known.ok_or_else(|| unreadable(Newer { what, value: value.to_string() }))
}

/// What was written as JSON.
pub(super) fn read_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, rusqlite::Error> {
    known(what, text, serde_json::from_str(text).ok())
}

pub(super) fn read_world(code: i64) -> Result<World, rusqlite::Error> {
    known("a world", code, [World::Live, World::Test].into_iter().find(|known| world(*known) == code))
}

pub(super) fn progress(progress: Progress) -> i64 {
    match progress {
        Progress::Succeeded => 0,
        Progress::InProgress => 1,
        Progress::Failing => 2,
    }
}

pub(super) fn read_progress(code: i64) -> Result<Progress, rusqlite::Error> {
    let all = [Progress::Succeeded, Progress::InProgress, Progress::Failing];
    known("the progress of a message", code, all.into_iter().find(|known| progress(*known) == code))
}

pub(super) fn origin(origin: Origin) -> i64 {
    match origin {
        Origin::KooGallery => 0,
        Origin::Operator => 1,
        Origin::Automatic => 2,
    }
}

pub(super) fn read_origin(code: i64) -> Result<Origin, rusqlite::Error> {
    let all = [Origin::KooGallery, Origin::Operator, Origin::Automatic];
    known("the origin of an attempt", code, all.into_iter().find(|known| origin(*known) == code))
}

/// `None` for what Sellerdesk asks of KooGallery.
pub(super) fn read_wire(text: &str) -> Result<Option<Wire>, rusqlite::Error> {
    if text == super::actions::WIRE {
        return Ok(None);
    }
    known("the generation of a call", text, Wire::ALL.into_iter().find(|wire| wire.name() == text)).map(Some)
}

pub(super) fn read_status(text: &str) -> Result<InstanceStatus, rusqlite::Error> {
    let status = InstanceStatus::ALL.into_iter().find(|status| status.name() == text);
    known("the status of an instance", text, status)
}

pub(super) fn read_license_status(text: &str) -> Result<LicenseStatus, rusqlite::Error> {
    let status = LicenseStatus::ALL.into_iter().find(|status| status.name() == text);
    known("the status of an authorization code", text, status)
}

pub(super) fn exception(exception: Option<&Exception>) -> Option<String> {
    exception.and_then(|exception| serde_json::to_string(exception).ok())
}

pub(super) fn read_exception(text: Option<String>) -> Option<Exception> {
    text.map(|text| serde_json::from_str(&text).unwrap_or(Exception::Other { text }))
}

pub(super) fn read_result_code(text: Option<String>) -> Option<ResultCode> {
    text.map(ResultCode::new)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<UnixMillis, rusqlite::Error> {
    row.get(column).map(UnixMillis)
}

pub(super) fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<UnixMillis>, rusqlite::Error> {
    Ok(row.get::<_, Option<i64>>(column)?.map(UnixMillis))
}

/// How access data lie inside their seal.
#[derive(Serialize, Deserialize)]
struct AppInfoText {
    front_end_url: String,
    admin_url: Option<String>,
    user_name: Option<String>,
    password: Option<String>,
    memo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    license: Option<String>,
}

pub(super) fn seal_app_info(key: &SealKey, instance_id: &str, app_info: &AppInfo) -> Result<Vec<u8>, StoreError> {
    let text = AppInfoText {
        front_end_url: app_info.front_end_url.clone(),
        admin_url: app_info.admin_url.clone(),
        user_name: app_info.user_name.clone(),
        password: app_info.password.as_ref().map(|password| password.expose().to_owned()),
        memo: app_info.memo.clone(),
        license: app_info.license.as_ref().map(|license| license.expose().to_owned()),
    };
    let plain = serde_json::to_vec(&text).map_err(|error| StoreError::Sqlite(error.to_string()))?;
    Ok(seal(key, rand::random(), instance_id.as_bytes(), &plain)?)
}

pub(super) fn unseal_app_info(key: &SealKey, instance_id: &str, sealed: &[u8]) -> Result<AppInfo, rusqlite::Error> {
    let plain = unseal(key, instance_id.as_bytes(), sealed).map_err(unreadable)?;
    let text: AppInfoText = serde_json::from_slice(&plain).map_err(unreadable)?;
    Ok(AppInfo {
        front_end_url: text.front_end_url,
        admin_url: text.admin_url,
        user_name: text.user_name,
        password: text.password.map(Secret::new),
        memo: text.memo,
        license: text.license.map(Secret::new),
    })
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{MessageId, listing::MessageQuery},
        protocol::id::{InstanceId, LicenseCode},
        store::{Cancel, Store},
    };

    /// Whoever asks is told, and nothing that is wrong is shown, acted upon or written back.
    #[tokio::test]
    async fn what_a_newer_version_wrote_is_told_in_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("sellerdesk.db"), SealKey::from_slice(&[7; 32]).unwrap()).unwrap();
        let write = store.inner.writer.run(|connection| {
            Ok(connection.execute_batch(
                "INSERT INTO message (id, world, key, ordinal, endpoint, activity, progress, attempts, received_at,
                                      last_attempt_at, wire)
                 VALUES (1, 0, 'a', 0, 'main', 'newInstance', 3, 1, 1, 1, 'v2'),
                        (2, 0, 'b', 0, 'main', 'newInstance', 0, 1, 1, 1, 'v3'),
                        (3, 0, 'c', 0, 'main', 'newInstance', 0, 1, 1, 1, 'v2');
                 INSERT INTO attempt (id, message_id, origin, started_at) VALUES (1, 3, 9, 1);
                 INSERT INTO attempt_raw (attempt_id, request_query, request_body) VALUES (1, '', '');
                 INSERT INTO instance (world, instance_id, order_id, order_line_id, endpoint, status, bought_by, created_at,
                                       changed_at)
                 VALUES (0, 'i-1', 'CS1', '', 'main', 'hibernating', 1, 1, 1);
                 INSERT INTO license (world, license, status, created_at, changed_at) VALUES (0, 'code', 'lent', 1, 1);",
            )?)
        });
        write.await.unwrap();
        let told = |error: StoreError| error.to_string();
        let of_message = async |id| store.message(MessageId(id)).await.map_err(told).unwrap_err();
        let instance = store.instance(World::Live, InstanceId::new("i-1")).await.map_err(told).unwrap_err();
        let license = store.license(World::Live, LicenseCode::new("code")).await.map_err(told).unwrap_err();
        let attempts = store.attempts(MessageId(3)).await.map_err(told).unwrap_err();
        for (told, value) in [
            (of_message(1).await, "`3` as the progress of a message"),
            (of_message(2).await, "`v3` as the generation of a call"),
            (attempts, "`9` as the origin of an attempt"),
            (instance, "`hibernating` as the status of an instance"),
            (license, "`lent` as the status of an authorization code"),
        ] {
            let sentence = format!("the database holds {value}, which a newer Sellerdesk wrote; start the newer one");
            assert_eq!(told, sentence);
        }
        // The list itself is there.
        let ids = store.message_ids(MessageQuery::default(), Cancel::default()).await;
        assert_eq!(ids.map(|ids| ids.len()).map_err(told), Ok(3));
    }
}
