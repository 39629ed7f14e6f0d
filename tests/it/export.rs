//! Lists as files, and files as tables: over the command line beside a running receiver, and through the desk.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use sellerdesk::{
    desk::{
        Cancel,
        export::{ExportError, ExportProgress, ExportedList},
        files::{FileError, HeaderFinder, read_pasted, read_sheet, usage_columns, usage_fields},
        session::{Command, Event, Session},
    },
    domain::{
        World,
        listing::{LicenseQuery, MessageQuery},
        usage::{UsageProblem, check_list, read_rows},
    },
    protocol::{Secret, UnixMillis},
    sheet::{self, Sheet},
};
use serde_json::{Value, json};

use crate::{
    generations::start,
    kit::{kit, tenant},
    support::{
        app::{KEY, MANUAL, TEMPLATE, TestApp, purchase, release, with},
        program::{self, run, stderr},
    },
};

const PASSWORD: &str = "a-password-for-tests-0002";
const RSA_KEY: &str = include_str!("../data/oaep/made-for-tests-pkcs8.pem");
const CIPHERTEXT: &str = include_str!("../data/oaep/ciphertext-sha256-mgf1-sha256.txt");

fn table(file: &Path) -> Sheet {
    sheet::read(&std::fs::read(file).unwrap(), &file.to_string_lossy()).unwrap()
}

/// A row as JSON tells it, with cells for values.
fn told(value: &Value) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut cells: Vec<String> = value.as_object().unwrap().values().map(cell).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

