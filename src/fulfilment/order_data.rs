//! What the product is told of an order beside a call of V2, which names it and no more: in the words of the order query
//! (zh-cn_topic_0070649350), whose `orderLine` it is. Pure.

use serde_json::{Map, Value, json};

use crate::domain::Order;

/// The order as a member of `data`. What is not known is left out; buyers' phone and email are never kept.
pub(super) fn order_data(order: &Order) -> Value {
    let number = |value: Option<i64>| value.map(Value::from);
    let text = |value: Option<&str>| value.map(Value::from);
    let time = |value: Option<crate::protocol::UnixMillis>| value.map(|time| Value::from(time.to_compact_utc()));
    let product = object([
        ("productId", text(order.product_id.as_deref())),
        ("skuCode", text(order.sku_code.as_deref())),
        ("linearValue", number(order.quantity)),
        ("productName", text(order.product_name.as_deref())),
    ]);
    let buyer = object([
        ("customerId", text(order.customer_id.as_deref())),
        ("customerName", text(order.customer_name.as_deref())),
    ]);
    let params: Vec<Value> =
        order.extend_params.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let line = order.order.order_line_id.as_str();
    Value::Object(object([
        ("orderId", text(Some(order.order.order_id.as_str()))),
        ("orderLineId", text(Some(line).filter(|line| !line.is_empty()))),
        ("orderType", text(order.order_type.as_ref().map(crate::protocol::open_api::order::OrderType::as_wire))),
        (
            "chargingMode",
            text(order.charging_mode.as_ref().map(crate::protocol::open_api::order::ChargingMode::as_wire)),
        ),
        ("createTime", time(order.create_time)),
        ("expireTime", time(order.expire_time)),
        ("periodType", text(order.period_type.as_deref())),
        ("periodNumber", number(order.period_number)),
        ("productInfo", Some(Value::Object(product)).filter(is_telling)),
        ("buyerInfo", Some(Value::Object(buyer)).filter(is_telling)),
        ("extendParams", Some(Value::Array(params)).filter(|params| params != &json!([]))),
    ]))
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn is_telling(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::World,
        protocol::{
            UnixMillis,
            id::{OrderId, OrderLine, OrderLineId},
            open_api::order::OrderType,
        },
    };

    #[test]
    fn what_is_known_is_told_in_the_querys_words_and_nothing_else() {
        let line = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") };
        let bare = Order::new(World::Live, line, UnixMillis(0));
        assert_eq!(order_data(&bare), json!({ "orderId": "CS1", "orderLineId": "CS1-000001" }));
        let told = Order {
            order_type: Some(OrderType::Change),
            create_time: UnixMillis::from_compact_utc("20220726064736").ok(),
            product_id: Some("p".into()),
            quantity: Some(20),
            customer_name: Some("远山".into()),
            extend_params: vec![("seats".into(), "3".into())],
            ..bare
        };
        assert_eq!(
            order_data(&told),
            json!({
                "orderId": "CS1", "orderLineId": "CS1-000001", "orderType": "CHANGE", "createTime": "20220726064736",
                "productInfo": { "productId": "p", "linearValue": 20 }, "buyerInfo": { "customerName": "远山" },
                "extendParams": [{ "name": "seats", "value": "3" }],
            })
        );
    }
}
