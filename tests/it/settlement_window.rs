//! Settlement in the window, in both languages: a month's estimate, a bill brought in and held against it, prices, the order's
//! detail, and the calculator.

use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    desk::ReceivedCall,
    domain::{
        World,
        settlement::{Category, PricePer, ProductType, Terms, read_amount},
        supervision::SupervisionFacts,
    },
    protocol::{callback::v1, id::OrderId},
};

use crate::support::{
    app::TEMPLATE,
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    place: &'static str,
    tab: &'static str,
    total: &'static str,
    waits: &'static str,
    assumed: &'static str,
    paid: &'static str,
    bill: &'static str,
    no_bill: &'static str,
    import: &'static str,
    file: &'static str,
    read: &'static str,
    enter: &'static str,
    done: &'static str,
    close: &'static str,
    summary: &'static str,
    missing: &'static str,
    differs: &'static str,
    unknown: &'static str,
    query: &'static str,
    no_key: &'static str,
    enters: &'static str,
    unsubscribe: &'static str,
    prices: &'static str,
    add: &'static str,
    price: &'static str,
    share: &'static str,
    save: &'static str,
    upgrade: &'static str,
    old: &'static str,
    new: &'static str,
    on: &'static str,
    expires: &'static str,
    pays: &'static str,
    settings: &'static str,
    fee: &'static str,
    month: &'static str,
    before: &'static str,
    nothing: &'static str,
    ahead: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    place: "Orders",
    tab: "Settlement (结算)",
    total: "6200.00",
    waits: "Blocked until supervision is done; next: 确认需求 (confirm the request)",
    assumed: "What the figures rest on",
    paid: "Orders of which no table tells are paid",
    bill: "Bill",
    no_bill: "No bill of 2026-11 was imported",
    import: "Import bill…",
    file: "File (.csv or .xlsx)",
    read: "Read file",
    enter: "Import 3 rows",
    done: "3 of 3 rows were imported",
    close: "Close",
    summary: "Lines in the bill: 3; orders that agree: 1, that differ: 3",
    missing: "Missing CS2411240003",
    differs: "Amount differs CS2411240002",
    unknown: "Not ours CS2411249999",
    query: "Query this order",
    no_key: "AK and SK are not set",
    enters: "Billing month 2026-11",
    unsubscribe: "The published table does not tell of this row",
    prices: "Prices",
    add: "Add price…",
    price: "Price",
    share: "Seller's part, %",
    save: "Save",
    upgrade: "Upgrade price",
    old: "Old price",
    new: "New price",
    on: "Changed on (empty: today)",
    expires: "Expires on",
    pays: "The buyer pays 4935.48",
    settings: "Settings",
    fee: "Platform fee of general products (通用商品), %",
    month: "Month",
    before: "Month before",
    nothing: "Nothing is billed in this month",
    ahead: "A renewal that is not in effect yet: it enters at 2026-11-28",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    place: "订单",
    tab: "结算",
    total: "6200.00",
    waits: "服务监管完成前不计入；下一步：",
    assumed: "金额的前提",
    paid: "视为已付清",
    bill: "账单核对",
    no_bill: "尚未导入 2026-11 的账单",
    import: "导入账单…",
    file: "文件（.csv 或 .xlsx）",
    read: "读取文件",
    enter: "导入 3 行",
    done: "已导入 3 行中的 3 行",
    close: "关闭",
    summary: "账单 3 条；1 个订单一致，3 个有差异",
    missing: "账单缺少 CS2411240003",
    differs: "金额不符 CS2411240002",
    unknown: "未知订单 CS2411249999",
    query: "查询此订单",
    no_key: "尚未设置 AK 和 SK",
    enters: "账期 2026-11",
    unsubscribe: "公开的规则表没有该行",
    prices: "商品价格",
    add: "添加价格…",
    price: "价格",
    share: "商家分成（%）",
    save: "保存",
    upgrade: "升级价格",
    old: "老配置价格",
    new: "新配置价格",
    on: "变更日期（空为今天）",
    expires: "到期日期",
    pays: "客户应付 4935.48",
    settings: "设置",
    fee: "通用商品平台服务费（%）",
    month: "月份",
    before: "上月",
    nothing: "本月没有出账的订单",
    ahead: "续费尚未生效：2026-11-28",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// Calls of V1, which name customer, product and, where it is told, the amount.
fn buy(stage: &Stage, order: &str, product: &str, amount: &str) {
    stage.advance(Duration::from_secs(60));
    let query = format!(
        "activity=newInstance&businessId={order}&customerId=c-1&customerName=云上办公客户&orderId={order}&productId={product}\
         &skuCode=sku-1&chargingMode=1&periodType=year&periodNumber=1&amount=1&expireTime=20271124000000&{amount}\
         timeStamp=20261124023000000"
    );
    call(stage, query);
}

fn call(stage: &Stage, query: String) {
    let callback = v1::parse(&query).unwrap();
    let received = ReceivedCall { callback, nonce: None, query, body: String::new() };
    let config = stage.desk.config();
    let answer = stage.runtime().block_on(stage.desk.answer(config.endpoint("main").unwrap(), received)).unwrap();
    assert_eq!(answer.result_code.to_string(), "000000");
}

/// Three orders that are opened, and one under supervision.
fn stage(words: &Words) -> Stage {
    let stage = Stage::new(words.language, words.theme, TEMPLATE);
    buy(&stage, "CS2411240001", "OFFI1", "orderAmount=5000.00&");
    buy(&stage, "CS2411240002", "OFFI1", "");
    buy(&stage, "CS2411240003", "OFFI2", "");
    buy(&stage, "CS2411240004", "OFFI2", "");
    let terms = Terms {
        product_type: Some(ProductType::Saas),
        category: Some(Category::General),
        price: read_amount("1200"),
        per: PricePer::Year,
        ..Terms::new("OFFI1")
    };
    let facts = SupervisionFacts { requested_at: Some(stage.desk.now()), ..SupervisionFacts::default() };
    stage.runtime().block_on(async {
        stage.desk.put_settlement_terms(vec![terms]).await.unwrap();
        stage.desk.note_supervision(World::Live, OrderId::new("CS2411240004"), Some(facts)).await.unwrap();
    });
    stage
}

fn open(words: &Words) -> Window {
    let mut window = stage(words).open();
    window.click(words.place);
    window.click(words.tab);
    window.wait_for("CS2411240001");
    window
}

#[test]
fn a_paid_renewal_stands_in_its_month_and_is_said_to_be_ahead() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE);
        let order = |activity: &str, order: &str, expires: &str| {
            format!(
                "activity={activity}&businessId=i-1&instanceId=i-1&customerId=c-1&orderId={order}&productId=OFFI1\
                 &skuCode=sku-1&chargingMode=1&periodType=month&periodNumber=1&amount=1&orderAmount=5000.00\
                 &expireTime={expires}000000&timeStamp=20261124023000000"
            )
        };
        call(&stage, order("newInstance", "CS2411240001", "20261128"));
        stage.advance(Duration::from_secs(60));
        call(&stage, order("refreshInstance", "CS2411240002", "20261228"));
        let mut window = stage.open();
        window.click(words.place);
        window.click(words.tab);
        window.wait_for("CS2411240002");
        window.wait_for(words.ahead);
        assert!(window.sees("10000.00"), "both are billed in November");
    }
}

