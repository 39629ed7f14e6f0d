//! The operating system's keychain, as far as there is one: it holds the key that seals everything else. Never waits long
//! and never fails loudly, because servers and containers have none.

use zeroize::Zeroizing;

/// `off` keeps away from the keychain.
pub(super) const SWITCH: &str = "SELLERDESK_KEYCHAIN";

#[cfg(feature = "keyring")]
mod backend {
    use std::{sync::mpsc, time::Duration};

    use zeroize::Zeroizing;

    const SERVICE: &str = "sellerdesk";
    const PATIENCE: Duration = Duration::from_secs(3);

    pub(super) fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let name = name.to_owned();
        bounded(move || entry(&name)?.get_secret().ok().map(Zeroizing::new))
    }

    pub(super) fn set(name: &str, secret: &[u8]) -> bool {
        let (name, secret) = (name.to_owned(), Zeroizing::new(secret.to_vec()));
        bounded(move || entry(&name)?.set_secret(&secret).ok()).is_some()
    }

    fn entry(name: &str) -> Option<keyring_core::Entry> {
        if keyring_core::get_default_store().is_none() {
            keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new().ok()?);
        }
        keyring_core::Entry::new(SERVICE, name).ok()
    }

    /// A keychain may ask its user for a password: not for ever.
    fn bounded<T: Send + 'static>(ask: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::channel();
        let asking = move || drop(sender.send(ask()));
        std::thread::Builder::new().name("keychain".into()).spawn(asking).ok()?;
        receiver.recv_timeout(PATIENCE).ok().flatten()
    }
}

#[cfg(not(feature = "keyring"))]
mod backend {
    use zeroize::Zeroizing;

    pub(super) fn get(_name: &str) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    pub(super) fn set(_name: &str, _secret: &[u8]) -> bool {
        false
    }
}

pub(super) fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    backend::get(name)
}

/// Whether it is kept there now.
pub(super) fn set(name: &str, secret: &[u8]) -> bool {
    backend::set(name, secret)
}
