//! What a retry would change (`retry --dry-run`), in lines and as JSON.

use serde_json::{Value, json};

use crate::domain::{
    Foreseen, Foresight, MessageState,
    foreseen::{Changed, Effect, FieldChange},
    message::Progress,
};

pub(super) fn to_json(id: i64, foreseen: &Foreseen) -> Value {
    let mut members = json!({ "id": id, "result": word(foreseen) });
    match foreseen {
        Foreseen::AlreadySucceeded | Foreseen::Busy | Foreseen::Gone => {}
        Foreseen::Impossible(exception) => members["exception"] = exception.to_string().into(),
        Foreseen::AsksKooGallery { interface } => members["interface"] = interface.as_str().into(),
        Foreseen::Decided(foresight) => add(&mut members, foresight),
        Foreseen::AsksProduct { url, meanwhile, if_done } => {
            members["webhook"] = url.as_str().into();
            members["meanwhile"] = meanwhile.iter().map(change).collect();
            members["ifDone"] = if_done.as_ref().map_or(Value::Null, |foresight| {
                let mut members = json!({});
                add(&mut members, foresight);
                members
            });
        }
    }
    members
}

const fn word(foreseen: &Foreseen) -> &'static str {
    match foreseen {
        Foreseen::AlreadySucceeded => "already-succeeded",
        Foreseen::Busy => "busy",
        Foreseen::Gone => "gone",
        Foreseen::Impossible(_) => "impossible",
        Foreseen::AsksKooGallery { .. } => "asks-koogallery",
        Foreseen::Decided(_) => "decided",
        Foreseen::AsksProduct { .. } => "asks-product",
    }
}

fn add(members: &mut Value, foresight: &Foresight) {
    members["resultCode"] = foresight.result_code.as_str().into();
    members["state"] = state(foresight.progress).into();
    members["exception"] = foresight.exception.as_ref().map(ToString::to_string).into();
    members["changes"] = foresight.changes.iter().map(change).collect();
    members["waiting"] = foresight.waiting.into();
}

const fn state(progress: Progress) -> &'static str {
    match progress {
        Progress::Succeeded => MessageState::Succeeded.name(),
        Progress::InProgress => MessageState::InProgress.name(),
        Progress::Failing => MessageState::Failing.name(),
    }
}

fn change(changed: &Changed) -> Value {
    let field = |field: &FieldChange| json!({ "name": field.name, "before": field.before, "after": field.after });
    json!({
        "what": changed.what.name(),
        "id": changed.id,
        "new": changed.effect == Effect::New,
        "removed": changed.effect == Effect::Removed,
        "fields": changed.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

pub(super) fn lines(foreseen: &Foreseen) -> Vec<String> {
    match foreseen {
        Foreseen::AlreadySucceeded => vec!["had succeeded before, nothing would be done".into()],
        Foreseen::Busy => vec!["somebody else works on it just now".into()],
        Foreseen::Gone => vec!["no such message is kept".into()],
        Foreseen::Impossible(exception) => vec![format!("cannot be tried: {exception}")],
        Foreseen::AsksKooGallery { interface } => vec![format!("would ask KooGallery: {interface}")],
        Foreseen::Decided(foresight) => told(foresight),
        Foreseen::AsksProduct { url, meanwhile, if_done } => {
            let mut lines = vec![format!("would call the webhook {url}")];
            lines.extend(meanwhile.iter().flat_map(changed));
            match if_done {
                Some(foresight) => {
                    lines.push("if the product does it:".into());
                    lines.extend(told(foresight));
                }
                None => lines.push("what follows depends on what the product tells".into()),
            }
            lines
        }
    }
}

fn told(foresight: &Foresight) -> Vec<String> {
    let code = &foresight.result_code;
    let mut lines = vec![format!("{}, answered {code} ({})", state(foresight.progress), code.message())];
    lines.extend(foresight.exception.as_ref().map(ToString::to_string));
    if foresight.changes.is_empty() {
        lines.push("nothing would be changed".into());
    }
    lines.extend(foresight.changes.iter().flat_map(changed));
    if foresight.waiting > 0 {
        lines.push(format!("{} waiting messages would be done next", foresight.waiting));
    }
    lines
}

fn changed(changed: &Changed) -> Vec<String> {
    let head = format!("{} {} {}", changed.effect.name(), changed.what.name(), changed.id);
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
    let field = |field: &FieldChange| format!("  {}: {} → {}", field.name, shown(&field.before), shown(&field.after));
    std::iter::once(head).chain(changed.fields.iter().map(field)).collect()
}
