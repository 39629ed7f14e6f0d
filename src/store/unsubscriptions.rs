//! What was noted of requests for an unsubscription.

use rusqlite::params;

use super::{Store, StoreError, codec};
use crate::{
    domain::{World, unsubscription::UnsubscriptionRequest},
    protocol::{UnixMillis, id::OrderId},
};

impl Store {
    /// Of live orders, or of one alone.
    pub async fn unsubscription_requests(
        &self,
        only: Option<OrderId>,
    ) -> Result<Vec<(OrderId, UnsubscriptionRequest)>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT order_id, facts FROM unsubscription_request
                 WHERE world = 0 AND (?1 IS NULL OR order_id = ?1) ORDER BY order_id",
            )?;
            let noted = statement.query_map([only.as_ref().map(OrderId::as_str)], |row| {
                Ok((OrderId::new(row.get::<_, String>(0)?), row.get::<_, String>(1)?))
            })?;
            let noted: Vec<(OrderId, String)> = noted.collect::<Result<_, _>>()?;
            Ok(noted.into_iter().filter_map(|(id, facts)| Some((id, serde_json::from_str(&facts).ok()?))).collect())
        })
        .await
    }

    /// Notes what happened; `None` forgets it.
    pub async fn put_unsubscription_request(
        &self,
        world: World,
        order_id: OrderId,
        request: Option<UnsubscriptionRequest>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some(request) = &request else {
                    connection
                        .prepare_cached("DELETE FROM unsubscription_request WHERE world = ? AND order_id = ?")?
                        .execute(params![codec::world(world), order_id.as_str()])?;
                    return Ok(());
                };
                let text = serde_json::to_string(request).map_err(|error| StoreError::Sqlite(error.to_string()))?;
                connection
                    .prepare_cached(
                        "INSERT OR REPLACE INTO unsubscription_request (world, order_id, facts, changed_by, changed_at)
                         VALUES (?, ?, ?, ?, ?)",
                    )?
                    .execute(params![codec::world(world), order_id.as_str(), text, by, now.0])?;
                Ok(())
            })
            .await
    }
}
