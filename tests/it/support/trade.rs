//! A Sellerdesk with AK and SK, and the simulated KooGallery that it asks and that calls it. Both have one clock.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sellerdesk::{
    cli::open::system_time,
    config::AccessKeyPair,
    desk::{Cancel, Desk},
    domain::{ApiFault, Exception, License, Message, MessageId, Order, Origin, World, listing::OrderQuery},
    protocol::{
        KeyClass, Secret,
        id::{LicenseCode, OrderId},
    },
    simulator::{
        Clock, Customer, Generation, LicenseState, Lifecycle, Marketplace, OpenApiServer, Pace, Product, Setup,
        open_api::{Api, OpenApiSetup, ReceivedRequest},
    },
};
use tempfile::TempDir;

use super::{
    app::{KEY, TestApp, open_desk},
    open_api::{AK, SK},
};

pub const LICENSE_KEY: &str = "license-key-for-tests-0001";
pub const V1_KEY: &str = "v1-key-for-tests-0000000001";

pub struct Trade {
    pub app: TestApp,
    pub marketplace: Marketplace,
    pub server: OpenApiServer,
    ahead: Arc<AtomicI64>,
    /// KooGallery's clock behind the desk's, in milliseconds.
    behind: Arc<AtomicI64>,
}

/// Where it is, and how else the open APIs are asked, as lines of `[marketplace]`.
pub fn config(url: &str, more: &str, endpoint: &str) -> String {
    format!("[marketplace]\nbase_url = \"{url}\"\n{more}\n{endpoint}")
}

pub fn setup() -> OpenApiSetup {
    OpenApiSetup::new(AK, Secret::new(SK))
}

pub fn access_key() -> AccessKeyPair {
    AccessKeyPair { ak: AK.into(), sk: Secret::new(SK), security_token: None }
}

impl Trade {
    pub async fn open(more: &str, endpoint: &str) -> Self {
        Self::open_with(setup(), Generation::V2, more, endpoint).await
    }

    pub async fn open_with(setup: OpenApiSetup, generation: Generation, more: &str, endpoint: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open_in(dir, setup, generation, more, endpoint).await
    }

    /// KooGallery's time stands still until somebody puts it forward, and what expires is frozen and released by itself.
    pub async fn open_jumping(endpoint: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let expires = Lifecycle { expires: true, ..Lifecycle::default() };
        let market = Setup::new("http://127.0.0.1:1").with_pace(Pace::jumping()).with_lifecycle(expires);
        Self::open_at(dir, setup(), market, "", endpoint).await
    }

    pub async fn open_in(
        dir: TempDir,
        setup: OpenApiSetup,
        generation: Generation,
        more: &str,
        endpoint: &str,
    ) -> Self {
        let market = Setup::new("http://127.0.0.1:1").of_generation(generation);
        Self::open_at(dir, setup, market, more, endpoint).await
    }

    async fn open_at(dir: TempDir, setup: OpenApiSetup, market: Setup, more: &str, endpoint: &str) -> Self {
        let (ahead, behind) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let mut market = market
            .with_key(KeyClass::Base, Secret::new(KEY))
            .with_key(KeyClass::License, Secret::new(LICENSE_KEY))
            .with_key(KeyClass::V1, Secret::new(V1_KEY))
            .with_seed(1);
        let (told, off) = (Arc::clone(&ahead), Arc::clone(&behind));
        market.clock =
            Clock::new(move || system_time().plus_millis(told.load(Ordering::Relaxed) - off.load(Ordering::Relaxed)));
        let marketplace = Marketplace::open(market).unwrap();
        let server = OpenApiServer::start(&marketplace, setup).unwrap();
        std::fs::write(dir.path().join("config.toml"), config(&server.url(), more, endpoint)).unwrap();
        let app = TestApp::start_at(dir, Arc::clone(&ahead)).await;
        for (class, key) in [(KeyClass::Base, KEY), (KeyClass::License, LICENSE_KEY), (KeyClass::V1, V1_KEY)] {
            app.desk.set_key(class, None, Secret::new(key)).await.unwrap();
        }
        app.desk.set_access_key(access_key()).await.unwrap();
        marketplace.set_target(format!("http://{}/produce", app.address));
        Self { app, marketplace, server, ahead, behind }
    }

