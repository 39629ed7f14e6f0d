//! What a time without an offset means. Nothing, unless the user says so.

use egui::{ComboBox, Ui};
use jiff::{Timestamp, tz::TimeZone};

use crate::domain::workdays::beijing;
use crate::ui::{context::ViewContext, text, times::Times};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::ui) enum Zone {
    #[default]
    Refuse,
    /// The one in which the window tells times.
    Own,
    /// KooGallery's console.
    Beijing,
    Utc,
}

impl Zone {
    pub(in crate::ui) fn time_zone(self, times: &Times) -> Option<TimeZone> {
        match self {
            Self::Refuse => None,
            Self::Own => Some(times.zone.clone()),
            Self::Beijing => Some(beijing()),
            Self::Utc => Some(TimeZone::UTC),
        }
    }

    fn name(self, cx: &ViewContext<'_>) -> String {
        match self {
            Self::Refuse => text!(cx.texts, "usage-zone-refuse"),
            Self::Own => {
                let zone = &cx.times.zone;
                let offset = || {
                    let now = Timestamp::from_millisecond(cx.times.now.0).unwrap_or_default();
                    format!("UTC{}", zone.to_offset(now))
                };
                zone.iana_name().map_or_else(offset, str::to_owned)
            }
            Self::Beijing => text!(cx.texts, "import-zone-beijing"),
            Self::Utc => "UTC".to_owned(),
        }
    }

    pub(in crate::ui) fn choose(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let label = ui.label(text!(cx.texts, "usage-zone"));
        let shown = self.name(cx);
        ComboBox::from_id_salt("usage-zone")
            .selected_text(shown)
            .show_ui(ui, |ui| {
                for zone in [Self::Refuse, Self::Own, Self::Beijing, Self::Utc] {
                    ui.selectable_value(self, zone, zone.name(cx));
                }
            })
            .response
            .labelled_by(label.id);
    }
}
