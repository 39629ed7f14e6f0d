//! What belongs to an organisation, a table each: however many rows there are, those in sight are drawn.

use egui::{Label, RichText, Ui};

use super::laid_out::LaidOut;
use crate::{
    desk::session::{Command, Subject, TenantKnown},
    domain::{
        World,
        organisation::{Application, KnownUser, Lifetime},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{Click, Column, Table, badge, time},
    },
};

/// Deeper departments stand no further to the right.
const DEEPEST: u16 = 12;
const STEP: f32 = 18.0;

/// The row that was clicked.
fn table(
    ui: &mut Ui,
    id: &str,
    columns: &[Column<()>],
    rows: usize,
    name: &dyn Fn(usize) -> String,
    cell: &mut dyn FnMut(&mut Ui, usize, usize),
) -> Option<usize> {
    let marked = |_| false;
    let table = Table { id, columns, rows, order: None, current: None, scroll_to: None, name, marked: &marked };
    table.show(ui, cell).clicked.map(|Click { row, .. }| row)
}

fn line(ui: &mut Ui, text: &str) {
    ui.add(Label::new(text).truncate());
}

fn nothing(ui: &mut Ui, cx: &ViewContext<'_>, rows: usize) -> bool {
    if rows == 0 {
        let muted = Palette::of(ui.visuals()).muted;
        ui.label(RichText::new(text!(cx.texts, "organisation-nothing")).color(muted));
    }
    rows == 0
}

fn standing(ui: &mut Ui, cx: &ViewContext<'_>, lifetime: &Lifetime) {
    if let Some(at) = lifetime.removed_at {
        let badge = badge(ui, &text!(cx.texts, "state-removed"), Palette::of(ui.visuals()).muted);
        badge.on_hover_text(cx.times.hover(at));
    }
}

pub(super) fn departments(ui: &mut Ui, cx: &mut ViewContext<'_>, laid_out: &LaidOut) {
    let rows = laid_out.departments();
    if nothing(ui, cx, rows.len()) {
        return;
    }
    let columns = [
        Column::new(text!(cx.texts, "column-department"), 330.0),
        Column::new("orgCode".to_owned(), 170.0),
        Column::new("parentCode".to_owned(), 150.0),
        Column::new(text!(cx.texts, "column-users"), 80.0),
        Column::new(text!(cx.texts, "column-state"), 90.0),
        Column::new(text!(cx.texts, "column-changed"), 130.0),
    ];
    let name = |row: usize| {
        rows.get(row).map_or_else(String::new, |branch| {
            let department = &branch.entry.department;
            format!("{} {}", department.name, department.org_code)
        })
    };
    table(ui, "organisation-departments", &columns, rows.len(), &name, &mut |ui, row, column| {
        let Some(branch) = rows.get(row) else { return };
        let department = &branch.entry.department;
        match column {
            0 => {
                let depth = u16::try_from(branch.depth).unwrap_or(DEEPEST).min(DEEPEST);
                ui.add_space(f32::from(depth) * STEP);
                line(ui, &department.name);
            }
            1 => line(ui, &department.org_code),
            2 => line(ui, department.parent_code.as_deref().unwrap_or_default()),
            3 if branch.users > 0 => line(ui, &branch.users.to_string()),
            4 => standing(ui, cx, &branch.entry.lifetime),
            5 => drop(time(ui, cx.times, branch.entry.lifetime.changed_at)),
            _ => {}
        }
    });
}

pub(super) fn users(ui: &mut Ui, cx: &mut ViewContext<'_>, laid_out: &LaidOut) {
    if nothing(ui, cx, laid_out.user_count()) {
        return;
    }
    let columns = [
        Column::new("userName".to_owned(), 150.0),
        Column::new(text!(cx.texts, "column-name"), 120.0),
        Column::new(text!(cx.texts, "column-role"), 70.0),
        Column::new(text!(cx.texts, "column-state"), 90.0),
        Column::new(text!(cx.texts, "column-authorization"), 110.0),
        Column::new(text!(cx.texts, "column-department"), 180.0),
        Column::new(text!(cx.texts, "column-application"), 130.0),
        Column::new(text!(cx.texts, "column-changed"), 130.0),
    ];
    let texts = cx.texts;
    let name = |row: usize| {
        laid_out.user(row).map_or_else(String::new, |entry| {
            let user = &entry.user;
            let department = laid_out.department_name(&user.org_code);
            let authorized = texts.authorization(entry.authorized);
            format!("{} {} {} {department} {authorized}", user.user_name, user.name, user.role)
        })
    };
    table(ui, "organisation-users", &columns, laid_out.user_count(), &name, &mut |ui, row, column| {
        let Some(entry) = laid_out.user(row) else { return };
        let palette = Palette::of(ui.visuals());
        let user = &entry.user;
        match column {
            0 => drop(ui.add(Label::new(&user.user_name).truncate()).on_hover_ui(|ui| more(ui, entry))),
            1 => drop(ui.add(Label::new(&user.name).truncate()).on_hover_ui(|ui| more(ui, entry))),
            2 => line(ui, &user.role),
            3 if entry.lifetime.removed_at.is_some() => standing(ui, cx, &entry.lifetime),
            3 => match user.enable {
                true => drop(badge(ui, &text!(cx.texts, "state-enabled"), palette.good)),
                false => drop(badge(ui, &text!(cx.texts, "state-disabled"), palette.warn)),
            },
            4 => {
                let color = if entry.authorized { palette.good } else { palette.muted };
                badge(ui, &cx.texts.authorization(entry.authorized), color);
            }
            5 => drop(
                ui.add(Label::new(laid_out.department_name(&user.org_code)).truncate()).on_hover_text(&user.org_code),
            ),
            6 => line(ui, &entry.app_id),
            _ => drop(time(ui, cx.times, entry.lifetime.changed_at)),
        }
    });
}

