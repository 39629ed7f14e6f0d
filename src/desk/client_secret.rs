//! Opening the `clientSecret` of an application (kit) with the seller's RSA private key, on a thread that may take its time.

use super::Desk;
use crate::{
    config::Endpoint,
    domain::SecretFlaw,
    protocol::{
        Secret,
        callback::{Activity, SyncChange},
        oaep::{self, OaepError},
    },
};

impl Desk {
    /// `None` where the call carries none; an error says what is missing.
    pub(super) async fn open_client_secret(
        &self,
        endpoint: &Endpoint,
        activity: &Activity,
    ) -> Option<Result<Secret, SecretFlaw>> {
        let Activity::Kit(sync) = activity else { return None };
        let SyncChange::Application { client_secret, .. } = &sync.change else { return None };
        if client_secret.is_empty() {
            return None;
        }
        let Some(private_key) = self.inner.keys.rsa_key(&endpoint.name) else {
            return Some(Err(SecretFlaw::NoKey));
        };
        let ciphertext = client_secret.clone();
        let opening = tokio::task::spawn_blocking(move || oaep::decrypt(private_key.expose(), &ciphertext));
        Some(match opening.await {
            Ok(opened) => opened.map_err(|error| match error {
                OaepError::Key(_) => SecretFlaw::BadKey,
                OaepError::NotBase64 => SecretFlaw::NotBase64,
                OaepError::DoesNotFit | OaepError::TooLong => SecretFlaw::OtherKey,
            }),
            Err(_panicked) => Err(SecretFlaw::BadKey),
        })
    }
}
