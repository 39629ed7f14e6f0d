//! Organisations as the kit tells them. What is removed stays as a row that says when. A repeated change changes nothing, a
//! removal of what is not there succeeds.

use std::{cmp::Reverse, collections::HashMap};

use rusqlite::{Connection, Row, params};

use super::{Store, StoreError, codec, listing::containing};
use crate::{
    domain::{
        Message, World,
        organisation::{
            Application, FurtherInstance, KnownDepartment, KnownUser, Lifetime, Organisation, OrganisationChange,
            OrganisationRows, Tenant, adds_something,
        },
        sync_order::{self, Newer},
    },
    protocol::{
        Secret, UnixMillis,
        callback::{
            KitSync, SyncChange,
            kit::{Department, Flag, User},
        },
        id::TenantId,
    },
    sealing::{SealError, SealKey, seal},
};

/// Where a change belongs, and when it came.
struct Place<'a> {
    connection: &'a Connection,
    world: i64,
    tenant_id: &'a str,
    now: i64,
}

pub(super) fn apply(
    connection: &Connection,
    key: &SealKey,
    world: World,
    change: &OrganisationChange,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sync = &change.sync;
    let place = Place { connection, world: codec::world(world), tenant_id: sync.tenant_id.as_str(), now: now.0 };
    if adds_something(&sync.change) {
        place.make_tenant_known(sync.instance_id.as_ref().map_or("", |id| id.as_str()))?;
    }
    place.note_order(sync)?;
    match &sync.change {
        SyncChange::Tenant { flag, order_id, tenant_code, name, domain_name } => {
            let instance_id = sync.instance_id.as_ref().map_or("", |id| id.as_str());
            if *flag == Flag::Delete {
                return place.execute(
                    "UPDATE tenant SET removed_at = ?3, changed_at = ?3
                     WHERE world = ?1 AND tenant_id = ?2 AND instance_id = ?4 AND removed_at IS NULL",
                    params![place.world, place.tenant_id, place.now, instance_id],
                );
            }
            place.give_instance(instance_id)?;
            let order_id = order_id.as_ref().map_or("", |id| id.as_str());
            place.execute(
                "INSERT INTO tenant (world, tenant_id, created_at, changed_at, instance_id, order_id, tenant_code, name,
                                     domain_name)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (world, tenant_id, instance_id) DO UPDATE SET
                     order_id = iif(excluded.order_id = '', order_id, excluded.order_id),
                     tenant_code = iif(excluded.tenant_code = '', tenant_code, excluded.tenant_code),
                     name = excluded.name, domain_name = excluded.domain_name, removed_at = NULL,
                     changed_at = excluded.changed_at",
                params![
                    place.world,
                    place.tenant_id,
                    place.now,
                    instance_id,
                    order_id,
                    tenant_code,
                    name,
                    domain_name
                ],
            )
        }
        SyncChange::Application { flag: Flag::Delete, app_id, .. } => place.execute(
            "UPDATE application SET removed_at = ?3, changed_at = ?3, client_secret = NULL
             WHERE world = ?1 AND tenant_id = ?2 AND app_id = ?4 AND removed_at IS NULL",
            params![place.world, place.tenant_id, place.now, app_id],
        ),
        SyncChange::Application { app_id, client_id, .. } => {
            let sealed = change.client_secret.as_ref().map(|secret| place.seal(key, app_id, secret)).transpose()?;
            place.execute(
                "INSERT INTO application (world, tenant_id, created_at, changed_at, app_id, client_id, client_secret)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)
                 ON CONFLICT (world, tenant_id, app_id) DO UPDATE SET
                     client_id = iif(excluded.client_id = '', client_id, excluded.client_id),
                     client_secret = coalesce(excluded.client_secret, client_secret), removed_at = NULL,
                     changed_at = excluded.changed_at",
                params![place.world, place.tenant_id, place.now, app_id, client_id, sealed],
            )
        }
        SyncChange::Users { flag, app_id, users } => {
            users.iter().try_for_each(|user| place.change_user(flag, app_id, user))
        }
        SyncChange::Department { flag: Flag::Delete, department } => place.execute(
            "UPDATE department SET removed_at = ?3, changed_at = ?3
             WHERE world = ?1 AND tenant_id = ?2 AND org_code = ?4 AND removed_at IS NULL",
            params![place.world, place.tenant_id, place.now, department.org_code],
        ),
        SyncChange::Department { department, .. } => place.put_department(department),
        SyncChange::AllDepartments { departments } => place.replace_departments(departments, &change.spared),
    }
}

