//! What happened once, told once: a line that goes away by itself. Labels, so that a screen reader says them too.

use std::time::Duration;

use egui::{Align2, Area, Color32, Context, CornerRadius, Frame, Id, Label, Margin, Order, RichText, Sense, vec2};

use super::{text, texts::Texts, theme::Palette, times::Times, widgets::dot};
use crate::{desk::session::Event, protocol::UnixMillis};

const SHOWN_FOR_MILLIS: i64 = 6_000;
/// What went wrong takes longer to read.
const TROUBLE_SHOWN_FOR_MILLIS: i64 = 15_000;
const AT_ONCE: usize = 5;

#[derive(Clone, Copy)]
enum Kind {
    Good,
    Busy,
    Bad,
}

struct Toast {
    kind: Kind,
    line: String,
    until: UnixMillis,
}

#[derive(Default)]
pub(super) struct Toasts {
    shown: Vec<Toast>,
}

impl Toasts {
    pub(super) fn success(&mut self, line: String, now: UnixMillis) {
        self.push(Kind::Good, line, now);
    }

    fn push(&mut self, kind: Kind, line: String, now: UnixMillis) {
        let millis = if matches!(kind, Kind::Bad) { TROUBLE_SHOWN_FOR_MILLIS } else { SHOWN_FOR_MILLIS };
        if self.shown.len() == AT_ONCE {
            self.shown.remove(0);
        }
        self.shown.push(Toast { kind, line, until: now.plus_millis(millis) });
    }

