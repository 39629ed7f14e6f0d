//! What the access guide V1.0 tells of an order with the call itself; V2.0 leaves it to the order query (KooGallery pages
//! zh-cn_topic_0070649013, zh-cn_topic_0000001353181669).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::field::{FieldError, Fields};
use crate::protocol::{
    UnixMillis,
    id::{OrderId, OrderLine, OrderLineId},
};

/// Digits of `amount`, `diskSize` and `bandWidth`.
pub(super) const LINEAR: usize = 7;
pub(super) const PERIOD_TYPE: usize = 10;
pub(super) const PERIOD_NUMBER: usize = 2;

/// How a purchase is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargingMode {
    /// `0`, 按需.
    PayPerUse,
    /// `1`, 包周期.
    Period,
    /// `3`, 一次性.
    OneTime,
    /// `5`, 按需套餐包.
    Package,
    Unknown(String),
}

impl ChargingMode {
    pub fn from_wire(text: &str) -> Self {
        match text {
            "0" => Self::PayPerUse,
            "1" => Self::Period,
            "3" => Self::OneTime,
            "5" => Self::Package,
            other => Self::Unknown(other.to_owned()),
        }
    }

    pub fn as_wire(&self) -> &str {
        match self {
            Self::PayPerUse => "0",
            Self::Period => "1",
            Self::OneTime => "3",
            Self::Package => "5",
            Self::Unknown(text) => text,
        }
    }
}

/// One entry of `saasExtendParams`: what the buyer filled in when buying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendParam {
    pub name: String,
    #[serde(deserialize_with = "any_text")]
    pub value: String,
}

/// Numbers are text as the wire has them: nothing is computed with them here, and no digit may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderDetails {
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
    /// Still encrypted.
    pub mobile_phone: Option<String>,
    /// Still encrypted.
    pub email: Option<String>,
    pub product_id: Option<String>,
    pub sku_code: Option<String>,
    pub trial: bool,
    pub start_time: Option<UnixMillis>,
    /// Order time and period, approximately; the call that tells of the expiry is what counts.
    pub expire_time: Option<UnixMillis>,
    pub charging_mode: Option<ChargingMode>,
    pub extend_params: Vec<ExtendParam>,
    pub amount: Option<String>,
    pub disk_size: Option<String>,
    pub band_width: Option<String>,
    pub period_type: Option<String>,
    pub period_number: Option<String>,
    pub order_amount: Option<String>,
    pub provision_type: Option<String>,
}

impl OrderDetails {
    /// Takes its fields; `productId` and `customerId` are mandatory in a purchase.
    pub(super) fn take(fields: &mut Fields) -> Result<Self, FieldError> {
        let customer_id = fields.mandatory("customerId", 100)?;
        let product_id = fields.mandatory("productId", 64)?;
        Ok(Self {
            customer_id: Some(customer_id),
            customer_name: fields.optional("customerName", 64)?,
            user_id: fields.optional("userId", 64)?,
            user_name: fields.optional("userName", 64)?,
            mobile_phone: fields.optional("mobilePhone", 512)?,
            email: fields.optional("email", 512)?,
            product_id: Some(product_id),
            sku_code: fields.optional("skuCode", 64)?,
            trial: fields.optional("trialFlag", 2)?.is_some_and(|flag| flag == "1"),
            start_time: fields.optional_time("startTime")?,
            expire_time: fields.optional_time("expireTime")?,
            charging_mode: fields.optional("chargingMode", 8)?.map(|mode| ChargingMode::from_wire(&mode)),
            extend_params: take_extend_params(fields)?,
            amount: fields.optional("amount", LINEAR)?,
            disk_size: fields.optional("diskSize", LINEAR)?,
            band_width: fields.optional("bandWidth", LINEAR)?,
            period_type: fields.optional("periodType", PERIOD_TYPE)?,
            period_number: fields.optional("periodNumber", PERIOD_NUMBER)?,
            order_amount: fields.optional("orderAmount", 20)?,
            provision_type: fields.optional("provisionType", 8)?,
        })
    }

    /// V1 names no order line. Such a purchase is idempotent on its order alone; pay-per-use on order and product, because
    /// there each billing item of an order comes in a call of its own.
    pub fn order_line(&self, order_id: OrderId) -> OrderLine {
        let line = match (&self.charging_mode, &self.product_id) {
            (Some(ChargingMode::PayPerUse), Some(product_id)) => product_id.as_str(),
            _ => "",
        };
        OrderLine { order_id, order_line_id: OrderLineId::new(line) }
    }
}

pub const EXTEND_PARAMS: &str = "saasExtendParams";

/// What cannot be read stays where it is, among the unknown members.
pub(super) fn take_extend_params(fields: &mut Fields) -> Result<Vec<ExtendParam>, FieldError> {
    let Some(text) = fields.optional(EXTEND_PARAMS, 2048)? else { return Ok(Vec::new()) };
    Ok(extend_params(&text).unwrap_or_else(|| {
        fields.0.insert(EXTEND_PARAMS.to_owned(), text.into());
        Vec::new()
    }))
}

/// base64 of a JSON list; `None` where it is not.
pub fn extend_params(text: &str) -> Option<Vec<ExtendParam>> {
    STANDARD.decode(text).ok().and_then(|json| serde_json::from_slice(&json).ok())
}

fn any_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    })
}
