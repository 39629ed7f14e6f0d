//! What was noted of orders' service supervision; an activation that a code told without anybody noting it is part of it.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::{
    Store, StoreError, codec,
    notes::{self, Notes},
};
use crate::{
    domain::{
        World,
        supervision::{Supervised, SupervisionFacts},
    },
    protocol::{UnixMillis, id::OrderId},
};

/// What was noted of an order, with what is needed to tell how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedSupervision {
    pub order_id: OrderId,
    pub facts: SupervisionFacts,
    /// When the order was placed, as far as it is known.
    pub ordered_at: UnixMillis,
    /// For how long it was bought, as far as that is known.
    pub period: Option<(i64, String)>,
}

/// Of these orders, or of all.
pub(super) fn facts(
    connection: &Connection,
    world: World,
    only: Option<&[String]>,
) -> Result<HashMap<OrderId, SupervisionFacts>, StoreError> {
    let noted: Vec<(OrderId, SupervisionFacts)> = notes::read(connection, Notes::Supervision, world, only)?;
    let mut facts: HashMap<_, _> = noted.into_iter().collect();
    let untold = |facts: &SupervisionFacts| facts.kind == Supervised::LicenseCode && facts.activated_at.is_none();
    if facts.values().any(untold) {
        let mut statement = connection.prepare_cached(
            "SELECT order_id, min(activate_time) FROM license
             WHERE world = ?1 AND activate_time IS NOT NULL
                 AND order_id IN (SELECT order_id FROM supervision WHERE world = ?1) GROUP BY order_id",
        )?;
        let told = statement.query_map([codec::world(world)], |row| {
            Ok((OrderId::new(row.get::<_, String>(0)?), codec::time(row, 1)?))
        })?;
        let told: Vec<(OrderId, UnixMillis)> = told.collect::<Result<_, _>>()?;
        for (order_id, at) in told {
            if let Some(facts) = facts.get_mut(&order_id).filter(|facts| untold(facts)) {
                facts.activated_at = Some(at);
            }
        }
    }
    Ok(facts)
}

impl Store {
    pub async fn supervision(&self, world: World, order_id: OrderId) -> Result<Option<SupervisionFacts>, StoreError> {
        self.read(move |connection| {
            let only = [order_id.as_str().to_owned()];
            Ok(facts(connection, world, Some(&only))?.remove(&order_id))
        })
        .await
    }

    /// When KooGallery told that a code of the order was activated.
    pub async fn activated_at(&self, world: World, order_id: OrderId) -> Result<Option<UnixMillis>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT min(activate_time) FROM license WHERE +world = ? AND order_id = ?";
            let parameters = params![codec::world(world), order_id.as_str()];
            Ok(connection.prepare_cached(sql)?.query_row(parameters, |row| codec::optional_time(row, 0))?)
        })
        .await
    }

    /// Of every live order of which something was noted.
    pub async fn supervised(&self) -> Result<Vec<NotedSupervision>, StoreError> {
        self.read(|connection| {
            let mut facts = facts(connection, World::Live, None)?;
            let mut statement = connection.prepare_cached(
                "SELECT order_id,
                     coalesce((SELECT min(coalesce(create_time, called_at, created_at)) FROM order_line
                                   WHERE world = 0 AND order_id = supervision.order_id), changed_at),
                     (SELECT period_number || ' ' || period_type FROM order_line WHERE world = 0
                          AND order_id = supervision.order_id AND period_number || period_type IS NOT NULL LIMIT 1)
                 FROM supervision WHERE world = 0",
            )?;
            let rows = statement.query_map((), |row| {
                let period: Option<String> = row.get(2)?;
                let period = period.and_then(|period| {
                    let (number, unit) = period.split_once(' ')?;
                    Some((number.parse().ok()?, unit.to_owned()))
                });
                Ok((OrderId::new(row.get::<_, String>(0)?), codec::time(row, 1)?, period))
            })?;
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            let noted = rows.into_iter().filter_map(|(order_id, ordered_at, period)| {
                let facts = facts.remove(&order_id)?;
                Some(NotedSupervision { order_id, facts, ordered_at, period })
            });
            Ok(noted.collect())
        })
        .await
    }

    /// Notes what happened; `None` forgets it.
    pub async fn put_supervision(
        &self,
        world: World,
        order_id: OrderId,
        facts: Option<SupervisionFacts>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let put = move |connection: &_| {
            notes::put(connection, Notes::Supervision, (world, &order_id), facts.as_ref(), (&by, now))
        };
        self.inner.writer.run(put).await
    }
}
