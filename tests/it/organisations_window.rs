//! Buying organisations in the window, in both languages: told by signed calls of the kit, found by a user, shown with
//! everything in them; and pictures of the view, which somebody has looked at.

use std::net::SocketAddr;

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use reqwest::Method;
use sellerdesk::{
    desk::ReceiverState,
    domain::World,
    protocol::{KeyClass, Secret, id::TenantId, signature::kit_header::KitHeaders},
    receiver,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    generations::KIT_KEY,
    kit::{CIPHERTEXT, RSA_KEY},
    support::{
        app::{Client, MANUAL, unique},
        window::{Stage, Window},
    },
};

struct Words {
    language: &'static str,
    theme: &'static str,
    organisations: &'static str,
    nothing: &'static str,
    one: &'static str,
    nothing_found: &'static str,
    departments: &'static str,
    users: &'static str,
    applications: &'static str,
    changes: &'static str,
    filter: &'static str,
    authorized: &'static str,
    not_authorized: &'static str,
    secret: &'static str,
    messages: &'static str,
    open_organisation: &'static str,
    open_order: &'static str,
    timeline: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    organisations: "Organisations",
    nothing: "No organisations yet",
    one: "1 organisation",
    nothing_found: "Nothing found for",
    departments: "Departments (4)",
    users: "Users (3)",
    applications: "Applications (1)",
    changes: "What changed when (6)",
    filter: "Filter",
    authorized: "Authorized",
    not_authorized: "Not authorized",
    secret: "kept, sealed",
    messages: "Messages",
    open_organisation: "Open organisation",
    open_order: "Open order",
    timeline: "Timeline",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    organisations: "企业",
    nothing: "还没有企业",
    one: "1 个企业",
    nothing_found: "未找到“",
    departments: "部门（4）",
    users: "用户（3）",
    applications: "应用（1）",
    changes: "变更记录（6）",
    filter: "筛选",
    authorized: "已授权",
    not_authorized: "未授权",
    secret: "已加密保存",
    messages: "消息",
    open_organisation: "打开企业",
    open_order: "打开订单",
    timeline: "时间线",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// A desk whose receiver is open for the kit's calls.
pub struct Kit {
    pub stage: Stage,
    client: Client,
    _stop: oneshot::Sender<()>,
}

impl Kit {
    fn open(words: &Words) -> Self {
        Self::start(words.language, words.theme)
    }

    pub fn start(language: &str, theme: &str) -> Self {
        let stage = Stage::new(language, theme, MANUAL).with_key();
        let desk = stage.desk.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let address = stage.runtime().block_on(async {
            desk.set_key(KeyClass::Kit, None, Secret::new(KIT_KEY)).await.unwrap();
            desk.set_rsa_key(None, Secret::new(RSA_KEY)).await.unwrap();
            let mut state = desk.watch_receiver();
            state.mark_unchanged();
            let serving = desk.clone();
            tokio::spawn(async move {
                let until = async { drop(stopped.await) };
                receiver::serve(&serving, SocketAddr::from(([127, 0, 0, 1], 0)), until).await.unwrap();
            });
            loop {
                state.changed().await.unwrap();
                if let ReceiverState::Listening { address, .. } = **state.borrow_and_update() {
                    break address;
                }
            }
        });
        // What the pictures show, whichever port it is.
        desk.report_receiver(ReceiverState::Listening { address: ([127, 0, 0, 1], 8480).into(), tls: false });
        Self { stage, client: Client::new(&format!("http://{address}/produce")), _stop: stop }
    }

    /// A signed call over the socket.
    pub fn call(&self, name: &str, body: &Value) {
        let body = body.to_string();
        let stamp = self.stage.desk.now().0.to_string();
        let headers = KitHeaders::sign(&Secret::new(KIT_KEY), &unique("nonce"), &stamp, body.as_bytes());
        let path = format!("/produce/produceAPI/v2/{name}");
        let call = async { self.client.send(Method::POST, &path, &headers.to_headers(), &body).await };
        let reply = self.stage.runtime().block_on(call);
        assert_eq!(reply.code(), "000000", "{name}: {}", reply.text);
        self.stage.advance(std::time::Duration::from_secs(40));
    }

