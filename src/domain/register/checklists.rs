//! Listing checklists (上架流程): the way of a product to the shop by its kind, each step with its evidence, and the review at
//! its end. With them the products themselves are known: their kind, their category, whether they are on sale.

use jiff::civil::Date;

use super::{Choice, Context, Entry, Field, FieldType, ListedProduct, Register, Rule, vouchers::CATEGORIES};
use crate::domain::{
    console::ConsolePage,
    settlement::{Category, ProductType},
};

pub(super) const PAGE: ConsolePage = ConsolePage::Applications;
pub(super) const RELEASE_PAGE: ConsolePage = ConsolePage::Products;
const REVIEW_WORKING_DAYS: u32 = 3;
/// From here on a review takes longer, on one natural day.
const MANY_SUBMISSIONS: i64 = 10;

/// The image comes first: its way is told in full.
pub const PRODUCT_KINDS: &[Choice] = &[
    Choice::new("image", &["镜像"]),
    Choice::new("saas", &["SaaS"]),
    Choice::new("license-code", &["License授权码", "授权码"]),
    Choice::new("license-package", &["License软件包", "License"]),
    Choice::new("api", &["API", "Agents", "Agent"]),
    Choice::new("service", &["人工服务"]),
    Choice::new("hardware", &["硬件"]),
];

const KIND: &str = "productKind";
const EVERY: &[&str] = &["image", "saas", "license-code", "license-package", "api", "service", "hardware"];
/// Whose application can be withdrawn, where it is sold jointly.
const MAY_WITHDRAW: &[&str] = &["saas", "license-code", "license-package", "service"];

pub(super) static REGISTER: Register = Register {
    fields: &[
        Field::new("product", FieldType::Product, &["productId", "商品ID", "商品", "商品名称"]).required(),
        Field::new(KIND, FieldType::Choice(PRODUCT_KINDS), &["商品类型", "接入类型"]).required(),
        Field::new("category", FieldType::Choice(CATEGORIES), &["商品类别", "经营模式"]),
        Field::new("submittedOn", FieldType::Date, &["提交时间", "申请时间"]),
        Field::new("submittedThatDay", FieldType::Number, &["当日提交数"]),
        Field::new("seller", FieldType::Text, &["成为云商店商家", "入驻流程"]).step_of(KIND, EVERY),
        Field::new("certification", FieldType::Text, &["商业信息认证"]).step_of(KIND, EVERY),
        Field::new("privateImage", FieldType::Text, &["制作私有镜像"]).step_of(KIND, &["image"]),
        Field::new("imageAsset", FieldType::Text, &["发布镜像资产", "新增资产"]).step_of(KIND, &["image"]),
        Field::new("imageScan", FieldType::Text, &["安全扫描"]).step_of(KIND, &["image"]),
        Field::new("server", FieldType::Text, &["生产服务器"]).step_of(KIND, &["saas", "license-code"]),
        Field::new("debugging", FieldType::Text, &["应用接入调试"]).step_of(KIND, &["saas"]),
        Field::new("vulnerabilityScan", FieldType::Text, &["安全漏洞扫描"]).step_of(KIND, &["saas"]),
        Field::new("testCodes", FieldType::Text, &["申请测试授权码"]).step_of(KIND, &["license-code"]),
        Field::new("callbacks", FieldType::Text, &["回调调试"]).step_of(KIND, &["license-code"]),
        Field::new("package", FieldType::Text, &["上传软件包"]).step_of(KIND, &["license-package"]),
        Field::new("assetScan", FieldType::Text, &["资产安全扫描"]).step_of(KIND, &["license-package"]),
        Field::new("apiGroup", FieldType::Text, &["创建API分组", "注册Agent"]).step_of(KIND, &["api"]),
        Field::new("backendCheck", FieldType::Text, &["校验后端服务"]).step_of(KIND, &["api"]),
        Field::new("release", FieldType::Text, &["发布商品", "发布镜像商品"]).step_of(KIND, EVERY),
        Field::new("review", FieldType::Text, &["运营经理审核", "审核"]).step_of(KIND, EVERY),
        Field::new("listed", FieldType::Text, &["商品上架成功", "上架"]).step_of(KIND, EVERY),
        Field::new("note", FieldType::LongText, &["备注"]),
    ],
    states: &[
        Choice::new("preparing", &["准备", "准备中"]),
        Choice::new("draft", &["草稿"]),
        Choice::new("submitted", &["待审核"]),
        Choice::new("rejected", &["已驳回"]),
        Choice::new("approved", &["已通过"]),
        Choice::new("listed", &["在售"]),
        Choice::new("suspended", &["停售"]),
        Choice::new("delisted", &["退市"]),
    ],
    key: &["product"],
    columns: &["product", KIND, "category", "submittedOn"],
    page: PAGE,
    due,
    rules,
};

