//! Limits from the rows of a table. What a table is, is not known here: its rows come as numbered fields.

use std::collections::HashMap;

use super::{Limit, LimitKey, MAX_QUANTITY, MAX_TEXT, Times};

/// One row: productId, skuCode, times, quantity.
pub type LimitFields<'a> = [Option<&'a str>; 4];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitProblem {
    #[error("productId is missing")]
    NoProduct,
    #[error("{column} has {length} characters; at most {MAX_TEXT} are taken")]
    TooLong { column: &'static str, length: usize },
    #[error("times is `{0}`; it is one of none, once, until-expiry")]
    NoTimes(String),
    #[error("quantity is `{0}`; it is a whole number from 1 to {MAX_QUANTITY}, or nothing")]
    NoQuantity(String),
    #[error("neither times nor quantity is there; write `none` where nothing is limited")]
    LimitsNothing,
    #[error("the same product and specification stand in line {0} already")]
    Repeated(usize),
}

/// What rows turned out to be. They are to be taken only where there is no problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadLimits {
    /// By row.
    pub limits: Vec<(usize, Limit)>,
    /// By row; a row can have several.
    pub problems: Vec<(usize, LimitProblem)>,
}

pub fn read_rows<'a>(rows: impl IntoIterator<Item = (usize, LimitFields<'a>)>) -> ReadLimits {
    let mut read = ReadLimits::default();
    let mut seen: HashMap<LimitKey, usize> = HashMap::new();
    for (number, fields) in rows {
        match Limit::parse(fields) {
            Ok(limit) => match seen.get(&limit.key) {
                Some(first) => read.problems.push((number, LimitProblem::Repeated(*first))),
                None => {
                    seen.insert(limit.key.clone(), number);
                    read.limits.push((number, limit));
                }
            },
            Err(problems) => read.problems.extend(problems.into_iter().map(|problem| (number, problem))),
        }
    }
    read
}

impl Limit {
    /// From texts, as typed or as they stand in a row. Everything that is wrong is told at once.
    pub fn parse(fields: LimitFields<'_>) -> Result<Self, Vec<LimitProblem>> {
        let [product, sku, times, quantity] = fields.map(|field| field.map(str::trim).filter(|text| !text.is_empty()));
        let mut problems = Vec::new();
        let mut bounded = |column, text: Option<&str>| {
            let length = text.map_or(0, |text| text.chars().count());
            if length > MAX_TEXT {
                problems.push(LimitProblem::TooLong { column, length });
            }
        };
        bounded("productId", product);
        bounded("skuCode", sku);
        if product.is_none() {
            problems.push(LimitProblem::NoProduct);
        }
        if times.is_none() && quantity.is_none() {
            problems.push(LimitProblem::LimitsNothing);
        }
        let shown = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
        let times = times.map(|text| parse_times(text).ok_or_else(|| LimitProblem::NoTimes(shown(text)))).transpose();
        let quantity =
            quantity.map(|text| parse_quantity(text).ok_or_else(|| LimitProblem::NoQuantity(shown(text)))).transpose();
        match (product, times, quantity) {
            (Some(product), Ok(times), Ok(quantity)) if problems.is_empty() => Ok(Self {
                key: LimitKey { product_id: product.to_owned(), sku_code: sku.map(str::to_owned) },
                times: times.unwrap_or_default(),
                quantity,
            }),
            (_, times, quantity) => {
                problems.extend(times.err());
                problems.extend(quantity.err());
                Err(problems)
            }
        }
    }

    /// As a row that [`Limit::parse`] reads back.
    pub fn fields(&self) -> [String; 4] {
        [
            self.key.product_id.clone(),
            self.key.sku_code.clone().unwrap_or_default(),
            self.times.name().to_owned(),
            self.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
        ]
    }
}

/// The names, and the console's words.
fn parse_times(text: &str) -> Option<Times> {
    let text = text.to_lowercase().replace(['_', ' '], "-");
    match text.as_str() {
        "none" | "-" | "no" | "0" | "不限" | "不限购" | "无" | "不限制" => Some(Times::None),
        "once" | "1" | "仅能购买1次" | "仅能购买一次" | "限购1次" | "限购一次" | "1次" => {
            Some(Times::Once)
        }
        "until-expiry" | "untilexpiry" | "资源到期前限购" => Some(Times::UntilExpiry),
        _ => None,
    }
}

/// A spreadsheet may write `5.0`.
fn parse_quantity(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|quantity| digits && (1..=MAX_QUANTITY).contains(quantity))
}
