//! How settlement's lists are told: the lines of a month, the differences to a bill, products' terms.

use serde_json::{Value, json};

use crate::{
    domain::{
        console::ConsolePage,
        settlement::{Assumption, Billed, Block, Category, Compared, Line, ProductType, Standing, Waiting, money},
    },
    protocol::open_api::order::{ChargingMode, OrderType},
    store::KeptTerms,
};

pub const SETTLEMENT: &[&str] = &[
    "state",
    "orderId",
    "orderLineId",
    "kind",
    "orderType",
    "chargingMode",
    "productId",
    "skuCode",
    "productName",
    "productType",
    "customerName",
    "orderedAt",
    "month",
    "enteredAt",
    "carriedFrom",
    "rule",
    "blocks",
    "amount",
    "basis",
    "settlementAmount",
    "fee",
    "split",
    "assumptions",
];

/// A line that is billed in the month.
pub fn settled(billed: &Billed) -> Value {
    line("billed", &billed.line, &[], billed.carried_from.map(|month| month.to_string()))
}

/// A line that waits.
pub fn waiting(waiting: &Waiting) -> Value {
    line("waiting", &waiting.line, &waiting.blocks, None)
}

fn line(state: &str, line: &Line, blocks: &[Block], carried_from: Option<String>) -> Value {
    let (month, at, rule) = match &line.standing {
        Standing::Enters { month, at, rule } => (Some(month.to_string()), Some(at.to_string()), Some(rule.name())),
        Standing::Blocked(_) | Standing::Never(_) => (None, None, None),
    };
    let amount = |amount: Option<_>| amount.map(money);
    json!({
        "state": state,
        "orderId": line.order.order_id,
        "orderLineId": line.order.order_line_id,
        "kind": line.kind.name(),
        "orderType": line.order_type.as_ref().map(OrderType::as_wire),
        "chargingMode": line.charging_mode.as_ref().map(ChargingMode::as_wire),
        "productId": line.product_id,
        "skuCode": line.sku_code,
        "productName": line.product_name,
        "productType": line.product_type.map(ProductType::name),
        "customerName": line.customer,
        "orderedAt": line.ordered_at.to_string(),
        "month": month,
        "enteredAt": at,
        "carriedFrom": carried_from,
        "rule": rule,
        "blocks": blocks.iter().map(Block::name).collect::<Value>(),
        "amount": amount(line.priced.amount),
        "basis": line.priced.basis.name(),
        "settlementAmount": amount(line.priced.share),
        "fee": amount(line.priced.fee()),
        "split": line.priced.split.name(),
        "assumptions": line.assumptions.iter().map(|assumed: &Assumption| assumed.name()).collect::<Value>(),
    })
}

pub const BILL_DIFFERENCE: &[&str] = &[
    "verdict",
    "orderId",
    "productName",
    "customerName",
    "amount",
    "billAmount",
    "settlementAmount",
    "billSettlementAmount",
    "otherMonth",
    "why",
];

pub fn compared(compared: &Compared) -> Value {
    use crate::domain::settlement::Verdict;
    let other_month = match &compared.verdict {
        Verdict::OtherMonth(month) => Some(month.to_string()),
        _ => None,
    };
    let why: Vec<&str> = match &compared.verdict {
        Verdict::StillBlocked(blocks) | Verdict::Waits(blocks) => blocks.iter().map(Block::name).collect(),
        Verdict::NotExpected(never) => vec![never.name()],
        _ => Vec::new(),
    };
    json!({
        "verdict": compared.verdict.name(),
        "orderId": compared.order_id,
        "productName": compared.product,
        "customerName": compared.customer,
        "amount": compared.our_amount.map(money),
        "billAmount": compared.bill_amount.map(money),
        "settlementAmount": compared.our_share.map(money),
        "billSettlementAmount": compared.bill_share.map(money),
        "otherMonth": other_month,
        "why": why,
        "page": compared.verdict.page().map(ConsolePage::menu),
    })
}

pub const TERMS: &[&str] = &[
    "productId",
    "skuCode",
    "productType",
    "category",
    "price",
    "per",
    "share",
    "supervised",
    "changedBy",
    "changedAt",
];

/// All but the last two are what an import takes back.
pub fn settlement_terms(kept: &KeptTerms) -> Value {
    let terms = &kept.terms;
    json!({
        "productId": terms.product_id,
        "skuCode": terms.sku_code,
        "productType": terms.product_type.map(ProductType::name),
        "category": terms.category.map(Category::name),
        "price": terms.price.map(|price| price.to_string()),
        "per": terms.per.name(),
        "share": terms.share.map(|share| share.to_string()),
        "supervised": terms.supervised.map(|supervised| if supervised { "yes" } else { "no" }),
        "changedBy": kept.changed_by,
        "changedAt": kept.changed_at.to_string(),
    })
}
