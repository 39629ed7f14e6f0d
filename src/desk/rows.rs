//! How a row of a list is told outside of the window: as JSON with KooGallery's field names. The command line prints these,
//! and an export has them for columns. No secret is told, not even sealed.

mod limit;
mod register;
mod settlement;

pub use limit::{LIMIT, LIMIT_CHANGE, TARGET, TARGET_CHANGE, limit, limit_change, target, target_change};
pub use register::{REGISTER_CHANGE, register, register_change, register_change_rows, register_field, register_judged};
use serde_json::{Value, json};
pub use settlement::{BILL_DIFFERENCE, SETTLEMENT, TERMS, compared, settled, settlement_terms, waiting};

use crate::{
    domain::{
        Computed, Instance, License, Message, OrderStatus, PaymentStatus, RejectedCall, RetryPolicy,
        imported_order::field_names,
        order_status::ListedOrder,
        organisation::{Application, KnownDepartment, KnownUser, Lifetime, Tenant},
        usage::{RecordCode, StoredUsage, UsageState},
    },
    protocol::{
        ResultCode, UnixMillis,
        open_api::order::{ChargingMode, OrderType},
        signature::diagnosis::{Diagnosis, Hypothesis, Tried},
    },
};

pub const MESSAGE: &[&str] = &[
    "id",
    "activity",
    "orderId",
    "orderLineId",
    "instanceId",
    "license",
    "tenantId",
    "state",
    "resultCode",
    "exception",
    "attempts",
    "receivedAt",
    "lastAttemptAt",
    "endpoint",
];

pub fn message(message: &Message, policy: &RetryPolicy, now: UnixMillis) -> Value {
    json!({
        "id": message.id.0,
        "activity": message.activity,
        "orderId": message.order_id,
        "orderLineId": message.order_line_id,
        "instanceId": message.instance_id,
        "license": message.license,
        "tenantId": message.tenant_id,
        "state": message.state(policy, now).name(),
        "resultCode": message.result_code.as_ref().map(ResultCode::as_str),
        "exception": message.exception.as_ref().map(ToString::to_string),
        "attempts": message.attempts,
        "receivedAt": message.received_at.to_string(),
        "lastAttemptAt": message.last_attempt_at.to_string(),
        "endpoint": message.endpoint,
    })
}

pub const INSTANCE: &[&str] = &[
    "instanceId",
    "orderId",
    "orderLineId",
    "productId",
    "skuCode",
    "customerId",
    "customerName",
    "status",
    "expireTime",
    "endpoint",
];

/// Without its access data.
pub fn instance(instance: &Instance) -> Value {
    json!({
        "instanceId": instance.instance_id,
        "orderId": instance.order.order_id,
        "orderLineId": instance.order.order_line_id,
        "productId": instance.product_id,
        "skuCode": instance.sku_code,
        "customerId": instance.customer_id,
        "customerName": instance.customer_name,
        "status": instance.status.name(),
        "expireTime": time(instance.expire_time),
        "endpoint": instance.endpoint,
    })
}

pub const LICENSE: &[&str] = &[
    "license",
    "status",
    "orderId",
    "orderLineId",
    "productId",
    "activateTime",
    "expireTime",
    "endpoint",
    "createdAt",
    "changedAt",
];

pub fn license(license: &License) -> Value {
    json!({
        "license": license.license,
        "status": license.status.name(),
        "orderId": license.order.as_ref().map(|order| order.order_id.as_str()),
        "orderLineId": license.order.as_ref().map(|order| order.order_line_id.as_str()),
        "productId": license.product_id,
        "activateTime": time(license.activate_time),
        "expireTime": time(license.expire_time),
        "endpoint": license.endpoint,
        "createdAt": license.created_at.to_string(),
        "changedAt": license.changed_at.to_string(),
    })
}

pub const REJECTED: &[&str] = &[
    "id",
    "receivedAt",
    "endpoint",
    "peer",
    "resultCode",
    "reason",
    "cause",
    "next",
    "notLookedInto",
    "tried",
    "scheme",
    "signatureHolds",
    "canonical",
    "presentedSignature",
    "firstDifference",
    "requestQuery",
    "requestBody",
    "computed",
];

