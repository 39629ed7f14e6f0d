//! The first unit of work of answering a call, without its end: what is known is read and decided on, and nothing is written.
//! A reader's connection cannot write.

use super::{IncomingCall, Store, StoreError, calls, standing};
use crate::domain::Known;

impl Store {
    pub async fn foresee<T: Send + 'static>(
        &self,
        call: IncomingCall,
        decide: impl FnOnce(&Known) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let key = self.inner.seal_key.clone();
        self.read(move |connection| {
            let row = standing::find(connection, &call)?;
            let bought = row.as_ref().and_then(|row| row.instance_id.as_ref());
            let known = calls::known_instances(connection, &key, &call, bought)?;
            Ok(decide(&Known { message: row.map(|row| row.known), ..known }))
        })
        .await
    }
}
