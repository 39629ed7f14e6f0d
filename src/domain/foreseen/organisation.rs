//! What a synchronisation of the kit would change of an organisation, row by row, as the store then does it. What is told
//! again as it is known already changes nothing.

use std::collections::BTreeMap;

use super::{Changed, Effect, Entity, Field, of_entity, plain, secret};
use crate::{
    domain::organisation::{Application, KnownUser, OrganisationChange, OrganisationRows, Tenant, adds_something},
    protocol::{
        Secret,
        callback::{
            KitSync, SyncChange,
            kit::{Department, Flag, User},
        },
        id::InstanceId,
    },
};

pub(super) fn changes(known: &OrganisationRows, change: &OrganisationChange) -> Vec<Changed> {
    let sync = &change.sync;
    let mut told = Vec::new();
    if adds_something(&sync.change) && known.tenants.is_empty() {
        let unnamed = tenant_fields(instance_of(sync), "", "", "", "");
        told.push(of_entity(Entity::Organisation, sync.tenant_id.as_str(), None, unnamed));
    }
    match &sync.change {
        SyncChange::Tenant { flag, order_id, tenant_code, name, domain_name } => {
            let said =
                Said { order_id: order_id.as_ref().map_or("", |id| id.as_str()), tenant_code, name, domain_name };
            told.push(of_tenant(known, sync, *flag == Flag::Delete, &said));
        }
        SyncChange::Application { flag, app_id, client_id, .. } => {
            let before = known.applications.iter().find(|it| it.app_id == *app_id && it.lifetime.removed_at.is_none());
            told.push(match flag {
                Flag::Delete => removed(Entity::OrganisationApplication, app_id, before.is_some()),
                _ => of_application(known, before, change, app_id, client_id),
            });
        }
        SyncChange::Users { flag, app_id, users } => {
            // Of one who is named twice the last word counts.
            let named: BTreeMap<&str, &User> = users.iter().map(|user| (user.user_name.as_str(), user)).collect();
            told.extend(named.into_values().map(|user| of_user(known, flag, app_id, user)));
        }
        SyncChange::Department { flag: Flag::Delete, department } => {
            let code = &department.org_code;
            told.push(removed(Entity::Department, code, known.department(code).is_some()));
        }
        SyncChange::Department { department, .. } => told.push(of_department(known, department)),
        SyncChange::AllDepartments { departments } => {
            let named: BTreeMap<&str, &Department> =
                departments.iter().map(|department| (department.org_code.as_str(), department)).collect();
            let standing = known.departments.iter().filter(|it| it.lifetime.removed_at.is_none());
            let codes = standing.map(|it| &it.department.org_code);
            let gone = codes.filter(|code| !named.contains_key(code.as_str()) && !change.spared.contains(code));
            told.extend(gone.map(|code| removed(Entity::Department, code, true)));
            told.extend(named.into_values().map(|department| of_department(known, department)));
        }
    }
    told.retain(Changed::matters);
    told
}

fn instance_of(sync: &KitSync) -> &str {
    sync.instance_id.as_ref().map_or("", InstanceId::as_str)
}

/// A row that goes; nothing where there is none.
fn removed(what: Entity, id: &str, stands: bool) -> Changed {
    let effect = if stands { Effect::Removed } else { Effect::Changed };
    Changed { what, id: id.to_owned(), effect, fields: Vec::new() }
}

fn text(name: &'static str, value: &str) -> Field {
    plain(name, Some(value.to_owned()).filter(|value| !value.is_empty()))
}

/// What a call says of a tenant.
struct Said<'a> {
    order_id: &'a str,
    tenant_code: &'a str,
    name: &'a str,
    domain_name: &'a str,
}

