//! The joint-operation kit (联营kit): tenants, applications, users and departments of buying organisations, posted to fixed
//! sub-paths of the production address (KooGallery pages zh-cn_topic_0070649109 to zh-cn_topic_0070649113 for V1,
//! zh-cn_topic_0070649433 to zh-cn_topic_0070649437 for V2). Lists come as JSON lists or as texts that hold one; both are
//! taken in both versions.

use serde_json::{Map, Value};

use super::{
    Activity, Callback, KitVersion, ParseError, Wire,
    field::{FieldError, Fields},
};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, OrderId, TenantId},
};

/// Most users of one call.
pub const MAX_USERS: usize = 500;

const ID: usize = 64;

/// One of the five interfaces; the path decides, no member of the body does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    TenantSync,
    ApplicationSync,
    AuthSync,
    SingleOrgSync,
    AllOrgSync,
}

impl Interface {
    pub const ALL: [Self; 5] =
        [Self::TenantSync, Self::ApplicationSync, Self::AuthSync, Self::SingleOrgSync, Self::AllOrgSync];

    pub const fn name(self) -> &'static str {
        match self {
            Self::TenantSync => "tenantSync",
            Self::ApplicationSync => "applicationSync",
            Self::AuthSync => "authSync",
            Self::SingleOrgSync => "singleOrgSync",
            Self::AllOrgSync => "allOrgSync",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| interface.name() == name)
    }
}

/// What KooGallery appends to the production address.
pub fn sub_path(version: KitVersion, interface: Interface) -> String {
    match version {
        KitVersion::V1 => format!("/produceAPI/{}", interface.name()),
        KitVersion::V2 => format!("/produceAPI/v2/{}", interface.name()),
    }
}

/// Splits a path into the production address's own path and what the kit appended.
pub fn split_path(path: &str) -> Option<(&str, KitVersion, Interface)> {
    let (base, name) = path.rsplit_once('/')?;
    let interface = Interface::of_name(name)?;
    if let Some(base) = base.strip_suffix("/produceAPI/v2") {
        return Some((base, KitVersion::V2, interface));
    }
    base.strip_suffix("/produceAPI").map(|base| (base, KitVersion::V1, interface))
}

/// A change of an organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct KitSync {
    /// `None` while the seller applies for an application credential.
    pub instance_id: Option<InstanceId>,
    pub tenant_id: TenantId,
    /// When the marketplace wrote it; `None` where it cannot be read.
    pub time_stamp: Option<UnixMillis>,
    pub change: SyncChange,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SyncChange {
    /// 企业同步 (zh-cn_topic_0070649109, zh-cn_topic_0070649433).
    Tenant { flag: Flag, order_id: Option<OrderId>, tenant_code: String, name: String, domain_name: String },
    /// 应用同步 (zh-cn_topic_0070649110, zh-cn_topic_0070649434). `client_secret` is encrypted with the seller's public RSA
    /// key.
    Application { flag: Flag, app_id: String, client_id: String, client_secret: String },
    /// 用户授权同步 (zh-cn_topic_0070649111, zh-cn_topic_0070649435).
    Users { flag: Flag, app_id: String, users: Vec<User> },
    /// 部门增量同步 (zh-cn_topic_0070649112, zh-cn_topic_0070649436).
    Department { flag: Flag, department: Department },
    /// 部门全量同步 (zh-cn_topic_0070649113, zh-cn_topic_0070649437). Replaces the tree.
    AllDepartments { departments: Vec<Department> },
}

