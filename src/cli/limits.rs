//! `limits import|export|review`: the mirror of the console's purchase limits, and what the orders come to under them.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{args::Output, import, print};
use crate::{
    desk::{
        Desk, LimitsPut,
        files::TableSource,
        import::{ImportKind, ImportWatch, TableCheck},
        limits::{left_out_rows, review_rows},
    },
    domain::{
        World,
        limit::{Excluded, KeptLimit, MAX_QUANTITY, Question, ReviewRow, Verdict},
    },
};

#[derive(Debug, Subcommand)]
pub enum LimitsCommand {
    /// Take limits from a table, all of it or nothing: CSV or XLSX with productId, skuCode, times (none, once, until-expiry),
    /// quantity
    Import(ImportArguments),
    /// Write them to a file, which ends with .csv or .xlsx and can be imported again
    Export {
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Per customer and rule: how much is used, which orders count, and when more may be bought
    Review(ReviewArguments),
}

#[derive(Debug, Args)]
pub struct ImportArguments {
    pub file: PathBuf,
    /// Remove the limits that the table does not name
    #[arg(long)]
    pub replace: bool,
    /// Where a column has another heading: `productId=商品编号`
    #[arg(long = "column", value_name = "NAME=HEADING")]
    pub columns: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ReviewArguments {
    #[command(flatten)]
    pub output: Output,
    /// Of this customerId alone
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// What one more order of so many units would come to now
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=MAX_QUANTITY))]
    pub what_if: Option<i64>,
    /// Only rows that are at the limit or over it
    #[arg(long)]
    pub exhausted: bool,
}

pub(super) async fn run(desk: &Desk, command: &LimitsCommand) -> anyhow::Result<bool> {
    match command {
        LimitsCommand::Import(arguments) => import(desk, arguments).await,
        LimitsCommand::Export { file, output } => {
            let rows = desk.export_limits(file).await?;
            if output.json {
                print::json(&json!({ "file": file, "rows": rows }))?;
            } else {
                print::line(format_args!("{rows} limits written to {}", file.display()))?;
            }
            Ok(true)
        }
        LimitsCommand::Review(arguments) => review(desk, arguments).await,
    }
}

async fn import(desk: &Desk, arguments: &ImportArguments) -> anyhow::Result<bool> {
    let ImportArguments { file, replace, columns, output } = arguments;
    let source = TableSource::File(file.clone());
    let mut order = import::order(desk, ImportKind::PurchaseLimits, World::Live, source, columns, None).await?;
    order.replace = *replace;
    refuse_wrong(&desk.check_table(order.clone()).await?, file, *output)?;
    tell_put(desk.import_limits(order, &ImportWatch::default()).await?.1, *output)
}

/// Where rows of a table that is taken whole are wrong: each on a line, and then that nothing was imported.
pub(super) fn refuse_wrong(check: &TableCheck, file: &Path, output: Output) -> anyhow::Result<()> {
    if check.problems.is_empty() {
        return Ok(());
    }
    if output.json {
        let told = check.problems.iter().map(|(line, problem)| json!({ "line": line, "problem": problem.to_string() }));
        print::json(&json!({ "problems": told.collect::<Value>() }))?;
    } else {
        check.problems.iter().try_for_each(|(line, problem)| print::line(format_args!("line {line}: {problem}")))?;
    }
    bail!("nothing was imported: {} problems in {}", check.problems.len(), file.display());
}

pub(super) fn tell_put(put: LimitsPut, output: Output) -> anyhow::Result<bool> {
    let LimitsPut { added, changed, unchanged, removed } = put;
    if output.json {
        print::json(&json!({ "added": added, "changed": changed, "unchanged": unchanged, "removed": removed }))?;
    } else {
        print::line(format_args!("{added} added, {changed} changed, {unchanged} unchanged, {removed} removed"))?;
    }
    Ok(true)
}

async fn review(desk: &Desk, arguments: &ReviewArguments) -> anyhow::Result<bool> {
    let material = desk.review_material().await?;
    let question = Question { customer_id: arguments.customer.as_deref(), what_if: arguments.what_if };
    let mut review = material.review(question);
    if arguments.exhausted {
        review.rows.retain(|row| row.verdict != Verdict::Allowed);
    }
    if arguments.output.json {
        // Whoever asks for what is exhausted asks of limits alone.
        let left_out = if arguments.exhausted { Vec::new() } else { left_out_rows(&review) };
        let rows = [review_rows(&review), left_out].concat();
        return print::json(&Value::Array(rows)).map(|()| true);
    }
    for row in &review.rows {
        tell(row)?;
    }
    if material.limits.is_empty() {
        print::line("no limits are kept; `limits import FILE` takes them from a table")?;
    }
    for (count, what) in [(review.nobodys.len(), "customer"), (review.unplaced.len(), "product")] {
        if count > 0 {
            let (name, are) = if count == 1 { ("order names", "is") } else { ("orders name", "are") };
            print::line(format_args!("{count} {name} no {what} and {are} in no row; `order query` asks KooGallery"))?;
        }
    }
    Ok(true)
}

fn tell(row: &ReviewRow<'_>) -> anyhow::Result<()> {
    let sku = row.limit.key.sku_code.as_deref().unwrap_or("all specifications");
    let again = row.allowed_again_at.map(|time| format!(", again at {}", print::at(time))).unwrap_or_default();
    print::line(format_args!(
        "{:<8}  {}  {} {sku}  {}: {} of {}{again}",
        row.verdict.name(),
        row.customer_id,
        row.limit.key.product_id,
        row.rule.name(),
        row.used,
        row.allowed,
    ))?;
    for judged in &row.orders {
        let counts = judged.counts.map_or_else(not_counted, |units| format!("counts {units}"));
        print::line(format_args!("          {}  {counts}", judged.purchase.order.order_id))?;
    }
    for came in &row.came_through {
        let order = &came.purchase.order.order_id;
        let (used, allowed) = (came.used, row.allowed);
        print::line(format_args!("          {order}  came through against the limit: {used} of {allowed}"))?;
    }
    if let Some(what_if) = row.what_if {
        let verdict = if what_if.allowed { "allowed" } else { "stopped" };
        let at = what_if.allowed_at.map(|time| format!(", allowed at {}", print::at(time))).unwrap_or_default();
        let (quantity, used) = (what_if.quantity, what_if.used);
        print::line(format_args!("          {quantity} more: {verdict}, {used} of {}{at}", row.allowed))?;
    }
    Ok(())
}

fn not_counted(reason: Excluded) -> String {
    format!("does not count: {}", reason.name())
}

pub(super) fn limit_line(kept: &KeptLimit) -> String {
    let limit = &kept.limit;
    let sku = limit.key.sku_code.as_deref().unwrap_or("-");
    let quantity = limit.quantity.map_or_else(|| "-".to_owned(), |quantity| quantity.to_string());
    let (product, times) = (&limit.key.product_id, limit.times.name());
    format!("{product}  {sku}  {times:<12}  {quantity}  {} {}", kept.changed_by, print::at(kept.changed_at))
}
