//! The `clientSecret` of an application: kept sealed, shown nowhere by itself, and handed to the operator who asks for it.

use std::time::Instant;

use egui::{Key, Modifiers, OutputCommand};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::protocol::{Secret, oaep};
use serde_json::{Value, json};

use crate::{
    generations::start,
    kit::{CIPHERTEXT, RSA_KEY, kit},
    organisations_window::Kit,
    support::{
        app::{MANUAL, TestApp},
        program::{self, run, stderr},
    },
};

fn application(tenant: &str, app: &str, test: u8) -> Value {
    json!({
        "instanceId": "", "tenantId": tenant, "appId": app, "clientId": "c-1", "flag": 1, "testFlag": test,
        "clientSecret": CIPHERTEXT.replace('\n', ""),
    })
}

fn secret() -> String {
    oaep::decrypt(RSA_KEY, CIPHERTEXT).unwrap().expose().to_owned()
}

/// One application of that name in two organisations, another one, and one without a secret.
async fn told() -> TestApp {
    let app = start(MANUAL).await;
    app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
    for (tenant, id) in [("t-1", "a-1"), ("t-2", "a-1"), ("t-1", "a-2")] {
        assert_eq!(kit(&app, false, "applicationSync", application(tenant, id, 0)).await.code(), "000000");
    }
    let mut bare = application("t-1", "a-3", 0);
    bare["clientSecret"] = "".into();
    kit(&app, false, "applicationSync", bare).await;
    app
}

#[tokio::test]
async fn the_command_line_reveals_it_when_asked_and_nowhere_else() {
    let dir = told().await.stop().await;
    let output = |line: &str| {
        let output = run(dir.path(), &line.split(' ').collect::<Vec<_>>());
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
        (output.status.success(), text)
    };
    let (shown, text) = output("show application a-2 --reveal");
    assert!(shown && text.contains(&format!("clientSecret: {}", secret())), "{text}");
    let (shown, text) = output("show application t-2/a-1 --reveal --json");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(shown);
    assert_eq!((&value["tenantId"], &value["clientSecret"]), (&json!("t-2"), &json!(secret())));
    let (shown, text) = output("show application a-1 --reveal");
    assert!(!shown && text.contains("t-1/a-1, t-2/a-1"), "{text}");
    let (shown, text) = output("show application a-9 --reveal");
    assert!(!shown && text.contains("no application `a-9` is known"), "{text}");
    let (shown, text) = output("show application a-2 --reveal --test");
    assert!(!shown, "debugging has applications of its own: {text}");
    let (shown, text) = output("show application a-3 --reveal --json");
    assert!(shown && text.contains(r#""clientSecret": null"#), "{text}");
    for line in
        ["show application a-2", "show application a-2 --json", "show tenant t-1 --json", "list messages --json"]
    {
        let (shown, text) = output(line);
        assert!(shown && !text.contains(&secret()), "{line} {text}");
    }
    let mut command = program::command(dir.path(), &["show", "application", "a-2", "--reveal"]);
    let logged = command.env("RUST_LOG", "trace").output().unwrap();
    assert!(!stderr(&logged).contains(&secret()), "never in a log");
}

#[tokio::test]
async fn what_was_removed_is_gone_with_its_secret() {
    let app = told().await;
    let mut removed = application("t-1", "a-2", 0);
    removed["flag"] = 0.into();
    assert_eq!(kit(&app, false, "applicationSync", removed).await.code(), "000000");
    let dir = app.stop().await;
    let output = run(dir.path(), &["show", "application", "a-2", "--reveal", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["clientSecret"], Value::Null);
}

#[test]
fn the_window_copies_it_and_never_shows_it() {
    for (language, name, copied, tab) in [
        ("en", "Copy the clientSecret of a-1", "The clientSecret of a-1 is on the clipboard.", "Applications (1)"),
        ("zh-CN", "复制 a-1 的 clientSecret", "a-1 的 clientSecret 已复制到剪贴板。", "应用（1）"),
    ] {
        let kit = Kit::start(language, "dark");
        kit.call("applicationSync", &application("t-1", "a-1", 0));
        let mut window = kit.stage.open();
        window.press(Modifiers::COMMAND, Key::Num6);
        window.wait_for("t-1");
        window.click_row("t-1");
        window.click(tab);
        window.wait_for(name);
        assert!(!window.sees(&secret()));
        window.snapshot(&format!("organisation-applications-{language}"));
        window.harness.get_by_label(name).click();
        let begun = Instant::now();
        let copied_text = loop {
            window.harness.step();
            let commands = &window.harness.output().platform_output.commands;
            let text = commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
            if let Some(text) = text {
                break text;
            }
            assert!(begun.elapsed().as_secs() < 20, "nothing is copied");
        };
        assert_eq!(copied_text, secret());
        window.wait_for(copied);
        assert!(!window.sees(&secret()));
    }
}
