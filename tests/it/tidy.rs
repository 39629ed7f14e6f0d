//! The rooms and who may know whom, read from the source itself. A compiler builds no such walls inside one package.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOMS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("domain", &["protocol"]),
    ("sealing", &[]),
    ("store", &["domain", "protocol", "sealing"]),
    ("fulfilment", &["domain", "protocol"]),
    ("marketplace", &["domain", "protocol"]),
    ("sheet", &[]),
    ("config", &["domain", "protocol", "sealing"]),
    ("desk", &["config", "domain", "fulfilment", "marketplace", "protocol", "sealing", "sheet", "store"]),
    ("receiver", &["config", "desk", "domain", "protocol"]),
    ("ui", &["config", "desk", "domain", "protocol"]),
    ("simulator", &["protocol"]),
    ("cli", &["config", "desk", "domain", "fulfilment", "marketplace", "protocol", "receiver", "simulator", "ui"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

const EVERY_ROOM: &[&str] = &["*"];

/// Which rooms may name which crate; every dependency stands here.
const CRATES: &[(&str, &[&str])] = &[
    ("aes", &["protocol"]),
    ("anyhow", &["cli"]),
    ("axum", &["receiver", "simulator"]),
    ("axum_server", &["receiver", "simulator"]),
    ("backon", &["marketplace"]),
    ("base64", EVERY_ROOM),
    ("calamine", &["sheet"]),
    ("cbc", &["protocol"]),
    ("chacha20", &["simulator"]),
    ("clap", &["cli", "main"]),
    ("csv", &["sheet"]),
    ("directories", &["config"]),
    ("eframe", &["ui"]),
    ("egui", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_table", &["ui"]),
    ("encoding_rs", &["sheet"]),
    ("governor", &["marketplace", "receiver"]),
    ("hex", EVERY_ROOM),
    ("hmac", &["protocol"]),
    ("http_body_util", &["receiver", "simulator"]),
    ("i18n_embed", &["ui"]),
    ("i18n_embed_fl", &["ui"]),
    ("jiff", EVERY_ROOM),
    ("keyring_core", &["config"]),
    ("notify_rust", &["ui"]),
    ("rand", &["config", "desk", "marketplace", "receiver", "simulator", "store"]),
    ("rcgen", &["simulator"]),
    ("reqwest", &["fulfilment", "marketplace", "simulator"]),
    ("rfd", &["ui"]),
    ("ring", &["protocol", "sealing"]),
    ("rsa", &["protocol"]),
    ("rusqlite", &["store"]),
    ("rust_decimal", &["cli", "domain"]),
    ("rust_embed", &["simulator", "ui"]),
    ("rust_xlsxwriter", &["sheet"]),
    ("rustls", &["cli", "marketplace", "receiver", "simulator"]),
    ("rustls_platform_verifier", &["simulator"]),
    ("serde", EVERY_ROOM),
    ("serde_json", EVERY_ROOM),
    ("sha1", &["protocol"]),
    ("sha2", &["domain", "protocol"]),
    ("subtle", &["protocol"]),
    ("tempfile", &["cli", "config", "desk", "store"]),
    ("thiserror", EVERY_ROOM),
    ("tokio", &["cli", "desk", "fulfilment", "marketplace", "receiver", "simulator", "store", "ui"]),
    ("tokio_rustls", &["simulator"]),
    ("toml", &["config", "simulator"]),
    ("toml_edit", &["config"]),
    ("tracing", &["cli", "config", "desk", "fulfilment", "marketplace", "receiver", "simulator", "store", "ui"]),
    ("tracing_subscriber", &["main"]),
    ("unic_langid", &["ui"]),
    ("url", EVERY_ROOM),
    ("uuid", &["cli", "desk", "fulfilment", "marketplace", "simulator"]),
    ("webpki", &["marketplace"]),
    ("zbus_secret_service_keyring_store", &["config"]),
    ("zeroize", EVERY_ROOM),
    ("zip", &["desk"]),
];

/// Rooms without clock, socket, file, thread: what they need comes in as an argument.
const PURE: &[&str] = &["protocol", "domain"];
const IMPURE: &[&str] = &["env", "fs", "io", "net", "process", "sync", "thread", "time"];

/// Words that may stand in some places only: in these rooms or files.
const WORDS: &[(&str, &[&str])] = &[
    ("Color32::", &["ui/theme.rs"]),
    ("from_rgb", &["ui/theme.rs"]),
    ("hex_color!", &["ui/theme.rs"]),
    ("Timestamp::now", &["simulator/clock.rs"]),
    ("Zoned::now", &[]),
    ("SystemTime", &["cli/open.rs", "config/"]),
    ("TcpListener", &["receiver/", "simulator/"]),
    ("TcpStream", &["receiver/", "simulator/"]),
    ("UdpSocket", &[]),
    ("SELECT ", &["store/"]),
    ("INSERT ", &["store/"]),
    ("UPDATE ", &["store/"]),
    ("DELETE FROM", &["store/"]),
    ("PRAGMA", &["store/"]),
    ("#[allow", &[]),
    ("#![allow", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
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
    text.lines().map(without_comment).collect::<Vec<_>>().join("\n")
}

/// The slashes of an address are no comment.
fn without_comment(line: &str) -> &str {
    let comment =
        line.match_indices("//").find(|(at, _)| line[..*at].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Whether nothing but one module of tests comes behind `#[cfg(test)]`; what came there would not be looked at.
fn ends_with_tests(text: &str) -> bool {
    let Some((_, tests)) = text.split_once("\n#[cfg(test)]") else { return true };
    let Some((head, body)) = tests.trim_start().split_once(['{', ';']) else { return false };
    let rest = body.split_once("\n}").map_or(body, |(_, rest)| rest);
    head.starts_with("mod ") && rest.trim().is_empty()
}

/// How many steps the longest `super::super::` goes up.
fn steps_up(code: &str) -> usize {
    let mut steps = 0;
    while code.contains(&"super::".repeat(steps + 1)) {
        steps += 1;
    }
    steps
}

/// How many steps it is from a file's module to the root.
fn depth(file: &str) -> usize {
    let modules = file.trim_end_matches(".rs").split('/');
    modules.filter(|module| !["mod", "lib", "main"].contains(module)).count()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a path begins with the crate's name.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let behind = &code[at + name.len()..];
        before.is_none_or(|c| !is_word(c) && c != ':')
            && (behind.starts_with("::") || (code[..at].ends_with("use ") && behind.starts_with([';', ' '])))
    })
}

/// First segments of every path behind `prefix`, in groups `{a, b::c}` too.
fn named_behind(text: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
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
    if !ends_with_tests(text) {
        complaints.push(format!("{file}: something stands behind the tests"));
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
        if names_crate(&code, name) && !rooms.contains(&room) && *rooms != EVERY_ROOM {
            complaints.push(format!("{file}: {room} may not use {name}"));
        }
    }
    if PURE.contains(&room) {
        for name in named_behind(&code, "std::").into_iter().filter(|name| IMPURE.contains(&name.as_str())) {
            complaints.push(format!("{file}: {room} may not use std::{name}"));
        }
    }
    if steps_up(&code) >= depth(file).max(1) {
        complaints.push(format!("{file}: `super::` leaves the room; say `crate::`"));
    }
    for (word, places) in WORDS {
        if code.contains(word) && !places.iter().any(|place| file.starts_with(place)) {
            complaints.push(format!("{file}: `{word}` may not stand here"));
        }
    }
    complaints
}

/// What reaches the window is data; it has two languages to put that into words.
#[test]
fn nothing_that_the_window_is_told_is_a_finished_sentence() {
    let places = [
        "desk/session/",
        "desk/usage_sources/mod.rs",
        "desk/receiver_state.rs",
        "desk/refusal.rs",
        "desk/workdays.rs",
        "domain/api_fault.rs",
        "domain/exception.rs",
    ];
    let mut seen = 0;
    for (file, text) in files() {
        if !places.iter().any(|place| file.starts_with(place)) {
            continue;
        }
        seen += 1;
        for sentence in
            ["{ reason: String", "reason: String }", " first: String", "trouble: Option<", "error.to_string()"]
        {
            // An error of the system has nothing else to tell.
            let of_system = file == "desk/refusal.rs" && sentence == "error.to_string()";
            let typed = code(&text).replace("trouble: Option<Refusal>", "").replace("trouble: Option<StoreError>", "");
            assert!(of_system || !typed.contains(sentence), "{file} passes on `{sentence}`");
        }
    }
    assert!(seen > places.len());
}

#[test]
fn every_room_knows_only_whom_it_may() {
    let complaints: Vec<String> = files().iter().flat_map(|(file, text)| complaints(file, text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_place_of_ones_own_is_found() {
    let up = ["..", "/somewhere"].concat();
    for line in [up, ["see /ho", "me/me/notes"].concat(), ["(/ro", "ot/x)"].concat()] {
        assert!(names_a_place_of_ones_own(&line), "{line}");
    }
    for line in ["a/b", "https://app.example.com/home", "docs/homework/1", "work/home/x"] {
        assert!(!names_a_place_of_ones_own(line), "{line}");
    }
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
fn every_crate_has_its_rooms_and_is_used_there() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let crates: BTreeSet<String> =
        manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect();
    let known: BTreeSet<String> = CRATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(crates, known);
    let files = files();
    for name in crates {
        assert!(files.iter().any(|(_, text)| names_crate(&code(text), &name)), "nobody uses {name}");
    }
}

/// Files other than source, which speak to others too.
#[test]
fn no_text_names_a_place_that_others_do_not_have() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for part in ["src", "tests", "assets/i18n", "benches", "README.md", "Cargo.toml", "i18n.toml", ".clippy.toml"] {
        read_all(&root.join(part), &mut texts);
    }
    assert!(texts.len() > 60);
    for (path, text) in texts {
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!names_a_place_of_ones_own(line), "{}:{number}: {line}", path.display());
        }
    }
}

/// Steps out of the repository, and directories of one computer.
fn names_a_place_of_ones_own(line: &str) -> bool {
    let homes = ["home", "root", "work", "Users"];
    let of_one_computer = homes.iter().any(|home| {
        let place = format!("/{home}/");
        line.match_indices(&place).any(|(at, _)| line[..at].chars().next_back().is_none_or(|c| !is_word(c)))
    });
    // What the compiler follows has to be there for everybody.
    let compiled = line.contains("include_") || line.starts_with("#[path = ");
    let steps_out = line.contains(concat!("..", "/")) && !compiled;
    of_one_computer || steps_out
}

fn read_all(path: &Path, texts: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            read_all(&entry.unwrap().path(), texts);
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        texts.push((path.to_owned(), text));
    }
}

#[test]
fn what_breaks_the_rules_is_found() {
    let found = |file: &str, text: &str| complaints(file, &format!("//! A file.\n{text}")).len();
    assert_eq!(found("ui/app.rs", "use crate::{desk::Desk, domain::World};"), 0);
    assert_eq!(found("ui/app.rs", "use crate::store::Store;"), 1);
    assert_eq!(found("ui/app.rs", "use crate::{\n    desk::{Desk, store},\n    store::{Store, codec},\n};"), 1);
    assert_eq!(found("domain/world.rs", "fn now() { tokio::time::sleep(x) }"), 1);
    assert_eq!(found("domain/world.rs", "use std::time::SystemTime;"), 2, "no clock, and not this one");
    assert_eq!(found("domain/world.rs", "// crate::store is not for us"), 0);
    assert_eq!(found("simulator/call.rs", "use crate::{desk, protocol::Secret};"), 1);
    assert_eq!(found("ui/app.rs", "let red = Color32::from_rgb(1, 2, 3);"), 2, "a colour, and how it is made");
    assert_eq!(found("ui/theme.rs", "let red = Color32::from_rgb(1, 2, 3);"), 0);
    assert_eq!(found("desk/mod.rs", "fn later() { todo!() }"), 1);
    assert_eq!(found("desk/mod.rs", "connection.execute(\"SELECT 1\")"), 1);
    assert_eq!(found("attic/mod.rs", ""), 1);
    assert_eq!(found("domain/world.rs", "use std::{\n    fmt,\n    time::Instant,\n};"), 1);
    assert_eq!(found("protocol/id.rs", "use std::{fmt, fs, net::IpAddr};"), 2);
    assert_eq!(found("protocol/id.rs", "use std::fmt;"), 0);
    assert_eq!(found("domain/world.rs", "fn any() -> u8 { rand::random() }"), 1);
    assert_eq!(found("store/mod.rs", "fn f(r: &reqwest::Request) {}"), 1);
    assert_eq!(found("desk/mod.rs", "use rusqlite as sql;"), 1);
    assert_eq!(found("main.rs", "fn main() { eframe::run() }"), 1);
    assert_eq!(found("cli/args.rs", "let port = listen(self::axum::PORT);"), 0);
    assert_eq!(found("cli/args.rs", "let url = \"http://x\"; crate::store::open(url);"), 1);
    assert_eq!(found("cli/print.rs", "use super::super::protocol::Secret;"), 1);
    assert_eq!(found("store/mod.rs", "use super::desk::Desk;"), 1);
    assert_eq!(found("cli/demo/story.rs", "use super::super::print;"), 0);
    assert_eq!(found("store/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::desk::Desk;\n}\n"), 0);
    assert_eq!(found("store/mod.rs", "#[cfg(test)]\nmod tests;\n"), 0);
    assert_eq!(found("store/mod.rs", "#[cfg(test)]\nmod tests;\nuse crate::desk::Desk;\n"), 1);
    assert_eq!(found("store/mod.rs", "#[cfg(test)]\nmod tests {\n}\nfn hidden() {}\n"), 1);
    assert_eq!(found("fulfilment/mod.rs", "use crate::{config::Config, store::Store};"), 2);
    assert_eq!(found("desk/mod.rs", "#[allow(dead_code)]\nfn f() { dbg!(1); }"), 2);
    assert_eq!(complaints("domain/world.rs", "use std::fmt;").len(), 1);
    assert_eq!(complaints("domain/world.rs", &format!("//! Long.\n{}", "\n".repeat(LONGEST))).len(), 1);
}
