//! Keys at rest, their order of precedence, and two processes on one directory.

use std::{collections::HashMap, fs};

use super::*;
use crate::config::keychain::Answer;

fn nothing() -> Environment {
    Arc::new(|_| None)
}

fn ring(dir: &Path) -> KeyRing {
    KeyRing::open_with(dir, false, nothing()).unwrap()
}

fn refused(dir: &Path) -> String {
    KeyRing::open_with(dir, false, nothing()).err().unwrap().to_string()
}

fn key() -> Secret {
    Secret::new("demo-key-for-tests-0001")
}

/// A keychain of the test's own.
#[derive(Default)]
struct Drawer {
    kept: Mutex<HashMap<String, [u8; 32]>>,
    locked: bool,
    forgetful: bool,
}

impl Keychain for Drawer {
    fn get(&self, name: &str) -> Answer {
        if self.locked {
            return Answer::Unreachable;
        }
        self.kept.lock().unwrap().get(name).map_or(Answer::Nothing, |key| Answer::Found(SealKey(*key)))
    }

    fn set(&self, name: &str, key: &SealKey) {
        if !self.forgetful {
            self.kept.lock().unwrap().insert(name.to_owned(), key.0);
        }
    }
}

#[test]
fn a_key_is_sealed_at_rest_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    keys.set(None, KeyClass::Base, key()).unwrap();
    keys.webhook_secret("main").unwrap();
    let mut names = Vec::new();
    for file in fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        names.push(path.file_name().unwrap().to_owned());
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("demo-key") && !text.contains("whsec_"), "{path:?}");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o600);
    }
    names.sort();
    assert_eq!(names, ["config.lock", "keys.sealed", "seal.key"]);
}

#[test]
fn another_process_sees_what_is_set_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (ring(dir.path()), ring(dir.path()));
    here.set(None, KeyClass::Base, key()).unwrap();
    assert_eq!(there.key("main", KeyClass::Base), Some(key()));
    assert_eq!(there.key("main", KeyClass::General), None);
    // Of the same length and within one tick of the clock.
    for last in '2'..='9' {
        let next = Secret::new(format!("demo-key-for-tests-000{last}"));
        here.set(None, KeyClass::Base, next.clone()).unwrap();
        assert_eq!(there.key("main", KeyClass::Base), Some(next));
    }
    there.remove(None, KeyClass::Base).unwrap();
    assert_eq!(here.key("main", KeyClass::Base), None);
    assert!(here.list().is_empty());
}

#[test]
fn keys_set_at_the_same_time_are_all_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for class in KeyClass::ALL {
            let path = dir.path();
            scope.spawn(move || ring(path).set(Some("main"), class, key()).unwrap());
        }
    });
    assert_eq!(ring(dir.path()).list().len(), KeyClass::ALL.len());
}

#[test]
fn an_endpoints_own_key_comes_before_the_environment_and_that_before_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let environment: Environment = Arc::new(|name| (name == "SELLERDESK_KEY_BASE").then(|| "env\n".to_owned()));
    let keys = KeyRing::open_with(dir.path(), false, environment).unwrap();
    keys.set(None, KeyClass::Base, key()).unwrap();
    assert_eq!(keys.key("main", KeyClass::Base), Some(Secret::new("env")));
    assert_eq!(ring(dir.path()).key("main", KeyClass::Base), Some(key()));
    keys.set(Some("main"), KeyClass::Base, Secret::new("own")).unwrap();
    assert_eq!(keys.key("main", KeyClass::Base), Some(Secret::new("own")));
    assert_eq!(keys.key("other", KeyClass::Base), Some(Secret::new("env")));
    let info = |endpoint: Option<&str>, origin| KeyInfo {
        class: KeyClass::Base,
        endpoint: endpoint.map(str::to_owned),
        origin,
    };
    let expected =
        [info(None, KeyOrigin::Environment), info(None, KeyOrigin::File), info(Some("main"), KeyOrigin::File)];
    assert_eq!(keys.list(), expected);
}

#[test]
fn every_class_has_its_variable_and_an_empty_one_counts_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keys = KeyRing::open_with(dir.path(), false, Arc::new(|name| Some(name.to_owned()))).unwrap();
    for (class, name) in KeyClass::ALL.into_iter().zip(["BASE", "KIT", "LICENSE", "GENERAL", "V1"]) {
        assert_eq!(keys.key("main", class), Some(Secret::new(format!("SELLERDESK_KEY_{name}"))));
    }
    let keys = KeyRing::open_with(dir.path(), false, Arc::new(|_| Some(" ".to_owned()))).unwrap();
    assert_eq!(keys.key("main", KeyClass::Base), None);
}

#[test]
fn one_line_break_is_no_part_of_a_key_and_what_cannot_be_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    for text in ["demo-key-for-tests-0001\n", "demo-key-for-tests-0001\r\n"] {
        keys.set(None, KeyClass::Kit, Secret::new(text)).unwrap();
        assert_eq!(keys.key("main", KeyClass::Kit), Some(key()));
    }
    keys.set(None, KeyClass::Kit, Secret::new("k".repeat(256))).unwrap();
    let refused = |text: &str| keys.set(None, KeyClass::Kit, Secret::new(text)).unwrap_err().to_string();
    assert_eq!(refused("\n"), "a key has 1 to 256 characters, this one has 0");
    assert_eq!(refused(&"k".repeat(257)), "a key has 1 to 256 characters, this one has 257");
    for text in [" ", "a\n\n", " a", "a\tb"] {
        assert!(refused(text).starts_with("a key has no blank at its ends"));
    }
}

