//! What the seller keeps of the console's rules: a limit against which somebody bought, and an order under supervision.

use super::stage::{Stage, customer, product};
use crate::domain::{
    World,
    limit::{Limit, LimitKey, Times},
    supervision::SupervisionFacts,
};

const MIRRORED_BY: &str = "wang.fang";
const BUYER: &str = "北辰科技";

/// One customer buys twice what may be bought once until it has expired, and the first of the two is supervised.
pub(super) async fn play(stage: &Stage) -> anyhow::Result<()> {
    let product = product();
    let key = |sku_code| LimitKey { product_id: product.product_id.clone(), sku_code };
    let limits = vec![
        Limit { key: key(Some(product.sku_code.clone())), times: Times::UntilExpiry, quantity: None },
        Limit { key: key(None), times: Times::None, quantity: Some(20) },
    ];
    stage.desk.put_limits(limits, false, MIRRORED_BY).await?;
    for _ in 0..2 {
        stage.of_v1.buy(&product, &customer(BUYER)).await?;
    }
    if let Some(order) = stage.of_v1.orders().first() {
        let requested = SupervisionFacts { requested_at: Some(stage.desk.now()), ..SupervisionFacts::default() };
        stage.desk.note_supervision(World::Live, order.line.order_id.clone(), Some(requested)).await?;
    }
    Ok(())
}
