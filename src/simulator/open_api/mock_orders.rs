//! Orders that need no purchase (MOCK orders, KooGallery page usermanual-marketplace zh-cn_topic_0000002497812372). They are
//! anybody's.

use super::{
    answer::ApiAnswer,
    orders::{ExtendParam, Told},
};
use crate::{
    protocol::UnixMillis,
    simulator::{
        ledger::Customer,
        terms::{Charging, OrderKind, PeriodType, Terms},
    },
};

/// 2022-07-26 06:47:36, of the page's sample.
const CREATED: UnixMillis = UnixMillis(1_658_818_056_000);
const YEAR: Charging = Charging::Period(PeriodType::Year, 1);
const MONTH: Charging = Charging::Period(PeriodType::Month, 1);
const EXTEND_PARAMS: [ExtendParam; 1] = [ExtendParam { name: "emailDomainName", value: "example.com" }];

/// `MONTY` is spelled so on the page.
const ORDERS: [(&str, OrderKind, Terms); 9] = [
    ("MOCKPERIODYEARNEW", OrderKind::New, Terms::new(YEAR).with_linear_value(20)),
    ("MOCKONETIMENEW", OrderKind::New, Terms::new(Charging::OneTime)),
    ("MOCKONDEMAND", OrderKind::New, Terms::new(Charging::OnDemand)),
    ("MOCKONDEMANDPKG", OrderKind::New, Terms::new(Charging::OnDemandPackage)),
    ("MOCKPERIODDAYTRIAL", OrderKind::Trial, Terms::trial(15)),
    ("MOCKMONTYTRIALTOFORMAL", OrderKind::TrialToFormal, Terms::new(MONTH)),
    ("MOCKMONTYUNSUBSCRIBE", OrderKind::Unsubscribe, Terms::new(MONTH)),
    ("MOCKMONTYRENEW", OrderKind::Renew, Terms::new(MONTH)),
    ("MOCKMONTYCHANGE", OrderKind::Change, Terms::new(MONTH)),
];

pub(super) fn query(order_id: &str, order_line_id: Option<&str>) -> Option<ApiAnswer> {
    let (id, kind, terms) = ORDERS.iter().find(|(id, ..)| *id == order_id)?;
    let told = Told {
        order_id: id,
        order_line_id: &format!("{id}-000001"),
        kind: *kind,
        terms: *terms,
        created: CREATED,
        product: ["OFFI758576000000000001", "d0abcd12-1234-5678-ab90-11ab012aaaa1", "MOCK"],
        customer: &Customer {
            customer_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
            customer_name: "hwtest".to_owned(),
        },
        extend_params: if *id == "MOCKPERIODYEARNEW" { &EXTEND_PARAMS } else { &[] },
    };
    Some(told.answer(order_line_id))
}
