//! What the file may say and what it may not.

use super::*;
use crate::{
    config::{FulfilmentMode, Template, Webhook},
    protocol::Secret,
};

fn refused(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

#[test]
fn no_file_means_one_endpoint_by_hand() {
    let config = Config::load(tempfile::tempdir().unwrap().path()).unwrap();
    assert_eq!(config.receiver, ReceiverConfig { listen: ([127, 0, 0, 1], 8480).into(), tls: None });
    assert_eq!(config.endpoints, [Endpoint::manual("main", "/produce")]);
    assert_eq!(config.endpoints[0].fulfilment, FulfilmentMode::Manual);
    assert_eq!(config.retry_policy(), RetryPolicy::default());
    assert_eq!(config.window, WindowConfig { language: "system".into(), theme: "system".into(), notifications: true });
}

#[test]
fn every_key_of_the_contract_is_read() {
    let text = r#"
[receiver]
listen = "0.0.0.0:443"
[receiver.tls]
certificate = "/etc/shop/chain.pem"
key = "/etc/shop/key.pem"
[marketplace]
site = "europe"
base_url = "http://127.0.0.1:9000"
purchase_retry_hours = 48
change_retry_hours = 0.5
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
encrypt_type = 2
body_sign_v2 = false
[endpoint.template]
front_end_url = "https://app.example.com/{instanceId}"
admin_url = "https://admin.example.com"
user_name = "admin"
password = "demo-password"
memo = "hello"
license = "{orderId}"
[[endpoint]]
name = "second"
path = "/second"
fulfilment = "webhook"
[endpoint.webhook]
url = "http://backend.example.com/koogallery"
[window]
language = "zh-CN"
theme = "dark"
[reconcile]
called_since = "2026-01-31T08:00:00+08:00"
[retry]
upgrade = 2.5
code_status = 0
"#;
    let config = Config::parse(text).unwrap();
    let tls = config.receiver.tls.clone().unwrap();
    assert_eq!(tls, Tls { certificate: "/etc/shop/chain.pem".into(), key: "/etc/shop/key.pem".into() });
    assert_eq!(config.marketplace.site, Site::Europe);
    assert_eq!(config.reconcile.called_since, UnixMillis::from_iso("2026-01-31T00:00:00Z"));
    let minutes = |row| config.retry_policy().millis(row) / 60_000;
    let [order, upgrade, renewal, code] =
        [RetryRow::NewOrder, RetryRow::Upgrade, RetryRow::Renewal, RetryRow::CodeStatus].map(minutes);
    assert_eq!([order, upgrade, renewal, code], [48 * 60, 150, 30, 0]);
    assert_eq!(minutes(RetryRow::CodeRelease), 120, "as the pages say");
    let template = config.endpoint("main").unwrap().template.clone().unwrap();
    assert_eq!(template.password, Some(Secret::new("demo-password")));
    assert_eq!(template.license.as_ref().map(Secret::expose), Some("{orderId}"));
    let webhook = config.endpoint_at("/second/").unwrap().webhook.clone().unwrap();
    assert_eq!(webhook, Webhook { url: "http://backend.example.com/koogallery".into(), timeout_ms: 3_500 });
    assert!(!format!("{config:?}").contains("demo-password"));
}

#[test]
fn a_fallback_host_is_the_sites_or_the_one_that_is_named() {
    for (marketplace, hosts) in [
        ("", vec!["https://mkt.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn"]),
        ("site = \"international\"", vec!["https://mkt-intl.myhuaweicloud.com"]),
        (
            "site = \"international\"\nfallback_url = \"https://mkt.myhuaweicloud.cn\"",
            vec!["https://mkt-intl.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn"],
        ),
        ("base_url = \"https://a.example.com\"", vec!["https://a.example.com"]),
        (
            "base_url = \"https://a.example.com\"\nfallback_url = \"https://b.example.com\"",
            vec!["https://a.example.com", "https://b.example.com"],
        ),
    ] {
        let config = Config::parse(&format!("[marketplace]\n{marketplace}\n")).unwrap();
        assert_eq!(config.marketplace.hosts(), hosts, "{marketplace}");
    }
    let told = refused("[marketplace]\nfallback_url = \"http://b.example.com\"");
    assert!(told.contains("the value of `fallback_url` cannot be"), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_line_key_and_what_is_allowed() {
    for (text, sentence) in [
        (
            "[receiver]\nlisten = \"127.0.0.1:1\"\ncolour = 1\n",
            "config.toml line 3: unknown key `colour`; allowed are `listen` or `tls`",
        ),
        (
            "\n[window]\r\nfont = 1",
            "config.toml line 3: unknown key `font`; allowed are `language`, `theme`, `notifications`",
        ),
        (
            "colour = 1",
            "config.toml line 1: unknown key `colour`; allowed are `receiver`, `marketplace`, `endpoint`, `window`, `usage`, `history`, `limits`, `licenses`, `supervision`, `settlement`, `reconcile`, `retry`",
        ),
        (
            "[history]\ntexts_days = 7\n",
            "config.toml line 2: `texts_days = 7` cannot be; allowed is a whole number from 30 to 36500",
        ),
        (
            "[receiver]\nlisten = \"here\"\n",
            "config.toml line 2: `listen = \"here\"` cannot be; allowed is an address and a port, such as \"127.0.0.1:8480\"",
        ),
        (
            "[receiver]\n# no TLS\nlisten = 8480",
            "config.toml line 3: `listen = 8480` cannot be; allowed is an address and a port, such as \"127.0.0.1:8480\"",
        ),
        ("receiver = 1", "config.toml line 1: `receiver = 1` cannot be; allowed is a table, [receiver]"),
        (
            "[marketplace]\nsite = \"mars\"",
            "config.toml line 2: `site = \"mars\"` cannot be; allowed is \"china\", \"international\" or \"europe\"",
        ),
        (
            "[marketplace]\nbase_url = \"http://token@example.com\"",
            "config.toml line 2: the value of `base_url` cannot be; allowed is an https address (http for this machine only)",
        ),
        (
            "[marketplace]\n\nchange_retry_hours = -1",
            "config.toml line 3: `change_retry_hours = -1` cannot be; allowed is a number from 0 to 720",
        ),
        (
            "[marketplace]\npurchase_retry_hours = nan",
            "config.toml line 2: `purchase_retry_hours = nan` cannot be; allowed is a number from 0 to 720",
        ),
        (
            "[reconcile]\ncalled_since = \"soon\"",
            "config.toml line 2: `called_since = \"soon\"` cannot be; allowed is a time such as \"2026-01-31T08:00:00+08:00\"",
        ),
        ("[retry]\nrenewal = 721", "config.toml line 2: `renewal = 721` cannot be; allowed is a number from 0 to 720"),
        (
            "[window]\nlanguage = \"fr\"",
            "config.toml line 2: `language = \"fr\"` cannot be; allowed is \"system\", \"en\" or \"zh-CN\"",
        ),
        (
            "window = { theme = \"pink\" }",
            "config.toml line 1: `theme = \"pink\"` cannot be; allowed is \"system\", \"light\" or \"dark\"",
        ),
    ] {
        assert_eq!(refused(text), sentence);
    }
    assert!(refused("\n\n[[endpoint]]\nname = ").starts_with("config.toml line 4: "));
    assert!(refused("[receiver]\n[window]\n[receiver]\n").starts_with("config.toml line 3: "));
}

#[test]
fn endpoints_that_cannot_work_are_told() {
    let head = "# the shop\n[[endpoint]]\nname = \"a\"\npath = \"/a\"\n";
    for (more, sentence) in [
        ("encrypt_type = 3", "line 5: `encrypt_type = 3` cannot be; allowed is 1 (AES-256) or 2 (AES-128)"),
        ("encrypt_type = 300", "line 5: `encrypt_type = 300` cannot be; allowed is 1 (AES-256) or 2 (AES-128)"),
        ("body_sign_v2 = 1", "line 5: `body_sign_v2 = 1` cannot be; allowed is true or false"),
        (
            "fulfilment = \"magic\"",
            "line 5: `fulfilment = \"magic\"` cannot be; allowed is \"template\", \"manual\" or \"webhook\"",
        ),
        ("fulfilment = \"template\"", "line 5: endpoint `a` has fulfilment = \"template\" and no [endpoint.template]"),
        ("fulfilment = \"webhook\"", "line 5: endpoint `a` has fulfilment = \"webhook\" and no [endpoint.webhook]"),
        (
            "[endpoint.webhook]\nurl = \"ftp://x\"",
            "line 6: the value of `url` cannot be; allowed is an http or https address",
        ),
        (
            "[endpoint.webhook]\nurl = \"https://x\"\ntimeout_ms = 4501",
            "line 7: `timeout_ms = 4501` cannot be; allowed is a whole number from 100 to 4500, because KooGallery waits 5 s",
        ),
        ("[endpoint.webhook]\ntimeout_ms = 200", "line 5: the key `url` is missing"),
        (
            "[endpoint.template]\nfront_end_url = \" \"",
            "line 6: endpoint `a` has neither front_end_url, which the buyer opens, nor license, which getLicense tells",
        ),
        ("\n[[endpoint]]\nname = \"a\"\npath = \"/b\"", "line 7: two endpoints are called `a`; each name stands once"),
        (
            "\n[[endpoint]]\nname = \"b\"\npath = \"/a/\"",
            "line 8: two endpoints have the path `/a/`; each path stands once",
        ),
        ("\n[[endpoint]]\nname = \"b\"", "line 6: the key `path` is missing"),
        (
            "\n[[endpoint]]\nname = \"b\"\npath = \"b\"",
            "line 8: `path = \"b\"` cannot be; allowed is \"/\" and letters, digits, \"/\", \"-\", \"_\", \".\" or \"~\" after it",
        ),
        (
            "\n[[endpoint]]\nname = \"\"\npath = \"/b\"",
            "line 7: the value of `name` cannot be; allowed is 1 to 64 characters in quotes",
        ),
    ] {
        assert_eq!(refused(&format!("{head}{more}")), format!("config.toml {sentence}"));
    }
}

/// Every key with a value of a kind that it cannot have: the complaint says which kind it can.
#[test]
fn every_key_says_what_it_takes() {
    let endpoint = "[[endpoint]]\nname = \"a\"\npath = \"/a\"\n";
    for (table, keys) in [
        ("[receiver]", "listen tls"),
        ("[receiver.tls]", "certificate key"),
        (
            "[marketplace]",
            "site base_url fallback_url timeout_secs license_api license_query_api query_licenses_daily ca_certificate \
             purchase_retry_hours change_retry_hours",
        ),
        ("[window]", "language theme notifications"),
        ("[usage]", "folder zone interface billing pull_url pull_minutes"),
        ("[limits]", "counted expired_quantity"),
        ("[licenses]", "grace_days retention_days"),
        ("[supervision]", "start_rule"),
        ("[history]", "texts_days"),
        ("[reconcile]", "called_since"),
        (
            "[retry]",
            "new_order upgrade renewal status release order_notify code_renewal code_status code_release license_v1 other",
        ),
        (
            "[settlement]",
            "platform_fee joint_share threshold threshold_counts supervision_done upgrade_formula withholding_tax \
             digital_services_tax international_platform_share",
        ),
        ("", "fulfilment encrypt_type body_sign_v2 template webhook"),
        ("[endpoint.template]", "front_end_url admin_url user_name password memo license"),
        ("[endpoint.webhook]", "url"),
        ("[endpoint.webhook]\nurl = \"https://x\"", "timeout_ms"),
    ] {
        for key in keys.split_whitespace() {
            let error = refused(&format!("{endpoint}{table}\n{key} = 99999"));
            let (_, allowed) = error.split_once(" cannot be; allowed is ").unwrap_or_else(|| panic!("{key}: {error}"));
            let is_text =
                ["certificate", "key", "front_end_url", "admin_url", "user_name", "password", "memo", "license"];
            assert_eq!(allowed == "text in quotes", is_text.contains(&key), "{key}: {error}");
        }
    }
}

#[test]
fn no_complaint_repeats_a_password() {
    let head = "[[endpoint]]\nname = \"a\"\npath = \"/a\"\n[endpoint.template]\nfront_end_url = \"https://x\"\n";
    let error = refused(&format!("{head}password = 20261124"));
    assert_eq!(error, "config.toml line 6: the value of `password` cannot be; allowed is text in quotes");
    for broken in ["password = \"demo-password", "password = demo-password", "password = \"demo-password\" x"] {
        let error = refused(&format!("{head}{broken}"));
        assert!(error.starts_with("config.toml line 6: ") && !error.contains("demo-password"), "{error}");
    }
}

#[test]
fn a_password_is_written_as_text() {
    let template = Template { password: Some(Secret::new("demo-password")), ..Template::default() };
    assert!(toml::to_string(&template).unwrap().contains("password = \"demo-password\""));
}

#[test]
fn a_file_that_is_no_text_is_told() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(CONFIG_FILE), [0xff, 0xfe, 0]).unwrap();
    let error = Config::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("config.toml cannot be read: "), "{error}");
}
