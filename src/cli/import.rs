//! Tables that are imported: their columns named, looked through or entered, told as they go, and taken back. Knows no kind.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    args::{ImportArguments, Output},
    print,
};
use crate::{
    desk::{
        Cancel, Desk,
        files::{ColumnMapping, HeaderFinder, TableSource, Wanted},
        import::{
            BatchId, Fate, ImportBatch, ImportError, ImportKind, ImportWatch, Imported, ReadTable, RowProblem,
            TableCheck, TableOrder,
        },
    },
    domain::World,
};

/// Imports a table as the arguments say.
pub(super) async fn run(desk: &Desk, kind: ImportKind, arguments: &ImportArguments) -> anyhow::Result<bool> {
    let world = World::of_test_flag(arguments.test);
    let source = TableSource::File(arguments.file.clone());
    let zone = TimeZone::get(&arguments.zone)
        .with_context(|| format!("`{}` is no time zone; write Asia/Shanghai", arguments.zone))?;
    let order = order(desk, kind, world, source, &arguments.columns, Some(zone)).await?;
    let output = arguments.output;
    if arguments.dry_run {
        let check = desk.check_table(order).await?;
        tell_check(&check, output)?;
        return Ok(check.wrong() == 0);
    }
    let imported = match enter(desk, order.clone(), arguments.leave_out).await {
        // All of them are told, not the first alone.
        Err(ImportError::Wrong { wrong, .. }) => {
            tell_check(&desk.check_table(order).await?, output)?;
            bail!("nothing was imported: {wrong} rows are wrong; correct them, or leave them out with --leave-out");
        }
        imported => imported?,
    };
    tell(&imported, "entered", output)?;
    Ok(imported.skipped.iter().all(|(_, problem)| problem.is_harmless()))
}

/// A table with its columns as they were named.
pub(super) async fn order(
    desk: &Desk,
    kind: ImportKind,
    world: World,
    source: TableSource,
    columns: &[String],
    zone: Option<TimeZone>,
) -> anyhow::Result<TableOrder> {
    let table = desk.read_table(kind, source).await?;
    let mapping = if columns.is_empty() { table.mapping.clone() } else { with_columns(&table, columns)? };
    Ok(TableOrder { world, table: Arc::new(table), mapping, zone, replace: false })
}

/// Enters it. Ctrl-C ends that, and nothing of it is kept.
pub(super) async fn enter(desk: &Desk, order: TableOrder, leave_out: bool) -> Result<Imported, ImportError> {
    let cancel = Cancel::default();
    let interrupted = cancel.clone();
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let progress = |done, all| print::progress(format_args!("{done} of {all} rows "));
    let watch = ImportWatch { cancel, progress: Some(Arc::new(progress)) };
    let imported = desk.import_watched(order, leave_out, &watch).await;
    listening.abort();
    print::progress("");
    imported
}

/// `verb` names the rows that were entered.
pub(super) fn tell(imported: &Imported, verb: &str, output: Output) -> anyhow::Result<()> {
    let Imported { batch, rows, entered, skipped, .. } = imported;
    let batch = batch.map(|batch| batch.0);
    if output.json {
        let mut value = json!({ "batch": batch, "rows": rows, "skipped": problems(skipped) });
        value[verb] = json!(entered);
        return print::json(&value);
    }
    entered.iter().try_for_each(|name| print::line(format_args!("{name}  {verb}")))?;
    skipped.iter().try_for_each(|(row, problem)| print::line(format_args!("row {row}: {problem}")))?;
    print::tell(format_args!("{} of {rows} rows were {verb}", entered.len()));
    if let Some(batch) = batch {
        print::tell(format_args!("they can be taken back: this is import {batch}"));
    }
    Ok(())
}

fn tell_check(check: &TableCheck, output: Output) -> anyhow::Result<()> {
    if output.json {
        let first: Vec<Value> = check.first.iter().map(|(row, fate)| fate_json(*row, fate)).collect();
        return print::json(&json!({
            "rows": check.rows, "ready": check.ready, "first": first, "skipped": problems(&check.problems),
        }));
    }
    for (row, fate) in &check.first {
        let words = match fate {
            Fate::New => "new".to_owned(),
            Fate::Changes { columns } => format!("changes {}", columns.join(", ")),
            Fate::Joins { fills, differs } if differs.is_empty() => format!("adds {}", fills.join(", ")),
            Fate::Joins { fills, differs } => {
                format!("adds {}; keeps {} as known", fills.join(", "), differs.join(", "))
            }
        };
        print::line(format_args!("row {row}: {words}"))?;
    }
    check.problems.iter().try_for_each(|(row, problem)| print::line(format_args!("row {row}: {problem}")))?;
    print::line(format_args!("{} of {} rows can be imported", check.ready, check.rows))
}

