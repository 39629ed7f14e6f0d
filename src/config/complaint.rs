//! What is wrong in `config.toml`, as a sentence with the line, the key and what is allowed there. Never shows a secret.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::ConfigError;

/// What each key takes, where it can be said better than the types do. The value of a key that is not here is not repeated:
/// it may be a secret.
const ALLOWED: [(&str, &str); 57] = [
    ("listen", "an address and a port, such as \"127.0.0.1:8480\""),
    ("site", "\"china\", \"international\" or \"europe\""),
    ("timeout_secs", "a whole number from 1 to 120"),
    ("license_api", "\"v2\" (in batches) or \"v1\" (one by one)"),
    ("license_query_api", "\"v1\" (one by one) or \"v2\" (in batches)"),
    ("query_licenses_daily", "true or false"),
    ("grace_days", "a whole number from 0 to 365"),
    ("retention_days", "a whole number from 0 to 365"),
    ("licenses", "a table, [licenses]"),
    ("purchase_retry_hours", "a number from 0 to 720"),
    ("change_retry_hours", "a number from 0 to 720"),
    ("new_order", "a number from 0 to 720"),
    ("upgrade", "a number from 0 to 720"),
    ("renewal", "a number from 0 to 720"),
    ("status", "a number from 0 to 720"),
    ("release", "a number from 0 to 720"),
    ("order_notify", "a number from 0 to 720"),
    ("code_renewal", "a number from 0 to 720"),
    ("code_status", "a number from 0 to 720"),
    ("code_release", "a number from 0 to 720"),
    ("license_v1", "a number from 0 to 720"),
    ("other", "a number from 0 to 720"),
    ("retry", "a table, [retry]"),
    ("called_since", "a time such as \"2026-01-31T08:00:00+08:00\""),
    ("reconcile", "a table, [reconcile]"),
    ("path", "\"/\" and letters, digits, \"/\", \"-\", \"_\", \".\" or \"~\" after it"),
    ("fulfilment", "\"template\", \"manual\" or \"webhook\""),
    ("encrypt_type", "1 (AES-256) or 2 (AES-128)"),
    ("body_sign_v2", "true or false"),
    ("timeout_ms", "a whole number from 100 to 4500, because KooGallery waits 5 s"),
    ("language", "\"system\", \"en\" or \"zh-CN\""),
    ("theme", "\"system\", \"light\" or \"dark\""),
    ("notifications", "true or false"),
    ("platform_fee", PERCENT),
    ("joint_share", PERCENT),
    ("international_platform_share", PERCENT),
    ("withholding_tax", PERCENT),
    ("digital_services_tax", PERCENT),
    ("threshold", "an amount in quotes, such as \"1000\""),
    ("counted", "\"new\", \"new-and-formal\" or \"all\""),
    ("expired_quantity", "\"with-until-expiry\", \"always\" or \"never\""),
    ("start_rule", "\"actual-opening\" or \"acceptance\""),
    ("threshold_counts", "\"carried\" or \"month\""),
    ("supervision_done", "\"accepted\" or \"order-completed\""),
    ("upgrade_formula", "\"general\" or \"international\""),
    ("folder", "the path of a folder"),
    ("zone", "a time zone such as \"Asia/Shanghai\" or \"UTC\""),
    ("interface", "\"new\" or \"old\""),
    ("billing", "\"hourly\" or \"daily\""),
    ("pull_minutes", "a whole number from 1 to 1440"),
    ("usage", "a table, [usage]"),
    ("texts_days", "a whole number from 30 to 36500"),
    ("history", "a table, [history]"),
    ("receiver", "a table, [receiver]"),
    ("marketplace", "a table, [marketplace]"),
    ("window", "a table, [window]"),
    ("endpoint", "tables, each beginning with [[endpoint]]"),
];
const PERCENT: &str = "a percentage from 0 to 100 in quotes, such as \"5\"";
const ALLOWED_UNSEEN: [(&str, &str); 11] = [
    ("name", "1 to 64 characters in quotes"),
    ("base_url", "an https address (http for this machine only)"),
    ("fallback_url", "an https address (http for this machine only)"),
    ("ca_certificate", "the path of a PEM file"),
    ("url", "an http or https address"),
    ("pull_url", "an http or https address"),
    ("password", "text in quotes"),
    ("license", "text in quotes"),
    ("tls", "a table, [receiver.tls]"),
    ("template", "a table, [endpoint.template]"),
    ("webhook", "a table, [endpoint.webhook]"),
];

const LONGEST_EXCERPT: usize = 60;

/// Something that the types let pass. `place` is a path such as `endpoint.0.webhook.url`.
pub(super) enum Problem {
    /// Not one of the values that the key takes.
    Value {
        place: String,
    },
    Sentence {
        place: String,
        sentence: String,
    },
}

