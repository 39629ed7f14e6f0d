//! Whether both sides have the same books: purchases, codes, organisations, bills.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sellerdesk::{
    protocol::UnixMillis,
    simulator::{
        ApplicationState, BillState, Instance, InstanceStatus, LicenseState, MessageState, Order, OrderKind,
        OrderState, RecordError,
    },
};
use serde_json::Value;

use super::Year;

impl Year {
    pub(super) fn compare(&mut self) {
        let orders: Vec<Order> = self.markets().iter().flat_map(|market| market.orders()).collect();
        self.count(&orders);
        self.compare_instances(&orders);
        self.compare_messages();
        self.compare_codes();
        self.compare_organisations();
        self.compare_bills();
    }

    /// Every purchase is provisioned or paid back.
    fn count(&mut self, orders: &[Order]) {
        self.told.by_v1 = self.v1.instances().len();
        for order in orders.iter().filter(|order| matches!(order.kind, OrderKind::New | OrderKind::Trial)) {
            self.told.purchases += 1;
            match order.state {
                OrderState::Fulfilled => self.told.provisioned += 1,
                OrderState::Refunded => self.told.refunded += 1,
                other => panic!("{} is {other:?}", order.line.order_id),
            }
        }
    }

    fn compare_instances(&self, orders: &[Order]) {
        let mut theirs: HashMap<String, Value> = HashMap::new();
        let mut by_order: BTreeMap<String, usize> = BTreeMap::new();
        for instance in self.seller.list("instances") {
            *by_order.entry(text(&instance, "orderId").to_owned()).or_default() += 1;
            assert!(theirs.insert(text(&instance, "instanceId").to_owned(), instance).is_none(), "listed twice");
        }
        assert_eq!(by_order.values().copied().max(), Some(1), "an order was provisioned twice");
        let ours: Vec<Instance> = self.markets().iter().flat_map(|market| market.instances()).collect();
        for ours in ours {
            let id = ours.instance_id.as_str();
            let known = theirs.remove(id).unwrap_or_else(|| panic!("Sellerdesk does not know {id}"));
            assert_eq!(text(&known, "orderId"), ours.order.order_id.as_str(), "{id}");
            assert_eq!(text(&known, "status"), ours.status.name(), "{id}");
            // A purchase tells no time: that of a first period is not known without the order query.
            if let Some(told) = known["expireTime"].as_str().and_then(UnixMillis::from_iso) {
                assert_eq!(told.0 / 1000, ours.expire_time().0 / 1000, "{id}");
            }
        }
        let refunded: HashSet<&str> = orders
            .iter()
            .filter(|order| order.state == OrderState::Refunded)
            .map(|order| order.line.order_id.as_str())
            .collect();
        for left in theirs.values() {
            let order = text(left, "orderId");
            assert!(refunded.contains(order), "{order} was provisioned and neither bought nor refunded");
        }
    }

    fn compare_messages(&self) {
        let done: HashSet<(String, String)> = self
            .seller
            .list("messages")
            .iter()
            .filter(|message| message["state"] == "succeeded")
            .map(|message| (text(message, "activity").to_owned(), text(message, "orderId").to_owned()))
            .collect();
        // V1 has other words for the same.
        for message in self.v2.messages() {
            if let (MessageState::Succeeded, Some(order)) = (message.state, message.order()) {
                let told = (message.activity.name().to_owned(), order.order_id.to_string());
                assert!(done.contains(&told), "{told:?} is done for the marketplace alone");
            }
        }
    }

