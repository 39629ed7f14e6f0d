//! Tables read and written: every separator, encoding and kind of cell, and what is no table.

use std::ops::ControlFlow;

use encoding_rs::GBK;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

fn rows(sheet: &Sheet) -> Vec<Vec<&str>> {
    sheet.rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

fn csv(text: &str) -> Sheet {
    read(text.as_bytes(), "x.csv").unwrap()
}

/// A workbook of one worksheet.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

#[test]
fn every_separator_is_guessed() {
    let table = [
        ("a,b\n1,2\n", "comma"),
        ("a;b\n1;2\n", "semicolon"),
        ("a\tb\n1\t2\n", "tab"),
        ("a，b\n1，2\n", "wide comma"),
        ("a|b\r\n1|2\r\n", "bar"),
        ("sep=;\na;b\n1;2\n", "told by Excel"),
        ("\"a\",b\r1,\"2\"\r", "old line ends"),
    ];
    for (text, name) in table {
        let sheet = csv(text);
        let filled: Vec<_> = rows(&sheet).into_iter().filter(|row| !row.is_empty()).collect();
        assert_eq!(filled, [["a", "b"], ["1", "2"]], "{name}");
    }
    assert_eq!(rows(&csv("a;b\n1,5;2,5\n2,5;3,5\n")), [["a", "b"], ["1,5", "2,5"], ["2,5", "3,5"]]);
    assert_eq!(rows(&csv("code\nPL1\nPL2\n")), [["code"], ["PL1"], ["PL2"]]);
    assert_eq!(
        rows(&csv("Report of May\na;b\n1;2\n3;4")),
        [vec!["Report of May"], vec!["a", "b"], vec!["1", "2"], vec!["3", "4"]]
    );
    assert_eq!(rows(&csv("姓名，备注\n甲，\"一，二\"\n")), [["姓名", "备注"], ["甲", "一，二"]]);
    assert_eq!(rows(&read(b"a,b\tc\n", "x.TSV").unwrap()), [["a,b", "c"]]);
}

#[test]
fn quotes_breaks_and_blank_lines_are_as_in_a_spreadsheet() {
    let sheet = csv("a,\"say \"\"x\"\"\",\"two\r\nlines\"\r\n\r\n\r\nb,,\r\n\r\n");
    assert_eq!(rows(&sheet), [vec!["a", "say \"x\"", "two\r\nlines"], vec![], vec![], vec!["b"]]);
    assert_eq!(rows(&csv("\n\na,b\n\nc,d\n")), [vec![], vec![], vec!["a", "b"], vec![], vec!["c", "d"]]);
    assert_eq!(rows(&csv("5\" pipe,b\nc,d")), [["5\" pipe", "b"], ["c", "d"]]);
    assert_eq!(read(b"", "x.csv"), Err(SheetError::Empty));
    assert_eq!(read("\u{feff}\r\n,,\r\n".as_bytes(), "x.csv"), Err(SheetError::Empty));
}

#[test]
fn a_quotation_mark_that_is_never_closed_does_not_swallow_the_rest() {
    assert_eq!(read(b"a,b\nc,\"d\ne,f\n", "x.csv"), Err(SheetError::OpenQuote { line: 2, column: 3 }));
    assert_eq!(read("a,b\n甲,\"乙\"\"\n".as_bytes(), "x.csv"), Err(SheetError::OpenQuote { line: 2, column: 3 }));
    assert_eq!(rows(&csv("a,\"b\"\n")), [["a", "b"]]);
    assert_eq!(rows(&csv("a,\"b\"\"\"")), [["a", "b\""]]);
}

#[test]
fn gbk_and_rounded_numbers_of_a_text_file_are_read() {
    let gbk = GBK.encode("实例ID,用量\r\n1.23457E+18,99\r\n").0;
    let sheet = read(&gbk, "话单.csv").unwrap();
    assert_eq!(rows(&sheet), [["实例ID", "用量"], ["1.23457E+18", "99"]]);
    assert_eq!(sheet.rounded, [Rounded { row: 2, column: 1, text: "1.23457E+18".into() }]);
}

#[test]
fn pasted_cells_stand_between_tabs() {
    let read = |text| read_pasted(text).unwrap();
    assert_eq!(rows(&read("a\tb\r\n1\t2\r\n")), [["a", "b"], ["1", "2"]]);
    assert_eq!(rows(&read("a,b\tc;d")), [["a,b", "c;d"]]);
    assert_eq!(rows(&read("\"two\nlines\"\tb\nc\td\n")), [["two\nlines", "b"], ["c", "d"]]);
    assert_eq!(rows(&read("\"open\tb\nc\td\n")), [["\"open", "b"], ["c", "d"]]);
    assert_eq!(rows(&read("PL1\nPL2")), [["PL1"], ["PL2"]]);
    assert_eq!(rows(&read("a,b\n1,2\n")), [["a", "b"], ["1", "2"]], "copied from a text file");
    assert_eq!(read_pasted(" \n"), Ok(Sheet { rows: vec![vec![" ".into()]], rounded: vec![] }));
    assert_eq!(read_pasted(""), Err(SheetError::Empty));
}

#[test]
fn what_a_workbook_shows_is_what_is_read() {
    let bytes = workbook(|sheet| {
        let date = Format::new().set_num_format("yyyy/m/d h:mm");
        sheet.write_string(0, 0, "1234567890123456789").unwrap();
        sheet.write_number(0, 1, 1_234_567_890_123_456_789.0).unwrap();
        sheet.write_number(0, 2, 0.1 + 0.2).unwrap();
        let noon = ExcelDateTime::from_ymd(2022, 8, 9).unwrap().and_hms(8, 0, 0).unwrap();
        sheet.write_datetime_with_format(2, 0, &noon, &date).unwrap();
        sheet.write_boolean(2, 1, true).unwrap();
        sheet.write_string(2, 3, "实例 <&> \"x\"").unwrap();
        sheet.write_formula(3, 0, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    });
    let sheet = read(&bytes, "x.csv").unwrap();
    assert_eq!(
        rows(&sheet),
        [
            vec!["1234567890123456789", "1234567890123460000", "0.3"],
            vec![],
            vec!["2022-08-09 08:00:00", "TRUE", "", "实例 <&> \"x\""],
            vec!["2"],
        ]
    );
    assert_eq!(sheet.rounded, [Rounded { row: 1, column: 2, text: "1234567890123460000".into() }]);
    assert_eq!((sheet.cell(0, 2), sheet.cell(1, 0), sheet.cell(9, 9)), ("0.3", "", ""));
}

#[test]
fn the_first_worksheet_that_shows_anything_is_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    workbook.add_worksheet().write_string(0, 0, "hidden").unwrap().set_hidden(true);
    workbook.add_worksheet().write_string(0, 0, "shown").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(rows(&read(&bytes, "x.xlsx").unwrap()), [["shown"]]);
    let empty = workbook_of_nothing();
    assert_eq!(read(&empty, "x.xlsx"), Err(SheetError::Empty));
}

fn workbook_of_nothing() -> Vec<u8> {
    workbook(|_| {})
}

#[test]
fn what_is_no_workbook_is_said_in_a_sentence() {
    let whole = workbook(|sheet| {
        sheet.write_string(0, 0, "x").unwrap();
    });
    assert!(matches!(read(&whole[..whole.len() / 2], "x.xlsx"), Err(SheetError::Broken { .. })));
    let mut damaged = whole.clone();
    let name = b"xl/worksheets/sheet1.xml";
    let content = whole.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    damaged.iter_mut().skip(content).take(200).for_each(|byte| *byte = !*byte);
    assert!(matches!(read(&damaged, "x.xlsx"), Err(SheetError::Broken { .. })));
    let other = stored(&[("word/document.xml", "<document/>")]);
    assert_eq!(read(&other, "x.xlsx"), Err(SheetError::NoWorkbook));
    assert_eq!(read(b"<html><body>", "x.xls"), Err(SheetError::Markup));
    assert!(matches!(read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.png"), Err(SheetError::NoText { .. })));
}

#[test]
fn a_workbook_that_lies_about_its_cells_is_refused() {
    let sheet = |place: &str| by_hand(&format!("<row><c r=\"{place}\" t=\"str\"><v>x</v></c></row>"));
    assert_eq!(read(&sheet("B2"), "x.xlsx").unwrap().cell(1, 1), "x");
    assert_eq!(read(&sheet("XFD1"), "x.xlsx"), Err(SheetError::TooWide { row: 1 }));
    assert_eq!(read(&sheet("A1048576"), "x.xlsx"), Err(SheetError::TooManyRows));
    // The reader's own numbers overflow, which it notices only where it was built to.
    drop(read(&sheet("ZZZZZZZZZZ1"), "x.xlsx"));
    assert!(matches!(read(&sheet("1"), "x.xlsx"), Err(SheetError::Broken { .. })));
}

#[test]
fn numbers_that_other_programs_write_are_read_as_meant() {
    let bytes = by_hand(
        "<row r=\"1\"><c r=\"A1\"><v>1.1000000000000001</v></c><c r=\"B1\"><v>1E-4</v></c><c r=\"C1\"><v>1E+21</v></c>\
         <c r=\"D1\" t=\"inlineStr\"><is><t>0012</t></is></c><c r=\"E1\" t=\"d\"><v>2022-08-09T08:00:00</v></c>\
         <c r=\"F1\" t=\"e\"><v>#N/A</v></c></row>",
    );
    let expected = ["1.1", "0.0001", "1000000000000000000000", "0012", "2022-08-09T08:00:00", "#N/A"];
    assert_eq!(rows(&read(&bytes, "x.xlsx").unwrap()), [expected]);
}

/// A workbook whose one worksheet has the given rows.
fn by_hand(rows: &str) -> Vec<u8> {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/{kind}\" Target=\"{target}\"/>\
             </Relationships>"
        )
    };
    stored(&[
        ("_rels/.rels", &relation("officeDocument", "xl/workbook.xml")),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>\
                 <sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        ("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>")),
    ])
}

