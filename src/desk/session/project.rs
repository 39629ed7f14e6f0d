//! From what the desk reads to what the window shows.

use std::sync::Arc;

use super::{
    command::Subject,
    snapshot::{Detail, Hour, Listing, Overview, Settings, Snapshot},
};
use crate::{
    desk::Desk,
    domain::World,
    store::{OverviewRows, StoreError},
};

const HOUR: i64 = 3_600_000;
const HOURS: i64 = 24;
/// Refused calls shown.
const REJECTED: usize = 200;

pub(super) async fn first_snapshot(desk: &Desk) -> Snapshot {
    Snapshot {
        receiver: desk.watch_receiver().borrow().clone(),
        overview: Arc::default(),
        messages: Arc::new(Listing::default()),
        instances: Arc::new(Listing::default()),
        orders: Arc::new(Listing::default()),
        licenses: Arc::new(Listing::default()),
        license_calendar: Arc::default(),
        tenants: Arc::default(),
        organisation: None,
        usage: Arc::new(Listing::default()),
        usage_import: Arc::default(),
        import: Arc::default(),
        imports: Arc::default(),
        usage_sources: desk.watch_usage_sources().borrow().clone(),
        findings: None,
        limits: Arc::default(),
        settlement: Arc::default(),
        limit_detail: None,
        breaches: Arc::default(),
        registers: Arc::default(),
        rejected: Arc::default(),
        detail: Arc::default(),
        bench: Arc::default(),
        debugging: Arc::default(),
        foreseen: None,
        settings: Arc::new(settings(desk).await),
        retrying: None,
        exporting: None,
        trouble: None,
        write_trouble: None,
    }
}

pub(super) async fn settings(desk: &Desk) -> Settings {
    Settings {
        config: desk.config(),
        keys: desk.list_keys().await,
        rsa_keys: desk.list_rsa_keys().await,
        access_key: desk.access_key_info().await,
        data_dir: desk.inner.data_dir.display().to_string(),
        policy: desk.policy(),
        workdays: desk.workdays_known().await,
    }
}

pub(super) async fn overview(desk: &Desk, world: World) -> Result<Overview, StoreError> {
    let rows = desk.overview(world).await?;
    let (delisting, supervised) = (desk.product_standings(World::Live).await?, desk.supervised().await?);
    let usage_owed = desk.usage_owed(world).await?;
    let unsubscriptions = desk.waiting_unsubscriptions().await?;
    let rehearsed = match world {
        World::Live => Vec::new(),
        World::Test => desk.product_standings(world).await?,
    };
    let laid_out = laid_out(rows, world, desk.now().0);
    Ok(Overview { usage_owed, delisting, rehearsed, supervised, unsubscriptions, ..laid_out })
}

/// Every one of the last 24 hours, those without a call too.
fn laid_out(rows: OverviewRows, world: World, now: i64) -> Overview {
    let this_hour = now - now.rem_euclid(HOUR);
    let hours = (0..HOURS)
        .map(|back| this_hour - (HOURS - 1 - back) * HOUR)
        .map(|starts_at| {
            let found = rows.hours.iter().find(|(at, ..)| at.0 == starts_at);
            let (calls, failures) = found.map_or((0, 0), |(_, calls, failures)| (*calls, *failures));
            Hour { starts_at, calls, failures }
        })
        .collect();
    Overview {
        world,
        hours,
        needs_a_person: rows.needs_a_person.into_iter().map(Arc::new).collect(),
        failing: rows.failing,
        in_progress: rows.in_progress,
        rejected: rows.rejected,
        ..Overview::default()
    }
}

pub(super) async fn rejected(desk: &Desk) -> Result<Arc<Vec<crate::domain::RejectedCall>>, StoreError> {
    desk.rejected(REJECTED).await.map(Arc::new)
}

pub(super) async fn detail(desk: &Desk, subject: &Subject) -> Result<Detail, StoreError> {
    let detail = match subject {
        Subject::Message(id) => desk.message(*id).await?.map(|(message, attempts, instance)| Detail::Message {
            said: desk.said(&message, &attempts),
            message,
            attempts,
            instance,
        }),
        Subject::Instance { world, instance_id } => desk
            .instance(*world, instance_id.clone())
            .await?
            .map(|(instance, messages)| Detail::Instance { instance, messages }),
        Subject::Order { world, order_id } => {
            let (lines, messages) = desk.order(*world, order_id.clone()).await?;
            let known = !lines.is_empty() || !messages.is_empty();
            let facts = desk.supervision(*world, order_id.clone()).await?;
            let supervision = match facts {
                Some(facts) => {
                    let placed = lines.iter().map(crate::domain::limit::ordered_at).min();
                    let placed = placed.unwrap_or_else(|| desk.now());
                    let stands = crate::domain::supervision::supervise(&facts, placed, &desk.workdays().await);
                    Some((facts, stands))
                }
                None => None,
            };
            let lines = desk.with_status(lines).await?;
            let settlement = desk.settlement_of(*world, order_id).await?.map(Box::new);
            known.then(|| Detail::Order { order_id: order_id.clone(), lines, supervision, settlement, messages })
        }
        Subject::License { world, license } => desk
            .license(*world, license.clone())
            .await?
            .map(|(license, messages)| Detail::License { license, messages }),
        Subject::Usage { world, metering_sn } => match desk.usage_record(*world, metering_sn.clone()).await? {
            Some((stored, message)) => {
                let corrections = desk.usage_corrections(*world, metering_sn.clone()).await?;
                Some(Detail::Usage { stored, message, corrections })
            }
            None => None,
        },
    };
    Ok(detail.unwrap_or_else(|| Detail::Gone(subject.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::UnixMillis;

    #[test]
    fn an_overview_has_24_hours_whatever_was_called() {
        let now = 500_000 * HOUR + 1_234;
        let rows = OverviewRows { hours: vec![(UnixMillis(500_000 * HOUR), 7, 2)], ..OverviewRows::default() };
        let hours = laid_out(rows, World::Live, now).hours;
        assert_eq!(hours.len(), 24);
        assert_eq!(hours[23], Hour { starts_at: 500_000 * HOUR, calls: 7, failures: 2 });
        assert!(hours[..23].iter().all(|hour| hour.calls == 0));
    }
}
