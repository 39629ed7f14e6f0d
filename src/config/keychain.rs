//! The operating system's keychain, as far as there is one: it holds the key that seals everything else. Never waits long
//! and never fails loudly, because servers and containers have none.

use crate::sealing::SealKey;

/// `off` keeps away from the keychain.
const SWITCH: &str = "SELLERDESK_KEYCHAIN";

#[cfg_attr(not(any(feature = "keyring", test)), expect(dead_code, reason = "without the feature nothing answers"))]
pub(super) enum Answer {
    Found(SealKey),
    /// It can be used and has nothing of that name.
    Nothing,
    /// None there, locked, or too slow.
    Unreachable,
}

pub(super) trait Keychain {
    fn get(&self, name: &str) -> Answer;
    /// May come to nothing; who needs to know asks for it again.
    fn set(&self, name: &str, key: &SealKey);
}

/// `None`: switched off, by the environment or in the build.
pub(super) fn of_this_system(environment: impl Fn(&str) -> Option<String>) -> Option<Box<dyn Keychain>> {
    if environment(SWITCH).is_some_and(|switch| switch.eq_ignore_ascii_case("off")) {
        return None;
    }
    #[cfg(feature = "keyring")]
    return Some(Box::new(secret_service::SecretService));
    #[cfg(not(feature = "keyring"))]
    None
}

#[cfg(feature = "keyring")]
mod secret_service {
    use std::{sync::mpsc, time::Duration};

    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use keyring_core::{Entry, Error};
    use zeroize::Zeroizing;

    use super::{Answer, Keychain};
    use crate::sealing::SealKey;

    const SERVICE: &str = "sellerdesk";
    const PATIENCE: Duration = Duration::from_secs(3);

    pub(super) struct SecretService;

    impl Keychain for SecretService {
        fn get(&self, name: &str) -> Answer {
            let name = name.to_owned();
            bounded(move || match entry(&name).and_then(|entry| entry.get_password()) {
                Ok(text) => {
                    let bytes = STANDARD.decode(Zeroizing::new(text).trim()).map(Zeroizing::new);
                    let key = bytes.ok().and_then(|bytes| SealKey::from_slice(&bytes));
                    key.map_or(Answer::Unreachable, Answer::Found)
                }
                Err(Error::NoEntry) => Answer::Nothing,
                Err(error) => {
                    tracing::debug!(%error, "no keychain");
                    Answer::Unreachable
                }
            })
            .unwrap_or(Answer::Unreachable)
        }

        fn set(&self, name: &str, key: &SealKey) {
            // As text, because KDE's keychain keeps nothing else.
            let (name, text) = (name.to_owned(), Zeroizing::new(STANDARD.encode(key.0)));
            bounded(move || {
                if let Err(error) = entry(&name).and_then(|entry| entry.set_password(&text)) {
                    tracing::debug!(%error, "the keychain takes nothing");
                }
            });
        }
    }

    fn entry(name: &str) -> keyring_core::Result<Entry> {
        if keyring_core::get_default_store().is_none() {
            keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
        }
        Entry::new(SERVICE, name)
    }

    /// A keychain may ask its user for a password: not for ever. The thread that still asks is left behind.
    fn bounded<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::channel();
        let asking = move || drop(sender.send(ask()));
        std::thread::Builder::new().name("keychain".into()).spawn(asking).ok()?;
        receiver.recv_timeout(PATIENCE).ok()
    }
}
