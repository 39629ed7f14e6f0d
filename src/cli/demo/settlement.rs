//! What settlement rests on in the demo: prices, and last month's bill, in which one order is missing and one has another amount.

use std::{fmt::Write as _, sync::Arc};

use rust_decimal::Decimal;
use tokio::runtime::Handle;

use super::stage::{Stage, backup, drawing, monthly, product};
use crate::{
    desk::{
        Desk,
        files::TableSource,
        import::{ImportKind, TableOrder},
    },
    domain::{
        World,
        settlement::{BillingMonth, Category, Percent, PricePer, ProductType, Terms, money},
        workdays::beijing,
    },
};

pub(super) async fn prices(stage: &Stage) -> anyhow::Result<()> {
    let saas = |product_id: &str, price: i64, per| Terms {
        product_type: Some(ProductType::Saas),
        category: Some(Category::General),
        price: Some(Decimal::from(price)),
        per,
        ..Terms::new(product_id)
    };
    let license = Terms {
        product_type: Some(ProductType::License),
        category: Some(Category::Joint),
        price: Some(Decimal::from(900)),
        per: PricePer::Year,
        share: Some(Percent::of_whole(70)),
        ..Terms::new(&drawing(12).product_id)
    };
    let prices = vec![
        saas(&product().product_id, 4_800, PricePer::Year),
        saas(&monthly().product_id, 480, PricePer::Month),
        saas(&backup().product_id, 1_500, PricePer::Year),
        license,
    ];
    Ok(stage.desk.put_settlement_terms(prices).await?)
}

/// As the command line does it, on a thread of its own.
pub(super) async fn bill(stage: &Stage) -> anyhow::Result<()> {
    let (desk, runtime) = (stage.desk.clone(), Handle::current());
    tokio::task::spawn_blocking(move || runtime.block_on(import(&desk))).await?
}

async fn import(desk: &Desk) -> anyhow::Result<()> {
    let Some(month) = desk.this_month().map(BillingMonth::before) else { return Ok(()) };
    let billed = desk.settlement_month(month).await?.estimate.billed;
    let mut text = "账期,订单号,商品名称,客户名称,交易金额,结算金额\n".to_owned();
    for (at, billed) in billed.iter().enumerate().filter(|(at, _)| *at != 1) {
        let line = &billed.line;
        // Somebody got a discount of which nothing is known here.
        let paid = |amount: Decimal| if at == 2 { amount - Decimal::ONE_HUNDRED } else { amount };
        let told = |amount: Option<Decimal>| amount.map(money).unwrap_or_default();
        let name = |text: &Option<String>| text.clone().unwrap_or_default();
        writeln!(
            text,
            "{month},{},{},{},{},{}",
            line.order.order_id,
            name(&line.product_name),
            name(&line.customer),
            told(line.priced.amount.map(paid)),
            told(line.priced.share.filter(|_| at != 2)),
        )?;
    }
    if billed.is_empty() {
        return Ok(());
    }
    let table = desk.read_table(ImportKind::Bill, TableSource::Pasted(text)).await?;
    let mapping = table.mapping.clone();
    let order =
        TableOrder { world: World::Live, table: Arc::new(table), mapping, zone: Some(beijing()), replace: false };
    desk.import_table(order, false).await?;
    Ok(())
}
