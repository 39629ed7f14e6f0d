//! What has happened before the window opens, told quickly and in its order, each thing at its time: two months of purchases,
//! renewals, expiries and codes, and what was left for the operator to mend.

use std::collections::HashMap;

use super::{
    generations, open_apis, registers, rules, settlement,
    stage::{Stage, backup, customer, drawing, monthly, product},
};
use crate::{
    domain::{World, debugging::Target, delisting::start_of_month},
    protocol::{
        Secret, UnixMillis,
        callback::AppInfo,
        debugging::{DebugCall, Generation},
        id::{InstanceId, LicenseCode, OrderId},
    },
    simulator::{Product, backend::Mode},
};

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// When it all begins.
pub(super) const BEGIN: i64 = 75 * DAY;
/// Of the five failed orders of a month after which a product is taken off the market.
const FAILED_ORDERS: i64 = 4;

#[derive(Clone)]
enum Act {
    Buy(&'static str, Product),
    BuyOfV1(&'static str),
    BuyByHand(&'static str),
    FulfilByHand(&'static str),
    BuyMetered(&'static str),
    PushUsage(&'static str),
    Renew(&'static str),
    Freeze(&'static str),
    Unfreeze(&'static str),
    Unsubscribe(&'static str),
    /// So many codes for so many months, of which the buyer has taken all or all but one.
    Codes {
        months: u16,
        number: u16,
        all_taken: bool,
    },
    RenewCode,
    Organisation,
    Outage {
        begins: bool,
    },
    Limit,
    BuyAgainstTheLimit,
    Supervise,
    SaveCase,
    Registers,
    Stranger,
}

/// What is left for the time after.
#[derive(Default)]
pub(super) struct Told {
    instances: HashMap<&'static str, InstanceId>,
    /// Codes of which one could not be activated.
    pub(super) codes: Vec<LicenseCode>,
    active_codes: Vec<LicenseCode>,
    limited: Option<OrderId>,
    outages: u32,
}

/// An act that fails is told in the log, and the others go on; how many did.
pub(super) async fn tell(stage: &Stage) -> (Told, usize) {
    let (mut told, mut failed) = (Told::default(), 0);
    let end = stage.wall();
    for (before, act) in script(end) {
        stage.pass_to(end.plus_millis(-before)).await;
        if let Err(error) = play(stage, &act, &mut told).await {
            tracing::warn!(%error, "an act of the demo's history failed");
            failed += 1;
        }
    }
    stage.pass_to(stage.wall()).await;
    if let Err(error) = open_apis::ask_about_the_rest(stage).await {
        tracing::warn!(%error, "some of the demo's orders are not asked about");
        failed += 1;
    }
    // Once it is known what every order bought.
    for settled in [settlement::prices(stage).await, settlement::bill(stage).await] {
        if let Err(error) = settled {
            tracing::warn!(%error, "the demo's settlement is not all there");
            failed += 1;
        }
    }
    (told, failed)
}

/// Milliseconds before the end, the earliest first.
fn script(end: UnixMillis) -> Vec<(i64, Act)> {
    use Act::{
        Buy, BuyAgainstTheLimit, BuyByHand, BuyMetered, BuyOfV1, Codes, Freeze, FulfilByHand, Limit, Organisation,
        Outage, PushUsage, Registers, Renew, RenewCode, SaveCase, Stranger, Supervise, Unfreeze, Unsubscribe,
    };
    let mut script = vec![
        (72 * DAY, Buy("Aurora Textiles", product())),
        (68 * DAY, BuyOfV1("Delta Freight")),
        (65 * DAY, Buy("Cedar & Sons", monthly())),
        // Released: two months have gone by, and then the retention.
        (58 * DAY, Codes { months: 1, number: 1, all_taken: true }),
        (50 * DAY, Buy("江南纺织", monthly())),
        (45 * DAY, Buy("Fjord Analytics", product())),
        (40 * DAY, Buy("Evergreen Clinics", monthly())),
        // In its grace.
        (35 * DAY, Codes { months: 1, number: 1, all_taken: true }),
        (33 * DAY, Buy("海通物流", product())),
        (31 * DAY, BuyByHand("Harbour Hotels")),
        (31 * DAY - 4 * MINUTE, FulfilByHand("Harbour Hotels")),
        // They expire within 90, 30 and 7 days, and in a year.
        (29 * DAY, Codes { months: 3, number: 2, all_taken: true }),
        (26 * DAY, Codes { months: 1, number: 2, all_taken: true }),
        (24 * DAY, Organisation),
        (22 * DAY, Renew("江南纺织")),
        (20 * DAY, Codes { months: 12, number: 3, all_taken: true }),
        (18 * DAY, Buy("Juniper Foods", product())),
        (16 * DAY, Freeze("Fjord Analytics")),
        (15 * DAY, Limit),
        (14 * DAY, Unfreeze("Fjord Analytics")),
        (12 * DAY, Unsubscribe("海通物流")),
        (9 * DAY, Codes { months: 1, number: 2, all_taken: true }),
        (9 * DAY - 10 * MINUTE, BuyAgainstTheLimit),
        (8 * DAY, BuyAgainstTheLimit),
        (7 * DAY, RenewCode),
        (6 * DAY, Registers),
        (3 * DAY, SaveCase),
        (30 * HOUR, BuyMetered("Kite Robotics")),
        (29 * HOUR, PushUsage("Kite Robotics")),
        (20 * HOUR, Supervise),
        (17 * HOUR, PushUsage("Kite Robotics")),
        (15 * HOUR, Buy("云杉教育", monthly())),
        (13 * HOUR, BuyOfV1("Lumen Energy")),
        (11 * HOUR, Buy("Granite Works", product())),
        (9 * HOUR, Renew("Aurora Textiles")),
        (7 * HOUR, BuyOfV1("Harbour Hotels")),
        (6 * HOUR, Stranger),
        (5 * HOUR, PushUsage("Kite Robotics")),
        (3 * HOUR, Buy("Delta Freight", monthly())),
        (55 * MINUTE, Codes { months: 12, number: 3, all_taken: false }),
        // What the operator can mend: the product was down for a moment.
        (41 * MINUTE, Outage { begins: true }),
        (40 * MINUTE, Buy("北辰科技", backup())),
        (39 * MINUTE, Outage { begins: false }),
        (10 * MINUTE, BuyByHand("Kite Robotics")),
    ];
    let month = end.millis_since(start_of_month(end));
    for (number, name) in (1..=FAILED_ORDERS).zip(["Aurora Textiles", "Juniper Foods", "云杉教育", "Lumen Energy"])
    {
        // KooGallery gives up after three hours, and this month; on its first days that is a matter of minutes.
        let given_up = (number * DAY + HOUR).min(month - number * MINUTE).max(0);
        let first_call = given_up + 3 * HOUR;
        script.push((first_call + MINUTE, Outage { begins: true }));
        script.push((first_call, Buy(name, backup())));
        script.push(((given_up - MINUTE).max(0), Outage { begins: false }));
    }
    script.sort_by_key(|(before, _)| std::cmp::Reverse(*before));
    script
}

async fn play(stage: &Stage, act: &Act, told: &mut Told) -> anyhow::Result<()> {
    let marketplace = &stage.marketplace;
    match act {
        Act::Buy(name, product) => {
            let bought = marketplace.buy(product, &customer(name)).await?;
            told.instances.extend(marketplace.instance_of(&bought).map(|bought| (*name, bought.instance_id)));
        }
        Act::BuyOfV1(name) => drop(stage.of_v1.buy(&product(), &customer(name)).await?),
        Act::BuyByHand(name) => {
            let bought = stage.by_hand.buy(&product(), &customer(name)).await?;
            let order = bought.order().and_then(|line| stage.by_hand.order(&line.order_id));
            told.instances.extend(order.and_then(|order| order.instance_id).map(|id| (*name, id)));
        }
        Act::FulfilByHand(name) => {
            let app_info = AppInfo {
                front_end_url: "https://office.example.com/harbour".into(),
                user_name: Some("harbour-admin".into()),
                password: Some(Secret::new(uuid::Uuid::new_v4().to_string())),
                ..AppInfo::default()
            };
            stage.desk.fulfil(World::Live, told.instance(name)?, app_info).await?;
        }
        Act::BuyMetered(name) => {
            let bought = open_apis::buy_metered(stage, name).await?;
            told.instances.extend(bought.map(|id| (*name, id)));
        }
        Act::PushUsage(name) => drop(open_apis::push_usage(stage, &told.instance(name)?).await?),
        Act::Renew(name) => drop(marketplace.renew(&told.instance(name)?).await?),
        Act::Freeze(name) => drop(marketplace.freeze(&told.instance(name)?).await?),
        Act::Unfreeze(name) => drop(marketplace.unfreeze(&told.instance(name)?).await?),
        Act::Unsubscribe(name) => drop(marketplace.unsubscribe(&told.instance(name)?).await?),
        Act::Codes { months, number, all_taken } => {
            let taken = number - u16::from(!all_taken);
            let (codes, _) = open_apis::activate(stage, &drawing(*months), *number, taken).await?;
            if *all_taken {
                told.active_codes.extend(codes);
            } else {
                told.codes = codes;
            }
        }
        Act::RenewCode => {
            if let Some(code) = told.active_codes.last() {
                marketplace.renew_license(code, &drawing(1), &customer("Granite Works")).await?;
            }
        }
        Act::Organisation => drop(generations::people(stage, &mut |_| ()).await?),
        Act::Outage { begins } => {
            told.outages = if *begins { told.outages + 1 } else { told.outages.saturating_sub(1) };
            stage.backend.set_mode(if told.outages > 0 { Mode::Down } else { Mode::Up });
        }
        Act::Limit => rules::limit(stage).await?,
        Act::BuyAgainstTheLimit => told.limited = rules::buy(stage).await?,
        Act::Supervise => {
            if let Some(order) = told.limited.take() {
                rules::supervise(stage, order).await?;
            }
        }
        Act::SaveCase => save_case(stage).await?,
        Act::Registers => registers::fill(stage).await?,
        Act::Stranger => drop(stage.stranger.buy(&product(), &customer("Nobody")).await?),
    }
    Ok(())
}

impl Told {
    fn instance(&self, name: &str) -> anyhow::Result<InstanceId> {
        self.instances.get(name).cloned().ok_or_else(|| anyhow::anyhow!("{name} has bought nothing"))
    }
}

/// The purchase is tried out on the console's debugging page and saved there, and here; from then on the probes replay it.
async fn save_case(stage: &Stage) -> anyhow::Result<()> {
    stage.marketplace.set_debugging(true);
    let tried = stage.marketplace.buy(&product(), &customer("KooGallery")).await;
    stage.marketplace.set_debugging(false);
    let tried = tried?;
    stage.marketplace.save_case(tried.id)?;
    let Some(line) = tried.order() else { return Ok(()) };
    let fields = vec![
        ("businessId".to_owned(), uuid::Uuid::new_v4().to_string()),
        ("orderId".to_owned(), line.order_id.to_string()),
        ("orderLineId".to_owned(), line.order_line_id.to_string()),
    ];
    let call = DebugCall { generation: Generation::V2, activity: "newInstance".into(), fields, test: true };
    stage.desk.keep_debug_case("Cloud office, purchase".into(), Target::Endpoint("main".into()), call).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::{
        desk::Cancel,
        domain::{
            Instance, InstanceStatus, License, LicenseStatus, Message,
            delisting::DelistingLevel,
            limit::{Question, Verdict},
            listing::{InstanceQuery, LicenseQuery, MessageFilter, MessageQuery, OrderQuery, UsageQuery},
            register::RegisterKind,
            usage::UsageState,
        },
        receiver::Receiver,
        simulator::Lifecycle,
    };

    async fn messages(stage: &Stage, filter: MessageFilter) -> Vec<Message> {
        let query = MessageQuery { filter, ..MessageQuery::default() };
        let ids = stage.desk.message_ids(query, Cancel::default()).await.unwrap();
        stage.desk.messages(ids).await.unwrap()
    }

    async fn licenses(stage: &Stage) -> Vec<License> {
        let ids = stage.desk.license_ids(LicenseQuery::default(), Cancel::default()).await.unwrap();
        stage.desk.licenses(ids).await.unwrap().into_iter().map(|(_, license)| license).collect()
    }

    async fn instances(stage: &Stage) -> Vec<Instance> {
        let ids = stage.desk.instance_ids(InstanceQuery::default(), Cancel::default()).await.unwrap();
        stage.desk.instances(ids).await.unwrap().into_iter().map(|(_, instance)| instance).collect()
    }

    /// What is asked by itself may still be under way.
    async fn comes_true(what: &str, mut look: impl AsyncFnMut() -> bool) {
        let looking = async {
            while !look().await {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(Duration::from_secs(30), looking).await.is_ok(), "{what}");
    }

    #[test]
    fn acts_come_in_their_order_on_every_day_of_a_month() {
        for end in ["20261101000230", "20261101013000", "20261124190000", "20261130155959"] {
            let script = script(UnixMillis::from_compact_utc(end).unwrap());
            assert!(script.is_sorted_by_key(|(before, _)| std::cmp::Reverse(*before)), "{end}");
            assert!(script.iter().all(|(before, _)| (0..BEGIN).contains(before)), "{end}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_window_opens_on_everything_that_there_is_to_see_and_nothing_is_ahead_of_the_clock() {
        let stage = Stage::set_up(BEGIN, Lifecycle::whole()).await.unwrap();
        let receiver = Receiver::start(stage.desk.clone(), None).unwrap();
        let background = tokio::spawn(stage.desk.clone().work_in_background());
        stage.open_doors().await.unwrap();
        let (told, failed) = tell(&stage).await;
        assert_eq!(failed, 0, "every act went as it should");
        let now = stage.desk.now();
        assert!((0..60_000).contains(&stage.wall().millis_since(now)), "time is the wall clock's again");

        comes_true("every order is asked about, and none lies ahead", async || {
            let ids = stage.desk.order_ids(OrderQuery::default(), Cancel::default()).await.unwrap();
            let orders = stage.desk.orders(ids).await.unwrap();
            assert!(orders.iter().all(|(_, order)| order.create_time.is_none_or(|time| time <= stage.wall())));
            orders.len() > 20 && orders.iter().all(|(_, order)| order.product_id.is_some())
        })
        .await;
        let all = messages(&stage, MessageFilter::All).await;
        assert!(all.iter().all(|message| message.received_at <= now));
        let days = all.iter().map(|message| now.millis_since(message.received_at) / DAY).max();
        assert!(days.unwrap() >= 60, "there is a past");

        let settled = stage.desk.settlement_material().await.unwrap();
        let billed = settled.month(settled.newest_bill().unwrap());
        let differ: Vec<&str> = billed.compared.iter().map(|one| one.verdict.name()).collect();
        assert!(["missing", "amount-differs", "agrees"].iter().all(|verdict| differ.contains(verdict)), "{differ:?}");

        let failing = messages(&stage, MessageFilter::Failing).await;
        let asked: Vec<&Message> = failing.iter().filter(|message| message.is_action()).collect();
        assert!(asked.iter().all(|message| message.activity == "license/activate"), "asked in vain: {asked:?}");
        let is_open = |message: &&Message| {
            let window = stage.desk.policy().window(&message.activity, message.received_at);
            message.activity == "newInstance" && window.is_some_and(|window| window.closes_at > now)
        };
        assert_eq!(failing.iter().filter(is_open).count(), 1, "an interface exception to retry: {failing:?}");

        comes_true("four of five failed orders of a product", async || {
            let delisting = stage.desk.product_standings(World::Live).await.unwrap();
            let near = delisting.iter().find(|it| it.product_id == Some(backup().product_id));
            near.is_some_and(|it| it.failed.len() == 4 && it.failing.len() == 1 && it.level >= DelistingLevel::Near)
        })
        .await;

        let material = stage.desk.review_material().await.unwrap();
        let review = material.review(Question::default());
        let broken = review.rows.iter().any(|row| matches!(row.verdict, Verdict::Breached));
        assert!(broken, "a purchase limit is breached");
        assert_eq!(stage.desk.supervised().await.unwrap().len(), 1);

        comes_true("codes in every state", async || {
            let licenses = licenses(&stage).await;
            let within = |days: std::ops::Range<i64>| {
                let of = |license: &&License| {
                    let left = license.expire_time.map(|time| time.millis_since(now));
                    license.status == LicenseStatus::Active
                        && left.is_some_and(|left| (days.start * DAY..days.end * DAY).contains(&left))
                };
                licenses.iter().filter(of).count()
            };
            let standing = |status| licenses.iter().filter(|license| license.status == status).count();
            let over = standing(LicenseStatus::Frozen) + standing(LicenseStatus::Expired);
            [within(0..7), within(7..30), within(30..90), within(90..400)].iter().all(|count| *count > 0)
                && (over, standing(LicenseStatus::Released)) == (1, 1)
        })
        .await;
        let waiting = licenses(&stage).await.iter().filter(|license| license.status == LicenseStatus::Added).count();
        assert_eq!((waiting, told.codes.len()), (1, 3), "one of three the buyer has not taken");

        let standing = instances(&stage).await;
        for status in [InstanceStatus::Active, InstanceStatus::Frozen, InstanceStatus::Released] {
            assert!(standing.iter().any(|instance| instance.status == status), "{status:?}");
        }
        assert!(standing.iter().any(|instance| instance.status == InstanceStatus::Provisioning), "by hand");

        let ids = stage.desk.usage_ids(UsageQuery::default(), Cancel::default()).await.unwrap();
        let usage = stage.desk.usage(ids).await.unwrap();
        assert_eq!(usage.len(), 3);
        assert!(usage.iter().all(|(_, usage)| usage.state == UsageState::Sent), "{usage:?}");

        for kind in [RegisterKind::Vouchers, RegisterKind::Reviews, RegisterKind::Checklists, RegisterKind::Contacts] {
            let entries = stage.desk.register(kind).await.unwrap();
            assert!(entries.len() >= 2 && entries.iter().any(|judged| !judged.findings.is_empty()), "{kind}");
        }
        let probes = stage.desk.debugging().await.unwrap().probes;
        assert!(probes.cases[0].count >= 4 && probes.findings.is_empty(), "{probes:?}");
        assert!(!stage.desk.rejected(10).await.unwrap().is_empty(), "a stranger was at the door");

        background.abort();
        tokio::task::spawn_blocking(move || drop(receiver)).await.unwrap();
        stage.desk.close().await;
    }
}
