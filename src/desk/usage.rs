//! Usage records: entered by hand or from a table, checked before any is sent, sent in pushes, and reading them.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use super::{
    Desk, DeskError,
    files::{usage_columns, usage_fields},
};
use crate::{
    domain::{
        Message, MessageId, World,
        action::UsageApi,
        listing::UsageQuery,
        usage::{
            Correction, MAX_TEXT, NotCorrected, NotPossible, Pressure, ReadUsage, StoredUsage, UsageEvent, UsageFields,
            UsageProblem, UsageRecord, UsageState, check_list, pressure, read_rows,
        },
    },
    protocol::UnixMillis,
    sheet::{HeaderFinder, Sheet},
    store::{Asked, EnteredUsage, StoreError},
};

/// A table of usage as it was understood. Nothing of it is kept yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageTable {
    /// By row, counted from 1, as a spreadsheet shows it.
    pub records: Vec<(usize, UsageRecord)>,
    pub problems: Vec<(usize, UsageProblem)>,
}

/// What came of entering records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageEntered {
    pub new: usize,
    pub corrected: usize,
    /// Entered before, by their state.
    pub known: usize,
    /// `meteringSn` and why not.
    pub refused: Vec<(String, NotPossible)>,
}

/// Pushes that are to be carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptPushes {
    pub pushes: Vec<MessageId>,
    /// Records that are in none because KooGallery takes them no more, by their `meteringSn`.
    pub too_old: Vec<String>,
}

/// Records that KooGallery still has to get, by what presses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageOwed {
    pub too_old: usize,
    pub closing: usize,
    /// When the first of those that are closing is taken no more.
    pub closes_at: Option<UnixMillis>,
    pub late: usize,
    pub due_soon: usize,
}

/// More are not looked through each time.
const OWED_AT_MOST: u32 = 5_000;

/// What of the records may be sent after they were entered: what stands under the id of a refused one is another record,
/// which nobody asked to send.
pub fn sns_to_send(sns: Vec<String>, entered: &UsageEntered, whole: bool) -> Vec<String> {
    if whole && !entered.refused.is_empty() {
        return Vec::new();
    }
    let refused: HashSet<&str> = entered.refused.iter().map(|(sn, _)| sn.as_str()).collect();
    sns.into_iter().filter(|sn| !refused.contains(sn.as_str())).collect()
}

