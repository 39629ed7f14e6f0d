//! Whom `check` and `simulate` call as KooGallery does, and with which keys: those of the environment, or the data directory's.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};

use crate::{
    config::{KeyRing, open_data_dir},
    protocol::{KeyClass, Secret},
};

/// The data directory is opened only where the environment does not suffice, because another seller's address is called from
/// computers without one. `wanted` are those without which nothing can be done; more may come along.
pub(super) fn keys(
    wanted: &[KeyClass],
    endpoint: Option<&str>,
    data_dir: Option<&Path>,
) -> anyhow::Result<BTreeMap<KeyClass, Secret>> {
    let mut keys = of_environment();
    let missing = |keys: &BTreeMap<KeyClass, Secret>| missing(keys, wanted);
    if endpoint.is_some() || missing(&keys).is_some() {
        let ring = KeyRing::open(&open_data_dir(data_dir)?)?;
        let endpoint = endpoint.unwrap_or_default();
        keys = KeyClass::ALL.into_iter().filter_map(|class| Some((class, ring.key(endpoint, class)?))).collect();
    }
    if let Some(missing) = missing(&keys) {
        bail!(
            "no key of the class {missing} is set; set {} in the environment, or `sellerdesk key set {missing}`",
            variable(missing)
        );
    }
    Ok(keys)
}

/// AK and SK from where [`keys`] has its keys; `None` where there are none.
pub(super) fn access_key(
    wanted: &[KeyClass],
    endpoint: Option<&str>,
    data_dir: Option<&Path>,
) -> anyhow::Result<Option<(String, Secret)>> {
    let told = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    if let (Some(access), Some(secret)) = (told("SELLERDESK_AK"), told("SELLERDESK_SK")) {
        return Ok(Some((access, Secret::new(secret))));
    }
    if endpoint.is_none() && missing(&of_environment(), wanted).is_none() {
        return Ok(None);
    }
    let pair = KeyRing::open(&open_data_dir(data_dir)?)?.access_key();
    Ok(pair.map(|pair| (pair.ak, pair.sk)))
}

/// The RSA key of `clientSecret`: of a file that is named, or of where [`keys`] has its keys.
pub(super) fn kit_key(
    file: Option<&Path>,
    wanted: &[KeyClass],
    endpoint: Option<&str>,
    data_dir: Option<&Path>,
) -> anyhow::Result<Option<Secret>> {
    if let Some(file) = file {
        let pem = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        return Ok(Some(Secret::new(pem)));
    }
    if endpoint.is_none() && missing(&of_environment(), wanted).is_none() {
        return Ok(None);
    }
    Ok(KeyRing::open(&open_data_dir(data_dir)?)?.rsa_key(endpoint.unwrap_or_default()))
}

fn missing(keys: &BTreeMap<KeyClass, Secret>, wanted: &[KeyClass]) -> Option<KeyClass> {
    wanted.iter().find(|class| !keys.contains_key(class)).copied()
}

/// A production address, without a slash at its end.
pub(super) fn address(text: &str) -> anyhow::Result<&str> {
    let address = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if address.is_none() {
        bail!("`{text}` is no address; one looks like https://www.example.com/produce");
    }
    Ok(text.trim_end_matches('/'))
}

fn of_environment() -> BTreeMap<KeyClass, Secret> {
    let key = |class| std::env::var(variable(class)).ok().filter(|key| !key.is_empty()).map(Secret::new);
    KeyClass::ALL.into_iter().filter_map(|class| Some((class, key(class)?))).collect()
}

fn variable(class: KeyClass) -> String {
    format!("SELLERDESK_KEY_{}", class.name().to_uppercase())
}
