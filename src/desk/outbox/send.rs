//! From an action to the interface's own words and back: what is sent for it, and what its answer means.

use std::sync::Arc;

use crate::{
    desk::Desk,
    domain::{Action, ActionEffect, ActionOutcome, ApiFault, MessageId, Order},
    marketplace::Exchange,
    protocol::{
        Secret, UnixMillis,
        id::LicenseCode,
        open_api::{
            OpenApi,
            code::CodeMeaning,
            license::{ActivateLicenseV1, ActivateLicensesV2, LicenseInfo, QueryLicenseV1, QueryLicensesV2},
            order::QueryOrder,
            upload::{UploadContent, UploadLicense},
        },
    },
    store::{ClaimedAction, Exchanged, StoreError},
};

/// KooGallery's two ways to say that all is well.
pub(super) const LICENSE_SUCCESS: &str = "92020000";
const ORDER_SUCCESS: &str = "MKT.0000";
const UPLOAD_SUCCESS: &str = "CBC.0000";

/// What passed over the wire, shared by whatever went in the same request.
pub(super) type Texts = Arc<Exchanged>;

pub(super) struct Sent<T> {
    pub(super) texts: Texts,
    pub(super) outcome: Result<T, ApiFault>,
}

/// A question that was not answered.
pub(super) struct Asked {
    pub(super) texts: Texts,
    pub(super) fault: ApiFault,
}

impl<T> Sent<T> {
    fn map<U>(self, convert: impl FnOnce(T) -> U) -> Sent<U> {
        Sent { texts: self.texts, outcome: self.outcome.map(convert) }
    }
}

impl Desk {
    pub(super) async fn call<A: OpenApi>(&self, api: &A) -> Sent<A::Answer> {
        let (client, keys) = match self.marketplace() {
            Ok(ready) => ready,
            Err(fault) => return Sent { texts: Texts::default(), outcome: Err(fault) },
        };
        let calling = client.call(&keys, api, || self.now());
        let called = match self.call_in_turn(A::SIGNING, &keys, calling).await {
            Ok(called) => called,
            Err(fault) => return Sent { texts: Texts::default(), outcome: Err(fault) },
        };
        let Exchange { request, request_body, answer, .. } = called.exchange;
        let texts = Arc::new(Exchanged { request, request_body, answer });
        Sent { texts, outcome: called.outcome }
    }

    pub(super) async fn activate(&self, licenses: Vec<LicenseCode>, time: Option<UnixMillis>) -> Sent<()> {
        self.call(&ActivateLicensesV2 { licenses, real_effect_time: time }).await
    }

    pub(super) async fn activate_one(&self, license: &LicenseCode, time: Option<UnixMillis>) -> Sent<LicenseInfo> {
        self.call(&ActivateLicenseV1 { license: license.clone(), real_effect_time: time }).await
    }

    pub(super) async fn ask_about(&self, licenses: Vec<LicenseCode>) -> Sent<Vec<LicenseInfo>> {
        self.call(&QueryLicensesV2 { licenses }).await
    }

    /// How KooGallery says that a code stands; `None` where it says that it is not activated, or not known.
    pub(super) async fn look_up(&self, license: &LicenseCode) -> Result<Option<LicenseInfo>, Asked> {
        let sent = self.call(&QueryLicenseV1 { license: license.clone() }).await;
        match sent.outcome {
            Ok(told) => Ok(Some(told)),
            Err(fault) => match fault.meaning() {
                Some(CodeMeaning::LicenseNotActivated | CodeMeaning::LicenseUnknown) => Ok(None),
                _ => Err(Asked { texts: sent.texts, fault }),
            },
        }
    }

    /// Everything that goes out one by one, but activations.
    pub(super) async fn send(&self, one: &ClaimedAction) -> Result<Sent<ActionOutcome>, StoreError> {
        let now = self.now();
        Ok(match &one.action {
            Action::ActivateLicense { license, real_effect_time } => {
                let license = license.clone();
                let at = real_effect_time.unwrap_or(now);
                let sent = self.activate_one(&license, *real_effect_time).await;
                sent.map(|told| ActionOutcome::activated_and_told(license, at, told))
            }
            Action::QueryLicense { license } => {
                let sent = self.call(&QueryLicenseV1 { license: license.clone() }).await;
                sent.map(|told| {
                    ActionOutcome::succeeded(LICENSE_SUCCESS, vec![ActionEffect::LicenseTold(Box::new(told))])
                })
            }
            Action::ReportLicenseUse { .. } => {
                let reported = self.report(std::slice::from_ref(one)).await;
                let outcome = Ok(reported.outcome(one, now));
                Sent { texts: reported.texts, outcome }
            }
            Action::QueryOrder { order_id, order_line_id } => {
                let api = QueryOrder { order_id: order_id.clone(), order_line_id: order_line_id.clone() };
                let world = one.world;
                let sent = self.call(&api).await;
                sent.map(|info| {
                    let lines = Order::told(world, &info, now);
                    ActionOutcome::succeeded(ORDER_SUCCESS, vec![ActionEffect::OrderTold(lines)])
                })
            }
            Action::PushUsage { api, .. } => return self.push_usage(one, *api).await,
            Action::UploadLicense { event_id, file_name, application } => {
                let content = one.content.clone().unwrap_or_else(|| Secret::new(""));
                let api = UploadLicense {
                    event_id: event_id.clone(),
                    content: upload_content(content, file_name.as_deref()),
                };
                let delivered = application.map(|id| ActionEffect::LicenseUploaded { application: MessageId(id) });
                let sent = self.call(&api).await;
                sent.map(|()| ActionOutcome::succeeded(UPLOAD_SUCCESS, delivered.into_iter().collect()))
            }
        })
    }
}

/// A file's bytes are kept as base64, because what is kept is text.
fn upload_content(content: Secret, file_name: Option<&str>) -> UploadContent {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    match file_name {
        None => UploadContent::Characters(content),
        Some(name) => {
            let bytes = STANDARD.decode(content.expose()).unwrap_or_default();
            UploadContent::File { name: name.to_owned(), bytes }
        }
    }
}

impl ActionOutcome {
    pub(super) fn activated(action: &Action, at: UnixMillis) -> Self {
        let effect = action.license().map(|license| ActionEffect::LicenseActivated {
            license: license.clone(),
            activated_at: at,
            told: None,
        });
        Self::succeeded(LICENSE_SUCCESS, effect.into_iter().collect())
    }

    pub(super) fn activated_and_told(license: LicenseCode, at: UnixMillis, told: LicenseInfo) -> Self {
        let effect = ActionEffect::LicenseActivated { license, activated_at: at, told: Some(Box::new(told)) };
        Self::succeeded(LICENSE_SUCCESS, vec![effect])
    }
}
