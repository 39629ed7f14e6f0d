//! In the Chinese window nothing is refused in English, and in no language without a word.

use std::{io, path::PathBuf};

use super::*;
use crate::{
    config::{ConfigError, KeyError},
    desk::{
        ReceiverTrouble, StoreError, SystemReason, UsageFlaw, UsageTrouble, WorkdaysError, debugging::DebugRefused,
        import::RowProblem,
    },
    domain::{
        AnswerFlaw, MessageId, Obstacle, SecretFlaw,
        register::{RegisterKind, TemplateProblem},
        usage::{NotPossible, RecordCode, UsageProblem},
        workdays::Workdays,
    },
    protocol::{KeyClass, UnixMillis, debugging::DebugError, oaep::PemError},
    ui::Language,
};

fn system(kind: io::ErrorKind) -> io::Error {
    kind.into()
}

fn path() -> PathBuf {
    "/表/八月.csv".into()
}

fn malformed() -> crate::domain::workdays::MalformedWorkdays {
    Workdays::parse("2026-13-01 off").unwrap_err()
}

/// One of each kind; what a foreign library says is `…`.
fn refusals() -> Vec<Refusal> {
    let text = || "…".to_owned();
    let stores = [
        StoreError::Open { path: path(), reason: text() },
        StoreError::TooNew { path: path(), found: 9, known: 8 },
        StoreError::Migration { path: path(), from: 1, to: 2, reason: text(), backup: path() },
        StoreError::Newer("…".into()),
        StoreError::DiskFull,
        StoreError::Busy,
        StoreError::Closed,
        StoreError::Cancelled,
        StoreError::NoSuchMessage(1),
        StoreError::Panicked,
        StoreError::Unseal,
        StoreError::Sqlite(text()),
    ];
    let keys = [
        KeyError::File { path: path(), reason: system(io::ErrorKind::PermissionDenied) },
        KeyError::DamagedSealKey(path()),
        KeyError::LostSealKey { sealed: path(), key: path() },
        KeyError::DamagedSecrets(path()),
        KeyError::Length(0),
        KeyError::Blanks,
        KeyError::NotSet(KeyClass::Base),
        KeyError::OfEnvironment { class: KeyClass::Kit, variable: "SELLERDESK_KEY_KIT".into() },
        KeyError::OldStillValid { class: KeyClass::V1, since: UnixMillis(0) },
        KeyError::NoOldKey(KeyClass::License),
        KeyError::Pem(PemError::NotPem),
        KeyError::Pem(PemError::Encrypted),
        KeyError::Pem(PemError::NotRsa),
        KeyError::Pem(PemError::TooShort(1024)),
        KeyError::PemLength,
        KeyError::AccessKeyNotSet,
        KeyError::AccessKeyOfEnvironment,
        KeyError::NoAccessKey,
        KeyError::TokenLength,
        KeyError::NoRsaKey,
        KeyError::RsaOfEnvironment,
    ];
    let desks = [
        DeskError::Config(ConfigError::Read { path: path(), reason: system(io::ErrorKind::NotFound) }),
        DeskError::Config(ConfigError::Write { path: path(), reason: system(io::ErrorKind::ReadOnlyFilesystem) }),
        DeskError::Config(ConfigError::Line { line: 3, message: text() }),
        DeskError::Config(ConfigError::Invalid(text())),
        DeskError::Workdays(WorkdaysError::Unreadable { file: path(), reason: system(io::ErrorKind::IsADirectory) }),
        DeskError::Workdays(WorkdaysError::Malformed { file: path(), malformed: malformed() }),
        DeskError::Workdays(WorkdaysError::Empty { file: path() }),
        DeskError::Workdays(WorkdaysError::Unwritable { file: path(), reason: system(io::ErrorKind::StorageFull) }),
        DeskError::HandingOver { message_id: MessageId(1) },
        DeskError::LicenseLength { length: 5000, max: 4096 },
        DeskError::FileLength { name: "a.lic".into(), max: 9 },
        DeskError::LicenseFile { path: path(), reason: system(io::ErrorKind::NotFound) },
        DeskError::NoUsageColumns,
        DeskError::MissingColumns("instanceId".into()),
        DeskError::NoSuchInstance("i-1".into()),
    ];
    let sheets = [
        SheetError::TooLarge,
        SheetError::TooManyRows,
        SheetError::TooWide { row: 1 },
        SheetError::TooMuch { row: 1 },
        SheetError::Empty,
        SheetError::Password,
        SheetError::OldExcel,
        SheetError::NoWorkbook,
        SheetError::Markup,
        SheetError::Broken { reason: text() },
        SheetError::NoText { line: 1, column: 2 },
        SheetError::OpenQuote { line: 1, column: 2 },
    ];
    let imports = [
        ImportError::File(FileError::Unreadable { file: path(), reason: system(io::ErrorKind::NotFound) }),
        ImportError::File(FileError::NoFile { file: path() }),
        ImportError::File(FileError::NoTable { file: path(), error: SheetError::Empty }),
        ImportError::File(FileError::Interrupted),
        ImportError::Wrong { wrong: 2, row: 3, problem: RowProblem::Empty { column: "productId".into() } },
        ImportError::NoRows,
        ImportError::Cancelled,
        ImportError::NoSuchBatch(1),
        ImportError::TakenBack(1),
    ];
    let exports = [
        ExportError::Format(path()),
        ExportError::Unwritable { file: path(), reason: Reason::Io(system(io::ErrorKind::PermissionDenied)) },
        ExportError::Unwritable { file: path(), reason: Reason::Table(WriteError::TooManyRows) },
        ExportError::Unwritable { file: path(), reason: Reason::Table(WriteError::Workbook(text())) },
        ExportError::Unwritable { file: path(), reason: Reason::Interrupted },
        ExportError::Cancelled,
    ];
    let missing = || EntryProblem::Missing { field: "product".into() };
    let registers = [
        RegisterError::NoColumns { kind: RegisterKind::Reviews, columns: vec!["product"] },
        RegisterError::NoRows,
        RegisterError::Lines(vec![(2, missing())]),
        RegisterError::Entry(vec![missing()]),
        RegisterError::NoSuchEntry { kind: RegisterKind::Contacts, id: 4 },
    ];
    let debugging = [
        DebugRefused::Call(DebugError::NoAddress("x".into())),
        DebugRefused::Call(DebugError::NoJson { name: "userList".into(), reason: text() }),
        DebugRefused::Call(DebugError::NoInterface("x".into())),
        DebugRefused::NoEndpoint("main".into()),
        DebugRefused::NotListening,
        DebugRefused::NoKey(KeyClass::General),
        DebugRefused::NoCase,
        DebugRefused::Client(text()),
    ];
    let benches = [
        BenchError::NoAddress(text()),
        BenchError::NotHttps,
        BenchError::NoHeader("x".into()),
        BenchError::Signature(SdkHmacError::MalformedMethod("x".into())),
        BenchError::Signature(SdkHmacError::MalformedHeaderName("x".into())),
        BenchError::Signature(SdkHmacError::MalformedHeaderValue("X-Stage".into())),
        BenchError::Signature(SdkHmacError::RepeatedHeader("X-Stage".into())),
        BenchError::Signature(SdkHmacError::MalformedAccess),
    ];
    let usage = [
        NotPossible::AlreadySent,
        NotPossible::UnderWay,
        NotPossible::NotUnderWay,
        NotPossible::NotSent,
        NotPossible::InDoubt,
        NotPossible::CorrectFirst { code: RecordCode::TimeRange },
        NotPossible::Pointless { code: RecordCode::NotPayPerUse },
        NotPossible::Discarded,
        NotPossible::Replaced { by: "sn-2".into() },
    ];
    let template = TemplateError::Problem { name: "谢".into(), problem: TemplateProblem::Taken };
    let mut all: Vec<Refusal> = vec![template.into(), Refusal::NoClientSecret { app_id: "a".into() }];
    all.extend(stores.map(Refusal::from));
    all.extend(keys.map(|error| DeskError::from(error).into()));
    all.extend(desks.map(Refusal::from));
    all.extend(sheets.map(|error| ImportError::from(FileError::Pasted(error)).into()));
    all.extend(imports.map(Refusal::from));
    all.extend(exports.map(Refusal::from));
    all.extend(registers.map(Refusal::from));
    all.extend(debugging.map(Refusal::from));
    all.extend(benches.map(Refusal::from));
    all.extend(usage.map(|reason| Refusal::Usage { metering_sn: "sn-1".into(), reason }));
    all
}