    /// Answers what the event wants on the clipboard.
    pub(super) fn tell(&mut self, event: &Event, texts: &Texts, times: &Times) -> Option<String> {
        use crate::desk::RetryResult::{AlreadySucceeded, Busy, InProgress, Succeeded};
        let now = times.now;
        let (kind, line) = match event {
            Event::Retried { message_id, result } => {
                let kind = match result {
                    Succeeded | AlreadySucceeded => Kind::Good,
                    InProgress(_) | Busy => Kind::Busy,
                    _ => Kind::Bad,
                };
                let id = message_id.to_string();
                (kind, text!(texts, "toast-retried", id = id, result = texts.retry_result(result)))
            }
            Event::WorkdaysImported { years } => {
                let years = years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                (Kind::Good, text!(texts, "toast-workdays-imported", years = years))
            }
            Event::InstanceMended { instance_id, mend, result } => {
                let kind = match result {
                    Succeeded | AlreadySucceeded => Kind::Good,
                    InProgress(_) | Busy => Kind::Busy,
                    _ => Kind::Bad,
                };
                let (id, mend) = (instance_id.as_str(), texts.mend(*mend));
                (kind, text!(texts, "toast-mended", id = id, mend = mend, result = texts.retry_result(result)))
            }
            // One retry has told its result already.
            Event::RetriesDone { succeeded, in_progress, failed, cancelled }
                if succeeded + in_progress + failed + cancelled > 1 =>
            {
                let kind = if *failed == 0 { Kind::Good } else { Kind::Bad };
                let line = text!(
                    texts,
                    "toast-retries-done",
                    succeeded = succeeded.to_string(),
                    running = in_progress.to_string(),
                    failed = failed.to_string(),
                    cancelled = cancelled.to_string()
                );
                (kind, line)
            }
            Event::CarriedOut { succeeded: 0, in_progress: 0, failed: 0, cancelled: 0 } => {
                (Kind::Busy, text!(texts, "toast-nothing-to-do"))
            }
            Event::CarriedOut { succeeded, in_progress, failed, cancelled } => {
                let kind = if *failed == 0 { Kind::Good } else { Kind::Bad };
                let line = text!(
                    texts,
                    "toast-carried-out",
                    succeeded = succeeded.to_string(),
                    running = in_progress.to_string(),
                    failed = failed.to_string(),
                    cancelled = cancelled.to_string()
                );
                (kind, line)
            }
            Event::HandedOverBefore { at } => {
                (Kind::Bad, text!(texts, "toast-handed-over-before", time = times.short(*at)))
            }
            Event::Fulfilled { instance_id } => {
                (Kind::Good, text!(texts, "toast-fulfilled", instance = instance_id.as_str()))
            }
            Event::FulfilRefused { instance_id, exception } => {
                let reason = texts.exception(exception);
                (Kind::Bad, text!(texts, "toast-fulfil-refused", instance = instance_id.as_str(), reason = reason))
            }
            Event::KeySet { class } => (Kind::Good, text!(texts, "toast-key-set", class = texts.key_class(*class))),
            Event::KeyRemoved { class } => {
                (Kind::Good, text!(texts, "toast-key-removed", class = texts.key_class(*class)))
            }
            Event::OldKeyEnded { class } => {
                (Kind::Good, text!(texts, "toast-old-key-ended", class = texts.key_class(*class)))
            }
            Event::AccessKeySet => (Kind::Good, text!(texts, "toast-access-key-set")),
            Event::EndedKeysForgotten { class } => {
                (Kind::Good, text!(texts, "toast-ended-keys-forgotten", class = texts.key_class(*class)))
            }
            Event::AccessKeyRemoved => (Kind::Good, text!(texts, "toast-access-key-removed")),
            Event::RsaKeySet => (Kind::Good, text!(texts, "toast-rsa-key-set")),
            Event::RsaKeyRemoved => (Kind::Good, text!(texts, "toast-rsa-key-removed")),
            Event::WebhookSecret { endpoint, secret } => {
                self.push(Kind::Good, text!(texts, "toast-webhook-secret", endpoint = endpoint.as_str()), now);
                return Some(secret.expose().to_owned());
            }
            Event::ClientSecret { app_id, secret } => {
                self.push(Kind::Good, text!(texts, "toast-client-secret", app = app_id.as_str()), now);
                return Some(secret.expose().to_owned());
            }
            Event::LicensesAdded(added) => {
                let left_out = added.known.len() + added.repeated.len() + added.malformed.len();
                let kind = if left_out == 0 { Kind::Good } else { Kind::Busy };
                let line = text!(
                    texts,
                    "toast-licenses-added",
                    added = added.added.len().to_string(),
                    known = added.known.len().to_string(),
                    repeated = added.repeated.len().to_string(),
                    malformed = added.malformed.len().to_string()
                );
                (kind, line)
            }
            // Told where they were asked for.
            Event::RetriesDone { .. } | Event::ActivationChecked(_) | Event::UseReported(_) => return None,
            Event::UsageEntered(entered) => {
                let crate::desk::UsageEntered { new, corrected, known, refused } = entered;
                match refused.first() {
                    Some((sn, reason)) => {
                        let count = refused.len();
                        let line = text!(
                            texts,
                            "toast-usage-refused",
                            count = count,
                            sn = sn.as_str(),
                            reason = texts.not_possible(reason)
                        );
                        (Kind::Bad, line)
                    }
                    None => {
                        let (new, known): (usize, usize) = (new + corrected, *known);
                        (Kind::Good, text!(texts, "toast-usage-entered", count = new, before = known))
                    }
                }
            }
            Event::Imported(imported) => {
                let (entered, rows, skipped) = (imported.entered.len(), imported.rows, imported.skipped.len());
                let kind = if skipped == 0 { Kind::Good } else { Kind::Busy };
                (kind, text!(texts, "toast-imported", entered = entered, rows = rows, skipped = skipped))
            }
            Event::UsageCorrected { was, metering_sn } => {
                let line = if was == metering_sn {
                    text!(texts, "toast-usage-corrected", sn = was.as_str())
                } else {
                    text!(texts, "toast-usage-replaced", sn = was.as_str(), by = metering_sn.as_str())
                };
                (Kind::Good, line)
            }
            Event::UsageNotCorrected { error, .. } => (Kind::Bad, texts.not_corrected(error)),
            Event::ExportCancelled { file } => {
                (Kind::Busy, text!(texts, "toast-export-cancelled", file = file.display().to_string()))
            }
            Event::ImportCancelled => (Kind::Busy, text!(texts, "toast-import-cancelled")),
            Event::ImportTakenBack(batch) => {
                (Kind::Good, text!(texts, "toast-import-taken-back", source = texts.import_source(&batch.source)))
            }
            &Event::UsageChanged { count } => (Kind::Good, text!(texts, "toast-usage-changed", count = count)),
            Event::CaseSaved { name } => (Kind::Good, text!(texts, "toast-case-saved", name = name.as_str())),
            Event::CaseDeleted => (Kind::Good, text!(texts, "toast-case-deleted")),
            &Event::CasesRan { passed, failed, left } => {
                let kind = if failed == 0 { Kind::Good } else { Kind::Bad };
                (kind, text!(texts, "toast-cases-ran", passed = passed, failed = failed, left = left))
            }
            Event::ProbeAlarm { finding, case } => (Kind::Bad, texts.probe_finding(finding, case, now)),
            Event::LimitsPut(put) => {
                let (added, changed, removed) =
                    (put.added.to_string(), put.changed.to_string(), put.removed.to_string());
                (Kind::Good, text!(texts, "toast-limits-put", added = added, changed = changed, removed = removed))
            }
            Event::TargetsPut(put) => {
                let (added, changed, removed) =
                    (put.added.to_string(), put.changed.to_string(), put.removed.to_string());
                (Kind::Good, text!(texts, "toast-targets-put", added = added, changed = changed, removed = removed))
            }
            Event::TargetRemoved(target) => {
                (Kind::Good, text!(texts, "toast-target-removed", product = target.key.product_id.as_str()))
            }
            Event::DelistingAlarm { product_id, .. } => {
                let product = product_id.clone().unwrap_or_else(|| text!(texts, "delisting-unknown-product"));
                let alarm = texts.delisting_alarm(event).unwrap_or_default();
                (Kind::Bad, format!("{product}: {alarm}"))
            }
            Event::SupervisionNoted => (Kind::Good, text!(texts, "toast-supervision-noted")),
            Event::AccountNoted => (Kind::Good, text!(texts, "toast-account-noted")),
            Event::UnsubscriptionNoted => (Kind::Good, text!(texts, "toast-unsubscription-noted")),
            Event::TermsKept => (Kind::Good, text!(texts, "toast-terms-kept")),
            &Event::BillForgotten { lines } => (Kind::Good, text!(texts, "toast-bill-forgotten", lines = lines)),
            Event::LimitRemoved(limit) => {
                (Kind::Good, text!(texts, "toast-limit-removed", product = limit.key.product_id.as_str()))
            }
            Event::TemplatesPut => (Kind::Good, text!(texts, "toast-templates-put")),
            Event::TemplateRemoved => (Kind::Good, text!(texts, "toast-template-removed")),
            Event::EntryPut { changed: true, .. } => (Kind::Good, text!(texts, "toast-entry-put")),
            Event::EntryPut { .. } => (Kind::Busy, text!(texts, "toast-entry-same")),
            Event::EntryRemoved { kind, entry, .. } => {
                (Kind::Good, text!(texts, "toast-entry-removed", name = kind.register().title(entry)))
            }
            Event::EntryRestored { kind, entry, .. } => {
                (Kind::Good, text!(texts, "toast-entry-restored", name = kind.register().title(entry)))
            }
            Event::UsageTooOld(sns) => {
                let (count, sn) = (sns.len(), sns.first().map(String::as_str).unwrap_or_default());
                (Kind::Bad, text!(texts, "toast-usage-too-old", count = count, sn = sn))
            }
            Event::NothingToSend => (Kind::Busy, text!(texts, "toast-nothing-to-send")),
            Event::Exported { file, rows } => {
                let (file, rows) = (file.display().to_string(), *rows);
                (Kind::Good, text!(texts, "toast-exported", rows = rows, file = file))
            }
            Event::BackedUp { file, bytes } => {
                let (file, bytes) = (file.display().to_string(), bytes.to_string());
                (Kind::Good, text!(texts, "toast-backed-up", file = file, bytes = bytes))
            }
            Event::SettingsSaved => (Kind::Good, text!(texts, "toast-settings-saved")),
            Event::Refused(refusal) | Event::RefusedTo(_, refusal) | Event::ImportRefused { refusal, .. } => {
                (Kind::Bad, texts.refusal(refusal))
            }
        };
        self.push(kind, line, now);
        None
    }

