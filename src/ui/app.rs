//! The shell: what is open, what is looked at, and the way of everything between views and desk. Draws no view itself.

use egui::{CentralPanel, Context, Panel, Ui};
use jiff::tz::TimeZone;

use super::{
    context::{Place, Request, ViewContext},
    detail::DetailPane,
    dialog::Dialog,
    frame::{Navigation, TopBar},
    link::Link,
    notify::{self, Notifier},
    text,
    texts::{Language, Texts},
    theme,
    times::Times,
    toasts::Toasts,
    views::{
        DebuggingView, InstancesView, LicensesView, LimitsView, MessagesView, OrdersView, OrganisationsView,
        OverviewView, RefusedView, RegistersView, SettingsView, UsageView,
    },
    widgets::FileDialogs,
};
use crate::{
    desk::{
        Clock,
        session::{Command, Session, Subject},
    },
    domain::World,
};

/// What the window is opened with.
pub struct AppParts {
    pub session: Session,
    pub clock: Clock,
    /// The zone in which times are told.
    pub zone: TimeZone,
    /// Who tells what happens while nobody looks at the window.
    pub notifier: Box<dyn Notifier>,
    pub dialogs: FileDialogs,
}

pub struct App {
    link: Link,
    clock: Clock,
    notifier: Box<dyn Notifier>,
    times: Times,
    dialogs: FileDialogs,
    texts: Texts,
    /// As last applied from the configuration.
    language: String,
    theme: String,
    place: Place,
    world: World,
    search: String,
    subject: Option<Subject>,
    dialog: Option<Dialog>,
    toasts: Toasts,
    top_bar: TopBar,
    navigation: Navigation,
    overview: OverviewView,
    messages: MessagesView,
    instances: InstancesView,
    orders: OrdersView,
    licenses: LicensesView,
    limits: LimitsView,
    registers: RegistersView,
    organisations: OrganisationsView,
    usage: UsageView,
    refused: RefusedView,
    debugging: DebuggingView,
    settings: SettingsView,
    detail: DetailPane,
}

impl App {
    pub fn new(ctx: &Context, parts: AppParts) -> Self {
        theme::install(ctx);
        let mut link = Link::new(parts.session);
        let window = link.snapshot().settings.config.window.clone();
        ctx.set_theme(theme::preference(&window.theme));
        Self {
            link,
            times: Times { now: (parts.clock)(), zone: parts.zone },
            clock: parts.clock,
            notifier: parts.notifier,
            dialogs: parts.dialogs,
            texts: Texts::new(Language::of_setting(&window.language)),
            language: window.language,
            theme: window.theme,
            place: Place::default(),
            world: World::Live,
            search: String::new(),
            subject: None,
            dialog: None,
            toasts: Toasts::default(),
            top_bar: TopBar::default(),
            navigation: Navigation,
            overview: OverviewView::default(),
            messages: MessagesView::default(),
            instances: InstancesView::default(),
            orders: OrdersView::default(),
            licenses: LicensesView::default(),
            limits: LimitsView::default(),
            registers: RegistersView::default(),
            organisations: OrganisationsView::default(),
            usage: UsageView::default(),
            refused: RefusedView::default(),
            debugging: DebuggingView::default(),
            settings: SettingsView::default(),
            detail: DetailPane::default(),
        }
    }

    fn apply_settings(&mut self, ctx: &Context) {
        let snapshot = self.link.snapshot();
        let window = &snapshot.settings.config.window;
        if window.language != self.language {
            self.language.clone_from(&window.language);
            self.texts = Texts::new(Language::of_setting(&self.language));
        }
        if window.theme != self.theme {
            self.theme.clone_from(&window.theme);
            ctx.set_theme(theme::preference(&self.theme));
        }
    }

    fn obey(&mut self, ctx: &Context, request: Request) {
        match request {
            Request::Ask(command) => self.link.send(command),
            Request::GoTo(place) => self.place = place,
            Request::Select(subject) => {
                if self.subject != subject {
                    self.subject.clone_from(&subject);
                    self.link.send(Command::LookAtSubject(subject));
                }
            }
            Request::OpenTenant(world, tenant_id) => {
                self.set_world(world);
                self.search.clear();
                self.organisations.open(world, tenant_id);
                self.place = Place::Organisations;
            }
            Request::OpenRegister(aim) => {
                self.search.clear();
                self.registers.open(aim);
                self.place = Place::Registers;
            }
            Request::Confirm { question, yes, command } => self.dialog = Some(Dialog::new(question, yes, command)),
            Request::Copy { text, what } => {
                ctx.copy_text(text);
                self.toasts.success(text!(self.texts, "copied", what = what), self.times.now);
            }
            Request::Search(search) => self.search = search,
            Request::OpenLimit(asked) => {
                self.search.clear();
                self.limits.open(asked);
                self.place = Place::Limits;
            }
            Request::OpenTargets(kind) => {
                self.limits.open_targets(kind);
                self.place = Place::Limits;
            }
            Request::AddLicenses(world) => {
                self.set_world(world);
                self.place = Place::Licenses;
                self.licenses.add();
            }
            Request::ActivateLicense(world, license) => {
                self.set_world(world);
                self.place = Place::Licenses;
                self.link.send(self.licenses.activate(world, &license));
            }
            Request::CorrectUsage(stored) => {
                self.place = Place::Usage;
                self.usage.correct(*stored, &self.times);
            }
        }
    }

