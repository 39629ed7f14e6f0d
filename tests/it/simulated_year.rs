//! A small year; the large one is a benchmark.

use crate::support::year::{Plan, Year};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_year_of_faults_and_kills_every_purchase_is_provisioned_once_or_refunded() {
    let plan = Plan { seed: 2026, steps: 480, kills: 8, faults: 0.2 };
    let told = Year::begin(plan, tempfile::tempdir().unwrap()).go_through().await;
    assert_eq!(told.kills, plan.kills);
    assert_eq!(told.provisioned + told.refunded, told.purchases);
    assert!(
        told.provisioned > 100 && told.failed_calls > 30 && told.by_v1 > 5,
        "nothing was put to the test: {told:?}"
    );
    assert!(
        told.codes > 5 && told.organisations > 0 && told.bills > 0 && told.outages > 5,
        "nothing was put to the test: {told:?}"
    );
}
