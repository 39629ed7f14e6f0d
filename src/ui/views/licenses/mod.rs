//! The authorization codes: how each stands, activating and asking about those that are marked, lists of codes that are
//! pasted, and the calendar of what happens next.

mod calendar;
mod codes;
mod use_form;

use std::ops::Range;

use egui::{Button, Label, RichText, Ui};

use self::{
    calendar::{CalendarView, Leads},
    codes::{Aim, Codes},
    use_form::UseForm,
};
use crate::{
    desk::{
        export::ExportedList,
        import::ImportKind,
        session::{Command, Event, ListName, Subject},
    },
    domain::{
        License, World,
        listing::{LicenseOrder, LicenseQuery},
    },
    protocol::id::LicenseCode,
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{
            Column, ExportForm, ImportForm, ImportOutcome, ListView, Listed, badge, dropped_file, empty_state, time,
        },
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Codes,
    Calendar,
}

#[derive(Default)]
pub(in crate::ui) struct LicensesView {
    tab: Tab,
    calendar: CalendarView,
    list: ListView<License>,
    export: ExportForm,
    codes: Codes,
    use_form: UseForm,
    /// While a file is imported.
    import: Option<ImportForm>,
}

impl LicensesView {
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        self.codes.notice(event);
        self.use_form.notice(event);
        if let Some(import) = &mut self.import {
            import.notice(event);
        }
    }

    /// Asks which codes were bought.
    pub(in crate::ui) fn add(&mut self) {
        self.tab = Tab::Codes;
        self.codes.open(Aim::Add);
    }

    /// Looks through a code before it is activated; answers what asks for that.
    pub(in crate::ui) fn activate(&mut self, world: World, license: &LicenseCode) -> Command {
        self.tab = Tab::Codes;
        self.codes.open_with(world, license)
    }

    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        self.calendar.rest(cx);
        self.list.rest(cx);
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let snapshot = cx.snapshot.clone();
        let listing = snapshot.licenses.as_ref();
        self.codes.show(ui, cx);
        self.use_form.show(ui, cx);
        if let Some(file) = dropped_file(ui) {
            self.tab = Tab::Codes;
            self.import.get_or_insert_with(new_import).bring(cx, file);
        }
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-licenses"));
            ui.add_space(8.0);
            for (tab, label) in
                [(Tab::Codes, text!(cx.texts, "licenses-codes")), (Tab::Calendar, text!(cx.texts, "licenses-calendar"))]
            {
                if ui.selectable_label(self.tab == tab, label).clicked() {
                    self.tab = tab;
                }
            }
            if self.tab == Tab::Codes {
                ui.add_space(8.0);
                let count = text!(cx.texts, "count-licenses", count = listing.ids.len());
                ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
                ui.add_space(8.0);
                let meaning = text!(cx.texts, "use-report-meaning");
                if ui.button(text!(cx.texts, "use-report")).on_hover_text(meaning).clicked() {
                    self.use_form.open();
                }
            }
        });
        if self.tab == Tab::Calendar {
            self.list.rest(cx);
            if self.calendar.show(ui, cx) == Leads::ToCodes {
                self.tab = Tab::Codes;
            }
            return;
        }
        self.calendar.rest(cx);
        ui.horizontal(|ui| {
            if ui.button(text!(cx.texts, "add-codes")).clicked() {
                self.codes.open(Aim::Add);
            }
            if ui.button(text!(cx.texts, "activate-codes")).clicked() {
                self.codes.open(Aim::Activate);
            }
            let meaning = text!(cx.texts, "import-codes-meaning");
            let open = self.import.is_some();
            if ui.selectable_label(open, text!(cx.texts, "import-codes")).on_hover_text(meaning).clicked() {
                self.import = (!open).then(new_import);
            }
            self.export.button(ui, cx);
            ui.separator();
            self.selected(ui, cx);
        });
        let query = self.list.query(cx);
        self.export.show(ui, cx, || ExportedList::Licenses(query.clone()));
        ui.separator();
        match &mut self.import {
            Some(import) => {
                if import.show(ui, cx) == ImportOutcome::Close {
                    self.import = None;
                }
            }
            None => self.list.show(ui, cx, listing),
        }
    }

    fn selected(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (count, world) = (self.list.count_of_chosen(), cx.world);
        let free = cx.snapshot.retrying.is_none() && count > 0;
        let (activate, query) = match count {
            0 | 1 => (text!(cx.texts, "activate-selected"), text!(cx.texts, "query-selected")),
            count => (
                text!(cx.texts, "activate-selected-count", count = count),
                text!(cx.texts, "query-selected-count", count = count),
            ),
        };
        let how_to_mark = text!(cx.texts, "how-to-select");
        let button = ui.add_enabled(free, Button::new(activate)).on_disabled_hover_text(&how_to_mark);
        if button.on_hover_text(text!(cx.texts, "activate-selected-meaning")).clicked() {
            self.codes.open_with_rows(cx, self.list.chosen());
        }
        let button = ui.add_enabled(free, Button::new(query)).on_disabled_hover_text(how_to_mark);
        if button.on_hover_text(text!(cx.texts, "query-selected-meaning")).clicked() {
            cx.ask(Command::QueryLicenseRows { world, ids: self.list.chosen() });
        }
    }
}

