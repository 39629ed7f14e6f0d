//! What trying a message again would change, told before it is done: from the same decision, held against what is known now.
//! Credentials are told as there, or as changed, and never as what they are.

mod organisation;

use super::{Change, Exception, Instance, Known, License, Outcome, message::Progress};
use crate::protocol::{
    ResultCode, Secret, UnixMillis,
    callback::{Activity, AppInfo},
};

/// What a retry would come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Foreseen {
    /// It had succeeded before: nothing would be done.
    AlreadySucceeded,
    /// Somebody works on it just now.
    Busy,
    /// No such message is kept.
    Gone,
    /// It could not even be tried.
    Impossible(Exception),
    /// KooGallery would be asked, over this interface.
    AsksKooGallery { interface: String },
    /// Decided without asking anybody.
    Decided(Foresight),
    /// The seller's product would be asked.
    AsksProduct {
        /// The fulfilment webhook.
        url: String,
        /// What would be written before it answers.
        meanwhile: Vec<Changed>,
        /// What follows where it does what it is asked; `None` where that depends on what it tells.
        if_done: Option<Foresight>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// That KooGallery would be answered.
    pub result_code: ResultCode,
    pub progress: Progress,
    pub exception: Option<Exception>,
    pub changes: Vec<Changed>,
    /// So many messages wait for the instance and would be done next.
    pub waiting: usize,
}

