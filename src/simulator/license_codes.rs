//! Authorization codes (授权码): how they come to be and what buyers and operators do with them. The seller may be called
//! about a code that is in no book as well, so that a test need not buy first.

use super::{
    Charging, Customer, License, Marketplace, Message, PeriodType, Product, SimulatorError,
    clock::plus_months,
    delivery::lock,
    orderable::Deed,
    terms::{OrderKind, Terms},
};
use crate::protocol::{
    KeyClass,
    callback::{Activity, LicenseChange, Scene, StatusChange},
    id::LicenseCode,
};

impl Marketplace {
    /// One order for `number` codes. Nobody tells the seller of it.
    pub fn buy_licenses(&self, customer: &Customer, product: &Product, number: u16) -> Vec<LicenseCode> {
        self.issue(customer, product, Terms::of(product).with_linear_value(number.into()), number, false)
    }

    /// 领取: the buyer takes the code. Takes it once.
    pub fn receive_license(&self, code: &LicenseCode) -> Result<(), SimulatorError> {
        let now = self.now();
        self.change_license(code, |license| {
            license.received_at.get_or_insert(now);
        })
    }

    /// 申请测试授权码: codes that nobody bought and that can be activated at once, valid for some days from then on.
    pub fn apply_for_test_codes(&self, number: u16, valid_days: u16) -> Vec<LicenseCode> {
        let nobody = Customer { customer_id: String::new(), customer_name: String::new() };
        let product = Product { product_id: "TEST".into(), sku_code: "TEST".into(), name: "TEST".into(), months: 0 };
        let codes =
            self.issue(&nobody, &product, Terms::new(Charging::Period(PeriodType::Day, valid_days)), number, true);
        for code in &codes {
            // They were issued a moment ago.
            drop(self.receive_license(code));
        }
        codes
    }

    /// Another period for an authorization code.
    pub async fn renew_license(
        &self,
        license: &LicenseCode,
        product: &Product,
        customer: &Customer,
    ) -> Result<Message, SimulatorError> {
        self.key(KeyClass::License)?;
        self.possible_with_license(license, Deed::Renew)?;
        let terms = Terms::of(product);
        let order = self.place(OrderKind::Renew, product, customer, terms, None);
        let known = self.change_license(license, |license| license.renew(terms.charging));
        self.shared.plan_license_expiries();
        let told = known.ok().and_then(|()| self.license(license)).and_then(|license| license.expire_time);
        let expire_time = told.unwrap_or_else(|| plus_months(self.now(), product.months));
        let product_id = Some(product.product_id.clone());
        let change = LicenseChange::Refresh { order, scene: Scene::Renewal, product_id, expire_time };
        self.begin(Activity::License { license: license.clone(), change }).await
    }

    /// 退续费: the last renewal is taken back and paid back.
    pub async fn unsubscribe_license_renewal(&self, code: &LicenseCode) -> Result<Message, SimulatorError> {
        self.key(KeyClass::License)?;
        self.possible_with_license(code, Deed::CancelRenewal)?;
        let License { product, customer, charging, .. } = self.known_license(code)?;
        let mut before = None;
        self.change_license(code, |license| before = license.cancel_renewal())?;
        let expire_time = before.ok_or_else(|| SimulatorError::NothingRenewedOf(code.clone()))?;
        self.shared.plan_license_expiries();
        let order = self.place(OrderKind::Unsubscribe, &product, &customer, Terms::new(charging), None);
        let scene = Scene::UnsubscribeRenewalPeriod;
        let change = LicenseChange::Refresh { order, scene, product_id: None, expire_time };
        self.begin(Activity::License { license: code.clone(), change }).await
    }

    /// 退订: released with an order of its own.
    pub async fn unsubscribe_license(&self, code: &LicenseCode) -> Result<Message, SimulatorError> {
        self.key(KeyClass::License)?;
        self.possible_with_license(code, Deed::Unsubscribe)?;
        let License { product, customer, charging, .. } = self.known_license(code)?;
        self.change_license(code, |license| license.released = true)?;
        let order = self.place(OrderKind::Unsubscribe, &product, &customer, Terms::new(charging), None);
        let change = LicenseChange::Release { order: Some(order) };
        self.begin(Activity::License { license: code.clone(), change }).await
    }

    pub(super) fn known_license(&self, code: &LicenseCode) -> Result<License, SimulatorError> {
        self.license(code).ok_or_else(|| SimulatorError::UnknownLicense(code.clone()))
    }

    pub async fn set_license_status(
        &self,
        license: &LicenseCode,
        status: StatusChange,
    ) -> Result<Message, SimulatorError> {
        self.key(KeyClass::License)?;
        let deed = if status == StatusChange::Freeze { Deed::Freeze } else { Deed::Unfreeze };
        self.possible_with_license(license, deed)?;
        // Of a code that is not in the books the seller is told all the same.
        drop(self.change_license(license, |license| {
            license.frozen = match status {
                StatusChange::Freeze => true,
                StatusChange::Unfreeze => false,
                StatusChange::Unknown(_) => license.frozen,
            };
        }));
        self.begin(Activity::License { license: license.clone(), change: LicenseChange::Status(status) }).await
    }

    pub async fn release_license(&self, license: &LicenseCode) -> Result<Message, SimulatorError> {
        self.key(KeyClass::License)?;
        self.possible_with_license(license, Deed::Release)?;
        drop(self.change_license(license, |license| license.released = true));
        self.begin(Activity::License { license: license.clone(), change: LicenseChange::Release { order: None } }).await
    }

    fn issue(&self, customer: &Customer, product: &Product, terms: Terms, number: u16, test: bool) -> Vec<LicenseCode> {
        let placed_at = self.now();
        let place = if test { Self::place_untold } else { Self::place };
        let order = place(self, OrderKind::New, product, customer, terms, None);
        let codes: Vec<LicenseCode> = {
            let mut ids = lock(&self.shared.ids);
            (0..number).map(|_| ids.license()).collect()
        };
        let mut ledger = lock(&self.shared.ledger);
        if let Some(order) = ledger.orders.get_mut(&order.order_id) {
            order.test |= test;
        }
        for code in &codes {
            let license = License {
                code: code.clone(),
                order: order.clone(),
                product: product.clone(),
                customer: customer.clone(),
                test,
                placed_at,
                charging: terms.charging,
                received_at: None,
                activated_at: None,
                expire_time: None,
                planned: None,
                frozen: false,
                expiry_told: false,
                before_renewals: vec![],
                released: false,
                queried_at: None,
                usage: vec![],
            };
            ledger.licenses.insert(code.clone(), license);
        }
        codes
    }

    fn change_license(&self, code: &LicenseCode, change: impl FnOnce(&mut License)) -> Result<(), SimulatorError> {
        let mut ledger = lock(&self.shared.ledger);
        let license = ledger.licenses.get_mut(code).ok_or_else(|| SimulatorError::UnknownLicense(code.clone()))?;
        change(license);
        Ok(())
    }
}
