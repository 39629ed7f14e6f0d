//! Calls that must not be taken: signed wrong, with a wrong key, too old; and those that look odd and are right.

use super::{
    case::Outcome,
    examiner::{Examiner, OtherCode, Rule, is_taken, left_open, refused, told},
    speaker::{Call, Flaw, Members, Speaker},
};
use crate::{
    protocol::{
        KeyClass, ResultCode, Secret,
        callback::{KitVersion, Wire},
    },
    simulator::call::Exchange,
};

pub(super) const AUTHENTICATION: &[ResultCode] = &[ResultCode::AUTHENTICATION_FAILED];
/// The sample answers the second, the pages name no code.
const EITHER: &[ResultCode] = &[ResultCode::AUTHENTICATION_FAILED, ResultCode::INVALID_PARAMETER];

pub(super) const OF_ITS_CLASS: &str =
    "Each class of interfaces has a key of its own: a call signed with that of another is refused with 000001";

/// `make` gives the members of another right call each time.
pub(super) async fn examine(
    examiner: &mut Examiner,
    speaker: &Speaker,
    path: &str,
    make: &mut impl FnMut(&mut Examiner) -> Members,
) {
    let other = examiner.key_of_other_class(class_of(examiner, speaker));
    if other.is_none() {
        examiner.skip("key of another class", "there is no key of another class, or all classes have one key");
    }
    for (name, flaw, rule) in wrongly_signed(other.map(|(_, key)| key)) {
        let members = make(examiner);
        let exchange = examiner.tell(speaker, path, members, &flaw).await;
        let outcome = refused(&exchange, AUTHENTICATION, OtherCode::Fails);
        examiner.close(Rule::new(name, rule, page(speaker)), &[exchange], outcome);
    }
    let without = "A call that lacks a part of its signature is refused with 000001 or 000002";
    let mut lacking = vec![("signature missing", Flaw::NoSignature), ("timestamp missing", Flaw::NoTimestamp)];
    if !speaker.is_v1() {
        lacking.push(("nonce missing", Flaw::NoNonce));
    }
    for (name, flaw) in lacking {
        let members = make(examiner);
        let exchange = examiner.tell(speaker, path, members, &flaw).await;
        let outcome = refused(&exchange, EITHER, OtherCode::Warns);
        examiner.close(Rule::new(name, without, page(speaker)), &[exchange], outcome);
    }
    if !speaker.is_v1() {
        stale(examiner, speaker, path, make).await;
        replayed(examiner, speaker, path, make).await;
        odd(examiner, speaker, path, make).await;
    }
    // V1.0 has its calls in the query.
    if speaker.wire != Wire::V1 {
        malformed(examiner, speaker, path).await;
    }
}

fn page(speaker: &Speaker) -> &'static str {
    match speaker.wire {
        Wire::V1 => "zh-cn_topic_0070649156",
        Wire::Kit(KitVersion::V1) => "zh-cn_topic_0070649135",
        Wire::V2 | Wire::Kit(KitVersion::V2) => "zh-cn_topic_0070649476",
    }
}

/// The class whose key it is that the speaker has.
fn class_of(examiner: &Examiner, speaker: &Speaker) -> KeyClass {
    let held = examiner.plan.keys.iter().find(|(_, key)| **key == speaker.key);
    held.map_or(KeyClass::Base, |(class, _)| *class)
}

/// `other` is the key of another class.
pub(super) fn wrongly_signed(other: Option<Secret>) -> Vec<(&'static str, Flaw, &'static str)> {
    let mut calls = vec![
        ("signature wrong", Flaw::WrongSignature, "A call whose signature does not match is refused with 000001"),
        (
            "changed after it was signed",
            Flaw::Altered,
            "A call that was changed after it was signed is refused with 000001",
        ),
        (
            "key unknown",
            Flaw::OtherKey(Secret::new("not-the-key-of-any-seller")),
            "A call signed with another key is refused with 000001",
        ),
    ];
    calls.extend(other.map(|key| ("key of another class", Flaw::OtherKey(key), OF_ITS_CLASS)));
    calls
}

