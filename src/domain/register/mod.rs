//! What the seller console holds and no interface tells, kept by hand: vouchers, reviews, listing checklists, support
//! contacts. All are one thing, a register: entries with declared fields, a state, a due date, and findings that are
//! computed from them. A kind declares its fields, states and rules, and nothing else. Knows no file, table or clock.

mod catalogue;
mod checklists;
mod contacts;
mod field;
mod finding;
mod kept;
mod reply_template;
mod reviews;
mod rows;
mod vouchers;

use std::{collections::BTreeMap, fmt, str::FromStr};

pub use catalogue::{Catalogue, Context, ListedProduct, today};
pub use checklists::{PRODUCT_KINDS, steps};
pub use contacts::{Duty, duty};
pub use field::{Choice, Field, FieldType, read_date};
pub use finding::{Finding, Rule, Weight};
use jiff::civil::Date;
pub use kept::{EntryChange, Judged, KeptEntry};
pub use reply_template::{PLACEHOLDERS, ReplyTemplate, TemplateChange, TemplateProblem, placeholders};
pub use rows::{NewEntry, ReadEntries, read_rows};
use serde::{Deserialize, Serialize};

use super::console::ConsolePage;

/// The column of a table and the name on the command line by which a state is told.
pub const STATE: &str = "state";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RegisterKind {
    #[default]
    Vouchers,
    Reviews,
    Checklists,
    Contacts,
}

/// What a kind declares.
#[derive(Debug)]
pub struct Register {
    pub fields: &'static [Field],
    /// The first is the one of a new entry.
    pub states: &'static [Choice],
    /// Fields that tell one entry from another, in a table that names no id.
    pub key: &'static [&'static str],
    /// The fields that a list shows.
    pub columns: &'static [&'static str],
    /// Where the seller console keeps the same.
    pub page: ConsolePage,
    /// When somebody has to look at it again.
    due: fn(&Entry, &Context<'_>) -> Option<Date>,
    rules: fn(&Entry, &Context<'_>, &mut Vec<Rule>),
}

/// One entry: values by field, in the form that [`Field::read`] makes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub values: BTreeMap<String, String>,
    pub state: String,
}

/// What is wrong with an entry that somebody wants to keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    #[error("`{field}` is missing")]
    Missing { field: String },
    #[error("`{field}` has {length} characters; at most {max} are taken")]
    TooLong { field: String, length: usize, max: usize },
    #[error("`{field}` is `{text}`; write it as {form}")]
    Malformed { field: String, text: String, form: String },
    #[error("`{field}` is `{text}`; it is one of {choices}")]
    NoChoice { field: String, text: String, choices: String },
    #[error("`{field}` is no field of it; there are {fields}")]
    NoSuchField { field: String, fields: String },
    #[error("the same entry stands in line {first} already")]
    Repeated { first: usize },
    #[error("no entry has the id `{id}`")]
    NoSuchEntry { id: String },
}

impl EntryProblem {
    /// Of the field that it is about.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Missing { field }
            | Self::TooLong { field, .. }
            | Self::Malformed { field, .. }
            | Self::NoChoice { field, .. }
            | Self::NoSuchField { field, .. } => Some(field),
            Self::Repeated { .. } | Self::NoSuchEntry { .. } => None,
        }
    }
}

impl RegisterKind {
    pub const ALL: [Self; 4] = [Self::Vouchers, Self::Reviews, Self::Checklists, Self::Contacts];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Vouchers => "vouchers",
            Self::Reviews => "reviews",
            Self::Checklists => "checklists",
            Self::Contacts => "contacts",
        }
    }

    pub const fn register(self) -> &'static Register {
        match self {
            Self::Vouchers => &vouchers::REGISTER,
            Self::Reviews => &reviews::REGISTER,
            Self::Checklists => &checklists::REGISTER,
            Self::Contacts => &contacts::REGISTER,
        }
    }
}

