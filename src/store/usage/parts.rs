//! Records that go in no push because they are too old for one, and records of a push that is decided part by part.

use std::collections::BTreeSet;

use super::{by_sn, pushes, set_state};
use crate::{
    domain::{World, usage::UsageEvent},
    protocol::UnixMillis,
    store::{Store, StoreError},
};

impl Store {
    /// Those of the records that could be sent if they were not too old.
    pub async fn too_old_usage(
        &self,
        world: World,
        metering_sns: Vec<String>,
        now: UnixMillis,
    ) -> Result<Vec<String>, StoreError> {
        self.read(move |connection| {
            let mut too_old = Vec::new();
            for sn in metering_sns {
                let stored = by_sn(connection, world, &sn)?;
                if stored.is_some_and(|(_, it)| it.state.may_be_sent().is_ok() && it.record.is_too_old(now)) {
                    too_old.push(sn);
                }
            }
            Ok(too_old)
        })
        .await
    }

    /// What a part of a push came to, before the rest is sent; what an event is not possible for stays as it is.
    pub async fn settle_usage(
        &self,
        world: World,
        events: Vec<(String, UsageEvent)>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut waiting = BTreeSet::new();
                for (sn, event) in events {
                    if let Some((id, stored)) = by_sn(connection, world, &sn)?
                        && let Ok(state) = stored.state.after(&event)
                    {
                        set_state(connection, id, &state, now)?;
                        waiting.extend(pushes::waiting_for(connection, id)?);
                    }
                }
                waiting.into_iter().try_for_each(|push| pushes::settle(connection, push))
            })
            .await
    }
}
