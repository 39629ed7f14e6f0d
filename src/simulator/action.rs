//! What buyers, operators and a joint organisation's administrator can do at the marketplace, one variant each, as it is
//! written down: a body of the control API, a step of a scenario, a line of a recording. [`Marketplace::perform`] does it.
//!
//! [`Marketplace::perform`]: super::Marketplace::perform

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Customer, MessageId, Product, offers::read_trial_days};
use crate::protocol::id::{EventId, InstanceId, LicenseCode, OrderId};

/// In JSON an object whose member `action` names it: `{"action": "renew", "instanceId": "..."}`. Whatever is left out is
/// what most would mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Of a product in the catalogue, or of one that is told with it.
    Buy {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<Customer>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charging_mode: Option<ChargingMode>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "read_trial_days")]
        trial_days: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        linear_value: Option<u32>,
    },
    /// 试用.
    Try {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<Customer>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "read_trial_days")]
        days: Option<u16>,
    },
    /// 试用转正.
    Formalise {
        instance_id: InstanceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
    },
    Renew(Subject),
    /// The last renewal is taken back.
    CancelRenewal(Subject),
    /// 续费变更: asked with `changeInstanceCheck` first, and ordered only where the seller allows it.
    /// Without a product it is another quantity of the same.
    Change {
        instance_id: InstanceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        linear_value: Option<u32>,
    },
    /// 实例升级, at once.
    Upgrade {
        instance_id: InstanceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        linear_value: Option<u32>,
    },
    /// `changeInstanceCheck` alone.
    CheckChange {
        instance_id: InstanceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        linear_value: Option<u32>,
    },
    /// The period is over now.
    Expire {
        instance_id: InstanceId,
    },
    Freeze(Subject),
    Unfreeze(Subject),
    /// The retention is over now.
    Release(Subject),
    /// 退订.
    Unsubscribe(Subject),
    /// 订单通知.
    NotifyOrder {
        order_id: OrderId,
    },
    /// A buyer opens the resource details.
    Look {
        instance_id: InstanceId,
    },
    /// `queryInstance`: how much of what is paid by use was used; of V1 the resource details do not ask it.
    Query {
        instance_id: InstanceId,
    },
    /// Authorization codes are bought.
    Licenses {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<Product>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<Customer>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u16>,
    },
    /// 申请测试授权码.
    TestCodes {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid_days: Option<u16>,
    },
    /// 领取.
    Receive {
        license: LicenseCode,
    },
    /// For a License of an online License product.
    Apply {
        instance_id: InstanceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device_fingerprint: Option<String>,
    },
    /// No License is taken for that application any more.
    Deny {
        event_id: EventId,
    },
    /// A joint product is bound to an organisation: `tenantSync`, `applicationSync`, `allOrgSync`, and `authSync` of the
    /// people named.
    BindOrganisation {
        instance_id: InstanceId,
        #[serde(default)]
        organisation: Organisation,
    },
    /// The organisation is dissolved, or gives the product back.
    UnbindOrganisation {
        instance_id: InstanceId,
    },
    /// `authSync`.
    ChangePeople {
        instance_id: InstanceId,
        change: PeopleChange,
        people: Vec<Person>,
    },
    /// `singleOrgSync` of each that is new, other than before or gone; what is told is the whole tree.
    ChangeDepartments {
        instance_id: InstanceId,
        departments: Vec<Department>,
    },
    /// Any interface of the kit with any body.
    Sync {
        interface: String,
        body: Map<String, Value>,
    },
    /// 重新启动.
    Restart {
        message: MessageId,
    },
    /// The marketplace does not call again by itself.
    Stop {
        message: MessageId,
    },
    /// The order of the message is judged failed before its time.
    Refund {
        message: MessageId,
    },
    /// The product leaves the catalogue.
    Withdraw {
        product_id: String,
    },
    /// Another seller sells something: an order and an instance that are none of this one's business.
    SoldByAnother,
    /// 调测并保存用例: what a debugging message asked is replayed by the probes.
    SaveCase {
        message: MessageId,
    },
    /// Replays all saved cases now.
    Probe,
    /// Whether what follows is 接口调试: `testFlag` 1, one try, no failed order counted.
    Debugging {
        on: bool,
    },
}

/// An instance or an authorization code, exactly one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<LicenseCode>,
}

