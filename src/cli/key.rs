//! `key`: which access keys are set. A key comes in on standard input and never goes out; a webhook's secret, which the
//! seller's own backend needs, does. Needs configuration alone, no desk and no database.

use std::{
    io::{IsTerminal as _, Read, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::args::KeyCommand;
use crate::{
    config::{Config, KeyInfo, KeyOrigin, KeyRing, open_data_dir},
    protocol::{KeyClass, Secret},
};

/// More than any key, so that an endless input comes to an end.
const LONGEST_INPUT: u64 = 4_096;

pub(super) fn run(data_dir: Option<&Path>, command: &KeyCommand) -> anyhow::Result<ExitCode> {
    let data_dir = open_data_dir(data_dir)?;
    let keys = KeyRing::open(&data_dir)?;
    let mut stdin = std::io::stdin().lock();
    if stdin.is_terminal() && matches!(command, KeyCommand::Set { .. }) {
        // On standard error, so that what is printed stays the answer.
        drop(writeln!(std::io::stderr(), "Paste the key, then press Enter and Ctrl-D."));
    }
    execute(&data_dir, &keys, command, &mut stdin, &mut std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

fn execute(
    dir: &Path,
    keys: &KeyRing,
    command: &KeyCommand,
    input: &mut impl Read,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        KeyCommand::Set { class, endpoint } => {
            let endpoint = endpoint.as_deref();
            known(dir, endpoint)?;
            keys.set(endpoint, *class, read_key(input)?)?;
            writeln!(output, "the key of the class {class}{} is set", of(endpoint))?;
            if endpoint.is_none() && keys.list().contains(&from_environment(*class)) {
                writeln!(output, "the one in the environment goes before it as long as it is set there")?;
            }
        }
        KeyCommand::Remove { class, endpoint } => {
            keys.remove(endpoint.as_deref(), *class)?;
            writeln!(output, "the key of the class {class}{} is removed", of(endpoint.as_deref()))?;
        }
        KeyCommand::WebhookSecret { endpoint } => {
            known(dir, Some(endpoint))?;
            writeln!(output, "{}", keys.webhook_secret(endpoint)?.expose())?;
        }
        KeyCommand::List { output: how } => {
            let list = keys.list();
            if how.json {
                let values: Vec<Value> = list.iter().map(to_json).collect();
                writeln!(output, "{:#}", Value::Array(values))?;
            } else if list.is_empty() {
                writeln!(output, "no key is set; `sellerdesk key set base` reads the accessKey from standard input")?;
            }
            for key in list.iter().filter(|_| !how.json) {
                let line =
                    format!("{:<8}  {:<11} {}", key.class.name(), key.origin.name(), of(key.endpoint.as_deref()));
                writeln!(output, "{}", line.trim_end())?;
            }
        }
    }
    Ok(())
}

/// A mistyped name would keep a key that nothing ever asks for.
fn known(dir: &Path, endpoint: Option<&str>) -> anyhow::Result<()> {
    let Some(name) = endpoint else { return Ok(()) };
    let config = Config::load(dir)?;
    if config.endpoint(name).is_none() {
        let names: Vec<&str> = config.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        bail!("no endpoint is called `{name}`; there is {}", names.join(", "));
    }
    Ok(())
}

fn read_key(input: &mut impl Read) -> anyhow::Result<Secret> {
    // Into a buffer that does not grow, because a buffer left behind is not wiped.
    let mut text = String::with_capacity(usize::try_from(LONGEST_INPUT)?);
    let read = input.take(LONGEST_INPUT).read_to_string(&mut text);
    let key = Secret::new(text);
    read.context("the key cannot be read from standard input")?;
    Ok(key)
}

fn of(endpoint: Option<&str>) -> String {
    endpoint.map(|name| format!(" of endpoint {name}")).unwrap_or_default()
}

fn from_environment(class: KeyClass) -> KeyInfo {
    KeyInfo { class, endpoint: None, origin: KeyOrigin::Environment }
}

fn to_json(key: &KeyInfo) -> Value {
    json!({ "class": key.class.name(), "endpoint": key.endpoint, "origin": key.origin.name() })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Arguments, Command};

    const KEY: &str = "demo-key-for-tests-0001\n";

    struct Bench {
        dir: tempfile::TempDir,
        keys: KeyRing,
    }

    fn bench(variable: Option<&'static str>) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let environment = Arc::new(move |name: &str| (variable == Some(name)).then(|| "env".to_owned()));
        let keys = KeyRing::open_with(dir.path(), false, environment).unwrap();
        Bench { dir, keys }
    }

    impl Bench {
        fn typed(&self, line: &str, mut input: &[u8]) -> Result<String, String> {
            let arguments = Arguments::try_parse_from(format!("sellerdesk key {line}").split(' ')).unwrap();
            let Some(Command::Key(command)) = arguments.command else { panic!("{line} is no key command") };
            let mut output = Vec::new();
            let done = execute(self.dir.path(), &self.keys, &command, &mut input, &mut output);
            done.map(|()| String::from_utf8(output).unwrap()).map_err(|error| format!("{error:#}"))
        }
    }

    #[test]
    fn keys_are_set_listed_and_removed() {
        let bench = bench(None);
        assert!(bench.typed("list", b"").unwrap().starts_with("no key is set; "));
        assert_eq!(bench.typed("list --json", b"").unwrap(), "[]\n");
        assert_eq!(bench.typed("set base", KEY.as_bytes()).unwrap(), "the key of the class base is set\n");
        let told = bench.typed("set kit --endpoint main", KEY.as_bytes()).unwrap();
        assert_eq!(told, "the key of the class kit of endpoint main is set\n");
        assert_eq!(bench.keys.key("main", KeyClass::Kit), Some(Secret::new(KEY.trim_end())));
        assert_eq!(bench.typed("list", b"").unwrap(), "base      file\nkit       file         of endpoint main\n");
        let list: Value = serde_json::from_str(&bench.typed("list --json", b"").unwrap()).unwrap();
        let expected = json!([
            { "class": "base", "endpoint": null, "origin": "file" },
            { "class": "kit", "endpoint": "main", "origin": "file" },
        ]);
        assert_eq!(list, expected);
        assert_eq!(bench.typed("remove base", b"").unwrap(), "the key of the class base is removed\n");
        assert_eq!(bench.typed("remove base", b"").unwrap_err(), "no key of the class base is set there");
    }

    #[test]
    fn the_webhook_secret_of_an_endpoint_is_printed_and_stays_the_same() {
        let bench = bench(None);
        let secret = bench.typed("webhook-secret main", b"").unwrap();
        assert!(secret.starts_with("whsec_") && secret.ends_with('\n'), "{secret}");
        assert_eq!(bench.typed("webhook-secret main", b"").unwrap(), secret);
        assert!(bench.typed("webhook-secret mian", b"").unwrap_err().contains("no endpoint is called `mian`"));
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_unseen() {
        let bench = bench(None);
        for (input, sentence) in [
            (&b"\n"[..], "a key has 1 to 256 characters, this one has 0"),
            (&[b'k'; 9_000], "a key has 1 to 256 characters, this one has 4096"),
            (&b"\xff\xfe"[..], "the key cannot be read from standard input: "),
        ] {
            let error = bench.typed("set base", input).unwrap_err();
            assert!(error.starts_with(sentence), "{error}");
        }
        assert!(bench.keys.list().is_empty());
    }

    #[test]
    fn an_endpoint_that_is_not_there_gets_no_key() {
        let error = bench(None).typed("set base --endpoint mian", KEY.as_bytes()).unwrap_err();
        assert_eq!(error, "no endpoint is called `mian`; there is main");
    }

    #[test]
    fn a_key_that_does_not_hold_yet_is_told() {
        let bench = bench(Some("SELLERDESK_KEY_BASE"));
        assert!(bench.typed("set base", KEY.as_bytes()).unwrap().contains("the environment goes before it"));
        assert!(!bench.typed("set kit", KEY.as_bytes()).unwrap().contains("environment"));
        bench.typed("remove base", b"").unwrap();
        let error = bench.typed("remove base", b"").unwrap_err();
        assert!(error.ends_with("unset SELLERDESK_KEY_BASE there"), "{error}");
    }
}
