//! 查询订单 (zh-cn_topic_0070649350): what V2's calls leave out of an order. What is marked optional, or was found on a
//! neighbouring page only, may be absent.

use serde_json::Value;

use super::{ApiBody, ApiRequest, GLOBAL, Method, OpenApi, ReadError, Signing, field, read_object};
use crate::protocol::{
    Secret, UnixMillis,
    id::{OrderId, OrderLineId},
};

#[derive(Clone, Debug, PartialEq)]
pub struct QueryOrder {
    pub order_id: OrderId,
    pub order_line_id: Option<OrderLineId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderType {
    New,
    Trial,
    TrialToFormal,
    Unsubscribe,
    Renew,
    Change,
    Unknown(String),
}

impl OrderType {
    pub fn from_wire(text: &str) -> Self {
        match text {
            "NEW" => Self::New,
            "TRIAL" => Self::Trial,
            "TRIAL_TO_FORMAL" => Self::TrialToFormal,
            "UNSUBSCRIBE" => Self::Unsubscribe,
            "RENEW" => Self::Renew,
            "CHANGE" => Self::Change,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::New => "NEW",
            Self::Trial => "TRIAL",
            Self::TrialToFormal => "TRIAL_TO_FORMAL",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Renew => "RENEW",
            Self::Change => "CHANGE",
            Self::Unknown(text) => text,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChargingMode {
    OnDemand,
    OneTime,
    Period,
    OnDemandPackage,
    Unknown(String),
}

impl ChargingMode {
    pub fn from_wire(text: &str) -> Self {
        match text {
            "ON_DEMAND" => Self::OnDemand,
            "ONE_TIME" => Self::OneTime,
            "PERIOD" => Self::Period,
            "ON_DEMAND_PKG" => Self::OnDemandPackage,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::OnDemand => "ON_DEMAND",
            Self::OneTime => "ONE_TIME",
            Self::Period => "PERIOD",
            Self::OnDemandPackage => "ON_DEMAND_PKG",
            Self::Unknown(text) => text,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderInfo {
    pub order_id: OrderId,
    pub order_type: OrderType,
    /// When it was ordered, not when it took effect.
    pub create_time: Option<UnixMillis>,
    pub lines: Vec<OrderLineInfo>,
    pub buyer: Option<BuyerInfo>,
    /// On the order in older copies of the page, on its lines in newer ones.
    pub extend_params: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderLineInfo {
    pub order_line_id: OrderLineId,
    pub charging_mode: ChargingMode,
    /// Order time and period, for reference only.
    pub expire_time: Option<UnixMillis>,
    /// `year`, `month`, `day`.
    pub period_type: Option<String>,
    pub period_number: Option<i64>,
    pub products: Vec<ProductInfo>,
    pub extend_params: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductInfo {
    pub product_id: String,
    pub sku_code: Option<String>,
    /// The quantity of a product that is sold by number.
    pub linear_value: Option<i64>,
    pub product_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuyerInfo {
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
    pub mobile_phone: Option<Secret>,
    pub email: Option<Secret>,
}

impl OpenApi for QueryOrder {
    type Answer = OrderInfo;

    const NAME: &'static str = "order/query";
    const REPEATABLE: bool = true;

    fn request(&self) -> ApiRequest {
        let mut query = vec![("orderId", self.order_id.as_str().to_owned())];
        query.extend(self.order_line_id.as_ref().map(|line| ("orderLineId", line.as_str().to_owned())));
        let path = format!("{GLOBAL}/v1/order/query");
        ApiRequest { method: Method::Get, path, query, body: ApiBody::Empty, signing: Signing::AkSk }
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<OrderInfo, ReadError> {
        let answer = read_object(body, "resultCode", "resultMsg")?;
        let order = answer
            .get("orderInfo")
            .filter(|order| order.is_object())
            .ok_or_else(|| ReadError::NotUnderstood("the answer has no `orderInfo`".to_owned()))?;
        Ok(OrderInfo {
            order_id: field::text(order, "orderId").map_or_else(|| self.order_id.clone(), OrderId::new),
            order_type: OrderType::from_wire(&field::text(order, "orderType").unwrap_or_default()),
            create_time: field::time(order, "createTime"),
            lines: field::list(order, "orderLine").into_iter().filter_map(read_line).collect(),
            buyer: order.get("buyerInfo").filter(|buyer| buyer.is_object()).map(read_buyer),
            extend_params: read_params(order),
        })
    }
}

fn read_line(line: &Value) -> Option<OrderLineInfo> {
    Some(OrderLineInfo {
        order_line_id: OrderLineId::new(field::text(line, "orderLineId")?),
        charging_mode: ChargingMode::from_wire(&field::text(line, "chargingMode").unwrap_or_default()),
        expire_time: field::time(line, "expireTime"),
        period_type: field::text(line, "periodType"),
        period_number: field::number(line, "periodNumber"),
        products: field::list(line, "productInfo").into_iter().filter_map(read_product).collect(),
        extend_params: read_params(line),
    })
}

fn read_product(product: &Value) -> Option<ProductInfo> {
    Some(ProductInfo {
        product_id: field::text(product, "productId")?,
        sku_code: field::text(product, "skuCode"),
        linear_value: field::number(product, "linearValue"),
        product_name: field::text(product, "productName"),
    })
}

fn read_buyer(buyer: &Value) -> BuyerInfo {
    BuyerInfo {
        customer_id: field::text(buyer, "customerId"),
        customer_name: field::text(buyer, "customerName"),
        user_id: field::text(buyer, "userId"),
        user_name: field::text(buyer, "userName"),
        mobile_phone: field::text(buyer, "mobilePhone").map(Secret::new),
        email: field::text(buyer, "email").map(Secret::new),
    }
}

fn read_params(object: &Value) -> Vec<(String, String)> {
    field::list(object, "extendParams")
        .into_iter()
        .filter_map(|param| Some((field::text(param, "name")?, field::text(param, "value").unwrap_or_default())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::open_api::CodeMeaning;

    fn query() -> QueryOrder {
        QueryOrder { order_id: OrderId::new("CS2207261447AUY4H"), order_line_id: None }
    }

    #[test]
    fn the_documented_sample_is_read() {
        let sample = br#"{"resultCode":"MKT.0000","resultMsg":"Success","orderInfo":{"orderId":"CS2207261447AUY4H","orderType":"NEW","createTime":"20220726064736","orderLine":[{"orderLineId":"CS2207261447AUY4H-000001","chargingMode":"PERIOD","periodType":"year","periodNumber":1,"expireTime":"20230726155959","productInfo":[{"productId":"OFFI758576"}]}]}}"#;
        let order = query().read(200, sample).unwrap();
        assert_eq!(order.order_type, OrderType::New);
        assert_eq!(order.create_time, UnixMillis::from_compact_utc("20220726064736").ok());
        let line = &order.lines[0];
        assert_eq!((&line.charging_mode, line.period_number), (&ChargingMode::Period, Some(1)));
        assert_eq!(line.products[0].product_id, "OFFI758576");
        assert_eq!(order.buyer, None);
    }

    #[test]
    fn what_only_some_copies_of_the_page_have_is_taken_where_it_stands() {
        let body = r#"{"resultCode":"CBC.0000","orderInfo":{"orderId":"CS1","orderType":"GIFT","extendParams":[{"name":"emailDomainName","value":"test.com"}],
            "orderLine":{"orderLineId":"CS1-000001","chargingMode":"ON_DEMAND_PKG","periodNumber":"3","productInfo":{"productId":7,"skuCode":"s","linearValue":20}},
            "buyerInfo":{"customerId":"c","customerName":"远山","mobilePhone":"13900000000"}}}"#;
        let order = query().read(200, body.as_bytes()).unwrap();
        assert_eq!(order.order_type, OrderType::Unknown("GIFT".into()));
        assert_eq!(order.lines[0].period_number, Some(3));
        assert_eq!(order.lines[0].products[0].linear_value, Some(20));
        assert_eq!(order.extend_params, [("emailDomainName".to_owned(), "test.com".to_owned())]);
        let buyer = order.buyer.unwrap();
        assert_eq!(buyer.customer_name.as_deref(), Some("远山"));
        assert!(!format!("{buyer:?}").contains("139"));
    }

    #[test]
    fn a_refusal_keeps_code_and_words() {
        let refused =
            query().read(401, br#"{"resultCode":"MKT.0150","resultMsg":"Illegal operation","extra_info":{}}"#);
        let Err(ReadError::Refused(code)) = refused else { panic!("{refused:?}") };
        assert_eq!((code.meaning(), code.message.as_str()), (CodeMeaning::NotAllowed, "Illegal operation"));
        for body in [&b""[..], b"  ", b"<html>", b"[]", b"{}", br#"{"resultCode":"MKT.0000"}"#] {
            assert!(matches!(query().read(200, body), Err(ReadError::NotUnderstood(_))));
        }
    }

    #[test]
    fn the_query_is_the_one_of_the_known_answer() {
        let request = QueryOrder {
            order_id: OrderId::new("MOCKPERIODYEARNEW"),
            order_line_id: Some(OrderLineId::new("MOCKPERIODYEARNEW-000001")),
        }
        .request();
        assert_eq!(request.path, "/api/mkp-openapi-public/global/v1/order/query");
        assert_eq!(request.query[0], ("orderId", "MOCKPERIODYEARNEW".to_owned()));
        assert_eq!(request.query[1].0, "orderLineId");
    }
}