/// A zip archive whose files are stored as they are.
fn stored(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    for (name, content) in files {
        let (start, size) = (long(bytes.len()), long(content.len()));
        let told = [
            &[20, 0],
            &[0; 8][..],
            &crc32(content.as_bytes()).to_le_bytes(),
            &size,
            &size,
            &short(name.len()),
            &[0; 2],
        ];
        let told = told.concat();
        bytes.extend([b"PK\x03\x04", &told[..], name.as_bytes(), content.as_bytes()].concat());
        directory.extend([b"PK\x01\x02\x14\0", &told[..], &[0; 10], &start, name.as_bytes()].concat());
    }
    let (count, at) = (short(files.len()), long(bytes.len()));
    [&bytes[..], &directory, b"PK\x05\x06", &[0; 4], &count, &count, &long(directory.len()), &at, &[0; 2]].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn files_beyond_the_bounds_are_refused() {
    assert_eq!(read(&vec![b'a'; MAX_BYTES + 1], "x.csv"), Err(SheetError::TooLarge));
    let long = "a\n".repeat(MAX_ROWS);
    assert_eq!(csv(&long).rows.len(), MAX_ROWS);
    assert_eq!(read((long + "a\n").as_bytes(), "x.csv"), Err(SheetError::TooManyRows));
    assert_eq!(
        read(("a\n".to_owned() + &",b".repeat(MAX_COLUMNS)).as_bytes(), "x.csv"),
        Err(SheetError::TooWide { row: 2 })
    );
}

/// What was written, and the numbers of rows that were told.
fn written(
    write: impl FnOnce(&mut Vec<u8>, &mut dyn FnMut(usize) -> ControlFlow<()>) -> Result<usize, WriteError>,
) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut told) = (Vec::new(), Vec::new());
    write(&mut bytes, &mut |rows| {
        told.push(rows);
        ControlFlow::Continue(())
    })
    .unwrap();
    (bytes, told)
}

