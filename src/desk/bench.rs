//! The bench for API products: a request prepared and sent once. Keeps nothing: keys of buyers pass through and are gone.

use super::Desk;
use crate::{
    domain::ApiFault,
    protocol::{
        UnixMillis,
        open_api::bench::{BenchError, BenchRequest, Prepared},
    },
};

pub use crate::marketplace::BenchAnswer;

/// What came of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchRun {
    pub prepared: Prepared,
    pub sent_at: UnixMillis,
    pub millis: i64,
    pub answer: Result<BenchAnswer, ApiFault>,
}

impl Desk {
    pub async fn run_bench(&self, request: BenchRequest) -> Result<BenchRun, BenchError> {
        let sent_at = self.now();
        let prepared = request.prepare(sent_at)?;
        let answer = match self.marketplace() {
            Ok((client, _)) => client.send_prepared(&request.method, &prepared, request.body).await,
            Err(fault) => Err(fault),
        };
        Ok(BenchRun { prepared, sent_at, millis: self.now().millis_since(sent_at), answer })
    }
}
