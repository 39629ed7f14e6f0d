//! Changing `config.toml` without disturbing what the user wrote: comments and layout stay, the whole result is checked
//! before it is written, and the file is replaced at once or not at all.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Table, TableLike, Value};

use super::{Config, ConfigError, Endpoint, LicenseApi, data_dir::CONFIG_FILE, files};
use crate::domain::{
    RetryRow,
    limit::{CountedTypes, ExpiredQuantity},
    supervision::StartRule,
};

/// One of the settings about authorization codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseSetting {
    Api(LicenseApi),
    QueryApi(LicenseApi),
    QueryDaily(bool),
    GraceDays(u16),
    RetentionDays(u16),
}

impl Config {
    pub fn set_listen(dir: &Path, address: &str) -> Result<Self, ConfigError> {
        set(dir, "receiver", "listen", address)
    }

    pub fn set_language(dir: &Path, language: &str) -> Result<Self, ConfigError> {
        set(dir, "window", "language", language)
    }

    pub fn set_theme(dir: &Path, theme: &str) -> Result<Self, ConfigError> {
        set(dir, "window", "theme", theme)
    }

    pub fn set_license(dir: &Path, setting: LicenseSetting) -> Result<Self, ConfigError> {
        match setting {
            LicenseSetting::Api(api) => set(dir, "marketplace", "license_api", api.name()),
            LicenseSetting::QueryApi(api) => set(dir, "marketplace", "license_query_api", api.name()),
            LicenseSetting::QueryDaily(daily) => set(dir, "marketplace", "query_licenses_daily", daily),
            LicenseSetting::GraceDays(days) => set(dir, "licenses", "grace_days", i64::from(days)),
            LicenseSetting::RetentionDays(days) => set(dir, "licenses", "retention_days", i64::from(days)),
        }
    }

    pub fn set_notifications(dir: &Path, told: bool) -> Result<Self, ConfigError> {
        set(dir, "window", "notifications", told)
    }

    pub fn set_counted_types(dir: &Path, counted: CountedTypes) -> Result<Self, ConfigError> {
        set(dir, "limits", "counted", counted.name())
    }

    pub fn set_expired_quantity(dir: &Path, expired: ExpiredQuantity) -> Result<Self, ConfigError> {
        set(dir, "limits", "expired_quantity", expired.name())
    }

    /// `None`: both versions hold, and both are told.
    pub fn set_start_rule(dir: &Path, rule: Option<StartRule>) -> Result<Self, ConfigError> {
        match rule {
            Some(rule) => set(dir, "supervision", "start_rule", rule.name()),
            None => unset(dir, "supervision", "start_rule"),
        }
    }

    /// How long KooGallery goes on calling; 0 where it calls once.
    pub fn set_retry(dir: &Path, row: RetryRow, hours: f64) -> Result<Self, ConfigError> {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number stays what it is")]
        let value = if hours.fract() == 0.0 { Value::from(hours as i64) } else { Value::from(hours) };
        set(dir, "retry", row.name(), value)
    }

    /// One key of `[settlement]`.
    pub fn set_settlement(dir: &Path, key: &str, text: &str) -> Result<Self, ConfigError> {
        set(dir, "settlement", key, text)
    }

    /// Adds the endpoint, or puts it in the place of the one called `replaces`.
    pub fn put_endpoint(dir: &Path, replaces: Option<&str>, endpoint: &Endpoint) -> Result<Self, ConfigError> {
        edit(dir, |document| {
            let spaced = !document.is_empty();
            let tables = endpoints(document)?;
            let mut new = to_table(endpoint)?;
            let Some(name) = replaces else {
                if spaced {
                    new.decor_mut().set_prefix("\n");
                }
                tables.push(new);
                return Ok(());
            };
            let old = position(tables, name).and_then(|at| tables.get_mut(at)).ok_or_else(|| unknown(name))?;
            let unchanged = to_table(&Endpoint::manual(&endpoint.name, &endpoint.path))?;
            leave_out_defaults(&mut new, old, &unchanged);
            merge(old, new);
            Ok(())
        })
    }

    pub fn remove_endpoint(dir: &Path, name: &str) -> Result<Self, ConfigError> {
        edit(dir, |document| {
            let tables = endpoints(document)?;
            let at = position(tables, name).ok_or_else(|| unknown(name))?;
            if tables.len() == 1 {
                let sentence = format!("endpoint `{name}` is the only one; add another before it is removed");
                return Err(ConfigError::Invalid(sentence));
            }
            let removed = tables.remove(at);
            let kept = comment_of_others(&removed);
            match tables.get_mut(at) {
                Some(next) => prepend(next, &kept),
                None => {
                    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
                    document.set_trailing(kept + &trailing);
                }
            }
            Ok(())
        })
    }
}

fn unknown(name: &str) -> ConfigError {
    ConfigError::Invalid(format!("no endpoint is called `{name}`"))
}

