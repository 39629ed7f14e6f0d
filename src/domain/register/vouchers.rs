//! Vouchers (代金券): what each is for, until when, and how many are out. One fits products of one category, and lapses when
//! its product changes to the other.

use jiff::{ToSpan as _, civil::Date};

use super::{Choice, Context, Entry, Field, FieldType, ListedProduct, Register, Rule};
use crate::domain::console::ConsolePage;

pub(super) const PAGE: ConsolePage = ConsolePage::Vouchers;
/// A habit of Sellerdesk: the pages tell of no reminder.
const REMIND_DAYS: i64 = 7;

/// 适用产品 of a voucher, and what a product is sold as.
pub(super) const CATEGORIES: &[Choice] =
    &[Choice::new("joint", &["联营商品", "联营"]), Choice::new("general", &["通用商品", "通用"])];

pub(super) static REGISTER: Register = Register {
    fields: &[
        Field::new("name", FieldType::Text, &["名称", "代金券名称", "代金券"]).required(),
        Field::new("category", FieldType::Choice(CATEGORIES), &["适用产品", "商品类别"]).required(),
        Field::new("product", FieldType::Product, &["productId", "商品ID", "商品"]),
        // The page names none; these are the modes in which orders are charged.
        Field::new(
            "billing",
            FieldType::Choice(&[
                Choice::new("period", &["包周期"]),
                Choice::new("one-time", &["一次性", "按次"]),
                Choice::new("on-demand", &["按需"]),
                Choice::new("package", &["按需套餐包"]),
            ]),
            &["计费类型"],
        ),
        Field::new("faceValue", FieldType::Text, &["面值", "金额"]),
        Field::new("issued", FieldType::Number, &["发布数量", "数量"]),
        Field::new("claimed", FieldType::Number, &["领取数量", "已领取"]),
        Field::new("used", FieldType::Number, &["使用数量", "已使用"]),
        Field::new("validFrom", FieldType::Date, &["生效时间", "开始时间"]),
        Field::new("validUntil", FieldType::Date, &["失效时间", "结束时间", "有效期至"]),
        Field::new("note", FieldType::LongText, &["备注"]),
    ],
    states: &[
        Choice::new("published", &["生效", "已发布"]),
        Choice::new("voided", &["作废", "已作废"]),
        Choice::new("expired", &["过期", "已过期"]),
    ],
    key: &["name"],
    columns: &["name", "category", "product", "validUntil"],
    page: PAGE,
    due,
    rules,
};

/// Given out, whether claimed or not, and not used. Of voided ones only those that were claimed.
pub(super) fn unused(entry: &Entry) -> i64 {
    let out = match entry.state.as_str() {
        "published" => entry.number("issued").max(entry.number("claimed")),
        "voided" => entry.number("claimed"),
        _ => 0,
    };
    (out - entry.number("used")).max(0)
}

fn due(entry: &Entry, _: &Context<'_>) -> Option<Date> {
    entry.date("validUntil").filter(|_| entry.state == "published")
}

fn rules(entry: &Entry, context: &Context<'_>, found: &mut Vec<Rule>) {
    let unused = unused(entry);
    let product = entry.get("product").and_then(|id| context.products.product(id));
    if entry.state != "expired"
        && let Some(now) = product.and_then(ListedProduct::sold_as)
        && let Some(category) = entry.get("category").filter(|category| *category != now)
    {
        found.push(Rule::VoucherLapsed { category: category.to_owned(), now: now.to_owned() });
    }
    if unused > 0 && product.is_some_and(|product| product.delisted) {
        found.push(Rule::VoucherDelisted { unused });
    }
    if let Some(on) = due(entry, context) {
        if on < context.today() {
            found.push(Rule::VoucherExpired { on });
        } else if context.today().checked_add(REMIND_DAYS.days()).is_ok_and(|soon| on <= soon) {
            found.push(Rule::VoucherExpiresSoon { on });
        }
    }
    if entry.state == "voided" && unused > 0 {
        found.push(Rule::VoucherStillUsable { left: unused });
    }
    let (issued, claimed, used) = (entry.number("issued"), entry.number("claimed"), entry.number("used"));
    let told = |field| entry.get(field).is_some();
    if (told("issued") && claimed > issued) || (told("claimed") && used > claimed) {
        found.push(Rule::VoucherCounts { issued, claimed, used });
    }
}
