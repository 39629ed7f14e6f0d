//! The rooms and who may know whom, read from the source itself. A compiler builds no such walls inside one package.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOMS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("domain", &["protocol"]),
    ("sealing", &[]),
    ("store", &["domain", "protocol", "sealing"]),
    ("fulfilment", &["domain", "protocol"]),
    ("config", &["domain", "protocol", "sealing"]),
    ("desk", &["config", "domain", "fulfilment", "protocol", "sealing", "store"]),
    ("receiver", &["config", "desk", "domain", "protocol"]),
    ("ui", &["config", "desk", "domain", "protocol"]),
    ("simulator", &["protocol"]),
    ("cli", &["config", "desk", "domain", "fulfilment", "protocol", "receiver", "simulator", "ui"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Crates that only some rooms may name.
const CRATES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("reqwest", &["fulfilment", "simulator"]),
    ("axum", &["receiver", "simulator"]),
    ("axum_server", &["receiver"]),
    ("eframe", &["ui"]),
    ("egui", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_table", &["ui"]),
    ("i18n_embed", &["ui"]),
    ("clap", &["cli", "main"]),
    ("toml", &["config"]),
    ("toml_edit", &["config"]),
    ("tokio", &["store", "fulfilment", "desk", "receiver", "ui", "simulator", "cli"]),
    ("rand", &["store", "config", "simulator", "receiver", "desk"]),
    ("uuid", &["fulfilment", "desk", "cli", "simulator"]),
];

/// Words that may stand in some files only; the rooms are those where they may.
const WORDS: &[(&str, &[&str])] = &[
    ("Color32::from_", &["ui/theme.rs"]),
    ("Color32::WHITE", &["ui/theme.rs"]),
    ("SystemTime", &["cli/open.rs", "config/"]),
    ("std::fs", &["config/", "store/", "receiver/", "cli/"]),
    ("std::net::Tcp", &["receiver/"]),
    ("#[allow", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("SELECT ", &["store/"]),
    ("INSERT ", &["store/"]),
];

const LONGEST: usize = 500;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file with its path below `src`.
fn files() -> Vec<(String, String)> {
    fn walk(dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&source(), &mut found);
    assert!(found.len() > 50, "the source was not found");
    found
}

fn room_of(file: &str) -> &str {
    file.split('/').next().map_or(file, |room| room.strip_suffix(".rs").unwrap_or(room))
}

fn is_test(file: &str) -> bool {
    file.ends_with("tests.rs") || file.ends_with("known_answers.rs")
}

/// The code without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    text.lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// First segments of every path behind `prefix`, in groups `{a, b::c}` too.
fn named_behind(text: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for rest in text.split(prefix).skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut at_start = true;
        for (position, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                c if at_start && !c.is_whitespace() => {
                    names.push(word(group.get(position..).unwrap_or_default()));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// What is wrong with one file.
fn complaints(file: &str, text: &str) -> Vec<String> {
    let room = room_of(file);
    let mut complaints = Vec::new();
    if !text.starts_with("//! ") {
        complaints.push(format!("{file} does not begin with what it is for"));
    }
    if text.lines().count() > LONGEST {
        complaints.push(format!("{file} is longer than {LONGEST} lines"));
    }
    if is_test(file) {
        return complaints;
    }
    let code = code(text);
    let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        complaints.push(format!("{file}: the room {room} is not in the table"));
        return complaints;
    };
    for prefix in ["crate::", "sellerdesk::"] {
        for name in named_behind(&code, prefix) {
            if name != room && ROOMS.iter().any(|(known, _)| *known == name) && !may.contains(&name.as_str()) {
                complaints.push(format!("{file}: {room} may not know {name}"));
            }
        }
    }
    for (name, rooms) in CRATES {
        let used = [
            format!("use {name}::"),
            format!("use {name};"),
            format!(" {name}::"),
            format!("({name}::"),
            format!("<{name}::"),
        ];
        if used.iter().any(|used| code.contains(used.as_str())) && !rooms.contains(&room) {
            complaints.push(format!("{file}: {room} may not use {name}"));
        }
    }
    for (word, places) in WORDS {
        if code.contains(word) && !places.iter().any(|place| file.starts_with(place)) {
            complaints.push(format!("{file}: `{word}` may not stand here"));
        }
    }
    complaints
}

#[test]
fn every_room_knows_only_whom_it_may() {
    let complaints: Vec<String> = files().iter().flat_map(|(file, text)| complaints(file, text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let map = fs::read_to_string(source().join("lib.rs")).unwrap();
    for (room, _) in ROOMS.iter().filter(|(room, _)| !["main", "lib"].contains(room)) {
        assert!(map.contains(&format!("pub mod {room};")), "{room}");
        assert!(map.contains(&format!("[`{room}`]")), "lib.rs says nothing of {room}");
    }
}

#[test]
fn what_breaks_the_rules_is_found() {
    let found = |file: &str, text: &str| complaints(file, &format!("//! A file.\n{text}")).len();
    assert_eq!(found("ui/app.rs", "use crate::{desk::Desk, domain::World};"), 0);
    assert_eq!(found("ui/app.rs", "use crate::store::Store;"), 1);
    assert_eq!(found("ui/app.rs", "use crate::{\n    desk::{Desk, store},\n    store::{Store, codec},\n};"), 1);
    assert_eq!(found("domain/world.rs", "fn now() { tokio::time::sleep(x) }"), 1);
    assert_eq!(found("domain/world.rs", "use std::time::SystemTime;"), 1);
    assert_eq!(found("domain/world.rs", "// crate::store is not for us"), 0);
    assert_eq!(found("simulator/call.rs", "use crate::{desk, protocol::Secret};"), 1);
    assert_eq!(found("ui/app.rs", "let red = Color32::from_rgb(1, 2, 3);"), 1);
    assert_eq!(found("ui/theme.rs", "let red = Color32::from_rgb(1, 2, 3);"), 0);
    assert_eq!(found("desk/mod.rs", "fn later() { todo!() }"), 1);
    assert_eq!(found("desk/mod.rs", "connection.execute(\"SELECT 1\")"), 1);
    assert_eq!(found("attic/mod.rs", ""), 1);
    assert_eq!(complaints("domain/world.rs", "use std::fmt;").len(), 1);
    assert_eq!(complaints("domain/world.rs", &format!("//! Long.\n{}", "\n".repeat(LONGEST))).len(), 1);
}
