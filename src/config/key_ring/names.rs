//! Under which names secrets lie in the sealed file, and how an old key is written there. Knows no file.

use crate::protocol::{KeyClass, Secret, UnixMillis};

pub(super) fn key_name(class: KeyClass, endpoint: Option<&str>) -> String {
    with_endpoint(&format!("key/{class}"), endpoint)
}

pub(super) fn old_name(class: KeyClass, endpoint: Option<&str>) -> String {
    with_endpoint(&format!("old/{class}"), endpoint)
}

pub(super) fn ended_name(class: KeyClass, endpoint: Option<&str>) -> String {
    with_endpoint(&format!("ended/{class}"), endpoint)
}

pub(super) fn rsa_name(endpoint: Option<&str>) -> String {
    with_endpoint("rsa", endpoint)
}

pub(super) fn webhook_name(endpoint: &str) -> String {
    format!("webhook/{endpoint}")
}

fn with_endpoint(name: &str, endpoint: Option<&str>) -> String {
    endpoint.map_or_else(|| name.to_owned(), |endpoint| format!("{name}/{endpoint}"))
}

/// Everything that belongs to an endpoint; of every endpoint in the same order.
pub(super) fn of_endpoint(endpoint: &str) -> Vec<String> {
    let of_class = |class| [key_name, old_name, ended_name].map(|name| name(class, Some(endpoint)));
    let keys = KeyClass::ALL.into_iter().flat_map(of_class);
    keys.chain([rsa_name(Some(endpoint)), webhook_name(endpoint)]).collect()
}

/// What a current key's name says.
pub(super) fn class_and_endpoint(name: &str) -> Option<(KeyClass, Option<&str>)> {
    let rest = name.strip_prefix("key/")?;
    let (class, endpoint) = rest.split_once('/').map_or((rest, None), |(class, endpoint)| (class, Some(endpoint)));
    class.parse().ok().map(|class| (class, endpoint))
}

/// One secret of both, because a key has no line breaks and what lies in one place cannot be torn apart.
pub(super) fn old_key(since: UnixMillis, key: &Secret) -> Secret {
    Secret::new(format!("{}\n{}", since.0, key.expose()))
}

pub(super) fn read_old_key(secret: &Secret) -> Option<(UnixMillis, Secret)> {
    let (since, key) = secret.expose().split_once('\n')?;
    Some((UnixMillis(since.parse().ok()?), Secret::new(key)))
}

/// The last one that ended first.
pub(super) fn ended_keys(keys: &[Secret]) -> Secret {
    let texts: Vec<&str> = keys.iter().map(Secret::expose).collect();
    Secret::new(texts.join("\n"))
}

pub(super) fn read_ended_keys(secret: &Secret) -> Vec<Secret> {
    secret.expose().split('\n').filter(|key| !key.is_empty()).map(Secret::new).collect()
}
