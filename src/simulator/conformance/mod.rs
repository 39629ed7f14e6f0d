//! A conformance run: calls a seller's production address as KooGallery does, rightly and wrongly, and tells which rules of
//! the access guide its answers keep. Meets the seller over HTTP only, and knows the wire (`protocol`) and the simulator's
//! building blocks, nothing else.
//!
//! - [`case`], [`junit`]: what a run finds, and its forms
//! - `examiner`: sends and writes down; `speaker`: the calls, right or wrong in one way
//! - `address`: the production address itself; `spelling`: headers as they are written, `bare_http` how that is seen
//! - `lifecycle`, `questions`, `changes`: instances from purchase to release, in V1, V2 and License 1.0
//! - `notices`: order notifications
//! - `limits`: how long what is sent may be; `online`: Licenses that are applied for
//! - `kit`, `codes`: organisations; authorization codes
//! - `refusals`: what must not be taken; `answers`: what every answer has to keep

mod address;
mod answers;
mod bare_http;
pub mod case;
mod changes;
mod codes;
mod examiner;
pub mod junit;
mod kit;
mod lifecycle;
mod limits;
mod notices;
mod online;
mod questions;
mod refusals;
pub(super) mod speaker;
mod spelling;

pub use case::{Case, News, Outcome, Report, Skipped};
use examiner::Examiner;
pub use examiner::{Listener, Plan};
use speaker::Speaker;

use crate::protocol::{
    KeyClass,
    callback::{KitVersion, Wire},
};

/// Interfaces that a seller is admitted with together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// SaaS V2.0, with `orderNotify` where its key is given.
    Saas,
    SaasV1,
    Kit,
    KitV1,
    /// License codes 2.0.
    Codes,
    /// 在线开通License.
    OnlineLicense,
    /// License 1.0 (`getLicense`).
    LicenseV1,
}

impl Family {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Saas => "SaaS V2.0",
            Self::SaasV1 => "SaaS V1.0",
            Self::Kit => "kit V2.0",
            Self::KitV1 => "kit V1.0",
            Self::Codes => "License codes 2.0",
            Self::OnlineLicense => "online License",
            Self::LicenseV1 => "License 1.0",
        }
    }

    pub const fn key_class(self) -> KeyClass {
        match self {
            Self::Saas | Self::OnlineLicense => KeyClass::Base,
            Self::Kit => KeyClass::Kit,
            Self::Codes => KeyClass::License,
            Self::SaasV1 | Self::KitV1 | Self::LicenseV1 => KeyClass::V1,
        }
    }

    const fn wire(self) -> Wire {
        match self {
            Self::Saas | Self::Codes | Self::OnlineLicense => Wire::V2,
            Self::SaasV1 | Self::LicenseV1 => Wire::V1,
            Self::Kit => Wire::Kit(KitVersion::V2),
            Self::KitV1 => Wire::Kit(KitVersion::V1),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    #[error("there is no key of the class {0}, with which KooGallery signs these calls")]
    NoKey(KeyClass),
}

/// Runs every case of the plan's families, one after the other, and tells of each at once.
pub async fn run(plan: Plan, listener: Listener) -> Result<Report, ConformanceError> {
    let mut speakers = Vec::new();
    for family in &plan.families {
        let class = family.key_class();
        let key = plan.keys.get(&class).cloned().ok_or(ConformanceError::NoKey(class))?;
        let license = *family == Family::LicenseV1;
        speakers.push((*family, Speaker { wire: family.wire(), key, test: plan.test, license }));
    }
    let mut examiner = Examiner::new(plan, listener)?;
    examiner.begin("production address".to_owned());
    address::examine(&mut examiner).await;
    for (family, speaker) in speakers {
        examiner.begin(family.name().to_owned());
        match family {
            Family::Saas | Family::SaasV1 | Family::LicenseV1 => lifecycle::examine(&mut examiner, &speaker).await,
            Family::Kit | Family::KitV1 => kit::examine(&mut examiner, &speaker).await,
            Family::OnlineLicense => online::examine(&mut examiner, &speaker).await,
            Family::Codes => codes::examine(&mut examiner, &speaker).await,
        }
        answers::examine(&mut examiner, &speaker);
        spelling::examine(&mut examiner, &speaker, family).await;
    }
    Ok(examiner.into_report())
}
