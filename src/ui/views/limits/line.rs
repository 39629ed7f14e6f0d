//! One line of the configuration, as it is typed: added anew, or changed in its place.

use egui::{ComboBox, TextEdit, Ui};

use crate::{
    domain::limit::{Limit, LimitKey, LimitProblem, Times},
    ui::{context::ViewContext, text, theme::Palette, widgets::primary_button},
};

#[derive(Default)]
pub(super) struct LineForm {
    /// The line that is changed; its product and specification stay.
    pub(super) of: Option<Limit>,
    product: String,
    sku: String,
    times: Times,
    quantity: String,
}

pub(super) enum LineOutcome {
    Stay,
    Close,
    Put(Limit),
    Remove(LimitKey),
}

impl LineForm {
    pub(super) fn change(limit: &Limit) -> Self {
        let [product, sku, _, quantity] = limit.fields();
        Self { of: Some(limit.clone()), product, sku, times: limit.times, quantity }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> LineOutcome {
        let mut outcome = LineOutcome::Stay;
        let parsed = self.parse();
        ui.horizontal_wrapped(|ui| {
            let new = self.of.is_none();
            for (name, typed, hint) in [
                ("productId", &mut self.product, String::new()),
                ("skuCode", &mut self.sku, text!(cx.texts, "limits-all-skus")),
            ] {
                let label = ui.label(name);
                let edit = TextEdit::singleline(typed).hint_text(hint).desired_width(150.0);
                ui.add_enabled(new, edit).labelled_by(label.id);
            }
            let label = ui.label(text!(cx.texts, "limits-set-times"));
            let combo = ComboBox::from_id_salt("limit-times").selected_text(cx.texts.limit_times(self.times)).show_ui(
                ui,
                |ui| {
                    for times in Times::ALL {
                        ui.selectable_value(&mut self.times, times, cx.texts.limit_times(times));
                    }
                },
            );
            combo.response.labelled_by(label.id);
            let label = ui.label(text!(cx.texts, "limits-set-quantity"));
            let hint = text!(cx.texts, "limits-no-quantity");
            let edit = TextEdit::singleline(&mut self.quantity).hint_text(hint).desired_width(70.0);
            ui.add(edit).labelled_by(label.id);
            let changed = parsed.as_ref().is_ok_and(|limit| self.of.as_ref() != Some(limit));
            if primary_button(ui, &text!(cx.texts, "limits-save"), changed).clicked()
                && let Ok(limit) = &parsed
            {
                outcome = LineOutcome::Put(limit.clone());
            }
            if let Some(of) = &self.of
                && ui.button(text!(cx.texts, "limits-remove")).clicked()
            {
                outcome = LineOutcome::Remove(of.key.clone());
            }
            if ui.button(text!(cx.texts, "cancel")).clicked() {
                outcome = LineOutcome::Close;
            }
        });
        let touched = !self.product.trim().is_empty() || !self.quantity.trim().is_empty();
        if let Err(problems) = &parsed
            && touched
        {
            for problem in problems {
                ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.limit_problem(problem));
            }
        }
        outcome
    }

    fn parse(&self) -> Result<Limit, Vec<LimitProblem>> {
        Limit::parse([Some(&self.product), Some(&self.sku), Some(self.times.name()), Some(&self.quantity)])
    }
}
