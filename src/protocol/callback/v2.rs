//! The calls of the access guide V2.0 and of its relatives, online License and License codes 2.0: a JSON body with the
//! member `activity` (KooGallery pages zh-cn_topic_0070649414, zh-cn_topic_0070649282, zh-cn_topic_0070649172 and those
//! named at [`Activity`]).

use serde_json::{Map, Value};

use super::{
    Activity, Callback, LicenseApplication, LicenseChange, ParseError, Scene, StatusChange, Wire,
    field::{FieldError, Fields},
};
use crate::protocol::{
    KeyClass,
    id::{BusinessId, EventId, InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId},
};

/// Most instances that one `queryInstance` may name.
pub const MAX_QUERIED: usize = 100;

const ID: usize = 64;
/// The callback's page says 1024 characters, the client's kit builds up to 5 KiB.
const MAX_FINGERPRINT: usize = 5 * 1024;
const ACTIVITY: usize = 64;

/// Reads a call's body. Its signature must have been verified before.
pub fn parse(body: &[u8]) -> Result<Callback, ParseError> {
    let members: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| ParseError::NoJsonObject(error.to_string()))?;
    let mut fields = Fields(members);
    let name = fields.mandatory("activity", ACTIVITY)?;
    let test = fields.test_flag()?;
    let activity = parse_activity(&name, &mut fields)?;
    Ok(Callback { wire: Wire::V2, name, activity, test, unknown: fields.0 })
}

/// Whose key signs such a call, going by its name alone; for a body that nobody vouches for. The basic interfaces' where it
/// tells none.
pub fn key_class(body: &[u8]) -> KeyClass {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    match members.get("activity").and_then(Value::as_str) {
        Some("orderNotify") => KeyClass::General,
        Some("refreshLicenseCode" | "updateLicenseCodeStatus" | "releaseLicenseCode") => KeyClass::License,
        _ => KeyClass::Base,
    }
}

fn parse_activity(name: &str, fields: &mut Fields) -> Result<Activity, ParseError> {
    Ok(match name {
        "newInstance" => Activity::purchase(order(fields)?, BusinessId::new(fields.mandatory("businessId", ID)?)),
        "queryInstance" => Activity::QueryInstance { instance_ids: instance_ids(fields)? },
        "refreshInstance" => Activity::RefreshInstance {
            instance_id: instance_id(fields)?,
            order: order(fields)?,
            scene: Scene::from_wire(&fields.mandatory("scene", 64)?),
            product_id: fields.optional("productId", ID)?,
            expire_time: fields.time("expireTime")?,
        },
        "updateInstanceStatus" => Activity::UpdateInstanceStatus {
            instance_id: instance_id(fields)?,
            order: None,
            status: StatusChange::from_wire(&fields.mandatory("status", 32)?),
        },
        "releaseInstance" => {
            Activity::ReleaseInstance { instance_id: instance_id(fields)?, order: optional_order(fields)? }
        }
        "upgradeInstance" => Activity::UpgradeInstance {
            instance_id: instance_id(fields)?,
            order: order(fields)?,
            sku_code: None,
            product_id: None,
        },
        "changeInstanceCheck" => Activity::ChangeInstanceCheck {
            instance_id: instance_id(fields)?,
            // Mandatory by the table, missing in the page's own example.
            product_info: fields.0.shift_remove("productInfo").unwrap_or(Value::Null),
        },
        "orderNotify" => Activity::OrderNotify { order: order(fields)? },
        "getLicenseAsync" => Activity::GetLicenseAsync(LicenseApplication {
            instance_id: instance_id(fields)?,
            event_id: EventId::new(fields.mandatory("eventId", ID)?),
            effective_time: fields.mandatory("effectiveTime", 32)?,
            expire_time: fields.optional("expireTime", 32)?,
            device_fingerprint: fields.optional("deviceFingerprint", MAX_FINGERPRINT)?,
        }),
        "refreshLicenseCode" => Activity::License {
            license: license(fields)?,
            change: LicenseChange::Refresh {
                order: order(fields)?,
                scene: Scene::from_wire(&fields.mandatory("scene", 64)?),
                product_id: fields.optional("productId", ID)?,
                expire_time: fields.time("expireTime")?,
            },
        },
        "updateLicenseCodeStatus" => Activity::License {
            license: license(fields)?,
            change: LicenseChange::Status(StatusChange::from_wire(&fields.mandatory("status", 32)?)),
        },
        "releaseLicenseCode" => Activity::License {
            license: license(fields)?,
            change: LicenseChange::Release { order: optional_order(fields)? },
        },
        other => Activity::Unknown { name: other.to_owned() },
    })
}

