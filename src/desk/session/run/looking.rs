//! What the session reads for the window, at a command and again after every write: in the background, once at a time, and it
//! comes back as [`Done`]. The loop itself waits for nothing but the rows in sight of a list, a few by their ids.

use std::sync::Arc;

use super::{Done, Run, project};
use crate::{
    desk::{
        Foreseen,
        session::{
            command::{ListName, Subject},
            list::Found,
            snapshot::{Detail, Overview, TenantKnown, Tenants},
        },
    },
    domain::{MessageId, RejectedCall, World},
    protocol::id::TenantId,
    store::StoreError,
};

impl Run {
    /// After something was written: everything that is in sight.
    pub(super) fn look_again(&mut self) {
        self.find_overview();
        self.find_detail();
        self.find_rejected();
        self.find_messages();
        self.find_instances();
        self.find_orders();
        self.find_usage();
        self.find_licenses();
        self.find_calendar();
        self.find_tenants();
        self.find_organisation();
        self.find_debugging();
        self.review_limits();
        self.read_registers();
        self.find_settlement();
    }

    pub(in crate::desk::session) fn look_at_world(&mut self, world: World) {
        self.overview.look(Some(world));
        self.find_overview();
    }

    pub(in crate::desk::session) fn find_overview(&mut self) {
        let Some(world) = self.overview.begin() else { return };
        self.spawn(
            move |desk| async move { Done::Overview(world, project::overview(&desk, world).await.map(Box::new)) },
        );
    }

    pub(super) fn overview_found(&mut self, world: World, found: Result<Box<Overview>, StoreError>) {
        match found {
            Ok(overview) if self.overview.wanted() == Some(&world) => {
                let mended = self.snapshot.trouble.take().is_some();
                let news = *self.snapshot.overview != *overview;
                if news {
                    self.snapshot.overview = Arc::new(*overview);
                }
                if mended || news {
                    self.show();
                }
                self.guard_products();
            }
            Ok(_) => {}
            Err(error) => self.show_trouble(&error),
        }
        if self.overview.ended() {
            self.find_overview();
        }
    }

    pub(super) fn look_at_subject(&mut self, subject: Option<Subject>) {
        if subject.is_none() {
            self.snapshot.detail = Arc::default();
            self.show();
        }
        self.subject.look(subject);
        self.find_detail();
    }

    fn find_detail(&mut self) {
        let Some(subject) = self.subject.begin() else { return };
        self.spawn(move |desk| async move {
            let found = project::detail(&desk, &subject).await.map(Box::new);
            Done::Detail(subject, found)
        });
    }

    pub(super) fn detail_found(&mut self, subject: &Subject, found: Result<Box<Detail>, StoreError>) {
        match found {
            Ok(detail) => {
                if self.subject.wanted() == Some(subject) && *self.snapshot.detail != *detail {
                    self.snapshot.detail = Arc::new(*detail);
                    self.show();
                }
            }
            Err(error) => self.show_trouble(&error),
        }
        if self.subject.ended() {
            self.find_detail();
        }
    }

    fn find_rejected(&mut self) {
        if self.rejected.begin().is_some() {
            self.spawn(|desk| async move { Done::Rejected(project::rejected(&desk).await) });
        }
    }

    pub(super) fn rejected_found(&mut self, found: Result<Arc<Vec<RejectedCall>>, StoreError>) {
        match found {
            Ok(rejected) => {
                if self.snapshot.rejected != rejected {
                    self.snapshot.rejected = rejected;
                    self.show();
                }
            }
            Err(error) => self.show_trouble(&error),
        }
        if self.rejected.ended() {
            self.find_rejected();
        }
    }

    fn show_trouble(&mut self, error: &StoreError) {
        self.trouble(error);
        self.show();
    }

    pub(in crate::desk::session) fn trouble(&mut self, error: &StoreError) {
        tracing::error!(%error, "the store cannot be read");
        self.snapshot.trouble = Some(error.clone());
    }

    pub(in crate::desk::session) fn found(&mut self, ids: Result<Vec<i64>, StoreError>) -> Option<Vec<i64>> {
        match ids {
            Ok(ids) => Some(ids),
            Err(StoreError::Cancelled) => None,
            Err(error) => {
                self.show_trouble(&error);
                None
            }
        }
    }

    pub(super) fn foreseen(&mut self, id: MessageId, foreseen: Result<Foreseen, StoreError>) {
        match foreseen {
            Ok(foreseen) => self.snapshot.foreseen = Some(Arc::new((id, foreseen))),
            Err(error) => self.trouble(&error),
        }
        self.show();
    }

    pub(super) fn look_away_from(&mut self, list: ListName) {
        match list {
            ListName::Messages => self.messages.look_away(),
            ListName::Instances => self.instances.look_away(),
            ListName::Orders => self.orders.look_away(),
            ListName::Licenses => self.licenses.look_away(),
            ListName::Usage => self.usage.list.look_away(),
        }
    }

