//! What settlement's prices say of a product beside its checklist.

use super::*;
use crate::domain::settlement::{Category, ProductType, Terms};

fn found_with(prices: &Terms, kind: RegisterKind, values: &[(&str, &str)]) -> Vec<Rule> {
    let judged = Judged::all(vec![kept(1, kind, values)], std::slice::from_ref(prices), NOW, &Workdays::built_in());
    judged[0].findings.iter().map(|finding| finding.rule.clone()).collect()
}

#[test]
fn prices_that_say_otherwise_than_the_checklist_are_told() {
    let prices = |kind, category| Terms { product_type: kind, category, ..Terms::new("p") };
    let differs = |field: &str, here: &str, priced: &str| Rule::ChecklistPricesDiffer {
        field: field.into(),
        here: here.into(),
        priced: priced.into(),
    };
    let (license, image) = (Some(ProductType::License), Some(ProductType::Image));
    let (joint, general) = (Some(Category::Joint), Some(Category::General));
    for (kind, category, priced, expected) in [
        ("license-code", "general", prices(license, general), vec![]),
        ("license-package", "general", prices(license, None), vec![]),
        ("license-code", "general", prices(None, None), vec![]),
        ("saas", "general", prices(image, general), vec![differs("productKind", "saas", "image")]),
        ("image", "joint", prices(image, general), vec![differs("category", "joint", "general")]),
        ("image", "", prices(image, joint), vec![]),
    ] {
        let values = [("product", "p"), ("productKind", kind), ("category", category)];
        let mut found = found_with(&priced, RegisterKind::Checklists, &values);
        found.retain(|rule| matches!(rule, Rule::ChecklistPricesDiffer { .. }));
        assert_eq!(found, expected, "{kind} {category} {priced:?}");
    }
}

#[test]
fn a_voucher_lapses_by_the_category_under_prices_where_no_checklist_tells_one() {
    let prices = Terms { category: Some(Category::Joint), ..Terms::new("p") };
    let values = [("name", "n"), ("category", "general"), ("product", "p")];
    let lapsed = Rule::VoucherLapsed { category: "general".into(), now: "joint".into() };
    assert!(found_with(&prices, RegisterKind::Vouchers, &values).contains(&lapsed));
}
