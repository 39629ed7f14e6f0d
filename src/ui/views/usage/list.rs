//! The records as a list.

use std::ops::Range;

use egui::{Label, RichText, Ui};

use crate::{
    desk::session::{Command, ListName, Subject},
    domain::{
        World,
        listing::{UsageOrder, UsageQuery},
        usage::{Pressure, StoredUsage, UsageEvent, UsageState, pressure},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Listed, badge, empty_state, time},
    },
};

/// What presses a record that is not sent yet.
fn pressed(cx: &ViewContext<'_>, row: &StoredUsage) -> Option<Pressure> {
    pressure(&row.record, &row.state, cx.snapshot.settings.config.usage.billing, cx.times.now)
}

impl Listed for StoredUsage {
    type Query = UsageQuery;
    type Row = Self;
    type Key = UsageOrder;

    const ID: &'static str = "usage";
    const LIST: ListName = ListName::Usage;

    fn query(world: World, search: &str, order: UsageOrder, ascending: bool) -> UsageQuery {
        UsageQuery { world, unsent: false, search: search.to_owned(), order, ascending }
    }

    fn world_of(query: &UsageQuery) -> World {
        query.world
    }

    fn look(query: UsageQuery, rows: Range<usize>) -> Command {
        Command::LookAtUsage { query, rows }
    }

    fn columns(cx: &ViewContext<'_>) -> Vec<Column<UsageOrder>> {
        vec![
            Column::new("meteringSn".to_owned(), 130.0),
            Column::new(text!(cx.texts, "column-instance"), 130.0).sorted_by(UsageOrder::Instance),
            Column::new(text!(cx.texts, "column-usage-begin"), 120.0).sorted_by(UsageOrder::BeginTime),
            Column::new(text!(cx.texts, "column-usage-end"), 120.0),
            Column::new(text!(cx.texts, "column-usage-value"), 70.0),
            Column::new(text!(cx.texts, "column-state"), 340.0).sorted_by(UsageOrder::State),
            Column::new(text!(cx.texts, "column-usage-entered"), 130.0).sorted_by(UsageOrder::EnteredAt),
        ]
    }

    fn name(cx: &ViewContext<'_>, row: &Self) -> String {
        let mut name = format!("{} {}", row.record.instance_id, cx.texts.usage_state(&row.state));
        let reason = match &row.state {
            UsageState::Refused { code } => Some(cx.texts.usage_code(code)),
            UsageState::Replaced { by } => Some(by.clone()),
            _ => None,
        };
        let pressure = pressed(cx, row).map(|pressure| cx.texts.usage_pressure(pressure, cx.times));
        for part in reason.into_iter().chain(pressure) {
            name.push_str(": ");
            name.push_str(&part);
        }
        name
    }

    fn cell(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &Self, column: usize) {
        let record = &row.record;
        let line = |ui: &mut Ui, text: &str| drop(ui.add(Label::new(text).truncate()));
        match column {
            0 => line(ui, &record.metering_sn),
            1 => line(ui, record.instance_id.as_str()),
            2 => drop(time(ui, cx.times, record.begin_time)),
            3 => drop(time(ui, cx.times, record.end_time)),
            4 => line(ui, record.usage_value.as_str()),
            5 => {
                let color = Palette::of(ui.visuals()).of_usage(&row.state);
                badge(ui, &cx.texts.usage_state(&row.state), color);
                if let Some(pressure) = pressed(cx, row) {
                    let told = cx.texts.usage_pressure(pressure, cx.times);
                    let color = Palette::of(ui.visuals()).of_pressure(pressure);
                    ui.add(Label::new(RichText::new(told).color(color)).truncate());
                }
                match &row.state {
                    UsageState::Refused { code } => {
                        if row.state.after(&UsageEvent::Corrected).is_ok()
                            && ui.small_button(text!(cx.texts, "usage-correct")).clicked()
                        {
                            cx.requests.push(Request::CorrectUsage(Box::new(row.clone())));
                        }
                        line(ui, &cx.texts.usage_code(code));
                    }
                    UsageState::Replaced { by } => line(ui, &text!(cx.texts, "usage-replaced-by", sn = by.as_str())),
                    _ => {}
                }
            }
            _ => drop(time(ui, cx.times, row.entered_at)),
        }
    }

    fn subject(row: &Self) -> Subject {
        Subject::Usage { world: row.world, metering_sn: row.record.metering_sn.clone() }
    }

    fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (title, meaning) = if cx.snapshot.usage.query.unsent {
            (text!(cx.texts, "no-unsent-usage"), text!(cx.texts, "no-unsent-usage-meaning"))
        } else {
            (text!(cx.texts, "no-usage"), text!(cx.texts, "no-usage-meaning"))
        };
        empty_state(ui, &title, &meaning, |_| {});
    }
}
