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
        let noted = self.inner.store.unsubscription_requests(None).await?;
        self.standing_of(noted).await
    }

    /// Those alone that wait for somebody.
    pub async fn waiting_unsubscriptions(&self) -> Result<Vec<RequestedUnsubscription>, StoreError> {
        let mut noted = self.inner.store.unsubscription_requests(None).await?;
        // Hardware waits longest: what is over even so is not looked up.
        noted.retain(|(_, request)| !request.state(true).is_over());
        let mut requested = self.standing_of(noted).await?;
        requested.retain(|one| !one.state.is_over());
        Ok(requested)
    }

    /// Of one live order.
    pub async fn unsubscription_request(
        &self,
        order_id: &OrderId,
    ) -> Result<Option<RequestedUnsubscription>, StoreError> {
        let noted = self.inner.store.unsubscription_requests(Some(order_id.clone())).await?;
        Ok(self.standing_of(noted).await?.pop())
    }

    async fn standing_of(
        &self,
        noted: Vec<(OrderId, UnsubscriptionRequest)>,
    ) -> Result<Vec<RequestedUnsubscription>, StoreError> {
        if noted.is_empty() {
            return Ok(Vec::new());
        }
        let decided = noted.iter().filter(|(_, request)| request.decided.is_some());
        let types = self.product_types(decided.map(|(order_id, _)| order_id.clone()).collect()).await?;
        let workdays = self.workdays().await;
        let mut requested: Vec<_> = noted
            .into_iter()
            .map(|(order_id, request)| {
                let state = request.state(types.get(&order_id) == Some(&ProductType::Hardware));
                let decide_by = request.decide_by(&workdays);
                RequestedUnsubscription { order_id, request, state, decide_by }
            })
            .collect();
        requested.sort_by_key(|one| (one.state.is_over(), one.state, one.request.requested_at));
        Ok(requested)
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
