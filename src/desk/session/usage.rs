//! The session's part of the usage records: their list, tables that are read before they are entered, sending.

use std::{ops::Range, sync::Arc};

use jiff::tz::TimeZone;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    event::Event,
    list::{Found, List},
    run::{Done, Run},
    snapshot::Doing,
};
use crate::{
    desk::{
        Desk, KeptPushes, Refusal, UsageTable,
        files::{FileError, TableSource, read_source},
        import::ImportError,
        usage::sns_to_send,
    },
    domain::{
        MessageId, World,
        action::UsageApi,
        listing::UsageQuery,
        usage::{StoredUsage, UsageEvent, UsageRecord},
    },
    store::{Cancel, StoreError},
};

#[derive(Clone, Debug)]
pub enum UsageCommand {
    /// Those that may be sent.
    Push { world: World, records: UsageChoice, api: UsageApi },
    /// The operator discards records, or tells what 话单管理 shows.
    Change { world: World, records: UsageChoice, event: UsageEvent },
    /// Reads a table, to be shown before it is entered. `zone` is for times without an offset.
    Read { source: TableSource, api: UsageApi, zone: Option<TimeZone> },
    /// The table is not wanted any more.
    ForgetTable,
    /// Puts a record right, and sends it over `push`.
    Correct { world: World, metering_sn: String, record: Box<UsageRecord>, push: Option<UsageApi> },
    /// `whole` enters none where one is refused; then what was entered is sent over `push`.
    Enter { world: World, records: Vec<UsageRecord>, whole: bool, push: Option<UsageApi> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageChoice {
    /// By the ids of the list.
    Rows(Vec<i64>),
    /// By its `meteringSn`.
    One(String),
    Unsent,
}

/// A table between its file and the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum UsageImport {
    #[default]
    Nothing,
    Reading,
    Read(UsageTable),
    Failed(Refusal),
}

/// What comes back from background work.
pub(super) enum UsageDone {
    Found(Found<UsageQuery>),
    /// The answer to that reading; a newer one may be under way.
    Table(u64, UsageImport),
}

pub(super) struct UsagePart {
    pub(super) list: List<UsageQuery, StoredUsage>,
    /// Numbers the readings of tables.
    reading: u64,
}

impl UsagePart {
    pub(super) fn new() -> Self {
        Self { list: List::new(), reading: 0 }
    }
}

impl Run {
    pub(super) async fn look_at_usage(&mut self, query: UsageQuery, rows: Range<usize>) {
        if self.usage.list.look(query, rows) {
            self.find_usage();
        } else {
            self.fetch_usage(false).await;
        }
    }

    pub(super) fn obey_usage(&mut self, command: UsageCommand) {
        let done = self.done.clone();
        match command {
            UsageCommand::Push { world, records, api } => self.carry_out(Doing::Pushing, move |desk| async move {
                let sns = chosen(&desk, world, records).await?;
                let KeptPushes { pushes, too_old } = desk.keep_pushes(world, sns, api).await?;
                if !too_old.is_empty() {
                    drop(done.send(Done::Event(Event::UsageTooOld(too_old))).await);
                } else if pushes.is_empty() {
                    drop(done.send(Done::Event(Event::NothingToSend)).await);
                }
                Ok(pushes)
            }),
            UsageCommand::Change { world, records, event } => self.spawn(move |desk| async move {
                Done::Event(change(&desk, world, records, event).await.unwrap_or_else(Event::refused))
            }),
            UsageCommand::Read { source, api, zone } => self.read_table(source, api, zone),
            UsageCommand::ForgetTable => {
                self.usage.reading += 1;
                self.import_is(UsageImport::Nothing);
            }
            UsageCommand::Correct { world, metering_sn, record, push: Some(api) } => {
                self.carry_out(Doing::Pushing, move |desk| async move {
                    let (event, kept) = correct(&desk, world, metering_sn, *record, Some(api)).await?;
                    drop(done.send(Done::Event(event)).await);
                    Ok(kept)
                });
            }
            UsageCommand::Correct { world, metering_sn, record, push: None } => self.spawn(move |desk| async move {
                let corrected = correct(&desk, world, metering_sn, *record, None).await;
                Done::Event(corrected.map_or_else(Event::refused, |(event, _)| event))
            }),
            UsageCommand::Enter { world, records, whole, push: Some(api) } => {
                self.carry_out(Doing::Pushing, move |desk| enter_and_keep(desk, done, world, records, whole, api));
            }
            UsageCommand::Enter { world, records, whole, push: None } => self.spawn(move |desk| async move {
                let entered = desk.enter_usage(world, records, whole).await;
                Done::Event(entered.map_or_else(Event::refused, Event::UsageEntered))
            }),
        }
    }