fn set(dir: &Path, table: &str, key: &str, new: impl Into<Value>) -> Result<Config, ConfigError> {
    edit(dir, |document| {
        let mut added = Table::new();
        if !document.is_empty() {
            added.decor_mut().set_prefix("\n");
        }
        let item = document.entry(table).or_insert(Item::Table(added));
        // `Config::parse` has seen that it is one.
        let Some(table) = item.as_table_like_mut() else { return Ok(()) };
        put(table, key, Item::Value(new.into()));
        Ok(())
    })
}

fn unset(dir: &Path, table: &str, key: &str) -> Result<Config, ConfigError> {
    edit(dir, |document| {
        if let Some(table) = document.get_mut(table).and_then(Item::as_table_like_mut) {
            table.remove(key);
        }
        Ok(())
    })
}

fn edit(dir: &Path, change: impl FnOnce(&mut DocumentMut) -> Result<(), ConfigError>) -> Result<Config, ConfigError> {
    let path = dir.join(CONFIG_FILE);
    let unwritable = |reason| ConfigError::Write { path: path.clone(), reason };
    let _lock = files::lock(dir).map_err(unwritable)?;
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(reason) => return Err(ConfigError::Read { path, reason }),
    };
    // What is wrong already must be mended by hand, where the line can be seen.
    Config::parse(&before)?;
    let mut document: DocumentMut =
        before.parse().map_err(|error: toml_edit::TomlError| ConfigError::Invalid(error.message().to_owned()))?;
    change(&mut document)?;
    let after = document.to_string();
    let config = Config::parse(&after).map_err(|error| match error {
        // The line is one of a file that is not written.
        ConfigError::Line { message, .. } => ConfigError::Invalid(message),
        other => other,
    })?;
    if after != before {
        files::replace(&path, after.as_bytes()).map_err(unwritable)?;
    }
    Ok(config)
}

/// The endpoints as the file has them. The one that holds without configuration is written down first, so that it is
/// there to be kept, changed or removed.
fn endpoints(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, ConfigError> {
    let spaced = !document.is_empty();
    let entry = document.entry("endpoint").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = entry.as_array_of_tables_mut().ok_or_else(|| {
        ConfigError::Invalid("endpoints can be changed from here only if each begins with [[endpoint]]".into())
    })?;
    if tables.is_empty() {
        for endpoint in Config::parse("")?.endpoints {
            let mut table = to_table(&endpoint)?;
            if spaced {
                table.decor_mut().set_prefix("\n");
            }
            tables.push(table);
        }
    }
    Ok(tables)
}

/// `[endpoint.template]` rather than `template = { .. }`.
fn to_table(endpoint: &Endpoint) -> Result<Table, ConfigError> {
    let document = toml_edit::ser::to_document(endpoint).map_err(|error| ConfigError::Invalid(error.to_string()))?;
    let mut table = document.as_table().clone();
    for (_, item) in table.iter_mut() {
        if let Some(inline) = item.as_inline_table() {
            *item = Item::Table(inline.clone().into_table());
        }
    }
    Ok(table)
}

fn position(tables: &ArrayOfTables, name: &str) -> Option<usize> {
    tables.iter().position(|table| table.get("name").and_then(Item::as_str) == Some(name))
}

/// What nobody wrote and what holds anyway need not be written.
fn leave_out_defaults(new: &mut Table, old: &Table, unchanged: &Table) {
    let same =
        |key: &str, item: &Item| unchanged.get(key).is_some_and(|default| default.to_string() == item.to_string());
    new.retain(|key, item| old.contains_key(key) || !same(key, item));
}

/// Makes `old` say what `new` says, with the comments and the order of `old`.
fn merge(old: &mut dyn TableLike, new: Table) {
    let gone: Vec<String> = old.iter().map(|(key, _)| key.to_owned()).filter(|key| !new.contains_key(key)).collect();
    for key in gone {
        old.remove(&key);
    }
    for (key, item) in new {
        match (old.get_mut(&key).and_then(Item::as_table_like_mut), item) {
            (Some(old), Item::Table(new)) => merge(old, new),
            (_, item) => put(old, &key, item),
        }
    }
}

/// Sets the value; what stands around the old one, such as a comment behind it, stays.
fn put(table: &mut dyn TableLike, key: &str, item: Item) {
    match (table.get_mut(key).and_then(Item::as_value_mut), item) {
        (Some(old), Item::Value(mut new)) => {
            if !same_value(old, &new) {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
        }
        (_, item) => {
            table.insert(key, item);
        }
    }
}

/// However it is written: `'a'` is `"a"`, `0x1` is `1`.
fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        _ => false,
    }
}

/// What stands above a table and, by a blank line between, is not about it.
fn comment_of_others(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
    let blank = "\n\n";
    prefix.rsplit_once(blank).map(|(others, _)| format!("{others}{blank}")).unwrap_or_default()
}

fn prepend(table: &mut Table, text: &str) {
    let prefix = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
    let both = if text.is_empty() { prefix.to_owned() } else { format!("{text}{}", prefix.trim_start_matches('\n')) };
    table.decor_mut().set_prefix(both);
}

#[cfg(test)]
mod tests;
