//! Tests.

mod simulator;
