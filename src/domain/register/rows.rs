//! Entries from the rows of a table. What a table is, is not known here: its rows come as numbered fields.

use std::collections::HashMap;

use super::{Entry, EntryProblem, KeptEntry, RegisterKind};

/// An entry that is to be kept; `id` where it takes the place of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    pub id: Option<i64>,
    pub entry: Entry,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadEntries {
    /// By line.
    pub entries: Vec<(usize, NewEntry)>,
    pub problems: Vec<(usize, EntryProblem)>,
}

/// A row: its number, its id where it names one, and what stands in its columns by their names.
pub type Row<'a> = (usize, Option<&'a str>, Vec<(&'static str, &'a str)>);

/// A row that names an id, or is the same by its key as an entry that is known, changes that one; what it does not name stays.
pub fn read_rows<'a>(kind: RegisterKind, known: &[KeptEntry], rows: impl IntoIterator<Item = Row<'a>>) -> ReadEntries {
    let register = kind.register();
    let of_kind = || known.iter().filter(|kept| kept.kind == kind);
    let by_id: HashMap<i64, &Entry> = of_kind().map(|kept| (kept.id, &kept.entry)).collect();
    let by_key: HashMap<Vec<String>, i64> =
        of_kind().filter_map(|kept| Some((register.key_of(&kept.entry)?, kept.id))).collect();
    let mut read = ReadEntries::default();
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    let mut seen_ids: HashMap<i64, usize> = HashMap::new();
    for (line, id, values) in rows {
        let mut id = match id.map(|text| (text, text.parse::<i64>())) {
            None => None,
            Some((_, Ok(id))) if by_id.contains_key(&id) => Some(id),
            Some((text, _)) => {
                read.problems.push((line, EntryProblem::NoSuchEntry { id: text.chars().take(32).collect() }));
                continue;
            }
        };
        if id.is_none()
            && let Ok(entry) = register.read(&register.blank(), values.iter().copied())
        {
            id = register.key_of(&entry).and_then(|key| by_key.get(&key).copied());
        }
        let base = id.and_then(|id| by_id.get(&id)).map_or_else(|| register.blank(), |entry| (*entry).clone());
        match register.read(&base, values) {
            Ok(entry) => {
                let first = register.key_of(&entry).and_then(|key| seen.insert(key, line));
                let first = first.or_else(|| id.and_then(|id| seen_ids.insert(id, line)));
                match first {
                    Some(first) => read.problems.push((line, EntryProblem::Repeated { first })),
                    None => read.entries.push((line, NewEntry { id, entry })),
                }
            }
            Err(problems) => read.problems.extend(problems.into_iter().map(|problem| (line, problem))),
        }
    }
    read
}
