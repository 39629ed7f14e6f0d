//! Who used a code today (授权码软件使用统计, zh-cn_topic_0000002290055385): reports as they are typed, pasted or read, and what
//! has to hold before one is sent. Knows no clock and no store.

use std::{collections::HashSet, fmt};

use super::license::is_code;
use crate::protocol::{UnixMillis, id::LicenseCode, open_api::license::ClientUse};

/// Longest id of a client, in characters.
pub const MAX_CLIENT: usize = 256;
/// The largest number of nine digits.
pub const MAX_ACTIVE: u32 = 999_999_999;
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// The day (UTC, days since 1970) for which a report counts that arrives now.
pub const fn day_of(now: UnixMillis) -> i64 {
    now.0.div_euclid(DAY_MILLIS)
}

/// A report that KooGallery could take.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UseReport {
    license: LicenseCode,
    client: ClientUse,
}

/// What is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UseKind {
    /// The day's number of active clients.
    #[default]
    ActiveNum,
    /// One client.
    Id,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UseProblem {
    #[error("it is no code: longer than 64 characters, or with blanks in it")]
    NoCode,
    #[error("it does not say what is reported")]
    Nothing,
    #[error("`{text}` is no number from 0 to {MAX_ACTIVE}")]
    NoNumber { text: String },
    #[error("the client's id has {length} characters, KooGallery takes at most {MAX_CLIENT}")]
    IdTooLong { length: usize },
    #[error("it has another number already, and a day has one")]
    TwoNumbers,
}

/// A list of reports, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UseList {
    /// Each once, in the order in which they stood.
    pub reports: Vec<UseReport>,
    /// Named more than once.
    pub repeated: Vec<UseReport>,
    /// The code as it stood, and why it is left out.
    pub wrong: Vec<(String, UseProblem)>,
}

impl UseKind {
    fn read(self, text: &str) -> Result<ClientUse, UseProblem> {
        let length = text.chars().count();
        match self {
            _ if length == 0 => Err(UseProblem::Nothing),
            Self::Id if length > MAX_CLIENT => Err(UseProblem::IdTooLong { length }),
            Self::Id => Ok(ClientUse::Id(text.to_owned())),
            Self::ActiveNum => {
                let number = text.parse().ok().filter(|number| *number <= MAX_ACTIVE);
                number.map(ClientUse::ActiveNum).ok_or_else(|| UseProblem::NoNumber { text: clipped(text) })
            }
        }
    }
}

impl UseReport {
    /// `text` is what is reported, a number or an id.
    pub fn read(code: &str, kind: UseKind, text: &str) -> Result<Self, UseProblem> {
        if !is_code(code) {
            return Err(UseProblem::NoCode);
        }
        Ok(Self { license: LicenseCode::new(code), client: kind.read(text.trim())? })
    }

    pub const fn license(&self) -> &LicenseCode {
        &self.license
    }

    pub const fn client(&self) -> &ClientUse {
        &self.client
    }
}

impl fmt::Display for UseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            ClientUse::Id(id) => write!(f, "{}  {id}", self.license),
            ClientUse::ActiveNum(number) => write!(f, "{}  {number}", self.license),
        }
    }
}

impl UseList {
    /// One code a line, and behind a tab what is reported of it; of a code that stands alone each of `of_all` is. Blank lines
    /// are skipped.
    pub fn read(text: &str, kind: UseKind, of_all: &[String]) -> Self {
        let mut list = Self::default();
        let (mut seen, mut told, mut numbers) = (HashSet::new(), HashSet::new(), HashSet::new());
        let nothing = [String::new()];
        let of_all = if of_all.is_empty() { &nothing } else { of_all };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (code, own) = line.split_once('\t').unwrap_or((line, ""));
            let (code, own) = (code.trim(), own.split('\t').next().unwrap_or_default().trim());
            let own = (!own.is_empty()).then(|| own.to_owned());
            for reported in own.as_ref().map_or(of_all, std::slice::from_ref) {
                let report = match UseReport::read(code, kind, reported) {
                    Ok(report) => report,
                    Err(problem) => {
                        list.wrong.push((clipped(code), problem));
                        continue;
                    }
                };
                if seen.contains(&report) {
                    if told.insert(report.clone()) {
                        list.repeated.push(report);
                    }
                    continue;
                }
                if kind == UseKind::ActiveNum && !numbers.insert(report.license.clone()) {
                    list.wrong.push((clipped(code), UseProblem::TwoNumbers));
                    continue;
                }
                seen.insert(report.clone());
                list.reports.push(report);
            }
        }
        list
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(super::license::MAX_LICENSE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[UseReport]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn codes_come_with_their_numbers_or_share_one() {
        let list = UseList::read("PL1\t7\tfoo\r\n\nPL2\n PL1 \t7\nPL3\t 0 ", UseKind::ActiveNum, &["5".into()]);
        assert_eq!(texts(&list.reports), ["PL1  7", "PL2  5", "PL3  0"]);
        assert_eq!((texts(&list.repeated), list.wrong), (vec!["PL1  7".to_owned()], vec![]));
    }

    #[test]
    fn a_code_has_as_many_clients_as_are_named() {
        let list = UseList::read("PL1\tann\nPL1\tben\nPL2", UseKind::Id, &["c".into(), "d".into()]);
        assert_eq!(texts(&list.reports), ["PL1  ann", "PL1  ben", "PL2  c", "PL2  d"]);
    }

    #[test]
    fn what_koogallery_would_refuse_is_told_before() {
        let (code, id) = ("x".repeat(65), "x".repeat(257));
        for (line, kind, problem) in [
            (code.as_str(), UseKind::ActiveNum, UseProblem::NoCode),
            ("no code\t1", UseKind::ActiveNum, UseProblem::NoCode),
            ("PL1\t1000000000", UseKind::ActiveNum, UseProblem::NoNumber { text: "1000000000".into() }),
            ("PL1\t-1", UseKind::ActiveNum, UseProblem::NoNumber { text: "-1".into() }),
            ("PL1\t1,5", UseKind::ActiveNum, UseProblem::NoNumber { text: "1,5".into() }),
            ("PL1", UseKind::Id, UseProblem::Nothing),
            (&format!("PL1\t{id}"), UseKind::Id, UseProblem::IdTooLong { length: 257 }),
        ] {
            let list = UseList::read(line, kind, &[]);
            assert_eq!((list.reports.len(), &list.wrong[0].1), (0, &problem), "{line}");
        }
        let list = UseList::read("PL1\t999999999\nPL1\t5", UseKind::ActiveNum, &[]);
        assert_eq!((list.reports.len(), &list.wrong[0].1), (1, &UseProblem::TwoNumbers));
    }
}
