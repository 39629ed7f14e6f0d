//! Buying organisations: which there are, and everything that is known of the one that is chosen.

mod laid_out;
mod tables;

use egui::{Grid, Key, Label, Modifiers, Panel, RichText, ScrollArea, TextEdit, Ui};

use self::laid_out::LaidOut;
use crate::{
    desk::{
        export::ExportedList,
        session::{Command, Subject, TenantKnown, Tenants},
    },
    domain::{World, organisation::Tenant},
    protocol::{
        callback::{
            KitVersion,
            kit::{Interface, sub_path},
        },
        id::{InstanceId, OrderId, TenantId},
    },
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, ExportForm, Table, badge, copyable, empty_state, field, moved_by_keyboard, time},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Facts,
    Departments,
    Users,
    Applications,
    Changes,
}

#[derive(Default)]
pub(in crate::ui) struct OrganisationsView {
    world: World,
    current: Option<TenantId>,
    /// Which of the rows of that tenant, if one was clicked: there is one for each of its instances.
    row: Option<i64>,
    scroll_to: Option<usize>,
    page: usize,
    tab: Tab,
    filter: String,
    laid_out: Option<LaidOut>,
    /// What the desk was told last.
    looked: Option<(World, String)>,
    looked_at: Option<(World, TenantId)>,
    export: ExportForm,
}

impl OrganisationsView {
    /// Shows that one.
    pub(in crate::ui) fn open(&mut self, world: World, tenant_id: TenantId) {
        self.world = world;
        self.choose(Some((tenant_id, None)));
    }

