//! The joint-operation kit: the five interfaces, told, told again, and taken back.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    examiner::{Examiner, Rule, all_of, done, done_if_known, left_open, told},
    lifecycle::lacking,
    refusals,
    speaker::{Call, Flaw, Members, Speaker},
};
use crate::{
    protocol::{
        ResultCode,
        callback::{
            Activity, KitVersion, Wire,
            kit::{Interface, MAX_USERS, sub_path},
        },
    },
    simulator::{call::Exchange, ids},
};

const TAKEN: &str = "A synchronisation is answered 000000";
const REPEATED: &str = "What is told again makes nothing new and is answered 000000, a deletion too";
const NOT_THERE: &str = "A deletion is answered 000000 whether or not there is something to delete";

/// Whom a run tells of.
#[derive(Clone)]
struct Tenant {
    instance_id: String,
    order_id: String,
    tenant_id: String,
    app_id: String,
}

impl Tenant {
    fn new(examiner: &mut Examiner) -> Self {
        Self {
            instance_id: examiner.unknown_instance().to_string(),
            order_id: examiner.order().order_id.to_string(),
            tenant_id: ids::nonce(),
            app_id: ids::nonce(),
        }
    }

    /// What one interface carries beside the members of all.
    fn body(&self, version: KitVersion, interface: Interface, flag: u8) -> Members {
        let list = |list: Value| match version {
            KitVersion::V1 => Value::from(list.to_string()),
            KitVersion::V2 => list,
        };
        let mut body = match interface {
            Interface::TenantSync => json!({
                "orderId": self.order_id, "tenantCode": "huawei", "name": "示例企业",
                "domainName": "https://example.tenantaccount.com",
            }),
            Interface::ApplicationSync => json!({
                "appId": self.app_id, "clientId": "client",
                // As long as a text that is encrypted with an RSA key of 3072 bits.
                "clientSecret": STANDARD.encode([7; 384]),
            }),
            Interface::AuthSync => json!({
                "appId": self.app_id, "currentSyncTime": "20260420114117642",
                "userList": list(json!([{
                    "userName": "zhangsan", "name": "张三", "orgCode": "d-1", "role": "admin", "enable": "true",
                }])),
            }),
            Interface::SingleOrgSync => json!({ "orgCode": "d-1", "orgName": "研发部", "parentCode": "" }),
            Interface::AllOrgSync => {
                let (member, name) = match version {
                    KitVersion::V1 => ("orgInfo", "name"),
                    KitVersion::V2 => ("orgInfoList", "orgName"),
                };
                json!({ member: list(json!([{ "orgCode": "d-1", name: "研发部", "parentCode": "" }])) })
            }
        };
        body["instanceId"] = json!(self.instance_id);
        body["tenantId"] = json!(self.tenant_id);
        if interface != Interface::AllOrgSync {
            body["flag"] = json!(flag);
        }
        match body {
            Value::Object(members) => members,
            _ => Members::new(),
        }
    }
}

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let Wire::Kit(version) = speaker.wire else { return };
    let tenant = Tenant::new(examiner);
    for (interface, flag, name) in [
        (Interface::TenantSync, 1, "tenantSync"),
        (Interface::ApplicationSync, 1, "applicationSync"),
        (Interface::AllOrgSync, 1, "allOrgSync"),
        (Interface::SingleOrgSync, 1, "singleOrgSync"),
        (Interface::SingleOrgSync, 2, "singleOrgSync modifying"),
        (Interface::AuthSync, 1, "authSync"),
        (Interface::AuthSync, 2, "authSync modifying"),
    ] {
        twice(examiner, speaker, &tenant, interface, flag, name).await;
    }
    if version == KitVersion::V2 {
        twice(examiner, speaker, &tenant, Interface::AuthSync, 3, "authSync revoking").await;
        twice(examiner, speaker, &tenant, Interface::TenantSync, 2, "tenantSync modifying").await;
    }
    for interface in [Interface::TenantSync, Interface::AuthSync] {
        concurrent(examiner, speaker, &tenant, interface).await;
    }
    people(examiner, speaker, version, &tenant).await;
    let nobody = Tenant::new(examiner);
    for interface in [Interface::AuthSync, Interface::SingleOrgSync, Interface::ApplicationSync, Interface::TenantSync]
    {
        let name = format!("{} deleting", interface.name());
        twice(examiner, speaker, &tenant, interface, 0, &name).await;
        let exchange = tell(examiner, speaker, &nobody, interface, 0).await;
        let outcome = done(&speaker.judge(&any(), &exchange).verdict);
        let name = format!("{} deleting what is not there", interface.name());
        examiner.close(Rule::new(name, NOT_THERE, page(version, interface)), &[exchange], outcome);
    }
    let departments = if version == KitVersion::V1 { "orgInfo" } else { "orgInfoList" };
    for (interface, missing) in [
        (Interface::TenantSync, "tenantId"),
        (Interface::ApplicationSync, "tenantId"),
        (Interface::ApplicationSync, "appId"),
        (Interface::AuthSync, "appId"),
        (Interface::AuthSync, "userList"),
        (Interface::SingleOrgSync, "tenantId"),
        (Interface::SingleOrgSync, "orgCode"),
        (Interface::AllOrgSync, "tenantId"),
        (Interface::AllOrgSync, departments),
    ] {
        let mut members = tenant.body(version, interface, 1);
        members.shift_remove(missing);
        lacking(examiner, speaker, &sub_path(version, interface), interface.name(), members, missing).await;
    }
    let path = sub_path(version, Interface::TenantSync);
    refusals::examine(examiner, speaker, &path, &mut |_: &mut Examiner| nobody.body(version, Interface::TenantSync, 0))
        .await;
}

