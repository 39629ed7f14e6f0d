//! `key`: which access keys are set. A key comes in on standard input and never goes out; a webhook's secret, which the
//! seller's own backend needs, does. Needs configuration alone, no desk and no database.

use std::{
    io::{IsTerminal as _, Read, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{args::KeyCommand, open::system_time, print};
use crate::{
    config::{AccessKeyInfo, AccessKeyPair, Config, KeyInfo, KeyOrigin, KeyRing, OlderKey, RsaKeyInfo, open_data_dir},
    protocol::{KeyClass, Secret, UnixMillis},
};

/// More than any key, so that an endless input comes to an end.
const LONGEST_INPUT: u64 = 4_096;
/// More than any private key.
const LONGEST_PEM: u64 = 64 * 1_024 + 1;

pub(super) fn run(data_dir: Option<&Path>, command: &KeyCommand) -> anyhow::Result<ExitCode> {
    let data_dir = open_data_dir(data_dir)?;
    let keys = KeyRing::open(&data_dir)?;
    let mut stdin = std::io::stdin().lock();
    if stdin.is_terminal()
        && matches!(command, KeyCommand::Set { .. } | KeyCommand::SetRsa { .. } | KeyCommand::SetAksk)
    {
        // On standard error, so that what is printed stays the answer.
        drop(writeln!(std::io::stderr(), "Paste the key, then press Enter and Ctrl-D."));
    }
    execute(&data_dir, &keys, command, system_time(), &mut stdin, &mut std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

fn execute(
    dir: &Path,
    keys: &KeyRing,
    command: &KeyCommand,
    now: UnixMillis,
    input: &mut impl Read,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        KeyCommand::Set { class, endpoint, keep_old, end_older } => {
            let endpoint = endpoint.as_deref();
            known(dir, endpoint)?;
            let key = read_secret(input, LONGEST_INPUT)?;
            if *keep_old {
                let older = if *end_older { OlderKey::End } else { OlderKey::Refuse };
                keys.rotate(endpoint, *class, key, now, older)?;
            } else {
                keys.set(endpoint, *class, key)?;
            }
            writeln!(output, "the key of the class {class}{} is set", of(endpoint))?;
            tell_what_else_holds(keys, *class, endpoint, *keep_old, output)?;
        }
        KeyCommand::EndOld { class, endpoint } => {
            keys.end_old(endpoint.as_deref(), *class)?;
            writeln!(output, "the old key of the class {class}{} is valid no more", of(endpoint.as_deref()))?;
        }
        KeyCommand::ForgetEnded { class, endpoint } => {
            let forgotten = keys.forget_ended(endpoint.as_deref(), *class)?;
            writeln!(output, "ended keys of the class {class}{} forgotten: {forgotten}", of(endpoint.as_deref()))?;
        }
        KeyCommand::Remove { class, endpoint } => {
            keys.remove(endpoint.as_deref(), *class)?;
            writeln!(output, "the key of the class {class}{} is removed", of(endpoint.as_deref()))?;
        }
        KeyCommand::SetRsa { endpoint } => {
            known(dir, endpoint.as_deref())?;
            keys.set_rsa_key(endpoint.as_deref(), &read_secret(input, LONGEST_PEM)?)?;
            writeln!(output, "the RSA private key{} is set", of(endpoint.as_deref()))?;
            let listed = keys.rsa_keys();
            if endpoint.is_none() && listed.iter().any(|key| key.origin == KeyOrigin::Environment) {
                writeln!(output, "the one in the environment goes before it as long as it is set there")?;
            }
        }
        KeyCommand::RemoveRsa { endpoint } => {
            keys.remove_rsa_key(endpoint.as_deref())?;
            writeln!(output, "the RSA private key{} is removed", of(endpoint.as_deref()))?;
        }
        KeyCommand::SetAksk => {
            keys.set_access_key(&read_access_key(input)?)?;
            writeln!(output, "AK and SK are set")?;
            if keys.access_key_info().is_some_and(|info| info.origin == KeyOrigin::Environment) {
                writeln!(output, "those in the environment go before them as long as they are set there")?;
            }
        }
        KeyCommand::RemoveAksk => {
            keys.remove_access_key()?;
            writeln!(output, "AK and SK are removed")?;
        }
        KeyCommand::WebhookSecret { endpoint } => {
            known(dir, Some(endpoint))?;
            writeln!(output, "{}", keys.webhook_secret(endpoint)?.expose())?;
        }
        KeyCommand::List { output: how } => list(keys, how.json, output)?,
    }
    Ok(())
}

/// Keys beside the one that was set just now, which a call may be signed with too or must be.
fn tell_what_else_holds(
    keys: &KeyRing,
    class: KeyClass,
    endpoint: Option<&str>,
    keep_old: bool,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let list = keys.list();
    let mut of_class = list.iter().filter(|key| key.class == class && key.endpoint.as_deref() == endpoint);
    match of_class.clone().find_map(|key| key.old_since) {
        Some(since) => {
            let flag = endpoint.map(|name| format!(" --endpoint {name}")).unwrap_or_default();
            writeln!(
                output,
                "the key that is old since {} stays valid until `sellerdesk key end-old {class}{flag}`",
                print::at(since)
            )?;
        }
        None if keep_old => writeln!(output, "there was no other key to keep")?,
        None => {}
    }
    if of_class.any(|key| key.origin == KeyOrigin::Environment) {
        writeln!(output, "the one in the environment goes before it as long as it is set there")?;
    }
    Ok(())
}

fn list(keys: &KeyRing, as_json: bool, output: &mut impl Write) -> anyhow::Result<()> {
    let (list, private, access) = (keys.list(), keys.rsa_keys(), keys.access_key_info());
    if as_json {
        let all =
            list.iter().map(to_json).chain(private.iter().map(rsa_to_json)).chain(access.iter().map(access_to_json));
        let values: Vec<Value> = all.collect();
        writeln!(output, "{:#}", Value::Array(values))?;
        return Ok(());
    }
    if list.is_empty() && private.is_empty() && access.is_none() {
        writeln!(output, "no key is set; `sellerdesk key set base` reads the accessKey from standard input")?;
    }
    let mut line = |class: &str, origin: KeyOrigin, endpoint: Option<&str>, more: &str| {
        let line = format!("{class:<8}  {:<11} {}{more}", origin.name(), of(endpoint));
        writeln!(output, "{}", line.trim_end())
    };
    for key in list {
        let old = key.old_since.map(print::at).map(|since| format!("  old one still valid, since {since}"));
        let old = old.unwrap_or_default();
        let ended = match key.ended {
            0 => String::new(),
            count => format!("  ended ones kept to explain refused calls: {count}"),
        };
        line(key.class.name(), key.origin, key.endpoint.as_deref(), &format!("{old}{ended}"))?;
    }
    for key in private {
        line(RSA, key.origin, key.endpoint.as_deref(), "")?;
    }
    if let Some(info) = access {
        line(ACCESS, info.origin, None, "")?;
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

fn read_secret(input: &mut impl Read, longest: u64) -> anyhow::Result<Secret> {
    // Into a buffer that does not grow, because a buffer left behind is not wiped.
    let mut text = String::with_capacity(usize::try_from(longest)?);
    let read = input.take(longest).read_to_string(&mut text);
    let key = Secret::new(text);
    read.context("the key cannot be read from standard input")?;
    Ok(key)
}

/// AK, SK, and the token of temporary keys, a line each.
fn read_access_key(input: &mut impl Read) -> anyhow::Result<AccessKeyPair> {
    let text = read_secret(input, LONGEST_PEM)?;
    let mut lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(ak), Some(sk)) = (lines.next(), lines.next()) else {
        bail!("AK and SK are read from standard input, a line each");
    };
    let security_token = lines.next().map(Secret::new);
    Ok(AccessKeyPair { ak: ak.to_owned(), sk: Secret::new(sk), security_token })
}

fn of(endpoint: Option<&str>) -> String {
    endpoint.map(|name| format!(" of endpoint {name}")).unwrap_or_default()
}

/// How the private key is called where classes are.
const RSA: &str = "rsa";

/// And AK and SK.
const ACCESS: &str = "ak-sk";

fn access_to_json(info: &AccessKeyInfo) -> Value {
    json!({ "class": ACCESS, "endpoint": null, "origin": info.origin.name(), "old": false, "oldSince": null, "ak": info.masked_ak })
}

fn to_json(key: &KeyInfo) -> Value {
    json!({
        "class": key.class.name(),
        "endpoint": key.endpoint,
        "origin": key.origin.name(),
        "old": key.old_since.is_some(),
        "oldSince": key.old_since.map(|since| since.to_string()),
        "ended": key.ended,
    })
}

fn rsa_to_json(key: &RsaKeyInfo) -> Value {
    json!({ "class": RSA, "endpoint": key.endpoint, "origin": key.origin.name(), "old": false, "oldSince": null })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Arguments, Command};

    const KEY: &str = "demo-key-for-tests-0001\n";
    const NEXT: &str = "demo-key-for-tests-0002\n";
    const THIRD: &str = "demo-key-for-tests-0003\n";
    const PEM: &str = include_str!("../../tests/data/oaep/made-for-tests-pkcs8.pem");
    const ENCRYPTED: &str = include_str!("../../tests/data/oaep/made-for-tests-encrypted.pem");
    const NOW: UnixMillis = UnixMillis(1_795_487_400_000);

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
            let done = execute(self.dir.path(), &self.keys, &command, NOW, &mut input, &mut output);
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
            { "class": "base", "endpoint": null, "origin": "file", "old": false, "oldSince": null, "ended": 0 },
            { "class": "kit", "endpoint": "main", "origin": "file", "old": false, "oldSince": null, "ended": 0 },
        ]);
        assert_eq!(list, expected);
        assert_eq!(bench.typed("remove base", b"").unwrap(), "the key of the class base is removed\n");
        assert_eq!(bench.typed("remove base", b"").unwrap_err(), "no key of the class base is set there");
    }

    #[test]
    fn an_old_key_stays_valid_until_it_is_ended() {
        let bench = bench(None);
        let told = bench.typed("set base --keep-old", KEY.as_bytes()).unwrap();
        assert_eq!(told, "the key of the class base is set\nthere was no other key to keep\n");
        let told = bench.typed("set base --keep-old", NEXT.as_bytes()).unwrap();
        let now = print::at(NOW);
        let since = format!("the key that is old since {now} stays valid until `sellerdesk key end-old base`\n");
        assert_eq!(told, format!("the key of the class base is set\n{since}"));
        let listed = bench.typed("list", b"").unwrap();
        assert_eq!(listed, format!("base      file          old one still valid, since {now}\n"));
        let list: Value = serde_json::from_str(&bench.typed("list --json", b"").unwrap()).unwrap();
        let (old, since) = (&list[0]["old"], &list[0]["oldSince"]);
        assert_eq!((old, since), (&json!(true), &json!("2026-11-24T02:30:00.000Z")));
        let error = bench.typed("set base --keep-old", THIRD.as_bytes()).unwrap_err();
        assert!(
            error.starts_with("an old key of the class base is still valid since 2026-11-24T02:30:00.000Z"),
            "{error}"
        );
        assert_eq!(bench.keys.key("main", KeyClass::Base), Some(Secret::new(NEXT.trim_end())));
        bench.typed("set base --keep-old --end-older", THIRD.as_bytes()).unwrap();
        let valid: Vec<Secret> = bench.keys.keys("main", KeyClass::Base).into_iter().map(|valid| valid.key).collect();
        assert_eq!(valid, [THIRD, NEXT].map(|key| Secret::new(key.trim_end())));
        let told = bench.typed("end-old base", b"").unwrap();
        assert_eq!(told, "the old key of the class base is valid no more\n");
        assert_eq!(bench.typed("end-old base", b"").unwrap_err(), "no old key of the class base is valid there");
        let listed = bench.typed("list", b"").unwrap();
        assert_eq!(listed, "base      file          ended ones kept to explain refused calls: 2\n");
        let list: Value = serde_json::from_str(&bench.typed("list --json", b"").unwrap()).unwrap();
        assert_eq!(list[0]["ended"], 2);
        for forgotten in [2, 0] {
            let told = bench.typed("forget-ended base", b"").unwrap();
            assert_eq!(told, format!("ended keys of the class base forgotten: {forgotten}\n"));
        }
        let told = bench.typed("set base", KEY.as_bytes()).unwrap();
        assert_eq!(told, "the key of the class base is set\n");
    }

    #[test]
    fn the_private_key_of_the_kit_is_set_listed_and_removed() {
        let bench = bench(None);
        assert_eq!(bench.typed("set-rsa", PEM.as_bytes()).unwrap(), "the RSA private key is set\n");
        assert_eq!(bench.typed("list", b"").unwrap(), "rsa       file\n");
        let told = bench.typed("set-rsa --endpoint main", PEM.as_bytes()).unwrap();
        assert_eq!(told, "the RSA private key of endpoint main is set\n");
        let list: Value = serde_json::from_str(&bench.typed("list --json", b"").unwrap()).unwrap();
        let own = json!({ "class": "rsa", "endpoint": "main", "origin": "file", "old": false, "oldSince": null });
        assert_eq!(list[1], own);
        assert!(bench.typed("set-rsa --endpoint mian", PEM.as_bytes()).unwrap_err().contains("`mian`"));
        bench.typed("remove-rsa --endpoint main", b"").unwrap();
        assert_eq!(bench.typed("remove-rsa", b"").unwrap(), "the RSA private key is removed\n");
        assert_eq!(bench.typed("remove-rsa", b"").unwrap_err(), "no RSA private key is set there");
        for (input, sentence) in [
            (KEY.as_bytes(), "that is no private key in PEM"),
            (ENCRYPTED.as_bytes(), "the private key is encrypted"),
            (&[b'-'; 70_000], "a private key has at most 64 KiB"),
        ] {
            let error = bench.typed("set-rsa", input).unwrap_err();
            assert!(error.starts_with(sentence) && error.matches(sentence).count() == 1, "{error}");
        }
        assert!(bench.keys.rsa_keys().is_empty());
    }

    #[test]
    fn ak_and_sk_are_set_listed_masked_and_removed() {
        let bench = bench(None);
        assert_eq!(bench.typed("set-aksk", b"AKTEST00000000001234\nsecret-of-tests\n").unwrap(), "AK and SK are set\n");
        assert_eq!(bench.typed("list", b"").unwrap(), "ak-sk     file\n");
        let list = bench.typed("list --json", b"").unwrap();
        assert!(list.contains("***1234") && !list.contains("AKTEST") && !list.contains("secret"), "{list}");
        assert!(bench.typed("set-aksk", b"AK only").unwrap_err().contains("a line each"));
        assert_eq!(bench.typed("remove-aksk", b"").unwrap(), "AK and SK are removed\n");
        assert_eq!(bench.typed("remove-aksk", b"").unwrap_err(), "AK and SK are not set there");
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