/// Whether three words of English follow each other outside of quotation marks.
fn is_english(sentence: &str) -> bool {
    let told: String = sentence.split(['“', '”']).step_by(2).collect::<Vec<_>>().join("。");
    let mut run = 0;
    told.split(' ').any(|word| {
        run = if word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()) { run + 1 } else { 0 };
        run >= 3
    })
}

#[test]
fn english_is_told_from_chinese() {
    assert!(is_english("the disk is full"));
    assert!(is_english("无法读取：the disk is full"));
    assert!(!is_english("无法读取 config.toml，请检查 seal.key"));
    assert!(!is_english("可用“openssl pkcs8 and more words”去除"));
}

#[test]
fn nothing_is_refused_in_english_where_the_window_is_chinese() {
    let (chinese, english) = (Texts::new(Language::Chinese), Texts::new(Language::English));
    for refusal in refusals() {
        let (told, in_english) = (chinese.refusal(&refusal), english.refusal(&refusal));
        assert!(!is_english(&told), "{refusal:?}: {told}");
        assert!(!in_english.is_empty() && told != in_english, "{refusal:?}: {told}");
        assert!(!told.contains(refusal.to_string().as_str()), "{refusal:?} is passed on as it is");
    }
}

#[test]
fn what_was_in_the_way_is_not_told_in_english_where_the_window_is_chinese() {
    let texts = Texts::new(Language::Chinese);
    let day = || "2026-01-01".to_owned();
    let obstacles = [
        Obstacle::NoCertificate,
        Obstacle::Expired,
        Obstacle::ExpiredOn { day: day() },
        Obstacle::NotValidYet,
        Obstacle::ValidFrom { day: day() },
        Obstacle::OtherNames { names: "mkt.example.com".into() },
        Obstacle::OtherHost,
        Obstacle::UnknownIssuer,
        Obstacle::WrongIssuer,
        Obstacle::NotForServers,
        Obstacle::Revoked,
        Obstacle::NoTls,
        Obstacle::OldTls,
        Obstacle::Refused,
        Obstacle::Reset,
        Obstacle::Slow,
        Obstacle::NoRoute,
        Obstacle::NoHost,
        Obstacle::NoWebhook { endpoint: "main".into() },
    ];
    let flaws = [
        AnswerFlaw::TooLong { max: 9 },
        AnswerFlaw::OtherInstance { told: "i-1".into(), asked: crate::protocol::id::InstanceId::new("i-2") },
        AnswerFlaw::ResultCode { code: "7".into() },
    ];
    let secrets = [SecretFlaw::NoKey, SecretFlaw::BadKey, SecretFlaw::NotBase64, SecretFlaw::OtherKey];
    let in_use = || SystemReason::from(system(io::ErrorKind::AddrInUse));
    let receivers = [
        ReceiverTrouble::Bind { address: ([127, 0, 0, 1], 8480).into(), reason: in_use() },
        ReceiverTrouble::Lock(in_use()),
        ReceiverTrouble::Tls(in_use()),
        ReceiverTrouble::Threads(in_use()),
        ReceiverTrouble::Ended(in_use()),
    ];
    let sources = [
        UsageTrouble::Refused(DeskError::NoUsageColumns.into()),
        UsageTrouble::Folder(in_use()),
        UsageTrouble::NotMoved { to: "done", reason: in_use() },
    ];
    let rows = [
        UsageFlaw::Row { row: 2, problem: UsageProblem::EndBeforeBegin },
        UsageFlaw::Record { row: 2, metering_sn: "sn".into(), reason: NotPossible::AlreadySent },
    ];
    let mut told: Vec<String> = obstacles.iter().map(|it| texts.obstacle(it)).collect();
    told.extend(flaws.iter().map(|it| texts.answer_flaw(it)));
    told.extend(secrets.iter().map(|it| texts.secret_flaw(it)));
    told.extend(receivers.iter().map(|it| texts.receiver_trouble(it)));
    told.extend(sources.iter().map(|it| texts.usage_trouble(it)));
    told.extend(rows.iter().map(|it| texts.usage_flaw(it)));
    for sentence in told {
        assert!(!is_english(&sentence) && sentence.chars().any(|c| c as u32 > 0x2e80), "{sentence}");
    }
}