pub fn rejected(call: &RejectedCall) -> Value {
    let diagnosis = call.computed.diagnosis();
    let cause = diagnosis.and_then(Diagnosis::likely);
    let tried = diagnosis.map(|diagnosis| {
        let tried = |tried: &Tried| json!({ "what": tried.hypothesis.to_string(), "holds": tried.holds });
        diagnosis.tried.iter().map(tried).collect::<Value>()
    });
    json!({
        "id": call.id,
        "receivedAt": call.received_at.to_string(),
        "endpoint": call.endpoint,
        "peer": call.peer,
        "resultCode": call.rejection.result_code().as_str(),
        "reason": call.rejection.to_string(),
        "cause": cause.map(ToString::to_string),
        "next": cause.map_or_else(|| call.rejection.remedy(), Hypothesis::remedy),
        "notLookedInto": (call.computed == Computed::Nothing).then_some("too many calls were refused at that moment"),
        "tried": tried,
        "scheme": diagnosis.map(|diagnosis| diagnosis.scheme.to_string()),
        "signatureHolds": diagnosis.map(|diagnosis| diagnosis.signature_holds),
        "canonical": diagnosis.map(|diagnosis| &diagnosis.canonical),
        "presentedSignature": diagnosis.map(|diagnosis| &diagnosis.presented_signature),
        "firstDifference": diagnosis.and_then(|diagnosis| diagnosis.first_difference.as_ref()),
        "requestQuery": call.request_query,
        "requestBody": call.request_body,
        "computed": if let Computed::Text(text) = &call.computed { Some(text) } else { None },
    })
}

pub const TENANT: &[&str] = &[
    "tenantId",
    "tenantCode",
    "name",
    "domainName",
    "instanceId",
    "orderId",
    "furtherInstances",
    "createdAt",
    "changedAt",
    "removedAt",
];

pub fn tenant(tenant: &Tenant) -> Value {
    with_lifetime(
        json!({
            "tenantId": tenant.tenant_id,
            "tenantCode": tenant.tenant_code,
            "name": tenant.name,
            "domainName": tenant.domain_name,
            "instanceId": tenant.instance_id,
            "orderId": tenant.order_id,
            "furtherInstances": tenant.further_instances.iter().map(|further| {
                json!({ "instanceId": further.instance_id, "orderId": further.order_id, "removed": further.removed })
            }).collect::<Vec<_>>(),
        }),
        &tenant.lifetime,
    )
}

pub const APPLICATION: &[&str] =
    &["tenantId", "appId", "clientId", "clientSecret", "createdAt", "changedAt", "removedAt"];

/// Of the secret, no more than that there is one.
pub fn application(application: &Application) -> Value {
    with_lifetime(
        json!({
            "tenantId": application.tenant_id,
            "appId": application.app_id,
            "clientId": application.client_id,
            "clientSecret": if application.has_secret { "***" } else { "" },
        }),
        &application.lifetime,
    )
}

pub const DEPARTMENT: &[&str] =
    &["tenantId", "orgCode", "orgName", "parentCode", "createdAt", "changedAt", "removedAt"];

pub fn department(entry: &KnownDepartment) -> Value {
    with_lifetime(
        json!({
            "tenantId": entry.tenant_id,
            "orgCode": entry.department.org_code,
            "orgName": entry.department.name,
            "parentCode": entry.department.parent_code,
        }),
        &entry.lifetime,
    )
}

pub const USER: &[&str] = &[
    "tenantId",
    "appId",
    "userName",
    "name",
    "orgCode",
    "role",
    "enable",
    "authorized",
    "position",
    "employeeCode",
    "employeeType",
    "mobile",
    "email",
    "workPlace",
    "entryDate",
    "createdAt",
    "changedAt",
    "removedAt",
];

