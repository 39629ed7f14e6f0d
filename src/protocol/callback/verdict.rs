//! How the marketplace judges an answer: the simulated one, and the operator who calls as it would. The failures speak in the console's own texts
//! (KooGallery page zh-cn_topic_0070649300); what the console has no text for is in the same tone.

use serde_json::{Map, Value};

use super::{Activity, AppInfo, Delivers, InstanceInfo, NoReply, Reply};
use crate::protocol::{
    ResultCode, Secret,
    credential::{self, EncryptType, MAX_VALUE_CHARS},
    id::InstanceId,
    signature::body_sign,
};

const MAX_ID: usize = 64;
const MAX_RESULT_MSG: usize = 255;

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Accepted,
    /// 000004 to a purchase, or an instance without access data to a query: the marketplace will ask again. 000004 to an
    /// application for a License: it will be uploaded.
    InProgress,
    Failed(Failure),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("调测失败,生产地址不可达 ({0})")]
    Unreachable(String),
    #[error("调测失败,调用接口超时{seconds}s")]
    Timeout { seconds: String },
    #[error("调测失败,接口响应httpCode={0},请检查服务器日志,定位失败原因")]
    HttpStatus(u16),
    #[error(
        r#"调测失败,响应content-type格式错误,返回的格式为{},正确的格式为"application/json""#,
        .0.as_deref().unwrap_or("null")
    )]
    ContentType(Option<String>),
    #[error(r#"调测失败,解析响应体失败,响应格式参考{{"resultCode":"000000","resultMsg":"success."}}"#)]
    Unreadable,
    #[error("调用失败,生产接口resultCode返回错误 ({code}: {message})")]
    ResultCode { code: ResultCode, message: String },
    #[error("调测失败,接口响应缺少{0}")]
    Missing(&'static str),
    #[error("调测失败,生产接口响应头缺少Body-Sign,或Body-Sign格式错误")]
    BodySign,
    #[error("调测失败,字段{0}解密失败")]
    Credential(&'static str),
    #[error("调测失败,字段{0}长度不合法")]
    Length(&'static str),
    /// The seller gave the id of one purchase to another.
    #[error("调测失败,instanceId {0} 已被其他订单使用")]
    InstanceIdTaken(InstanceId),
    /// As it was told before the marketplace was kept.
    #[error("{0}")]
    Told(String),
    /// 000004 was answered, and the access data never came.
    #[error("调测失败,实例未在规定时间内开通")]
    NotInTime,
}

/// A verdict and what the answer said beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub instance_id: Option<InstanceId>,
    pub info: Vec<InstanceInfo>,
}

pub fn judge(activity: &Activity, reply: &Result<Reply, NoReply>) -> Judgement {
    or_failed(read(activity, None, reply))
}

/// As V1 judges: every answer is signed with the Key, a purchase tells the access data at once and encrypted, and nothing is
/// put off.
pub fn judge_v1(activity: &Activity, key: &Secret, reply: &Result<Reply, NoReply>) -> Judgement {
    or_failed(read(activity, Some(key), reply))
}

fn or_failed(judged: Result<Judgement, Failure>) -> Judgement {
    judged.unwrap_or_else(|failure| Judgement { verdict: Verdict::Failed(failure), instance_id: None, info: vec![] })
}

fn read(activity: &Activity, v1: Option<&Secret>, reply: &Result<Reply, NoReply>) -> Result<Judgement, Failure> {
    let reply = reply.as_ref().map_err(Failure::from)?;
    if reply.status != 200 {
        return Err(Failure::HttpStatus(reply.status));
    }
    let media_type = reply.content_type.as_deref().and_then(|text| text.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|text| text.eq_ignore_ascii_case("application/json")) {
        return Err(Failure::ContentType(reply.content_type.clone()));
    }
    if let Some(key) = v1 {
        let signed = reply.body_sign.as_deref().is_some_and(|sign| body_sign::verify(key, sign, &reply.body).is_ok());
        if !signed {
            return Err(Failure::BodySign);
        }
    }
    let members: Map<String, Value> = serde_json::from_slice(&reply.body).map_err(|_| Failure::Unreadable)?;
    let (Some(code), Some(message)) = (text(&members, "resultCode"), text(&members, "resultMsg")) else {
        return Err(Failure::Unreadable);
    };
    if code.len() != 6 {
        return Err(Failure::Length("resultCode"));
    }
    at_most(message, MAX_RESULT_MSG, "resultMsg")?;
    let code = ResultCode::new(code);
    let later = v1.is_none()
        && code == ResultCode::IN_PROGRESS
        && matches!(
            activity,
            Activity::NewInstance { .. } | Activity::QueryInstance { .. } | Activity::GetLicenseAsync(_)
        );
    if !code.is_success() && !later {
        return Err(Failure::ResultCode { code, message: message.to_owned() });
    }
    let mut judgement = Judgement {
        verdict: if later { Verdict::InProgress } else { Verdict::Accepted },
        instance_id: None,
        info: vec![],
    };
    let cipher = v1.map(|key| Cipher::of(key, &members)).transpose()?;
    match activity {
        Activity::NewInstance { delivers, .. } => {
            let instance_id = instance_id(&members)?;
            if let Some(cipher) = &cipher {
                let app_info = Some(bought(&members, *delivers, cipher)?);
                judgement.info.push(InstanceInfo { instance_id: instance_id.clone(), app_info });
            }
            judgement.instance_id = Some(instance_id);
        }
        Activity::QueryInstance { instance_ids } => {
            judgement.info = infos(&members, cipher.as_ref())?;
            let told =
                |id: &InstanceId| judgement.info.iter().any(|info| info.instance_id == *id && info.app_info.is_some());
            if !instance_ids.iter().all(told) {
                judgement.verdict = Verdict::InProgress;
            }
        }
        _ => {}
    }
    Ok(judgement)
}

/// What V1's credentials are decrypted with.
struct Cipher<'a> {
    key: &'a Secret,
    encrypt_type: EncryptType,
}

