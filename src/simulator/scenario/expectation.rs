//! Whether the books are as a step expects them. States have the names that the control API gives them.

use serde::{Deserialize, Serialize};

use super::named::Named;
use crate::simulator::{
    BillState, Marketplace, Message, RecordError,
    open_api::{Api, ReceivedRequest},
};

/// What an expectation is compared with.
pub(super) struct Books<'a> {
    pub(super) marketplace: &'a Marketplace,
    /// What the seller has asked the open APIs since the beginning.
    pub(super) requests: &'a [ReceivedRequest],
}

impl Books<'_> {
    /// Those that did what they were for.
    fn answered(&self, api: Api) -> impl Iterator<Item = &ReceivedRequest> {
        self.requests.iter().filter(move |request| request.api == Some(api) && request.verdict.is_success())
    }
}

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
    /// `issued`, `received`, `alive`, `frozen`, `expired`, `released`: how the first of the codes stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// `waiting`, `delivered`, `denied`: how the application for a License stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Whether the seller has asked about the order, and was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queried: Option<bool>,
    /// Usage records of the instance, or of all, that were billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<usize>,
    /// Codes of the usage records that the bill job refused, in the order of arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_bills: Option<Vec<String>>,
    /// Open APIs that the seller has called, each at least once and with success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apis: Option<Vec<Api>>,
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

    /// Whether it says what the seller has to do by itself, which is waited for.
    pub(super) const fn speaks_of_the_seller(&self) -> bool {
        self.application.is_some()
            || self.queried.is_some()
            || self.billed.is_some()
            || self.refused_bills.is_some()
            || self.apis.is_some()
            || self.license.is_some()
    }

    /// What is otherwise, of what is about a message.
    pub(super) fn of_named(&self, books: &Books<'_>, named: Option<&Named>) -> Vec<String> {
        let marketplace = books.marketplace;
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
        compare("message", self.state.as_ref(), message.as_ref().map(|message| message.state.name().to_owned()));
        compare("order", self.order.as_ref(), order.map(|order| order.state.name().to_owned()));
        compare("instance", self.instance.as_ref(), instance.map(|instance| instance.status.name().to_owned()));
        let now = marketplace.now();
        compare("license", self.license.as_ref(), license.map(|license| license.state(now).name().to_owned()));
        let application = named.and_then(|named| marketplace.application(named.event.as_ref()?));
        compare("application", self.application.as_ref(), application.map(|known| known.state.name().to_owned()));
        let order_id = named.and_then(|named| named.order_id(marketplace));
        let queried = order_id.map(|id| {
            let question = format!("orderId={id}");
            books.answered(Api::OrderQuery).any(|request| request.query.split('&').any(|pair| pair == question))
        });
        let word = |queried: bool| if queried { "asked for" } else { "not asked for" }.to_owned();
        compare("order", self.queried.map(word).as_ref(), queried.map(word));
        let attempts = message.as_ref().map(|message| message.attempts.to_string());
        compare("number of attempts", self.attempts.map(|number| number.to_string()).as_ref(), attempts);
        wrong.extend(self.of_usage(marketplace, named));
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

    fn of_usage(&self, marketplace: &Marketplace, named: Option<&Named>) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.billed.is_none() && self.refused_bills.is_none() {
            return wrong;
        }
        let instance = named.and_then(|named| named.instance_id(marketplace));
        let mut bills = marketplace.usage_bills();
        bills.retain(|bill| instance.as_ref().is_none_or(|id| bill.record.instance_id == id.as_str()));
        let billed = bills.iter().filter(|bill| bill.state == BillState::Billed).count();
        if let Some(wanted) = self.billed.filter(|wanted| *wanted != billed) {
            wrong.push(format!("{billed} usage records are billed, not {wanted}"));
        }
        let refused: Vec<&str> = bills.iter().filter_map(|bill| bill.state.error()).map(RecordError::code).collect();
        if let Some(wanted) = self.refused_bills.as_ref().filter(|wanted| **wanted != refused) {
            wrong.push(format!("usage records are refused with {refused:?}, not {wanted:?}"));
        }
        wrong
    }

    /// Of the books as a whole.
    pub(super) fn of_books(&self, books: &Books<'_>) -> Vec<String> {
        let (mut wrong, marketplace) = (Vec::new(), books.marketplace);
        for api in self.apis.iter().flatten().filter(|api| books.answered(**api).next().is_none()) {
            wrong.push(format!("the seller has not called {} with success", api.name()));
        }
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