/// As the console may export it: a title, its own words, one order less and one more, one amount another.
const BILL: &str = "账单详单 2026-11\n账期,订单号,商品名称,交易金额,结算金额\n202611,CS2411240001,办公,\"5,000.00\",4750.00\n\
                    202611,CS2411240002,办公,1100.00,1045.00\n202611,CS2411249999,办公,10.00,9.50\n";

#[test]
fn a_month_is_estimated_and_a_bill_held_against_it() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bill.csv");
        std::fs::write(&file, encoding_rs::GBK.encode(BILL).0).unwrap();
        let mut window = open(words);
        window.wait_for(words.total);
        window.wait_for(words.waits);
        window.snapshot(&format!("settlement-month-{}", words.language));
        window.click(words.assumed);
        window.wait_for(words.paid);
        window.click(words.before);
        window.wait_for(words.nothing);
        window.click(words.bill);
        window.click(words.month);
        window.click(words.bill);
        // The month that is chosen stays.
        window.harness.query_all_by_label_contains("2026-10").next().unwrap();
        window.harness.get_by_label(if words.language == "en" { "Month after" } else { "下月" }).click();
        window.harness.run_steps(3);
        window.wait_for(words.no_bill);
        window.snapshot(&format!("settlement-no-bill-{}", words.language));
        window.click(words.import);
        window.fill_in(words.file, &file.display().to_string());
        window.click(words.read);
        window.click(words.enter);
        window.wait_for(words.done);
        window.click(words.close);
        window.wait_for(words.summary);
        window.wait_for(words.missing);
        window.advance(Duration::from_secs(60));
        window.click_row(words.differs);
        window.wait_for(words.enters);
        window.snapshot(&format!("settlement-bill-{}", words.language));
        window.click_row(words.unknown);
        window.click(words.query);
        window.wait_for(words.no_key);
    }
}

#[test]
fn an_order_tells_its_billing_month_what_blocks_it_and_whether_it_may_be_given_back() {
    for words in BOTH {
        let mut window = open(words);
        window.click_row("CS2411240001");
        window.wait_for(words.enters);
        window.wait_for(words.unsubscribe);
        window.snapshot(&format!("settlement-order-{}", words.language));
    }
}

#[test]
fn a_price_is_typed_and_changes_the_estimate() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE);
        buy(&stage, "CS2411240001", "OFFI1", "");
        let mut window = stage.open();
        window.click(words.place);
        window.click(words.tab);
        window.wait_for("CS2411240001");
        window.click(words.prices);
        window.click(words.add);
        window.fill_in("productId", "OFFI1");
        window.fill_in(words.price, "1,999.50");
        window.fill_in(words.share, "70");
        window.snapshot(&format!("settlement-price-{}", words.language));
        window.click(words.save);
        window.click_row("OFFI1");
        window.click(words.month);
        window.wait_for("1999.50");
        let kept = window.runtime().block_on(window.desk.settlement_terms()).unwrap();
        assert_eq!((kept[0].terms.price, kept.len()), (read_amount("1999.5"), 1));
    }
}

#[test]
fn an_upgrade_is_calculated_as_it_is_typed() {
    for words in BOTH {
        let mut window = open(words);
        window.click(words.upgrade);
        for (field, text) in
            [(words.old, "10000"), (words.new, "17,500"), (words.on, "2023-04-18"), (words.expires, "2023-05-08")]
        {
            window.fill_in(field, text);
        }
        window.wait_for(words.pays);
        window.wait_for("12/30 + 8/31 = 0.65806452");
        window.snapshot(&format!("settlement-upgrade-{}", words.language));
        window.click(words.settings);
        window.wait_for(words.fee);
    }
}
