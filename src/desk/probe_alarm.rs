//! The alarm about probes where no window watches: a line in the log, once for each thing that is wrong, and once more where it
//! is over.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Desk, debugging::Debugging};
use crate::{domain::probe::ProbeFinding, store::StoreError};

/// No look is further away than this, so that it is seen soon that none came.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// A call that another process sent from here is known as such only once its answer is kept; before, it looks like a probe.
const SETTLES: Duration = Duration::from_secs(25);

impl Desk {
    /// Runs until it is dropped.
    pub async fn raise_probe_alarms(&self) {
        let mut told: Vec<(ProbeFinding, String)> = Vec::new();
        let mut revision = self.inner.store.revision();
        loop {
            match self.debugging().await {
                Ok(known) => self.raise(&mut told, &known),
                Err(StoreError::Closed) => return,
                Err(error) => tracing::error!(%error, "probes cannot be looked at"),
            }
            drop(timeout(LOOK_EVERY, revision.changed()).await);
            sleep(SETTLES).await;
        }
    }

    fn raise(&self, told: &mut Vec<(ProbeFinding, String)>, known: &Debugging) {
        let findings = &known.probes.findings;
        told.retain(|(finding, sentence)| {
            let lasts = findings.iter().any(|found| found.is_same(finding));
            if !lasts {
                tracing::info!("no longer: {sentence}");
            }
            lasts
        });
        for finding in findings {
            if !told.iter().any(|(told, _)| finding.is_told_by(told)) {
                let sentence = finding.sentence(&known.name_of(finding), self.now());
                tracing::warn!("probe alarm: {sentence}");
                told.retain(|(told, _)| !finding.is_same(told));
                told.push((finding.clone(), sentence));
            }
        }
    }
}
