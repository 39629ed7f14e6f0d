//! Texts in which no key can be read, cut to a bearable length.

use url::form_urlencoded;

use super::Keys;
use crate::protocol::Secret;

/// What stands where a key stood.
pub(super) const MASKED: &str = "<accessKey>";
/// Shorter keys are found in every text.
const SHORTEST: usize = 4;
/// No longer text is searched for keys.
const LONGEST: usize = 128 * 1024;
/// Of a difference: so many characters before and behind it.
const BEFORE: usize = 16;
const BEHIND: usize = 32;

/// Takes keys out of what a caller sent: a caller who sends his key by mistake must not get it kept.
pub struct Mask {
    keys: Vec<Secret>,
}

impl Mask {
    pub fn of(keys: &Keys<'_>) -> Self {
        let others = keys.others.iter().map(|other| &other.key);
        let keys = keys.own.iter().chain(others).filter(|key| key.expose().len() >= SHORTEST);
        let mut keys: Vec<Secret> = keys.flat_map(written).collect();
        // A key that holds another one must not be torn open.
        keys.sort_by_key(|key| std::cmp::Reverse(key.expose().len()));
        Self { keys }
    }

    pub fn apply(&self, text: &str) -> String {
        let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        let mut masked = text.get(..end).unwrap_or_default().to_owned();
        for key in &self.keys {
            if masked.contains(key.expose()) {
                masked = masked.replace(key.expose(), MASKED);
            }
        }
        masked
    }
}

/// The key as it is, as it stands in JSON, and as it stands in a query.
fn written(key: &Secret) -> Vec<Secret> {
    let text = key.expose();
    let in_json = text.replace('\\', "\\\\").replace('"', "\\\"");
    let in_query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let others = [in_json, in_query].map(Secret::new).into_iter().filter(|other| other != key);
    [key.clone()].into_iter().chain(others).collect()
}

pub(super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Position of the first character that differs, from 1 on, and how both texts read there.
pub(super) fn first_difference(left: &str, right: &str) -> Option<(usize, String, String)> {
    let equal = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    if left.chars().nth(equal).is_none() && right.chars().nth(equal).is_none() {
        return None;
    }
    let from = equal.saturating_sub(BEFORE);
    let excerpt = |text: &str| {
        let start = if from > 0 { "…" } else { "" };
        let length = equal - from + BEHIND;
        let end = if text.chars().nth(from + length).is_some() { "…" } else { "" };
        format!("{start}{}{end}", text.chars().skip(from).take(length).collect::<String>())
    };
    Some((equal + 1, excerpt(left), excerpt(right)))
}