async fn stale(
    examiner: &mut Examiner,
    speaker: &Speaker,
    path: &str,
    make: &mut impl FnMut(&mut Examiner) -> Members,
) {
    let window = "A call whose timestamp lies more than 60 s from now is refused";
    let seconds = "timestamp counts milliseconds, whatever older pages say of seconds";
    for (name, flaw, rule, is_open) in [
        ("timestamp 10 minutes old", Flaw::Old, window, false),
        // The sample looks at the past alone.
        ("timestamp 10 minutes ahead", Flaw::Ahead, window, true),
        ("timestamp in seconds", Flaw::Seconds, seconds, true),
    ] {
        let members = make(examiner);
        let exchange = examiner.tell(speaker, path, members, &flaw).await;
        let outcome = refused(&exchange, EITHER, OtherCode::Warns);
        let outcome = if is_open { open_if_taken(&exchange, outcome) } else { outcome };
        examiner.close(Rule::new(name, rule, page(speaker)), &[exchange], outcome);
    }
}

/// That it was taken is a warning, that it was not answered is not.
fn open_if_taken(exchange: &Exchange, outcome: Outcome) -> Outcome {
    if told(exchange).is_ok() { left_open(outcome) } else { outcome }
}

async fn replayed(
    examiner: &mut Examiner,
    speaker: &Speaker,
    path: &str,
    make: &mut impl FnMut(&mut Examiner) -> Members,
) {
    let members = make(examiner);
    let call = speaker.call(path, members, &Flaw::None, examiner.now());
    let first = examiner.send(call.clone()).await;
    // What is refused may be signed with nothing.
    let second = examiner.send(Call { answer_key: None, ..call }).await;
    let outcome = open_if_taken(&second, refused(&second, EITHER, OtherCode::Warns));
    let rule = "A nonce is random for each call; a seller can remember it and refuse what is sent twice";
    examiner.close(Rule::new("nonce replayed", rule, page(speaker)), &[first, second], outcome);
}

async fn odd(examiner: &mut Examiner, speaker: &Speaker, path: &str, make: &mut impl FnMut(&mut Examiner) -> Members) {
    for (name, flaw, rule) in [
        (
            "signature in the other case",
            Flaw::OtherCase,
            "Hex digits of a signature are compared without regard to case",
        ),
        (
            "body in another order",
            Flaw::Shuffled,
            "What is signed is the body sorted by name, compact; it may be sent in another order and with blanks",
        ),
    ] {
        let members = make(examiner);
        let exchange = examiner.tell(speaker, path, members, &flaw).await;
        let outcome = match told(&exchange) {
            told if is_taken(&told) => Outcome::Passed,
            Ok(code) => Outcome::Warned(format!("it was refused with {code}")),
            Err(failure) => Outcome::Failed(failure.to_string()),
        };
        examiner.close(Rule::new(name, rule, page(speaker)), &[exchange], outcome);
    }
}

async fn malformed(examiner: &mut Examiner, speaker: &Speaker, path: &str) {
    let call = speaker.call_with_body(path, br#"{"activity":"newInstance","orderId":"#, examiner.now());
    let exchange = examiner.send(call).await;
    // What is no JSON has no token of V1.0 that could be right.
    let codes = if speaker.is_v1() { EITHER } else { &[ResultCode::INVALID_PARAMETER] };
    let outcome = refused(&exchange, codes, OtherCode::Warns);
    let was_taken = is_taken(&told(&exchange));
    let outcome = if was_taken { outcome } else { left_open(outcome) };
    let rule = "A body that is no JSON is not answered as if it were done; the code for it is open";
    examiner.close(Rule::new("malformed JSON", rule, "zh-cn_topic_0070649421"), &[exchange], outcome);
}
