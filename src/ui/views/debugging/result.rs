//! What came of a call: the verdict, every rule and how it stands, what was sent and what came back.

use egui::{CollapsingHeader, RichText, Ui};

use crate::{
    desk::debugging::CALLS_WAIT_MILLIS,
    domain::debugging::{DebugRun, RunVerdict},
    protocol::debugging::{Standing, standing_of},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, dot, raw_text, time},
    },
};

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &DebugRun) {
    let palette = Palette::of(ui.visuals());
    headline(ui, cx, run);
    if let RunVerdict::Failed { words, .. } = &run.verdict {
        ui.label(RichText::new(words).strong().color(palette.bad));
    }
    if run.millis > CALLS_WAIT_MILLIS {
        let seconds: i64 = CALLS_WAIT_MILLIS / 1000;
        ui.colored_label(palette.warn, text!(cx.texts, "debug-slow", seconds = seconds));
    }
    ui.add_space(4.0);
    for (rule, standing) in standing_of(run.generation, run.verdict.broken()) {
        let (color, word) = match standing {
            Standing::Kept => (palette.good, text!(cx.texts, "rule-kept")),
            Standing::Broken => (palette.bad, text!(cx.texts, "rule-broken")),
            Standing::NotLookedAt => (palette.muted, text!(cx.texts, "rule-not-looked-at")),
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().interact_size.y = 16.0;
            dot(ui, color);
            ui.label(RichText::new(word).color(color).small());
            let line = RichText::new(cx.texts.rule(rule));
            ui.label(if standing == Standing::NotLookedAt { line.color(palette.muted) } else { line });
        });
    }
    exchange(ui, cx, run);
}

pub(super) fn headline(ui: &mut Ui, cx: &ViewContext<'_>, run: &DebugRun) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.run_verdict(&run.verdict), palette.of_verdict(&run.verdict));
        ui.strong(&run.activity);
        if let Some(status) = run.status {
            ui.label(RichText::new(format!("HTTP {status}")).monospace());
        }
        ui.label(RichText::new(format!("{} ms", run.millis)).color(palette.muted));
        time(ui, cx.times, run.sent_at);
        if !run.test {
            badge(ui, &text!(cx.texts, "world-live"), palette.warn);
        }
    });
}

pub(super) fn exchange(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &DebugRun) {
    CollapsingHeader::new(text!(cx.texts, "debug-sent")).id_salt(("sent", run.sent_at.0)).show(ui, |ui| {
        raw_text(ui, cx, "URL", &format!("{} {}", run.method, run.url));
        if !run.body.is_empty() {
            raw_text(ui, cx, &text!(cx.texts, "request-body"), &run.body);
        }
    });
    if run.status.is_some() {
        let mut head = Vec::new();
        for (name, value) in [("Content-Type", &run.content_type), ("Body-Sign", &run.body_sign)] {
            head.extend(value.iter().map(|value| format!("{name}: {value}")));
        }
        CollapsingHeader::new(text!(cx.texts, "answer")).id_salt(("answer", run.sent_at.0)).show(ui, |ui| {
            raw_text(ui, cx, &text!(cx.texts, "bench-answer-headers"), &head.join("\n"));
            raw_text(ui, cx, &text!(cx.texts, "answer"), &run.answer);
        });
    }
}
