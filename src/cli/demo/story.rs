//! The story as text: purchases, a renewal, a freeze, a release, a purchase by hand, a product that is down for a while,
//! KooGallery's own retries and the operator's, and a stranger at the door.

use super::{
    stage::{Stage, customer, product},
    telling::Teller,
};
use crate::{
    cli::print,
    desk::{Cancel, Desk, RetryResult},
    domain::{
        InstanceStatus, Message, MessageId, World,
        listing::{InstanceQuery, MessageFilter, MessageQuery},
        message::Progress,
    },
    protocol::{Secret, UnixMillis, callback::AppInfo, id::InstanceId},
    simulator::{MessageState, OrderState, backend::Mode},
};

/// Whether all went as told.
pub(super) async fn tell(stage: &Stage) -> anyhow::Result<bool> {
    let url = stage.open_doors().await?;
    print::tell(format_args!("Sellerdesk receives at {url}"));
    print::tell("A simulated KooGallery calls it; an hour of its waiting takes four seconds here.");
    let mut teller = Teller::new(stage.marketplace.calls());
    let bought = purchases(stage, &mut teller).await?;
    life_of_instances(stage, &mut teller, &bought).await?;
    by_hand(stage, &mut teller).await?;
    mended_by_the_operator(stage, &mut teller).await?;
    mended_by_koogallery(stage, &mut teller).await?;
    stranger(stage, &mut teller).await?;
    the_end(stage, &mut teller).await?;
    match teller.failures() {
        0 => print::tell("\nAll of it went as told."),
        failures => print::tell(format_args!("\n{failures} things did not go as told.")),
    }
    Ok(teller.failures() == 0)
}

async fn purchases(stage: &Stage, teller: &mut Teller) -> anyhow::Result<Vec<InstanceId>> {
    teller.chapter("Three buyers; the product is asked over its webhook");
    let mut bought = Vec::new();
    for name in ["Aurora Textiles", "北辰科技", "Delta Freight"] {
        let message = stage.marketplace.buy(&product(), &customer(name)).await?;
        teller.tell_calls();
        let instance = stage.marketplace.instance_of(&message);
        teller.check(&format!("{name} has an instance"), instance.is_some(), true);
        bought.extend(instance.map(|instance| instance.instance_id));
    }
    teller.check("the product made each once", stage.backend.provisioned().len(), 3);
    Ok(bought)
}

async fn life_of_instances(stage: &Stage, teller: &mut Teller, bought: &[InstanceId]) -> anyhow::Result<()> {
    let [first, second, third] = bought else { return Ok(()) };
    let marketplace = &stage.marketplace;
    teller.chapter("One renews, one is frozen and thawed, one is released");
    marketplace.renew(first).await?;
    teller.tell_calls();
    let expected = marketplace.instance(first).map(|instance| instance.expire_time().to_compact_utc());
    let seen = instance(&stage.desk, first).await?.and_then(|instance| instance.expire_time);
    teller.check("the renewed expiry is known", seen.map(UnixMillis::to_compact_utc), expected);
    marketplace.freeze(second).await?;
    teller.tell_calls();
    teller.check("frozen", status(&stage.desk, second).await?, Some(InstanceStatus::Frozen));
    marketplace.unfreeze(second).await?;
    teller.tell_calls();
    teller.check("thawed", status(&stage.desk, second).await?, Some(InstanceStatus::Active));
    marketplace.release(third).await?;
    teller.tell_calls();
    teller.check("released", status(&stage.desk, third).await?, Some(InstanceStatus::Released));
    Ok(())
}

async fn by_hand(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("A purchase that an operator fulfils by hand");
    let mut hand = Teller::new(stage.by_hand.calls());
    let message = stage.by_hand.buy(&product(), &customer("Harbour Hotels")).await?;
    hand.tell_calls();
    teller.check("KooGallery knows that it takes a while", message.state, MessageState::InProgress);
    let order = message.order().map(|line| line.order_id.clone());
    let instance_id = order.and_then(|order| stage.by_hand.order(&order)).and_then(|order| order.instance_id);
    let Some(instance_id) = instance_id else {
        teller.check("the answer names the instance", false, true);
        return Ok(());
    };
    let app_info = AppInfo {
        front_end_url: "https://office.example.com/harbour".into(),
        user_name: Some("harbour-admin".into()),
        password: Some(Secret::new(uuid::Uuid::new_v4().to_string())),
        ..AppInfo::default()
    };
    stage.desk.fulfil(World::Live, instance_id.clone(), app_info.clone()).await?;
    teller.say("the operator fills in address, user name and password");
    let done = stage.by_hand.settled(message.id).await?;
    hand.tell_calls();
    teller.check("KooGallery learns of it by queryInstance", done.state, MessageState::Succeeded);
    let told = stage.by_hand.instance(&instance_id).and_then(|instance| instance.app_info);
    teller.check("the buyer sees what the operator filled in", told == Some(app_info), true);
    Ok(())
}

