//! What buyers, operators and an organisation's administrator do next, drawn by lot from what the real ones could do.

use std::{collections::HashSet, sync::Arc};

use rand::RngExt as _;
use sellerdesk::{
    protocol::{
        callback::Delivers,
        id::{InstanceId, LicenseCode},
    },
    simulator::{Action, Charging, Customer, Instance, InstanceStatus, License, LicenseState, Marketplace},
};
use serde_json::{Value, json};

use super::{DAY, METERED, Year};

const SAAS: [&str; 6] = ["SAAS-MONTH", "SAAS-MONTH", "SAAS-YEAR", "SAAS-ONE-TIME", "SAAS-ON-DEMAND", "SAAS-PACKAGE"];
const OF_V2_ALONE: [&str; 2] = ["ONLINE-LICENSE-YEAR", "JOINT-YEAR"];
const OF_V1_ALONE: [&str; 1] = ["LICENSE-YEAR"];

impl Year {
    pub(super) fn choose(&mut self) -> (Arc<Marketplace>, Action) {
        let (v2, v1) = (Arc::clone(&self.v2), Arc::clone(&self.v1));
        // Somebody has to use what is paid by use.
        if self.ends.millis_since(v2.now()) < METERED && self.metered_instances().is_empty() {
            let customer = self.customer();
            return (v2, read(json!({ "action": "buy", "productId": "SAAS-ON-DEMAND", "customer": customer })));
        }
        match self.dice.random_range(0..20) {
            0..=2 => (v2, self.choose_of_codes()),
            3..=6 => (v2, self.choose_of_organisations()),
            7..=10 => (Arc::clone(&v1), self.choose_of(&v1, &OF_V1_ALONE)),
            _ => (Arc::clone(&v2), self.choose_of(&v2, &OF_V2_ALONE)),
        }
    }

