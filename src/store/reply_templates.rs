//! Templates of replies to reviews. What one may say is the domain's to know.

use rusqlite::params;

use super::{Store, StoreError};
use crate::{domain::register::ReplyTemplate, protocol::UnixMillis};

impl Store {
    /// By name.
    pub async fn reply_templates(&self) -> Result<Vec<ReplyTemplate>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT id, name, text FROM reply_template ORDER BY name, id";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((), |row| {
                Ok(ReplyTemplate { id: Some(row.get(0)?), name: row.get(1)?, text: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds those without an id, and changes the others. One that is gone meanwhile is added anew.
    pub async fn put_reply_templates(
        &self,
        templates: Vec<ReplyTemplate>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut put = connection.prepare_cached(
                    "INSERT INTO reply_template (id, name, text, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT (id) DO UPDATE SET name = excluded.name, text = excluded.text,
                                                    changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                )?;
                for ReplyTemplate { id, name, text } in &templates {
                    put.execute(params![id, name, text, by, now.0])?;
                }
                Ok(())
            })
            .await
    }

    /// False where there is none.
    pub async fn remove_reply_template(&self, id: i64) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let removed = connection.prepare_cached("DELETE FROM reply_template WHERE id = ?")?.execute([id])?;
                Ok(removed > 0)
            })
            .await
    }
}
