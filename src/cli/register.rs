//! `register`: what the seller console holds and no interface tells, kept by hand: vouchers, reviews, listing checklists and
//! support contacts.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    args::Output,
    print,
    templates::{self, TemplatesCommand},
};
use crate::{
    desk::{
        Cancel, Desk,
        export::ExportedList,
        operator,
        registers::{EntriesPut, RegisterError},
        rows,
    },
    domain::register::{Judged, RegisterKind},
};

#[derive(Debug, Subcommand)]
pub enum RegisterCommand {
    /// Entries with what follows from them, those that are due first
    List {
        #[command(flatten)]
        register: Named,
        /// Only those where somebody has to do something now
        #[arg(long)]
        due: bool,
        /// Only those that hold this text
        #[arg(long, default_value = "")]
        search: String,
        #[command(flatten)]
        output: Output,
    },
    /// Add an entry
    Add {
        #[command(flatten)]
        register: Named,
        /// Each as field=value; `register fields KIND` tells which there are
        #[arg(required = true, value_name = "FIELD=VALUE")]
        values: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Change fields or the state of an entry; an empty value removes one
    Set {
        #[command(flatten)]
        register: Named,
        id: i64,
        #[arg(required = true, value_name = "FIELD=VALUE")]
        values: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Remove an entry; its history stays
    Remove {
        #[command(flatten)]
        register: Named,
        id: i64,
        /// Put a removed entry back
        #[arg(long)]
        undo: bool,
    },
    /// Every change of an entry, newest first
    History {
        #[command(flatten)]
        register: Named,
        id: i64,
        #[command(flatten)]
        output: Output,
    },
    /// Take every row of a CSV or XLSX file, or none; a row changes the entry of its id or key, else adds one
    Import {
        #[command(flatten)]
        register: Named,
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Write a register to a file which ends with .csv or .xlsx; `import` takes it back
    Export {
        #[command(flatten)]
        register: Named,
        file: PathBuf,
        /// Who changed what when instead, of removed entries too
        #[arg(long)]
        changes: bool,
    },
    /// Templates of replies to reviews
    #[command(subcommand)]
    Templates(TemplatesCommand),
    /// The fields, choices and states of a register
    Fields {
        #[command(flatten)]
        register: Named,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub struct Named {
    /// vouchers, reviews, checklists or contacts
    #[arg(value_name = "KIND")]
    pub kind: RegisterKind,
}

pub(super) async fn run(desk: &Desk, command: &RegisterCommand) -> anyhow::Result<bool> {
    match command {
        RegisterCommand::List { register, due, search, output } => {
            list(desk, register.kind, *due, search, *output).await
        }
        RegisterCommand::Add { register, values, output } => {
            told_put(desk.put_values(register.kind, None, &pairs(values)?, &operator()).await, *output)
        }
        RegisterCommand::Set { register, id, values, output } => {
            told_put(desk.put_values(register.kind, Some(*id), &pairs(values)?, &operator()).await, *output)
        }
        RegisterCommand::Remove { register, id, undo } => {
            if *undo {
                desk.restore_entry(register.kind, *id, &operator()).await?;
                print::line(format_args!("entry {id} is back"))?;
            } else {
                desk.remove_entry(register.kind, *id, &operator()).await?;
                print::line(format_args!(
                    "entry {id} removed; `register remove {} {id} --undo` puts it back",
                    register.kind
                ))?;
            }
            Ok(true)
        }
        RegisterCommand::History { register, id, output } => history(desk, register.kind, *id, *output).await,
        RegisterCommand::Import { register, file, output } => import(desk, register.kind, file, *output).await,
        RegisterCommand::Export { register, file, changes } => {
            let kind = register.kind;
            let list = if *changes { ExportedList::RegisterChanges(kind) } else { ExportedList::Register(kind) };
            export(desk, list, file).await
        }
        RegisterCommand::Templates(command) => templates::run(desk, command).await,
        RegisterCommand::Fields { register, output } => fields(register.kind, *output),
    }
}

/// Of `field=value`.
fn pairs(values: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("`{text}` is no FIELD=VALUE"))?;
        Ok((name.trim().to_owned(), value.to_owned()))
    };
    values.iter().map(pair).collect()
}

async fn list(desk: &Desk, kind: RegisterKind, due: bool, search: &str, output: Output) -> anyhow::Result<bool> {
    let search = search.to_lowercase();
    let mut entries = desk.register(kind).await?;
    entries.retain(|judged| {
        let holds = || judged.kept.entry.values.values().any(|value| value.to_lowercase().contains(&search));
        (!due || judged.is_due()) && (search.is_empty() || holds())
    });
    if output.json {
        print::json(&entries.iter().map(rows::register_judged).collect())?;
        return Ok(true);
    }
    for judged in &entries {
        print::line(line(judged))?;
        for finding in &judged.findings {
            let rule = &finding.rule;
            print::line(format_args!(
                "        {:<4}  {rule}  [{} · {}]",
                finding.weight.name(),
                rule.name(),
                rule.page().menu()
            ))?;
        }
    }
    Ok(true)
}

fn line(judged: &Judged) -> String {
    let kept = &judged.kept;
    let due = judged.due.map_or_else(|| "-".to_owned(), |due| due.to_string());
    let told = kept.kind.register().columns.iter().map(|name| kept.entry.get(name).unwrap_or("-"));
    let told: Vec<String> = told.map(|text| text.chars().take(40).collect()).collect();
    format!("{:>6}  {:<10}  {due:<10}  {}", kept.id, kept.entry.state, told.join("  "))
}

fn told_put(put: Result<EntriesPut, RegisterError>, output: Output) -> anyhow::Result<bool> {
    let EntriesPut { added, changed, same, last } = match put {
        Ok(put) => put,
        Err(RegisterError::Lines(problems)) => {
            if output.json {
                let told =
                    problems.iter().map(|(line, problem)| json!({ "line": line, "problem": problem.to_string() }));
                print::json(&json!({ "problems": told.collect::<Value>() }))?;
            } else {
                problems.iter().try_for_each(|(line, problem)| print::line(format_args!("line {line}: {problem}")))?;
            }
            bail!("nothing was taken: {} problems", problems.len());
        }
        Err(error) => return Err(error.into()),
    };
    if output.json {
        print::json(&json!({ "added": added, "changed": changed, "same": same, "id": last }))?;
    } else {
        let id = last.filter(|_| added + changed + same == 1).map(|id| format!("  id {id}")).unwrap_or_default();
        print::line(format_args!("{added} added, {changed} changed, {same} as before{id}"))?;
    }
    Ok(true)
}

async fn import(desk: &Desk, kind: RegisterKind, file: &Path, output: Output) -> anyhow::Result<bool> {
    told_put(desk.import_entries(kind, file.to_owned(), &operator()).await, output)
}

async fn export(desk: &Desk, list: ExportedList, file: &Path) -> anyhow::Result<bool> {
    let written = desk.export(list, usize::MAX, file, Cancel::default(), |_| {}).await?;
    print::line(format_args!("{written} rows written to {}", file.display()))?;
    Ok(true)
}

async fn history(desk: &Desk, kind: RegisterKind, id: i64, output: Output) -> anyhow::Result<bool> {
    let changes = desk.entry_history(id).await?;
    if changes.is_empty() {
        bail!(RegisterError::NoSuchEntry { kind, id });
    }
    if output.json {
        print::json(&changes.iter().map(rows::register_change).collect())?;
    } else {
        for change in &changes {
            let what = match (&change.before, &change.after) {
                (None, Some(_)) => "added",
                (Some(_), None) => "removed",
                _ => "changed",
            };
            print::line(format_args!("{}  {}  {what}", print::at(change.at), change.by))?;
            for (name, before, after) in change.differences() {
                print::line(format_args!("        {name}: {} → {}", before.unwrap_or("-"), after.unwrap_or("-")))?;
            }
        }
    }
    Ok(true)
}

fn fields(kind: RegisterKind, output: Output) -> anyhow::Result<bool> {
    let register = kind.register();
    if output.json {
        let fields = register.fields.iter().map(rows::register_field);
        let states: Vec<&str> = register.states.iter().map(|state| state.name).collect();
        print::json(&json!({ "page": register.page.menu(), "fields": fields.collect::<Value>(), "states": states }))?;
        return Ok(true);
    }
    print::line(format_args!("{kind}: {}", register.page.menu()))?;
    for field in register.fields {
        let needed = if field.required { "  required" } else { "" };
        let also = if field.aliases.is_empty() { String::new() } else { format!("  ({})", field.aliases.join(", ")) };
        print::line(format_args!("  {}{needed}{also}", field.name))?;
    }
    let states: Vec<&str> = register.states.iter().map(|state| state.name).collect();
    print::line(format_args!("  state: {}", states.join(", ")))?;
    Ok(true)
}
