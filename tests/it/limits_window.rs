//! Purchase limits in the window, in both languages: a table is imported, a line changed and removed and put back, and the
//! review tells of a breach, of the orders behind it and of what one more would come to.

use std::{path::Path, time::Duration};

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sellerdesk::{
    desk::ReceivedCall,
    domain::limit::{ExpiredQuantity, Limit, LimitKey, SalesTarget, Times},
    protocol::callback::v1,
};

use crate::support::{
    app::{TEMPLATE, purchase},
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    place: &'static str,
    nothing_yet: &'static str,
    import: &'static str,
    file: &'static str,
    read: &'static str,
    missing: &'static str,
    column: &'static str,
    wrong: &'static str,
    enter: &'static str,
    close_import: &'static str,
    lines: &'static str,
    review: &'static str,
    quantity: &'static str,
    save: &'static str,
    remove: &'static str,
    put_back: &'static str,
    history: &'static str,
    breached: &'static str,
    only_breached: &'static str,
    against: &'static str,
    unsubscribed: &'static str,
    stopped: &'static str,
    close: &'static str,
    breaches: &'static str,
    customer: &'static str,
    settings: &'static str,
    expired: &'static str,
    always: &'static str,
    targets: &'static str,
    not_entitled: &'static str,
    limit_page: &'static str,
    target_page: &'static str,
    no_product: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    place: "Purchase limits",
    nothing_yet: "No purchase limits yet",
    import: "Import…",
    file: "File (.csv or .xlsx)",
    read: "Read file",
    missing: "Choose which column of the file is productId.",
    column: "A 内部编号",
    wrong: "row 4: times is “twice”",
    enter: "Import 2 rows",
    close_import: "Close",
    lines: "Configuration",
    review: "Review",
    quantity: "How many",
    save: "Save",
    remove: "Remove",
    put_back: "Put back",
    history: "until expiry (资源到期前限购) → until expiry (资源到期前限购), at most 7",
    breached: "Breached 云上办公客户 OFFI1",
    only_breached: "Breached (1)",
    against: "came through against the limit",
    unsubscribed: "does not count: unsubscribed (退订成功)",
    stopped: "Is stopped now (3 of 1)",
    close: "Close",
    breaches: "1 breach, 1 order came through against a limit",
    customer: "云上办公客户",
    settings: "Settings",
    expired: "An expired quantity is free again",
    always: "always, whatever the line says",
    targets: "Sales targets",
    not_entitled: "Not entitled 云上办公客户 OFFI1",
    limit_page: "Console: 限购配置",
    target_page: "Console: 销售对象管理",
    no_product: "1 order names no product and is in no row",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    place: "限购配置",
    nothing_yet: "还没有限购配置",
    import: "导入…",
    file: "文件（.csv 或 .xlsx）",
    read: "读取文件",
    missing: "请选择文件中的哪一列是 productId。",
    column: "A 内部编号",
    wrong: "第 4 行: times 为“twice”",
    enter: "导入 2 行",
    close_import: "关闭",
    lines: "配置",
    review: "核查",
    quantity: "数量限制",
    save: "保存",
    remove: "删除",
    put_back: "恢复",
    history: "资源到期前限购 → 资源到期前限购, 最多 7",
    breached: "已超限 云上办公客户 OFFI1",
    only_breached: "已超限 (1)",
    against: "违反限购成交",
    unsubscribed: "不计：退订成功",
    stopped: "现在会被拦截（3 / 1）",
    close: "关闭",
    breaches: "1 处超限，1 个订单违反限购成交",
    customer: "云上办公客户",
    settings: "设置",
    expired: "到期后数量是否恢复",
    always: "总是恢复",
    targets: "销售对象",
    not_entitled: "无资格 云上办公客户 OFFI1",
    limit_page: "卖家中心：限购配置",
    target_page: "卖家中心：销售对象管理",
    no_product: "1 个订单没有商品信息，未计入任何一行",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// Calls of V1, which name customer and product.
fn call(stage: &Stage, query: &str) -> String {
    let query = format!("{query}&timeStamp=20261124023000000");
    let callback = v1::parse(&query).unwrap();
    let received = ReceivedCall { callback, nonce: None, query, body: String::new() };
    let config = stage.desk.config();
    let answer = stage.runtime().block_on(stage.desk.answer(config.endpoint("main").unwrap(), received)).unwrap();
    assert_eq!(answer.result_code.to_string(), "000000");
    answer.instance_id.map(|id| id.to_string()).unwrap_or_default()
}

fn buy(stage: &Stage, order: &str, product: &str, customer: &str) -> String {
    stage.advance(Duration::from_secs(60));
    let name = if customer == "c-1" { "云上办公客户" } else { "Other" };
    call(
        stage,
        &format!(
            "activity=newInstance&businessId={order}&customerId={customer}&customerName={name}&orderId={order}\
             &productId={product}&skuCode=sku-1&chargingMode=1&periodType=year&periodNumber=1&expireTime=20271124000000"
        ),
    )
}

/// One customer bought three times, and gave one back; another bought once.
fn stage(words: &Words) -> Stage {
    let stage = Stage::new(words.language, words.theme, TEMPLATE);
    buy(&stage, "CS2411240001", "OFFI1", "c-1");
    buy(&stage, "CS2411240002", "OFFI1", "c-1");
    let third = buy(&stage, "CS2411240003", "OFFI1", "c-1");
    call(&stage, &format!("activity=releaseInstance&instanceId={third}&orderId=CS2411240009"));
    buy(&stage, "CS2411240004", "OFFI1", "c-2");
    buy(&stage, "CS2411240005", "OFFI2", "c-2");
    stage
}

fn limit(product: &str, times: Times, quantity: Option<i64>) -> Limit {
    Limit { key: LimitKey { product_id: product.to_owned(), sku_code: None }, times, quantity }
}

fn keep(stage: &Stage) {
    let limits = vec![limit("OFFI1", Times::UntilExpiry, None), limit("OFFI2", Times::None, Some(5))];
    stage.runtime().block_on(stage.desk.put_limits(limits, false, "wang.fang")).unwrap();
}

fn open(stage: Stage, words: &Words) -> Window {
    let mut window = stage.open();
    window.click(words.place);
    window
}

/// As Excel saves it in China: a title, and one heading that nobody could guess.
fn in_gbk(file: &Path, times: &str) {
    let text =
        format!("限购配置 2026-11,,,\r\n内部编号,规格,限购次数,数量\r\nOFFI1,,资源到期前限购,\r\nOFFI2,,{times},5\r\n");
    std::fs::write(file, encoding_rs::GBK.encode(&text).0).unwrap();
}

#[test]
fn a_table_is_mapped_looked_at_and_taken_whole() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("limits.csv");
        in_gbk(&file, "twice");
        let mut window = open(stage(words), words);
        window.wait_for(words.nothing_yet);
        window.snapshot(&format!("limits-empty-{}", words.language));
        window.harness.query_all_by_label(words.import).next().unwrap().click();
        window.harness.run_steps(3);
        window.fill_in(words.file, file.to_str().unwrap());
        window.click(words.read);
        window.wait_for(words.missing);
        window.choose("productId *", words.column);
        window.wait_for(words.wrong);
        window.snapshot_without(&format!("limits-import-{}", words.language), Some(words.file));
        let one = words.enter.replace("2 rows", "1 row").replace("2 行", "1 行");
        let enter = window.harness.get_by_label(&one);
        assert!(enter.accesskit_node().is_disabled(), "nothing is taken of it");
        in_gbk(&file, "不限");
        window.click(words.read);
        window.settle();
        window.choose("productId *", words.column);
        window.click(words.enter);
        window.wait_until("the lines are not there", |window| {
            window.runtime().block_on(window.desk.limits()).unwrap().len() == 2
        });
        window.click(words.close_import);
        // The next file fits although its columns stand elsewhere.
        std::fs::write(&file, "数量,规格,限购次数,内部编号\n7,,不限,OFFI3\n").unwrap();
        window.harness.query_all_by_label(words.import).next().unwrap().click();
        window.harness.run_steps(3);
        window.fill_in(words.file, file.to_str().unwrap());
        window.click(words.read);
        window.wait_for("D = productId");
    }
}

