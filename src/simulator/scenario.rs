//! Scenarios: a story of buyers, operators, time and faults, written down in TOML, and played against a seller's address.
//!
//! ```toml
//! name = "First purchase"
//! about = "What the story is."
//!
//! [actors.wang]                      # buyers, named by `customer`
//! customerId = "68cbc86abc2018ab880d92f36422fa0e"
//! customerName = "wang"
//!
//! [[steps]]
//! buy = { productId = "SAAS-MONTH", customer = "wang" }    # any action of the control API
//! as = "office"                                            # how later steps speak of it: `@office`
//!
//! [[steps]]
//! advance = "3d"                     # what is due until then happens first
//!
//! [[steps]]
//! renew = { instanceId = "@office" }
//! expect = { state = "succeeded", attempts = 1, instance = "active" }
//!
//! [[steps]]
//! expect = { of = "office", queried = true }         # the seller has asked the order query meanwhile
//! ```
//!
//! Beside `name` and `about` there may stand `generation`, `keys`, `seed`, `begins`, `expires`, `site`, `openApis`, `products`,
//! and in `retryPolicy` rows that go before those of the documents (see [`policy`]):
//!
//! ```toml
//! site = "international"
//! [[retryPolicy.rules]]
//! activity = "newInstance"
//! everyMinutes = 5
//! forMinutes = 20
//! atTheEnd = "refund"
//! ```
//!
//! [`policy`]: super::policy
//!
//! - [`script`]: what is written down; [`library`]: the stories that come along
//! - `player`: plays it, on a `stage`; `named`: what its steps are spoken of by; `expectation`: whether it went as it should;
//!   `standin`: a seller that is down or wrong
//! - [`wire_call`]: one call as it left once, or as nobody should send it, signed anew
//! - [`report`]: what came of it

mod expectation;
pub mod library;
mod named;
mod player;
pub mod report;
pub mod script;
mod stage;
mod standin;
pub mod wire_call;

pub use self::{
    expectation::Expectation,
    player::{Player, play},
    report::{PlayReport, StepReport},
    script::{Scenario, ScriptError, Step, Verb},
    stage::{PlayError, Stage},
    wire_call::WireCall,
};