/// A seller of whom every list has something, secrets among it.
async fn seller() -> TestApp {
    let template = format!("{TEMPLATE}user_name = \"admin\"\npassword = \"{PASSWORD}\"\n");
    let app = start(&template).await;
    app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
    assert_eq!(app.call(release("nobody-knows-it")).await.code(), "000003");
    app.call_signed_with("another-key", purchase("CS2")).await;
    app.desk.add_licenses(World::Live, "PL1\n0012345678901234567890").await.unwrap();
    kit(&app, false, "tenantSync", with(tenant(1), "name", "=HYPERLINK(\"http://x\")公司")).await;
    let of_tenant = json!({ "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "flag": 1, "testFlag": 0 });
    let application = with(with(of_tenant.clone(), "clientId", "c-1"), "clientSecret", CIPHERTEXT.replace('\n', ""));
    assert_eq!(kit(&app, false, "applicationSync", application).await.code(), "000000");
    let users = json!([{ "userName": "li", "name": "李", "orgCode": "d-1", "role": "user", "enable": "true" }]);
    let users = with(with(of_tenant.clone(), "userList", users), "currentSyncTime", "20260420114117642");
    assert_eq!(kit(&app, false, "authSync", users).await.code(), "000000");
    let departments = json!([{ "orgCode": "d-1", "orgName": "研发", "parentCode": "" }]);
    kit(&app, false, "allOrgSync", with(of_tenant, "orgInfoList", departments)).await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_exported_as_its_json_tells_it_and_no_secret_with_it() {
    let app = seller().await;
    let dir = app.dir.path();
    let out = tempfile::tempdir().unwrap();
    let secret = sellerdesk::protocol::oaep::decrypt(RSA_KEY, CIPHERTEXT).unwrap();
    for what in ["messages", "instances", "licenses", "tenants", "users", "departments", "applications", "rejected"] {
        let listed = program::json(dir, &["list", what, "--json"]);
        let listed = listed.as_array().unwrap();
        assert!(!listed.is_empty(), "{what}");
        let header: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
        for extension in ["csv", "xlsx"] {
            let file = out.path().join(format!("{what}.{extension}"));
            let done = program::json(dir, &["list", what, "--json", "--export", &file.to_string_lossy()]);
            assert_eq!(done["rows"], listed.len(), "{what}");
            let table = table(&file);
            assert_eq!(table.rows[0].iter().collect::<Vec<_>>(), header, "{what}");
            let rows: Vec<Vec<String>> = listed.iter().map(told).collect();
            assert_eq!(table.rows[1..], rows, "{what}.{extension}");
            for cell in table.rows.iter().flatten() {
                for hidden in [PASSWORD, KEY, secret.expose()] {
                    assert!(!cell.contains(hidden), "{what} tells a secret: {cell}");
                }
            }
        }
    }
    let licenses = table(&out.path().join("licenses.xlsx"));
    assert!(licenses.rows.iter().any(|row| row[0] == "0012345678901234567890"), "{licenses:?}");
    let tenants = std::fs::read_to_string(out.path().join("tenants.csv")).unwrap();
    assert!(tenants.starts_with("\u{feff}\"tenantId\",") && tenants.contains("\"'=HYPERLINK"), "{tenants}");
    #[cfg(unix)]
    for file in std::fs::read_dir(out.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?} tells of customers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_hold_for_an_export_and_an_empty_list_has_its_header() {
    let app = seller().await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("x.csv");
    let name = file.to_string_lossy();
    let export = |arguments: &[&str]| {
        let output = run(app.dir.path(), &[arguments, &["--export", &name]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).is_empty(), "nobody watches");
        (String::from_utf8(output.stdout).unwrap(), table(&file).rows)
    };
    let (said, rows) = export(&["list", "messages", "--failing"]);
    assert_eq!((said, rows.len()), (format!("1 row written to {name}\n"), 2));
    assert_eq!(export(&["list", "messages", "--limit", "2"]).1.len(), 3);
    assert_eq!(export(&["list", "instances", "--search", "CS1"]).1.len(), 2);
    let (_, rows) = export(&["list", "instances", "--test"]);
    assert_eq!((rows.len(), rows[0][0].as_str()), (1, "instanceId"));
}

#[test]
fn what_cannot_be_exported_is_said_in_a_sentence_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), MANUAL).unwrap();
    std::fs::create_dir(dir.path().join("dir.csv")).unwrap();
    for (what, file, sentence) in [
        ("messages", "x.txt", "the name has to end with .csv or .xlsx"),
        ("messages", "x", "the name has to end with .csv or .xlsx"),
        ("messages", "nowhere/x.csv", "nowhere/x.csv cannot be written"),
        ("messages", "dir.csv", "dir.csv cannot be written"),
        ("endpoints", "x.csv", "they lie in config.toml"),
    ] {
        let place = dir.path().join(file);
        let output = run(dir.path(), &["list", what, "--export", &place.to_string_lossy()]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{file}");
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
        assert!(!place.is_file(), "{file}");
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_written_whole_with_progress_or_cancelled_without_a_trace() {
    let app = TestApp::start(MANUAL).await;
    let codes: Vec<String> = (0..2_345).map(|number| format!("PL{number:06}")).collect();
    app.desk.add_licenses(World::Live, &codes.join("\n")).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("licenses.xlsx");
    let heard = Arc::new(AtomicUsize::new(0));
    let list = || ExportedList::Licenses(LicenseQuery { ascending: true, ..LicenseQuery::default() });

    let times = heard.clone();
    let progress = move |progress: ExportProgress| {
        assert!(progress.rows <= 2_345 && progress.of == Some(2_345), "{progress:?}");
        times.fetch_add(1, Ordering::Relaxed);
    };
    let rows = app.desk.export(list(), usize::MAX, &file, Cancel::default(), progress).await.unwrap();
    assert_eq!((rows, heard.load(Ordering::Relaxed)), (2_345, 3));
    let mut exported: Vec<String> = table(&file).rows[1..].iter().map(|row| row[0].clone()).collect();
    exported.sort();
    assert_eq!(exported, codes);

    let before = std::fs::read(&file).unwrap();
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let cancelled = app.desk.export(list(), usize::MAX, &file, cancel, move |_| stop.cancel()).await;
    assert!(matches!(cancelled, Err(ExportError::Cancelled)), "{cancelled:?}");
    let at_once = Cancel::default();
    at_once.cancel();
    let messages = ExportedList::Messages(MessageQuery::default());
    let cancelled = app.desk.export(messages, usize::MAX, &file, at_once, |_| {}).await;
    assert!(matches!(cancelled, Err(ExportError::Cancelled)), "{cancelled:?}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[tokio::test]
async fn a_file_of_usage_becomes_records() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("话单.csv");
    // As Excel saves it in China: 实例ID,开始时间,结束时间,用量,备注 in GBK.
    let header = b"\xca\xb5\xc0\xfdID,\xbf\xaa\xca\xbc\xca\xb1\xbc\xe4,\xbd\xe1\xca\xf8\xca\xb1\xbc\xe4,\xd3\xc3\xc1\xbf,\xb1\xb8\xd7\xa2\r\n";
    let rows = b"i-1,2022/8/9 16:00,2022/8/9 17:00,12.5,\r\n\r\ni-1,2022/8/9 16:00,2022/8/9 17:00,13,\r\ni-2,,2022/8/9 17:00,\"1,5\",x\r\n";
    std::fs::write(&file, [&header[..], rows].concat()).unwrap();

    let sheet = read_sheet(file).await.unwrap();
    let columns = usage_columns();
    let finder = HeaderFinder::new(&columns);
    let mapping = finder.find(&sheet).unwrap();
    assert!(finder.missing(&mapping).is_empty(), "{mapping:?}");
    let beijing = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let fields = mapping.of(&sheet).rows().map(|row| (row.number, usage_fields(&row)));
    let read = read_rows(fields, Some(&beijing));
    let (row, first) = &read.records[0];
    assert_eq!((*row, first.instance_id.as_str(), first.usage_value.as_str()), (2, "i-1", "12.5"));
    assert_eq!(first.begin_time, UnixMillis(1_660_032_000_000));
    let problems =
        [(5, UsageProblem::Missing { column: "beginTime".into() }), (5, UsageProblem::NoNumber { text: "1,5".into() })];
    assert_eq!(read.problems, problems);
    let list = read.records.iter().map(|(row, record)| (*row, record));
    assert_eq!(check_list(list, first.end_time), [(4, UsageProblem::SamePeriod { first: 2 })]);
}

#[tokio::test]
async fn what_is_no_table_is_said_with_its_place() {
    let out = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let file = out.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let large = put("large.csv", b"");
    std::fs::File::options().write(true).open(&large).unwrap().set_len(65 * 1024 * 1024).unwrap();
    for (file, sentence) in [
        (large, "larger than 64 MiB"),
        (put("open.csv", b"a,b\n\"c,d\n"), "open.csv: line 2, column 1: the quotation mark is never closed"),
        (put("cut.xlsx", b"PK\x03\x04"), "cut.xlsx: the workbook is damaged"),
        (out.path().join("nowhere.csv"), "nowhere.csv cannot be read"),
        (out.path().to_owned(), "is no file"),
    ] {
        let error = read_sheet(file).await.unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
    assert_eq!(read_pasted("a\tb\n1\t2".to_owned()).await.unwrap().rows, [["a", "b"], ["1", "2"]]);
    assert!(matches!(read_pasted(String::new()).await, Err(FileError::Pasted(_))));
}

#[tokio::test]
async fn the_window_stops_an_export_and_what_stood_there_before_stands_there_still() {
    let app = TestApp::start(MANUAL).await;
    // More than is written before a command that follows at once.
    let codes: Vec<String> = (0..5_000).map(|number| format!("PL{number:05}")).collect();
    app.desk.add_licenses(World::Live, &codes.join("\n")).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut session = Session::start(app.desk.clone(), Arc::new(|| {})).await;
    for (name, before) in [("licenses.csv", Some("before")), ("licenses.xlsx", None)] {
        let file = out.path().join(name);
        if let Some(before) = before {
            std::fs::write(&file, before).unwrap();
        }
        let list = ExportedList::Licenses(LicenseQuery::default());
        // One right behind the other, so that it is stopped before it is through.
        session.commands.send(Command::Export { list, file: file.clone() }).await.unwrap();
        session.commands.send(Command::CancelExport).await.unwrap();
        let told = loop {
            let event = session.events.recv().await.unwrap();
            if matches!(event, Event::ExportCancelled { .. } | Event::Exported { .. } | Event::Refused { .. }) {
                break event;
            }
        };
        assert_eq!(told, Event::ExportCancelled { file: file.clone() });
        assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), before);
        session.snapshots.wait_for(|snapshot| snapshot.exporting.is_none()).await.unwrap();
    }
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1, "nothing is left beside it");
}
