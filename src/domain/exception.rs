//! Why an attempt did not succeed (异常信息), as data: the window tells it in two languages, logs and the command line in
//! English. Holds no credential.

use serde::{Deserialize, Serialize};

use super::{AnswerFlaw, ApiFault, Obstacle, SecretFlaw, usage::RecordCode};
use crate::protocol::id::InstanceId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Exception {
    #[error("instance {instance_id} is not known here; the message is done by itself once the instance appears")]
    UnknownInstance { instance_id: InstanceId },
    #[error("instance {instance_id} is released and can no longer be changed")]
    InstanceReleased { instance_id: InstanceId },
    #[error("instance {instance_id} is still being provisioned; the message is done by itself once that is done")]
    StillProvisioning { instance_id: InstanceId },
    #[error("the license code {license} is released and can no longer be changed")]
    LicenseReleased { license: String },
    #[error("waits for the License to be uploaded")]
    WaitsForUpload,
    #[error("the product told no license, and `getLicense` needs one")]
    NoLicense,
    #[error("the product told no frontEndUrl, and a purchase needs one")]
    NoFrontEndUrl,
    #[error("the clientSecret of the application {app_id} cannot be opened: {reason}")]
    ClientSecret { app_id: String, reason: SecretFlaw },
    #[error("the flag `{flag}` is not known to this version; nothing was changed")]
    UnknownFlag { flag: String },
    #[error("instance {instance_id} is not known here; a debugging call is answered in full all the same")]
    MadeUpInstance { instance_id: InstanceId },
    #[error("a newer synchronisation of the same was done before; nothing was changed")]
    OvertakenSync,
    #[error("a newer synchronisation told of {count} of these before; they stay as they are")]
    PartlyOvertakenSync { count: usize },
    #[error("the activity `{activity}` is not known to this version; handle it in the seller console")]
    UnknownActivity { activity: String },
    #[error("the status `{status}` is not known to this version; set the instance's status by hand")]
    UnknownStatus { status: String },
    #[error("waits for the operator to fill in the access data")]
    WaitsForOperator,
    #[error("the webhook is still working on it")]
    WebhookWorking,
    #[error("the webhook did not answer within {millis} ms; it goes on in the background")]
    WebhookSlow { millis: u64 },
    #[error("the webhook cannot be reached: {reason}")]
    WebhookUnreachable { reason: Obstacle },
    #[error("the webhook answered with HTTP {status}: {excerpt}")]
    WebhookStatus { status: u16, excerpt: String },
    #[error("the webhook's answer cannot be read: {reason}")]
    WebhookMalformed { reason: AnswerFlaw },
    #[error("the product refused with {result_code}: {result_msg}")]
    Refused { result_code: String, result_msg: String },
    #[error("`{field}` has {length} characters, KooGallery takes at most {max}")]
    FieldTooLong { field: String, length: usize, max: usize },
    #[error("the endpoint `{endpoint}` is no longer in the configuration")]
    EndpointGone { endpoint: String },
    #[error("the program ended while it worked on this")]
    Interrupted,
    #[error(
        "the program ended while this was being sent, and KooGallery cannot be asked whether it took it; look in the seller \
         console, a retry sends it once more"
    )]
    MaybeDone,
    #[error("the request that it was part of was refused as a whole ({fault}), so it is divided and sent again")]
    BatchDivided { fault: Box<ApiFault> },
    #[error("it was stopped before this was sent; a retry sends it")]
    NotSent,
    #[error("KooGallery did not answer several times in a row, so this was not sent yet; it is tried again by itself")]
    PutOff,
    #[error("KooGallery did not take {count} of the usage records, the first ({metering_sn}) because: {code}")]
    UsageRefused { count: usize, metering_sn: String, code: RecordCode },
    #[error(
        "KooGallery did not take {count} of the usage records ({code}), and it cannot be told which; look under 话单管理. A \
         retry sends those in doubt once more, and what is there already counts once"
    )]
    UsageUnmatched { count: usize, code: RecordCode },
    #[error(
        "{count} of the usage records were left out, the first is {metering_sn}: they begin more than 21 days ago, and \
         KooGallery takes those no more"
    )]
    UsageTooOld { count: usize, metering_sn: String },
    #[error(
        "KooGallery took the report of use, but names this code among those that did not pass its check; query the code to \
         see how it stands"
    )]
    UseNotCounted,
    #[error(
        "KooGallery refuses this push as a whole because of some of its records, and not all of these are found yet; the search \
         goes on by itself"
    )]
    PushGoesOn,
    #[error("a newer number of active clients was reported for this code, so this one is not sent any more")]
    UseReplaced,
    #[error(
        "the day (UTC) that this report is about is over, and KooGallery counts a report for the day on which it arrives; it \
         was not sent"
    )]
    UseDayOver,
    #[error("{fault}")]
    OpenApi { fault: ApiFault },
    /// Written by another version; kept and shown as it is.
    #[error("{text}")]
    #[serde(untagged)]
    Other { text: String },
}

impl Exception {
    /// It says what was particular about an attempt that succeeded.
    pub const fn is_note(&self) -> bool {
        matches!(
            self,
            Self::MadeUpInstance { .. } | Self::OvertakenSync | Self::PartlyOvertakenSync { .. } | Self::UseReplaced
        )
    }
}