/// About which parts of what the synchronisation is about something newer was applied.
pub(super) fn newer(connection: &Connection, world: World, sync: &KitSync) -> Result<Newer, StoreError> {
    let Some(time_stamp) = sync.time_stamp else { return Ok(Newer::new()) };
    let (parts, every_department) = sync_order::concerned(sync);
    let parts = serde_json::to_string(&parts).unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "SELECT about FROM kit_order WHERE world = ?1 AND tenant_id = ?2 AND time_stamp > ?3
             AND (about IN (SELECT value FROM json_each(?4)) OR (?5 AND about GLOB 'department/*'))",
    )?;
    let parameters = params![codec::world(world), sync.tenant_id.as_str(), time_stamp.0, parts, every_department];
    let rows = statement.query_map(parameters, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Place<'_> {
    fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    /// Where it is applied nothing newer was; a time that cannot be read has no place in the order.
    fn note_order(&self, sync: &KitSync) -> Result<(), StoreError> {
        let Some(time_stamp) = sync.time_stamp else { return Ok(()) };
        sync_order::parts(sync).iter().try_for_each(|part| {
            self.execute(
                "INSERT INTO kit_order (world, tenant_id, about, time_stamp) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET time_stamp = excluded.time_stamp",
                params![self.world, self.tenant_id, part, time_stamp.0],
            )
        })
    }

    /// Users and departments may be told before their tenant is.
    fn make_tenant_known(&self, instance_id: &str) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO tenant (world, tenant_id, created_at, changed_at, instance_id, order_id, tenant_code, name, domain_name)
             SELECT ?1, ?2, ?3, ?3, ?4, '', '', '', ''
             WHERE NOT EXISTS (SELECT 1 FROM tenant WHERE world = ?1 AND tenant_id = ?2)",
            params![self.world, self.tenant_id, self.now, instance_id],
        )
    }

    /// A tenant of which nothing but its id was known is the one that is told now.
    fn give_instance(&self, instance_id: &str) -> Result<(), StoreError> {
        self.execute(
            "UPDATE tenant SET instance_id = ?3
             WHERE world = ?1 AND tenant_id = ?2 AND instance_id = '' AND order_id = '' AND tenant_code = '' AND name = ''
                 AND domain_name = ''
                 AND NOT EXISTS (SELECT 1 FROM tenant WHERE world = ?1 AND tenant_id = ?2 AND instance_id = ?3)",
            params![self.world, self.tenant_id, instance_id],
        )
    }

    fn seal(&self, key: &SealKey, app_id: &str, secret: &Secret) -> Result<Vec<u8>, SealError> {
        let place = secret_place(self.tenant_id, app_id);
        seal(key, rand::random(), place.as_bytes(), secret.expose().as_bytes())
    }

    fn put_department(&self, department: &Department) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO department (world, tenant_id, created_at, changed_at, org_code, name, parent_code)
             VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)
             ON CONFLICT (world, tenant_id, org_code) DO UPDATE SET
                 name = excluded.name, parent_code = excluded.parent_code, removed_at = NULL,
                 changed_at = excluded.changed_at
             WHERE name IS NOT excluded.name OR parent_code IS NOT excluded.parent_code OR removed_at IS NOT NULL",
            params![self.world, self.tenant_id, self.now, department.org_code, department.name, department.parent_code],
        )
    }

    /// Departments that the full list does not name are gone.
    fn replace_departments(&self, departments: &[Department], spared: &[String]) -> Result<(), StoreError> {
        departments.iter().try_for_each(|department| self.put_department(department))?;
        let named = departments.iter().map(|department| department.org_code.as_str());
        let codes: Vec<&str> = named.chain(spared.iter().map(String::as_str)).collect();
        let codes = serde_json::to_string(&codes).unwrap_or_default();
        self.execute(
            "UPDATE department SET removed_at = ?3, changed_at = ?3
             WHERE world = ?1 AND tenant_id = ?2 AND removed_at IS NULL
                 AND org_code NOT IN (SELECT value FROM json_each(?4))",
            params![self.world, self.tenant_id, self.now, codes],
        )
    }

    fn change_user(&self, flag: &Flag, app_id: &str, user: &User) -> Result<(), StoreError> {
        match flag {
            Flag::Delete => self.execute(
                "UPDATE organisation_user SET removed_at = ?3, changed_at = ?3, authorized = 0
                 WHERE world = ?1 AND tenant_id = ?2 AND app_id = ?4 AND user_name = ?5 AND removed_at IS NULL",
                params![self.world, self.tenant_id, self.now, app_id, user.user_name],
            ),
            Flag::Revoke => self.execute(
                "UPDATE organisation_user SET authorized = 0, changed_at = ?3
                 WHERE world = ?1 AND tenant_id = ?2 AND app_id = ?4 AND user_name = ?5 AND authorized <> 0",
                params![self.world, self.tenant_id, self.now, app_id, user.user_name],
            ),
            Flag::Add | Flag::Modify | Flag::Unknown(_) => self.execute(
                "INSERT INTO organisation_user (world, tenant_id, created_at, changed_at, app_id, user_name, name, org_code,
                     role, enable, authorized, position, employee_code, employee_type, mobile, email, work_place, entry_date)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (world, tenant_id, app_id, user_name) DO UPDATE SET
                     name = excluded.name, org_code = excluded.org_code, role = excluded.role, enable = excluded.enable,
                     authorized = 1, position = excluded.position, employee_code = excluded.employee_code,
                     employee_type = excluded.employee_type, mobile = excluded.mobile, email = excluded.email,
                     work_place = excluded.work_place, entry_date = excluded.entry_date, removed_at = NULL,
                     changed_at = excluded.changed_at",
                params![
                    self.world,
                    self.tenant_id,
                    self.now,
                    app_id,
                    user.user_name,
                    user.name,
                    user.org_code,
                    user.role,
                    user.enable,
                    user.position,
                    user.employee_code,
                    user.employee_type,
                    user.mobile,
                    user.email,
                    user.work_place,
                    user.entry_date
                ],
            ),
        }
    }
}

