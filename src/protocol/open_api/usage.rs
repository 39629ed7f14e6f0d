//! Usage of pay-per-use products: the new interface (zh-cn_topic_0070649410), signed with the key of the base interfaces,
//! and the old one (zh-cn_topic_0070649411), signed with AK and SK.

mod abnormal;

use serde_json::{Map, Value, json};

use super::{ApiBody, ApiRequest, GLOBAL, Method, OpenApi, ReadError, Signing, read_object};
use crate::protocol::{
    UnixMillis,
    signature::{sdk_hmac::format_date, usage_push::canonical_body},
};

/// Most records in one call.
pub const MAX_RECORDS: usize = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireUsageRecord {
    pub instance_id: String,
    /// When the record was made.
    pub record_time: UnixMillis,
    pub begin_time: UnixMillis,
    pub end_time: UnixMillis,
    /// Greater than 0, at most 4 decimals.
    pub usage_value: String,
    /// The seller's own number of the record, at most 64 characters. The old interface has none.
    pub metering_sn: String,
    pub relate_pkg_instance: Option<String>,
    /// Only the old interface wants it.
    pub product_id: Option<String>,
}

/// 按需使用量推送(新). Bad records are told in the answer or found in the console later; taken is what is not named.
#[derive(Clone, Debug, PartialEq)]
pub struct PushUsage {
    pub records: Vec<WireUsageRecord>,
}

/// 按需使用量推送(旧).
#[derive(Clone, Debug, PartialEq)]
pub struct PushUsageOld {
    pub records: Vec<WireUsageRecord>,
}

/// A record that was not taken, as far as the answer tells which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbnormalRecord {
    pub metering_sn: Option<String>,
    pub instance_id: Option<String>,
    pub code: String,
    pub message: String,
}

impl WireUsageRecord {
    fn to_json(&self, old: bool) -> Value {
        let mut members = Map::new();
        members.insert("instance_id".into(), json!(self.instance_id));
        if let (true, Some(product_id)) = (old, &self.product_id) {
            members.insert("product_id".into(), json!(product_id));
        }
        members.insert("record_time".into(), json!(format_date(self.record_time)));
        members.insert("begin_time".into(), json!(format_date(self.begin_time)));
        members.insert("end_time".into(), json!(format_date(self.end_time)));
        members.insert("usage_value".into(), json!(self.usage_value));
        if !old {
            members.insert("metering_sn".into(), json!(self.metering_sn));
        }
        if let Some(package) = &self.relate_pkg_instance {
            members.insert("relate_pkg_instance".into(), json!(package));
        }
        Value::Object(members)
    }
}

fn body(records: &[WireUsageRecord], old: bool) -> String {
    let records: Vec<Value> = records.iter().map(|record| record.to_json(old)).collect();
    canonical_body(&json!({ "usage_records": records }))
}

impl OpenApi for PushUsage {
    type Answer = Vec<AbnormalRecord>;

    const NAME: &'static str = "isv/usage-data";
    /// Only the first of the same counts, but the answer names the second as repeated: whoever sends it again has to know
    /// that it may be there.
    const REPEATABLE: bool = false;
    const SIGNING: Signing = Signing::UsagePush;

    fn request(&self) -> ApiRequest {
        ApiRequest {
            method: Method::Post,
            path: format!("{GLOBAL}/v1/isv/usage-data"),
            query: Vec::new(),
            body: ApiBody::Json(body(&self.records, false)),
            signing: Self::SIGNING,
        }
    }

    /// Neither the container of abnormal records nor their members' names are documented: whatever object below the top
    /// has a code that is not success is one.
    fn read(&self, _status: u16, body: &[u8]) -> Result<Vec<AbnormalRecord>, ReadError> {
        let answer = read_object(body, "error_code", "error_msg")?;
        Ok(abnormal::find(&answer, &self.records))
    }
}

impl OpenApi for PushUsageOld {
    type Answer = ();

    const NAME: &'static str = "isv/usage-data";
    const REPEATABLE: bool = true;

    fn request(&self) -> ApiRequest {
        ApiRequest::post("/rest/marketplace/v1/isv/usage-data".to_owned(), body(&self.records, true))
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<(), ReadError> {
        read_object(body, "error_code", "error_msg").map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> WireUsageRecord {
        let time = |text: &str| UnixMillis::from_compact_utc(text).unwrap();
        WireUsageRecord {
            instance_id: "7f141bf1-aec8-4859-8323-fb3a8ad50721".into(),
            record_time: time("20220809091000"),
            begin_time: time("20220809080000"),
            end_time: time("20220809090000"),
            usage_value: "99".into(),
            metering_sn: "sn-0001".into(),
            relate_pkg_instance: None,
            product_id: Some("OFFI1".into()),
        }
    }

    #[test]
    fn the_body_is_the_one_of_the_known_answer() {
        let expected = r#"{"usage_records":[{"begin_time":"20220809T080000Z","end_time":"20220809T090000Z","instance_id":"7f141bf1-aec8-4859-8323-fb3a8ad50721","metering_sn":"sn-0001","record_time":"20220809T091000Z","usage_value":"99"}]}"#;
        assert_eq!(body(&[record()], false), expected);
        let old = body(&[record()], true);
        assert!(old.contains(r#""product_id":"OFFI1""#) && !old.contains("metering_sn"), "{old}");
    }
}
