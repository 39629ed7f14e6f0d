//! `orderNotify`, which has a key of a class of its own and so is looked at where that one is given. What a seller has to
//! refuse is worth looking at only of one who takes it: the notification is optional.

use super::{
    changes::twice,
    examiner::{Examiner, OtherCode, Rule, all_of, done, refused},
    lifecycle::{lacking, page},
    refusals,
    speaker::{Flaw, Members, Speaker},
};
use crate::protocol::{KeyClass, callback::Activity};

const NAME: &str = "orderNotify";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let Some(key) = examiner.plan.keys.get(&KeyClass::General).cloned() else {
        examiner.skip(NAME, "there is no key of the class general, with which KooGallery signs it");
        return;
    };
    let general = Speaker { key, ..speaker.clone() };
    let notice = Activity::OrderNotify { order: examiner.order() };
    let rule = "An order notification, signed with the key of the general interfaces, is answered 000000";
    if !twice(examiner, &general, &notice, NAME, rule, true).await {
        let why = "the seller did not take orderNotify, which is optional";
        examiner.skip("orderNotify repeated, concurrent, refused and incomplete", why);
        return;
    }
    concurrent(examiner, &general).await;
    wrong(examiner, &general, speaker).await;
    for member in ["orderId", "orderLineId"] {
        let mut members = another(examiner, &general);
        members.shift_remove(member);
        lacking(examiner, &general, "", NAME, members, member).await;
    }
}

fn another(examiner: &mut Examiner, speaker: &Speaker) -> Members {
    speaker.members(&Activity::OrderNotify { order: examiner.order() }).unwrap_or_default()
}

async fn concurrent(examiner: &mut Examiner, speaker: &Speaker) {
    let notice = Activity::OrderNotify { order: examiner.order() };
    let members = |_: &mut Examiner| speaker.members(&notice).unwrap_or_default();
    let exchanges = examiner.tell_at_once(speaker, "", members).await;
    let outcome = all_of(exchanges.iter().map(|exchange| done(&speaker.judge(&notice, exchange).verdict)));
    let rule = "The same notification comes several times at one moment: every call is answered 000000";
    examiner.close(Rule::new("orderNotify concurrent", rule, page(speaker, NAME)), &exchanges, outcome);
}

async fn wrong(examiner: &mut Examiner, speaker: &Speaker, base: &Speaker) {
    for (name, flaw, rule) in refusals::wrongly_signed(None) {
        let members = another(examiner, speaker);
        let exchange = examiner.tell(speaker, "", members, &flaw).await;
        let outcome = refused(&exchange, refusals::AUTHENTICATION, OtherCode::Fails);
        examiner.close(Rule::new(format!("orderNotify {name}"), rule, page(speaker, NAME)), &[exchange], outcome);
    }
    let name = "orderNotify with the key of the basic interfaces";
    if base.key == speaker.key {
        examiner.skip(name, "both classes have one key");
        return;
    }
    let members = another(examiner, speaker);
    let exchange = examiner.tell(speaker, "", members, &Flaw::OtherKey(base.key.clone())).await;
    let outcome = refused(&exchange, refusals::AUTHENTICATION, OtherCode::Fails);
    examiner.close(Rule::new(name, refusals::OF_ITS_CLASS, page(speaker, NAME)), &[exchange], outcome);
}
