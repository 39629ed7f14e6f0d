//! Headings found, columns named, mappings remembered.

use super::*;

const WANTED: &[Wanted<'_>] = &[
    Wanted { name: "instanceId", aliases: &["实例ID", "资源ID"], required: true },
    Wanted { name: "beginTime", aliases: &["开始时间"], required: true },
    Wanted { name: "usageValue", aliases: &["用量", "usage"], required: true },
    Wanted { name: "meteringSn", aliases: &["话单流水号"], required: false },
];

fn sheet(rows: &[&[&str]]) -> Sheet {
    let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
    Sheet { rows, ..Sheet::default() }
}

fn found(rows: &[&[&str]]) -> Option<(usize, Vec<(String, usize)>)> {
    let mapping = HeaderFinder::new(WANTED).find(&sheet(rows))?;
    Some((mapping.header_row?, mapping.columns.into_iter().collect()))
}

fn columns(columns: &[(&str, usize)]) -> Vec<(String, usize)> {
    columns.iter().map(|(name, column)| ((*name).to_owned(), *column)).collect()
}

#[test]
fn headings_are_found_however_they_are_written() {
    let all = columns(&[("beginTime", 1), ("instanceId", 0), ("usageValue", 2)]);
    for row in [
        ["instanceId", "beginTime", "usageValue"],
        ["instance_id", "BEGIN TIME", "usage-value"],
        ["实例ID*", "开始时间：", "用量"],
        [" 实例 id ", "开始时间（UTC+8）", "用量 (次)"],
        ["ＩｎｓｔａｎｃｅＩＤ", "\u{feff}beginTime", "Usage【次】"],
    ] {
        assert_eq!(found(&[&row, &["7f14", "2022", "99"]]), Some((0, all.clone())), "{row:?}");
    }
}

#[test]
fn the_row_that_names_most_is_the_one() {
    let rows: &[&[&str]] = &[
        &["用量"],
        &[],
        &["话单明细", "导出时间 2022"],
        &["序号", "用量", "资源ID", "开始时间"],
        &["1", "99", "7f14", "x"],
    ];
    let there = columns(&[("beginTime", 3), ("instanceId", 2), ("usageValue", 1)]);
    assert_eq!(found(rows), Some((3, there)));
    assert_eq!(found(&[&["7f14", "99"]]), None);
    let far: Vec<&[&str]> = [&["x"][..]; 20].into_iter().chain([&["instanceId"][..]]).collect();
    assert_eq!(found(&far), None, "too far down");
    assert_eq!(found(&far[1..]), Some((19, columns(&[("instanceId", 0)]))));
}

#[test]
fn the_name_itself_comes_before_one_with_a_note_and_left_before_right() {
    assert_eq!(found(&[&["用量（旧）", "用量"]]).unwrap().1, columns(&[("usageValue", 1)]));
    assert_eq!(found(&[&["用量", "usage"]]).unwrap().1, columns(&[("usageValue", 0)]));
}

#[test]
fn what_is_missing_is_told() {
    let finder = HeaderFinder::new(WANTED);
    let mapping = finder.find(&sheet(&[&["实例ID", "备注"]])).unwrap();
    assert_eq!(finder.missing(&mapping), ["beginTime", "usageValue"]);
}

#[test]
fn rows_are_numbered_as_in_a_spreadsheet_and_unknown_columns_kept() {
    let sheet = sheet(&[
        &["用量报表"],
        &["instanceId", "备注", "usageValue"],
        &["\t7f14\t", "first", "　99 "],
        &["", " \u{a0}"],
        &["=\"00123\"", "", "1", "beyond"],
    ]);
    let mapping = HeaderFinder::new(WANTED).find(&sheet).unwrap();
    let rows: Vec<_> = mapping.of(&sheet).rows().collect();
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 5]);
    assert_eq!((rows[0].get("instanceId"), rows[0].get("usageValue")), (Some("7f14"), Some("99")));
    assert_eq!((rows[1].get("instanceId"), rows[0].get("beginTime")), (Some("00123"), None));
    assert_eq!(rows[0].unknown().collect::<Vec<_>>(), [("备注", "first")]);
    assert_eq!(rows[1].unknown().collect::<Vec<_>>(), [("", "beyond")]);
    assert_eq!(mapping.of(&sheet).preview(1).len(), 1);
}

#[test]
fn a_mapping_is_set_by_hand_and_remembered_for_the_next_file() {
    let first = sheet(&[&["编号", "Menge"], &["7f14", "99"]]);
    let mapping = ColumnMapping::by_hand(&first, Some(0), [("instanceId", 0), ("usageValue", 1)]);
    let remembered: ColumnMapping = serde_json::from_str(&serde_json::to_string(&mapping).unwrap()).unwrap();
    assert_eq!(remembered, mapping);

    let next = sheet(&[&["Bericht"], &["Menge", "Notiz", "编号"], &["5", "x", "8a25"]]);
    let fitted = remembered.fit(&next).unwrap();
    let row = fitted.of(&next).preview(1)[0];
    assert_eq!((row.get("instanceId"), row.get("usageValue")), (Some("8a25"), Some("5")));

    assert_eq!(remembered.fit(&sheet(&[&["编号", "其他"]])), None);
    let headless = ColumnMapping::by_hand(&first, None, [("instanceId", 0)]);
    assert_eq!(headless.of(&first).rows().count(), 2);
    assert_eq!(headless.fit(&next), None);
}
