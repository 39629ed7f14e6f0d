//! Where the demo takes place: directory, configuration and keys, a product behind the webhook, and marketplaces that call.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::{
    cli::open,
    config::{AccessKeyPair, Config, KeyRing},
    desk::{Desk, ReceiverState},
    protocol::{KeyClass, Secret},
    simulator::{
        Backend, Clock, Customer, Generation, Marketplace, OpenApiServer, Pace, Product, Setup, open_api::OpenApiSetup,
    },
};

pub(super) struct Stage {
    pub(super) desk: Desk,
    pub(super) backend: Backend,
    /// Sells what the backend provisions.
    pub(super) marketplace: Marketplace,
    /// Sells what an operator provisions by hand.
    pub(super) by_hand: Marketplace,
    /// Sells under the access guide V1.0 what a template provisions.
    pub(super) of_v1: Marketplace,
    /// Signs with a key that nobody knows.
    pub(super) stranger: Marketplace,
    /// What the desk asks.
    pub(super) apis: OpenApiServer,
    /// Last, so that it goes when nothing uses it any more.
    _dir: TempDir,
}

impl Stage {
    /// `hour` is how long an hour of KooGallery's waiting takes.
    pub(super) async fn set_up(hour: Duration) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("sellerdesk-demo-").tempdir().context("no throw-away directory")?;
        // Neither the keychain nor the environment of whoever looks at the demo is its business.
        let keys = KeyRing::open_with(dir.path(), false, Arc::new(|_| None))?;
        let key = || Secret::new(uuid::Uuid::new_v4().to_string());
        let (base, kit, license, v1) = (key(), key(), key(), key());
        for (class, key) in
            [(KeyClass::Base, &base), (KeyClass::Kit, &kit), (KeyClass::License, &license), (KeyClass::V1, &v1)]
        {
            keys.set(None, class, key.clone())?;
        }
        let backend = Backend::start(&keys.webhook_secret("main")?, Clock::system()).await?;
        let marketplace = Marketplace::open(
            setup(base.clone(), hour).with_key(KeyClass::License, license).with_key(KeyClass::Kit, kit),
        )?;
        let by_hand = Marketplace::open(setup(base, hour))?;
        let of_v1 = Marketplace::open(setup_of_v1(v1, hour))?;
        let access = AccessKeyPair { ak: "DEMOACCESSKEY0000000".to_owned(), sk: key(), security_token: None };
        keys.set_access_key(&access)?;
        let asked = OpenApiSetup::new(access.ak, access.sk);
        let apis = OpenApiServer::start_for(&marketplace, &[&by_hand, &of_v1], asked)?;
        configure(dir.path(), &apis.url(), &backend.url(), hour)?;
        let desk = open::desk_with(dir.path().to_owned(), keys, Arc::new(open::system_time))?;
        let stranger = Marketplace::open(setup(key(), hour))?;
        Ok(Self { desk, backend, marketplace, by_hand, of_v1, stranger, apis, _dir: dir })
    }

    /// Waits until calls are received, and tells the marketplaces where.
    pub(super) async fn open_doors(&self) -> anyhow::Result<String> {
        let mut receiver = self.desk.watch_receiver();
        let state = receiver
            .wait_for(|state| matches!(**state, ReceiverState::Listening { .. } | ReceiverState::Failed { .. }))
            .await?
            .clone();
        let ReceiverState::Listening { address, .. } = *state else { anyhow::bail!("the receiver does not listen") };
        let url = format!("http://{address}/produce");
        self.marketplace.set_target(&url);
        self.stranger.set_target(&url);
        self.by_hand.set_target(format!("http://{address}/by-hand"));
        self.of_v1.set_target(format!("http://{address}/classic"));
        Ok(url)
    }
}

/// Where it calls is told once the doors are open.
fn setup(key: Secret, hour: Duration) -> Setup {
    Setup::new("http://127.0.0.1:1").with_key(KeyClass::Base, key).with_pace(Pace::with_hour(hour))
}

fn setup_of_v1(key: Secret, hour: Duration) -> Setup {
    let setup = Setup::new("http://127.0.0.1:1").with_key(KeyClass::V1, key).with_pace(Pace::with_hour(hour));
    setup.of_generation(Generation::V1)
}

/// The desk is told how long the marketplaces call, so that what it says of refunds is true here.
fn configure(dir: &Path, apis: &str, backend: &str, hour: Duration) -> anyhow::Result<()> {
    let retry_hours = hour.as_secs_f64() / 3600.0;
    let purchase_retry_hours = 3.0 * retry_hours;
    let password = uuid::Uuid::new_v4();
    let text = format!(
        r#"[receiver]
listen = "127.0.0.1:0"

[marketplace]
base_url = "{apis}"
purchase_retry_hours = {purchase_retry_hours}
change_retry_hours = {retry_hours}

[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "webhook"
[endpoint.webhook]
url = "{backend}"

[[endpoint]]
name = "by-hand"
path = "/by-hand"
fulfilment = "manual"

[[endpoint]]
name = "classic"
path = "/classic"
fulfilment = "template"
[endpoint.template]
front_end_url = "https://classic.example.com/{{instanceId}}"
user_name = "admin"
password = "{password}"
"#
    );
    Config::parse(&text)?;
    std::fs::write(dir.join("config.toml"), text)?;
    Ok(())
}

pub(super) fn customer(name: &str) -> Customer {
    let number: u32 = name.chars().map(u32::from).sum();
    Customer { customer_id: format!("{:032x}", u64::from(number) * 0x9e37_79b9), customer_name: name.to_owned() }
}

pub(super) fn product() -> Product {
    Product {
        product_id: "00301-110040-0--0".into(),
        sku_code: "d0abcd12-1234-5678-ab90-11ab012aaaa1".into(),
        name: "Cloud office".into(),
        months: 12,
    }
}