/// What is told empty leaves the order and the code as they are, and the names not.
fn of_tenant(known: &OrganisationRows, sync: &KitSync, deletes: bool, said: &Said<'_>) -> Changed {
    let (id, instance_id) = (sync.tenant_id.as_str(), instance_of(sync));
    let row = known.tenants.iter().find(|row| row.instance_id == instance_id);
    if deletes {
        return removed(Entity::Organisation, id, row.is_some_and(|row| row.lifetime.removed_at.is_none()));
    }
    // One of which nothing but its id was known is the one that is told now.
    let row = row.or_else(|| known.tenants.iter().find(|row| is_unnamed(row)));
    let or = |said: &str, known: fn(&Tenant) -> &String| match row {
        Some(row) if said.is_empty() => known(row).clone(),
        _ => said.to_owned(),
    };
    let after = tenant_fields(
        instance_id,
        &or(said.order_id, |row| &row.order_id),
        &or(said.tenant_code, |row| &row.tenant_code),
        said.name,
        said.domain_name,
    );
    let standing = row.filter(|row| row.lifetime.removed_at.is_none());
    let before = standing
        .map(|row| tenant_fields(&row.instance_id, &row.order_id, &row.tenant_code, &row.name, &row.domain_name));
    of_entity(Entity::Organisation, id, before, after)
}

const fn is_unnamed(row: &Tenant) -> bool {
    row.instance_id.is_empty()
        && row.order_id.is_empty()
        && row.tenant_code.is_empty()
        && row.name.is_empty()
        && row.domain_name.is_empty()
}

fn tenant_fields(instance_id: &str, order_id: &str, tenant_code: &str, name: &str, domain_name: &str) -> Vec<Field> {
    vec![
        text("instanceId", instance_id),
        text("orderId", order_id),
        text("tenantCode", tenant_code),
        text("name", name),
        text("domainName", domain_name),
    ]
}

fn of_application(
    known: &OrganisationRows,
    before: Option<&Application>,
    change: &OrganisationChange,
    app_id: &str,
    client_id: &str,
) -> Changed {
    let kept = known.applications.iter().find(|it| it.app_id == app_id);
    let client_id = match kept {
        Some(kept) if client_id.is_empty() => &kept.client_id,
        _ => client_id,
    };
    let fields = |client_id: &str, client_secret: Option<&Secret>| {
        vec![text("clientId", client_id), secret("clientSecret", client_secret)]
    };
    let was = before.map(|before| fields(&before.client_id, known.client_secret.as_ref()));
    let will = fields(client_id, change.client_secret.as_ref().or(known.client_secret.as_ref()));
    of_entity(Entity::OrganisationApplication, app_id, was, will)
}

fn of_user(known: &OrganisationRows, flag: &Flag, app_id: &str, user: &User) -> Changed {
    let before = known.users.iter().find(|it| it.app_id == app_id && it.user.user_name == user.user_name);
    let standing = before.filter(|it| it.lifetime.removed_at.is_none());
    let id = &user.user_name;
    match flag {
        Flag::Delete => removed(Entity::User, id, standing.is_some()),
        Flag::Revoke => {
            let fields = |it: &KnownUser, authorized| user_fields(&it.user, authorized);
            match before {
                Some(it) => of_entity(Entity::User, id, Some(fields(it, it.authorized)), fields(it, false)),
                None => removed(Entity::User, id, false),
            }
        }
        Flag::Add | Flag::Modify | Flag::Unknown(_) => {
            let was = standing.map(|it| user_fields(&it.user, it.authorized));
            of_entity(Entity::User, id, was, user_fields(user, true))
        }
    }
}

fn user_fields(user: &User, authorized: bool) -> Vec<Field> {
    vec![
        text("name", &user.name),
        text("orgCode", &user.org_code),
        text("role", &user.role),
        plain("enable", Some(user.enable.to_string())),
        plain("authorized", Some(authorized.to_string())),
        plain("position", user.position.clone()),
        plain("employeeCode", user.employee_code.clone()),
        plain("employeeType", user.employee_type.clone()),
        plain("mobile", user.mobile.clone()),
        plain("email", user.email.clone()),
        plain("workPlace", user.work_place.clone()),
        plain("entryDate", user.entry_date.clone()),
    ]
}

fn of_department(known: &OrganisationRows, department: &Department) -> Changed {
    let fields = |it: &Department| vec![text("orgName", &it.name), plain("parentCode", it.parent_code.clone())];
    let before = known.department(&department.org_code);
    of_entity(Entity::Department, &department.org_code, before.map(fields), fields(department))
}