    fn set_world(&mut self, world: World) {
        if self.world != world {
            self.world = world;
            self.subject = None;
            self.link.send(Command::LookAtWorld(world));
            self.link.send(Command::LookAtSubject(None));
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.times.now = (self.clock)();
        while let Some(event) = self.link.next_event() {
            if let Some(text) = self.toasts.tell(&event, &self.texts, &self.times) {
                ctx.copy_text(text);
            }
            if self.link.snapshot().settings.config.window.notifications
                && let Some(notice) = notify::notice_of(&event, &self.texts, self.times.now)
            {
                self.notifier.notify(notice);
            }
            self.settings.notice(&event);
            self.licenses.notice(&event);
            self.orders.notice(&event);
            self.limits.notice(&event);
            self.registers.notice(&event);
            self.usage.notice(&event);
            self.detail.notice(&event);
        }
        self.apply_settings(ctx);
        if !self.link.flush() {
            ctx.request_repaint_after(std::time::Duration::from_millis(50));
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let dialog_open = self.dialog.is_some();
        let mut cx = ViewContext {
            texts: &self.texts,
            snapshot: self.link.snapshot(),
            times: &self.times,
            world: self.world,
            search: &self.search,
            subject: self.subject.as_ref(),
            dialogs: &self.dialogs,
            keyboard_taken: dialog_open || ui.ctx().egui_wants_keyboard_input(),
            requests: Vec::new(),
        };
        let mut world = self.world;
        Panel::top("top").show(ui, |ui| self.top_bar.show(ui, &mut cx, &mut world, self.place));
        Panel::left("navigation").resizable(false).exact_size(168.0).show(ui, |ui| {
            self.navigation.show(ui, &mut cx, self.place);
        });
        if cx.subject.is_some() && self.place.has_details() {
            Panel::right("detail").resizable(true).default_size(440.0).size_range(320.0..=800.0).show(ui, |ui| {
                self.detail.usage_api = self.usage.api;
                self.detail.show(ui, &mut cx);
            });
        }
        CentralPanel::default().show(ui, |ui| match self.place {
            Place::Overview => self.overview.show(ui, &mut cx),
            Place::Messages => self.messages.show(ui, &mut cx),
            Place::Instances => self.instances.show(ui, &mut cx),
            Place::Orders => self.orders.show(ui, &mut cx),
            Place::Licenses => self.licenses.show(ui, &mut cx),
            Place::Limits => self.limits.show(ui, &mut cx),
            Place::Registers => self.registers.show(ui, &mut cx),
            Place::Organisations => self.organisations.show(ui, &mut cx),
            Place::Usage => self.usage.show(ui, &mut cx),
            Place::Refused => self.refused.show(ui, &mut cx),
            Place::Debugging => self.debugging.show(ui, &mut cx),
            Place::Settings => self.settings.show(ui, &mut cx),
        });
        if self.place != Place::Messages {
            self.messages.rest(&mut cx);
        }
        if self.place != Place::Instances {
            self.instances.rest(&mut cx);
        }
        if self.place != Place::Usage {
            self.usage.rest(&mut cx);
        }
        if self.place != Place::Limits {
            self.limits.rest(&mut cx);
        }
        if self.place != Place::Licenses {
            self.licenses.rest(&mut cx);
        }
        if self.place != Place::Orders {
            self.orders.rest(&mut cx);
        }
        if self.place != Place::Organisations {
            self.organisations.rest(&mut cx);
        }
        // Last, so that a dialog and a text field see the key first.
        if !cx.keyboard_taken && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
            cx.requests.push(Request::Select(None));
        }
        let requests = std::mem::take(&mut cx.requests);
        drop(cx);
        if let Some(dialog) = &self.dialog
            && let Some(answer) = dialog.show(ui.ctx(), &self.texts)
        {
            self.dialog = None;
            if let Some(command) = answer {
                self.link.send(command);
            }
        }
        self.toasts.show(ui.ctx(), self.times.now);
        let changed = !requests.is_empty() || world != self.world;
        for request in requests {
            self.obey(ui.ctx(), request);
        }
        self.set_world(world);
        if changed {
            ui.ctx().request_repaint();
        }
    }
}