/// Sealed for this place, a secret can be opened for no other.
pub(super) fn secret_place(tenant_id: &str, app_id: &str) -> String {
    format!("{tenant_id}/{app_id}")
}

/// Three columns from `first` on.
fn lifetime(row: &Row<'_>, first: usize) -> Result<Lifetime, rusqlite::Error> {
    Ok(Lifetime {
        created_at: codec::time(row, first)?,
        changed_at: codec::time(row, first + 1)?,
        removed_at: codec::optional_time(row, first + 2)?,
    })
}

const TENANT: &str =
    "id, tenant_id, tenant_code, name, domain_name, instance_id, order_id, created_at, changed_at, removed_at";

const STANDING_FIRST: &str = "removed_at IS NOT NULL, changed_at DESC, id DESC";

/// Rows of a tenant that the text is found in, or in one of whose users, departments or applications.
const FOUND: &str = "world = ?1 AND (tenant_id LIKE ?3 ESCAPE '\\' OR name LIKE ?3 ESCAPE '\\'
         OR tenant_code LIKE ?3 ESCAPE '\\' OR instance_id LIKE ?3 ESCAPE '\\' OR order_id LIKE ?3 ESCAPE '\\'
         OR tenant_id IN (SELECT tenant_id FROM organisation_user WHERE world = ?1 AND (user_name LIKE ?3 ESCAPE '\\'
             OR name LIKE ?3 ESCAPE '\\' OR email LIKE ?3 ESCAPE '\\'))
         OR tenant_id IN (SELECT tenant_id FROM department WHERE world = ?1 AND (org_code LIKE ?3 ESCAPE '\\'
             OR name LIKE ?3 ESCAPE '\\'))
         OR tenant_id IN (SELECT tenant_id FROM application WHERE world = ?1 AND app_id LIKE ?3 ESCAPE '\\'))";

