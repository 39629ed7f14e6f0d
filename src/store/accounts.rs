//! Of which kind customers' accounts are, as it was noted.

use rusqlite::params;

use super::{Store, StoreError, codec};
use crate::{
    domain::limit::{AccountKind, Accounts},
    protocol::UnixMillis,
};

impl Store {
    pub async fn accounts(&self) -> Result<Accounts, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT customer_id, kind FROM customer_account")?;
            let noted = statement.query_map((), |row| {
                let kind: String = row.get(1)?;
                Ok((row.get(0)?, codec::known("the kind of an account", &kind, AccountKind::parse(&kind))?))
            })?;
            Ok(noted.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Notes it; `None` forgets it.
    pub async fn put_account(
        &self,
        customer_id: String,
        kind: Option<AccountKind>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                match kind {
                    None => connection
                        .prepare_cached("DELETE FROM customer_account WHERE customer_id = ?")?
                        .execute([customer_id])?,
                    Some(kind) => connection
                        .prepare_cached(
                            "INSERT OR REPLACE INTO customer_account (customer_id, kind, changed_by, changed_at)
                             VALUES (?, ?, ?, ?)",
                        )?
                        .execute(params![customer_id, kind.name(), by, now.0])?,
                };
                Ok(())
            })
            .await
    }
}
