//! What makes two calls, or two errands, the same business. Keys are stored: what they are made of must not change.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Action;
use crate::protocol::{
    callback::{
        Activity, Callback, LicenseChange, SyncChange,
        kit::{Department, User},
    },
    id::{InstanceId, OrderId, OrderLine},
    open_api::license::ClientUse,
};

/// What makes two calls the same business. `businessId`, nonce and timestamp differ on every call and are no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageKey(String);

impl MessageKey {
    pub fn of(callback: &Callback) -> Self {
        let activity = &callback.activity;
        let name = &callback.name;
        Self(match activity {
            Activity::NewInstance { order, .. } | Activity::OrderNotify { order } => {
                format!("{name}/{}", whole(order))
            }
            // An unsubscribed renewal may name the order of the renewal, so the scene tells them apart.
            Activity::RefreshInstance { instance_id, order, scene, .. } => {
                format!("{name}/{instance_id}/{}/{}", whole(order), scene.as_wire())
            }
            Activity::UpgradeInstance { instance_id, order, .. } => {
                format!("{name}/{instance_id}/{}", whole(order))
            }
            Activity::UpdateInstanceStatus { instance_id, status, .. } => {
                format!("{name}/{instance_id}/{}", status.as_wire())
            }
            Activity::ReleaseInstance { instance_id, .. } => format!("{name}/{instance_id}"),
            Activity::ChangeInstanceCheck { instance_id, product_info } => {
                format!("{name}/{instance_id}/{}", digest(&product_info.to_string()))
            }
            Activity::QueryInstance { instance_ids } => {
                let ids: Vec<&str> = instance_ids.iter().map(InstanceId::as_str).collect();
                format!("{name}/{}", digest(&ids.join(",")))
            }
            Activity::GetLicenseAsync(application) => {
                let fingerprint = application.device_fingerprint.as_deref().unwrap_or_default();
                format!("{name}/{}/{}", application.event_id, digest(fingerprint))
            }
            Activity::License { license, change } => match change {
                LicenseChange::Refresh { order, scene, .. } => {
                    format!("{name}/{license}/{}/{}", whole(order), scene.as_wire())
                }
                LicenseChange::Status(status) => format!("{name}/{license}/{}", status.as_wire()),
                LicenseChange::Release { .. } => format!("{name}/{license}"),
            },
            // The same words may be new business later on, so the time is no part of the key and nothing is a repeat.
            Activity::Kit(sync) => {
                let instance_id = sync.instance_id.as_ref().map(InstanceId::as_str);
                let said = json!([instance_id, fields(&sync.change)]).to_string();
                format!("{name}/{}/{}", sync.tenant_id, digest(&said))
            }
            Activity::Unknown { .. } => {
                let mut members: Vec<String> = callback
                    .unknown
                    .iter()
                    .filter(|(name, _)| *name != "businessId")
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                members.sort();
                format!("{name}/{}", digest(&members.join("\n")))
            }
        })
    }

