//! One function that does whatever an [`Action`] says, for the control API and for scenarios alike.

use serde_json::{Value, json};

use super::{
    Charging, Customer, Marketplace, Message, Product, SimulatorError, Terms, Verdict,
    action::{Action, ChargingMode, Subject},
    delivery::lock,
    offers::{Offer, ProductKind},
};
use crate::protocol::{
    callback::{StatusChange, kit::Interface},
    id::{InstanceId, LicenseCode, OrderId},
};

const MAX_CODES: u16 = 10_000;
const USUAL_TRIAL_DAYS: u16 = 15;

/// What came of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// After its first call.
    Message(Box<Message>),
    /// Codes that were issued; the seller is not called.
    Licenses(Vec<LicenseCode>),
    /// What another seller sold.
    Foreign { order_id: OrderId, instance_id: InstanceId },
    /// Calls that are not tried again, with the activity of each.
    Told(Vec<(String, Verdict)>),
    /// Nobody had to be called.
    Done,
}

impl Outcome {
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Licenses(_) | Self::Foreign { .. } | Self::Told(_) | Self::Done => None,
        }
    }
}

impl From<Message> for Outcome {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl Marketplace {
    /// Answers after the first call to the seller.
    pub async fn perform(&self, action: Action) -> Result<Outcome, SimulatorError> {
        let message = match action {
            Action::Buy { product_id, product, customer, charging_mode, trial_days, linear_value } => {
                let offer = self.chosen(product_id, product)?;
                let terms = terms(&offer, charging_mode, trial_days, linear_value)?;
                return self.sell(&offer, &customer_or(customer), terms).await;
            }
            Action::Try { product_id, product, customer, days } => {
                let offer = self.chosen(product_id, product)?;
                let days = days.or(offer.trial_days).unwrap_or(USUAL_TRIAL_DAYS);
                let terms = terms(&offer, None, Some(days), None)?;
                return self.sell(&offer, &customer_or(customer), terms).await;
            }
            Action::Formalise { instance_id, product } => {
                let product = self.becomes(&instance_id, product)?;
                self.trial_to_formal(&instance_id, &product).await
            }
            Action::Renew(subject) => self.on(subject, Change::Renew).await,
            Action::Freeze(subject) => self.on(subject, Change::Freeze).await,
            Action::Unfreeze(subject) => self.on(subject, Change::Unfreeze).await,
            Action::Release(subject) => self.on(subject, Change::Release).await,
            Action::CancelRenewal(subject) => self.on(subject, Change::CancelRenewal).await,
            Action::Change { instance_id, product, linear_value } => {
                let product = self.becomes(&instance_id, product)?;
                self.change(&instance_id, &product, linear_value).await
            }
            Action::Upgrade { instance_id, product, linear_value } => {
                let product = self.becomes(&instance_id, product)?;
                let terms = Terms { linear_value, ..Terms::of(&product) };
                self.upgrade_on(&instance_id, &product, terms).await
            }
            Action::CheckChange { instance_id, product, linear_value } => {
                let product = self.becomes(&instance_id, product)?;
                self.check_change(&instance_id, &product, linear_value).await
            }
            Action::Expire { instance_id } => self.expire(&instance_id).await,
            Action::Unsubscribe(subject) => self.on(subject, Change::Unsubscribe).await,
            Action::NotifyOrder { order_id } => self.notify_order(&order_id).await,
            Action::Look { instance_id } => self.look(&instance_id).await,
            Action::Query { instance_id } => self.query(&[instance_id]).await,
            Action::Apply { instance_id, device_fingerprint } => {
                self.apply_for_license(&instance_id, device_fingerprint.as_deref()).await
            }
            Action::Restart { message } => self.restart(message).await,
            Action::Stop { message } => self.stop(message),
            Action::Refund { message } => self.refund(message),
            Action::Licenses { product, customer, number } => {
                let offer = self.chosen(None, product)?;
                let codes = self.buy_licenses(&customer_or(customer), &offer.product, codes(number)?);
                return Ok(Outcome::Licenses(codes));
            }
            Action::TestCodes { number, valid_days } => {
                let codes = self.apply_for_test_codes(codes(number)?, valid_days.unwrap_or(30));
                return Ok(Outcome::Licenses(codes));
            }
            other => return self.perform_uncalled(other).await,
        };
        message.map(Outcome::from)
    }

