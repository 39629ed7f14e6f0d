//! The list of one register, whichever: its columns are the fields that the register names, what is due, and what follows.

use std::{cmp::Ordering, sync::Arc};

use egui::{Label, RichText, Ui};

use super::due;
use crate::{
    desk::session::RegistersKnown,
    domain::register::{Entry, Field, FieldType, Finding, Judged, RegisterKind},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Order, Table, badge, empty_state, moved_by_keyboard, time},
    },
};

/// Characters of a long text that a cell shows at most.
const SHOWN: usize = 120;

/// Which entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Only {
    #[default]
    All,
    Due,
    State(&'static str),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    /// As the desk has them: the gravest first.
    #[default]
    Urgency,
    State,
    Due,
    Field(&'static str),
    ChangedAt,
}

#[derive(Default)]
pub(super) struct List {
    pub(super) only: Only,
    order: By,
    ascending: bool,
    in_sight: usize,
    scroll_to: Option<i64>,
    laid_out: Option<LaidOut>,
}

/// Positions of the entries that are shown, in their order; made anew where something of it changed.
struct LaidOut {
    of: Arc<RegistersKnown>,
    by: (RegisterKind, Only, By, bool, String),
    rows: Vec<usize>,
}

/// A column beside the fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    State,
    Field(&'static Field),
    Due,
    Standing,
    Follows,
    ChangedAt,
}

impl List {
    /// Brings an entry into sight.
    pub(super) const fn scroll_to(&mut self, id: i64) {
        self.scroll_to = Some(id);
    }

    pub(super) fn filters(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kind: RegisterKind) {
        let known = &cx.snapshot.registers;
        let all = text!(cx.texts, "registers-all", count = known.of(kind).count());
        let due = text!(cx.texts, "registers-due-only", count = known.due(kind));
        for (only, label) in [(Only::All, all), (Only::Due, due)] {
            if ui.selectable_label(self.only == only, label).clicked() {
                self.only = only;
            }
        }
        for state in kind.register().states {
            let count = known.of(kind).filter(|judged| judged.kept.entry.state == state.name).count();
            let only = Only::State(state.name);
            // What nothing is in would only take room.
            if count == 0 && self.only != only {
                continue;
            }
            let label = format!("{} ({count})", cx.texts.choice_or_name(state.name));
            if ui.selectable_label(self.only == only, label).clicked() {
                self.only = only;
            }
        }
    }

    /// Answers the entry that was chosen, if one was.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        kind: RegisterKind,
        current: Option<i64>,
        unsaved: &dyn Fn(i64) -> bool,
    ) -> Option<i64> {
        self.lay_out(cx, kind);
        let laid_out = self.laid_out.as_ref()?;
        let known = laid_out.of.clone();
        let rows: Vec<&Judged> = laid_out.rows.iter().filter_map(|at| known.entries.get(*at)).collect();
        if rows.is_empty() {
            nothing_fits(ui, cx, self);
            return None;
        }
        self.table(ui, cx, kind, &rows, current, unsaved)
    }

    fn lay_out(&mut self, cx: &ViewContext<'_>, kind: RegisterKind) {
        let known = &cx.snapshot.registers;
        let by = (kind, self.only, self.order, self.ascending, cx.search.trim().to_lowercase());
        if self.laid_out.as_ref().is_some_and(|laid| Arc::ptr_eq(&laid.of, known) && laid.by == by) {
            return;
        }
        let fits = |judged: &Judged| {
            let holds = || judged.kept.entry.values.values().any(|value| value.to_lowercase().contains(&by.4));
            judged.kept.kind == kind
                && match self.only {
                    Only::All => true,
                    Only::Due => judged.is_due(),
                    Only::State(state) => judged.kept.entry.state == state,
                }
                && (by.4.is_empty() || holds())
        };
        let mut rows: Vec<usize> =
            known.entries.iter().enumerate().filter(|(_, judged)| fits(judged)).map(|(at, _)| at).collect();
        if self.order == By::Urgency {
            if self.ascending {
                rows.reverse();
            }
        } else {
            rows.sort_by(|one, other| {
                let (Some(one), Some(other)) = (known.entries.get(*one), known.entries.get(*other)) else {
                    return Ordering::Equal;
                };
                let ordering = match self.order {
                    By::Urgency => Ordering::Equal,
                    By::State => state_at(one).cmp(&state_at(other)),
                    By::Due => one.due.cmp(&other.due),
                    By::Field(name) => compared(kind, name, &one.kept.entry, &other.kept.entry),
                    By::ChangedAt => one.kept.changed_at.cmp(&other.kept.changed_at),
                };
                if self.ascending { ordering } else { ordering.reverse() }
            });
        }
        self.laid_out = Some(LaidOut { of: known.clone(), by, rows });
    }

    fn table(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        kind: RegisterKind,
        rows: &[&Judged],
        current: Option<i64>,
        unsaved: &dyn Fn(i64) -> bool,
    ) -> Option<i64> {
        let shown = shown(kind);
        let columns: Vec<Column<By>> = shown.iter().map(|shown| column(cx, *shown)).collect();
        let place = |id: i64| rows.iter().position(|judged| judged.kept.id == id);
        let at = current.and_then(place);
        let moved = if cx.keyboard_taken { None } else { moved_by_keyboard(ui, at, rows.len(), self.in_sight) };
        let name = |row: usize| rows.get(row).map_or_else(String::new, |judged| row_name(cx, judged));
        let table = Table {
            id: kind.name(),
            columns: &columns,
            rows: rows.len(),
            order: Some(Order { key: self.order, ascending: self.ascending }),
            current: at,
            scroll_to: moved.or_else(|| self.scroll_to.take().and_then(place)),
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            if let (Some(judged), Some(shown)) = (rows.get(row), shown.get(column)) {
                cell(ui, cx, judged, *shown, unsaved(judged.kept.id));
            }
        });
        self.in_sight = outcome.in_sight.len();
        if let Some(order) = outcome.order {
            (self.order, self.ascending) = (order.key, order.ascending);
        }
        outcome.clicked.map(|click| click.row).or(moved).and_then(|row| rows.get(row)).map(|judged| judged.kept.id)
    }
}

