//! What was received and what was answered, for tests and for whoever looks.

use std::{collections::VecDeque, sync::Mutex};

use serde::Serialize;

use super::{api::Api, faults::Fault};
use crate::{
    protocol::{UnixMillis, callback::truncated},
    simulator::delivery::lock,
};

const REQUESTS_KEPT: usize = 10_000;
const BODY_KEPT: usize = 64 * 1024;

/// One request. Its signature was checked and is not kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedRequest {
    #[serde(serialize_with = "as_text")]
    pub at: UnixMillis,
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: String,
    pub api: Option<Api>,
    /// The access key that the request names, whether or not it has that key.
    pub access: Option<String>,
    /// What was decided, whatever a fault then made of the answer. Status 0: a fault came instead of any decision.
    pub verdict: RequestVerdict,
    pub fault: Option<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestVerdict {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl RequestVerdict {
    /// Whether what was asked for was done.
    pub fn is_success(&self) -> bool {
        self.status == 200 && matches!(self.code.as_str(), "92020000" | "MKT.0000" | "CBC.0000")
    }
}

fn as_text<S: serde::Serializer>(time: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

#[derive(Debug, Default)]
pub(super) struct Log(Mutex<VecDeque<ReceivedRequest>>);

impl Log {
    pub(super) fn add(&self, mut request: ReceivedRequest) {
        request.body = truncated(&request.body, BODY_KEPT);
        let mut requests = lock(&self.0);
        while requests.len() >= REQUESTS_KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.0).iter().cloned().collect()
    }

    pub(super) fn take(&self) -> Vec<ReceivedRequest> {
        std::mem::take(&mut *lock(&self.0)).into()
    }

    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}
