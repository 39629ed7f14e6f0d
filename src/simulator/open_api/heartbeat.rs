//! 查询授权码, once 授权码心跳检测: how codes stand (KooGallery page zh-cn_topic_0070649245). The page of the batch form is not
//! to be had; it is taken to be to the single one what the two forms of the activation are to each other.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{answer::ApiAnswer, licenses::Asking};
use crate::{
    protocol::{UnixMillis, id::LicenseCode},
    simulator::{ledger::Ledger, license::License},
};

const MAX_ACCOUNT: usize = 256;
const MAX_IP: usize = 32;

#[derive(Deserialize)]
struct One {
    license: String,
    #[serde(rename = "heartbeatInfo")]
    heartbeat_info: Option<HeartbeatInfo>,
}

/// Of old software only.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeartbeatInfo {
    third_party_account: String,
    ip: Option<String>,
}

#[derive(Deserialize)]
struct Many {
    license_list: Vec<String>,
}

#[derive(Serialize)]
struct LicenseInfo<'a> {
    license_code: &'a str,
    status: &'a str,
    activate_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<String>,
    product_id: &'a str,
    order_id: &'a str,
    amount: u32,
}

impl<'a> LicenseInfo<'a> {
    fn of(license: &'a License, now: UnixMillis) -> Option<Self> {
        Some(Self {
            license_code: license.code.as_str(),
            status: license.state(now).as_wire()?,
            activate_time: license.activated_at.unwrap_or_default().to_compact_utc(),
            expire_time: license.expire_time.map(UnixMillis::to_compact_utc),
            product_id: &license.product.product_id,
            order_id: license.order.order_id.as_str(),
            amount: 1,
        })
    }
}

pub(super) fn query_one(ledger: &mut Ledger, asking: Asking, body: &[u8]) -> Result<ApiAnswer, ApiAnswer> {
    let request: One = asking.read(body)?;
    let code = asking.code(&request.license)?;
    if let Some(info) = &request.heartbeat_info {
        let account = info.third_party_account.chars().count();
        let ip = info.ip.as_deref().map_or(0, |ip| ip.chars().count());
        if account == 0 || account > MAX_ACCOUNT || ip > MAX_IP {
            return Err(asking.malformed("heartbeatInfo"));
        }
    }
    let license = asking.license(ledger, &code).ok_or_else(|| asking.not_found())?;
    let info = LicenseInfo::of(license, asking.now).ok_or_else(|| asking.not_activated())?;
    let answer = asking.success().with("data", json!(info));
    seen(ledger, asking, &[code]);
    Ok(answer)
}

pub(super) fn query_many(ledger: &mut Ledger, asking: Asking, body: &[u8]) -> Result<ApiAnswer, ApiAnswer> {
    let request: Many = asking.read(body)?;
    let codes = asking.codes(&request.license_list)?;
    let licenses: Option<Vec<&License>> = codes.iter().map(|code| asking.license(ledger, code)).collect();
    let licenses = licenses.ok_or_else(|| asking.invalid_in_batch())?;
    let infos: Option<Vec<LicenseInfo<'_>>> =
        licenses.into_iter().map(|license| LicenseInfo::of(license, asking.now)).collect();
    let answer = asking.success().with("data", json!(infos.ok_or_else(|| asking.not_activated())?));
    seen(ledger, asking, &codes);
    Ok(answer)
}

fn seen(ledger: &mut Ledger, asking: Asking, codes: &[LicenseCode]) {
    for code in codes {
        if let Some(license) = ledger.licenses.get_mut(code) {
            license.queried_at = Some(asking.now);
        }
    }
}
