//! Endpoints as the window's settings change them.

use egui_kittest::kittest::Queryable as _;
use sellerdesk::config::{Config, FulfilmentMode};

use crate::support::window::Stage;

const LICENSES: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
[endpoint.template]
license = "LIC-{orderId}"
"#;

#[test]
fn how_answers_leave_is_chosen_and_a_license_template_stays() {
    for (language, settings, edit, body_sign, save) in [
        ("en", "Settings", "Edit main", "Sign answers to V2 too", "Save"),
        ("zh-CN", "设置", "编辑 main", "V2 应答也签名", "保存"),
    ] {
        let mut window = Stage::new(language, "light", LICENSES).with_key().open();
        window.click(settings);
        window.click(edit);
        window.wait_for("encryptType");
        window.click("2 · AES-128");
        window.click(body_sign);
        window.fill_in("license", "-2026");
        window.harness.get_by_label(save).scroll_to_me();
        window.harness.run_steps(3);
        window.click(save);
        window.wait_until("the form is still open", |window| !window.sees("encryptType"));
        let endpoint = Config::load(window.desk.data_dir()).unwrap().endpoints.remove(0);
        assert_eq!(
            (endpoint.fulfilment, u8::from(endpoint.encrypt_type), endpoint.body_sign_v2),
            (FulfilmentMode::Template, 2, false)
        );
        let license = endpoint.template.unwrap().license.unwrap();
        assert!(license.expose().contains("LIC-{orderId}") && license.expose().contains("-2026"));
    }
}
