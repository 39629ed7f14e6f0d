//! What a call says, member by member, for people to read: everything that came, what is new to this version marked as
//! such, `saasExtendParams` decoded (KooGallery page zh-cn_topic_0000001297828992), `mobilePhone` and `email` of V1
//! decrypted (zh-cn_topic_0070649013). Knows no key: whoever shows a call brings one, and keeps nothing of what it opens.

use serde_json::{Map, Value};

use super::{
    Activity, Callback, ChargingMode, ExtendParam, LicenseChange, Scene, StatusChange, SyncChange, Wire,
    kit::Flag,
    order::{EXTEND_PARAMS, extend_params},
};
use crate::protocol::Secret;

/// Encrypted in V1, where they come at all.
const ENCRYPTED: [&str; 2] = ["mobilePhone", "email"];

/// One member of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub name: String,
    pub value: SaidValue,
    /// The member, or what it says, is not known to this version.
    pub is_new: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SaidValue {
    /// As it came; lists and objects as JSON.
    Text(String),
    Params(Vec<ExtendParam>),
    /// Came encrypted. For the eyes of whoever asked, and never kept.
    Decrypted(Secret),
    /// Came encrypted, and no Key opens it.
    Encrypted(String),
}

/// Everything but the activity, which is the call's name. `decrypt` opens a value of V1.
pub fn said(callback: &Callback, members: Map<String, Value>, decrypt: impl Fn(&str) -> Option<Secret>) -> Vec<Said> {
    let strange = strange_values(callback);
    let others = members.into_iter().filter(|(name, _)| name != "activity");
    let told = others.map(|(name, value)| {
        let is_new = callback.unknown.contains_key(&name) || strange.contains(&name.as_str());
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let value = match name.as_str() {
            EXTEND_PARAMS => extend_params(&text).map_or(SaidValue::Text(text), SaidValue::Params),
            name if callback.wire == Wire::V1 && ENCRYPTED.contains(&name) && !text.is_empty() => {
                decrypt(&text).map_or(SaidValue::Encrypted(text), SaidValue::Decrypted)
            }
            _ => SaidValue::Text(text),
        };
        Said { name, value, is_new }
    });
    told.collect()
}

/// Members whose words are not among those of the pages.
fn strange_values(callback: &Callback) -> Vec<&'static str> {
    let status = if callback.wire == Wire::V1 { "instanceStatus" } else { "status" };
    match &callback.activity {
        Activity::RefreshInstance { scene: Scene::Unknown(_), .. }
        | Activity::License { change: LicenseChange::Refresh { scene: Scene::Unknown(_), .. }, .. } => vec!["scene"],
        Activity::UpdateInstanceStatus { status: StatusChange::Unknown(_), .. }
        | Activity::License { change: LicenseChange::Status(StatusChange::Unknown(_)), .. } => vec![status],
        Activity::NewInstance { details: Some(details), .. } => match details.charging_mode {
            Some(ChargingMode::Unknown(_)) => vec!["chargingMode"],
            _ => vec![],
        },
        Activity::Kit(sync) => match &sync.change {
            SyncChange::Tenant { flag: Flag::Unknown(_), .. }
            | SyncChange::Application { flag: Flag::Unknown(_), .. }
            | SyncChange::Users { flag: Flag::Unknown(_), .. }
            | SyncChange::Department { flag: Flag::Unknown(_), .. } => vec!["flag"],
            _ => vec![],
        },
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::credential::{self, EncryptType};

    fn of(wire: Wire, interface: &str, query: &str, body: &str) -> Vec<Said> {
        let callback = wire.read(interface, query, body.as_bytes()).unwrap();
        let key = Secret::new("demo-key-for-tests-0001");
        said(&callback, wire.members(query, body), |text| credential::decrypt(&key, EncryptType::Aes256, text).ok())
    }

    fn text(name: &str, value: &str, is_new: bool) -> Said {
        Said { name: name.into(), value: SaidValue::Text(value.into()), is_new }
    }

    #[test]
    fn what_is_new_is_marked_and_nothing_is_left_out() {
        let body = r#"{"activity":"refreshInstance","scene":"GIFT","orderId":"o","orderLineId":"l","instanceId":"i","expireTime":"20301124023618","seats":{"a":[1,null]}}"#;
        assert_eq!(
            of(Wire::V2, "", "signature=s", body),
            [
                text("scene", "GIFT", true),
                text("orderId", "o", false),
                text("orderLineId", "l", false),
                text("instanceId", "i", false),
                text("expireTime", "20301124023618", false),
                text("seats", r#"{"a":[1,null]}"#, true),
            ]
        );
        let body = r#"{"activity":"updateInstanceStatus","instanceId":"i","status":"THAW"}"#;
        assert_eq!(of(Wire::V2, "", "", body)[1], text("status", "THAW", true));
        let query = "activity=instanceStatus&instanceId=i&instanceStatus=THAW&timeStamp=20261123080910123&authToken=t";
        let told = of(Wire::V1, "", query, "");
        assert_eq!(told[1], text("instanceStatus", "THAW", true));
        assert!(told.iter().all(|member| member.name != "authToken"));
        let kit = of(Wire::ALL[3], "tenantSync", "", r#"{"tenantId":"t","flag":9,"name":"n"}"#);
        assert_eq!(kit, [text("tenantId", "t", false), text("flag", "9", true), text("name", "n", false)]);
        let strange = of(Wire::V2, "", "", r#"{"activity":"paintInstance","colour":"red"}"#);
        assert_eq!(strange, [text("colour", "red", true)]);
    }

    #[test]
    fn what_v1_encodes_and_encrypts_is_told_in_clear() {
        let query = "activity=newInstance&businessId=b&customerId=c&orderId=o&productId=p&chargingMode=9&timeStamp=20261123080910123\
                     &mobilePhone=A1b2C3d4E5f6G7h8iuGb51wC25JlkO2AeCTIiA%3D%3D&email=somebody%40example.com\
                     &saasExtendParams=W3sibmFtZSI6InNlYXRzIiwidmFsdWUiOjEwfV0%3D";
        let told = of(Wire::V1, "", query, "");
        let value = |name: &str| told.iter().find(|member| member.name == name).unwrap().clone();
        assert_eq!(value("mobilePhone").value, SaidValue::Decrypted(Secret::new("13800000000")));
        assert_eq!(value("email").value, SaidValue::Encrypted("somebody@example.com".into()));
        let seats = ExtendParam { name: "seats".into(), value: "10".into() };
        assert_eq!(value("saasExtendParams").value, SaidValue::Params(vec![seats.clone()]));
        assert!(value("chargingMode").is_new && !value("saasExtendParams").is_new);
        // An upgrade tells them as well, and what cannot be read is shown as it came.
        let upgrade = "activity=upgrade&instanceId=i&orderId=o&skuCode=s&productId=p&timeStamp=20261123080910123&saasExtendParams=";
        let readable = of(Wire::V1, "", &format!("{upgrade}W3sibmFtZSI6InNlYXRzIiwidmFsdWUiOjEwfV0%3D"), "");
        assert_eq!(readable[3].value, SaidValue::Params(vec![seats]));
        let unreadable = of(Wire::V1, "", &format!("{upgrade}%25%25"), "");
        assert_eq!(unreadable[3], text("saasExtendParams", "%%", true));
        assert!(!format!("{told:?}").contains("13800000000"));
    }
}
