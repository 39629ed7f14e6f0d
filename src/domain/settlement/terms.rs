//! What the seller knows of a product and no call tells: its type, its category, its price, the seller's part. Kept per product and
//! specification, typed or read from a table. What a table is, is not known here: its rows come as fields.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::amount::{Percent, read_amount};

pub const MAX_TEXT: usize = 64;

/// 商品类型, as far as settlement and unsubscription tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductType {
    Image,
    Saas,
    License,
    /// 人工服务.
    Service,
    Hardware,
    Api,
    /// 应用编排.
    Orchestration,
    /// 数据资产, 数据文件.
    Data,
    /// AI资产, 容器, 内容服务.
    Content,
}

impl ProductType {
    pub const ALL: [Self; 9] = [
        Self::Image,
        Self::Saas,
        Self::License,
        Self::Service,
        Self::Hardware,
        Self::Api,
        Self::Orchestration,
        Self::Data,
        Self::Content,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Saas => "saas",
            Self::License => "license",
            Self::Service => "service",
            Self::Hardware => "hardware",
            Self::Api => "api",
            Self::Orchestration => "orchestration",
            Self::Data => "data",
            Self::Content => "content",
        }
    }

    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["镜像"],
            Self::Saas => &["SaaS", "软件即服务"],
            Self::License => &["License", "软件包"],
            Self::Service => &["人工服务"],
            Self::Hardware => &["硬件"],
            Self::Api => &["API"],
            Self::Orchestration => &["应用编排"],
            Self::Data => &["数据资产", "数据文件"],
            Self::Content => &["AI资产", "容器", "内容服务"],
        }
    }

    /// Whether every order of it goes through service supervision; of SaaS only where the product is marked so.
    pub const fn is_supervised(self) -> bool {
        matches!(self, Self::License | Self::Service | Self::Hardware | Self::Orchestration | Self::Data)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| named(text, known.name(), known.words()))
    }
}

/// 商品分类 for settlement: who gets what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// 通用商品: a platform fee.
    General,
    /// 联营, 严选, 华为自服务商品: a part that was agreed on.
    Joint,
}

impl Category {
    pub const ALL: [Self; 2] = [Self::General, Self::Joint];

    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Joint => "joint",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let words = |category| match category {
            Self::General => &["通用商品", "通用"][..],
            Self::Joint => &["联营商品", "联营", "严选", "严选商品"][..],
        };
        Self::ALL.into_iter().find(|known| named(text, known.name(), words(*known)))
    }
}

/// What a price is for, each time for one unit of the quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PricePer {
    /// 一次性: the order as such.
    #[default]
    Once,
    Year,
    Month,
    Day,
    /// 按需: a unit of usage.
    Usage,
}

impl PricePer {
    pub const ALL: [Self; 5] = [Self::Once, Self::Year, Self::Month, Self::Day, Self::Usage];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Usage => "usage",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let words = |per| match per {
            Self::Once => &["一次性", "按次", "次"][..],
            Self::Year => &["年"][..],
            Self::Month => &["月"][..],
            Self::Day => &["天", "日"][..],
            Self::Usage => &["用量", "按需"][..],
        };
        Self::ALL.into_iter().find(|known| named(text, known.name(), words(*known)))
    }
}

fn named(text: &str, name: &str, words: &[&str]) -> bool {
    let text = text.trim();
    text.eq_ignore_ascii_case(name) || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What is kept of a product, or of one of its specifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub product_id: String,
    /// `None` for every specification without a line of its own.
    pub sku_code: Option<String>,
    pub product_type: Option<ProductType>,
    pub category: Option<Category>,
    pub price: Option<Decimal>,
    pub per: PricePer,
    /// The seller's part; of a general product the platform fee holds instead.
    pub share: Option<Percent>,
    /// 是否涉及服务监管 of a SaaS product.
    pub supervised: Option<bool>,
}

impl Terms {
    pub fn new(product_id: impl Into<String>) -> Self {
        Self {
            product_id: product_id.into(),
            sku_code: None,
            product_type: None,
            category: None,
            price: None,
            per: PricePer::default(),
            share: None,
            supervised: None,
        }
    }
}

/// All of them, to be looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermsTable(HashMap<(String, String), Terms>);

impl TermsTable {
    pub fn new(lines: impl IntoIterator<Item = Terms>) -> Self {
        let keyed = |line: Terms| ((line.product_id.clone(), line.sku_code.clone().unwrap_or_default()), line);
        Self(lines.into_iter().map(keyed).collect())
    }

