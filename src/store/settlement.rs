//! What settlement is worked out from: products' terms, the lines of imported bills, and everything that is known of orders.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row, params, params_from_iter, types::Value};
use serde_json::json;

use super::{
    BatchId, ImportWatch, Store, StoreError, codec, import_batches, instances,
    messages::OF_ORDERS,
    orders, supervision,
    watching::{self, HEARD},
};
use crate::{
    domain::{
        Order, World,
        settlement::{
            BillLine, BillingMonth, Books, Category, Percent, PricePer, ProductType, Terms, UsageMonth, read_amount,
        },
        supervision::SupervisionFacts,
        usage::UsageState,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId},
    },
};

/// Activities that open what an order bought; of those, the first that is done counts.
pub(super) const OPENING: &str = "('newInstance', 'refreshInstance', 'upgradeInstance', 'upgrade', 'getLicense', 'getLicenseAsync', \
                       'refreshLicenseCode')";

/// With who changed it last and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptTerms {
    pub terms: Terms,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

/// A line of a bill; `occurrence` tells lines apart that are the same in everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BillKey {
    pub month: String,
    pub order_id: String,
    pub order_line_id: String,
    pub product: String,
    pub customer: String,
    pub amount: String,
    pub share: String,
    pub occurrence: i64,
}

