//! The kit's bodies as the pages and their examples have them.

use proptest::prelude::*;

use super::*;

const COMMON: &str = r#""instanceId":"i","tenantId":"t","testFlag":0,"timeStamp":"20220420114117642""#;

fn check(interface: Interface, rest: &str) -> Result<KitSync, String> {
    let body = format!("{{{COMMON},{rest}}}");
    let call = parse(KitVersion::V2, interface, body.as_bytes()).map_err(|error| error.to_string())?;
    assert!(!call.test && call.name == interface.name());
    let Activity::Kit(sync) = call.activity else { panic!() };
    Ok(*sync)
}

#[test]
fn the_paths_are_found_behind_any_address() {
    for version in [KitVersion::V1, KitVersion::V2] {
        for interface in Interface::ALL {
            for base in ["", "/produce", "/a/b"] {
                let path = format!("{base}{}", sub_path(version, interface));
                assert_eq!(split_path(&path), Some((base, version, interface)));
            }
        }
    }
    for path in ["/produce", "/produceAPI/v3/tenantSync", "/produceAPI/v2/paintSync", "/v2/tenantSync", "tenantSync"] {
        assert_eq!(split_path(path), None, "{path}");
    }
}

#[test]
fn a_tenant_is_read_as_in_the_pages_example() {
    let sync = check(
        Interface::TenantSync,
        r#""orderId":"CS1906666666ABCDE","tenantCode":"huawei","name":"huaiweitest","domainName":"https://example.tenantaccount.com","flag":1"#,
    )
    .unwrap();
    assert_eq!(sync.time_stamp, Some(UnixMillis::from_compact_utc("20220420034117642").unwrap()), "UTC+8");
    let SyncChange::Tenant { flag, order_id, name, .. } = sync.change else { panic!() };
    assert_eq!((flag, order_id, name.as_str()), (Flag::Add, Some(OrderId::new("CS1906666666ABCDE")), "huaiweitest"));
}

#[test]
fn a_credential_has_neither_instance_nor_order() {
    let body = r#"{"instanceId":"","orderId":"","tenantId":"t","tenantCode":"c","name":"n","domainName":"https://d","flag":1,"testFlag":1,"timeStamp":""}"#;
    let call = parse(KitVersion::V2, Interface::TenantSync, body.as_bytes()).unwrap();
    assert!(call.test);
    let Activity::Kit(sync) = call.activity else { panic!() };
    assert_eq!((sync.instance_id, sync.time_stamp), (None, None));
}

#[test]
fn users_come_as_a_list_as_a_text_and_with_an_extension() {
    let user = r#"{"userName":"zhang","name":"张三","orgCode":"d1","role":"admin","enable":"true","employeeType":4}"#;
    let nested = r#"{"userName":"zhang","name":"张三","orgCode":"d1","role":"admin","enable":"true","extension":{"employeeType":"4"}}"#;
    let texts = [
        format!("[{user}]"),
        serde_json::to_string(&format!("[{user}]")).unwrap(),
        serde_json::to_string(&format!("[{nested}]")).unwrap(),
        format!("[{nested}]"),
    ];
    for list in texts {
        let sync = check(Interface::AuthSync, &format!(r#""appId":"a","flag":"1","userList":{list}"#)).unwrap();
        let SyncChange::Users { users, flag, .. } = sync.change else { panic!() };
        assert_eq!((users.len(), flag), (1, Flag::Add));
        assert_eq!((users[0].name.as_str(), users[0].employee_type.as_deref()), ("张三", Some("4")));
        assert!(users[0].enable && users[0].role == "admin");
    }
}

#[test]
fn the_tree_comes_under_either_name() {
    for rest in [
        r#""orgInfoList":[{"orgCode":"d1","orgName":"总部"},{"orgCode":"d2","orgName":"研发","parentCode":"d1"}]"#,
        r#""orgInfo":"[{\"orgCode\":\"d1\",\"name\":\"总部\"},{\"orgCode\":\"d2\",\"name\":\"研发\",\"parentCode\":\"d1\"}]","flag":1"#,
    ] {
        let SyncChange::AllDepartments { departments } = check(Interface::AllOrgSync, rest).unwrap().change else {
            panic!()
        };
        assert_eq!(departments[0], Department { org_code: "d1".into(), name: "总部".into(), parent_code: None });
        assert_eq!(departments[1].parent_code.as_deref(), Some("d1"));
    }
}

#[test]
fn every_fault_is_told_in_a_sentence() {
    let many = vec![r#"{"userName":"u"}"#; MAX_USERS + 1].join(",");
    let table = [
        (
            Interface::AuthSync,
            format!(r#""appId":"a","flag":1,"userList":[{many}]"#),
            "`userList` has 501 entries, at most 500",
        ),
        (
            Interface::AuthSync,
            r#""appId":"a","flag":1,"userList":[{"userName":"u"},{"name":"n"}]"#.into(),
            "entry 2 of `userList`: `userName` is missing",
        ),
        (
            Interface::AuthSync,
            r#""appId":"a","flag":1,"userList":"[{""#.into(),
            "`userList`: the text holds no JSON list",
        ),
        (Interface::ApplicationSync, r#""flag":1"#.into(), "`appId` is missing"),
        (Interface::SingleOrgSync, r#""flag":1"#.into(), "`orgCode` is missing"),
        (Interface::AllOrgSync, r#""x":1"#.into(), "`orgInfo` is missing"),
        (Interface::TenantSync, r#""name":"n""#.into(), "`flag` is missing"),
    ];
    for (interface, rest, sentence) in table {
        let error = check(interface, &rest).unwrap_err();
        assert!(error.contains(sentence), "{error}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(which in 0_usize..5, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(KitVersion::V1, Interface::ALL[which], &body);
    }

    #[test]
    fn arbitrary_lists_never_panic(which in 0_usize..5, text in ".{0,60}") {
        let body = serde_json::json!({"tenantId": "t", "flag": 1, "appId": "a", "orgCode": "c",
                                      "userList": text, "orgInfoList": text});
        let _ = parse(KitVersion::V2, Interface::ALL[which], body.to_string().as_bytes());
    }
}