fn read_tenant(row: &Row<'_>) -> Result<Tenant, rusqlite::Error> {
    Ok(Tenant {
        id: row.get(0)?,
        tenant_id: TenantId::new(row.get::<_, String>(1)?),
        tenant_code: row.get(2)?,
        name: row.get(3)?,
        domain_name: row.get(4)?,
        instance_id: row.get(5)?,
        order_id: row.get(6)?,
        further_instances: Vec::new(),
        lifetime: lifetime(row, 7)?,
    })
}

/// The first row of each tenant, which gets the instances of the others.
fn one_of_each(rows: Vec<Tenant>) -> Vec<Tenant> {
    let mut tenants: Vec<Tenant> = Vec::new();
    let mut positions: HashMap<TenantId, usize> = HashMap::new();
    for row in rows {
        match positions.get(&row.tenant_id).and_then(|position| tenants.get_mut(*position)) {
            Some(first) => {
                let removed = row.lifetime.removed_at.is_some();
                first.further_instances.push(FurtherInstance {
                    instance_id: row.instance_id,
                    order_id: row.order_id,
                    removed,
                });
            }
            None => {
                positions.insert(row.tenant_id.clone(), tenants.len());
                tenants.push(row);
            }
        }
    }
    tenants
}

impl Store {
    /// Tenants that the text is found in, or in one of whose users, departments or applications; newest change first. A
    /// tenant that bought more than once is one of them: as it stands, and was told last.
    pub async fn tenants(&self, world: World, search: String) -> Result<Vec<Tenant>, StoreError> {
        self.read(move |connection| {
            let search = search.trim();
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {TENANT} FROM tenant
                 WHERE world = ?1 AND (?2 = '' OR tenant_id IN (SELECT tenant_id FROM tenant WHERE {FOUND}))
                 ORDER BY {STANDING_FIRST}"
            ))?;
            let rows = statement.query_map(params![codec::world(world), search, containing(search)], read_tenant)?;
            let mut tenants = one_of_each(rows.collect::<Result<_, _>>()?);
            tenants.sort_by_key(|tenant| Reverse((tenant.lifetime.changed_at, tenant.id)));
            Ok(tenants)
        })
        .await
    }

    /// One for each instance that the tenant has.
    async fn rows_of_one_tenant(&self, world: World, tenant_id: TenantId) -> Result<Vec<Tenant>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {TENANT} FROM tenant WHERE world = ? AND tenant_id = ? ORDER BY {STANDING_FIRST}"
            ))?;
            let rows = statement.query_map(params![codec::world(world), tenant_id.as_str()], read_tenant)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What a change of that tenant can change.
    pub async fn organisation_rows(
        &self,
        world: World,
        tenant_id: TenantId,
        app_id: Option<String>,
    ) -> Result<OrganisationRows, StoreError> {
        let client_secret = match app_id {
            Some(app_id) => self.client_secret(world, tenant_id.clone(), app_id).await?,
            None => None,
        };
        Ok(OrganisationRows {
            tenants: self.rows_of_one_tenant(world, tenant_id.clone()).await?,
            applications: self.applications(world, Some(tenant_id.clone())).await?,
            departments: self.departments(world, Some(tenant_id.clone())).await?,
            users: self.users(world, Some(tenant_id)).await?,
            client_secret,
        })
    }

    /// What is known of a tenant id. Calls may tell of users before they tell of their tenant.
    pub async fn organisation(&self, world: World, tenant_id: TenantId) -> Result<Option<Organisation>, StoreError> {
        let rows = self.rows_of_one_tenant(world, tenant_id.clone()).await?;
        let Some(tenant) = one_of_each(rows).pop() else { return Ok(None) };
        let applications = self.applications(world, Some(tenant_id.clone())).await?;
        let departments = self.departments(world, Some(tenant_id.clone())).await?;
        let users = self.users(world, Some(tenant_id)).await?;
        Ok(Some(Organisation { tenant, applications, departments, users }))
    }

    /// Of one tenant, or of all.
    pub async fn applications(
        &self,
        world: World,
        tenant_id: Option<TenantId>,
    ) -> Result<Vec<Application>, StoreError> {
        self.rows_of_tenant(
            "SELECT tenant_id, app_id, client_id, client_secret IS NOT NULL, created_at, changed_at, removed_at
             FROM application WHERE world = ?1 AND (?2 IS NULL OR tenant_id = ?2) ORDER BY tenant_id, app_id",
            world,
            tenant_id,
            |row| {
                Ok(Application {
                    tenant_id: TenantId::new(row.get::<_, String>(0)?),
                    app_id: row.get(1)?,
                    client_id: row.get(2)?,
                    has_secret: row.get(3)?,
                    lifetime: lifetime(row, 4)?,
                })
            },
        )
        .await
    }

    pub async fn departments(
        &self,
        world: World,
        tenant_id: Option<TenantId>,
    ) -> Result<Vec<KnownDepartment>, StoreError> {
        self.rows_of_tenant(
            "SELECT tenant_id, org_code, name, parent_code, created_at, changed_at, removed_at
             FROM department WHERE world = ?1 AND (?2 IS NULL OR tenant_id = ?2) ORDER BY tenant_id, org_code",
            world,
            tenant_id,
            |row| {
                Ok(KnownDepartment {
                    tenant_id: TenantId::new(row.get::<_, String>(0)?),
                    department: Department { org_code: row.get(1)?, name: row.get(2)?, parent_code: row.get(3)? },
                    lifetime: lifetime(row, 4)?,
                })
            },
        )
        .await
    }

    pub async fn users(&self, world: World, tenant_id: Option<TenantId>) -> Result<Vec<KnownUser>, StoreError> {
        self.rows_of_tenant(
            "SELECT tenant_id, app_id, user_name, name, org_code, role, enable, authorized, position, employee_code,
                    employee_type, mobile, email, work_place, entry_date, created_at, changed_at, removed_at
             FROM organisation_user WHERE world = ?1 AND (?2 IS NULL OR tenant_id = ?2)
             ORDER BY tenant_id, user_name, app_id",
            world,
            tenant_id,
            |row| {
                Ok(KnownUser {
                    tenant_id: TenantId::new(row.get::<_, String>(0)?),
                    app_id: row.get(1)?,
                    user: User {
                        user_name: row.get(2)?,
                        name: row.get(3)?,
                        org_code: row.get(4)?,
                        role: row.get(5)?,
                        enable: row.get(6)?,
                        position: row.get(8)?,
                        employee_code: row.get(9)?,
                        employee_type: row.get(10)?,
                        mobile: row.get(11)?,
                        email: row.get(12)?,
                        work_place: row.get(13)?,
                        entry_date: row.get(14)?,
                    },
                    authorized: row.get(7)?,
                    lifetime: lifetime(row, 15)?,
                })
            },
        )
        .await
    }

    /// Everything that happened to an organisation, oldest first.
    pub async fn messages_of_tenant(&self, world: World, tenant_id: TenantId) -> Result<Vec<Message>, StoreError> {
        self.messages_where(world, "tenant_id", tenant_id.as_str().to_owned()).await
    }

    async fn rows_of_tenant<T: Send + 'static>(
        &self,
        sql: &'static str,
        world: World,
        tenant_id: Option<TenantId>,
        read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let tenant_id = tenant_id.as_ref().map(TenantId::as_str);
            let rows = statement.query_map(params![codec::world(world), tenant_id], |row| read(row))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
