//! Around every view: the bar at the top and the navigation at the left.

use egui::{Align, Button, Key, Layout, Modifiers, ProgressBar, RichText, TextEdit, Ui};

use super::{
    context::{Place, Request, ViewContext},
    text,
    theme::Palette,
    widgets::{badge, dot},
};
use crate::{
    desk::{ReceiverState, session::Command},
    domain::{World, register::RegisterKind},
};

#[derive(Default)]
pub(super) struct TopBar {
    /// What stands in the search field.
    typed: String,
}

impl TopBar {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, world: &mut World, place: Place) {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            receiver_state(ui, cx);
            ui.separator();
            for (choice, label, meaning) in [
                (World::Live, text!(cx.texts, "world-live"), text!(cx.texts, "world-live-meaning")),
                (World::Test, text!(cx.texts, "world-test"), text!(cx.texts, "world-test-meaning")),
            ] {
                if ui.selectable_label(*world == choice, label).on_hover_text(meaning).clicked() {
                    *world = choice;
                }
            }
            if *world == World::Test {
                badge(ui, &text!(cx.texts, "world-test-banner"), Palette::of(ui.visuals()).warn);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.search(ui, cx, place);
                retrying(ui, cx);
            });
        });
        if let Some(trouble) = cx.snapshot.trouble.clone() {
            ui.colored_label(
                Palette::of(ui.visuals()).bad,
                text!(cx.texts, "store-trouble", reason = cx.texts.store_error(&trouble)),
            );
        }
        if let Some(trouble) = cx.snapshot.write_trouble.clone() {
            ui.colored_label(
                Palette::of(ui.visuals()).bad,
                text!(cx.texts, "store-write-trouble", reason = cx.texts.store_error(&trouble)),
            );
        }
        ui.add_space(2.0);
    }

    fn search(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, place: Place) {
        // A view may have cleared the search.
        if self.typed != cx.search {
            cx.search.clone_into(&mut self.typed);
        }
        let hint = text!(cx.texts, "search-hint");
        let edit = TextEdit::singleline(&mut self.typed).hint_text(&hint).desired_width(250.0).char_limit(200);
        let response = ui.add(edit).on_hover_text(text!(cx.texts, "search-meaning"));
        response.widget_info(|| egui::WidgetInfo::text_edit(true, "", cx.search, hint.as_str()));
        if !cx.keyboard_taken && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            response.request_focus();
        }
        if response.changed() {
            cx.requests.push(Request::Search(self.typed.clone()));
            if !place.is_searched() {
                cx.go_to(Place::Messages);
            }
        }
    }
}

fn receiver_state(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let palette = Palette::of(ui.visuals());
    let receiver = cx.snapshot.receiver.clone();
    let (color, line, meaning) = match receiver.as_ref() {
        ReceiverState::Starting => (palette.busy, text!(cx.texts, "receiver-starting"), String::new()),
        ReceiverState::Listening { address, tls } => {
            let scheme = if *tls { "https" } else { "http" };
            let url = format!("{scheme}://{address}");
            (
                palette.good,
                text!(cx.texts, "receiver-listening", url = url),
                text!(cx.texts, "receiver-listening-meaning"),
            )
        }
        ReceiverState::Elsewhere { address } => (
            palette.busy,
            text!(cx.texts, "receiver-elsewhere", address = address.as_str()),
            text!(cx.texts, "receiver-elsewhere-meaning"),
        ),
        ReceiverState::Failed(trouble) => (
            palette.bad,
            text!(cx.texts, "receiver-failed"),
            text!(cx.texts, "receiver-failed-meaning", reason = cx.texts.receiver_trouble(trouble)),
        ),
    };
    dot(ui, color);
    let response = ui.add(Button::new(line).frame(false)).on_hover_text(meaning);
    if response.clicked() {
        cx.go_to(Place::Settings);
    }
}

fn retrying(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(progress) = cx.snapshot.retrying else { return };
    if ui.button(text!(cx.texts, "cancel-retries")).clicked() {
        cx.ask(Command::CancelRetry);
    }
    #[expect(clippy::cast_precision_loss, reason = "a bar of 140 points")]
    let share = progress.done as f32 / progress.all.max(1) as f32;
    let line = cx.texts.progress(&progress);
    ui.add(ProgressBar::new(share).desired_width(160.0).text(line));
}

#[derive(Default)]
pub(super) struct Navigation;

impl Navigation {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, place: Place) {
        ui.add_space(6.0);
        let palette = Palette::of(ui.visuals());
        for entry in Place::ALL {
            let overview = &cx.snapshot.overview;
            let alarms = u32::try_from(cx.snapshot.debugging.known.probes.findings.len()).unwrap_or(u32::MAX);
            let registers = &cx.snapshot.registers;
            let due: usize = RegisterKind::ALL.into_iter().map(|kind| registers.due(kind)).sum();
            let due = u32::try_from(due).unwrap_or(u32::MAX);
            let (name, count, color) = match entry {
                Place::Overview => (text!(cx.texts, "place-overview"), 0, palette.muted),
                Place::Messages => (text!(cx.texts, "place-messages"), overview.failing, palette.bad),
                Place::Instances => (text!(cx.texts, "place-instances"), 0, palette.muted),
                Place::Orders => (text!(cx.texts, "place-orders"), 0, palette.muted),
                Place::Licenses => (text!(cx.texts, "place-licenses"), 0, palette.muted),
                Place::Limits => (text!(cx.texts, "place-limits"), 0, palette.muted),
                Place::Registers => (text!(cx.texts, "place-registers"), due, palette.warn),
                Place::Organisations => (text!(cx.texts, "place-organisations"), 0, palette.muted),
                Place::Usage => (text!(cx.texts, "place-usage"), 0, palette.muted),
                Place::Refused => (text!(cx.texts, "place-refused"), overview.rejected, palette.warn),
                Place::Debugging => (text!(cx.texts, "place-debugging"), alarms, palette.bad),
                Place::Settings => (text!(cx.texts, "place-settings"), 0, palette.muted),
            };
            let shortcut = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, shortcut_of(entry)));
            let mut button = Button::selectable(entry == place, RichText::new(&name).size(14.5))
                .min_size(egui::vec2(ui.available_width(), 32.0));
            if count > 0 {
                button = button.right_text(RichText::new(count.to_string()).color(color));
            } else {
                button = button.right_text("");
            }
            let response = ui.add(button);
            response
                .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, entry == place, name.as_str()));
            if response.clicked() || shortcut && !cx.keyboard_taken {
                cx.go_to(entry);
            }
        }
    }
}

/// With Ctrl.
const fn shortcut_of(place: Place) -> Key {
    match place {
        Place::Overview => Key::Num1,
        Place::Messages => Key::Num2,
        Place::Instances => Key::Num3,
        Place::Orders => Key::Num4,
        Place::Licenses => Key::Num5,
        Place::Limits => Key::L,
        Place::Registers => Key::G,
        Place::Organisations => Key::Num6,
        Place::Usage => Key::Num7,
        Place::Refused => Key::Num8,
        Place::Debugging => Key::Num9,
        Place::Settings => Key::Num0,
    }
}
