//! The seller's products as they are offered: of which kind, and on what terms by themselves. Pure.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Charging, Product};

/// For so many days a trial may be offered.
const TRIAL_DAYS: RangeInclusive<u16> = 3..=180;

/// What a buyer gets, and so which interfaces the seller is called by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductKind {
    #[default]
    Saas,
    /// 联营SaaS: can be bound to an organisation.
    JointSaas,
    /// Provisioned as SaaS is, and then Licenses are applied for.
    OnlineLicense,
    /// A License of 1.0, delivered with the answer to the purchase.
    License,
    /// 授权码, issued by the marketplace.
    LicenseCode,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offer {
    pub product: Product,
    #[serde(default)]
    pub kind: ProductKind,
    pub charging: Charging,
    /// 允许试用.
    #[serde(default, deserialize_with = "read_trial_days")]
    pub trial_days: Option<u16>,
}

impl Offer {
    /// SaaS for the product's own period.
    pub fn of(product: Product) -> Self {
        Self { charging: Charging::months(product.months), product, kind: ProductKind::Saas, trial_days: None }
    }
}

pub(super) fn read_trial_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let days = Option::<u16>::deserialize(deserializer)?;
    if days.is_none_or(|days| TRIAL_DAYS.contains(&days)) {
        return Ok(days);
    }
    let (least, most) = (TRIAL_DAYS.start(), TRIAL_DAYS.end());
    Err(D::Error::custom(format_args!("a trial is for {least} to {most} days")))
}

pub(super) type Offers = BTreeMap<String, Offer>;

/// One of every kind, to begin with.
pub(super) fn presets() -> Offers {
    let offer = |id: &str, name: &str, kind, charging, trial_days| {
        let months = match charging {
            Charging::Period(..) => 1,
            Charging::OneTime | Charging::OnDemand | Charging::OnDemandPackage => 0,
        };
        let product = Product { product_id: id.into(), sku_code: format!("{id}-SKU"), name: name.into(), months };
        Offer { product, kind, charging, trial_days }
    };
    let year = |id: &str, name: &str, kind| {
        let product = Product { product_id: id.into(), sku_code: format!("{id}-SKU"), name: name.into(), months: 12 };
        Offer { product, kind, charging: Charging::months(12), trial_days: None }
    };
    let month = Charging::months(1);
    [
        offer("SAAS-MONTH", "Cloud office by the month", ProductKind::Saas, month, Some(15)),
        year("SAAS-YEAR", "Cloud office by the year", ProductKind::Saas),
        offer("SAAS-ONE-TIME", "Cloud office for ever", ProductKind::Saas, Charging::OneTime, None),
        offer("SAAS-ON-DEMAND", "Cloud office by use", ProductKind::Saas, Charging::OnDemand, None),
        offer("SAAS-PACKAGE", "Cloud office, a package of uses", ProductKind::Saas, Charging::OnDemandPackage, None),
        year("JOINT-YEAR", "Joint office by the year", ProductKind::JointSaas),
        year("ONLINE-LICENSE-YEAR", "Drawing program, online License", ProductKind::OnlineLicense),
        year("LICENSE-YEAR", "Drawing program, License", ProductKind::License),
        year("LICENSE-CODE-YEAR", "Drawing program, authorization code", ProductKind::LicenseCode),
    ]
    .into_iter()
    .map(|offer| (offer.product.product_id.clone(), offer))
    .collect()
}
