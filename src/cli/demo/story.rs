//! The story as text: purchases, a renewal, a freeze, a release, a purchase by hand, a product that is down for a while,
//! KooGallery's own retries and the operator's, what is asked of KooGallery, and a stranger at the door.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    generations, open_apis,
    stage::{Stage, customer, product},
    telling::Teller,
};
use crate::{
    cli::{print, retry},
    desk::{Cancel, Desk, RetryResult},
    domain::{
        Exception, InstanceStatus, Message, MessageId, World,
        listing::{InstanceQuery, MessageFilter, MessageQuery},
        message::Progress,
    },
    protocol::{Secret, UnixMillis, callback::AppInfo, id::InstanceId},
    simulator::{self, MessageState, OrderState, Verdict, backend::Mode},
};

/// Longest that the story may take.
const PATIENCE: Duration = Duration::from_secs(35);
const HOUR: i64 = 3_600_000;

/// Whether all went as told.
pub(super) async fn tell(stage: &Stage) -> anyhow::Result<bool> {
    let url = stage.open_doors().await?;
    print::tell(format_args!("Sellerdesk receives at {url}"));
    print::tell(
        "A simulated KooGallery calls it. The story began half a day ago; the hours in which it waits go by at once.",
    );
    let mut teller = Teller::new(stage.marketplace.calls());
    match timeout(PATIENCE, play(stage, &mut teller)).await {
        Ok(played) => played?,
        // What was waited for stands in the line before.
        Err(_elapsed) => teller.check("the story goes on", false, true),
    }
    match teller.failures() {
        0 => print::tell("\nAll of it went as told."),
        failures => print::tell(format_args!("\n{failures} things did not go as told.")),
    }
    Ok(teller.failures() == 0)
}

async fn play(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    let bought = purchases(stage, teller).await?;
    let metered = by_use(stage, teller).await?;
    life_of_instances(stage, teller, &bought).await?;
    by_hand(stage, teller).await?;
    generations::tell(stage, teller).await?;
    mended_by_the_operator(stage, teller).await?;
    mended_by_koogallery(stage, teller).await?;
    if let Some(metered) = metered {
        open_apis::tell(stage, teller, &metered).await?;
    }
    stranger(stage, teller).await?;
    the_end(stage, teller).await
}

async fn purchases(stage: &Stage, teller: &mut Teller) -> anyhow::Result<Vec<InstanceId>> {
    teller.chapter("Three buyers; the product is asked over its webhook");
    let mut bought = Vec::new();
    for name in ["Aurora Textiles", "北辰科技", "Delta Freight"] {
        let message = stage.marketplace.buy(&product(), &customer(name)).await?;
        teller.tell_calls();
        let instance = stage.marketplace.instance_of(&message);
        let Some(id) = instance.map(|instance| instance.instance_id) else {
            teller.check(&format!("{name} has an instance"), false, true);
            continue;
        };
        let seen = self::instance(&stage.desk, &id).await?.and_then(|instance| instance.app_info);
        let made = stage.backend.provisioned().remove(&id);
        let (seen, made) = (seen.map(|info| info.front_end_url), made.map(|made| made.front_end_url));
        teller.check(&format!("{name} has an instance, at the address that the product told"), seen, made);
        bought.push(id);
    }
    teller.check("the product made each once", made_once(stage), (3, 3));
    Ok(bought)
}

