//! Debugging: the callbacks of a production address as the seller console's page 接口调试 makes them, the cases that are kept of
//! them, KooGallery's probes; and beside it the bench for API products.

mod cases;
mod form;
mod probes;
mod result;

use egui::{Align, Layout, RichText, ScrollArea, Ui};

pub(in crate::ui) use self::probes::standing as probes_standing;
use self::{cases::Cases, form::CallForm};
use super::bench::BenchView;
use crate::{
    domain::console::ConsolePage,
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, console_button},
    },
};

/// Below it the two columns stand one under the other.
const TWO_COLUMNS: f32 = 860.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Callbacks,
    Bench,
}

#[derive(Default)]
pub(in crate::ui) struct DebuggingView {
    tab: Tab,
    form: CallForm,
    cases: Cases,
    bench: BenchView,
}

impl DebuggingView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-debugging"));
            ui.add_space(8.0);
            for (tab, label) in
                [(Tab::Callbacks, text!(cx.texts, "debug-callbacks")), (Tab::Bench, text!(cx.texts, "place-bench"))]
            {
                if ui.selectable_label(self.tab == tab, label).clicked() {
                    self.tab = tab;
                }
            }
            if self.tab == Tab::Callbacks {
                ui.separator();
                console_button(ui, cx, ConsolePage::InterfaceDebugging);
                console_button(ui, cx, ConsolePage::ProductionAddresses);
            }
        });
        match self.tab {
            Tab::Callbacks => self.callbacks(ui, cx),
            Tab::Bench => self.bench.show(ui, cx),
        }
    }

    fn callbacks(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.label(RichText::new(text!(cx.texts, "debug-meaning")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            if ui.available_width() < TWO_COLUMNS {
                self.call(ui, cx);
                ui.add_space(8.0);
                self.kept(ui, cx);
                return;
            }
            ui.columns(2, |columns| {
                if let [left, right] = columns {
                    // Columns would justify every line of text.
                    left.with_layout(Layout::top_down(Align::Min), |ui| self.call(ui, cx));
                    right.with_layout(Layout::top_down(Align::Min), |ui| self.kept(ui, cx));
                }
            });
        });
    }

    fn call(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        card(ui, |ui| self.form.show(ui, cx));
        let last = cx.snapshot.debugging.last.clone();
        if let Some(run) = last {
            ui.add_space(8.0);
            card(ui, |ui| result::show(ui, cx, &run));
        }
    }

    fn kept(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let chosen = card(ui, |ui| self.cases.show(ui, cx));
        if let Some(case) = chosen {
            self.form.take(&case);
        }
        ui.add_space(8.0);
        card(ui, |ui| probes::show(ui, cx));
    }
}
