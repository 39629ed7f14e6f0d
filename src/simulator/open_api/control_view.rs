//! The books as the control API shows them. KooGallery's names where it has some.

use serde_json::{Value, json};

use crate::{
    protocol::{UnixMillis, callback::Activity},
    simulator::{
        Application, ApplicationState, Delivered, Instance, License, Marketplace, Message, Order, Outcome, RecordError,
        UsageBill, perform::told,
    },
};

pub(super) fn state(marketplace: &Marketplace) -> Value {
    let now = marketplace.now();
    json!({
        "now": now.to_string(),
        "target": marketplace.target(),
        "orders": marketplace.orders().iter().map(order).collect::<Vec<_>>(),
        "instances": marketplace.instances().iter().map(instance).collect::<Vec<_>>(),
        "licenses": marketplace.licenses().iter().map(|known| license(known, now)).collect::<Vec<_>>(),
        "applications": marketplace.applications().iter().map(application).collect::<Vec<_>>(),
        "usage": marketplace.usage_bills().iter().map(usage).collect::<Vec<_>>(),
        "messages": marketplace.messages().iter().map(|known| message(marketplace, known)).collect::<Vec<_>>(),
    })
}

pub(super) fn clock(marketplace: &Marketplace) -> Value {
    json!({
        "now": marketplace.now().to_string(),
        "nextDue": marketplace.next_due().map(|at| at.to_string()),
        "jumps": marketplace.jumps(),
    })
}

pub(super) fn books(marketplace: &Marketplace) -> Value {
    let delisted = marketplace.delisted().into_iter();
    let exceptions = marketplace.exceptions();
    json!({
        "now": marketplace.now().to_string(),
        "failedOrdersThisMonth": marketplace.failed_orders_this_month(),
        "delisted": delisted.map(|(id, since)| json!({ "productId": id, "since": since.to_string() })).collect::<Vec<_>>(),
        "tradeFrozen": marketplace.is_trade_frozen(),
        "exceptions": exceptions.iter().map(|known| message(marketplace, known)).collect::<Vec<_>>(),
        "cases": marketplace.cases(),
    })
}

pub(super) fn outcome(marketplace: &Marketplace, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Message(known) => message(marketplace, known),
        Outcome::Licenses(codes) => json!({ "licenses": codes }),
        Outcome::Foreign { order_id, instance_id } => json!({ "orderId": order_id, "instanceId": instance_id }),
        Outcome::Told(calls) => {
            let calls = calls.iter().map(|(activity, verdict)| told(activity, verdict)).collect::<Vec<_>>();
            json!({ "calls": calls })
        }
        Outcome::Done => json!({ "done": true }),
    }
}

pub(super) fn message(marketplace: &Marketplace, message: &Message) -> Value {
    let bought = marketplace.instance_of(message).map(|instance| instance.instance_id);
    let event_id = match &message.activity {
        Activity::GetLicenseAsync(application) => Some(&application.event_id),
        _ => None,
    };
    json!({
        "message": message.id.to_string(),
        "activity": message.activity.name(),
        "orderId": message.own_order.as_ref().or_else(|| Some(&message.order()?.order_id)),
        "instanceId": message.activity.instance_id().or(bought.as_ref()),
        "license": message.activity.license(),
        "eventId": event_id,
        "state": message.state.name(),
        "attempts": message.attempts,
        "exception": message.exception().map(ToString::to_string),
    })
}

fn order(order: &Order) -> Value {
    json!({
        "orderId": order.line.order_id,
        "orderLineId": order.line.order_line_id,
        "orderType": order.kind.as_wire(),
        "chargingMode": order.terms.charging.as_wire(),
        "productId": order.product.product_id,
        "customerId": order.customer.customer_id,
        "createTime": order.placed_at.to_string(),
        "instanceId": order.instance_id,
        "state": order.state.name(),
    })
}

fn instance(instance: &Instance) -> Value {
    let period = instance.terms.charging.period().map(|_| instance.expire_time().to_string());
    json!({
        "instanceId": instance.instance_id,
        "orderId": instance.order.order_id,
        "productId": instance.product.product_id,
        "chargingMode": instance.terms.charging.as_wire(),
        "expireTime": period,
        "status": instance.status.name(),
    })
}

fn license(license: &License, now: UnixMillis) -> Value {
    let text = |time: Option<UnixMillis>| time.map(|time| time.to_string());
    json!({
        "license": license.code,
        "orderId": license.order.order_id,
        "productId": license.product.product_id,
        "status": license.state(now).name(),
        "test": license.test,
        "activateTime": text(license.activated_at),
        "expireTime": text(license.expire_time),
        "queriedAt": text(license.queried_at),
        "reports": license.usage.len(),
    })
}

fn application(application: &Application) -> Value {
    let delivered = match &application.state {
        ApplicationState::Waiting | ApplicationState::Denied => Value::Null,
        ApplicationState::Delivered(Delivered::Characters(characters)) => json!({ "characters": characters }),
        ApplicationState::Delivered(Delivered::File { file_name, content, sha256 }) => {
            json!({ "fileName": file_name, "bytes": content.len(), "sha256": sha256 })
        }
    };
    json!({
        "eventId": application.event_id,
        "instanceId": application.instance_id,
        "deviceFingerprint": application.device_fingerprint,
        "state": application.state.name(),
        "license": delivered,
    })
}

fn usage(bill: &UsageBill) -> Value {
    json!({
        "instanceId": bill.record.instance_id,
        "beginTime": bill.record.begin_time,
        "endTime": bill.record.end_time,
        "usageValue": bill.record.usage_value,
        "meteringSn": bill.record.metering_sn,
        "state": bill.state.name(),
        "code": bill.state.error().map(RecordError::code),
    })
}
