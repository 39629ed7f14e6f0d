//! The records that an answer to a push says were not taken. No page prints what they stand in and what their members are
//! called, so names are read in any spelling, and ids that were sent are known by their values.

use serde_json::Value;

use super::{AbnormalRecord, WireUsageRecord};
use crate::protocol::open_api::ApiCode;

/// No answer is nested deeper.
const DEEPEST: usize = 6;

const CODES: [&str; 6] = ["errorcode", "code", "errcode", "abnormalcode", "recordcode", "resultcode"];
const MESSAGES: [&str; 6] = ["errormsg", "message", "description", "desc", "errormessage", "msg"];

pub(super) fn find(answer: &Value, sent: &[WireUsageRecord]) -> Vec<AbnormalRecord> {
    let mut found = Vec::new();
    // What stands at the top is about the call.
    below(answer, sent, 0, &mut found);
    found
}

fn below(value: &Value, sent: &[WireUsageRecord], depth: usize, found: &mut Vec<AbnormalRecord>) {
    match value {
        _ if depth > DEEPEST => {}
        Value::Array(entries) => entries.iter().for_each(|entry| look(entry, sent, depth + 1, found)),
        Value::Object(members) => members.values().for_each(|member| look(member, sent, depth + 1, found)),
        _ => {}
    }
}

fn look(value: &Value, sent: &[WireUsageRecord], depth: usize, found: &mut Vec<AbnormalRecord>) {
    let Some(code) = named(value, &CODES).filter(|code| !says_success(code)) else {
        return below(value, sent, depth, found);
    };
    let record = AbnormalRecord {
        metering_sn: id(value, "meteringsn", sent.iter().map(|record| record.metering_sn.as_str())),
        instance_id: id(value, "instanceid", sent.iter().map(|record| record.instance_id.as_str())),
        code,
        message: named(value, &MESSAGES).unwrap_or_default(),
    };
    if record.metering_sn.is_none() && record.instance_id.is_none() {
        let before = found.len();
        below(value, sent, depth, found);
        if found.len() > before {
            return;
        }
    }
    found.push(record);
}

fn says_success(code: &str) -> bool {
    ApiCode::new(code, "").is_success() || code.bytes().all(|byte| byte == b'0')
}

/// The member of that name, else the one that has a value that was sent.
fn id<'a>(value: &Value, name: &str, mut sent: impl Iterator<Item = &'a str>) -> Option<String> {
    named(value, &[name]).or_else(|| {
        let values = value.as_object()?.values().filter_map(Value::as_str).collect::<Vec<_>>();
        sent.find(|sent| values.contains(sent)).map(str::to_owned)
    })
}

/// The first of the members of these names, however they are spelt: `metering_sn` and `meteringSn` are one.
fn named(value: &Value, names: &[&str]) -> Option<String> {
    let members = value.as_object()?;
    names.iter().find_map(|wanted| {
        let (_, member) = members.iter().find(|(name, _)| plain(name) == *wanted)?;
        match member {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::UnixMillis;

    fn sent(metering_sn: &str, instance_id: &str) -> WireUsageRecord {
        let time = UnixMillis::from_compact_utc("20220809091000").unwrap();
        WireUsageRecord {
            instance_id: instance_id.into(),
            record_time: time,
            begin_time: time,
            end_time: time,
            usage_value: "100".into(),
            metering_sn: metering_sn.into(),
            relate_pkg_instance: None,
            product_id: None,
        }
    }

    /// `meteringSn/instanceId/code` of each.
    fn told(answer: &Value) -> Vec<String> {
        let or = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        find(answer, &[sent("sn-1", "i-1"), sent("sn-2", "i-1"), sent("sn-3", "i-2")])
            .into_iter()
            .map(|found| format!("{}/{}/{}", or(found.metering_sn), or(found.instance_id), found.code))
            .collect()
    }

    #[test]
    fn abnormal_records_are_found_wherever_they_stand_and_whatever_their_members_are_called() {
        for (answer, expected) in [
            (json!({ "error_code": "MKT.0000", "error_msg": "Success" }), vec![]),
            (json!({ "error_code": "MKT.0000", "data": { "error_code": "MKT.0000", "list": [] } }), vec![]),
            (
                json!({ "data": { "abnormal_usage_data": [{ "metering_sn": "sn-1", "error_code": "010" }] } }),
                vec!["sn-1/-/010"],
            ),
            (
                json!({ "abnormalUsageData": [{ "meteringSn": "sn-1", "instanceId": "i-1", "errorCode": "003" }] }),
                vec!["sn-1/i-1/003"],
            ),
            (
                json!({ "data": [{ "Metering-SN": "sn-2", "code": 1 }, { "sn": "sn-3", "abnormalCode": "013" }] }),
                vec!["sn-2/-/1", "sn-3/-/013"],
            ),
            (json!({ "data": { "records": [{ "resource": "i-2", "code": "MKT.9001" }] } }), vec!["-/i-2/MKT.9001"]),
            (json!({ "data": [{ "code": "001", "description": "instance does not exist" }] }), vec!["-/-/001"]),
            (
                json!({ "data": { "code": "207", "failed": [{ "meteringSn": "sn-1", "code": "002" }] } }),
                vec!["sn-1/-/002"],
            ),
            // Those that are told of as well.
            (
                json!({ "data": [{ "metering_sn": "sn-1", "usage_value": "100" }, { "metering_sn": "sn-2", "code": "000" }] }),
                vec![],
            ),
        ] {
            assert_eq!(told(&answer), expected, "{answer}");
        }
    }
}
