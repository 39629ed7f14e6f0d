//! What the calls mean for the seller: messages, instances, who may change what, and what it costs when nothing is done.
//! Pure functions on plain types: no clock, socket, runtime, random source, SQL or window is named here.

pub mod action;
pub mod api_fault;
pub mod console;
pub mod debugging;
pub mod decision;
pub mod delisting;
pub mod exception;
pub mod foreseen;
pub mod fulfilled;
pub mod imported_order;
pub mod instance;
pub mod license;
pub mod license_calendar;
pub mod limit;
pub mod listing;
pub mod message;
pub mod order;
pub mod organisation;
pub mod probe;
pub mod reconcile;
pub mod register;
pub mod rejection;
pub mod retry_window;
pub mod settlement;
pub mod supervision;
pub mod sync_order;
pub mod unsubscription;
pub mod upgrade_price;
pub mod usage;
pub mod workdays;
pub mod world;

pub use action::{Action, ActionEffect, ActionOutcome, NewAction};
pub use api_fault::ApiFault;
pub use decision::{Change, Known, Outcome, Provisioning, Step, apply, decide};
pub use exception::Exception;
pub use foreseen::{Foreseen, Foresight};
pub use fulfilled::Fulfilled;
pub use instance::{Instance, InstanceStatus};
pub use license::{License, LicenseStatus};
pub use message::{Attempt, AttemptId, Message, MessageId, MessageKey, MessageState, Origin};
pub use order::Order;
pub use rejection::{Computed, RejectedCall, Rejection};
pub use retry_window::{Consequence, RetryPolicy, RetryRow, RetryWindow};
pub use world::World;
