//! `[history]`: how long the requests and answers of what is done are kept.

use serde::Deserialize;

use super::complaint::Problem;

/// KooGallery's own windows are hours, and a bill is settled within weeks.
const SHORTEST: u32 = 30;
const LONGEST: u32 = 36_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryConfig {
    /// From the last attempt at what is done until its requests and answers are forgotten.
    pub texts_days: u32,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { texts_days: 365 }
    }
}

impl HistoryConfig {
    pub(super) fn check(self) -> Result<(), Problem> {
        match (SHORTEST..=LONGEST).contains(&self.texts_days) {
            true => Ok(()),
            false => Err(Problem::value("history.texts_days")),
        }
    }
}
