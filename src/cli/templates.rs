//! `register templates`: replies to reviews that are written once and filled from each review.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{args::Output, print};
use crate::{
    desk::{Desk, operator},
    domain::register::{ReplyTemplate, TemplateChange},
};

/// More than a template may have.
const LONGEST_TEXT: u64 = 64 * 1024;
/// Changes that are told.
const CHANGES: usize = 1_000;

#[derive(Debug, Subcommand)]
pub enum TemplatesCommand {
    List(Output),
    /// Add a template or change the one of that name; {buyer}, {product}, {orderId}, {date}, {phone}, {mail} and {today} are
    /// filled in
    Set {
        name: String,
        /// Its text [default: standard input]
        #[arg(long)]
        text: Option<String>,
        /// What it is called from now on
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    Remove {
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Who changed which template when, newest first
    History {
        /// Of this one alone
        name: Option<String>,
        #[command(flatten)]
        output: Output,
    },
}

pub(super) async fn run(desk: &Desk, command: &TemplatesCommand) -> anyhow::Result<bool> {
    match command {
        TemplatesCommand::List(output) => list(desk, *output).await,
        TemplatesCommand::Set { name, text, rename, output } => {
            set(desk, name, text.as_deref(), rename.as_deref(), *output).await
        }
        TemplatesCommand::Remove { name, output } => {
            let template = find(desk, name).await?.with_context(|| format!("there is no template `{name}`"))?;
            let removed = desk.remove_reply_template(template.id.unwrap_or_default(), &operator()).await?;
            told(*output, &json!({ "name": name, "removed": removed }), format!("template {name} removed"))?;
            Ok(removed)
        }
        TemplatesCommand::History { name, output } => history(desk, name.as_deref(), *output).await,
    }
}

fn told(output: Output, value: &Value, line: String) -> anyhow::Result<()> {
    if output.json { print::json(value) } else { print::line(line) }
}

async fn find(desk: &Desk, name: &str) -> anyhow::Result<Option<ReplyTemplate>> {
    Ok(desk.reply_templates().await?.into_iter().find(|template| template.name == name))
}

async fn list(desk: &Desk, output: Output) -> anyhow::Result<bool> {
    let templates = desk.reply_templates().await?;
    if output.json {
        print::json(&templates.iter().map(|it| json!({ "name": it.name, "text": it.text })).collect())?;
    } else {
        for template in &templates {
            print::line(format_args!("{}", template.name))?;
            template.text.lines().try_for_each(|line| print::line(format_args!("        {line}")))?;
        }
    }
    Ok(true)
}

async fn set(
    desk: &Desk,
    name: &str,
    text: Option<&str>,
    rename: Option<&str>,
    output: Output,
) -> anyhow::Result<bool> {
    let known = find(desk, name).await?;
    let text = match (text, &known) {
        (Some(text), _) => text.to_owned(),
        // A new name alone leaves the text as it is.
        (None, Some(known)) if rename.is_some() => known.text.clone(),
        (None, _) => typed()?,
    };
    let id = known.and_then(|known| known.id);
    if rename.is_some() && id.is_none() {
        bail!("there is no template `{name}`");
    }
    let name = rename.unwrap_or(name);
    desk.put_reply_templates(vec![ReplyTemplate { id, name: name.to_owned(), text }], &operator()).await?;
    let what = if id.is_some() { "changed" } else { "added" };
    told(output, &json!({ "name": name, "result": what }), format!("template {name} {what}"))?;
    Ok(true)
}

fn typed() -> anyhow::Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_TEXT).read_to_string(&mut text);
    read.context("the text cannot be read from standard input")?;
    Ok(text.trim_end().to_owned())
}

async fn history(desk: &Desk, name: Option<&str>, output: Output) -> anyhow::Result<bool> {
    let mut changes = desk.reply_template_changes(CHANGES).await?;
    if let Some(name) = name {
        let of_name = |change: &TemplateChange| {
            [&change.before, &change.after].into_iter().flatten().any(|template| template.name == name)
        };
        changes.retain(of_name);
        if changes.is_empty() {
            bail!("nothing was done to a template `{name}`");
        }
    }
    if output.json {
        let side = |template: &Option<ReplyTemplate>| {
            template.as_ref().map(|template| json!({ "name": template.name, "text": template.text }))
        };
        let row = |change: &TemplateChange| {
            json!({
                "changedAt": change.at.to_string(), "changedBy": change.by, "before": side(&change.before),
                "after": side(&change.after),
            })
        };
        print::json(&changes.iter().map(row).collect())?;
        return Ok(true);
    }
    for change in &changes {
        let what = match (&change.before, &change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        print::line(format_args!("{}  {}  {}  {what}", print::at(change.at), change.by, change.name()))?;
    }
    Ok(true)
}
