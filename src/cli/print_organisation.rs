//! How licenses and organisations are printed: JSON with KooGallery's field names, or a line each.

use serde_json::{Value, json};

use crate::{
    domain::{
        License,
        organisation::{Application, KnownDepartment, KnownUser, Lifetime, Tenant},
    },
    protocol::UnixMillis,
};

pub(super) fn license(license: &License) -> Value {
    json!({
        "license": license.license,
        "status": license.status.name(),
        "orderId": license.order.as_ref().map(|order| order.order_id.as_str()),
        "orderLineId": license.order.as_ref().map(|order| order.order_line_id.as_str()),
        "productId": license.product_id,
        "activateTime": time(license.activate_time),
        "expireTime": time(license.expire_time),
        "endpoint": license.endpoint,
        "createdAt": license.created_at.to_string(),
        "changedAt": license.changed_at.to_string(),
    })
}

pub(super) fn license_line(license: &License) -> String {
    let expires = time(license.expire_time).unwrap_or_else(|| "-".to_owned());
    let order = license.order.as_ref().map_or("-", |order| order.order_id.as_str());
    format!("{}  {:<8}  {order}  {expires}", license.license, license.status.name())
}

pub(super) fn tenant(tenant: &Tenant) -> Value {
    with_lifetime(
        json!({
            "tenantId": tenant.tenant_id,
            "tenantCode": tenant.tenant_code,
            "name": tenant.name,
            "domainName": tenant.domain_name,
            "instanceId": tenant.instance_id,
            "orderId": tenant.order_id,
        }),
        &tenant.lifetime,
    )
}

pub(super) fn tenant_line(tenant: &Tenant) -> String {
    let Tenant { tenant_id, name, domain_name, lifetime, .. } = tenant;
    format!("{tenant_id}  {name}  {domain_name}{}", removed(lifetime))
}

pub(super) fn application(application: &Application) -> Value {
    with_lifetime(
        json!({
            "tenantId": application.tenant_id,
            "appId": application.app_id,
            "clientId": application.client_id,
            "clientSecret": if application.has_secret { "***" } else { "" },
        }),
        &application.lifetime,
    )
}

pub(super) fn application_line(application: &Application) -> String {
    let Application { tenant_id, app_id, client_id, lifetime, .. } = application;
    format!("{tenant_id}  {app_id}  {client_id}{}", removed(lifetime))
}

pub(super) fn department(entry: &KnownDepartment) -> Value {
    with_lifetime(
        json!({
            "tenantId": entry.tenant_id,
            "orgCode": entry.department.org_code,
            "orgName": entry.department.name,
            "parentCode": entry.department.parent_code,
        }),
        &entry.lifetime,
    )
}

pub(super) fn department_line(entry: &KnownDepartment) -> String {
    let department = &entry.department;
    let parent = department.parent_code.as_deref().unwrap_or("-");
    format!("{}  {}  {}  {parent}{}", entry.tenant_id, department.org_code, department.name, removed(&entry.lifetime))
}

pub(super) fn user(entry: &KnownUser) -> Value {
    let user = &entry.user;
    with_lifetime(
        json!({
            "tenantId": entry.tenant_id,
            "appId": entry.app_id,
            "userName": user.user_name,
            "name": user.name,
            "orgCode": user.org_code,
            "role": user.role,
            "enable": user.enable,
            "authorized": entry.authorized,
            "position": user.position,
            "employeeCode": user.employee_code,
            "employeeType": user.employee_type,
            "mobile": user.mobile,
            "email": user.email,
            "workPlace": user.work_place,
            "entryDate": user.entry_date,
        }),
        &entry.lifetime,
    )
}

pub(super) fn user_line(entry: &KnownUser) -> String {
    let user = &entry.user;
    let state = match (entry.authorized, user.enable) {
        (false, _) => "revoked",
        (true, false) => "disabled",
        (true, true) => "enabled",
    };
    format!(
        "{}  {}  {}  {}  {:<5}  {state}{}",
        entry.tenant_id,
        user.user_name,
        user.name,
        user.org_code,
        user.role,
        removed(&entry.lifetime)
    )
}

fn with_lifetime(mut value: Value, lifetime: &Lifetime) -> Value {
    value["createdAt"] = json!(lifetime.created_at.to_string());
    value["changedAt"] = json!(lifetime.changed_at.to_string());
    value["removedAt"] = json!(time(lifetime.removed_at));
    value
}

fn removed(lifetime: &Lifetime) -> String {
    lifetime.removed_at.map(|time| format!("  removed {time}")).unwrap_or_default()
}

fn time(time: Option<UnixMillis>) -> Option<String> {
    time.map(|time| time.to_string())
}
