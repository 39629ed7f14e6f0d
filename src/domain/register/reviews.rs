//! Reviews (商品评价): what buyers wrote and what was answered. A sent reply is not edited: it is deleted, and the review
//! answered anew.

use jiff::{ToSpan as _, civil::Date};

use super::{Choice, Context, Entry, Field, FieldType, Register, Rule};
use crate::domain::console::ConsolePage;

pub(super) const PAGE: ConsolePage = ConsolePage::Reviews;
/// A habit of Sellerdesk: the pages name no time in which to answer.
const ANSWER_DAYS: i64 = 3;

pub(super) static REGISTER: Register = Register {
    fields: &[
        Field::new("product", FieldType::Product, &["productId", "商品ID", "商品", "商品名称"]).required(),
        Field::new("buyer", FieldType::Text, &["买家", "客户名称", "用户名", "客户账号"]),
        Field::new("orderId", FieldType::Text, &["订单号"]),
        Field::new("date", FieldType::Date, &["评价时间", "时间", "日期"]).required(),
        Field::new("text", FieldType::LongText, &["评价内容", "评价"]).required(),
        Field::new("reply", FieldType::LongText, &["回复内容", "回复"]),
        Field::new("repliedOn", FieldType::Date, &["回复时间"]),
        Field::new("remindOn", FieldType::Date, &["提醒日期"]),
    ],
    states: &[Choice::new("unanswered", &["未回复"]), Choice::new("answered", &["已回复"])],
    key: &["product", "orderId", "buyer", "date"],
    columns: &["product", "buyer", "text", "date"],
    page: PAGE,
    due,
    rules,
};

/// The day that the operator chose to be reminded, else some days after the review.
fn due(entry: &Entry, _: &Context<'_>) -> Option<Date> {
    if entry.state != "unanswered" {
        return None;
    }
    let usual = || entry.date("date")?.checked_add(ANSWER_DAYS.days()).ok();
    entry.date("remindOn").or_else(usual)
}

fn rules(entry: &Entry, context: &Context<'_>, found: &mut Vec<Rule>) {
    let today = context.today();
    if entry.state == "answered" {
        if entry.get("reply").is_none() {
            found.push(Rule::ReviewNoReply);
        }
        return;
    }
    if entry.get("reply").is_some() {
        found.push(Rule::ReviewNotSent);
    }
    match due(entry, context) {
        Some(by) if by < today => found.push(Rule::ReviewOverdue { by }),
        _ => {
            let days = entry.date("date").map_or(0, |date| (today - date).get_days());
            found.push(Rule::ReviewUnanswered { days: days.max(0) });
        }
    }
}
