//! What the desk asks KooGallery by itself: what became due, orders that calls named, codes once a day, Licenses that wait to
//! be uploaded. Nothing of it is begun where there are no AK and SK: then nobody meant it.

use crate::{
    desk::Desk,
    domain::{Action, MessageId, NewAction, Order, Origin, World},
    protocol::{callback::Wire, id::LicenseCode, open_api::Signing},
    store::{Cancel, ClaimedAction, StoreError},
};

/// Calls that are read for their orders at a time.
const CALLS_AT_ONCE: usize = 500;
/// Questions that are kept at a time.
const QUESTIONS_AT_ONCE: usize = 200;
const DUE_AT_ONCE: usize = 100;
/// Orders older than this are asked about by hand only: AK and SK set on an old file must not ask about all of it.
const ASKS_BACK_MILLIS: i64 = 7 * 24 * 3_600_000;
const DAY_MILLIS: i64 = 24 * 3_600_000;

impl Desk {
    /// One round of it; true where there may be more at once.
    pub(in crate::desk) async fn do_own_actions(&self) -> Result<bool, StoreError> {
        if self.may_ask() {
            if self.silent_until(Signing::AkSk).is_none() {
                self.ask_about_orders().await?;
                if self.config().marketplace.query_licenses_daily {
                    self.ask_about_licenses().await?;
                }
            }
            self.upload_waiting_licenses().await?;
        }
        let due = self.inner.store.due_actions(self.now(), DUE_AT_ONCE).await?;
        let more = !due.is_empty();
        self.carry_out(due, Origin::Automatic, &Cancel::default(), None).await?;
        Ok(more)
    }

    /// Whether there are AK and SK.
    pub(in crate::desk) fn may_ask(&self) -> bool {
        self.api_keys().access.is_some()
    }

    /// Puts orders together from the calls that came since the last look, away from the path on which calls are answered.
    pub(in crate::desk) async fn read_orders_of_calls(&self) -> Result<bool, StoreError> {
        let (calls, last) = self.inner.store.calls_not_read_for_orders(CALLS_AT_ONCE).await?;
        let Some(last) = last else { return Ok(false) };
        let more = calls.len() == CALLS_AT_ONCE;
        let orders = calls
            .into_iter()
            .filter_map(|call| {
                let message = call.message;
                let callback = message.wire?.read(&message.activity, &call.query, call.body.as_bytes()).ok()?;
                let order = Order::of_call(message.world, &callback, message.instance_id, call.at)?;
                Some(match callback.wire {
                    Wire::V1 => order.with_parameters(&callback.wire.members(&call.query, &call.body)),
                    _ => order,
                })
            })
            .collect();
        self.inner.store.put_called_orders(orders, last).await?;
        Ok(more)
    }

    async fn ask_about_orders(&self) -> Result<(), StoreError> {
        let since = self.now().plus_millis(-ASKS_BACK_MILLIS);
        let orders = self.inner.store.orders_to_query(since, QUESTIONS_AT_ONCE).await?;
        let question = |order_id| Action::QueryOrder { order_id, order_line_id: None };
        self.keep_own(World::Live, orders.into_iter().map(question)).await
    }

    async fn ask_about_licenses(&self) -> Result<(), StoreError> {
        let before = self.now().plus_millis(-DAY_MILLIS);
        let codes = self.inner.store.licenses_to_query(before, QUESTIONS_AT_ONCE).await?;
        self.keep_own(World::Live, codes.into_iter().map(|license| Action::QueryLicense { license })).await
    }

    /// The batch interface tells nothing of the codes it activated, so they are asked about.
    pub(super) async fn ask_about_activated(&self, activated: &[ClaimedAction]) {
        for world in [World::Live, World::Test] {
            let codes = activated.iter().filter(|one| one.world == world).filter_map(|one| one.action.license());
            let questions: Vec<Action> =
                codes.map(|license| Action::QueryLicense { license: license.clone() }).collect();
            if let Err(error) = self.keep_own(world, questions).await {
                tracing::error!(%error, "activated codes are not asked about");
            }
        }
    }

    /// Due at once, for the background work.
    async fn keep_own(&self, world: World, actions: impl IntoIterator<Item = Action>) -> Result<(), StoreError> {
        let new = |action| (NewAction { world, action, origin: Origin::Automatic }, None);
        let actions: Vec<_> = actions.into_iter().map(new).collect();
        if !actions.is_empty() {
            let now = self.now();
            self.inner.store.keep_actions(actions, now, now).await?;
        }
        Ok(())
    }

    /// What the product told in answer to an application goes to KooGallery by itself.
    async fn upload_waiting_licenses(&self) -> Result<(), StoreError> {
        let waiting = self.inner.store.licenses_to_upload().await?;
        let upload = |waiting: crate::store::WaitingLicense| {
            let action = Action::UploadLicense {
                event_id: waiting.event_id,
                file_name: waiting.license.file_name,
                application: Some(waiting.message_id.0),
            };
            (NewAction { world: waiting.world, action, origin: Origin::Automatic }, Some(waiting.license.content))
        };
        let actions: Vec<_> = waiting.into_iter().map(upload).collect();
        if !actions.is_empty() {
            let now = self.now();
            self.inner.store.keep_actions(actions, now, now).await?;
        }
        Ok(())
    }

    /// Asks about codes for the operator.
    pub async fn query_licenses(&self, world: World, codes: Vec<LicenseCode>) -> Result<Vec<MessageId>, StoreError> {
        let new = |license| NewAction { world, action: Action::QueryLicense { license }, origin: Origin::Operator };
        let kept = self.keep_actions(codes.into_iter().map(new).collect()).await?;
        Ok(kept.into_iter().map(|kept| kept.message_id).collect())
    }
}
