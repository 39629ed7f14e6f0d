//! What the retry of a synchronisation would change of an organisation, row by row, and that the retry then does just that.

use std::collections::{BTreeMap, BTreeSet};

use sellerdesk::{
    desk::{Foreseen, RetryResult},
    domain::{
        MessageId, World,
        foreseen::{Changed, Entity},
        organisation::Lifetime,
    },
    protocol::id::TenantId,
};
use serde_json::{Value, json};

use crate::{
    generations::start,
    kit::{departments, kit, tenant, user},
    support::{
        app::TestApp,
        backend::{Backend, told},
    },
};

type Rows = BTreeMap<(&'static str, String), String>;

/// Every row that stands, without its times.
async fn rows(app: &TestApp) -> Rows {
    let known = app.desk.organisation(World::Live, TenantId::new("t-1")).await.unwrap();
    let Some((organisation, _)) = known else { return Rows::new() };
    let mut rows = Rows::new();
    let mut put = |entity: Entity, id: &str, lifetime: &Lifetime, row: String| {
        if lifetime.removed_at.is_none() {
            rows.insert((entity.name(), id.to_owned()), row);
        }
    };
    let tenant = &organisation.tenant;
    let told = [&tenant.instance_id, &tenant.order_id, &tenant.tenant_code, &tenant.name, &tenant.domain_name];
    put(Entity::Organisation, "t-1", &tenant.lifetime, format!("{told:?} {:?}", tenant.further_instances));
    for it in &organisation.applications {
        let row = format!("{} {}", it.client_id, it.has_secret);
        put(Entity::OrganisationApplication, &it.app_id, &it.lifetime, row);
    }
    for it in &organisation.departments {
        put(Entity::Department, &it.department.org_code, &it.lifetime, format!("{:?}", it.department));
    }
    for it in &organisation.users {
        put(Entity::User, &it.user.user_name, &it.lifetime, format!("{:?} {}", it.user, it.authorized));
    }
    rows
}

fn line(changed: &Changed) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
    let fields = changed.fields.iter().map(|it| format!("{} {} {}", it.name, shown(&it.before), shown(&it.after)));
    let head = format!("{} {} {}", changed.effect.name(), changed.what.name(), changed.id);
    std::iter::once(head).chain(fields).collect::<Vec<_>>().join(", ")
}

/// The call fails, because the product is down; what its retry would change; and then the retry.
async fn foreseen(app: &TestApp, backend: &Backend, name: &str, body: Value) -> Vec<String> {
    backend.now_tells([told(500, "{}")]);
    kit(app, false, name, body).await;
    let ids: Vec<MessageId> = app.messages(World::Live).await.into_iter().map(|message| message.id).collect();
    let id = ids.into_iter().max_by_key(|id| id.0).unwrap();
    let before = rows(app).await;
    let Foreseen::AsksProduct { meanwhile, if_done: Some(foresight), .. } = app.desk.foresee_retry(id).await.unwrap()
    else {
        panic!("the product would be asked")
    };
    assert_eq!(meanwhile, [], "{name}");
    assert_eq!(rows(app).await, before, "nothing is done yet");
    backend.now_tells([told(200, "{}")]);
    assert_eq!(app.desk.retry(id).await.unwrap(), RetryResult::Succeeded);
    let after = rows(app).await;
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let differ: BTreeSet<_> = keys.into_iter().filter(|key| before.get(key) != after.get(key)).collect();
    let told: BTreeSet<_> = foresight.changes.iter().map(|it| (it.what.name(), it.id.clone())).collect();
    assert_eq!(told, differ, "{name}: what was told is what the retry did");
    foresight.changes.iter().map(line).collect()
}

#[tokio::test]
async fn which_organisations_people_and_departments_would_change_is_told() {
    let backend = Backend::start([told(500, "{}")]).await;
    let app = start(&backend.config(3_500)).await;
    let foreseen = async |name: &str, body: Value| foreseen(&app, &backend, name, body).await;

    assert_eq!(
        foreseen("authSync", user("zhang", 1)).await,
        [
            "new organisation t-1, instanceId – i-1",
            "new user zhang, name – 张三, orgCode – d-2, role – admin, enable – true, authorized – true",
        ]
    );
    assert_eq!(
        foreseen("tenantSync", tenant(1)).await,
        ["changed organisation t-1, orderId – CS1, tenantCode – huawei, name – 示例企业, \
          domainName – https://example.tenantaccount.com"]
    );
    assert_eq!(
        foreseen("allOrgSync", departments(&[("d-1", ""), ("d-2", "d-1")])).await,
        ["new department d-1, orgName – 部门 d-1", "new department d-2, orgName – 部门 d-2, parentCode – d-1"]
    );
    let again = json!({ "instanceId": "i-1", "tenantId": "t-1", "testFlag": 0, "orgInfoList": [
        { "orgCode": "d-2", "orgName": "研发部", "parentCode": "" },
        { "orgCode": "d-3", "orgName": "部门 d-3", "parentCode": "d-2" },
    ]});
    assert_eq!(
        foreseen("allOrgSync", again.clone()).await,
        [
            "removed department d-1",
            "changed department d-2, orgName 部门 d-2 研发部, parentCode d-1 –",
            "new department d-3, orgName – 部门 d-3, parentCode – d-2",
        ]
    );
    assert_eq!(foreseen("allOrgSync", again).await, [""; 0], "all of it is known");
    let gone =
        json!({ "instanceId": "i-1", "tenantId": "t-1", "orgCode": "d-3", "orgName": "", "flag": 0, "testFlag": 0 });
    assert_eq!(foreseen("singleOrgSync", gone.clone()).await, ["removed department d-3"]);
    assert_eq!(foreseen("singleOrgSync", gone).await, [""; 0]);
    assert_eq!(foreseen("authSync", user("zhang", 3)).await, ["changed user zhang, authorized true false"]);
    assert_eq!(foreseen("authSync", user("zhang", 2)).await, ["changed user zhang, authorized false true"]);
    assert_eq!(foreseen("authSync", user("zhang", 0)).await, ["removed user zhang"]);
    let application = json!({ "instanceId": "i-1", "tenantId": "t-1", "appId": "a-1", "clientId": "c-1",
                              "clientSecret": "", "flag": 1, "testFlag": 0 });
    assert_eq!(
        foreseen("applicationSync", application.clone()).await,
        ["new organisation-application a-1, clientId – c-1"]
    );
    let mut gone = application;
    gone["flag"] = json!(0);
    assert_eq!(foreseen("applicationSync", gone).await, ["removed organisation-application a-1"]);
    assert_eq!(foreseen("tenantSync", tenant(0)).await, ["removed organisation t-1"]);
    let back = foreseen("tenantSync", tenant(1)).await;
    assert!(back.len() == 1 && back[0].starts_with("new organisation t-1, instanceId – i-1"), "{back:?}");
}
