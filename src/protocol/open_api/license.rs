//! Authorization codes: activated (zh-cn_topic_0070649244), asked about (zh-cn_topic_0070649245), their use reported
//! (zh-cn_topic_0000002290055385).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ApiCode, ApiRequest, GLOBAL, OpenApi, ReadError, field, read_object};
use crate::protocol::{
    UnixMillis,
    id::{LicenseCode, OrderId},
};

/// Longest list of codes in one call.
pub const MAX_LICENSES: usize = 100;

const CODE: &str = "error_code";
const MESSAGE: &str = "error_msg";

/// 激活授权码(新): at most [`MAX_LICENSES`] codes, all or none.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivateLicensesV2 {
    pub licenses: Vec<LicenseCode>,
    pub real_effect_time: Option<UnixMillis>,
}

/// 激活授权码(旧): one code, whose order and expiry are told.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivateLicenseV1 {
    pub license: LicenseCode,
    pub real_effect_time: Option<UnixMillis>,
}

/// 查询授权码(旧).
#[derive(Clone, Debug, PartialEq)]
pub struct QueryLicenseV1 {
    pub license: LicenseCode,
}

/// 查询授权码(新). Its exact shape is not documented; a list or an object is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryLicensesV2 {
    pub licenses: Vec<LicenseCode>,
}

/// 授权码软件使用统计, at most [`MAX_LICENSES`] codes, of each as many clients, or one number.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportLicenseUsage {
    pub entries: Vec<(LicenseCode, ClientUse)>,
}

/// Exactly one of both is reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientUse {
    /// One client, an account or a device, at most 256 characters.
    Id(String),
    /// The day's number of active clients.
    ActiveNum(u32),
}