fn nothing_fits(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &mut List) {
    empty_state(ui, &text!(cx.texts, "no-entry-fits"), &text!(cx.texts, "no-entry-fits-meaning"), |ui| {
        if !cx.search.trim().is_empty() && ui.button(text!(cx.texts, "clear-search")).clicked() {
            cx.requests.push(Request::Search(String::new()));
        }
        if list.only != Only::All && ui.button(text!(cx.texts, "registers-show-all")).clicked() {
            list.only = Only::All;
        }
    });
}

fn shown(kind: RegisterKind) -> Vec<Shown> {
    let register = kind.register();
    let fields = register.columns.iter().filter_map(|name| register.field(name)).map(Shown::Field);
    let standing = matches!(kind, RegisterKind::Checklists | RegisterKind::Contacts).then_some(Shown::Standing);
    [Shown::State]
        .into_iter()
        .chain(fields)
        .chain(standing)
        .chain([Shown::Due, Shown::Follows, Shown::ChangedAt])
        .collect()
}

fn column(cx: &ViewContext<'_>, shown: Shown) -> Column<By> {
    match shown {
        Shown::State => Column::new(text!(cx.texts, "column-status"), 120.0).sorted_by(By::State),
        Shown::Field(field) => {
            let width = match field.kind {
                FieldType::Text | FieldType::Product => 140.0,
                FieldType::LongText => 220.0,
                FieldType::Choice(_) | FieldType::Days => 130.0,
                FieldType::Date => 100.0,
                FieldType::Time | FieldType::Offset | FieldType::Number => 70.0,
            };
            Column::new(cx.texts.field_or_name(field.name), width).sorted_by(By::Field(field.name))
        }
        Shown::Due => Column::new(text!(cx.texts, "registers-due"), 160.0).sorted_by(By::Due),
        Shown::Standing => Column::new(text!(cx.texts, "registers-standing"), 250.0),
        Shown::Follows => Column::new(text!(cx.texts, "registers-finding"), 330.0).sorted_by(By::Urgency),
        Shown::ChangedAt => Column::new(text!(cx.texts, "registers-changed"), 130.0).sorted_by(By::ChangedAt),
    }
}

