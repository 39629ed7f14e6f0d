//! Manual fulfilment: the operator tells the access data.

use super::{Desk, DeskError};
use crate::{
    domain::{MessageId, World},
    protocol::{callback::AppInfo, id::InstanceId},
};

impl Desk {
    /// Provisions an instance by hand, or replaces its access data. `queryInstance` answers them from now on, and what was
    /// parked for the instance is done.
    pub async fn fulfil(
        &self,
        world: World,
        instance_id: InstanceId,
        app_info: AppInfo,
    ) -> Result<MessageId, DeskError> {
        let fulfilled = self.inner.store.fulfil(world, instance_id.clone(), app_info, self.now()).await?;
        let message_id = fulfilled
            .ok_or_else(|| DeskError::NoSuchInstance(instance_id.to_string()))?
            .map_err(|exception| DeskError::NotFulfilled { instance_id: instance_id.to_string(), exception })?;
        self.do_parked(world, instance_id).await;
        Ok(message_id)
    }
}
