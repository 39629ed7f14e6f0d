//! What a table, such as the console's order export, says of an order line, beside what calls and the order query told: a table
//! fills in what they left out and never takes their place, and all of it can be taken back. Knows no file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Order, OrderStatus, PaymentStatus};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, OrderId, OrderLineId},
    open_api::order::{ChargingMode, OrderType},
};

/// What can be told of an order line beside its ids, by the name that it has as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderField {
    OrderType,
    ChargingMode,
    CreateTime,
    ExpireTime,
    PeriodType,
    PeriodNumber,
    ProductId,
    SkuCode,
    ProductName,
    LinearValue,
    OrderAmount,
    CustomerId,
    CustomerName,
    InstanceId,
    /// 订单状态, which the console alone tells.
    OrderStatus,
    /// 服务监管状态, likewise.
    SupervisionStatus,
    /// 付费状态 of 交易明细, likewise.
    PaymentStatus,
    /// 客户还款状态 of a customer on credit, likewise.
    RepaymentStatus,
}

impl OrderField {
    pub const ALL: [Self; 18] = [
        Self::OrderType,
        Self::ChargingMode,
        Self::CreateTime,
        Self::ExpireTime,
        Self::PeriodType,
        Self::PeriodNumber,
        Self::ProductId,
        Self::SkuCode,
        Self::ProductName,
        Self::LinearValue,
        Self::OrderAmount,
        Self::CustomerId,
        Self::CustomerName,
        Self::InstanceId,
        Self::OrderStatus,
        Self::SupervisionStatus,
        Self::PaymentStatus,
        Self::RepaymentStatus,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderType => "orderType",
            Self::ChargingMode => "chargingMode",
            Self::CreateTime => "createTime",
            Self::ExpireTime => "expireTime",
            Self::PeriodType => "periodType",
            Self::PeriodNumber => "periodNumber",
            Self::ProductId => "productId",
            Self::SkuCode => "skuCode",
            Self::ProductName => "productName",
            Self::LinearValue => "linearValue",
            Self::OrderAmount => "orderAmount",
            Self::CustomerId => "customerId",
            Self::CustomerName => "customerName",
            Self::InstanceId => "instanceId",
            Self::OrderStatus => "orderStatus",
            Self::SupervisionStatus => "supervisionStatus",
            Self::PaymentStatus => "paymentStatus",
            Self::RepaymentStatus => "repaymentStatus",
        }
    }
}

/// Values as texts: wire words, whole numbers, times as milliseconds.
pub type ToldFields = BTreeMap<OrderField, String>;

/// A row of a table that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedOrder {
    pub order_id: OrderId,
    /// Most tables name the order alone.
    pub order_line_id: Option<OrderLineId>,
    pub told: ToldFields,
}

/// What becomes of a row, given the lines that are known of its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFate {
    /// Nothing is known of it.
    New,
    /// It belongs to a line that is known. What the line has already stays, where the table says something else too.
    Joins { fills: Vec<OrderField>, differs: Vec<OrderField> },
    /// The order has so many lines, and the row does not say which of them it is.
    Ambiguous { lines: usize },
}

impl ImportedOrder {
    /// The line that the row is about; `None` where it begins a line.
    pub fn line_among<'a>(&self, lines: &'a [Order]) -> Result<Option<&'a Order>, RowFate> {
        let nameless = |line: &&Order| line.order.order_line_id.as_str().is_empty();
        match &self.order_line_id {
            Some(id) => {
                let named = lines.iter().find(|line| line.order.order_line_id == *id);
                Ok(named.or_else(|| lines.iter().find(nameless)))
            }
            None => match lines {
                [] => Ok(None),
                [line] => Ok(Some(line)),
                several => Err(RowFate::Ambiguous { lines: several.len() }),
            },
        }
    }

    pub fn fate(&self, lines: &[Order]) -> RowFate {
        let line = match self.line_among(lines) {
            Ok(Some(line)) => line,
            Ok(None) => return RowFate::New,
            Err(ambiguous) => return ambiguous,
        };
        // What an earlier table told gives way to this one.
        let wire = line.clone().without_import();
        let (mut fills, mut differs) = (Vec::new(), Vec::new());
        for (field, value) in &self.told {
            match wire.field(*field) {
                Some(known) if known != *value => differs.push(*field),
                None if line.field(*field).as_ref() != Some(value) => fills.push(*field),
                Some(_) | None => {}
            }
        }
        RowFate::Joins { fills, differs }
    }
}

impl Order {
    /// Whether a table alone told of it.
    pub const fn is_only_imported(&self) -> bool {
        self.imported_at.is_some() && self.called_at.is_none() && self.queried_at.is_none()
    }

