//! The call that is filled in: whom, which activity, its fields; the request as it would leave; sent, or kept as a case.

use std::sync::Arc;

use egui::{CollapsingHeader, ComboBox, Grid, Key, RichText, TextEdit, TextStyle, Ui};

use crate::{
    desk::{
        ReceiverState,
        debugging::DebugRequest,
        session::{Command, DebugCommand, Settings},
    },
    domain::debugging::{DebugCase, Target},
    protocol::{
        Secret, UnixMillis,
        debugging::{DebugCall, Generation},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{primary_button, raw_text},
    },
};

/// A signature that is older is made anew before it is copied.
const FRESH_MILLIS: i64 = 60_000;

/// What a prepared request depends on.
struct PreparedFor {
    request: DebugRequest,
    receiver: Arc<ReceiverState>,
    settings: Arc<Settings>,
    at: UnixMillis,
}

pub(super) struct CallForm {
    /// `None` is the first of the own endpoints.
    endpoint: Option<String>,
    elsewhere: bool,
    address: String,
    call: DebugCall,
    /// The fields are the operator's, and no longer those that were remembered.
    touched: bool,
    key: String,
    name: String,
    /// The name of a field that is about to be added.
    new_field: String,
    prepared_for: Option<PreparedFor>,
}

impl Default for CallForm {
    fn default() -> Self {
        Self {
            endpoint: None,
            elsewhere: false,
            address: String::new(),
            call: DebugCall::preset(Generation::V2, "newInstance"),
            touched: false,
            key: String::new(),
            name: String::new(),
            new_field: String::new(),
            prepared_for: None,
        }
    }
}

impl CallForm {
    /// Fills in what a case says.
    pub(super) fn take(&mut self, case: &DebugCase) {
        match &case.target {
            Target::Endpoint(name) => {
                self.elsewhere = false;
                self.endpoint = Some(name.clone());
            }
            Target::Address(address) => {
                self.elsewhere = true;
                self.address.clone_from(address);
            }
        }
        self.call = case.call.clone();
        self.touched = true;
        self.name.clone_from(&case.name);
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        self.target(ui, cx);
        self.activity(ui, cx);
        if !self.touched {
            self.call.fields = remembered(cx, &self.call);
        }
        self.fields(ui, cx);
        let live = text!(cx.texts, "debug-test-flag");
        ui.checkbox(&mut self.call.test, live).on_hover_text(text!(cx.texts, "debug-test-flag-meaning"));
        let request = self.request(cx);
        self.prepare(cx, &request);
        ui.add_space(4.0);
        self.buttons(ui, cx, request);
    }

