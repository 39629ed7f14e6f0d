//! What a view gets to draw with, and where it puts what the user wants.

use std::sync::Arc;

use super::{texts::Texts, times::Times, widgets::FileDialogs};
use crate::{
    desk::session::{Command, LimitAsked, Snapshot, Subject},
    domain::{
        World, limit::TargetKind, register::RegisterKind, retry_window::FAILED_ORDERS_ALLOWED, usage::StoredUsage,
    },
    protocol::{
        UnixMillis,
        id::{LicenseCode, TenantId},
    },
};

/// The entries of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Place {
    #[default]
    Overview,
    Messages,
    Instances,
    Orders,
    Licenses,
    Limits,
    Registers,
    Organisations,
    Usage,
    Refused,
    Debugging,
    Settings,
}

impl Place {
    pub(super) const ALL: [Self; 12] = [
        Self::Overview,
        Self::Messages,
        Self::Instances,
        Self::Orders,
        Self::Licenses,
        Self::Limits,
        Self::Registers,
        Self::Organisations,
        Self::Usage,
        Self::Refused,
        Self::Debugging,
        Self::Settings,
    ];

    /// Whether the detail pane belongs to it.
    pub(super) const fn has_details(self) -> bool {
        !matches!(self, Self::Limits | Self::Registers | Self::Refused | Self::Debugging | Self::Settings)
    }

    /// Whether the search field looks through it.
    pub(super) const fn is_searched(self) -> bool {
        matches!(self, Self::Limits | Self::Registers) || self.has_details() && !matches!(self, Self::Overview)
    }
}

/// Where in the registers somebody wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    Entry(RegisterKind, i64),
    /// What is due of it.
    Due(RegisterKind),
}

/// What the user wants that is not the view's own affair.
#[derive(Debug)]
pub(super) enum Request {
    Ask(Command),
    GoTo(Place),
    Select(Option<Subject>),
    OpenTenant(World, TenantId),
    OpenRegister(Aim),
    /// The command only after the user has said yes.
    Confirm {
        question: String,
        yes: String,
        command: Command,
    },
    /// `what` names it in the toast that follows.
    Copy {
        text: String,
        what: String,
    },
    Search(String),
    /// The review of limits, with that row open.
    OpenLimit(LimitAsked),
    OpenTargets(TargetKind),
    /// Opens the dialog into which codes are pasted.
    AddLicenses(World),
    /// Opens the dialog in which a code is looked through and activated.
    ActivateLicense(World, LicenseCode),
    /// Opens the form in which a usage record is put right.
    CorrectUsage(Box<StoredUsage>),
}

pub(super) struct ViewContext<'a> {
    pub(super) texts: &'a Texts,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) times: &'a Times,
    pub(super) world: World,
    pub(super) search: &'a str,
    pub(super) subject: Option<&'a Subject>,
    pub(super) dialogs: &'a FileDialogs,
    /// A dialog or a text field has the keyboard.
    pub(super) keyboard_taken: bool,
    pub(super) requests: Vec<Request>,
}

impl ViewContext<'_> {
    pub(super) fn ask(&mut self, command: Command) {
        self.requests.push(Request::Ask(command));
    }

    pub(super) fn select(&mut self, subject: Subject) {
        self.requests.push(Request::Select(Some(subject)));
    }

    pub(super) fn go_to(&mut self, place: Place) {
        self.requests.push(Request::GoTo(place));
    }

    pub(super) fn copy(&mut self, text: impl Into<String>, what: impl Into<String>) {
        self.requests.push(Request::Copy { text: text.into(), what: what.into() });
    }

    /// Asks for a repaint when `time` comes, because something then looks different.
    pub(super) fn repaint_at(&self, ui: &egui::Ui, time: UnixMillis) {
        if let Ok(millis) = u64::try_from(time.millis_since(self.times.now)) {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(millis.saturating_add(50)));
        }
    }

    pub(super) const fn orders_allowed(&self) -> u32 {
        FAILED_ORDERS_ALLOWED
    }
}
