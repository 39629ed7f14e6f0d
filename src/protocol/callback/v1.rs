//! The calls of the access guide V1.0: GET, everything in the query string (KooGallery pages saas_topic_0000001 for SaaS,
//! zh-cn_topic_0070649153 for License 1.0). What each activity carries is on pages of its own: `newInstance`
//! zh-cn_topic_0070649013, `refreshInstance` en-us_topic_0070649014, `expireInstance` en-us_topic_0070649055,
//! `releaseInstance` zh-cn_topic_0070649056, `upgrade` zh-cn_topic_0000001297828992, `instanceStatus` en-us_topic_0070649069,
//! `queryInstance` topic_0070649081, `getLicense` zh-cn_topic_0000001353181669, `refreshLicense`
//! zh-cn_topic_0000001353381237, `releaseLicense` zh-cn_topic_0000001353261785. Their words differ from those of V2.0, their meaning does not: both become the
//! same [`Activity`].

use serde_json::Value;

use super::{
    Activity, Callback, Delivers, ParseError, Scene, StatusChange, Wire,
    field::{FieldError, Fields},
    order::{LINEAR, OrderDetails, PERIOD_NUMBER, PERIOD_TYPE, take_extend_params},
    v2::{instance_id, instance_ids},
};
use crate::protocol::{
    id::{BusinessId, OrderId, OrderLine, OrderLineId},
    signature::auth_token::{Signable, TIME_STAMP},
};

const ID: usize = 64;

/// Reads a call's query. Its authToken must have been verified before.
pub fn parse(query: &str) -> Result<Callback, ParseError> {
    let signed = Signable::from_query(query).map_err(|_no_time| FieldError::Missing(TIME_STAMP))?;
    let members = signed.fields().iter().filter(|(name, _)| name != TIME_STAMP);
    let mut fields = Fields(members.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect());
    let name = fields.mandatory("activity", ID)?;
    let test = fields.test_flag()?;
    let activity = parse_activity(&name, &mut fields)?;
    Ok(Callback { wire: Wire::V1, name, activity, test, unknown: fields.0 })
}

fn parse_activity(name: &str, fields: &mut Fields) -> Result<Activity, ParseError> {
    Ok(match name {
        "newInstance" => purchase(fields, Delivers::AppInfo)?,
        "getLicense" => purchase(fields, Delivers::License)?,
        "refreshInstance" | "refreshLicense" => Activity::RefreshInstance {
            instance_id: instance_id(fields)?,
            order: order(fields)?,
            scene: scene(fields)?,
            product_id: fields.optional("productId", ID)?,
            expire_time: fields.time("expireTime")?,
        },
        "expireInstance" | "expireLicense" => Activity::UpdateInstanceStatus {
            instance_id: instance_id(fields)?,
            order: optional_order(fields)?,
            status: StatusChange::Freeze,
        },
        "instanceStatus" => Activity::UpdateInstanceStatus {
            instance_id: instance_id(fields)?,
            order: None,
            status: match fields.mandatory("instanceStatus", 32)?.as_str() {
                "NORMAL" => StatusChange::Unfreeze,
                other => StatusChange::from_wire(other),
            },
        },
        "releaseInstance" | "releaseLicense" => {
            fields.optional("orderAmount", 20)?;
            Activity::ReleaseInstance { instance_id: instance_id(fields)?, order: optional_order(fields)? }
        }
        "upgrade" => {
            for linear in ["amount", "diskSize", "bandWidth"] {
                fields.optional(linear, LINEAR)?;
            }
            take_extend_params(fields)?;
            Activity::UpgradeInstance {
                instance_id: instance_id(fields)?,
                order: order(fields)?,
                sku_code: Some(fields.mandatory("skuCode", ID)?),
                product_id: Some(fields.mandatory("productId", ID)?),
            }
        }
        "queryInstance" => Activity::QueryInstance { instance_ids: instance_ids(fields)? },
        other => Activity::Unknown { name: other.to_owned() },
    })
}

fn purchase(fields: &mut Fields, delivers: Delivers) -> Result<Activity, FieldError> {
    let order_id = OrderId::new(fields.mandatory("orderId", ID)?);
    let business_id = BusinessId::new(fields.mandatory("businessId", ID)?);
    let details = OrderDetails::take(fields)?;
    Ok(Activity::NewInstance {
        order: details.order_line(order_id),
        business_id,
        delivers,
        details: Some(Box::new(details)),
    })
}

/// Cancelling a renewal comes in the words of a renewal, with a negative amount.
fn scene(fields: &mut Fields) -> Result<Scene, FieldError> {
    let formal = fields.optional("trialToFormal", 2)?.is_some_and(|flag| flag == "1");
    let amount = fields.optional("orderAmount", 20)?;
    fields.optional("periodType", PERIOD_TYPE)?;
    fields.optional("periodNumber", PERIOD_NUMBER)?;
    Ok(match amount {
        _ if formal => Scene::TrialToFormal,
        Some(amount) if amount.starts_with('-') => Scene::UnsubscribeRenewalPeriod,
        _ => Scene::Renewal,
    })
}

fn order(fields: &mut Fields) -> Result<OrderLine, FieldError> {
    optional_order(fields)?.ok_or(FieldError::Missing("orderId"))
}

fn optional_order(fields: &mut Fields) -> Result<Option<OrderLine>, FieldError> {
    let order_id = fields.optional("orderId", ID)?;
    Ok(order_id.map(|id| OrderLine { order_id: OrderId::new(id), order_line_id: OrderLineId::new("") }))
}

#[cfg(test)]
mod tests;
