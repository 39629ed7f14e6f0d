//! `backup` while a receiver is at work, and `restore`: what was acknowledged before comes back, what is there stays until
//! everything was looked at, and what is secret is in the archive as it is sealed, or not at all.

use std::{
    fs::{self, File},
    path::Path,
};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::config::{CONFIG_FILE, DATABASE_FILE, KEYS_FILE};
use serde_json::json;

use crate::support::{
    app::{Client, KEY, TEMPLATE, purchase},
    program::{Serving, json, run, set_key, stderr},
    window::Stage,
};

fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(CONFIG_FILE), TEMPLATE).unwrap();
    set_key(dir.path());
    dir
}

fn orders(dir: &Path) -> Vec<String> {
    let kept = json(dir, &["list", "instances", "--json"]);
    let mut orders: Vec<String> =
        kept.as_array().unwrap().iter().map(|instance| instance["orderId"].as_str().unwrap().to_owned()).collect();
    orders.sort();
    orders
}

/// What `restore` says where it refuses.
fn refused(dir: &Path, archive: &Path) -> String {
    let output = run(dir, &["restore", archive.to_str().unwrap()]);
    assert!(!output.status.success());
    stderr(&output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_backup_comes_back() {
    let dir = directory();
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    assert_eq!(client.call(purchase("CS1")).await.code(), "000000");
    let out = tempfile::tempdir().unwrap();
    let archive = out.path().join("monday.zip");
    let told = json(dir.path(), &["backup", archive.to_str().unwrap(), "--json"]);
    assert_eq!(told, json!({ "file": archive, "bytes": fs::metadata(&archive).unwrap().len() }));
    assert_eq!(client.call(purchase("CS2")).await.code(), "000000");

    let error = refused(dir.path(), &archive);
    assert!(error.contains("Sellerdesk is at work in ") && error.contains("nothing was changed"), "{error}");
    serving.kill();
    assert_eq!(orders(dir.path()), ["CS1", "CS2"]);

    let told = json(dir.path(), &["restore", archive.to_str().unwrap(), "--json"]);
    assert_eq!(told["restored"], json!([DATABASE_FILE, CONFIG_FILE, KEYS_FILE]));
    assert_eq!(orders(dir.path()), ["CS1"]);
    // Nothing is lost by it.
    let before = Path::new(told["before"].as_str().unwrap()).to_owned();
    assert!(before.starts_with(dir.path()));
    fs::copy(dir.path().join("seal.key"), before.join("seal.key")).unwrap();
    assert_eq!(orders(&before), ["CS1", "CS2"]);

    // The keys came back too, and what is acknowledged stays acknowledged.
    let serving = Serving::start(dir.path());
    assert_eq!(Client::new(&serving.url).call(purchase("CS1")).await.code(), "000000");
    assert_eq!(orders(dir.path()), ["CS1"]);
}

#[test]
fn nothing_that_opens_a_secret_is_in_it() {
    let dir = directory();
    let archive = dir.path().join("monday.zip");
    json(dir.path(), &["backup", archive.to_str().unwrap(), "--json"]);
    let mut zip = zip::ZipArchive::new(File::open(&archive).unwrap()).unwrap();
    let mut names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(names, [CONFIG_FILE, KEYS_FILE, DATABASE_FILE]);
    for name in names {
        let mut content = Vec::new();
        std::io::copy(&mut zip.by_name(&name).unwrap(), &mut content).unwrap();
        assert!(!content.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{name}");
    }
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&archive).unwrap().permissions()) & 0o777, 0o600);
    assert!(
        !fs::read_dir(dir.path()).unwrap().any(|entry| entry.unwrap().path().is_dir()),
        "something was left behind"
    );
}

