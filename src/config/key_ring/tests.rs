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
        old_since: None,
        ended: 0,
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

const THEN: UnixMillis = UnixMillis(1_795_487_400_000);

fn numbered(number: u32) -> Secret {
    Secret::new(format!("demo-key-for-tests-{number:04}"))
}

fn rotate(keys: &KeyRing, endpoint: Option<&str>, number: u32) -> Result<(), KeyError> {
    let now = THEN.plus_millis(i64::from(number));
    keys.rotate(endpoint, KeyClass::Base, numbered(number), now, OlderKey::Refuse)
}

/// The keys that are valid, and since when the old one is old.
fn valid(keys: &KeyRing, endpoint: &str) -> Vec<(Secret, Option<i64>)> {
    let keys = keys.keys(endpoint, KeyClass::Base).into_iter();
    keys.map(|valid| (valid.key, valid.old_since.map(|since| since.millis_since(THEN)))).collect()
}

#[test]
fn an_old_key_is_valid_beside_the_new_one_until_it_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let (keys, elsewhere) = (ring(dir.path()), ring(dir.path()));
    rotate(&keys, None, 1).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(1), None)], "where none was set, none is old");
    rotate(&keys, None, 1).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(1), None)], "a key is not old beside itself");
    rotate(&keys, None, 2).unwrap();
    for keys in [&keys, &elsewhere, &ring(dir.path())] {
        assert_eq!(valid(keys, "main"), [(numbered(2), None), (numbered(1), Some(2))]);
        assert_eq!(keys.key("main", KeyClass::Base), Some(numbered(2)));
        assert_eq!(keys.list().len(), 1);
        assert_eq!(keys.list()[0].old_since, Some(THEN.plus_millis(2)));
    }
    elsewhere.end_old(None, KeyClass::Base).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(2), None)]);
    assert_eq!(keys.list()[0].old_since, None);
    let error = keys.end_old(None, KeyClass::Base).unwrap_err().to_string();
    assert_eq!(error, "no old key of the class base is valid there");
}

#[test]
fn one_old_key_is_kept_at_most() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    rotate(&keys, None, 1).unwrap();
    rotate(&keys, None, 2).unwrap();
    let error = rotate(&keys, None, 3).unwrap_err().to_string();
    let sentence = "an old key of the class base is still valid since 2026-11-24T02:30:00.002Z, and there can be one only; \
                    end it before another becomes old";
    assert_eq!(error, sentence);
    assert_eq!(valid(&keys, "main"), [(numbered(2), None), (numbered(1), Some(2))]);
    // What was mistyped is put right without ending the old one.
    keys.set(None, KeyClass::Base, numbered(3)).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(3), None), (numbered(1), Some(2))]);
    keys.rotate(None, KeyClass::Base, numbered(4), THEN.plus_millis(4), OlderKey::End).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(4), None), (numbered(3), Some(4))]);
    // Back to the old one: the two change places, or it is the only one.
    rotate(&keys, None, 3).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(3), None), (numbered(4), Some(3))]);
    keys.set(None, KeyClass::Base, numbered(4)).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(4), None)]);
}

#[test]
fn old_keys_belong_to_their_place_and_the_environment_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    for (endpoint, number) in [(None, 1), (None, 2), (Some("main"), 3), (Some("main"), 4)] {
        rotate(&keys, endpoint, number).unwrap();
    }
    assert_eq!(valid(&keys, "main"), [(numbered(4), None), (numbered(3), Some(4))]);
    assert_eq!(valid(&keys, "other"), [(numbered(2), None), (numbered(1), Some(2))]);
    assert!(keys.keys("main", KeyClass::Kit).is_empty());
    let environment: Environment = Arc::new(|name| (name == "SELLERDESK_KEY_BASE").then(|| "env".to_owned()));
    let with_environment = KeyRing::open_with(dir.path(), false, environment).unwrap();
    assert_eq!(valid(&with_environment, "other"), [(Secret::new("env"), None)]);
    assert_eq!(valid(&with_environment, "main"), valid(&keys, "main"));
    keys.remove(Some("main"), KeyClass::Base).unwrap();
    assert_eq!(valid(&keys, "main"), valid(&keys, "other"));
    rotate(&keys, Some("main"), 5).unwrap();
    assert_eq!(valid(&keys, "main"), [(numbered(5), None)], "a removed key takes its old one along");
}

