//! What orders' statuses follow from, and lists of the orders of one status.

use std::collections::HashSet;

use rusqlite::params;

use super::{Cancel, Store, StoreError, actions, codec, orders, settlement, supervision, watching};
use crate::{
    domain::{OrderStatus, World, order_status::StatusBooks, settlement::TermsTable},
    protocol::{UnixMillis, id::OrderId},
};

fn books(connection: &rusqlite::Connection, world: World) -> Result<StatusBooks, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT order_id FROM message
         WHERE world = ? AND progress <> 0 AND order_id IS NOT NULL AND wire <> ? AND activity IN {}",
        settlement::OPENING
    ))?;
    let under_way = statement
        .query_map(params![codec::world(world), actions::WIRE], |row| row.get::<_, String>(0).map(OrderId::new))?;
    let mut under_way: HashSet<OrderId> = under_way.collect::<Result<_, _>>()?;
    // What is done here without a call, KooGallery does not hear of.
    let at_risk = watching::at_risk(connection, world, UnixMillis(i64::MIN), false)?;
    let unheard = at_risk.into_iter().filter(|order| order.told_at.is_none());
    under_way.extend(unheard.map(|order| order.order.order_id));
    Ok(StatusBooks {
        under_way,
        supervision: supervision::facts(connection, world, None)?,
        terms: TermsTable::new(settlement::all_terms(connection)?.into_iter().map(|kept| kept.terms)),
    })
}

impl Store {
    pub async fn status_books(&self, world: World) -> Result<StatusBooks, StoreError> {
        self.read(move |connection| books(connection, world)).await
    }

    /// Statuses that tables told of and that have no name.
    pub async fn other_order_statuses(&self, world: World) -> Result<Vec<OrderStatus>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT order_status FROM order_line WHERE world = ? AND order_status IS NOT NULL ORDER BY 1",
            )?;
            let words = statement.query_map([codec::world(world)], |row| row.get::<_, String>(0))?;
            let mut statuses = Vec::new();
            for word in words {
                let status = OrderStatus::from_word(&word?);
                statuses.extend(matches!(status, OrderStatus::Other(_)).then_some(status));
            }
            Ok(statuses)
        })
        .await
    }

    /// Those of these lines that have the status, in the same order.
    pub(super) async fn of_status(
        &self,
        world: World,
        ids: Vec<i64>,
        status: OrderStatus,
        now: UnixMillis,
        cancel: Cancel,
    ) -> Result<Vec<i64>, StoreError> {
        self.read_cancellable(cancel, move |connection| {
            let books = books(connection, world)?;
            let mut found = Vec::new();
            for id in ids {
                let Some(order) = orders::by_row(connection, id)? else { continue };
                if books.status(&order, now).as_ref() == Some(&status) {
                    found.push(id);
                }
            }
            Ok(found)
        })
        .await
    }
}