    /// A specification's line with what it leaves out taken from its product's.
    pub fn of(&self, product_id: Option<&str>, sku_code: Option<&str>) -> Option<Terms> {
        let product_id = product_id?;
        let line = |sku: &str| self.0.get(&(product_id.to_owned(), sku.to_owned()));
        let product = line("");
        let Some(own) = sku_code.filter(|sku| !sku.is_empty()).and_then(line) else { return product.cloned() };
        let Some(product) = product else { return Some(own.clone()) };
        let priced = if own.price.is_some() { own } else { product };
        Some(Terms {
            product_type: own.product_type.or(product.product_type),
            category: own.category.or(product.category),
            price: priced.price,
            per: priced.per,
            share: own.share.or(product.share),
            supervised: own.supervised.or(product.supervised),
            ..own.clone()
        })
    }
}

/// A column of a table of terms.
#[derive(Clone, Copy, Debug)]
pub struct TermsColumn {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
}

pub const COLUMNS: [TermsColumn; 8] = [
    TermsColumn { name: "productId", aliases: &["商品ID", "产品ID", "商品编码", "product"] },
    TermsColumn { name: "skuCode", aliases: &["规格", "规格编码", "SKU", "sku code"] },
    TermsColumn { name: "productType", aliases: &["商品类型", "type"] },
    TermsColumn { name: "category", aliases: &["商品分类", "合作模式"] },
    TermsColumn { name: "price", aliases: &["价格", "单价", "成交价"] },
    TermsColumn { name: "per", aliases: &["计价单位", "周期"] },
    TermsColumn { name: "share", aliases: &["分成", "分成比例", "成交价分成"] },
    TermsColumn { name: "supervised", aliases: &["是否涉及服务监管", "服务监管"] },
];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsProblem {
    #[error("productId is empty")]
    NoProduct,
    #[error("{column} is `{text}`, which is none of its values")]
    Malformed { column: &'static str, text: String },
}

/// What stands in the columns, in their order.
pub type TermsFields<'a> = [Option<&'a str>; 8];

pub fn read_line(fields: &TermsFields<'_>) -> Result<Terms, TermsProblem> {
    let [product_id, sku_code, product_type, category, price, per, share, supervised] = *fields;
    let product_id = product_id.filter(|id| id.chars().count() <= MAX_TEXT).ok_or(TermsProblem::NoProduct)?;
    if let Some(sku) = sku_code.filter(|sku| sku.chars().count() > MAX_TEXT) {
        return Err(malformed("skuCode", sku));
    }
    let price = field("price", price, |text| read_amount(text).filter(|price| *price >= Decimal::ZERO))?;
    Ok(Terms {
        product_id: product_id.to_owned(),
        sku_code: sku_code.map(str::to_owned),
        product_type: field("productType", product_type, ProductType::parse)?,
        category: field("category", category, Category::parse)?,
        price,
        per: field("per", per, PricePer::parse)?.unwrap_or_default(),
        share: field("share", share, Percent::parse)?,
        supervised: field("supervised", supervised, yes_or_no)?,
    })
}

fn field<T>(
    column: &'static str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, TermsProblem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    read(text).map(Some).ok_or_else(|| malformed(column, text))
}

fn malformed(column: &'static str, text: &str) -> TermsProblem {
    TermsProblem::Malformed { column, text: text.chars().take(MAX_TEXT).collect() }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "是" => Some(true),
        "no" | "false" | "0" | "否" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_in_the_consoles_words_and_in_ours() {
        let read = |fields: [&str; 8]| read_line(&fields.map(|text| Some(text).filter(|text| !text.is_empty())));
        let product = read(["P1", "", "镜像", "联营商品", "1,200", "年", "70%", "否"]).unwrap();
        assert_eq!(product.product_type, Some(ProductType::Image));
        assert_eq!((product.per, product.supervised), (PricePer::Year, Some(false)));
        let malformed = |column, text: &str| Err(TermsProblem::Malformed { column, text: text.to_owned() });
        for (fields, problem) in [
            (["", "", "", "", "", "", "", ""], Err(TermsProblem::NoProduct)),
            (["P2", "", "boat", "", "", "", "", ""], malformed("productType", "boat")),
            (["P2", "", "", "", "-1", "", "", ""], malformed("price", "-1")),
            (["P2", "", "", "", "", "", "101", ""], malformed("share", "101")),
        ] {
            assert_eq!(read(fields), problem);
        }
        let own = read(["P1", "s", "", "", "99.90", "month", "", ""]).unwrap();
        let table = TermsTable::new([product, own]);
        let own = table.of(Some("P1"), Some("s")).unwrap();
        assert_eq!((own.product_type, own.price), (Some(ProductType::Image), Some(Decimal::new(9990, 2))));
        assert_eq!(table.of(Some("P1"), Some("other")).unwrap().price, Some(Decimal::from(1200)));
        assert_eq!(table.of(Some("P9"), None), None);
    }
}