/// `chargingMode` as the order query says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargingMode {
    Period,
    OneTime,
    OnDemand,
    OnDemandPkg,
}

impl ChargingMode {
    pub const fn as_wire(self) -> &'static str {
        match self {
            Self::Period => "PERIOD",
            Self::OneTime => "ONE_TIME",
            Self::OnDemand => "ON_DEMAND",
            Self::OnDemandPkg => "ON_DEMAND_PKG",
        }
    }
}

/// A buying organisation of the joint-operation kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Organisation {
    pub tenant_id: String,
    pub tenant_code: String,
    pub name: String,
    pub domain_name: String,
    pub app_id: String,
    pub client_id: String,
    /// Encrypted with the seller's public key already; made up where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    pub departments: Vec<Department>,
    pub people: Vec<Person>,
}

impl Default for Organisation {
    fn default() -> Self {
        let person = |user_name: &str, name: &str, role: &str| Person {
            user_name: user_name.to_owned(),
            name: name.to_owned(),
            org_code: "d-1".to_owned(),
            role: role.to_owned(),
            mobile: None,
            email: None,
        };
        Self {
            tenant_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
            tenant_code: "huawei".to_owned(),
            name: "示例企业".to_owned(),
            domain_name: "https://example.tenantaccount.com".to_owned(),
            app_id: "app-1".to_owned(),
            client_id: "client-1".to_owned(),
            client_secret: None,
            departments: vec![Department {
                org_code: "d-1".to_owned(),
                org_name: "研发部".to_owned(),
                parent_code: String::new(),
            }],
            people: vec![person("zhangsan", "张三", "admin"), person("lisi", "李四", "user")],
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Department {
    pub org_code: String,
    pub org_name: String,
    /// Empty at the top.
    #[serde(default)]
    pub parent_code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    pub user_name: String,
    pub name: String,
    #[serde(default = "first_department")]
    pub org_code: String,
    #[serde(default = "user")]
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

fn first_department() -> String {
    "d-1".to_owned()
}

fn user() -> String {
    "user".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeopleChange {
    Delete,
    Add,
    Modify,
    /// 取消授权.
    Revoke,
}

impl PeopleChange {
    pub(super) const fn flag(self) -> u8 {
        match self {
            Self::Delete => 0,
            Self::Add => 1,
            Self::Modify => 2,
            Self::Revoke => 3,
        }
    }
}

impl Action {
    /// As the control API's paths have them.
    pub const NAMES: [&'static str; 34] = [
        "buy",
        "try",
        "formalise",
        "renew",
        "cancel-renewal",
        "change",
        "upgrade",
        "check-change",
        "expire",
        "freeze",
        "unfreeze",
        "release",
        "unsubscribe",
        "notify-order",
        "look",
        "query",
        "licenses",
        "test-codes",
        "receive",
        "apply",
        "deny",
        "bind-organisation",
        "unbind-organisation",
        "change-people",
        "change-departments",
        "sync",
        "restart",
        "stop",
        "refund",
        "withdraw",
        "sold-by-another",
        "save-case",
        "probe",
        "debugging",
    ];
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_action_is_read_as_it_is_written() {
        let renew = Action::Renew(Subject { instance_id: Some(InstanceId::new("i-1")), license: None });
        let written = json!({ "action": "renew", "instanceId": "i-1" });
        assert_eq!(serde_json::to_value(&renew).unwrap(), written);
        assert_eq!(serde_json::from_value::<Action>(written).unwrap(), renew);
        let bound: Action =
            serde_json::from_value(json!({ "action": "bind-organisation", "instanceId": "i-1" })).unwrap();
        let Action::BindOrganisation { organisation, .. } = bound else { panic!("{bound:?}") };
        assert_eq!(organisation, Organisation::default());
        for wrong in [
            json!({ "action": "sing" }),
            json!({ "action": "buy", "colour": "red" }),
            json!({ "action": "renew", "instanceid": "i" }),
        ] {
            assert!(serde_json::from_value::<Action>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_name_is_an_action() {
        for name in Action::NAMES {
            let told = serde_json::from_value::<Action>(json!({ "action": name })).map_err(|error| error.to_string());
            assert!(!told.as_ref().is_err_and(|error| error.contains("unknown variant")), "{name}: {told:?}");
        }
    }
}