fn new_import() -> ImportForm {
    ImportForm::new(ImportKind::LicenseCodes)
}

impl Listed for License {
    type Query = LicenseQuery;
    type Row = Self;
    type Key = LicenseOrder;

    const ID: &'static str = "licenses";
    const LIST: ListName = ListName::Licenses;

    fn query(world: World, search: &str, order: LicenseOrder, ascending: bool) -> LicenseQuery {
        LicenseQuery { world, search: search.to_owned(), order, ascending }
    }

    fn world_of(query: &LicenseQuery) -> World {
        query.world
    }

    fn look(query: LicenseQuery, rows: Range<usize>) -> Command {
        Command::LookAtLicenses { query, rows }
    }

    fn columns(cx: &ViewContext<'_>) -> Vec<Column<LicenseOrder>> {
        vec![
            Column::new(text!(cx.texts, "column-license"), 230.0).sorted_by(LicenseOrder::License),
            Column::new(text!(cx.texts, "column-status"), 110.0).sorted_by(LicenseOrder::Status),
            Column::new(text!(cx.texts, "column-order"), 180.0),
            Column::new(text!(cx.texts, "column-product"), 170.0),
            Column::new("activateTime".to_owned(), 130.0),
            Column::new("expireTime".to_owned(), 130.0).sorted_by(LicenseOrder::ExpireTime),
            Column::new(text!(cx.texts, "column-queried"), 130.0),
            Column::new(text!(cx.texts, "column-created"), 130.0).sorted_by(LicenseOrder::CreatedAt),
        ]
    }

    fn name(cx: &ViewContext<'_>, row: &Self) -> String {
        format!("{} {}", row.license, cx.texts.license_status(row.status))
    }

    fn cell(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &Self, column: usize) {
        let line = |ui: &mut Ui, text: &str| drop(ui.add(Label::new(text).truncate()));
        let at = match column {
            0 => return line(ui, row.license.as_str()),
            1 => {
                let color = Palette::of(ui.visuals()).of_license(row.status);
                let badge = badge(ui, &cx.texts.license_status(row.status), color);
                badge.on_hover_text(cx.texts.license_status_meaning(row.status));
                return;
            }
            2 => return line(ui, row.order.as_ref().map_or("", |order| order.order_id.as_str())),
            3 => return line(ui, row.product_id.as_deref().unwrap_or_default()),
            4 => row.activate_time,
            5 => row.expire_time,
            6 => row.queried_at,
            _ => Some(row.created_at),
        };
        if let Some(at) = at {
            time(ui, cx.times, at);
        }
    }

    fn subject(row: &Self) -> Subject {
        Subject::License { world: row.world, license: row.license.clone() }
    }

    fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
        empty_state(ui, &text!(cx.texts, "no-licenses"), &text!(cx.texts, "no-licenses-meaning"), |ui| {
            if ui.button(text!(cx.texts, "open-settings")).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    }
}
