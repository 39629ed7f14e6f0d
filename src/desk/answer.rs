//! Answering a call: one path for KooGallery's calls, the operator's retries and the desk's own.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use super::Desk;
use crate::{
    config::{Endpoint, FulfilmentMode},
    domain::{
        AttemptId, Exception, Fulfilled, Instance, Message, MessageId, MessageKey, Obstacle, Origin, Outcome,
        Provisioning, World, apply, decide, decision::Call, message::Progress,
    },
    fulfilment::{Webhook, WebhookRequest, render},
    protocol::{
        ResultCode, UnixMillis,
        callback::{Activity, Answer, AppInfo, Callback, Wire},
        id::InstanceId,
    },
    store::{Answered, Decided, IncomingCall, Nonce, StoreError},
};

/// How long a call waits for another one with the same business; with the rest of the way it stays below 5 s.
const WAIT_FOR_OTHER: Duration = Duration::from_millis(3_500);
/// How often a message that another process works on is looked at.
const LOOK: Duration = Duration::from_millis(150);

/// When the product is asked again by the desk itself; the last entry repeats.
const AGAIN_AFTER_SECS: [i64; 6] = [5, 15, 60, 300, 900, 1_800];

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("the nonce was used before")]
    Replayed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A verified call, as the receiver hands it over.
#[derive(Clone, Debug)]
pub struct ReceivedCall {
    pub callback: Callback,
    /// `None` where the generation has none.
    pub nonce: Option<String>,
    pub query: String,
    pub body: String,
}

/// A product that is being asked, and when its word will be known.
pub(super) struct Asking {
    instance_id: Option<InstanceId>,
    result: oneshot::Receiver<Result<Decided, StoreError>>,
}

/// Who asked for something that the product is asked about.
struct Caller<'a> {
    promised: bool,
    /// Closed when nobody waits for the result any more.
    waits: &'a oneshot::Sender<Result<Decided, StoreError>>,
}

pub(super) enum Handled {
    Replayed,
    Decided(Box<Decided>),
    Busy(MessageId),
    Asking(Asking),
}

impl Desk {
    /// Answers a verified call. When this returns, what the answer says is on disk.
    pub async fn answer(&self, endpoint: &Endpoint, received: ReceivedCall) -> Result<Answer, AnswerError> {
        let call = IncomingCall {
            nonce: received.nonce.map(Nonce),
            query: received.query,
            ..self.incoming(endpoint, Arc::new(received.callback), received.body, Origin::KooGallery).await
        };
        match self.handle(endpoint, call.clone(), false).await? {
            Handled::Replayed => Err(AnswerError::Replayed),
            Handled::Decided(decided) => Ok(decided.answer),
            Handled::Busy(message_id) => Ok(self.answer_after_other(call, message_id).await?),
            Handled::Asking(asking) => Ok(self.answer_within(&call, asking, budget(endpoint)).await?),
        }
    }

    pub(super) async fn incoming(
        &self,
        endpoint: &Endpoint,
        callback: Arc<Callback>,
        body: String,
        origin: Origin,
    ) -> IncomingCall {
        let now = self.now();
        IncomingCall {
            world: World::of_test_flag(callback.test),
            endpoint: endpoint.name.clone(),
            key: MessageKey::of(&callback),
            client_secret: self.open_client_secret(endpoint, &callback.activity).await,
            callback,
            nonce: None,
            query: String::new(),
            body,
            origin,
            now,
            lease: self.lease(now),
            retry_of: None,
        }
    }

    /// The path that every attempt takes. `promised`: KooGallery was told "in progress" and will not call again, so the
    /// desk itself goes on until the product has done it.
    pub(super) async fn handle(
        &self,
        endpoint: &Endpoint,
        call: IncomingCall,
        promised: bool,
    ) -> Result<Handled, StoreError> {
        let how = How::of(endpoint);
        let deciding = call.clone();
        let answered = self.inner.store.answer_call(call.clone(), move |known| how.decide(&deciding, known)).await?;
        Ok(match answered {
            Answered::Replayed => Handled::Replayed,
            Answered::Busy { message_id } => Handled::Busy(message_id),
            Answered::Decided(decided) => {
                self.instance_appeared(call.world, &decided);
                Handled::Decided(Box::new(decided))
            }
            Answered::Ask { message_id, attempt_id, instance } => {
                let (sender, result) = oneshot::channel();
                let instance_id = instance.as_ref().map(|instance| instance.instance_id.clone());
                let asking = Asking { instance_id, result };
                let (desk, endpoint) = (self.clone(), endpoint.clone());
                // The work goes on whoever waits for it: a caller that hangs up ends nothing.
                tokio::spawn(async move {
                    let caller = Caller { promised, waits: &sender };
                    let decided = desk.ask_product(&endpoint, call, (message_id, attempt_id), instance, caller).await;
                    desk.inner.working.ended(message_id);
                    drop(sender.send(decided));
                });
                Handled::Asking(asking)
            }
        })
    }

