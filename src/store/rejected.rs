//! The bounded list of refused calls. Never the messages' business.

use rusqlite::params;

use super::{Store, StoreError, codec};
use crate::{
    domain::{Computed, RejectedCall, Rejection, probe::RefusedQuestion},
    protocol::UnixMillis,
};

/// Older ones make room.
const KEPT: i64 = 1_000;
/// Of the texts of each this much is kept, in characters.
const KEPT_OF_TEXT: usize = 4 * 1024;

#[derive(Clone, Debug)]
pub struct NewRejection {
    pub received_at: UnixMillis,
    pub endpoint: String,
    pub peer: String,
    pub rejection: Rejection,
    /// The whole texts, of which only the beginning is kept.
    pub request_query: String,
    pub request_body: String,
    pub computed: Computed,
}

fn beginning(text: &str) -> String {
    text.chars().take(KEPT_OF_TEXT).collect()
}

/// As it is kept; what another version wrote is told as it stands.
pub(super) fn read_rejection(kept: String) -> Rejection {
    serde_json::from_str(&kept).unwrap_or(Rejection::Other { text: kept })
}

impl Store {
    pub async fn reject(&self, call: NewRejection) -> Result<(), StoreError> {
        let written = |error: serde_json::Error| StoreError::Sqlite(error.to_string());
        // Whoever calls decides how long it is: it is not looked through where real calls wait to be written.
        let rejection = serde_json::to_string(&call.rejection).map_err(written)?;
        let question = RefusedQuestion::of(&call.request_query, &call.request_body);
        let question = question.map(|question| serde_json::to_string(&question)).transpose().map_err(written)?;
        let computed = call.computed.write().map_err(written)?;
        self.inner
            .writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO rejected (received_at, endpoint, peer, rejection, request_query, request_body, computed,
                                               question)
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    )?
                    .execute(params![
                        call.received_at.0,
                        call.endpoint,
                        call.peer,
                        rejection,
                        beginning(&call.request_query),
                        beginning(&call.request_body),
                        computed,
                        question
                    ])?;
                let newest = connection.last_insert_rowid();
                connection.prepare_cached("DELETE FROM rejected WHERE id <= ?")?.execute([newest - KEPT])?;
                Ok(())
            })
            .await
    }

    /// Newest first.
    pub async fn rejected(&self, limit: usize) -> Result<Vec<RejectedCall>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(KEPT);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, received_at, endpoint, peer, rejection, request_query, request_body, computed
                 FROM rejected ORDER BY id DESC LIMIT ?",
            )?;
            let rows = statement.query_map([limit], |row| {
                Ok(RejectedCall {
                    id: row.get(0)?,
                    received_at: codec::time(row, 1)?,
                    endpoint: row.get(2)?,
                    peer: row.get(3)?,
                    rejection: read_rejection(row.get(4)?),
                    request_query: row.get(5)?,
                    request_body: row.get(6)?,
                    computed: Computed::read(row.get(7)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
