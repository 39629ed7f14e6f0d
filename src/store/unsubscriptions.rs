//! What was noted of requests for an unsubscription.

use super::{
    Store, StoreError,
    notes::{self, Notes},
};
use crate::{
    domain::{World, unsubscription::UnsubscriptionRequest},
    protocol::{UnixMillis, id::OrderId},
};

impl Store {
    /// Of live orders, or of one alone.
    pub async fn unsubscription_requests(
        &self,
        only: Option<OrderId>,
    ) -> Result<Vec<(OrderId, UnsubscriptionRequest)>, StoreError> {
        let only = only.map(|id| vec![id.as_str().to_owned()]);
        self.read(move |connection| notes::read(connection, Notes::UnsubscriptionRequest, World::Live, only.as_deref()))
            .await
    }

    /// Notes what happened; `None` forgets it.
    pub async fn put_unsubscription_request(
        &self,
        world: World,
        order_id: OrderId,
        request: Option<UnsubscriptionRequest>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let put = move |connection: &_| {
            notes::put(connection, Notes::UnsubscriptionRequest, (world, &order_id), request.as_ref(), (&by, now))
        };
        self.inner.writer.run(put).await
    }
}
