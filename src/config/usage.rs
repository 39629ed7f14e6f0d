//! `[usage]`: where usage records come from by themselves, and how their times and their interface are meant.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{complaint::Problem, file::is_address};
use crate::domain::{action::UsageApi, usage::Billing};

/// A day: records that are told later are billed later.
const LONGEST_PAUSE_MINUTES: u64 = 1_440;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsageConfig {
    /// Tables that are put there are entered and sent. A relative path begins in the data directory.
    pub folder: Option<PathBuf>,
    /// Of times that say no offset; without it they are refused.
    pub zone: Option<String>,
    pub interface: UsageApi,
    /// How the products are billed, so that records are warned of before they are late; KooGallery does not tell.
    pub billing: Option<Billing>,
    /// The seller's own address that is asked for records.
    pub pull_url: Option<String>,
    pub pull_minutes: u64,
}

impl Default for UsageConfig {
    fn default() -> Self {
        Self { folder: None, zone: None, interface: UsageApi::New, billing: None, pull_url: None, pull_minutes: 60 }
    }
}

impl UsageConfig {
    pub fn time_zone(&self) -> Option<TimeZone> {
        self.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok())
    }

    pub(super) fn check(&self) -> Result<(), Problem> {
        let folder = self.folder.as_ref();
        for (fine, place) in [
            (folder.is_none_or(|folder| !folder.as_os_str().is_empty()), "usage.folder"),
            (self.zone.is_none() || self.time_zone().is_some(), "usage.zone"),
            (self.pull_url.as_deref().is_none_or(|url| is_address(url, false)), "usage.pull_url"),
            ((1..=LONGEST_PAUSE_MINUTES).contains(&self.pull_minutes), "usage.pull_minutes"),
        ] {
            if !fine {
                return Err(Problem::value(place));
            }
        }
        Ok(())
    }
}
