//! Sales targets and whitelists from the rows of a table. What a table is, is not known here: its rows come as numbered
//! fields. A list of accounts may be one cell or many lines of the same product.

use std::collections::HashMap;

use super::{
    MAX_TEXT, SalesTarget, TargetKey, TargetLevel,
    target::spec_levels,
    target::{MAX_CUSTOMERS, TargetKind},
};

/// One row: productId, skuCode, level, customers, linkedProduct.
pub type TargetFields<'a> = [Option<&'a str>; 5];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetProblem {
    #[error("productId is missing")]
    NoProduct,
    #[error("{column} has {length} characters; at most {MAX_TEXT} are taken")]
    TooLong { column: &'static str, length: usize },
    #[error("level is `{0}`; it is one of everyone, named, enterprise, individual, linked-product, trial-whitelist")]
    NoLevel(String),
    #[error("level `{}` needs the accounts in customers", .0.name())]
    NoCustomers(TargetLevel),
    #[error("at most {MAX_CUSTOMERS} accounts are taken")]
    TooMany,
    #[error("level linked-product needs a linkedProduct")]
    NoLinked,
    #[error("{column} says something, which level `{}` does not take", .level.name())]
    Needless { column: &'static str, level: TargetLevel },
    #[error("the same product and specification stand in line {0} already, with another level")]
    Repeated(usize),
    #[error("a specification may not be `{}` under a product that is `{}`", .level.name(), .product.name())]
    NotUnderProduct { level: TargetLevel, product: TargetLevel },
}

/// What rows turned out to be. They are to be taken only where there is no problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadTargets {
    /// By the row that named each first.
    pub targets: Vec<(usize, SalesTarget)>,
    /// By row; a row can have several.
    pub problems: Vec<(usize, TargetProblem)>,
}

pub fn read_target_rows<'a>(rows: impl IntoIterator<Item = (usize, TargetFields<'a>)>) -> ReadTargets {
    let mut read = ReadTargets::default();
    let mut seen: HashMap<(TargetKey, TargetKind), usize> = HashMap::new();
    for (number, fields) in rows {
        let target = match SalesTarget::parse(fields) {
            Ok(target) => target,
            Err(problems) => {
                read.problems.extend(problems.into_iter().map(|problem| (number, problem)));
                continue;
            }
        };
        let known = seen.get(&(target.key.clone(), target.kind())).and_then(|at| read.targets.get_mut(*at));
        match known {
            None => {
                seen.insert((target.key.clone(), target.kind()), read.targets.len());
                read.targets.push((number, target));
            }
            Some((_, first)) if first.level == target.level && target.level.names_customers() => {
                first.take_customers(target.customers);
                if first.customers.len() > MAX_CUSTOMERS {
                    read.problems.push((number, TargetProblem::TooMany));
                }
            }
            Some((first, _)) => read.problems.push((number, TargetProblem::Repeated(*first))),
        }
    }
    let of_product = |product: &str| {
        let whole = TargetKey { product_id: product.to_owned(), sku_code: None };
        let at = seen.get(&(whole, TargetKind::Sale))?;
        read.targets.get(*at).map(|(_, target)| target.level)
    };
    let beneath = read.targets.iter().filter_map(|(number, target)| {
        target.key.sku_code.as_ref()?;
        let problem = target.problem_under(of_product(&target.key.product_id)?)?;
        Some((*number, problem))
    });
    let beneath: Vec<(usize, TargetProblem)> = beneath.collect();
    read.problems.extend(beneath);
    read.problems.sort_by_key(|(number, _)| *number);
    read
}

