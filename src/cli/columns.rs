//! Columns of a file that somebody names on the command line, where they cannot be found by their headings.

use std::str::FromStr;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{args::Output, print};
use crate::desk::{
    files::{ColumnMapping, HeaderFinder, Wanted},
    import::{ReadTable, TableCheck},
};

/// `productId=商品编号`: what is wanted, and the heading that it stands under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChoice {
    pub name: String,
    pub heading: String,
}

impl FromStr for ColumnChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, heading)) if !name.trim().is_empty() && !heading.trim().is_empty() => {
                Ok(Self { name: name.trim().to_owned(), heading: heading.trim().to_owned() })
            }
            _ => Err("write NAME=HEADING, such as productId=商品编号"),
        }
    }
}

/// The mapping of the table with those columns under those headings, and the others as they are found beside them.
pub(super) fn chosen(table: &ReadTable, choices: &[ColumnChoice]) -> anyhow::Result<ColumnMapping> {
    if choices.is_empty() {
        return Ok(table.mapping.clone());
    }
    let columns = table.kind.columns();
    let headings: Vec<Wanted<'_>> =
        choices.iter().map(|choice| Wanted { name: &choice.heading, aliases: &[], required: true }).collect();
    let finder = HeaderFinder::new(&headings);
    let found = finder.find(&table.sheet).context("no column of the file is called so")?;
    if let Some(missing) = finder.missing(&found).first() {
        bail!("no column of the file is called `{missing}`");
    }
    let mut mapping = HeaderFinder::new(columns).in_row(&table.sheet, found.header_row);
    for choice in choices {
        let Some(wanted) = columns.iter().find(|wanted| wanted.name.eq_ignore_ascii_case(&choice.name)) else {
            let names: Vec<&str> = columns.iter().map(|wanted| wanted.name).collect();
            bail!("`{}` is none of the columns {}", choice.name, names.join(", "));
        };
        if let Some(column) = found.columns.get(&choice.heading) {
            mapping.columns.retain(|_, taken| taken != column);
            mapping.columns.insert(wanted.name.to_owned(), *column);
        }
    }
    Ok(mapping)
}

/// Where rows of a table that is taken whole are wrong: each on a line, and then that nothing was imported.
pub(super) fn refuse_wrong(check: &TableCheck, file: &std::path::Path, output: Output) -> anyhow::Result<()> {
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
