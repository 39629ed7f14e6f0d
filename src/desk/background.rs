//! What the desk does by itself while a window or `serve` runs: products to be asked again, parked messages left over from
//! a crash, cleaning up, orders that calls name, what is to be asked of KooGallery, and usage records that come in by themselves.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Desk;
use crate::{domain::Origin, store::StoreError};

/// No look at the clock is further away than this.
const LONGEST_NAP: Duration = Duration::from_secs(30);
const SHORTEST_NAP: Duration = Duration::from_millis(200);
const CLEAN_UP_EVERY: Duration = Duration::from_secs(600);
/// No look at what others may have changed is further away than this.
const CHANGE_NAP: Duration = Duration::from_secs(5);
/// Asked again at the same time.
const AT_ONCE: usize = 8;

impl Desk {
    /// Runs until it is dropped.
    pub async fn work_in_background(self) {
        tokio::join!(
            self.keep_promises(),
            self.whenever_something_changed("orders of calls", || self.read_orders_of_calls()),
            // Beside the calls: its hanging holds up none of them.
            self.whenever_something_changed("what is to be asked of KooGallery", || self.do_own_actions()),
            self.take_usage_by_itself()
        );
    }

    /// Products to be asked again, parked messages, cleaning up.
    async fn keep_promises(&self) {
        if let Err(error) = self.do_leftovers().await {
            tracing::error!(%error, "parked messages cannot be read");
        }
        let mut cleaned: Option<Instant> = None;
        let mut revision = self.inner.store.revision();
        loop {
            if cleaned.is_none_or(|cleaned| cleaned.elapsed() >= CLEAN_UP_EVERY) {
                cleaned = Some(Instant::now());
                let texts_days = self.config().history.texts_days;
                if let Err(error) = self.inner.store.clean_up(self.now(), texts_days).await {
                    tracing::error!(%error, "cleaning up failed");
                }
            }
            match self.do_due().await {
                Ok(nap) => {
                    // Something new may fall due earlier; but a busy store is not asked at every commit.
                    drop(timeout(nap, revision.changed()).await);
                    sleep(SHORTEST_NAP).await;
                }
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "messages that are due cannot be read");
                    sleep(LONGEST_NAP).await;
                }
            }
        }
    }

    /// `work` tells whether there may be more at once.
    async fn whenever_something_changed<F>(&self, what: &str, work: impl Fn() -> F)
    where
        F: Future<Output = Result<bool, StoreError>>,
    {
        let mut revision = self.inner.store.revision();
        loop {
            match work().await {
                Ok(true) => {}
                Ok(false) => drop(timeout(CHANGE_NAP, revision.changed()).await),
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "{what} cannot be read");
                    sleep(LONGEST_NAP).await;
                }
            }
            sleep(SHORTEST_NAP).await;
        }
    }

    /// Tries what is due and tells how long there is nothing to do.
    async fn do_due(&self) -> Result<Duration, StoreError> {
        let due = self.inner.store.due(self.now(), AT_ONCE).await?;
        let mut tasks = tokio::task::JoinSet::new();
        for message_id in due {
            let desk = self.clone();
            tasks.spawn(async move {
                if let Err(error) = desk.try_again(message_id, Origin::Automatic, true).await {
                    tracing::error!(%error, %message_id, "an automatic retry failed");
                }
            });
        }
        tasks.join_all().await;
        let next = self.inner.store.next_due().await?;
        let rest = next.map_or(i64::MAX, |next| next.millis_since(self.now()));
        Ok(Duration::from_millis(u64::try_from(rest).unwrap_or(0)).clamp(SHORTEST_NAP, LONGEST_NAP))
    }

    /// A crash can come between an instance's appearance and what was parked for it.
    async fn do_leftovers(&self) -> Result<(), StoreError> {
        for (world, instance_id) in self.inner.store.parked_instances_that_exist().await? {
            self.do_parked(world, instance_id).await;
        }
        Ok(())
    }
}
