//! What every answer has to keep, whatever was asked: seen over all calls of a family together. Sends nothing.

use serde_json::{Map, Value};

use super::{
    case::Outcome,
    examiner::{Examiner, Rule, Traffic},
    speaker::Speaker,
};
use crate::{
    protocol::signature::body_sign,
    simulator::{
        Failure,
        call::{NoReply, Reply},
    },
};

/// Pages zh-cn_topic_0070649428 and zh-cn_topic_0070649013.
const LONGEST: &[(&str, usize)] = &[
    ("resultCode", 6),
    ("resultMsg", 255),
    ("encryptType", 3),
    ("instanceId", 64),
    ("frontEndUrl", 512),
    ("adminUrl", 512),
    ("userName", 128),
    ("password", 128),
    ("memo", 1024),
    ("relatedInstanceId", 64),
    ("usageValue", 20),
    ("statisticalTime", 20),
    ("dashboardUrl", 512),
];

const FAQ: &str = "zh-cn_topic_0070649300";

pub(super) fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let is_v1 = speaker.is_v1();
    every(examiner, in_time(), |traffic| match &traffic.exchange.reply {
        Err(no_reply @ NoReply::Timeout(_)) => Err(Failure::from(no_reply)),
        _ => Ok(()),
    });
    soon(examiner);
    every(examiner, Rule::new("HTTP 200", "Every answer has the HTTP status 200, of a refusal too", FAQ), |traffic| {
        answer(traffic).map_or(Ok(()), status)
    });
    every(examiner, Rule::new("Content-Type", "Every answer is application/json", FAQ), |traffic| {
        answer(traffic).map_or(Ok(()), content_type)
    });
    every(
        examiner,
        Rule::new(
            "resultCode and resultMsg",
            "Every answer is a JSON object with the texts resultCode, six digits, and resultMsg",
            "zh-cn_topic_0070649421",
        ),
        |traffic| answer(traffic).filter(|reply| reply.status == 200).map_or(Ok(()), result),
    );
    every(
        examiner,
        Rule::new(
            "field lengths",
            "No member of an answer is longer than its page allows: instanceId 64, frontEndUrl and adminUrl 512, userName and password 128, memo 1024, resultMsg 255 characters",
            "zh-cn_topic_0070649428",
        ),
        |traffic| {
            answer(traffic)
                .and_then(|reply| serde_json::from_slice(&reply.body).ok())
                .map_or(Ok(()), |value| lengths(&value))
        },
    );
    body_signs(examiner, is_v1);
}

fn in_time() -> Rule {
    Rule::new("answered in time", "Every call is answered within 5 s", "zh-cn_topic_0070649475")
}

/// Who needs most of the time when nothing else goes on is late when much does.
fn soon(examiner: &mut Examiner) {
    let limit = examiner.plan.limit;
    let slowest = examiner.traffic().iter().max_by_key(|traffic| traffic.exchange.duration);
    let Some(slowest) = slowest.map(|traffic| traffic.exchange.clone()) else { return };
    let took = slowest.duration;
    let outcome = if took * 2 <= limit || took >= limit {
        Outcome::Passed
    } else {
        Outcome::Warned(format!("the slowest answer took {:.1} s of {:.1} s", took.as_secs_f64(), limit.as_secs_f64()))
    };
    let rule = "No answer needs more than half of the time that is allowed";
    examiner.close(Rule::new("answered soon", rule, "zh-cn_topic_0070649475"), &[slowest], outcome);
}

fn answer(traffic: &Traffic) -> Option<&Reply> {
    traffic.exchange.reply.as_ref().ok()
}

