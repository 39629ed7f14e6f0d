//! KooGallery's probes: which cases it replays, how the last ones went, and what somebody should know.

use egui::{RichText, Ui};

use crate::{
    desk::session::{Command, DebugCommand},
    domain::{
        debugging::DebugCase,
        probe::{CaseProbes, ProbeReport, Watch},
    },
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{card, dot, time},
    },
};

/// The whole of it.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let debugging = cx.snapshot.debugging.clone();
    let report = &debugging.known.probes;
    ui.label(RichText::new(text!(cx.texts, "probes")).strong());
    ui.label(RichText::new(text!(cx.texts, "probes-meaning")).color(Palette::of(ui.visuals()).muted));
    ui.horizontal_wrapped(|ui| {
        ui.label(text!(cx.texts, "probe-watch"));
        let is_on = matches!(report.watch, Watch::On(_));
        for (chosen, label, on) in [
            (report.watch == Watch::Auto, text!(cx.texts, "probe-watch-auto"), None),
            (is_on, text!(cx.texts, "probe-watch-on"), Some(true)),
            (report.watch == Watch::Off, text!(cx.texts, "probe-watch-off"), Some(false)),
        ] {
            if ui.selectable_label(chosen, label).clicked() && !chosen {
                cx.ask(Command::Debug(DebugCommand::WatchProbes(on)));
            }
        }
    });
    findings(ui, cx, report);
}

fn findings(ui: &mut Ui, cx: &ViewContext<'_>, report: &ProbeReport) {
    let palette = Palette::of(ui.visuals());
    let known = cx.snapshot.debugging.known.clone();
    for finding in &report.findings {
        ui.horizontal_wrapped(|ui| {
            dot(ui, palette.bad);
            ui.label(
                RichText::new(cx.texts.probe_finding(finding, &known.name_of(finding), cx.times.now))
                    .color(palette.bad),
            );
        });
    }
    let last = report.cases.iter().filter_map(|probes| Some(probes.last.as_ref()?.at)).max();
    ui.horizontal_wrapped(|ui| match last {
        Some(last) => {
            if report.findings.is_empty() {
                dot(ui, palette.good);
            }
            ui.label(text!(cx.texts, "probe-last"));
            time(ui, cx.times, last);
        }
        None => drop(ui.label(RichText::new(text!(cx.texts, "probe-none-seen")).color(palette.muted))),
    });
}

/// Beside a case: when KooGallery last called it, and what it was answered.
pub(super) fn of_case(ui: &mut Ui, cx: &ViewContext<'_>, case: &DebugCase) {
    let palette = Palette::of(ui.visuals());
    let debugging = cx.snapshot.debugging.clone();
    let probes = debugging.known.probes.cases.iter().find(|probes| probes.case == case.id);
    let Some(&CaseProbes { last: Some(ref last), count, .. }) = probes else { return };
    ui.horizontal_wrapped(|ui| {
        dot(ui, if last.succeeded() { palette.good } else { palette.bad });
        ui.label(RichText::new(text!(cx.texts, "probe-of-case", count = count)).color(palette.muted));
        time(ui, cx.times, last.at);
        ui.label(RichText::new(last.result_code.as_str()).monospace()).on_hover_text(last.result_code.message());
    });
    if let Some(rejection) = &last.refused {
        ui.label(text!(cx.texts, "probe-of-case-refused", reason = cx.texts.rejection(rejection)));
    }
    if let Some(exception) = last.exception.as_ref().filter(|_| !last.succeeded()) {
        ui.label(cx.texts.exception(exception));
    }
}

/// For the overview: nothing where nobody watches and nothing was seen.
pub(in crate::ui) fn standing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let debugging = cx.snapshot.debugging.clone();
    let report = &debugging.known.probes;
    let seen = report.cases.iter().any(|probes| probes.last.is_some());
    if !seen && report.findings.is_empty() {
        return;
    }
    card(ui, |ui| {
        if ui.link(RichText::new(text!(cx.texts, "probes")).strong()).clicked() {
            cx.go_to(Place::Debugging);
        }
        findings(ui, cx, report);
    });
    ui.add_space(8.0);
}