impl fmt::Display for RegisterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the registers are vouchers, reviews, checklists and contacts")]
pub struct NoSuchRegister;

impl FromStr for RegisterKind {
    type Err = NoSuchRegister;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(NoSuchRegister)
    }
}

impl Register {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn blank(&self) -> Entry {
        Entry { values: BTreeMap::new(), state: self.first_state().to_owned() }
    }

    fn first_state(&self) -> &'static str {
        self.states.first().map_or("", |state| state.name)
    }

    /// `base` with these values in the place of its own. Everything that is wrong is told at once.
    pub fn read<'a>(
        &self,
        base: &Entry,
        values: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Entry, Vec<EntryProblem>> {
        let mut entry = base.clone();
        let mut problems = Vec::new();
        for (name, text) in values {
            if name == STATE {
                if !text.trim().is_empty() {
                    match field::choice(STATE, self.states, text.trim()) {
                        Ok(state) => state.clone_into(&mut entry.state),
                        Err(problem) => problems.push(problem),
                    }
                }
                continue;
            }
            let Some(field) = self.field(name) else {
                let fields = self.fields.iter().map(|field| field.name).chain([STATE]).collect::<Vec<_>>().join(", ");
                problems.push(EntryProblem::NoSuchField { field: name.to_owned(), fields });
                continue;
            };
            match field.read(text) {
                Ok(Some(value)) => drop(entry.values.insert(name.to_owned(), value)),
                Ok(None) => drop(entry.values.remove(name)),
                Err(problem) => problems.push(problem),
            }
        }
        let told_wrong = |field: &Field| {
            problems.iter().any(|problem| {
                matches!(problem, EntryProblem::TooLong { field: name, .. } | EntryProblem::Malformed { field: name, .. }
                    | EntryProblem::NoChoice { field: name, .. } if name == field.name)
            })
        };
        let missing: Vec<EntryProblem> = self
            .fields
            .iter()
            .filter(|field| field.required && !entry.values.contains_key(field.name) && !told_wrong(field))
            .map(|field| EntryProblem::Missing { field: field.name.to_owned() })
            .collect();
        problems.extend(missing);
        if problems.is_empty() { Ok(entry) } else { Err(problems) }
    }

    /// What an entry is called: that by which it is told from others.
    pub fn title(&self, entry: &Entry) -> String {
        let named: Vec<&str> = self.key.iter().filter_map(|name| entry.get(name)).collect();
        named.join(" · ")
    }

    /// By what an entry is told from others; `None` where it says nothing of the kind.
    pub fn key_of(&self, entry: &Entry) -> Option<Vec<String>> {
        let key: Vec<String> = self.key.iter().map(|name| entry.get(name).unwrap_or_default().to_owned()).collect();
        key.iter().any(|part| !part.is_empty()).then_some(key)
    }
}

impl Entry {
    pub fn get(&self, field: &str) -> Option<&str> {
        self.values.get(field).map(String::as_str)
    }

    pub fn date(&self, field: &str) -> Option<Date> {
        self.get(field)?.parse().ok()
    }

    pub fn number(&self, field: &str) -> i64 {
        self.get(field).and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// Whether the field belongs to this entry.
    pub fn shows(&self, field: &Field) -> bool {
        field.only_for.is_none_or(|(name, values)| self.get(name).is_some_and(|value| values.contains(&value)))
    }
}

impl RegisterKind {
    /// When somebody has to look at an entry again.
    pub fn due(self, entry: &Entry, context: &Context<'_>) -> Option<Date> {
        (self.register().due)(entry, context)
    }
}

/// Everything that follows from an entry, the gravest first.
pub fn findings(kind: RegisterKind, entry: &Entry, context: &Context<'_>) -> Vec<Finding> {
    let mut rules = Vec::new();
    (kind.register().rules)(entry, context, &mut rules);
    let mut findings: Vec<Finding> = rules.into_iter().map(Finding::of).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    findings
}

#[cfg(test)]
mod tests;
