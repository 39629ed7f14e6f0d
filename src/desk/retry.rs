//! Trying a message again: with the stored request, on the same path as a call, without the signature's freshness.

use std::sync::Arc;

use super::{
    Desk,
    answer::{Handled, How, asked},
    outbox::MOST_OUTAGES,
};
pub use crate::domain::Foreseen;
use crate::{
    config::Endpoint,
    domain::{
        Change, Exception, Foresight, Fulfilled, Known, Message, MessageId, Origin, Outcome, Step, World, apply,
        foreseen, message::Progress, organisation::OrganisationRows,
    },
    protocol::{
        ResultCode,
        callback::{Activity, SyncChange, Wire},
        id::InstanceId,
        open_api::Signing,
    },
    store::{Decided, IncomingCall, StoreError, StoredRequest},
};

/// What came of one retry.
#[derive(Clone, Debug, PartialEq)]
pub enum RetryResult {
    Succeeded,
    /// It had succeeded before; nothing was done.
    AlreadySucceeded,
    /// The product or the operator still has to do it.
    InProgress(Option<Exception>),
    Failed {
        result_code: ResultCode,
        exception: Option<Exception>,
    },
    /// Somebody else works on it just now.
    Busy,
    /// No such message.
    Gone,
}

/// Many messages that are tried again in turn: what holds for all is not met with each.
#[derive(Debug, Default)]
pub struct RetryRun {
    stopped: Vec<Signing>,
    /// In a row.
    outages: u32,
}

impl Desk {
    /// The next of a run. Where those before showed that the key is wrong, or that nobody answers, nothing is sent and nothing
    /// changes.
    pub async fn retry_next(&self, run: &mut RetryRun, message_id: MessageId) -> Result<RetryResult, StoreError> {
        let signing = self.inner.store.action(message_id).await?.map(|action| action.signing());
        if signing.is_some_and(|signing| run.outages >= MOST_OUTAGES || run.stopped.contains(&signing)) {
            let exception = Some(Exception::NotSent);
            return Ok(RetryResult::Failed { result_code: ResultCode::INTERNAL_ERROR, exception });
        }
        let result = self.retry(message_id).await?;
        let Some(signing) = signing else { return Ok(result) };
        let is_outage = match &result {
            RetryResult::Failed { exception: Some(Exception::OpenApi { fault }), .. } => {
                run.stopped.extend(fault.ends(signing));
                fault.is_outage()
            }
            _ => false,
        };
        run.outages = if is_outage { run.outages + 1 } else { 0 };
        Ok(result)
    }

    /// Tries a message again for the operator.
    pub async fn retry(&self, message_id: MessageId) -> Result<RetryResult, StoreError> {
        self.try_again(message_id, Origin::Operator, false).await
    }

    /// What [`Self::retry`] would come to, found on the same path up to where something would be written or somebody asked.
    pub async fn foresee_retry(&self, message_id: MessageId) -> Result<Foreseen, StoreError> {
        let (endpoint, call) = match self.stored_call(message_id, Origin::Operator).await? {
            Stored::Settled(settled) => return Ok(foreseen_of(settled)),
            Stored::Action(message) => return self.foresee_action(&message).await,
            Stored::Call(endpoint, call) => (endpoint, *call),
        };
        let url = endpoint.webhook.as_ref().map(|webhook| webhook.url.clone()).unwrap_or_default();
        let (how, world, deciding) = (How::of(&endpoint), call.world, call.clone());
        let organisation = self.organisation_before(world, &call.callback.activity).await?;
        let foreseeing = move |known: &Known| {
            let known = Known { organisation, ..known.clone() };
            foresee(&how, &deciding, &known, url)
        };
        let (foreseen, appears) = self.inner.store.foresee(call, foreseeing).await?;
        let Some(instance_id) = appears else { return Ok(foreseen) };
        let waiting = self.inner.store.parked_for(world, instance_id).await?.len();
        Ok(match foreseen {
            Foreseen::Decided(foresight) => Foreseen::Decided(Foresight { waiting, ..foresight }),
            Foreseen::AsksProduct { url, meanwhile, if_done } => {
                let if_done = if_done.map(|foresight| Foresight { waiting, ..foresight });
                Foreseen::AsksProduct { url, meanwhile, if_done }
            }
            other => other,
        })
    }

    async fn organisation_before(&self, world: World, activity: &Activity) -> Result<OrganisationRows, StoreError> {
        let Activity::Kit(sync) = activity else { return Ok(OrganisationRows::default()) };
        let app_id = match &sync.change {
            SyncChange::Application { app_id, .. } => Some(app_id.clone()),
            _ => None,
        };
        self.inner.store.organisation_rows(world, sync.tenant_id.clone(), app_id).await
    }

    async fn foresee_action(&self, message: &Message) -> Result<Foreseen, StoreError> {
        let asks_again = self.inner.store.action(message.id).await?.is_some_and(|action| action.is_question());
        Ok(match message.progress {
            Progress::Succeeded if !asks_again => Foreseen::AlreadySucceeded,
            _ => Foreseen::AsksKooGallery { interface: message.activity.clone() },
        })
    }

