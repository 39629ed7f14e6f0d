//! The large simulated year: the same trade as the test's, a hundred times as much of it. Says what it was made of and how
//! long it took, and fails where the two ledgers do not agree.
//!
//! `YEAR_STEPS`, `YEAR_KILLS` and `YEAR_SEED` make it another one.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark says what it measured")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/it/support"]
mod support {
    pub mod app {
        pub const KEY: &str = "demo-key-for-tests-0001";
        pub const TEMPLATE: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
[endpoint.template]
front_end_url = "https://app.example.com/{instanceId}"
"#;
    }
    pub mod program;
    pub mod year;
}

use std::time::Instant;

use support::year::{Plan, Year};

fn main() {
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let plan = Plan {
        seed: number("YEAR_SEED", 1).into(),
        steps: number("YEAR_STEPS", 8_000),
        kills: number("YEAR_KILLS", 100),
        faults: 0.2,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Beside the build, so that the store lies on the disk and not in memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let begun = Instant::now();
    let told = runtime.block_on(async { Year::begin(plan, dir).go_through().await });
    let taken = begun.elapsed();
    println!("a year of {} steps, seed {}: {taken:.1?}", plan.steps, plan.seed);
    println!("  {} purchases, {} provisioned, {} refunded", told.purchases, told.provisioned, told.refunded);
    println!(
        "  {} of them called as V1 has it; {} authorization codes, {} Licenses",
        told.by_v1, told.codes, told.licenses
    );
    println!(
        "  {} organisations with {} people; {} usage bills, {} more refused as too late",
        told.organisations, told.people, told.bills, told.late_bills
    );
    println!(
        "  {} calls, {} of them repeated, {} kills, {} outages of the open APIs",
        told.calls, told.failed_calls, told.kills, told.outages
    );
    println!("  {:.0} calls a second", f64::from(told.calls) / taken.as_secs_f64());
}
