//! The order that a call of V2 only names, for the product that has to decide: taken from what is known, else asked of
//! KooGallery within a part of the time that the product has. What is not there in time goes without; the question goes on.

use std::time::Duration;

use tokio::time::timeout;

use super::{Desk, outbox::in_turn};
use crate::{
    domain::{Action, Instance, NewAction, Order, Origin, World},
    protocol::{
        callback::{Activity, Wire},
        id::OrderLine,
        open_api::Signing,
    },
    store::{Cancel, IncomingCall, StoreError},
};

/// The share of the product's time that the question may take.
const SHARE: u32 = 3;

impl Desk {
    /// `None` where the call needs none, or where it is not known in time.
    pub(super) async fn order_for_product(
        &self,
        call: &IncomingCall,
        instance: Option<&Instance>,
        budget: Duration,
    ) -> Option<Order> {
        let line = order_of(call, instance)?;
        match self.told_order(call.world, &line, budget / SHARE).await {
            Ok(order) => order,
            Err(error) => {
                tracing::error!(%error, order_id = %line.order_id, "the order cannot be read");
                None
            }
        }
    }

    async fn told_order(&self, world: World, line: &OrderLine, most: Duration) -> Result<Option<Order>, StoreError> {
        let known = self.known_order(world, line).await?;
        if known.is_some() || !self.may_ask() || self.silent_until(Signing::AkSk).is_some() {
            return Ok(known);
        }
        match timeout(most, self.ask_about_order(world, line)).await {
            Ok(asked) => {
                asked?;
                self.known_order(world, line).await
            }
            Err(_elapsed) => Ok(None),
        }
    }

    /// What has begun goes on though nobody waits for it any more.
    async fn ask_about_order(&self, world: World, line: &OrderLine) -> Result<(), StoreError> {
        let mut turn = self.turn_to_ask().await;
        if self.silent_until(Signing::AkSk).is_some() {
            return Ok(());
        }
        let action = Action::QueryOrder { order_id: line.order_id.clone(), order_line_id: None };
        let kept = self.keep_actions(vec![NewAction { world, action, origin: Origin::Automatic }]).await?;
        let desk = self.clone();
        let asking = tokio::spawn(async move {
            let (ids, cancel) = (kept.into_iter().map(|kept| kept.message_id).collect(), Cancel::default());
            let carrying = desk.carry_out(ids, Origin::Automatic, &cancel, None);
            if let Err(error) = in_turn(&mut turn, carrying).await {
                tracing::error!(%error, "an order was not asked about");
            }
        });
        drop(asking.await);
        Ok(())
    }

    /// As the order query told it.
    async fn known_order(&self, world: World, line: &OrderLine) -> Result<Option<Order>, StoreError> {
        let lines = self.inner.store.orders_of(world, line.order_id.clone()).await?;
        let mut told = lines.into_iter().filter(|known| known.queried_at.is_some());
        Ok(told.find(|known| known.order == *line))
    }
}

/// The order to be told of. A check before a renewal names none: what may change is what was bought.
fn order_of(call: &IncomingCall, instance: Option<&Instance>) -> Option<OrderLine> {
    // V1 tells with the call what there is to tell.
    if call.callback.wire != Wire::V2 || call.world != World::Live {
        return None;
    }
    match &call.callback.activity {
        Activity::NewInstance { order, .. }
        | Activity::RefreshInstance { order, .. }
        | Activity::UpgradeInstance { order, .. } => Some(order.clone()),
        Activity::ChangeInstanceCheck { .. } => instance.map(|instance| instance.order.clone()),
        _ => None,
    }
}
