//! Whether the books are as a step expects them. States have the names that the control API gives them.

use serde::{Deserialize, Serialize};

use super::player::Named;
use crate::simulator::{Marketplace, Message};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expectation {
    /// Of which step; its own, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// `succeeded`, `failing`, `in-progress`, `stopped`, `refunded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Contained in what the console says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// `active`, `frozen`, `released`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The activities of all messages since the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<String>>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<usize>,
    /// Orders refunded this month because of the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_orders: Option<usize>,
    /// Whether a product has left the catalogue for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delisted: Option<bool>,
    /// `resultCode` of a `call`; where the pages leave it open several, as in `000001|000002`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Expectation {
    /// Whether it says how the message has to stand; a step that does not wants it done.
    pub(super) const fn speaks_of_the_message(&self) -> bool {
        self.state.is_some() || self.exception.is_some()
    }

    /// What is otherwise, of what is about a message.
    pub(super) fn of_named(&self, marketplace: &Marketplace, named: Option<&Named>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut compare = |what: &str, wanted: Option<&String>, is: Option<String>| {
            if let Some(wanted) = wanted
                && is.as_ref() != Some(wanted)
            {
                let is = is.unwrap_or_else(|| "not there".to_owned());
                wrong.push(format!("the {what} is {is}, not {wanted}"));
            }
        };
        let message = named.and_then(|named| marketplace.message(named.message?));
        let order = message.as_ref().and_then(|message| marketplace.order(&message.order()?.order_id));
        let instance = named.and_then(|named| marketplace.instance(&named.instance_id(marketplace)?));
        let license = named.and_then(|named| marketplace.license(named.licenses.first()?));
        compare("message", self.state.as_ref(), message.as_ref().map(|message| name_of(&message.state)));
        compare("order", self.order.as_ref(), order.map(|order| name_of(&order.state)));
        compare("instance", self.instance.as_ref(), instance.map(|instance| name_of(&instance.status)));
        let now = marketplace.now();
        compare("license", self.license.as_ref(), license.map(|license| license.state(now).name().to_owned()));
        let attempts = message.as_ref().map(|message| message.attempts.to_string());
        compare("number of attempts", self.attempts.map(|number| number.to_string()).as_ref(), attempts);
        if let (false, Some(exception)) = (wrong.is_empty(), message.as_ref().and_then(Message::exception)) {
            wrong.push(exception.to_string());
        }
        if let Some(wanted) = &self.exception {
            let told = match (&message, named) {
                (Some(message), _) => message.exception().map(ToString::to_string),
                (None, Some(named)) => named.exception.clone(),
                (None, None) => None,
            };
            if !told.as_ref().is_some_and(|told| told.contains(wanted.as_str())) {
                wrong.push(format!("the exception is {}, not {wanted}", told.as_deref().unwrap_or("none")));
            }
        }
        wrong
    }

    /// Of the books as a whole.
    pub(super) fn of_books(&self, marketplace: &Marketplace) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(wanted) = &self.messages {
            let told: Vec<String> =
                marketplace.messages().iter().map(|message| message.activity.name().to_owned()).collect();
            if told != *wanted {
                wrong.push(format!("the messages are {told:?}, not {wanted:?}"));
            }
        }
        let mut count = |what: &str, wanted: Option<usize>, is: usize| {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != is) {
                wrong.push(format!("there are {is} {what}, not {wanted}"));
            }
        };
        count("instances", self.instances, marketplace.instances().len());
        count("failed orders", self.failed_orders, marketplace.failed_orders_this_month());
        if let Some(wanted) = self.delisted.filter(|wanted| *wanted != marketplace.is_delisted()) {
            wrong.push(format!("a product has {}left the catalogue", if wanted { "not " } else { "" }));
        }
        wrong
    }

    pub(super) fn of_code(&self, told: &str) -> Option<String> {
        let wanted = self.code.as_deref().unwrap_or("000000");
        let is_wanted = wanted.split('|').any(|wanted| wanted == told);
        (!is_wanted).then(|| format!("it was answered {told}, not {}", wanted.replace('|', " or ")))
    }
}

/// `InProgress` is `in-progress`.
fn name_of(state: &impl std::fmt::Debug) -> String {
    let mut name = String::new();
    for character in format!("{state:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}
