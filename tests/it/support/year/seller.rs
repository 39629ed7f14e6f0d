//! Sellerdesk as its operator has it: a running `serve`, and commands beside it. What a command could not do because of a
//! fault is done again later, and has to go well then.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sellerdesk::protocol::{KeyClass, UnixMillis};
use serde_json::Value;

use crate::support::{
    app::{KEY, TEMPLATE},
    program::{Serving, command, stderr},
};

pub const AK: &str = "AKOFTHESELLEROFAYEAR";
pub const SK: &str = "secret-key-of-the-seller-of-a-year";
pub const KEYS: [(KeyClass, &str); 5] = [
    (KeyClass::Base, KEY),
    (KeyClass::Kit, "kit-key-of-a-year-0000001"),
    (KeyClass::License, "license-key-of-a-year-0001"),
    (KeyClass::General, "general-key-of-a-year-0001"),
    (KeyClass::V1, "v1-key-of-a-year-000000001"),
];

/// The seller's, of which the marketplace has the public half.
const RSA_KEY_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oaep/made-for-tests-pkcs8.pem");
pub const RSA_PUBLIC_KEY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oaep/made-for-tests-public.pem"));

pub struct Seller {
    dir: tempfile::TempDir,
    /// Commands that have to succeed once nothing goes wrong any more.
    unfinished: Vec<Vec<String>>,
    files: usize,
}

impl Seller {
    pub fn new(dir: tempfile::TempDir, open_apis: &str) -> Self {
        // The address is that of Licenses of 1.0 too.
        let license = "license = \"LIC-{orderId}\"\n";
        let config = format!("[marketplace]\nbase_url = \"{open_apis}\"\n{TEMPLATE}{license}");
        fs::write(dir.path().join("config.toml"), config).unwrap();
        Self { dir, unfinished: vec![], files: 0 }
    }

    pub fn serve(&self) -> Serving {
        Serving::start_with(self.command(&["--listen", "127.0.0.1:0", "serve"]))
    }

    pub fn activate(&mut self, codes: Vec<String>) {
        let words = ["license", "activate", "--json"].map(str::to_owned);
        self.try_once(words.into_iter().chain(codes).collect());
    }

    /// The License is named after what was applied for.
    pub fn upload(&mut self, event_id: &str) {
        let file = self.file("lic");
        fs::write(&file, format!("LIC-{event_id}")).unwrap();
        let file = file.display().to_string();
        self.try_once(["upload", event_id, "--file", &file, "--json"].map(str::to_owned).to_vec());
    }

    /// Instance, begin, end and what was used in between.
    pub fn push_usage(&mut self, rows: &[(String, UnixMillis, UnixMillis, u32)]) {
        let time = |time: &UnixMillis| format!("{}Z", time.to_string().get(..19).unwrap_or_default());
        let row = |(id, begin, end, value): &(String, UnixMillis, UnixMillis, u32)| {
            format!("{id},{},{},{value}\n", time(begin), time(end))
        };
        let table: String = rows.iter().map(row).collect();
        let file = self.file("csv");
        fs::write(&file, format!("instanceId,beginTime,endTime,usageValue\n{table}")).unwrap();
        let file = file.display().to_string();
        self.try_once(["usage", "push", &file, "--json"].map(str::to_owned).to_vec());
    }

    /// What came to nothing, again.
    pub fn finish(&mut self) {
        for arguments in std::mem::take(&mut self.unfinished) {
            let output = self.run(&arguments);
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{arguments:?}: {told}{}", stderr(&output));
        }
    }

    pub fn list(&self, what: &str) -> Vec<Value> {
        let output = self.run(&["list", what, "--json", "--limit", "1000000"].map(str::to_owned));
        assert!(output.status.success(), "{what}: {}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn try_once(&mut self, arguments: Vec<String>) {
        if !self.run(&arguments).status.success() {
            self.unfinished.push(arguments);
        }
    }

    fn run(&self, arguments: &[String]) -> Output {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.command(&arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.dir.path(), arguments);
        command.env("SELLERDESK_AK", AK).env("SELLERDESK_SK", SK).env("SELLERDESK_KIT_RSA_KEY_FILE", RSA_KEY_FILE);
        for (class, key) in KEYS {
            command.env(format!("SELLERDESK_KEY_{}", class.name().to_uppercase()), key);
        }
        command
    }

    fn file(&mut self, extension: &str) -> PathBuf {
        self.files += 1;
        Path::new(self.dir.path()).join(format!("file-{}.{extension}", self.files))
    }
}
