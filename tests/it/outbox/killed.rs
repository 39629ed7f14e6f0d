//! The program is killed between sending and recording: what KooGallery can be asked about it is asked about, what it takes
//! once goes again, and the rest is told and left to the operator.

use std::{
    io::Write as _,
    process::{Child, Stdio},
    time::Duration,
};

use sellerdesk::{
    desk::RetryResult,
    domain::{Exception, LicenseStatus, Message, World, message::Progress},
    protocol::callback::Activity,
    simulator::{
        ApplicationState, Charging, Delivered, Terms,
        open_api::{Api, Fault, FaultRule},
    },
};

use crate::support::{
    app::TEMPLATE,
    program::command,
    trade::{Trade, customer, product},
    waiting::until,
};

/// Until what a killed program worked on is free.
const A_LEASE: Duration = Duration::from_secs(80);
const PATIENT: &str = "timeout_secs = 60";

fn start(trade: &Trade, arguments: &[&str], input: &str) -> Child {
    let mut child = command(trade.dir(), arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child
}

/// A command whose request is taken and never answered is killed; another process begins when its lease is over.
async fn kill_while_sending(trade: Trade, api: Api, arguments: &[&str], input: &str) -> Trade {
    trade.server.forget_requests();
    trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(api).after_the_deed());
    let mut child = start(&trade, arguments, input);
    until("the request", async || (!trade.requests(api).is_empty()).then_some(())).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let mut trade = trade.restart(A_LEASE).await;
    trade.app.work_in_background();
    trade
}

async fn ended(trade: &Trade, activity: &str, progress: Progress) -> Message {
    until(activity, async || Some(trade.app.message(activity).await).filter(|message| message.progress == progress))
        .await
}

fn told(exceptions: &[Option<Exception>]) -> Vec<String> {
    exceptions.iter().map(|exception| exception.as_ref().map(ToString::to_string).unwrap_or_default()).collect()
}

#[tokio::test]
async fn an_activation_is_asked_about_and_not_sent_again() {
    let trade = Trade::open(PATIENT, TEMPLATE).await;
    let code = trade.received(1).remove(0);
    let trade = kill_while_sending(trade, Api::ActivateV2, &["license", "activate"], &format!("{code}\n")).await;
    let message = ended(&trade, "license/activate", Progress::Succeeded).await;
    assert_eq!(trade.license(&code).await.status, LicenseStatus::Active);
    assert_eq!(trade.called()[..2], [Api::ActivateV2, Api::HeartbeatV1]);
    assert_eq!(trade.requests(Api::ActivateV1).len(), 0);
    let attempts: Vec<_> = trade.app.attempts(&message).await.into_iter().map(|attempt| attempt.exception).collect();
    assert_eq!(told(&attempts), ["the program ended while it worked on this", ""]);
}

#[tokio::test]
async fn usage_goes_again_as_the_same_record() {
    let trade = Trade::open(PATIENT, TEMPLATE).await;
    let terms = Terms::new(Charging::OnDemand);
    let bought = trade.marketplace.buy_on(&product(), &customer(), terms).await.unwrap();
    let instance = trade.marketplace.instance_of(&bought).unwrap().instance_id;
    let now = sellerdesk::cli::open::system_time();
    let at = |seconds: i64| format!("{}Z", &now.plus_millis(seconds * 1000).to_string()[..19]);
    let table = trade.dir().join("usage.csv");
    let text = format!("instanceId,beginTime,endTime,usageValue\n{instance},{},{},1.5\n", at(-7200), at(-3600));
    std::fs::write(&table, text).unwrap();
    let path = table.to_str().unwrap().to_owned();
    let trade = kill_while_sending(trade, Api::UsagePush, &["usage", "push", &path], "").await;
    ended(&trade, "isv/usage-data", Progress::Succeeded).await;
    let bodies: Vec<String> = trade.requests(Api::UsagePush).into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1], "the same record both times");
    let records: Vec<_> = trade.marketplace.usage_bills().into_iter().map(|bill| bill.record.metering_sn).collect();
    assert!(records.len() == 2 && records[0].is_some() && records[0] == records[1], "{records:?}");
}

#[tokio::test]
async fn a_license_that_may_have_been_handed_over_waits_for_the_operator() {
    let trade = Trade::open(PATIENT, TEMPLATE).await;
    let bought = trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let instance = trade.marketplace.instance_of(&bought).unwrap().instance_id;
    let applied = trade.marketplace.apply_for_license(&instance, None).await.unwrap();
    let Activity::GetLicenseAsync(application) = applied.activity else { panic!("{applied:?}") };
    let event = application.event_id;
    let trade = kill_while_sending(trade, Api::Upload, &["upload", event.as_str()], "LICENSE-1").await;
    let message = ended(&trade, "market-event/file", Progress::Failing).await;
    let exception = until("what is told of it", async || trade.message(message.id).await.exception).await;
    assert_eq!(exception, Exception::MaybeDone);
    assert!(exception.to_string().contains("look in the seller console"), "{exception}");
    assert_eq!(trade.requests(Api::Upload).len(), 1, "not by itself");
    let attempts: Vec<_> = trade.app.attempts(&message).await.into_iter().map(|attempt| attempt.exception).collect();
    assert_eq!(told(&attempts)[0], "the program ended while it worked on this");

    assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    let state = trade.marketplace.application(&event).unwrap().state;
    assert_eq!(state, ApplicationState::Delivered(Delivered::Characters("LICENSE-1".into())));
    assert_eq!(trade.requests(Api::Upload).len(), 2);
    let waiting = trade.app.message("getLicenseAsync").await;
    assert_eq!((waiting.progress, waiting.world), (Progress::Succeeded, World::Live));
}