    pub(super) async fn take_usage(&mut self, done: UsageDone) {
        match done {
            UsageDone::Found(found) => {
                let again = self.usage.list.ended(&found);
                if let Some(ids) = self.found(found.ids)
                    && self.usage.list.answered(found.query, ids, found.first)
                {
                    self.fetch_usage(true).await;
                }
                if again {
                    self.find_usage();
                }
            }
            UsageDone::Table(reading, import) => {
                if reading == self.usage.reading {
                    self.import_is(import);
                }
            }
        }
    }

    fn import_is(&mut self, import: UsageImport) {
        self.snapshot.usage_import = Arc::new(import);
        self.show();
    }

    fn read_table(&mut self, source: TableSource, api: UsageApi, zone: Option<TimeZone>) {
        self.usage.reading += 1;
        let reading = self.usage.reading;
        self.import_is(UsageImport::Reading);
        self.spawn(move |desk| async move {
            let read = async {
                let sheet = read_source(source).await?;
                // Rows are as many as a spreadsheet has.
                let understood = spawn_blocking(move || desk.read_usage(&sheet, api, zone.as_ref())).await;
                Ok::<UsageTable, ImportError>(understood.map_err(|_panicked| FileError::Interrupted)??)
            };
            let import = read.await.map_or_else(|error| UsageImport::Failed(error.into()), UsageImport::Read);
            Done::Usage(UsageDone::Table(reading, import))
        });
    }

    pub(super) fn find_usage(&mut self) {
        let Some(search) = self.usage.list.begin() else { return };
        let first = self.first(|found| Done::Usage(UsageDone::Found(found)));
        self.spawn(move |desk| async move {
            let found = search.find(first, |query, asked| async move { desk.usage_ids(query, asked).await });
            Done::Usage(UsageDone::Found(found.await))
        });
    }

    async fn fetch_usage(&mut self, all: bool) {
        let list = &self.usage.list;
        let ids = if all { list.ids_in_sight() } else { list.missing_in_sight() };
        if ids.is_empty() && !all {
            return;
        }
        match self.desk.usage(ids).await {
            Ok(rows) => self.usage.list.fetched(rows),
            Err(error) => self.trouble(&error),
        }
        self.snapshot.usage = self.usage.list.listing.clone();
        self.show();
    }
}

async fn chosen(desk: &Desk, world: World, records: UsageChoice) -> Result<Vec<String>, StoreError> {
    let mut ids = match records {
        UsageChoice::One(sn) => return Ok(vec![sn]),
        UsageChoice::Rows(ids) => ids,
        UsageChoice::Unsent => {
            let query = UsageQuery { world, unsent: true, ..UsageQuery::default() };
            desk.usage_ids(query, Cancel::default()).await?
        }
    };
    // In the order in which they were entered.
    ids.sort_unstable();
    let rows = desk.usage(ids).await?;
    Ok(rows.into_iter().filter(|(_, stored)| stored.world == world).map(|(_, it)| it.record.metering_sn).collect())
}

async fn change(desk: &Desk, world: World, records: UsageChoice, event: UsageEvent) -> Result<Event, StoreError> {
    let mut count = 0;
    let mut why_not = None;
    for sn in chosen(desk, world, records).await? {
        match desk.change_usage(world, sn.clone(), event.clone()).await? {
            Some(Ok(_)) => count += 1,
            Some(Err(reason)) => why_not = why_not.or(Some(Refusal::Usage { metering_sn: sn, reason })),
            None => {}
        }
    }
    Ok(match why_not {
        Some(refusal) => Event::Refused(refusal),
        None => Event::UsageChanged { count },
    })
}

async fn correct(
    desk: &Desk,
    world: World,
    was: String,
    record: UsageRecord,
    push: Option<UsageApi>,
) -> Result<(Event, Vec<MessageId>), StoreError> {
    match desk.correct_usage(world, was.clone(), record).await? {
        Ok(metering_sn) => {
            let kept = match push {
                Some(api) => desk.keep_pushes(world, vec![metering_sn.clone()], api).await?.pushes,
                None => Vec::new(),
            };
            Ok((Event::UsageCorrected { was, metering_sn }, kept))
        }
        Err(error) => Ok((Event::UsageNotCorrected { metering_sn: was, error }, Vec::new())),
    }
}

async fn enter_and_keep(
    desk: Desk,
    done: mpsc::Sender<Done>,
    world: World,
    records: Vec<UsageRecord>,
    whole: bool,
    api: UsageApi,
) -> Result<Vec<MessageId>, StoreError> {
    let sns: Vec<String> = records.iter().map(|record| record.metering_sn.clone()).collect();
    let entered = desk.enter_usage(world, records, whole).await?;
    let sns = sns_to_send(sns, &entered, whole);
    drop(done.send(Done::Event(Event::UsageEntered(entered))).await);
    Ok(desk.keep_pushes(world, sns, api).await?.pushes)
}
