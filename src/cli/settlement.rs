//! `settlement`: estimates, bills held against them, products' terms, one order, and what an upgrade costs.

use anyhow::{Context as _, bail};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    args::{MonthArguments, Output, PriceArguments, PricesCommand, SettlementCommand, UpgradePriceArguments},
    import, print,
};
use crate::{
    desk::{
        Cancel, Desk,
        export::ExportedList,
        import::ImportKind,
        settlement::{KeptTerms, OrderSettlement, compared, settled, settlement_terms, waiting},
        unsubscriptions::requested_row,
    },
    domain::{
        World,
        settlement::{Block, Compared, Estimate, Line, Standing, Terms, Total, Verdict, money, read_amount},
        unsubscription::{May, Unsubscription},
        upgrade_price::{UpgradeQuestion, upgrade_price},
        workdays,
    },
    protocol::id::OrderId,
};

pub(super) async fn run(desk: &Desk, command: &SettlementCommand) -> anyhow::Result<bool> {
    match command {
        SettlementCommand::Estimate(arguments) => estimate(desk, arguments).await,
        SettlementCommand::Reconcile(arguments) => reconcile(desk, arguments).await,
        SettlementCommand::ImportBill(arguments) => import::run(desk, ImportKind::Bill, arguments).await,
        SettlementCommand::BillImports(output) => import::list(desk, ImportKind::Bill, *output).await,
        SettlementCommand::TakeBackBill { import, output } => import::take_back(desk, *import, *output).await,
        SettlementCommand::ForgetBill { month, output } => {
            let lines = desk.remove_bill(*month).await?;
            told(*output, &json!({ "month": month.to_string(), "lines": lines }), || {
                format!("{lines} lines of the bill of {month} were taken away")
            })?;
            Ok(lines > 0)
        }
        SettlementCommand::Order { id, output } => order(desk, id, *output).await,
        SettlementCommand::Prices(command) => prices(desk, command).await,
        SettlementCommand::UpgradePrice(arguments) => upgrade(desk, arguments),
    }
}

fn told(output: Output, value: &Value, line: impl FnOnce() -> String) -> anyhow::Result<()> {
    if output.json { print::json(value) } else { print::line(line()) }
}

async fn estimate(desk: &Desk, arguments: &MonthArguments) -> anyhow::Result<bool> {
    let month = arguments.month.or(desk.this_month()).context("this month is none that can be told")?;
    if let Some(file) = &arguments.export {
        return export(desk, ExportedList::Settlement(month), file, arguments.output).await;
    }
    let estimate = desk.settlement_month(month).await?.estimate;
    if arguments.output.json {
        print::json(&estimate_row(&estimate))?;
        return Ok(true);
    }
    for billed in &estimate.billed {
        let carried = billed.carried_from.map(|month| format!("  carried from {month}")).unwrap_or_default();
        let ahead = if billed.line.takes_effect_later() { "  not yet in effect" } else { "" };
        print::line(format_args!("billed   {}{carried}{ahead}", line(&billed.line)))?;
    }
    for waiting in &estimate.waiting {
        let why: Vec<String> = waiting.blocks.iter().map(ToString::to_string).collect();
        print::line(format_args!("waiting  {}  {}", line(&waiting.line), why.join("; ")))?;
    }
    for product in &estimate.products {
        let name = product.product_name.as_deref().or(product.product_id.as_deref()).unwrap_or("-");
        print::line(format_args!("product  {name}  {}", total(&product.total)))?;
    }
    let day = estimate.bill_day.map(|day| format!(", billed on {day}")).unwrap_or_default();
    print::line(format_args!("{month}{day}: {}", total(&estimate.total)))?;
    let assumed: Vec<&str> = estimate.assumptions.iter().map(|assumed| assumed.name()).collect();
    print::line(format_args!("an estimate, which assumes: {}", assumed.join(", ")))?;
    Ok(true)
}