/// What KooGallery says to a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UseReported {
    /// But of the codes that it names as failed.
    Taken { but: Vec<LicenseCode> },
    /// Nothing of it, because of the codes that it names.
    Refused { code: ApiCode, licenses: Vec<LicenseCode> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LicenseLife {
    Alive,
    Expired,
    Released,
    Unknown(String),
}

impl LicenseLife {
    fn from_wire(text: &str) -> Self {
        match text {
            "ALIVE" => Self::Alive,
            "EXPIRED" => Self::Expired,
            "RELEASED" => Self::Released,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// How KooGallery says that a code stands.
#[derive(Clone, Debug, PartialEq)]
pub struct LicenseInfo {
    pub license: LicenseCode,
    pub status: Option<LicenseLife>,
    pub activate_time: Option<UnixMillis>,
    pub expire_time: Option<UnixMillis>,
    pub order_id: Option<OrderId>,
    pub product_id: Option<String>,
    /// The quantity that was bought.
    pub amount: Option<i64>,
}

/// What an entry may hold, of which it has to hold something.
const MEMBERS: [&str; 7] =
    ["license_code", "license", "status", "activate_time", "expire_time", "order_id", "product_id"];

impl LicenseInfo {
    /// `asked` where the entry does not name its code. `None` where nothing in it is known.
    fn of(entry: &Value, asked: Option<&LicenseCode>) -> Option<Self> {
        if !MEMBERS.iter().any(|name| field::text(entry, name).is_some()) {
            return None;
        }
        let named = ["license_code", "license"].iter().find_map(|name| field::text(entry, name)).map(LicenseCode::new);
        Some(Self {
            license: named.or_else(|| asked.cloned())?,
            status: field::text(entry, "status").map(|text| LicenseLife::from_wire(&text)),
            activate_time: field::time(entry, "activate_time"),
            expire_time: field::time(entry, "expire_time"),
            order_id: field::text(entry, "order_id").map(OrderId::new),
            product_id: field::text(entry, "product_id"),
            amount: field::number(entry, "amount"),
        })
    }

    /// An answer may leave out how the code stands.
    fn nothing_of(license: &LicenseCode) -> Self {
        let license = license.clone();
        Self {
            license,
            status: None,
            activate_time: None,
            expire_time: None,
            order_id: None,
            product_id: None,
            amount: None,
        }
    }
}

impl OpenApi for ActivateLicensesV2 {
    type Answer = ();

    const NAME: &'static str = "license/activate";
    const REPEATABLE: bool = false;

    fn request(&self) -> ApiRequest {
        let mut body = Map::new();
        body.insert("license_list".into(), json!(self.licenses));
        effect_time(&mut body, self.real_effect_time);
        ApiRequest::post(format!("{GLOBAL}/v2/license/activate"), Value::Object(body).to_string())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<(), ReadError> {
        read_object(body, CODE, MESSAGE).map(|_| ())
    }
}

impl OpenApi for ActivateLicenseV1 {
    type Answer = LicenseInfo;

    const NAME: &'static str = "license/activate";
    const REPEATABLE: bool = false;

    fn request(&self) -> ApiRequest {
        let mut body = Map::new();
        body.insert("license".into(), json!(self.license));
        effect_time(&mut body, self.real_effect_time);
        ApiRequest::post(format!("{GLOBAL}/v1/license/activate"), Value::Object(body).to_string())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<LicenseInfo, ReadError> {
        let answer = read_object(body, CODE, MESSAGE)?;
        // A JSON text inside of a text.
        let info = answer.get("data").and_then(|data| field::text(data, "license_code_info"));
        let info: Value = info.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(LicenseInfo::of(&info, Some(&self.license)).unwrap_or_else(|| LicenseInfo::nothing_of(&self.license)))
    }
}

impl OpenApi for QueryLicenseV1 {
    type Answer = LicenseInfo;

    const NAME: &'static str = "license/heartbeat";
    const REPEATABLE: bool = true;

    fn request(&self) -> ApiRequest {
        ApiRequest::post(format!("{GLOBAL}/v1/license/heartbeat"), json!({ "license": self.license }).to_string())
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<LicenseInfo, ReadError> {
        let answer = read_object(body, CODE, MESSAGE)?;
        let data = answer.get("data").filter(|data| data.is_object());
        data.and_then(|data| LicenseInfo::of(data, Some(&self.license)))
            .ok_or_else(|| ReadError::NotUnderstood("the answer's `data` tells nothing of the code".to_owned()))
    }
}

impl OpenApi for QueryLicensesV2 {
    type Answer = Vec<LicenseInfo>;

    const NAME: &'static str = "license/heartbeat";
    const REPEATABLE: bool = true;

    fn request(&self) -> ApiRequest {
        let body = json!({ "license_list": self.licenses }).to_string();
        ApiRequest::post(format!("{GLOBAL}/v2/license/heartbeat"), body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Vec<LicenseInfo>, ReadError> {
        let answer = read_object(body, CODE, MESSAGE)?;
        let only = (self.licenses.len() == 1).then(|| self.licenses.first()).flatten();
        Ok(field::list(&answer, "data").into_iter().filter_map(|entry| LicenseInfo::of(entry, only)).collect())
    }
}

impl OpenApi for ReportLicenseUsage {
    type Answer = UseReported;

    const NAME: &'static str = "license/software-usage-info";
    const REPEATABLE: bool = true;

    fn request(&self) -> ApiRequest {
        let mut codes: Vec<(&LicenseCode, Vec<Value>)> = Vec::new();
        for (license, client) in &self.entries {
            let used = match client {
                ClientUse::Id(id) => json!({ "id": id }),
                ClientUse::ActiveNum(number) => json!({ "active_num": number }),
            };
            match codes.iter_mut().find(|(code, _)| *code == license) {
                Some((_, clients)) => clients.push(used),
                None => codes.push((license, vec![used])),
            }
        }
        // The page's own spelling.
        let entry = |(license, used)| json!({ "license": license, "software_usage_Info": used });
        let entries: Vec<Value> = codes.into_iter().map(entry).collect();
        let body = json!({ "usage_info": entries }).to_string();
        ApiRequest::post(format!("{GLOBAL}/v2/license/software-usage-info"), body)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<UseReported, ReadError> {
        match read_object(body, CODE, MESSAGE) {
            Ok(answer) => Ok(UseReported::Taken { but: check_failed(&answer) }),
            Err(ReadError::Refused(code)) => {
                let licenses = serde_json::from_slice(body).map(|answer| check_failed(&answer)).unwrap_or_default();
                match licenses.is_empty() {
                    true => Err(ReadError::Refused(code)),
                    false => Ok(UseReported::Refused { code, licenses }),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// The codes that did not pass the check. Of the member's name only its beginning is documented, of its form nothing.
fn check_failed(answer: &Value) -> Vec<LicenseCode> {
    let mut members = [answer.get("data"), Some(answer)].into_iter().flatten().filter_map(Value::as_object).flatten();
    let Some((_, failed)) = members.find(|(name, _)| name.starts_with("check_fail")) else {
        return Vec::new();
    };
    let codes: Vec<String> = match failed {
        Value::String(text) => text.split([',', ';', ' ']).map(str::to_owned).collect(),
        Value::Array(entries) => {
            let code = |entry: &Value| match entry {
                Value::String(code) => Some(code.clone()),
                entry => ["license", "license_code"].iter().find_map(|name| field::text(entry, name)),
            };
            entries.iter().filter_map(code).collect()
        }
        _ => Vec::new(),
    };
    codes.into_iter().filter(|code| !code.is_empty()).map(LicenseCode::new).collect()
}

fn effect_time(body: &mut Map<String, Value>, time: Option<UnixMillis>) {
    if let Some(time) = time {
        body.insert("real_effect_time".into(), json!(time.to_compact_utc()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::open_api::{ApiBody, CodeMeaning};

    fn body(api: &impl OpenApi) -> String {
        match api.request().body {
            ApiBody::Json(text) => text,
            other => panic!("{other:?}"),
        }
    }

    fn codes(names: &[&str]) -> Vec<LicenseCode> {
        names.iter().map(|name| LicenseCode::new(*name)).collect()
    }

    #[test]
    fn requests_are_those_of_the_pages() {
        let time = UnixMillis::from_compact_utc("20260102153555").ok();
        let activate = ActivateLicensesV2 { licenses: codes(&["PL1", "PL2"]), real_effect_time: time };
        assert_eq!(body(&activate), r#"{"license_list":["PL1","PL2"],"real_effect_time":"20260102153555"}"#);
        assert_eq!(activate.request().path, "/api/mkp-openapi-public/global/v2/license/activate");
        let activate = ActivateLicenseV1 { license: LicenseCode::new("PLXXXXXX"), real_effect_time: None };
        assert_eq!(body(&activate), r#"{"license":"PLXXXXXX"}"#);
        let entries = vec![(LicenseCode::new("PLXXXXXX"), ClientUse::Id("account1".into()))];
        let report = ReportLicenseUsage { entries };
        assert_eq!(
            body(&report),
            r#"{"usage_info":[{"license":"PLXXXXXX","software_usage_Info":[{"id":"account1"}]}]}"#
        );
        let entries = vec![(LicenseCode::new("PLXXXXXX"), ClientUse::ActiveNum(100))];
        assert!(body(&ReportLicenseUsage { entries }).contains(r#"[{"active_num":100}]"#));
        let of = |code: &str, id: &str| (LicenseCode::new(code), ClientUse::Id(id.into()));
        let several = ReportLicenseUsage { entries: vec![of("PL1", "a"), of("PL2", "a"), of("PL1", "b")] };
        assert_eq!(
            body(&several),
            r#"{"usage_info":[{"license":"PL1","software_usage_Info":[{"id":"a"},{"id":"b"}]},{"license":"PL2","software_usage_Info":[{"id":"a"}]}]}"#
        );
    }

    #[test]
    fn the_activation_of_one_tells_order_and_expiry() {
        let activate = ActivateLicenseV1 { license: LicenseCode::new("PLXXXXXX"), real_effect_time: None };
        let sample = br#"{"error_code":"92020000","error_msg":"success","data":{"license_code_info":"{\"status\":\"ALIVE\",\"expire_time\":\"20230726121646\",\"product_id\":\"12345\",\"amount\":2,\"order_id\":\"CS123\"}"}}"#;
        let told = activate.read(200, sample).unwrap();
        assert_eq!((told.status, told.amount), (Some(LicenseLife::Alive), Some(2)));
        assert_eq!(told.order_id, Some(OrderId::new("CS123")));
        assert_eq!(told.expire_time, UnixMillis::from_compact_utc("20230726121646").ok());
        // `data` is optional.
        assert_eq!(activate.read(200, br#"{"error_code":"92020000"}"#).unwrap().status, None);
    }

    #[test]
    fn the_code_decides_and_not_the_status() {
        let query = QueryLicenseV1 { license: LicenseCode::new("PL1") };
        for status in [200, 400, 403, 500] {
            let refused = query.read(status, br#"{"error_code":"92020005","error_msg":"license code notexist"}"#);
            let Err(ReadError::Refused(code)) = refused else { panic!("{refused:?}") };
            assert_eq!(code.meaning(), CodeMeaning::LicenseUnknown);
        }
        let gateway = br#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail","request_id":"0"}"#;
        let Err(ReadError::Refused(code)) = query.read(401, gateway) else { panic!() };
        assert_eq!(code.meaning(), CodeMeaning::NotAuthenticated);
    }

    #[test]
    fn a_query_ignores_what_it_does_not_know() {
        let query = QueryLicenseV1 { license: LicenseCode::new("PL1") };
        let body = br#"{"error_code":"92020000","data":{"license_code":"PL1","status":"RESTING","activate_time":"20230101000000","new":[1]}}"#;
        let told = query.read(200, body).unwrap();
        assert_eq!(told.status, Some(LicenseLife::Unknown("RESTING".into())));
        for told in [
            r#"{"error_code":"92020000","data":{}}"#,
            r#"{"error_code":"92020000","data":{"trace":"x","status":null}}"#,
        ] {
            let refused = query.read(200, told.as_bytes());
            assert!(matches!(refused, Err(ReadError::NotUnderstood(_))), "{told}: {refused:?}");
        }
        let both = QueryLicensesV2 { licenses: codes(&["PL1", "PL2"]) };
        let list = br#"{"error_code":"92020000","data":[{"license_code":"PL1","status":"ALIVE"},{"license_code":"PL2","status":"EXPIRED"}]}"#;
        assert_eq!(both.read(200, list).unwrap().len(), 2);
    }

    #[test]
    fn codes_that_failed_the_check_are_told_whatever_the_member_is_called() {
        let report = ReportLicenseUsage { entries: Vec::new() };
        for data in [
            r#"{"check_fail_license":["PL9","PL8"]}"#,
            r#"{"check_fail_list":"PL9,PL8"}"#,
            r#"{"check_fail_infos":[{"license":"PL9","reason":"x"},{"license_code":"PL8"}]}"#,
        ] {
            let taken = format!(r#"{{"error_code":"92020000","data":{data}}}"#);
            let but = codes(&["PL9", "PL8"]);
            assert_eq!(report.read(200, taken.as_bytes()).unwrap(), UseReported::Taken { but }, "{data}");
            let refused = format!(r#"{{"error_code":"92020020","error_msg":"no","data":{data}}}"#);
            let code = ApiCode::new("92020020", "no");
            let expected = UseReported::Refused { code, licenses: codes(&["PL9", "PL8"]) };
            assert_eq!(report.read(200, refused.as_bytes()).unwrap(), expected, "{data}");
        }
        let nameless = report.read(200, br#"{"error_code":"92020020","error_msg":"no","data":{}}"#);
        assert!(matches!(nameless, Err(ReadError::Refused(_))), "{nameless:?}");
    }
}
