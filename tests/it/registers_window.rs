//! Registers in the window, in both languages: a voucher is made, a review answered with a template, a step of a checklist
//! checked with its evidence, a delete undone, a table imported, and the Overview leads to what is due.

use std::time::Duration;

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{By, Queryable as _};
use sellerdesk::domain::register::{Judged, RegisterKind, ReplyTemplate};

use crate::support::{
    app::TEMPLATE,
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    place: &'static str,
    vouchers: &'static str,
    reviews: &'static str,
    reviews_due: &'static str,
    checklists: &'static str,
    contacts: &'static str,
    nothing_yet: &'static str,
    add: &'static str,
    name: &'static str,
    category: &'static str,
    general: &'static str,
    valid_until: &'static str,
    save: &'static str,
    missing: &'static str,
    malformed: &'static str,
    expires: &'static str,
    lapsed: &'static str,
    assumed: &'static str,
    templates: &'static str,
    new_template: &'static str,
    template_name: &'static str,
    template_text: &'static str,
    save_template: &'static str,
    remove_template: &'static str,
    close: &'static str,
    text: &'static str,
    filled: &'static str,
    left: &'static str,
    sent: &'static str,
    answered: &'static str,
    step: &'static str,
    evidence: &'static str,
    done: &'static str,
    history: &'static str,
    remove: &'static str,
    undo: &'static str,
    on_duty: &'static str,
    off_duty: &'static str,
    holiday: &'static str,
    due: &'static str,
    import: &'static str,
    file: &'static str,
    read: &'static str,
    wrong: &'static str,
    enter: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    place: "Registers",
    vouchers: "Vouchers",
    reviews: "Reviews",
    reviews_due: "Reviews (1)",
    checklists: "Listing checklists",
    contacts: "Support contacts",
    nothing_yet: "No vouchers yet",
    add: "Add…",
    name: "Name *",
    category: "Category (适用产品) *",
    general: "General (通用商品)",
    valid_until: "Valid until",
    save: "Save",
    missing: "Category (适用产品) is missing",
    malformed: "Valid until is “soon”; write it as 2026-11-24",
    expires: "Can be used until 2026-11-30",
    lapsed: "Lapsed: the product is now Joint (联营商品)",
    assumed: "Assumed here: The day typed in is the last one",
    templates: "Reply templates",
    new_template: "New template",
    template_name: "Template name",
    template_text: "Text",
    save_template: "Save the template",
    remove_template: "Delete the template",
    close: "Close",
    text: "Dear {buyer}, reach us at {phone} about {orderId}",
    filled: "Dear 云上客户, reach us at 400-1 about {orderId}",
    left: "Still to be filled in: {orderId}",
    sent: "It was sent",
    answered: "Answered (已回复)",
    step: "发布镜像资产 (image asset)",
    evidence: "Evidence of 发布镜像资产 (image asset)",
    done: "4 of 8; next: 安全扫描 (security scan)",
    history: "发布镜像资产 (image asset): – → 2026-11-24, asset 77",
    remove: "Delete",
    undo: "Undo",
    on_duty: "On duty now, until 2026-11-24 18:00",
    off_duty: "Next on duty at 2026-11-25 09:00",
    holiday: "Public holidays of China and the weekends made up",
    due: "1 entry of the registers is due:",
    import: "Import…",
    file: "File (.csv or .xlsx)",
    read: "Read file",
    wrong: "Valid until is “soon”",
    enter: "Import 2 rows",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    place: "台账",
    vouchers: "代金券",
    reviews: "商品评价",
    reviews_due: "商品评价 (1)",
    checklists: "上架清单",
    contacts: "服务与支持",
    nothing_yet: "还没有代金券",
    add: "添加…",
    name: "代金券名称 *",
    category: "商品类别 *",
    general: "通用商品",
    valid_until: "失效日期",
    save: "保存",
    missing: "缺少商品类别",
    malformed: "失效日期为“soon”，应写作 2026-11-24",
    expires: "有效期至 2026-11-30",
    lapsed: "已失效：商品现为联营商品",
    assumed: "此处假定: 填写的日期为最后可用日",
    templates: "回复模板",
    new_template: "新建模板",
    template_name: "模板名称",
    template_text: "内容",
    save_template: "保存模板",
    remove_template: "删除模板",
    close: "关闭",
    text: "尊敬的{买家}，请拨打{电话}，订单{订单号}",
    filled: "尊敬的云上客户，请拨打400-1，订单{订单号}",
    left: "尚需填写：{订单号}",
    sent: "已发送",
    answered: "已回复",
    step: "发布镜像资产",
    evidence: "发布镜像资产的凭证",
    done: "4 / 8；下一步：安全扫描",
    history: "发布镜像资产: – → 2026-11-24, asset 77",
    remove: "删除",
    undo: "撤销",
    on_duty: "正在值班，至 2026-11-24 18:00",
    off_duty: "下次值班：2026-11-25 09:00",
    holiday: "已计入中国法定节假日和调休",
    due: "台账中有 1 项待办：",
    import: "导入…",
    file: "文件（.csv 或 .xlsx）",
    read: "读取文件",
    wrong: "失效日期为“soon”",
    enter: "导入 2 行",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

fn keep(stage: &Stage, kind: RegisterKind, values: &[(&str, &str)]) -> i64 {
    let values: Vec<(String, String)> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    stage.runtime().block_on(stage.desk.put_values(kind, None, &values, "wang.fang")).unwrap().last.unwrap()
}

fn entries(window: &Window, kind: RegisterKind) -> Vec<Judged> {
    window.runtime().block_on(window.desk.register(kind)).unwrap()
}

fn stage(words: &Words) -> Stage {
    Stage::new(words.language, words.theme, TEMPLATE)
}

fn open(stage: Stage, words: &Words) -> Window {
    let mut window = stage.open();
    window.click(words.place);
    window
}

fn value(window: &Window, kind: RegisterKind, field: &str) -> Option<String> {
    entries(window, kind).first().and_then(|judged| judged.kept.entry.get(field).map(str::to_owned))
}

#[test]
fn a_voucher_is_made_and_what_is_wrong_is_told_at_its_field() {
    for words in BOTH {
        let stage = stage(words);
        let product = [("product", "OFFI1"), ("productKind", "saas"), ("category", "joint")];
        keep(&stage, RegisterKind::Checklists, &product);
        let mut window = open(stage, words);
        window.wait_for(words.nothing_yet);
        window.snapshot(&format!("registers-empty-{}", words.language));
        window.click(words.add);
        window.fill_in(words.name, "双十一");
        window.fill_in(words.valid_until, "soon");
        window.wait_for(words.malformed);
        assert!(!window.sees(words.missing), "what was not begun is not wrong yet");
        window.click(words.save);
        window.wait_for(words.missing);
        assert!(entries(&window, RegisterKind::Vouchers).is_empty());
        window.click(words.category);
        window.click(words.general);
        window.harness.get_by_label(words.valid_until).focus();
        window.harness.run_steps(2);
        window.press(Modifiers::COMMAND, Key::A);
        window.harness.get_by_label(words.valid_until).type_text("2026/11/30");
        window.harness.run_steps(2);
        window.press(Modifiers::COMMAND, Key::S);
        window.wait_until("the voucher is not kept", |window| {
            value(window, RegisterKind::Vouchers, "validUntil").as_deref() == Some("2026-11-30")
        });
        window.wait_for(words.expires);
        window.wait_for(words.assumed);
        assert!(!window.sees(words.lapsed));
        let product = if words.language == "en" { "Product" } else { "商品 ID" };
        // The list has a column of that name too.
        let field = || By::new().role(Role::TextInput).label(product);
        window.harness.get(field()).focus();
        window.harness.run_steps(2);
        window.harness.get(field()).type_text("OFFI1");
        window.harness.run_steps(2);
        window.click(words.save);
        window.wait_for(words.lapsed);
        window.advance(Duration::from_secs(20));
        window.snapshot(&format!("registers-voucher-{}", words.language));
    }
}

#[test]
fn a_review_is_answered_with_a_template_of_ones_own() {
    for words in BOTH {
        let stage = stage(words);
        let review = [("product", "OFFI1"), ("buyer", "云上客户"), ("date", "2026-11-18"), ("text", "很慢")];
        keep(&stage, RegisterKind::Reviews, &review);
        let hours = [("product", "OFFI1"), ("phone", "400-1"), ("mail", "a@b.c"), ("content", "x"), ("days", "1-5")];
        let contact =
            keep(&stage, RegisterKind::Contacts, &[&hours[..], &[("from", "09:00"), ("to", "18:00")]].concat());
        assert!(contact > 0);
        let mut window = open(stage, words);
        window.click(words.reviews_due);
        window.click(words.templates);
        window.click(words.new_template);
        window.fill_in(words.template_name, "A1");
        window.fill_in(words.template_text, words.text);
        window.click(words.save_template);
        let templates = |window: &Window| -> Vec<ReplyTemplate> {
            window.runtime().block_on(window.desk.reply_templates()).unwrap()
        };
        window.wait_until("the template is not kept", |window| templates(window).len() == 1);
        window.settle();
        window.click("A1");
        window.fill_in(words.template_name, "!");
        window.click(words.save_template);
        window.wait_until("the template is not changed", |window| templates(window)[0].name == "A1!");
        window.settle();
        window.click(words.close);
        window.click_row("云上客户");
        window.click("A1!");
        window.wait_for(words.left);
        window.advance(Duration::from_secs(20));
        window.snapshot(&format!("registers-review-{}", words.language));
        window.click(words.sent);
        window.click(words.save);
        window.wait_until("the reply is not kept", |window| {
            value(window, RegisterKind::Reviews, "reply").as_deref() == Some(words.filled)
        });
        let kept = entries(&window, RegisterKind::Reviews).remove(0);
        assert_eq!(
            (kept.kept.entry.state.as_str(), kept.kept.entry.get("repliedOn")),
            ("answered", Some("2026-11-24"))
        );
        window.wait_for(words.answered);
        window.click(words.templates);
        window.click("A1!");
        window.click(words.remove_template);
        // The question's own button is the last of that name.
        window.harness.query_all_by_label(words.remove_template).last().unwrap().click();
        window.wait_until("the template is there still", |window| templates(window).is_empty());
    }
}

#[test]
fn a_step_of_an_image_is_checked_with_its_evidence() {
    for words in BOTH {
        let stage = stage(words);
        let image = [("product", "IMG1"), ("productKind", "image"), ("seller", "ok"), ("certification", "ok")];
        let done = [("privateImage", "ims-1")];
        keep(&stage, RegisterKind::Checklists, &[&image[..], &done].concat());
        let mut window = open(stage, words);
        window.click(words.checklists);
        window.click_row("IMG1");
        window.click(words.step);
        window.fill_in(words.evidence, ", asset 77");
        window.click(words.save);
        window.wait_until("the evidence is not kept", |window| {
            value(window, RegisterKind::Checklists, "imageAsset").as_deref() == Some("2026-11-24, asset 77")
        });
        window.wait_for(words.done);
        window.wait_for(words.history);
        window.advance(Duration::from_secs(20));
        window.snapshot(&format!("registers-checklist-{}", words.language));
    }
}

#[test]
fn who_is_on_duty_is_told_and_a_delete_is_undone() {
    for words in BOTH {
        let stage = stage(words);
        let of = |product: &'static str, days: &'static str| {
            let told = [("product", product), ("phone", "400-1"), ("mail", "a@b.c"), ("content", "x"), ("days", days)];
            [&told[..], &[("from", "09:00"), ("to", "18:00")]].concat()
        };
        keep(&stage, RegisterKind::Contacts, &of("OFFI1", "1-5"));
        keep(&stage, RegisterKind::Contacts, &of("OFFI2", "3-7"));
        let mut window = open(stage, words);
        window.click(words.contacts);
        window.wait_for(words.on_duty);
        window.wait_for(words.off_duty);
        window.click_row("OFFI1");
        window.wait_for(words.holiday);
        window.snapshot(&format!("registers-contact-{}", words.language));
        window.click(words.remove);
        window.wait_until("it is there still", |window| entries(window, RegisterKind::Contacts).len() == 1);
        window.click(words.undo);
        window.wait_until("it does not come back", |window| entries(window, RegisterKind::Contacts).len() == 2);
        window.wait_for(words.on_duty);
    }
}

#[test]
fn the_overview_counts_what_is_due_and_leads_to_it() {
    for words in BOTH {
        let stage = stage(words);
        keep(&stage, RegisterKind::Vouchers, &[("name", "双十一"), ("category", "general")]);
        let review = [("product", "OFFI1"), ("buyer", "云上客户"), ("date", "2026-11-18"), ("text", "很慢")];
        keep(&stage, RegisterKind::Reviews, &review);
        let mut window = stage.open();
        window.wait_for(words.due);
        window.snapshot(&format!("registers-overview-{}", words.language));
        window.click(words.reviews_due);
        // The one that is due is open.
        window.wait_for(words.sent);
        window.wait_for("OFFI1 · 云上客户 · 2026-11-18");
        window.press(Modifiers::NONE, Key::Escape);
        assert!(!window.sees(words.sent));
        window.click(words.vouchers);
        window.wait_for("双十一");
        window.press(Modifiers::COMMAND, Key::Num1);
        window.press(Modifiers::COMMAND, Key::G);
        window.wait_for("双十一");
        assert!(window.sees(words.reviews));
    }
}

#[test]
fn a_table_is_imported_as_a_whole() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("vouchers.csv");
        std::fs::write(&file, "名称,适用产品,有效期至\nA,通用商品,2026/12/31\nB,联营商品,soon\n").unwrap();
        let mut window = open(stage(words), words);
        window.wait_for(words.nothing_yet);
        window.harness.query_all_by_label(words.import).next().unwrap().click();
        window.harness.run_steps(3);
        window.fill_in(words.file, file.to_str().unwrap());
        window.click(words.read);
        window.wait_for(words.wrong);
        std::fs::write(&file, "名称,适用产品,有效期至\nA,通用商品,2026/12/31\nB,联营商品,2027-01-31\n").unwrap();
        window.click(words.read);
        window.click(words.enter);
        window.wait_until("the table is not kept", |window| entries(window, RegisterKind::Vouchers).len() == 2);
    }
}