    fn compare_codes(&mut self) {
        let listed = self.seller.list("licenses");
        let theirs: HashMap<&str, &Value> = listed.iter().map(|license| (text(license, "license"), license)).collect();
        let now = self.v2.now();
        for ours in self.v2.licenses() {
            let code = ours.code.as_str();
            let known = theirs.get(code).unwrap_or_else(|| panic!("Sellerdesk does not know {code}"));
            let status = match ours.state(now) {
                LicenseState::Alive => ["active"].as_slice(),
                // The seller is told to freeze it.
                LicenseState::Frozen | LicenseState::Expired => &["frozen", "expired"],
                LicenseState::Released => &["released"],
                other => panic!("{code} is {other:?} at the year's end"),
            };
            assert!(
                status.contains(&text(known, "status")),
                "{code}: {status:?} and {known}; {:#?}, {:#?}",
                self.v2
                    .messages()
                    .into_iter()
                    .filter(|told| told.activity.license() == Some(&ours.code))
                    .collect::<Vec<_>>(),
                self.seller
                    .list("messages")
                    .into_iter()
                    .filter(|told| text(told, "license") == code)
                    .collect::<Vec<_>>(),
            );
            // Many that are activated at once are told no time: Sellerdesk asks for it a moment later.
            let told = known["expireTime"].as_str().and_then(UnixMillis::from_iso);
            if let Some(told) = told.filter(|_| ours.state(now) == LicenseState::Alive) {
                assert_eq!(Some(told.0 / 1000), ours.expire_time.map(|time| time.0 / 1000), "{code}");
            }
            self.told.codes += 1;
        }
        for application in self.v2.applications() {
            let instance = self.v2.instance(&application.instance_id).unwrap();
            let is_delivered = matches!(application.state, ApplicationState::Delivered(_));
            assert!(is_delivered || instance.status == InstanceStatus::Released, "{application:?}");
            self.told.licenses += usize::from(is_delivered);
        }
    }

    fn compare_organisations(&mut self) {
        let standing = |entry: &Value| entry["removedAt"].is_null();
        let of = |listed: &[Value], name: &str, is: &dyn Fn(&Value) -> bool| {
            let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for entry in listed.iter().filter(|entry| standing(entry) && is(entry)) {
                found.entry(text(entry, "tenantId").to_owned()).or_default().insert(text(entry, name).to_owned());
            }
            found
        };
        let tenants = of(&self.seller.list("tenants"), "instanceId", &|_| true);
        let users = of(&self.seller.list("users"), "userName", &|entry| entry["authorized"] == true);
        let departments = of(&self.seller.list("departments"), "orgCode", &|_| true);
        let ours = self.v2.organisations();
        let bound: BTreeMap<String, BTreeSet<String>> =
            ours.iter().map(|(id, known)| (known.tenant_id.clone(), [id.to_string()].into())).collect();
        assert_eq!(tenants, bound, "who is bound to what");
        for known in ours.values() {
            let tenant = &known.tenant_id;
            let people: BTreeSet<String> = known.people.iter().map(|person| person.user_name.clone()).collect();
            assert_eq!(users.get(tenant).cloned().unwrap_or_default(), people, "people of {tenant}");
            let tree: BTreeSet<String> = known.departments.iter().map(|known| known.org_code.clone()).collect();
            assert_eq!(departments.get(tenant).cloned().unwrap_or_default(), tree, "departments of {tenant}");
            self.told.people += people.len();
        }
        self.told.organisations = ours.len();
    }

    /// What was used is billed, and billed once. Little of it comes too late, by the marketplace's hurried clock: then that is
    /// known, where KooGallery tells it at once.
    fn compare_bills(&mut self) {
        let mut billed: BTreeMap<String, String> = BTreeMap::new();
        let mut late: BTreeSet<String> = BTreeSet::new();
        for bill in self.v2.usage_bills() {
            let sn = bill.record.metering_sn.clone().unwrap_or_default();
            match bill.state {
                BillState::Billed => {
                    assert!(
                        billed.insert(sn.clone(), bill.record.usage_value.clone()).is_none(),
                        "{sn} is billed twice"
                    );
                }
                BillState::Refused(RecordError::MeteringSnRepeated) => {}
                BillState::Refused(RecordError::Expired) => drop(late.insert(sn)),
                other => panic!("{sn} is {other:?}"),
            }
        }
        let listed = self.seller.list("usage");
        let (sent, refused): (Vec<&Value>, Vec<&Value>) = listed.iter().partition(|record| record["state"] == "sent");
        assert!(refused.iter().all(|record| record["state"] == "refused"), "{refused:?}");
        late.retain(|sn| !billed.contains_key(sn));
        assert!(refused.iter().all(|record| late.contains(text(record, "meteringSn"))), "{late:?} and {refused:?}");
        assert!(late.len() * 10 <= billed.len(), "{} of {} came too late", late.len(), billed.len());
        let reported: BTreeMap<String, String> = sent
            .iter()
            .filter(|record| !late.contains(text(record, "meteringSn")))
            .map(|record| (text(record, "meteringSn").to_owned(), text(record, "usageValue").to_owned()))
            .collect();
        assert_eq!(reported, billed);
        self.told.bills = billed.len();
        self.told.late_bills = late.len();
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
