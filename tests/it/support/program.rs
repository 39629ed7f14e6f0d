//! The program itself, as a user starts it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;

use super::app::KEY;

/// `sellerdesk` with a data directory, without keychain, display and colours.
pub fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sellerdesk"));
    command.env("SELLERDESK_KEYCHAIN", "off").env("NO_COLOR", "1").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.arg("--data-dir").arg(dir).args(arguments).stdin(Stdio::null());
    command
}

pub fn run(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

/// Standard output of a command that succeeds, as JSON.
pub fn json(dir: &Path, arguments: &[&str]) -> Value {
    let output = run(dir, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sets the base key as a user does, over standard input.
pub fn set_key(dir: &Path) {
    let mut child = command(dir, &["key", "set", "base"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(KEY.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// A running `serve`; killed when dropped.
pub struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The first endpoint's.
    pub url: String,
}

impl Serving {
    /// Answers when calls are accepted.
    pub fn start(dir: &Path) -> Self {
        Self::start_with(command(dir, &["--listen", "127.0.0.1:0", "serve"]))
    }

    /// Any command that says where it listens.
    pub fn start_with(command: Command) -> Self {
        Self::start_saying(command, "listening ")
    }

    /// Any command whose first line begins like that; what follows is taken for its address.
    pub fn start_saying(mut command: Command, word: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let Some(url) = line.trim().strip_prefix(word) else {
            let mut complaint = String::new();
            child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
            panic!("serve does not listen: {line}{complaint}");
        };
        Self { child, stdout, url: url.to_owned() }
    }

    /// The next one that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// What it says on standard error, line by line.
    pub fn complaints(&mut self) -> impl Iterator<Item = String> {
        BufReader::new(self.child.stderr.take().unwrap()).lines().map(Result::unwrap)
    }

    /// SIGKILL, as a crash or a power cut is to a process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
