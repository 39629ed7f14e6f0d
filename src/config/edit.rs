//! Changing `config.toml` without disturbing what the user wrote: comments and layout stay, the whole result is checked
//! before it is written, and the file is replaced at once or not at all.

use std::{io::Write as _, path::Path};

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{Config, ConfigError, Endpoint, file::FILE};

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

    /// Adds the endpoint, or puts it in the place of the one called `replaces`.
    pub fn put_endpoint(dir: &Path, replaces: Option<&str>, endpoint: &Endpoint) -> Result<Self, ConfigError> {
        edit(dir, |document| {
            let mut table = to_table(endpoint)?;
            let tables = endpoints(document)?;
            match replaces.and_then(|name| position(tables, name)) {
                Some(at) => {
                    if let Some(old) = tables.get_mut(at) {
                        *table.decor_mut() = old.decor().clone();
                        *old = table;
                    }
                }
                None => tables.push(table),
            }
            Ok(())
        })
    }

    pub fn remove_endpoint(dir: &Path, name: &str) -> Result<Self, ConfigError> {
        edit(dir, |document| {
            let tables = endpoints(document)?;
            if let Some(at) = position(tables, name) {
                tables.remove(at);
            }
            Ok(())
        })
    }
}

fn set(dir: &Path, table: &str, key: &str, text: &str) -> Result<Config, ConfigError> {
    edit(dir, |document| {
        let entry = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
        entry[key] = value(text);
        Ok(())
    })
}

fn edit(dir: &Path, change: impl FnOnce(&mut DocumentMut) -> Result<(), ConfigError>) -> Result<Config, ConfigError> {
    let path = dir.join(FILE);
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
    let config = Config::parse(&after)?;
    write(dir, &after).map_err(|reason| ConfigError::Write { path, reason })?;
    Ok(config)
}

fn write(dir: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(dir.join(FILE))?;
    Ok(())
}

/// The endpoints as the file has them. The one that holds without configuration is written down first, so that it is
/// there to be kept, changed or removed.
fn endpoints(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, ConfigError> {
    let entry = document.entry("endpoint").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = entry
        .as_array_of_tables_mut()
        .ok_or_else(|| ConfigError::Invalid("endpoints are written as [[endpoint]]".into()))?;
    if tables.is_empty() {
        for endpoint in Config::parse("")?.endpoints {
            tables.push(to_table(&endpoint)?);
        }
    }
    Ok(tables)
}

fn to_table(endpoint: &Endpoint) -> Result<Table, ConfigError> {
    let document = toml_edit::ser::to_document(endpoint).map_err(|error| ConfigError::Invalid(error.to_string()))?;
    Ok(as_standard(document.as_table().clone()))
}

fn position(tables: &ArrayOfTables, name: &str) -> Option<usize> {
    tables.iter().position(|table| table.get("name").and_then(Item::as_str) == Some(name))
}

/// `[endpoint.template]` rather than `template = { .. }`.
fn as_standard(mut table: Table) -> Table {
    for (_, item) in table.iter_mut() {
        if let Some(inline) = item.as_inline_table() {
            *item = Item::Table(inline.clone().into_table());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FulfilmentMode, Template};

    fn endpoint(name: &str) -> Endpoint {
        Endpoint {
            name: name.into(),
            path: format!("/{name}"),
            fulfilment: FulfilmentMode::Template,
            encrypt_type: 1,
            body_sign_v2: true,
            template: Some(Template {
                front_end_url: "https://x.example.com/{instanceId}".into(),
                ..Template::default()
            }),
            webhook: None,
        }
    }

    #[test]
    fn comments_survive_and_what_was_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let text = "# mine\n[receiver]\nlisten = \"127.0.0.1:1\" # why\n\n# the shop\n[[endpoint]]\nname = \"a\"\npath = \"/a\"\n";
        std::fs::write(dir.path().join(FILE), text).unwrap();
        Config::set_listen(dir.path(), "127.0.0.1:9000").unwrap();
        Config::put_endpoint(dir.path(), None, &endpoint("b")).unwrap();
        Config::set_theme(dir.path(), "dark").unwrap();
        let renamed = Config::put_endpoint(dir.path(), Some("a"), &endpoint("c")).unwrap();
        let written = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(written.contains("# mine") && written.contains("# the shop"), "{written}");
        assert!(written.contains("[endpoint.template]"), "{written}");
        assert_eq!(Config::load(dir.path()).unwrap(), renamed);
        assert_eq!(renamed.receiver.listen.port(), 9000);
        let names: Vec<&str> = renamed.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        assert_eq!(names, ["c", "b"]);
        assert_eq!(Config::remove_endpoint(dir.path(), "c").unwrap().endpoints, [endpoint("b")]);
    }

    #[test]
    fn a_change_that_makes_it_wrong_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Config::set_listen(dir.path(), "nowhere").is_err());
        assert!(Config::set_language(dir.path(), "fr").is_err());
        assert!(!dir.path().join(FILE).exists());
    }
}
