//! `backup` and `restore`: the data directory as one file, and back.

use std::path::Path;

use serde_json::json;

use super::{
    args::{BackupArguments, RestoreArguments},
    open::system_time,
    print,
};
use crate::{
    config::{KeyRing, open_data_dir},
    desk::{Desk, backup},
};

pub(super) async fn back_up(desk: &Desk, arguments: &BackupArguments) -> anyhow::Result<bool> {
    let BackupArguments { file, output } = arguments;
    let bytes = desk.back_up(file.clone()).await?;
    if output.json {
        print::json(&json!({ "file": file, "bytes": bytes }))?;
    } else {
        print::line(format!(
            "{}, {bytes} bytes. What opens its keys and credentials is not in it: keep seal.key, or the keychain's entry, apart.",
            file.display()
        ))?;
    }
    Ok(true)
}

pub(super) fn restore(data_dir: Option<&Path>, arguments: &RestoreArguments) -> anyhow::Result<()> {
    let RestoreArguments { file, without_keys, output } = arguments;
    let data_dir = open_data_dir(data_dir)?;
    let keys = if *without_keys { None } else { Some(KeyRing::open(&data_dir)?) };
    let restored = backup::restore(&data_dir, file, keys.as_ref(), &system_time().to_compact_utc())?;
    let opens = backup::opens_access_data(&data_dir, keys);
    if output.json {
        print::json(&json!({ "restored": restored.files, "before": restored.before, "accessDataOpens": opens }))?;
    } else {
        print::line(format!("{} now come from {}", restored.files.join(", "), file.display()))?;
        if let Some(before) = &restored.before {
            print::line(format!("what was there before is in {}", before.display()))?;
        }
        if opens == Some(false) {
            print::line(
                "access data of instances was sealed with another key: put the seal.key of the backup's time there before \
                 calls come in, or they are answered 000005",
            )?;
        }
    }
    Ok(())
}