fn line(line: &Line) -> String {
    let product = line.product_name.as_deref().or(line.product_id.as_deref()).unwrap_or("-");
    let amount = |amount: Option<_>| amount.map_or_else(|| "-".to_owned(), money);
    let (paid, share) = (amount(line.priced.amount), amount(line.priced.share));
    format!("{}  {}  {product}  {paid}  {share} ({})", line.order.order_id, line.kind.name(), line.priced.basis.name())
}

fn total(total: &Total) -> String {
    let unknown = match (total.without_amount, total.without_share) {
        (0, 0) => String::new(),
        (amounts, shares) => format!("; {amounts} without an amount, {shares} without a part"),
    };
    format!("{} lines, {} paid, {} for the seller{unknown}", total.lines, money(total.amount), money(total.share))
}

fn total_row(total: &Total) -> Value {
    json!({
        "lines": total.lines,
        "amount": money(total.amount),
        "settlementAmount": money(total.share),
        "withoutAmount": total.without_amount,
        "withoutSettlementAmount": total.without_share,
    })
}

fn estimate_row(estimate: &Estimate) -> Value {
    let products = estimate.products.iter().map(|product| {
        let mut row = total_row(&product.total);
        row["productId"] = json!(product.product_id);
        row["productName"] = json!(product.product_name);
        row
    });
    let types = estimate.types.iter().map(|one| {
        json!({
            "productType": one.product_type.name(),
            "carried": money(one.carried),
            "entered": money(one.entered),
            "billed": one.billed,
        })
    });
    json!({
        "month": estimate.month.to_string(),
        "billDay": estimate.bill_day.map(|day| day.to_string()),
        "holidaysUnknown": estimate.holidays_unknown,
        "total": total_row(&estimate.total),
        "products": products.collect::<Value>(),
        "productTypes": types.collect::<Value>(),
        "billed": estimate.billed.iter().map(settled).collect::<Value>(),
        "waiting": estimate.waiting.iter().map(waiting).collect::<Value>(),
        "assumptions": estimate.assumptions.iter().map(|assumed| assumed.name()).collect::<Value>(),
    })
}

async fn reconcile(desk: &Desk, arguments: &MonthArguments) -> anyhow::Result<bool> {
    let material = desk.settlement_material().await?;
    let Some(month) = arguments.month.or_else(|| material.newest_bill()) else {
        bail!("no bill was imported yet; `settlement import-bill FILE` takes one");
    };
    let of_month = material.month(month);
    if of_month.bill_lines == 0 {
        bail!("no bill of {month} was imported; `settlement import-bill FILE` takes one");
    }
    if let Some(file) = &arguments.export {
        return export(desk, ExportedList::BillDifferences(month), file, arguments.output).await;
    }
    if arguments.output.json {
        let lines = of_month.compared.iter().map(compared);
        print::json(&json!({
            "month": month.to_string(), "billLines": of_month.bill_lines, "orders": lines.collect::<Value>(),
        }))?;
        return Ok(true);
    }
    of_month.compared.iter().map(difference).try_for_each(print::line)?;
    let differ = of_month.compared.iter().filter(|one| one.verdict.is_difference()).count();
    let agree = of_month.compared.iter().filter(|one| one.verdict == Verdict::Agrees).count();
    print::line(format_args!(
        "{month}: {} lines in the bill, {agree} orders agree, {differ} differ",
        of_month.bill_lines
    ))?;
    Ok(true)
}

fn difference(one: &Compared) -> String {
    let amount = |amount: Option<_>| amount.map_or_else(|| "-".to_owned(), money);
    let why = match &one.verdict {
        Verdict::OtherMonth(month) => format!("  expected in {month}"),
        Verdict::StillBlocked(blocks) | Verdict::Waits(blocks) => {
            format!("  {}", blocks.iter().map(Block::to_string).collect::<Vec<_>>().join("; "))
        }
        Verdict::NotExpected(never) => format!("  {}", never.name()),
        _ => String::new(),
    };
    format!(
        "{:<14}  {}  paid {} / bill {}  part {} / bill {}{why}",
        one.verdict.name(),
        one.order_id,
        amount(one.our_amount),
        amount(one.bill_amount),
        amount(one.our_share),
        amount(one.bill_share),
    )
}

