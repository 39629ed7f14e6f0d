//! The client of the open APIs as the configuration wants it, and what it signs with.

use std::{sync::Arc, time::Duration};

use super::{Desk, DeskError};
use crate::{
    config::{AccessKeyInfo, AccessKeyPair},
    domain::ApiFault,
    marketplace::{AccessKey, ApiKeys, MarketplaceClient, MarketplaceSettings},
    protocol::KeyClass,
};

/// The client that was made last, and for which settings.
#[derive(Default)]
pub(super) struct KnownClient(std::sync::Mutex<Option<(Arc<MarketplaceSettings>, MarketplaceClient)>>);

impl Desk {
    /// Ready to call. The keys are read anew each time, so that one that was set is used at once.
    pub(super) fn marketplace(&self) -> Result<(MarketplaceClient, ApiKeys), ApiFault> {
        let settings = self.marketplace_settings()?;
        let mut known = self.inner.marketplace.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let client = match &*known {
            Some((of, client)) if **of == settings => client.clone(),
            _ => {
                let made = MarketplaceClient::new(settings.clone())
                    .map_err(|error| ApiFault::Other { text: error.to_string() })?;
                *known = Some((Arc::new(settings), made.clone()));
                made
            }
        };
        Ok((client, self.api_keys()))
    }

    pub(super) fn api_keys(&self) -> ApiKeys {
        let config = self.config();
        let keys = &self.inner.keys;
        let access =
            keys.access_key().map(|AccessKeyPair { ak, sk, security_token }| AccessKey { ak, sk, security_token });
        // Usage is signed with the key of the base interfaces; the first endpoint that has one is as good as any.
        let base = config.endpoints.iter().find_map(|endpoint| keys.key(&endpoint.name, KeyClass::Base));
        ApiKeys { access, base }
    }

    fn marketplace_settings(&self) -> Result<MarketplaceSettings, ApiFault> {
        let config = self.config();
        let marketplace = &config.marketplace;
        let ca_certificate = match &marketplace.ca_certificate {
            None => None,
            Some(path) => {
                let path = self.inner.data_dir.join(path);
                let read = std::fs::read(&path);
                Some(read.map_err(|error| ApiFault::Other {
                    text: format!("marketplace.ca_certificate: {} cannot be read: {error}", path.display()),
                })?)
            }
        };
        Ok(MarketplaceSettings {
            hosts: marketplace.hosts(),
            timeout: Duration::from_secs(marketplace.timeout_secs),
            ca_certificate,
        })
    }

    pub async fn set_access_key(&self, pair: AccessKeyPair) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        super::settings::blocking(move || keys.set_access_key(&pair)).await
    }

    pub async fn remove_access_key(&self) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        super::settings::blocking(move || keys.remove_access_key()).await
    }

    pub async fn access_key_info(&self) -> Option<AccessKeyInfo> {
        let keys = self.inner.keys.clone();
        tokio::task::spawn_blocking(move || keys.access_key_info()).await.unwrap_or_default()
    }
}
