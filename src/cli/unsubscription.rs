//! `unsubscription`: a buyer's request that waits for the seller in the console is noted, what follows from it told.

use anyhow::{Context as _, bail};

use super::{
    args::{Output, RequestArguments, RequestFact, UnsubscriptionCommand},
    noted_at::noted_at,
    print,
};
use crate::{
    desk::{
        Desk,
        unsubscriptions::{RequestedUnsubscription, requested_row},
    },
    domain::unsubscription::{Decision, RequestState, UnsubscriptionRequest},
    protocol::{UnixMillis, id::OrderId},
};

pub(super) async fn run(desk: &Desk, command: &UnsubscriptionCommand) -> anyhow::Result<bool> {
    match command {
        UnsubscriptionCommand::Show { order_id, output } => show(desk, order_id, *output).await,
        UnsubscriptionCommand::Note(arguments) => note(desk, arguments).await,
        UnsubscriptionCommand::Forget { order_id } => {
            known(desk, order_id).await?;
            desk.note_unsubscription(OrderId::new(order_id), None).await?;
            print::line(format_args!("{order_id}  forgotten"))?;
            Ok(true)
        }
    }
}

async fn known(desk: &Desk, order_id: &str) -> anyhow::Result<RequestedUnsubscription> {
    let found = desk.unsubscription_request(&OrderId::new(order_id)).await?;
    found.with_context(|| {
        format!("no request is noted of order {order_id}; `unsubscription note {order_id} requested` begins one")
    })
}

async fn show(desk: &Desk, order_id: &str, output: Output) -> anyhow::Result<bool> {
    let (requested, now) = (known(desk, order_id).await?, desk.now());
    if output.json {
        print::json(&requested_row(&requested, now))?;
        return Ok(true);
    }
    print::line(line(&requested, now))?;
    if requested.state == RequestState::UnderReview {
        print::line("  ask for no invoice of this order meanwhile: it makes the unsubscription fail")?;
    }
    if let Some(year) = requested.decide_by.and_then(|by| by.without_table) {
        print::line(format_args!("  of {year} no holidays are known; `workdays import FILE` takes a table"))?;
    }
    Ok(true)
}

async fn note(desk: &Desk, arguments: &RequestArguments) -> anyhow::Result<bool> {
    let order_id = OrderId::new(&arguments.order_id);
    let at = noted_at(arguments.at.as_deref(), &arguments.zone, desk.now())?;
    let noted = desk.unsubscription_request(&order_id).await?.map(|requested| requested.request);
    let request = noting(&order_id, noted, arguments.fact, at)?;
    desk.note_unsubscription(order_id, Some(request)).await?;
    show(desk, &arguments.order_id, arguments.output).await
}

/// A buyer whose request was turned down may ask again.
fn noting(
    order_id: &OrderId,
    noted: Option<UnsubscriptionRequest>,
    fact: RequestFact,
    at: UnixMillis,
) -> anyhow::Result<UnsubscriptionRequest> {
    if fact == RequestFact::Requested {
        return Ok(UnsubscriptionRequest::new(at));
    }
    let Some(noted) = noted else { bail!("no request of order {order_id} is open; note `requested` first") };
    if at < noted.requested_at {
        let (requested, at) = (print::at(noted.requested_at), print::at(at));
        bail!("it was requested at {requested}, after {at}");
    }
    Ok(match fact {
        RequestFact::Requested => UnsubscriptionRequest::new(at),
        RequestFact::Agreed => UnsubscriptionRequest { decided: Some((Decision::Agreed, at)), ..noted },
        RequestFact::Rejected => UnsubscriptionRequest { decided: Some((Decision::Rejected, at)), ..noted },
        RequestFact::Returned => UnsubscriptionRequest { returned_at: Some(at), ..noted },
    })
}

pub(super) fn line(requested: &RequestedUnsubscription, now: UnixMillis) -> String {
    let by = requested.decide_by.map(|by| {
        let overdue = if by.at <= now { " (overdue)" } else { "" };
        format!("  decide by {}{overdue}", print::at(by.at))
    });
    format!("{}  {}{}", requested.order_id, requested.state.name(), by.unwrap_or_default())
}
