//! The calendar of authorization codes: what happens next to each, by day, what is overdue before all else.

use egui::{Label, RichText, Ui};

use crate::{
    desk::session::{CalendarKnown, Command, Subject},
    domain::license_calendar::{self, CalendarEntry, CalendarQuery},
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, badge, empty_state, moved_by_keyboard, time},
    },
};

/// Days ahead that can be chosen; `None` for all.
const SPANS: [Option<u32>; 4] = [Some(7), Some(30), Some(90), None];

/// What the empty calendar leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    Nowhere,
    ToCodes,
}

pub(super) struct CalendarView {
    span: Option<u32>,
    /// What the desk was told last.
    looked: Option<CalendarQuery>,
    page: usize,
    scroll_to: Option<usize>,
}

impl Default for CalendarView {
    fn default() -> Self {
        Self { span: Some(30), looked: None, page: 0, scroll_to: None }
    }
}

impl CalendarView {
    /// While something else is shown.
    pub(super) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if self.looked.take().is_some() {
            cx.ask(Command::LookAtLicenseCalendar(None));
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> Leads {
        let palette = Palette::of(ui.visuals());
        let snapshot = cx.snapshot.clone();
        let known = snapshot.license_calendar.as_ref();
        let until = self.span.and_then(|days| license_calendar::end_of_day(cx.times.now, days, &cx.times.zone));
        let query = CalendarQuery { world: cx.world, until };
        let rows = found(cx, known);
        ui.horizontal(|ui| {
            for span in SPANS {
                let label = match span {
                    Some(days) => text!(cx.texts, "calendar-span", days = days),
                    None => text!(cx.texts, "calendar-span-all"),
                };
                if ui.selectable_label(self.span == span, label).clicked() {
                    self.span = span;
                }
            }
            ui.separator();
            let count = match known.calendar.more {
                true => text!(cx.texts, "calendar-first", count = known.calendar.entries.len()),
                false => text!(cx.texts, "count-licenses", count = rows.len()),
            };
            ui.label(RichText::new(count).color(palette.muted));
        });
        let policy = snapshot.settings.config.licenses;
        let meaning = text!(
            cx.texts,
            "calendar-meaning",
            grace = policy.grace_days.to_string(),
            retention = policy.retention_days.to_string()
        );
        ui.label(RichText::new(meaning).color(palette.muted));
        ui.separator();
        let mut leads = Leads::Nowhere;
        if known.query.is_none_or(|answered| answered.world != cx.world) {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
        } else if rows.is_empty() {
            leads = self.nothing(ui, cx);
        } else {
            self.table(ui, cx, &rows);
        }
        if self.looked != Some(query) {
            cx.ask(Command::LookAtLicenseCalendar(Some(query)));
            self.looked = Some(query);
        }
        if let Some(tomorrow) = license_calendar::end_of_day(cx.times.now, 0, &cx.times.zone) {
            cx.repaint_at(ui, tomorrow.plus_millis(1));
        }
        leads
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, rows: &[&CalendarEntry]) {
        let is_current = |entry: &&CalendarEntry| cx.subject == Some(&subject(entry));
        let mut current = rows.iter().position(is_current);
        if !cx.keyboard_taken
            && let Some(row) = moved_by_keyboard(ui, current, rows.len(), self.page)
        {
            (current, self.scroll_to) = (Some(row), Some(row));
            if let Some(entry) = rows.get(row) {
                cx.select(subject(entry));
            }
        }
        let columns = [
            Column::<()>::new(text!(cx.texts, "calendar-day"), 120.0),
            Column::new(text!(cx.texts, "calendar-countdown"), 120.0),
            Column::new(text!(cx.texts, "calendar-step"), 120.0),
            Column::new(text!(cx.texts, "calendar-time"), 130.0),
            Column::new(text!(cx.texts, "column-license"), 200.0),
            Column::new(text!(cx.texts, "column-status"), 110.0),
            Column::new("expireTime".to_owned(), 130.0),
            Column::new(text!(cx.texts, "column-order"), 180.0),
            Column::new(text!(cx.texts, "column-product"), 150.0),
        ];
        let name = |row: usize| rows.get(row).map_or_else(String::new, |entry| name_of(cx, entry));
        let table = Table {
            id: "license-calendar",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current,
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &|_| false,
        };
        let mut first_in_sight = None;
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(entry) = rows.get(row) else { return };
            let first = *first_in_sight.get_or_insert(row);
            let before = row.checked_sub(1).filter(|_| row > first).and_then(|before| rows.get(before));
            cell(ui, cx, entry, before.copied(), column);
        });
        if !outcome.in_sight.is_empty() {
            self.page = outcome.in_sight.len();
        }
        if let Some(entry) = outcome.clicked.and_then(|click| rows.get(click.row)) {
            cx.select(subject(entry));
        }
    }

    fn nothing(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> Leads {
        let mut leads = Leads::Nowhere;
        match self.span {
            Some(days) if cx.search.trim().is_empty() => {
                let title = text!(cx.texts, "calendar-nothing-soon", days = days);
                empty_state(ui, &title, &text!(cx.texts, "calendar-nothing-meaning"), |ui| {
                    if ui.button(text!(cx.texts, "calendar-show-all")).clicked() {
                        self.span = None;
                    }
                    if ui.button(text!(cx.texts, "calendar-to-codes")).clicked() {
                        leads = Leads::ToCodes;
                    }
                });
            }
            None if cx.search.trim().is_empty() => {
                let title = text!(cx.texts, "calendar-nothing");
                empty_state(ui, &title, &text!(cx.texts, "calendar-nothing-meaning"), |ui| {
                    if ui.button(text!(cx.texts, "calendar-to-codes")).clicked() {
                        leads = Leads::ToCodes;
                    }
                    if ui.button(text!(cx.texts, "open-settings")).clicked() {
                        cx.go_to(Place::Settings);
                    }
                });
            }
            _ => {
                let title = text!(cx.texts, "nothing-found", search = cx.search.trim());
                empty_state(ui, &title, &text!(cx.texts, "nothing-found-meaning"), |_| {});
            }
        }
        leads
    }
}