async fn by_use(stage: &Stage, teller: &mut Teller) -> anyhow::Result<Option<InstanceId>> {
    let metered = open_apis::buy_metered(stage, "Kite Robotics").await?;
    teller.tell_calls();
    teller.check("a fourth pays for what it uses", metered.is_some(), true);
    Ok(metered)
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
    let done = stage.settled(&stage.by_hand, message.id).await?;
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
    teller.check("it is this order's", first.order_id.as_ref(), message.order().map(|line| &line.order_id));
    let is_503 = matches!(first.exception, Some(Exception::WebhookStatus { status: 503, .. }));
    teller.check("it says that the product answered 503", is_503, true);
    show_failing(&stage.desk, teller, first);
    stage.pass(HOUR).await;
    let verdict = teller.wait_for_call(|call| call.message == message.id && call.attempt == 2).await;
    teller.check("KooGallery's retry failed", matches!(verdict, Some(Verdict::Failed(_))), true);
    let attempts = self::failing(&stage.desk).await?.first().map(|message| (message.id, message.attempts));
    teller.check("it is the same message, tried twice", attempts, Some((first.id, 2)));

    teller.chapter("The product is back; the operator retries, KooGallery's next call is answered from the result");
    stage.backend.set_mode(Mode::Up);
    let result = stage.desk.retry(first.id).await?;
    let (word, reason) = retry::told(&result);
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    teller.say(&format!("sellerdesk retry {}: {word}{reason}", first.id));
    teller.check("the retry succeeds", result, RetryResult::Succeeded);
    let asked = stage.backend.webhooks();
    let settled = stage.settled(&stage.marketplace, message.id).await?;
    teller.tell_calls();
    teller.check("KooGallery is content", settled.state, MessageState::Succeeded);
    teller.check("the product was not asked again", stage.backend.webhooks(), asked);
    teller.check("nothing fails any more", self::failing(&stage.desk).await?.len(), 0);
    show_attempts(&stage.desk, teller, first.id).await
}

async fn mended_by_koogallery(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("A short outage that KooGallery's own retry mends");
    stage.backend.set_mode(Mode::Down);
    let message = stage.marketplace.buy(&product(), &customer("Fjord Analytics")).await?;
    teller.tell_calls();
    teller.check("one message fails", failing(&stage.desk).await?.len(), 1);
    stage.backend.set_mode(Mode::Up);
    teller.say("the product is back, nobody does anything");
    let settled = stage.settled(&stage.marketplace, message.id).await?;
    teller.tell_calls();
    teller.check("KooGallery is content", settled.state, MessageState::Succeeded);
    teller.check("nothing fails any more", failing(&stage.desk).await?.len(), 0);
    Ok(())
}

async fn stranger(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("Somebody calls with a key that is not the seller's");
    let messages = calls(&stage.desk).await?;
    let mut door = Teller::new(stage.stranger.calls());
    stage.stranger.buy(&product(), &customer("Nobody")).await?;
    door.tell_calls();
    let refused = stage.desk.rejected(10).await?;
    for call in &refused {
        teller.say(&format!("refused: {} from {}: {}", call.rejection.result_code(), call.peer, call.rejection));
    }
    teller.check("it is in the list of refused calls", refused.len(), 1);
    teller.check("it is no message", calls(&stage.desk).await?, messages);
    Ok(())
}

async fn the_end(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("How it stands in the end");
    let (policy, now) = (stage.desk.policy(), stage.desk.now());
    let messages = all_messages(&stage.desk).await?;
    teller.say("Messages");
    for message in &messages {
        teller.say(&print::message_line(message, &policy, now));
    }
    let ids = stage.desk.instance_ids(InstanceQuery::default(), Cancel::default()).await?;
    let instances = stage.desk.instances(ids).await?;
    teller.say("Instances");
    for (_, instance) in &instances {
        teller.say(&print::instance_line(instance));
    }
    let succeeded = messages.iter().all(|message| message.progress == Progress::Succeeded);
    teller.check("every message succeeded", succeeded, true);
    let active = instances.iter().filter(|(_, instance)| instance.status == InstanceStatus::Active).count();
    teller.check("seven instances are in use, one is released", (active, instances.len()), (7, 8));
    let orders = [stage.marketplace.orders(), stage.by_hand.orders(), stage.of_v1.orders()].concat();
    let fulfilled = orders.iter().filter(|order| order.state == OrderState::Fulfilled).count();
    teller.check(
        "KooGallery has every order fulfilled: eight purchases, three renewals, one of codes",
        (fulfilled, orders.len()),
        (12, 12),
    );
    let theirs = [stage.marketplace.instances(), stage.by_hand.instances(), stage.of_v1.instances()].concat();
    let agreed = theirs.iter().filter(|theirs| {
        let ours = instances.iter().find(|(_, ours)| ours.instance_id == theirs.instance_id);
        ours.is_some_and(|(_, ours)| ours.status == as_the_desk_says(theirs.status))
    });
    teller.check("KooGallery and Sellerdesk agree on every instance", (agreed.count(), theirs.len()), (8, 8));
    teller.check("the product made each purchase of its own once", made_once(stage), (6, 6));
    Ok(())
}

