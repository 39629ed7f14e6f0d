//! Keys that are valid no more, replaced or ended, kept sealed for one purpose: to tell that a refused call was signed with
//! one. Nothing accepts them, and nothing signs with them.

use super::{
    KeyError, KeyInfo, KeyRing,
    names::{self, ended_name, key_name, old_name},
};
use crate::{
    config::sealed_file::Secrets,
    protocol::{KeyClass, Secret},
};

/// Of each class and place; older ones are forgotten.
const MOST_ENDED: usize = 4;

impl KeyRing {
    /// Every ended key, with where it was set, the last one that ended first.
    pub fn every_ended(&self) -> Vec<(KeyInfo, Secret)> {
        let infos = self.list().into_iter();
        infos
            .filter(|info| info.ended > 0)
            .flat_map(|info| {
                let keys = self.read(|secrets| of_place(secrets, info.class, info.endpoint.as_deref()));
                keys.into_iter().map(move |key| (info.clone(), key))
            })
            .collect()
    }

    /// The current key and an old one stay as they are. How many were forgotten.
    pub fn forget_ended(&self, endpoint: Option<&str>, class: KeyClass) -> Result<usize, KeyError> {
        let mut forgotten = 0;
        self.change(|secrets| {
            forgotten = of_place(secrets, class, endpoint).len();
            secrets.remove(&ended_name(class, endpoint));
        })?;
        Ok(forgotten)
    }
}

pub(super) fn of_place(secrets: &Secrets, class: KeyClass, endpoint: Option<&str>) -> Vec<Secret> {
    secrets.get(&ended_name(class, endpoint)).map(names::read_ended_keys).unwrap_or_default()
}

/// What was valid there before and is valid no more.
pub(super) fn remember(
    secrets: &mut Secrets,
    class: KeyClass,
    endpoint: Option<&str>,
    no_more: impl IntoIterator<Item = Secret>,
) {
    let before = of_place(secrets, class, endpoint);
    let mut kept: Vec<Secret> = Vec::new();
    let current = secrets.get(&key_name(class, endpoint)).cloned();
    let old = secrets.get(&old_name(class, endpoint)).and_then(names::read_old_key).map(|(_, key)| key);
    for key in no_more.into_iter().chain(before) {
        let is_valid = current.as_ref() == Some(&key) || old.as_ref() == Some(&key);
        if !is_valid && !kept.contains(&key) {
            kept.push(key);
        }
    }
    kept.truncate(MOST_ENDED);
    let name = ended_name(class, endpoint);
    if kept.is_empty() {
        secrets.remove(&name);
    } else {
        secrets.insert(name, names::ended_keys(&kept));
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use super::*;
    use crate::{
        config::key_ring::{OlderKey, ValidKey},
        protocol::UnixMillis,
    };

    const BASE: KeyClass = KeyClass::Base;

    fn ring(dir: &Path) -> KeyRing {
        KeyRing::open_with(dir, false, Arc::new(|_| None)).unwrap()
    }

    fn numbered(number: u32) -> Secret {
        Secret::new(format!("demo-key-for-tests-{number:04}"))
    }

    fn ended(keys: &KeyRing, endpoint: Option<&str>) -> Vec<Secret> {
        let ended = keys.every_ended().into_iter();
        ended.filter(|(info, _)| info.endpoint.as_deref() == endpoint).map(|(_, key)| key).collect()
    }

    #[test]
    fn keys_that_are_valid_no_more_are_remembered_and_open_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let keys = ring(dir.path());
        let expect = |numbers: &[u32]| {
            assert_eq!(ended(&keys, None), numbers.iter().copied().map(numbered).collect::<Vec<_>>());
        };
        keys.set(None, BASE, numbered(1)).unwrap();
        keys.set(None, BASE, numbered(1)).unwrap();
        expect(&[]);
        keys.set(None, BASE, numbered(2)).unwrap();
        expect(&[1]);
        keys.rotate(None, BASE, numbered(3), UnixMillis(1), OlderKey::Refuse).unwrap();
        expect(&[1]);
        keys.end_old(None, BASE).unwrap();
        expect(&[2, 1]);
        assert_eq!(keys.keys("main", BASE), [ValidKey::current(numbered(3))]);
        keys.rotate(None, BASE, numbered(4), UnixMillis(2), OlderKey::Refuse).unwrap();
        keys.rotate(None, BASE, numbered(5), UnixMillis(3), OlderKey::End).unwrap();
        expect(&[3, 2, 1]);
        for number in 6..9 {
            keys.set(None, BASE, numbered(number)).unwrap();
        }
        expect(&[7, 6, 5, 3]);
        assert_eq!(keys.list()[0].ended, 4);
        assert_eq!(ended(&ring(dir.path()), None).len(), 4, "after a restart too");
    }

    #[test]
    fn a_key_that_is_valid_again_is_ended_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let keys = ring(dir.path());
        keys.set(None, BASE, numbered(1)).unwrap();
        keys.set(None, BASE, numbered(2)).unwrap();
        keys.set(None, BASE, numbered(1)).unwrap();
        assert_eq!(ended(&keys, None), [numbered(2)]);
        keys.rotate(None, BASE, numbered(2), UnixMillis(1), OlderKey::Refuse).unwrap();
        assert!(ended(&keys, None).is_empty());
    }

    #[test]
    fn they_are_forgotten_when_it_is_asked_for_and_with_their_key_or_endpoint() {
        let dir = tempfile::tempdir().unwrap();
        let keys = ring(dir.path());
        let replaced = |endpoint: Option<&str>| {
            keys.set(endpoint, BASE, numbered(1)).unwrap();
            keys.set(endpoint, BASE, numbered(2)).unwrap();
            assert_eq!(ended(&keys, endpoint), [numbered(1)]);
        };
        replaced(None);
        assert_eq!(keys.forget_ended(None, BASE).unwrap(), 1);
        assert_eq!(keys.forget_ended(None, BASE).unwrap(), 0);
        assert_eq!((keys.key("main", BASE), ended(&keys, None)), (Some(numbered(2)), Vec::new()));
        replaced(None);
        keys.remove(None, BASE).unwrap();
        keys.set(None, BASE, numbered(3)).unwrap();
        assert!(ended(&keys, None).is_empty());
        replaced(Some("main"));
        keys.rename_endpoint("main", "shop").unwrap();
        assert_eq!((ended(&keys, Some("shop")), ended(&keys, Some("main"))), (vec![numbered(1)], Vec::new()));
        keys.remove_endpoint("shop").unwrap();
        keys.set(Some("shop"), BASE, numbered(4)).unwrap();
        assert!(ended(&keys, Some("shop")).is_empty(), "nobody inherits an ended key");
        let sealed = std::fs::read_to_string(dir.path().join("keys.sealed")).unwrap();
        assert!(!sealed.contains("demo-key"), "{sealed}");
    }
}