    /// What is done with the first ids of a list, before the rest is found.
    pub(in crate::desk::session) fn first<Q>(
        &self,
        done: impl FnOnce(Found<Q>) -> Done + Send + 'static,
    ) -> impl FnOnce(Found<Q>) + Send + 'static {
        let queue = self.done.clone();
        // Without room for it, the whole answer comes soon enough.
        move |found| drop(queue.try_send(done(found)))
    }

    pub(super) fn find_messages(&mut self) {
        let Some(search) = self.messages.begin() else { return };
        let first = self.first(Done::Messages);
        self.spawn(move |desk| async move {
            let found = search.find(first, |query, asked| async move { desk.message_ids(query, asked).await });
            Done::Messages(found.await)
        });
    }

    pub(super) fn find_instances(&mut self) {
        let Some(search) = self.instances.begin() else { return };
        let first = self.first(Done::Instances);
        self.spawn(move |desk| async move {
            let found = search.find(first, |query, asked| async move { desk.instance_ids(query, asked).await });
            Done::Instances(found.await)
        });
    }

    pub(super) fn find_orders(&mut self) {
        let Some(search) = self.orders.begin() else { return };
        let first = self.first(Done::Orders);
        self.spawn(move |desk| async move {
            let found = search.find(first, |query, asked| async move { desk.order_ids(query, asked).await });
            Done::Orders(found.await)
        });
    }

    pub(super) async fn fetch_messages(&mut self, all: bool) {
        let ids = if all { self.messages.ids_in_sight() } else { self.messages.missing_in_sight() };
        if ids.is_empty() && !all {
            return;
        }
        match self.desk.messages(ids).await {
            Ok(rows) => self.messages.fetched(rows.into_iter().map(|message| (message.id.0, message))),
            Err(error) => self.trouble(&error),
        }
        self.snapshot.messages = self.messages.listing.clone();
        self.show();
    }

    pub(super) async fn fetch_instances(&mut self, all: bool) {
        let ids = if all { self.instances.ids_in_sight() } else { self.instances.missing_in_sight() };
        if ids.is_empty() && !all {
            return;
        }
        match self.desk.instances(ids).await {
            Ok(rows) => self.instances.fetched(rows),
            Err(error) => self.trouble(&error),
        }
        self.snapshot.instances = self.instances.listing.clone();
        self.show();
    }

    pub(super) async fn fetch_orders(&mut self, all: bool) {
        let ids = if all { self.orders.ids_in_sight() } else { self.orders.missing_in_sight() };
        if ids.is_empty() && !all {
            return;
        }
        match self.desk.listed_orders(ids).await {
            Ok(rows) => self.orders.fetched(rows),
            Err(error) => self.trouble(&error),
        }
        self.snapshot.orders = self.orders.listing.clone();
        self.show();
    }

    pub(super) fn find_licenses(&mut self) {
        let Some(search) = self.licenses.begin() else { return };
        let first = self.first(Done::Licenses);
        self.spawn(move |desk| async move {
            let found = search.find(first, |query, asked| async move { desk.license_ids(query, asked).await });
            Done::Licenses(found.await)
        });
    }

    pub(super) async fn fetch_licenses(&mut self, all: bool) {
        let ids = if all { self.licenses.ids_in_sight() } else { self.licenses.missing_in_sight() };
        if ids.is_empty() && !all {
            return;
        }
        match self.desk.licenses(ids).await {
            Ok(rows) => self.licenses.fetched(rows),
            Err(error) => self.trouble(&error),
        }
        self.snapshot.licenses = self.licenses.listing.clone();
        self.show();
    }

    pub(super) fn find_tenants(&mut self) {
        let Some((world, search)) = self.tenants.begin() else { return };
        self.spawn(move |desk| async move {
            let found = desk.tenants(world, &search).await;
            Done::Tenants(found.map(|rows| Tenants { world, search, rows, loading: false }))
        });
    }

    pub(super) fn tenants_found(&mut self, found: Result<Tenants, StoreError>) {
        match found {
            Ok(tenants) if *self.snapshot.tenants != tenants => {
                self.snapshot.tenants = Arc::new(tenants);
                self.show();
            }
            Ok(_) => {}
            Err(error) => self.show_trouble(&error),
        }
        if self.tenants.ended() {
            self.find_tenants();
        }
    }

    pub(super) fn look_at_tenant(&mut self, tenant: Option<(World, TenantId)>) {
        if self.organisation.look(tenant) && self.snapshot.organisation.take().is_some() {
            self.show();
        }
        self.find_organisation();
    }

    pub(super) fn find_organisation(&mut self) {
        let Some((world, tenant_id)) = self.organisation.begin() else { return };
        self.spawn(move |desk| async move {
            let found = desk.organisation(world, tenant_id.clone()).await;
            let known = found.map(|found| {
                found.map(|(organisation, messages)| Arc::new(TenantKnown { world, organisation, messages }))
            });
            Done::Organisation(world, tenant_id, known)
        });
    }

    pub(super) fn organisation_found(
        &mut self,
        tenant: (World, TenantId),
        found: Result<Option<Arc<TenantKnown>>, StoreError>,
    ) {
        match found {
            Ok(found) if self.organisation.wanted() == Some(&tenant) => {
                if self.snapshot.organisation != found {
                    self.snapshot.organisation = found;
                    self.show();
                }
            }
            Ok(_) => {}
            Err(error) => self.show_trouble(&error),
        }
        if self.organisation.ended() {
            self.find_organisation();
        }
    }
}
