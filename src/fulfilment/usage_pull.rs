//! Asking the seller's own backend for usage records: one request, one list. What the records are worth is for others to say.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Webhook, WebhookClient,
    webhook::{Unanswered, read_within},
};
use crate::{
    domain::{AnswerFlaw, Obstacle, usage::UsageFields},
    protocol::UnixMillis,
};

/// Some ten thousand records.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// What is asked for: what the backend noted since then. `id` is another one each time.
#[derive(Clone, Debug)]
pub struct UsagePull {
    pub id: String,
    pub timestamp: UnixMillis,
    pub since: UnixMillis,
}

/// A record as the backend tells it: texts as in a table, numbers too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PulledUsage {
    #[serde(default, deserialize_with = "text")]
    instance_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    begin_time: Option<String>,
    #[serde(default, deserialize_with = "text")]
    end_time: Option<String>,
    #[serde(default, deserialize_with = "text")]
    usage_value: Option<String>,
    #[serde(default, deserialize_with = "text")]
    relate_pkg_instance: Option<String>,
    #[serde(default, deserialize_with = "text")]
    metering_sn: Option<String>,
    #[serde(default, deserialize_with = "text")]
    product_id: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    usage: Vec<PulledUsage>,
}

/// Why there are no records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    #[error("the backend does not answer: {reason}")]
    Unreachable { reason: Obstacle },
    #[error("the backend answers with status {status}: {excerpt}")]
    Status { status: u16, excerpt: String },
    #[error("the backend's answer is no list of usage records, {{\"usage\": [...]}}: {reason}")]
    Malformed { reason: AnswerFlaw },
}

impl PulledUsage {
    /// In the order of a table's columns.
    pub fn fields(&self) -> UsageFields<'_> {
        [
            &self.instance_id,
            &self.begin_time,
            &self.end_time,
            &self.usage_value,
            &self.relate_pkg_instance,
            &self.metering_sn,
            &self.product_id,
        ]
        .map(Option::as_deref)
    }
}

impl WebhookClient {
    /// Asks once and waits for the answer, a minute at most.
    pub async fn pull_usage(&self, webhook: &Webhook, pull: &UsagePull) -> Result<Vec<PulledUsage>, PullError> {
        let UsagePull { id, timestamp, since } = pull;
        let data = json!({ "since": since.to_string() });
        let body = json!({ "type": "usage", "timestamp": timestamp.to_string(), "data": data }).to_string();
        let response =
            self.post(webhook, id, *timestamp, body).await.map_err(|reason| PullError::Unreachable { reason })?;
        let status = response.status();
        let bytes = read_within(response, MAX_ANSWER).await.map_err(|unanswered| match unanswered {
            Unanswered::TooLong => PullError::Malformed { reason: AnswerFlaw::TooLong { max: MAX_ANSWER } },
            Unanswered::Broken(reason) => PullError::Unreachable { reason },
        })?;
        if !status.is_success() {
            let excerpt = super::webhook::excerpt(&bytes);
            return Err(PullError::Status { status: status.as_u16(), excerpt });
        }
        // A backend that has nothing to tell may say nothing.
        if status == reqwest::StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        let told: Told = serde_json::from_slice(&bytes)
            .map_err(|error| PullError::Malformed { reason: AnswerFlaw::Other(error.to_string()) })?;
        Ok(told.usage)
    }
}

/// Backends tell amounts and ids as numbers, too.
fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        // Refused later with its row, as what it is.
        other => Some(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let told = r#"{"usage": [{"instanceId": "i-1", "usageValue": 12.5, "more": {}}, {"usageValue": "0.1000"}], "next": 1}"#;
        let told: Told = serde_json::from_str(told).unwrap();
        let fields: Vec<_> = told.usage.iter().map(PulledUsage::fields).collect();
        assert_eq!(fields[0], [Some("i-1"), None, None, Some("12.5"), None, None, None]);
        assert_eq!(fields[1][3], Some("0.1000"));
    }

    #[test]
    fn no_list_is_no_list() {
        for text in ["", "[]", "{}", r#"{"usage": null}"#, r#"{"usage": [1]}"#, "<html>"] {
            assert!(serde_json::from_str::<Told>(text).is_err(), "{text}");
        }
    }
}
