//! What Sellerdesk asks of KooGallery through its open APIs. Each is kept as a message before it is sent, so that none is
//! forgotten and none is sent twice where that would do harm. Knows neither how it is sent nor where it is kept.

use serde::{Deserialize, Serialize};

use super::{
    Exception, MessageId, Order, Origin, World, api_fault::ApiFault, license_use::day_of, message::Progress,
    usage::UsageEvent,
};
use crate::protocol::{
    UnixMillis,
    id::{EventId, LicenseCode, OrderId, OrderLineId},
    open_api::{
        OpenApi as _, Signing,
        license::{ActivateLicensesV2, ClientUse, LicenseInfo, QueryLicenseV1, ReportLicenseUsage},
        order::QueryOrder,
        upload::UploadLicense,
        usage::PushUsage,
    },
};

/// Longest that a passing fault is tried again by itself.
const GOES_ON_MILLIS: i64 = 24 * 3_600_000;
/// Between two tries; the last entry repeats.
const AGAIN_AFTER_SECS: [i64; 6] = [10, 30, 120, 600, 1_800, 3_600];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    ActivateLicense {
        license: LicenseCode,
        /// When the product was really delivered; `None` for the moment of activation.
        real_effect_time: Option<UnixMillis>,
    },
    QueryLicense {
        license: LicenseCode,
    },
    ReportLicenseUse {
        license: LicenseCode,
        client: ClientUse,
        /// The day (UTC, days since 1970) that the report is about.
        day: i64,
    },
    QueryOrder {
        order_id: OrderId,
        order_line_id: Option<OrderLineId>,
    },
    /// Sends the usage records that were put together for this message; `push` names their set.
    PushUsage {
        push: String,
        api: UsageApi,
    },
    /// Hands over the License that an application (`getLicenseAsync`) asked for.
    UploadLicense {
        event_id: EventId,
        /// `None` where the License is a text.
        file_name: Option<String>,
        /// The message of the application, where it came through here.
        application: Option<i64>,
    },
}

/// Which of the two interfaces takes usage records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsageApi {
    /// Signed with the access key of the base interfaces.
    #[default]
    New,
    /// Signed with AK and SK.
    Old,
}

impl Action {
    /// The interface's name, as its path says it: the message's activity.
    pub const fn activity(&self) -> &'static str {
        match self {
            Self::ActivateLicense { .. } => ActivateLicensesV2::NAME,
            Self::QueryLicense { .. } => QueryLicenseV1::NAME,
            Self::ReportLicenseUse { .. } => ReportLicenseUsage::NAME,
            Self::QueryOrder { .. } => QueryOrder::NAME,
            Self::PushUsage { .. } => PushUsage::NAME,
            Self::UploadLicense { .. } => UploadLicense::NAME,
        }
    }

    pub const fn license(&self) -> Option<&LicenseCode> {
        match self {
            Self::ActivateLicense { license, .. }
            | Self::QueryLicense { license }
            | Self::ReportLicenseUse { license, .. } => Some(license),
            _ => None,
        }
    }

    pub const fn order(&self) -> Option<(&OrderId, Option<&OrderLineId>)> {
        match self {
            Self::QueryOrder { order_id, order_line_id } => Some((order_id, order_line_id.as_ref())),
            _ => None,
        }
    }

    /// With which key it is signed.
    pub const fn signing(&self) -> Signing {
        match self {
            Self::PushUsage { api: UsageApi::New, .. } => Signing::UsagePush,
            _ => Signing::AkSk,
        }
    }

    /// Changes nothing and may be sent again at any time.
    pub const fn is_question(&self) -> bool {
        matches!(self, Self::QueryLicense { .. } | Self::QueryOrder { .. })
    }

    /// Whether it is new business each time that somebody wants it: a number that was told may have been told anew since.
    pub const fn may_be_wanted_again(&self) -> bool {
        self.is_question() || matches!(self, Self::ReportLicenseUse { client: ClientUse::ActiveNum(_), .. })
    }

    /// Whether the older one is not to be sent once this one is wanted: of the numbers of a code the one told last counts.
    pub fn replaces(&self, older: &Self) -> bool {
        match (self, older) {
            (
                Self::ReportLicenseUse { license, client: ClientUse::ActiveNum(_), .. },
                Self::ReportLicenseUse { license: of_older, client: ClientUse::ActiveNum(_), .. },
            ) => license == of_older,
            _ => false,
        }
    }

    /// KooGallery would take what it tells of its day for the present one.
    pub const fn is_of_another_day(&self, now: UnixMillis) -> bool {
        matches!(self, Self::ReportLicenseUse { day, .. } if *day != day_of(now))
    }

    /// Whether KooGallery can be asked if it was done, where nobody knows whether it arrived.
    pub const fn can_be_looked_up(&self) -> bool {
        matches!(self, Self::ActivateLicense { .. })
    }

    /// Whether sending it again does no harm where nobody knows whether it arrived.
    pub const fn is_repeatable(&self) -> bool {
        !matches!(self, Self::ActivateLicense { .. } | Self::UploadLicense { .. })
    }
}