/// A deletion of an organisation that nobody told of.
pub(super) fn of_nobody(examiner: &mut Examiner, speaker: &Speaker) -> (String, Members) {
    let nobody = Tenant::new(examiner);
    let version = if speaker.is_v1() { KitVersion::V1 } else { KitVersion::V2 };
    (sub_path(version, Interface::TenantSync), nobody.body(version, Interface::TenantSync, 0))
}

/// One synchronisation, by several callers at one moment.
async fn concurrent(examiner: &mut Examiner, speaker: &Speaker, tenant: &Tenant, interface: Interface) {
    let Wire::Kit(version) = speaker.wire else { return };
    // With another instance it is business that was not told before.
    let again = Tenant { instance_id: examiner.unknown_instance().to_string(), ..tenant.clone() };
    let members = |_: &mut Examiner| again.body(version, interface, 1);
    let exchanges = examiner.tell_at_once(speaker, &sub_path(version, interface), members).await;
    let outcome = all_of(exchanges.iter().map(|exchange| done(&speaker.judge(&any(), exchange).verdict)));
    let rule = "The same synchronisation comes several times at one moment: every call is answered 000000, and it is done once";
    let name = format!("{} concurrent", interface.name());
    examiner.close(Rule::new(name, rule, page(version, interface)), &exchanges, outcome);
}

