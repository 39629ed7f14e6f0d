//! What the domain's values say in words. KooGallery's own terms keep their official Chinese; wire names stay as they are.

mod api_fault;
mod calendar;
mod debugging;
mod diagnosis;
mod import;
mod license_use;
mod limit;
mod obstacle;
mod order;
mod organisation;
mod refusal;
mod register;
mod register_rule;
mod retry;
mod settlement;
mod system;
mod target;
mod usage;
mod watching;

use super::{text, texts::Texts, theme::Palette, times::Times};
use crate::{
    desk::{
        RetryResult,
        session::{Doing, RetryProgress},
    },
    domain::{
        Consequence, Exception, Instance, InstanceStatus, MessageState, Origin, Rejection, RetryWindow,
        message::Progress,
    },
    protocol::KeyClass,
};
use egui::Color32;

impl Palette {
    pub(super) const fn of_state(&self, state: MessageState) -> Color32 {
        match state {
            MessageState::Succeeded => self.good,
            MessageState::InProgress => self.busy,
            MessageState::Failing => self.bad,
            MessageState::Stopped => self.warn,
        }
    }

    pub(super) const fn of_status(&self, status: InstanceStatus) -> Color32 {
        match status {
            InstanceStatus::Provisioning => self.busy,
            InstanceStatus::Active => self.good,
            InstanceStatus::Frozen => self.warn,
            InstanceStatus::Released => self.muted,
            InstanceStatus::Failed => self.bad,
        }
    }

    pub(super) const fn of_progress(&self, progress: Option<Progress>) -> Color32 {
        match progress {
            Some(Progress::Succeeded) => self.good,
            Some(Progress::InProgress) => self.busy,
            Some(Progress::Failing) => self.bad,
            None => self.muted,
        }
    }
}

impl Texts {
    /// How far a batch is.
    pub(super) fn progress(&self, progress: &RetryProgress) -> String {
        let (done, all) = (progress.done, progress.all);
        match progress.doing {
            Doing::Retrying => text!(self, "retrying", done = done, all = all),
            Doing::Activating => text!(self, "activating", done = done, all = all),
            Doing::Querying => text!(self, "querying", done = done, all = all),
            Doing::Pushing => text!(self, "pushing", done = done, all = all),
            Doing::Uploading => text!(self, "uploading", done = done, all = all),
            Doing::Reporting => text!(self, "reporting", done = done, all = all),
        }
    }

    pub(super) fn state(&self, state: MessageState) -> String {
        match state {
            MessageState::Succeeded => text!(self, "state-succeeded"),
            MessageState::InProgress => text!(self, "state-in-progress"),
            MessageState::Failing => text!(self, "state-failing"),
            MessageState::Stopped => text!(self, "state-stopped"),
        }
    }

    pub(super) fn state_meaning(&self, state: MessageState) -> String {
        match state {
            MessageState::Succeeded => text!(self, "state-succeeded-meaning"),
            MessageState::InProgress => text!(self, "state-in-progress-meaning"),
            MessageState::Failing => text!(self, "state-failing-meaning"),
            MessageState::Stopped => text!(self, "state-stopped-meaning"),
        }
    }

    pub(super) fn status(&self, status: InstanceStatus) -> String {
        match status {
            InstanceStatus::Provisioning => text!(self, "status-provisioning"),
            InstanceStatus::Active => text!(self, "status-active"),
            InstanceStatus::Frozen => text!(self, "status-frozen"),
            InstanceStatus::Released => text!(self, "status-released"),
            InstanceStatus::Failed => text!(self, "status-failed"),
        }
    }

    pub(super) fn origin(&self, origin: Origin) -> String {
        match origin {
            Origin::KooGallery => text!(self, "origin-koogallery"),
            Origin::Operator => text!(self, "origin-operator"),
            Origin::Automatic => text!(self, "origin-automatic"),
        }
    }

