//! The session's part of the license calendar: read while somebody looks at it, again after every write and as time passes.

use std::sync::Arc;

use super::{
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    domain::license_calendar::{CalendarQuery, LicenseCalendar},
    store::StoreError,
};

/// More than anybody scrolls through; those that come later are behind a narrower question.
pub const SHOWN: usize = 1_000;

/// What the window sees of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarKnown {
    /// What `calendar` answers; `None` while nothing was read.
    pub query: Option<CalendarQuery>,
    pub calendar: LicenseCalendar,
}

pub(super) struct CalendarPart {
    asked: Refresh<CalendarQuery>,
}

impl CalendarPart {
    pub(super) const fn new() -> Self {
        Self { asked: Refresh::new() }
    }
}

impl Run {
    pub(super) fn look_at_calendar(&mut self, query: Option<CalendarQuery>) {
        self.calendar.asked.look(query);
        self.find_calendar();
    }

    pub(super) fn find_calendar(&mut self) {
        let Some(query) = self.calendar.asked.begin() else { return };
        self.spawn(move |desk| async move { Done::Calendar(query, desk.license_calendar(query, SHOWN).await) });
    }

    pub(super) fn calendar_found(&mut self, query: CalendarQuery, found: Result<LicenseCalendar, StoreError>) {
        match found {
            Ok(calendar) => {
                let known = CalendarKnown { query: Some(query), calendar };
                if *self.snapshot.license_calendar != known {
                    self.snapshot.license_calendar = Arc::new(known);
                    self.show();
                }
            }
            Err(error) => {
                self.trouble(&error);
                self.show();
            }
        }
        if self.calendar.asked.ended() {
            self.find_calendar();
        }
    }
}
