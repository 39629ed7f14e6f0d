//! What the marketplace tells of a buying organisation through the kit, in the words of V1 or V2. It calls once; whoever
//! administers the organisation decides on another try. What was not taken is not in the books, but for what the whole
//! organisation is told of.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    Marketplace, SimulatorError,
    action::{Department, Organisation, PeopleChange, Person},
    delivery::lock,
    ids,
    message::{CallRecord, MessageId},
    verdict::Verdict,
};
use crate::protocol::{
    callback::{Activity, KitVersion, kit::Interface},
    id::InstanceId,
    oaep,
};

type Told = Vec<(Interface, Verdict)>;

/// The kit writes its times in UTC+8.
const CHINA_MILLIS: i64 = 8 * 3_600_000;
/// As long as what is encrypted with an RSA key of 3072 bits.
const CIPHERTEXT: usize = 384;

impl Marketplace {
    /// In the order of the page; what fails does not keep the others from being told.
    pub async fn bind_organisation(
        &self,
        id: &InstanceId,
        mut organisation: Organisation,
    ) -> Result<Told, SimulatorError> {
        self.known(id)?;
        let secret = match (organisation.client_secret.take(), &self.shared.kit_key) {
            (Some(secret), _) => secret,
            (None, Some(key)) => oaep::encrypt(key.expose(), &ids::nonce(), &mut rand::rng())?,
            // Encrypted with nobody's key: a seller that cannot open it may say so.
            (None, None) => STANDARD.encode(rand::random::<[u8; CIPHERTEXT]>()),
        };
        organisation.client_secret = Some(secret.clone());
        lock(&self.shared.ledger).organisations.insert(id.clone(), organisation.clone());
        let mut told = vec![self.tell_tenant(id, &organisation, 1).await?];
        let body = json!({
            "appId": organisation.app_id, "clientId": organisation.client_id, "clientSecret": secret, "flag": 1,
        });
        told.push(self.tell(id, &organisation, Interface::ApplicationSync, body).await?);
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
        if change == PeopleChange::Revoke && self.shared.kit_version() == KitVersion::V1 {
            return Err(SimulatorError::NotInV1("an authSync that revokes".to_owned()));
        }
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

    /// What is new, other than before or gone, one department after the other; what was not taken stays as it was.
    pub async fn change_departments(
        &self,
        id: &InstanceId,
        departments: Vec<Department>,
    ) -> Result<Told, SimulatorError> {
        let mut organisation = self.bound(id)?;
        let mut told = Vec::new();
        for (flag, department) in changes(&organisation.departments, departments) {
            let body = json!({
                "orgCode": department.org_code, "orgName": department.org_name, "parentCode": department.parent_code,
                "flag": flag,
            });
            let one = self.tell(id, &organisation, Interface::SingleOrgSync, body).await?;
            if one.1 == Verdict::Accepted {
                organisation.departments.retain(|known| known.org_code != department.org_code);
                organisation.departments.extend((flag != DELETE).then_some(department));
                lock(&self.shared.ledger).organisations.insert(id.clone(), organisation.clone());
            }
            told.push(one);
        }
        Ok(told)
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
        let body = match self.shared.kit_version() {
            KitVersion::V1 => {
                let tree = organisation.departments.iter().map(|department| {
                    let Department { org_code, org_name, parent_code } = department;
                    json!({ "orgCode": org_code, "name": org_name, "parentCode": parent_code })
                });
                json!({ "orgInfo": Value::from_iter(tree).to_string() })
            }
            KitVersion::V2 => json!({ "orgInfoList": organisation.departments }),
        };
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
        if self.shared.kit_version() == KitVersion::V1 {
            list = list.to_string().into();
        }
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
        let exchange = shared.call_kit(interface, &body).await;
        let exchange = exchange.ok_or_else(|| SimulatorError::NoKey(shared.kit_key_class()))?;
        let told = Activity::Unknown { name: interface.name().to_owned() };
        let verdict = shared.judge(&told, &exchange).verdict;
        // Fails where nobody listens, which is fine.
        shared.calls.send(CallRecord::once(MessageId(0), interface.name(), now, &exchange, verdict.clone())).ok();
        Ok(verdict)
    }
}

const DELETE: u8 = 0;
const ADD: u8 = 1;
const MODIFY: u8 = 2;

/// What has to be told, with the flag of each: a parent comes before its children, and goes after them.
fn changes(before: &[Department], after: Vec<Department>) -> Vec<(u8, Department)> {
    let find = |all: &[Department], code: &str| all.iter().find(|department| department.org_code == code).cloned();
    let mut gone: Vec<Department> =
        before.iter().filter(|known| find(&after, &known.org_code).is_none()).cloned().collect();
    let depths = depths(before);
    gone.sort_by_key(|department| std::cmp::Reverse(depths.get(&department.org_code).copied()));
    let depths = self::depths(&after);
    let flag = |department: &Department| match find(before, &department.org_code) {
        None => Some(ADD),
        Some(known) => (known != *department).then_some(MODIFY),
    };
    let mut changed: Vec<(u8, Department)> =
        after.into_iter().filter_map(|department| Some((flag(&department)?, department))).collect();
    changed.sort_by_key(|(_, department)| depths.get(&department.org_code).copied());
    changed.extend(gone.into_iter().map(|department| (DELETE, department)));
    changed
}

/// How many departments stand above each, of a circle all of them.
fn depths(all: &[Department]) -> BTreeMap<String, usize> {
    let parents: BTreeMap<&str, &str> =
        all.iter().map(|department| (department.org_code.as_str(), department.parent_code.as_str())).collect();
    let above = |code: &str| {
        let parent = |code: &&str| parents.get(*code).copied();
        std::iter::successors(parents.get(code).copied(), parent).take(all.len()).count()
    };
    all.iter().map(|department| (department.org_code.clone(), above(&department.org_code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(departments: &[[&str; 3]]) -> Vec<Department> {
        let department = |[code, name, parent]: &[&str; 3]| Department {
            org_code: (*code).to_owned(),
            org_name: (*name).to_owned(),
            parent_code: (*parent).to_owned(),
        };
        departments.iter().map(department).collect()
    }

    #[test]
    fn parents_come_first_and_go_last() {
        let before = tree(&[["a", "A", ""], ["b", "B", "a"], ["c", "C", "b"], ["same", "Same", ""]]);
        let after = tree(&[["e", "E", "d"], ["same", "Same", ""], ["d", "D", ""], ["b", "B", "e"]]);
        let told: Vec<(u8, String)> =
            changes(&before, after.clone()).into_iter().map(|(flag, known)| (flag, known.org_code)).collect();
        let expected = [(ADD, "d"), (ADD, "e"), (MODIFY, "b"), (DELETE, "c"), (DELETE, "a")];
        assert_eq!(told, expected.map(|(flag, code)| (flag, code.to_owned())));
        assert_eq!(changes(&after, after.clone()), []);
        let circle = tree(&[["x", "X", "y"], ["y", "Y", "x"]]);
        assert_eq!(changes(&[], circle).len(), 2);
    }

    /// Here and not beside it, because `protocol` names no random source.
    #[test]
    fn a_secret_that_is_encrypted_with_the_public_key_is_read_with_the_private_one() {
        let private = include_str!("../../tests/data/oaep/made-for-tests-pkcs8.pem");
        for key in [include_str!("../../tests/data/oaep/made-for-tests-public.pem"), private] {
            let ciphertext = oaep::encrypt(key, "secret", &mut rand::rng()).unwrap();
            assert_eq!(oaep::decrypt(private, &ciphertext).unwrap().expose(), "secret");
        }
        let too_long = "secret".repeat(100);
        assert_eq!(oaep::encrypt(private, &too_long, &mut rand::rng()), Err(oaep::OaepError::TooLong));
        assert!(matches!(oaep::encrypt("no key", "secret", &mut rand::rng()), Err(oaep::OaepError::Key(_))));
    }
}