#[test]
fn keys_of_another_directory_need_its_seal_key_or_stay_out() {
    let (one, other) = (directory(), directory());
    let archive = one.path().join("monday.zip");
    json(one.path(), &["backup", archive.to_str().unwrap(), "--json"]);
    let error = refused(other.path(), &archive);
    assert!(
        error.contains("put the seal.key of the backup's time there") && error.contains("--without-keys"),
        "{error}"
    );
    let told = json(other.path(), &["restore", archive.to_str().unwrap(), "--without-keys", "--json"]);
    assert_eq!(told["restored"], json!([DATABASE_FILE, CONFIG_FILE]));
    // A new machine, to which the seal key was brought.
    let new = tempfile::tempdir().unwrap();
    fs::copy(one.path().join("seal.key"), new.path().join("seal.key")).unwrap();
    let told = json(new.path(), &["restore", archive.to_str().unwrap(), "--json"]);
    assert_eq!((told["restored"].as_array().unwrap().len(), &told["before"]), (3, &json!(null)));
    assert_eq!(json(new.path(), &["key", "list", "--json"])[0]["class"], "base");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_data_that_another_key_sealed_is_told_of_and_what_the_backup_has_not_goes() {
    let (one, other) = (directory(), directory());
    let serving = Serving::start(one.path());
    assert_eq!(Client::new(&serving.url).call(purchase("CS1")).await.code(), "000000");
    serving.kill();
    let archive = one.path().join("monday.zip");
    json(one.path(), &["backup", archive.to_str().unwrap(), "--json"]);
    fs::write(other.path().join("workdays.txt"), "2030-01-01 holiday").unwrap();

    let told = json(other.path(), &["restore", archive.to_str().unwrap(), "--without-keys", "--json"]);
    assert_eq!(told["accessDataOpens"], false);
    let before = Path::new(told["before"].as_str().unwrap());
    assert!(before.join("workdays.txt").exists() && !other.path().join("workdays.txt").exists());
    assert!(other.path().join(KEYS_FILE).exists(), "keys that are left out stay as they are");

    // A new machine, to which no seal key came.
    let new = tempfile::tempdir().unwrap();
    let told = json(new.path(), &["restore", archive.to_str().unwrap(), "--without-keys", "--json"]);
    assert_eq!(told["accessDataOpens"], false);

    fs::copy(one.path().join("seal.key"), other.path().join("seal.key")).unwrap();
    fs::remove_file(other.path().join(KEYS_FILE)).unwrap();
    let told = json(other.path(), &["restore", archive.to_str().unwrap(), "--without-keys", "--json"]);
    assert_eq!(told["accessDataOpens"], true);
}

#[test]
fn what_is_no_whole_backup_changes_nothing() {
    let dir = directory();
    json(dir.path(), &["list", "instances", "--json"]);
    let archive = dir.path().join("monday.zip");
    let bytes = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let before = (bytes(CONFIG_FILE), bytes(DATABASE_FILE), bytes(KEYS_FILE));

    fs::write(&archive, "no archive").unwrap();
    assert!(refused(dir.path(), &archive).contains("monday.zip cannot be read: "));
    assert!(refused(dir.path(), &dir.path().join("tuesday.zip")).contains("tuesday.zip cannot be read: "));
    for (content, sentence) in [
        (None, format!("monday.zip is no backup of Sellerdesk: there is no {DATABASE_FILE} in it")),
        (
            Some(b"no database, although it is as long as one".to_vec()),
            "the backup's database cannot be used".to_owned(),
        ),
        (
            Some(before.1.clone()),
            "the backup's configuration cannot be used, nothing was changed: config.toml line 1".to_owned(),
        ),
    ] {
        let mut zip = zip::ZipWriter::new(File::create(&archive).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(CONFIG_FILE, options).unwrap();
        std::io::Write::write_all(&mut zip, b"colour = 1").unwrap();
        if let Some(content) = content {
            zip.start_file(DATABASE_FILE, options).unwrap();
            std::io::Write::write_all(&mut zip, &content).unwrap();
        }
        zip.finish().unwrap();
        let error = refused(dir.path(), &archive);
        assert!(error.contains(&sentence), "{error}");
    }
    assert!((bytes(CONFIG_FILE), bytes(DATABASE_FILE), bytes(KEYS_FILE)) == before, "something was changed");
}

struct Words {
    language: &'static str,
    theme: &'static str,
    into_file: &'static str,
    back_up: &'static str,
    done: &'static str,
    unwritable: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    into_file: "Into file",
    back_up: "Back up",
    done: "Backed up into",
    unwritable: "cannot be written",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    into_file: "存到文件",
    back_up: "立即备份",
    done: "已备份到",
    unwritable: "无法写入",
};

#[test]
fn the_window_writes_a_backup_that_can_be_put_back() {
    for words in [&ENGLISH, &CHINESE] {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        assert_eq!(stage.call("main", &purchase("CS1")), "000000");
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num0);
        window.wait_for(words.into_file);
        window.harness.get_by_label(words.back_up).scroll_to_me();
        window.settle();
        let out = tempfile::tempdir().unwrap();
        let nowhere = out.path().join("no such folder").join("monday.zip");
        window.fill_in(words.into_file, nowhere.to_str().unwrap());
        window.click(words.back_up);
        window.wait_for(words.unwritable);
        let archive = out.path().join("monday.zip");
        window.harness.get_by_label(words.into_file).focus();
        window.press(Modifiers::COMMAND, Key::A);
        window.fill_in(words.into_file, archive.to_str().unwrap());
        window.click(words.back_up);
        window.wait_for(words.done);

        let dir = tempfile::tempdir().unwrap();
        fs::copy(window.desk.data_dir().join("seal.key"), dir.path().join("seal.key")).unwrap();
        json(dir.path(), &["restore", archive.to_str().unwrap(), "--json"]);
        assert_eq!(orders(dir.path()), ["CS1"]);
    }
}
