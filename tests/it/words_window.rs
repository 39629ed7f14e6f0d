//! What the window says in its own language where something is refused, tables that are pasted instead of read, the warning of
//! an entry that is there already, and the ways into the seller console.

use egui::Event;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sellerdesk::domain::register::RegisterKind;

use crate::support::{
    app::TEMPLATE,
    window::{Stage, Window},
};

fn open(language: &str, config: &str, place: &str) -> Window {
    let mut window = Stage::new(language, "light", config).open();
    window.click(place);
    window
}

/// The button stands in the bar, and where nothing is known yet below it too.
fn import(window: &mut Window, label: &str) {
    window.wait_for(label);
    window.harness.query_all_by_label(label).next().unwrap().click();
    window.harness.run_steps(3);
}

#[test]
fn what_is_refused_is_told_in_the_windows_language() {
    for (language, place, open_import, file, read, told) in [
        (
            "en",
            "Purchase limits",
            "Import…",
            "File (.csv or .xlsx)",
            "Read file",
            "cannot be read: there is no such file",
        ),
        ("zh-CN", "限购配置", "导入…", "文件（.csv 或 .xlsx）", "读取文件", "：没有该文件或文件夹"),
    ] {
        let mut window = open(language, TEMPLATE, place);
        import(&mut window, open_import);
        window.fill_in(file, "/nowhere/limits.csv");
        window.click(read);
        window.wait_for(told);
    }
}

#[test]
fn a_toast_of_the_chinese_window_has_no_english_sentence() {
    let stage = Stage::new("zh-CN", "light", TEMPLATE);
    let mut window = stage.open();
    window.click("接口调试");
    window.click("API 调试");
    window.fill_in("URL", "http://example.com/");
    window.fill_in("AppKey", "key");
    window.fill_in("AppSecret", "secret");
    window.click("签名并发送");
    window.wait_for("API 类商品须通过 https 调用");
}

const ROWS: &str = "productId\tskuCode\ttimes\tquantity\nOFFI1\tsku-1\tonce\t\nOFFI2\t\tnone\t5\n";

#[test]
fn a_table_is_pasted_and_goes_the_way_of_a_file() {
    for (language, place, open_import, paste, pasted, enter) in [
        (
            "en",
            "Purchase limits",
            "Import…",
            "Paste a table…",
            "Copied rows, with tabs or commas between the cells",
            "Import 2 rows",
        ),
        ("zh-CN", "限购配置", "导入…", "粘贴表格…", "复制的行，单元格以制表符或逗号分隔", "导入 2 行"),
    ] {
        for text in [ROWS.to_owned(), ROWS.replace('\t', ",")] {
            let mut window = open(language, TEMPLATE, place);
            import(&mut window, open_import);
            window.click(paste);
            window.wait_for(pasted);
            window.harness.get_all_by_label(pasted).last().unwrap().focus();
            window.harness.run_steps(2);
            window.harness.event(Event::Paste(text));
            window.harness.run_steps(3);
            window.click(enter);
            window.wait_until("the pasted lines are not there", |window| {
                window.runtime().block_on(window.desk.limits()).unwrap().len() == 2
            });
        }
    }
}

#[test]
fn an_entry_that_is_there_already_is_told_before_it_is_made_again() {
    for (language, place, contacts, add, product, told) in [
        ("en", "Registers", "Support contacts", "Add…", "Product *", "Another entry has the same Product"),
        ("zh-CN", "台账", "服务与支持", "添加…", "商品 ID *", "另一条目的商品 ID与此相同"),
    ] {
        let stage = Stage::new(language, "light", TEMPLATE);
        let values = [("product".to_owned(), "OFFI1".to_owned()), ("phone".to_owned(), "400-1".to_owned())];
        stage.runtime().block_on(stage.desk.put_values(RegisterKind::Contacts, None, &values, "wang.fang")).unwrap();
        let mut window = stage.open();
        window.click(place);
        // Behind its name stands how many are due.
        window.wait_for(contacts);
        window.harness.query_all_by_label_contains(contacts).next().unwrap().click();
        window.harness.run_steps(3);
        window.click(add);
        window.fill_in(product, "OFFI1");
        window.wait_for(told);
        window.fill_in(product, "2");
        window.settle();
        assert!(!window.sees(told), "it is another one now");
    }
}

/// No page names an address of the other sites, so none is made up; the menu is told instead.
#[test]
fn the_console_is_opened_where_its_address_is_known() {
    for (site, known) in [("china", true), ("international", false), ("europe", false)] {
        let config = format!("[marketplace]\nsite = \"{site}\"\n{TEMPLATE}");
        let mut window = Stage::new("en", "light", &config).open();
        for (place, button) in [("Registers", "Console: 代金券管理"), ("Debugging", "Console: 应用接入调试")]
        {
            window.click(place);
            window.wait_for(button);
            let node = window.harness.get_by_label(button);
            assert_eq!(!node.accesskit_node().is_disabled(), known, "{site}: {button}");
        }
    }
}
