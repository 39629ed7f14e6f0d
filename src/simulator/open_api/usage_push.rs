//! 按需使用量推送: metering records of pay-per-use instances (KooGallery pages zh-cn_topic_0070649410 for the new interface,
//! zh-cn_topic_0070649411 for the old one). The new one takes what comes and leaves the rest to the bill job; the old one
//! looks first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiAnswer, store},
    api::Api,
    setup::Holder,
};
use crate::{
    protocol::{UnixMillis, id::InstanceId},
    simulator::{
        clock::from_basic_utc,
        ledger::Ledger,
        usage::{BillState, UsageInterface, UsageRecord, check_value, is_too_old},
    },
};

const MAX_RECORDS: usize = 1000;

#[derive(Deserialize)]
struct Push {
    usage_records: Vec<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    instance_id: Option<String>,
    record_time: Option<String>,
    begin_time: Option<String>,
    end_time: Option<String>,
    /// A text in China, a number elsewhere.
    usage_value: Option<Value>,
    metering_sn: Option<String>,
    relate_pkg_instance: Option<String>,
    product_id: Option<String>,
}

impl From<Sent> for UsageRecord {
    fn from(sent: Sent) -> Self {
        Self {
            instance_id: sent.instance_id.unwrap_or_default(),
            record_time: sent.record_time.unwrap_or_default(),
            begin_time: sent.begin_time.unwrap_or_default(),
            end_time: sent.end_time.unwrap_or_default(),
            usage_value: match sent.usage_value {
                Some(Value::String(text)) => text,
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            },
            metering_sn: sent.metering_sn,
            relate_pkg_instance: sent.relate_pkg_instance.filter(|id| !id.is_empty()),
            product_id: sent.product_id,
        }
    }
}

/// Takes the records; they wait for the bill job then. `at_once` lets it run and names what it refuses.
pub(super) fn push_new(
    ledger: &mut Ledger,
    now: UnixMillis,
    body: &[u8],
    at_once: bool,
) -> Result<ApiAnswer, ApiAnswer> {
    let api = Api::UsagePush;
    let records = read(api, body)?;
    let first = ledger.usage.bills.len();
    for record in records {
        ledger.usage.receive(record, UsageInterface::New, now);
    }
    if !at_once {
        return Ok(store::success(api));
    }
    ledger.bill_waiting();
    let refused = ledger.usage.bills.iter().skip(first).filter_map(|bill| match bill.state {
        BillState::Refused(error) => Some(json!({
            "metering_sn": bill.record.metering_sn,
            "instance_id": bill.record.instance_id,
            "error_code": error.code(),
            "error_msg": error.to_string(),
        })),
        BillState::Waiting | BillState::Billed => None,
    });
    let refused: Vec<Value> = refused.collect();
    let answer = store::success(api);
    Ok(if refused.is_empty() { answer } else { answer.with("data", json!({ "abnormal_usage_data": refused })) })
}

pub(super) fn push_old(
    ledger: &mut Ledger,
    holder: Holder,
    now: UnixMillis,
    body: &[u8],
) -> Result<ApiAnswer, ApiAnswer> {
    let api = Api::UsagePushOld;
    if holder == Holder::Buyer {
        return Err(store::no_authority(api));
    }
    let records = read(api, body)?;
    for record in &records {
        check_old(ledger, holder, now, record)?;
    }
    for record in records {
        ledger.usage.receive(UsageRecord { metering_sn: None, ..record }, UsageInterface::Old, now);
    }
    Ok(store::success(api))
}

fn check_old(ledger: &Ledger, holder: Holder, now: UnixMillis, record: &UsageRecord) -> Result<(), ApiAnswer> {
    let api = Api::UsagePushOld;
    if record.instance_id.is_empty() {
        return Err(store::invalid(api, "instance_id is missing"));
    }
    let needed = [&record.record_time, &record.begin_time, &record.end_time, &record.usage_value];
    if needed.iter().any(|text| text.is_empty()) {
        return Err(ApiAnswer::of(api, 400, "MKT.0199", "Request parameter error"));
    }
    let id = InstanceId::new(record.instance_id.as_str());
    if ledger.sold_elsewhere.instances.contains(&id) {
        return Err(store::illegal_operation(api));
    }
    if !ledger.instances.contains_key(&id) {
        return Err(ApiAnswer::of(api, 500, "MKT.9001", "Instance ID not found."));
    }
    if holder != Holder::Seller {
        return Err(store::illegal_operation(api));
    }
    let time = |text: &str| from_basic_utc(text).ok_or_else(|| store::out_of_range(api, "malformed time"));
    time(&record.record_time)?;
    time(&record.end_time)?;
    if is_too_old(time(&record.begin_time)?, now) {
        return Err(ApiAnswer::of(api, 500, "MKT.9004", "Record beginTime extends Limit."));
    }
    check_value(&record.usage_value).map_err(|_| ApiAnswer::of(api, 500, "MKT.9002", "Invalid usage enties."))
}

fn read(api: Api, body: &[u8]) -> Result<Vec<UsageRecord>, ApiAnswer> {
    let push: Push = serde_json::from_slice(body).map_err(|error| store::invalid(api, &error.to_string()))?;
    if push.usage_records.is_empty() {
        return Err(store::invalid(api, "usage_records is empty"));
    }
    if push.usage_records.len() > MAX_RECORDS {
        return Err(ApiAnswer::of(api, 500, "MKT.9003", "Usage records extends size limit."));
    }
    Ok(push.usage_records.into_iter().map(UsageRecord::from).collect())
}