#[test]
fn an_endpoints_old_keys_go_where_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    keys.set_rsa_key(Some("main"), &pem()).unwrap();
    for number in [1, 2] {
        rotate(&keys, Some("main"), number).unwrap();
    }
    // Left by an endpoint that somebody took out of the file by hand.
    for number in [8, 9] {
        rotate(&keys, Some("left"), number).unwrap();
    }
    keys.rename_endpoint("main", "shop").unwrap();
    assert_eq!(valid(&keys, "shop"), [(numbered(2), None), (numbered(1), Some(2))]);
    assert!(valid(&keys, "main").is_empty());
    assert_eq!((keys.rsa_key("shop"), keys.rsa_key("main")), (Some(pem()), None));
    keys.end_old(Some("shop"), KeyClass::Base).unwrap();
    keys.rename_endpoint("shop", "left").unwrap();
    assert_eq!(valid(&keys, "left"), [(numbered(2), None)], "nobody else's old key");
    let secret = keys.webhook_secret("left").unwrap();
    keys.remove_endpoint("left").unwrap();
    assert!(keys.list().is_empty() && keys.rsa_keys().is_empty());
    assert_ne!(keys.webhook_secret("left").unwrap(), secret);
}

fn pem() -> Secret {
    Secret::new(include_str!("../../../tests/data/oaep/made-for-tests-pkcs8.pem").trim())
}

#[test]
fn the_private_key_of_the_kit_is_sealed_and_told_by_its_place_alone() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ring(dir.path());
    keys.set_rsa_key(None, &Secret::new(format!("\n{}\n", pem().expose()))).unwrap();
    assert_eq!(keys.rsa_key("main"), Some(pem()));
    assert_eq!(keys.rsa_keys(), [RsaKeyInfo { endpoint: None, origin: KeyOrigin::File }]);
    assert!(keys.list().is_empty());
    let sealed = fs::read_to_string(dir.path().join("keys.sealed")).unwrap();
    assert!(!sealed.contains("PRIVATE KEY"));
    keys.remove_rsa_key(None).unwrap();
    assert_eq!(keys.rsa_key("main"), None);
    assert_eq!(keys.remove_rsa_key(None).unwrap_err().to_string(), "no RSA private key is set there");
    let too_long = Secret::new("-".repeat(rsa_key::LONGEST_PEM + 1));
    assert!(matches!(keys.set_rsa_key(None, &too_long), Err(KeyError::PemLength)));
    assert!(matches!(keys.set_rsa_key(None, &key()), Err(KeyError::Pem(PemError::NotPem))));
}

#[test]
fn the_private_key_of_the_kit_may_lie_in_a_file_that_the_environment_names() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mounted.pem");
    let named = path.display().to_string();
    let environment: Environment = Arc::new(move |name| (name == "SELLERDESK_KIT_RSA_KEY_FILE").then(|| named.clone()));
    let keys = KeyRing::open_with(dir.path(), false, environment).unwrap();
    keys.set_rsa_key(None, &pem()).unwrap();
    // Not another one in its stead, with which nothing can be decrypted.
    assert_eq!(keys.rsa_key("main"), None);
    for unfit in ["no PEM".to_owned(), "-".repeat(rsa_key::LONGEST_PEM + 1)] {
        fs::write(&path, unfit).unwrap();
        assert_eq!(keys.rsa_key("main"), None);
    }
    fs::write(&path, pem().expose()).unwrap();
    assert_eq!(keys.rsa_key("main"), Some(pem()));
    let info = |endpoint: Option<&str>, origin| RsaKeyInfo { endpoint: endpoint.map(str::to_owned), origin };
    assert_eq!(keys.rsa_keys(), [info(None, KeyOrigin::Environment), info(None, KeyOrigin::File)]);
    keys.remove_rsa_key(None).unwrap();
    let sentence = "the RSA private key comes from the environment; unset SELLERDESK_KIT_RSA_KEY_FILE there";
    assert_eq!(keys.remove_rsa_key(None).unwrap_err().to_string(), sentence);
}
