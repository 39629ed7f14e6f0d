//! How an order stands in settlement: its billing month and by which rule, or what blocks it; what it comes to.

use egui::{RichText, Ui};

use crate::{
    desk::settlement::OrderSettlement,
    domain::{
        console::ConsolePage,
        settlement::{Line, LineKind, Standing, told_amount},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, console_button},
    },
};

pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, known: &OrderSettlement) {
    ui.add_space(8.0);
    card(ui, |ui| {
        ui.label(RichText::new(text!(cx.texts, "settlement")).strong());
        for one in &known.lines {
            line(ui, cx, one);
        }
        if known.lines.iter().any(|line| !matches!(line.standing, Standing::Never(_))) {
            console_button(ui, cx, ConsolePage::Transactions);
        }
    });
}

fn line(ui: &mut Ui, cx: &ViewContext<'_>, line: &Line) {
    let palette = Palette::of(ui.visuals());
    match &line.standing {
        Standing::Enters { month, at, rule } => {
            let told = text!(cx.texts, "settle-enters", month = month.to_string());
            ui.label(RichText::new(told).color(palette.good));
            let rule = cx.texts.entry_rule(*rule);
            let by = text!(cx.texts, "settle-by-rule", rule = rule, at = cx.times.minute(*at));
            ui.label(RichText::new(by).color(palette.muted));
        }
        Standing::Blocked(blocks) => {
            for block in blocks {
                ui.label(RichText::new(cx.texts.settlement_block(block, cx.times)).color(palette.warn));
            }
        }
        Standing::Never(never) => drop(ui.label(RichText::new(cx.texts.settlement_never(*never)).color(palette.muted))),
    }
    if matches!(line.standing, Standing::Never(_)) {
        return;
    }
    let (amount, share) = (told_amount(line.priced.amount), told_amount(line.priced.share));
    let name = if line.kind == LineKind::Refund {
        text!(cx.texts, "settle-refund-of", amount = amount, share = share)
    } else {
        text!(cx.texts, "settle-comes-to", amount = amount, share = share)
    };
    ui.label(name);
    let (basis, split) = (cx.texts.settlement_basis(line.priced.basis), cx.texts.settlement_split(line.priced.split));
    ui.label(RichText::new(format!("{basis} {split}")).color(palette.muted));
    if !line.assumptions.is_empty() {
        ui.push_id((line.kind.name(), line.ordered_at.0), |ui| {
            ui.collapsing(text!(cx.texts, "settle-assumed"), |ui| {
                for assumption in &line.assumptions {
                    ui.label(cx.texts.settlement_assumption(*assumption));
                }
            });
        });
    }
}