fn state_at(judged: &Judged) -> Option<usize> {
    judged.kept.kind.register().states.iter().position(|state| state.name == judged.kept.entry.state)
}

/// Numbers by their value, everything else by its text; what is missing comes first.
fn compared(kind: RegisterKind, name: &str, one: &Entry, other: &Entry) -> Ordering {
    let is_number = kind.register().field(name).is_some_and(|field| field.kind == FieldType::Number);
    match (one.get(name), other.get(name)) {
        (Some(_), Some(_)) if is_number => one.number(name).cmp(&other.number(name)),
        (one, other) => one.cmp(&other),
    }
}

/// How it stands: what nobody has to mend.
fn standing(judged: &Judged) -> Option<&Finding> {
    judged.findings.iter().find(|finding| finding.rule.is_standing())
}

/// The gravest of what else follows.
fn gravest(judged: &Judged) -> Option<&Finding> {
    judged.findings.iter().find(|finding| !finding.rule.is_standing())
}

fn row_name(cx: &ViewContext<'_>, judged: &Judged) -> String {
    let entry = &judged.kept.entry;
    let (title, state) = (judged.kept.kind.register().title(entry), cx.texts.choice_or_name(&entry.state));
    let told = [standing(judged), gravest(judged)].into_iter().flatten();
    let told: Vec<String> = told.map(|finding| cx.texts.register_rule(&finding.rule)).collect();
    format!("{state} {title} {}", told.join("; "))
}

/// A value as a person reads it.
pub(super) fn value_of(cx: &ViewContext<'_>, field: &Field, value: &str) -> String {
    match field.kind {
        FieldType::Choice(_) => cx.texts.choice_or_name(value),
        FieldType::Days => days_of(cx, value),
        _ => value.to_owned(),
    }
}

fn days_of(cx: &ViewContext<'_>, value: &str) -> String {
    let days: Vec<usize> = value.split(',').filter_map(|day| day.parse().ok()).collect();
    let name = |day: &usize| cx.texts.weekday(*day);
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if days.len() > 2 && last - first + 1 == days.len() => {
            format!("{} – {}", name(first), name(last))
        }
        _ => days.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, judged: &Judged, shown: Shown, unsaved: bool) {
    let palette = Palette::of(ui.visuals());
    let entry = &judged.kept.entry;
    match shown {
        Shown::State => {
            let told = cx.texts.choice_or_name(&entry.state);
            badge(ui, &told, palette.of_register_state(&entry.state));
            if unsaved {
                ui.colored_label(palette.warn, "*").on_hover_text(text!(cx.texts, "registers-unsaved"));
            }
        }
        Shown::Field(field) => {
            let Some(value) = entry.get(field.name) else { return };
            let told: String = value_of(cx, field, value).chars().take(SHOWN).collect();
            ui.add(Label::new(told.replace('\n', " ")).truncate());
        }
        Shown::Due => {
            if let Some(at) = judged.due {
                due::show(ui, cx, at);
            }
        }
        Shown::Standing => found(ui, cx, standing(judged)),
        Shown::Follows => found(ui, cx, gravest(judged)),
        Shown::ChangedAt => drop(time(ui, cx.times, judged.kept.changed_at)),
    }
}

fn found(ui: &mut Ui, cx: &ViewContext<'_>, finding: Option<&Finding>) {
    let Some(finding) = finding else { return };
    let color = Palette::of(ui.visuals()).of_weight(finding.weight);
    let told = RichText::new(cx.texts.register_rule(&finding.rule)).color(color);
    ui.add(Label::new(told).truncate()).on_hover_text(cx.texts.register_basis(&finding.rule));
}