impl SyncChange {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Tenant { .. } => "tenantSync",
            Self::Application { .. } => "applicationSync",
            Self::Users { .. } => "authSync",
            Self::Department { .. } => "singleOrgSync",
            Self::AllDepartments { .. } => "allOrgSync",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag {
    Delete,
    Add,
    Modify,
    /// 取消授权, of users only.
    Revoke,
    Unknown(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The joint account, unique in the tenant.
    pub user_name: String,
    pub name: String,
    pub org_code: String,
    /// `user` or `admin`; other words survive.
    pub role: String,
    pub enable: bool,
    pub position: Option<String>,
    pub employee_code: Option<String>,
    /// 1 regular, 2 intern, 3 dispatched, 4 outsourced.
    pub employee_type: Option<String>,
    pub mobile: Option<String>,
    pub email: Option<String>,
    pub work_place: Option<String>,
    pub entry_date: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    pub org_code: String,
    pub name: String,
    /// `None` at the top.
    pub parent_code: Option<String>,
}

impl Flag {
    pub const REVOKE: &'static str = "3";

    fn from_wire(text: &str) -> Self {
        match text {
            "0" => Self::Delete,
            "1" => Self::Add,
            "2" => Self::Modify,
            Self::REVOKE => Self::Revoke,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::Delete => "0",
            Self::Add => "1",
            Self::Modify => "2",
            Self::Revoke => Self::REVOKE,
            Self::Unknown(other) => other,
        }
    }
}

/// Reads a call's body. Its signature must have been verified before.
pub fn parse(version: KitVersion, interface: Interface, body: &[u8]) -> Result<Callback, ParseError> {
    let members: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| ParseError::NoJsonObject(error.to_string()))?;
    let mut fields = Fields(members);
    let test = fields.test_flag()?;
    let instance_id = fields.optional("instanceId", ID)?.map(InstanceId::new);
    let tenant_id = TenantId::new(fields.mandatory("tenantId", ID)?);
    let time_stamp = fields.optional("timeStamp", 32)?.as_deref().and_then(china_time);
    let change = match interface {
        Interface::TenantSync => SyncChange::Tenant {
            flag: flag(&mut fields)?,
            order_id: fields.optional("orderId", ID)?.map(OrderId::new),
            tenant_code: fields.optional("tenantCode", ID)?.unwrap_or_default(),
            name: fields.optional("name", 255)?.unwrap_or_default(),
            domain_name: fields.optional("domainName", 255)?.unwrap_or_default(),
        },
        Interface::ApplicationSync => SyncChange::Application {
            flag: flag(&mut fields)?,
            app_id: fields.mandatory("appId", ID)?,
            client_id: fields.optional("clientId", ID)?.unwrap_or_default(),
            client_secret: fields.optional("clientSecret", 4096)?.unwrap_or_default(),
        },
        Interface::AuthSync => {
            fields.optional("currentSyncTime", 32)?;
            SyncChange::Users {
                flag: flag(&mut fields)?,
                app_id: fields.mandatory("appId", ID)?,
                users: users(list(&mut fields, "userList")?)?,
            }
        }
        Interface::SingleOrgSync => {
            SyncChange::Department { flag: flag(&mut fields)?, department: department(&mut fields)? }
        }
        Interface::AllOrgSync => {
            // Its table has no flag, its example does.
            fields.optional("flag", 8)?;
            let name = if fields.0.contains_key("orgInfoList") { "orgInfoList" } else { "orgInfo" };
            SyncChange::AllDepartments { departments: departments(name, list(&mut fields, name)?)? }
        }
    };
    let name = interface.name().to_owned();
    let sync = KitSync { instance_id, tenant_id, time_stamp, change };
    let wire = Wire::Kit(version);
    Ok(Callback { wire, name, activity: Activity::Kit(Box::new(sync)), test, unknown: fields.0 })
}

/// The kit writes UTC+8.
fn china_time(text: &str) -> Option<UnixMillis> {
    const AHEAD: i64 = 8 * 3_600_000;
    UnixMillis::from_compact_utc(text).ok().map(|time| time.plus_millis(-AHEAD))
}

fn flag(fields: &mut Fields) -> Result<Flag, FieldError> {
    fields.mandatory("flag", 8).map(|flag| Flag::from_wire(&flag))
}

/// A list, or a text that holds one.
fn list(fields: &mut Fields, name: &'static str) -> Result<Vec<Value>, FieldError> {
    let value = match fields.0.shift_remove(name) {
        None | Some(Value::Null) => return Err(FieldError::Missing(name)),
        Some(Value::String(text)) => serde_json::from_str(&text)
            .map_err(|error| FieldError::Malformed { name, reason: format!("the text holds no JSON list: {error}") })?,
        Some(value) => value,
    };
    match value {
        Value::Array(entries) => Ok(entries),
        // One entry without its list around it.
        object @ Value::Object(_) => Ok(vec![object]),
        _ => Err(FieldError::Malformed { name, reason: "it is no list".into() }),
    }
}

fn users(entries: Vec<Value>) -> Result<Vec<User>, ParseError> {
    const LIST: &str = "userList";
    if entries.len() > MAX_USERS {
        return Err(ParseError::TooManyEntries { list: LIST, length: entries.len(), max: MAX_USERS });
    }
    each(LIST, entries, user)
}

fn departments(list: &'static str, entries: Vec<Value>) -> Result<Vec<Department>, ParseError> {
    each(list, entries, department)
}

fn each<T>(
    list: &'static str,
    entries: Vec<Value>,
    read: impl Fn(&mut Fields) -> Result<T, FieldError>,
) -> Result<Vec<T>, ParseError> {
    let entry = |(position, value)| {
        let Value::Object(members) = value else {
            return Err(ParseError::Entry { list, position, reason: "it is no object".into() });
        };
        read(&mut Fields(members)).map_err(|error| ParseError::Entry { list, position, reason: error.to_string() })
    };
    (1..).zip(entries).map(entry).collect()
}

fn user(fields: &mut Fields) -> Result<User, FieldError> {
    take_extension(fields);
    Ok(User {
        user_name: fields.mandatory("userName", 64)?,
        name: fields.optional("name", 64)?.unwrap_or_default(),
        org_code: fields.optional("orgCode", 64)?.unwrap_or_default(),
        role: fields.optional("role", 32)?.unwrap_or_else(|| "user".into()),
        enable: fields.optional("enable", 8)?.is_none_or(|enable| !enable.eq_ignore_ascii_case("false")),
        position: fields.optional("position", 64)?,
        employee_code: fields.optional("employeeCode", 64)?,
        employee_type: fields.optional("employeeType", 11)?,
        mobile: fields.optional("mobile", 32)?,
        email: fields.optional("email", 128)?,
        work_place: fields.optional("workPlace", 255)?,
        entry_date: fields.optional("entryDate", 32)?,
    })
}

/// V1's table lists its members beside the others, its example nests them.
fn take_extension(fields: &mut Fields) {
    let nested = match fields.0.shift_remove("extension") {
        Some(Value::Object(members)) => members,
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or_default(),
        _ => return,
    };
    for (name, value) in nested {
        fields.0.entry(name).or_insert(value);
    }
}

fn department(fields: &mut Fields) -> Result<Department, FieldError> {
    let org_code = fields.mandatory("orgCode", 64)?;
    // V1 says `name` in the full list.
    let name = match fields.optional("orgName", 128)? {
        Some(name) => name,
        None => fields.optional("name", 128)?.unwrap_or_default(),
    };
    Ok(Department { org_code, name, parent_code: fields.optional("parentCode", 64)? })
}

#[cfg(test)]
mod tests;
