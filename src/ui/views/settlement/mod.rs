//! Settlement beside the orders: what a month's bill will come to, the bill held against it, products' prices, and what an upgrade
//! costs.

mod bill;
mod month;
mod price_form;
mod prices;
mod upgrade;

use egui::{RichText, Ui};

use self::{bill::Bill, month::Month, prices::Prices, upgrade::Upgrade};
use crate::{
    desk::{
        export::ExportedList,
        import::ImportKind,
        session::{Command, Event, SettlementCommand},
    },
    domain::{console::ConsolePage, settlement::BillingMonth},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{ExportForm, ImportForm, ImportOutcome, console_button},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Month,
    Bill,
    Prices,
    Upgrade,
}

#[derive(Default)]
pub(super) struct SettlementView {
    mode: Mode,
    /// `None` for the one that is under way.
    chosen: Option<BillingMonth>,
    /// What the desk was told.
    looks: Option<BillingMonth>,
    month: Month,
    bill: Bill,
    prices: Prices,
    upgrade: Upgrade,
    export: ExportForm,
    /// A table on its way in.
    import: Option<ImportForm>,
}

impl SettlementView {
    pub(super) fn notice(&mut self, event: &Event) {
        if let Some(import) = &mut self.import {
            import.notice(event);
        }
        if *event == Event::TermsKept {
            self.prices.kept();
        }
    }

    /// While something else is shown.
    pub(super) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if self.looks.take().is_some() {
            cx.ask(Command::Settlement(SettlementCommand::Look(None)));
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(this_month) = BillingMonth::of(cx.times.now) else { return };
        let wanted = self.chosen.unwrap_or(this_month);
        if self.looks != Some(wanted) {
            self.looks = Some(wanted);
            cx.ask(Command::Settlement(SettlementCommand::Look(Some(wanted))));
        }
        let muted = Palette::of(ui.visuals()).muted;
        self.bar(ui, cx, wanted, this_month);
        ui.label(RichText::new(text!(cx.texts, "settle-meaning")).color(muted));
        ui.separator();
        if let Some(import) = &mut self.import {
            if import.show(ui, cx) == ImportOutcome::Close {
                self.import = None;
            }
            return;
        }
        let snapshot = cx.snapshot.clone();
        let known = snapshot.settlement.as_ref();
        if self.mode == Mode::Upgrade {
            self.upgrade.show(ui, cx);
            return;
        }
        let of_month = known.month.as_ref().filter(|known| known.estimate.month == wanted);
        let Some(of_month) = of_month else {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            return;
        };
        match self.mode {
            Mode::Month => self.month.show(ui, cx, of_month),
            Mode::Bill => {
                if self.bill.show(ui, cx, of_month) {
                    self.import = Some(ImportForm::new(ImportKind::Bill));
                }
            }
            Mode::Prices | Mode::Upgrade => {
                if self.prices.show(ui, cx, &known.terms) {
                    self.import = Some(ImportForm::new(ImportKind::Prices));
                }
            }
        }
    }

    fn bar(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, month: BillingMonth, this_month: BillingMonth) {
        ui.horizontal_wrapped(|ui| {
            for (mode, label) in [
                (Mode::Month, text!(cx.texts, "settle-month")),
                (Mode::Bill, text!(cx.texts, "settle-bill")),
                (Mode::Prices, text!(cx.texts, "settle-prices")),
                (Mode::Upgrade, text!(cx.texts, "settle-upgrade")),
            ] {
                if ui.selectable_label(self.mode == mode && self.import.is_none(), label).clicked() {
                    self.mode = mode;
                    self.close_import(cx);
                }
            }
            if self.mode != Mode::Upgrade {
                ui.separator();
            }
            if matches!(self.mode, Mode::Month | Mode::Bill) {
                if ui.button(text!(cx.texts, "settle-month-before")).clicked() {
                    self.chosen = Some(month.before());
                }
                ui.label(RichText::new(month.to_string()).strong());
                if ui.button(text!(cx.texts, "settle-month-after")).clicked() {
                    self.chosen = Some(month.next());
                }
                if month != this_month && ui.button(text!(cx.texts, "settle-this-month")).clicked() {
                    self.chosen = None;
                }
                ui.separator();
            }
            if self.mode != Mode::Upgrade {
                self.export.button(ui, cx);
            }
            match self.mode {
                Mode::Month => drop(console_button(ui, cx, ConsolePage::Transactions)),
                Mode::Prices | Mode::Upgrade => drop(console_button(ui, cx, ConsolePage::Products)),
                Mode::Bill => {}
            }
        });
        let list = match self.mode {
            Mode::Month => ExportedList::Settlement(month),
            Mode::Bill => ExportedList::BillDifferences(month),
            Mode::Prices => ExportedList::SettlementTerms,
            Mode::Upgrade => return,
        };
        self.export.show(ui, cx, || list.clone());
    }

    fn close_import(&mut self, cx: &mut ViewContext<'_>) {
        if self.import.take().is_some() {
            cx.ask(Command::Import(crate::desk::session::ImportCommand::Forget));
        }
    }
}
