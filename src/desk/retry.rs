//! Trying a message again: with the stored request, on the same path as a call, without the signature's freshness.

use std::sync::Arc;

use super::{Desk, answer::Handled};
use crate::{
    domain::{Exception, MessageId, Origin, World, message::Progress},
    protocol::{ResultCode, callback::Wire, id::InstanceId},
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

impl Desk {
    /// Tries a message again for the operator.
    pub async fn retry(&self, message_id: MessageId) -> Result<RetryResult, StoreError> {
        self.try_again(message_id, Origin::Operator, false).await
    }

    pub(super) async fn try_again(
        &self,
        message_id: MessageId,
        origin: Origin,
        promised: bool,
    ) -> Result<RetryResult, StoreError> {
        if let Some(message) = self.inner.store.message(message_id).await?
            && message.is_action()
        {
            return self.carry_out_again(&message, origin).await;
        }
        let Some(stored) = self.inner.store.stored_request(message_id).await? else { return Ok(RetryResult::Gone) };
        let failed = |exception| {
            let result_code = ResultCode::INTERNAL_ERROR;
            Ok(RetryResult::Failed { result_code, exception: Some(exception) })
        };
        let config = self.config();
        let Some(endpoint) = config.endpoint(&stored.message.endpoint) else {
            return failed(Exception::EndpointGone { endpoint: stored.message.endpoint });
        };
        let StoredRequest { message, query, body } = stored;
        let Some(wire) = message.wire else { return Ok(RetryResult::Gone) };
        let callback = match wire.read(&message.activity, &query, body.as_bytes()) {
            Ok(callback) => Arc::new(callback),
            Err(error) => return failed(Exception::Other { text: error.to_string() }),
        };
        // An old freeze that was done is not done again because of what happened since; a question may be asked again.
        if message.progress == Progress::Succeeded && !callback.activity.is_question() {
            return Ok(RetryResult::AlreadySucceeded);
        }
        let call = IncomingCall {
            retry_of: Some(message_id),
            // Of V1 the query is the request.
            query: if wire == Wire::V1 { query } else { String::new() },
            ..self.incoming(endpoint, callback, body, origin).await
        };
        Ok(match self.handle(endpoint, call, promised).await? {
            Handled::Replayed | Handled::Busy(_) => RetryResult::Busy,
            Handled::Decided(decided) => result_of(*decided),
            Handled::Asking(asking) => result_of(asking.finish().await?),
        })
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

fn result_of(decided: Decided) -> RetryResult {
    match decided.progress {
        Progress::Succeeded if decided.repeated => RetryResult::AlreadySucceeded,
        Progress::Succeeded => RetryResult::Succeeded,
        Progress::InProgress => RetryResult::InProgress(decided.exception),
        Progress::Failing => {
            RetryResult::Failed { result_code: decided.answer.result_code, exception: decided.exception }
        }
    }
}
