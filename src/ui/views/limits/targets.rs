//! Sales targets, or trial whitelists: what is kept, what was done to it, and whose orders came through against it.

use egui::{Label, RichText, Ui};

use super::{
    history::{Change, history},
    target_line::{TargetForm, TargetOutcome},
};
use crate::{
    desk::session::{Command, LimitsCommand, LimitsKnown, Subject, TargetReviewRow},
    domain::{
        World,
        limit::{AccountKind, KeptTarget, SalesTarget, TargetKind, TargetLevel},
    },
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, badge, empty_state, time},
    },
};

/// Orders of a customer that stand in one line.
const ORDERS: usize = 4;

pub(super) struct Targets {
    kind: TargetKind,
    form: Option<TargetForm>,
    /// Removed last, and may come back.
    pub(super) removed: Option<SalesTarget>,
}

impl Targets {
    pub(super) const fn new(kind: TargetKind) -> Self {
        Self { kind, form: None, removed: None }
    }

    /// What was typed is kept.
    pub(super) fn put(&mut self) {
        self.form = None;
        self.removed = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        ui.horizontal_wrapped(|ui| {
            let add = match self.kind {
                TargetKind::Sale => text!(cx.texts, "targets-add"),
                TargetKind::Trial => text!(cx.texts, "whitelists-add"),
            };
            if ui.button(add).clicked() {
                self.form = Some(TargetForm::new(self.kind));
            }
            self.undo(ui, cx);
        });
        self.form(ui, cx, known);
        ui.separator();
        let search = cx.search.trim().to_lowercase();
        let kept: Vec<&KeptTarget> = known
            .targets
            .iter()
            .filter(|kept| kept.target.kind() == self.kind && is_found(&kept.target, &search))
            .collect();
        if kept.is_empty() && self.form.is_none() {
            let (title, meaning) = match self.kind {
                TargetKind::Sale => (text!(cx.texts, "no-targets"), text!(cx.texts, "no-targets-meaning")),
                TargetKind::Trial => (text!(cx.texts, "no-whitelists"), text!(cx.texts, "no-whitelists-meaning")),
            };
            empty_state(ui, &title, &meaning, |_| {});
            return;
        }
        let half = (ui.available_height() / 2.0 - 30.0).max(120.0);
        ui.allocate_ui(egui::vec2(ui.available_width(), half), |ui| {
            ui.set_min_height(half);
            self.table(ui, cx, &kept);
        });
        ui.separator();
        self.review(ui, cx, known);
    }

