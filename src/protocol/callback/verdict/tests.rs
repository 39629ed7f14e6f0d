//! Every reason for which an answer is not taken, and the answers that are.

use super::*;
use crate::protocol::id::{BusinessId, OrderId, OrderLine, OrderLineId};

fn order() -> OrderLine {
    OrderLine { order_id: OrderId::new("o"), order_line_id: OrderLineId::new("o-000001") }
}

fn purchase() -> Activity {
    Activity::purchase(order(), BusinessId::new("b"))
}

fn query() -> Activity {
    Activity::QueryInstance { instance_ids: vec![InstanceId::new("i")] }
}

fn json(body: &str) -> Result<Reply, NoReply> {
    Ok(Reply {
        status: 200,
        content_type: Some("Application/JSON; charset=utf-8".into()),
        body_sign: None,
        body: body.into(),
    })
}

fn failure(activity: &Activity, reply: &Result<Reply, NoReply>) -> String {
    match judge(activity, reply).verdict {
        Verdict::Failed(failure) => failure.to_string(),
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_purchase_is_done_or_in_progress_with_an_instance_id() {
    for (code, verdict) in [("000000", Verdict::Accepted), ("000004", Verdict::InProgress)] {
        let reply = json(&format!(r#"{{"resultCode":"{code}","resultMsg":"ok","instanceId":"i"}}"#));
        let judgement = judge(&purchase(), &reply);
        assert_eq!((judgement.verdict, judgement.instance_id), (verdict, Some(InstanceId::new("i"))));
    }
    for code in ["000000", "000004"] {
        let reply = json(&format!(r#"{{"resultCode":"{code}","resultMsg":"ok"}}"#));
        assert_eq!(failure(&purchase(), &reply), "调测失败,接口响应缺少instanceId");
    }
}

#[test]
fn in_progress_is_for_purchases_and_queries_only() {
    let reply = json(r#"{"resultCode":"000004","resultMsg":"later"}"#);
    assert_eq!(judge(&query(), &reply).verdict, Verdict::InProgress);
    assert_eq!(
        failure(&Activity::OrderNotify { order: order() }, &reply),
        "调用失败,生产接口resultCode返回错误 (000004: later)"
    );
}

#[test]
fn a_query_is_answered_once_the_access_data_is_there() {
    for body in [
        r#"{"resultCode":"000000","resultMsg":"ok"}"#,
        r#"{"resultCode":"000000","resultMsg":"ok","info":[]}"#,
        r#"{"resultCode":"000000","resultMsg":"ok","info":[{"instanceId":"i","appInfo":null}]}"#,
        r#"{"resultCode":"000000","resultMsg":"ok","info":[{"instanceId":"other","appInfo":{"frontEndUrl":"u"}}]}"#,
    ] {
        assert_eq!(judge(&query(), &json(body)).verdict, Verdict::InProgress, "{body}");
    }
    let reply = json(
        r#"{"resultCode":"000000","resultMsg":"ok","info":[{"instanceId":"i","appInfo":{"frontEndUrl":"u","password":"p"}}]}"#,
    );
    let judgement = judge(&query(), &reply);
    assert_eq!(judgement.verdict, Verdict::Accepted);
    assert_eq!(judgement.info[0].app_info.as_ref().unwrap().password, Some(Secret::new("p")));
}

#[test]
fn what_is_no_answer_is_told_in_the_consoles_words() {
    let status = |status| Ok(Reply { status, content_type: None, body_sign: None, body: vec![] });
    let html = Ok(Reply { status: 200, content_type: Some("text/html".into()), body_sign: None, body: b"{}".to_vec() });
    let long = format!(r#"{{"resultCode":"000000","resultMsg":"{}","instanceId":"i"}}"#, "x".repeat(256));
    let long_id = format!(r#"{{"resultCode":"000000","resultMsg":"ok","instanceId":"{}"}}"#, "x".repeat(65));
    let unreadable = r#"调测失败,解析响应体失败,响应格式参考{"resultCode":"000000","resultMsg":"success."}"#;
    let table = [
        (Err(NoReply::Timeout(5004)), "调测失败,调用接口超时5s"),
        (Err(NoReply::Unreachable("refused".into())), "调测失败,生产地址不可达 (refused)"),
        (status(302), "调测失败,接口响应httpCode=302,请检查服务器日志,定位失败原因"),
        (status(500), "调测失败,接口响应httpCode=500,请检查服务器日志,定位失败原因"),
        (html, r#"调测失败,响应content-type格式错误,返回的格式为text/html,正确的格式为"application/json""#),
        (status(200), r#"调测失败,响应content-type格式错误,返回的格式为null,正确的格式为"application/json""#),
        (json("[]"), unreadable),
        (json(r#"{"resultCode":"000000"}"#), unreadable),
        (json(r#"{"resultCode":0,"resultMsg":"ok"}"#), unreadable),
        (json(r#"{"resultCode":"0000004","resultMsg":"ok"}"#), "调测失败,字段resultCode长度不合法"),
        (
            json(r#"{"resultCode":"000005","resultMsg":"broken"}"#),
            "调用失败,生产接口resultCode返回错误 (000005: broken)",
        ),
        (json(&long), "调测失败,字段resultMsg长度不合法"),
        (json(&long_id), "调测失败,字段instanceId长度不合法"),
    ];
    for (reply, text) in table {
        assert_eq!(failure(&purchase(), &reply), text);
    }
}

#[test]
fn an_answer_to_a_query_is_checked_in_depth() {
    let long = format!(r#"[{{"instanceId":"i","appInfo":{{"frontEndUrl":"{}"}}}}]"#, "x".repeat(513));
    let table = [
        (r#"[{"appInfo":{"frontEndUrl":"u"}}]"#, "调测失败,接口响应缺少instanceId"),
        (r#"[{"instanceId":"i","appInfo":{"userName":"u"}}]"#, "调测失败,接口响应缺少frontEndUrl"),
        (r#"[{"instanceId":"i","usageInfo":[{"statisticalTime":"1"}]}]"#, "调测失败,接口响应缺少usageValue"),
        (r#"[{"instanceId":"i","usageInfo":[{"usageValue":1.5}]}]"#, "调测失败,接口响应缺少statisticalTime"),
        (long.as_str(), "调测失败,字段frontEndUrl长度不合法"),
    ];
    for (info, text) in table {
        let reply = json(&format!(r#"{{"resultCode":"000000","resultMsg":"ok","info":{info}}}"#));
        assert_eq!(failure(&query(), &reply), text);
    }
}

#[test]
fn v1_wants_a_signed_answer_with_access_data_that_decrypt() {
    let key = Secret::new("demo-key-for-tests-0001");
    let judged = |body: &str, signed: bool| {
        let body_sign = signed.then(|| body_sign::header(&key, body.as_bytes()));
        let reply = Reply { status: 200, content_type: Some("application/json".into()), body_sign, body: body.into() };
        judge_v1(&purchase(), &key, &Ok(reply))
    };
    let done = r#"{"resultCode":"000000","resultMsg":"ok","encryptType":1,"instanceId":"i","appInfo":{"frontEndUrl":"u","password":"Z9y8X7w6V5u4T3s2SroxKfRyiulBU62IdoMqDQ=="}}"#;
    let judgement = judged(done, true);
    assert_eq!(judgement.verdict, Verdict::Accepted);
    assert_eq!(judgement.info[0].app_info.as_ref().unwrap().password, Some(Secret::new("Passw0rd!")));
    let failed = |body: &str, signed| match judged(body, signed).verdict {
        Verdict::Failed(failure) => failure.to_string(),
        verdict => panic!("{verdict:?}"),
    };
    assert!(failed(done, false).contains("Body-Sign"));
    assert!(failed(&done.replace("SroxKf", "AAAAAA"), true).contains("password解密失败"));
    assert!(failed(&done.replace("appInfo", "info"), true).contains("缺少frontEndUrl"));
    assert!(failed(r#"{"resultCode":"000004","resultMsg":"later","instanceId":"i"}"#, true).contains("000004"));
}