#[test]
fn what_a_spreadsheet_opens_is_guarded_and_in_utf_8() {
    let table = vec![vec![Cell::Text("=1+1".into()), Cell::Number(-5), Cell::Empty], vec![Cell::Text("实例".into())]];
    let (bytes, told) = written(|out, progress| write_csv(out, &["a", "b", "c"], table, progress));
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{feff}\"a\",\"b\",\"c\"\r\n\"'=1+1\",-5,\"\"\r\n\"实例\",\"\",\"\"\r\n"
    );
    assert_eq!(told, [2]);
}

#[test]
fn progress_is_told_and_can_stop_it() {
    let table = || (0..2_500).map(|number| vec![Cell::Number(number)]);
    let (_, told) = written(|out, progress| write_csv(out, &["a"], table(), progress));
    assert_eq!(told, [1_000, 2_000, 2_500]);
    let (_, told) = written(|out, progress| write_xlsx(out, &["a"], table(), progress));
    assert_eq!(told, [1_000, 2_000, 2_500]);
    let stop = |rows| if rows >= 2_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    assert!(matches!(write_csv(Vec::new(), &["a"], table(), stop), Err(WriteError::Cancelled)));
    assert!(matches!(write_xlsx(Vec::new(), &["a"], table(), stop), Err(WriteError::Cancelled)));
}