#[test]
fn a_line_is_changed_in_its_place_removed_and_put_back() {
    for words in BOTH {
        let stage = stage(words);
        keep(&stage);
        let mut window = open(stage, words);
        window.click(words.lines);
        window.click_row("OFFI1");
        window.snapshot(&format!("limits-lines-{}", words.language));
        window.fill_in(words.quantity, "7");
        window.click(words.save);
        let quantities = |window: &Window| -> Vec<Option<i64>> {
            let lines = window.runtime().block_on(window.desk.limits()).unwrap();
            lines.into_iter().map(|kept| kept.limit.quantity).collect()
        };
        window.wait_until("the quantity is not kept", |window| quantities(window) == [Some(7), Some(5)]);
        window.settle();
        window.click_row("OFFI1");
        window.wait_for(words.history);
        window.click(words.remove);
        // The question's own button is the last of that name.
        window.harness.query_all_by_label(words.remove).last().unwrap().click();
        window.wait_until("the line is there still", |window| quantities(window) == [Some(5)]);
        window.click(words.put_back);
        window.wait_until("the line does not come back", |window| quantities(window) == [Some(7), Some(5)]);
    }
}

#[test]
fn a_breach_is_told_with_the_orders_behind_it_and_what_one_more_would_come_to() {
    for words in BOTH {
        let stage = stage(words);
        keep(&stage);
        let mut window = open(stage, words);
        window.click(words.review);
        window.click(words.only_breached);
        window.click_row(words.breached);
        window.wait_for("CS2411240002");
        window.wait_for(words.against);
        window.wait_for(words.unsubscribed);
        window.wait_for(words.stopped);
        window.snapshot(&format!("limits-{}", words.language));
        window.click(words.close);
        assert!(!window.sees(words.unsubscribed));
    }
}