    /// A value as a text.
    pub fn field(&self, field: OrderField) -> Option<String> {
        let time = |time: Option<UnixMillis>| time.map(|time| time.0.to_string());
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        match field {
            OrderField::OrderType => self.order_type.as_ref().map(|kind| kind.as_wire().to_owned()),
            OrderField::ChargingMode => self.charging_mode.as_ref().map(|mode| mode.as_wire().to_owned()),
            OrderField::CreateTime => time(self.create_time),
            OrderField::ExpireTime => time(self.expire_time),
            OrderField::PeriodType => self.period_type.clone(),
            OrderField::PeriodNumber => number(self.period_number),
            OrderField::ProductId => self.product_id.clone(),
            OrderField::SkuCode => self.sku_code.clone(),
            OrderField::ProductName => self.product_name.clone(),
            OrderField::LinearValue => number(self.quantity),
            OrderField::OrderAmount => self.order_amount.clone(),
            OrderField::CustomerId => self.customer_id.clone(),
            OrderField::CustomerName => self.customer_name.clone(),
            OrderField::InstanceId => self.instance_id.as_ref().map(|id| id.as_str().to_owned()),
            OrderField::OrderStatus => self.order_status.as_ref().map(|status| status.word().to_owned()),
            OrderField::SupervisionStatus => self.supervision_status.clone(),
            OrderField::PaymentStatus => self.payment_status.as_ref().map(|status| status.word().to_owned()),
            OrderField::RepaymentStatus => self.repayment_status.as_ref().map(|status| status.word().to_owned()),
        }
    }

    fn set(&mut self, field: OrderField, value: Option<&str>) {
        let text = value.map(str::to_owned);
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match field {
            OrderField::OrderType => self.order_type = value.map(OrderType::from_wire),
            OrderField::ChargingMode => self.charging_mode = value.map(ChargingMode::from_wire),
            OrderField::CreateTime => self.create_time = number().map(UnixMillis),
            OrderField::ExpireTime => self.expire_time = number().map(UnixMillis),
            OrderField::PeriodType => self.period_type = text,
            OrderField::PeriodNumber => self.period_number = number(),
            OrderField::ProductId => self.product_id = text,
            OrderField::SkuCode => self.sku_code = text,
            OrderField::ProductName => self.product_name = text,
            OrderField::LinearValue => self.quantity = number(),
            OrderField::OrderAmount => self.order_amount = text,
            OrderField::CustomerId => self.customer_id = text,
            OrderField::CustomerName => self.customer_name = text,
            OrderField::InstanceId => self.instance_id = value.map(InstanceId::new),
            OrderField::OrderStatus => self.order_status = value.map(OrderStatus::from_word),
            OrderField::SupervisionStatus => self.supervision_status = text,
            OrderField::PaymentStatus => self.payment_status = value.map(PaymentStatus::from_word),
            OrderField::RepaymentStatus => self.repayment_status = value.map(PaymentStatus::from_word),
        }
    }

    /// What calls and the order query told, alone.
    #[must_use]
    pub fn without_import(mut self) -> Self {
        for field in std::mem::take(&mut self.imported) {
            self.set(field, None);
        }
        self.imported_at = None;
        self
    }

    /// With what tables say, the newest first, where nothing else is known.
    #[must_use]
    pub fn with_import<'a>(mut self, tables: impl IntoIterator<Item = &'a ToldFields>, at: UnixMillis) -> Self {
        self.imported_at = Some(at);
        for (field, value) in tables.into_iter().flatten() {
            if self.field(*field).is_none() {
                self.set(*field, Some(value));
                self.imported.insert(*field);
            }
        }
        self
    }

    /// What only tables told.
    pub(super) fn imported_fields(&self) -> ToldFields {
        self.imported.iter().filter_map(|field| Some((*field, self.field(*field)?))).collect()
    }
}

/// The names of fields, as they are kept.
pub fn field_names(fields: &BTreeSet<OrderField>) -> Vec<&'static str> {
    fields.iter().map(|field| field.name()).collect()
}

/// 订单类型 as the console writes it in either language; other words stay what they are.
pub fn order_type_of(word: &str) -> OrderType {
    match word.to_lowercase().as_str() {
        "新购" | "订购" | "购买" | "开通" | "subscription" | "new purchase" | "new" => OrderType::New,
        "试用" | "trial use" | "trial" => OrderType::Trial,
        "试用转正" | "试用转商用" | "change from trial use to commercial use" => OrderType::TrialToFormal,
        "续费" | "续订" | "renewal" | "renew" => OrderType::Renew,
        "变更" | "升级" | "变更、升级" | "变更/升级" | "升级变更" | "change" | "upgrade" | "change and upgrade" => {
            OrderType::Change
        }
        "退订" | "unsubscription" | "unsubscribe" => OrderType::Unsubscribe,
        _ => OrderType::from_wire(word),
    }
}

/// 计费模式 likewise.
pub fn charging_mode_of(word: &str) -> ChargingMode {
    match word.to_lowercase().as_str() {
        "按需" | "按需计费" | "pay-per-use" => ChargingMode::OnDemand,
        "一次性" | "按次" | "一次性/按次" | "one-time" | "once" => ChargingMode::OneTime,
        "包周期" | "包年" | "包月" | "包年/包月" | "包年包月" | "yearly/monthly" | "period" => {
            ChargingMode::Period
        }
        "按需套餐包" | "套餐包" | "package" | "pay-per-use package" => ChargingMode::OnDemandPackage,
        _ => ChargingMode::from_wire(word),
    }
}

/// A duration such as `1年`, `12个月`, `3 months`: its number, and its unit as the order query says it.
pub fn period_of(text: &str) -> Option<(i64, &'static str)> {
    let text = text.trim().to_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let unit = match unit.trim() {
        "年" | "year" | "years" => "year",
        "月" | "个月" | "month" | "months" => "month",
        "天" | "日" | "day" | "days" => "day",
        _ => return None,
    };
    Some((number.parse().ok().filter(|number| *number > 0)?, unit))
}

#[cfg(test)]
mod tests;
