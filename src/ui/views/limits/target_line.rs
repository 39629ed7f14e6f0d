//! One sales target or whitelist, as it is typed: added anew, or changed in its place.

use egui::{ComboBox, TextEdit, Ui};

use crate::{
    domain::limit::{KeptTarget, SalesTarget, TargetKey, TargetKind, TargetLevel, TargetProblem, spec_levels},
    ui::{context::ViewContext, text, theme::Palette, widgets::primary_button},
};

pub(super) struct TargetForm {
    /// The one that is changed; its product and specification stay.
    pub(super) of: Option<SalesTarget>,
    kind: TargetKind,
    product: String,
    sku: String,
    level: TargetLevel,
    customers: String,
    linked: String,
}

pub(super) enum TargetOutcome {
    Stay,
    Close,
    Put(SalesTarget),
    Remove(TargetKey),
}

impl TargetForm {
    pub(super) fn new(kind: TargetKind) -> Self {
        let level = match kind {
            TargetKind::Sale => TargetLevel::Named,
            TargetKind::Trial => TargetLevel::TrialWhitelist,
        };
        let empty = String::new;
        Self { of: None, kind, product: empty(), sku: empty(), level, customers: empty(), linked: empty() }
    }

    pub(super) fn change(target: &SalesTarget) -> Self {
        let [product, sku, _, customers, linked] = target.fields();
        let (kind, level) = (target.kind(), target.level);
        Self { of: Some(target.clone()), kind, product, sku, level, customers, linked }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kept: &[KeptTarget]) -> TargetOutcome {
        let mut outcome = TargetOutcome::Stay;
        let parsed = self.parse(kept);
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
            if self.kind == TargetKind::Sale {
                self.choose_level(ui, cx, kept);
            }
            if self.level.names_customers() {
                let label = ui.label(text!(cx.texts, "target-customers"));
                let hint = text!(cx.texts, "target-customers-hint");
                let edit = TextEdit::singleline(&mut self.customers).hint_text(hint).desired_width(260.0);
                ui.add(edit).labelled_by(label.id);
            }
            if self.level == TargetLevel::LinkedProduct {
                let label = ui.label(text!(cx.texts, "target-linked-product"));
                ui.add(TextEdit::singleline(&mut self.linked).desired_width(150.0)).labelled_by(label.id);
            }
            let changed = parsed.as_ref().is_ok_and(|target| self.of.as_ref() != Some(target));
            if primary_button(ui, &text!(cx.texts, "limits-save"), changed).clicked()
                && let Ok(target) = &parsed
            {
                outcome = TargetOutcome::Put(target.clone());
            }
            if let Some(of) = &self.of
                && ui.button(text!(cx.texts, "limits-remove")).clicked()
            {
                outcome = TargetOutcome::Remove(of.key.clone());
            }
            if ui.button(text!(cx.texts, "cancel")).clicked() {
                outcome = TargetOutcome::Close;
            }
        });
        if let Err(problems) = &parsed
            && !self.product.trim().is_empty()
        {
            for problem in problems {
                ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.target_problem(problem));
            }
        }
        outcome
    }

    /// Only what the console offers: a specification follows its product.
    fn choose_level(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kept: &[KeptTarget]) {
        let offered = match (self.sku.trim(), self.of_product(kept)) {
            ("", _) | (_, None) => spec_levels(TargetLevel::Everyone),
            (_, Some(product)) => spec_levels(product),
        };
        let label = ui.label(text!(cx.texts, "target-level"));
        let combo = ComboBox::from_id_salt("target-level").selected_text(cx.texts.target_level(self.level));
        let response = combo.show_ui(ui, |ui| {
            for level in offered {
                ui.selectable_value(&mut self.level, *level, cx.texts.target_level(*level));
            }
        });
        response.response.labelled_by(label.id);
    }

    fn of_product(&self, kept: &[KeptTarget]) -> Option<TargetLevel> {
        let product = self.product.trim();
        let whole = kept.iter().map(|kept| &kept.target).find(|target| {
            target.kind() == TargetKind::Sale && target.key.sku_code.is_none() && target.key.product_id == product
        });
        whole.map(|target| target.level)
    }

    fn parse(&self, kept: &[KeptTarget]) -> Result<SalesTarget, Vec<TargetProblem>> {
        let customers = if self.level.names_customers() { self.customers.as_str() } else { "" };
        let linked = if self.level == TargetLevel::LinkedProduct { self.linked.as_str() } else { "" };
        let fields = [&self.product, &self.sku, self.level.name(), customers, linked].map(Some);
        let target = SalesTarget::parse(fields)?;
        let product = self.of_product(kept).filter(|_| target.key.sku_code.is_some());
        match product.and_then(|product| target.problem_under(product)) {
            Some(problem) => Err(vec![problem]),
            None => Ok(target),
        }
    }
}
