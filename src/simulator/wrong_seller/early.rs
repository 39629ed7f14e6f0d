//! What a seller says wrongly without looking at what it was asked.

use serde_json::{Map, Value, json};

use super::{Shop, Wrong, code_of};
use crate::{protocol::callback::KitVersion, simulator::delivery::lock};

/// A call as it came.
pub(super) struct Asked<'a> {
    pub(super) kit: Option<KitVersion>,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

impl Asked<'_> {
    fn members(&self) -> Map<String, Value> {
        if self.body.is_empty() {
            let pairs = url::form_urlencoded::parse(self.query.as_bytes());
            return pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect();
        }
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    /// Without what differs each time.
    fn business(&self) -> String {
        let mut members = self.members();
        for name in ["businessId", "timeStamp", "authToken"] {
            members.shift_remove(name);
        }
        Value::Object(members).to_string()
    }

    fn is_sorted(&self) -> bool {
        let mut members = self.members();
        members.sort_keys();
        Value::Object(members).to_string().as_bytes() == self.body
    }

    fn is_lower(&self) -> bool {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.any(|(name, value)| name == "signature" && value.bytes().any(|byte| byte.is_ascii_lowercase()))
    }

    /// Counted in the text too, where the list is one.
    fn users(&self) -> usize {
        self.members().get("userList").map_or(0, |list| list.to_string().matches("userName").count())
    }

    fn is_other_form(&self) -> bool {
        let list = self.members().get("userList").cloned();
        match self.kit {
            Some(KitVersion::V1) => list.is_some_and(|list| list.is_array()),
            _ => list.is_some_and(|list| list.is_string()),
        }
    }
}

pub(super) fn answer(shop: &Shop, asked: &Asked<'_>) -> Option<Value> {
    let members = asked.members();
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let (is_wrong, code) = match shop.wrong {
        Wrong::RefusesAll => (true, "000005"),
        Wrong::RefusesChanges => (!matches!(text("activity"), "newInstance" | "getLicense"), "000005"),
        Wrong::TakesAll => {
            let mut answer = code_of("000000");
            let id =
                [text("instanceId"), text("businessId"), "i"].into_iter().find(|id| !id.is_empty()).unwrap_or_default();
            answer["instanceId"] = json!(id);
            let info = |id: &str| json!({ "instanceId": id, "appInfo": { "frontEndUrl": "https://app.example.com" } });
            answer["info"] = text("instanceId").split(',').map(info).collect();
            return Some(answer);
        }
        Wrong::RefusesRepeated => (times(shop, asked) == 2, "000005"),
        // One after the other nothing comes more than twice.
        Wrong::RefusesConcurrent => (times(shop, asked) > 2, "000005"),
        Wrong::PrivateValuesRefused => (members.contains_key("mobilePhone"), "000001"),
        Wrong::CheckRefused => (text("activity") == "changeInstanceCheck", "000002"),
        Wrong::LongIdsRefused => (text("orderId").len() == 64, "000002"),
        Wrong::LongFingerprintRefused => (text("deviceFingerprint").len() > 255, "000002"),
        Wrong::NeedsFingerprint => {
            (text("activity") == "getLicenseAsync" && text("deviceFingerprint").is_empty(), "000903")
        }
        Wrong::ManyUsersRefused => (asked.users() > 100, "000002"),
        Wrong::OtherFormRefused => (asked.is_other_form(), "000002"),
        Wrong::LowerCaseRefused => (asked.is_lower(), "000001"),
        Wrong::ShuffledRefused => (!asked.body.is_empty() && !asked.is_sorted(), "000001"),
        Wrong::UnknownMembersRefused => (members.contains_key("aNewMember"), "000002"),
        _ => (false, ""),
    };
    is_wrong.then(|| code_of(code))
}

fn times(shop: &Shop, asked: &Asked<'_>) -> usize {
    let mut books = lock(&shop.books);
    let times = books.seen.entry(asked.business()).or_default();
    *times += 1;
    *times
}
