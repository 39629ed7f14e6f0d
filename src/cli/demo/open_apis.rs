//! The part of the story in which Sellerdesk asks KooGallery: authorization codes, orders, usage. The window's play does the
//! same without being told.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{
    stage::{Stage, customer, drawing, product},
    story,
    telling::{Teller, excerpt},
};
use crate::{
    cli::{print, retry},
    desk::{Cancel, RetryResult},
    domain::{
        Exception, License, LicenseStatus, Message, MessageId, Order, Origin, World,
        action::UsageApi,
        listing::{OrderQuery, UsageQuery},
        message::Progress,
        usage::{UsageRecord, UsageValue, derived_metering_sn},
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, LicenseCode},
        open_api::code::CodeMeaning,
    },
    simulator::{BillState, Charging, Product, SimulatorError, Terms, open_api::Api},
};

/// Longest that anything done by itself is waited for.
const PATIENCE: Duration = Duration::from_secs(8);
const LOOK: Duration = Duration::from_millis(100);
const CODES: u16 = 3;
/// Eight purchases and three renewals.
const NAMED_ORDERS: usize = 11;

pub(super) async fn tell(stage: &Stage, teller: &mut Teller, metered: &InstanceId) -> anyhow::Result<()> {
    codes(stage, teller).await?;
    orders(stage, teller).await?;
    usage(stage, teller, metered).await
}

/// A product that is billed by use.
pub(super) async fn buy_metered(stage: &Stage, name: &str) -> Result<Option<InstanceId>, SimulatorError> {
    let bought = stage.marketplace.buy_on(&product(), &customer(name), Terms::new(Charging::OnDemand)).await?;
    Ok(stage.marketplace.instance_of(&bought).map(|instance| instance.instance_id))
}

/// Codes are bought, of which the buyer has received the first so many; all are activated.
pub(super) async fn activate(
    stage: &Stage,
    product: &Product,
    number: u16,
    received: u16,
) -> anyhow::Result<(Vec<LicenseCode>, Vec<Message>)> {
    let codes = stage.marketplace.buy_licenses(&customer("Granite Works"), product, number);
    for code in codes.iter().take(received.into()) {
        stage.marketplace.receive_license(code)?;
    }
    let kept = stage.desk.keep_activations(World::Live, codes.clone(), None).await?;
    Ok((codes, carry_out(stage, kept).await?))
}

/// Reports what was used of an instance since the last report, or since it was bought. Returns the pushes.
pub(super) async fn push_usage(stage: &Stage, instance_id: &InstanceId) -> anyhow::Result<Vec<Message>> {
    let Some(instance) = stage.marketplace.instance(instance_id) else { return Ok(Vec::new()) };
    let ids = stage.desk.usage_ids(UsageQuery::default(), Cancel::default()).await?;
    let told = stage.desk.usage(ids).await?.into_iter().map(|(_, usage)| usage.record);
    let last = told.filter(|record| record.instance_id == *instance_id).map(|record| record.end_time).max();
    let begin_time = last.unwrap_or_else(|| whole_second(instance.opened_at));
    let end_time = whole_second(stage.marketplace.now());
    let record = UsageRecord {
        metering_sn: derived_metering_sn(instance_id, begin_time, end_time),
        instance_id: instance_id.clone(),
        begin_time,
        end_time,
        usage_value: UsageValue::parse("12.5")?,
        relate_pkg_instance: None,
        product_id: Some(instance.product.product_id),
    };
    let sns = vec![record.metering_sn.clone()];
    stage.desk.enter_usage(World::Live, vec![record], true).await?;
    let kept = stage.desk.keep_pushes(World::Live, sns, UsageApi::New).await?;
    carry_out(stage, kept.pushes).await
}

/// Weeks went by in a moment, so that some orders were too old to be asked about before their turn came; the operator asks.
pub(super) async fn ask_about_the_rest(stage: &Stage) -> anyhow::Result<()> {
    // Reads the orders of the calls that came last.
    stage.desk.reconcile().await?;
    let unknown = known_orders(stage).await?.into_iter().filter(|order| order.product_id.is_none());
    let ids = unknown.map(|order| order.order.order_id).collect();
    let kept = stage.desk.keep_order_queries(World::Live, ids).await?;
    carry_out(stage, kept).await.map(drop)
}

async fn codes(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("Authorization codes are activated at KooGallery; one of three the buyer has not received yet");
    stage.apis.forget_requests();
    let (codes, messages) = activate(stage, &drawing(12), CODES, CODES - 1).await?;
    tell_requests(stage, teller, &[Api::ActivateV1, Api::ActivateV2]);
    let failed: Vec<&Message> = messages.iter().filter(|message| message.progress == Progress::Failing).collect();
    teller.check("two are active, one is not", (statuses(stage, &codes).await?, failed.len()), (2, 1));
    let Some(message) = failed.first() else { return Ok(()) };
    let exception = message.exception.as_ref();
    teller.say(&exception.map(ToString::to_string).unwrap_or_default());
    let meaning = exception.and_then(|exception| match exception {
        Exception::OpenApi { fault } => fault.meaning(),
        _ => None,
    });
    teller.check("it says what the buyer has to do", meaning, Some(CodeMeaning::LicenseNotReceived));

    for code in &codes {
        stage.marketplace.receive_license(code)?;
    }
    teller.say("the buyer receives it");
    stage.apis.forget_requests();
    let result = stage.desk.retry(message.id).await?;
    teller.say(&format!("sellerdesk retry {}: {}", message.id, retry::told(&result).0));
    tell_requests(stage, teller, &[Api::ActivateV1, Api::ActivateV2]);
    teller.check("the retry succeeds", result, RetryResult::Succeeded);
    teller.check("all are active", statuses(stage, &codes).await?, codes.len());
    let told = becomes(async || {
        let licenses = licenses(stage, &codes).await?;
        Ok(licenses.iter().filter(|license| license.queried_at.is_some()).count() == codes.len())
    });
    teller.check("order and expiry of each are asked about by itself", told.await?, true);
    Ok(())
}

