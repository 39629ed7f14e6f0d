//! The guards' part of the overview: products that may be delisted, supervised orders and what is due, and what orders, calls,
//! instances and codes say against each other.

use egui::{Button, Label, RichText, Ui};
use url::form_urlencoded;

use super::overview::ListCard;
use crate::{
    desk::{
        export::ExportedList,
        session::{Command, Subject},
        watching::SupervisedOrder,
    },
    domain::{
        World,
        console::{ConsolePage, PARTNER_MAIL},
        delisting::{DelistingLevel, ProductStanding, StillFailing},
        message::Progress,
        reconcile::{Assumption, Finding, Remedy},
    },
    protocol::{UnixMillis, id::OrderId},
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{MoreRows, badge, card, console_button, primary_button, time},
    },
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Orders that a mail program is given in an address: it may be no longer than some thousand characters.
const MAILED: usize = 40;

/// Nothing where all is well.
pub(super) fn delisting(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &mut ListCard) {
    let overview = cx.snapshot.overview.clone();
    let in_danger = |product: &&ProductStanding| product.level > DelistingLevel::Fine;
    let products: Vec<&ProductStanding> = overview.delisting.iter().filter(in_danger).collect();
    if cx.world != World::Live || products.is_empty() {
        return;
    }
    card(ui, |ui| {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "delisting")).strong().color(palette.bad));
            list.export.button(ui, cx);
        });
        list.export.show(ui, cx, || ExportedList::Delisting);
        for product in products {
            ui.push_id(&product.product_id, |ui| one_product(ui, cx, product, &mut list.rows));
        }
        ui.label(RichText::new(text!(cx.texts, "delisting-basis")).color(palette.muted));
    });
    ui.add_space(8.0);
}

/// As an address has it.
fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub(super) fn product_name(cx: &ViewContext<'_>, product: &ProductStanding) -> String {
    product.product_id.clone().unwrap_or_else(|| text!(cx.texts, "delisting-unknown-product"))
}

fn one_product(ui: &mut Ui, cx: &mut ViewContext<'_>, product: &ProductStanding, rows: &mut MoreRows) {
    let palette = Palette::of(ui.visuals());
    let name = product_name(cx, product);
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.delisting_level(product.level), palette.of_delisting(product.level));
        ui.strong(&name);
        let (failed, allowed) = (product.failed_orders().to_string(), cx.orders_allowed().to_string());
        ui.label(text!(cx.texts, "delisting-failed", failed = failed, allowed = allowed))
            .on_hover_text(text!(cx.texts, "figure-failed-orders-meaning"));
        let ids = || product.orders().map(OrderId::as_str).collect::<Vec<_>>();
        let subject = || text!(cx.texts, "delisting-mail-subject", product = name.as_str());
        let body = |orders: String| text!(cx.texts, "delisting-mail-body", product = name.as_str(), orders = orders);
        let write = ui.button(text!(cx.texts, "delisting-write-mail"));
        if write.on_hover_text(text!(cx.texts, "delisting-write-mail-meaning", to = PARTNER_MAIL)).clicked() {
            let few = ids().into_iter().take(MAILED).collect::<Vec<_>>().join("\n");
            let address = format!("mailto:{PARTNER_MAIL}?subject={}&body={}", escaped(&subject()), escaped(&body(few)));
            ui.ctx().open_url(egui::OpenUrl::new_tab(address));
        }
        if ui.button(text!(cx.texts, "delisting-copy-mail")).clicked() {
            let body = body(ids().join("\n"));
            let mail = text!(cx.texts, "delisting-mail", to = PARTNER_MAIL, subject = subject(), body = body);
            cx.copy(mail, text!(cx.texts, "delisting-mail-what"));
        }
        console_button(ui, cx, ConsolePage::ProductionMessages);
    });
    rows.show(ui, cx, "failing", &product.failing, one_failing);
    if !product.failed.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.label(text!(cx.texts, "delisting-failed-orders"));
            rows.show(ui, cx, "failed", &product.failed, order_link);
        });
    }
}

