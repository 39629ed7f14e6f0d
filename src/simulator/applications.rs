//! Applications for a License of an online License product: a buyer asks, the seller is called with `getLicenseAsync` and
//! uploads afterwards (KooGallery pages zh-cn_topic_0070649255, zh-cn_topic_0070649351).

use serde::{Deserialize, Serialize};

use super::{Marketplace, Message, SimulatorError, delivery::lock, orderable::Deed};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, LicenseApplication},
    id::{EventId, InstanceId},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub event_id: EventId,
    pub instance_id: InstanceId,
    pub device_fingerprint: Option<String>,
    pub applied_at: UnixMillis,
    pub state: ApplicationState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApplicationState {
    Waiting,
    /// The buyer or the platform has said no: no License is taken any more.
    Denied,
    Delivered(Delivered),
}

impl ApplicationState {
    /// As the control API and scenarios say it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Denied => "denied",
            Self::Delivered(_) => "delivered",
        }
    }
}

/// What was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivered {
    Characters(String),
    File { file_name: String, content: Vec<u8>, sha256: String },
}

impl Marketplace {
    /// The event id is the activity's, and [`Marketplace::application`] tells whether a License came.
    pub async fn apply_for_license(
        &self,
        instance_id: &InstanceId,
        fingerprint: Option<&str>,
    ) -> Result<Message, SimulatorError> {
        let instance = self.possible(instance_id, Deed::ApplyForLicense, None)?;
        let now = self.now();
        let event_id = lock(&self.shared.ids).event();
        let application = LicenseApplication {
            instance_id: instance_id.clone(),
            event_id: event_id.clone(),
            effective_time: page_time(now),
            expire_time: instance.terms.charging.period().map(|_| page_time(instance.expire_time())),
            device_fingerprint: fingerprint.map(str::to_owned),
        };
        // Before the call, because the seller may upload before it answers.
        let remembered = Application {
            event_id: event_id.clone(),
            instance_id: instance_id.clone(),
            device_fingerprint: application.device_fingerprint.clone(),
            applied_at: now,
            state: ApplicationState::Waiting,
        };
        lock(&self.shared.ledger).applications.insert(event_id, remembered);
        self.begin(Activity::GetLicenseAsync(application)).await
    }

    pub fn deny_application(&self, event_id: &EventId) {
        if let Some(application) = lock(&self.shared.ledger).applications.get_mut(event_id) {
            application.state = ApplicationState::Denied;
        }
    }

    pub fn application(&self, event_id: &EventId) -> Option<Application> {
        lock(&self.shared.ledger).applications.get(event_id).cloned()
    }

    pub fn applications(&self) -> Vec<Application> {
        lock(&self.shared.ledger).applications.values().cloned().collect()
    }
}

/// As the page writes it: `2023-10-27 10:30:15 z`.
pub(super) fn page_time(time: UnixMillis) -> String {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or(&text);
    format!("{} z", seconds.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_written_as_the_page_writes_it() {
        let time = UnixMillis::from_compact_utc("20231027103015").unwrap();
        assert_eq!(page_time(time), "2023-10-27 10:30:15 z");
    }
}