/// How many of the codes are active, here and at KooGallery alike.
async fn statuses(stage: &Stage, codes: &[LicenseCode]) -> anyhow::Result<usize> {
    let at_koogallery = |license: &License| {
        stage.marketplace.license(&license.license).is_some_and(|theirs| theirs.activated_at.is_some())
    };
    let licenses = licenses(stage, codes).await?;
    let active = |license: &&License| license.status == LicenseStatus::Active && at_koogallery(license);
    Ok(licenses.iter().filter(active).count())
}

async fn licenses(stage: &Stage, codes: &[LicenseCode]) -> anyhow::Result<Vec<License>> {
    let mut known = Vec::with_capacity(codes.len());
    for code in codes {
        known.extend(stage.desk.license(World::Live, code.clone()).await?.map(|(license, _)| license));
    }
    Ok(known)
}

/// Whether it comes to that, by itself and soon.
async fn becomes(mut look: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<bool> {
    let looking = async {
        while !look().await? {
            sleep(LOOK).await;
        }
        Ok(true)
    };
    timeout(PATIENCE, looking).await.unwrap_or(Ok(false))
}

async fn orders(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("V2 calls name an order and nothing of it: Sellerdesk asks by itself");
    let is_told = |order: &Order| order.queried_at.is_some();
    let told = becomes(async || {
        let orders = known_orders(stage).await?;
        Ok(orders.len() == NAMED_ORDERS && orders.iter().all(is_told))
    });
    let told = told.await?;
    let orders = known_orders(stage).await?;
    for listed in stage.desk.with_status(orders.clone()).await? {
        teller.say(&print::order_line(&listed));
    }
    teller.check("every order that a call named was asked about", (told, orders.len()), (true, NAMED_ORDERS));
    let mut complete = 0;
    let bought: Vec<&InstanceId> = orders.iter().filter_map(|order| order.instance_id.as_ref()).collect();
    for id in &bought {
        let instance = story::instance(&stage.desk, id).await?;
        let known = instance.is_some_and(|known| known.product_id.is_some() && known.customer_name.is_some());
        complete += usize::from(known);
    }
    teller.check("product and customer of every instance are known", complete, bought.len());
    Ok(())
}

async fn known_orders(stage: &Stage) -> anyhow::Result<Vec<Order>> {
    let ids = stage.desk.order_ids(OrderQuery::default(), Cancel::default()).await?;
    Ok(stage.desk.orders(ids).await?.into_iter().map(|(_, order)| order).collect())
}

async fn usage(stage: &Stage, teller: &mut Teller, metered: &InstanceId) -> anyhow::Result<()> {
    teller.chapter("Usage of a pay-per-use product is pushed, and none that was taken goes again");
    stage.apis.forget_requests();
    let pushes = push_usage(stage, metered).await?;
    tell_requests(stage, teller, &[Api::UsagePush]);
    teller.check("one push, and it succeeds", done(&pushes), (1, 1));
    let ids = stage.desk.usage_ids(UsageQuery::default(), Cancel::default()).await?;
    let records = stage.desk.usage(ids).await?;
    let sns = records.iter().map(|(_, usage)| usage.record.metering_sn.clone()).collect();
    let again = stage.desk.keep_pushes(World::Live, sns, UsageApi::New).await?;
    teller.check("nothing is left to send", again.pushes.len(), 0);
    let is_billed = || stage.marketplace.usage_bills().iter().any(|bill| bill.state == BillState::Billed);
    teller.check("KooGallery bills it", becomes(async || Ok(is_billed())).await?, true);
    teller.check("once", stage.marketplace.usage_bills().len(), 1);
    Ok(())
}

fn done(messages: &[Message]) -> (usize, usize) {
    (messages.iter().filter(|message| message.progress == Progress::Succeeded).count(), messages.len())
}

fn tell_requests(stage: &Stage, teller: &Teller, apis: &[Api]) {
    let asked = |api: Option<Api>| api.is_some_and(|api| apis.contains(&api));
    for request in stage.apis.requests().into_iter().filter(|request| asked(request.api)) {
        teller.say(&format!("=>   {} {}  {}", request.method, request.path, excerpt(&request.body)));
        let verdict = request.verdict;
        teller.say(&format!("<=   HTTP {}  {}  {}", verdict.status, verdict.code, verdict.message));
    }
}

async fn carry_out(stage: &Stage, kept: Vec<MessageId>) -> anyhow::Result<Vec<Message>> {
    stage.desk.carry_out(kept.clone(), Origin::Operator, &Cancel::default(), None).await?;
    Ok(stage.desk.messages(kept.into_iter().map(|id| id.0).collect()).await?)
}

const fn whole_second(time: UnixMillis) -> UnixMillis {
    UnixMillis(time.0.div_euclid(1000) * 1000)
}
