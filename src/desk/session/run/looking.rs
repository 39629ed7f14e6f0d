//! What the session reads for the window, at a command and again after every write. Nothing here holds up the loop: what
//! may take long is read in the background and comes back as [`Done`].

use std::sync::Arc;

use super::{Done, Run, project};
use crate::{
    desk::{
        Foreseen,
        session::{
            list::Found,
            snapshot::{TenantKnown, Tenants},
        },
    },
    domain::{MessageId, World},
    protocol::id::TenantId,
    store::StoreError,
};

impl Run {
    /// After something was written: everything that is in sight.
    pub(super) async fn look_again(&mut self) {
        self.look_at_overview().await;
        self.look_at_subject().await;
        match project::rejected(&self.desk).await {
            Ok(rejected) => self.snapshot.rejected = rejected,
            Err(error) => self.trouble(&error),
        }
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
        self.show();
    }

    pub(in crate::desk::session) async fn look_at_overview(&mut self) {
        match project::overview(&self.desk, self.world).await {
            Ok(overview) => {
                self.snapshot.trouble = None;
                if *self.snapshot.overview != overview {
                    self.snapshot.overview = Arc::new(overview);
                }
                self.guard_products();
            }
            Err(error) => self.trouble(&error),
        }
    }

    pub(super) async fn look_at_subject(&mut self) {
        match project::detail(&self.desk, self.subject.as_ref()).await {
            Ok(detail) if *self.snapshot.detail != detail => self.snapshot.detail = Arc::new(detail),
            Ok(_) => {}
            Err(error) => self.trouble(&error),
        }
    }

    pub(in crate::desk::session) fn trouble(&mut self, error: &StoreError) {
        tracing::error!(%error, "the store cannot be read");
        self.snapshot.trouble = Some(error.to_string().into());
    }

    pub(in crate::desk::session) fn found(&mut self, ids: Result<Vec<i64>, StoreError>) -> Option<Vec<i64>> {
        match ids {
            Ok(ids) => Some(ids),
            Err(StoreError::Cancelled) => None,
            Err(error) => {
                self.trouble(&error);
                self.show();
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

    pub(super) fn find_messages(&mut self) {
        let (cancel, query) = (self.messages.begin(), self.messages.wanted.clone());
        self.spawn(move |desk| async move {
            let ids = desk.message_ids(query.clone(), cancel).await;
            Done::Messages(Found { query, ids })
        });
    }

    pub(super) fn find_instances(&mut self) {
        let (cancel, query) = (self.instances.begin(), self.instances.wanted.clone());
        self.spawn(move |desk| async move {
            let ids = desk.instance_ids(query.clone(), cancel).await;
            Done::Instances(Found { query, ids })
        });
    }

    pub(super) fn find_orders(&mut self) {
        let (cancel, query) = (self.orders.begin(), self.orders.wanted.clone());
        self.spawn(move |desk| async move {
            let ids = desk.order_ids(query.clone(), cancel).await;
            Done::Orders(Found { query, ids })
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
        let (cancel, query) = (self.licenses.begin(), self.licenses.wanted.clone());
        self.spawn(move |desk| async move {
            let ids = desk.license_ids(query.clone(), cancel).await;
            Done::Licenses(Found { query, ids })
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
            Err(error) => {
                self.trouble(&error);
                self.show();
            }
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
            Err(error) => {
                self.trouble(&error);
                self.show();
            }
        }
        if self.organisation.ended() {
            self.find_organisation();
        }
    }
}
