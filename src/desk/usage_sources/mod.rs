//! Usage records that come in by themselves: files in a watched folder, and what the seller's backend tells when it is asked.
//! What is in order is entered and sent; what is not is told, and nothing of it is lost.

mod folder;
mod pull;

use std::sync::Arc;

use tokio::sync::watch;

use super::{Desk, UsageEntered, usage::sns_to_send};
use crate::{
    domain::{Origin, World, usage::UsageRecord},
    protocol::UnixMillis,
    store::{Cancel, StoreError},
};

/// The newest news of each source since the program started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageSources {
    pub folder: Option<UsageNews>,
    pub pull: Option<UsageNews>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageNews {
    pub at: UnixMillis,
    /// The file, or the address that was asked.
    pub from: String,
    pub came: UsageCame,
}

/// What came of a file or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageCame {
    Entered {
        new: usize,
        /// Entered before.
        known: usize,
    },
    /// So many things are wrong with it, the first of them in English.
    Wrong { problems: usize, first: String },
    /// It could not be read or asked; it is tried again.
    Trouble { reason: String },
}

impl Desk {
    pub fn watch_usage_sources(&self) -> watch::Receiver<Arc<UsageSources>> {
        self.inner.usage_sources.subscribe()
    }

    /// Runs until it is dropped, or the store is closed.
    pub(super) async fn take_usage_by_itself(&self) {
        tokio::join!(self.watch_usage_folder(), self.pull_usage());
    }

    fn report_usage(
        &self,
        from: String,
        came: UsageCame,
        place: impl FnOnce(&mut UsageSources) -> &mut Option<UsageNews>,
    ) {
        let news = UsageNews { at: self.now(), from, came };
        match &news.came {
            UsageCame::Entered { new, known } => tracing::info!(from = news.from, new, known, "usage records came in"),
            UsageCame::Wrong { problems, first } => {
                tracing::warn!(from = news.from, problems, first, "usage records were refused");
            }
            UsageCame::Trouble { reason } => tracing::warn!(from = news.from, reason, "usage records cannot be had"),
        }
        self.inner.usage_sources.send_modify(|sources| {
            let mut changed = UsageSources::clone(sources);
            *place(&mut changed) = Some(news);
            *sources = Arc::new(changed);
        });
    }

    /// Enters records and sends those that were never taken. `whole` enters none where one is refused.
    async fn take_usage(&self, records: Vec<UsageRecord>, whole: bool) -> Result<UsageEntered, StoreError> {
        let sns: Vec<String> = records.iter().map(|record| record.metering_sn.clone()).collect();
        let entered = self.enter_usage(World::Live, records, whole).await?;
        let sns = sns_to_send(sns, &entered, whole);
        let kept = self.keep_pushes(World::Live, sns, self.config().usage.interface).await?;
        self.carry_out(kept.pushes, Origin::Automatic, &Cancel::default(), None).await?;
        Ok(entered)
    }
}