/// The steps of an entry's kind, in their order, and whether there is evidence of each.
pub fn steps(entry: &Entry) -> Vec<(&'static Field, bool)> {
    let of_kind = REGISTER.fields.iter().filter(|field| field.step && entry.shows(field));
    of_kind.map(|field| (field, entry.get(field.name).is_some())).collect()
}

fn due(entry: &Entry, context: &Context<'_>) -> Option<Date> {
    let submitted = entry.date("submittedOn").filter(|_| entry.state == "submitted")?;
    Some(context.workdays.after(submitted, REVIEW_WORKING_DAYS))
}

fn rules(entry: &Entry, context: &Context<'_>, found: &mut Vec<Rule>) {
    let state = entry.state.as_str();
    if matches!(state, "suspended" | "delisted") {
        return;
    }
    let steps = steps(entry);
    let done = steps.iter().filter(|(_, done)| *done).count();
    let next = steps.iter().find(|(_, done)| !done).map(|(field, _)| field.name);
    let is_listed = state == "listed";
    if let Some(step) = next {
        if is_listed {
            found.push(Rule::ChecklistIncomplete { open: steps.len() - done });
        } else {
            found.push(Rule::ChecklistNext { step: step.to_owned(), done, all: steps.len() });
            let later = steps.iter().skip_while(|(field, _)| field.name != step).find(|(_, done)| *done);
            if let Some((later, _)) = later {
                found.push(Rule::ChecklistSkipped { step: step.to_owned(), later: later.name.to_owned() });
            }
        }
    }
    if matches!(state, "draft" | "submitted" | "rejected") && entry.get("certification").is_none() {
        found.push(Rule::ChecklistNotCertified);
    }
    match state {
        "submitted" => under_review(entry, context, found),
        "rejected" => found.push(Rule::ChecklistRejected),
        _ => {}
    }
    let product = entry.get("product").and_then(|id| context.products.product(id));
    if let Some(product) = product {
        prices_differ(entry, product, found);
    }
    if let Some(product) = product.filter(|_| is_listed) {
        if product.unused_vouchers > 0 {
            found.push(Rule::ChecklistVouchers { unused: product.unused_vouchers });
        }
        if !product.has_contact {
            found.push(Rule::ChecklistNoContact);
        }
    }
}

/// Two places tell of a product's kind and category, and different rules go by either.
fn prices_differ(entry: &Entry, product: &ListedProduct, found: &mut Vec<Rule>) {
    let of_kind = |kind: &str| match kind {
        "license-code" | "license-package" => Some(ProductType::License),
        other => ProductType::parse(other),
    };
    let kind = entry
        .get(KIND)
        .filter(|kind| of_kind(kind).is_some_and(|kind| product.priced_type.is_some_and(|priced| priced != kind)));
    let priced = product.priced_category.map(Category::name);
    let category = entry.get("category").filter(|category| priced.is_some_and(|priced| priced != *category));
    for (field, here, priced) in
        [(KIND, kind, product.priced_type.map(ProductType::name)), ("category", category, priced)]
    {
        if let (Some(here), Some(priced)) = (here, priced) {
            let (field, here, priced) = (field.to_owned(), here.to_owned(), priced.to_owned());
            found.push(Rule::ChecklistPricesDiffer { field, here, priced });
        }
    }
}

fn under_review(entry: &Entry, context: &Context<'_>, found: &mut Vec<Rule>) {
    let many = entry.number("submittedThatDay") >= MANY_SUBMISSIONS;
    match due(entry, context) {
        None => found.push(Rule::ChecklistNoDate),
        Some(by) if by < context.today() && !many => found.push(Rule::ChecklistOverdue { by }),
        Some(by) => found.push(Rule::ChecklistWaiting { by }),
    }
    if let Some(submitted) = entry.date("submittedOn")
        && let Some(year) = context.workdays.unknown_year_after(submitted, REVIEW_WORKING_DAYS)
    {
        found.push(Rule::ChecklistHolidaysUnknown { year });
    }
    if many {
        found.push(Rule::ChecklistMany);
    }
    let kind = entry.get(KIND).unwrap_or_default();
    if entry.get("category") == Some("joint") && MAY_WITHDRAW.contains(&kind) {
        found.push(Rule::ChecklistMayWithdraw);
    }
}
