//! The form of an entry, made of the fields that its register declares: what was typed, what is wrong with it at each field,
//! and what differs from what is kept. Knows no register's rules.

use std::collections::BTreeMap;

use egui::{Checkbox, ComboBox, Label, Layout, Response, RichText, TextEdit, Ui, WidgetInfo, vec2};

use super::reply;
use crate::{
    domain::register::{Choice, Entry, EntryProblem, Field, FieldType, RegisterKind, STATE, today},
    ui::{context::ViewContext, text, theme::Palette},
};

const LABEL_WIDTH: f32 = 150.0;

pub(super) struct Form {
    pub(super) kind: RegisterKind,
    base: Entry,
    typed: BTreeMap<&'static str, String>,
    state: String,
    /// Somebody wanted to save it: what is missing is told from then on.
    tried: bool,
}

impl Form {
    pub(super) fn new(kind: RegisterKind) -> Self {
        Self::of(kind, &kind.register().blank())
    }

    pub(super) fn of(kind: RegisterKind, entry: &Entry) -> Self {
        let value = |field: &Field| entry.get(field.name).unwrap_or_default().to_owned();
        let typed = kind.register().fields.iter().map(|field| (field.name, value(field))).collect();
        Self { kind, base: entry.clone(), typed, state: entry.state.clone(), tried: false }
    }

    /// What is kept has become this; what was typed over it stays.
    pub(super) fn follow(&mut self, entry: &Entry) {
        if self.base == *entry {
            return;
        }
        for (name, typed) in &mut self.typed {
            if typed == self.base.get(name).unwrap_or_default() {
                entry.get(name).unwrap_or_default().clone_into(typed);
            }
        }
        if self.state == self.base.state {
            self.state.clone_from(&entry.state);
        }
        self.base = entry.clone();
    }

    pub(super) fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        if name == STATE {
            self.state = value.into();
        } else if let Some(typed) = self.typed.get_mut(name) {
            *typed = value.into();
        }
    }

    /// The values that differ from what is kept.
    pub(super) fn changes(&self) -> Vec<(String, String)> {
        let differs = |name: &str, typed: &str| typed.trim() != self.base.get(name).unwrap_or_default();
        let typed = self.typed.iter().filter(|(name, typed)| differs(name, typed));
        let mut changes: Vec<(String, String)> =
            typed.map(|(name, typed)| ((*name).to_owned(), typed.clone())).collect();
        if self.state != self.base.state {
            changes.push((STATE.to_owned(), self.state.clone()));
        }
        changes
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.changes().is_empty()
    }

    /// What would be saved, or what prevents it, which is told from now on.
    pub(super) fn ready_to_save(&mut self) -> Result<Vec<(String, String)>, Vec<EntryProblem>> {
        self.tried = true;
        let changes = self.changes();
        self.read(&changes).map(|_| changes)
    }

    fn read(&self, changes: &[(String, String)]) -> Result<Entry, Vec<EntryProblem>> {
        let changes = changes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.kind.register().read(&self.base, changes)
    }

    /// As it stands in the form, whether it can be kept or not.
    pub(super) fn current(&self) -> Entry {
        let told = self.typed.iter().filter(|(_, typed)| !typed.trim().is_empty());
        let values = told.map(|(name, typed)| ((*name).to_owned(), typed.trim().to_owned())).collect();
        Entry { values, state: self.state.clone() }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let register = self.kind.register();
        let problems = self.read(&self.changes()).err().unwrap_or_default();
        let current = self.current();
        ui.horizontal(|ui| {
            let label = named(ui, &cx.texts.field_or_name(STATE));
            choose(ui, cx, (STATE, register.states), &mut self.state, true).labelled_by(label.id);
        });
        for field in register.fields.iter().filter(|field| current.shows(field)) {
            let tried = self.tried;
            let Some(typed) = self.typed.get_mut(field.name) else { continue };
            ui.push_id(
                field.name,
                |ui| if field.step { step(ui, cx, field, typed) } else { one(ui, cx, field, typed) },
            );
            for problem in problems.iter().filter(|problem| problem.field() == Some(field.name)) {
                // What was not begun yet is not wrong yet.
                if tried || !matches!(problem, EntryProblem::Missing { .. }) {
                    ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.entry_problem(problem));
                }
            }
            if self.kind == RegisterKind::Reviews {
                match field.name {
                    "reply" => reply::tools(ui, cx, self),
                    "remindOn" => reply::reminders(ui, cx, self),
                    _ => {}
                }
            }
        }
    }
}

