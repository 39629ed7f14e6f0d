//! Authorization codes that the operator types or pastes: added, activated, asked about, their use reported; and reading them.

use std::collections::{HashMap, HashSet};

use super::{Desk, DeskError};
use crate::{
    domain::{
        Action, License, LicenseStatus, Message, MessageId, NewAction, Origin, World,
        license::{MAX_LICENSE, is_code},
        license_calendar::{CalendarQuery, LicenseCalendar},
        license_use::{UseReport, day_of},
        listing::LicenseQuery,
    },
    protocol::{UnixMillis, id::LicenseCode},
    store::{Asked, StoreError},
};

/// A list of codes as it was typed, pasted or read, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeList {
    /// Each once, in the order in which they stood.
    pub codes: Vec<LicenseCode>,
    /// Named more than once in the list.
    pub repeated: Vec<LicenseCode>,
    /// No codes: longer than KooGallery's, or with blanks in them.
    pub malformed: Vec<String>,
}

/// What came of adding a list of codes, each in the order in which it stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedLicenses {
    pub added: Vec<LicenseCode>,
    /// Named more than once in the list; added once.
    pub repeated: Vec<LicenseCode>,
    /// Known before; nothing was changed.
    pub known: Vec<LicenseCode>,
    /// No codes: longer than KooGallery's, or with blanks in them.
    pub malformed: Vec<String>,
}

/// A list of codes before any of them is activated: nothing was asked of KooGallery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivationChecks {
    /// Nothing speaks against them.
    pub ready: Vec<LicenseCode>,
    /// Active already, as far as is known here; activating a code twice is refused.
    pub active: Vec<LicenseCode>,
    /// Expired, frozen or released.
    pub ended: Vec<LicenseCode>,
    pub repeated: Vec<LicenseCode>,
    pub malformed: Vec<String>,
}

impl ActivationChecks {
    fn sort_in(&mut self, code: LicenseCode, status: LicenseStatus) {
        match status {
            LicenseStatus::Added => self.ready.push(code),
            LicenseStatus::Active => self.active.push(code),
            LicenseStatus::Frozen | LicenseStatus::Expired | LicenseStatus::Released => self.ended.push(code),
        }
    }
}

impl CodeList {
    /// One a line; of a line with several columns, as a spreadsheet pastes it, the first. Blank lines are skipped.
    pub fn read(text: &str) -> Self {
        let mut list = Self::default();
        let (mut seen, mut told) = (HashSet::new(), HashSet::new());
        for line in text.lines().map(|line| line.split('\t').next().unwrap_or_default().trim()) {
            if line.is_empty() {
                continue;
            }
            if !is_code(line) {
                list.malformed.push(line.chars().take(MAX_LICENSE).collect());
            } else if seen.insert(line) {
                list.codes.push(LicenseCode::new(line));
            } else if told.insert(line) {
                list.repeated.push(LicenseCode::new(line));
            }
        }
        list
    }
}

impl Desk {
    /// Adds the codes of a text, one a line. Blank lines are skipped.
    pub async fn add_licenses(&self, world: World, text: &str) -> Result<AddedLicenses, DeskError> {
        let CodeList { codes, repeated, malformed } = CodeList::read(text);
        let mut outcome = AddedLicenses { added: codes, repeated, known: Vec::new(), malformed };
        if !outcome.added.is_empty() {
            let known = self.inner.store.add_licenses(self.new_licenses(world, &outcome.added)).await?;
            let is_known: HashSet<&LicenseCode> = known.iter().collect();
            outcome.added.retain(|code| !is_known.contains(code));
            outcome.known = known;
        }
        Ok(outcome)
    }

    fn new_licenses(&self, world: World, codes: &[LicenseCode]) -> Vec<License> {
        let now = self.now();
        codes.iter().map(|code| License::added(world, code.clone(), now)).collect()
    }

    /// Looks through a list of codes before any is activated.
    pub async fn check_activation(&self, world: World, text: &str) -> Result<ActivationChecks, StoreError> {
        let CodeList { codes, repeated, malformed } = CodeList::read(text);
        let known = self.inner.store.licenses_by_code(world, codes.clone()).await?;
        let status: HashMap<LicenseCode, LicenseStatus> =
            known.into_iter().map(|license| (license.license, license.status)).collect();
        let mut checks = ActivationChecks { repeated, malformed, ..ActivationChecks::default() };
        for code in codes {
            let status = status.get(&code).copied().unwrap_or(LicenseStatus::Added);
            checks.sort_in(code, status);
        }
        Ok(checks)
    }

