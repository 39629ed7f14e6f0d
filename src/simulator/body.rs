//! The JSON that is sent for an activity: compact, top-level names ascending, as the marketplace's own sample writes it.

use serde_json::{Map, Value, json};

use crate::protocol::{
    callback::{Activity, LicenseChange},
    id::{InstanceId, OrderLine},
};

/// `test` is a debugging call. A real one carries no `testFlag`, except `orderNotify`, where it is mandatory
/// (KooGallery page zh-cn_topic_0000002091799153).
pub fn encode(activity: &Activity, test: bool) -> String {
    let mut members = vec![("activity", json!(activity.name()))];
    match activity {
        Activity::NewInstance { order, business_id, .. } => {
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
        Activity::UpdateInstanceStatus { instance_id, status, .. } => {
            members.push(("instanceId", json!(instance_id)));
            members.push(("status", json!(status.as_wire())));
        }
        Activity::ReleaseInstance { instance_id, order } => {
            members.push(("instanceId", json!(instance_id)));
            members.extend(order.iter().flat_map(order_members));
        }
        Activity::UpgradeInstance { instance_id, order, .. } => {
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
        Activity::GetLicenseAsync(application) => {
            members.push(("instanceId", json!(application.instance_id)));
            members.push(("eventId", json!(application.event_id)));
            members.push(("effectiveTime", json!(application.effective_time)));
            members.extend(application.expire_time.iter().map(|time| ("expireTime", json!(time))));
            members.extend(application.device_fingerprint.iter().map(|print| ("deviceFingerprint", json!(print))));
        }
        Activity::License { license, change } => {
            members.push(("license", json!(license)));
            members.extend(license_members(change));
        }
        // The kit has bodies and paths of its own.
        Activity::Kit(_) | Activity::Unknown { .. } => {}
    }
    if test {
        members.push(("testFlag", json!("1")));
    }
    members.sort_by_key(|(name, _)| *name);
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()).to_string()
}

fn license_members(change: &LicenseChange) -> Vec<(&'static str, Value)> {
    match change {
        LicenseChange::Refresh { order, scene, product_id, expire_time } => {
            let mut members = order_members(order).to_vec();
            members.push(("scene", json!(scene.as_wire())));
            members.push(("expireTime", json!(expire_time.to_compact_utc())));
            members.extend(product_id.iter().map(|product_id| ("productId", json!(product_id))));
            members
        }
        LicenseChange::Status(status) => vec![("status", json!(status.as_wire()))],
        LicenseChange::Release { order } => order.iter().flat_map(order_members).collect(),
    }
}

fn order_members(order: &OrderLine) -> [(&'static str, Value); 2] {
    [("orderId", json!(order.order_id)), ("orderLineId", json!(order.order_line_id))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        UnixMillis,
        callback::{LicenseApplication, Scene, StatusChange, v2},
        id::{BusinessId, EventId, LicenseCode, OrderId, OrderLineId},
        signature::url::sorted_compact,
    };

    fn activities() -> Vec<Activity> {
        let instance_id = InstanceId::new("10e758d0-31ad-4c4b-8f1b-81d03469a10e");
        let order = OrderLine {
            order_id: OrderId::new("CS2211181819B4LVS"),
            order_line_id: OrderLineId::new("CS2211181819B4LVS-000001"),
        };
        vec![
            Activity::purchase(order.clone(), BusinessId::new("87b94795-0603-4e24-8ae5-69420d60e3c8")),
            Activity::QueryInstance { instance_ids: vec![instance_id.clone(), InstanceId::new("other")] },
            Activity::RefreshInstance {
                instance_id: instance_id.clone(),
                order: order.clone(),
                scene: Scene::Renewal,
                product_id: Some("OFFI461867333479178240".into()),
                expire_time: UnixMillis(1_669_257_378_000),
            },
            Activity::UpdateInstanceStatus {
                instance_id: instance_id.clone(),
                order: None,
                status: StatusChange::Freeze,
            },
            Activity::ReleaseInstance { instance_id: instance_id.clone(), order: Some(order.clone()) },
            Activity::ReleaseInstance { instance_id: instance_id.clone(), order: None },
            Activity::UpgradeInstance {
                instance_id: instance_id.clone(),
                order: order.clone(),
                sku_code: None,
                product_id: None,
            },
            Activity::GetLicenseAsync(LicenseApplication {
                instance_id: instance_id.clone(),
                event_id: EventId::new("e"),
                effective_time: "2023-10-27 10:30:15 z".into(),
                expire_time: None,
                device_fingerprint: Some("A|B".into()),
            }),
            Activity::License {
                license: LicenseCode::new("PL1"),
                change: LicenseChange::Refresh {
                    order: order.clone(),
                    scene: Scene::Renewal,
                    product_id: None,
                    expire_time: UnixMillis(1_669_257_378_000),
                },
            },
            Activity::License { license: LicenseCode::new("PL1"), change: LicenseChange::Status(StatusChange::Freeze) },
            Activity::License { license: LicenseCode::new("PL1"), change: LicenseChange::Release { order: None } },
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
