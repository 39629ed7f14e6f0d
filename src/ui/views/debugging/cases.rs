//! The cases that are kept: each with what came of it, run one by one or all, and taken back into the form.

use egui::{CollapsingHeader, ProgressBar, RichText, Ui};

use super::{probes, result};
use crate::{
    desk::session::{Command, DebugCommand},
    domain::debugging::{CaseId, DebugCase, DebugRun, RunVerdict, Target},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, primary_button, time},
    },
};

#[derive(Default)]
pub(super) struct Cases;

impl Cases {
    /// The case that is wanted in the form.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> Option<DebugCase> {
        let debugging = cx.snapshot.debugging.clone();
        let known = &debugging.known;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "debug-cases")).strong());
            let free = debugging.running.is_none() && !known.cases.is_empty();
            if primary_button(ui, &text!(cx.texts, "debug-run-all"), free).clicked() {
                run(cx, &known.cases);
            }
            if let Some((done, all)) = debugging.running.filter(|(_, all)| *all > 1) {
                #[expect(clippy::cast_precision_loss, reason = "a bar of 140 points")]
                let share = done as f32 / all.max(1) as f32;
                let line = text!(cx.texts, "debug-running", done = done, all = all);
                ui.add(ProgressBar::new(share).desired_width(140.0).text(line));
                if ui.button(text!(cx.texts, "debug-stop")).clicked() {
                    cx.ask(Command::Debug(DebugCommand::StopRunning));
                }
            }
        });
        if known.cases.is_empty() {
            ui.label(RichText::new(text!(cx.texts, "debug-no-cases")).color(Palette::of(ui.visuals()).muted));
        }
        let mut chosen = None;
        for case in &known.cases {
            ui.separator();
            let runs: Vec<&DebugRun> = known.runs.iter().filter(|run| run.case == Some(case.id)).collect();
            ui.push_id(case.id.0, |ui| {
                if one(ui, cx, case, &runs, debugging.running.is_none()) {
                    chosen = Some(case.clone());
                }
            });
        }
        without_case(ui, cx, &known.runs);
        chosen
    }
}

/// What was tried out and saved as nothing.
fn without_case(ui: &mut Ui, cx: &mut ViewContext<'_>, runs: &[DebugRun]) {
    let runs: Vec<&DebugRun> = runs.iter().filter(|run| run.case.is_none()).collect();
    if runs.is_empty() {
        return;
    }
    ui.separator();
    let title = text!(cx.texts, "debug-without-case", count = runs.len());
    CollapsingHeader::new(title).id_salt("without-case").show(ui, |ui| {
        for (position, run) in runs.into_iter().enumerate() {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(&run.activity).strong());
                let whom = run.url.split('?').next().unwrap_or_default();
                let line = format!("{} · {whom}", cx.texts.generation(run.generation));
                ui.label(RichText::new(line).color(Palette::of(ui.visuals()).muted));
                if !run.test {
                    badge(ui, &text!(cx.texts, "world-live"), Palette::of(ui.visuals()).warn);
                }
            });
            ui.push_id(position, |ui| history(ui, cx, run));
        }
    });
}

/// Whether it is wanted in the form.
fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, case: &DebugCase, runs: &[&DebugRun], free: bool) -> bool {
    let palette = Palette::of(ui.visuals());
    let mut wanted = false;
    ui.horizontal_wrapped(|ui| {
        match runs.first() {
            Some(run) => {
                badge(ui, &cx.texts.run_verdict(&run.verdict), palette.of_verdict(&run.verdict));
            }
            None => drop(badge(ui, &text!(cx.texts, "debug-not-run"), palette.muted)),
        }
        wanted = ui.link(&case.name).on_hover_text(text!(cx.texts, "debug-open")).clicked();
        if case.name != case.call.activity {
            ui.label(&case.call.activity);
        }
        let whom = match &case.target {
            Target::Endpoint(name) | Target::Address(name) => name,
        };
        ui.label(RichText::new(format!("{} · {whom}", cx.texts.generation(case.call.generation))).color(palette.muted));
        if !case.call.test {
            badge(ui, &text!(cx.texts, "world-live"), palette.warn);
        }
    });
    if let Some(RunVerdict::Failed { words, .. }) = runs.first().map(|run| &run.verdict) {
        ui.label(RichText::new(words).color(palette.bad));
    }
    probes::of_case(ui, cx, case);
    ui.horizontal_wrapped(|ui| {
        let name = case.name.as_str();
        let button = ui.add_enabled(free, egui::Button::new(text!(cx.texts, "debug-run")).small());
        button.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, free, text!(cx.texts, "debug-run-case", case = name))
        });
        if button.clicked() {
            run(cx, std::slice::from_ref(case));
        }
        let button = ui.small_button(text!(cx.texts, "debug-delete"));
        button.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, text!(cx.texts, "debug-delete-case", case = name))
        });
        if button.clicked() {
            let question = text!(cx.texts, "debug-delete-question", case = name, count = runs.len());
            let command = Command::Debug(DebugCommand::DeleteCase(case.id));
            cx.requests.push(Request::Confirm { question, yes: text!(cx.texts, "debug-delete"), command });
        }
    });
    if !runs.is_empty() {
        let title = text!(cx.texts, "debug-history", count = runs.len());
        CollapsingHeader::new(title).id_salt("history").show(ui, |ui| {
            for (position, run) in runs.iter().enumerate() {
                ui.push_id(position, |ui| history(ui, cx, run));
            }
        });
    }
    wanted
}

fn history(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &DebugRun) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        time(ui, cx.times, run.sent_at);
        ui.label(RichText::new(cx.texts.run_verdict(&run.verdict)).color(palette.of_verdict(&run.verdict)));
        if let Some(status) = run.status {
            ui.label(RichText::new(format!("HTTP {status}")).monospace());
        }
        ui.label(RichText::new(format!("{} ms", run.millis)).color(palette.muted));
    });
    if let RunVerdict::Failed { words, .. } = &run.verdict {
        ui.label(words);
    }
    result::exchange(ui, cx, run);
}

/// Cases without testFlag are business in earnest for who is called.
fn run(cx: &mut ViewContext<'_>, cases: &[DebugCase]) {
    let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
    let live = cases.iter().filter(|case| !case.call.test).count();
    let command = Command::Debug(DebugCommand::RunCases(ids));
    if live == 0 {
        cx.ask(command);
    } else {
        let question = text!(cx.texts, "debug-live-cases-question", count = live);
        cx.requests.push(Request::Confirm { question, yes: text!(cx.texts, "debug-run"), command });
    }
}