    pub fn of_action(action: &Action) -> Self {
        let name = action.activity();
        Self(match action {
            Action::ActivateLicense { license, .. } | Action::QueryLicense { license } => format!("{name}/{license}"),
            Action::ReportLicenseUse { license, client, day } => {
                let used = match client {
                    ClientUse::Id(id) => format!("id/{id}"),
                    ClientUse::ActiveNum(number) => format!("active_num/{number}"),
                };
                format!("{name}/{license}/{day}/{}", digest(&used))
            }
            Action::QueryOrder { order_id, order_line_id: None } => format!("{name}/{order_id}"),
            Action::QueryOrder { order_id, order_line_id: Some(line) } => format!("{name}/{order_id}/{line}"),
            Action::PushUsage { push, .. } => format!("{name}/{push}"),
            Action::UploadLicense { event_id, .. } => format!("{name}/{event_id}"),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 32 hex digits that stand for the key where its text would be too long.
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

/// Everything that a change says, one by one and in this order for good: keys made of it are stored. Only `clientSecret` is
/// left out, which is another ciphertext each time that it is encrypted.
fn fields(change: &SyncChange) -> Value {
    match change {
        SyncChange::Tenant { flag, order_id, tenant_code, name, domain_name } => {
            json!([flag.as_wire(), order_id.as_ref().map(OrderId::as_str), tenant_code, name, domain_name])
        }
        SyncChange::Application { flag, app_id, client_id, client_secret: _ } => {
            json!([flag.as_wire(), app_id, client_id])
        }
        SyncChange::Users { flag, app_id, users } => {
            json!([flag.as_wire(), app_id, users.iter().map(user).collect::<Vec<_>>()])
        }
        SyncChange::Department { flag, department: one } => json!([flag.as_wire(), department(one)]),
        SyncChange::AllDepartments { departments } => departments.iter().map(department).collect(),
    }
}

fn user(user: &User) -> Value {
    let User {
        user_name,
        name,
        org_code,
        role,
        enable,
        position,
        employee_code,
        employee_type,
        mobile,
        email,
        work_place,
        entry_date,
    } = user;
    json!([
        user_name,
        name,
        org_code,
        role,
        enable,
        position,
        employee_code,
        employee_type,
        mobile,
        email,
        work_place,
        entry_date
    ])
}

fn department(department: &Department) -> Value {
    let Department { org_code, name, parent_code } = department;
    json!([org_code, name, parent_code])
}

/// A line's id mostly begins with its order's; said once, it keeps the index small.
fn whole(order: &OrderLine) -> String {
    let OrderLine { order_id, order_line_id } = order;
    match order_line_id.as_str().strip_prefix(order_id.as_str()) {
        Some(number) if number.starts_with('-') => order_line_id.to_string(),
        // V1 names no line.
        _ if order_line_id.as_str().is_empty() => order_id.to_string(),
        _ => format!("{order_id}/{order_line_id}"),
    }
}

fn digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        callback::{
            KitVersion,
            kit::{Interface, parse},
        },
        id::LicenseCode,
    };

    fn of_sync(interface: Interface, body: &str) -> MessageKey {
        MessageKey::of(&parse(KitVersion::V2, interface, body.as_bytes()).unwrap())
    }

    /// Whoever changes one of these makes business that is stored already come as new.
    #[test]
    fn keys_of_organisations_are_made_of_what_is_said_and_stay_as_they_are() {
        for (interface, body, name, said) in [
            (
                Interface::TenantSync,
                r#"{"instanceId":"i-1","orderId":"CS1","tenantId":"t","tenantCode":"c","name":"n","domainName":"d",
                    "flag":"1","timeStamp":"20261124000000000"}"#,
                "tenantSync",
                r#"["i-1",["1","CS1","c","n","d"]]"#,
            ),
            (
                Interface::ApplicationSync,
                r#"{"instanceId":"i-1","tenantId":"t","appId":"a","clientId":"k","clientSecret":"s","flag":"2"}"#,
                "applicationSync",
                r#"["i-1",["2","a","k"]]"#,
            ),
            (
                Interface::AuthSync,
                r#"{"instanceId":"i-1","tenantId":"t","appId":"a","flag":"3","currentSyncTime":"20261124000000000",
                    "userList":[{"userName":"u","name":"n","orgCode":"o","role":"user","enable":"true","mobile":"1"}]}"#,
                "authSync",
                r#"["i-1",["3","a",[["u","n","o","user",true,null,null,null,"1",null,null,null]]]]"#,
            ),
            (
                Interface::SingleOrgSync,
                r#"{"instanceId":"i-1","tenantId":"t","orgCode":"o","orgName":"n","parentCode":"p","flag":"9"}"#,
                "singleOrgSync",
                r#"["i-1",["9",["o","n","p"]]]"#,
            ),
            (
                Interface::AllOrgSync,
                r#"{"instanceId":"i-1","tenantId":"t","orgInfoList":[{"orgCode":"o","orgName":"n","parentCode":""}]}"#,
                "allOrgSync",
                r#"["i-1",[["o","n",null]]]"#,
            ),
        ] {
            assert_eq!(of_sync(interface, body).as_str(), format!("{name}/t/{}", digest(said)), "{name}");
        }
    }

    #[test]
    fn a_client_secret_that_is_encrypted_anew_is_the_same_business() {
        let with = |secret: &str| {
            let body = json!({ "instanceId": "i-1", "tenantId": "t", "appId": "a", "clientId": "k",
                               "clientSecret": secret, "flag": "1" });
            of_sync(Interface::ApplicationSync, &body.to_string())
        };
        assert_eq!(with("one"), with("another"));
    }

    #[test]
    fn what_a_client_used_is_told_once_a_day() {
        let of = |client: ClientUse, day| {
            MessageKey::of_action(&Action::ReportLicenseUse { license: LicenseCode::new("PL1"), client, day })
        };
        let name =
            Action::ReportLicenseUse { license: LicenseCode::new("PL1"), client: ClientUse::ActiveNum(7), day: 1 };
        let name = name.activity();
        assert_eq!(of(ClientUse::Id("c".into()), 20_000).as_str(), format!("{name}/PL1/20000/{}", digest("id/c")));
        assert_eq!(of(ClientUse::ActiveNum(7), 1).as_str(), format!("{name}/PL1/1/{}", digest("active_num/7")));
    }
}
