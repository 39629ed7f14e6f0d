//! What an operator noted of an order, as JSON in a table of its own, with who noted it last and when. Knows not what it says.

use rusqlite::{Connection, params, params_from_iter, types::Value};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{StoreError, codec};
use crate::{
    domain::World,
    protocol::{UnixMillis, id::OrderId},
};

#[derive(Clone, Copy, Debug)]
pub(super) enum Notes {
    Supervision,
    UnsubscriptionRequest,
}

impl Notes {
    const fn table(self) -> &'static str {
        match self {
            Self::Supervision => "supervision",
            Self::UnsubscriptionRequest => "unsubscription_request",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Supervision => "what was noted of a service supervision",
            Self::UnsubscriptionRequest => "what was noted of a request for an unsubscription",
        }
    }
}

/// Of these orders, or of all.
pub(super) fn read<T: DeserializeOwned>(
    connection: &Connection,
    notes: Notes,
    world: World,
    only: Option<&[String]>,
) -> Result<Vec<(OrderId, T)>, StoreError> {
    let within = if only.is_some() { " AND order_id IN (SELECT value FROM json_each(?2))" } else { "" };
    let sql = format!("SELECT order_id, facts FROM {} WHERE world = ?1{within} ORDER BY order_id", notes.table());
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = only.map(|ids| Value::Text(json!(ids).to_string()));
    let bound = params_from_iter([Value::Integer(codec::world(world))].into_iter().chain(ids));
    let noted = statement.query_map(bound, |row| {
        let facts: String = row.get(1)?;
        Ok((OrderId::new(row.get::<_, String>(0)?), codec::read_json(notes.what(), &facts)?))
    })?;
    Ok(noted.collect::<Result<_, _>>()?)
}

/// `None` forgets it.
pub(super) fn put(
    connection: &Connection,
    notes: Notes,
    (world, order_id): (World, &OrderId),
    noted: Option<&impl Serialize>,
    (by, now): (&str, UnixMillis),
) -> Result<(), StoreError> {
    let (table, world) = (notes.table(), codec::world(world));
    let Some(noted) = noted else {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE world = ? AND order_id = ?"))?
            .execute(params![world, order_id.as_str()])?;
        return Ok(());
    };
    let facts = serde_json::to_string(noted).map_err(|error| StoreError::Sqlite(error.to_string()))?;
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO {table} (world, order_id, facts, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)"
        ))?
        .execute(params![world, order_id.as_str(), facts, by, now.0])?;
    Ok(())
}
