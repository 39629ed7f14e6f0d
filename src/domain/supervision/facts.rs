//! What the operator noted of an order's service supervision, by hand, because no interface tells it.

use serde::{Deserialize, Serialize};

use super::{Step, Supervised};
use crate::protocol::UnixMillis;

/// What the operator noted. Everything is `None` that has not happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SupervisionFacts {
    pub kind: Supervised,
    /// 华为云复核 is one of the steps (joint-operation orders of 赋能云, 基地云).
    pub reviewed_by_huawei: bool,
    /// 提交需求.
    pub requested_at: Option<UnixMillis>,
    /// 确认需求.
    pub confirmed_at: Option<UnixMillis>,
    /// 用户领取授权码: from here on nothing can be unsubscribed by negotiation.
    pub received_at: Option<UnixMillis>,
    /// 授权码激活.
    pub activated_at: Option<UnixMillis>,
    /// 确认完成 with 交付验收文档, or 上传交付证明.
    pub delivered_at: Option<UnixMillis>,
    /// 服务实际开通时间.
    pub opened_at: Option<UnixMillis>,
    /// Hardware: signed for, the receiver's number being the right one.
    pub signed_at: Option<UnixMillis>,
    /// 华为云复核.
    pub reviewed_at: Option<UnixMillis>,
    /// 用户确认验收.
    pub accepted_at: Option<UnixMillis>,
    /// 服务监管申诉 that nobody has decided yet; everything stands still meanwhile.
    pub appealed_at: Option<UnixMillis>,
    /// 驳回: the buyer or Huawei sent the delivery back to the seller, each time.
    pub rejected_at: Vec<UnixMillis>,
    /// What the operator wants to remember.
    pub note: String,
}

/// How a noted fact is called by scripts, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotedFact {
    Requested,
    Confirmed,
    Received,
    Activated,
    Delivered,
    Opened,
    Signed,
    Reviewed,
    Accepted,
    Appealed,
}

impl NotedFact {
    pub const ALL: [Self; 10] = [
        Self::Requested,
        Self::Confirmed,
        Self::Received,
        Self::Activated,
        Self::Delivered,
        Self::Opened,
        Self::Signed,
        Self::Reviewed,
        Self::Accepted,
        Self::Appealed,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Received => "received",
            Self::Activated => "activated",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Signed => "signed",
            Self::Reviewed => "reviewed",
            Self::Accepted => "accepted",
            Self::Appealed => "appealed",
        }
    }

    pub const fn of_step(step: Step) -> Option<Self> {
        Some(match step {
            Step::Request => Self::Requested,
            Step::Confirm => Self::Confirmed,
            Step::Receive => Self::Received,
            Step::Activate => Self::Activated,
            Step::Deliver | Step::UploadProof => Self::Delivered,
            Step::Review => Self::Reviewed,
            Step::Accept => Self::Accepted,
            Step::Done => return None,
        })
    }
}

impl SupervisionFacts {
    pub const fn place(&mut self, fact: NotedFact) -> &mut Option<UnixMillis> {
        match fact {
            NotedFact::Requested => &mut self.requested_at,
            NotedFact::Confirmed => &mut self.confirmed_at,
            NotedFact::Received => &mut self.received_at,
            NotedFact::Activated => &mut self.activated_at,
            NotedFact::Delivered => &mut self.delivered_at,
            NotedFact::Opened => &mut self.opened_at,
            NotedFact::Signed => &mut self.signed_at,
            NotedFact::Reviewed => &mut self.reviewed_at,
            NotedFact::Accepted => &mut self.accepted_at,
            NotedFact::Appealed => &mut self.appealed_at,
        }
    }

    pub fn noted(&self, fact: NotedFact) -> Option<UnixMillis> {
        *self.clone().place(fact)
    }

    /// 驳回: it is the seller's turn to deliver once more.
    pub fn reject(&mut self, at: UnixMillis) {
        self.rejected_at.push(at);
        if self.kind == Supervised::Service {
            // What was delivered had been confirmed, noted or not.
            self.confirmed_at = self.confirmed_at.or(self.delivered_at).or(Some(at));
        }
        (self.delivered_at, self.reviewed_at) = (None, None);
    }
}