pub fn user(entry: &KnownUser) -> Value {
    let user = &entry.user;
    with_lifetime(
        json!({
            "tenantId": entry.tenant_id,
            "appId": entry.app_id,
            "userName": user.user_name,
            "name": user.name,
            "orgCode": user.org_code,
            "role": user.role,
            "enable": user.enable,
            "authorized": entry.authorized,
            "position": user.position,
            "employeeCode": user.employee_code,
            "employeeType": user.employee_type,
            "mobile": user.mobile,
            "email": user.email,
            "workPlace": user.work_place,
            "entryDate": user.entry_date,
        }),
        &entry.lifetime,
    )
}

fn with_lifetime(mut value: Value, lifetime: &Lifetime) -> Value {
    value["createdAt"] = json!(lifetime.created_at.to_string());
    value["changedAt"] = json!(lifetime.changed_at.to_string());
    value["removedAt"] = json!(time(lifetime.removed_at));
    value
}

fn time(time: Option<UnixMillis>) -> Option<String> {
    time.map(|time| time.to_string())
}

pub const ORDER: &[&str] = &[
    "orderId",
    "orderLineId",
    "orderType",
    "chargingMode",
    "computedStatus",
    "createTime",
    "expireTime",
    "periodType",
    "periodNumber",
    "productId",
    "skuCode",
    "productName",
    "linearValue",
    "orderAmount",
    "customerId",
    "customerName",
    "extendParams",
    "instanceId",
    "calledAt",
    "queriedAt",
    "orderStatus",
    "supervisionStatus",
    "paymentStatus",
    "repaymentStatus",
    "importedAt",
    "importedFields",
];

/// `computedStatus` is worked out; `orderStatus` is what a table told.
pub fn order(ListedOrder { order, status }: &ListedOrder) -> Value {
    let params = order.extend_params.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "orderId": order.order.order_id,
        "orderLineId": order.order.order_line_id,
        "orderType": order.order_type.as_ref().map(OrderType::as_wire),
        "chargingMode": order.charging_mode.as_ref().map(ChargingMode::as_wire),
        "computedStatus": status.as_ref().map(OrderStatus::name),
        "createTime": order.create_time.map(|time| time.to_string()),
        "expireTime": order.expire_time.map(|time| time.to_string()),
        "periodType": order.period_type,
        "periodNumber": order.period_number,
        "productId": order.product_id,
        "skuCode": order.sku_code,
        "productName": order.product_name,
        "linearValue": order.quantity,
        "orderAmount": order.order_amount,
        "customerId": order.customer_id,
        "customerName": order.customer_name,
        "extendParams": params.collect::<Value>(),
        "instanceId": order.instance_id,
        "calledAt": order.called_at.map(|time| time.to_string()),
        "queriedAt": order.queried_at.map(|time| time.to_string()),
        "orderStatus": order.order_status.as_ref().map(OrderStatus::word),
        "supervisionStatus": order.supervision_status,
        "paymentStatus": order.payment_status.as_ref().map(PaymentStatus::word),
        "repaymentStatus": order.repayment_status.as_ref().map(PaymentStatus::word),
        "importedAt": time(order.imported_at),
        "importedFields": order.imported_at.map(|_| field_names(&order.imported)),
    })
}

pub const USAGE: &[&str] = &[
    "meteringSn",
    "instanceId",
    "beginTime",
    "endTime",
    "usageValue",
    "relatePkgInstance",
    "productId",
    "state",
    "code",
    "reason",
    "message",
];

pub fn usage(stored: &StoredUsage) -> Value {
    let record = &stored.record;
    let refused = match &stored.state {
        UsageState::Refused { code } => Some(code),
        _ => None,
    };
    json!({
        "meteringSn": record.metering_sn,
        "instanceId": record.instance_id,
        "beginTime": record.begin_time.to_string(),
        "endTime": record.end_time.to_string(),
        "usageValue": record.usage_value.as_str(),
        "relatePkgInstance": record.relate_pkg_instance,
        "productId": record.product_id,
        "state": stored.state.name(),
        "code": refused.map(RecordCode::as_wire),
        "reason": refused.map(ToString::to_string),
        "message": stored.push.map(|push| push.0),
    })
}