async fn export(desk: &Desk, list: ExportedList, file: &std::path::Path, output: Output) -> anyhow::Result<bool> {
    let rows = desk.export(list, usize::MAX, file, Cancel::default(), |_| {}).await?;
    told(output, &json!({ "file": file, "rows": rows }), || format!("{rows} rows written to {}", file.display()))?;
    Ok(true)
}

async fn order(desk: &Desk, id: &str, output: Output) -> anyhow::Result<bool> {
    let found = desk.settlement_of(World::Live, &OrderId::new(id)).await?;
    let Some(OrderSettlement { lines, unsubscription, request }) = found else { bail!("no order `{id}` is known") };
    if output.json {
        let standing = lines.iter().map(|one| {
            let mut row = settled(&crate::domain::settlement::Billed { line: one.clone(), carried_from: None });
            let (state, why): (&str, Vec<&str>) = match &one.standing {
                Standing::Enters { .. } => ("enters", Vec::new()),
                Standing::Blocked(blocks) => ("blocked", blocks.iter().map(Block::name).collect()),
                Standing::Never(never) => ("never", vec![never.name()]),
            };
            row["state"] = json!(state);
            row["blocks"] = json!(why);
            row
        });
        let unsubscription = unsubscription.map(|found| unsubscription_row(&found));
        let request = request.map(|requested| requested_row(&requested, desk.now()));
        print::json(
            &json!({ "lines": standing.collect::<Value>(), "unsubscription": unsubscription, "request": request }),
        )?;
        return Ok(true);
    }
    for one in &lines {
        let standing = match &one.standing {
            Standing::Enters { month, at, rule } => {
                format!("billing month {month} ({} at {})", rule.name(), print::at(*at))
            }
            Standing::Blocked(blocks) => blocks.iter().map(Block::to_string).collect::<Vec<_>>().join("; "),
            Standing::Never(never) => format!("never billed: {}", never.name()),
        };
        print::line(format_args!("{}  {standing}", line(one)))?;
    }
    if let Some(requested) = &request {
        print::line(super::unsubscription::line(requested, desk.now()))?;
    }
    if let Some(found) = unsubscription {
        let row = unsubscription_row(&found);
        let word = |name: &str| print::for_people(row[name].as_str().unwrap_or("-"));
        print::line(format_args!("unsubscription: {} ({}) {}", word("may"), word("rule"), word("until")))?;
        for assumption in &found.assumptions {
            print::line(format_args!("  assumes: {}", assumption.name()))?;
        }
    }
    Ok(true)
}

fn unsubscription_row(found: &Unsubscription) -> Value {
    let (may, until, full, seller_decides, why) = match found.may {
        May::Yes { until, full, seller_decides } => {
            ("yes", until.map(|at| at.to_string()), Some(full), Some(seller_decides), None)
        }
        May::No(denied) => ("no", None, None, None, Some(denied.name())),
        May::Unknown => ("unknown", None, None, None, None),
    };
    json!({
        "rule": found.rule.name(),
        "may": may,
        "until": until,
        "full": full,
        "sellerDecides": seller_decides,
        "why": why,
        "effects": found.effects.iter().map(|effect| effect.name()).collect::<Value>(),
        "assumptions": found.assumptions.iter().map(|assumption| assumption.name()).collect::<Value>(),
    })
}

