//! Keys in the window's settings, in both languages: rotating one, ending the old one, and the private key of the kit.

use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    config::OlderKey,
    protocol::{KeyClass, Secret},
};

use crate::support::{
    app::{KEY, TEMPLATE},
    window::{Stage, Window},
};

const NEXT: &str = "demo-key-for-tests-0002";
const PEM: &str = include_str!("../data/oaep/made-for-tests-pkcs8.pem");

struct Words {
    language: &'static str,
    theme: &'static str,
    base_key: &'static str,
    keep_old: &'static str,
    old_valid: &'static str,
    old_stays: &'static str,
    end_old: &'static str,
    end_base: &'static str,
    ended: &'static str,
    set_rsa: &'static str,
    replace_rsa: &'static str,
    remove_rsa: &'static str,
    pem: &'static str,
    save_pem: &'static str,
    no_pem: &'static str,
    remove: &'static str,
    cancel: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    base_key: "Basic interfaces (base)",
    keep_old: "Keep the old key valid until I end it",
    old_valid: "Old key still valid since 10:30",
    old_stays: "The old key stays valid; the new one replaces",
    end_old: "End the old key",
    end_base: "End the old key: Basic interfaces (base)",
    ended: "The old key is valid no more",
    set_rsa: "Set the RSA private key",
    replace_rsa: "Replace the RSA private key",
    remove_rsa: "Remove the RSA private key",
    pem: "Private key in PEM",
    save_pem: "Save private key",
    no_pem: "That is no private key in PEM",
    remove: "Remove",
    cancel: "Cancel",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    base_key: "基础接口（base）",
    keep_old: "旧密钥继续有效，直到我停用它",
    old_valid: "旧密钥仍有效，自 10:30 起为旧密钥",
    old_stays: "旧密钥继续有效，新密钥将替换当前密钥。",
    end_old: "停用旧密钥",
    end_base: "停用旧密钥：基础接口（base）",
    ended: "旧密钥已失效",
    set_rsa: "设置 RSA 私钥",
    replace_rsa: "替换 RSA 私钥",
    remove_rsa: "删除 RSA 私钥",
    pem: "PEM 格式的私钥",
    save_pem: "保存私钥",
    no_pem: "这不是 PEM 格式的私钥",
    remove: "删除",
    cancel: "取消",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

fn settings(words: &Words, with_key: bool) -> Window {
    let stage = Stage::new(words.language, words.theme, TEMPLATE);
    let mut window = if with_key { stage.with_key() } else { stage }.open();
    window.press(Modifiers::COMMAND, Key::Num0);
    window.wait_for(words.base_key);
    window
}

fn valid_keys(window: &Window) -> Vec<String> {
    let keys = window.desk.keys().keys("main", KeyClass::Base);
    keys.into_iter().map(|valid| valid.key.expose().to_owned()).collect()
}

#[test]
fn a_new_key_leaves_the_old_one_valid_until_it_is_ended() {
    for words in BOTH {
        let mut window = settings(words, true);
        assert!(!window.sees(words.keep_old), "nothing is typed");
        window.fill_in(words.base_key, NEXT);
        window.wait_for(words.keep_old);
        window.press(Modifiers::NONE, Key::Enter);
        window.wait_for(words.old_valid);
        assert_eq!(valid_keys(&window), [NEXT, KEY]);
        // A mistyped key is put right; the old one is not lost for it.
        window.fill_in(words.base_key, "demo-key-for-tests-0003");
        window.wait_for(words.old_stays);
        assert!(!window.sees(words.keep_old));
        window.press(Modifiers::NONE, Key::Enter);
        window.wait_until("the key is not replaced", |window| valid_keys(window)[0] != NEXT);
        assert_eq!(valid_keys(&window), ["demo-key-for-tests-0003", KEY]);
        window.settle();
        window.click(words.end_base);
        assert_eq!(valid_keys(&window).len(), 2, "nothing before the answer");
        window.click(words.end_old);
        window.wait_for(words.ended);
        window.wait_until("the old key is still shown", |window| !window.sees(words.old_valid));
        assert_eq!(valid_keys(&window), ["demo-key-for-tests-0003"]);
        assert!(!window.sees("demo-key"), "a key is never shown");
    }
}

#[test]
fn a_key_can_be_replaced_at_once() {
    for words in BOTH {
        let mut window = settings(words, true);
        window.fill_in(words.base_key, NEXT);
        // From the field to the choice, and to the button behind it.
        window.press(Modifiers::NONE, Key::Tab);
        window.press(Modifiers::NONE, Key::Space);
        window.press(Modifiers::NONE, Key::Tab);
        window.press(Modifiers::NONE, Key::Space);
        window.wait_until("the key is not replaced", |window| valid_keys(window) == [NEXT]);
        window.settle();
        assert!(!window.sees(words.old_valid));
    }
}

#[test]
fn the_first_key_has_no_old_one_to_keep() {
    let mut window = settings(&ENGLISH, false);
    window.fill_in(ENGLISH.base_key, KEY);
    assert!(!window.sees(ENGLISH.keep_old));
    window.press(Modifiers::NONE, Key::Enter);
    window.wait_until("the key is not set", |window| valid_keys(window) == [KEY]);
}

#[test]
fn the_private_key_is_pasted_replaced_and_removed_and_never_shown() {
    for words in BOTH {
        let mut window = settings(words, true);
        window.click(words.set_rsa);
        window.fill_in(words.pem, "no private key");
        window.click(words.save_pem);
        window.wait_for(words.no_pem);
        // Its toast goes, and with it the words by which the field is known.
        window.advance(Duration::from_secs(60));
        window.click(words.cancel);
        window.click(words.set_rsa);
        window.fill_in(words.pem, PEM);
        let seen = format!("{:#?}", window.harness.root());
        assert!(seen.contains(words.pem) && !seen.contains("MIIG"), "not while it is pasted either");
        window.click(words.save_pem);
        window.wait_for(words.replace_rsa);
        assert!(!window.sees(words.pem));
        assert_eq!(window.desk.keys().rsa_key("main"), Some(Secret::new(PEM.trim())));
        window.click(words.remove_rsa);
        let yes = window.harness.get_all_by_label(words.remove).last().unwrap();
        yes.click();
        window.wait_for(words.set_rsa);
        assert_eq!(window.desk.keys().rsa_key("main"), None);
    }
}

#[test]
fn an_endpoints_own_old_key_is_told_and_ended() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    let runtime = stage.runtime();
    for key in [KEY, NEXT] {
        let key = Secret::new(key);
        let older = OlderKey::Refuse;
        runtime.block_on(stage.desk.rotate_key(KeyClass::Base, Some("main".into()), key, older)).unwrap();
    }
    let mut window = stage.open();
    window.click("Settings");
    window.click("End the old key: Basic interfaces (base) main");
    window.click("End the old key");
    window.wait_until("the old key is still valid", |window| valid_keys(window) == [NEXT]);
}

fn picture(words: &Words) {
    let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
    let older = OlderKey::Refuse;
    let runtime = stage.runtime();
    for (class, endpoint, key) in [
        (KeyClass::Base, None, NEXT),
        (KeyClass::General, None, KEY),
        (KeyClass::Kit, Some("main"), KEY),
        (KeyClass::Kit, Some("main"), NEXT),
    ] {
        let endpoint = endpoint.map(str::to_owned);
        runtime.block_on(stage.desk.rotate_key(class, endpoint, Secret::new(key), older)).unwrap();
    }
    runtime.block_on(stage.desk.set_rsa_key(None, Secret::new(PEM))).unwrap();
    stage.advance(Duration::from_secs(3_600));
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num0);
    window.wait_for(words.old_valid);
    window.fill_in(words.base_key, KEY);
    window.fill_in(
        match words.language {
            "en" => "General interfaces (general)",
            _ => "通用接口（general）",
        },
        NEXT,
    );
    window.click(words.replace_rsa);
    window.fill_in(words.pem, PEM);
    window.snapshot(&format!("keys-{}", words.language));
}

#[test]
fn pictures_of_the_keys() {
    BOTH.into_iter().for_each(picture);
}