    async fn ask_product(
        &self,
        endpoint: &Endpoint,
        call: IncomingCall,
        (message_id, attempt_id): (MessageId, AttemptId),
        instance: Option<Instance>,
        caller: Caller<'_>,
    ) -> Result<Decided, StoreError> {
        let budget = budget(endpoint);
        let fulfilled = match self.webhook(endpoint) {
            Ok(webhook) => {
                let order = self.order_for_product(&call, instance.as_ref(), budget).await;
                let request = WebhookRequest {
                    id: webhook_id(&call, message_id, attempt_id),
                    activity: call.callback.name.clone(),
                    timestamp: self.now(),
                    call: call.callback.wire.members(&call.query, &call.body),
                    instance_id: instance.map(|instance| instance.instance_id),
                    order,
                };
                self.inner.webhooks.ask(&webhook, &request).await
            }
            Err(exception) => Fulfilled::Failed(exception),
        };
        let changing = match &call.callback.activity {
            Activity::UpgradeInstance { order, instance_id, .. }
            | Activity::RefreshInstance { order, instance_id, .. } => Some((order.clone(), instance_id.clone())),
            _ => None,
        };
        let concluding = call.clone();
        let policy = self.policy();
        let call = IncomingCall { now: self.now(), ..call };
        let now = call.now;
        let budget = i64::try_from(budget.as_millis()).unwrap_or(i64::MAX);
        let promised = caller.promised || now.millis_since(concluding.now) >= budget;
        let world = call.world;
        let decided = self
            .inner
            .store
            .conclude(call, (message_id, attempt_id), !caller.waits.is_closed(), move |known| {
                let outcome = apply(asked(&concluding), known, fulfilled, now);
                let again = again_at(&concluding, &outcome, promised, known.attempts, now).filter(|again| {
                    let window = policy.window(&concluding.callback.name, known.received_at);
                    window.is_some_and(|window| *again <= window.closes_at)
                });
                (outcome, again)
            })
            .await?;
        self.instance_appeared(world, &decided);
        if let (Progress::Succeeded, Some((line, instance_id))) = (&decided.progress, changing)
            && let Err(error) = self.inner.store.complete_changed(world, line, instance_id).await
        {
            tracing::error!(%error, "what an order changed is not written to its instance");
        }
        Ok(decided)
    }

    fn webhook(&self, endpoint: &Endpoint) -> Result<Webhook, Exception> {
        let unusable = |said: String| Exception::WebhookUnreachable { reason: Obstacle::NoSecret { said } };
        let Some(webhook) = &endpoint.webhook else {
            let reason = Obstacle::NoWebhook { endpoint: endpoint.name.clone() };
            return Err(Exception::WebhookUnreachable { reason });
        };
        let secret = self.inner.keys.webhook_secret(&endpoint.name).map_err(|error| unusable(error.to_string()))?;
        let secret = crate::fulfilment::SigningSecret::parse(&secret).map_err(|error| unusable(error.to_string()))?;
        Ok(Webhook { url: webhook.url.clone(), secret: Arc::new(secret) })
    }

    /// Waits for the product as long as KooGallery's call can, then promises.
    async fn answer_within(
        &self,
        call: &IncomingCall,
        mut asking: Asking,
        budget: Duration,
    ) -> Result<Answer, StoreError> {
        match timeout(budget, &mut asking.result).await {
            Ok(Ok(decided)) => Ok(decided?.answer),
            Ok(Err(_ended)) => Ok(Answer::of(ResultCode::INTERNAL_ERROR)),
            Err(_elapsed) => Ok(still_working(&call.callback.activity, asking.instance_id)),
        }
    }

    /// The same business is being done by somebody else: their result is the answer.
    async fn answer_after_other(&self, call: IncomingCall, message_id: MessageId) -> Result<Answer, StoreError> {
        let started = tokio::time::Instant::now();
        let answer = loop {
            let waiting = self.inner.working.wait_for(message_id);
            // Listens before it looks, so that no end falls in between.
            let mut ended = pin!(waiting.ended.notified());
            ended.as_mut().enable();
            let message = self.inner.store.message(message_id).await?;
            if let Some(Message { progress, result_code: Some(code), instance_id, .. }) = message
                && progress != Progress::InProgress
            {
                break self.answer_of_other(&call, code, instance_id).await?;
            }
            if started.elapsed() >= WAIT_FOR_OTHER {
                let instance_id = self.inner.store.message(message_id).await?.and_then(|message| message.instance_id);
                break still_working(&call.callback.activity, instance_id);
            }
            let rest = WAIT_FOR_OTHER.saturating_sub(started.elapsed());
            drop(timeout(LOOK.min(rest), ended).await);
        };
        self.inner.store.note_answer(call, message_id, answer.clone(), self.now()).await?;
        Ok(answer)
    }