    /// While another view is shown no organisation has to be read.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if self.looked_at.take().is_some() {
            cx.ask(Command::LookAtTenant(None));
            self.laid_out = None;
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if self.world != cx.world {
            self.world = cx.world;
            self.choose(None);
        }
        let snapshot = cx.snapshot.clone();
        let looks = (cx.world, cx.search.trim().to_owned());
        let nothing = Tenants::default();
        let tenants = if snapshot.tenants.world == cx.world { snapshot.tenants.as_ref() } else { &nothing };
        let answered = !tenants.loading && tenants.search == looks.1;
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-organisations"));
            ui.add_space(8.0);
            let count = text!(cx.texts, "count-organisations", count = tenants.rows.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            self.export.button(ui, cx);
        });
        let (world, search) = looks.clone();
        let tab = if self.current.is_some() { self.tab } else { Tab::Facts };
        // Of every organisation, so that one file has them all.
        self.export.show(ui, cx, || match tab {
            Tab::Departments => ExportedList::Departments(world),
            Tab::Users => ExportedList::Users(world),
            Tab::Applications => ExportedList::Applications(world),
            Tab::Facts | Tab::Changes => ExportedList::Tenants { world, search: search.clone() },
        });
        ui.separator();
        if self.current.is_some() {
            let height = (ui.available_height() * 0.62).max(200.0);
            Panel::bottom("organisation").resizable(true).default_size(height).show(ui, |ui| {
                self.organisation(ui, cx, snapshot.organisation.as_ref());
            });
        }
        if !tenants.rows.is_empty() {
            self.table(ui, cx, &tenants.rows);
        } else if answered {
            self.nothing(ui, cx);
        } else {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
        }
        if self.looked.as_ref() != Some(&looks) {
            cx.ask(Command::LookAtTenants { world: looks.0, search: looks.1.clone() });
            self.looked = Some(looks);
        }
        let looks_at = self.current.clone().map(|tenant_id| (cx.world, tenant_id));
        if self.looked_at != looks_at {
            cx.ask(Command::LookAtTenant(looks_at.clone()));
            self.looked_at = looks_at;
        }
    }

    fn choose(&mut self, chosen: Option<(TenantId, Option<i64>)>) {
        let (current, row) = chosen.unzip();
        if self.current != current {
            self.filter.clear();
        }
        (self.current, self.row) = (current, row.flatten());
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, rows: &[Tenant]) {
        let is_current = |tenant: &&Tenant| match self.row {
            Some(row) => tenant.id == row,
            None => Some(&tenant.tenant_id) == self.current.as_ref(),
        };
        let position = rows.iter().position(|tenant| is_current(&tenant));
        let mut chosen = None;
        if !cx.keyboard_taken
            && let Some(row) = moved_by_keyboard(ui, position, rows.len(), self.page)
        {
            self.scroll_to = Some(row);
            chosen = Some(row);
        }
        let columns = [
            Column::<()>::new(text!(cx.texts, "column-name"), 210.0),
            Column::new("tenantId".to_owned(), 190.0),
            Column::new("domainName".to_owned(), 230.0),
            Column::new(text!(cx.texts, "column-instance"), 170.0),
            Column::new(text!(cx.texts, "column-order"), 170.0),
            Column::new(text!(cx.texts, "column-changed"), 130.0),
        ];
        let name = |row: usize| rows.get(row).map_or_else(String::new, |row| format!("{} {}", row.name, row.tenant_id));
        let table = Table {
            id: "organisations",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current: position,
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(row) = rows.get(row) else { return };
            let line = match column {
                0 => return named(ui, cx, row),
                1 => row.tenant_id.as_str(),
                2 => row.domain_name.as_str(),
                3 if !row.further_instances.is_empty() => {
                    let line = format!("{} +{}", row.instance_id, row.further_instances.len());
                    return drop(ui.add(Label::new(line).truncate()));
                }
                3 => row.instance_id.as_str(),
                4 => row.order_id.as_str(),
                _ => return drop(time(ui, cx.times, row.lifetime.changed_at)),
            };
            ui.add(Label::new(line).truncate());
        });
        self.page = outcome.in_sight.len();
        chosen = outcome.clicked.map(|click| click.row).or(chosen);
        if let Some(tenant) = chosen.and_then(|row| rows.get(row)) {
            self.choose(Some((tenant.tenant_id.clone(), Some(tenant.id))));
        }
    }

    /// The lower half: the organisation that is chosen.
    fn organisation(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: Option<&std::sync::Arc<TenantKnown>>) {
        ui.add_space(6.0);
        let is_chosen = |known: &&std::sync::Arc<TenantKnown>| {
            known.world == cx.world && Some(&known.organisation.tenant.tenant_id) == self.current.as_ref()
        };
        let Some(known) = known.filter(is_chosen) else {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            return;
        };
        let laid_out = match self.laid_out.take() {
            Some(laid_out) if laid_out.is_of(known, &self.filter) => laid_out,
            _ => LaidOut::new(known.clone(), self.filter.clone()),
        };
        self.head(ui, cx, &laid_out);
        ui.separator();
        match self.tab {
            Tab::Facts => {
                let row = cx.snapshot.tenants.rows.iter().find(|tenant| Some(tenant.id) == self.row).cloned();
                facts(ui, cx, &row.unwrap_or_else(|| known.organisation.tenant.clone()));
            }
            Tab::Departments => tables::departments(ui, cx, &laid_out),
            Tab::Users => tables::users(ui, cx, &laid_out),
            Tab::Applications => tables::applications(ui, cx, &laid_out),
            Tab::Changes => tables::changes(ui, cx, &laid_out),
        }
        self.laid_out = Some(laid_out);
    }

    fn head(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, laid_out: &LaidOut) {
        let counts = laid_out.counts();
        ui.horizontal_wrapped(|ui| {
            let tenant = &laid_out.known().organisation.tenant;
            let name = if tenant.name.is_empty() { tenant.tenant_id.as_str() } else { tenant.name.as_str() };
            ui.label(RichText::new(name).strong().size(15.0));
            ui.add_space(6.0);
            for (tab, label) in [
                (Tab::Facts, text!(cx.texts, "organisation-facts")),
                (Tab::Departments, text!(cx.texts, "organisation-departments", count = counts.departments)),
                (Tab::Users, text!(cx.texts, "organisation-users", count = counts.users)),
                (Tab::Applications, text!(cx.texts, "organisation-applications", count = counts.applications)),
                (Tab::Changes, text!(cx.texts, "organisation-changes", count = counts.changes)),
            ] {
                if ui.selectable_label(self.tab == tab, label).clicked() {
                    self.tab = tab;
                }
            }
            if matches!(self.tab, Tab::Departments | Tab::Users) {
                let hint = text!(cx.texts, "organisation-filter");
                let edit = TextEdit::singleline(&mut self.filter).hint_text(&hint).desired_width(180.0).char_limit(100);
                let response = ui.add(edit).on_hover_text(&hint);
                response.widget_info(|| egui::WidgetInfo::text_edit(true, "", self.filter.as_str(), hint.as_str()));
                if response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                    self.filter.clear();
                }
            }
            if ui.button(text!(cx.texts, "close")).clicked() {
                self.choose(None);
            }
        });
    }

    fn nothing(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let search = cx.search.trim();
        if !search.is_empty() {
            let title = text!(cx.texts, "nothing-found", search = search);
            empty_state(ui, &title, &text!(cx.texts, "no-organisation-found-meaning"), |ui| {
                if ui.button(text!(cx.texts, "clear-search")).clicked() {
                    cx.requests.push(Request::Search(String::new()));
                }
            });
            return;
        }
        let meaning = text!(cx.texts, "no-organisations-meaning");
        empty_state(ui, &text!(cx.texts, "no-organisations"), &meaning, |ui| {
            for line in paths(cx) {
                ui.label(RichText::new(line).monospace());
            }
            ui.add_space(8.0);
            if ui.button(text!(cx.texts, "open-settings")).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    }
}

/// Where the kit calls, below each production address.
fn paths(cx: &ViewContext<'_>) -> Vec<String> {
    let endpoints = &cx.snapshot.settings.config.endpoints;
    let mut paths = Vec::new();
    for endpoint in endpoints {
        for version in [KitVersion::V2, KitVersion::V1] {
            let whole = sub_path(version, Interface::TenantSync);
            let base = whole.trim_end_matches(Interface::TenantSync.name());
            let names = Interface::ALL.map(Interface::name).join(" | ");
            paths.push(format!("{}{base}{{{names}}}", endpoint.path.trim_end_matches('/')));
        }
    }
    paths
}

fn named(ui: &mut Ui, cx: &ViewContext<'_>, tenant: &Tenant) {
    if tenant.lifetime.removed_at.is_some() {
        badge(ui, &text!(cx.texts, "state-removed"), Palette::of(ui.visuals()).muted);
    }
    let name = if tenant.name.is_empty() { "–" } else { tenant.name.as_str() };
    ui.add(Label::new(name).truncate());
}

/// An instance of the tenant's and its order.
fn bought(ui: &mut Ui, cx: &mut ViewContext<'_>, instance: &str, order: &str, removed: bool) {
    let world = cx.world;
    if !instance.is_empty() {
        field(ui, "instanceId", |ui| {
            copyable(ui, cx, instance, "instanceId");
            if ui.link(text!(cx.texts, "open-instance")).clicked() {
                cx.select(Subject::Instance { world, instance_id: InstanceId::new(instance) });
            }
            if removed {
                ui.weak(text!(cx.texts, "state-removed"));
            }
        });
    }
    if !order.is_empty() {
        field(ui, "orderId", |ui| {
            copyable(ui, cx, order, "orderId");
            if ui.link(text!(cx.texts, "open-order")).clicked() {
                cx.select(Subject::Order { world, order_id: OrderId::new(order) });
            }
        });
    }
}

fn facts(ui: &mut Ui, cx: &mut ViewContext<'_>, tenant: &Tenant) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        Grid::new("organisation-facts").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
            for (name, value) in [
                ("tenantId", tenant.tenant_id.as_str()),
                ("tenantCode", tenant.tenant_code.as_str()),
                ("name", tenant.name.as_str()),
                ("domainName", tenant.domain_name.as_str()),
            ] {
                if !value.is_empty() {
                    field(ui, name, |ui| copyable(ui, cx, value, name));
                }
            }
            bought(ui, cx, &tenant.instance_id, &tenant.order_id, false);
            for further in &tenant.further_instances {
                bought(ui, cx, &further.instance_id, &further.order_id, further.removed);
            }
            let lifetime = &tenant.lifetime;
            for (name, at) in [
                (text!(cx.texts, "column-created"), Some(lifetime.created_at)),
                (text!(cx.texts, "column-changed"), Some(lifetime.changed_at)),
                (text!(cx.texts, "state-removed"), lifetime.removed_at),
            ] {
                if let Some(at) = at {
                    field(ui, &name, |ui| drop(time(ui, cx.times, at)));
                }
            }
        });
    });
}