#[test]
fn more_than_a_worksheet_holds_is_told() {
    let table = std::iter::repeat_with(Vec::new).take(write::MAX_XLSX_ROWS + 1);
    let refused = write_xlsx(Vec::new(), &["a"], table, |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(WriteError::TooManyRows)));
    let long = "实".repeat(40_000);
    let (bytes, _) = written(|out, progress| write_xlsx(out, &["a"], [vec![Cell::Text(long)]], progress));
    let sheet = read(&bytes, "x.xlsx").unwrap();
    assert!(sheet.cell(1, 0).ends_with("实 … (40000 characters, cut)"));
    assert_eq!(sheet.cell(1, 0).encode_utf16().count(), 32_767);
}

#[test]
fn ids_stay_text_in_a_workbook() {
    let table = vec![vec![Cell::Text("0012345678901234567890".into()), Cell::Number(i64::MAX), Cell::Number(7)]];
    let (bytes, _) = written(|out, progress| write_xlsx(out, &["id", "n", "m"], table, progress));
    let sheet = read(&bytes, "x.xlsx").unwrap();
    assert_eq!(rows(&sheet), [["id", "n", "m"], ["0012345678901234567890", "9223372036854775807", "7"]]);
    assert_eq!(sheet.rounded, []);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
    let range = calamine::Reader::worksheet_range_at(&mut workbook, 0).unwrap().unwrap();
    let kinds: Vec<bool> = range.rows().nth(1).unwrap().iter().map(calamine::DataType::is_string).collect();
    assert_eq!(kinds, [true, true, false]);
}

/// Rows as they come back: without blank cells and rows at the end.
fn trimmed(table: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = table.to_vec();
    for row in &mut rows {
        while row.last().is_some_and(String::is_empty) {
            row.pop();
        }
    }
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

fn cells(table: &[Vec<String>]) -> impl Iterator<Item = Vec<Cell>> + '_ {
    table.iter().map(|row| row.iter().map(|text| Cell::Text(text.clone())).collect())
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9一-龥 ,;|，\t\"'=+@-]{0,12}",
        1 => "[=+@＝'-]{1,3}[a-z0-9.]{0,4}",
        1 => "-?[0-9]{1,19}(\\.[0-9]{1,6})?",
        1 => "\\PC{0,8}",
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000), name in ".{0,8}") {
        drop(read(&bytes, &name));
        drop(read(&[b"PK\x03\x04".to_vec(), bytes].concat(), &name));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[,;\t\"\r\n]){0,400}") {
        drop(read(text.as_bytes(), "x.csv"));
        drop(read_pasted(&text));
    }

    #[test]
    fn any_workbook_is_read_or_refused(rows in "(<row|<c|</row>|</c>|<v>|</v>|<is>|<t>| r=\"| t=\"|\"|>|[A-Z0-9]|\\PC){0,60}") {
        drop(read(&by_hand(&rows), "x.xlsx"));
    }

    #[test]
    fn csv_comes_back_as_it_was(
        table in prop::collection::vec(prop::collection::vec(prop_oneof![4 => cell(), 1 => "[a\r\n]{0,4}"], 3), 0..8),
    ) {
        let (bytes, _) = written(|out, progress| write_csv(out, &["a", "b", "c"], cells(&table), progress));
        let header = ["a", "b", "c"].map(str::to_owned).to_vec();
        let expected = trimmed(&[vec![header], table].concat());
        prop_assert_eq!(read(&bytes, "x.csv").unwrap().rows, expected);
    }

    #[test]
    fn one_column_comes_back_as_it_was(table in prop::collection::vec(prop::collection::vec(cell(), 1), 0..8)) {
        let (bytes, _) = written(|out, progress| write_csv(out, &["a"], cells(&table), progress));
        let expected = trimmed(&[vec![vec!["a".to_owned()]], table].concat());
        prop_assert_eq!(read(&bytes, "x.csv").unwrap().rows, expected);
    }

    #[test]
    fn a_workbook_comes_back_as_it_was(
        table in prop::collection::vec(prop::collection::vec(prop_oneof![4 => cell(), 1 => "[a\r\n]{0,4}"], 3), 0..8),
    ) {
        let (bytes, _) = written(|out, progress| write_xlsx(out, &["a", "b", "c"], cells(&table), progress));
        let header = ["a", "b", "c"].map(str::to_owned).to_vec();
        let expected = trimmed(&[vec![header], table].concat());
        prop_assert_eq!(read(&bytes, "x.xlsx").unwrap().rows, expected);
    }
}
