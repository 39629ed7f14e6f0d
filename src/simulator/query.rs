//! The query parameters that are sent for an activity in V1 (KooGallery page saas_topic_0000001 and those that it names),
//! without authToken and timeStamp. Licenses of 1.0 have words of their own for the same things.

use std::borrow::Cow;

use crate::protocol::{
    callback::{Activity, ChargingMode, Delivers, OrderDetails, Scene, StatusChange},
    id::InstanceId,
};

pub type Params = Vec<(&'static str, Cow<'static, str>)>;

/// What a call tells beside its activity: known from the books.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What the instance was bought for.
    pub delivers: Delivers,
    /// `amount`: how many an upgrade is for.
    pub amount: Option<u32>,
}

impl Known {
    pub const fn of(delivers: Delivers) -> Self {
        Self { delivers, amount: None }
    }
}

/// `None` for what V1 has no words for.
pub fn encode(activity: &Activity, known: Known, test: bool) -> Option<Params> {
    if known.delivers == Delivers::License && !is_of_license(activity) {
        return None;
    }
    let of = |saas, license| if known.delivers == Delivers::License { license } else { saas };
    let mut params: Params = Vec::new();
    let mut say = |name: &'static str, value: &str| params.push((name, value.to_owned().into()));
    match activity {
        Activity::NewInstance { order, business_id, delivers, details } => {
            say("activity", if *delivers == Delivers::License { "getLicense" } else { "newInstance" });
            say("orderId", order.order_id.as_str());
            say("businessId", business_id.as_str());
            details.iter().flat_map(|details| detail_params(details)).for_each(|(name, value)| say(name, &value));
        }
        Activity::QueryInstance { instance_ids } => {
            let ids: Vec<&str> = instance_ids.iter().map(InstanceId::as_str).collect();
            say("activity", "queryInstance");
            say("instanceId", &ids.join(","));
        }
        Activity::RefreshInstance { instance_id, order, scene, product_id, expire_time } => {
            say("activity", of("refreshInstance", "refreshLicense"));
            say("instanceId", instance_id.as_str());
            say("orderId", order.order_id.as_str());
            say("expireTime", &expire_time.to_compact_utc());
            product_id.iter().for_each(|product_id| say("productId", product_id));
            match scene {
                _ if known.delivers == Delivers::License => {}
                Scene::TrialToFormal => say("trialToFormal", "1"),
                Scene::UnsubscribeRenewalPeriod => say("orderAmount", "-12.78"),
                Scene::Renewal | Scene::RenewalChange | Scene::Unknown(_) => say("orderAmount", "12.78"),
            }
        }
        Activity::UpdateInstanceStatus { instance_id, order, status } => {
            // A freeze that names an order is an expiry.
            if let (Some(order), StatusChange::Freeze) = (order, status) {
                say("activity", of("expireInstance", "expireLicense"));
                say("orderId", order.order_id.as_str());
            } else {
                say("activity", "instanceStatus");
                say("instanceStatus", if *status == StatusChange::Unfreeze { "NORMAL" } else { status.as_wire() });
            }
            say("instanceId", instance_id.as_str());
        }
        Activity::ReleaseInstance { instance_id, order } => {
            say("activity", of("releaseInstance", "releaseLicense"));
            say("instanceId", instance_id.as_str());
            order.iter().for_each(|order| say("orderId", order.order_id.as_str()));
        }
        Activity::UpgradeInstance { instance_id, order, sku_code, product_id } => {
            say("activity", "upgrade");
            say("instanceId", instance_id.as_str());
            say("orderId", order.order_id.as_str());
            sku_code.iter().for_each(|sku_code| say("skuCode", sku_code));
            product_id.iter().for_each(|product_id| say("productId", product_id));
            known.amount.iter().for_each(|amount| say("amount", &amount.to_string()));
        }
        Activity::ChangeInstanceCheck { .. }
        | Activity::GetLicenseAsync(_)
        | Activity::License { .. }
        | Activity::Kit(_)
        | Activity::OrderNotify { .. }
        | Activity::Unknown { .. } => return None,
    }
    if test {
        say("testFlag", "1");
    }
    Some(params)
}

/// License 1.0 knows a purchase, a renewal, an expiry, which names the order, and a release.
fn is_of_license(activity: &Activity) -> bool {
    match activity {
        Activity::NewInstance { .. } | Activity::ReleaseInstance { .. } => true,
        Activity::RefreshInstance { scene, .. } => *scene == Scene::Renewal,
        Activity::UpdateInstanceStatus { order, status, .. } => order.is_some() && *status == StatusChange::Freeze,
        _ => false,
    }
}

