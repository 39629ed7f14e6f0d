//! How licenses and organisations are printed: JSON with KooGallery's field names, or a line each.

use super::print;
pub(super) use crate::desk::rows::{application, department, license, tenant, user};
use crate::domain::{
    License,
    organisation::{Application, KnownDepartment, KnownUser, Lifetime, Tenant},
};

pub(super) fn license_line(license: &License) -> String {
    let expires = license.expire_time.map_or_else(|| "-".to_owned(), print::at);
    let order = license.order.as_ref().map_or("-", |order| order.order_id.as_str());
    format!("{}  {:<8}  {order}  {expires}", license.license, license.status.name())
}

pub(super) fn tenant_line(tenant: &Tenant) -> String {
    let Tenant { tenant_id, name, domain_name, lifetime, .. } = tenant;
    format!("{tenant_id}  {name}  {domain_name}{}", removed(lifetime))
}

pub(super) fn application_line(application: &Application) -> String {
    let Application { tenant_id, app_id, client_id, lifetime, .. } = application;
    format!("{tenant_id}  {app_id}  {client_id}{}", removed(lifetime))
}

pub(super) fn department_line(entry: &KnownDepartment) -> String {
    let department = &entry.department;
    let parent = department.parent_code.as_deref().unwrap_or("-");
    format!("{}  {}  {}  {parent}{}", entry.tenant_id, department.org_code, department.name, removed(&entry.lifetime))
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

fn removed(lifetime: &Lifetime) -> String {
    lifetime.removed_at.map(|time| format!("  removed {}", print::at(time))).unwrap_or_default()
}