/// Everything else that was told of a user, by its wire name.
fn more(ui: &mut Ui, entry: &KnownUser) {
    let user = &entry.user;
    egui::Grid::new("user").num_columns(2).show(ui, |ui| {
        for (name, value) in [
            ("userName", Some(&user.user_name)),
            ("name", Some(&user.name)),
            ("orgCode", Some(&user.org_code)),
            ("position", user.position.as_ref()),
            ("employeeCode", user.employee_code.as_ref()),
            ("employeeType", user.employee_type.as_ref()),
            ("mobile", user.mobile.as_ref()),
            ("email", user.email.as_ref()),
            ("workPlace", user.work_place.as_ref()),
            ("entryDate", user.entry_date.as_ref()),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                ui.label(RichText::new(name).color(Palette::of(ui.visuals()).muted));
                ui.label(value);
                ui.end_row();
            }
        }
    });
}

pub(super) fn applications(ui: &mut Ui, cx: &mut ViewContext<'_>, laid_out: &LaidOut) {
    let TenantKnown { world, organisation, .. } = laid_out.known();
    let (world, rows) = (*world, &organisation.applications);
    if nothing(ui, cx, rows.len()) {
        return;
    }
    let columns = [
        Column::new("appId".to_owned(), 220.0),
        Column::new("clientId".to_owned(), 260.0),
        Column::new("clientSecret".to_owned(), 140.0),
        Column::new(text!(cx.texts, "column-state"), 90.0),
        Column::new(text!(cx.texts, "column-changed"), 130.0),
    ];
    let name =
        |row: usize| rows.get(row).map_or_else(String::new, |entry| format!("{} {}", entry.app_id, entry.client_id));
    table(ui, "organisation-applications", &columns, rows.len(), &name, &mut |ui, row, column| {
        let Some(entry) = rows.get(row) else { return };
        match column {
            0 => line(ui, &entry.app_id),
            1 => line(ui, &entry.client_id),
            2 => match entry.has_secret {
                true => client_secret(ui, cx, world, entry),
                false => line(ui, &text!(cx.texts, "secret-is-not-kept")),
            },
            3 => standing(ui, cx, &entry.lifetime),
            _ => drop(time(ui, cx.times, entry.lifetime.changed_at)),
        }
    });
}

/// Never shown: it goes to the clipboard, for whoever sets the application up.
fn client_secret(ui: &mut Ui, cx: &mut ViewContext<'_>, world: World, entry: &Application) {
    ui.horizontal(|ui| {
        line(ui, &text!(cx.texts, "secret-is-kept"));
        let button = ui.small_button(text!(cx.texts, "secret-copy"));
        let name = text!(cx.texts, "secret-copy-of", app = entry.app_id.as_str());
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if button.clicked() {
            let (tenant_id, app_id) = (entry.tenant_id.clone(), entry.app_id.clone());
            cx.ask(Command::CopyClientSecret { world, tenant_id, app_id });
        }
    });
}

/// The messages, newest first.
pub(super) fn changes(ui: &mut Ui, cx: &mut ViewContext<'_>, laid_out: &LaidOut) {
    let messages = &laid_out.known().messages;
    if nothing(ui, cx, messages.len()) {
        return;
    }
    let columns = [
        Column::new(text!(cx.texts, "column-received"), 130.0),
        Column::new(text!(cx.texts, "column-state"), 96.0),
        Column::new(text!(cx.texts, "column-activity"), 300.0),
        Column::new(text!(cx.texts, "column-exception"), 420.0),
    ];
    let newest_first = |row: usize| messages.iter().rev().nth(row);
    let (texts, now, policy) = (cx.texts, cx.times.now, cx.snapshot.settings.policy);
    let name = |row: usize| {
        newest_first(row).map_or_else(String::new, |message| {
            format!(
                "{} {} {}",
                message.activity,
                texts.activity(&message.activity),
                texts.state(message.state(&policy, now))
            )
        })
    };
    let clicked = table(ui, "organisation-changes", &columns, messages.len(), &name, &mut |ui, row, column| {
        let Some(message) = newest_first(row) else { return };
        match column {
            0 => drop(time(ui, cx.times, message.received_at)),
            1 => {
                let state = message.state(&policy, now);
                badge(ui, &texts.state(state), Palette::of(ui.visuals()).of_state(state));
            }
            2 => {
                ui.add(Label::new(&message.activity).extend());
                let meaning = RichText::new(texts.activity(&message.activity)).color(Palette::of(ui.visuals()).muted);
                ui.add(Label::new(meaning).truncate());
            }
            _ => {
                if let Some(exception) = &message.exception {
                    let told = texts.exception(exception);
                    ui.add(Label::new(&told).truncate()).on_hover_text(told);
                }
            }
        }
    });
    if let Some(message) = clicked.and_then(newest_first) {
        cx.select(Subject::Message(message.id));
    }
}
