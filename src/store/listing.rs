//! The shape that lists share: one query finds the ids of all their rows in order, eight bytes each, and rows are read by id
//! as they scroll into sight. Knows tables by name only.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Asked, Store, StoreError, codec, readers::ids};
use crate::domain::World;

/// Which ids are wanted. Texts are parts of statements, so they are the program's own.
pub(super) struct Listing {
    pub(super) table: &'static str,
    pub(super) world: World,
    /// Found in any of these columns; empty for all rows.
    pub(super) search: String,
    pub(super) searched: &'static [&'static str],
    /// A further condition.
    pub(super) only: Option<&'static str>,
    pub(super) order: &'static str,
    pub(super) ascending: bool,
}

impl Listing {
    fn sql(&self) -> String {
        let direction = if self.ascending { "ASC" } else { "DESC" };
        let found: String = self.searched.iter().map(|column| format!(" OR {column} LIKE ?3 ESCAPE '\\'")).collect();
        let only = self.only.map(|only| format!("AND {only} ")).unwrap_or_default();
        format!(
            "SELECT id FROM {} WHERE world = ?1 {only}AND (?2 = ''{found}) ORDER BY {} {direction}, id {direction}",
            self.table, self.order
        )
    }
}

impl Store {
    /// Every id that is found, in order.
    pub(super) async fn ids_of(&self, listing: Listing, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        let Asked { cancel, first } = asked.into();
        self.read_cancellable(cancel, move |connection| {
            let search = listing.search.trim();
            let parameters = params![codec::world(listing.world), search, containing(search)];
            let mut statement = connection.prepare_cached(&listing.sql())?;
            ids(statement.query(parameters)?, first)
        })
        .await
    }

    /// The rows with these ids. Ids that are gone are left out.
    pub(super) async fn rows_of<T: Send + 'static>(
        &self,
        table: &'static str,
        columns: &'static str,
        ids: Vec<i64>,
        read: fn(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<(i64, T)>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!("SELECT {columns} FROM {table} WHERE id = ?"))?;
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(row) = statement.query_row([id], read).optional()? {
                    rows.push((id, row));
                }
            }
            Ok(rows)
        })
        .await
    }
}

/// A LIKE pattern that finds `text` anywhere; `\` is the escape.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_in_order_and_the_search_looks_into_every_column() {
        let listing = Listing {
            table: "license",
            world: World::Live,
            search: String::new(),
            searched: &["license", "order_id"],
            only: Some("status = 'added'"),
            order: "created_at",
            ascending: false,
        };
        assert_eq!(
            listing.sql(),
            "SELECT id FROM license WHERE world = ?1 AND status = 'added' AND (?2 = '' OR license LIKE ?3 ESCAPE '\\' \
             OR order_id LIKE ?3 ESCAPE '\\') ORDER BY created_at DESC, id DESC"
        );
    }
}
