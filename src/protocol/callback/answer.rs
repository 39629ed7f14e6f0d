//! What the seller answers: `resultCode` and `resultMsg` in every call, `instanceId` to a purchase (KooGallery pages
//! zh-cn_topic_0070649427, zh-cn_topic_0070649013), `appInfo` and `info` (zh-cn_topic_0070649428), `encryptType` of V1
//! (zh-cn_topic_0070649013), `license` of License 1.0 (zh-cn_topic_0000001353181669). Credentials are in clear here: whoever
//! keeps an answer keeps its masked form.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Wire;
use crate::protocol::{
    ResultCode, Secret,
    credential::{self, CredentialError, EncryptType, Iv, MAX_PLAINTEXT_BYTES},
    id::InstanceId,
};

/// Longest `resultMsg`, in characters.
const MAX_RESULT_MSG: usize = 255;

/// An answer before it is encoded for a generation of the access guide.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub result_code: ResultCode,
    pub result_msg: String,
    /// Purchases answer it.
    pub instance_id: Option<InstanceId>,
    /// Purchases of V1 answer it; those of V2 leave it to `queryInstance`.
    pub app_info: Option<AppInfo>,
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
    /// The site or a login-free address. Empty where a license is all there is.
    pub front_end_url: String,
    pub admin_url: Option<String>,
    pub user_name: Option<String>,
    pub password: Option<Secret>,
    pub memo: Option<String>,
    /// The license string of License 1.0. No member of `appInfo` on the wire: it stands beside it.
    pub license: Option<Secret>,
}

/// What becomes of user names, passwords and licenses on the way out.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    Clear,
    /// The form that may be kept and shown.
    Masked,
    /// V1. Each value takes a new initialisation vector.
    Encrypted {
        key: &'a Secret,
        encrypt_type: EncryptType,
        iv: &'a dyn Fn() -> Iv,
    },
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

    /// What V1 takes beyond that: its values are encrypted, and the limit counts the encrypted form.
    pub fn check_limits_of(&self, wire: Wire) -> Result<(), FieldTooLong> {
        self.check_limits()?;
        let encrypted =
            [("userName", self.user_name.as_deref()), ("password", self.password.as_ref().map(Secret::expose))];
        let too_long = encrypted.into_iter().find_map(|(name, text)| {
            let length = text.map_or(0, str::len);
            (length > MAX_PLAINTEXT_BYTES).then_some(FieldTooLong { name, length, max: MAX_PLAINTEXT_BYTES })
        });
        match too_long {
            Some(long) if wire.encrypts_credentials() => Err(long),
            _ => Ok(()),
        }
    }

    const fn is_license_alone(&self) -> bool {
        self.front_end_url.is_empty() && self.license.is_some()
    }

    /// `None` where there is nothing but a license.
    fn to_json(&self, credentials: Credentials<'_>) -> Result<Option<Value>, CredentialError> {
        if self.is_license_alone() {
            return Ok(None);
        }
        let mut members = Map::new();
        members.insert("frontEndUrl".into(), json!(self.front_end_url));
        if let Some(url) = &self.admin_url {
            members.insert("adminUrl".into(), json!(url));
        }
        if let Some(name) = &self.user_name {
            members.insert("userName".into(), json!(credentials.of(name)?));
        }
        if let Some(password) = &self.password {
            members.insert("password".into(), json!(credentials.of(password.expose())?));
        }
        if let Some(memo) = &self.memo {
            members.insert("memo".into(), json!(memo));
        }
        Ok(Some(Value::Object(members)))
    }
}

impl Credentials<'_> {
    fn of<'t>(self, text: &'t str) -> Result<Cow<'t, str>, CredentialError> {
        Ok(match self {
            Self::Clear => text.into(),
            Self::Masked => "***".into(),
            Self::Encrypted { key, encrypt_type, iv } => credential::encrypt(key, encrypt_type, &iv(), text)?.into(),
        })
    }

    const fn encrypt_type(self) -> Option<EncryptType> {
        match self {
            Self::Encrypted { encrypt_type, .. } => Some(encrypt_type),
            Self::Clear | Self::Masked => None,
        }
    }
}

impl Answer {
    pub fn new(result_code: ResultCode, result_msg: impl AsRef<str>) -> Self {
        Self {
            result_code,
            result_msg: truncated(result_msg.as_ref(), MAX_RESULT_MSG),
            instance_id: None,
            app_info: None,
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
        self.encode(Wire::V2, Credentials::Clear).unwrap_or_default()
    }

    /// As sent, without user names, passwords and licenses: the form that may be kept and shown.
    pub fn encode_masked(&self, wire: Wire) -> String {
        self.encode(wire, Credentials::Masked).unwrap_or_default()
    }

    /// The JSON of a generation of the access guide. Fails only where a value is too long to be encrypted.
    pub fn encode(&self, wire: Wire, credentials: Credentials<'_>) -> Result<String, CredentialError> {
        let v1 = wire == Wire::V1;
        let mut members = Map::new();
        members.insert("resultCode".into(), json!(self.result_code.as_str()));
        members.insert("resultMsg".into(), json!(self.result_msg));
        let tells_app_info = self.app_info.as_ref().is_some_and(|told| !told.is_license_alone());
        let tells_credentials = v1 && (tells_app_info || !self.info.is_empty());
        if let Some(encrypt_type) = credentials.encrypt_type().filter(|_| tells_credentials) {
            members.insert("encryptType".into(), json!(encrypt_type.as_str()));
        }
        if let Some(instance_id) = &self.instance_id {
            members.insert("instanceId".into(), json!(instance_id));
        }
        if let Some(app_info) = self.app_info.as_ref().filter(|_| v1) {
            if let Some(app_info) = app_info.to_json(credentials)? {
                members.insert("appInfo".into(), app_info);
            }
            if let Some(license) = &app_info.license {
                let masked = matches!(credentials, Credentials::Masked);
                members.insert("license".into(), json!(if masked { "***" } else { license.expose() }));
            }
        }
        if !self.info.is_empty() {
            let entries: Result<Vec<Value>, CredentialError> =
                self.info.iter().map(|info| info.to_json(credentials)).collect();
            members.insert("info".into(), Value::Array(entries?));
        }
        Ok(ascii_json(&Value::Object(members).to_string()))
    }
}

impl InstanceInfo {
    fn to_json(&self, credentials: Credentials<'_>) -> Result<Value, CredentialError> {
        let mut entry = Map::new();
        entry.insert("instanceId".into(), json!(self.instance_id));
        if let Some(app_info) = &self.app_info
            && let Some(app_info) = app_info.to_json(credentials)?
        {
            entry.insert("appInfo".into(), app_info);
        }
        Ok(Value::Object(entry))
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
        let masked = answer().encode_masked(Wire::V2);
        assert!(masked.contains("https://app.example.com/i-1"));
        assert!(!masked.contains("Passw0rd!") && !masked.contains("admin"), "{masked}");
        assert!(!format!("{:?}", answer()).contains("Passw0rd!"));
    }

