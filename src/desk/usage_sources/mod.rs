//! Usage records that come in by themselves: files in a watched folder, and what the seller's backend tells when it is asked.
//! What is in order is entered and sent; what is not is told, and nothing of it is lost.

mod folder;
mod pull;

use std::sync::Arc;

use tokio::sync::watch;

use super::{Desk, Refusal, SystemReason, UsageEntered, usage::sns_to_send};
use crate::{
    domain::{
        Origin, World,
        usage::{NotPossible, UsageProblem, UsageRecord},
    },
    fulfilment::PullError,
    protocol::UnixMillis,
    store::{Cancel, StoreError},
};

/// Of what is wrong so much is told.
const TOLD: usize = 20;

/// The newest news of each source since the program started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageSources {
    pub folder: Option<UsageNews>,
    pub pull: Option<UsageNews>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct UsageNews {
    pub at: UnixMillis,
    /// The file, or the address that was asked.
    pub from: String,
    pub came: UsageCame,
}

/// What came of a file or an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageCame {
    Entered {
        new: usize,
        /// Entered before.
        known: usize,
    },
    /// What is wrong with it, or some of that where it is much, and of how much.
    Wrong { problems: usize, first: Vec<UsageFlaw> },
    /// It could not be read or asked; it is tried again.
    Trouble(UsageTrouble),
}

/// One thing that is wrong with what came.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UsageFlaw {
    /// With the whole of it.
    #[error("{0}")]
    Table(Refusal),
    #[error("row {row}: {problem}")]
    Row { row: usize, problem: UsageProblem },
    /// A record that may not be entered.
    #[error("row {row} ({metering_sn}): {reason}")]
    Record { row: usize, metering_sn: String, reason: NotPossible },
}

/// Why nothing could be read or asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UsageTrouble {
    #[error("{0}")]
    Refused(Refusal),
    #[error("the folder cannot be used: {0}")]
    Folder(SystemReason),
    #[error("it cannot be moved to {to}: {reason}")]
    NotMoved { to: &'static str, reason: SystemReason },
    #[error("the webhook secret cannot be used: {0}")]
    Secret(String),
    #[error(transparent)]
    Backend(PullError),
}

impl UsageCame {
    fn wrong(flaws: Vec<UsageFlaw>) -> Self {
        let problems = flaws.len();
        Self::Wrong { problems, first: flaws.into_iter().take(TOLD).collect() }
    }
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
                let first = first.first().map(ToString::to_string).unwrap_or_default();
                tracing::warn!(from = news.from, problems, first, "usage records were refused");
            }
            UsageCame::Trouble(trouble) => tracing::warn!(from = news.from, %trouble, "usage records cannot be had"),
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
