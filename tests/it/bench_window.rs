//! The bench for API products in the window, in both languages: what was signed is seen, an AppCode is sent and shown nowhere,
//! and what the gateway says is explained.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    protocol::open_api::ApiCode,
    ui::{Language, Texts},
};

use crate::support::{
    app::MANUAL,
    peer::{Peer, Told},
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    bench: &'static str,
    send: &'static str,
    canonical: &'static str,
    too_large: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        bench: "API bench",
        send: "Sign and send",
        canonical: "Canonical request",
        too_large: "The request is too large for the gateway",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        bench: "API 调试",
        send: "签名并发送",
        canonical: "规范请求",
        too_large: "请求过大",
    },
];

const CODE: &str = "0123456789abcdef-app-code";

fn open(words: &Words) -> Window {
    let mut window = Stage::new(words.language, words.theme, MANUAL).open();
    window.press(Modifiers::COMMAND, Key::Num9);
    window.click(words.bench);
    window
}

/// Another text in the field of that name.
fn replace(window: &mut Window, field: &str, text: &str) {
    window.fill_in(field, "");
    window.press(Modifiers::COMMAND, Key::A);
    window.fill_in(field, text);
}

#[test]
fn what_was_signed_is_seen_whether_or_not_anybody_answers() {
    for words in &BOTH {
        let mut window = open(words);
        // The port of a service that nobody runs.
        window.fill_in("URL", "http://127.0.0.1:9/v1/greet?b=2&a=1");
        window.fill_in("AppKey", "app-key-0001");
        window.fill_in("AppSecret", "app-secret-0001");
        window.click(words.send);
        window.wait_for(words.canonical);
        window.wait_for("127.0.0.1:9");
        assert!(!window.sees("app-secret-0001"));
        window.snapshot(&format!("bench-signed-{}", words.language));
    }
}

#[test]
fn an_app_code_goes_in_its_header_and_what_the_gateway_says_is_explained() {
    for words in &BOTH {
        let mut window = open(words);
        let refused = r#"{"error_code":"APIG.0201","error_msg":"Request entity too large","request_id":"0123456789abcdef0123456789abcdef"}"#;
        let answers = vec![Told::new(413, refused), Told::new(200, r#"{"greeting":"hello"}"#)];
        let peer = window.runtime().block_on(Peer::start(answers));
        window.fill_in("URL", &format!("{}/v1/greet", peer.http_url()));
        window.click("AppCode");
        window.harness.get_all_by_label("AppCode").last().unwrap().focus();
        window.harness.run_steps(2);
        window.harness.event(egui::Event::Text(CODE.into()));
        window.harness.run_steps(2);
        window.click(words.send);
        window.wait_for(words.too_large);
        let seen = peer.only();
        assert_eq!((seen.path.as_str(), seen.headers["x-apig-appcode"].as_str()), ("/v1/greet", CODE));
        assert!(!seen.headers.contains_key("authorization"), "nothing is signed");
        assert!(window.sees("$APP_CODE") && !window.sees(CODE) && !window.sees(words.canonical));
        replace(&mut window, "URL", "https://api.example.com/v1/greet");
        window.settle();
        window.harness.remove_cursor();
        window.harness.run_steps(3);
        // The port and the date of the answer are others each time.
        for differs in ["date: ", "curl -X"] {
            let rect = window.harness.get_by_label_contains(differs).rect();
            window.harness.mask(rect.expand(2.0));
        }
        window.harness.try_snapshot(format!("bench-refused-{}", words.language)).unwrap();
        replace(&mut window, "URL", &format!("{}/v1/greet", peer.http_url()));
        window.click(words.send);
        window.wait_for("hello");
        assert!(!window.sees(words.too_large));
    }
}

#[test]
fn every_code_of_the_gateway_is_explained_in_both_languages() {
    let codes = [
        ("0101", "The API does not exist or has not been published in the environment."),
        ("0103", "The backend does not exist."),
        ("0104", "The plug-ins do not exist."),
        ("0105", "The backend configurations do not exist."),
        ("0106", "Orchestration error."),
        ("0107", "custom lua script error"),
        ("0108", "server group ID does not exist"),
        ("0201", "API request error."),
        ("0201", "Request entity too large"),
        ("0201", "Request URI too large"),
        ("0201", "Request headers too large"),
        ("0201", "Backend unavailable."),
        ("0201", "Backend timeout."),
        ("0201", "An unexpected error occurred."),
        ("0202", ""),
        ("0203", ""),
        ("0204", "SSL protocol is not supported: TLSv1.1"),
        ("0301", "verify aksk signature fail"),
        ("0302", ""),
        ("0303", "signature expired"),
        ("0304", ""),
        ("0305", ""),
        ("0306", ""),
        ("0307", ""),
        ("0308", ""),
        ("0310", ""),
        ("0311", ""),
        ("0401", ""),
        ("0402", ""),
        ("0404", ""),
        ("0501", ""),
        ("0502", ""),
        ("0601", ""),
        ("0602", ""),
        ("0605", ""),
        ("0607", ""),
        ("0613", ""),
        ("0705", ""),
        ("0802", ""),
        ("1009", ""),
    ];
    for language in [Language::English, Language::Chinese] {
        let texts = Texts::new(language);
        let unknown = texts.gateway_code(&ApiCode::new("APIG.7777", ""));
        let unknown = unknown.split(" (").next().unwrap();
        for (code, words) in codes {
            let told = texts.gateway_code(&ApiCode::new(format!("APIG.{code}"), words));
            assert!(!told.starts_with(unknown) && !told.contains("KooGallery refused"), "{told}");
            assert!(told.contains(code) && !told.contains("{ $"), "{told}");
        }
    }
}