    /// What makes no message: nobody is called, or nobody calls again.
    async fn perform_uncalled(&self, action: Action) -> Result<Outcome, SimulatorError> {
        let told = match action {
            Action::Receive { license } => {
                self.receive_license(&license)?;
                return Ok(Outcome::Done);
            }
            Action::Deny { event_id } => {
                self.application(&event_id).ok_or(SimulatorError::UnknownApplication(event_id.clone()))?;
                self.deny_application(&event_id);
                return Ok(Outcome::Done);
            }
            Action::Withdraw { product_id } => {
                self.withdraw(&product_id);
                return Ok(Outcome::Done);
            }
            Action::SoldByAnother => {
                let (order_id, instance_id) = self.sold_by_another();
                return Ok(Outcome::Foreign { order_id, instance_id });
            }
            Action::SaveCase { message } => {
                self.save_case(message)?;
                return Ok(Outcome::Done);
            }
            Action::Probe => {
                let probed = self.probe().await;
                let told = probed
                    .into_iter()
                    .filter_map(|message| message.verdict.map(|verdict| (message.activity.name().to_owned(), verdict)));
                return Ok(Outcome::Told(told.collect()));
            }
            Action::Debugging { on } => {
                self.set_debugging(on);
                return Ok(Outcome::Done);
            }
            Action::BindOrganisation { instance_id, organisation } => {
                self.bind_organisation(&instance_id, organisation).await?
            }
            Action::UnbindOrganisation { instance_id } => self.unbind_organisation(&instance_id).await?,
            Action::ChangePeople { instance_id, change, people } => {
                self.change_people(&instance_id, change, &people).await?
            }
            Action::ChangeDepartments { instance_id, departments } => {
                self.change_departments(&instance_id, departments).await?
            }
            Action::Sync { interface, body } => {
                let interface = Interface::of_name(&interface)
                    .ok_or_else(|| SimulatorError::Malformed(format!("the kit has no interface `{interface}`")))?;
                vec![(interface, self.sync(interface, body).await?)]
            }
            _ => vec![],
        };
        Ok(Outcome::Told(told.into_iter().map(|(interface, verdict)| (interface.name().to_owned(), verdict)).collect()))
    }

    /// The same product, where no other is named.
    fn becomes(&self, id: &InstanceId, named: Option<Product>) -> Result<Product, SimulatorError> {
        named.map_or_else(|| Ok(self.known(id)?.product), Ok)
    }

    fn chosen(&self, product_id: Option<String>, product: Option<Product>) -> Result<Offer, SimulatorError> {
        let ledger = lock(&self.shared.ledger);
        let offer = match (product_id, product) {
            (Some(_), Some(_)) => {
                return Err(SimulatorError::Malformed("either productId or product has to be named".to_owned()));
            }
            (Some(id), None) => ledger.offers.get(&id).cloned().ok_or(SimulatorError::UnknownProduct(id))?,
            (None, product) => Offer::of(product.unwrap_or_else(some_product)),
        };
        let id = &offer.product.product_id;
        if ledger.withdrawn.contains(id) || ledger.delisted.contains_key(id) {
            return Err(SimulatorError::Withdrawn(id.clone()));
        }
        drop(ledger);
        if self.is_trade_frozen() { Err(SimulatorError::TradeFrozen) } else { Ok(offer) }
    }