/// Closes a case for all calls: with the first that breaks the rule, or the last of those that keep it.
fn every(examiner: &mut Examiner, rule: Rule, keeps: impl Fn(&Traffic) -> Result<(), Failure>) {
    let broken: Vec<(&Traffic, Failure)> =
        examiner.traffic().iter().filter_map(|traffic| Some((traffic, keeps(traffic).err()?))).collect();
    let shown = broken.first().map(|(traffic, _)| *traffic).or_else(|| examiner.traffic().last());
    let shown: Vec<_> = shown.iter().map(|traffic| traffic.exchange.clone()).collect();
    let outcome = match broken.first() {
        Some((_, failure)) => {
            Outcome::Failed(format!("{failure} ({} of {} calls)", broken.len(), examiner.traffic().len()))
        }
        None if examiner.traffic().iter().all(|traffic| answer(traffic).is_none()) => {
            let cause = examiner.traffic().iter().find_map(|traffic| traffic.exchange.reply.as_ref().err());
            Outcome::Failed(
                cause.map_or_else(|| "nothing was called".to_owned(), |cause| Failure::from(cause).to_string()),
            )
        }
        None => Outcome::Passed,
    };
    examiner.close(rule, &shown, outcome);
}

fn status(reply: &Reply) -> Result<(), Failure> {
    if reply.status == 200 { Ok(()) } else { Err(Failure::HttpStatus(reply.status)) }
}

fn content_type(reply: &Reply) -> Result<(), Failure> {
    let media_type = reply.content_type.as_deref().and_then(|text| text.split(';').next()).map(str::trim);
    if media_type.is_some_and(|text| text.eq_ignore_ascii_case("application/json")) {
        Ok(())
    } else {
        Err(Failure::ContentType(reply.content_type.clone()))
    }
}

fn result(reply: &Reply) -> Result<(), Failure> {
    let members: Map<String, Value> = serde_json::from_slice(&reply.body).map_err(|_| Failure::Unreadable)?;
    let text = |name| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(code), Some(_)) = (text("resultCode"), text("resultMsg")) else { return Err(Failure::Unreadable) };
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(()) } else { Err(Failure::Length("resultCode")) }
}

/// Of every member on every level.
fn lengths(value: &Value) -> Result<(), Failure> {
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            let limit = LONGEST.iter().find(|(known, _)| known == name);
            let length = member.as_str().map_or(0, |text| text.chars().count());
            match limit {
                Some((name, max)) if length > *max => Err(Failure::Length(name)),
                _ => lengths(member),
            }
        }),
        Value::Array(entries) => entries.iter().try_for_each(lengths),
        _ => Ok(()),
    }
}

fn body_signs(examiner: &mut Examiner, is_v1: bool) {
    let rule = if is_v1 {
        Rule::new(
            "Body-Sign",
            "Every answer carries Body-Sign over its exact bytes, made with the Key",
            "zh-cn_topic_0070649157",
        )
    } else {
        Rule::new(
            "Body-Sign",
            "Where an answer carries Body-Sign, it is over its exact bytes, made with the call's access key; whether it has to carry one, the pages disagree",
            "zh-cn_topic_0070649475",
        )
    };
    let (mut looked_at, mut absent, mut wrong, mut shown) = (0_usize, 0_usize, Vec::new(), None);
    for traffic in examiner.traffic() {
        let (Some(reply), Some(key)) = (answer(traffic), &traffic.answer_key) else { continue };
        looked_at += 1;
        match &reply.body_sign {
            None => {
                absent += 1;
                shown.get_or_insert(&traffic.exchange);
            }
            Some(sign) => {
                if let Err(refusal) = body_sign::verify(key, sign, &reply.body) {
                    wrong.push((&traffic.exchange, refusal));
                }
            }
        }
    }
    let shown = wrong.first().map(|(exchange, _)| *exchange).or(shown);
    let shown: Vec<_> =
        shown.or_else(|| examiner.traffic().last().map(|traffic| &traffic.exchange)).into_iter().cloned().collect();
    let outcome = match wrong.first() {
        Some((_, refusal)) => Outcome::Failed(format!("{} ({refusal})", Failure::BodySign)),
        None if absent > 0 && is_v1 => Outcome::Failed(Failure::BodySign.to_string()),
        None if absent > 0 => Outcome::Warned(format!("{absent} of {looked_at} answers carry no Body-Sign")),
        None => Outcome::Passed,
    };
    examiner.close(rule, &shown, outcome);
}
