//! Templates of replies to reviews, and what was done to them. What one may say is the domain's to know.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, codec};
use crate::{
    domain::register::{ReplyTemplate, TemplateChange},
    protocol::UnixMillis,
};

impl Store {
    /// By name.
    pub async fn reply_templates(&self) -> Result<Vec<ReplyTemplate>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT id, name, text FROM reply_template ORDER BY name, id";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((), |row| {
                Ok(ReplyTemplate { id: Some(row.get(0)?), name: row.get(1)?, text: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds those without an id, and changes the others. One that is gone meanwhile is added anew.
    pub async fn put_reply_templates(
        &self,
        templates: Vec<ReplyTemplate>,
        by: String,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                for template in templates {
                    put(connection, template, &by, now)?;
                }
                Ok(())
            })
            .await
    }

    /// False where there is none.
    pub async fn remove_reply_template(&self, id: i64, by: String, now: UnixMillis) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some(before) = by_id(connection, id)? else { return Ok(false) };
                connection.prepare_cached("DELETE FROM reply_template WHERE id = ?")?.execute([id])?;
                note(connection, &TemplateChange { template: id, at: now, by, before: Some(before), after: None })?;
                Ok(true)
            })
            .await
    }

    /// Newest first.
    pub async fn reply_template_changes(&self, at_most: usize) -> Result<Vec<TemplateChange>, StoreError> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT template, name_before, text_before, name_after, text_after, changed_by, changed_at
                 FROM reply_template_change ORDER BY id DESC LIMIT ?",
            )?;
            let rows = statement.query_map([at_most], |row| {
                let template: i64 = row.get(0)?;
                let side = |name, text| -> Result<Option<ReplyTemplate>, rusqlite::Error> {
                    let (name, text): (Option<String>, Option<String>) = (row.get(name)?, row.get(text)?);
                    Ok(name.zip(text).map(|(name, text)| ReplyTemplate { id: Some(template), name, text }))
                };
                let (before, after) = (side(1, 2)?, side(3, 4)?);
                Ok(TemplateChange { template, before, after, by: row.get(5)?, at: codec::time(row, 6)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn by_id(connection: &Connection, id: i64) -> Result<Option<ReplyTemplate>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT name, text FROM reply_template WHERE id = ?")?;
    let read = |row: &rusqlite::Row<'_>| Ok(ReplyTemplate { id: Some(id), name: row.get(0)?, text: row.get(1)? });
    Ok(statement.query_row([id], read).optional()?)
}

fn put(connection: &Connection, template: ReplyTemplate, by: &str, now: UnixMillis) -> Result<(), StoreError> {
    let before = match template.id {
        Some(id) => by_id(connection, id)?,
        None => None,
    };
    if before.as_ref() == Some(&template) {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO reply_template (id, name, text, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, text = excluded.text,
                                            changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        )?
        .execute(params![template.id, template.name, template.text, by, now.0])?;
    let id = template.id.unwrap_or_else(|| connection.last_insert_rowid());
    let after = Some(ReplyTemplate { id: Some(id), ..template });
    note(connection, &TemplateChange { template: id, at: now, by: by.to_owned(), before, after })
}

fn note(connection: &Connection, change: &TemplateChange) -> Result<(), StoreError> {
    let name = |side: &Option<ReplyTemplate>| side.as_ref().map(|template| template.name.clone());
    let text = |side: &Option<ReplyTemplate>| side.as_ref().map(|template| template.text.clone());
    connection
        .prepare_cached(
            "INSERT INTO reply_template_change (template, name_before, text_before, name_after, text_after, changed_by,
                                                changed_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            change.template,
            name(&change.before),
            text(&change.before),
            name(&change.after),
            text(&change.after),
            change.by,
            change.at.0
        ])?;
    Ok(())
}