impl<'a> Cipher<'a> {
    fn of(key: &'a Secret, members: &Map<String, Value>) -> Result<Self, Failure> {
        let encrypt_type = match members.get("encryptType") {
            None | Some(Value::Null) => EncryptType::default(),
            Some(Value::String(text)) => text.parse().map_err(|_| Failure::Credential("encryptType"))?,
            Some(other) => other.to_string().parse().map_err(|_| Failure::Credential("encryptType"))?,
        };
        Ok(Self { key, encrypt_type })
    }

    fn decrypt(&self, name: &'static str, value: &str) -> Result<String, Failure> {
        at_most(value, MAX_VALUE_CHARS, name)?;
        let plain = credential::decrypt(self.key, self.encrypt_type, value);
        plain.map(|plain| plain.expose().to_owned()).map_err(|_| Failure::Credential(name))
    }
}

fn bought(members: &Map<String, Value>, delivers: Delivers, cipher: &Cipher<'_>) -> Result<AppInfo, Failure> {
    if delivers == Delivers::License {
        let license = text(members, "license").ok_or(Failure::Missing("license"))?;
        return Ok(AppInfo { license: Some(Secret::new(license)), ..AppInfo::default() });
    }
    match members.get("appInfo").and_then(Value::as_object) {
        Some(app_info) => read_app_info(app_info, Some(cipher)),
        None => Err(Failure::Missing("frontEndUrl")),
    }
}

impl From<&NoReply> for Failure {
    fn from(reply: &NoReply) -> Self {
        match reply {
            NoReply::Timeout(millis) => Self::Timeout { seconds: seconds(*millis) },
            NoReply::Unreachable(cause) => Self::Unreachable(cause.clone()),
            NoReply::TooLong => Self::Unreadable,
        }
    }
}

/// To a tenth.
fn seconds(millis: u64) -> String {
    let tenths = millis.saturating_add(50) / 100;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

fn infos(members: &Map<String, Value>, cipher: Option<&Cipher<'_>>) -> Result<Vec<InstanceInfo>, Failure> {
    let Some(entries) = members.get("info").filter(|info| !info.is_null()) else { return Ok(vec![]) };
    let entries = entries.as_array().ok_or(Failure::Unreadable)?;
    entries
        .iter()
        .map(|entry| {
            let entry = entry.as_object().ok_or(Failure::Unreadable)?;
            check_usage(entry)?;
            let app_info = match entry.get("appInfo") {
                None | Some(Value::Null) => None,
                Some(app_info) => Some(read_app_info(app_info.as_object().ok_or(Failure::Unreadable)?, cipher)?),
            };
            Ok(InstanceInfo { instance_id: instance_id(entry)?, app_info })
        })
        .collect()
}

fn check_usage(entry: &Map<String, Value>) -> Result<(), Failure> {
    let usages = entry.get("usageInfo").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for name in ["usageValue", "statisticalTime"] {
        if usages.iter().any(|usage| usage.get(name).is_none_or(Value::is_null)) {
            return Err(Failure::Missing(name));
        }
    }
    Ok(())
}

fn read_app_info(members: &Map<String, Value>, cipher: Option<&Cipher<'_>>) -> Result<AppInfo, Failure> {
    let optional = |name| text(members, name).map(str::to_owned);
    let credential = |name| match (optional(name), cipher) {
        (Some(value), Some(cipher)) => cipher.decrypt(name, &value).map(Some),
        (value, _) => Ok(value),
    };
    let app_info = AppInfo {
        front_end_url: optional("frontEndUrl").ok_or(Failure::Missing("frontEndUrl"))?,
        admin_url: optional("adminUrl"),
        user_name: credential("userName")?,
        password: credential("password")?.map(Secret::new),
        memo: optional("memo"),
        license: None,
    };
    app_info.check_limits().map_err(|error| Failure::Length(error.name))?;
    Ok(app_info)
}

fn instance_id(members: &Map<String, Value>) -> Result<InstanceId, Failure> {
    let id = text(members, "instanceId").ok_or(Failure::Missing("instanceId"))?;
    at_most(id, MAX_ID, "instanceId")?;
    Ok(InstanceId::new(id))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn at_most(text: &str, max: usize, name: &'static str) -> Result<(), Failure> {
    if text.chars().count() > max { Err(Failure::Length(name)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