fn one_failing(ui: &mut Ui, cx: &mut ViewContext<'_>, failing: &StillFailing) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        order_link(ui, cx, &failing.order.order.order_id);
        let closes_at = failing.window.closes_at;
        let left = cx.texts.time_left(closes_at.millis_since(cx.times.now));
        let at = cx.times.minute(closes_at);
        let then = match failing.refunded_at() {
            Some(_) => text!(cx.texts, "delisting-then-refund", at = at, left = left),
            None => text!(cx.texts, "delisting-then-open", at = at, left = left),
        };
        let line = match failing.order.progress {
            Progress::Failing => text!(cx.texts, "delisting-failing", then = then),
            Progress::InProgress => text!(cx.texts, "delisting-worked-on", then = then),
            Progress::Succeeded => text!(cx.texts, "delisting-unheard", then = then),
        };
        ui.colored_label(if failing.endangered { palette.bad } else { palette.warn }, line);
        cx.repaint_at(ui, closes_at);
    });
}

/// Nothing where no order is supervised.
pub(super) fn supervised(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &mut ListCard) {
    let overview = cx.snapshot.overview.clone();
    if cx.world != World::Live || overview.supervised.is_empty() {
        return;
    }
    card(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "supervised-orders")).strong());
            console_button(ui, cx, ConsolePage::ServiceSupervision);
            list.export.button(ui, cx);
        });
        list.export.show(ui, cx, || ExportedList::Supervised);
        no_holidays(ui, cx, &overview.supervised);
        list.rows.show(ui, cx, "supervised", &overview.supervised, one_supervised);
    });
    ui.add_space(8.0);
}

fn one_supervised(ui: &mut Ui, cx: &mut ViewContext<'_>, order: &SupervisedOrder) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        order_link(ui, cx, &order.order_id);
        if let Some(next) = order.supervision.next {
            let mine = order.supervision.waits_for_seller();
            let color = if mine { palette.warn } else { palette.muted };
            badge(ui, &cx.texts.supervision_actor(next.actor), color);
            ui.label(cx.texts.supervision_step(next.step));
        }
        if order.supervision.frozen {
            badge(ui, &text!(cx.texts, "supervision-appealed"), palette.warn);
        }
        if let Some(deadline) = order.supervision.due(cx.times.now) {
            let left = deadline.at.millis_since(cx.times.now);
            let color = if left <= DAY { palette.warn } else { palette.muted };
            let kind = cx.texts.supervision_deadline(deadline.kind);
            let line = format!("{kind} {} · {}", cx.times.minute(deadline.at), cx.texts.time_left(left));
            ui.label(RichText::new(line).color(color));
            // It counts in minutes on its last day, in hours before.
            let soon = cx.times.now.plus_millis(if left <= DAY { MINUTE } else { HOUR });
            cx.repaint_at(ui, if left > 0 { UnixMillis(deadline.at.0.min(soon.0)) } else { soon });
        }
        if !order.facts.note.is_empty() {
            ui.add(Label::new(RichText::new(&order.facts.note).color(palette.muted)).truncate());
        }
    });
}

/// Deadlines of a year without a table count weekends alone.
fn no_holidays(ui: &mut Ui, cx: &mut ViewContext<'_>, orders: &[SupervisedOrder]) {
    let deadlines = orders.iter().flat_map(|order| &order.supervision.deadlines);
    let Some(year) = deadlines.filter_map(|deadline| deadline.without_table).min() else { return };
    ui.horizontal_wrapped(|ui| {
        let line = text!(cx.texts, "workdays-unknown", year = year.to_string());
        ui.colored_label(Palette::of(ui.visuals()).warn, line);
        if ui.button(text!(cx.texts, "open-settings")).clicked() {
            cx.go_to(Place::Settings);
        }
    });
}

/// Leads to a live order.
pub(super) fn order_link(ui: &mut Ui, cx: &mut ViewContext<'_>, order_id: &OrderId) {
    if ui.link(order_id.as_str()).clicked() {
        cx.go_to(Place::Orders);
        cx.select(Subject::Order { world: World::Live, order_id: order_id.clone() });
    }
}

pub(super) fn findings(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &mut ListCard) {
    let palette = Palette::of(ui.visuals());
    let findings = cx.snapshot.findings.clone();
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text!(cx.texts, "findings")).strong());
        let look = ui.button(text!(cx.texts, "findings-look"));
        if look.on_hover_text(text!(cx.texts, "findings-meaning")).clicked() {
            cx.ask(Command::Reconcile);
        }
        if findings.as_ref().is_some_and(|found| found.findings.is_empty()) {
            ui.colored_label(palette.good, text!(cx.texts, "findings-none"));
        }
        if findings.as_ref().is_some_and(|found| !found.findings.is_empty()) {
            list.export.button(ui, cx);
        }
    });
    list.export.show(ui, cx, || ExportedList::Findings);
    let Some(found) = findings else { return };
    if let Some(since) = found.called_since.filter(|_| found.before > 0) {
        let (since, before) = (cx.times.minute(since), found.before);
        let line = text!(cx.texts, "findings-before", since = since, count = before);
        ui.label(RichText::new(line).color(palette.muted));
    }
    list.rows.show(ui, cx, "findings", &found.findings, one_finding);
}

