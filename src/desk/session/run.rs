//! The session's loop: takes commands, runs what they ask in the background, and publishes what changed, ten times a
//! second at most.

mod looking;
mod obeying;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, interval, sleep_until},
};

use super::{
    Wake,
    calendar::CalendarPart,
    command::{Command, Subject},
    debugging::{DebugDone, DebugPart},
    event::Event,
    guard::GuardPart,
    import::ImportDone,
    limits::{LimitsDone, LimitsPart},
    list::{Found, List},
    project,
    refresh::Refresh,
    registers::{RegistersKnown, RegistersPart},
    settlement::{SettlementDone, SettlementPart},
    snapshot::{Detail, Overview, RetryProgress, Snapshot, TenantKnown, Tenants},
    usage::{UsageDone, UsagePart},
};
use crate::{
    desk::{BenchRun, Desk, DeskError, Foreseen, export::ExportProgress},
    domain::{
        Instance, License, Message, MessageId, RejectedCall, World,
        license_calendar::{CalendarQuery, LicenseCalendar},
        listing::{InstanceQuery, LicenseQuery, MessageQuery, OrderQuery},
        order_status::ListedOrder,
        reconcile::Reconciled,
    },
    protocol::id::TenantId,
    store::{Cancel, StoreError},
};

/// Between two looks at the store while it is busy.
const PACE: Duration = Duration::from_millis(100);
/// How soon what another process wrote is seen.
const FOREIGN_WRITES: Duration = Duration::from_millis(500);
/// How soon it is seen that a probe did not come, or that a code's time has.
const MINUTE: Duration = Duration::from_secs(60);

/// What comes back from background work.
pub(super) enum Done {
    Overview(World, Result<Box<Overview>, StoreError>),
    Detail(Subject, Result<Box<Detail>, StoreError>),
    Rejected(Result<Arc<Vec<RejectedCall>>, StoreError>),
    Messages(Found<MessageQuery>),
    Instances(Found<InstanceQuery>),
    Orders(Found<OrderQuery>),
    Bench(Box<BenchRun>),
    Licenses(Found<LicenseQuery>),
    Calendar(CalendarQuery, Result<LicenseCalendar, StoreError>),
    Tenants(Result<Tenants, StoreError>),
    /// Of that tenant; `None` where nothing is known of it.
    Organisation(World, TenantId, Result<Option<Arc<TenantKnown>>, StoreError>),
    Usage(UsageDone),
    Debugging(DebugDone),
    Foreseen(MessageId, Result<Foreseen, StoreError>),
    Import(ImportDone),
    Limits(LimitsDone),
    Registers(Result<RegistersKnown, StoreError>),
    Settlement(Box<SettlementDone>),
    Reconciled(Result<Reconciled, StoreError>),
    Retrying(Option<RetryProgress>),
    Exporting(Option<ExportProgress>),
    Event(Event),
    Nothing,
}

pub(super) struct Run {
    pub(super) desk: Desk,
    wake: Wake,
    events: mpsc::Sender<Event>,
    publish: watch::Sender<Arc<Snapshot>>,
    pub(super) snapshot: Snapshot,
    messages: List<MessageQuery, Message>,
    instances: List<InstanceQuery, Instance>,
    orders: List<OrderQuery, ListedOrder>,
    licenses: List<LicenseQuery, License>,
    pub(super) calendar: CalendarPart,
    tenants: Refresh<(World, String)>,
    organisation: Refresh<(World, TenantId)>,
    pub(super) usage: UsagePart,
    pub(super) debugging: DebugPart,
    /// Numbers the readings of tables that are imported.
    pub(super) import_reading: u64,
    /// Ends the import that is entered.
    pub(super) import_cancel: Cancel,
    pub(super) limits: LimitsPart,
    pub(super) guard: GuardPart,
    pub(super) registers: RegistersPart,
    pub(super) settlement: SettlementPart,
    overview: Refresh<World>,
    subject: Refresh<Subject>,
    rejected: Refresh<()>,
    /// Raised to end the batch that is running.
    cancel_batch: Option<Cancel>,
    pub(super) cancel_export: Option<Cancel>,
    pub(super) done: mpsc::Sender<Done>,
    done_queue: Option<mpsc::Receiver<Done>>,
}

