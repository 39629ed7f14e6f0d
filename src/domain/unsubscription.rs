//! Whether a buyer may still unsubscribe (退订) an order, until when, and what that does. The rules are KooGallery's table
//! 云商店商品详细退订规则, by product type and billing; the console alone carries it out. Knows no clock.

mod request;

pub use self::request::{DecideBy, Decision, RequestState, UnsubscriptionRequest};
use super::{
    settlement::ProductType,
    supervision::{Supervised, SupervisionFacts},
};
use crate::protocol::{
    UnixMillis,
    open_api::order::{ChargingMode, OrderType},
};

const DAY: i64 = 24 * 3_600_000;
/// 5天无理由全额退订.
const NO_REASON_DAYS: i64 = 5;

/// The table's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnsubscriptionRule {
    /// 协商退订: within 交易担保期, which ends with service supervision; the seller has to agree.
    Negotiated,
    /// 5天无理由全额退订: within five days, in full, without the seller.
    FiveDays,
    /// 不支持退订.
    None,
    /// The published table does not tell of this row.
    NotPublished,
}

impl UnsubscriptionRule {
    pub const ALL: [Self; 4] = [Self::Negotiated, Self::FiveDays, Self::None, Self::NotPublished];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Negotiated => "negotiated",
            Self::FiveDays => "five-days",
            Self::None => "none",
            Self::NotPublished => "not-published",
        }
    }
}

/// The rule for orders of a product. `supervised`: they go through service supervision.
pub const fn rule(
    product_type: Option<ProductType>,
    mode: Option<&ChargingMode>,
    supervised: bool,
) -> UnsubscriptionRule {
    let on_demand = matches!(mode, Some(ChargingMode::OnDemand | ChargingMode::OnDemandPackage));
    match product_type {
        // Whatever goes through supervision is negotiated in all rows of the table.
        Some(ProductType::License | ProductType::Service | ProductType::Hardware | ProductType::Data) if !on_demand => {
            UnsubscriptionRule::Negotiated
        }
        Some(ProductType::Image) if matches!(mode, Some(ChargingMode::Period)) => UnsubscriptionRule::FiveDays,
        Some(ProductType::Api | ProductType::Content) => UnsubscriptionRule::None,
        _ if supervised && !on_demand => UnsubscriptionRule::Negotiated,
        _ => UnsubscriptionRule::NotPublished,
    }
}

/// What is known of an order.
#[derive(Clone, Copy, Debug)]
pub struct OrderUnderRule<'a> {
    pub product_type: Option<ProductType>,
    pub charging_mode: Option<&'a ChargingMode>,
    pub order_type: Option<&'a OrderType>,
    pub supervised: bool,
    pub supervision: Option<&'a SupervisionFacts>,
    /// A table tells 服务监管状态 已完成, and nothing is noted.
    pub told_done: bool,
    /// KooGallery told that a code of it is activated.
    pub code_activated: bool,
    pub ordered_at: UnixMillis,
    /// When a renewal takes effect, which may be later than its payment; `None` where nothing tells.
    pub effective_at: Option<UnixMillis>,
    /// As it is valid, which for a supervised order is not what it tells.
    pub expires_at: Option<UnixMillis>,
    /// A table tells that it is cancelled, not paid or not approved.
    pub void: bool,
    /// Its opening failed for good: KooGallery has refunded it.
    pub opening_failed: bool,
    pub unsubscribed: bool,
}

/// Why the buyer may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denied {
    /// It was.
    Already,
    /// Opening failed, and everything was refunded without anybody asking.
    RefundedByItself,
    /// It is an unsubscription, a trial, or never took effect.
    NothingPaid,
    SupervisionDone,
    /// 领取授权码: from here on nothing is negotiated.
    CodeTaken,
    /// The validity is over.
    Expired,
    RenewalInEffect,
    FiveDaysOver,
    ByType,
}

