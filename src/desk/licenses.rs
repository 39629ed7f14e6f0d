//! Authorization codes that the operator types or pastes, and reading them.

use super::{Desk, DeskError};
use crate::{
    domain::{License, Message, World, license::MAX_LICENSE, listing::LicenseQuery},
    protocol::id::LicenseCode,
    store::{Cancel, StoreError},
};

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

impl Desk {
    /// Adds the codes of a text, one a line. Blank lines are skipped.
    pub async fn add_licenses(&self, world: World, text: &str) -> Result<AddedLicenses, DeskError> {
        let mut outcome = AddedLicenses::default();
        let mut seen = std::collections::HashSet::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let code = LicenseCode::new(line);
            if line.chars().count() > MAX_LICENSE || line.contains(|c: char| c.is_whitespace() || c.is_control()) {
                outcome.malformed.push(line.chars().take(MAX_LICENSE).collect());
            } else if seen.insert(line) {
                outcome.added.push(code);
            } else if !outcome.repeated.contains(&code) {
                outcome.repeated.push(code);
            }
        }
        if !outcome.added.is_empty() {
            let known = self.inner.store.add_licenses(world, outcome.added.clone(), self.now()).await?;
            let is_known: std::collections::HashSet<&LicenseCode> = known.iter().collect();
            outcome.added.retain(|code| !is_known.contains(code));
            outcome.known = known;
        }
        Ok(outcome)
    }

    pub async fn license_ids(&self, query: LicenseQuery, cancel: Cancel) -> Result<Vec<i64>, StoreError> {
        self.inner.store.license_ids(query, cancel).await
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
