//! How a record stands between the seller and KooGallery. What is sent is billed, and a bill cannot be taken back: that no
//! record is sent again once it was taken is decided here and nowhere else.
//!
//! ```text
//! entered ─▶ sending ─▶ sent ─▶ refused (found later, in 话单管理)
//!    ▲          ├─────▶ refused ─▶ entered (corrected), replaced by another record, or sending again
//!    │          ├─────▶ in doubt ─▶ sending again: KooGallery takes each period once
//!    └──────────┘ nothing was taken
//! ```

use serde::{Deserialize, Serialize};

use super::{RecordCode, Resend};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum UsageState {
    /// Nothing of it is with KooGallery.
    Entered,
    /// In a call whose answer is not known yet.
    Sending {
        /// An earlier call may have brought it there.
        maybe_there: bool,
    },
    /// A call ended without an answer, or the program did: nobody knows whether it is there.
    InDoubt,
    /// Taken.
    Sent,
    /// Not taken.
    Refused { code: RecordCode },
    /// The operator wants nothing more of it.
    Discarded,
    /// It was corrected, and goes under another id.
    Replaced { by: String },
}

/// What happens to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageEvent {
    /// It is put into a call.
    Started,
    /// The call never left, or was refused as a whole.
    NothingTaken,
    /// The call succeeded and said nothing of this record.
    Taken,
    /// The call's answer named it.
    Named {
        code: RecordCode,
    },
    /// The call's outcome is not known and never will be.
    LostTrack,
    /// KooGallery checks in the background and shows in 话单管理 what failed.
    FailedLater {
        code: RecordCode,
    },
    Corrected,
    /// It was corrected under another id.
    Replaced {
        by: String,
    },
    Discarded,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    #[error("the record was sent and taken; it is not sent again")]
    AlreadySent,
    #[error("the record is being sent")]
    UnderWay,
    #[error("the record is not being sent")]
    NotUnderWay,
    #[error("the record was not sent yet")]
    NotSent,
    #[error("the record may be with KooGallery already; send it again as it is, which does no harm")]
    InDoubt,
    #[error("the record has to be corrected first: {code}")]
    CorrectFirst { code: RecordCode },
    #[error("sending the record again changes nothing: {code}")]
    Pointless { code: RecordCode },
    #[error("the record was discarded")]
    Discarded,
    #[error("the record was replaced by {by}")]
    Replaced { by: String },
}

impl UsageState {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Sending { .. } => "sending",
            Self::InDoubt => "in-doubt",
            Self::Sent => "sent",
            Self::Refused { .. } => "refused",
            Self::Discarded => "discarded",
            Self::Replaced { .. } => "replaced",
        }
    }

    /// Whether the record may go into a call.
    pub fn may_be_sent(&self) -> Result<(), NotPossible> {
        match self {
            Self::Entered | Self::InDoubt => Ok(()),
            Self::Sending { .. } => Err(NotPossible::UnderWay),
            Self::Sent => Err(NotPossible::AlreadySent),
            Self::Refused { code } => match code.resend() {
                Resend::Later => Ok(()),
                Resend::AfterCorrection => Err(NotPossible::CorrectFirst { code: code.clone() }),
                Resend::Never | Resend::NotNeeded => Err(NotPossible::Pointless { code: code.clone() }),
            },
            Self::Discarded => Err(NotPossible::Discarded),
            Self::Replaced { by } => Err(NotPossible::Replaced { by: by.clone() }),
        }
    }

    /// Whether KooGallery still has to get it: it can be sent, or could once it is corrected.
    pub fn is_owed(&self) -> bool {
        match self {
            Self::Entered | Self::Sending { .. } | Self::InDoubt => true,
            Self::Refused { code } => matches!(code.resend(), Resend::Later | Resend::AfterCorrection),
            Self::Sent | Self::Discarded | Self::Replaced { .. } => false,
        }
    }

    /// The state after an event.
    pub fn after(&self, event: &UsageEvent) -> Result<Self, NotPossible> {
        match event {
            UsageEvent::Started => {
                self.may_be_sent()?;
                Ok(Self::Sending { maybe_there: *self == Self::InDoubt })
            }
            UsageEvent::NothingTaken => Ok(if self.under_way()? { Self::InDoubt } else { Self::Entered }),
            UsageEvent::Taken => self.under_way().map(|_| Self::Sent),
            UsageEvent::LostTrack => self.under_way().map(|_| Self::InDoubt),
            UsageEvent::Named { code } => {
                // Its id is known there from the call that was never answered.
                let came_before = self.under_way()? && *code == RecordCode::MeteringSnRepeated;
                Ok(if came_before { Self::Sent } else { Self::of_code(code) })
            }
            UsageEvent::FailedLater { code } => match self {
                Self::Sent | Self::InDoubt => Ok(Self::of_code(code)),
                Self::Sending { .. } => Err(NotPossible::UnderWay),
                Self::Entered | Self::Refused { .. } => Err(NotPossible::NotSent),
                Self::Discarded => Err(NotPossible::Discarded),
                Self::Replaced { by } => Err(NotPossible::Replaced { by: by.clone() }),
            },
            UsageEvent::Corrected | UsageEvent::Replaced { .. } if *self == Self::InDoubt => Err(NotPossible::InDoubt),
            UsageEvent::Corrected => self.at_rest().map(|()| Self::Entered),
            UsageEvent::Replaced { by } => self.at_rest().map(|()| Self::Replaced { by: by.clone() }),
            UsageEvent::Discarded => self.at_rest().map(|()| Self::Discarded),
        }
    }

    fn of_code(code: &RecordCode) -> Self {
        if code.resend() == Resend::NotNeeded { Self::Sent } else { Self::Refused { code: code.clone() } }
    }

    /// Whether an earlier call may have brought it there.
    const fn under_way(&self) -> Result<bool, NotPossible> {
        match self {
            Self::Sending { maybe_there } => Ok(*maybe_there),
            _ => Err(NotPossible::NotUnderWay),
        }
    }

    fn at_rest(&self) -> Result<(), NotPossible> {
        match self {
            Self::Entered | Self::InDoubt | Self::Refused { .. } => Ok(()),
            Self::Sending { .. } => Err(NotPossible::UnderWay),
            Self::Sent => Err(NotPossible::AlreadySent),
            Self::Discarded => Err(NotPossible::Discarded),
            Self::Replaced { by } => Err(NotPossible::Replaced { by: by.clone() }),
        }
    }
}

#[cfg(test)]
mod tests;
