//! The calls that a seller tries out as the console's page 接口调试 does: kept under a name as a case, and what came of each
//! run.

use crate::protocol::{
    UnixMillis,
    callback::verdict::Verdict,
    debugging::{DebugCall, Generation, Rule},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId(pub i64);

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An endpoint of this Sellerdesk, by its name.
    Endpoint(String),
    /// Any production address.
    Address(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugCase {
    pub id: CaseId,
    pub name: String,
    pub target: Target,
    pub call: DebugCall,
    pub created_at: UnixMillis,
}

/// One call that was sent, and what came back. Credentials of the answer are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugRun {
    /// `None` where it belongs to no case.
    pub case: Option<CaseId>,
    pub generation: Generation,
    pub activity: String,
    pub test: bool,
    pub sent_at: UnixMillis,
    pub millis: i64,
    pub method: String,
    /// With its query.
    pub url: String,
    pub body: String,
    /// `None` where nothing came back.
    pub status: Option<u16>,
    pub content_type: Option<String>,
    pub body_sign: Option<String>,
    pub answer: String,
    pub verdict: RunVerdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunVerdict {
    Accepted,
    /// 000004 where it may be answered.
    InProgress,
    Failed {
        rule: Rule,
        /// In the console's words.
        words: String,
    },
}

impl RunVerdict {
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// The rule that was broken.
    pub const fn broken(&self) -> Option<Rule> {
        match self {
            Self::Failed { rule, .. } => Some(*rule),
            Self::Accepted | Self::InProgress => None,
        }
    }
}

impl From<Verdict> for RunVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => Self::Accepted,
            Verdict::InProgress => Self::InProgress,
            Verdict::Failed(failure) => Self::Failed { rule: Rule::of_failure(&failure), words: failure.to_string() },
        }
    }
}