    fn undo(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(removed) = &self.removed else { return };
        ui.label(text!(cx.texts, "limits-removed", line = name(cx, removed)));
        if ui.button(text!(cx.texts, "limits-undo")).clicked() {
            cx.ask(Command::Limits(LimitsCommand::PutTarget(removed.clone())));
            self.removed = None;
        }
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        let Some(form) = &mut self.form else { return };
        ui.add_space(4.0);
        match form.show(ui, cx, &known.targets) {
            TargetOutcome::Stay => {
                if let Some(of) = &form.of {
                    let changes = known.target_changes.iter();
                    let changes = changes.filter(|change| change.key == of.key && change.kind == of.kind());
                    let told = |target: &Option<SalesTarget>| target.as_ref().map(|target| said(cx, target));
                    let changes = changes.map(|change| Change {
                        at: change.changed_at,
                        by: &change.changed_by,
                        before: told(&change.before),
                        after: told(&change.after),
                    });
                    history(ui, cx, "target-history", changes);
                }
            }
            TargetOutcome::Close => self.form = None,
            TargetOutcome::Put(target) => cx.ask(Command::Limits(LimitsCommand::PutTarget(target))),
            TargetOutcome::Remove(key) => {
                self.form = None;
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "targets-remove-question", product = key.product_id.as_str()),
                    yes: text!(cx.texts, "limits-remove"),
                    command: Command::Limits(LimitsCommand::RemoveTarget(key, self.kind)),
                });
            }
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kept: &[&KeptTarget]) {
        let columns: [Column<()>; 6] = [
            Column::new("productId".to_owned(), 170.0),
            Column::new("skuCode".to_owned(), 150.0),
            Column::new(text!(cx.texts, "target-level"), 200.0),
            Column::new(text!(cx.texts, "target-who"), 270.0),
            Column::new(text!(cx.texts, "limits-changed-by"), 120.0),
            Column::new(text!(cx.texts, "limits-changed-at"), 140.0),
        ];
        let of = self.form.as_ref().and_then(|form| form.of.as_ref());
        let table = Table {
            id: "targets",
            columns: &columns,
            rows: kept.len(),
            order: None,
            current: kept.iter().position(|kept| Some(&kept.target) == of),
            scroll_to: None,
            name: &|row| kept.get(row).map_or_else(String::new, |kept| name(cx, &kept.target)),
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(kept) = kept.get(row) else { return };
            let target = &kept.target;
            let told = match column {
                0 => target.key.product_id.clone(),
                1 => target.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus")),
                2 => cx.texts.target_level(target.level),
                3 => who(cx, target),
                4 => kept.changed_by.clone(),
                _ => return drop(time(ui, cx.times, kept.changed_at)),
            };
            ui.add(Label::new(told).truncate());
        });
        if let Some(kept) = outcome.clicked.and_then(|click| kept.get(click.row)) {
            self.form = Some(TargetForm::change(&kept.target));
        }
    }

    fn review(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        let palette = Palette::of(ui.visuals());
        ui.label(RichText::new(text!(cx.texts, "targets-review")).strong());
        ui.label(RichText::new(text!(cx.texts, "targets-review-meaning")).color(palette.muted));
        if known.targets_nobodys > 0 {
            let count: usize = known.targets_nobodys;
            ui.colored_label(palette.warn, text!(cx.texts, "limits-nobodys", count = count));
        }
        let rows: Vec<&TargetReviewRow> =
            known.target_rows.iter().filter(|row| row.level.kind() == self.kind).collect();
        if rows.is_empty() {
            ui.label(text!(cx.texts, "targets-no-orders"));
            return;
        }
        let columns: [Column<()>; 4] = [
            Column::new(text!(cx.texts, "limits-verdict"), 120.0),
            Column::new(text!(cx.texts, "limits-customer"), 190.0),
            Column::new(text!(cx.texts, "column-product"), 330.0),
            Column::new(text!(cx.texts, "limits-orders"), 460.0),
        ];
        let name = |at: usize| {
            let Some(row) = rows.get(at) else { return String::new() };
            let customer = row.customer_name.as_ref().unwrap_or(&row.customer_id);
            format!("{} {customer} {}", cx.texts.entitlement(row.verdict), row.key.product_id)
        };
        let mut opened = None;
        let table = Table {
            id: "target-review",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current: None,
            scroll_to: None,
            name: &name,
            marked: &|_| false,
        };
        table.show(ui, &mut |ui, at, column| {
            let Some(row) = rows.get(at) else { return };
            match column {
                0 => {
                    let color = Palette::of(ui.visuals()).of_entitlement(row.verdict);
                    badge(ui, &cx.texts.entitlement(row.verdict), color)
                        .on_hover_text(cx.texts.entitlement_reason(row.verdict));
                }
                1 => {
                    let customer = row.customer_name.clone().unwrap_or_else(|| row.customer_id.clone());
                    ui.add(Label::new(customer).truncate()).on_hover_text(&row.customer_id);
                }
                2 => {
                    let sku = row.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus"));
                    ui.add(Label::new(format!("{} · {sku}", row.key.product_id)).truncate());
                }
                _ => {
                    account(ui, cx, row);
                    let told = row.orders.iter().filter(|(_, _, verdict)| *verdict == row.verdict);
                    for (order, at, _) in told.take(ORDERS) {
                        let link = ui.link(order.order_id.as_str()).on_hover_text(cx.times.hover(*at));
                        if link.clicked() {
                            opened = Some(order.order_id.clone());
                        }
                    }
                }
            }
        });
        if let Some(order_id) = opened {
            cx.go_to(Place::Orders);
            cx.select(Subject::Order { world: World::Live, order_id });
        }
    }
}

/// Of the targets that go by it.
fn account(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &TargetReviewRow) {
    if !matches!(row.level, TargetLevel::Enterprise | TargetLevel::Individual) {
        return;
    }
    let noted = row.account.is_some();
    let kinds = [
        (Some(AccountKind::Enterprise), text!(cx.texts, "account-enterprise"), !noted),
        (Some(AccountKind::Individual), text!(cx.texts, "account-individual"), !noted),
        (None, text!(cx.texts, "account-forget"), noted),
    ];
    for (kind, label, _) in kinds.into_iter().filter(|(_, _, shown)| *shown) {
        if ui.small_button(label).on_hover_text(text!(cx.texts, "account-meaning")).clicked() {
            cx.ask(Command::Limits(LimitsCommand::NoteAccount(row.customer_id.clone(), kind)));
        }
    }
}

fn is_found(target: &SalesTarget, search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    has(&target.key.product_id)
        || target.key.sku_code.as_deref().is_some_and(has)
        || target.customers.iter().any(|customer| has(customer))
}

/// A target in words.
fn name(cx: &ViewContext<'_>, target: &SalesTarget) -> String {
    let sku = target.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus"));
    format!("{} {sku}: {}", target.key.product_id, said(cx, target))
}

fn said(cx: &ViewContext<'_>, target: &SalesTarget) -> String {
    let who = who(cx, target);
    let level = cx.texts.target_level(target.level);
    if who.is_empty() { level } else { format!("{level}: {who}") }
}

fn who(cx: &ViewContext<'_>, target: &SalesTarget) -> String {
    match (&target.linked_product, target.customers.as_slice()) {
        (Some(linked), _) => linked.clone(),
        (None, [] | [_] | [_, _] | [_, _, _]) => target.customers.join(" "),
        (None, [first, second, rest @ ..]) => {
            let count: usize = rest.len();
            text!(cx.texts, "target-and-more", first = format!("{first} {second}"), count = count)
        }
    }
}