impl Desk {
    /// Reads and checks a table: columns by their headings. `zone` is for times that name no offset.
    pub fn read_usage(&self, sheet: &Sheet, api: UsageApi, zone: Option<&TimeZone>) -> Result<UsageTable, DeskError> {
        let wanted = usage_columns();
        let finder = HeaderFinder::new(&wanted);
        let mapping = finder.find(sheet).ok_or(DeskError::NoUsageColumns)?;
        let missing = finder.missing(&mapping);
        if !missing.is_empty() {
            return Err(DeskError::MissingColumns(missing.join(", ")));
        }
        let mapped = mapping.of(sheet);
        let rows: Vec<(usize, UsageFields<'_>)> = mapped.rows().map(|row| (row.number, usage_fields(&row))).collect();
        let ReadUsage { records, mut problems } = read_rows(rows, zone);
        // What a comma divided would be billed by its first half.
        problems.extend(mapped.rows().filter_map(|row| {
            let (_, text) = row.unknown().find(|(heading, _)| heading.is_empty())?;
            let text = text.chars().take(MAX_TEXT).collect();
            Some((row.number, UsageProblem::NoHeading { text }))
        }));
        Ok(self.checked(UsageTable { records, problems }, api))
    }

    /// The same of numbered rows that were no table.
    pub(super) fn read_usage_fields<'a>(
        &self,
        rows: impl IntoIterator<Item = (usize, UsageFields<'a>)>,
        api: UsageApi,
        zone: Option<&TimeZone>,
    ) -> UsageTable {
        let ReadUsage { records, problems } = read_rows(rows, zone);
        self.checked(UsageTable { records, problems }, api)
    }

    /// One record, typed in.
    pub fn read_usage_record(
        &self,
        fields: UsageFields<'_>,
        api: UsageApi,
        zone: Option<&TimeZone>,
    ) -> Result<UsageRecord, Vec<UsageProblem>> {
        let record = UsageRecord::parse(fields, zone)?;
        let table = self.checked(UsageTable { records: vec![(1, record.clone())], problems: Vec::new() }, api);
        if table.problems.is_empty() {
            return Ok(record);
        }
        Err(table.problems.into_iter().map(|(_, problem)| problem).collect())
    }

    fn checked(&self, mut table: UsageTable, api: UsageApi) -> UsageTable {
        let now = self.now();
        table.problems.extend(check_list(table.records.iter().map(|(row, record)| (*row, record)), now));
        if api == UsageApi::Old {
            let of_old = |(row, record): &(usize, UsageRecord)| record.check_for_old_api().err().map(|it| (*row, it));
            table.problems.extend(table.records.iter().filter_map(of_old));
        }
        table.problems.sort_by_key(|(row, _)| *row);
        let wrong: HashSet<usize> = table.problems.iter().map(|(row, _)| *row).collect();
        table.records.retain(|(row, _)| !wrong.contains(row));
        table
    }

    /// Enters records, so that none is forgotten; sends nothing. `whole` enters none where one is refused.
    pub async fn enter_usage(
        &self,
        world: World,
        records: Vec<UsageRecord>,
        whole: bool,
    ) -> Result<UsageEntered, StoreError> {
        let sns: Vec<String> = records.iter().map(|record| record.metering_sn.clone()).collect();
        let became = self.inner.store.enter_usage(world, records, whole, self.now()).await?;
        let mut told = UsageEntered::default();
        for (sn, became) in sns.into_iter().zip(became) {
            match became {
                EnteredUsage::New => told.new += 1,
                EnteredUsage::Corrected => told.corrected += 1,
                EnteredUsage::Known(_) => told.known += 1,
                EnteredUsage::Refused(reason) => told.refused.push((sn, reason)),
                EnteredUsage::LeftOut => {}
            }
        }
        Ok(told)
    }

    /// Puts a record right that was refused or never sent; tells the `meteringSn` under which it goes. Sends nothing.
    pub async fn correct_usage(
        &self,
        world: World,
        metering_sn: String,
        record: UsageRecord,
    ) -> Result<Result<String, NotCorrected>, StoreError> {
        self.inner.store.correct_usage(world, metering_sn, record, self.now()).await
    }

    /// What a record was before it was corrected, oldest first.
    pub async fn usage_corrections(&self, world: World, metering_sn: String) -> Result<Vec<Correction>, StoreError> {
        self.inner.store.usage_corrections(world, metering_sn).await
    }

    /// How what was not sent stands to the clock.
    pub async fn usage_owed(&self, world: World) -> Result<UsageOwed, StoreError> {
        let (now, billing) = (self.now(), self.config().usage.billing);
        let mut owed = UsageOwed::default();
        for stored in self.inner.store.unsent_usage(world, OWED_AT_MOST).await? {
            match pressure(&stored.record, &stored.state, billing, now) {
                Some(Pressure::TooOld { .. }) => owed.too_old += 1,
                Some(Pressure::Closing { until }) => {
                    owed.closing += 1;
                    owed.closes_at = owed.closes_at.or(Some(until));
                }
                Some(Pressure::Late(_)) => owed.late += 1,
                Some(Pressure::DueSoon { .. }) => owed.due_soon += 1,
                None => {}
            }
        }
        Ok(owed)
    }

    /// Keeps pushes of those records that may be sent, to be carried out. A record that was taken is in none, nor one that
    /// KooGallery takes no more.
    pub async fn keep_pushes(
        &self,
        world: World,
        mut metering_sns: Vec<String>,
        api: UsageApi,
    ) -> Result<KeptPushes, StoreError> {
        let now = self.now();
        let too_old = self.inner.store.too_old_usage(world, metering_sns.clone(), now).await?;
        let left_out: HashSet<&String> = too_old.iter().collect();
        metering_sns.retain(|sn| !left_out.contains(sn));
        let kept = self.inner.store.keep_pushes(world, metering_sns, api, self.lease(now).until, now).await?;
        Ok(KeptPushes { pushes: kept.into_iter().map(|kept| kept.message_id).collect(), too_old })
    }

    /// The operator discards a record, or tells that 话单管理 shows it as failed.
    pub async fn change_usage(
        &self,
        world: World,
        metering_sn: String,
        event: UsageEvent,
    ) -> Result<Option<Result<UsageState, NotPossible>>, StoreError> {
        self.inner.store.change_usage(world, metering_sn, event, self.now()).await
    }

    pub async fn usage_ids(&self, query: UsageQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        self.inner.store.usage_ids(query, asked).await
    }

    /// One record, and the message that sends it.
    pub async fn usage_record(
        &self,
        world: World,
        metering_sn: String,
    ) -> Result<Option<(StoredUsage, Option<Message>)>, StoreError> {
        let Some(stored) = self.inner.store.usage_record(world, metering_sn).await? else { return Ok(None) };
        let message = match stored.push {
            Some(push) => self.inner.store.message(push).await?,
            None => None,
        };
        Ok(Some((stored, message)))
    }

    pub async fn usage(&self, ids: Vec<i64>) -> Result<Vec<(i64, StoredUsage)>, StoreError> {
        self.inner.store.usage(ids).await
    }
}