    fn tenant(&self, tenant_id: &str, name: &str) {
        let body = json!({
            "instanceId": format!("i-{tenant_id}"), "orderId": "CS26112402000001", "tenantId": tenant_id, "tenantCode": tenant_id,
            "name": name, "domainName": format!("https://{tenant_id}.tenantaccount.com"), "flag": 1, "testFlag": 0,
        });
        self.call("tenantSync", &body);
    }

    fn users(&self, tenant_id: &str, flag: u8, users: Vec<Value>) {
        let body = json!({
            "instanceId": "", "tenantId": tenant_id, "appId": "a-crm", "flag": flag, "testFlag": 0, "userList": users,
        });
        self.call("authSync", &body);
    }

    fn departments(&self, tenant_id: &str, departments: &[(String, String, String)]) {
        let list: Vec<Value> = departments
            .iter()
            .map(|(code, name, parent)| json!({ "orgCode": code, "orgName": name, "parentCode": parent }))
            .collect();
        let body = json!({ "instanceId": "", "tenantId": tenant_id, "orgInfoList": list, "testFlag": 0 });
        self.call("allOrgSync", &body);
    }

    /// Two organisations, one of them with everything.
    fn told(&self) {
        self.tenant("t-north", "北方科技 North Tech");
        let application = json!({
            "instanceId": "", "tenantId": "t-south", "appId": "a-crm", "clientId": "c-crm-01", "flag": 1, "testFlag": 0,
            "clientSecret": CIPHERTEXT.replace('\n', ""),
        });
        self.call("applicationSync", &application);
        let tree = [
            ("d-1", "总部 HQ", ""),
            ("d-2", "研发 R&D", "d-1"),
            ("d-3", "平台 Platform", "d-2"),
            ("d-4", "销售 Sales", "d-1"),
        ];
        self.departments("t-south", &tree.map(|(code, name, parent)| (code.into(), name.into(), parent.into())));
        self.users("t-south", 1, vec![user("zhang.san", "张三", "d-3", "admin"), user("li.si", "李四", "d-4", "user")]);
        self.users("t-south", 1, vec![user("wang.wu", "王五", "d-4", "user")]);
        self.users("t-south", 3, vec![user("wang.wu", "王五", "d-4", "user")]);
        self.tenant("t-south", "南方贸易 South Trade");
    }
}

fn user(user_name: &str, name: &str, department: &str, role: &str) -> Value {
    json!({
        "userName": user_name, "name": name, "orgCode": department, "role": role, "enable": "true",
        "email": format!("{user_name}@example.com"),
    })
}

fn search(window: &mut Window, text: &str) {
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.event(Event::Text(text.into()));
    window.harness.run_steps(3);
}

#[test]
fn an_organisation_that_the_kit_told_is_found_by_one_of_its_users() {
    for words in BOTH {
        let kit = Kit::open(words);
        kit.told();
        let mut window = kit.stage.open();
        window.press(Modifiers::COMMAND, Key::Num6);
        window.wait_for("t-north");
        search(&mut window, "zhang.san");
        window.wait_for(words.one);
        assert!(!window.sees("t-north"));
        window.click_row("t-south");
        window.wait_for("https://t-south.tenantaccount.com");
        window.wait_for("CS26112402000001");
        window.click(words.departments);
        window.wait_for("平台 Platform d-3");
        window.click(words.users);
        window.wait_for(&format!("zhang.san 张三 admin 平台 Platform {}", words.authorized));
        window.wait_for(&format!("wang.wu 王五 user 销售 Sales {}", words.not_authorized));
        window.harness.get_by_label(words.filter).focus();
        window.harness.run_steps(2);
        window.harness.event(Event::Text("SALES".into()));
        window.wait_until("the filter finds them by their department", |window| !window.sees("zhang.san 张三"));
        assert!(window.sees("li.si 李四"));
        window.click(words.applications);
        window.wait_for("a-crm c-crm-01");
        window.wait_for(words.secret);
        window.click(words.changes);
        window.click_row("tenantSync");
        window.wait_for(words.timeline);
        search(&mut window, "-nobody");
        window.wait_for(words.nothing_found);
        let (organisation, _) = window
            .runtime()
            .block_on(window.desk.organisation(World::Live, TenantId::new("t-south")))
            .unwrap()
            .unwrap();
        assert_eq!(organisation.users.len(), 3);
    }
}

#[test]
fn a_message_of_the_kit_leads_to_its_organisation_which_follows_what_is_told() {
    for words in BOTH {
        let kit = Kit::open(words);
        kit.told();
        let client = kit.client.clone();
        let mut window = kit.stage.open();
        window.click(words.messages);
        window.click_row("applicationSync");
        window.wait_for(words.timeline);
        window.settle();
        window.click(words.open_organisation);
        window.wait_for("https://t-south.tenantaccount.com");
        window.click(words.users);
        window.wait_for("li.si 李四");
        let body = json!({
            "instanceId": "", "tenantId": "t-south", "appId": "a-crm", "flag": 1, "testFlag": 0,
            "userList": [user("zhao.liu", "赵六", "d-9", "user")],
        })
        .to_string();
        let stamp = window.desk.now().0.to_string();
        let headers = KitHeaders::sign(&Secret::new(KIT_KEY), &unique("nonce"), &stamp, body.as_bytes());
        let path = "/produce/produceAPI/v2/authSync";
        let sent = async { client.send(Method::POST, path, &headers.to_headers(), &body).await };
        assert_eq!(window.runtime().block_on(sent).code(), "000000");
        window.wait_for("zhao.liu 赵六 user d-9");
    }
}

#[test]
fn thousands_of_users_and_departments_are_drawn_a_page_at_a_time() {
    let kit = Kit::open(&ENGLISH);
    kit.tenant("t-big", "Big");
    let name = |number: usize| format!("d-{number:04}");
    let parent = |number: usize| if number == 0 { String::new() } else { name(number / 3) };
    let tree: Vec<(String, String, String)> =
        (0..4_000).map(|number| (name(number), format!("Team {number}"), parent(number))).collect();
    kit.departments("t-big", &tree);
    for call in 0..8 {
        let users = (0..500).map(|number| {
            let number = call * 500 + number;
            user(&format!("user{number:04}"), &format!("User {number}"), &name(number), "user")
        });
        kit.users("t-big", 1, users.collect());
    }
    let mut window = kit.stage.open();
    window.click("Organisations");
    window.click_row("t-big");
    window.click("Users (4000)");
    window.wait_for("user0000 User 0");
    assert!(window.harness.query_all_by_label_contains("user0").count() < 100, "only what is in sight is drawn");
    window.harness.get_by_label("Filter").focus();
    window.harness.run_steps(2);
    window.harness.event(Event::Text("user3999".into()));
    window.wait_for("user3999 User 3999 user Team 3999");
    window.click("Departments (4000)");
    window.wait_for("Nothing here.");
}

fn pictures(words: &Words) {
    let name = |view: &str| format!("{view}-{}", words.language);
    let mut window = Stage::new(words.language, words.theme, MANUAL).with_key().open();
    window.press(Modifiers::COMMAND, Key::Num6);
    window.wait_for(words.nothing);
    window.snapshot(&name("no-organisations"));

    let kit = Kit::open(words);
    kit.told();
    let mut window = kit.stage.open();
    window.click(words.organisations);
    window.click_row("t-south");
    window.wait_for("https://t-south.tenantaccount.com");
    window.wait_for(words.open_order);
    window.snapshot(&name("organisations"));
    window.click(words.users);
    window.wait_for("li.si 李四");
    window.snapshot(&name("organisation-users"));
    window.click(words.departments);
    window.wait_for("平台 Platform d-3");
    window.snapshot(&name("organisation-departments"));
}

#[test]
fn pictures_of_the_organisations_in_english() {
    pictures(&ENGLISH);
}

#[test]
fn pictures_of_the_organisations_in_chinese() {
    pictures(&CHINESE);
}