impl Foresight {
    pub fn of(known: &Known, outcome: &Outcome) -> Self {
        Self {
            result_code: outcome.answer.result_code.clone(),
            progress: outcome.progress,
            exception: outcome.exception.clone(),
            changes: changes(known, outcome.change.as_deref()),
            waiting: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entity {
    Instance,
    License,
    Organisation,
    /// For a License.
    Application,
    /// That an organisation uses.
    OrganisationApplication,
    Department,
    User,
}

impl Entity {
    /// As the command line says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::License => "license",
            Self::Organisation => "organisation",
            Self::Application => "application",
            Self::OrganisationApplication => "organisation-application",
            Self::Department => "department",
            Self::User => "user",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    New,
    Changed,
    Removed,
}

impl Effect {
    /// As the command line says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// One thing that would be made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub what: Entity,
    pub id: String,
    pub effect: Effect,
    /// Only those that differ.
    pub fields: Vec<FieldChange>,
}

impl Changed {
    const fn matters(&self) -> bool {
        !matches!(self.effect, Effect::Changed) || !self.fields.is_empty()
    }
}

/// In KooGallery's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    pub name: &'static str,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What stands where a credential is.
const MASKED: &str = "***";

/// Nothing where everything would stay as it is.
pub fn changes(known: &Known, change: Option<&Change>) -> Vec<Changed> {
    let changed = match change {
        None => return Vec::new(),
        Some(Change::Instance(after)) => {
            let before = known.instances.iter().find(|instance| instance.instance_id == after.instance_id);
            of_entity(Entity::Instance, after.instance_id.as_str(), before.map(instance_fields), instance_fields(after))
        }
        Some(Change::License(after)) => {
            let before = known.license.as_ref().map(license_fields);
            of_entity(Entity::License, after.license.as_str(), before, license_fields(after))
        }
        Some(Change::Organisation(change)) => return organisation::changes(&known.organisation, change),
        Some(Change::Application { application, license }) => Changed {
            what: Entity::Application,
            id: application.event_id.to_string(),
            effect: Effect::New,
            fields: license
                .iter()
                .map(|_| FieldChange { name: "license", before: None, after: Some(MASKED.to_owned()) })
                .collect(),
        },
    };
    changed.matters().then_some(changed).into_iter().collect()
}

/// What is shown of a field, and what tells whether it differs.
struct Field {
    name: &'static str,
    shown: Option<String>,
    whole: Option<Secret>,
}

fn plain(name: &'static str, value: Option<String>) -> Field {
    Field { name, whole: value.clone().map(Secret::new), shown: value }
}

fn secret(name: &'static str, value: Option<&Secret>) -> Field {
    Field { name, shown: value.map(|_| MASKED.to_owned()), whole: value.cloned() }
}

fn of_entity(what: Entity, id: &str, before: Option<Vec<Field>>, after: Vec<Field>) -> Changed {
    let effect = if before.is_none() { Effect::New } else { Effect::Changed };
    let mut before = before.unwrap_or_default().into_iter();
    let fields = after.into_iter().filter_map(|after| {
        let before = before.next();
        let was = before.as_ref().and_then(|field| field.whole.as_ref());
        (was != after.whole.as_ref()).then(|| FieldChange {
            name: after.name,
            before: before.and_then(|field| field.shown),
            after: after.shown,
        })
    });
    Changed { what, id: id.to_owned(), effect, fields: fields.collect() }
}

fn instance_fields(instance: &Instance) -> Vec<Field> {
    let app_info = instance.app_info.as_ref();
    let of_app = |text: fn(&AppInfo) -> Option<&String>| app_info.and_then(text).cloned();
    let page = app_info.map(|info| info.front_end_url.clone()).filter(|url| !url.is_empty());
    vec![
        plain("status", Some(instance.status.name().to_owned())),
        plain("orderId", Some(instance.order.order_id.to_string())),
        plain("orderLineId", Some(instance.order.order_line_id.to_string()).filter(|line| !line.is_empty())),
        plain("productId", instance.product_id.clone()),
        plain("skuCode", instance.sku_code.clone()),
        plain("expireTime", instance.expire_time.map(UnixMillis::to_compact_utc)),
        plain("frontEndUrl", page),
        plain("adminUrl", of_app(|info| info.admin_url.as_ref())),
        secret("userName", of_app(|info| info.user_name.as_ref()).map(Secret::new).as_ref()),
        secret("password", app_info.and_then(|info| info.password.as_ref())),
        plain("memo", of_app(|info| info.memo.as_ref())),
        secret("license", app_info.and_then(|info| info.license.as_ref())),
    ]
}

fn license_fields(license: &License) -> Vec<Field> {
    vec![
        plain("status", Some(license.status.name().to_owned())),
        plain("orderId", license.order.as_ref().map(|order| order.order_id.to_string())),
        plain("productId", license.product_id.clone()),
        plain("expireTime", license.expire_time.map(UnixMillis::to_compact_utc)),
    ]
}

/// Whether what the product tells decides what follows, so that nothing can be foreseen.
pub fn depends_on_the_product(activity: &Activity, outcome: &Outcome) -> bool {
    matches!(activity, Activity::NewInstance { .. })
        && matches!(outcome.exception, Some(Exception::NoLicense | Exception::NoFrontEndUrl))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{InstanceStatus, World},
        protocol::id::{InstanceId, OrderId, OrderLine, OrderLineId},
    };

    fn instance() -> Instance {
        let order = OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") };
        Instance::bought(World::Live, InstanceId::new("i-1"), order, "main", UnixMillis(1))
    }

    fn provisioned(password: &str) -> Instance {
        let app_info = AppInfo {
            front_end_url: "https://app.example.com".into(),
            user_name: Some("admin".into()),
            password: Some(Secret::new(password)),
            ..AppInfo::default()
        };
        Instance { status: InstanceStatus::Active, app_info: Some(app_info), ..instance() }
    }

    fn told(before: Option<Instance>, after: Instance) -> Vec<Changed> {
        let known = Known { instances: before.into_iter().collect(), ..Known::default() };
        changes(&known, Some(&Change::Instance(after)))
    }

    fn lines(changed: &Changed) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
        changed.fields.iter().map(|it| format!("{} {} {}", it.name, text(&it.before), text(&it.after))).collect()
    }

    #[test]
    fn only_what_differs_is_told_and_no_credential() {
        let changed = told(Some(instance()), provisioned("Passw0rd!")).remove(0);
        assert_eq!(changed.effect, Effect::Changed);
        assert_eq!(
            lines(&changed),
            ["status provisioning active", "frontEndUrl – https://app.example.com", "userName – ***", "password – ***",]
        );
    }

    #[test]
    fn another_password_is_a_change_although_both_are_masked() {
        let changed = told(Some(provisioned("old")), provisioned("new")).remove(0);
        assert_eq!(lines(&changed), ["password *** ***"]);
    }

    #[test]
    fn what_stays_as_it_is_is_no_change_and_what_is_new_always_is_one() {
        assert_eq!(told(Some(provisioned("p")), provisioned("p")), []);
        assert_eq!(changes(&Known::default(), None), []);
        let new = told(None, instance()).remove(0);
        assert_eq!(new.effect, Effect::New);
        assert_eq!(lines(&new), ["status – provisioning", "orderId – CS1", "orderLineId – CS1-000001"]);
    }
}