    /// The same for rows of the list, in their order.
    pub async fn check_activation_of_rows(&self, world: World, ids: Vec<i64>) -> Result<ActivationChecks, StoreError> {
        let mut checks = ActivationChecks::default();
        for (_, row) in self.licenses(ids).await?.into_iter().filter(|(_, row)| row.world == world) {
            checks.sort_in(row.license, row.status);
        }
        Ok(checks)
    }

    /// Keeps the activation of codes, to be carried out; those not known yet are added. `real_effect_time` is when the
    /// product was really delivered, for all of them.
    pub async fn keep_activations(
        &self,
        world: World,
        codes: Vec<LicenseCode>,
        real_effect_time: Option<UnixMillis>,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.inner.store.add_licenses(self.new_licenses(world, &codes)).await?;
        let activate = |license| NewAction {
            world,
            action: Action::ActivateLicense { license, real_effect_time },
            origin: Origin::Operator,
        };
        let kept = self.keep_actions(codes.into_iter().map(activate).collect()).await?;
        Ok(kept.into_iter().map(|kept| kept.message_id).collect())
    }

    /// Keeps questions about rows of the list, to be carried out.
    pub async fn query_license_rows(&self, world: World, ids: Vec<i64>) -> Result<Vec<MessageId>, StoreError> {
        let rows = self.licenses(ids).await?;
        let codes = rows.into_iter().filter(|(_, row)| row.world == world).map(|(_, row)| row.license).collect();
        self.query_licenses(world, codes).await
    }

    /// Keeps reports of who used codes today (授权码软件使用统计), to be carried out.
    pub async fn keep_use_reports(&self, world: World, reports: Vec<UseReport>) -> Result<Vec<MessageId>, StoreError> {
        let day = day_of(self.now());
        let report = |report: UseReport| {
            let (license, client) = (report.license().clone(), report.client().clone());
            NewAction { world, action: Action::ReportLicenseUse { license, client, day }, origin: Origin::Operator }
        };
        let kept = self.keep_actions(reports.into_iter().map(report).collect()).await?;
        Ok(kept.into_iter().map(|kept| kept.message_id).collect())
    }

    pub async fn license_ids(&self, query: LicenseQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        self.inner.store.license_ids(query, asked).await
    }

    /// What happens next to codes, the soonest `limit` of it.
    pub async fn license_calendar(&self, query: CalendarQuery, limit: usize) -> Result<LicenseCalendar, StoreError> {
        self.inner.store.license_calendar(query, self.config().licenses, self.now(), limit).await
    }

    pub async fn licenses(&self, ids: Vec<i64>) -> Result<Vec<(i64, License)>, StoreError> {
        self.inner.store.licenses(ids).await
    }

    /// A code and everything that happened to it.
    pub async fn license(
        &self,
        world: World,
        license: LicenseCode,
    ) -> Result<Option<(License, Vec<Message>)>, StoreError> {
        let Some(found) = self.inner.store.license(world, license.clone()).await? else { return Ok(None) };
        let messages = self.inner.store.messages_of_license(world, license).await?;
        Ok(Some((found, messages)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_list_is_sorted_out() {
        let list = CodeList::read("PL1\tfoo\n\n PL2 \r\nPL1\nPL1\nno code\nPL3");
        assert_eq!(list.codes, ["PL1", "PL2", "PL3"].map(LicenseCode::new));
        assert_eq!(list.repeated, [LicenseCode::new("PL1")]);
        assert_eq!(list.malformed, ["no code"]);
        assert_eq!(CodeList::read(&"x".repeat(65)).malformed.len(), 1);
    }

    #[test]
    fn ten_thousand_lines_with_some_repeated_are_sorted_out() {
        let text: String = (0..10_000).map(|n| format!("PL{}\n", if n % 270 == 1 { n - 1 } else { n })).collect();
        let list = CodeList::read(&text);
        assert_eq!((list.codes.len(), list.repeated.len()), (10_000 - 38, 38));
    }
}
