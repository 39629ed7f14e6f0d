//! Authorization codes: read one by one and in lists; written inside a unit of work, or added by the operator.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Asked, Store, StoreError, codec, listing::Listing};
use crate::{
    domain::{
        License, Message, World,
        license_calendar::{self, CalendarQuery, GracePolicy, LicenseCalendar},
        listing::{LicenseOrder, LicenseQuery},
    },
    protocol::{
        UnixMillis,
        id::{LicenseCode, OrderId, OrderLine, OrderLineId},
    },
};

const COLUMNS: &str = "world, license, status, order_id, order_line_id, product_id, activate_time, expire_time, endpoint, \
                       created_at, changed_at, amount, queried_at";

const TABLE: &str = "license";

const SEARCHED: [&str; 3] = ["license", "order_id", "product_id"];

pub(super) fn by_code(
    connection: &Connection,
    world: World,
    license: &LicenseCode,
) -> Result<Option<License>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM license WHERE world = ? AND license = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row(params![codec::world(world), license.as_str()], read).optional()?)
}

pub(super) fn put(connection: &Connection, license: &License) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO license (world, license, status, order_id, order_line_id, product_id, activate_time, expire_time,
                                  endpoint, created_at, changed_at, amount, queried_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (world, license) DO UPDATE SET
                 status = excluded.status, order_id = excluded.order_id, order_line_id = excluded.order_line_id,
                 product_id = excluded.product_id, activate_time = excluded.activate_time,
                 expire_time = excluded.expire_time, endpoint = excluded.endpoint, changed_at = excluded.changed_at,
                 amount = excluded.amount, queried_at = excluded.queried_at",
        )?
        .execute(params![
            codec::world(license.world),
            license.license.as_str(),
            license.status.name(),
            license.order.as_ref().map(|order| order.order_id.as_str()),
            license.order.as_ref().map(|order| order.order_line_id.as_str()),
            license.product_id,
            license.activate_time.map(|time| time.0),
            license.expire_time.map(|time| time.0),
            license.endpoint,
            license.created_at.0,
            license.changed_at.0,
            license.amount,
            license.queried_at.map(|time| time.0),
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<License, rusqlite::Error> {
    let order_id: Option<String> = row.get(3)?;
    let order_line_id: Option<String> = row.get(4)?;
    Ok(License {
        world: codec::read_world(row.get(0)?)?,
        license: LicenseCode::new(row.get::<_, String>(1)?),
        status: codec::read_license_status(&row.get::<_, String>(2)?)?,
        order: order_id.map(|order_id| OrderLine {
            order_id: OrderId::new(order_id),
            order_line_id: OrderLineId::new(order_line_id.unwrap_or_default()),
        }),
        product_id: row.get(5)?,
        activate_time: codec::optional_time(row, 6)?,
        expire_time: codec::optional_time(row, 7)?,
        endpoint: row.get(8)?,
        created_at: codec::time(row, 9)?,
        changed_at: codec::time(row, 10)?,
        amount: row.get(11)?,
        queried_at: codec::optional_time(row, 12)?,
    })
}

/// Every live code.
pub(super) fn all(connection: &Connection) -> Result<Vec<License>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM license WHERE world = 0"))?;
    let rows = statement.query_map((), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Store {
    /// Adds codes that are not known yet, all in one unit of work; returns those that were known.
    pub async fn add_licenses(&self, licenses: Vec<License>) -> Result<Vec<LicenseCode>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut known = Vec::new();
                for license in licenses {
                    if by_code(connection, license.world, &license.license)?.is_some() {
                        known.push(license.license);
                    } else {
                        put(connection, &license)?;
                    }
                }
                Ok(known)
            })
            .await
    }

    /// Those of the codes that are known.
    pub async fn licenses_by_code(&self, world: World, codes: Vec<LicenseCode>) -> Result<Vec<License>, StoreError> {
        self.read(move |connection| {
            codes.iter().filter_map(|code| by_code(connection, world, code).transpose()).collect()
        })
        .await
    }

    pub async fn license(&self, world: World, license: LicenseCode) -> Result<Option<License>, StoreError> {
        self.read(move |connection| by_code(connection, world, &license)).await
    }

    /// Every id that the query finds, in its order.
    pub async fn license_ids(&self, query: LicenseQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        let order = match query.order {
            LicenseOrder::CreatedAt => "created_at",
            LicenseOrder::License => "license",
            LicenseOrder::Status => "status",
            LicenseOrder::ExpireTime => "expire_time",
        };
        let LicenseQuery { world, search, ascending, .. } = query;
        self.ids_of(Listing { table: TABLE, world, search, searched: &SEARCHED, only: None, order, ascending }, asked)
            .await
    }

    /// Rows of a list. Ids that are gone are left out.
    pub async fn licenses(&self, ids: Vec<i64>) -> Result<Vec<(i64, License)>, StoreError> {
        self.rows_of(TABLE, COLUMNS, ids, read).await
    }

    /// Live codes in use of which KooGallery told nothing since `before`, longest not asked about first.
    pub async fn licenses_to_query(&self, before: UnixMillis, limit: usize) -> Result<Vec<LicenseCode>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT license FROM license WHERE world = 0 AND status IN ('active', 'expired')
                     AND coalesce(queried_at, 0) < ?1
                     AND NOT EXISTS (SELECT 1 FROM message WHERE world = 0
                                     AND key = 'license/heartbeat/' || license.license AND last_attempt_at >= ?1)
                 ORDER BY queried_at LIMIT ?2",
            )?;
            let codes =
                statement.query_map(params![before.0, limit], |row| row.get::<_, String>(0).map(LicenseCode::new))?;
            Ok(codes.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What happens next to codes, the soonest `limit` of it.
    pub async fn license_calendar(
        &self,
        query: CalendarQuery,
        policy: GracePolicy,
        now: UnixMillis,
        limit: usize,
    ) -> Result<LicenseCalendar, StoreError> {
        // One more tells that there are more.
        let at_most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut found = Vec::new();
            for reach in license_calendar::reaches(policy, now, query.until) {
                let names: Vec<String> = reach.statuses.iter().map(|status| format!("'{}'", status.name())).collect();
                let sql = format!(
                    "SELECT {COLUMNS} FROM license
                     WHERE world = ? AND expire_time > ? AND expire_time <= ? AND status IN ({})
                     ORDER BY expire_time LIMIT ?",
                    names.join(", ")
                );
                let mut statement = connection.prepare_cached(&sql)?;
                let asked = params![codec::world(query.world), reach.after.0, reach.until.0, at_most];
                for license in statement.query_map(asked, read)? {
                    found.push(license?);
                }
            }
            Ok(LicenseCalendar::of(found, policy, now, limit))
        })
        .await
    }

    /// Everything that happened to a code, oldest first.
    pub async fn messages_of_license(&self, world: World, license: LicenseCode) -> Result<Vec<Message>, StoreError> {
        self.messages_where(world, "license", license.as_str().to_owned()).await
    }
}