    /// What an activity is about, for hovering over its wire name.
    pub(super) fn activity(&self, name: &str) -> String {
        match name {
            "newInstance" => text!(self, "activity-new-instance"),
            "refreshInstance" => text!(self, "activity-refresh-instance"),
            "updateInstanceStatus" => text!(self, "activity-update-instance-status"),
            "upgradeInstance" | "upgrade" => text!(self, "activity-upgrade-instance"),
            "releaseInstance" => text!(self, "activity-release-instance"),
            "expireInstance" => text!(self, "activity-expire-instance"),
            "instanceStatus" => text!(self, "activity-instance-status"),
            "getLicense" => text!(self, "activity-get-license"),
            "refreshLicense" => text!(self, "activity-refresh-license"),
            "expireLicense" => text!(self, "activity-expire-license"),
            "releaseLicense" => text!(self, "activity-release-license"),
            "getLicenseAsync" => text!(self, "activity-get-license-async"),
            "refreshLicenseCode" => text!(self, "activity-refresh-license-code"),
            "updateLicenseCodeStatus" => text!(self, "activity-update-license-code-status"),
            "releaseLicenseCode" => text!(self, "activity-release-license-code"),
            "tenantSync" => text!(self, "activity-tenant-sync"),
            "applicationSync" => text!(self, "activity-application-sync"),
            "authSync" => text!(self, "activity-auth-sync"),
            "singleOrgSync" => text!(self, "activity-single-org-sync"),
            "allOrgSync" => text!(self, "activity-all-org-sync"),
            "queryInstance" => text!(self, "activity-query-instance"),
            "changeInstanceCheck" => text!(self, "activity-change-instance-check"),
            "orderNotify" => text!(self, "activity-order-notify"),
            "license/activate" => text!(self, "activity-license-activate"),
            "license/heartbeat" => text!(self, "activity-license-heartbeat"),
            "license/software-usage-info" => text!(self, "activity-license-usage"),
            "order/query" => text!(self, "activity-order-query"),
            "isv/usage-data" => text!(self, "activity-usage-data"),
            "market-event/file" => text!(self, "activity-upload"),
            _ => text!(self, "activity-unknown"),
        }
    }

    pub(super) fn key_class(&self, class: KeyClass) -> String {
        match class {
            KeyClass::Base => text!(self, "key-base"),
            KeyClass::Kit => text!(self, "key-kit"),
            KeyClass::License => text!(self, "key-license"),
            KeyClass::General => text!(self, "key-general"),
            KeyClass::V1 => text!(self, "key-v1"),
        }
    }

    pub(super) fn exception(&self, exception: &Exception) -> String {
        match exception {
            Exception::UnknownInstance { instance_id } => {
                text!(self, "exception-unknown-instance", instance = instance_id.as_str())
            }
            Exception::InstanceReleased { instance_id } => {
                text!(self, "exception-instance-released", instance = instance_id.as_str())
            }
            Exception::StillProvisioning { instance_id } => {
                text!(self, "exception-still-provisioning", instance = instance_id.as_str())
            }
            Exception::UnknownActivity { activity } => {
                text!(self, "exception-unknown-activity", activity = activity.as_str())
            }
            Exception::UnknownStatus { status } => text!(self, "exception-unknown-status", status = status.as_str()),
            Exception::LicenseReleased { license } => {
                text!(self, "exception-license-released", license = license.as_str())
            }
            Exception::WaitsForUpload => text!(self, "exception-waits-for-upload"),
            Exception::NoLicense => text!(self, "exception-no-license"),
            Exception::NoFrontEndUrl => text!(self, "exception-no-front-end-url"),
            Exception::ClientSecret { app_id, reason } => {
                text!(self, "exception-client-secret", app = app_id.as_str(), reason = self.secret_flaw(reason))
            }
            Exception::MadeUpInstance { instance_id } => {
                text!(self, "exception-made-up-instance", instance = instance_id.as_str())
            }
            Exception::OvertakenSync => text!(self, "exception-overtaken-sync"),
            Exception::PartlyOvertakenSync { count } => {
                text!(self, "exception-partly-overtaken-sync", count = count.to_string())
            }
            Exception::UnknownFlag { flag } => text!(self, "exception-unknown-flag", flag = flag.as_str()),
            Exception::WaitsForOperator => text!(self, "exception-waits-for-operator"),
            Exception::WebhookWorking => text!(self, "exception-webhook-working"),
            Exception::WebhookSlow { millis } => text!(self, "exception-webhook-slow", millis = millis.to_string()),
            Exception::WebhookUnreachable { reason } => {
                text!(self, "exception-webhook-unreachable", reason = self.obstacle(reason))
            }
            Exception::WebhookStatus { status, excerpt } => {
                text!(self, "exception-webhook-status", status = status.to_string(), excerpt = excerpt.as_str())
            }
            Exception::WebhookMalformed { reason } => {
                text!(self, "exception-webhook-malformed", reason = self.answer_flaw(reason))
            }
            Exception::Refused { result_code, result_msg } => {
                text!(self, "exception-refused", code = result_code.as_str(), message = result_msg.as_str())
            }
            Exception::FieldTooLong { field, length, max } => text!(
                self,
                "exception-field-too-long",
                field = field.as_str(),
                length = length.to_string(),
                max = max.to_string()
            ),
            Exception::EndpointGone { endpoint } => {
                text!(self, "exception-endpoint-gone", endpoint = endpoint.as_str())
            }
            Exception::Interrupted => text!(self, "exception-interrupted"),
            Exception::NotSent => text!(self, "exception-not-sent"),
            Exception::PutOff => text!(self, "exception-put-off"),
            Exception::MaybeDone => text!(self, "exception-maybe-done"),
            Exception::BatchDivided { .. } => text!(self, "exception-batch-divided"),
            Exception::UsageRefused { count, metering_sn, code } => text!(
                self,
                "exception-usage-refused",
                count = count.to_string(),
                sn = metering_sn.as_str(),
                code = self.usage_code(code)
            ),
            Exception::UsageUnmatched { count, code } => {
                text!(self, "exception-usage-unmatched", count = count.to_string(), code = self.usage_code(code))
            }
            Exception::UsageTooOld { count, metering_sn } => {
                text!(self, "exception-usage-too-old", count = count.to_string(), sn = metering_sn.as_str())
            }
            Exception::UseNotCounted => text!(self, "exception-use-not-counted"),
            Exception::PushGoesOn => text!(self, "exception-push-goes-on"),
            Exception::UseReplaced => text!(self, "exception-use-replaced"),
            Exception::UseDayOver => text!(self, "exception-use-day-over"),
            Exception::OpenApi { fault } => self.api_fault(fault),
            Exception::Other { text } => text.clone(),
        }
    }

