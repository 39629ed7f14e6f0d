//! How long a purchase's own members may be, and the members that only some purchases have.

use super::{
    case::Outcome,
    examiner::{Examiner, OtherCode, Rule, is_taken, left_open, refused, told},
    lifecycle::{bought, buying, page},
    speaker::{Flaw, Speaker},
};
use crate::{
    protocol::{
        ResultCode,
        credential::{self, EncryptType, Iv},
        id::{OrderId, OrderLine, OrderLineId},
    },
    simulator::{Failure, Verdict, call::Exchange, ids, verdict::Judgement},
};

/// Of `orderId`, `orderLineId` and `businessId`.
const LONGEST_ID: usize = 64;
const PURCHASE_ENCRYPTED: &str = "en-us_topic_0077976262";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let order = OrderLine { order_id: OrderId::new(id(LONGEST_ID)), order_line_id: OrderLineId::new(id(LONGEST_ID)) };
    let activity = buying(examiner, speaker, order);
    let word = speaker.word(&activity);
    let source = page(speaker, &word);
    let mut members = speaker.members(&activity).unwrap_or_default();
    members.insert("businessId".into(), id(LONGEST_ID).into());
    let exchange = examiner.tell(speaker, "", members.clone(), &Flaw::None).await;
    let judgement = speaker.judge(&activity, &exchange);
    let rule = "orderId, orderLineId and businessId have up to 64 characters";
    let name = format!("{word} with the longest ids");
    examiner.close(Rule::new(name, rule, source), &[exchange], bought(&judgement));
    for member in ["orderId", "businessId"] {
        let mut members = members.clone();
        members.insert(member.into(), id(LONGEST_ID + 1).into());
        let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
        let outcome = refused(&exchange, &[ResultCode::INVALID_PARAMETER], OtherCode::Warns);
        let was_taken = is_taken(&told(&exchange));
        let outcome = if was_taken { left_open(outcome) } else { outcome };
        let rule = "KooGallery sends nothing longer than its page says; a seller can refuse it with 000002";
        examiner.close(Rule::new(format!("{word} with a too long {member}"), rule, source), &[exchange], outcome);
    }
}

fn id(length: usize) -> String {
    ids::nonce().chars().cycle().take(length).collect()
}

/// V1's buyers may have allowed that their mobile phone and email be told, encrypted with the Key.
pub(super) async fn private_values(examiner: &mut Examiner, speaker: &Speaker) {
    for (kind, words) in [(EncryptType::Aes256, "AES256"), (EncryptType::Aes128, "AES128")] {
        let order = examiner.order();
        let activity = buying(examiner, speaker, order);
        let word = speaker.word(&activity);
        let mut members = speaker.members(&activity).unwrap_or_default();
        for (member, value) in [("mobilePhone", "13800000000"), ("email", "somebody@example.com")] {
            let iv: String = ids::nonce().chars().take(16).collect();
            let encrypted = Iv::new(&iv).and_then(|iv| credential::encrypt(&speaker.key, kind, &iv, value));
            members.extend(encrypted.ok().map(|value| (member.to_owned(), value.into())));
        }
        let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
        let judgement = speaker.judge(&activity, &exchange);
        let rule = "mobilePhone and email come encrypted, IV and base64(AES/CBC), where the buyer allowed it; the authToken is over them as they came";
        let name = format!("{word} with mobilePhone and email in {words}");
        examiner.close(Rule::new(name, rule, PURCHASE_ENCRYPTED), &[exchange], bought(&judgement));
    }
}

/// The credentials in a purchase's answer.
pub(super) fn encrypt_type(examiner: &mut Examiner, exchange: &Exchange, judgement: &Judgement) {
    let outcome = match &judgement.verdict {
        Verdict::Failed(failure @ Failure::Credential(_)) => Outcome::Failed(failure.to_string()),
        _ => Outcome::Passed,
    };
    let rule = "userName and password are IV and base64(AES/CBC) with the Key, as encryptType says: 1 is AES256, also where none is told, 2 is AES128";
    examiner.close(Rule::new("encryptType", rule, "en-us_topic_0070649063"), std::slice::from_ref(exchange), outcome);
}