fn order(fields: &mut Fields) -> Result<OrderLine, FieldError> {
    Ok(OrderLine {
        order_id: OrderId::new(fields.mandatory("orderId", ID)?),
        order_line_id: OrderLineId::new(fields.mandatory("orderLineId", ID)?),
    })
}

fn optional_order(fields: &mut Fields) -> Result<Option<OrderLine>, FieldError> {
    let order_id = fields.optional("orderId", ID)?;
    let order_line_id = fields.optional("orderLineId", ID)?;
    Ok(order_id.map(|order_id| OrderLine {
        order_line_id: OrderLineId::new(order_line_id.unwrap_or_default()),
        order_id: OrderId::new(order_id),
    }))
}

fn license(fields: &mut Fields) -> Result<LicenseCode, FieldError> {
    fields.mandatory("license", ID).map(LicenseCode::new)
}

pub(super) fn instance_id(fields: &mut Fields) -> Result<InstanceId, FieldError> {
    fields.mandatory("instanceId", ID).map(InstanceId::new)
}

/// Comma-separated. The documented length of 100 cannot hold 100 ids, so the number of ids and each id's length count.
pub(super) fn instance_ids(fields: &mut Fields) -> Result<Vec<InstanceId>, ParseError> {
    let text = fields.mandatory("instanceId", usize::MAX)?;
    let ids: Vec<&str> = text.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(FieldError::Missing("instanceId").into());
    }
    if ids.len() > MAX_QUERIED {
        return Err(ParseError::TooManyInstances(ids.len()));
    }
    if let Some(length) = ids.iter().map(|id| id.chars().count()).find(|length| *length > ID) {
        return Err(FieldError::TooLong { name: "instanceId", length, max: ID }.into());
    }
    Ok(ids.into_iter().map(InstanceId::new).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &str) -> Result<Callback, String> {
        parse(body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_activity_of_the_pages_is_read() {
        let table = [
            (r#"{"activity":"newInstance","businessId":"b","orderId":"o","orderLineId":"l"}"#, "newInstance"),
            (r#"{"activity":"queryInstance","instanceId":"a, b,c"}"#, "queryInstance"),
            (
                r#"{"activity":"refreshInstance","scene":"RENEWAL","orderId":"o","orderLineId":"l","instanceId":"i","expireTime":"20221124023618256"}"#,
                "refreshInstance",
            ),
            (r#"{"activity":"updateInstanceStatus","instanceId":"i","status":"FREEZE"}"#, "updateInstanceStatus"),
            (r#"{"activity":"releaseInstance","instanceId":"i"}"#, "releaseInstance"),
            (r#"{"activity":"upgradeInstance","instanceId":"i","orderId":"o","orderLineId":"l"}"#, "upgradeInstance"),
            (
                r#"{"activity":"changeInstanceCheck","instanceId":"i","productInfo":{"productId":"p"}}"#,
                "changeInstanceCheck",
            ),
            (r#"{"activity":"orderNotify","orderId":"o","orderLineId":"l"}"#, "orderNotify"),
            (
                r#"{"activity":"getLicenseAsync","eventId":"e","instanceId":"i","effectiveTime":"2023-10-27 10:30:15 z"}"#,
                "getLicenseAsync",
            ),
            (
                r#"{"activity":"refreshLicenseCode","expireTime":"20230523201932","license":"PL1","orderId":"o","orderLineId":"l","scene":"RENEWAL"}"#,
                "refreshLicenseCode",
            ),
            (r#"{"activity":"updateLicenseCodeStatus","license":"PL1","status":"FREEZE"}"#, "updateLicenseCodeStatus"),
            (r#"{"activity":"releaseLicenseCode","license":"PL1"}"#, "releaseLicenseCode"),
            (r#"{"activity":"paintInstance","colour":"red"}"#, "paintInstance"),
        ];
        for (body, name) in table {
            assert_eq!(check(body).unwrap().activity.name(), name);
        }
    }

    #[test]
    fn what_is_new_survives() {
        let call = check(r#"{"activity":"updateInstanceStatus","instanceId":"i","status":"THAW","seats":7}"#).unwrap();
        assert_eq!(call.unknown["seats"], 7);
        let Activity::UpdateInstanceStatus { status, .. } = call.activity else { panic!() };
        assert_eq!(status, StatusChange::Unknown("THAW".into()));
    }

    #[test]
    fn the_test_flag_is_read_in_all_its_forms() {
        let forms = [
            (r#","testFlag":"1""#, true),
            (r#","testFlag":1"#, true),
            (r#","testFlag":true"#, true),
            (r#","testFlag":"true""#, true),
            (r#","testFlag":"0""#, false),
            (r#","testFlag":0"#, false),
            (r#","testFlag":false"#, false),
            (r#","testFlag":"""#, false),
            (r#","testFlag":null"#, false),
            ("", false),
        ];
        for (flag, test) in forms {
            let body = format!(r#"{{"activity":"releaseInstance","instanceId":"i"{flag}}}"#);
            assert_eq!(check(&body).unwrap().test, test, "{body}");
        }
    }

    #[test]
    fn the_class_that_a_name_tells_is_the_one_of_the_activity() {
        let rest = r#""orderId":"o","orderLineId":"l","businessId":"b","instanceId":"i","license":"c","status":"FREEZE","scene":"RENEWAL","expireTime":"20221124023618","eventId":"e","effectiveTime":"t""#;
        for name in [
            "newInstance",
            "queryInstance",
            "refreshInstance",
            "updateInstanceStatus",
            "releaseInstance",
            "upgradeInstance",
            "changeInstanceCheck",
            "orderNotify",
            "getLicenseAsync",
            "refreshLicenseCode",
            "updateLicenseCodeStatus",
            "releaseLicenseCode",
            "paintInstance",
        ] {
            let body = format!(r#"{{"activity":"{name}",{rest}}}"#);
            assert_eq!(key_class(body.as_bytes()), parse(body.as_bytes()).unwrap().activity.key_class(), "{name}");
        }
        assert_eq!(key_class(br#"{"activity":"orderNotify"}"#), KeyClass::General);
        assert_eq!([key_class(b""), key_class(b"[]"), key_class(br#"{"activity":1}"#)], [KeyClass::Base; 3]);
    }

    #[test]
    fn every_fault_is_told_in_a_sentence() {
        let long = "x".repeat(65);
        let many = vec!["i"; 101].join(",");
        let table = [
            ("{".to_owned(), "the body is no JSON object"),
            ("[1]".to_owned(), "the body is no JSON object"),
            (r#"{"orderId":"o"}"#.to_owned(), "`activity` is missing"),
            (r#"{"activity":"newInstance","orderId":"o","orderLineId":"l"}"#.to_owned(), "`businessId` is missing"),
            (r#"{"activity":"newInstance","businessId":"b","orderId":["o"],"orderLineId":"l"}"#.to_owned(), "`orderId` should be a text and is a list"),
            (format!(r#"{{"activity":"releaseInstance","instanceId":"{long}"}}"#), "`instanceId` has 65 characters, at most 64 are allowed"),
            (format!(r#"{{"activity":"queryInstance","instanceId":"{many}"}}"#), "`instanceId` names 101 instances, at most 100 are allowed"),
            (
                r#"{"activity":"refreshInstance","scene":"RENEWAL","orderId":"o","orderLineId":"l","instanceId":"i","expireTime":"soon"}"#.to_owned(),
                "`expireTime`: `soon` is no time",
            ),
        ];
        for (body, sentence) in table {
            let error = check(&body).unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn a_hundred_uuids_are_no_longer_than_allowed() {
        let ids = vec!["10e758d0-31ad-4c4b-8f1b-81d03469a10e"; 100].join(",");
        assert!(check(&format!(r#"{{"activity":"queryInstance","instanceId":"{ids}"}}"#)).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&body);
        }

        #[test]
        fn arbitrary_members_never_panic(name in "(newInstance|queryInstance|refreshInstance|[a-z]{0,9})", text in ".{0,80}") {
            let body = serde_json::json!({"activity": name, "orderId": text, "instanceId": text, "expireTime": text, "scene": 3});
            let _ = parse(body.to_string().as_bytes());
        }
    }
}
