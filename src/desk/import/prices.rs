//! Products' terms for settlement: type, category, price, the seller's part, per product and specification.

use std::collections::HashMap;

use super::{ImportError, ImportKind, ImportWatch, Imported, RowProblem, TableOrder, Understood, understand};
use crate::{
    desk::{Desk, files::Wanted},
    domain::settlement::{self, Terms, TermsProblem, read_line},
};

pub(super) const COLUMNS: &[Wanted<'static>] = &{
    const fn wanted(at: usize) -> Wanted<'static> {
        let column = settlement::COLUMNS[at];
        Wanted { name: column.name, aliases: column.aliases, required: at == 0 }
    }
    [wanted(0), wanted(1), wanted(2), wanted(3), wanted(4), wanted(5), wanted(6), wanted(7)]
};

impl Desk {
    pub(super) async fn price_rows(&self, order: TableOrder) -> Result<Understood<Terms>, ImportError> {
        let mut rows = understand(order, read).await?;
        let known: HashMap<(String, Option<String>), Terms> = self
            .settlement_terms()
            .await?
            .into_iter()
            .map(|kept| ((kept.terms.product_id.clone(), kept.terms.sku_code.clone()), kept.terms))
            .collect();
        let is_known = |terms: &Terms| known.get(&(terms.product_id.clone(), terms.sku_code.clone())) == Some(terms);
        for (row, terms) in rows.good.extract_if(.., |(_, terms)| is_known(terms)) {
            rows.problems.push((row, RowProblem::Known { text: name(&terms) }));
        }
        rows.problems.sort_by_key(|(row, _)| *row);
        Ok(rows)
    }

    pub(super) async fn import_prices(&self, order: TableOrder, watch: &ImportWatch) -> Result<Imported, ImportError> {
        let rows = self.price_rows(order).await?.or_refused(false)?;
        let lines: Vec<Terms> = rows.good.into_iter().map(|(_, terms)| terms).collect();
        let mut imported = Imported::new(ImportKind::Prices, None, rows.all, rows.problems);
        imported.entered = lines.iter().map(name).collect();
        self.put_settlement_terms_watched(lines, watch).await?;
        Ok(imported)
    }
}

fn name(terms: &Terms) -> String {
    match &terms.sku_code {
        Some(sku) => format!("{} {sku}", terms.product_id),
        None => terms.product_id.clone(),
    }
}

fn read(order: &TableOrder) -> Understood<Terms> {
    let mut understood = Understood { all: 0, good: Vec::new(), problems: Vec::new() };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for row in order.mapping.of(&order.table.sheet).rows() {
        understood.all += 1;
        let problem = match read_line(&settlement::COLUMNS.map(|column| row.get(column.name))) {
            Ok(terms) => {
                let first = *seen.entry(name(&terms)).or_insert(row.number);
                if first == row.number {
                    understood.good.push((row.number, terms));
                    continue;
                }
                RowProblem::Repeated { text: name(&terms), first }
            }
            Err(TermsProblem::NoProduct) => RowProblem::Empty { column: settlement::COLUMNS[0].name.to_owned() },
            Err(TermsProblem::Malformed { column, text }) => RowProblem::Malformed { column: column.to_owned(), text },
        };
        understood.problems.push((row.number, problem));
    }
    understood
}
