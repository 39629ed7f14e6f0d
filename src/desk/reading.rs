//! What lists, detail panes and the command line read. Every question is answered from the store, never from memory.

use super::Desk;
use crate::{
    domain::{
        Attempt, Instance, Message, MessageId, RejectedCall, World,
        listing::{InstanceQuery, MessageQuery},
    },
    protocol::{UnixMillis, id::InstanceId},
    store::{Asked, OverviewRows, StoreError},
};

const HOUR: i64 = 3_600_000;

impl Desk {
    pub async fn message_ids(&self, query: MessageQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        self.inner.store.message_ids(query, asked).await
    }

    pub async fn messages(&self, ids: Vec<i64>) -> Result<Vec<Message>, StoreError> {
        self.inner.store.messages(ids).await
    }

    /// A message with its attempts, oldest first, and the instance that it is about.
    pub async fn message(
        &self,
        id: MessageId,
    ) -> Result<Option<(Message, Vec<Attempt>, Option<Instance>)>, StoreError> {
        let Some(message) = self.inner.store.message(id).await? else { return Ok(None) };
        let attempts = self.inner.store.attempts(id).await?;
        let instance = match &message.instance_id {
            Some(instance_id) => self.inner.store.instance(message.world, instance_id.clone()).await?,
            None => None,
        };
        Ok(Some((message, attempts, instance)))
    }

    pub async fn instance_ids(&self, query: InstanceQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        self.inner.store.instance_ids(query, asked).await
    }

    pub async fn instances(&self, ids: Vec<i64>) -> Result<Vec<(i64, Instance)>, StoreError> {
        self.inner.store.instances(ids).await
    }

    /// An instance with its access data, and everything that happened to it.
    pub async fn instance(
        &self,
        world: World,
        instance_id: InstanceId,
    ) -> Result<Option<(Instance, Vec<Message>)>, StoreError> {
        let Some(instance) = self.inner.store.instance(world, instance_id.clone()).await? else { return Ok(None) };
        let messages = self.inner.store.messages_of_instance(world, instance_id).await?;
        Ok(Some((instance, messages)))
    }

    /// Newest first.
    pub async fn rejected(&self, limit: usize) -> Result<Vec<RejectedCall>, StoreError> {
        self.inner.store.rejected(limit).await
    }

    /// The last 24 hours, and what needs somebody.
    pub async fn overview(&self, world: World) -> Result<OverviewRows, StoreError> {
        let now = self.now();
        let this_hour = now.0 - now.0.rem_euclid(HOUR);
        let since = UnixMillis(this_hour).plus_millis(-23 * HOUR);
        self.inner.store.overview(world, since).await
    }
}
