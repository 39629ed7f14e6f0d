//! The part of the story about what is not V2 SaaS: a V1 product, an authorization code, a buying organisation.

use serde_json::{Map, Value, json};

use super::{
    stage::{Stage, customer, product},
    story,
    telling::Teller,
};
use crate::{
    domain::{InstanceStatus, License, LicenseStatus, World},
    protocol::{
        callback::{StatusChange, kit::Interface},
        id::{LicenseCode, TenantId},
    },
    simulator::{MessageState, SimulatorError, Verdict},
};

pub(super) async fn tell(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    v1_product(stage, teller).await?;
    license_code(stage, teller).await?;
    organisation(stage, teller).await
}

async fn v1_product(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("A product of the access guide V1.0: GET, authToken, credentials encrypted, every answer signed");
    let mut calls = Teller::new(stage.of_v1.calls());
    let bought = stage.of_v1.buy(&product(), &customer("Cedar & Sons")).await?;
    calls.tell_calls();
    teller.check("KooGallery is content with the signed answer", bought.state, MessageState::Succeeded);
    let Some(instance) = stage.of_v1.instance_of(&bought) else {
        teller.check("the answer names the instance", false, true);
        return Ok(());
    };
    let id = &instance.instance_id;
    let told = instance.app_info.and_then(|app_info| app_info.password).is_some();
    teller.check("it decrypts the password", told, true);
    let known = story::instance(&stage.desk, id).await?;
    let name = known.and_then(|known| known.customer_name);
    teller.check("the buyer is known from the call", name.as_deref(), Some("Cedar & Sons"));
    for (renewed, expected) in [(true, InstanceStatus::Active), (false, InstanceStatus::Frozen)] {
        let message = if renewed { stage.of_v1.renew(id).await? } else { stage.of_v1.freeze(id).await? };
        calls.tell_calls();
        teller.check("done", message.state, MessageState::Succeeded);
        teller.check("the instance follows", story::status(&stage.desk, id).await?, Some(expected));
    }
    stage.of_v1.unfreeze(id).await?;
    calls.tell_calls();
    Ok(())
}

async fn license_code(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("An authorization code: nobody told of its purchase, its first call makes it known");
    let code = LicenseCode::new(format!("PL{}", uuid::Uuid::new_v4().simple()));
    stage.marketplace.renew_license(&code, &product(), &customer("Granite Works")).await?;
    teller.tell_calls();
    let known = license(stage, &code).await?;
    teller.check("known, with its expiry", known.and_then(|license| license.expire_time).is_some(), true);
    for (change, expected) in
        [(StatusChange::Freeze, LicenseStatus::Frozen), (StatusChange::Unfreeze, LicenseStatus::Active)]
    {
        stage.marketplace.set_license_status(&code, change).await?;
        teller.tell_calls();
        let status = license(stage, &code).await?.map(|license| license.status);
        teller.check(expected.name(), status, Some(expected));
    }
    Ok(())
}

async fn organisation(stage: &Stage, teller: &mut Teller) -> anyhow::Result<()> {
    teller.chapter("A buying organisation: its users come before itself, a department goes again");
    let mut verdicts = Vec::new();
    let tenant = people(stage, &mut |verdict| verdicts.push(verdict)).await?;
    teller.tell_calls();
    teller.check("all accepted", verdicts, vec![Verdict::Accepted; 4]);
    let known = stage.desk.organisation(World::Live, tenant).await?.map(|(organisation, _)| {
        let standing = organisation.departments.iter().filter(|entry| entry.lifetime.removed_at.is_none()).count();
        (organisation.tenant.name, organisation.users.len(), standing)
    });
    teller.check("two users, and one department left", known, Some(("Granite Works".to_owned(), 2, 1)));
    Ok(())
}

/// The marketplace tells of an organisation; `told` gets what it makes of each answer.
pub(super) async fn people(stage: &Stage, told: &mut impl FnMut(Verdict)) -> Result<TenantId, SimulatorError> {
    let tenant = TenantId::new(uuid::Uuid::new_v4().simple().to_string());
    let users = json!({ "appId": "app-1", "flag": 1, "currentSyncTime": "", "userList": [
        { "userName": "lin", "name": "林晓", "orgCode": "d-2", "role": "admin", "enable": "true" },
        { "userName": "wu", "name": "吴桐", "orgCode": "d-2", "role": "user", "enable": "true" },
    ]});
    let head = json!({ "orgCode": "d-1", "orgName": "总部", "parentCode": "" });
    let workshop = json!({ "orgCode": "d-2", "orgName": "Workshop", "parentCode": "d-1" });
    let tenant_sync = json!({
        "orderId": "", "tenantCode": "granite", "name": "Granite Works", "domainName": "https://granite.example.com", "flag": 1,
    });
    for (interface, body) in [
        (Interface::AuthSync, users),
        (Interface::AllOrgSync, json!({ "orgInfoList": [head, workshop] })),
        (Interface::TenantSync, tenant_sync),
        (Interface::SingleOrgSync, json!({ "orgCode": "d-1", "orgName": "总部", "flag": 0 })),
    ] {
        let verdict = stage.marketplace.sync(interface, of_tenant(&tenant, body)).await?;
        told(verdict);
    }
    Ok(tenant)
}

fn of_tenant(tenant: &TenantId, body: Value) -> Map<String, Value> {
    let mut members = match body {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.insert("instanceId".into(), json!(""));
    members.insert("tenantId".into(), json!(tenant));
    members
}

async fn license(stage: &Stage, code: &LicenseCode) -> anyhow::Result<Option<License>> {
    Ok(stage.desk.license(World::Live, code.clone()).await?.map(|(license, _)| license))
}