fn fate_json(row: usize, fate: &Fate) -> Value {
    match fate {
        Fate::New => json!({ "row": row, "fate": "new" }),
        Fate::Changes { columns } => json!({ "row": row, "fate": "changes", "columns": columns }),
        Fate::Joins { fills, differs } => {
            json!({ "row": row, "fate": "joins", "fills": fills, "differs": differs })
        }
    }
}

fn problems(problems: &[(usize, RowProblem)]) -> Value {
    problems
        .iter()
        .map(|(row, problem)| json!({ "row": row, "reason": problem.to_string(), "wrong": !problem.is_harmless() }))
        .collect()
}

/// The columns of the table, some of them under headings that were named.
fn with_columns(table: &ReadTable, named: &[String]) -> anyhow::Result<ColumnMapping> {
    let columns = table.kind.columns();
    let mut pairs = Vec::with_capacity(named.len());
    for pair in named {
        let (name, heading) =
            pair.split_once('=').with_context(|| format!("`{pair}` names no column; write NAME=HEADING"))?;
        let names = || columns.iter().map(|wanted| wanted.name).collect::<Vec<_>>().join(", ");
        let wanted = columns.iter().find(|wanted| wanted.name == name);
        let wanted = wanted.with_context(|| format!("`{name}` is none of the columns, which are {}", names()))?;
        pairs.push((wanted.name, heading));
    }
    let headings: Vec<Wanted<'_>> =
        pairs.iter().map(|(_, heading)| Wanted { name: heading, aliases: &[], required: true }).collect();
    let found = HeaderFinder::new(&headings).find(&table.sheet);
    let found = found.with_context(|| format!("no column of the file is called `{}`", pairs[0].1))?;
    let mut mapping = HeaderFinder::new(columns).in_row(&table.sheet, found.header_row);
    for (name, heading) in pairs {
        let column = found.columns.get(heading);
        let column = *column.with_context(|| format!("no column of the file is called `{heading}`"))?;
        mapping.columns.retain(|_, taken| *taken != column);
        mapping.columns.insert(name.to_owned(), column);
    }
    Ok(mapping)
}

/// The last imports of a kind.
pub(super) async fn list(desk: &Desk, kind: ImportKind, output: Output) -> anyhow::Result<bool> {
    let batches = desk.imports(kind).await?;
    if output.json {
        print::json(&batches.iter().map(batch_json).collect())?;
    } else {
        for batch in &batches {
            let state = match (batch.taken_back_at, batch.finished_at) {
                (Some(at), _) => format!("taken back {}", print::at(at)),
                (None, Some(_)) => "kept".to_owned(),
                (None, None) => "broke off".to_owned(),
            };
            let (rows, entered) = (batch.rows, batch.entered);
            print::line(format_args!(
                "{:>4}  {}  {}  {entered} of {rows} rows  by {}  {state}",
                batch.id.0,
                print::at(batch.started_at),
                batch.source,
                batch.by
            ))?;
        }
    }
    Ok(true)
}

pub(super) async fn take_back(desk: &Desk, batch: i64, output: Output) -> anyhow::Result<bool> {
    let batch = desk.take_back_import(BatchId(batch)).await?;
    if output.json {
        print::json(&batch_json(&batch))?;
    } else {
        print::line(format_args!("import {} of {} was taken back", batch.id.0, batch.source))?;
    }
    Ok(true)
}

fn batch_json(batch: &ImportBatch) -> Value {
    json!({
        "batch": batch.id.0, "source": batch.source, "rows": batch.rows, "entered": batch.entered, "by": batch.by,
        "startedAt": batch.started_at.to_string(),
        "finishedAt": batch.finished_at.map(|at| at.to_string()),
        "takenBackAt": batch.taken_back_at.map(|at| at.to_string()),
    })
}
