//! Lists of authorization codes, with what the list tells of each.

use std::collections::{HashMap, HashSet};

use super::{
    Fate, ImportError, ImportKind, ImportWatch, Imported, RowProblem, TableCheck, TableOrder, Understood,
    batch::in_portions, told, understand,
};
use crate::{
    desk::{Desk, files::Wanted},
    domain::{License, license::is_code, usage::parse_time},
    protocol::{
        UnixMillis,
        id::{LicenseCode, OrderId, OrderLine, OrderLineId},
    },
};

pub(super) const COLUMNS: &[Wanted<'static>] = &[
    Wanted {
        name: LICENSE,
        aliases: &[
            "授权码",
            "授权码ID",
            "License授权码",
            "激活码",
            "licenseCode",
            "licenseId",
            "code",
            "authorization code",
        ],
        required: true,
    },
    Wanted {
        name: ORDER, aliases: &["订单号", "订单ID", "云商店订单号", "order", "order number"], required: false
    },
    Wanted { name: PRODUCT, aliases: &["商品ID", "产品ID", "product"], required: false },
    Wanted {
        name: EXPIRE,
        aliases: &["到期时间", "过期时间", "失效时间", "有效期至", "expires", "expiry"],
        required: false,
    },
];
const LICENSE: &str = "license";
const ORDER: &str = "orderId";
const PRODUCT: &str = "productId";
const EXPIRE: &str = "expireTime";

impl Desk {
    async fn license_rows(&self, order: TableOrder) -> Result<Understood<License>, ImportError> {
        let (world, now) = (order.world, self.now());
        let mut rows = understand(order, move |order| read(order, now)).await?;
        let codes = rows.good.iter().map(|(_, license)| license.license.clone()).collect();
        let known = self.inner.store.licenses_by_code(world, codes).await?;
        let known: HashSet<LicenseCode> = known.into_iter().map(|license| license.license).collect();
        for (row, license) in rows.good.extract_if(.., |(_, license)| known.contains(&license.license)) {
            rows.problems.push((row, RowProblem::Known { text: license.license.to_string() }));
        }
        rows.problems.sort_by_key(|(row, _)| *row);
        Ok(rows)
    }

    pub(super) async fn check_licenses(&self, order: TableOrder) -> Result<TableCheck, ImportError> {
        let rows = self.license_rows(order).await?;
        let fates = rows.good.iter().map(|(row, _)| (*row, Fate::New)).collect();
        Ok(TableCheck::of(&rows, rows.good.len(), fates))
    }

    pub(super) async fn import_licenses(
        &self,
        order: TableOrder,
        leave_out: bool,
        watch: &ImportWatch,
    ) -> Result<Imported, ImportError> {
        let (world, source) = (order.world, order.table.source.clone());
        let rows = self.license_rows(order).await?.or_refused(leave_out)?;
        let kind = ImportKind::LicenseCodes;
        let batch = self.begin_batch(kind, world, source, rows.all).await?;
        let put = |licenses| self.inner.store.put_imported_licenses(batch, licenses);
        let known = in_portions(&rows.good, watch, put).await;
        // Somebody else may have added one of them meanwhile.
        let known: HashSet<LicenseCode> = self.end_batch(kind, batch, known).await?.into_iter().collect();
        let mut imported = Imported::new(kind, Some(batch), rows.all, rows.problems);
        for (row, license) in rows.good {
            let text = license.license.to_string();
            if known.contains(&license.license) {
                imported.skipped.push((row, RowProblem::Known { text }));
            } else {
                imported.entered.push(text);
            }
        }
        Ok(imported)
    }
}

fn read(order: &TableOrder, now: UnixMillis) -> Understood<License> {
    let mut understood = Understood { all: 0, good: Vec::new(), problems: Vec::new() };
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for row in order.mapping.of(&order.table.sheet).rows() {
        understood.all += 1;
        let problem = match row.get(LICENSE) {
            None => RowProblem::Empty { column: LICENSE.to_owned() },
            Some(text) if !is_code(text) => RowProblem::Malformed { column: LICENSE.to_owned(), text: told(text) },
            Some(text) => {
                let first = *seen.entry(text).or_insert(row.number);
                if first == row.number {
                    let expire = row.get(EXPIRE).map(|time| {
                        parse_time(EXPIRE, time, order.zone.as_ref())
                            .map_err(|problem| RowProblem::of_time(problem, EXPIRE, time))
                    });
                    match expire.transpose() {
                        Ok(expire_time) => {
                            let mut license = License::added(order.world, LicenseCode::new(text), now);
                            license.expire_time = expire_time;
                            license.product_id = row.get(PRODUCT).map(str::to_owned);
                            license.order = row.get(ORDER).map(|order_id| OrderLine {
                                order_id: OrderId::new(order_id),
                                order_line_id: OrderLineId::new(""),
                            });
                            understood.good.push((row.number, license));
                            continue;
                        }
                        Err(problem) => problem,
                    }
                } else {
                    RowProblem::Repeated { text: text.to_owned(), first }
                }
            }
        };
        understood.problems.push((row.number, problem));
    }
    understood
}