    async fn sell(&self, offer: &Offer, customer: &Customer, terms: Terms) -> Result<Outcome, SimulatorError> {
        let product = &offer.product;
        let bought = match offer.kind {
            ProductKind::LicenseCode => {
                let number = u16::try_from(terms.linear_value.unwrap_or(1)).unwrap_or(u16::MAX);
                return Ok(Outcome::Licenses(self.buy_licenses(customer, product, codes(Some(number))?)));
            }
            ProductKind::License => self.buy_license(product, customer).await?,
            ProductKind::Saas | ProductKind::JointSaas | ProductKind::OnlineLicense => {
                self.buy_on(product, customer, terms).await?
            }
        };
        Ok(bought.into())
    }

    async fn on(&self, subject: Subject, change: Change) -> Result<Message, SimulatorError> {
        match (subject.instance_id, subject.license) {
            (Some(id), None) => match change {
                Change::Renew => self.renew(&id).await,
                Change::Freeze => self.freeze(&id).await,
                Change::Unfreeze => self.unfreeze(&id).await,
                Change::Release => self.release(&id).await,
                Change::CancelRenewal => self.unsubscribe_renewal(&id).await,
                Change::Unsubscribe => self.unsubscribe(&id).await,
            },
            (None, Some(code)) => {
                let license = self.known_license(&code)?;
                match change {
                    Change::Renew => self.renew_license(&code, &license.product, &license.customer).await,
                    Change::Freeze => self.set_license_status(&code, StatusChange::Freeze).await,
                    Change::Unfreeze => self.set_license_status(&code, StatusChange::Unfreeze).await,
                    Change::Release => self.release_license(&code).await,
                    Change::CancelRenewal => self.unsubscribe_license_renewal(&code).await,
                    Change::Unsubscribe => self.unsubscribe_license(&code).await,
                }
            }
            _ => Err(SimulatorError::Malformed("either instanceId or license has to be named".to_owned())),
        }
    }
}

#[derive(Clone, Copy)]
enum Change {
    Renew,
    Freeze,
    Unfreeze,
    Release,
    CancelRenewal,
    Unsubscribe,
}

fn terms(
    offer: &Offer,
    mode: Option<ChargingMode>,
    trial_days: Option<u16>,
    linear_value: Option<u32>,
) -> Result<Terms, SimulatorError> {
    let mut terms = match (mode, trial_days) {
        (None, None) => Terms::new(offer.charging),
        (None | Some(ChargingMode::Period), Some(days)) => Terms::trial(days),
        (Some(ChargingMode::Period), None) => Terms::of(&offer.product),
        (Some(ChargingMode::OneTime), None) => Terms::new(Charging::OneTime),
        (Some(ChargingMode::OnDemand), None) => Terms::new(Charging::OnDemand),
        (Some(ChargingMode::OnDemandPkg), None) => Terms::new(Charging::OnDemandPackage),
        (Some(mode), Some(_)) => {
            return Err(SimulatorError::Malformed(format!("there is no trial of {}", mode.as_wire())));
        }
    };
    terms.linear_value = linear_value;
    Ok(terms)
}

fn codes(number: Option<u16>) -> Result<u16, SimulatorError> {
    let number = number.unwrap_or(1);
    if (1..=MAX_CODES).contains(&number) {
        Ok(number)
    } else {
        Err(SimulatorError::Malformed(format!("a number of codes is from 1 to {MAX_CODES}")))
    }
}

fn some_product() -> Product {
    Product {
        product_id: "00301-110040-0--0".to_owned(),
        sku_code: "d0abcd12-1234-5678-ab90-11ab012aaaa1".to_owned(),
        name: "Cloud office".to_owned(),
        months: 12,
    }
}

fn customer_or(told: Option<Customer>) -> Customer {
    told.unwrap_or_else(|| Customer {
        customer_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
        customer_name: "hwtest".to_owned(),
    })
}

/// `{"activity": ..., "exception": ...}` of a call that is not tried again.
pub(super) fn told(activity: &str, verdict: &Verdict) -> Value {
    let exception = match verdict {
        Verdict::Failed(failure) => Some(failure.to_string()),
        Verdict::Accepted | Verdict::InProgress => None,
    };
    json!({ "activity": activity, "exception": exception })
}
