//! What an edit changes, and all that it leaves alone.

use std::fs;

use super::*;
use crate::{
    config::{FulfilmentMode, Template, Webhook},
    protocol::Secret,
};

const WRITTEN: &str = r#"# mine

[receiver]
listen = "127.0.0.1:1" # why

# the shop
[[endpoint]] # first
# shown in the console
name = "a"
path = '/a'   # as agreed
fulfilment = "template"

# what the buyer sees
[endpoint.template]
front_end_url = "https://x.example.com/{instanceId}" # ours
memo = "hello"

# the other shop
[[endpoint]]
name = "b"
path = "/b"

# looks
[window]
theme = "light"
# the end
"#;

fn endpoint(name: &str) -> Endpoint {
    let template = Template { front_end_url: "https://x.example.com/{instanceId}".into(), ..Template::default() };
    let endpoint = Endpoint::manual(name, format!("/{name}"));
    Endpoint { fulfilment: FulfilmentMode::Template, template: Some(template), ..endpoint }
}

fn written() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(CONFIG_FILE), WRITTEN).unwrap();
    dir
}

fn text(dir: &tempfile::TempDir) -> String {
    fs::read_to_string(dir.path().join(CONFIG_FILE)).unwrap()
}

fn names(config: &Config) -> Vec<&str> {
    config.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect()
}

#[test]
fn a_value_changes_and_nothing_around_it() {
    let dir = written();
    assert_eq!(Config::set_listen(dir.path(), "127.0.0.1:9000").unwrap().receiver.listen.port(), 9000);
    Config::set_theme(dir.path(), "dark").unwrap();
    let expected = WRITTEN.replace("127.0.0.1:1\"", "127.0.0.1:9000\"").replace("\"light\"", "\"dark\"");
    assert_eq!(text(&dir), expected);
    Config::set_language(dir.path(), "zh-CN").unwrap();
    assert_eq!(text(&dir), expected.replace("\"dark\"\n", "\"dark\"\nlanguage = \"zh-CN\"\n"));
}

#[test]
fn an_endpoint_is_changed_in_place() {
    let dir = written();
    let mut changed = endpoint("c");
    changed.path = "/a".into();
    changed.template = Some(Template {
        front_end_url: "https://y.example.com".into(),
        password: Some(Secret::new("demo-password")),
        ..Template::default()
    });
    let config = Config::put_endpoint(dir.path(), Some("a"), &changed).unwrap();
    assert_eq!(names(&config), ["c", "b"]);
    assert_eq!(config.endpoints[0], changed);
    let expected = WRITTEN
        .replace("name = \"a\"", "name = \"c\"")
        .replace("https://x.example.com/{instanceId}", "https://y.example.com")
        .replace("memo = \"hello\"", "password = \"demo-password\"");
    assert_eq!(text(&dir), expected);
    assert_eq!(Config::load(dir.path()).unwrap(), config);
}

#[test]
fn an_endpoint_may_change_its_fulfilment() {
    let dir = written();
    let webhook = Webhook { url: "https://backend.example.com".into(), timeout_ms: 1_000 };
    let mut changed = Endpoint::manual("a", "/a");
    (changed.fulfilment, changed.webhook) = (FulfilmentMode::Webhook, Some(webhook));
    let config = Config::put_endpoint(dir.path(), Some("a"), &changed).unwrap();
    assert_eq!(config.endpoints[0], changed);
    let written = text(&dir);
    assert!(written.contains("[endpoint.webhook]") && !written.contains("[endpoint.template]"), "{written}");
    assert_eq!(config.endpoints[1], Endpoint::manual("b", "/b"));
}

#[test]
fn an_endpoint_is_added_behind_the_others() {
    let dir = written();
    let config = Config::put_endpoint(dir.path(), None, &endpoint("c")).unwrap();
    assert_eq!(names(&config), ["a", "b", "c"]);
    assert_eq!(Config::load(dir.path()).unwrap(), config);
    assert_eq!(config.endpoints[2], endpoint("c"));
    let written = text(&dir);
    for line in WRITTEN.lines() {
        assert!(written.contains(line), "{line} is gone from\n{written}");
    }
    assert!(written.contains("\n\n[[endpoint]]\nname = \"c\"\n"), "{written}");
}

