//! The console's order export (订单列表 > 导出), and Sellerdesk's own: what calls and the order query left out is filled in, and
//! orders that neither told of are made known. Its column names are documented nowhere, so many are guessed.

use std::collections::HashMap;

use super::{
    Fate, ImportError, ImportKind, ImportWatch, Imported, RowProblem, TableCheck, TableOrder, Understood,
    batch::in_portions, told, understand,
};
use crate::{
    desk::{
        Desk,
        files::{MappedRow, Wanted},
    },
    domain::{
        OrderStatus,
        imported_order::{ImportedOrder, OrderField, RowFate, ToldFields, charging_mode_of, order_type_of, period_of},
        usage::parse_time,
    },
    protocol::id::{OrderId, OrderLineId},
};

const ORDER: &str = "orderId";
const LINE: &str = "orderLineId";
/// Number and unit in one cell.
const PERIOD: &str = "period";
/// How long an id may be (zh-cn_topic_0070649350).
const LONGEST_ID: usize = 64;

pub(super) const COLUMNS: &[Wanted<'static>] = &[
    wanted(ORDER, &["订单号", "订单编号", "订单ID", "云商店订单号", "order", "order number", "order no."], true),
    wanted(LINE, &["订单行号", "订单行ID", "子订单号", "order line", "order line ID"], false),
    wanted("orderType", &["订单类型", "交易类型", "type"], false),
    wanted("orderStatus", &["订单状态", "状态", "status", "order status"], false),
    wanted("supervisionStatus", &["服务监管状态", "监管状态", "service supervision status"], false),
    wanted("paymentStatus", &["付费状态", "支付状态", "payment status"], false),
    wanted("repaymentStatus", &["客户还款状态", "还款状态", "repayment status"], false),
    wanted(
        "createTime",
        &["创建时间", "下单时间", "订购时间", "订单创建时间", "购买时间", "created", "created at", "order time"],
        false,
    ),
    wanted("expireTime", &["到期时间", "失效时间", "过期时间", "expires", "expiry", "expiration time"], false),
    wanted(
        "customerName",
        &["客户名称", "客户账号", "用户名", "账号名", "customer", "customer name", "account name"],
        false,
    ),
    wanted("customerId", &["客户ID", "客户编号", "客户账号ID", "账号ID", "account ID"], false),
    wanted("productName", &["商品名称", "产品名称", "product", "product name"], false),
    wanted("productId", &["商品ID", "产品ID", "商品编号"], false),
    wanted("skuCode", &["SKU编码", "规格编码", "规格ID", "sku", "specification"], false),
    wanted("linearValue", &["数量", "购买数量", "订购数量", "quantity", "amount of units"], false),
    wanted("chargingMode", &["计费模式", "计费类型", "计费方式", "billing mode", "billing type"], false),
    wanted(PERIOD, &["购买时长", "订购时长", "购买周期", "订购周期", "duration", "required duration"], false),
    wanted("periodNumber", &[], false),
    wanted("periodType", &[], false),
    wanted("orderAmount", &["订单金额", "成交金额", "实付金额", "金额", "order amount", "amount"], false),
    wanted("instanceId", &["实例ID", "资源ID", "instance", "resource ID"], false),
];

