//! What the console holds an answer against (zh-cn_topic_0070649300), in the order in which it looks: behind a rule that is
//! broken nothing more is looked at.

use super::Generation;
use crate::protocol::callback::{Wire, verdict::Failure};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    Reachable,
    InTime,
    HttpStatus,
    ContentType,
    /// Of V1 alone.
    BodySign,
    /// JSON with `resultCode` and `resultMsg` of the right length.
    Readable,
    ResultCode,
    /// What the activity's answer has to tell.
    Fields,
    /// Of V1 alone: user name and password can be decrypted.
    Credentials,
    Lengths,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    Kept,
    Broken,
    NotLookedAt,
}

impl Rule {
    pub const ALL: [Self; 10] = [
        Self::Reachable,
        Self::InTime,
        Self::HttpStatus,
        Self::ContentType,
        Self::BodySign,
        Self::Readable,
        Self::ResultCode,
        Self::Fields,
        Self::Credentials,
        Self::Lengths,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::InTime => "in-time",
            Self::HttpStatus => "http-status",
            Self::ContentType => "content-type",
            Self::BodySign => "body-sign",
            Self::Readable => "readable",
            Self::ResultCode => "result-code",
            Self::Fields => "fields",
            Self::Credentials => "credentials",
            Self::Lengths => "lengths",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    pub fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::Unreachable(_) => Self::Reachable,
            Failure::Timeout { .. } | Failure::NotInTime => Self::InTime,
            Failure::HttpStatus(_) => Self::HttpStatus,
            Failure::ContentType(_) => Self::ContentType,
            Failure::BodySign => Self::BodySign,
            Failure::Unreadable | Failure::Length("resultCode" | "resultMsg") => Self::Readable,
            Failure::ResultCode { .. } | Failure::Told(_) => Self::ResultCode,
            Failure::Missing(_) | Failure::InstanceIdTaken(_) => Self::Fields,
            Failure::Credential(_) => Self::Credentials,
            Failure::Length(_) => Self::Lengths,
        }
    }

    const fn holds_for(self, generation: Generation) -> bool {
        match self {
            Self::BodySign | Self::Credentials => matches!(generation.wire(), Wire::V1),
            _ => true,
        }
    }
}

/// Every rule of the generation, and how it stands where `broken` is the one that was.
pub fn standing_of(generation: Generation, broken: Option<Rule>) -> Vec<(Rule, Standing)> {
    let mut standing = Standing::Kept;
    let rules = Rule::ALL.into_iter().filter(|rule| rule.holds_for(generation));
    rules
        .map(|rule| {
            if standing == Standing::Broken {
                standing = Standing::NotLookedAt;
            } else if Some(rule) == broken {
                standing = Standing::Broken;
            }
            (rule, standing)
        })
        .collect()
}
