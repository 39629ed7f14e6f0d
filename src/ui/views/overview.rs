//! How it stands at a glance: the receiver, the last 24 hours, and what needs a person now.

use egui::{Label, RichText, ScrollArea, Ui, vec2};
use egui_plot::{Bar, BarChart, Corner, GridMark, Legend, Plot};

use super::{breaches, unsubscriptions, watching, watching::product_name};
use crate::{
    desk::{
        ReceiverState,
        session::{Command, Hour, Subject},
    },
    domain::{
        Exception, Message,
        delisting::{ProductStanding, most_failed},
    },
    protocol::UnixMillis,
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        times::Times,
        views::{debugging::probes_standing, registers::due_line},
        widgets::{ExportForm, MoreRows, badge, card, copyable, dot, primary_button, time},
    },
};

const HOUR: i64 = 3_600_000;

/// A card that lists something: whether it is exported, and how much of it is shown.
#[derive(Default)]
pub(super) struct ListCard {
    pub(super) export: ExportForm,
    pub(super) rows: MoreRows,
}

#[derive(Default)]
pub(in crate::ui) struct OverviewView {
    delisting: ListCard,
    supervised: ListCard,
    unsubscriptions: ListCard,
    findings: ListCard,
}

impl OverviewView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.heading(text!(cx.texts, "place-overview"));
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            card(ui, |ui| receiver(ui, cx));
            ui.add_space(8.0);
            figures(ui, cx);
            ui.add_space(8.0);
            probes_standing(ui, cx);
            usage_owed(ui, cx);
            watching::delisting(ui, cx, &mut self.delisting);
            breaches::show(ui, cx);
            watching::supervised(ui, cx, &mut self.supervised);
            unsubscriptions::show(ui, cx, &mut self.unsubscriptions);
            due_line(ui, cx);
            card(ui, |ui| watching::findings(ui, cx, &mut self.findings));
            ui.add_space(8.0);
            card(ui, |ui| last_day(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| needs_a_person(ui, cx));
        });
    }
}

fn receiver(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = Palette::of(ui.visuals());
    let receiver = cx.snapshot.receiver.clone();
    let settings = cx.snapshot.settings.clone();
    let (color, line) = match receiver.as_ref() {
        ReceiverState::Starting => (palette.busy, text!(cx.texts, "receiver-starting")),
        ReceiverState::Listening { .. } => (palette.good, text!(cx.texts, "receiver-listening-meaning")),
        ReceiverState::Elsewhere { .. } => (palette.busy, text!(cx.texts, "receiver-elsewhere-meaning")),
        ReceiverState::Failed(trouble) => {
            (palette.bad, text!(cx.texts, "receiver-failed-meaning", reason = cx.texts.receiver_trouble(trouble)))
        }
    };
    ui.horizontal_wrapped(|ui| {
        dot(ui, color);
        ui.label(RichText::new(line).strong());
    });
    let base = match receiver.as_ref() {
        ReceiverState::Listening { address, tls } => {
            Some(format!("{}://{address}", if *tls { "https" } else { "http" }))
        }
        // It has the same configuration.
        ReceiverState::Elsewhere { address } => {
            let scheme = if settings.config.receiver.tls.is_some() { "https" } else { "http" };
            Some(format!("{scheme}://{address}"))
        }
        _ => None,
    };
    for endpoint in &settings.config.endpoints {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&endpoint.name).color(palette.muted));
            let address =
                base.as_ref().map_or_else(|| endpoint.path.clone(), |base| format!("{base}{}", endpoint.path));
            copyable(ui, cx, &address, &text!(cx.texts, "address"));
        });
    }
    if settings.keys.is_empty() {
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "no-key")).color(palette.bad));
            if primary_button(ui, &text!(cx.texts, "set-key"), true).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    }
}

