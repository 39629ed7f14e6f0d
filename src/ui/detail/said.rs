//! What a message's call said, member by member: opened by itself where something in it is new to this version.

use egui::{CollapsingHeader, Grid, Label, RichText, Ui};

use crate::{
    domain::MessageId,
    protocol::callback::{Said, SaidValue, truncated},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, copyable, field},
    },
};

/// More of one member is not shown here; the raw request has it all.
const LONGEST: usize = 300;

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, message: MessageId, said: &[Said]) {
    if said.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let header = CollapsingHeader::new(text!(cx.texts, "call-says")).id_salt(("call-says", message.0));
    header.default_open(said.iter().any(|member| member.is_new)).show(ui, |ui| {
        Grid::new("call-says").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
            for member in said {
                field(ui, &member.name, |ui| one_member(ui, cx, member));
                if let SaidValue::Params(params) = &member.value {
                    for param in params {
                        field(ui, &format!("   {}", param.name), |ui| whole(ui, &param.value));
                    }
                }
            }
        });
    });
}

fn one_member(ui: &mut Ui, cx: &mut ViewContext<'_>, member: &Said) {
    let palette = Palette::of(ui.visuals());
    match &member.value {
        SaidValue::Text(text) => whole(ui, text),
        SaidValue::Params(_) => {}
        SaidValue::Decrypted(secret) => {
            copyable(ui, cx, secret.expose(), &member.name);
            ui.label(RichText::new(text!(cx.texts, "call-says-decrypted")).small().color(palette.muted));
        }
        SaidValue::Encrypted(text) => {
            whole(ui, text);
            ui.label(RichText::new(text!(cx.texts, "call-says-encrypted")).small().color(palette.warn));
        }
    }
    if member.is_new {
        badge(ui, &text!(cx.texts, "call-says-new"), palette.warn)
            .on_hover_text(text!(cx.texts, "call-says-new-meaning"));
    }
}

fn whole(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(truncated(text, LONGEST)).monospace()).wrap().selectable(true));
}
