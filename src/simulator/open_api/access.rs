//! Who calls: access key, clock skew, signature, and the lock after too many wrong ones, in the gateway's own words (API
//! signing guide api-sign-0001, api-sign-0003, api-sign-errorcode).

use std::{collections::HashMap, sync::Mutex};

use serde::{Deserialize, Serialize};

use super::{
    answer::ApiAnswer,
    setup::{Holder, OpenApiSetup},
    signature::{Authorization, Parts},
};
use crate::{
    protocol::{UnixMillis, signature::mac::constant_time_eq},
    simulator::{
        clock::{from_basic_utc, to_basic_utc},
        delivery::lock,
    },
};

const FAILURES_ALLOWED: u32 = 5;
const LOCKED_MILLIS: i64 = 5 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Access {
    failures: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Failures {
    in_a_row: u32,
    locked_until: Option<UnixMillis>,
}

impl Access {
    /// Whose request it is.
    pub(super) fn check(
        &self,
        setup: &OpenApiSetup,
        lock_out: bool,
        request: &Parts<'_>,
        now: UnixMillis,
    ) -> Result<Holder, ApiAnswer> {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let text = header("authorization").ok_or_else(|| refused("Authorization not found"))?;
        let authorization = Authorization::parse(text).ok_or_else(|| refused("Authorization format incorrect"))?;
        let date = header("x-sdk-date").ok_or_else(|| refused("x-sdk-date not found"))?;
        if !authorization.signs_date() {
            return Err(refused("x-sdk-date not signed"));
        }
        let key = setup.access_keys.iter().find(|key| key.access == authorization.access);
        let key =
            key.ok_or_else(|| refused(&format!("Get secretKey failed,ak:{},err:ak not exist", authorization.access)))?;
        if lock_out && self.is_locked(&key.access, now) {
            return Err(refused("AK access failed to reach the limit,forbidden."));
        }
        let signed_at = from_basic_utc(date).ok_or_else(|| refused("x-sdk-date format incorrect"))?;
        if now.millis_since(signed_at).saturating_abs() > setup.max_skew_millis {
            let server_time = to_basic_utc(now);
            return Err(refused(&format!(
                "verify aksk signature fail,signature expired,signature time:{date},server time:{server_time}"
            )));
        }
        if let Some(token) = &key.security_token {
            let told = header("x-security-token").filter(|_| authorization.signs("x-security-token"));
            if !told.is_some_and(|told| constant_time_eq(told.as_bytes(), token.expose().as_bytes())) {
                return Err(refused("x-security-token incorrect"));
            }
        }
        match authorization.verify(&key.secret, request) {
            Ok(()) => {
                lock(&self.failures).remove(&key.access);
                Ok(key.holder)
            }
            Err(canonical) => {
                self.failed(&key.access, now);
                let canonical = canonical.replace('\n', "|");
                Err(refused(&format!("verify aksk signature fail,canonicalRequest:{canonical}")))
            }
        }
    }

    pub(super) fn failures(&self) -> Vec<(String, Failures)> {
        lock(&self.failures).iter().map(|(access, failures)| (access.clone(), *failures)).collect()
    }

    pub(super) fn resume(&self, failures: Vec<(String, Failures)>) {
        *lock(&self.failures) = failures.into_iter().collect();
    }

    fn is_locked(&self, access: &str, now: UnixMillis) -> bool {
        let until = lock(&self.failures).get(access).and_then(|failures| failures.locked_until);
        until.is_some_and(|until| now < until)
    }

    fn failed(&self, access: &str, now: UnixMillis) {
        let mut failures = lock(&self.failures);
        let failures = failures.entry(access.to_owned()).or_default();
        if failures.locked_until.is_some_and(|until| until <= now) {
            *failures = Failures::default();
        }
        failures.in_a_row += 1;
        if failures.in_a_row >= FAILURES_ALLOWED {
            failures.locked_until = Some(now.plus_millis(LOCKED_MILLIS));
        }
    }
}

fn refused(why: &str) -> ApiAnswer {
    ApiAnswer::gateway(401, "0301", format!("Incorrect IAM authentication information: {why}"))
}