    pub(super) async fn try_again(
        &self,
        message_id: MessageId,
        origin: Origin,
        promised: bool,
    ) -> Result<RetryResult, StoreError> {
        let (endpoint, call) = match self.stored_call(message_id, origin).await? {
            Stored::Settled(settled) => return Ok(settled),
            Stored::Action(message) => return self.carry_out_again(&message, origin).await,
            Stored::Call(endpoint, call) => (endpoint, *call),
        };
        Ok(match self.handle(&endpoint, call, promised).await? {
            Handled::Replayed | Handled::Busy(_) => RetryResult::Busy,
            Handled::Decided(decided) => result_of(*decided),
            Handled::Asking(asking) => result_of(asking.finish().await?),
        })
    }

    /// The call that a message came with, to be answered once more.
    async fn stored_call(&self, message_id: MessageId, origin: Origin) -> Result<Stored, StoreError> {
        let settled = |result| Ok(Stored::Settled(result));
        let done = match self.inner.store.message(message_id).await? {
            None => return settled(RetryResult::Gone),
            Some(message) if message.is_action() => return Ok(Stored::Action(Box::new(message))),
            Some(message) => message.progress == Progress::Succeeded,
        };
        let Some(stored) = self.inner.store.stored_request(message_id).await? else {
            return settled(if done { RetryResult::AlreadySucceeded } else { RetryResult::Gone });
        };
        let failed = |exception| {
            let result_code = ResultCode::INTERNAL_ERROR;
            settled(RetryResult::Failed { result_code, exception: Some(exception) })
        };
        let config = self.config();
        let Some(endpoint) = config.endpoint(&stored.message.endpoint) else {
            return failed(Exception::EndpointGone { endpoint: stored.message.endpoint });
        };
        let StoredRequest { message, query, body } = stored;
        let Some(wire) = message.wire else { return settled(RetryResult::Gone) };
        let callback = match wire.read(&message.activity, &query, body.as_bytes()) {
            Ok(callback) => Arc::new(callback),
            Err(error) => return failed(Exception::Other { text: error.to_string() }),
        };
        // An old freeze that was done is not done again because of what happened since; a question may be asked again.
        if message.progress == Progress::Succeeded && !callback.activity.is_question() {
            return settled(RetryResult::AlreadySucceeded);
        }
        let call = IncomingCall {
            retry_of: Some(message_id),
            // Of V1 the query is the request.
            query: if wire == Wire::V1 { query } else { String::new() },
            ..self.incoming(endpoint, callback, body, origin).await
        };
        Ok(Stored::Call(Box::new(endpoint.clone()), Box::new(call)))
    }

    /// Does what was parked for an instance, in the order in which it came.
    pub(super) async fn do_parked(&self, world: World, instance_id: InstanceId) {
        match self.inner.store.parked_for(world, instance_id.clone()).await {
            Ok(parked) => {
                for message_id in parked {
                    if let Err(error) = self.try_again(message_id, Origin::Automatic, false).await {
                        tracing::error!(%error, %message_id, "a parked message was not done");
                    }
                }
            }
            Err(error) => tracing::error!(%error, %instance_id, "parked messages cannot be read"),
        }
    }
}

/// What a message is before it is tried again.
enum Stored {
    /// There is nothing to be tried.
    Settled(RetryResult),
    Action(Box<Message>),
    Call(Box<Endpoint>, Box<IncomingCall>),
}

fn foreseen_of(settled: RetryResult) -> Foreseen {
    match settled {
        RetryResult::Succeeded | RetryResult::AlreadySucceeded => Foreseen::AlreadySucceeded,
        RetryResult::Busy => Foreseen::Busy,
        RetryResult::Failed { exception: Some(exception), .. } | RetryResult::InProgress(Some(exception)) => {
            Foreseen::Impossible(exception)
        }
        RetryResult::Gone | RetryResult::Failed { .. } | RetryResult::InProgress(None) => Foreseen::Gone,
    }
}

/// With the instance that would appear, where it is a purchase that does so.
fn foresee(how: &How, call: &IncomingCall, known: &Known, url: String) -> (Foreseen, Option<InstanceId>) {
    match how.decide(call, known) {
        Step::Repeat(_) => (Foreseen::AlreadySucceeded, None),
        Step::Wait => (Foreseen::Busy, None),
        Step::Finish(outcome) => (Foreseen::Decided(Foresight::of(known, &outcome)), appearing(call, &outcome)),
        Step::Ask(new) => {
            let meanwhile = foreseen::changes(known, new.as_deref());
            let mut then = known.clone();
            if let (Some(Change::Instance(bought)), true) = (new.as_deref(), then.instances.is_empty()) {
                then.instances.push(bought.clone());
            }
            let done = apply(asked(call), &then, Fulfilled::Done { app_info: None }, call.now);
            let appears = appearing(call, &done);
            let depends = foreseen::depends_on_the_product(&call.callback.activity, &done);
            let if_done = (!depends).then(|| Foresight::of(&then, &done));
            (Foreseen::AsksProduct { url, meanwhile, if_done }, appears)
        }
    }
}

fn appearing(call: &IncomingCall, outcome: &Outcome) -> Option<InstanceId> {
    let is_purchase = matches!(call.callback.activity, Activity::NewInstance { .. });
    outcome.instance().filter(|_| is_purchase).map(|instance| instance.instance_id.clone())
}

pub(super) fn result_of(decided: Decided) -> RetryResult {
    match decided.progress {
        Progress::Succeeded if decided.repeated => RetryResult::AlreadySucceeded,
        Progress::Succeeded => RetryResult::Succeeded,
        Progress::InProgress => RetryResult::InProgress(decided.exception),
        Progress::Failing => {
            RetryResult::Failed { result_code: decided.answer.result_code, exception: decided.exception }
        }
    }
}