impl Denied {
    pub const ALL: [Self; 9] = [
        Self::Already,
        Self::RefundedByItself,
        Self::NothingPaid,
        Self::SupervisionDone,
        Self::CodeTaken,
        Self::Expired,
        Self::RenewalInEffect,
        Self::FiveDaysOver,
        Self::ByType,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Already => "already",
            Self::RefundedByItself => "refunded-by-itself",
            Self::NothingPaid => "nothing-paid",
            Self::SupervisionDone => "supervision-done",
            Self::CodeTaken => "code-taken",
            Self::Expired => "expired",
            Self::RenewalInEffect => "renewal-in-effect",
            Self::FiveDaysOver => "five-days-over",
            Self::ByType => "by-product-type",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// `until` is `None` where an event ends it and no date.
    Yes {
        until: Option<UnixMillis>,
        full: bool,
        seller_decides: bool,
    },
    No(Denied),
    /// The table's row is not published, or the product's type is not kept.
    Unknown,
}

/// What comes of an unsubscription that succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The order never enters a bill.
    NeverSettled,
    /// What was settled already is taken back by the refund's outcome, in the month of the refund.
    SettledBack,
    /// It does not count towards delisting: only orders that fail by interface errors do.
    NoDelisting,
    /// It is one of the orders that count towards delisting.
    Delisting,
    /// The purchase limit is free again.
    LimitFreed,
}

impl Effect {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NeverSettled => "never-settled",
            Self::SettledBack => "settled-back",
            Self::NoDelisting => "does-not-count-towards-delisting",
            Self::Delisting => "counts-towards-delisting",
            Self::LimitFreed => "limit-freed",
        }
    }
}

/// What the answer rests on beside the table's rule: nothing here tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assumption {
    /// Neither invoiced nor asked to be: older pages refuse the five days then.
    NotInvoiced,
    /// The account has not used up its ten unsubscriptions of the calendar year.
    TenUses,
    /// Not by milestones, of which only those that are not finished are refunded.
    NoMilestones,
    /// Hardware in transit cannot be unsubscribed before it is confirmed.
    NotInTransit,
    /// Nothing tells when the renewal takes effect: no period, and no earlier expiry of its instance.
    EffectUnknown,
    /// The product's type is not kept, and the table goes by it.
    ProductTypeUnknown,
}