fn show_failing(desk: &Desk, teller: &Teller, message: &Message) {
    let exception = message.exception.as_ref().map(ToString::to_string).unwrap_or_default();
    teller.say(&format!("message {}: {} fails: {exception}", message.id, message.activity));
    if let Some(window) = desk.policy().window(&message.activity, message.received_at) {
        teller.say(&format!("if nothing is done: refunded after {}", window.closes_at));
    }
}

/// Who tried, and what came of it.
async fn show_attempts(desk: &Desk, teller: &Teller, id: MessageId) -> anyhow::Result<()> {
    let Some((_, attempts, _)) = desk.message(id).await? else { return Ok(()) };
    teller.say(&format!("what happened to message {id}:"));
    for attempt in attempts {
        let code = attempt.result_code.map(|code| code.to_string()).unwrap_or_default();
        let exception = attempt.exception.map(|exception| exception.to_string()).unwrap_or_default();
        teller.say(format!("  {}  {:<10}  {code}  {exception}", attempt.started_at, attempt.origin.name()).trim_end());
    }
    Ok(())
}

/// Instances that the product was told to make exactly once, and all that it made.
fn made_once(stage: &Stage) -> (usize, usize) {
    let provisioned = stage.backend.provisioned();
    let once = |history: &[String]| history.iter().filter(|activity| *activity == "newInstance").count() == 1;
    (provisioned.values().filter(|made| once(&made.history)).count(), provisioned.len())
}

const fn as_the_desk_says(status: simulator::InstanceStatus) -> InstanceStatus {
    match status {
        simulator::InstanceStatus::Active => InstanceStatus::Active,
        simulator::InstanceStatus::Frozen => InstanceStatus::Frozen,
        simulator::InstanceStatus::Released => InstanceStatus::Released,
    }
}

pub(super) async fn instance(desk: &Desk, id: &InstanceId) -> anyhow::Result<Option<crate::domain::Instance>> {
    Ok(desk.instance(World::Live, id.clone()).await?.map(|(instance, _)| instance))
}

pub(super) async fn status(desk: &Desk, id: &InstanceId) -> anyhow::Result<Option<InstanceStatus>> {
    Ok(instance(desk, id).await?.map(|instance| instance.status))
}

async fn failing(desk: &Desk) -> anyhow::Result<Vec<Message>> {
    messages(desk, MessageFilter::Failing).await
}

async fn all_messages(desk: &Desk) -> anyhow::Result<Vec<Message>> {
    messages(desk, MessageFilter::All).await
}

/// What KooGallery called for; what is asked of it meanwhile may add to the rest at any moment.
async fn calls(desk: &Desk) -> anyhow::Result<usize> {
    Ok(all_messages(desk).await?.iter().filter(|message| !message.is_action()).count())
}

async fn messages(desk: &Desk, filter: MessageFilter) -> anyhow::Result<Vec<Message>> {
    let query = MessageQuery { filter, ..MessageQuery::default() };
    let ids: Vec<MessageId> = desk.message_ids(query, Cancel::default()).await?.into_iter().map(MessageId).collect();
    Ok(desk.messages(ids.into_iter().map(|id| id.0).collect()).await?)
}