fn figures(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = Palette::of(ui.visuals());
    let overview = cx.snapshot.overview.clone();
    let figures = [
        (overview.failing, text!(cx.texts, "figure-failing"), palette.bad, Some(Place::Messages)),
        (overview.in_progress, text!(cx.texts, "figure-in-progress"), palette.busy, Some(Place::Messages)),
        (overview.rejected, text!(cx.texts, "figure-refused"), palette.warn, Some(Place::Refused)),
    ];
    ui.columns(4, |columns| {
        for (column, (count, label, color, place)) in columns.iter_mut().zip(figures) {
            let number =
                RichText::new(count.to_string()).size(24.0).color(if count == 0 { palette.muted } else { color });
            figure(column, cx, number, &label, place);
        }
        if let Some(column) = columns.last_mut() {
            let worst = most_failed(overview.standings());
            let failed = worst.map_or(0, ProductStanding::failed_orders);
            let allowed = cx.orders_allowed();
            let color = match failed {
                0 => palette.muted,
                few if few * 2 <= allowed => palette.warn,
                _ => palette.bad,
            };
            let number = RichText::new(format!("{failed} / {allowed}")).size(24.0).color(color);
            let label = text!(cx.texts, "figure-failed-orders");
            let meaning = text!(cx.texts, "figure-failed-orders-meaning");
            let meaning = match worst {
                Some(worst) => {
                    let worst = text!(cx.texts, "figure-failed-orders-worst", product = product_name(cx, worst));
                    format!("{worst}\n{meaning}")
                }
                None => meaning,
            };
            column.scope(|ui| figure(ui, cx, number, &label, None)).response.on_hover_text(meaning);
        }
    });
}

fn figure(ui: &mut Ui, cx: &mut ViewContext<'_>, number: RichText, label: &str, place: Option<Place>) {
    card(ui, |ui| {
        ui.label(number);
        match place {
            Some(place) => {
                if ui.link(label).clicked() {
                    cx.go_to(place);
                }
            }
            None => drop(ui.add(Label::new(label).truncate())),
        }
    });
}

/// What KooGallery still has to get and soon takes no more. Nothing where all is well.
fn usage_owed(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = Palette::of(ui.visuals());
    let owed = cx.snapshot.overview.usage_owed;
    let closes = owed.closes_at.map(|at| cx.times.minute(at)).unwrap_or_default();
    let lines: Vec<_> = [
        (owed.too_old, text!(cx.texts, "owed-too-old", count = owed.too_old), palette.bad),
        (owed.closing, text!(cx.texts, "owed-closing", count = owed.closing, time = closes), palette.bad),
        (owed.late, text!(cx.texts, "owed-late", count = owed.late), palette.warn),
        (owed.due_soon, text!(cx.texts, "owed-due-soon", count = owed.due_soon), palette.warn),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .collect();
    if lines.is_empty() {
        return;
    }
    card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(text!(cx.texts, "owed-title")).strong());
            if ui.link(text!(cx.texts, "owed-open")).clicked() {
                cx.go_to(Place::Usage);
            }
        });
        for (_, line, color) in lines {
            ui.horizontal_wrapped(|ui| {
                dot(ui, color);
                ui.label(line);
            });
        }
    });
    ui.add_space(8.0);
}

