//! Changing settings while calls come in.

use sellerdesk::{
    config::{Config, Endpoint},
    desk::{DeskError, session::SettingsChange},
    protocol::{KeyClass, Secret},
};

use crate::support::app::{Client, KEY, MANUAL, TEMPLATE, TestApp, purchase};

const OWN_KEY: &str = "demo-key-for-tests-0002";

async fn rename(app: &TestApp, old: &str, new: &str) -> Result<(), DeskError> {
    let endpoint = Endpoint { name: new.into(), ..app.desk.config().endpoint(old).unwrap().clone() };
    app.desk.change_settings(SettingsChange::Endpoint { replaces: Some(old.into()), endpoint }).await
}

#[tokio::test]
async fn an_endpoint_that_gets_another_name_keeps_its_secrets() {
    let app = TestApp::start(TEMPLATE).await;
    app.desk.set_key(KeyClass::Base, Some("main".into()), Secret::new(OWN_KEY)).await.unwrap();
    let webhook_secret = app.desk.webhook_secret("main".into()).await.unwrap();
    rename(&app, "main", "shop").await.unwrap();
    assert!(Config::load(app.dir.path()).unwrap().endpoint("shop").is_some());
    assert_eq!(app.call_signed_with(OWN_KEY, purchase("CS1")).await.code(), "000000");
    assert_eq!(app.call(purchase("CS2")).await.code(), "000001");
    let now_is = app.desk.webhook_secret("shop".into()).await.unwrap();
    assert_eq!(now_is.expose(), webhook_secret.expose());
    let app = TestApp::start_on(app.stop().await).await;
    assert_eq!(app.call_signed_with(OWN_KEY, purchase("CS3")).await.code(), "000000");
}

#[tokio::test]
async fn a_name_that_is_taken_takes_no_keys_away() {
    let two = format!("{TEMPLATE}{}", MANUAL.replace("main", "second").replace("/produce", "/second"));
    let app = TestApp::start(&two).await;
    app.desk.set_key(KeyClass::Base, Some("main".into()), Secret::new(OWN_KEY)).await.unwrap();
    assert!(rename(&app, "second", "main").await.is_err());
    assert_eq!(app.call_signed_with(OWN_KEY, purchase("CS1")).await.code(), "000000");
    let second = Client::new(&format!("http://{}/second", app.address));
    assert_eq!(second.call_signed_with(KEY, purchase("CS2")).await.code(), "000004");
}