/// A label of one width, so that the fields stand below each other.
fn named(ui: &mut Ui, name: &str) -> Response {
    let layout = Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(LABEL_WIDTH, 22.0), layout, |ui| {
        ui.set_min_width(LABEL_WIDTH);
        ui.add(Label::new(name).truncate())
    })
    .inner
}

fn one(ui: &mut Ui, cx: &ViewContext<'_>, field: &Field, typed: &mut String) {
    let name = cx.texts.field_or_name(field.name);
    let name = if field.required { format!("{name} *") } else { name };
    if field.kind == FieldType::LongText {
        let label = ui.label(name);
        let edit = TextEdit::multiline(typed).desired_rows(3).desired_width(f32::INFINITY);
        ui.add(edit).labelled_by(label.id);
        return;
    }
    ui.horizontal(|ui| {
        let label = named(ui, &name);
        let line = |typed, hint: &'static str, width| TextEdit::singleline(typed).hint_text(hint).desired_width(width);
        let response = match field.kind {
            FieldType::Text | FieldType::Product | FieldType::LongText => ui.add(line(typed, "", f32::INFINITY)),
            FieldType::Time => ui.add(line(typed, "09:00", 90.0)),
            FieldType::Offset => ui.add(line(typed, "+08:00", 90.0)),
            FieldType::Number => ui.add(line(typed, "0", 90.0)),
            FieldType::Date => {
                let response = ui.add(line(typed, "2026-11-24", 100.0));
                if ui.button(text!(cx.texts, "registers-today-button")).clicked() {
                    *typed = today(cx.times.now).to_string();
                }
                response
            }
            FieldType::Days => return days(ui, cx, typed),
            FieldType::Choice(choices) => choose(ui, cx, (field.name, choices), typed, field.required),
        };
        response.labelled_by(label.id);
    });
}

fn choose(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    (name, choices): (&str, &[Choice]),
    typed: &mut String,
    needed: bool,
) -> Response {
    let none = text!(cx.texts, "registers-no-choice");
    let shown = if typed.is_empty() { none.clone() } else { cx.texts.choice_or_name(typed) };
    let combo = ComboBox::from_id_salt(("register-choice", name)).selected_text(shown).width(220.0);
    combo
        .show_ui(ui, |ui| {
            if !needed {
                ui.selectable_value(typed, String::new(), none);
            }
            for choice in choices {
                ui.selectable_value(typed, choice.name.to_owned(), cx.texts.choice_or_name(choice.name));
            }
        })
        .response
}

fn days(ui: &mut Ui, cx: &ViewContext<'_>, typed: &mut String) {
    let mut chosen: Vec<usize> = typed.split(',').filter_map(|day| day.trim().parse().ok()).collect();
    ui.spacing_mut().item_spacing.x = 2.0;
    for day in 1..=7 {
        let is_chosen = chosen.contains(&day);
        if ui.selectable_label(is_chosen, cx.texts.weekday(day)).clicked() {
            if is_chosen {
                chosen.retain(|other| *other != day);
            } else {
                chosen.push(day);
            }
            chosen.sort_unstable();
            *typed = chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        }
    }
}

/// A step is done once its evidence stands; ticking it begins with the day.
fn step(ui: &mut Ui, cx: &ViewContext<'_>, field: &Field, typed: &mut String) {
    let name = cx.texts.field_or_name(field.name);
    let mut done = !typed.trim().is_empty();
    let ticked = ui.add(Checkbox::new(&mut done, &name));
    if ticked.changed() {
        *typed = if done { today(cx.times.now).to_string() } else { String::new() };
    }
    ui.indent("evidence", |ui| {
        let hint = text!(cx.texts, "registers-evidence-hint");
        let edit = TextEdit::singleline(typed).hint_text(RichText::new(hint).weak()).desired_width(f32::INFINITY);
        let response = ui.add(edit);
        let label = text!(cx.texts, "registers-evidence", step = name);
        response.widget_info(|| {
            let mut info = WidgetInfo::text_edit(true, "", typed.as_str(), "");
            info.label = Some(label.clone());
            info
        });
    });
}