async fn prices(desk: &Desk, command: &PricesCommand) -> anyhow::Result<bool> {
    match command {
        PricesCommand::List { output } => {
            let kept = desk.settlement_terms().await?;
            if output.json {
                print::json(&kept.iter().map(settlement_terms).collect::<Value>())?;
            } else {
                kept.iter().map(price_line).try_for_each(print::line)?;
            }
            Ok(true)
        }
        PricesCommand::Set(arguments) => set_price(desk, arguments).await,
        PricesCommand::Remove { product_id, sku, output } => {
            let removed = desk.remove_settlement_terms(product_id.clone(), sku.clone()).await?;
            told(*output, &json!({ "removed": removed }), || {
                if removed { "removed".to_owned() } else { "there is no such line".to_owned() }
            })?;
            Ok(removed)
        }
        PricesCommand::Import(arguments) => import::run(desk, ImportKind::Prices, arguments).await,
        PricesCommand::Export { file, output } => export(desk, ExportedList::SettlementTerms, file, *output).await,
    }
}

async fn set_price(desk: &Desk, arguments: &PriceArguments) -> anyhow::Result<bool> {
    let PriceArguments { product_id, sku, price, per, product_type, category, share, supervised, output } = arguments;
    let same = |kept: &KeptTerms| kept.terms.product_id == *product_id && kept.terms.sku_code == *sku;
    let before = desk.settlement_terms().await?.into_iter().find(same).map(|kept| kept.terms);
    let before = before.unwrap_or_else(|| Terms { sku_code: sku.clone(), ..Terms::new(product_id) });
    let price = match price {
        Some(text) => Some(amount("--price", text)?),
        None => None,
    };
    let terms = Terms {
        price: price.or(before.price),
        per: per.unwrap_or(before.per),
        product_type: product_type.or(before.product_type),
        category: category.or(before.category),
        share: share.or(before.share),
        supervised: supervised.or(before.supervised),
        ..before
    };
    desk.put_settlement_terms(vec![terms.clone()]).await?;
    let kept = desk.settlement_terms().await?.into_iter().find(same).context("the line is gone already")?;
    told(*output, &settlement_terms(&kept), || price_line(&kept))?;
    Ok(true)
}

/// Not below zero.
fn amount(name: &str, text: &str) -> anyhow::Result<Decimal> {
    let read = read_amount(text).filter(|amount| !amount.is_sign_negative());
    read.with_context(|| format!("{name}: `{text}` is no amount"))
}

fn price_line(kept: &KeptTerms) -> String {
    let row = settlement_terms(kept);
    let word = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let columns = ["productId", "skuCode", "productType", "category", "price", "per", "share", "supervised"];
    columns.map(word).join("  ")
}

fn upgrade(desk: &Desk, arguments: &UpgradePriceArguments) -> anyhow::Result<bool> {
    let UpgradePriceArguments { old, new, per, on, expires, discount, formula, output } = arguments;
    let question = UpgradeQuestion {
        formula: formula.unwrap_or_else(|| desk.config().settlement.upgrade_formula),
        old_price: amount("--old", old)?,
        new_price: amount("--new", new)?,
        period: *per,
        changed_on: on.or_else(|| workdays::date(desk.now())).context("today is no day that can be told")?,
        expires_on: *expires,
        discount: amount("--discount", discount)?,
    };
    let found = upgrade_price(&question)?;
    let months = found.months.iter().map(|month| format!("{}/{}", month.days, month.of)).collect::<Vec<_>>();
    let row = json!({
        "price": money(found.price),
        "refund": found.is_refund(),
        "remainingMonths": found.remaining.round_dp(8).to_string(),
        "months": months,
        "formula": question.formula.name(),
        "changedOn": question.changed_on.to_string(),
        "expired": found.expired,
        "mayGoWithRenewal": found.may_go_with_renewal,
        "estimate": true,
    });
    told(*output, &row, || {
        let what = if found.is_refund() { "the buyer gets back" } else { "the buyer pays" };
        let left = months.join(" + ");
        let price = money(if found.is_refund() { -found.price } else { found.price });
        format!("{what} {price} (estimate; {left} months left, formula {})", question.formula.name())
    })?;
    Ok(true)
}