    fn target(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let settings = cx.snapshot.settings.clone();
        let endpoints = &settings.config.endpoints;
        let known = |name: &String| endpoints.iter().any(|endpoint| endpoint.name == *name);
        if !self.endpoint.as_ref().is_some_and(known) {
            self.endpoint = endpoints.first().map(|endpoint| endpoint.name.clone());
        }
        self.elsewhere |= self.endpoint.is_none();
        let other = text!(cx.texts, "debug-other-address");
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "address"));
            let shown = if self.elsewhere { other.clone() } else { self.endpoint.clone().unwrap_or_default() };
            ComboBox::from_id_salt("debug-target")
                .selected_text(shown)
                .width(220.0)
                .show_ui(ui, |ui| {
                    for endpoint in endpoints {
                        let chosen = !self.elsewhere && self.endpoint.as_deref() == Some(endpoint.name.as_str());
                        let line = format!("{}  {}", endpoint.name, endpoint.path);
                        if ui.selectable_label(chosen, line).clicked() {
                            self.elsewhere = false;
                            self.endpoint = Some(endpoint.name.clone());
                        }
                    }
                    if ui.selectable_label(self.elsewhere, &other).clicked() {
                        self.elsewhere = true;
                    }
                })
                .response
                .labelled_by(label.id);
        });
        if self.elsewhere {
            ui.horizontal(|ui| {
                let label = ui.label("URL");
                let edit = TextEdit::singleline(&mut self.address).hint_text("https://…/produce");
                ui.add(edit.desired_width(f32::INFINITY)).labelled_by(label.id);
            });
        }
    }

    fn activity(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.horizontal(|ui| {
            let before = (self.call.generation, self.call.activity.clone());
            let label = ui.label(text!(cx.texts, "debug-generation"));
            ComboBox::from_id_salt("debug-generation")
                .selected_text(cx.texts.generation(self.call.generation))
                .width(150.0)
                .show_ui(ui, |ui| {
                    for generation in Generation::ALL {
                        let name = cx.texts.generation(generation);
                        ui.selectable_value(&mut self.call.generation, generation, name);
                    }
                })
                .response
                .labelled_by(label.id);
            let has = |name: &str| self.call.generation.activities().any(|activity| activity == name);
            if !has(&self.call.activity) {
                self.call.activity = self.call.generation.activities().next().unwrap_or_default().to_owned();
            }
            let label = ui.label(text!(cx.texts, "column-activity"));
            let shown = self.call.activity.clone();
            ComboBox::from_id_salt("debug-activity")
                .selected_text(shown)
                .width(190.0)
                .height(320.0)
                .show_ui(ui, |ui| {
                    for activity in self.call.generation.activities() {
                        ui.selectable_value(&mut self.call.activity, activity.to_owned(), activity)
                            .on_hover_text(cx.texts.activity(activity));
                    }
                })
                .response
                .labelled_by(label.id);
            if before != (self.call.generation, self.call.activity.clone()) {
                self.touched = false;
                self.name.clear();
            }
        });
    }

    fn fields(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let mut removed = None;
        let preset = self.call.generation.preset(&self.call.activity);
        Grid::new("debug-fields").num_columns(2).spacing([10.0, 4.0]).show(ui, |ui| {
            for (name, value) in &mut self.call.fields {
                let is_added = !preset.iter().any(|(known, _)| known == name);
                let label = ui.label(RichText::new(name.as_str()).monospace());
                let edit = TextEdit::singleline(value).desired_width(f32::INFINITY).char_limit(8_192);
                let edited = if is_added {
                    let row = ui.horizontal(|ui| {
                        if remove_button(ui, cx, name) {
                            removed = Some(name.clone());
                        }
                        ui.add(edit)
                    });
                    row.inner
                } else {
                    ui.add(edit)
                };
                self.touched |= edited.labelled_by(label.id).changed();
                ui.end_row();
            }
            let class = cx.texts.key_class(self.call.generation.key_class());
            let label = ui.label(text!(cx.texts, "debug-key"));
            let hint = text!(cx.texts, "debug-key-hint", class = class);
            let edit = TextEdit::singleline(&mut self.key).password(true).hint_text(hint).desired_width(f32::INFINITY);
            ui.add(edit).labelled_by(label.id).on_hover_text(text!(cx.texts, "debug-key-meaning"));
            ui.end_row();
        });
        if let Some(removed) = removed {
            self.call.fields.retain(|(name, _)| *name != removed);
            self.touched = true;
        }
        self.another_field(ui, cx);
    }

    fn another_field(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "debug-new-field"));
            let edit = TextEdit::singleline(&mut self.new_field).desired_width(160.0).char_limit(100);
            let edited = ui.add(edit.font(TextStyle::Monospace)).labelled_by(label.id);
            let name = self.new_field.trim();
            let is_new = !name.is_empty() && !self.call.fields.iter().any(|(known, _)| known == name);
            let button = ui.add_enabled(is_new, egui::Button::new(text!(cx.texts, "debug-add-field")));
            let entered = edited.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if button.on_hover_text(text!(cx.texts, "debug-add-field-meaning")).clicked() || (entered && is_new) {
                self.call.fields.push((name.to_owned(), String::new()));
                self.touched = true;
                self.new_field.clear();
            }
        });
    }

    fn target_of(&self) -> Target {
        match (&self.endpoint, self.elsewhere) {
            (Some(name), false) => Target::Endpoint(name.clone()),
            _ => Target::Address(self.address.trim().to_owned()),
        }
    }

    /// A call that is the same as a case's counts as a run of it.
    fn request(&self, cx: &ViewContext<'_>) -> DebugRequest {
        let key = Some(self.key.trim()).filter(|key| !key.is_empty()).map(Secret::new);
        let target = self.target_of();
        let cases = &cx.snapshot.debugging.known.cases;
        let case = cases.iter().find(|case| case.target == target && case.call == self.call).map(|case| case.id);
        DebugRequest { target, call: self.call.clone(), key, case }
    }

    fn prepare(&mut self, cx: &mut ViewContext<'_>, request: &DebugRequest) {
        let snapshot = cx.snapshot.clone();
        let now = cx.times.now;
        let stands = self.prepared_for.as_ref().is_some_and(|prepared| {
            prepared.request == *request
                && Arc::ptr_eq(&prepared.receiver, &snapshot.receiver)
                && Arc::ptr_eq(&prepared.settings, &snapshot.settings)
                && now.millis_since(prepared.at) < FRESH_MILLIS
        });
        if !stands {
            cx.ask(Command::Debug(DebugCommand::Prepare(Box::new(request.clone()))));
            let (receiver, settings) = (snapshot.receiver.clone(), snapshot.settings.clone());
            self.prepared_for = Some(PreparedFor { request: request.clone(), receiver, settings, at: now });
        }
    }

    fn buttons(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, request: DebugRequest) {
        let debugging = cx.snapshot.debugging.clone();
        let curl = debugging.prepared.as_ref().and_then(|prepared| prepared.as_ref().ok());
        if let Some(Err(refused)) = &debugging.prepared {
            ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.debug_refused(refused));
        }
        let target = request.target.clone();
        ui.horizontal_wrapped(|ui| {
            let ready = curl.is_some() && debugging.running.is_none();
            if primary_button(ui, &text!(cx.texts, "debug-send"), ready).clicked() {
                send(cx, request);
            }
            if let Some(curl) = curl
                && ui.button(text!(cx.texts, "debug-copy-curl")).clicked()
            {
                cx.copy(curl.as_str(), "curl");
            }
            if ui.button(text!(cx.texts, "debug-reset")).clicked() {
                self.call.fields = self.call.generation.preset(&self.call.activity);
                self.touched = true;
            }
        });
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "debug-case-name"));
            let hint = self.call.activity.clone();
            let edit = TextEdit::singleline(&mut self.name).hint_text(hint).desired_width(220.0).char_limit(100);
            ui.add(edit).labelled_by(label.id);
            let save = ui.add_enabled(curl.is_some(), egui::Button::new(text!(cx.texts, "debug-save-case")));
            if save.on_hover_text(text!(cx.texts, "debug-save-case-meaning")).clicked() {
                let name = self.name.trim();
                let name = if name.is_empty() { self.call.activity.clone() } else { name.to_owned() };
                let call = self.call.clone();
                cx.ask(Command::Debug(DebugCommand::SaveCase { name, target, call }));
                self.name.clear();
            }
        });
        if let Some(curl) = curl {
            CollapsingHeader::new(text!(cx.texts, "debug-request")).show(ui, |ui| raw_text(ui, cx, "curl", curl));
        }
    }
}