impl BillKey {
    pub fn of(line: &BillLine, occurrence: i64) -> Self {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            month: line.month.to_string(),
            order_id: line.order_id.to_string(),
            order_line_id: or_empty(&line.order_line_id),
            product: or_empty(&line.product),
            customer: or_empty(&line.customer),
            amount: line.amount.map(|amount| amount.normalize().to_string()).unwrap_or_default(),
            share: line.share.map(|share| share.normalize().to_string()).unwrap_or_default(),
            occurrence,
        }
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn read_terms(row: &Row<'_>) -> Result<KeptTerms, rusqlite::Error> {
    let text = |column| row.get::<_, Option<String>>(column);
    Ok(KeptTerms {
        terms: Terms {
            product_id: row.get(0)?,
            sku_code: some(row.get(1)?),
            product_type: text(2)?.and_then(|text| ProductType::parse(&text)),
            category: text(3)?.and_then(|text| Category::parse(&text)),
            price: text(4)?.and_then(|text| read_amount(&text)),
            per: PricePer::parse(&row.get::<_, String>(5)?).unwrap_or_default(),
            share: text(6)?.and_then(|text| Percent::parse(&text)),
            supervised: row.get(7)?,
        },
        changed_by: row.get(8)?,
        changed_at: codec::time(row, 9)?,
    })
}

fn read_bill(row: &Row<'_>) -> Result<Option<BillLine>, rusqlite::Error> {
    let Some(month) = BillingMonth::parse(&row.get::<_, String>(0)?) else { return Ok(None) };
    Ok(Some(BillLine {
        month,
        order_id: OrderId::new(row.get::<_, String>(1)?),
        order_line_id: some(row.get(2)?),
        product: some(row.get(3)?),
        customer: some(row.get(4)?),
        amount: read_amount(&row.get::<_, String>(5)?),
        share: read_amount(&row.get::<_, String>(6)?),
    }))
}

pub(super) fn all_terms(connection: &Connection) -> Result<Vec<KeptTerms>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT product_id, sku_code, product_type, category, price, per, share, supervised, changed_by, changed_at
         FROM settlement_terms ORDER BY product_id, sku_code",
    )?;
    let rows = statement.query_map((), read_terms)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Store {
    pub async fn settlement_terms(&self) -> Result<Vec<KeptTerms>, StoreError> {
        self.read(all_terms).await
    }

    /// Puts all of these or none, each in the place of the one before.
    pub async fn put_settlement_terms(
        &self,
        lines: Vec<Terms>,
        by: String,
        now: UnixMillis,
        watch: ImportWatch,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut statement = connection.prepare_cached(
                    "INSERT OR REPLACE INTO settlement_terms (product_id, sku_code, product_type, category, price, per, share,
                                                              supervised, changed_by, changed_at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?;
                watch.each(&lines, |terms| {
                    statement.execute(params![
                        terms.product_id,
                        terms.sku_code.as_deref().unwrap_or_default(),
                        terms.product_type.map(ProductType::name),
                        terms.category.map(Category::name),
                        terms.price.map(|price| price.to_string()),
                        terms.per.name(),
                        terms.share.map(|share| share.to_string()),
                        terms.supervised,
                        by,
                        now.0,
                    ])?;
                    Ok(())
                })
            })
            .await
    }

    /// Whether there was such a line.
    pub async fn remove_settlement_terms(
        &self,
        product_id: String,
        sku_code: Option<String>,
    ) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let removed = connection
                    .prepare_cached("DELETE FROM settlement_terms WHERE product_id = ? AND sku_code = ?")?
                    .execute(params![product_id, sku_code.unwrap_or_default()])?;
                Ok(removed > 0)
            })
            .await
    }

    pub async fn bill_lines(&self) -> Result<Vec<BillLine>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT month, order_id, order_line_id, product, customer, amount, share FROM bill_line ORDER BY id",
            )?;
            let rows = statement.query_map((), read_bill)?;
            let lines: Vec<Option<BillLine>> = rows.collect::<Result<_, _>>()?;
            Ok(lines.into_iter().flatten().collect())
        })
        .await
    }

    /// Which of these are there already, in their order.
    pub async fn known_bill_lines(&self, keys: Vec<BillKey>) -> Result<Vec<bool>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT 1 FROM bill_line WHERE month = ? AND order_id = ? AND order_line_id = ? AND product = ?
                     AND customer = ? AND amount = ? AND share = ? AND occurrence = ?",
            )?;
            let known = |key: &BillKey| {
                statement.exists(params![
                    key.month,
                    key.order_id,
                    key.order_line_id,
                    key.product,
                    key.customer,
                    key.amount,
                    key.share,
                    key.occurrence
                ])
            };
            Ok(keys.iter().map(known).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds those that are not there yet, in one unit of work; returns which of them are new.
    pub async fn put_bill_lines(
        &self,
        batch: BatchId,
        keys: Vec<BillKey>,
        by: String,
        now: UnixMillis,
    ) -> Result<Vec<bool>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut statement = connection.prepare_cached(
                    "INSERT INTO bill_line (month, order_id, order_line_id, product, customer, amount, share, occurrence,
                                            imported_by, imported_at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                )?;
                let mut new = Vec::with_capacity(keys.len());
                for key in &keys {
                    let added = statement.execute(params![
                        key.month,
                        key.order_id,
                        key.order_line_id,
                        key.product,
                        key.customer,
                        key.amount,
                        key.share,
                        key.occurrence,
                        by,
                        now.0
                    ])?;
                    if added > 0 {
                        import_batches::keep(connection, batch, connection.last_insert_rowid(), None)?;
                    }
                    new.push(added > 0);
                }
                import_batches::count(connection, batch, new.iter().filter(|new| **new).count())?;
                Ok(new)
            })
            .await
    }

    /// Takes back so many lines of a batch, in one unit of work. True where there are more.
    pub async fn take_back_bill(&self, batch: BatchId, limit: usize, now: UnixMillis) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let rows = import_batches::forget(connection, batch, limit, now)?;
                let mut statement = connection.prepare_cached("DELETE FROM bill_line WHERE id = ?")?;
                for row in &rows {
                    statement.execute([row])?;
                }
                Ok(rows.len() == limit)
            })
            .await
    }

    /// Takes a month's bill away, to import another; how many lines it had.
    pub async fn remove_bill(&self, month: BillingMonth) -> Result<usize, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let month = month.to_string();
                // Their ids may be given to other lines.
                connection
                    .prepare_cached(
                        "DELETE FROM import_row WHERE row IN (SELECT id FROM bill_line WHERE month = ?)
                             AND batch IN (SELECT id FROM import_batch WHERE kind = 'bill')",
                    )?
                    .execute([&month])?;
                Ok(connection.prepare_cached("DELETE FROM bill_line WHERE month = ?")?.execute([&month])?)
            })
            .await
    }

    /// By what is known of which type these live orders are: their lines, what was noted of their supervision, and all terms.
    pub async fn what_was_bought(
        &self,
        order_ids: Vec<OrderId>,
    ) -> Result<(Vec<Order>, HashMap<OrderId, SupervisionFacts>, Vec<KeptTerms>), StoreError> {
        let order_ids: Vec<String> = order_ids.iter().map(ToString::to_string).collect();
        self.read(move |connection| {
            let facts = supervision::facts(connection, World::Live, Some(&order_ids))?;
            Ok((orders::of_ids(connection, &order_ids)?, facts, all_terms(connection)?))
        })
        .await
    }

    /// Everything that settlement looks at; of one order, that with all that its instance was bought, changed and given back by.
    pub async fn settlement_books(&self, only: Option<OrderId>) -> Result<Books, StoreError> {
        self.read(move |connection| match &only {
            None => books(connection, None),
            Some(order_id) => {
                let mut statement = connection.prepare_cached(
                    "SELECT order_id FROM order_line WHERE world = 0 AND order_id = ?1
                     UNION SELECT other.order_id FROM order_line AS other JOIN order_line AS this
                         ON +other.world = 0 AND other.instance_id = this.instance_id
                     WHERE this.world = 0 AND this.order_id = ?1 AND this.instance_id IS NOT NULL",
                )?;
                let ids = statement.query_map([order_id.as_str()], |row| row.get::<_, String>(0))?;
                books(connection, Some(&ids.collect::<Result<Vec<String>, _>>()?))
            }
        })
        .await
    }
}