fn always<Q: Clone + PartialEq>(wanted: Q) -> Refresh<Q> {
    let mut refresh = Refresh::new();
    refresh.look(Some(wanted));
    refresh
}

impl Run {
    pub(super) fn new(
        desk: Desk,
        wake: Wake,
        events: mpsc::Sender<Event>,
        publish: watch::Sender<Arc<Snapshot>>,
    ) -> Self {
        let snapshot = Snapshot::clone(&publish.borrow());
        let (done, done_queue) = mpsc::channel(64);
        Self {
            desk,
            wake,
            events,
            publish,
            snapshot,
            messages: List::new(),
            instances: List::new(),
            orders: List::new(),
            licenses: List::new(),
            calendar: CalendarPart::new(),
            tenants: Refresh::new(),
            organisation: Refresh::new(),
            usage: UsagePart::new(),
            debugging: DebugPart::new(),
            import_reading: 0,
            import_cancel: Cancel::default(),
            limits: LimitsPart::new(),
            guard: GuardPart::default(),
            registers: RegistersPart::new(),
            settlement: SettlementPart::new(),
            overview: always(World::default()),
            subject: Refresh::new(),
            rejected: always(()),
            cancel_batch: None,
            cancel_export: None,
            done,
            done_queue: Some(done_queue),
        }
    }
}

pub(super) async fn run(mut run: Run, mut commands: mpsc::Receiver<Command>) {
    let Some(mut done) = run.done_queue.take() else { return };
    let mut revision = run.desk.inner.store.revision();
    let mut receiver = run.desk.watch_receiver();
    let mut writing = run.desk.inner.store.trouble();
    let mut config = run.desk.watch_config();
    let mut usage_sources = run.desk.watch_usage_sources();
    let mut foreign = interval(FOREIGN_WRITES);
    let mut minutes = interval(MINUTE);
    let mut seen = None;
    let mut stale = true;
    let mut next_look = Instant::now();
    // What changed since the first snapshot was taken, before anybody listened.
    receiver.mark_changed();
    writing.mark_changed();
    config.mark_changed();
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => run.obey(command).await,
                None => return,
            },
            Some(done) = done.recv() => run.take(done).await,
            Ok(()) = revision.changed() => stale = true,
            () = sleep_until(next_look), if stale => {
                stale = false;
                next_look = Instant::now() + PACE;
                run.look_again();
            }
            Ok(()) = receiver.changed() => {
                run.snapshot.receiver = receiver.borrow_and_update().clone();
                run.show();
            }
            Ok(()) = writing.changed() => {
                run.snapshot.write_trouble = writing.borrow_and_update().clone();
                run.show();
            }
            Ok(()) = usage_sources.changed() => {
                run.snapshot.usage_sources = usage_sources.borrow_and_update().clone();
                run.show();
            }
            Ok(()) = config.changed() => {
                run.settings_changed().await;
                run.review_limits();
            }
            _ = minutes.tick() => {
                run.find_debugging();
                run.find_calendar();
                // Who is on duty, and what is due, changes with the clock.
                run.read_registers();
            }
            _ = foreign.tick() => {
                match run.desk.inner.store.look_for_foreign_writes(seen).await {
                    Ok(version) => seen = Some(version),
                    Err(error) => tracing::warn!(%error, "the store cannot be watched"),
                }
                run.look_as_time_passes();
            }
        }
    }
}

