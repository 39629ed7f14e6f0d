//! Templates of replies to reviews: made, changed and deleted.

use egui::{Label, RichText, ScrollArea, TextEdit, Ui};

use crate::{
    desk::session::{Command, Event, RegistersCommand},
    domain::register::{PLACEHOLDERS, ReplyTemplate, TemplateChange},
    ui::{
        context::{Request, ViewContext},
        text,
        texts::Language,
        theme::Palette,
        widgets::{card, empty_state, primary_button},
    },
};

/// Characters of a template that the list shows.
const SHOWN: usize = 90;
/// Changes of one that are told.
const HISTORY: usize = 20;

#[derive(Default)]
pub(super) struct Templates {
    /// The one that is written or changed.
    form: Option<ReplyTemplate>,
}

impl Templates {
    pub(super) fn notice(&mut self, event: &Event) {
        if matches!(event, Event::TemplatesPut | Event::TemplateRemoved) {
            self.form = None;
        }
    }

    /// True where it is to be closed.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        let known = cx.snapshot.registers.clone();
        let mut close = false;
        ui.horizontal_wrapped(|ui| {
            if ui.button(text!(cx.texts, "registers-new-template")).clicked() {
                self.form = Some(ReplyTemplate::default());
            }
            close = ui.button(text!(cx.texts, "close")).clicked();
        });
        if let Some(form) = &mut self.form
            && write(ui, cx, form, &known.templates)
        {
            self.form = None;
        }
        if let Some(id) = self.form.as_ref().and_then(|form| form.id) {
            history(ui, cx, known.template_changes.iter().filter(|change| change.template == id));
        }
        if known.templates.is_empty() && self.form.is_none() {
            let (title, meaning) = (text!(cx.texts, "no-templates"), text!(cx.texts, "no-templates-meaning"));
            empty_state(ui, &title, &meaning, |ui| {
                if ui.button(text!(cx.texts, "registers-first-templates")).clicked() {
                    cx.ask(Command::Registers(RegistersCommand::PutTemplates(first(cx))));
                }
            });
        }
        ScrollArea::vertical().id_salt("reply-templates").auto_shrink(false).show(ui, |ui| {
            for template in &known.templates {
                let is_open = self.form.as_ref().is_some_and(|form| form.id == template.id);
                ui.horizontal(|ui| {
                    if ui.selectable_label(is_open, RichText::new(&template.name).strong()).clicked() {
                        self.form = Some(template.clone());
                    }
                    let text: String = template.text.replace('\n', " ").chars().take(SHOWN).collect();
                    ui.add(Label::new(RichText::new(text).color(Palette::of(ui.visuals()).muted)).truncate());
                });
            }
        });
        close
    }
}

/// True where it is not written any more.
fn write(ui: &mut Ui, cx: &mut ViewContext<'_>, form: &mut ReplyTemplate, known: &[ReplyTemplate]) -> bool {
    let mut end = false;
    card(ui, |ui| {
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "registers-template-name"));
            ui.add(TextEdit::singleline(&mut form.name).desired_width(260.0)).labelled_by(label.id);
        });
        let label = ui.label(text!(cx.texts, "registers-template-text"));
        let edit = TextEdit::multiline(&mut form.text).desired_rows(5).desired_width(f32::INFINITY);
        ui.add(edit).labelled_by(label.id);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "registers-insert")).color(Palette::of(ui.visuals()).muted));
            for (field, word) in PLACEHOLDERS {
                let word = if cx.texts.language() == Language::Chinese { word } else { field };
                if ui.button(format!("{{{word}}}")).clicked() {
                    form.text.push_str(&format!("{{{word}}}"));
                }
            }
        });
        let before = known.iter().find(|template| form.id.is_some() && template.id == form.id);
        let problem = form.check(known).err();
        let changed = before != Some(form);
        ui.horizontal_wrapped(|ui| {
            let save = text!(cx.texts, "registers-save-template");
            if primary_button(ui, &save, problem.is_none() && changed).clicked() {
                cx.ask(Command::Registers(RegistersCommand::PutTemplates(vec![form.clone()])));
            }
            if let Some(id) = form.id
                && ui.button(text!(cx.texts, "registers-remove-template")).clicked()
            {
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "registers-remove-template-question", name = form.name.as_str()),
                    yes: text!(cx.texts, "registers-remove-template"),
                    command: Command::Registers(RegistersCommand::RemoveTemplate(id)),
                });
            }
            end = ui.button(text!(cx.texts, "cancel")).clicked();
        });
        let touched = !form.name.trim().is_empty() || !form.text.trim().is_empty();
        if let Some(problem) = problem.filter(|_| touched) {
            ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.template_problem(problem));
        }
    });
    ui.add_space(8.0);
    end
}

/// Who changed the template when, from what to what.
fn history<'a>(ui: &mut Ui, cx: &ViewContext<'_>, changes: impl Iterator<Item = &'a TemplateChange>) {
    let muted = Palette::of(ui.visuals()).muted;
    ScrollArea::vertical().id_salt("template-history").max_height(96.0).show(ui, |ui| {
        for change in changes.take(HISTORY) {
            let what = match (&change.before, &change.after) {
                (None, _) => text!(cx.texts, "registers-was-added"),
                (_, None) => text!(cx.texts, "registers-was-removed"),
                _ => text!(cx.texts, "registers-was-changed"),
            };
            let line = format!("{} · {} · {what}", cx.times.short(change.at), change.by);
            let before = change.before.as_ref().map_or("", |template| template.text.as_str());
            ui.label(RichText::new(line).color(muted)).on_hover_text(before);
        }
    });
}

/// Three to start with, in the window's language.
fn first(cx: &ViewContext<'_>) -> Vec<ReplyTemplate> {
    let texts = cx.texts;
    let of = |name, text| ReplyTemplate { id: None, name, text };
    vec![
        of(text!(texts, "template-thanks"), text!(texts, "template-thanks-text")),
        of(text!(texts, "template-sorry"), text!(texts, "template-sorry-text")),
        of(text!(texts, "template-ask"), text!(texts, "template-ask-text")),
    ]
}
