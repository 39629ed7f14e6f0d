//! The play without an end, for the window: what has happened before, and then what happens, slow enough to watch, with
//! something left for the user to mend.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    history,
    stage::{Stage, customer, drawing, monthly, product},
};
use crate::{
    protocol::id::{InstanceId, LicenseCode, OrderId},
    simulator::{InstanceStatus, SimulatorError, backend::Mode},
};

const NAMES: [&str; 12] = [
    "Aurora Textiles",
    "北辰科技",
    "Delta Freight",
    "江南纺织",
    "Evergreen Clinics",
    "Fjord Analytics",
    "海通物流",
    "Harbour Hotels",
    "Juniper Foods",
    "云杉教育",
    "Kite Robotics",
    "Lumen Energy",
];

/// Between two acts; time goes by as it does for everybody.
const PAUSE: Duration = Duration::from_secs(6);
/// Then the buyer takes the code that could not be activated.
const BUYER_TAKES_THE_CODE: usize = 10;

/// Ends with the runtime.
pub(super) async fn play(stage: Stage) {
    if let Err(error) = stage.open_doors().await {
        tracing::error!(%error, "the demo does not begin");
        return;
    }
    let (told, _) = history::tell(&stage).await;
    for round in 0_usize.. {
        sleep(PAUSE).await;
        if round == BUYER_TAKES_THE_CODE {
            // From now on the user's retry of the code that failed succeeds.
            told.codes.iter().for_each(|code| drop(stage.marketplace.receive_license(code)));
        }
        if let Err(error) = act(&stage, round).await {
            tracing::warn!(%error, "an act of the demo failed");
        }
    }
}

async fn act(stage: &Stage, round: usize) -> Result<(), SimulatorError> {
    let buyer = customer(NAMES[round % NAMES.len()]);
    let marketplace = &stage.marketplace;
    let one_that_is = |status| some_instance(stage, status, round);
    match round % 12 {
        1 => stage.of_v1.buy(&product(), &buyer).await?,
        2 => {
            let code = LicenseCode::new(format!("PL{}", uuid::Uuid::new_v4().simple()));
            marketplace.renew_license(&code, &drawing(12), &buyer).await?
        }
        3 => match one_that_is(InstanceStatus::Active) {
            Some(id) => marketplace.renew(&id).await?,
            None => return Ok(()),
        },
        4 => match one_that_is(InstanceStatus::Active) {
            Some(id) => marketplace.freeze(&id).await?,
            None => return Ok(()),
        },
        5 => stage.by_hand.buy(&product(), &buyer).await?,
        6 => {
            stage.backend.set_mode(Mode::Down);
            marketplace.buy(&product(), &buyer).await?
        }
        8 => {
            stage.backend.set_mode(Mode::Up);
            match one_that_is(InstanceStatus::Frozen) {
                Some(id) => marketplace.unfreeze(&id).await?,
                None => return Ok(()),
            }
        }
        9 => match one_that_is(InstanceStatus::Active) {
            Some(id) => marketplace.release(&id).await?,
            None => return Ok(()),
        },
        10 => {
            marketplace.set_debugging(true);
            let bought = marketplace.buy(&product(), &buyer).await;
            marketplace.set_debugging(false);
            bought?
        }
        11 if round == 11 => stage.stranger.buy(&product(), &buyer).await?,
        _ => marketplace.buy(&monthly(), &buyer).await?,
    };
    Ok(())
}

/// One of the instances that stand so, another one each time. What a debugging call bought is nobody's to renew, and neither
/// is what was not bought for a period.
fn some_instance(stage: &Stage, status: InstanceStatus, round: usize) -> Option<InstanceId> {
    let is_live = |order: &OrderId| stage.marketplace.order(order).is_some_and(|order| !order.test);
    let mut standing = stage.marketplace.instances();
    standing.retain(|instance| {
        let has_period = instance.terms.charging.period().is_some();
        instance.status == status && has_period && is_live(&instance.order.order_id)
    });
    let some = round / 12 % standing.len().max(1);
    standing.get(some).map(|instance| instance.instance_id.clone())
}
