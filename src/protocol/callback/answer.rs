//! What the seller answers. Credentials are in clear here: whoever keeps an answer keeps its masked form.

use serde_json::{Map, Value, json};

use crate::protocol::{ResultCode, Secret, id::InstanceId};

/// Longest `resultMsg`, in characters.
const MAX_RESULT_MSG: usize = 255;

/// An answer before it is encoded for a generation of the access guide.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub result_code: ResultCode,
    pub result_msg: String,
    /// Only `newInstance` answers it.
    pub instance_id: Option<InstanceId>,
    /// Only `queryInstance` answers it.
    pub info: Vec<InstanceInfo>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct InstanceInfo {
    pub instance_id: InstanceId,
    pub app_info: Option<AppInfo>,
}

/// How the buyer gets at what was bought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppInfo {
    /// The site or a login-free address.
    pub front_end_url: String,
    pub admin_url: Option<String>,
    pub user_name: Option<String>,
    pub password: Option<Secret>,
    pub memo: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` has {length} characters, KooGallery takes at most {max}")]
pub struct FieldTooLong {
    pub name: &'static str,
    pub length: usize,
    pub max: usize,
}

impl AppInfo {
    /// The limits of KooGallery page zh-cn_topic_0070649428.
    pub fn check_limits(&self) -> Result<(), FieldTooLong> {
        let fields = [
            ("frontEndUrl", Some(self.front_end_url.as_str()), 512),
            ("adminUrl", self.admin_url.as_deref(), 512),
            ("userName", self.user_name.as_deref(), 128),
            ("password", self.password.as_ref().map(Secret::expose), 128),
            ("memo", self.memo.as_deref(), 1024),
        ];
        for (name, text, max) in fields {
            let length = text.map_or(0, |text| text.chars().count());
            if length > max {
                return Err(FieldTooLong { name, length, max });
            }
        }
        Ok(())
    }

    fn to_json(&self, masked: bool) -> Value {
        let mut members = Map::new();
        members.insert("frontEndUrl".into(), json!(self.front_end_url));
        let secret = |text: &str| json!(if masked { "***" } else { text });
        if let Some(url) = &self.admin_url {
            members.insert("adminUrl".into(), json!(url));
        }
        if let Some(name) = &self.user_name {
            members.insert("userName".into(), secret(name));
        }
        if let Some(password) = &self.password {
            members.insert("password".into(), secret(password.expose()));
        }
        if let Some(memo) = &self.memo {
            members.insert("memo".into(), json!(memo));
        }
        Value::Object(members)
    }
}

impl Answer {
    pub fn new(result_code: ResultCode, result_msg: impl AsRef<str>) -> Self {
        Self {
            result_code,
            result_msg: truncated(result_msg.as_ref(), MAX_RESULT_MSG),
            instance_id: None,
            info: vec![],
        }
    }

    /// With the code's own words as message.
    pub fn of(result_code: ResultCode) -> Self {
        let message = result_code.message();
        Self::new(result_code, message)
    }

    #[must_use]
    pub fn with_instance(mut self, instance_id: InstanceId) -> Self {
        self.instance_id = Some(instance_id);
        self
    }

    /// The JSON of the access guide V2.0, in plain text.
    pub fn encode_v2(&self) -> String {
        self.to_json(false)
    }

    /// As sent, without user names and passwords: the form that may be kept and shown.
    pub fn encode_masked(&self) -> String {
        self.to_json(true)
    }

    fn to_json(&self, masked: bool) -> String {
        let mut members = Map::new();
        members.insert("resultCode".into(), json!(self.result_code.as_str()));
        members.insert("resultMsg".into(), json!(self.result_msg));
        if let Some(instance_id) = &self.instance_id {
            members.insert("instanceId".into(), json!(instance_id));
        }
        if !self.info.is_empty() {
            let info = self.info.iter().map(|info| {
                let mut entry = Map::new();
                entry.insert("instanceId".into(), json!(info.instance_id));
                if let Some(app_info) = &info.app_info {
                    entry.insert("appInfo".into(), app_info.to_json(masked));
                }
                Value::Object(entry)
            });
            members.insert("info".into(), info.collect());
        }
        ascii_json(&Value::Object(members).to_string())
    }
}

/// At most `max` characters, the last one an ellipsis where something was cut.
pub fn truncated(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// The pages want Chinese in `memo` as `\uXXXX`; the escapes mean the same everywhere in JSON.
fn ascii_json(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let app_info = AppInfo {
            front_end_url: "https://app.example.com/i-1".into(),
            user_name: Some("admin".into()),
            password: Some(Secret::new("Passw0rd!")),
            memo: Some("请登录 😀".into()),
            ..AppInfo::default()
        };
        let mut answer = Answer::of(ResultCode::SUCCESS);
        answer.info.push(InstanceInfo { instance_id: InstanceId::new("i-1"), app_info: Some(app_info) });
        answer
    }

    #[test]
    fn chinese_leaves_as_escapes_and_reads_back_the_same() {
        let text = answer().encode_v2();
        assert!(text.is_ascii());
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["info"][0]["appInfo"]["memo"], "请登录 😀");
        assert_eq!(read["info"][0]["appInfo"]["password"], "Passw0rd!");
        assert_eq!(read["resultMsg"], "success.");
    }

    #[test]
    fn the_masked_form_and_debug_hold_no_credential() {
        let masked = answer().encode_masked();
        assert!(masked.contains("https://app.example.com/i-1"));
        assert!(!masked.contains("Passw0rd!") && !masked.contains("admin"), "{masked}");
        assert!(!format!("{:?}", answer()).contains("Passw0rd!"));
    }

    #[test]
    fn a_long_message_is_cut_at_255_characters() {
        let long = "因".repeat(300);
        assert_eq!(Answer::new(ResultCode::INTERNAL_ERROR, long).result_msg.chars().count(), 255);
    }

    #[test]
    fn the_documented_lengths_are_enforced() {
        let long = AppInfo { front_end_url: "x".repeat(513), ..AppInfo::default() };
        assert_eq!(long.check_limits(), Err(FieldTooLong { name: "frontEndUrl", length: 513, max: 512 }));
        assert_eq!(AppInfo { front_end_url: "x".repeat(512), ..AppInfo::default() }.check_limits(), Ok(()));
    }
}