/// As many as one call may carry, with all that may be told of them, and in the form of the other version.
async fn people(examiner: &mut Examiner, speaker: &Speaker, version: KitVersion, tenant: &Tenant) {
    let list: Vec<Value> = (0..MAX_USERS)
        .map(|number| {
            let mut user = json!({
                "userName": format!("user-{number:03}"), "name": format!("员工{number}"), "orgCode": "d-1", "role": "user",
                "enable": "true",
            });
            let more = json!({
                "position": "工程师", "employeeCode": format!("E{number:05}"), "employeeType": 1,
                "mobile": "13800000000", "email": format!("user-{number:03}@example.com"), "workPlace": "深圳",
            });
            match (version, user.as_object_mut(), more) {
                (KitVersion::V1, Some(user), more) => drop(user.insert("extension".into(), more)),
                (KitVersion::V2, Some(user), Value::Object(more)) => user.extend(more),
                _ => {}
            }
            user
        })
        .collect();
    let text = Value::from(Value::from(list.clone()).to_string());
    let source = page(version, Interface::AuthSync);
    let (usual, other) = match version {
        KitVersion::V1 => (text, Value::from(list)),
        KitVersion::V2 => (Value::from(list), text),
    };
    let path = sub_path(version, Interface::AuthSync);
    for (name, value, is_open, rule) in [
        (
            "authSync of 500 users",
            &usual,
            false,
            "One call carries up to 500 users, with mobile and email where the buyer agreed to it",
        ),
        (
            "authSync with userList in the other form",
            &other,
            true,
            "userList is a text that holds a JSON list in V1.0, and a JSON list in V2.0; a seller can read both",
        ),
    ] {
        let mut members = tenant.body(version, Interface::AuthSync, 1);
        members.insert("userList".into(), value.clone());
        let exchange = examiner.tell(speaker, &path, members, &Flaw::None).await;
        let outcome = done(&speaker.judge(&any(), &exchange).verdict);
        let outcome = if is_open { left_open(outcome) } else { outcome };
        examiner.close(Rule::new(name, rule, source), &[exchange], outcome);
    }
    let mut members = tenant.body(version, Interface::AuthSync, 0);
    members.insert("userList".into(), usual);
    let exchange = examiner.tell(speaker, &path, members, &Flaw::None).await;
    let outcome = done(&speaker.judge(&any(), &exchange).verdict);
    examiner.close(Rule::new("authSync deleting 500 users", REPEATED, source), &[exchange], outcome);
}

fn any() -> Activity {
    Activity::Unknown { name: String::new() }
}

fn page(version: KitVersion, interface: Interface) -> &'static str {
    match (version, interface) {
        (KitVersion::V1, Interface::TenantSync) => "zh-cn_topic_0070649109",
        (KitVersion::V1, Interface::ApplicationSync) => "zh-cn_topic_0070649110",
        (KitVersion::V1, Interface::AuthSync) => "zh-cn_topic_0070649111",
        (KitVersion::V1, Interface::SingleOrgSync) => "zh-cn_topic_0070649112",
        (KitVersion::V1, Interface::AllOrgSync) => "zh-cn_topic_0070649113",
        (KitVersion::V2, Interface::TenantSync) => "zh-cn_topic_0070649433",
        (KitVersion::V2, Interface::ApplicationSync) => "zh-cn_topic_0070649434",
        (KitVersion::V2, Interface::AuthSync) => "zh-cn_topic_0070649435",
        (KitVersion::V2, Interface::SingleOrgSync) => "zh-cn_topic_0070649436",
        (KitVersion::V2, Interface::AllOrgSync) => "zh-cn_topic_0070649437",
    }
}

async fn tell(examiner: &mut Examiner, speaker: &Speaker, tenant: &Tenant, interface: Interface, flag: u8) -> Exchange {
    let Wire::Kit(version) = speaker.wire else { return examiner.send(Call::default()).await };
    let members = tenant.body(version, interface, flag);
    examiner.tell(speaker, &sub_path(version, interface), members, &Flaw::None).await
}

/// It, and the same again.
async fn twice(
    examiner: &mut Examiner,
    speaker: &Speaker,
    tenant: &Tenant,
    interface: Interface,
    flag: u8,
    name: &str,
) {
    let Wire::Kit(version) = speaker.wire else { return };
    let source = page(version, interface);
    // The secret of a run is encrypted with nobody's key: a seller that cannot decrypt it may say so.
    let secret = interface == Interface::ApplicationSync && flag != 0;
    let judged = |exchange: &Exchange| {
        let verdict = speaker.judge(&any(), exchange).verdict;
        if secret && told(exchange).is_ok_and(|code| code != ResultCode::SUCCESS) {
            left_open(done(&verdict))
        } else if flag == 3 {
            done_if_known(&verdict)
        } else {
            done(&verdict)
        }
    };
    let first = tell(examiner, speaker, tenant, interface, flag).await;
    examiner.close(Rule::new(name, TAKEN, source), std::slice::from_ref(&first), judged(&first));
    let second = tell(examiner, speaker, tenant, interface, flag).await;
    let outcome = judged(&second);
    examiner.close(Rule::new(format!("{name} repeated"), REPEATED, source), &[first, second], outcome);
}
