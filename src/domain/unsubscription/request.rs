//! A buyer's request for an unsubscription that waits for the seller (退订管理, 商家待审核). It happens in the console, for which
//! there is no interface, so it is noted here by hand. Knows no clock.

use serde::{Deserialize, Serialize};

use crate::{domain::workdays::Workdays, protocol::UnixMillis};

/// In which the seller should decide: no page sets a term, and the buyer's page speaks of so many before 联系商家.
const WORKDAYS: u32 = 7;

/// What the operator noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnsubscriptionRequest {
    pub requested_at: UnixMillis,
    /// 同意 or 驳回.
    #[serde(default)]
    pub decided: Option<(Decision, UnixMillis)>,
    /// The hardware came back.
    #[serde(default)]
    pub returned_at: Option<UnixMillis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// 同意, with the record of the agreement.
    Agreed,
    /// 驳回: the order goes on; the buyer may ask again or appeal.
    Rejected,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestState {
    /// 待审核: the seller decides. Meanwhile an invoice must not be asked for: it makes the unsubscription fail.
    UnderReview,
    /// Agreed; the goods have to come back first.
    AwaitsGoods,
    Agreed,
    Rejected,
}

impl RequestState {
    pub const ALL: [Self; 4] = [Self::UnderReview, Self::AwaitsGoods, Self::Agreed, Self::Rejected];

    pub const fn name(self) -> &'static str {
        match self {
            Self::UnderReview => "under-review",
            Self::AwaitsGoods => "awaits-goods",
            Self::Agreed => "agreed",
            Self::Rejected => "rejected",
        }
    }

    /// Nobody has to do anything about it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Agreed | Self::Rejected)
    }
}

/// By when the seller should have decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecideBy {
    pub at: UnixMillis,
    /// It counts working days of this year, of which no holidays are known.
    pub without_table: Option<i16>,
}

impl UnsubscriptionRequest {
    pub const fn new(requested_at: UnixMillis) -> Self {
        Self { requested_at, decided: None, returned_at: None }
    }

    /// `hardware`: what was bought has to be sent back.
    pub fn state(&self, hardware: bool) -> RequestState {
        match self.decided {
            None => RequestState::UnderReview,
            Some((Decision::Rejected, _)) => RequestState::Rejected,
            Some((Decision::Agreed, _)) if hardware && self.returned_at.is_none() => RequestState::AwaitsGoods,
            Some((Decision::Agreed, _)) => RequestState::Agreed,
        }
    }

    /// `None` once it is decided.
    pub fn decide_by(&self, workdays: &Workdays) -> Option<DecideBy> {
        self.decided.is_none().then(|| DecideBy {
            at: workdays.deadline(self.requested_at, WORKDAYS),
            without_table: workdays.unknown_year(self.requested_at, WORKDAYS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::from_iso(&format!("{text}T10:00:00+08:00")).unwrap()
    }

    #[test]
    fn where_a_request_stands() {
        let open = UnsubscriptionRequest::new(at("2026-11-02"));
        let decided = |decision, returned: Option<&str>| UnsubscriptionRequest {
            decided: Some((decision, at("2026-11-03"))),
            returned_at: returned.map(at),
            ..open.clone()
        };
        for (request, hardware, state) in [
            (open.clone(), false, RequestState::UnderReview),
            (open.clone(), true, RequestState::UnderReview),
            (decided(Decision::Agreed, None), false, RequestState::Agreed),
            (decided(Decision::Agreed, None), true, RequestState::AwaitsGoods),
            (decided(Decision::Agreed, Some("2026-11-09")), true, RequestState::Agreed),
            (decided(Decision::Rejected, None), true, RequestState::Rejected),
        ] {
            assert_eq!(request.state(hardware), state, "{request:?} {hardware}");
        }
    }

    /// Monday; seven working days later is the Wednesday of the week after.
    #[test]
    fn the_seller_is_alarmed_after_seven_working_days() {
        let open = UnsubscriptionRequest::new(at("2026-11-02"));
        let by = open.decide_by(&Workdays::built_in()).unwrap();
        let end_of_the_11th = UnixMillis::from_iso("2026-11-12T00:00:00+08:00").unwrap();
        assert_eq!(by, DecideBy { at: end_of_the_11th, without_table: None });
        let decided = UnsubscriptionRequest { decided: Some((Decision::Rejected, at("2026-11-03"))), ..open };
        assert_eq!(decided.decide_by(&Workdays::built_in()), None);
    }
}