/// Without testFlag it is business in earnest for who is called.
fn send(cx: &mut ViewContext<'_>, request: DebugRequest) {
    let test = request.call.test;
    let activity = request.call.activity.clone();
    let command = Command::Debug(DebugCommand::Send(Box::new(request)));
    if test {
        cx.ask(command);
    } else {
        let question = text!(cx.texts, "debug-live-question", activity = activity);
        cx.requests.push(Request::Confirm { question, yes: text!(cx.texts, "debug-send"), command });
    }
}

/// Whether it was pressed.
fn remove_button(ui: &mut Ui, cx: &ViewContext<'_>, field: &str) -> bool {
    let words = text!(cx.texts, "debug-remove-field", field = field);
    let button = ui.small_button("×");
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &words));
    button.on_hover_text(words).clicked()
}

/// What was filled in last, with the fields that were added; else what will do.
fn remembered(cx: &ViewContext<'_>, call: &DebugCall) -> Vec<(String, String)> {
    let mut fields = call.generation.preset(&call.activity);
    let forms = &cx.snapshot.debugging.known.forms;
    let form = forms.iter().find(|form| form.generation == call.generation && form.activity == call.activity);
    if let Some(form) = form {
        for (name, value) in &mut fields {
            if let Some((_, last)) = form.fields.iter().find(|(known, _)| known == name) {
                value.clone_from(last);
            }
        }
        let added = form.fields.iter().filter(|(name, _)| !fields.iter().any(|(known, _)| known == name));
        let added: Vec<(String, String)> = added.cloned().collect();
        fields.extend(added);
    }
    fields
}
