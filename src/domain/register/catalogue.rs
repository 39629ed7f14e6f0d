//! What the registers know of each other: the products that the checklists tell of, what was given out for them, and what the
//! prices of settlement say of them.

use std::collections::BTreeMap;

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

use super::{KeptEntry, RegisterKind, vouchers::unused};
use crate::{
    domain::{
        settlement::{Category, ProductType, Terms},
        workdays::Workdays,
    },
    protocol::UnixMillis,
};

/// What a rule may know beside the entry itself.
pub struct Context<'a> {
    pub now: UnixMillis,
    pub products: &'a Catalogue,
    /// By which KooGallery counts its deadlines.
    pub workdays: &'a Workdays,
}

/// The seller's products, as the checklists have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue(BTreeMap<String, ListedProduct>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedProduct {
    /// Names of the choices of the checklists.
    pub kind: Option<String>,
    pub category: Option<String>,
    /// 退市.
    pub delisted: bool,
    /// Whether a checklist tells of it.
    pub has_checklist: bool,
    /// Vouchers given out for it and not used.
    pub unused_vouchers: i64,
    pub has_contact: bool,
    /// As settlement's prices have them.
    pub priced_type: Option<ProductType>,
    pub priced_category: Option<Category>,
}

impl Catalogue {
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a KeptEntry>) -> Self {
        let mut products: BTreeMap<String, ListedProduct> = BTreeMap::new();
        for KeptEntry { kind, entry, .. } in entries {
            let Some(product) = entry.get("product") else { continue };
            let known = products.entry(product.to_owned()).or_default();
            match kind {
                RegisterKind::Checklists => {
                    known.has_checklist = true;
                    known.kind = entry.get("productKind").map(str::to_owned);
                    known.category = entry.get("category").map(str::to_owned);
                    known.delisted = entry.state == "delisted";
                }
                RegisterKind::Vouchers => known.unused_vouchers += unused(entry),
                RegisterKind::Contacts => known.has_contact |= entry.state == "active",
                RegisterKind::Reviews => {}
            }
        }
        Self(products)
    }

    /// With the prices of whole products.
    #[must_use]
    pub fn with_prices<'a>(mut self, prices: impl IntoIterator<Item = &'a Terms>) -> Self {
        for terms in prices.into_iter().filter(|terms| terms.sku_code.is_none()) {
            let known = self.0.entry(terms.product_id.clone()).or_default();
            (known.priced_type, known.priced_category) = (terms.product_type, terms.category);
        }
        self
    }

    pub fn product(&self, id: &str) -> Option<&ListedProduct> {
        self.0.get(id)
    }
}

impl ListedProduct {
    /// The checklist's, or else that of the prices.
    pub fn sold_as(&self) -> Option<&str> {
        self.category.as_deref().or(self.priced_category.map(Category::name))
    }
}

impl Context<'_> {
    /// The day in Beijing, by which the console counts.
    pub fn today(&self) -> Date {
        today(self.now)
    }
}

/// The day in Beijing.
pub fn today(now: UnixMillis) -> Date {
    let zone = Offset::from_seconds(8 * 3_600).map_or(TimeZone::UTC, TimeZone::fixed);
    Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned_datetime(zone).date()
}
