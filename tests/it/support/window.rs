//! The whole window on a desk of its own, driven through the accessibility tree as a screen reader would.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use egui::{Theme, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{By, Queryable as _},
};
use jiff::tz::{TimeZone, offset};
use sellerdesk::{
    config::{Config, KeyRing},
    desk::{Desk, DeskParts, ReceivedCall, ReceiverState, session::Session},
    fulfilment::WebhookClient,
    protocol::{KeyClass, Secret, UnixMillis, callback::v2},
    ui::{App, AppParts, FileDialogs},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{
    app::{KEY, unique},
    backend::{Backend, Told},
    open_api::Market,
    snapshot,
    soft_renderer::SoftRenderer,
};

/// 2026-11-24 10:30 in Beijing, where the window's operator sits.
const NOW: i64 = 1_795_487_400_000;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Window {
    pub harness: Harness<'static, App>,
    pub desk: Desk,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
    _dir: TempDir,
}

/// A desk with a clock that stands still, before its window is opened.
pub struct Stage {
    pub desk: Desk,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
    dir: TempDir,
}

impl Stage {
    /// `endpoints` is the rest of the configuration.
    pub fn new(language: &str, theme: &str, endpoints: &str) -> Self {
        Self::on(multi_threaded(), language, theme, endpoints)
    }

    /// With a product behind a webhook, which gives the answers in turn.
    pub fn with_backend(language: &str, theme: &str, answers: Vec<Told>) -> (Self, Backend) {
        let runtime = multi_threaded();
        let backend = runtime.block_on(Backend::start(answers));
        (Self::on(runtime, language, theme, &backend.config(3_500)), backend)
    }

    /// With a marketplace whose open APIs the desk asks.
    pub fn beside(
        language: &str,
        theme: &str,
        endpoints: &str,
        market: impl Future<Output = Market>,
    ) -> (Self, Market) {
        let runtime = multi_threaded();
        let market = runtime.block_on(market);
        let config = format!("[marketplace]\nbase_url = \"{}\"\n{endpoints}", market.server.url());
        (Self::on(runtime, language, theme, &config), market)
    }

    fn on(runtime: Runtime, language: &str, theme: &str, endpoints: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().unwrap();
        let config = format!("{endpoints}\n[window]\nlanguage = \"{language}\"\ntheme = \"{theme}\"\n");
        std::fs::write(dir.path().join("config.toml"), &config).unwrap();
        let clock = Arc::new(AtomicI64::new(NOW));
        let keys = KeyRing::open_with(dir.path(), false, Arc::new(|_| None)).unwrap();
        let desk = runtime.block_on(async {
            Desk::new(DeskParts {
                store: Desk::open_store(dir.path(), keys.seal_key()).unwrap(),
                keys,
                config: Config::load(dir.path()).unwrap(),
                webhooks: WebhookClient::new().unwrap(),
                clock: told_by(&clock),
                data_dir: dir.path().to_owned(),
            })
        });
        desk.report_receiver(ReceiverState::Listening { address: ([127, 0, 0, 1], 8480).into(), tls: false });
        Self { desk, runtime, clock, dir }
    }

    pub fn with_key(self) -> Self {
        self.runtime.block_on(self.desk.set_key(KeyClass::Base, None, Secret::new(KEY))).unwrap();
        self
    }

    /// A call whose signature was found good; answers the result code.
    pub fn call(&self, endpoint: &str, body: &Value) -> String {
        let body = body.to_string();
        let callback = v2::parse(body.as_bytes()).unwrap();
        let received = ReceivedCall { callback, nonce: Some(unique("nonce")), query: "signature=…".into(), body };
        let config = self.desk.config();
        let endpoint = config.endpoint(endpoint).unwrap();
        self.runtime.block_on(self.desk.answer(endpoint, received)).unwrap().result_code.to_string()
    }

    pub fn advance(&self, by: Duration) {
        self.clock.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Opens the window and waits for its first look at the store. The system has no file dialogs.
    pub fn open(self) -> Window {
        self.open_with(Arc::new(|_| Box::pin(std::future::ready(None))))
    }

    pub fn open_with(self, dialogs: FileDialogs) -> Window {
        let Self { desk, runtime, clock, dir } = self;
        let theme = if desk.config().window.theme == "light" { Theme::Light } else { Theme::Dark };
        let session = runtime.block_on(Session::start(desk.clone(), Arc::new(|| {})));
        let parts = AppParts { session, clock: told_by(&clock), zone: TimeZone::fixed(offset(8)), dialogs };
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_pixels_per_point(1.0)
            .with_theme(theme)
            .with_options(snapshot::strict())
            .renderer(SoftRenderer::default())
            .build_eframe(move |creation| App::new(&creation.egui_ctx, parts));
        let mut window = Window { harness, desk, runtime, clock, _dir: dir };
        window.settle();
        window
    }
}

fn multi_threaded() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn told_by(clock: &Arc<AtomicI64>) -> sellerdesk::desk::Clock {
    let clock = clock.clone();
    Arc::new(move || UnixMillis(clock.load(Ordering::Relaxed)))
}

#[expect(clippy::disallowed_methods, reason = "a window has nothing to wait for but its next frame")]
fn give_way(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

impl Window {
    /// Frames until background work that was asked for has had time to come back.
    pub fn settle(&mut self) {
        for _ in 0..6 {
            self.harness.run_steps(3);
            give_way(60);
        }
        self.harness.run_steps(3);
    }

    pub fn sees(&self, part_of_label: &str) -> bool {
        self.harness.query_all_by_label_contains(part_of_label).next().is_some()
    }

    /// Frames until the text is seen.
    pub fn wait_for(&mut self, part_of_label: &str) {
        self.wait_until(&format!("`{part_of_label}` is not seen"), |window| window.sees(part_of_label));
    }

    pub fn wait_until(&mut self, complaint: &str, done: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !done(self) {
            assert!(begun.elapsed() < PATIENCE, "{complaint}: {:#?}", self.harness.root());
            self.harness.run_steps(2);
            give_way(20);
        }
    }

    /// Clicks the one thing of that name.
    pub fn click(&mut self, label: &str) {
        self.click_when_it_stands(label, || By::new().label(label));
    }

    /// Clicks the row whose name contains it.
    pub fn click_row(&mut self, part_of_name: &str) {
        self.click_when_it_stands(part_of_name, || By::new().role(Role::Row).label_contains(part_of_name));
    }

    /// What has just appeared may still move, and a click would miss it.
    fn click_when_it_stands<'a>(&mut self, name: &str, which: impl Fn() -> By<'a>) {
        let begun = Instant::now();
        let mut before = None;
        loop {
            let now = self.harness.query_all(which()).next().map(|first| first.rect());
            if now.is_some() && now == before {
                self.harness.get(which()).click();
                return self.harness.run_steps(3);
            }
            assert!(begun.elapsed() < PATIENCE, "nothing called `{name}` stands still: {:#?}", self.harness.root());
            before = now;
            self.harness.run_steps(2);
            give_way(5);
        }
    }

    /// Types into the field of that name.
    pub fn fill_in(&mut self, label: &str, text: &str) {
        self.harness.get_by_label(label).focus();
        self.harness.run_steps(2);
        self.harness.get_by_label(label).type_text(text);
        self.harness.run_steps(2);
    }

    pub fn press(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    pub fn advance(&self, by: Duration) {
        self.clock.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Compares with `tests/snapshots/{name}.png`; `UPDATE_SNAPSHOTS=1` takes what is seen as right.
    pub fn snapshot(&mut self, name: &str) {
        self.snapshot_without(name, None);
    }

    /// The same, blind where a label stands that differs from run to run.
    pub fn snapshot_without(&mut self, name: &str, label: Option<&str>) {
        self.settle();
        self.harness.remove_cursor();
        self.harness.run_steps(3);
        if let Some(label) = label {
            let rect = self.harness.get_by_label(label).rect();
            self.harness.mask(rect.expand2(egui::vec2(40.0, 2.0)));
        }
        self.harness.try_snapshot(name).unwrap();
    }
}
