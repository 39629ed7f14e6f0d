//! What was noted of live orders' service supervision, for whatever is worked out from it; an activation that a code told without
//! anybody noting it is part of it.

use std::collections::HashMap;

use rusqlite::{Connection, params_from_iter, types::Value};
use serde_json::json;

use super::{StoreError, codec};
use crate::{
    domain::{
        World,
        supervision::{Supervised, SupervisionFacts},
    },
    protocol::{UnixMillis, id::OrderId},
};

/// Of these orders, or of all.
pub(super) fn facts(
    connection: &Connection,
    world: World,
    only: Option<&[String]>,
) -> Result<HashMap<OrderId, SupervisionFacts>, StoreError> {
    let world = codec::world(world);
    let within = if only.is_some() { " AND order_id IN (SELECT value FROM json_each(?2))" } else { "" };
    let mut statement =
        connection.prepare_cached(&format!("SELECT order_id, facts FROM supervision WHERE world = ?1{within}"))?;
    let ids = only.map(|ids| Value::Text(json!(ids).to_string()));
    let noted = statement.query_map(params_from_iter([Value::Integer(world)].into_iter().chain(ids)), |row| {
        let facts: String = row.get(1)?;
        Ok((OrderId::new(row.get::<_, String>(0)?), serde_json::from_str(&facts).unwrap_or_default()))
    })?;
    let mut facts: HashMap<OrderId, SupervisionFacts> = noted.collect::<Result<_, _>>()?;
    let untold = |facts: &SupervisionFacts| facts.kind == Supervised::LicenseCode && facts.activated_at.is_none();
    if facts.values().any(untold) {
        let mut statement = connection.prepare_cached(
            "SELECT order_id, min(activate_time) FROM license
             WHERE world = ?1 AND activate_time IS NOT NULL
                 AND order_id IN (SELECT order_id FROM supervision WHERE world = ?1) GROUP BY order_id",
        )?;
        let told =
            statement.query_map([world], |row| Ok((OrderId::new(row.get::<_, String>(0)?), codec::time(row, 1)?)))?;
        let told: Vec<(OrderId, UnixMillis)> = told.collect::<Result<_, _>>()?;
        for (order_id, at) in told {
            if let Some(facts) = facts.get_mut(&order_id).filter(|facts| untold(facts)) {
                facts.activated_at = Some(at);
            }
        }
    }
    Ok(facts)
}