    /// The desk's process ends and another begins on the same directory, so much later.
    pub async fn restart(self, later: Duration) -> Self {
        let Self { app, marketplace, server, ahead, behind } = self;
        let dir = app.stop().await;
        ahead.fetch_add(i64::try_from(later.as_millis()).unwrap(), Ordering::Relaxed);
        let app = TestApp::start_at(dir, Arc::clone(&ahead)).await;
        marketplace.set_target(format!("http://{}/produce", app.address));
        Self { app, marketplace, server, ahead, behind }
    }

    /// As another process on the same directory has it.
    pub fn another_desk(&self) -> Desk {
        open_desk(self.dir(), &self.ahead)
    }

    pub fn dir(&self) -> &Path {
        self.app.dir.path()
    }

    pub fn put_koogallery_behind(&self, by: Duration) {
        self.behind.store(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// Codes of one order that the buyer has received.
    pub fn received(&self, number: u16) -> Vec<LicenseCode> {
        let codes = self.issued(number);
        codes.iter().for_each(|code| self.marketplace.receive_license(code).unwrap());
        codes
    }

    /// Codes that the buyer has not received yet.
    pub fn issued(&self, number: u16) -> Vec<LicenseCode> {
        self.marketplace.buy_licenses(&customer(), &product(), number)
    }

    pub fn is_alive(&self, code: &LicenseCode) -> bool {
        let license = self.marketplace.license(code).unwrap();
        license.state(self.app.desk.now()) == LicenseState::Alive
    }

    /// As a pasted list is activated.
    pub async fn activate(&self, codes: &[LicenseCode]) -> Vec<Message> {
        let ids = self.app.desk.keep_activations(World::Live, codes.to_vec(), None).await.unwrap();
        self.carry_out(ids).await
    }

    pub async fn carry_out(&self, ids: Vec<MessageId>) -> Vec<Message> {
        let desk = &self.app.desk;
        desk.carry_out(ids.clone(), Origin::Operator, &Cancel::default(), None).await.unwrap();
        desk.messages(ids.into_iter().map(|id| id.0).collect()).await.unwrap()
    }

    pub async fn message(&self, id: MessageId) -> Message {
        self.app.desk.message(id).await.unwrap().unwrap().0
    }

    pub async fn license(&self, code: &LicenseCode) -> License {
        self.app.desk.license(World::Live, code.clone()).await.unwrap().unwrap().0
    }

    pub async fn query_order(&self, order_id: &str) -> Message {
        let ids = self.app.desk.keep_order_queries(World::Live, vec![OrderId::new(order_id)]).await.unwrap();
        self.carry_out(ids).await.remove(0)
    }

    pub async fn orders(&self) -> Vec<Order> {
        let query = OrderQuery { ascending: true, ..OrderQuery::default() };
        let ids = self.app.desk.order_ids(query, Cancel::default()).await.unwrap();
        self.app.desk.orders(ids).await.unwrap().into_iter().map(|(_, order)| order).collect()
    }

    pub fn requests(&self, api: Api) -> Vec<ReceivedRequest> {
        self.server.requests().into_iter().filter(|request| request.api == Some(api)).collect()
    }

    /// Every API that was called, in the order of the calls.
    pub fn called(&self) -> Vec<Api> {
        self.server.requests().into_iter().filter_map(|request| request.api).collect()
    }
}

pub fn fault(message: &Message) -> &ApiFault {
    match &message.exception {
        Some(Exception::OpenApi { fault }) => fault,
        other => panic!("{other:?}"),
    }
}

pub fn product() -> Product {
    Product { product_id: "OFFI1".into(), sku_code: "sku-1".into(), name: "Cloud office".into(), months: 12 }
}

pub fn customer() -> Customer {
    Customer { customer_id: "68cbc86abc2018ab880d92f36422fa0e".into(), customer_name: "hwtest".into() }
}