#[test]
fn an_endpoint_is_removed_with_its_comment_and_no_other() {
    let dir = written();
    assert_eq!(names(&Config::remove_endpoint(dir.path(), "a").unwrap()), ["b"]);
    let written = text(&dir);
    assert!(!written.contains("the shop") && written.contains("# mine\n"), "{written}");
    assert!(written.contains("# the other shop\n[[endpoint]]\nname = \"b\""), "{written}");

    let dir = tempfile::tempdir().unwrap();
    let head = "# my file\n\n# a\n[[endpoint]]\nname = \"a\"\npath = \"/a\"\n";
    fs::write(dir.path().join(CONFIG_FILE), format!("{head}\n# b\n[[endpoint]]\nname = \"b\"\npath = \"/b\"\n"))
        .unwrap();
    Config::remove_endpoint(dir.path(), "a").unwrap();
    assert_eq!(text(&dir), "# my file\n\n# b\n[[endpoint]]\nname = \"b\"\npath = \"/b\"\n");
}

#[test]
fn without_a_file_the_standing_endpoint_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(names(&Config::put_endpoint(dir.path(), None, &endpoint("b")).unwrap()), ["main", "b"]);
    assert_eq!(names(&Config::remove_endpoint(dir.path(), "main").unwrap()), ["b"]);
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(names(&Config::put_endpoint(dir.path(), Some("main"), &endpoint("shop")).unwrap()), ["shop"]);
    Config::set_language(dir.path(), "en").unwrap();
    assert!(text(&dir).ends_with("\n\n[window]\nlanguage = \"en\"\n"), "{}", text(&dir));
}

#[test]
fn what_comes_to_nothing_says_so_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let mut bare = endpoint("bare");
    bare.template = None;
    for (refused, sentence) in [
        (Config::set_listen(path, "nowhere"), "`listen = \"nowhere\"` cannot be; allowed is an address"),
        (Config::set_language(path, "fr"), "allowed is \"system\", \"en\" or \"zh-CN\""),
        (Config::set_theme(path, ""), "allowed is \"system\", \"light\" or \"dark\""),
        (Config::put_endpoint(path, None, &Endpoint::manual("main", "/b")), "two endpoints are called `main`"),
        (Config::put_endpoint(path, None, &Endpoint::manual("b", "/produce")), "have the path `/produce`"),
        (Config::put_endpoint(path, None, &bare), "no [endpoint.template]"),
        (Config::put_endpoint(path, Some("gone"), &endpoint("b")), "no endpoint is called `gone`"),
        (Config::remove_endpoint(path, "gone"), "no endpoint is called `gone`"),
        (Config::remove_endpoint(path, "main"), "endpoint `main` is the only one"),
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(error.starts_with("config.toml: ") && error.contains(sentence), "{error}");
    }
    assert!(!path.join(CONFIG_FILE).exists());

    fs::write(path.join(CONFIG_FILE), "[window]\ncolour = 1\n").unwrap();
    let error = Config::set_theme(path, "dark").unwrap_err().to_string();
    assert!(error.starts_with("config.toml line 2: unknown key `colour`"), "{error}");
    fs::write(path.join(CONFIG_FILE), "endpoint = [{ name = \"a\", path = \"/a\" }]").unwrap();
    let error = Config::remove_endpoint(path, "a").unwrap_err().to_string();
    assert!(error.contains("[[endpoint]]"), "{error}");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let mode = || fs::metadata(dir.path().join(CONFIG_FILE)).unwrap().permissions().mode() & 0o777;
    Config::set_theme(dir.path(), "dark").unwrap();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(dir.path().join(CONFIG_FILE), fs::Permissions::from_mode(0o640)).unwrap();
    Config::set_theme(dir.path(), "light").unwrap();
    assert_eq!(mode(), 0o640);

    fs::rename(dir.path().join(CONFIG_FILE), dir.path().join("elsewhere.toml")).unwrap();
    std::os::unix::fs::symlink("elsewhere.toml", dir.path().join(CONFIG_FILE)).unwrap();
    Config::set_theme(dir.path(), "system").unwrap();
    assert!(fs::symlink_metadata(dir.path().join(CONFIG_FILE)).unwrap().is_symlink());
    assert!(fs::read_to_string(dir.path().join("elsewhere.toml")).unwrap().contains("system"));
}

#[test]
fn edits_at_the_same_time_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = dir.path();
            scope.spawn(move || Config::put_endpoint(path, None, &endpoint(&format!("e{number}"))).unwrap());
        }
    });
    assert_eq!(Config::load(dir.path()).unwrap().endpoints.len(), 9);
}
