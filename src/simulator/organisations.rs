//! What the marketplace tells of a buying organisation through the kit's V2. It calls once; whoever administers the
//! organisation decides on another try. What was not taken is not in the books, but for what the whole organisation is told of.

use serde_json::{Map, Value, json};

use super::{
    Marketplace, SimulatorError,
    action::{Department, Organisation, PeopleChange, Person},
    delivery::lock,
    message::{CallRecord, MessageId},
    verdict::{self, Verdict},
};
use crate::protocol::{
    KeyClass,
    callback::{Activity, kit::Interface},
    id::InstanceId,
};

type Told = Vec<(Interface, Verdict)>;

/// The kit writes its times in UTC+8.
const CHINA_MILLIS: i64 = 8 * 3_600_000;

impl Marketplace {
    /// In the order of the page; what fails does not keep the others from being told.
    pub async fn bind_organisation(&self, id: &InstanceId, organisation: Organisation) -> Result<Told, SimulatorError> {
        self.known(id)?;
        lock(&self.shared.ledger).organisations.insert(id.clone(), organisation.clone());
        let mut told = vec![self.tell_tenant(id, &organisation, 1).await?];
        if let Some(secret) = &organisation.client_secret {
            let body = json!({
                "appId": organisation.app_id, "clientId": organisation.client_id, "clientSecret": secret, "flag": 1,
            });
            told.push(self.tell(id, &organisation, Interface::ApplicationSync, body).await?);
        }
        told.push(self.tell_departments(id, &organisation).await?);
        if !organisation.people.is_empty() {
            told.push(self.tell_people(id, &organisation, PeopleChange::Add, &organisation.people).await?);
        }
        Ok(told)
    }

    pub async fn unbind_organisation(&self, id: &InstanceId) -> Result<Told, SimulatorError> {
        let organisation = self.bound(id)?;
        let told = self.tell_tenant(id, &organisation, 0).await?;
        if told.1 == Verdict::Accepted {
            lock(&self.shared.ledger).organisations.remove(id);
        }
        Ok(vec![told])
    }

    pub async fn change_people(
        &self,
        id: &InstanceId,
        change: PeopleChange,
        people: &[Person],
    ) -> Result<Told, SimulatorError> {
        let mut organisation = self.bound(id)?;
        let told = self.tell_people(id, &organisation, change, people).await?;
        if told.1 != Verdict::Accepted {
            return Ok(vec![told]);
        }
        organisation.people.retain(|known| people.iter().all(|person| person.user_name != known.user_name));
        if matches!(change, PeopleChange::Add | PeopleChange::Modify) {
            organisation.people.extend_from_slice(people);
        }
        lock(&self.shared.ledger).organisations.insert(id.clone(), organisation);
        Ok(vec![told])
    }

    pub async fn change_departments(
        &self,
        id: &InstanceId,
        departments: Vec<Department>,
    ) -> Result<Told, SimulatorError> {
        let organisation = Organisation { departments, ..self.bound(id)? };
        lock(&self.shared.ledger).organisations.insert(id.clone(), organisation.clone());
        Ok(vec![self.tell_departments(id, &organisation).await?])
    }

    fn bound(&self, id: &InstanceId) -> Result<Organisation, SimulatorError> {
        let known = lock(&self.shared.ledger).organisations.get(id).cloned();
        known.ok_or_else(|| SimulatorError::NotBound(id.clone()))
    }

    async fn tell_tenant(
        &self,
        id: &InstanceId,
        organisation: &Organisation,
        flag: u8,
    ) -> Result<(Interface, Verdict), SimulatorError> {
        let body = json!({
            "orderId": self.known(id)?.order.order_id, "tenantCode": organisation.tenant_code, "name": organisation.name,
            "domainName": organisation.domain_name, "flag": flag,
        });
        self.tell(id, organisation, Interface::TenantSync, body).await
    }

    async fn tell_departments(
        &self,
        id: &InstanceId,
        organisation: &Organisation,
    ) -> Result<(Interface, Verdict), SimulatorError> {
        let body = json!({ "orgInfoList": organisation.departments });
        self.tell(id, organisation, Interface::AllOrgSync, body).await
    }

    async fn tell_people(
        &self,
        id: &InstanceId,
        organisation: &Organisation,
        change: PeopleChange,
        people: &[Person],
    ) -> Result<(Interface, Verdict), SimulatorError> {
        let mut list = json!(people);
        list.as_array_mut().into_iter().flatten().for_each(|person| person["enable"] = json!("true"));
        let time = self.now().plus_millis(CHINA_MILLIS).to_compact_utc_millis();
        let body = json!({
            "appId": organisation.app_id, "userList": list, "currentSyncTime": time, "flag": change.flag(),
        });
        self.tell(id, organisation, Interface::AuthSync, body).await
    }

    async fn tell(
        &self,
        id: &InstanceId,
        organisation: &Organisation,
        interface: Interface,
        mut body: Value,
    ) -> Result<(Interface, Verdict), SimulatorError> {
        body["instanceId"] = json!(id);
        body["tenantId"] = json!(organisation.tenant_id);
        let body = match body {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Ok((interface, self.sync(interface, body).await?))
    }

    /// Posts `body` with the members that every call of the kit has.
    pub async fn sync(&self, interface: Interface, body: Map<String, Value>) -> Result<Verdict, SimulatorError> {
        let shared = &self.shared;
        let now = shared.timeline.now();
        let mut body = body;
        body.insert("testFlag".into(), json!(i32::from(shared.is_debugging())));
        body.insert("timeStamp".into(), json!(now.plus_millis(CHINA_MILLIS).to_compact_utc_millis()));
        body.sort_keys();
        let _under_way = shared.under_way.read().await;
        let exchange = shared.call_kit(interface, &body).await.ok_or(SimulatorError::NoKey(KeyClass::Kit))?;
        let told = Activity::Unknown { name: interface.name().to_owned() };
        let verdict = verdict::judge(&told, &exchange.reply).verdict;
        // Fails where nobody listens, which is fine.
        shared.calls.send(CallRecord::once(MessageId(0), interface.name(), now, &exchange, verdict.clone())).ok();
        Ok(verdict)
    }
}
