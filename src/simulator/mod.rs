//! A KooGallery of our own, for the demonstration and the tests: it has buyers, takes orders, signs real HTTP calls, tries
//! again as the access guide says, and refunds what fails. It meets the product over HTTP only and must know nothing of it
//! but the wire (`protocol`).
//!
//! - [`call`]: one signed call, the building block for everything, bad calls included
//! - [`call_faults`], `envelope`: what goes wrong with calls on purpose, and how; [`when`]: when
//! - [`body`], [`query`]: what is sent for an activity (V2, V1); [`verdict`], which is the wire's: how the answer is judged
//! - [`clock`], [`pace`], `timeline`: what time it is, there and here, and what is due; [`ids`]: what names it gives; [`chance`]: by what lot
//! - [`policy`]: how often it tries what, and for how long; `lifecycle`: what else happens by itself; `probes`: replayed cases
//! - [`ledger`], [`message`]: what it remembers
//! - [`setup`], [`marketplace`]: what its buyers and operators can do; [`orderable`]: when they can; `overtaking`: what later
//!   business makes pointless; `operator`: what is done
//!   with messages and time; `keeping`: the books as a file; `delivery`: the calls; `books`: what its
//!   console shows; `organisations`: what it tells of a buying organisation
//! - [`action`], [`perform`]: all of that as one type, and the function that does it; [`offers`]: what is for sale
//! - [`terms`]: on what terms something is bought; [`license`], `license_codes`: authorization codes; `applications`: for a
//!   License; [`usage`]: metering records and the bill job; `catalogue`: what is withdrawn, and what others sell
//! - [`conformance`]: whether a seller's address answers as the access guide says
//! - [`scenario`]: stories that are written down, and played; [`record`]: real calls as such a story
//! - [`load`]: purchases at a steady rate, and whether none was lost
//! - [`open_api`]: the APIs that a seller's software calls
//! - [`certificates`]: made for the occasion, right and wrong ones
//! - [`backend`]: a seller's product for the other side of a fulfilment webhook; [`wrong_seller`]: sellers who do one thing
//!   wrongly

pub mod action;
mod applications;
pub mod backend;
pub mod body;
mod books;
pub mod call;
pub mod call_faults;
mod catalogue;
pub mod certificates;
pub mod chance;
pub mod clock;
pub mod conformance;
mod delivery;
mod envelope;
pub mod ids;
mod keeping;
pub mod ledger;
pub mod license;
mod license_codes;
mod lifecycle;
pub mod load;
pub mod marketplace;
pub mod message;
pub mod offers;
pub mod open_api;
mod operator;
pub mod orderable;
mod organisations;
mod overtaking;
pub mod pace;
pub mod perform;
pub mod policy;
mod probes;
pub mod query;
pub mod record;
pub mod scenario;
pub mod setup;
pub mod terms;
mod timeline;
pub mod usage;
pub mod when;
pub mod wrong_seller;

pub use action::Action;
pub use applications::{Application, ApplicationState, Delivered};
pub use backend::Backend;
pub use call_faults::{CallFault, CallFaultRule};
pub use clock::Clock;
pub use ledger::{Customer, Instance, InstanceStatus, Order, OrderState, Product};
pub use license::{License, LicenseState};
pub use lifecycle::Lifecycle;
pub use marketplace::Marketplace;
pub use message::{CallRecord, Message, MessageId, MessageState};
pub use offers::{Offer, ProductKind};
pub use open_api::OpenApiServer;
pub use orderable::Impossible;
pub use pace::Pace;
pub use perform::Outcome;
pub use policy::RetryPolicy;
pub use setup::{Generation, Setup, SimulatorError};
pub use terms::{Charging, OrderKind, PeriodType, Terms};
pub use usage::{BillState, RecordError, UsageBill, UsageInterface, UsageRecord};
pub use verdict::{Failure, Verdict};

pub use crate::protocol::callback::verdict;
pub use when::When;
