//! Entries of registers as rows.

use serde_json::{Map, Value, json};

use crate::{
    desk::registers::ID,
    domain::register::{Entry, EntryChange, Field, FieldType, Finding, Judged, RegisterKind, STATE},
};

/// What an import takes back.
pub fn register(judged: &Judged) -> Value {
    let mut row = Map::new();
    row.insert(ID.to_owned(), json!(judged.kept.id));
    for field in judged.kept.kind.register().fields {
        row.insert(field.name.to_owned(), json!(judged.kept.entry.get(field.name)));
    }
    row.insert(STATE.to_owned(), json!(judged.kept.entry.state));
    Value::Object(row)
}

/// With what follows from it.
pub fn register_judged(judged: &Judged) -> Value {
    let mut row = register(judged);
    if let Some(row) = row.as_object_mut() {
        row.insert("due".to_owned(), json!(judged.due.map(|due| due.to_string())));
        row.insert("findings".to_owned(), judged.findings.iter().map(finding).collect());
        row.insert("changedBy".to_owned(), json!(judged.kept.changed_by));
        row.insert("changedAt".to_owned(), json!(judged.kept.changed_at.to_string()));
    }
    row
}

fn finding(finding: &Finding) -> Value {
    let rule = &finding.rule;
    json!({
        "rule": rule.name(), "weight": finding.weight.name(), "text": rule.to_string(), "page": rule.page().menu(),
        "documented": rule.is_documented(),
    })
}

pub fn register_change(change: &EntryChange) -> Value {
    let told = |entry: &Option<Entry>| {
        let entry = entry.as_ref()?;
        let mut values: Map<String, Value> =
            entry.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        values.insert(STATE.to_owned(), json!(entry.state));
        Some(values)
    };
    json!({
        "changedAt": change.at.to_string(), "changedBy": change.by,
        "before": told(&change.before), "after": told(&change.after),
    })
}

pub const REGISTER_CHANGE: &[&str] = &["changedAt", "changedBy", "id", "entry", "change", "field", "before", "after"];

/// A row for each field that was changed; what was added or removed is one.
pub fn register_change_rows(kind: RegisterKind, id: i64, change: &EntryChange) -> Vec<Value> {
    let title = |entry: &Entry| kind.register().title(entry);
    let entry = change.after.as_ref().or(change.before.as_ref()).map(title);
    let row = |what: &str, field: Option<&str>, before: Option<&str>, after: Option<&str>| {
        json!({
            "changedAt": change.at.to_string(),
            "changedBy": change.by,
            "id": id,
            "entry": entry,
            "change": what,
            "field": field,
            "before": before,
            "after": after,
        })
    };
    match (&change.before, &change.after) {
        (None, _) => vec![row("added", None, None, None)],
        (_, None) => vec![row("removed", None, None, None)],
        _ => change
            .differences()
            .into_iter()
            .map(|(field, before, after)| row("changed", Some(field), before, after))
            .collect(),
    }
}

pub fn register_field(field: &Field) -> Value {
    let (kind, choices) = match field.kind {
        FieldType::Text => ("text", None),
        FieldType::LongText => ("long-text", None),
        FieldType::Date => ("date", None),
        FieldType::Time => ("time", None),
        FieldType::Days => ("days", None),
        FieldType::Offset => ("offset", None),
        FieldType::Number => ("number", None),
        FieldType::Product => ("product", None),
        FieldType::Choice(choices) => ("choice", Some(choices.iter().map(|choice| choice.name).collect::<Vec<_>>())),
    };
    json!({
        "name": field.name, "type": kind, "choices": choices, "required": field.required, "aliases": field.aliases,
        "step": field.step, "onlyFor": field.only_for.map(|(_, values)| values),
    })
}
