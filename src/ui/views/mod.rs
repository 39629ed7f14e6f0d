//! One file per entry of the navigation. A view holds its widgets' state, draws the snapshot, and pushes requests.

mod bench;
mod breaches;
mod debugging;
mod instances;
mod licenses;
mod limits;
mod messages;
mod orders;
mod organisations;
mod overview;
mod refused;
mod registers;
mod settings;
mod settlement;
mod unsubscriptions;
mod usage;
mod watching;

pub(super) use debugging::DebuggingView;
pub(super) use instances::InstancesView;
pub(super) use licenses::LicensesView;
pub(super) use limits::LimitsView;
pub(super) use messages::MessagesView;
pub(super) use orders::OrdersView;
pub(super) use organisations::OrganisationsView;
pub(super) use overview::OverviewView;
pub(super) use refused::RefusedView;
pub(super) use registers::RegistersView;
pub(super) use settings::SettingsView;
pub(super) use unsubscriptions::decide_by;
pub(super) use usage::UsageView;
