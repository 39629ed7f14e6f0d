//! What is remembered of imported tables: which column stood for what, by kind.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError};

impl Store {
    /// As it was remembered, in whatever form that was.
    pub async fn import_columns(&self, kind: &'static str) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT mapping FROM import_columns WHERE kind = ?";
            Ok(connection.prepare_cached(sql)?.query_row([kind], |row| row.get(0)).optional()?)
        })
        .await
    }

    pub async fn remember_import_columns(&self, kind: &'static str, mapping: String) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO import_columns (kind, mapping) VALUES (?, ?)
                         ON CONFLICT (kind) DO UPDATE SET mapping = excluded.mapping",
                    )?
                    .execute(params![kind, mapping])?;
                Ok(())
            })
            .await
    }
}