fn last_day(ui: &mut Ui, cx: &ViewContext<'_>) {
    let palette = Palette::of(ui.visuals());
    let overview = &cx.snapshot.overview;
    let calls: u32 = overview.hours.iter().map(|hour| hour.calls).sum();
    let failures: u32 = overview.hours.iter().map(|hour| hour.failures).sum();
    let line = text!(cx.texts, "last-day", calls = calls, failures = failures);
    ui.label(RichText::new(&line).strong());
    let Some(first) = overview.hours.first().map(|hour| hour.starts_at) else { return };
    #[expect(clippy::cast_precision_loss, reason = "hours of one day")]
    let bars = |count: fn(&Hour) -> u32| -> Vec<Bar> {
        let bar =
            |hour: &Hour| Bar::new(((hour.starts_at - first) / HOUR) as f64 + 0.5, f64::from(count(hour))).width(0.8);
        overview.hours.iter().map(bar).collect()
    };
    let succeeded =
        BarChart::new(text!(cx.texts, "plot-answered"), bars(|hour| hour.calls.saturating_sub(hour.failures)))
            .color(palette.good);
    let failed = BarChart::new(text!(cx.texts, "plot-failed"), bars(|hour| hour.failures)).color(palette.bad);
    let failed = failed.stack_on(&[&succeeded]);
    let times = cx.times.clone();
    let most = overview.hours.iter().map(|hour| hour.calls).max().unwrap_or_default();
    let response = Plot::new("last-day")
        .height(130.0)
        .legend(Legend::default().position(Corner::LeftTop))
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_crosshair(false)
        .show_grid([false, true])
        .include_x(0.0)
        .include_x(24.0)
        .include_y(0.0)
        .include_y(f64::from(most.max(4)))
        .y_axis_formatter(|mark, _| if mark.value.fract() == 0.0 { format!("{}", mark.value) } else { String::new() })
        .x_axis_formatter(move |mark, _| hour_label(mark, first, &times))
        .label_formatter(|_| None)
        .show(ui, |plot| {
            plot.bar_chart(succeeded);
            plot.bar_chart(failed);
        })
        .response;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, line.as_str()));
}

#[expect(clippy::cast_possible_truncation, reason = "hours of one day")]
fn hour_label(mark: GridMark, first: i64, times: &Times) -> String {
    if mark.value.fract() == 0.0 { times.hour(UnixMillis(first + mark.value as i64 * HOUR)) } else { String::new() }
}

fn needs_a_person(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let overview = cx.snapshot.overview.clone();
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(text!(cx.texts, "needs-a-person")).strong());
    if overview.needs_a_person.is_empty() {
        ui.horizontal(|ui| {
            dot(ui, palette.good);
            ui.label(text!(cx.texts, "needs-nobody"));
        });
    }
    for message in &overview.needs_a_person {
        ui.separator();
        ui.push_id(message.id.0, |ui| one_message(ui, cx, message));
    }
}

fn one_message(ui: &mut Ui, cx: &mut ViewContext<'_>, message: &Message) {
    let palette = Palette::of(ui.visuals());
    let policy = cx.snapshot.settings.policy;
    let state = message.state(&policy, cx.times.now);
    ui.horizontal(|ui| {
        badge(ui, &cx.texts.state(state), palette.of_state(state));
        ui.strong(&message.activity).on_hover_text(cx.texts.activity(&message.activity));
        if ui.link(message.about().unwrap_or("–")).clicked() {
            open(cx, message);
        }
        time(ui, cx.times, message.received_at);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            match message.exception {
                Some(Exception::WaitsForOperator) => {
                    if primary_button(ui, &text!(cx.texts, "fill-in"), true).clicked() {
                        open(cx, message);
                    }
                }
                // Another try would find it waiting still.
                Some(Exception::WaitsForUpload) => {}
                _ => {
                    if primary_button(ui, &text!(cx.texts, "retry"), cx.snapshot.retrying.is_none()).clicked() {
                        cx.ask(Command::Retry(vec![message.id]));
                    }
                }
            }
        });
    });
    if let Some(exception) = &message.exception {
        ui.label(cx.texts.exception(exception));
    }
    if let Some(window) = policy.window(&message.activity, message.received_at) {
        ui.label(RichText::new(cx.texts.cost(window, cx.times)).color(palette.of_state(state)));
        cx.repaint_at(ui, window.closes_at);
    }
    ui.allocate_space(vec2(0.0, 2.0));
}

fn open(cx: &mut ViewContext<'_>, message: &Message) {
    cx.go_to(Place::Messages);
    cx.select(Subject::Message(message.id));
}
