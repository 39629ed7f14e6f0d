//! The `clientSecret` of an application, opened: for the operator who asks for it, and for nothing else.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, actions::unsealed, codec, organisations::secret_place};
use crate::{
    domain::World,
    protocol::{Secret, id::TenantId},
};

impl Store {
    /// `None` where no such application is known, or none of its secrets is kept.
    pub async fn client_secret(
        &self,
        world: World,
        tenant_id: TenantId,
        app_id: String,
    ) -> Result<Option<Secret>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.read(move |connection| {
            let sealed: Option<Option<Vec<u8>>> = connection
                .prepare_cached(
                    "SELECT client_secret FROM application WHERE world = ? AND tenant_id = ? AND app_id = ?",
                )?
                .query_row(params![codec::world(world), tenant_id.as_str(), app_id], |row| row.get(0))
                .optional()?;
            let place = secret_place(tenant_id.as_str(), &app_id);
            sealed.flatten().map(|sealed| unsealed(&key, place.as_bytes(), &sealed)).transpose()
        })
        .await
    }
}
