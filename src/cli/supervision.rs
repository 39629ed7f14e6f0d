//! `supervision` and `workdays`: what happened in the console is noted, what follows from it told.

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{
    args::{NoteArguments, NotedName, Output, SupervisedName, SupervisionCommand, WorkdaysCommand},
    noted_at::noted_at,
    print,
};
use crate::{
    desk::{
        Desk,
        watching::{SupervisedOrder, supervised_row},
    },
    domain::{
        World,
        supervision::{NotedFact, Supervised, SupervisionFacts},
    },
    protocol::{UnixMillis, id::OrderId},
};

pub(super) async fn run(desk: &Desk, command: &SupervisionCommand) -> anyhow::Result<bool> {
    match command {
        SupervisionCommand::Show { order_id, output } => show(desk, order_id, *output).await,
        SupervisionCommand::Note(arguments) => note(desk, arguments).await,
        SupervisionCommand::Forget { order_id } => {
            known(desk, order_id).await?;
            desk.note_supervision(World::Live, OrderId::new(order_id), None).await?;
            print::line(format_args!("{order_id}  forgotten"))?;
            Ok(true)
        }
    }
}

async fn known(desk: &Desk, order_id: &str) -> anyhow::Result<SupervisedOrder> {
    let orders = desk.all_supervised().await?;
    let found = orders.into_iter().find(|order| order.order_id.as_str() == order_id);
    found.with_context(|| format!("nothing is noted of order {order_id}; `supervision note {order_id}` begins it"))
}

async fn show(desk: &Desk, order_id: &str, output: Output) -> anyhow::Result<bool> {
    let order = known(desk, order_id).await?;
    let now = desk.now();
    if output.json {
        print::json(&supervised_row(&order, now))?;
        return Ok(true);
    }
    print::line(line(&order, now))?;
    for stage in &order.supervision.stages {
        let at = stage.at.map_or_else(|| "-".to_owned(), print::at);
        print::line(format_args!("  {:<12}  {:<6}  {at}", stage.step.name(), stage.actor.name()))?;
    }
    for deadline in &order.supervision.deadlines {
        print::line(format_args!("  due {:<20}  {}", deadline.kind.name(), print::at(deadline.at)))?;
        if let Some(year) = deadline.without_table {
            print::line(format_args!("  of {year} no holidays are known; `workdays import FILE` takes a table"))?;
        }
    }
    for (rule, valid) in &order.valid {
        let end = valid.ends_at.map_or_else(|| "-".to_owned(), print::at);
        print::line(format_args!("  valid {} to {end}  ({rule:?})", print::at(valid.starts_at)))?;
    }
    if !order.facts.note.is_empty() {
        print::line(format_args!("  {}", order.facts.note))?;
    }
    Ok(true)
}

async fn note(desk: &Desk, arguments: &NoteArguments) -> anyhow::Result<bool> {
    let order_id = OrderId::new(&arguments.order_id);
    let noted = desk.supervision(World::Live, order_id.clone()).await?;
    let mut facts = noted.unwrap_or_default();
    if let Some(kind) = arguments.kind {
        facts.kind = match kind {
            SupervisedName::Service => Supervised::Service,
            SupervisedName::LicenseCode => Supervised::LicenseCode,
            SupervisedName::Hardware => Supervised::Hardware,
        };
    }
    if let Some(reviewed) = arguments.reviewed {
        facts.reviewed_by_huawei = reviewed;
    }
    if let Some(text) = &arguments.text {
        facts.note.clone_from(text);
    }
    if let Some(fact) = arguments.fact {
        let at = noted_at(arguments.at.as_deref(), &arguments.zone, desk.now())?;
        take(&mut facts, fact, at, arguments.clear)?;
    }
    desk.note_supervision(World::Live, order_id, Some(facts)).await?;
    show(desk, &arguments.order_id, arguments.output).await
}

fn take(facts: &mut SupervisionFacts, fact: NotedName, at: UnixMillis, clear: bool) -> anyhow::Result<()> {
    let fact = match fact {
        NotedName::Rejected if clear => {
            facts.rejected_at.pop().context("no rejection is noted")?;
            return Ok(());
        }
        NotedName::Rejected => {
            facts.reject(at);
            return Ok(());
        }
        NotedName::Requested => NotedFact::Requested,
        NotedName::Confirmed => NotedFact::Confirmed,
        NotedName::Received => NotedFact::Received,
        NotedName::Activated => NotedFact::Activated,
        NotedName::Delivered => NotedFact::Delivered,
        NotedName::Opened => NotedFact::Opened,
        NotedName::Signed => NotedFact::Signed,
        NotedName::Reviewed => NotedFact::Reviewed,
        NotedName::Accepted => NotedFact::Accepted,
        NotedName::Appealed => NotedFact::Appealed,
    };
    if clear && facts.noted(fact).is_none() {
        bail!("`{}` is not noted", fact.name());
    }
    *facts.place(fact) = (!clear).then_some(at);
    Ok(())
}

pub(super) fn line(order: &SupervisedOrder, now: UnixMillis) -> String {
    let next = order
        .supervision
        .next
        .map_or("done".to_owned(), |stage| format!("{} by {}", stage.step.name(), stage.actor.name()));
    let due = order.supervision.due(now);
    let due = due.map(|due| format!("  {} {}", due.kind.name(), print::at(due.at))).unwrap_or_default();
    format!("{}  {next}{due}", order.order_id)
}

pub(super) async fn workdays(desk: &Desk, command: &WorkdaysCommand) -> anyhow::Result<bool> {
    let output = match command {
        WorkdaysCommand::Show(output) => *output,
        WorkdaysCommand::Import { file, output } => {
            let years = desk.import_workdays(file.clone()).await?;
            let years: Vec<String> = years.iter().map(ToString::to_string).collect();
            if !output.json {
                print::line(format_args!("taken: {}", years.join(", ")))?;
            }
            *output
        }
    };
    let known = desk.workdays_known().await;
    if output.json {
        print::json(
            &json!({ "years": known.years, "own": known.own, "trouble": known.trouble.as_ref().map(ToString::to_string) }),
        )?;
    } else {
        for year in &known.years {
            let from = if known.own.contains(year) { "workdays.txt" } else { "built in" };
            print::line(format_args!("{year}  {from}"))?;
        }
        if let Some(trouble) = &known.trouble {
            print::tell(trouble);
        }
    }
    Ok(known.trouble.is_none())
}