    #[test]
    fn v1_tells_the_access_data_at_once_and_encrypted() {
        let app_info = answer().info.remove(0).app_info;
        let bought = Answer { app_info, ..Answer::of(ResultCode::SUCCESS) }.with_instance(InstanceId::new("i-1"));
        let (key, iv) = (Secret::new("demo-key-for-tests-0001"), || Iv::new("Z9y8X7w6V5u4T3s2").unwrap());
        let encrypted = Credentials::Encrypted { key: &key, encrypt_type: EncryptType::Aes256, iv: &iv };
        let read: Value = serde_json::from_str(&bought.encode(Wire::V1, encrypted).unwrap()).unwrap();
        assert_eq!(read["encryptType"], "1");
        assert_eq!(read["appInfo"]["password"], "Z9y8X7w6V5u4T3s2SroxKfRyiulBU62IdoMqDQ==");
        assert!(!bought.encode_v2().contains("appInfo"), "V2 leaves it to queryInstance");
        let long = AppInfo { user_name: Some("x".repeat(80)), ..AppInfo::default() };
        assert_eq!(long.check_limits_of(Wire::V2), Ok(()));
        assert_eq!(long.check_limits_of(Wire::V1), Err(FieldTooLong { name: "userName", length: 80, max: 79 }));
    }

    #[test]
    fn a_license_stands_beside_the_access_data_and_is_masked_like_them() {
        let app_info = AppInfo { license: Some(Secret::new("0078-LICENSE")), ..AppInfo::default() };
        let answer = Answer { app_info: Some(app_info), ..Answer::of(ResultCode::SUCCESS) };
        let (key, iv) = (Secret::new("demo-key-for-tests-0001"), || Iv::new("Z9y8X7w6V5u4T3s2").unwrap());
        let encrypted = Credentials::Encrypted { key: &key, encrypt_type: EncryptType::Aes256, iv: &iv };
        let read: Value = serde_json::from_str(&answer.encode(Wire::V1, encrypted).unwrap()).unwrap();
        assert_eq!(read["license"], "0078-LICENSE", "the page encrypts it not");
        assert!(read.get("appInfo").is_none() && read.get("encryptType").is_none());
        assert!(!answer.encode_masked(Wire::V1).contains("0078"));
    }

    #[test]
    fn a_long_message_is_cut_at_255_characters() {
        let long = "因".repeat(300);
        assert_eq!(Answer::new(ResultCode::INTERNAL_ERROR, long).result_msg.chars().count(), 255);
    }

    #[test]
    fn the_documented_lengths_of_an_answer_are_enforced() {
        let of = |name: &str, text: String| {
            let mut info = AppInfo { front_end_url: "https://a".into(), ..AppInfo::default() };
            match name {
                "frontEndUrl" => info.front_end_url = text,
                "adminUrl" => info.admin_url = Some(text),
                "userName" => info.user_name = Some(text),
                "password" => info.password = Some(Secret::new(text)),
                _ => info.memo = Some(text),
            }
            info
        };
        for (name, max) in
            [("frontEndUrl", 512), ("adminUrl", 512), ("userName", 128), ("password", 128), ("memo", 1024)]
        {
            assert_eq!(of(name, "字".repeat(max)).check_limits(), Ok(()), "{name}");
            let long = FieldTooLong { name, length: max + 1, max };
            assert_eq!(of(name, "x".repeat(max + 1)).check_limits_of(Wire::V2), Err(long.clone()));
            assert_eq!(of(name, "x".repeat(max + 1)).check_limits_of(Wire::V1), Err(long));
        }
        // What V1 encrypts may be no longer than what fits into 128 characters.
        for name in ["userName", "password"] {
            assert_eq!(of(name, "x".repeat(79)).check_limits_of(Wire::V1), Ok(()));
            let long = FieldTooLong { name, length: 81, max: 79 };
            assert_eq!(of(name, "字".repeat(27)).check_limits_of(Wire::V1), Err(long));
        }
        for code in [ResultCode::SUCCESS, ResultCode::LICENSE_FINGERPRINT] {
            assert_eq!(Answer::of(code).result_code.as_str().len(), 6);
        }
    }
}
