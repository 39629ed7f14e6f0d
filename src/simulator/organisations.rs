//! What the marketplace tells of a buying organisation through the kit's V2. It calls once; whoever administers the
//! organisation decides on another try.

use serde_json::{Map, Value, json};

use super::{
    Marketplace, SimulatorError, call,
    delivery::lock,
    message::{CallRecord, MessageId},
    verdict::{self, Verdict},
};
use crate::protocol::{
    KeyClass,
    callback::{
        Activity, KitVersion,
        kit::{Interface, sub_path},
    },
};

/// The kit writes its times in UTC+8.
const CHINA_MILLIS: i64 = 8 * 3_600_000;

impl Marketplace {
    /// Posts `body` with the members that every call of the kit has.
    pub async fn sync(&self, interface: Interface, body: Map<String, Value>) -> Result<Verdict, SimulatorError> {
        self.key(KeyClass::Kit)?;
        let shared = &self.shared;
        let now = shared.clock.now();
        let mut body = body;
        body.insert("testFlag".into(), json!(i32::from(shared.is_debugging())));
        body.insert("timeStamp".into(), json!(now.plus_millis(CHINA_MILLIS).to_compact_utc_millis()));
        body.sort_keys();
        let body = Value::Object(body).to_string();
        let target = lock(&shared.target).clone();
        let Some(key) = shared.keys.get(&KeyClass::Kit) else { return Err(SimulatorError::NoKey(KeyClass::Kit)) };
        let path = sub_path(KitVersion::V2, interface);
        let exchange = call::kit_call(&shared.client, &target, key, &path, body.as_bytes(), &shared.clock).await;
        let told = Activity::Unknown { name: interface.name().to_owned() };
        let verdict = verdict::judge(&told, &exchange.reply).verdict;
        // Fails where nobody listens, which is fine.
        shared.calls.send(CallRecord::once(MessageId(0), interface.name(), now, &exchange, verdict.clone())).ok();
        Ok(verdict)
    }
}