/// Those that the search finds.
fn found<'a>(cx: &ViewContext<'_>, known: &'a CalendarKnown) -> Vec<&'a CalendarEntry> {
    let search = cx.search.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&search);
    let is_found = |entry: &&CalendarEntry| {
        let license = &entry.license;
        has(license.license.as_str())
            || license.order.as_ref().is_some_and(|order| has(order.order_id.as_str()))
            || license.product_id.as_deref().is_some_and(has)
    };
    known.calendar.entries.iter().filter(is_found).collect()
}

fn subject(entry: &CalendarEntry) -> Subject {
    Subject::License { world: entry.license.world, license: entry.license.license.clone() }
}

fn name_of(cx: &ViewContext<'_>, entry: &CalendarEntry) -> String {
    let next = entry.next;
    let day = license_calendar::day(next.at, &cx.times.zone).map(|day| day.to_string()).unwrap_or_default();
    let (step, countdown) = (cx.texts.next_step(next.step), cx.texts.countdown(next.at, cx.times));
    format!("{} {step} {day} {countdown}", entry.license.license)
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, entry: &CalendarEntry, before: Option<&CalendarEntry>, column: usize) {
    let palette = Palette::of(ui.visuals());
    let (license, next) = (&entry.license, entry.next);
    let color = palette.of_countdown(next.at, cx.times);
    let line = |ui: &mut Ui, text: &str| drop(ui.add(Label::new(text).truncate()));
    match column {
        0 => {
            let day = |entry: &CalendarEntry| license_calendar::day(entry.next.at, &cx.times.zone);
            // Once for each day, and where the list begins to be seen.
            if let Some(day) = day(entry).filter(|today| before.and_then(day) != Some(*today)) {
                let weekday = usize::try_from(day.weekday().to_monday_one_offset()).unwrap_or_default();
                let told = format!("{day} {}", cx.texts.weekday(weekday));
                ui.add(Label::new(RichText::new(told).strong()).extend());
            }
        }
        1 => drop(ui.add(Label::new(RichText::new(cx.texts.countdown(next.at, cx.times)).color(color)).truncate())),
        2 => {
            let badge = badge(ui, &cx.texts.next_step(next.step), color);
            badge.on_hover_text(cx.texts.next_step_meaning(next.step));
        }
        3 => drop(time(ui, cx.times, next.at)),
        4 => line(ui, license.license.as_str()),
        5 => drop(badge(ui, &cx.texts.license_status(license.status), palette.of_license(license.status))),
        6 => {
            if let Some(expires) = license.expire_time {
                time(ui, cx.times, expires);
            }
        }
        7 => line(ui, license.order.as_ref().map_or("", |order| order.order_id.as_str())),
        _ => line(ui, license.product_id.as_deref().unwrap_or_default()),
    }
}