impl SalesTarget {
    /// From texts, as typed or as they stand in a row. Everything that is wrong is told at once.
    pub fn parse(fields: TargetFields<'_>) -> Result<Self, Vec<TargetProblem>> {
        let [product, sku, level, customers, linked] =
            fields.map(|field| field.map(str::trim).filter(|text| !text.is_empty()));
        let mut problems = Vec::new();
        let mut bounded = |column, text: Option<&str>| {
            let length = text.map_or(0, |text| text.chars().count());
            if length > MAX_TEXT {
                problems.push(TargetProblem::TooLong { column, length });
            }
        };
        bounded("productId", product);
        bounded("skuCode", sku);
        bounded("linkedProduct", linked);
        let ids = customers.map(accounts).unwrap_or_default();
        bounded("customers", ids.iter().copied().max_by_key(|id| id.chars().count()));
        if product.is_none() {
            problems.push(TargetProblem::NoProduct);
        }
        if ids.len() > MAX_CUSTOMERS {
            problems.push(TargetProblem::TooMany);
        }
        let shown = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
        let level = level.unwrap_or_default();
        let level = parse_level(level).ok_or_else(|| TargetProblem::NoLevel(shown(level)));
        match &level {
            Err(problem) => problems.push(problem.clone()),
            Ok(level) if level.names_customers() && ids.is_empty() => {
                problems.push(TargetProblem::NoCustomers(*level));
            }
            Ok(level) if !level.names_customers() && !ids.is_empty() => {
                problems.push(TargetProblem::Needless { column: "customers", level: *level });
            }
            Ok(_) => {}
        }
        match (&level, linked) {
            (Ok(TargetLevel::LinkedProduct), None) => problems.push(TargetProblem::NoLinked),
            (Ok(TargetLevel::LinkedProduct), Some(_)) | (_, None) | (Err(_), _) => {}
            (Ok(level), Some(_)) => {
                problems.push(TargetProblem::Needless { column: "linkedProduct", level: *level });
            }
        }
        match (product, level) {
            (Some(product), Ok(level)) if problems.is_empty() => {
                let key = TargetKey { product_id: product.to_owned(), sku_code: sku.map(str::to_owned) };
                let linked_product = linked.map(str::to_owned);
                let mut target = Self { key, level, customers: Vec::new(), linked_product };
                target.take_customers(ids.into_iter().map(str::to_owned).collect());
                Ok(target)
            }
            _ => Err(problems),
        }
    }

    /// As a row that [`SalesTarget::parse`] reads back.
    pub fn fields(&self) -> [String; 5] {
        [
            self.key.product_id.clone(),
            self.key.sku_code.clone().unwrap_or_default(),
            self.level.name().to_owned(),
            self.customers.join(" "),
            self.linked_product.clone().unwrap_or_default(),
        ]
    }

    /// What the console would not take of a specification under a product of that level.
    pub fn problem_under(&self, product: TargetLevel) -> Option<TargetProblem> {
        let sale = self.kind() == TargetKind::Sale;
        let fine = !sale || spec_levels(product).contains(&self.level);
        (!fine).then_some(TargetProblem::NotUnderProduct { level: self.level, product })
    }

    /// Sorted and each once, so that the order in which they are written changes nothing.
    fn take_customers(&mut self, more: Vec<String>) {
        self.customers.extend(more);
        self.customers.sort_unstable();
        self.customers.dedup();
    }
}

fn accounts(text: &str) -> Vec<&str> {
    let parts = text.split(|letter: char| letter.is_whitespace() || ",;，；、|".contains(letter));
    parts.filter(|part| !part.is_empty()).collect()
}

/// The names, and the console's words.
fn parse_level(text: &str) -> Option<TargetLevel> {
    let text = text.to_lowercase().replace(['_', ' '], "-");
    let named = TargetLevel::ALL.into_iter().find(|level| level.name() == text);
    named.or(match text.as_str() {
        "全部用户" => Some(TargetLevel::Everyone),
        "指定用户" => Some(TargetLevel::Named),
        "企业用户" => Some(TargetLevel::Enterprise),
        "个人用户" => Some(TargetLevel::Individual),
        "已购买关联商品用户" => Some(TargetLevel::LinkedProduct),
        "试用白名单" | "白名单" => Some(TargetLevel::TrialWhitelist),
        _ => None,
    })
}