    async fn answer_of_other(
        &self,
        call: &IncomingCall,
        code: ResultCode,
        instance_id: Option<InstanceId>,
    ) -> Result<Answer, StoreError> {
        let answer = Answer::of(code);
        let (Activity::NewInstance { .. }, Some(instance_id)) = (&call.callback.activity, instance_id) else {
            return Ok(answer);
        };
        let told = match answer.result_code.is_success() {
            true => self.inner.store.instance(call.world, instance_id.clone()).await?,
            false => None,
        };
        let app_info = told.and_then(|instance| instance.app_info);
        Ok(Answer { app_info, ..answer }.with_instance(instance_id))
    }

    /// What was parked for the instance is done now, without anybody waiting.
    fn instance_appeared(&self, world: World, decided: &Decided) {
        if let Some(instance_id) = decided.appeared.clone() {
            let desk = self.clone();
            tokio::spawn(async move { desk.do_parked(world, instance_id).await });
        }
    }
}

impl Asking {
    /// Waits to the end.
    pub(super) async fn finish(self) -> Result<Decided, StoreError> {
        self.result.await.unwrap_or(Err(StoreError::Closed))
    }
}

/// How long KooGallery's call waits for the product.
fn budget(endpoint: &Endpoint) -> Duration {
    Duration::from_millis(endpoint.webhook.as_ref().map_or(0, |webhook| webhook.timeout_ms))
}

/// How an endpoint provisions, owned, so that it can travel to the store's thread.
pub(super) struct How {
    mode: FulfilmentMode,
    template: AppInfo,
}

impl How {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        let template = endpoint.template.as_ref().map(crate::config::Template::to_app_info).unwrap_or_default();
        Self { mode: endpoint.fulfilment, template }
    }

    pub(super) fn decide(&self, call: &IncomingCall, known: &crate::domain::Known) -> crate::domain::Step {
        let rendered = |instance_id: &InstanceId, order: &crate::protocol::id::OrderLine| {
            render(&self.template, instance_id, order)
        };
        let provisioning = match self.mode {
            FulfilmentMode::Template => Provisioning::Template(&rendered),
            FulfilmentMode::Manual => Provisioning::Manual,
            FulfilmentMode::Webhook => Provisioning::Webhook,
        };
        decide(asked(call), known, provisioning, call.now)
    }
}

pub(super) fn asked(call: &IncomingCall) -> Call<'_> {
    Call {
        activity: &call.callback.activity,
        wire: call.callback.wire,
        world: call.world,
        endpoint: &call.endpoint,
        client_secret: call.client_secret.as_ref(),
    }
}

/// When the desk itself has to ask again.
fn again_at(
    call: &IncomingCall,
    outcome: &Outcome,
    promised: bool,
    attempts: u32,
    now: UnixMillis,
) -> Option<UnixMillis> {
    let refused = matches!(outcome.exception, Some(Exception::Refused { .. } | Exception::InstanceReleased { .. }));
    // Promised are what V2 may answer with 000004; in V1 KooGallery goes on calling.
    let purchase = match call.callback.activity {
        Activity::NewInstance { .. } => call.callback.wire == Wire::V2,
        Activity::GetLicenseAsync(_) => true,
        _ => false,
    };
    let waits_for_product = outcome.exception == Some(Exception::WebhookWorking);
    let ours = match outcome.progress {
        Progress::Succeeded => false,
        Progress::InProgress => waits_for_product,
        Progress::Failing => promised && purchase && !refused,
    };
    ours.then(|| {
        let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let secs = AGAIN_AFTER_SECS[place.min(AGAIN_AFTER_SECS.len() - 1)];
        // Spread by a fifth either way, so that a backend that comes back is not met by everything at once.
        let spread = rand::random_range(-20..=20) * secs * 10;
        now.plus_millis(secs * 1000 + spread)
    })
}

fn still_working(activity: &Activity, instance_id: Option<InstanceId>) -> Answer {
    match (activity, instance_id) {
        (Activity::NewInstance { .. }, Some(instance_id)) => {
            Answer::of(ResultCode::IN_PROGRESS).with_instance(instance_id)
        }
        (Activity::GetLicenseAsync(_), _) => Answer::of(ResultCode::IN_PROGRESS),
        _ => Answer::new(ResultCode::INTERNAL_ERROR, "still being processed, please call again"),
    }
}

/// The same for every try of the same business, another one for every question.
fn webhook_id(call: &IncomingCall, message_id: MessageId, attempt_id: AttemptId) -> String {
    let business = call.key.digest();
    match call.callback.activity {
        Activity::ChangeInstanceCheck { .. } => format!("msg_{business}_{message_id}_{}", attempt_id.0),
        _ => format!("msg_{business}_{message_id}"),
    }
}