async fn mended_by_the_operator(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("The product is down: a purchase fails, and so does KooGallery's retry");
    stage.backend.set_mode(Mode::Down);
    let message = stage.marketplace.buy(&product(), &customer("Evergreen Clinics")).await?;
    teller.tell_calls();
    let failing = failing(&stage.desk).await?;
    teller.check("one message fails", failing.len(), 1);
    let Some(first) = failing.first() else { return Ok(()) };
    show_failing(&stage.desk, teller, first);
    teller.wait_for_call(|call| call.message == message.id && call.attempt == 2).await;

    teller.chapter("The product is back; the operator retries, KooGallery's next call is answered from the result");
    stage.backend.set_mode(Mode::Up);
    let result = stage.desk.retry(first.id).await?;
    teller.say(&format!("sellerdesk retry {}: {result:?}", first.id));
    teller.check("the retry succeeds", result, RetryResult::Succeeded);
    let asked = stage.backend.webhooks();
    let settled = stage.marketplace.settled(message.id).await?;
    teller.tell_calls();
    teller.check("KooGallery is content", settled.state, MessageState::Succeeded);
    teller.check("the product was not asked again", stage.backend.webhooks(), asked);
    teller.check("nothing fails any more", self::failing(&stage.desk).await?.len(), 0);
    Ok(())
}

async fn mended_by_koogallery(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("A short outage that KooGallery's own retry mends");
    stage.backend.set_mode(Mode::Down);
    let message = stage.marketplace.buy(&product(), &customer("Fjord Analytics")).await?;
    teller.tell_calls();
    teller.check("one message fails", failing(&stage.desk).await?.len(), 1);
    stage.backend.set_mode(Mode::Up);
    teller.say("the product is back, nobody does anything");
    let settled = stage.marketplace.settled(message.id).await?;
    teller.tell_calls();
    teller.check("KooGallery is content", settled.state, MessageState::Succeeded);
    teller.check("nothing fails any more", failing(&stage.desk).await?.len(), 0);
    Ok(())
}

async fn stranger(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("Somebody calls with a key that is not the seller's");
    let messages = all_messages(&stage.desk).await?.len();
    let mut door = Teller::new(stage.stranger.calls());
    stage.stranger.buy(&product(), &customer("Nobody")).await?;
    door.tell_calls();
    let refused = stage.desk.rejected(10).await?;
    for call in &refused {
        teller.say(&format!("refused: {} from {}: {}", call.rejection.result_code(), call.peer, call.rejection));
    }
    teller.check("it is in the list of refused calls", refused.len(), 1);
    teller.check("it is no message", all_messages(&stage.desk).await?.len(), messages);
    Ok(())
}

async fn the_end(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("How it stands in the end");
    let (policy, now) = (stage.desk.policy(), stage.desk.now());
    let messages = all_messages(&stage.desk).await?;
    for message in &messages {
        teller.say(&print::message_line(message, &policy, now));
    }
    let ids = stage.desk.instance_ids(InstanceQuery::default(), Cancel::default()).await?;
    let instances = stage.desk.instances(ids).await?;
    teller.say("");
    for (_, instance) in &instances {
        teller.say(&print::instance_line(instance));
    }
    let succeeded = messages.iter().all(|message| message.progress == Progress::Succeeded);
    teller.check("every message succeeded", succeeded, true);
    let active = instances.iter().filter(|(_, instance)| instance.status == InstanceStatus::Active).count();
    teller.check("five instances are in use, one is released", (active, instances.len()), (5, 6));
    let orders = stage.marketplace.orders();
    let bad = orders.iter().filter(|order| matches!(order.state, OrderState::Refunded | OrderState::Stopped)).count();
    teller.check("no order was refunded", bad + stage.marketplace.failed_orders_this_month(), 0);
    teller.check("the product made each purchase once", stage.backend.provisioned().len(), 5);
    Ok(())
}

fn show_failing(desk: &Desk, teller: &Teller, message: &Message) {
    let exception = message.exception.as_ref().map(ToString::to_string).unwrap_or_default();
    teller.say(&format!("message {}: {} fails: {exception}", message.id, message.activity));
    if let Some(window) = desk.policy().window(&message.activity, message.received_at) {
        teller.say(&format!("if nothing is done: refunded after {}", window.closes_at));
    }
}

async fn instance(desk: &Desk, id: &InstanceId) -> anyhow::Result<Option<crate::domain::Instance>> {
    Ok(desk.instance(World::Live, id.clone()).await?.map(|(instance, _)| instance))
}

async fn status(desk: &Desk, id: &InstanceId) -> anyhow::Result<Option<InstanceStatus>> {
    Ok(instance(desk, id).await?.map(|instance| instance.status))
}

async fn failing(desk: &Desk) -> anyhow::Result<Vec<Message>> {
    messages(desk, MessageFilter::Failing).await
}

async fn all_messages(desk: &Desk) -> anyhow::Result<Vec<Message>> {
    messages(desk, MessageFilter::All).await
}

async fn messages(desk: &Desk, filter: MessageFilter) -> anyhow::Result<Vec<Message>> {
    let query = MessageQuery { filter, ..MessageQuery::default() };
    let ids: Vec<MessageId> = desk.message_ids(query, Cancel::default()).await?.into_iter().map(MessageId).collect();
    Ok(desk.messages(ids.into_iter().map(|id| id.0).collect()).await?)
}