impl Assumption {
    pub const ALL: [Self; 6] = [
        Self::NotInvoiced,
        Self::TenUses,
        Self::NoMilestones,
        Self::NotInTransit,
        Self::EffectUnknown,
        Self::ProductTypeUnknown,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::NotInvoiced => "not-invoiced",
            Self::TenUses => "ten-uses-not-used-up",
            Self::NoMilestones => "no-milestones",
            Self::NotInTransit => "not-in-transit",
            Self::EffectUnknown => "effect-unknown",
            Self::ProductTypeUnknown => "product-type-unknown",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscription {
    pub rule: UnsubscriptionRule,
    pub may: May,
    pub effects: Vec<Effect>,
    pub assumptions: Vec<Assumption>,
}

/// `settled`: the order has entered a bill already.
pub fn unsubscription(order: &OrderUnderRule<'_>, settled: bool, now: UnixMillis) -> Unsubscription {
    let rule = rule(order.product_type, order.charging_mode, order.supervised);
    let may = may(order, rule, now);
    let mut effects = vec![if settled { Effect::SettledBack } else { Effect::NeverSettled }];
    effects.push(if order.opening_failed { Effect::Delisting } else { Effect::NoDelisting });
    effects.push(Effect::LimitFreed);
    Unsubscription { rule, may, effects, assumptions: assumptions(order, rule, may) }
}

fn assumptions(order: &OrderUnderRule<'_>, rule: UnsubscriptionRule, may: May) -> Vec<Assumption> {
    let renewal = order.order_type == Some(&OrderType::Renew);
    match may {
        May::Yes { .. } if renewal => Vec::new(),
        May::Yes { .. } => match rule {
            UnsubscriptionRule::FiveDays => vec![Assumption::NotInvoiced, Assumption::TenUses],
            _ if order.product_type == Some(ProductType::Hardware) => {
                vec![Assumption::NoMilestones, Assumption::NotInTransit]
            }
            _ => vec![Assumption::NoMilestones],
        },
        May::Unknown if renewal => vec![Assumption::EffectUnknown],
        May::Unknown if order.product_type.is_none() => vec![Assumption::ProductTypeUnknown],
        May::Unknown | May::No(_) => Vec::new(),
    }
}

impl OrderUnderRule<'_> {
    fn is_accepted(&self) -> bool {
        self.supervision.map_or(self.told_done, |facts| facts.accepted_at.is_some())
    }

    /// 领取, noted or not: without it no code is activated, and no proof of its activation uploaded.
    fn is_code_taken(&self) -> bool {
        self.code_activated
            || self.supervision.is_some_and(|facts| {
                let of_code =
                    facts.delivered_at.or(facts.reviewed_at).filter(|_| facts.kind == Supervised::LicenseCode);
                facts.received_at.or(facts.activated_at).or(of_code).is_some()
            })
    }

    /// Within 交易担保期, which its supervision alone ends.
    fn is_guaranteed(&self) -> bool {
        self.supervised && !self.is_accepted() && self.order_type != Some(&OrderType::Renew)
    }
}

fn may(order: &OrderUnderRule<'_>, rule: UnsubscriptionRule, now: UnixMillis) -> May {
    if order.unsubscribed {
        return May::No(Denied::Already);
    }
    if order.opening_failed {
        return May::No(Denied::RefundedByItself);
    }
    if order.void || matches!(order.order_type, Some(OrderType::Unsubscribe | OrderType::Trial)) {
        return May::No(Denied::NothingPaid);
    }
    if !order.is_guaranteed() && order.expires_at.is_some_and(|expires| expires <= now) {
        return May::No(Denied::Expired);
    }
    if order.order_type == Some(&OrderType::Renew) {
        return match order.effective_at {
            Some(effective) if effective > now => {
                May::Yes { until: Some(effective), full: true, seller_decides: false }
            }
            Some(_) => May::No(Denied::RenewalInEffect),
            None => May::Unknown,
        };
    }
    match rule {
        UnsubscriptionRule::Negotiated => {
            if order.is_accepted() {
                return May::No(Denied::SupervisionDone);
            }
            if order.is_code_taken() {
                return May::No(Denied::CodeTaken);
            }
            May::Yes { until: None, full: false, seller_decides: true }
        }
        UnsubscriptionRule::FiveDays => {
            let until = order.ordered_at.plus_millis(NO_REASON_DAYS * DAY);
            if until <= now {
                return May::No(Denied::FiveDaysOver);
            }
            May::Yes { until: Some(until), full: true, seller_decides: false }
        }
        UnsubscriptionRule::None => May::No(Denied::ByType),
        UnsubscriptionRule::NotPublished => May::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{ChargingMode as Mode, ProductType as Type, UnsubscriptionRule as Rule, *};

    /// 云商店商品详细退订规则, row by row.
    #[test]
    fn the_table_of_the_documents() {
        for (product, mode, supervised, expected) in [
            (Type::Saas, Mode::Period, true, Rule::Negotiated),
            (Type::Saas, Mode::Period, false, Rule::NotPublished),
            (Type::License, Mode::Period, true, Rule::Negotiated),
            (Type::License, Mode::OneTime, true, Rule::Negotiated),
            (Type::Service, Mode::Period, true, Rule::Negotiated),
            (Type::Service, Mode::OneTime, true, Rule::Negotiated),
            (Type::Hardware, Mode::Period, true, Rule::Negotiated),
            (Type::Hardware, Mode::OneTime, true, Rule::Negotiated),
            (Type::Image, Mode::Period, false, Rule::FiveDays),
            (Type::Image, Mode::OnDemand, false, Rule::NotPublished),
            (Type::Api, Mode::OneTime, false, Rule::None),
            (Type::Api, Mode::OnDemand, false, Rule::None),
            (Type::Api, Mode::OnDemandPackage, false, Rule::None),
            (Type::Content, Mode::Period, false, Rule::None),
            (Type::Content, Mode::OneTime, false, Rule::None),
            (Type::Data, Mode::OneTime, true, Rule::Negotiated),
        ] {
            assert_eq!(rule(Some(product), Some(&mode), supervised), expected, "{product:?} {mode:?}");
        }
        assert_eq!(rule(None, None, false), Rule::NotPublished);
        assert_eq!(rule(None, Some(&Mode::Period), true), Rule::Negotiated, "it was noted as supervised");
    }

    fn at(text: &str) -> UnixMillis {
        UnixMillis::from_iso(&format!("{text}T00:00:00+08:00")).unwrap()
    }

    #[test]
    fn what_the_buyer_may_and_until_when() {
        let mode = Mode::Period;
        let facts = |change: &dyn Fn(&mut SupervisionFacts)| {
            let mut facts = SupervisionFacts::default();
            change(&mut facts);
            facts
        };
        let (open, taken) = (facts(&|_| {}), facts(&|facts| facts.received_at = Some(at("2026-11-02"))));
        let done = facts(&|facts| facts.accepted_at = Some(at("2026-11-02")));
        let activated = facts(&|facts| facts.activated_at = Some(at("2026-11-02")));
        let delivered = facts(&|facts| facts.delivered_at = Some(at("2026-11-02")));
        let proven = SupervisionFacts { kind: Supervised::LicenseCode, ..delivered.clone() };
        let base = OrderUnderRule {
            product_type: Some(Type::Image),
            charging_mode: Some(&mode),
            order_type: Some(&OrderType::New),
            supervised: false,
            supervision: None,
            told_done: false,
            code_activated: false,
            ordered_at: at("2026-11-01"),
            effective_at: None,
            expires_at: Some(at("2027-11-01")),
            void: false,
            opening_failed: false,
            unsubscribed: false,
        };
        let licensed = OrderUnderRule { product_type: Some(Type::License), supervised: true, ..base };
        let renewal = OrderUnderRule { order_type: Some(&OrderType::Renew), ..base };
        let yes = |until: Option<&str>, full, seller_decides| May::Yes { until: until.map(at), full, seller_decides };
        for (order, now, expected) in [
            (base, "2026-11-05", yes(Some("2026-11-06"), true, false)),
            (base, "2026-11-06", May::No(Denied::FiveDaysOver)),
            (base, "2027-11-01", May::No(Denied::Expired)),
            (OrderUnderRule { unsubscribed: true, ..base }, "2026-11-02", May::No(Denied::Already)),
            (OrderUnderRule { opening_failed: true, ..base }, "2026-11-02", May::No(Denied::RefundedByItself)),
            (
                OrderUnderRule { order_type: Some(&OrderType::Trial), ..base },
                "2026-11-02",
                May::No(Denied::NothingPaid),
            ),
            (OrderUnderRule { product_type: Some(Type::Api), ..base }, "2026-11-02", May::No(Denied::ByType)),
            (OrderUnderRule { product_type: None, ..base }, "2026-11-02", May::Unknown),
            (licensed, "2026-12-30", yes(None, false, true)),
            (OrderUnderRule { supervision: Some(&open), ..licensed }, "2026-12-30", yes(None, false, true)),
            (OrderUnderRule { supervision: Some(&taken), ..licensed }, "2026-12-30", May::No(Denied::CodeTaken)),
            (OrderUnderRule { supervision: Some(&activated), ..licensed }, "2026-12-30", May::No(Denied::CodeTaken)),
            (OrderUnderRule { supervision: Some(&proven), ..licensed }, "2026-12-30", May::No(Denied::CodeTaken)),
            (OrderUnderRule { supervision: Some(&delivered), ..licensed }, "2026-12-30", yes(None, false, true)),
            (OrderUnderRule { code_activated: true, ..licensed }, "2026-12-30", May::No(Denied::CodeTaken)),
            (OrderUnderRule { supervision: Some(&done), ..licensed }, "2026-12-30", May::No(Denied::SupervisionDone)),
            (
                OrderUnderRule { effective_at: Some(at("2026-12-01")), ..renewal },
                "2026-11-20",
                yes(Some("2026-12-01"), true, false),
            ),
            (
                OrderUnderRule { effective_at: Some(at("2026-11-01")), ..renewal },
                "2026-11-20",
                May::No(Denied::RenewalInEffect),
            ),
            // A renewal of which nothing tells when it begins may be refundable in full.
            (renewal, "2026-11-20", May::Unknown),
            // `expireTime` of a supervised order is indicative: nothing ends before the buyer has accepted.
            (licensed, "2027-11-02", yes(None, false, true)),
            (OrderUnderRule { supervision: Some(&open), ..licensed }, "2027-11-02", yes(None, false, true)),
            (OrderUnderRule { supervision: Some(&done), ..licensed }, "2027-11-02", May::No(Denied::Expired)),
            (OrderUnderRule { told_done: true, ..licensed }, "2026-12-30", May::No(Denied::SupervisionDone)),
        ] {
            assert_eq!(unsubscription(&order, false, at(now)).may, expected, "{order:?} {now}");
        }
    }

    #[test]
    fn what_the_answer_rests_on_is_told() {
        use Assumption::{EffectUnknown, NoMilestones, NotInTransit, NotInvoiced, ProductTypeUnknown, TenUses};
        let (period, renew) = (Mode::Period, OrderType::Renew);
        let base = OrderUnderRule {
            product_type: Some(Type::Image),
            charging_mode: Some(&period),
            order_type: None,
            supervised: false,
            supervision: None,
            told_done: false,
            code_activated: false,
            ordered_at: at("2026-11-01"),
            effective_at: None,
            expires_at: None,
            void: false,
            opening_failed: false,
            unsubscribed: false,
        };
        let supervised = OrderUnderRule { supervised: true, ..base };
        for (order, expected) in [
            (base, vec![NotInvoiced, TenUses]),
            (OrderUnderRule { product_type: Some(Type::License), ..supervised }, vec![NoMilestones]),
            (OrderUnderRule { product_type: Some(Type::Hardware), ..supervised }, vec![NoMilestones, NotInTransit]),
            (OrderUnderRule { order_type: Some(&renew), ..base }, vec![EffectUnknown]),
            (OrderUnderRule { order_type: Some(&renew), effective_at: Some(at("2026-12-01")), ..base }, vec![]),
            (OrderUnderRule { product_type: None, ..base }, vec![ProductTypeUnknown]),
            (OrderUnderRule { product_type: Some(Type::Api), ..base }, vec![]),
        ] {
            assert_eq!(unsubscription(&order, false, at("2026-11-02")).assumptions, expected, "{order:?}");
        }
    }

    #[test]
    fn what_comes_of_it() {
        let order = OrderUnderRule {
            product_type: None,
            charging_mode: None,
            order_type: None,
            supervised: false,
            supervision: None,
            told_done: false,
            code_activated: false,
            ordered_at: at("2026-11-01"),
            effective_at: None,
            expires_at: None,
            void: false,
            opening_failed: false,
            unsubscribed: false,
        };
        let effects = |order: &OrderUnderRule<'_>, settled| unsubscription(order, settled, at("2026-11-02")).effects;
        assert_eq!(effects(&order, false), [Effect::NeverSettled, Effect::NoDelisting, Effect::LimitFreed]);
        assert_eq!(effects(&order, true)[0], Effect::SettledBack);
        let failed = OrderUnderRule { opening_failed: true, ..order };
        assert_eq!(effects(&failed, false)[1], Effect::Delisting);
    }
}