fn books(connection: &Connection, only: Option<&[String]>) -> Result<Books, StoreError> {
    let within = |column: &str| match only {
        None => String::new(),
        Some(ids) => format!(" AND {column} IN ({})", vec!["?"; ids.len()].join(", ")),
    };
    let bound = || params_from_iter(only.unwrap_or_default());
    let (mut opened, mut unopened) = (HashMap::new(), HashSet::new());
    let (of_these, which) = match only {
        None => (String::new(), Vec::new()),
        Some(ids) => {
            (format!(" AND id IN ({OF_ORDERS})"), vec![Value::Text(json!(ids).to_string()), Value::Integer(0)])
        }
    };
    // A purchase that is done here, and of which KooGallery never heard so, is not opened.
    let sql = format!(
        "SELECT order_id, iif(activity IN {HEARD}, told_at IS NOT NULL, progress = 0) AS done,
             min(CASE WHEN activity IN {HEARD} THEN coalesce(told_at, received_at) WHEN progress = 0 THEN last_attempt_at
                      ELSE received_at END)
         FROM message WHERE +world = 0 AND order_id IS NOT NULL AND activity IN {OPENING}{of_these}
         GROUP BY order_id, done"
    );
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(which), |row| {
        Ok((OrderId::new(row.get::<_, String>(0)?), row.get(1)?, codec::time(row, 2)?))
    })?;
    for row in rows {
        let (order_id, done, at) = row?;
        if done {
            opened.insert(order_id, at);
        } else {
            unopened.insert(order_id);
        }
    }
    unopened.retain(|order_id| !opened.contains_key(order_id));
    let orders = match only {
        None => orders::all(connection)?,
        Some(ids) => orders::of_ids(connection, ids)?,
    };
    let supervision = supervision::facts(connection, World::Live, only)?;
    let of_orders = within("order_id");
    let instances = if only.is_some() {
        format!(" AND instance_id IN (SELECT instance_id FROM order_line WHERE world = 0{of_orders})")
    } else {
        String::new()
    };
    let mut statement = connection.prepare(&format!(
        "SELECT instance_id, status, expire_time, changed_at FROM instance WHERE world = 0{instances}"
    ))?;
    let statuses = statement.query_map(bound(), instances::read_run)?;
    let statuses = statuses.collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT instance_id, begin_time, usage_value, state FROM usage_record WHERE world = 0{instances} ORDER BY id"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut usage: HashMap<(InstanceId, BillingMonth), UsageMonth> = HashMap::new();
    let records = statement.query_map(bound(), |row| {
        let (value, state): (String, String) = (row.get(2)?, row.get(3)?);
        Ok((InstanceId::new(row.get::<_, String>(0)?), codec::time(row, 1)?, value, state))
    })?;
    for record in records {
        let (instance_id, at, value, state) = record?;
        let state = serde_json::from_str(&state).unwrap_or(UsageState::Sent);
        let (Some(month), Some(value)) = (BillingMonth::of(at), read_amount(&value)) else { continue };
        if state == UsageState::Discarded {
            continue;
        }
        let of_month = usage.entry((instance_id.clone(), month)).or_insert_with(|| UsageMonth::new(instance_id, month));
        of_month.add(at, value, state == UsageState::Sent);
    }
    let mut usage: Vec<UsageMonth> = usage.into_values().collect();
    usage.sort_by(|one, other| (&one.instance_id, one.month).cmp(&(&other.instance_id, other.month)));
    let at_risk = watching::ever_at_risk(connection, only)?;
    Ok(Books { orders, statuses, opened, unopened, at_risk, supervision, usage })
}
