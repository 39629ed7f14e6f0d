//! What is known of an order after a call and after the query, in either order.

use super::*;
use crate::protocol::{
    callback::{v1, v2},
    id::{OrderId, OrderLineId},
    open_api::order::{BuyerInfo, OrderLineInfo, ProductInfo},
};

const CALLED: UnixMillis = UnixMillis(1_700_000_000_000);
const ASKED: UnixMillis = UnixMillis(1_700_000_060_000);

fn of_v2(body: &str) -> Order {
    let callback = v2::parse(body.as_bytes()).unwrap();
    Order::of_call(World::Live, &callback, Some(InstanceId::new("i-1")), CALLED).unwrap()
}

fn told() -> Order {
    let info = OrderInfo {
        order_id: OrderId::new("CS1"),
        order_type: OrderType::Trial,
        create_time: Some(UnixMillis(1_699_999_999_000)),
        lines: vec![OrderLineInfo {
            order_line_id: OrderLineId::new("CS1-000001"),
            charging_mode: ChargingMode::Period,
            expire_time: Some(UnixMillis(1_731_000_000_000)),
            period_type: Some("year".into()),
            period_number: Some(1),
            products: vec![ProductInfo {
                product_id: "OFFI1".into(),
                sku_code: Some("sku".into()),
                linear_value: Some(20),
                product_name: None,
            }],
            extend_params: Vec::new(),
        }],
        buyer: Some(BuyerInfo {
            customer_id: Some("c-1".into()),
            customer_name: Some("远山".into()),
            ..BuyerInfo::default()
        }),
        extend_params: vec![("emailDomainName".into(), "test.com".into())],
    };
    Order::told(World::Live, &info, ASKED).remove(0)
}

#[test]
fn call_and_query_add_to_each_other_whichever_comes_first() {
    let called = of_v2(
        r#"{"activity":"newInstance","businessId":"b","orderId":"CS1","orderLineId":"CS1-000001","testFlag":"0"}"#,
    );
    assert_eq!(called.order_type, Some(OrderType::New));
    for known in [called.clone().after(&told()), told().after(&called)] {
        assert_eq!(known.order_type, Some(OrderType::Trial), "the query outweighs the guess");
        assert_eq!((known.product_id.as_deref(), known.quantity), (Some("OFFI1"), Some(20)));
        assert_eq!(known.customer_name.as_deref(), Some("远山"));
        assert_eq!(known.extend_params[0].1, "test.com");
        assert_eq!(known.instance_id, Some(InstanceId::new("i-1")));
        assert_eq!((known.called_at, known.queried_at), (Some(CALLED), Some(ASKED)));
    }
}

/// What the query tells is order time and period, "for reference".
#[test]
fn a_renewal_ends_when_its_call_says_whatever_the_query_counts() {
    let called = of_v2(
        r#"{"activity":"refreshInstance","scene":"RENEWAL","instanceId":"i-1","orderId":"CS1","orderLineId":"CS1-000001",
            "expireTime":"20261231155959","testFlag":"0"}"#,
    );
    let told = || Order { order_type: Some(OrderType::Renew), ..told() };
    for known in [called.clone().after(&told()), told().after(&called)] {
        assert_eq!(known.expire_time, called.expire_time);
        assert_eq!(known.after(&told()).expire_time, called.expire_time, "asked about again");
    }
}

#[test]
fn hearing_the_same_again_changes_nothing_but_the_time_of_asking() {
    let known = told();
    let again = Order { queried_at: Some(ASKED.plus_millis(5)), changed_at: ASKED.plus_millis(5), ..told() };
    let after = known.clone().after(&again);
    assert_eq!(after.changed_at, known.changed_at);
    assert_eq!(after.queried_at, Some(ASKED.plus_millis(5)));
}

#[test]
fn v1_tells_the_order_with_the_call() {
    let query = "activity=newInstance&businessId=b&orderId=CS9&customerId=c&customerName=n&productId=p&skuCode=s&trialFlag=1\
                 &chargingMode=1&periodType=month&periodNumber=3&amount=5&orderAmount=12.50&expireTime=20261231155959\
                 &timeStamp=20261124000000000";
    let callback = v1::parse(query).unwrap();
    let order = Order::of_call(World::Live, &callback, None, CALLED).unwrap();
    assert_eq!((order.order_type, order.charging_mode), (Some(OrderType::Trial), Some(ChargingMode::Period)));
    assert_eq!((order.period_number, order.quantity), (Some(3), Some(5)));
    assert_eq!(order.order_amount.as_deref(), Some("12.50"));
}

#[test]
fn the_kind_of_a_change_follows_from_the_call() {
    let refresh = |scene: &str| {
        of_v2(&format!(
            r#"{{"activity":"refreshInstance","scene":"{scene}","instanceId":"i-1","orderId":"CS2","orderLineId":"CS2-000001","expireTime":"20270101000000"}}"#
        ))
        .order_type
    };
    assert_eq!(refresh("RENEWAL"), Some(OrderType::Renew));
    assert_eq!(refresh("TRIAL_TO_FORMAL"), Some(OrderType::TrialToFormal));
    assert_eq!(refresh("UNSUBSCRIBE_RENEWAL_PERIOD"), Some(OrderType::Unsubscribe));
    assert_eq!(refresh("SOMETHING_NEW"), None);
}

#[test]
fn what_v1_tells_in_parameters_is_kept_for_renewals_and_upgrades_too() {
    let of = |query: &str| {
        let callback = v1::parse(query).unwrap();
        let members = callback.wire.members(query, "");
        Order::of_call(World::Live, &callback, None, CALLED).unwrap().with_parameters(&members)
    };
    let upgrade =
        of("activity=upgrade&instanceId=i&orderId=o&skuCode=s&productId=p&amount=6456&timeStamp=20261123080910123\
                      &saasExtendParams=W3sibmFtZSI6InNlYXRzIiwidmFsdWUiOjEwfV0%3D");
    assert_eq!((upgrade.quantity, upgrade.sku_code.as_deref()), (Some(6456), Some("s")));
    assert_eq!(upgrade.extend_params, [("seats".to_owned(), "10".to_owned())]);
    let renewal = of("activity=refreshInstance&instanceId=i&orderId=o&expireTime=20301124023618&orderAmount=12.78\
                      &periodType=month&periodNumber=3&timeStamp=20261123080910123");
    assert_eq!((renewal.period_type.as_deref(), renewal.period_number), (Some("month"), Some(3)));
    assert_eq!((renewal.order_amount.as_deref(), renewal.quantity), (Some("12.78"), None));
}
