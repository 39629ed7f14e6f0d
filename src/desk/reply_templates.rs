//! Templates of replies to reviews, as the operator keeps them.

use super::{Desk, StoreError};
use crate::domain::register::{ReplyTemplate, TemplateChange, TemplateProblem};

/// Why a template was not kept.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{name}`: {problem}")]
    Problem { name: String, problem: TemplateProblem },
}

impl Desk {
    /// By name.
    pub async fn reply_templates(&self) -> Result<Vec<ReplyTemplate>, StoreError> {
        self.inner.store.reply_templates().await
    }

    /// Keeps all of these or none.
    pub async fn put_reply_templates(&self, templates: Vec<ReplyTemplate>, by: &str) -> Result<(), TemplateError> {
        let mut known = self.reply_templates().await?;
        let trimmed = |template: ReplyTemplate| ReplyTemplate { name: template.name.trim().to_owned(), ..template };
        let templates: Vec<ReplyTemplate> = templates.into_iter().map(trimmed).collect();
        for template in &templates {
            let checked = template.check(&known);
            checked.map_err(|problem| TemplateError::Problem { name: template.name.clone(), problem })?;
            if template.id.is_none() {
                // Two new ones of the same name are as wrong.
                known.push(ReplyTemplate { id: Some(i64::MAX), ..template.clone() });
            }
        }
        Ok(self.inner.store.put_reply_templates(templates, by.to_owned(), self.now()).await?)
    }

    pub async fn remove_reply_template(&self, id: i64, by: &str) -> Result<bool, StoreError> {
        self.inner.store.remove_reply_template(id, by.to_owned(), self.now()).await
    }

    /// What was done to templates, newest first.
    pub async fn reply_template_changes(&self, at_most: usize) -> Result<Vec<TemplateChange>, StoreError> {
        self.inner.store.reply_template_changes(at_most).await
    }
}
