//! The bench for API products: what is sent, what was signed, what the gateway answered. Keys stay in the fields and go
//! nowhere but into the request.

use egui::{ComboBox, Grid, RichText, ScrollArea, TextEdit, Ui};

use crate::{
    desk::{BenchRun, session::Command},
    protocol::{
        Secret,
        open_api::bench::{BenchAuth, BenchRequest, read_headers},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, card, primary_button, raw_text},
    },
};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];

pub(in crate::ui) struct BenchView {
    method: &'static str,
    url: String,
    headers: String,
    body: String,
    by_app_code: bool,
    app_key: String,
    app_secret: String,
    app_code: String,
}

impl Default for BenchView {
    fn default() -> Self {
        Self {
            method: "GET",
            url: String::new(),
            headers: "Content-Type: application/json".to_owned(),
            body: String::new(),
            by_app_code: false,
            app_key: String::new(),
            app_secret: String::new(),
            app_code: String::new(),
        }
    }
}

impl BenchView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.label(RichText::new(text!(cx.texts, "bench-meaning")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            card(ui, |ui| self.form(ui, cx));
            let run = cx.snapshot.bench.clone();
            if let Some(run) = run.as_ref() {
                ui.add_space(8.0);
                card(ui, |ui| result(ui, cx, run));
            }
        });
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "bench-method"));
            let choice = ComboBox::from_id_salt("bench-method").selected_text(self.method).width(80.0);
            let choice = choice.show_ui(ui, |ui| {
                for method in METHODS {
                    ui.selectable_value(&mut self.method, method, method);
                }
            });
            choice.response.labelled_by(label.id);
            let label = ui.label("URL");
            let hint = "https://…";
            ui.add(TextEdit::singleline(&mut self.url).hint_text(hint).desired_width(f32::INFINITY))
                .labelled_by(label.id);
        });
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.by_app_code, false, text!(cx.texts, "bench-by-app-key"));
            ui.radio_value(&mut self.by_app_code, true, text!(cx.texts, "bench-by-app-code"));
        });
        Grid::new("bench-keys").num_columns(2).show(ui, |ui| {
            let line = |ui: &mut Ui, name: &str, text: &mut String, secret: bool| {
                let label = ui.label(name);
                ui.add(TextEdit::singleline(text).password(secret).desired_width(360.0)).labelled_by(label.id);
                ui.end_row();
            };
            if self.by_app_code {
                line(ui, "AppCode", &mut self.app_code, true);
            } else {
                line(ui, "AppKey", &mut self.app_key, false);
                line(ui, "AppSecret", &mut self.app_secret, true);
            }
        });
        for (name, text, rows) in [
            (text!(cx.texts, "bench-headers"), &mut self.headers, 2),
            (text!(cx.texts, "bench-body"), &mut self.body, 4),
        ] {
            let label = ui.label(name);
            let edit = TextEdit::multiline(text).code_editor().desired_rows(rows).desired_width(f32::INFINITY);
            ui.add(edit).labelled_by(label.id);
        }
        let headers = read_headers(&self.headers);
        if let Err(error) = &headers {
            ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.bench_error(error));
        }
        let keys_are_there = match self.by_app_code {
            true => !self.app_code.trim().is_empty(),
            false => !self.app_key.trim().is_empty() && !self.app_secret.trim().is_empty(),
        };
        let ready = keys_are_there && headers.is_ok() && !self.url.trim().is_empty();
        if primary_button(ui, &text!(cx.texts, "bench-send"), ready).clicked() {
            cx.ask(Command::RunBench(Box::new(BenchRequest {
                method: self.method.to_owned(),
                url: self.url.trim().to_owned(),
                headers: headers.unwrap_or_default(),
                body: self.body.clone(),
                auth: match self.by_app_code {
                    true => BenchAuth::AppCode(Secret::new(self.app_code.trim())),
                    false => BenchAuth::AppKey {
                        app_key: self.app_key.trim().to_owned(),
                        app_secret: Secret::new(self.app_secret.trim()),
                    },
                },
            })));
        }
    }
}

fn result(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &BenchRun) {
    let palette = Palette::of(ui.visuals());
    match &run.answer {
        Ok(answer) => {
            ui.horizontal(|ui| {
                let color = if (200..300).contains(&answer.status) { palette.good } else { palette.bad };
                badge(ui, &format!("HTTP {}", answer.status), color);
                ui.label(format!("{} ms", run.millis));
            });
            if let Some(code) = &answer.gateway_code {
                ui.label(RichText::new(cx.texts.gateway_code(code)).strong());
            }
            raw_text(ui, cx, &text!(cx.texts, "answer"), &answer.body);
            let headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            raw_text(ui, cx, &text!(cx.texts, "bench-answer-headers"), &headers.join("\n"));
        }
        Err(fault) => drop(ui.colored_label(palette.bad, cx.texts.api_fault(fault))),
    }
    if let Some(computed) = &run.prepared.computed {
        raw_text(ui, cx, &text!(cx.texts, "bench-canonical"), &computed.canonical_request);
        raw_text(ui, cx, &text!(cx.texts, "bench-string-to-sign"), &computed.string_to_sign);
    }
    raw_text(ui, cx, "curl", &run.prepared.curl);
}
