//! KooGallery's bills (结算管理 > 账单管理, 详单 and 交易明细), as the seller console exports them. Their columns are not published, so they
//! are found by the words that the console uses, and can be chosen.

use std::collections::HashMap;

use super::{
    ImportError, ImportKind, ImportWatch, Imported, RowProblem, TableOrder, Understood, batch::in_portions, told,
    understand,
};
use crate::{
    desk::{Desk, files::Wanted, operator},
    domain::settlement::{BillLine, BillingMonth, read_amount},
    protocol::id::OrderId,
    store::BillKey,
};

pub(super) const COLUMNS: &[Wanted<'static>] = &[
    Wanted {
        name: MONTH,
        aliases: &[
            "账期",
            "账单账期",
            "结算账期",
            "结算周期",
            "账单编号",
            "月份",
            "account period",
            "billing cycle",
            "bill id",
        ],
        required: true,
    },
    Wanted {
        name: ORDER,
        aliases: &["订单号", "订单ID", "云商店订单号", "order", "order number", "order id"],
        required: true,
    },
    Wanted { name: LINE, aliases: &["订单行号", "订单行ID", "子订单号", "order line"], required: false },
    Wanted {
        name: PRODUCT, aliases: &["商品名称", "产品名称", "商品", "product name", "product"], required: false
    },
    Wanted { name: CUSTOMER, aliases: &["客户名称", "客户账号", "用户名", "customer"], required: false },
    Wanted {
        name: AMOUNT,
        aliases: &[
            "交易金额",
            "订单金额",
            "消费金额",
            "实付金额",
            "成交价",
            "金额",
            "order amount",
            "transaction amount",
        ],
        required: false,
    },
    Wanted {
        name: SHARE,
        aliases: &[
            "结算金额",
            "应结算金额",
            "商家结算金额",
            "应付金额",
            "商家收入",
            "分成金额",
            "settlement",
            "payable",
        ],
        required: false,
    },
];
const MONTH: &str = "month";
const ORDER: &str = "orderId";
const LINE: &str = "orderLineId";
const PRODUCT: &str = "productName";
const CUSTOMER: &str = "customerName";
const AMOUNT: &str = "amount";
const SHARE: &str = "settlementAmount";

impl Desk {
    pub(super) async fn bill_rows(&self, order: TableOrder) -> Result<Understood<BillKey>, ImportError> {
        let mut rows = understand(order, read).await?;
        let keys = rows.good.iter().map(|(_, key)| key.clone()).collect();
        let mut known = self.inner.store.known_bill_lines(keys).await?.into_iter();
        for (row, key) in rows.good.extract_if(.., |_| known.next().unwrap_or(false)) {
            rows.problems.push((row, RowProblem::Known { text: key.order_id }));
        }
        rows.problems.sort_by_key(|(row, _)| *row);
        Ok(rows)
    }

    pub(super) async fn import_bill(
        &self,
        order: TableOrder,
        leave_out: bool,
        watch: &ImportWatch,
    ) -> Result<Imported, ImportError> {
        let (world, source) = (order.world, order.table.source.clone());
        let rows = self.bill_rows(order).await?.or_refused(leave_out)?;
        let batch = self.begin_batch(ImportKind::Bill, world, source, rows.all).await?;
        let put = |keys| self.inner.store.put_bill_lines(batch, keys, operator(), self.now());
        let new = in_portions(&rows.good, watch, put).await;
        let new = self.end_batch(ImportKind::Bill, batch, new).await?;
        let mut imported = Imported::new(ImportKind::Bill, Some(batch), rows.all, rows.problems);
        for ((row, key), new) in rows.good.into_iter().zip(new) {
            match new {
                true => imported.entered.push(key.order_id),
                // It was added meanwhile.
                false => imported.skipped.push((row, RowProblem::Known { text: key.order_id })),
            }
        }
        Ok(imported)
    }
}

fn read(order: &TableOrder) -> Understood<BillKey> {
    let mut understood = Understood { all: 0, good: Vec::new(), problems: Vec::new() };
    let mut seen: HashMap<BillKey, i64> = HashMap::new();
    for row in order.mapping.of(&order.table.sheet).rows() {
        understood.all += 1;
        match line_of(|name| row.get(name)) {
            Ok(line) => {
                // Lines that are the same in everything are as many lines of the bill.
                let first = BillKey::of(&line, 0);
                let occurrence = seen.entry(first.clone()).or_insert(0);
                understood.good.push((row.number, BillKey { occurrence: *occurrence, ..first }));
                *occurrence += 1;
            }
            Err(problem) => understood.problems.push((row.number, problem)),
        }
    }
    understood
}

fn line_of<'a>(get: impl Fn(&'static str) -> Option<&'a str>) -> Result<BillLine, RowProblem> {
    let needed = |column: &'static str| get(column).ok_or(RowProblem::Empty { column: column.to_owned() });
    let malformed = |column: &str, text: &str| RowProblem::Malformed { column: column.to_owned(), text: told(text) };
    let amount = |column: &'static str| match get(column) {
        None => Ok(None),
        Some(text) => read_amount(text).map(Some).ok_or_else(|| malformed(column, text)),
    };
    let month = needed(MONTH)?;
    let line = BillLine {
        month: BillingMonth::parse(month).ok_or_else(|| malformed(MONTH, month))?,
        order_id: OrderId::new(needed(ORDER)?),
        order_line_id: get(LINE).map(str::to_owned),
        product: get(PRODUCT).map(told),
        customer: get(CUSTOMER).map(told),
        amount: amount(AMOUNT)?,
        share: amount(SHARE)?,
    };
    if line.amount.is_none() && line.share.is_none() {
        return Err(RowProblem::Empty { column: AMOUNT.to_owned() });
    }
    Ok(line)
}
