//! The seller's backend is asked for usage records from time to time, as it is asked for purchases: signed with the webhook
//! secret of the first endpoint. It may tell the same records again; they are entered and sent once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::sleep;
use uuid::Uuid;

use super::{UsageCame, UsageFlaw, UsageTrouble};
use crate::{
    desk::{Desk, DeskError, UsageTable},
    domain::usage::MAX_AGE_DAYS,
    fulfilment::{PulledUsage, SigningSecret, UsagePull, Webhook},
    protocol::{UnixMillis, signature::mac::sha256_hex},
    store::StoreError,
};

const DAY_MILLIS: i64 = 86_400_000;
/// How soon a changed configuration is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// What failed is tried again after so long, or sooner where it is due.
const AGAIN_MILLIS: i64 = 5 * 60_000;

/// What was asked last.
struct Asked {
    url: String,
    at: UnixMillis,
    well: bool,
}

impl Desk {
    pub(super) async fn pull_usage(&self) {
        let mut asked: Option<Asked> = None;
        loop {
            let usage = self.config().usage.clone();
            if let Some(url) = usage.pull_url
                && is_due(asked.as_ref(), &url, usage.pull_minutes, self.now())
            {
                let at = self.now();
                let came = match self.pull_since_last(&url, at).await {
                    Ok(came) => came,
                    Err(StoreError::Closed) => return,
                    Err(error) => UsageCame::Trouble(UsageTrouble::Refused(error.into())),
                };
                let well = matches!(came, UsageCame::Entered { .. });
                self.report_usage(host_of(&url), came, |sources| &mut sources.pull);
                asked = Some(Asked { url, at, well });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// A restart goes on where the last process stopped.
    async fn pull_since_last(&self, url: &str, at: UnixMillis) -> Result<UsageCame, StoreError> {
        let source = sha256_hex(url.as_bytes());
        // KooGallery takes nothing older.
        let oldest = at.plus_millis(-MAX_AGE_DAYS * DAY_MILLIS);
        let since =
            self.inner.store.usage_pulled_until(source.clone()).await?.map_or(oldest, |until| until.max(oldest));
        let came = self.pull_once(url, since, at).await?;
        // What was wrong is told again once the backend has mended it.
        if matches!(came, UsageCame::Entered { .. }) {
            self.inner.store.put_usage_pulled(source, at).await?;
        }
        Ok(came)
    }

    async fn pull_once(&self, url: &str, since: UnixMillis, at: UnixMillis) -> Result<UsageCame, StoreError> {
        let webhook = match self.pull_webhook(url) {
            Ok(webhook) => webhook,
            Err(trouble) => return Ok(UsageCame::Trouble(trouble)),
        };
        let pull = UsagePull { id: Uuid::new_v4().to_string(), timestamp: at, since };
        let told = match self.inner.webhooks.pull_usage(&webhook, &pull).await {
            Ok(told) => told,
            Err(error) => return Ok(UsageCame::Trouble(UsageTrouble::Backend(error))),
        };
        let usage = self.config().usage.clone();
        let rows = told.iter().enumerate().map(|(position, told)| (position + 1, PulledUsage::fields(told)));
        let UsageTable { records, problems } =
            self.read_usage_fields(rows, usage.interface, usage.time_zone().as_ref());
        // One that is wrong must not keep the others from being billed.
        let places: HashMap<String, usize> =
            records.iter().map(|(position, record)| (record.metering_sn.clone(), *position)).collect();
        let entered = self.take_usage(records.into_iter().map(|(_, record)| record).collect(), false).await?;
        let mut wrong: Vec<UsageFlaw> =
            problems.into_iter().map(|(row, problem)| UsageFlaw::Row { row, problem }).collect();
        wrong.extend(entered.refused.into_iter().map(|(sn, reason)| UsageFlaw::Record {
            row: places.get(&sn).copied().unwrap_or_default(),
            metering_sn: sn,
            reason,
        }));
        for problem in &wrong {
            tracing::warn!(%problem, "a usage record that the backend told was not entered");
        }
        Ok(match wrong.is_empty() {
            true => UsageCame::Entered { new: entered.new + entered.corrected, known: entered.known },
            false => UsageCame::wrong(wrong),
        })
    }

    fn pull_webhook(&self, url: &str) -> Result<Webhook, UsageTrouble> {
        let config = self.config();
        let endpoint = config.endpoints.first().map(|endpoint| endpoint.name.as_str()).unwrap_or_default();
        let secret = self
            .inner
            .keys
            .webhook_secret(endpoint)
            .map_err(|error| UsageTrouble::Refused(DeskError::from(error).into()))?;
        let secret = SigningSecret::parse(&secret).map_err(|error| UsageTrouble::Secret(error.to_string()))?;
        Ok(Webhook { url: url.to_owned(), secret: Arc::new(secret) })
    }
}

/// An address that was not asked yet is asked at once.
fn is_due(asked: Option<&Asked>, url: &str, minutes: u64, now: UnixMillis) -> bool {
    let Some(asked) = asked.filter(|asked| asked.url == url) else { return true };
    let pause = i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(60_000);
    now.millis_since(asked.at) >= if asked.well { pause } else { pause.min(AGAIN_MILLIS) }
}

/// The rest of an address may hold what is secret.
fn host_of(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_asked_again_sooner() {
        let asked = |well| Asked { url: "https://a".into(), at: UnixMillis(0), well };
        let due =
            |asked: &Asked, minutes, now: i64| is_due(Some(asked), "https://a", minutes, UnixMillis(now * 60_000));
        assert!(is_due(None, "https://a", 60, UnixMillis(0)));
        assert!(!due(&asked(true), 60, 59) && due(&asked(true), 60, 60));
        assert!(!due(&asked(false), 60, 4) && due(&asked(false), 60, 5));
        assert!(due(&asked(false), 1, 1), "the pause is shorter anyway");
        assert!(is_due(Some(&asked(true)), "https://b", 60, UnixMillis(0)), "another address");
    }
}