fn one_finding(ui: &mut Ui, cx: &mut ViewContext<'_>, finding: &Finding) {
    let world = World::Live;
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.mismatch(finding.mismatch), Palette::of(ui.visuals()).warn);
        if let Some(order) = &finding.order {
            order_link(ui, cx, &order.order_id);
        }
        if let Some(id) = &finding.instance_id
            && ui.link(id.as_str()).clicked()
        {
            cx.go_to(Place::Instances);
            cx.select(Subject::Instance { world, instance_id: id.clone() });
        }
        if let Some(license) = &finding.license
            && ui.link(license.as_str()).clicked()
        {
            cx.go_to(Place::Licenses);
            cx.select(Subject::License { world, license: license.clone() });
        }
        time(ui, cx.times, finding.since);
        mend(ui, cx, finding);
    });
    let meaning = cx.texts.mismatch_meaning(finding.mismatch);
    let muted = Palette::of(ui.visuals()).muted;
    ui.label(RichText::new(meaning).color(muted));
    let assumed = match finding.assumes {
        Some(Assumption::CalledSince { at }) => text!(cx.texts, "finding-assumes-calls", since = cx.times.minute(at)),
        Some(Assumption::Grace { days, until }) => {
            text!(cx.texts, "finding-assumes-grace", days = days, until = cx.times.minute(until))
        }
        None => return,
    };
    ui.label(RichText::new(assumed).color(muted));
}

/// The buttons that mend it, the first before the others.
fn mend(ui: &mut Ui, cx: &mut ViewContext<'_>, finding: &Finding) {
    for (at, remedy) in finding.remedies.iter().enumerate() {
        remedy_button(ui, cx, finding, *remedy, at == 0);
    }
}

fn remedy_button(ui: &mut Ui, cx: &mut ViewContext<'_>, finding: &Finding, remedy: Remedy, first: bool) {
    let free = cx.snapshot.retrying.is_none();
    let world = World::Live;
    let label = match remedy {
        Remedy::QueryOrder => text!(cx.texts, "query-order"),
        Remedy::QueryLicense => text!(cx.texts, "findings-query-license"),
        Remedy::ActivateLicense => text!(cx.texts, "activate"),
        Remedy::AddLicense => text!(cx.texts, "add-codes"),
        Remedy::Instance(mend) => cx.texts.mend(mend),
        Remedy::RestartInConsole => return drop(console_button(ui, cx, ConsolePage::ProductionMessages)),
    };
    let button = if first { primary_button(ui, &label, free) } else { ui.add_enabled(free, Button::new(&label)) };
    let button = match remedy {
        Remedy::Instance(_) => button.on_hover_text(text!(cx.texts, "mend-meaning")),
        _ => button,
    };
    if !button.clicked() {
        return;
    }
    let (order, license) = (finding.order.as_ref().map(|order| order.order_id.clone()), finding.license.clone());
    match remedy {
        Remedy::QueryOrder => cx.ask(Command::QueryOrders { world, order_ids: order.into_iter().collect() }),
        Remedy::QueryLicense => cx.ask(Command::QueryLicenses { world, codes: license.into_iter().collect() }),
        Remedy::ActivateLicense => {
            let codes = license.into_iter().collect();
            cx.ask(Command::ActivateLicenses { world, codes, real_effect_time: None });
        }
        Remedy::AddLicense => cx.requests.push(Request::AddLicenses(world)),
        Remedy::Instance(mend) => {
            let Some(instance_id) = finding.instance_id.clone() else { return };
            let question = text!(cx.texts, "mend-question", mend = label.as_str(), id = instance_id.as_str());
            let command = Command::MendInstance { world, instance_id, mend };
            cx.requests.push(Request::Confirm { question, yes: label, command });
        }
        Remedy::RestartInConsole => {}
    }
}
