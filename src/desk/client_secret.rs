//! Opening the `clientSecret` of an application (kit) with the seller's RSA private key, on a thread that may take its time.

use super::Desk;
use crate::{
    config::Endpoint,
    protocol::{
        Secret,
        callback::{Activity, SyncChange},
        oaep,
    },
};

impl Desk {
    /// `None` where the call carries none; an error says in half a sentence what is missing.
    pub(super) async fn open_client_secret(
        &self,
        endpoint: &Endpoint,
        activity: &Activity,
    ) -> Option<Result<Secret, String>> {
        let Activity::Kit(sync) = activity else { return None };
        let SyncChange::Application { client_secret, .. } = &sync.change else { return None };
        if client_secret.is_empty() {
            return None;
        }
        let Some(private_key) = self.inner.keys.rsa_key(&endpoint.name) else {
            return Some(Err("no RSA private key is set".to_owned()));
        };
        let ciphertext = client_secret.clone();
        let opening = tokio::task::spawn_blocking(move || oaep::decrypt(private_key.expose(), &ciphertext));
        Some(match opening.await {
            Ok(opened) => opened.map_err(|error| error.to_string()),
            Err(_panicked) => Err("the RSA private key cannot be used".to_owned()),
        })
    }
}