/// How one attempt at an action ended, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionOutcome {
    pub progress: Progress,
    /// KooGallery's code, where it told one.
    pub result_code: Option<String>,
    pub exception: Option<Exception>,
    pub again_at: Option<UnixMillis>,
    pub effects: Vec<ActionEffect>,
}

/// What is to be written with the outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionEffect {
    /// `told` where the interface tells how the code stands.
    LicenseActivated {
        license: LicenseCode,
        activated_at: UnixMillis,
        told: Option<Box<LicenseInfo>>,
    },
    LicenseTold(Box<LicenseInfo>),
    OrderTold(Vec<Order>),
    /// What became of the records of the message's push: something for those named by their `meteringSn`, the rest for all
    /// others.
    UsagePushed {
        named: Vec<(String, UsageEvent)>,
        others: UsageEvent,
    },
    LicenseUploaded {
        application: MessageId,
    },
}

impl ActionOutcome {
    pub fn succeeded(code: &str, effects: Vec<ActionEffect>) -> Self {
        let result_code = Some(code.to_owned());
        Self { progress: Progress::Succeeded, result_code, exception: None, again_at: None, effects }
    }

    /// A fault. One that passes is tried again by itself for a day, unless nobody knows whether the action arrived and
    /// doing it twice would do harm.
    pub fn failed(action: &Action, fault: ApiFault, attempts: u32, kept_at: UnixMillis, now: UnixMillis) -> Self {
        let unknown = fault.may_have_arrived() && !action.is_repeatable() && !action.can_be_looked_up();
        let goes_on = fault.is_passing() && !unknown && now.millis_since(kept_at) < GOES_ON_MILLIS;
        let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let secs = AGAIN_AFTER_SECS[place.min(AGAIN_AFTER_SECS.len() - 1)];
        let asked =
            fault.retry_after_secs().map_or(0, |secs| i64::try_from(secs).unwrap_or(i64::MAX).saturating_mul(1000));
        let wait = asked.min(GOES_ON_MILLIS).max(secs * 1000);
        let result_code = fault.code().map(str::to_owned);
        Self {
            progress: Progress::Failing,
            result_code,
            exception: Some(Exception::OpenApi { fault }),
            again_at: goes_on.then(|| now.plus_millis(wait)),
            effects: Vec::new(),
        }
    }

    /// There is nothing left to be sent.
    pub const fn nothing_to_send() -> Self {
        Self { progress: Progress::Succeeded, result_code: None, exception: None, again_at: None, effects: Vec::new() }
    }

    /// It was taken, but it names this code as one that failed its check.
    pub fn not_counted(code: &str) -> Self {
        let exception = Some(Exception::UseNotCounted);
        Self { progress: Progress::Failing, exception, ..Self::succeeded(code, Vec::new()) }
    }

    /// It comes too late.
    pub const fn day_over() -> Self {
        let exception = Some(Exception::UseDayOver);
        Self { progress: Progress::Failing, result_code: None, exception, again_at: None, effects: Vec::new() }
    }

    /// The program ended while it was sent, and nobody can be asked.
    pub const fn maybe_done() -> Self {
        let exception = Some(Exception::MaybeDone);
        Self { progress: Progress::Failing, result_code: None, exception, again_at: None, effects: Vec::new() }
    }

    /// The request that it was part of is divided, and it is sent again at once in a smaller one.
    pub fn divided(fault: ApiFault, now: UnixMillis) -> Self {
        let result_code = fault.code().map(str::to_owned);
        Self {
            progress: Progress::InProgress,
            result_code,
            exception: Some(Exception::BatchDivided { fault: Box::new(fault) }),
            again_at: Some(now),
            effects: Vec::new(),
        }
    }
}

/// An action to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAction {
    pub world: World,
    pub action: Action,
    pub origin: Origin,
}