    fn customer(&mut self) -> Customer {
        let customer_id = format!("customer-{}", self.dice.random_range(0..20));
        Customer { customer_id, customer_name: "hwtest".to_owned() }
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.dice.random_range(0..words.len())]
    }

    fn choose_of(&mut self, market: &Marketplace, alone: &[&'static str]) -> Action {
        let instances = standing_instances(market);
        if instances.is_empty() || self.dice.random_range(0..10) < 4 {
            let customer = self.customer();
            let product_id = self.one_of(&[&SAAS[..], alone].concat());
            if product_id == "SAAS-MONTH" && self.dice.random_range(0..3) == 0 {
                return read(json!({ "action": "try", "productId": product_id, "customer": customer }));
            }
            return read(json!({ "action": "buy", "productId": product_id, "customer": customer }));
        }
        let is_v1 = alone == OF_V1_ALONE;
        let instance = &instances[self.dice.random_range(0..instances.len())];
        let period = matches!(instance.terms.charging, Charging::Period(..));
        let is_online = instance.product.product_id == "ONLINE-LICENSE-YEAR";
        let is_license = instance.delivers == Delivers::License;
        let name = match (instance.status, instance.terms.trial) {
            (InstanceStatus::Active, _) if is_license => self.one_of(&["renew", "renew", "unsubscribe", "look"]),
            (InstanceStatus::Frozen | InstanceStatus::Active, true) => "formalise",
            // V1 freezes and thaws what is paid by use alone.
            (InstanceStatus::Frozen, false) if period && is_v1 => "renew",
            (InstanceStatus::Active, false) if period && is_v1 => {
                self.one_of(&["renew", "renew", "cancel-renewal", "upgrade", "unsubscribe", "look"])
            }
            (InstanceStatus::Frozen, false) if period => self.one_of(&["unfreeze", "renew"]),
            (InstanceStatus::Frozen, false) => "unfreeze",
            _ if is_online => self.one_of(&["apply", "apply", "renew", "freeze", "unsubscribe", "look"]),
            _ if period => {
                self.one_of(&["renew", "renew", "cancel-renewal", "change", "upgrade", "freeze", "unsubscribe", "look"])
            }
            _ => self.one_of(&["freeze", "unsubscribe", "look", "query"]),
        };
        let mut action = json!({ "action": name, "instanceId": instance.instance_id });
        if matches!(name, "change" | "upgrade" | "formalise") {
            action["product"] = json!({
                "productId": instance.product.product_id, "skuCode": "another", "name": instance.product.name,
                "months": instance.product.months.max(1),
            });
        }
        read(action)
    }

    fn choose_of_codes(&mut self) -> Action {
        let now = self.v2.now();
        let mut codes = free_codes(&self.v2);
        codes.retain(|license| {
            matches!(license.state(now), LicenseState::Alive | LicenseState::Frozen | LicenseState::Expired)
        });
        if codes.is_empty() || self.dice.random_range(0..10) < 3 {
            let months = [1, 2, 6, 12][self.dice.random_range(0..4)];
            let product = json!({ "productId": "CODES", "skuCode": "CODES-SKU", "name": "Codes", "months": months });
            let (customer, number) = (self.customer(), self.dice.random_range(1..=3));
            return read(json!({ "action": "licenses", "product": product, "customer": customer, "number": number }));
        }
        let license = &codes[self.dice.random_range(0..codes.len())];
        // The last period has not begun, so that it can be taken back without ending at once what it was added to.
        let last = i64::from(license.product.months) * 31 * DAY;
        let is_ahead = license.expire_time.is_some_and(|time| time.millis_since(now) > last + DAY);
        let name = match license.state(now) {
            LicenseState::Alive if is_ahead => "cancel-renewal",
            LicenseState::Alive => self.one_of(&["renew", "renew", "freeze", "release", "unsubscribe"]),
            LicenseState::Frozen => "unfreeze",
            _ => self.one_of(&["renew", "renew", "unsubscribe"]),
        };
        read(json!({ "action": name, "license": license.code }))
    }

    fn choose_of_organisations(&mut self) -> Action {
        let mut joint = free_instances(&self.v2);
        joint.retain(|instance| instance.product.product_id == "JOINT-YEAR");
        if joint.is_empty() {
            let customer = self.customer();
            return read(json!({ "action": "buy", "productId": "JOINT-YEAR", "customer": customer }));
        }
        let id = joint[self.dice.random_range(0..joint.len())].instance_id.clone();
        if !self.v2.organisations().contains_key(&id) {
            return read(
                json!({ "action": "bind-organisation", "instanceId": id, "organisation": self.organisation() }),
            );
        }
        let name = self.one_of(&[
            "change-people",
            "change-people",
            "change-people",
            "change-departments",
            "unbind-organisation",
        ]);
        let mut action = json!({ "action": name, "instanceId": id });
        if name == "change-people" {
            action["change"] = self.one_of(&["add", "add", "modify", "delete", "revoke"]).into();
            let people = (0..self.dice.random_range(1..=3)).map(|_| person(self.dice.random_range(0..9)));
            let mut people: Vec<Value> = people.collect();
            people.dedup();
            action["people"] = people.into();
        }
        if name == "change-departments" {
            let number = self.dice.random_range(1..=4);
            action["departments"] = (1..=number).map(department).collect();
        }
        read(action)
    }

    /// Another one each time.
    fn organisation(&mut self) -> Value {
        let number: u32 = self.dice.random();
        json!({
            "tenantId": format!("t-{number}"), "tenantCode": "huawei", "name": "示例企业", "domainName": "https://example.com",
            "appId": "app-1", "clientId": "client-1", "departments": [department(1)], "people": [person(0), person(1)],
        })
    }

    pub(super) fn metered_instances(&self) -> Vec<Instance> {
        let mut instances = free_instances(&self.v2);
        instances.retain(|instance| {
            instance.status == InstanceStatus::Active && instance.terms.charging == Charging::OnDemand
        });
        instances
    }
}

fn person(number: u32) -> Value {
    json!({ "userName": format!("person-{number}"), "name": "张三", "orgCode": "d-1" })
}

fn department(number: u32) -> Value {
    let parent = if number == 1 { "" } else { "d-1" };
    json!({ "orgCode": format!("d-{number}"), "orgName": "研发部", "parentCode": parent })
}

fn standing_instances(market: &Marketplace) -> Vec<Instance> {
    let mut instances = market.instances();
    instances.retain(|known| known.status != InstanceStatus::Released);
    instances
}

/// Those that nothing is under way about.
fn free_instances(market: &Marketplace) -> Vec<Instance> {
    let messages = market.messages();
    let under_way = messages.iter().filter(|message| !message.state.is_final());
    let busy: HashSet<InstanceId> = under_way.filter_map(|message| message.activity.instance_id().cloned()).collect();
    let mut instances = standing_instances(market);
    instances.retain(|known| !busy.contains(&known.instance_id));
    instances
}

fn free_codes(market: &Marketplace) -> Vec<License> {
    let messages = market.messages();
    let under_way = messages.iter().filter(|message| !message.state.is_final());
    let busy: HashSet<LicenseCode> = under_way.filter_map(|message| message.activity.license().cloned()).collect();
    let mut codes = market.licenses();
    codes.retain(|known| !busy.contains(&known.code));
    codes
}

fn read(action: Value) -> Action {
    serde_json::from_value(action).unwrap()
}