    pub(super) fn show(&mut self, ctx: &Context, now: UnixMillis) {
        self.shown.retain(|toast| toast.until > now);
        let Some(next) = self.shown.iter().map(|toast| toast.until).min() else { return };
        let millis = u64::try_from(next.millis_since(now)).unwrap_or_default();
        ctx.request_repaint_after(Duration::from_millis(millis + 20));
        let area = Area::new(Id::unique("toasts")).order(Order::Foreground);
        let dismissed = area.anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -12.0)).show(ctx, |ui| {
            ui.set_max_width(420.0);
            let palette = Palette::of(ui.visuals());
            let mut dismissed = None;
            for (position, toast) in self.shown.iter().enumerate() {
                let color: Color32 = match toast.kind {
                    Kind::Good => palette.good,
                    Kind::Busy => palette.busy,
                    Kind::Bad => palette.bad,
                };
                let frame = Frame::popup(ui.style())
                    .corner_radius(CornerRadius::same(6))
                    .inner_margin(Margin::symmetric(10, 8))
                    .stroke((1.0, color));
                let response = frame.show(ui, |ui| {
                    ui.horizontal(|ui| {
                        dot(ui, color);
                        ui.add(Label::new(RichText::new(&toast.line)).wrap());
                    });
                });
                if response.response.interact(Sense::click()).clicked() {
                    dismissed = Some(position);
                }
            }
            dismissed
        });
        if let Some(position) = dismissed.inner {
            self.shown.remove(position);
        }
    }
}
