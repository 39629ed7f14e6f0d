//! How the domain's values lie in columns. What another version wrote and this one does not know survives reading.

use rusqlite::{Row, types::Type};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::{
    domain::{Exception, InstanceStatus, Origin, World, message::Progress},
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

pub(super) fn read_world(code: i64) -> World {
    if code == 1 { World::Test } else { World::Live }
}

pub(super) fn progress(progress: Progress) -> i64 {
    match progress {
        Progress::Succeeded => 0,
        Progress::InProgress => 1,
        Progress::Failing => 2,
    }
}

pub(super) fn read_progress(code: i64) -> Progress {
    match code {
        0 => Progress::Succeeded,
        1 => Progress::InProgress,
        _ => Progress::Failing,
    }
}

pub(super) fn origin(origin: Origin) -> i64 {
    match origin {
        Origin::KooGallery => 0,
        Origin::Operator => 1,
        Origin::Automatic => 2,
    }
}

pub(super) fn read_origin(code: i64) -> Origin {
    match code {
        0 => Origin::KooGallery,
        1 => Origin::Operator,
        _ => Origin::Automatic,
    }
}

/// `None` for what Sellerdesk asks of KooGallery.
pub(super) fn read_wire(text: &str) -> Option<Wire> {
    let of_call = || Wire::ALL.into_iter().find(|wire| wire.name() == text).unwrap_or(Wire::V2);
    (text != super::actions::WIRE).then(of_call)
}

pub(super) fn read_status(text: &str) -> InstanceStatus {
    InstanceStatus::ALL.into_iter().find(|status| status.name() == text).unwrap_or(InstanceStatus::Failed)
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
