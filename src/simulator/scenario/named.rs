//! What a step is spoken of by later: whatever its action has made.

use crate::{
    protocol::{
        callback::Activity,
        id::{EventId, InstanceId, LicenseCode, OrderId},
    },
    simulator::{Marketplace, MessageId, Outcome, Verdict},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) message: Option<MessageId>,
    pub(super) order: Option<OrderId>,
    instance: Option<InstanceId>,
    pub(super) event: Option<EventId>,
    pub(super) licenses: Vec<LicenseCode>,
    /// Of calls that make no message.
    pub(super) exception: Option<String>,
}

impl Named {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Message(message) => Self {
                message: Some(message.id),
                order: message.own_order.clone().or_else(|| Some(message.order()?.order_id.clone())),
                instance: message.activity.instance_id().cloned(),
                event: match &message.activity {
                    Activity::GetLicenseAsync(application) => Some(application.event_id.clone()),
                    _ => None,
                },
                ..Self::default()
            },
            Outcome::Licenses(licenses) => Self { licenses: licenses.clone(), ..Self::default() },
            Outcome::Foreign { order_id, instance_id } => {
                Self { order: Some(order_id.clone()), instance: Some(instance_id.clone()), ..Self::default() }
            }
            Outcome::Told(told) => {
                let failed = told.iter().find_map(|(activity, verdict)| match verdict {
                    Verdict::Failed(failure) => Some(format!("{activity}: {failure}")),
                    _ => None,
                });
                Self { exception: failed, ..Self::default() }
            }
            Outcome::Done => Self::default(),
        }
    }

    /// Where it was not named with the call, it is known from the seller's answer on.
    pub(super) fn instance_id(&self, marketplace: &Marketplace) -> Option<InstanceId> {
        self.instance.clone().or_else(|| {
            let message = marketplace.message(self.message?)?;
            marketplace.instance_of(&message).map(|instance| instance.instance_id)
        })
    }

    /// The order that was placed with it; of codes, the one that bought them.
    pub(super) fn order_id(&self, marketplace: &Marketplace) -> Option<OrderId> {
        let of_code = || Some(marketplace.license(self.licenses.first()?)?.order.order_id);
        self.order.clone().or_else(of_code)
    }

    /// All that it stands for.
    pub(super) fn made(&self, marketplace: &Marketplace) -> Vec<(&'static str, String)> {
        let members = ["orderId", "instanceId", "eventId", "license"];
        members.into_iter().filter_map(|member| Some((member, self.member(member, marketplace)?))).collect()
    }

    /// What a member of an action stands for.
    pub(super) fn member(&self, member: &str, marketplace: &Marketplace) -> Option<String> {
        match member {
            "message" => self.message.map(|id| id.to_string()),
            "orderId" => self.order_id(marketplace).map(|id| id.to_string()),
            "instanceId" => self.instance_id(marketplace).map(|id| id.to_string()),
            "eventId" => self.event.as_ref().map(ToString::to_string),
            "license" => self.licenses.first().map(ToString::to_string),
            _ => None,
        }
    }
}