    pub(super) fn rejection(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::MissingParameter { parameter } => {
                text!(self, "rejection-missing-parameter", parameter = parameter.as_str())
            }
            Rejection::MalformedTimestamp => text!(self, "rejection-malformed-timestamp"),
            Rejection::Stale { skew_millis } => {
                let seconds = (skew_millis.unsigned_abs() / 1000).to_string();
                if *skew_millis < 0 {
                    text!(self, "rejection-behind", seconds = seconds)
                } else {
                    text!(self, "rejection-ahead", seconds = seconds)
                }
            }
            Rejection::NoKey { class } => text!(self, "rejection-no-key", class = class.as_str()),
            Rejection::Mismatch { class } => text!(self, "rejection-mismatch", class = class.as_str()),
            Rejection::WrongKeyClass { activity, used, wanted } => text!(
                self,
                "rejection-wrong-key-class",
                activity = activity.as_str(),
                used = used.as_str(),
                wanted = wanted.as_str()
            ),
            Rejection::Replayed => text!(self, "rejection-replayed"),
            Rejection::Malformed { reason } => text!(self, "rejection-malformed", reason = reason.as_str()),
            Rejection::Other { text } => text.clone(),
        }
    }

    /// What is lost when nothing is done, and by when.
    pub(super) fn cost(&self, window: RetryWindow, times: &Times) -> String {
        let time = times.minute(window.closes_at);
        let over = window.closes_at < times.now;
        match (window.consequence, over) {
            (Consequence::Refund, false) => text!(self, "cost-refund", time = time),
            (Consequence::Refund, true) => text!(self, "cost-refund-over", time = time),
            (Consequence::RenewalNotHonoured, false) => text!(self, "cost-renewal", time = time),
            (Consequence::RenewalNotHonoured, true) => text!(self, "cost-renewal-over", time = time),
            (Consequence::UnpaidUse, false) => text!(self, "cost-unpaid-use", time = time),
            (Consequence::UnpaidUse, true) => text!(self, "cost-unpaid-use-over", time = time),
            (Consequence::OrderUnnoticed, false) => text!(self, "cost-order-unnoticed", time = time),
            (Consequence::OrderUnnoticed, true) => text!(self, "cost-order-unnoticed-over", time = time),
            (Consequence::LicenseNotDelivered, false) => text!(self, "cost-license", time = time),
            (Consequence::LicenseNotDelivered, true) => text!(self, "cost-license-over"),
            (Consequence::OrganisationOutdated, _) => text!(self, "cost-organisation"),
            (Consequence::BuyerSeesNothing, _) => text!(self, "cost-buyer-sees-nothing"),
        }
    }

    pub(super) fn retry_result(&self, result: &RetryResult) -> String {
        match result {
            RetryResult::Succeeded => text!(self, "retry-succeeded"),
            RetryResult::AlreadySucceeded => text!(self, "retry-already-succeeded"),
            RetryResult::InProgress(None) => text!(self, "state-in-progress"),
            RetryResult::InProgress(Some(exception)) => self.exception(exception),
            RetryResult::Failed { result_code, exception } => {
                let reason =
                    exception.as_ref().map_or_else(|| result_code.to_string(), |reason| self.exception(reason));
                text!(self, "retry-failed", reason = reason)
            }
            RetryResult::Busy => text!(self, "retry-busy"),
            RetryResult::Gone => text!(self, "retry-gone"),
        }
    }

    /// The buyer, as far as known.
    pub(super) fn customer(&self, instance: &Instance) -> Option<String> {
        match (&instance.customer_name, &instance.customer_id) {
            (Some(name), Some(id)) => Some(format!("{name} ({id})")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        }
    }
}
