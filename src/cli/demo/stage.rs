//! Where the demo takes place: directory, configuration and keys, a product behind the webhook, and marketplaces that call.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use tempfile::TempDir;

use super::clock::StageClock;
use crate::{
    cli::open,
    config::{AccessKeyPair, Config, KeyRing},
    desk::{Desk, ReceiverState},
    protocol::{KeyClass, Secret, UnixMillis},
    simulator::{
        Backend, Customer, Generation, Lifecycle, Marketplace, Message, MessageId, OpenApiServer, Product, Setup,
        SimulatorError, open_api::OpenApiSetup,
    },
};

pub(super) struct Stage {
    clock: StageClock,
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
    /// It begins so many milliseconds ago, and time has to be passed until now.
    pub(super) async fn set_up(ago: i64, lifecycle: Lifecycle) -> anyhow::Result<Self> {
        let clock = StageClock::beginning_before(ago);
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
        let backend = Backend::start(&keys.webhook_secret("main")?, clock.of_simulator()).await?;
        let marketplace = Marketplace::open(
            setup(&clock, KeyClass::Base, base.clone())
                .with_key(KeyClass::License, license)
                .with_key(KeyClass::Kit, kit)
                .with_lifecycle(lifecycle),
        )?;
        let by_hand = Marketplace::open(setup(&clock, KeyClass::Base, base))?;
        let of_v1 = Marketplace::open(setup(&clock, KeyClass::V1, v1).of_generation(Generation::V1))?;
        let access = AccessKeyPair { ak: "DEMOACCESSKEY0000000".to_owned(), sk: key(), security_token: None };
        keys.set_access_key(&access)?;
        // The story's time is put forward while the desk asks.
        let asked = OpenApiSetup { max_skew_millis: ago, ..OpenApiSetup::new(access.ak, access.sk) };
        let apis = OpenApiServer::start_for(&marketplace, &[&by_hand, &of_v1], asked)?;
        configure(dir.path(), &apis.url(), &backend.url())?;
        let desk = open::desk_with(dir.path().to_owned(), keys, clock.of_desk())?;
        let stranger = Marketplace::open(setup(&clock, KeyClass::Base, key()))?;
        Ok(Self { clock, desk, backend, marketplace, by_hand, of_v1, stranger, apis, _dir: dir })
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

    /// Until when time can be passed.
    pub(super) fn wall(&self) -> UnixMillis {
        open::system_time()
    }

    fn marketplaces(&self) -> [&Marketplace; 4] {
        [&self.marketplace, &self.by_hand, &self.of_v1, &self.stranger]
    }

    /// Puts the time forward, at most to the wall clock's. What is due at the marketplaces until then happens at its time.
    pub(super) async fn pass_to(&self, time: UnixMillis) {
        let time = time.min(self.wall());
        loop {
            let due = self.marketplaces().into_iter().filter_map(Marketplace::next_due).min();
            let due = due.filter(|due| *due <= time);
            self.put_forward_to(due.unwrap_or(time)).await;
            for marketplace in self.marketplaces() {
                marketplace.advance_to(self.clock.now()).await;
            }
            if due.is_none() {
                return;
            }
        }
    }

    /// Between calls, as all are signed and checked with this clock.
    async fn put_forward_to(&self, time: UnixMillis) {
        let mut resting = vec![];
        for marketplace in self.marketplaces() {
            resting.push(marketplace.rest().await);
        }
        self.clock.put_forward_to(time);
    }

    pub(super) async fn pass(&self, millis: i64) {
        self.pass_to(self.clock.now().plus_millis(millis)).await;
    }

    /// Passes time until nothing more happens to the message by itself.
    pub(super) async fn settled(&self, at: &Marketplace, id: MessageId) -> Result<Message, SimulatorError> {
        let is_open = || at.message(id).is_some_and(|message| !message.state.is_final());
        while is_open()
            && let Some(due) = at.next_due()
            && due <= self.wall()
        {
            self.pass_to(due).await;
        }
        at.settled(id).await
    }
}

/// Where it calls is told once the doors are open.
fn setup(clock: &StageClock, class: KeyClass, key: Secret) -> Setup {
    let setup = Setup::new("http://127.0.0.1:1").with_key(class, key);
    Setup { clock: clock.of_simulator(), ..setup }
}

fn configure(dir: &Path, apis: &str, backend: &str) -> anyhow::Result<()> {
    let password = uuid::Uuid::new_v4();
    let text = format!(
        r#"[receiver]
listen = "127.0.0.1:0"

[marketplace]
base_url = "{apis}"

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
    sold(0, "Cloud office", 12)
}

pub(super) fn monthly() -> Product {
    sold(1, "Cloud office by the month", 1)
}

/// Of which purchases fail.
pub(super) fn backup() -> Product {
    sold(2, "Cloud backup", 12)
}

/// Activated with authorization codes.
pub(super) fn drawing(months: u16) -> Product {
    sold(3, "Drawing program", months)
}

fn sold(number: u8, name: &str, months: u16) -> Product {
    Product {
        product_id: format!("00301-11004{number}-0--0"),
        sku_code: format!("d0abcd12-1234-5678-ab90-{number}1ab012aaa{months:02}"),
        name: name.into(),
        months,
    }
}
