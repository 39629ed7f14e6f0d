//! Templates of replies to reviews: a text with `{placeholders}` that are filled from the review and from the support
//! contact of its product. What is not known stays as it is, so that nobody sends a gap.

use jiff::civil::Date;

use super::Entry;
use crate::protocol::UnixMillis;

const MAX_NAME: usize = 80;
const MAX_TEXT: usize = 4_000;

/// What a placeholder stands for, by either name.
pub const PLACEHOLDERS: [(&str, &str); 7] = [
    ("buyer", "买家"),
    ("product", "商品"),
    ("orderId", "订单号"),
    ("date", "评价日期"),
    ("phone", "电话"),
    ("mail", "邮箱"),
    ("today", "今天"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyTemplate {
    /// `None` until it is kept.
    pub id: Option<i64>,
    pub name: String,
    pub text: String,
}

/// One change of a template: nothing before it where it was added, nothing behind it where it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateChange {
    pub template: i64,
    pub at: UnixMillis,
    pub by: String,
    pub before: Option<ReplyTemplate>,
    pub after: Option<ReplyTemplate>,
}

impl TemplateChange {
    /// What it is called now, or was at last.
    pub fn name(&self) -> &str {
        self.after.as_ref().or(self.before.as_ref()).map_or("", |template| &template.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateProblem {
    #[error("the template has no name")]
    NoName,
    #[error("the template has no text")]
    NoText,
    #[error("the name of a template has at most {MAX_NAME} characters, its text {MAX_TEXT}")]
    TooLong,
    #[error("another template has this name")]
    Taken,
}

impl ReplyTemplate {
    /// Whether it can be kept beside the others.
    pub fn check(&self, others: &[Self]) -> Result<(), TemplateProblem> {
        let name = self.name.trim();
        if name.is_empty() {
            Err(TemplateProblem::NoName)
        } else if self.text.trim().is_empty() {
            Err(TemplateProblem::NoText)
        } else if name.chars().count() > MAX_NAME || self.text.chars().count() > MAX_TEXT {
            Err(TemplateProblem::TooLong)
        } else if others.iter().any(|other| other.id != self.id && other.name == name) {
            Err(TemplateProblem::Taken)
        } else {
            Ok(())
        }
    }

    pub fn fill(&self, review: &Entry, contact: Option<&Entry>, today: Date) -> String {
        let value = |name: &str| match name {
            "phone" | "mail" => contact?.get(name).map(str::to_owned),
            "today" => Some(today.to_string()),
            _ => review.get(name).map(str::to_owned),
        };
        replaced(self.text.trim(), |name| {
            let (field, _) = PLACEHOLDERS.iter().find(|(field, word)| *field == name || *word == name)?;
            value(field)
        })
    }
}

/// Placeholders that stand in a text still.
pub fn placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    replaced(text, |name| {
        if PLACEHOLDERS.iter().any(|(field, word)| *field == name || *word == name) {
            found.push(format!("{{{name}}}"));
        }
        None
    });
    found
}

/// In one go, so that what is filled in is not looked through again.
fn replaced(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.split_once('}').filter(|(name, _)| !name.contains('{')) {
            Some((name, after)) => {
                match value(name.trim()) {
                    Some(value) => out.push_str(&value),
                    None => out.extend(["{", name, "}"]),
                }
                rest = after;
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::register::RegisterKind;

    fn entry(kind: RegisterKind, values: &[(&str, &str)]) -> Entry {
        kind.register().read(&kind.register().blank(), values.iter().copied()).unwrap()
    }

    #[test]
    fn placeholders_are_filled_in_either_language_and_what_is_not_known_stays() {
        let values = [("product", "p-1"), ("date", "2026-11-20"), ("text", "好"), ("buyer", "{phone}")];
        let review = entry(RegisterKind::Reviews, &values);
        let contact = entry(RegisterKind::Contacts, &[("product", "p-1"), ("phone", "400-1")]);
        let fill = |text: &str, contact: Option<&Entry>| {
            let template = ReplyTemplate { text: text.into(), ..ReplyTemplate::default() };
            template.fill(&review, contact, date(2026, 11, 24))
        };
        for (text, filled) in [
            ("{buyer}，您好：{ product } {评价日期}", "{phone}，您好：p-1 2026-11-20"),
            ("{电话} {mail} {today}", "400-1 {mail} 2026-11-24"),
            ("{订单号}", "{订单号}"),
            ("{colour} {", "{colour} {"),
            ("a { b {date} }", "a { b 2026-11-20 }"),
            ("", ""),
        ] {
            assert_eq!(fill(text, Some(&contact)), filled, "{text}");
        }
        assert_eq!(fill("{phone}", None), "{phone}");
        assert_eq!(placeholders("{mail} {colour} {订单号}"), ["{mail}", "{订单号}"]);
    }

    #[test]
    fn a_template_has_a_name_of_its_own_and_a_text() {
        let template = |id, name: &str, text: &str| ReplyTemplate { id, name: name.into(), text: text.into() };
        let known = [template(Some(1), "谢谢", "谢谢")];
        for (tried, result) in [
            (template(None, " ", "x"), Err(TemplateProblem::NoName)),
            (template(None, "x", " "), Err(TemplateProblem::NoText)),
            (template(None, "谢谢", "x"), Err(TemplateProblem::Taken)),
            (template(Some(1), "谢谢", "x"), Ok(())),
            (template(None, &"长".repeat(MAX_NAME + 1), "x"), Err(TemplateProblem::TooLong)),
        ] {
            assert_eq!(tried.check(&known), result, "{tried:?}");
        }
    }
}