/// A call of V2 names none, and nobody has asked.
#[test]
fn an_order_that_names_no_product_is_told_above_the_rows() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.call("main", &purchase("CS1"));
        keep(&stage);
        let mut window = open(stage, words);
        window.click(words.review);
        window.wait_for(words.no_product);
    }
}

#[test]
fn the_overview_tells_of_a_breach_and_leads_to_its_review() {
    for words in BOTH {
        let stage = stage(words);
        keep(&stage);
        let target = SalesTarget::parse(["OFFI1", "", "named", "c-2", ""].map(Some)).unwrap();
        stage.runtime().block_on(stage.desk.put_sales_targets(vec![target], false, "wang.fang")).unwrap();
        let mut window = stage.open();
        window.wait_for(words.breaches);
        window.snapshot(&format!("breaches-{}", words.language));
        window.harness.query_all_by_label(words.customer).next().unwrap().click();
        window.harness.run_steps(3);
        window.wait_for(words.against);
        window.click(words.targets);
        window.wait_for(words.not_entitled);
        window.wait_for(words.target_page);
        assert!(!window.sees(words.limit_page), "it is another page");
        window.snapshot(&format!("targets-{}", words.language));
    }
}

/// What has expired counts or does not, as somebody chooses; the review says so at once.
#[test]
fn what_the_pages_leave_open_is_chosen_in_the_settings() {
    for words in BOTH {
        let stage = stage(words);
        stage.advance(Duration::from_secs(800 * 24 * 3_600));
        let limits = vec![limit("OFFI2", Times::None, Some(5))];
        stage.runtime().block_on(stage.desk.put_limits(limits, false, "wang.fang")).unwrap();
        let mut window = open(stage, words);
        window.wait_for("1 / 5");
        window.click(words.settings);
        window.wait_for(words.expired);
        window.harness.get_by_label(words.expired).scroll_to_me();
        window.settle();
        window.choose(words.expired, words.always);
        window.wait_until("it is not kept", |window| {
            window.desk.config().limits.expired_quantity == ExpiredQuantity::Always
        });
        let dir = window.desk.data_dir().display().to_string();
        window.snapshot_without(&format!("settings-rules-{}", words.language), Some(&dir));
        window.click(words.place);
        window.wait_for("0 / 5");
    }
}