const fn wanted(name: &'static str, aliases: &'static [&'static str], required: bool) -> Wanted<'static> {
    Wanted { name, aliases, required }
}

impl Desk {
    async fn order_rows(
        &self,
        order: TableOrder,
    ) -> Result<(Understood<ImportedOrder>, Vec<(usize, Fate)>), ImportError> {
        let world = order.world;
        let mut rows = understand(order, read).await?;
        let ids = rows.good.iter().map(|(_, row)| row.order_id.clone()).collect();
        let known = self.inner.store.lines_of_orders(world, ids).await?;
        let mut fates = Vec::with_capacity(rows.good.len());
        let mut good = Vec::with_capacity(rows.good.len());
        for ((number, row), lines) in std::mem::take(&mut rows.good).into_iter().zip(known) {
            let text = row.order_id.to_string();
            match row.fate(&lines) {
                RowFate::New => fates.push((number, Fate::New)),
                RowFate::Ambiguous { lines } => {
                    rows.problems.push((number, RowProblem::SeveralLines { text, lines }));
                    continue;
                }
                RowFate::Joins { fills, differs } if fills.is_empty() => {
                    let problem = match differs.is_empty() {
                        true => RowProblem::Known { text },
                        false => RowProblem::Differs { text, columns: names(&differs).join(", ") },
                    };
                    rows.problems.push((number, problem));
                    continue;
                }
                RowFate::Joins { fills, differs } => {
                    fates.push((number, Fate::Joins { fills: names(&fills), differs: names(&differs) }));
                }
            }
            good.push((number, row));
        }
        rows.good = good;
        rows.problems.sort_by_key(|(row, _)| *row);
        Ok((rows, fates))
    }

    pub(super) async fn check_orders(&self, order: TableOrder) -> Result<TableCheck, ImportError> {
        let (rows, fates) = self.order_rows(order).await?;
        Ok(TableCheck::of(&rows, rows.good.len(), fates))
    }

    pub(super) async fn import_orders(
        &self,
        order: TableOrder,
        leave_out: bool,
        watch: &ImportWatch,
    ) -> Result<Imported, ImportError> {
        let (world, source) = (order.world, order.table.source.clone());
        let rows = self.order_rows(order).await?.0.or_refused(leave_out)?;
        let batch = self.begin_batch(ImportKind::Orders, world, source, rows.all).await?;
        let put = |rows| self.inner.store.put_imported_orders(batch, world, rows, self.now());
        let entered = in_portions(&rows.good, watch, put).await;
        let entered = self.end_batch(ImportKind::Orders, batch, entered).await?;
        let mut imported = Imported::new(ImportKind::Orders, Some(batch), rows.all, rows.problems);
        for ((number, row), told) in rows.good.into_iter().zip(entered) {
            let text = row.order_id.to_string();
            match told {
                true => imported.entered.push(text),
                // A line was added meanwhile.
                false => imported.skipped.push((number, RowProblem::SeveralLines { text, lines: 2 })),
            }
        }
        Ok(imported)
    }
}

fn names(fields: &[OrderField]) -> Vec<&'static str> {
    fields.iter().map(|field| field.name()).collect()
}

fn read(order: &TableOrder) -> Understood<ImportedOrder> {
    let mut understood = Understood { all: 0, good: Vec::new(), problems: Vec::new() };
    let mut seen: HashMap<(String, Option<String>), usize> = HashMap::new();
    for row in order.mapping.of(&order.table.sheet).rows() {
        understood.all += 1;
        match understood_row(&row, order) {
            Ok(imported) => {
                let key = (imported.order_id.to_string(), imported.order_line_id.as_ref().map(ToString::to_string));
                let text = key.1.clone().unwrap_or_else(|| key.0.clone());
                let first = *seen.entry(key).or_insert(row.number);
                if first == row.number {
                    understood.good.push((row.number, imported));
                } else {
                    understood.problems.push((row.number, RowProblem::Repeated { text, first }));
                }
            }
            Err(problem) => understood.problems.push((row.number, problem)),
        }
    }
    understood
}

fn understood_row(row: &MappedRow<'_>, order: &TableOrder) -> Result<ImportedOrder, RowProblem> {
    // What the console writes where there is nothing.
    let cell = |name: &str| row.get(name).filter(|text| !matches!(*text, "-" | "--" | "—" | "/" | "N/A"));
    let malformed = |name: &str, text: &str| RowProblem::Malformed { column: name.to_owned(), text: told(text) };
    let id = |name: &'static str, text: &str| {
        let is_id = text.len() <= LONGEST_ID && text.chars().all(|c| c.is_ascii_graphic());
        if is_id { Ok(text.to_owned()) } else { Err(malformed(name, text)) }
    };
    let order_id = cell(ORDER).ok_or_else(|| RowProblem::Empty { column: ORDER.to_owned() })?;
    let mut imported = ImportedOrder {
        order_id: OrderId::new(id(ORDER, order_id)?),
        order_line_id: cell(LINE).map(|text| id(LINE, text)).transpose()?.map(OrderLineId::new),
        told: ToldFields::new(),
    };
    for field in OrderField::ALL {
        let name = field.name();
        let Some(text) = cell(name) else { continue };
        let value = match field {
            OrderField::CreateTime | OrderField::ExpireTime => {
                let time = parse_time(name, text, order.zone.as_ref());
                time.map_err(|problem| RowProblem::of_time(problem, name, text))?.0.to_string()
            }
            OrderField::LinearValue | OrderField::PeriodNumber => {
                // Spreadsheets group thousands.
                let number = text.replace([',', '，'], "").parse::<i64>();
                number.map_err(|_| malformed(name, text))?.to_string()
            }
            OrderField::OrderType => order_type_of(text).as_wire().to_owned(),
            OrderField::ChargingMode => charging_mode_of(text).as_wire().to_owned(),
            OrderField::OrderStatus => OrderStatus::from_word(text).word().to_owned(),
            _ => text.to_owned(),
        };
        imported.told.insert(field, value);
    }
    if let Some(text) = cell(PERIOD) {
        let (number, unit) = period_of(text).ok_or_else(|| malformed(PERIOD, text))?;
        imported.told.entry(OrderField::PeriodNumber).or_insert_with(|| number.to_string());
        imported.told.entry(OrderField::PeriodType).or_insert_with(|| unit.to_owned());
    }
    Ok(imported)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_field_has_its_column_and_no_heading_is_guessed_twice() {
        let names: HashSet<&str> = COLUMNS.iter().map(|wanted| wanted.name).collect();
        for field in OrderField::ALL {
            assert!(names.contains(field.name()), "{field:?}");
        }
        let mut headings = HashSet::new();
        for heading in COLUMNS.iter().flat_map(|wanted| wanted.aliases.iter().chain([&wanted.name])) {
            assert!(headings.insert(heading.to_lowercase()), "{heading}");
        }
    }
}
