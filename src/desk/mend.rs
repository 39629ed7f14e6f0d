//! What the operator has the product do to an instance without a call of KooGallery's: on the very path that the call would
//! take, so that the product is asked, and the call, should it come after all, finds it done.

use std::sync::Arc;

use serde_json::json;

use super::{
    Desk, DeskError,
    answer::Handled,
    retry::{RetryResult, result_of},
};
use crate::{
    domain::{Exception, Origin, World, reconcile::Mend},
    protocol::{ResultCode, callback::Wire, id::InstanceId},
};

impl Desk {
    pub async fn mend_instance(
        &self,
        world: World,
        instance_id: InstanceId,
        mend: Mend,
    ) -> Result<RetryResult, DeskError> {
        let found = self.inner.store.instance(world, instance_id.clone()).await?;
        let instance = found.ok_or_else(|| DeskError::NoSuchInstance(instance_id.to_string()))?;
        let failed =
            |exception| RetryResult::Failed { result_code: ResultCode::INTERNAL_ERROR, exception: Some(exception) };
        let config = self.config();
        let Some(endpoint) = config.endpoint(&instance.endpoint) else {
            return Ok(failed(Exception::EndpointGone { endpoint: instance.endpoint }));
        };
        let mut body = json!({ "activity": mend.activity(), "instanceId": instance_id });
        if let Some(status) = mend.status() {
            body["status"] = json!(status);
        }
        if world == World::Test {
            body["testFlag"] = json!(1);
        }
        let body = body.to_string();
        let callback = match Wire::V2.read(mend.activity(), "", body.as_bytes()) {
            Ok(callback) => Arc::new(callback),
            Err(error) => return Ok(failed(Exception::Other { text: error.to_string() })),
        };
        let call = self.incoming(endpoint, callback, body, Origin::Operator).await;
        Ok(match self.handle(endpoint, call, false).await? {
            Handled::Replayed | Handled::Busy(_) => RetryResult::Busy,
            Handled::Decided(decided) => result_of(*decided),
            Handled::Asking(asking) => result_of(asking.finish().await?),
        })
    }
}
