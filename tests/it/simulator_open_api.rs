//! The simulated open APIs do what the pages say of the real ones, to callers who know nothing but the pages.

mod faults;
mod gateway;
mod licenses;
mod orders;
mod upload;
mod usage;
