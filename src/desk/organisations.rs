//! Reading what the kit told of buying organisations.

use super::Desk;
use crate::{
    domain::{
        Message, World,
        organisation::{Application, KnownDepartment, KnownUser, Organisation, Tenant},
    },
    protocol::{Secret, id::TenantId},
    store::StoreError,
};

impl Desk {
    /// Tenants that the text is found in, or in anything that belongs to them; newest change first.
    pub async fn tenants(&self, world: World, search: &str) -> Result<Vec<Tenant>, StoreError> {
        self.inner.store.tenants(world, search.to_owned()).await
    }

    /// A tenant with everything in it, and everything that happened to it.
    pub async fn organisation(
        &self,
        world: World,
        tenant_id: TenantId,
    ) -> Result<Option<(Organisation, Vec<Message>)>, StoreError> {
        let Some(found) = self.inner.store.organisation(world, tenant_id.clone()).await? else { return Ok(None) };
        let messages = self.inner.store.messages_of_tenant(world, tenant_id).await?;
        Ok(Some((found, messages)))
    }

    /// For the operator alone, who hands it to the seller's application.
    pub async fn client_secret(
        &self,
        world: World,
        tenant_id: TenantId,
        app_id: String,
    ) -> Result<Option<Secret>, StoreError> {
        self.inner.store.client_secret(world, tenant_id, app_id).await
    }

    pub async fn users(&self, world: World) -> Result<Vec<KnownUser>, StoreError> {
        self.inner.store.users(world, None).await
    }

    pub async fn departments(&self, world: World) -> Result<Vec<KnownDepartment>, StoreError> {
        self.inner.store.departments(world, None).await
    }

    pub async fn applications(&self, world: World) -> Result<Vec<Application>, StoreError> {
        self.inner.store.applications(world, None).await
    }
}
