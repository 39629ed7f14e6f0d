//! `delisting`: how near each product is to being taken off the market: failed orders against what is allowed, what still can
//! be saved and until when, probes; and the mail that asks the partner team.

use clap::Args;
use serde_json::{Value, json};

use super::{args::Output, print, probes};
use crate::{
    desk::{Desk, watching::product_row},
    domain::{
        World,
        delisting::{PartnerMail, ProductStanding, StillFailing},
        message::Progress,
        probe::FAILING_DAYS_ALLOWED,
        retry_window::FAILED_ORDERS_ALLOWED,
    },
    protocol::id::OrderId,
};

#[derive(Debug, Args)]
pub struct DelistingArguments {
    /// Print the mail to the partner team about a product's orders instead; orders of no known product are `-`
    #[arg(long, value_name = "PRODUCT")]
    pub mail: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

pub(super) async fn run(desk: &Desk, arguments: &DelistingArguments) -> anyhow::Result<bool> {
    let products = desk.product_standings(World::Live).await?;
    if let Some(name) = &arguments.mail {
        return mail(&products, name, arguments.output);
    }
    let (known, now) = (desk.debugging().await?, desk.now());
    let alarms = known.probes.findings.iter().map(|finding| (finding, known.name_of(finding)));
    if arguments.output.json {
        print::json(&json!({
            "allowed": FAILED_ORDERS_ALLOWED,
            "products": products.iter().map(product_row).collect::<Value>(),
            "probeDaysAllowed": FAILING_DAYS_ALLOWED,
            "probes": alarms.map(|(finding, name)| probes::alarm(finding, &name, now)).collect::<Value>(),
        }))?;
        return Ok(true);
    }
    for product in &products {
        print::line(product_line(product))?;
        product.failing.iter().map(failing_line).try_for_each(print::line)?;
    }
    let mut all_well = products.is_empty();
    for (finding, name) in alarms {
        all_well = false;
        print::line(finding.sentence(&name, now))?;
    }
    if all_well {
        print::line("no order of this month failed, and no probe fails")?;
    }
    Ok(true)
}

fn mail(products: &[ProductStanding], name: &str, output: Output) -> anyhow::Result<bool> {
    let of_name = |product: &&ProductStanding| product.product_id.as_deref().unwrap_or("-") == name;
    let Some(product) = products.iter().find(of_name) else {
        anyhow::bail!("no order of product `{name}` fails or failed this month");
    };
    let mail = PartnerMail::about(product);
    if output.json {
        print::json(&serde_json::to_value(&mail)?)?;
    } else {
        print::line(format_args!("To: {}\nSubject: {}\n\n{}", mail.to, mail.subject, mail.body))?;
    }
    Ok(true)
}

fn product_line(product: &ProductStanding) -> String {
    let name = product.product_id.as_deref().unwrap_or("-");
    let (level, failed) = (product.level.name(), product.failed_orders());
    let ids = product.failed.iter().map(OrderId::as_str).collect::<Vec<_>>().join(" ");
    format!("{name}  {level}  {failed} of {FAILED_ORDERS_ALLOWED} failed orders this month  {ids}")
}

fn failing_line(failing: &StillFailing) -> String {
    let what = match failing.order.progress {
        Progress::Failing => "fails",
        Progress::InProgress => "is being worked on",
        Progress::Succeeded => "is done here, but KooGallery has not asked since",
    };
    let (id, activity) = (&failing.order.order.order_id, &failing.order.activity);
    let then = if failing.refunded_at().is_some() { "refunds" } else { "leaves it open, to be delivered by hand" };
    let until = print::at(failing.window.closes_at);
    format!("  {id}  {activity}  {what}; KooGallery calls until {until}, then {then}")
}
