//! What the seller keeps of the console's rules: a limit against which somebody bought, and an order under supervision.

use super::stage::{Stage, customer, product};
use crate::{
    domain::{
        World,
        limit::{Limit, LimitKey, Times},
        supervision::SupervisionFacts,
    },
    protocol::id::OrderId,
};

pub(super) const MIRRORED_BY: &str = "wang.fang";
const BUYER: &str = "北辰科技";

pub(super) async fn limit(stage: &Stage) -> anyhow::Result<()> {
    let product = product();
    let key = |sku_code| LimitKey { product_id: product.product_id.clone(), sku_code };
    let limits = vec![
        Limit { key: key(Some(product.sku_code.clone())), times: Times::UntilExpiry, quantity: None },
        Limit { key: key(None), times: Times::None, quantity: Some(20) },
    ];
    stage.desk.put_limits(limits, false, MIRRORED_BY).await?;
    Ok(())
}

/// One customer buys what may be bought once until it has expired; who does it twice has broken the limit.
pub(super) async fn buy(stage: &Stage) -> anyhow::Result<Option<OrderId>> {
    let bought = stage.of_v1.buy(&product(), &customer(BUYER)).await?;
    Ok(bought.order().map(|line| line.order_id.clone()))
}

pub(super) async fn supervise(stage: &Stage, order: OrderId) -> anyhow::Result<()> {
    let requested = SupervisionFacts { requested_at: Some(stage.desk.now()), ..SupervisionFacts::default() };
    Ok(stage.desk.note_supervision(World::Live, order, Some(requested)).await?)
}