fn detail_params(details: &OrderDetails) -> Vec<(&'static str, String)> {
    let texts = [
        ("customerId", details.customer_id.clone()),
        ("customerName", details.customer_name.clone()),
        ("productId", details.product_id.clone()),
        ("skuCode", details.sku_code.clone()),
        ("trialFlag", details.trial.then(|| "1".to_owned())),
        ("amount", details.amount.clone()),
        ("expireTime", details.expire_time.map(crate::protocol::UnixMillis::to_compact_utc)),
        ("chargingMode", details.charging_mode.as_ref().map(ChargingMode::as_wire).map(str::to_owned)),
        ("periodType", details.period_type.clone()),
        ("periodNumber", details.period_number.clone()),
        ("orderAmount", details.order_amount.clone()),
    ];
    texts.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        UnixMillis,
        callback::v1,
        id::{BusinessId, OrderId, OrderLine, OrderLineId},
    };

    #[test]
    fn what_is_sent_is_read_as_what_was_meant() {
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("") };
        let instance_id = InstanceId::new("i");
        let details = OrderDetails {
            customer_id: Some("c".into()),
            product_id: Some("p".into()),
            expire_time: Some(UnixMillis(1_669_257_378_000)),
            charging_mode: Some(ChargingMode::Period),
            ..OrderDetails::default()
        };
        for activity in [
            Activity::NewInstance {
                order: order.clone(),
                business_id: BusinessId::new("b"),
                delivers: Delivers::License,
                details: Some(Box::new(details)),
            },
            Activity::QueryInstance { instance_ids: vec![instance_id.clone(), InstanceId::new("j")] },
            Activity::RefreshInstance {
                instance_id: instance_id.clone(),
                order: order.clone(),
                scene: Scene::UnsubscribeRenewalPeriod,
                product_id: None,
                expire_time: UnixMillis(1_669_257_378_000),
            },
            Activity::UpdateInstanceStatus {
                instance_id: instance_id.clone(),
                order: Some(order.clone()),
                status: StatusChange::Freeze,
            },
            Activity::UpdateInstanceStatus {
                instance_id: instance_id.clone(),
                order: None,
                status: StatusChange::Unfreeze,
            },
            Activity::ReleaseInstance { instance_id: instance_id.clone(), order: None },
            Activity::UpgradeInstance { instance_id, order, sku_code: Some("s".into()), product_id: Some("p".into()) },
        ] {
            let known = Known::of(Delivers::AppInfo);
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(encode(&activity, known, true).unwrap()).append_pair("timeStamp", "20261123080910123");
            let read = v1::parse(&query.finish()).unwrap();
            assert_eq!((read.activity, read.test), (activity, true));
        }
    }

    #[test]
    fn license_1_0_has_words_of_its_own_and_no_others() {
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("") };
        let instance_id = InstanceId::new("i");
        let refresh = |scene| Activity::RefreshInstance {
            instance_id: instance_id.clone(),
            order: order.clone(),
            scene,
            product_id: None,
            expire_time: UnixMillis(1_669_257_378_000),
        };
        let status = |order, status| Activity::UpdateInstanceStatus { instance_id: instance_id.clone(), order, status };
        for (activity, saas, license) in [
            (refresh(Scene::Renewal), Some("refreshInstance"), Some("refreshLicense")),
            (refresh(Scene::UnsubscribeRenewalPeriod), Some("refreshInstance"), None),
            (refresh(Scene::TrialToFormal), Some("refreshInstance"), None),
            (status(Some(order.clone()), StatusChange::Freeze), Some("expireInstance"), Some("expireLicense")),
            (status(None, StatusChange::Unfreeze), Some("instanceStatus"), None),
            (
                Activity::ReleaseInstance { instance_id: instance_id.clone(), order: Some(order.clone()) },
                Some("releaseInstance"),
                Some("releaseLicense"),
            ),
            (Activity::QueryInstance { instance_ids: vec![instance_id.clone()] }, Some("queryInstance"), None),
        ] {
            let word = |delivers| {
                let params = encode(&activity, Known::of(delivers), false)?;
                params.into_iter().find(|(name, _)| *name == "activity").map(|(_, word)| word.into_owned())
            };
            assert_eq!(word(Delivers::AppInfo).as_deref(), saas, "{activity:?}");
            assert_eq!(word(Delivers::License).as_deref(), license, "{activity:?}");
        }
    }

    #[test]
    fn an_upgrade_tells_how_many() {
        let activity = Activity::UpgradeInstance {
            instance_id: InstanceId::new("i"),
            order: OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("") },
            sku_code: Some("s".into()),
            product_id: Some("p".into()),
        };
        let params = encode(&activity, Known { delivers: Delivers::AppInfo, amount: Some(7) }, false).unwrap();
        assert!(params.contains(&("amount", "7".into())), "{params:?}");
    }
}
