//! Requests for an unsubscription: noted by hand, because only the console knows them, with what is due.

use serde_json::{Value, json};

use super::{Desk, StoreError, operator};
use crate::{
    domain::{
        World,
        settlement::ProductType,
        unsubscription::{DecideBy, RequestState, UnsubscriptionRequest},
    },
    protocol::{UnixMillis, id::OrderId},
};

/// A request with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedUnsubscription {
    pub order_id: OrderId,
    pub request: UnsubscriptionRequest,
    pub state: RequestState,
    /// `None` once it is decided.
    pub decide_by: Option<DecideBy>,
}

impl Desk {
    /// Of every live order, those that wait for somebody first, the earliest before the others.
    pub async fn unsubscription_requests(&self) -> Result<Vec<RequestedUnsubscription>, StoreError> {
        let mut requested = Vec::new();
        for (order_id, request) in self.inner.store.unsubscription_requests(None).await? {
            let product = match request.decided {
                None => None,
                Some(_) => self.product_type_of(&order_id).await?,
            };
            requested.push(self.standing_of(order_id, request, product).await);
        }
        requested.sort_by_key(|one| (one.state.is_over(), one.state, one.request.requested_at));
        Ok(requested)
    }

    /// Of one live order.
    pub async fn unsubscription_request(
        &self,
        order_id: &OrderId,
    ) -> Result<Option<RequestedUnsubscription>, StoreError> {
        let product = self.product_type_of(order_id).await?;
        self.request_of(order_id, product).await
    }

    pub(super) async fn request_of(
        &self,
        order_id: &OrderId,
        product: Option<ProductType>,
    ) -> Result<Option<RequestedUnsubscription>, StoreError> {
        match self.inner.store.unsubscription_requests(Some(order_id.clone())).await?.pop() {
            Some((order_id, request)) => Ok(Some(self.standing_of(order_id, request, product).await)),
            None => Ok(None),
        }
    }

    async fn standing_of(
        &self,
        order_id: OrderId,
        request: UnsubscriptionRequest,
        product: Option<ProductType>,
    ) -> RequestedUnsubscription {
        let state = request.state(product == Some(ProductType::Hardware));
        let decide_by = request.decide_by(&self.workdays().await);
        RequestedUnsubscription { order_id, request, state, decide_by }
    }

    /// Notes what happened to a request; `None` forgets it.
    pub async fn note_unsubscription(
        &self,
        order_id: OrderId,
        request: Option<UnsubscriptionRequest>,
    ) -> Result<(), StoreError> {
        self.inner.store.put_unsubscription_request(World::Live, order_id, request, operator(), self.now()).await
    }
}

pub const UNSUBSCRIPTION: &[&str] =
    &["orderId", "state", "requestedAt", "decideBy", "withoutTable", "overdue", "decidedAt", "returnedAt"];

/// A request as `list unsubscriptions --json` tells it.
pub fn requested_row(requested: &RequestedUnsubscription, now: UnixMillis) -> Value {
    let RequestedUnsubscription { order_id, request, state, decide_by } = requested;
    let time = |time: Option<UnixMillis>| time.map(|time| time.to_string());
    json!({
        "orderId": order_id,
        "state": state.name(),
        "requestedAt": request.requested_at.to_string(),
        "decideBy": time(decide_by.map(|by| by.at)),
        "withoutTable": decide_by.and_then(|by| by.without_table),
        "overdue": decide_by.is_some_and(|by| by.at <= now),
        "decidedAt": time(request.decided.map(|(_, at)| at)),
        "returnedAt": time(request.returned_at),
    })
}