impl Problem {
    pub(super) fn value(place: impl Into<String>) -> Self {
        Self::Value { place: place.into() }
    }

    pub(super) fn sentence(place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::Sentence { place: place.into(), sentence: sentence.into() }
    }
}

pub(super) fn of_problem(text: &str, problem: Problem) -> ConfigError {
    let (place, sentence) = match problem {
        Problem::Value { place } => (place, None),
        Problem::Sentence { place, sentence } => (place, Some(sentence)),
    };
    let span = Document::parse(text).ok().and_then(|document| span_of(document.as_table(), &place));
    let key = place.rsplit('.').next().unwrap_or_default();
    let message = sentence.unwrap_or_else(|| wrong_value(text, key, span.clone(), None));
    match span {
        Some(span) => ConfigError::Line { line: line_of(text, span.start), message },
        None => ConfigError::Invalid(message),
    }
}

pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> ConfigError {
    let said = error.message();
    let start = error.span().map_or(0, |span| span.start);
    let line = line_of(text, start);
    let message =
        if said.starts_with("unknown field") {
            said.replacen("unknown field", "unknown key", 1)
                .replacen(", expected one of ", "; allowed are ", 1)
                .replacen(", expected ", "; allowed are ", 1)
        } else if said.starts_with("missing field") {
            format!("{} is missing", said.replacen("missing field", "the key", 1))
        } else {
            // The message repeats the value, which may be a secret: only that of plain syntax is passed on.
            match Document::parse(text) {
                Err(_) => said.to_owned(),
                Ok(document) => match entry_at(document.as_table(), start) {
                    Some((key, span)) => wrong_value(text, &key, Some(span), expected(said)),
                    None => "a value of the wrong kind".to_owned(),
                },
            }
        };
    ConfigError::Line { line, message }
}

/// What the types would have taken: what stands after the value in the message, which may be a secret.
fn expected(said: &str) -> Option<&str> {
    said.rsplit_once(", expected ").map(|(_, expected)| match expected {
        "a string" | "path string" => "text in quotes",
        "a boolean" => "true or false",
        expected => expected,
    })
}

fn wrong_value(text: &str, key: &str, span: Option<Range<usize>>, expected: Option<&str>) -> String {
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(name, _)| *name == key).map(|(_, allowed)| *allowed);
    if let Some(allowed) = find(&ALLOWED) {
        let excerpt = span.and_then(|span| text.get(span)).and_then(|value| value.lines().next()).unwrap_or_default();
        if !excerpt.is_empty() && excerpt.chars().count() <= LONGEST_EXCERPT {
            return format!("`{key} = {excerpt}` cannot be; allowed is {allowed}");
        }
        return format!("the value of `{key}` cannot be; allowed is {allowed}");
    }
    match find(&ALLOWED_UNSEEN).or(expected) {
        Some(allowed) => format!("the value of `{key}` cannot be; allowed is {allowed}"),
        None => format!("the value of `{key}` cannot be"),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Where the place is written, or else the nearest table around it that is.
fn span_of(table: &dyn TableLike, place: &str) -> Option<Range<usize>> {
    let (name, rest) = place.split_once('.').unwrap_or((place, ""));
    let item = table.get(name)?;
    if rest.is_empty() {
        return item.span();
    }
    if let Some(table) = item.as_table_like() {
        return span_of(table, rest).or_else(|| item.span());
    }
    let (position, rest) = rest.split_once('.').unwrap_or((rest, ""));
    let position: usize = position.parse().ok()?;
    if let Some(tables) = item.as_array_of_tables() {
        let table = tables.get(position)?;
        return span_of(table, rest).or_else(|| table.span());
    }
    let value = item.as_array()?.get(position)?;
    value.as_inline_table().and_then(|table| span_of(table, rest)).or_else(|| value.span())
}

/// The innermost key whose value is written around that byte.
fn entry_at(table: &dyn TableLike, at: usize) -> Option<(String, Range<usize>)> {
    table.iter().find_map(|(key, item)| inside(item, at).or_else(|| here(key, item, at)))
}

fn inside(item: &Item, at: usize) -> Option<(String, Range<usize>)> {
    if let Some(table) = item.as_table_like() {
        return entry_at(table, at);
    }
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().find_map(|table| entry_at(table, at));
    }
    let tables = item.as_array()?.iter().filter_map(|value| value.as_inline_table());
    tables.into_iter().find_map(|table| entry_at(table, at))
}

fn here(key: &str, item: &Item, at: usize) -> Option<(String, Range<usize>)> {
    item.span().filter(|span| span.contains(&at)).map(|span| (key.to_owned(), span))
}
