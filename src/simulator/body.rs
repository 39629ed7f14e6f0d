//! The JSON that is sent for an activity: compact, top-level names ascending, as the marketplace's own sample writes it.

use serde_json::{Map, Value, json};

use crate::protocol::{
    callback::Activity,
    id::{InstanceId, OrderLine},
};

/// `test` is a debugging call. A real one carries no `testFlag`, except `orderNotify`, where it is mandatory
/// (KooGallery page zh-cn_topic_0000002091799153).
pub fn encode(activity: &Activity, test: bool) -> String {
    let mut members = vec![("activity", json!(activity.name()))];
    match activity {
        Activity::NewInstance { order, business_id } => {
            members.extend(order_members(order));
            members.push(("businessId", json!(business_id)));
        }
        Activity::QueryInstance { instance_ids } => {
            let ids: Vec<&str> = instance_ids.iter().map(InstanceId::as_str).collect();
            members.push(("instanceId", json!(ids.join(","))));
        }
        Activity::RefreshInstance { instance_id, order, scene, product_id, expire_time } => {
            members.extend(order_members(order));
            members.push(("instanceId", json!(instance_id)));
            members.push(("scene", json!(scene.as_wire())));
            members.push(("expireTime", json!(expire_time.to_compact_utc())));
            if let Some(product_id) = product_id {
                members.push(("productId", json!(product_id)));
            }
        }
        Activity::UpdateInstanceStatus { instance_id, status } => {
            members.push(("instanceId", json!(instance_id)));
            members.push(("status", json!(status.as_wire())));
        }
        Activity::ReleaseInstance { instance_id, order } => {
            members.push(("instanceId", json!(instance_id)));
            members.extend(order.iter().flat_map(order_members));
        }
        Activity::UpgradeInstance { instance_id, order } => {
            members.push(("instanceId", json!(instance_id)));
            members.extend(order_members(order));
        }
        Activity::ChangeInstanceCheck { instance_id, product_info } => {
            members.push(("instanceId", json!(instance_id)));
            members.push(("productInfo", product_info.clone()));
        }
        Activity::OrderNotify { order } => {
            members.extend(order_members(order));
            if !test {
                members.push(("testFlag", json!("0")));
            }
        }
        Activity::Unknown { .. } => {}
    }
    if test {
        members.push(("testFlag", json!("1")));
    }
    members.sort_by_key(|(name, _)| *name);
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()).to_string()
}

fn order_members(order: &OrderLine) -> [(&'static str, Value); 2] {
    [("orderId", json!(order.order_id)), ("orderLineId", json!(order.order_line_id))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        UnixMillis,
        callback::{Scene, StatusChange, v2},
        id::{BusinessId, OrderId, OrderLineId},
        signature::url::sorted_compact,
    };

    fn activities() -> Vec<Activity> {
        let instance_id = InstanceId::new("10e758d0-31ad-4c4b-8f1b-81d03469a10e");
        let order = OrderLine {
            order_id: OrderId::new("CS2211181819B4LVS"),
            order_line_id: OrderLineId::new("CS2211181819B4LVS-000001"),
        };
        vec![
            Activity::NewInstance {
                order: order.clone(),
                business_id: BusinessId::new("87b94795-0603-4e24-8ae5-69420d60e3c8"),
            },
            Activity::QueryInstance { instance_ids: vec![instance_id.clone(), InstanceId::new("other")] },
            Activity::RefreshInstance {
                instance_id: instance_id.clone(),
                order: order.clone(),
                scene: Scene::Renewal,
                product_id: Some("OFFI461867333479178240".into()),
                expire_time: UnixMillis(1_669_257_378_000),
            },
            Activity::UpdateInstanceStatus { instance_id: instance_id.clone(), status: StatusChange::Freeze },
            Activity::ReleaseInstance { instance_id: instance_id.clone(), order: Some(order.clone()) },
            Activity::ReleaseInstance { instance_id: instance_id.clone(), order: None },
            Activity::UpgradeInstance { instance_id: instance_id.clone(), order: order.clone() },
            Activity::ChangeInstanceCheck { instance_id, product_info: json!({"productId": "p", "skuCode": "a"}) },
            Activity::OrderNotify { order },
        ]
    }

    #[test]
    fn every_activity_is_read_back_as_it_was_meant() {
        for activity in activities() {
            for test in [false, true] {
                let body = encode(&activity, test);
                let read = v2::parse(body.as_bytes()).unwrap();
                assert_eq!((&read.activity, read.test), (&activity, test), "{body}");
                assert!(read.unknown.is_empty(), "{body}");
                assert_eq!(sorted_compact(body.as_bytes()).unwrap(), body.as_bytes());
            }
        }
    }

    #[test]
    fn a_debugging_purchase_is_the_published_example() {
        assert_eq!(
            encode(&activities()[0], true),
            r#"{"activity":"newInstance","businessId":"87b94795-0603-4e24-8ae5-69420d60e3c8","orderId":"CS2211181819B4LVS","orderLineId":"CS2211181819B4LVS-000001","testFlag":"1"}"#
        );
    }

    #[test]
    fn only_the_order_notification_says_that_it_is_real() {
        for activity in activities() {
            assert_eq!(encode(&activity, false).contains("testFlag"), activity.name() == "orderNotify");
        }
    }
}
