//! `targets import|export|review`: the mirror of the console's sales targets and trial whitelists, and whose orders came through
//! against them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    args::Output,
    import,
    limits::{refuse_wrong, tell_put},
    print,
};
use crate::{
    desk::{
        Cancel, Desk,
        export::ExportedList,
        files::TableSource,
        import::{ImportKind, ImportWatch},
        targets::target_review_rows,
    },
    domain::{
        World,
        limit::{AccountKind, Entitlement, KeptTarget},
    },
};

#[derive(Debug, Subcommand)]
pub enum TargetsCommand {
    /// Take targets from a table, all of it or nothing: CSV or XLSX with productId, skuCode, level (everyone, named,
    /// enterprise, individual, linked-product, trial-whitelist), customers (account ids), linkedProduct
    Import(ImportArguments),
    /// Write them to a file, which ends with .csv or .xlsx and can be imported again
    Export {
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Note of which kind a customer's account is, which no order tells
    Account {
        customer_id: String,
        #[arg(value_enum)]
        kind: AccountName,
    },
    /// Per customer and target: whether who bought was entitled to
    Review {
        #[command(flatten)]
        output: Output,
        /// Only those who were not
        #[arg(long)]
        not_entitled: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccountName {
    Enterprise,
    Individual,
    /// Forget what was noted
    Unknown,
}

#[derive(Debug, Args)]
pub struct ImportArguments {
    pub file: PathBuf,
    /// Remove the targets that the table does not name
    #[arg(long)]
    pub replace: bool,
    /// Where a column has another heading: `productId=商品编号`
    #[arg(long = "column", value_name = "NAME=HEADING")]
    pub columns: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}

pub(super) async fn run(desk: &Desk, command: &TargetsCommand) -> anyhow::Result<bool> {
    match command {
        TargetsCommand::Import(arguments) => import(desk, arguments).await,
        TargetsCommand::Export { file, output } => {
            let list = ExportedList::SalesTargets;
            let rows = desk.export(list, usize::MAX, file, Cancel::default(), |_| {}).await?;
            if output.json {
                print::json(&json!({ "file": file, "rows": rows }))?;
            } else {
                print::line(format_args!("{rows} targets written to {}", file.display()))?;
            }
            Ok(true)
        }
        TargetsCommand::Account { customer_id, kind } => {
            let (kind, told) = match kind {
                AccountName::Enterprise => (Some(AccountKind::Enterprise), "noted as an enterprise's"),
                AccountName::Individual => (Some(AccountKind::Individual), "noted as a person's"),
                AccountName::Unknown => (None, "forgotten"),
            };
            desk.note_account(customer_id.clone(), kind).await?;
            print::line(format_args!("{customer_id}  {told}"))?;
            Ok(true)
        }
        TargetsCommand::Review { output, not_entitled } => review(desk, *output, *not_entitled).await,
    }
}

async fn import(desk: &Desk, arguments: &ImportArguments) -> anyhow::Result<bool> {
    let ImportArguments { file, replace, columns, output } = arguments;
    let source = TableSource::File(file.clone());
    let mut order = import::order(desk, ImportKind::SalesTargets, World::Live, source, columns, None).await?;
    order.replace = *replace;
    refuse_wrong(&desk.check_table(order.clone()).await?, file, *output)?;
    tell_put(desk.import_targets(order, &ImportWatch::default()).await?.1, *output)
}

async fn review(desk: &Desk, output: Output, not_entitled: bool) -> anyhow::Result<bool> {
    let material = desk.review_material().await?;
    let mut review = material.target_review();
    if not_entitled {
        review.rows.retain(|row| matches!(row.verdict, Entitlement::NotEntitled(_)));
    }
    if output.json {
        return print::json(&Value::Array(target_review_rows(&review))).map(|()| true);
    }
    for row in &review.rows {
        let key = &row.target.key;
        let sku = key.sku_code.as_deref().unwrap_or("all specifications");
        let (verdict, level) = (row.verdict.name(), row.target.level.name());
        print::line(format_args!("{verdict:<12}  {}  {} {sku}  {level}", row.customer_id, key.product_id))?;
        for (purchase, verdict) in &row.orders {
            let reason = match verdict {
                Entitlement::NotEntitled(reason) => format!("came through, although {}", reason.name()),
                other => other.name().to_owned(),
            };
            print::line(format_args!("              {}  {reason}", purchase.order.order_id))?;
        }
    }
    if material.targets.is_empty() {
        print::line("no targets are kept; `targets import FILE` takes them from a table")?;
    }
    if !review.nobodys.is_empty() {
        let count = review.nobodys.len();
        print::line(format_args!("{count} orders name no customer and are in no row; `order query` asks KooGallery"))?;
    }
    Ok(true)
}

pub(super) fn target_line(kept: &KeptTarget) -> String {
    let target = &kept.target;
    let sku = target.key.sku_code.as_deref().unwrap_or("-");
    let who = target.linked_product.clone().unwrap_or_else(|| target.customers.join(" "));
    let (product, level) = (&target.key.product_id, target.level.name());
    format!("{product}  {sku}  {level:<15}  {who}  {} {}", kept.changed_by, print::at(kept.changed_at))
}