#[test]
fn what_is_not_set_cannot_be_removed() {
    let dir = tempfile::tempdir().unwrap();
    let environment: Environment = Arc::new(|name| (name == "SELLERDESK_KEY_BASE").then(|| "env".to_owned()));
    let keys = KeyRing::open_with(dir.path(), false, environment).unwrap();
    let refused = |endpoint, class| keys.remove(endpoint, class).unwrap_err().to_string();
    assert_eq!(refused(None, KeyClass::Kit), "no key of the class kit is set there");
    assert_eq!(refused(Some("main"), KeyClass::Base), "no key of the class base is set there");
    let sentence = "the key of the class base comes from the environment; unset SELLERDESK_KEY_BASE there";
    assert_eq!(refused(None, KeyClass::Base), sentence);
}

#[test]
fn a_seal_key_that_is_lost_or_damaged_is_told_and_not_made_anew() {
    for sealed in ["keys.sealed", "sellerdesk.db"] {
        let dir = tempfile::tempdir().unwrap();
        let first = ring(dir.path());
        if sealed == "keys.sealed" {
            first.set(None, KeyClass::Base, key()).unwrap();
        } else {
            fs::write(dir.path().join(sealed), "rows").unwrap();
        }
        let path = dir.path().join("seal.key");
        let before = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let error = refused(dir.path());
        assert!(error.contains(sealed) && error.contains("was sealed with a key that is gone"), "{error}");
        assert!(!path.exists());
        fs::write(&path, "bm90IGEga2V5").unwrap();
        let error = refused(dir.path());
        assert!(error.contains("seal.key is damaged"), "{error}");
        fs::write(&path, before).unwrap();
        assert!(ring(dir.path()).seal_key().0 == first.seal_key().0);
    }
}

#[test]
fn sealed_keys_that_are_damaged_are_told_and_a_running_process_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    keys.set(None, KeyClass::Base, key()).unwrap();
    fs::write(dir.path().join("keys.sealed"), r#"{"key/base": "AAAA"}"#).unwrap();
    assert_eq!(keys.key("main", KeyClass::Base), Some(key()));
    let error = refused(dir.path());
    assert!(error.contains("keys.sealed is damaged or was sealed with another key"), "{error}");
    assert!(keys.set(None, KeyClass::Kit, key()).is_err());
    // Sealed under its name: it does not open under another.
    let dir = tempfile::tempdir().unwrap();
    ring(dir.path()).set(None, KeyClass::Base, key()).unwrap();
    let path = dir.path().join("keys.sealed");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("key/base", "key/kit")).unwrap();
    assert!(refused(dir.path()).contains("damaged"));
}

#[test]
fn a_keychain_holds_the_seal_key_where_there_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let drawer = Drawer::default();
    let keys = KeyRing::open_on(dir.path(), Some(&drawer), nothing()).unwrap();
    keys.set(None, KeyClass::Base, key()).unwrap();
    assert!(!dir.path().join("seal.key").exists());
    assert_eq!(keys.list()[0].origin, KeyOrigin::Keychain);
    let again = KeyRing::open_on(dir.path(), Some(&drawer), nothing()).unwrap();
    assert_eq!(again.key("main", KeyClass::Base), Some(key()));
    // Locked or switched off later: told, nothing is made anew.
    let locked = Drawer { locked: true, ..Drawer::default() };
    let error = KeyRing::open_on(dir.path(), Some(&locked), nothing()).err().unwrap().to_string();
    assert!(error.contains("unlock the keychain that holds it"), "{error}");
    assert!(refused(dir.path()).contains("unlock the keychain that holds it"));
}

#[test]
fn without_a_keychain_that_keeps_anything_the_file_serves() {
    for drawer in [Drawer { locked: true, ..Drawer::default() }, Drawer { forgetful: true, ..Drawer::default() }] {
        let dir = tempfile::tempdir().unwrap();
        KeyRing::open_on(dir.path(), Some(&drawer), nothing()).unwrap().set(None, KeyClass::Base, key()).unwrap();
        assert!(dir.path().join("seal.key").exists());
        // And goes on to serve once there is one.
        let keys = KeyRing::open_on(dir.path(), Some(&Drawer::default()), nothing()).unwrap();
        assert_eq!(keys.list()[0].origin, KeyOrigin::File);
    }
}

#[test]
fn a_keychain_can_be_switched_off() {
    assert!(keychain::of_this_system(|name| (name == "SELLERDESK_KEYCHAIN").then(|| "off".to_owned())).is_none());
}

#[test]
fn a_webhook_secret_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let secret = ring(dir.path()).webhook_secret("main").unwrap();
    assert_eq!(ring(dir.path()).webhook_secret("main").unwrap(), secret);
    assert_ne!(ring(dir.path()).webhook_secret("other").unwrap(), secret);
    let random = secret.expose().strip_prefix("whsec_").unwrap();
    assert_eq!(STANDARD.decode(random).unwrap().len(), 32);
    assert!(ring(dir.path()).list().is_empty());
}

#[test]
fn an_endpoint_keeps_its_secrets_under_another_name() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    keys.set(Some("main"), KeyClass::Base, key()).unwrap();
    let secret = keys.webhook_secret("main").unwrap();
    keys.rename_endpoint("main", "main").unwrap();
    keys.rename_endpoint("main", "shop").unwrap();
    assert_eq!(keys.key("shop", KeyClass::Base), Some(key()));
    assert_eq!(keys.key("main", KeyClass::Base), None);
    assert_eq!(keys.webhook_secret("shop").unwrap(), secret);
}
