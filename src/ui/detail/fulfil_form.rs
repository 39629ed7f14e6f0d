//! The access data of a purchase that the operator fulfils by hand.

use egui::{Grid, RichText, TextEdit, Ui};

use crate::{
    desk::session::Command,
    domain::World,
    protocol::{Secret, callback::AppInfo, id::InstanceId},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, primary_button},
    },
};

#[derive(Default)]
pub(super) struct FulfilForm {
    about: Option<(World, InstanceId)>,
    front_end_url: String,
    admin_url: String,
    user_name: String,
    password: String,
    memo: String,
    license: String,
}

impl FulfilForm {
    pub(super) fn done(&mut self, instance_id: &InstanceId) {
        if self.about.as_ref().is_some_and(|(_, about)| about == instance_id) {
            *self = Self::default();
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, world: World, instance_id: &InstanceId) {
        if self.about.as_ref().is_none_or(|(in_world, about)| *in_world != world || about != instance_id) {
            *self = Self { about: Some((world, instance_id.clone())), ..Self::default() };
        }
        card(ui, |ui| {
            ui.label(RichText::new(text!(cx.texts, "fulfil-title")).strong());
            ui.label(RichText::new(text!(cx.texts, "fulfil-meaning")).color(Palette::of(ui.visuals()).muted));
            Grid::new("fulfil").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| {
                line(ui, "frontEndUrl", &mut self.front_end_url, "https://", false);
                line(ui, "adminUrl", &mut self.admin_url, "https://", false);
                line(ui, "userName", &mut self.user_name, "", false);
                line(ui, "password", &mut self.password, "", true);
                line(ui, "memo", &mut self.memo, "", false);
                line(ui, "license", &mut self.license, &text!(cx.texts, "fulfil-license-hint"), false);
            });
            let app_info = self.app_info();
            let too_long = app_info.check_limits().err();
            if let Some(error) = &too_long {
                let complaint = text!(
                    cx.texts,
                    "exception-field-too-long",
                    field = error.name,
                    length = error.length.to_string(),
                    max = error.max.to_string()
                );
                ui.colored_label(Palette::of(ui.visuals()).bad, complaint);
            }
            let ready = too_long.is_none() && (!app_info.front_end_url.is_empty() || app_info.license.is_some());
            let button = primary_button(ui, &text!(cx.texts, "fulfil"), ready);
            let button = button.on_disabled_hover_text(text!(cx.texts, "fulfil-needs-url"));
            if button.clicked() {
                cx.ask(Command::Fulfil { world, instance_id: instance_id.clone(), app_info });
            }
        });
    }

    fn app_info(&self) -> AppInfo {
        let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        AppInfo {
            front_end_url: self.front_end_url.trim().to_owned(),
            admin_url: some(&self.admin_url),
            user_name: some(&self.user_name),
            password: Some(self.password.clone()).filter(|text| !text.is_empty()).map(Secret::new),
            memo: some(&self.memo),
            license: some(&self.license).map(Secret::new),
        }
    }
}

fn line(ui: &mut Ui, name: &str, text: &mut String, hint: &str, secret: bool) {
    let label = ui.label(name);
    let width = ui.available_width().clamp(120.0, 320.0);
    ui.add(TextEdit::singleline(text).hint_text(hint).password(secret).desired_width(width)).labelled_by(label.id);
    ui.end_row();
}
