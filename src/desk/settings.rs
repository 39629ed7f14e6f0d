//! Changing the configuration and the keys. A change is on disk before it holds.

use std::{sync::Arc, time::Duration};

use super::{Desk, DeskError, session::SettingsChange};
use crate::{
    config::{Config, KeyInfo, OlderKey, RsaKeyInfo},
    protocol::{KeyClass, Secret},
};

impl Desk {
    pub async fn change_settings(&self, change: SettingsChange) -> Result<(), DeskError> {
        let (renamed, removed) = (renamed(&change), removed(&change));
        let dir = self.inner.data_dir.clone();
        let config = blocking(move || match change {
            SettingsChange::Listen(address) => Config::set_listen(&dir, &address),
            SettingsChange::Endpoint { replaces, endpoint } => {
                Config::put_endpoint(&dir, replaces.as_deref(), &endpoint)
            }
            SettingsChange::RemoveEndpoint(name) => Config::remove_endpoint(&dir, &name),
            SettingsChange::Language(language) => Config::set_language(&dir, &language),
            SettingsChange::License(setting) => Config::set_license(&dir, setting),
            SettingsChange::Settlement { key, text } => Config::set_settlement(&dir, key, &text),
            SettingsChange::Theme(theme) => Config::set_theme(&dir, &theme),
            SettingsChange::Notifications(told) => Config::set_notifications(&dir, told),
            SettingsChange::CountedTypes(counted) => Config::set_counted_types(&dir, counted),
            SettingsChange::ExpiredQuantity(expired) => Config::set_expired_quantity(&dir, expired),
            SettingsChange::StartRule(rule) => Config::set_start_rule(&dir, rule),
            SettingsChange::RetryWindow { row, millis } => Config::set_retry(
                &dir,
                row,
                Duration::from_millis(millis.max(0).unsigned_abs()).as_secs_f64() / 3_600.0,
            ),
        })
        .await?;
        // After the file, which refuses a name that is taken: the keys there are another endpoint's.
        let keys = self.inner.keys.clone();
        let followed = blocking(move || {
            renamed.map_or(Ok(()), |(old, new)| keys.rename_endpoint(&old, &new))?;
            removed.map_or(Ok(()), |name| keys.remove_endpoint(&name))
        })
        .await;
        self.inner.config.send_replace(Arc::new(config));
        followed
    }

    pub async fn set_key(&self, class: KeyClass, endpoint: Option<String>, key: Secret) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.set(endpoint.as_deref(), class, key)).await
    }

    /// Sets the key and keeps the one that was set valid beside it, as an old one since now.
    pub async fn rotate_key(
        &self,
        class: KeyClass,
        endpoint: Option<String>,
        key: Secret,
        older: OlderKey,
    ) -> Result<(), DeskError> {
        let (keys, now) = (self.inner.keys.clone(), self.now());
        blocking(move || keys.rotate(endpoint.as_deref(), class, key, now, older)).await
    }

    pub async fn end_old_key(&self, class: KeyClass, endpoint: Option<String>) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.end_old(endpoint.as_deref(), class)).await
    }

    /// Those that were kept to explain refused calls with.
    pub async fn forget_ended_keys(&self, class: KeyClass, endpoint: Option<String>) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.forget_ended(endpoint.as_deref(), class)).await.map(drop)
    }

    pub async fn remove_key(&self, class: KeyClass, endpoint: Option<String>) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.remove(endpoint.as_deref(), class)).await
    }

    pub async fn set_rsa_key(&self, endpoint: Option<String>, pem: Secret) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.set_rsa_key(endpoint.as_deref(), &pem)).await
    }

    pub async fn remove_rsa_key(&self, endpoint: Option<String>) -> Result<(), DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.remove_rsa_key(endpoint.as_deref())).await
    }

    /// What the seller's backend verifies the fulfilment webhook with; made when it is first asked for.
    pub async fn webhook_secret(&self, endpoint: String) -> Result<Secret, DeskError> {
        let keys = self.inner.keys.clone();
        blocking(move || keys.webhook_secret(&endpoint)).await
    }

    pub async fn list_keys(&self) -> Vec<KeyInfo> {
        let keys = self.inner.keys.clone();
        tokio::task::spawn_blocking(move || keys.list()).await.unwrap_or_default()
    }

    pub async fn list_rsa_keys(&self) -> Vec<RsaKeyInfo> {
        let keys = self.inner.keys.clone();
        tokio::task::spawn_blocking(move || keys.rsa_keys()).await.unwrap_or_default()
    }
}

/// The old and the new name of an endpoint that gets another one.
fn renamed(change: &SettingsChange) -> Option<(String, String)> {
    match change {
        SettingsChange::Endpoint { replaces: Some(old), endpoint } if *old != endpoint.name => {
            Some((old.clone(), endpoint.name.clone()))
        }
        _ => None,
    }
}

fn removed(change: &SettingsChange) -> Option<String> {
    match change {
        SettingsChange::RemoveEndpoint(name) => Some(name.clone()),
        _ => None,
    }
}

/// Files and keychains are slow; a runtime's thread is no place for them.
pub(super) async fn blocking<T: Send + 'static, E: Into<DeskError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, DeskError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(_panicked) => Err(crate::store::StoreError::Panicked.into()),
    }
}