impl Run {
    async fn take(&mut self, done: Done) {
        match done {
            Done::Overview(world, found) => self.overview_found(world, found),
            Done::Detail(subject, found) => self.detail_found(&subject, found),
            Done::Rejected(found) => self.rejected_found(found),
            Done::Messages(found) => {
                let again = self.messages.ended(&found);
                if let Some(ids) = self.found(found.ids)
                    && self.messages.answered(found.query, ids, found.first)
                {
                    self.fetch_messages(true).await;
                }
                if again {
                    self.find_messages();
                }
            }
            Done::Instances(found) => {
                let again = self.instances.ended(&found);
                if let Some(ids) = self.found(found.ids)
                    && self.instances.answered(found.query, ids, found.first)
                {
                    self.fetch_instances(true).await;
                }
                if again {
                    self.find_instances();
                }
            }
            Done::Orders(found) => {
                let again = self.orders.ended(&found);
                if let Some(ids) = self.found(found.ids)
                    && self.orders.answered(found.query, ids, found.first)
                {
                    self.fetch_orders(true).await;
                }
                if again {
                    self.find_orders();
                }
            }
            Done::Licenses(found) => {
                let again = self.licenses.ended(&found);
                if let Some(ids) = self.found(found.ids)
                    && self.licenses.answered(found.query, ids, found.first)
                {
                    self.fetch_licenses(true).await;
                }
                if again {
                    self.find_licenses();
                }
            }
            Done::Calendar(query, found) => self.calendar_found(query, found),
            Done::Tenants(found) => self.tenants_found(found),
            Done::Organisation(world, tenant_id, found) => self.organisation_found((world, tenant_id), found),
            Done::Usage(done) => self.take_usage(done).await,
            Done::Debugging(done) => self.take_debugging(done),
            Done::Foreseen(id, foreseen) => self.foreseen(id, foreseen),
            Done::Import(done) => self.take_import(done),
            Done::Limits(done) => self.take_limits(done),
            Done::Registers(read) => self.take_registers(read),
            Done::Settlement(done) => self.take_settlement(*done),
            Done::Reconciled(found) => {
                match found {
                    Ok(findings) => self.snapshot.findings = Some(Arc::new(findings)),
                    Err(error) => self.trouble(&error),
                }
                self.show();
            }
            Done::Nothing => {}
            Done::Exporting(progress) => {
                self.snapshot.exporting = progress;
                self.show();
            }
            Done::Retrying(progress) => {
                self.snapshot.retrying = progress;
                self.show();
            }
            Done::Bench(run) => {
                self.snapshot.bench = Arc::new(Some(*run));
                self.show();
            }
            Done::Event(event) => {
                if matches!(
                    event,
                    Event::WorkdaysImported { .. }
                        | Event::KeySet { .. }
                        | Event::OldKeyEnded { .. }
                        | Event::EndedKeysForgotten { .. }
                        | Event::KeyRemoved { .. }
                        | Event::AccessKeySet
                        | Event::AccessKeyRemoved
                        | Event::RsaKeySet
                        | Event::RsaKeyRemoved
                ) {
                    self.settings_changed().await;
                }
                if matches!(event, Event::WorkdaysImported { .. }) {
                    self.look_again();
                }
                self.tell(event);
            }
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        // What mends a finding is looked at once more.
        let mends = matches!(
            event,
            Event::CarriedOut { .. }
                | Event::InstanceMended { .. }
                | Event::LicensesAdded(_)
                | Event::Imported(_)
                | Event::ImportTakenBack(_)
                | Event::SupervisionNoted
        );
        if mends && self.snapshot.findings.is_some() {
            self.spawn(|desk| async move { Done::Reconciled(desk.reconcile().await) });
        }
        // A window that shows nothing must not hold up the desk: it has room for many, and what comes then is left out.
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send(event) {
            tracing::warn!("the window was not told of something that happened: too much waits to be told already");
        }
        (self.wake)();
    }

    pub(super) fn show(&mut self) {
        self.publish.send_replace(Arc::new(self.snapshot.clone()));
        (self.wake)();
    }

    pub(super) fn spawn<F>(&self, work: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Done> + Send + 'static,
    {
        let work = work(self.desk.clone());
        let done = self.done.clone();
        tokio::spawn(async move { drop(done.send(work.await).await) });
    }

    /// Has the desk do something, and tells what became of it.
    fn ask<F>(&self, done: Event, work: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Result<(), DeskError>> + Send + 'static,
    {
        self.spawn(|desk| {
            let work = work(desk);
            async move {
                Done::Event(match work.await {
                    Ok(()) => done,
                    Err(error) => Event::refused(error),
                })
            }
        });
    }

    async fn settings_changed(&mut self) {
        self.snapshot.settings = Arc::new(project::settings(&self.desk).await);
        self.show();
        // When orders are refunded is one of them.
        self.find_overview();
        self.find_calendar();
    }
}
