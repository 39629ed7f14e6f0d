//! 查询订单: the order query (KooGallery pages zh-cn_topic_0070649350, usermanual-marketplace zh-cn_topic_0000002497812372).
//! What happens where the pages say nothing: an order or a line that does not exist is an invalid parameter.

use serde::Serialize;
use serde_json::json;

use super::{
    answer::{ApiAnswer, store},
    api::Api,
    mock_orders,
    setup::Holder,
};
use crate::{
    protocol::{UnixMillis, id::OrderId},
    simulator::{
        ledger::{Customer, Ledger, Order},
        terms::{OrderKind, Terms},
    },
};

const API: Api = Api::OrderQuery;
const MAX_ID: usize = 64;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderInfo<'a> {
    order_id: &'a str,
    order_type: &'a str,
    create_time: String,
    order_line: [OrderLine<'a>; 1],
    buyer_info: BuyerInfo<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderLine<'a> {
    order_line_id: &'a str,
    charging_mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_number: Option<u16>,
    product_info: [ProductInfo<'a>; 1],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    extend_params: &'a [ExtendParam],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductInfo<'a> {
    product_id: &'a str,
    sku_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    linear_value: Option<u32>,
    product_name: &'a str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ExtendParam {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BuyerInfo<'a> {
    customer_id: &'a str,
    customer_name: &'a str,
}

/// What an answer tells of an order, real or not.
pub(super) struct Told<'a> {
    pub(super) order_id: &'a str,
    pub(super) order_line_id: &'a str,
    pub(super) kind: OrderKind,
    pub(super) terms: Terms,
    pub(super) created: UnixMillis,
    pub(super) product: [&'a str; 3],
    pub(super) customer: &'a Customer,
    pub(super) extend_params: &'a [ExtendParam],
}

impl<'a> Told<'a> {
    fn of(order: &'a Order) -> Self {
        Self {
            order_id: order.line.order_id.as_str(),
            order_line_id: order.line.order_line_id.as_str(),
            kind: order.kind,
            terms: order.terms,
            created: order.placed_at,
            product: [&order.product.product_id, &order.product.sku_code, &order.product.name],
            customer: &order.customer,
            extend_params: &[],
        }
    }

    pub(super) fn answer(&self, order_line_id: Option<&str>) -> ApiAnswer {
        if order_line_id.is_some_and(|id| id != self.order_line_id) {
            return store::invalid(API, "the order has no such line");
        }
        let period = self.terms.charging.period();
        let [product_id, sku_code, product_name] = self.product;
        let info = OrderInfo {
            order_id: self.order_id,
            order_type: self.kind.as_wire(),
            create_time: self.created.to_compact_utc(),
            order_line: [OrderLine {
                order_line_id: self.order_line_id,
                charging_mode: self.terms.charging.as_wire(),
                expire_time: self.terms.charging.ends(self.created).map(UnixMillis::to_compact_utc),
                period_type: period.map(|(unit, _)| unit.as_wire()),
                period_number: period.map(|(_, number)| number),
                product_info: [ProductInfo {
                    product_id,
                    sku_code,
                    linear_value: self.terms.linear_value,
                    product_name,
                }],
                extend_params: self.extend_params,
            }],
            buyer_info: BuyerInfo {
                customer_id: &self.customer.customer_id,
                customer_name: &self.customer.customer_name,
            },
        };
        store::success(API).with("orderInfo", json!(info))
    }
}

pub(super) fn query(ledger: &Ledger, holder: Holder, query: &str) -> ApiAnswer {
    if holder == Holder::Buyer {
        return store::no_authority(API);
    }
    let asked = match Asked::read(query) {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let line = asked.order_line_id.as_deref();
    if let Some(answer) = mock_orders::query(&asked.order_id, line) {
        return answer;
    }
    let id = OrderId::new(asked.order_id);
    if ledger.sold_elsewhere.orders.contains(&id) {
        return store::illegal_operation(API);
    }
    match ledger.orders.get(&id) {
        Some(_) if holder != Holder::Seller => store::illegal_operation(API),
        Some(order) => Told::of(order).answer(line),
        None => store::invalid(API, "the order does not exist"),
    }
}

/// Whether the order that is asked about is in these books.
pub(super) fn knows(ledger: &Ledger, query: &str) -> bool {
    Asked::read(query).is_ok_and(|asked| ledger.orders.contains_key(&OrderId::new(asked.order_id)))
}

struct Asked {
    order_id: String,
    order_line_id: Option<String>,
}

impl Asked {
    fn read(query: &str) -> Result<Self, ApiAnswer> {
        let (mut order_id, mut order_line_id) = (None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "orderId" => &mut order_id,
                "orderLineId" => &mut order_line_id,
                _ => return Err(store::invalid(API, &format!("{name} is not defined"))),
            };
            if value.chars().count() > MAX_ID {
                return Err(store::out_of_range(API, &format!("{name} is longer than {MAX_ID}")));
            }
            *place = Some(value.into_owned()).filter(|value| !value.is_empty());
        }
        let order_id = order_id.ok_or_else(|| store::invalid(API, "orderId is missing"))?;
        Ok(Self { order_id, order_line_id })
    }
}
